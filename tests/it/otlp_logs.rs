//! `POST /v1/logs`: log records become rows beside the spans they were written in.

use serde_json::{Value as Json, json};

use crate::compression::{gzip, zstd};
use crate::http::{Request, get_keyed, logs, request};
use crate::otlp_text::{LogExport, Record, Span};
use crate::place::{Place, Stack};
use crate::question::{at_ms, count, now, rows, send};

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
            "meta.signal_type": "log",
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

fn to_group<'a>(stack: &Stack, content_type: &str, group: &str, stream: &str) -> Request<'a> {
    let sending = post(stack, content_type).header("x-aws-log-group", group);
    sending.header("x-aws-log-stream", stream)
}

fn lines(stack: &Stack) -> Vec<Json> {
    let answer = logs(
        stack.address,
        "FilterLogEvents",
        &json!({"logGroupName": "cruddur"}),
    );
    let events = answer.json()["events"].as_array().unwrap().clone();
    let line = |event: &Json| {
        assert_eq!(event["logStreamName"], "otlp");
        serde_json::from_str(event["message"].as_str().unwrap()).unwrap()
    };
    events.iter().map(line).collect()
}

/// How many events of the last month the service has.
fn n_events(stack: &Stack) -> Json {
    let question = json!({"calculations": [{"op": "COUNT"}], "time_range": 30 * 86_400});
    rows(stack.address, "api", &question)[0]["COUNT"].clone()
}

#[test]
fn records_that_name_a_log_group_are_lines_of_it_too() {
    let place = Place::new();
    let stack = place.stack();
    let group = json!({"logGroupName": "cruddur"});
    assert_eq!(logs(stack.address, "CreateLogGroup", &group).status, 200);
    let stream = json!({"logGroupName": "cruddur", "logStreamName": "otlp"});
    assert_eq!(logs(stack.address, "CreateLogStream", &stream).status, 200);
    let mut export = records("api");
    let time = now();
    // The later one comes first, and lines are sorted.
    export.records[0].time = time + 5_000_000;
    export.records[1].time = time;
    for (content_type, body) in [
        (PROTOBUF, export.protobuf()),
        ("application/json", export.json().to_string().into_bytes()),
    ] {
        let sent = to_group(&stack, content_type, "cruddur", "otlp").send(&body);
        assert_eq!(sent.status, 200, "{}", sent.text());
    }
    assert_eq!(n_events(&stack), 4);
    let started = json!({
        "resource": {"attributes": {"service.name": "api"}}, "scope": {}, "timeUnixNano": time,
        "observedTimeUnixNano": time + 1, "severityNumber": 9, "body": "started", "attributes": {},
    });
    let failed = json!({
        "resource": {"attributes": {"service.name": "api"}}, "scope": {},
        "timeUnixNano": time + 5_000_000, "observedTimeUnixNano": time + 5_000_001,
        "severityNumber": 17, "severityText": "ERROR", "body": "no such handle",
        "attributes": {"app.handle": "worf"}, "traceId": TRACE_ID, "spanId": SPAN_ID,
    });
    let expected = [&started, &started, &failed, &failed];
    assert_eq!(lines(&stack).iter().collect::<Vec<&Json>>(), expected);

    // What the group does not take is said, and is an event all the same.
    let answer = to_group(&stack, "application/json", "cruddur", "otlp");
    for record in &mut export.records {
        record.time -= 20 * 86_400 * 1_000_000_000;
    }
    let answer = answer.send(export.json().to_string().as_bytes());
    assert_eq!(answer.status, 200);
    let said = &answer.json()["partialSuccess"];
    assert_eq!(said["rejectedLogRecords"], "2");
    let reason = said["errorMessage"].as_str().unwrap();
    assert!(reason.contains("older than 14 days"), "{reason}");
    assert_eq!(n_events(&stack), 6);
    assert_eq!(lines(&stack).len(), 4);
}

#[test]
fn a_log_group_that_is_not_there_takes_nothing_and_neither_does_anything_else() {
    let place = Place::new();
    let stack = place.stack();
    let body = records("api").json().to_string();
    for (group, stream, says) in [
        ("none", "s", "The specified log group does not exist."),
        (
            "cruddur",
            "none",
            "The specified log stream does not exist.",
        ),
        ("cruddur", "", "must both be given"),
        ("", "s", "must both be given"),
    ] {
        logs(
            stack.address,
            "CreateLogGroup",
            &json!({"logGroupName": "cruddur"}),
        );
        let answer = to_group(&stack, "application/json", group, stream).send(body.as_bytes());
        let said = answer.json()["message"].as_str().unwrap().to_string();
        assert_eq!(answer.status, 400, "{said}");
        assert!(said.contains(says), "{said}");
    }
    assert_eq!(get_keyed(stack.address, "/1/datasets").json(), json!([]));
}
