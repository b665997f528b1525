//! `query --on local,cloud`: two stacks of ours, one of them in the place of Honeycomb.

use serde_json::Value as Json;

use crate::http::request;
use crate::otlp_text::{Export, Span};
use crate::place::{Place, Ran, Stack};
use crate::question::{at_ms, send};

const KEY: &str = "k-e-y-of-the-cloud";
const WHEN: [&str; 4] = [
    "--since",
    "2026-11-22T07:09:00Z",
    "--until",
    "2026-11-22T07:19:00Z",
];

/// A place with a stack of its own, and another place's stack that stands for Honeycomb and takes only `KEY`.
struct Both {
    here: Place,
    local: Stack,
    cloud: Stack,
    _there: Place,
}

fn both() -> Both {
    let mut there = Place::new();
    there.set("CRUDDUR_STACK_KEY", KEY);
    let cloud = there.stack();
    let mut here = Place::new();
    let local = here.stack();
    here.set("HONEYCOMB_API_KEY", KEY);
    here.set(
        "HONEYCOMB_API_ENDPOINT",
        &format!("http://{}", cloud.address),
    );
    Both {
        here,
        local,
        cloud,
        _there: there,
    }
}

impl Both {
    fn query(&self, arguments: &[&str]) -> Ran {
        let on = ["--on", "local,cloud"];
        let all = [&["query"], arguments, &WHEN, &on].concat();
        let ran = self.here.run(&all);
        assert!(!format!("{ran:?}").contains(KEY), "{ran:?}");
        ran
    }
}

fn spans(route: &str, n: u64, ms: u64) -> Vec<Span> {
    let span = |i: u64| {
        let start = at_ms(1_000 + i * 100);
        let mut span = Span::named("GET", start).with("http.route", route);
        span.end = start + ms * 1_000_000;
        span
    };
    (0..n).map(span).collect()
}

