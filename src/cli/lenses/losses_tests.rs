use super::*;
use crate::model::span_tree::span_tree;

const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";
const NOW: i64 = 1_465_510_300 * SECOND;

fn request() -> RequestKind {
    RequestKind {
        service_name: "backend-flask".to_string(),
        service_type: String::new(),
        host: "127.0.0.1:4567".to_string(),
        http_method: "GET".to_string(),
        url_path: "/api/activities/home".to_string(),
    }
}

fn rule(change: impl Fn(&mut SamplingRule)) -> SamplingRule {
    let mut rule = SamplingRule {
        rule_name: "Cruddur".to_string(),
        priority: 9000,
        fixed_rate: 0.1,
        reservoir_size: 5,
        service_name: "backend-flask".to_string(),
        ..SamplingRule::default_rule()
    };
    change(&mut rule);
    rule
}

fn said(rules: Vec<SamplingRule>, has_others: bool) -> Vec<String> {
    let others = if has_others {
        Others::Same
    } else {
        Others::None
    };
    said_beside(rules, others)
}

fn said_beside(rules: Vec<SamplingRule>, others: Others) -> Vec<String> {
    no_segment(NoSegment {
        id: ID,
        now: NOW,
        request: Some(&request()),
        rules,
        others,
    })
}

#[test]
fn the_rule_that_decided_is_named_with_what_it_takes() {
    let both = vec![SamplingRule::default_rule(), rule(|_| {})];
    assert_eq!(
        said(both, true),
        [
            "no segment: rule `Cruddur` takes 5 a second (1 until X-Ray has granted a share) and 10 % of the rest; this request was of the others, or its caller had decided so"
        ]
    );
    let half = vec![rule(|rule| {
        (rule.reservoir_size, rule.fixed_rate) = (0, 0.005)
    })];
    assert_eq!(
        said(half, true),
        [
            "no segment: rule `Cruddur` takes 0.5 % of all; this request was of the others, or its caller had decided so"
        ]
    );
    let none = vec![rule(|rule| {
        (rule.reservoir_size, rule.fixed_rate) = (0, 0.0)
    })];
    assert_eq!(
        said(none, false),
        ["no segment: rule `Cruddur` takes no request"]
    );
    assert!(said(Vec::new(), true)[0].contains("no sampling rule matches"));
}

#[test]
fn a_rule_that_takes_all_or_others_that_are_missing_point_at_the_daemon() {
    let all = said(vec![rule(|rule| rule.fixed_rate = 1.0)], true);
    assert!(
        all[0].contains("every request") && all[0].contains("daemon"),
        "{all:?}"
    );
    let alone = said(vec![rule(|_| {})], false);
    assert!(
        alone[0].contains("no trace of backend-flask of that time at all"),
        "{alone:?}"
    );
}

#[test]
fn a_rule_that_should_have_decided_and_did_not_is_named_with_its_first_miss() {
    let rules = vec![
        SamplingRule::default_rule(),
        rule(|rule| rule.service_name = "Cruddur".to_string()),
    ];
    assert_eq!(
        said(rules, true),
        [
            "no segment: rule `Default` takes 1 a second and 5 % of the rest; this request was of the others, or its caller had decided so",
            "rule `Cruddur` does not match: it wants ServiceName `Cruddur`, and this is `backend-flask`",
        ]
    );
}

#[test]
fn segments_that_are_named_after_the_host_are_decided_about_by_that_name() {
    let rules = || vec![SamplingRule::default_rule(), rule(|_| {})];
    let by_host = said_beside(rules(), Others::Named("127.0.0.1:4567".to_string()));
    assert_eq!(by_host.len(), 3, "{by_host:?}");
    assert!(
        by_host[0].contains("rule `Default` takes 1 a second"),
        "{by_host:?}"
    );
    assert!(
        by_host[1].contains("named `127.0.0.1:4567`, after the Host header"),
        "{by_host:?}"
    );
    assert!(
        by_host[2].contains("rule `Cruddur` does not match"),
        "{by_host:?}"
    );
    let of_another = said_beside(rules(), Others::Named("front-end".to_string()));
    assert!(
        of_another[0].contains("no trace of backend-flask of that time"),
        "{of_another:?}"
    );
}

