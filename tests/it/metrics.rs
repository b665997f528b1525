//! Metrics are read, counted and said not to be kept, over HTTP and gRPC.

use serde_json::json;

use crate::grpc::{GRPC, METRICS, call, framed, grpc_address};
use crate::http::{get, request};
use crate::place::Place;

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, content.len() as u8], content].concat()
}

// A gauge of so many points.
fn protobuf(n_points: usize) -> Vec<u8> {
    let point = field(1, &[0x19, 1, 0, 0, 0, 0, 0, 0, 0]);
    let metric = [field(1, b"queue"), field(5, &point.repeat(n_points))].concat();
    field(1, &field(2, &field(2, &metric)))
}

#[test]
fn every_way_in_counts_them_and_says_that_they_are_not_kept() {
    let place = Place::new();
    let stack = place.stack();
    let post = |content_type: &str, body: &[u8]| {
        request(stack.address, "POST", "/v1/metrics")
            .header("content-type", content_type)
            .send(body)
    };
    let points = json!([{ "timeUnixNano": "1", "asDouble": 0.5 }, { "asInt": "3" }]);
    let metrics =
        json!([{ "name": "queue", "sum": { "dataPoints": points, "isMonotonic": true } }]);
    let body = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": metrics }] }] });
    let answer = post("application/json", body.to_string().as_bytes());
    assert_eq!(answer.status, 200);
    let partial = &answer.json()["partialSuccess"];
    assert_eq!(partial["rejectedDataPoints"], "2");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(
        message.starts_with("metrics are not kept here"),
        "{message}"
    );

    let answer = post("application/x-protobuf", &protobuf(3));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/x-protobuf");
    let message = [&[0x08, 3, 0x12, message.len() as u8], message.as_bytes()].concat();
    assert_eq!(answer.body, field(1, &message));

    let called = call(
        grpc_address(&stack),
        METRICS,
        &[GRPC],
        framed(0, &protobuf(3)),
    );
    assert_eq!(called.text("grpc-status"), "0");
    assert_eq!(called.body[5..], field(1, &message));

    for (content_type, body) in [
        ("application/json", &b"{"[..]),
        ("application/json", br#"{"resourceMetrics":5}"#),
        ("application/x-protobuf", b"\x0a\xff"),
    ] {
        assert_eq!(post(content_type, body).status, 400, "{content_type}");
    }
    let called = call(
        grpc_address(&stack),
        METRICS,
        &[GRPC],
        framed(0, b"\x0a\xff"),
    );
    assert_eq!(called.text("grpc-status"), "3");

    let health = get(stack.address, "/healthz").json();
    let counted = json!({ "requests": 3, "data_points": 8 });
    assert_eq!(health["metrics_not_kept"], counted);
    let ran = stack.running.stop();
    let said = ran.stderr.lines().filter(|line| line.contains("metrics"));
    let said: Vec<&str> = said.filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(said.len(), 1, "{}", ran.stderr);
    assert!(
        said[0].contains("OTEL_METRICS_EXPORTER=none"),
        "{}",
        said[0]
    );
}
