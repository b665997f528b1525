use std::path::PathBuf;

use super::*;
use crate::cli::lenses::remotes::{Neighbours, Others};
use crate::model::recorded::RequestKind;
use crate::model::sampling::SamplingRule;
use crate::model::span_tree::{SpanRow, span_tree};
use crate::xray::client::KnownRule;

type ToNoSegment<'c> = dyn Fn(&mut NoSegment<'_>) + 'c;
type ToNoLine<'c> = dyn Fn(&mut NoLine<'_>) + 'c;
type ToNoSpans<'c> = dyn Fn(&mut NoSpans<'_>) + 'c;

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

const WHEN: Window = Window {
    start: NOW - 60 * SECOND,
    end: NOW - 59 * SECOND,
};

fn known(rule: SamplingRule, modified: i64) -> KnownRule {
    KnownRule {
        arn: String::new(),
        created: None,
        modified: Some(modified),
        rule,
    }
}

fn missing(request: &RequestKind, rules: Vec<SamplingRule>, others: Others) -> NoSegment<'_> {
    NoSegment {
        id: ID,
        now: NOW,
        when: Some(WHEN),
        request: Some(request),
        caller_sampled: None,
        is_sdk_off: false,
        rules: rules
            .into_iter()
            .map(|rule| known(rule, WHEN.start - DAY))
            .collect(),
        others,
        refused: None,
        tenure: None,
        waits_in: None,
    }
}

fn said(rules: Vec<SamplingRule>, has_others: bool) -> Vec<String> {
    let others = match has_others {
        true => Others::Same,
        false => Others::None,
    };
    no_segment(missing(&request(), rules, others))
}

/// Returns what is said about a request that a usual rule would decide, after `change`.
fn said_of(change: impl Fn(&mut NoSegment<'_>)) -> String {
    let request = request();
    let mut missing = missing(&request, vec![rule(|_| {})], Others::Same);
    change(&mut missing);
    no_segment(missing).remove(0)
}

const OF_OTHERS: &str = "this request was of the others, unless its caller had decided (Sampled=0), which its span does not say";

#[test]
fn the_rule_that_decided_is_named_with_what_it_takes() {
    let both = vec![SamplingRule::default_rule(), rule(|_| {})];
    assert_eq!(
        said(both, true),
        [format!(
            "no segment: rule `Cruddur` takes 5 a second (1 until X-Ray has granted a share) and 10 % of the rest; {OF_OTHERS}"
        )]
    );
    let half = vec![rule(|rule| {
        (rule.reservoir_size, rule.fixed_rate) = (0, 0.005)
    })];
    assert_eq!(
        said(half, true),
        [format!(
            "no segment: rule `Cruddur` takes 0.5 % of all; {OF_OTHERS}"
        )]
    );
    let none = vec![rule(|rule| {
        (rule.reservoir_size, rule.fixed_rate) = (0, 0.0)
    })];
    assert_eq!(
        said(none, false),
        ["no segment: rule `Cruddur` takes no request"]
    );
    let no_match = said(vec![rule(|rule| rule.service_name = "x".to_string())], true);
    assert!(
        no_match[0].contains("no sampling rule matches"),
        "{no_match:?}"
    );
    assert!(
        no_match[1].contains("it wants ServiceName `x`"),
        "{no_match:?}"
    );
}

#[test]
fn others_that_are_missing_point_at_the_daemon_and_others_that_are_there_do_not() {
    let all = said(vec![rule(|rule| rule.fixed_rate = 1.0)], true);
    assert!(
        all[0].contains("takes every request, and X-Ray has others") && !all[0].contains("daemon"),
        "{all:?}"
    );
    for rate in [0.1, 1.0] {
        let alone = said(vec![rule(|rule| rule.fixed_rate = rate)], false);
        assert!(
            alone[0].contains(
                "no trace of backend-flask of that time at all; is the daemon reachable?"
            ),
            "{alone:?}"
        );
    }
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
            format!("no segment: rule `Default` takes 1 a second and 5 % of the rest; {OF_OTHERS}"),
            "rule `Cruddur` does not match: it wants ServiceName `Cruddur`, and this is `backend-flask`".to_string(),
        ]
    );
}