#[test]
fn ids_that_x_ray_has_no_more_or_never_had_need_no_rule() {
    let of = |id, now| {
        let known = NoSegment {
            id,
            now,
            request: None,
            rules: Vec::new(),
            others: Others::Same,
        };
        no_segment(known).remove(0)
    };
    assert!(of(ID, NOW).contains("may not have been sampled"));
    assert_eq!(
        of(ID, NOW + 40 * DAY),
        "no segment: X-Ray keeps traces for 30 days, and this id is of 2016-06-09"
    );
    let random = of("1-f759e988-bd862e3fe1be46a994272793", NOW);
    assert!(
        random.contains("this one says 2101-") && random.contains("id generator"),
        "{random}"
    );
}

#[test]
fn each_way_to_have_no_line_has_its_own_words() {
    let mut known = NoLine {
        group: "cruddur",
        has_group: false,
        retention_days: Some(7),
        when: Some(Window {
            start: NOW - 60 * SECOND,
            end: NOW,
        }),
        now: NOW,
        neighbours: Some(Neighbours {
            lines: 12,
            with_id: 0,
        }),
    };
    assert!(no_line(&known).contains("there is no log group cruddur; `cruddurctl logs setup`"));
    known.has_group = true;
    assert!(
        no_line(&known).contains("12 of that time in group cruddur, and none carries a trace id")
    );
    known.neighbours = Some(Neighbours {
        lines: 12,
        with_id: 3,
    });
    assert!(no_line(&known).ends_with("all are of other requests"));
    known.neighbours = Some(Neighbours::default());
    assert!(no_line(&known).contains("nobody wrote to group cruddur"));
    known.now += 8 * DAY;
    assert!(no_line(&known).contains("keeps lines for 7 days, and this was before"));
    known.when = None;
    assert_eq!(
        no_line(&known),
        "no log line of group cruddur carries this id"
    );
}

fn row(id: &str, parent: Option<&str>) -> SpanRow {
    SpanRow {
        id: Some(id.to_string()),
        parent_id: parent.map(str::to_string),
        name: format!("span {id}"),
        duration: Some(1),
        copies: 1,
        ..SpanRow::default()
    }
}

#[test]
fn missing_parents_doubled_spans_and_a_cut_are_said() {
    let mut rows = vec![
        row("a", Some("gone")),
        row("b", Some("gone")),
        row("c", Some("a")),
    ];
    rows[2].copies = 2;
    let tree = span_tree(ID, &rows, false);
    let said = odd_spans(&rows, &tree, None, true);
    assert_eq!(
        said,
        [
            "parent missing: span gone of span a and 1 more is not there: its caller exports no spans, or they were lost",
            "sent twice: 1 of the spans; a second span processor does that",
            "only the first 3 spans are shown: Honeycomb's API answers no more",
        ]
    );
    let segments = span_tree(ID, &[row("gone", None)], false);
    let said = odd_spans(&rows, &tree, Some(&segments), false);
    assert!(said[0].contains("X-Ray has it"), "{said:?}");
    let whole = [row("a", None), row("b", Some("a"))];
    assert!(odd_spans(&whole, &span_tree(ID, &whole, false), None, false).is_empty());
}

#[test]
fn spans_are_gone_or_were_never_there() {
    let of = |dataset, began| no_spans(dataset, Some(began), NOW);
    assert!(of("__all__", NOW).starts_with("no span in any dataset"));
    assert!(of("x", NOW).starts_with("no span in dataset x"));
    assert!(of("x", NOW - 61 * DAY).contains("kept for 60 days"));
}