/// Sends to the cloud's stack, which asks for its key.
fn send_there(both: &Both, spans: Vec<Span>) {
    let export = Export::of("backend-flask", spans).json();
    let answer = request(both.cloud.address, "POST", "/v1/traces")
        .header("content-type", "application/json")
        .header("x-honeycomb-team", KEY)
        .send(export.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn with_spans() -> Both {
    let both = both();
    send(both.local.address, "backend-flask", spans("/a", 30, 10));
    send(both.local.address, "backend-flask", spans("/here", 2, 10));
    send_there(&both, spans("/a", 20, 10));
    send_there(&both, spans("/there", 3, 10));
    both
}

#[test]
fn each_group_has_both_answers_and_how_far_they_are_apart() {
    let both = with_spans();
    let by_route = ["count,p90", "--by", "http.route", "--output", "csv"];
    let ran = both.query(&by_route).expect_code(0);
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "http.route,calculation,local,cloud,difference,share"
    );
    lines.sort_unstable();
    let expected = [
        "/a,COUNT,30,20,10,0.5",
        "/a,P90(duration_ms),10,10,0,0",
        "/here,COUNT,2,,,",
        "/here,P90(duration_ms),10,,,",
        "/there,COUNT,,3,,",
        "/there,P90(duration_ms),,10,,",
    ];
    assert_eq!(lines[..6], expected);
    for said in [
        &format!("honeycomb: local stack at {}\n", both.local.address),
        &format!("honeycomb: {}, team ", both.cloud.address),
        "both answered 2026-11-22 07:09:00 to 2026-11-22 07:19:00, in steps of ",
        "they differ in 3 of 3 groups: ",
    ] {
        assert!(ran.stderr.contains(said), "no {said:?} in:\n{}", ran.stderr);
    }

    let table = both.query(&["count", "--by", "http.route"]).expect_code(0);
    let row = table.stdout.lines().find(|line| line.starts_with("/a"));
    let words: Vec<&str> = row.unwrap().split_whitespace().collect();
    assert_eq!(words, ["/a", "COUNT", "30", "20", "+10", "+50.0", "%"]);

    let json: Json = serde_json::from_str(
        &both
            .query(&["count", "--output", "json"])
            .expect_code(0)
            .stdout,
    )
    .unwrap();
    assert_eq!(json["axes_match"], true);
    let count = &json["rows"][0]["results"]["COUNT"];
    assert_eq!(
        (&count["local"], &count["cloud"], &count["difference"]),
        (&32.into(), &23.into(), &9.into())
    );
    assert_eq!(json["cloud"]["rows"][0]["results"]["COUNT"], 23);
    assert!(!json["local"]["series"].as_array().unwrap().is_empty());
}

#[test]
fn sides_with_the_same_events_say_the_same() {
    let both = both();
    send(both.local.address, "backend-flask", spans("/a", 30, 10));
    send_there(&both, spans("/a", 30, 10));
    let ran = both
        .query(&["count,p90,avg", "--by", "http.route"])
        .expect_code(0);
    assert!(
        ran.stderr.contains("they say the same of 1 group\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn both_sides_look_at_the_range_that_honeycomb_cuts_it_down_to() {
    let both = with_spans();
    let range = [
        "--since",
        "2026-11-22T07:08:59Z",
        "--until",
        "2026-11-22T07:10:59Z",
    ];
    let all = [&["query", "count", "--on", "cloud,local"][..], &range].concat();
    let ran = both.here.run(&all).expect_code(0);
    let said = "both answered 2026-11-22 07:08:00 to 2026-11-22 07:10:00, in steps of ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn what_is_asserted_has_to_hold_for_both() {
    let both = with_spans();
    let judged = |assertion| both.query(&["count", "--assert", assertion]);
    let ran = judged("count > 20").expect_code(0);
    assert!(
        ran.stderr
            .contains("local: holds: count > 20\ncloud: holds: count > 20\n")
    );
    let ran = judged("count > 30").expect_code(1);
    assert!(
        ran.stderr
            .contains("local: holds: count > 30\ncloud: failed: count > 30: 23\n"),
        "{}",
        ran.stderr
    );
    judged("count > 40").expect_code(1);
    judged("nonsense").expect_code(2);
}

#[test]
fn a_side_that_cannot_be_asked_is_named() {
    let mut both = with_spans();
    // Nobody listens there any more.
    both.cloud.running.signal("TERM");
    both.cloud.running.finish();
    let ran = both.query(&["count"]).expect_code(3);
    assert_eq!(ran.stdout, "");
    let said = format!("error: cloud: cannot reach {}", both.cloud.address);
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);

    both.here.set("HONEYCOMB_API_KEY", "");
    let ran = both.query(&["count"]).expect_code(4);
    assert!(
        ran.stderr
            .contains("error: cloud: there is no Honeycomb key\nhint: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_dataset_that_one_side_lacks_is_said_of_that_side() {
    let both = both();
    send(both.local.address, "backend-flask", spans("/a", 3, 10));
    let ran = both.query(&["count"]).expect_code(1);
    let said = format!(
        "error: cloud: {} has no dataset backend-flask",
        both.cloud.address
    );
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_told_apart_in_numbers_is_refused() {
    let both = both();
    for (arguments, said) in [
        (
            &["heatmap"][..],
            "--on takes numbers, and a heatmap is none",
        ),
        (
            &["count", "--output", "svg"],
            "--on is shown as a table, JSON or CSV",
        ),
    ] {
        let ran = both.query(arguments).expect_code(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = both
        .here
        .run(&["query", "count", "--on", "local"])
        .expect_code(2);
    assert!(
        ran.stderr.contains("--on asks both sides"),
        "{}",
        ran.stderr
    );
    let clash = ["query", "count", "--on", "local,cloud", "--compare", "1d"];
    both.here.run(&clash).expect_code(2);
}