#[test]
fn segments_that_are_named_after_the_host_are_decided_about_by_that_name() {
    let said_beside = |name: &str| {
        let rules = vec![SamplingRule::default_rule(), rule(|_| {})];
        no_segment(missing(&request(), rules, Others::Named(name.to_string())))
    };
    let by_host = said_beside("127.0.0.1:4567");
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
    let of_another = said_beside("front-end");
    assert!(
        of_another[0].contains("no trace of backend-flask of that time"),
        "{of_another:?}"
    );
}

#[test]
fn a_rule_that_was_changed_since_the_request_makes_it_unknowable() {
    let said = said_of(|missing| missing.rules[0].modified = Some(WHEN.end + SECOND));
    assert!(
        said.starts_with("no segment: rule `Cruddur` was changed at 2016-06-09 ")
            && said.contains(
                "so which rule decided cannot be known; now it would be that rule `Cruddur` takes 5"
            ),
        "{said}"
    );
    let before = said_of(|missing| missing.rules[0].modified = Some(WHEN.start - SECOND));
    assert!(!before.contains("cannot be known"), "{before}");
}

#[test]
fn what_is_known_of_this_very_request_comes_before_any_rule() {
    let tenure = |started, keep_seconds| Tenure {
        started: Some(started),
        keep_seconds,
    };
    let cases: [(&ToNoSegment<'_>, &str); 9] = [
        (
            &|it| it.caller_sampled = Some(false),
            "its caller had decided so, with Sampled=0",
        ),
        (
            &|it| it.caller_sampled = Some(true),
            "its caller asked for one, with Sampled=1",
        ),
        (
            &|it| it.is_sdk_off = true,
            "X-Ray was off in the application",
        ),
        (
            &|it| it.refused = Some("no name".to_string()),
            "one came and was refused: no name",
        ),
        (
            &|it| it.waits_in = Some(PathBuf::from("/d/spool/segments/1")),
            "no segment yet: it waits on disk, in /d/spool/segments/1",
        ),
        (
            &|it| it.now = NOW + 40 * DAY,
            "X-Ray keeps traces for 30 days, and this was before, on 2016-06-09",
        ),
        (
            &|it| it.tenure = Some(tenure(WHEN.start - SECOND, Some(30))),
            "this stack keeps events for 30 seconds",
        ),
        (
            &|it| (it.tenure, it.others) = (Some(tenure(NOW, None)), Others::None),
            "this stack runs since 2016-06-09 ",
        ),
        (
            &|it| it.request = None,
            "without its span it cannot be known which rule decided",
        ),
    ];
    for (change, part) in cases {
        let said = said_of(change);
        assert!(said.contains(part), "{part}: {said}");
        assert!(!said.contains("rule `"), "{said}");
    }
    // Others of that time show that a stack ran.
    let said = said_of(|it| it.tenure = Some(tenure(NOW, None)));
    assert!(said.contains("rule `Cruddur`"), "{said}");
}

#[test]
fn a_random_id_is_never_the_reason_and_an_old_one_only_perhaps() {
    let random = "1-f759e988-bd862e3fe1be46a994272793";
    let said = said_of(|it| it.id = random);
    assert!(said.contains("rule `Cruddur` takes"), "{said}");
    let said = said_of(|it| (it.id, it.when, it.request) = (random, None, None));
    assert!(said.contains("without its span"), "{said}");
    let said = said_of(|it| (it.when, it.now) = (None, NOW + 40 * DAY));
    assert!(
        said.contains("if the id begins with the second") && said.contains("2016-06-09"),
        "{said}"
    );
    for said in [said, said_of(|it| it.id = random)] {
        assert!(!said.contains("wants ids"), "{said}");
    }
}

#[test]
fn each_way_to_have_no_line_has_its_own_words() {
    let usual = || NoLine {
        group: "cruddur",
        has_group: true,
        created: Some(WHEN.start - DAY),
        retention_days: Some(7),
        when: Some(WHEN),
        now: NOW,
        neighbours: Some(Neighbours {
            lines: 12,
            with_id: 0,
        }),
        waits_in: None,
    };
    let cases: [(&ToNoLine<'_>, &str); 8] = [
        (
            &|_| {},
            "12 of that time in group cruddur, and none carries a trace id",
        ),
        (
            &|it| it.has_group = false,
            "there is no log group cruddur; `cruddurctl logs setup`",
        ),
        (
            &|it| {
                it.neighbours = Some(Neighbours {
                    lines: 12,
                    with_id: 3,
                })
            },
            "all are of other requests",
        ),
        (
            &|it| it.neighbours = None,
            "group cruddur has no line of that time; whether none was written",
        ),
        (
            &|it| (it.neighbours, it.created) = (None, Some(WHEN.end + SECOND)),
            "group cruddur was made at 2016-06-09 ",
        ),
        (
            &|it| it.now = NOW + 8 * DAY,
            "keeps lines for 7 days, and this was before",
        ),
        (
            &|it| it.when = None,
            "when the request was is not known, so why cannot be known",
        ),
        (
            &|it| it.waits_in = Some(PathBuf::from("/d/spool/1")),
            "no log line yet: it waits on disk, in /d/spool/1",
        ),
    ];
    for (change, part) in cases {
        let mut known = usual();
        change(&mut known);
        let said = no_line(&known);
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn each_way_to_have_no_span_has_its_own_words() {
    let usual = || NoSpans {
        dataset: "x",
        when: Some(WHEN),
        now: NOW,
        tenure: None,
        n_near: None,
        waits_in: None,
    };
    let tenure = Tenure {
        started: Some(NOW),
        keep_seconds: Some(3_600),
    };
    let cases: [(&ToNoSpans<'_>, &str); 8] = [
        (&|_| {}, "no span in dataset x has this id: whether"),
        (
            &|it| it.dataset = crate::model::query::QuerySpec::ALL_DATASETS,
            "no span in any dataset has this id: whether",
        ),
        (
            &|it| it.now = NOW + 61 * DAY,
            "they are kept for 60 days, and this was before",
        ),
        (&|it| it.n_near = Some(0), "none is of that time"),
        (
            &|it| it.n_near = Some(3),
            "3 other traces are of that time: the application exports spans",
        ),
        (
            &|it| (it.tenure, it.n_near) = (Some(tenure), Some(0)),
            "this stack runs since 2016-06-09 ",
        ),
        (
            &|it| (it.tenure, it.now) = (Some(tenure), NOW + DAY),
            "this stack keeps events for 1 hour, and this was before",
        ),
        (
            &|it| it.waits_in = Some(PathBuf::from("/d/spool/spans/1")),
            "no span yet: it waits on disk, in /d/spool/spans/1",
        ),
    ];
    for (change, part) in cases {
        let mut known = usual();
        change(&mut known);
        let said = no_spans(&known);
        assert!(said.contains(part), "{part}: {said}");
    }
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
            "sent twice: 1 of the spans came more than once; a second span processor does that, and so does a batch that is sent again",
            "only the first 3 spans are shown: Honeycomb's API answers no more",
        ]
    );
    let segments = span_tree(ID, &[row("gone", None)], false);
    let said = odd_spans(&rows, &tree, Some(&segments), false);
    assert!(said[0].contains("X-Ray has it"), "{said:?}");
    let whole = [row("a", None), row("b", Some("a"))];
    assert!(odd_spans(&whole, &span_tree(ID, &whole, false), None, false).is_empty());
}
