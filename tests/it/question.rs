//! Spans in, a question, its answer: over HTTP, as any client would.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::{get_keyed, post_json};
use crate::otlp_text::{Export, Span};

/// When the spans of all tests are from: 2026-11-22T07:09:00Z, in seconds since the epoch.
pub const THEN: u64 = 1_795_331_340;

/// A moment some milliseconds after `THEN`, in nanoseconds.
pub fn at_ms(ms: u64) -> u64 {
    THEN * 1_000_000_000 + ms * 1_000_000
}

/// This moment in nanoseconds since the epoch, for commands that ask about the last minutes.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64
}

/// Sends spans of one service as JSON; they are durable when this returns.
pub fn send(address: SocketAddr, service: &str, spans: Vec<Span>) {
    let answer = post_json(address, "/v1/traces", &Export::of(service, spans).json());
    assert_eq!((answer.status, answer.text()), (200, "{}".to_string()));
}

/// Asks a question and returns `data`. Without a time of its own it is about the ten minutes from
/// `THEN`.
#[track_caller]
pub fn ask(address: SocketAddr, dataset: &str, question: &Json) -> Json {
    ask_for(address, dataset, question, json!({}))
}

/// Asks as [`ask`] does; `run` is what the request for a result says besides the query's id.
#[track_caller]
pub fn ask_for(address: SocketAddr, dataset: &str, question: &Json, mut run: Json) -> Json {
    let mut question = question.clone();
    if ["time_range", "start_time", "end_time"]
        .iter()
        .all(|name| question.get(name).is_none())
    {
        question["start_time"] = THEN.into();
        question["end_time"] = (THEN + 600).into();
    }
    let query = post_json(address, &format!("/1/queries/{dataset}"), &question);
    assert_eq!(query.status, 200, "{}", query.text());
    run["query_id"] = query.json()["id"].clone();
    let started = post_json(address, &format!("/1/query_results/{dataset}"), &run);
    assert_eq!(started.status, 201, "{}", started.text());
    let location = started.header("location").to_string();
    // Each GET waits a moment for the result by itself.
    for _ in 0..100 {
        let result = get_keyed(address, &location).json();
        if result["complete"] == true {
            assert_eq!(result.get("error"), None);
            return result["data"].clone();
        }
    }
    panic!("{question} is never done");
}

/// Asks a question and returns its rows.
#[track_caller]
pub fn rows(address: SocketAddr, dataset: &str, question: &Json) -> Vec<Json> {
    let data = ask(address, dataset, question);
    data["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["data"].clone())
        .collect()
}

/// How many events a dataset has; none if it does not exist.
pub fn count(address: SocketAddr, dataset: &str) -> u64 {
    if get_keyed(address, &format!("/1/datasets/{dataset}")).status == 404 {
        return 0;
    }
    rows(address, dataset, &json!({}))[0]["COUNT"]
        .as_u64()
        .unwrap()
}

/// Tells whether two JSON values say the same, where 1 and 1.0 are the same number and the last digits
/// of a quotient do not count.
pub fn alike(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| alike(a, b)))
        }
        _ => a == b,
    }
}
