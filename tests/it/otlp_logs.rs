//! `POST /v1/logs`: log records become rows beside the spans they were written in.

use serde_json::{Value as Json, json};

use crate::compression::{gzip, zstd};
use crate::http::{Request, get_keyed, request};
use crate::otlp_text::{LogExport, Record, Span};
use crate::place::{Place, Stack};
use crate::question::{at_ms, count, rows, send};

const PROTOBUF: &str = "application/x-protobuf";
const TRACE_ID: &str = "0102030405060708090a0b0c0d0e0f10";
const SPAN_ID: &str = "a1a2a3a4a5a6a7a8";

fn post<'a>(stack: &Stack, content_type: &str) -> Request<'a> {
    request(stack.address, "POST", "/v1/logs").header("content-type", content_type)
}

/// Two records, one of them written in a span.
fn records(service: &str) -> LogExport {
    let in_span = Record {
        time: at_ms(10),
        severity: (17, "ERROR".into()),
        body: "no such handle".into(),
        attributes: vec![("app.handle".into(), "worf".into())],
        trace_id: TRACE_ID.into(),
        span_id: SPAN_ID.into(),
    };
    let alone = Record {
        time: at_ms(20),
        severity: (9, String::new()),
        body: "started".into(),
        ..Record::default()
    };
    LogExport::of(service, vec![in_span, alone])
}

fn found(stack: &Stack, dataset: &str) -> Vec<Json> {
    let question = json!({
        "breakdowns": [
            "body", "severity", "severity_code", "severity_text", "app.handle", "trace.trace_id",
            "trace.parent_id", "meta.annotation_type", "meta.signal_type",
        ],
        "orders": [{"column": "body"}],
    });
    rows(stack.address, dataset, &question)
}

fn expected() -> Vec<Json> {
    vec![
        json!({
            "COUNT": 1, "body": "no such handle", "severity": "error", "severity_code": 17,
            "severity_text": "ERROR", "app.handle": "worf", "trace.trace_id": TRACE_ID,
            "trace.parent_id": SPAN_ID, "meta.annotation_type": "span_event",
            "meta.signal_type": "log",
        }),
        json!({
            "COUNT": 1, "body": "started", "severity": "info", "severity_code": 9,
            "severity_text": null, "app.handle": null, "trace.trace_id": null,
            "trace.parent_id": null, "meta.annotation_type": null, "meta.signal_type": "log",
        }),
    ]
}

#[test]
fn protobuf_json_gzip_and_zstd_make_the_same_rows() {
    let place = Place::new();
    let stack = place.stack();
    let protobuf = |service: &str| records(service).protobuf();
    let answer = post(&stack, PROTOBUF).send(&protobuf("proto"));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-type"), PROTOBUF);
    let text = records("json").json().to_string();
    let answer = post(&stack, "application/json").send(text.as_bytes());
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    assert_eq!(answer.header("content-type"), "application/json");
    for (encoding, body) in [
        ("gzip", gzip(&protobuf("gzip"))),
        ("zstd", zstd(&protobuf("zstd"))),
    ] {
        let sending = post(&stack, PROTOBUF).header("content-encoding", encoding);
        assert_eq!(sending.send(&body).status, 200);
    }
    for dataset in ["proto", "json", "gzip", "zstd"] {
        assert_eq!(found(&stack, dataset), expected(), "{dataset}");
    }
}

#[test]
fn records_lie_beside_the_spans_of_their_service() {
    let place = Place::new();
    let stack = place.stack();
    send(stack.address, "api", vec![Span::named("work", at_ms(0))]);
    let sent = post(&stack, PROTOBUF).send(&records("api").protobuf());
    assert_eq!(sent.status, 200);
    assert_eq!(count(stack.address, "api"), 3);
    let question = json!({
        "breakdowns": ["meta.signal_type"],
        "filters": [{"column": "trace.trace_id", "op": "=", "value": TRACE_ID}],
        "orders": [{"column": "meta.signal_type"}],
    });
    let found = rows(stack.address, "api", &question);
    let signals: Vec<&Json> = found.iter().map(|row| &row["meta.signal_type"]).collect();
    assert_eq!(signals, ["log", "trace"]);
}

#[test]
fn the_dataset_is_the_service_then_the_header_then_unknown() {
    let place = Place::new();
    let stack = place.stack();
    for (service, header) in [
        ("named", "asked"),
        ("", "asked"),
        ("unknown_service:go", ""),
    ] {
        let sending = post(&stack, PROTOBUF).header("x-honeycomb-dataset", header);
        assert_eq!(sending.send(&records(service).protobuf()).status, 200);
    }
    for dataset in ["named", "asked", "unknown_log_source"] {
        assert_eq!(count(stack.address, dataset), 2, "{dataset}");
    }
}

#[test]
fn what_is_no_log_record_is_refused_in_the_requests_own_form() {
    let place = Place::new();
    let stack = place.stack();
    assert_eq!(post(&stack, "text/plain").send(b"x").status, 415);
    for (content_type, body) in [
        ("application/json", &b"{\"resourceLogs\": 7}"[..]),
        (PROTOBUF, b"\x0a\xff\xff\xff\xff\x0f"),
    ] {
        let answer = post(&stack, content_type).send(body);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, content_type)
        );
        let said = answer.text();
        assert!(said.contains("failed to parse OTLP request body"), "{said}");
    }
    assert_eq!(post(&stack, PROTOBUF).send(b"").status, 200);
    assert_eq!(get_keyed(stack.address, "/1/datasets").json(), json!([]));
}

#[test]
fn a_record_with_too_many_columns_is_rejected_alone_and_the_answer_says_so() {
    let place = Place::new();
    let stack = place.stack();
    let mut export = records("partly");
    let wide = (0..2_001).map(|idx| (format!("a{idx}"), idx.into()));
    export.records[0].attributes = wide.collect();
    let answer = post(&stack, "application/json").send(export.json().to_string().as_bytes());
    let reason = "event has too many columns: more than 2000";
    let said = json!({"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": reason}});
    assert_eq!((answer.status, answer.json()), (200, said));
    let answer = post(&stack, PROTOBUF).send(&export.protobuf());
    assert_eq!(answer.status, 200);
    let length = reason.len() as u8;
    let head = [0x0a, length + 4, 0x08, 1, 0x12, length];
    assert_eq!(answer.body, [&head, reason.as_bytes()].concat());
    assert_eq!(count(stack.address, "partly"), 2);
}
