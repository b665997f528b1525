//! `query --assert` and `--compare` over a stack with known spans.

use serde_json::{Value as Json, json};

use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{THEN, at_ms, send};

// Ten minutes from THEN on.
const TIMES: [&str; 4] = ["--since", "2026-11-22T07:09:00Z", "--last", "10m"];

/// Two requests for `/fast` and two for `/slow`, and an hour before one for `/fast` and one for `/gone`.
fn with_spans(place: &Place) -> Stack {
    let stack = place.stack();
    let span = |route: &str, start: u64, length: u64| {
        let mut span = Span::named("GET", start).with("http.route", route);
        span.end = start + length * 1_000_000;
        span
    };
    let hour = 3_600 * 1_000_000_000;
    let spans = vec![
        span("/fast", at_ms(0), 10),
        span("/fast", at_ms(1_000), 20),
        span("/slow", at_ms(2_000), 300),
        span("/slow", at_ms(3_000), 400),
        span("/fast", at_ms(0) - hour, 10),
        span("/gone", at_ms(1_000) - hour, 50),
    ];
    send(stack.address, "app", spans);
    stack
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let question = [
        "query",
        "count,max",
        "--by",
        "http.route",
        "--dataset",
        "app",
    ];
    let all = question
        .into_iter()
        .chain(TIMES)
        .chain(more.iter().copied());
    all.collect()
}

#[test]
fn the_times_of_these_tests_are_then() {
    assert_eq!(THEN, 1_795_331_340);
}

#[test]
fn an_assertion_that_does_not_hold_is_exit_1_with_the_offending_groups() {
    let place = Place::new();
    let stack = with_spans(&place);
    let ran = place.run(&arguments(&[
        "--assert",
        "max < 1s",
        "--assert",
        "count >= 2",
    ]));
    let ran = ran.expect_code(0);
    let says = "holds: max < 1s\nholds: count >= 2\nnext: ";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stdout.contains("/slow"), "{}", ran.stdout);

    let ran = place.run(&arguments(&[
        "--assert",
        "max < 250ms",
        "--assert",
        "count > 2",
    ]));
    let ran = ran.expect_code(1);
    let says = "failed: max < 250ms: for 1 of 2 groups\n  /slow: 400\nfailed: count > 2: for 2 of 2 groups\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stdout.contains("/slow"), "{}", ran.stdout);

    let none = arguments(&["--where", "http.route = /none", "--assert", "count > 0"]);
    let ran = place.run(&none).expect_code(1);
    let says = "failed: count > 0: there is nothing to judge";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);

    let ran = place
        .run(&arguments(&["--assert", "p90 < 3"]))
        .expect_code(2);
    let says = "error: --assert: P90(duration_ms) is not asked for";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    stack.running.stop();
}

#[test]
fn a_comparison_shows_what_came_what_went_and_what_changed() {
    let place = Place::new();
    let stack = with_spans(&place);
    let ran = place.run(&arguments(&["--compare", "1h", "--output", "csv"]));
    let ran = ran.expect_code(0);
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines.remove(0),
        "http.route,COUNT,COUNT 1h before,change,MAX(duration_ms),MAX(duration_ms) 1h before,change"
    );
    lines.sort_unstable();
    assert_eq!(
        lines,
        ["/fast,2,1,1,20,10,1", "/gone,,1,,,50,", "/slow,2,,,400,,"]
    );

    let ran = place.run(&arguments(&["--compare", "1h", "--output", "json"]));
    let whole: Json = serde_json::from_str(&ran.expect_code(0).stdout).unwrap();
    let compare = &whole["compare"];
    assert_eq!(compare["window"]["start"], "2026-11-22T06:09:00Z");
    let rows = compare["rows"].as_array().unwrap();
    let fast = rows
        .iter()
        .find(|it| it["group"]["http.route"] == "/fast")
        .unwrap();
    assert_eq!(
        fast["results"]["COUNT"],
        json!({"value": 2, "before": 1, "change": 1, "change_share": 1.0})
    );

    let ran = place.run(&arguments(&["--compare", "1h"])).expect_code(0);
    assert!(ran.stdout.contains("+100.0 %"), "{}", ran.stdout);

    let ran = place
        .run(&["query", "heatmap", "--compare", "1h"])
        .expect_code(2);
    assert!(
        ran.stderr.contains("ask for p50,p90,p99 instead"),
        "{}",
        ran.stderr
    );
    stack.running.stop();
}
