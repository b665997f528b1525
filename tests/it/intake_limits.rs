//! What would grow without end has a limit, and an event that goes past one is refused by itself.

use serde_json::{Map, Value as Json, json};

use crate::http::{get, post_json};
use crate::otlp_text::{Export, Span};
use crate::place::Place;
use crate::question::{at_ms, count};

const MOST_COLUMNS: usize = 10_000;

fn fields(range: std::ops::Range<usize>) -> Json {
    let fields: Map<String, Json> = range.map(|n| (format!("n{n}"), json!(n))).collect();
    Json::Object(fields)
}

// Seconds since the epoch.
fn then() -> u64 {
    at_ms(0) / 1_000_000_000
}

#[test]
fn a_dataset_with_all_the_columns_it_may_have_takes_events_of_those_and_refuses_others() {
    let place = Place::new();
    let stack = place.stack();
    let events: Vec<Json> = (0..MOST_COLUMNS)
        .step_by(1_000)
        .map(|start| json!({ "time": then(), "data": fields(start..start + 1_000) }))
        .collect();
    let answer = post_json(stack.address, "/1/batch/wide", &json!(events));
    assert_eq!(answer.json(), json!(vec![json!({"status": 202}); 10]));

    let more = json!([
        {"time": then(), "data": fields(0..3)},
        {"data": {"one more": 1}},
        {"data": {}},
        {"data": fields(9_999..10_001)},
        {"time": then(), "data": fields(5..7)},
    ]);
    let answer = post_json(stack.address, "/1/batch/wide", &more).json();
    let refused = json!({"status": 400, "error": "Dataset has too many columns."});
    assert_eq!(answer[0]["status"], 202, "{answer}");
    assert_eq!(answer[1], refused, "{answer}");
    assert_eq!(answer[3], refused, "{answer}");
    assert_eq!(answer[4]["status"], 202, "{answer}");
    let one = post_json(stack.address, "/1/events/wide", &json!({"another": 1}));
    assert_eq!(one.status, 400);
    assert_eq!(one.json()["error"], "Dataset has too many columns.");

    let health = get(stack.address, "/healthz").json();
    assert_eq!(
        health["refused_events"]["dataset_has_too_many_columns"], 3,
        "{health}"
    );
    assert_eq!(health["refused_by_dataset"], json!({"wide": 3}), "{health}");
    assert_eq!(count(stack.address, "wide"), 12);
    // Whatever happened, it is sealed, and the same afterwards.
    stack.running.stop();
    place.run(&["store", "compact"]).expect_code(0);
    place.run(&["store", "verify"]).expect_code(0);
    let stack = place.stack();
    assert_eq!(count(stack.address, "wide"), 12);
    let again = post_json(stack.address, "/1/events/wide", &json!({"another": 1}));
    assert_eq!(again.status, 400);
}

#[test]
fn names_by_the_thousand_are_sealed_and_the_stack_goes_on() {
    let place = Place::new();
    let stack = place.stack();
    for request in 0..30 {
        let spans = (0..4).map(|span| {
            let named = Span::named("wide", at_ms(span));
            (0..1_000).fold(named, |it, n| it.with(&format!("a{request}.{span}.{n}"), n))
        });
        let export = Export::of("odd", spans.collect());
        let answer = post_json(stack.address, "/v1/traces", &export.json());
        assert_eq!(answer.status, 200);
        let partial = &answer.json()["partialSuccess"];
        if request > 2 {
            assert_eq!(partial["rejectedSpans"], "4", "{partial}");
            let says = partial["errorMessage"].as_str().unwrap();
            assert!(says.contains("too many columns"), "{says}");
        }
    }
    assert_eq!(count(stack.address, "odd"), 9);
    stack.running.stop();
    place.run(&["store", "compact"]).expect_code(0);
    let stack = place.stack();
    assert_eq!(count(stack.address, "odd"), 9);
}

#[test]
fn datasets_by_the_thousand_are_refused_and_those_that_are_there_go_on() {
    let place = Place::new();
    let stack = place.stack();
    for n in 0..1_000 {
        let path = format!("/1/batch/d{n}");
        let event = json!([{"time": then(), "data": {"a": 1}}]);
        let answer = post_json(stack.address, &path, &event);
        assert_eq!(answer.json(), json!([{"status": 202}]));
    }
    let one_more = post_json(stack.address, "/1/events/one-more", &json!({"a": 1}));
    assert_eq!(one_more.status, 400);
    assert_eq!(
        one_more.json()["error"],
        "There are too many datasets: at most 1000."
    );
    assert_eq!(
        post_json(
            stack.address,
            "/1/batch/d7",
            &json!([{"time": then(), "data": {"b": 1}}])
        )
        .json(),
        json!([{"status": 202}])
    );
    assert_eq!(count(stack.address, "d7"), 2);
}
