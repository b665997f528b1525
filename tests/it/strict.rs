//! The limits that the headers tell of, and `stack --strict`, which keeps to the real service's.

use serde_json::{Value as Json, json};

use crate::http::{Answer, get_keyed, post_json};
use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{THEN, at_ms, send};

const DAY: u64 = 86_400;

/// Spans at 0, 30 and 90 seconds after `THEN`, which is a whole minute.
fn with_spans(stack: &Stack) {
    let spans = [0, 30, 90].map(|second| Span::named("x", at_ms(second * 1_000)));
    send(stack.address, "app", spans.into());
}

fn run(stack: &Stack, question: &Json) -> Answer {
    let query = post_json(stack.address, "/1/queries/app", question);
    assert_eq!(query.status, 200, "{}", query.text());
    let body = json!({ "query_id": query.json()["id"] });
    post_json(stack.address, "/1/query_results/app", &body)
}

fn between(start: u64, end: u64) -> Json {
    json!({ "start_time": start, "end_time": end, "calculations": [{"op": "COUNT"}] })
}

#[track_caller]
fn count_of(stack: &Stack, started: &Answer) -> u64 {
    assert_eq!(started.status, 201, "{}", started.text());
    let mut result = Json::Null;
    while result["complete"] != true {
        result = get_keyed(stack.address, started.header("location")).json();
    }
    result["data"]["results"][0]["data"]["COUNT"]
        .as_u64()
        .unwrap()
}

#[test]
fn a_run_tells_what_is_left_in_every_spelling_and_a_laptop_has_plenty() {
    let place = Place::new();
    let stack = place.stack();
    with_spans(&stack);
    for n_run in 1..=12 {
        let answer = run(&stack, &between(THEN, THEN + 100 * DAY));
        assert_eq!(answer.status, 201);
        let left = 1_000_000 - n_run;
        let state = format!("limit=1000000, remaining={left}, reset=");
        let is_state = answer.header("ratelimit").starts_with(&state);
        assert!(is_state, "{}", answer.header("ratelimit"));
        for name in ["ratelimitpolicy", "ratelimit-policy"] {
            assert_eq!(answer.header(name), "1000000;w=60");
        }
        assert_eq!(answer.header("retry-after"), "");
    }
}

#[test]
fn the_eleventh_run_of_a_minute_is_429_when_strict() {
    let place = Place::new();
    let stack = place.stack_with(&["--strict"]);
    with_spans(&stack);
    // Should a minute end in the middle of this, the next one has to do.
    let refused = (0..22)
        .map(|_| run(&stack, &between(THEN, THEN + 600)))
        .find(|answer| answer.status != 201);
    let refused = refused.expect("a run beyond the limit");
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (429, "application/problem+json")
    );
    let body = refused.json();
    assert_eq!(
        body["detail"],
        "This endpoint allows 10 requests per minute."
    );
    assert_eq!(
        body["type"],
        format!("http://{}/problems/rate-limited", stack.address)
    );
    assert!(refused.header("retry-after").ends_with(" GMT"));
    let state = refused.header("ratelimit");
    assert!(
        state.starts_with("limit=10, remaining=0, reset="),
        "{state}"
    );
    assert_eq!(refused.header("ratelimitpolicy"), "10;w=60");
    // Only runs are limited: a query can still be made.
    assert_eq!(
        post_json(stack.address, "/1/queries/app", &json!({})).status,
        200
    );
}

#[test]
fn a_strict_range_is_cut_downward_and_seven_days_at_most() {
    let place = Place::new();
    let strict = place.stack_with(&["--strict"]);
    with_spans(&strict);
    let asked = between(THEN + 45, THEN + 119);
    // From the minute of the start to the minute of the end: 0 to 60 seconds.
    assert_eq!(count_of(&strict, &run(&strict, &asked)), 2);
    let week = between(THEN - DAY, THEN + 6 * DAY);
    assert_eq!(count_of(&strict, &run(&strict, &week)), 3);
    let refused = run(&strict, &between(THEN - DAY, THEN + 6 * DAY + 1));
    assert_eq!(
        (refused.status, refused.json()),
        (
            400,
            json!({ "error": "invalid Query data: the time range is longer than 7 days" })
        )
    );
    assert_eq!(strict.running.stop().code, Some(0));

    let plain = place.stack();
    assert_eq!(count_of(&plain, &run(&plain, &asked)), 1);
}

#[test]
fn a_team_on_the_free_plan_makes_queries_and_cannot_run_them() {
    let place = Place::new();
    let free = place.stack_with(&["--strict=free"]);
    with_spans(&free);
    let refused = run(&free, &between(THEN, THEN + 600));
    let result = get_keyed(free.address, "/1/query_results/app/any");
    for refused in [refused, result] {
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (403, "application/problem+json")
        );
        let body = refused.json();
        assert_eq!(body["status"], 403);
        assert_eq!(
            body["type"],
            format!("http://{}/problems/forbidden", free.address)
        );
        assert_eq!(
            body["error"],
            "Query Data is only available to teams on the Enterprise plan."
        );
        // It is no run, so it takes nothing from the budget for runs.
        assert_eq!(refused.header("ratelimit"), "");
    }
    assert_eq!(free.running.stop().code, Some(0));

    let enterprise = place.stack_with(&["--strict=enterprise"]);
    let asked = between(THEN, THEN + 600);
    assert_eq!(count_of(&enterprise, &run(&enterprise, &asked)), 3);
}

#[test]
fn a_run_that_fails_is_complete_with_an_error_in_a_200() {
    let place = Place::new();
    let stack = place.stack_with(&["--strict"]);
    with_spans(&stack);
    // Within one minute, so nothing is left of the range when both its ends are cut to the minute.
    let mut question = between(THEN + 5, THEN + 50);
    question["granularity"] = 45.into();
    let started = run(&stack, &question);
    assert_eq!(started.status, 201);
    let mut result = Json::Null;
    while result["complete"] != true {
        let answer = get_keyed(stack.address, started.header("location"));
        assert_eq!(answer.status, 200);
        result = answer.json();
    }
    assert_eq!(
        result["error"],
        "granularity must be between 1 and 1 seconds for this time range"
    );
    assert_eq!(result.get("data"), None);
}
