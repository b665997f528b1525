//! What becomes of log records, column by column.

use serde_json::{Value as Json, json};

use super::decode::{Encoding, LogDefaults, logs};
use super::json as read_json;
use super::message::LogsRequest;
use super::test_rows::{batches_of, named_fields};
use super::to_protobuf;
use crate::model::span::{Batch, Event, Value};

const NOW: i64 = 1_700_000_000_000_000_000;

fn request(resource: Json, records: Json) -> Json {
    json!({"resourceLogs": [{
        "resource": {"attributes": resource},
        "scopeLogs": [{"scope": {"name": "app.logger"}, "logRecords": records}],
    }]})
}

fn named(service: &str) -> Json {
    json!([{"key": "service.name", "value": {"stringValue": service}}])
}

// From JSON and from protobuf, which must agree.
fn read(request: &Json, dataset: Option<&str>) -> Vec<Batch> {
    let defaults = LogDefaults { dataset, now: NOW };
    let text = request.to_string();
    let from_json = logs(text.as_bytes(), Encoding::Json, defaults)
        .unwrap()
        .parts;
    let message: LogsRequest<'_> = read_json::request(text.as_bytes()).unwrap();
    let bytes = to_protobuf::logs_request(&message);
    let from_protobuf = logs(&bytes, Encoding::Protobuf, defaults).unwrap().parts;
    let from_json = batches_of(from_json);
    assert_eq!(from_json, batches_of(from_protobuf));
    from_json
}

fn row(record: Json) -> Event {
    let mut found = read(&request(named("api"), json!([record])), None);
    found.remove(0).events.remove(0)
}

#[track_caller]
fn assert_fields(event: &Event, expected: &[(&str, Value)]) {
    let mut fields = named_fields(event);
    // What resource and scope say of every record.
    assert_eq!(fields.remove("service.name"), Some("api".into()));
    assert_eq!(fields.remove("library.name"), Some("app.logger".into()));
    assert_eq!(fields.remove("meta.signal_type"), Some("log".into()));
    let expected: Vec<(String, Value)> = expected
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_record_in_a_span_has_honeycombs_columns() {
    let event = row(json!({
        "timeUnixNano": "1700000000000000001",
        "observedTimeUnixNano": "1700000000000000009",
        "severityNumber": 17,
        "severityText": "ERROR",
        "body": {"stringValue": "no such handle"},
        "attributes": [{"key": "app.handle", "value": {"stringValue": "worf"}}],
        "flags": 1,
        "traceId": "0102030405060708090a0b0c0d0e0f10",
        "spanId": "a1a2a3a4a5a6a7a8",
        "eventName": "handle.missing",
    }));
    assert_eq!(event.time, 1_700_000_000_000_000_001);
    assert_fields(
        &event,
        &[
            ("app.handle", "worf".into()),
            ("body", "no such handle".into()),
            ("event.name", "handle.missing".into()),
            ("flags", 1.into()),
            ("meta.annotation_type", "span_event".into()),
            ("severity", "error".into()),
            ("severity_code", 17.into()),
            ("severity_text", "ERROR".into()),
            ("trace.parent_id", "a1a2a3a4a5a6a7a8".into()),
            ("trace.trace_id", "0102030405060708090a0b0c0d0e0f10".into()),
        ],
    );
}

#[test]
fn a_record_that_says_nothing_is_of_now_and_unspecified() {
    let event = row(json!({}));
    assert_eq!((event.time, event.sample_rate), (NOW, 1));
    let expected = [
        ("severity", "unspecified".into()),
        ("severity_code", 0.into()),
    ];
    assert_fields(&event, &expected);
    let event = row(json!({"observedTimeUnixNano": 7}));
    assert_eq!(event.time, 7);
}

#[test]
fn every_severity_has_its_name() {
    for (number, name) in [
        (json!(1), "trace"),
        (json!(8), "debug"),
        (json!("SEVERITY_NUMBER_INFO"), "info"),
        (json!("SEVERITY_NUMBER_WARN4"), "warn"),
        (json!(20), "error"),
        (json!("SEVERITY_NUMBER_FATAL2"), "fatal"),
        (json!(24), "fatal"),
        (json!(25), "unspecified"),
        (json!(-1), "unspecified"),
    ] {
        let event = row(json!({"severityNumber": number}));
        assert_eq!(event.field("severity"), Some(&name.into()), "{number}");
    }
    for odd in [
        "SEVERITY_NUMBER_INFO5",
        "SEVERITY_NUMBER_UNSPECIFIED2",
        "INFO",
    ] {
        let text = request(named("api"), json!([{"severityNumber": odd}])).to_string();
        let defaults = LogDefaults {
            dataset: None,
            now: NOW,
        };
        assert!(logs(text.as_bytes(), Encoding::Json, defaults).is_err());
    }
}

#[test]
fn a_body_that_is_a_map_is_flattened_and_kept_as_text_too() {
    let entry = |key: &str, value: Json| json!({"key": key, "value": value});
    let user = json!({"kvlistValue": {"values": [entry("id", json!({"intValue": "7"}))]}});
    let body = json!({"kvlistValue": {"values": [
        entry("message", json!({"stringValue": "hello"})),
        entry("user", user),
    ]}});
    let event = row(json!({"body": body}));
    let text = "{\"message\":\"hello\",\"user\":{\"id\":7}}\n";
    assert_fields(
        &event,
        &[
            ("body", text.into()),
            ("body.message", "hello".into()),
            ("body.user.id", 7.into()),
            ("severity", "unspecified".into()),
            ("severity_code", 0.into()),
        ],
    );
}

#[test]
fn bodies_of_other_kinds_are_what_attributes_would_be() {
    let body = |value: Json| row(json!({"body": value})).field("body").cloned();
    assert_eq!(body(json!({"intValue": "3"})), Some(3.into()));
    assert_eq!(body(json!({"boolValue": true})), Some(true.into()));
    let array = json!({"arrayValue": {"values": [{"stringValue": "a"}, {"doubleValue": 0.5}]}});
    assert_eq!(body(array), Some("[\"a\",0.5]\n".into()));
    assert_eq!(body(Json::Null), None);
}

#[test]
fn the_dataset_is_the_service_or_what_the_sender_says() {
    let dataset = |service: &str, header: Option<&str>| {
        let found = read(&request(named(service), json!([{}])), header);
        found[0].dataset.clone()
    };
    assert_eq!(dataset("api", Some("elsewhere")), "api");
    assert_eq!(
        dataset("unknown_service:python", Some("elsewhere")),
        "elsewhere"
    );
    assert_eq!(dataset(" ", None), "unknown_log_source");
}

#[test]
fn the_sample_rate_comes_from_attributes_alone() {
    let rate = json!({"key": "sampleRate", "value": {"intValue": "5"}});
    let event = row(json!({"attributes": [rate]}));
    assert_eq!(event.sample_rate, 5);
    let resource = json!([
        {"key": "service.name", "value": {"stringValue": "api"}},
        {"key": "SampleRate", "value": {"stringValue": "3"}},
    ]);
    let found = read(&request(resource, json!([{}, {}])), None);
    assert!(found[0].events.iter().all(|event| event.sample_rate == 3));
}
