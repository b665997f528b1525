//! What becomes of spans, column by column.

use super::decode::{Encoding, ReadError, spans};
use super::message::*;
use super::plain_rows::{batches, dataset_of, trace_id};
use super::span_rows::UNKNOWN_SERVICE;
use super::test_rows::{batches_of, named_fields};
use super::to_protobuf;
use crate::model::span::{Event, Value};

const SECOND: u64 = 1_000_000_000;

fn pair<'a>(key: &'a str, value: &'a str) -> KeyValue<'a> {
    KeyValue {
        key: key.into(),
        value: AnyValue {
            string_value: Some(value.into()),
            ..AnyValue::default()
        },
    }
}

fn span<'a>() -> Span<'a> {
    Span {
        trace_id: vec![0xab; 16].into(),
        span_id: vec![0xcd; 8].into(),
        name: "GET /".into(),
        kind: 2,
        start_time_unix_nano: 5 * SECOND,
        end_time_unix_nano: 5 * SECOND + 1_500_000,
        ..Span::default()
    }
}

fn request<'a>(
    resource: Vec<KeyValue<'a>>,
    scope: Vec<KeyValue<'a>>,
    spans: Vec<Span<'a>>,
) -> TraceRequest<'a> {
    let scope = Scope {
        name: "home.activities".into(),
        attributes: scope,
        ..Scope::default()
    };
    let scope_spans = vec![ScopeSpans {
        scope,
        spans,
        ..ScopeSpans::default()
    }];
    TraceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Resource {
                attributes: resource,
            },
            scope_spans,
            ..ResourceSpans::default()
        }],
    }
}

fn rows(request: &TraceRequest<'_>) -> Vec<Event> {
    let bytes = to_protobuf::trace_request(request);
    let mut found = batches_of(spans(&bytes, Encoding::Protobuf).unwrap().parts);
    assert_eq!(found.len(), 1);
    let found = found.remove(0).events;
    let plain = &batches(request)[0].events;
    assert_eq!(found.len(), plain.len());
    for (found, plain) in found.iter().zip(plain) {
        assert_eq!(named_fields(found), named_fields(plain));
        assert_eq!(
            (found.time, found.sample_rate),
            (plain.time, plain.sample_rate)
        );
    }
    found
}

fn row(span: Span<'_>) -> Event {
    rows(&request(vec![], vec![], vec![span])).pop().unwrap()
}

fn texts(event: &Event, names: &[&str]) -> Vec<String> {
    let text = |name: &&str| event.field(name).map_or("-".to_string(), Value::to_string);
    names.iter().map(text).collect()
}

#[test]
fn a_span_has_honeycombs_columns() {
    let event = row(span());
    assert_eq!(event.time, 5_000_000_000);
    let columns = [
        "trace.trace_id",
        "trace.span_id",
        "trace.parent_id",
        "name",
        "span.kind",
        "type",
        "duration_ms",
        "status_code",
        "status_message",
        "error",
        "span.num_events",
        "meta.signal_type",
        "library.name",
        "meta.invalid_duration",
    ];
    let trace_id = "ab".repeat(16);
    let wanted = [
        &trace_id,
        "cdcdcdcdcdcdcdcd",
        "-",
        "GET /",
        "server",
        "server",
        "1.5",
        "0",
        "-",
        "-",
        "0",
        "trace",
        "home.activities",
        "-",
    ];
    assert_eq!(texts(&event, &columns), wanted);
}

#[test]
fn a_span_that_ends_before_it_starts_has_no_duration_and_says_so() {
    let event = row(Span {
        end_time_unix_nano: 1,
        ..span()
    });
    assert_eq!(
        texts(&event, &["duration_ms", "meta.invalid_duration"]),
        ["0", "true"]
    );
}

#[test]
fn times_beyond_what_can_be_kept_are_kept_as_the_last_moment() {
    let event = row(Span {
        start_time_unix_nano: u64::MAX,
        ..span()
    });
    assert_eq!(event.time, i64::MAX);
}

#[test]
fn old_trace_ids_of_64_bits_are_shown_without_their_zeros() {
    for (bytes, shown) in [
        ([[0; 8], [1; 8]].concat(), "01".repeat(8)),
        (vec![1; 8], "01".repeat(8)),
        ([[0; 8], [0; 8]].concat(), "00".repeat(8)),
        (
            [[0, 0, 0, 0, 0, 0, 0, 1], [1; 8]].concat(),
            format!("{}{}", "0".repeat(15), "1".to_string() + &"01".repeat(8)),
        ),
        (vec![0; 3], "000000".to_string()),
        (vec![], String::new()),
    ] {
        assert_eq!(trace_id(&bytes), shown);
        let event = row(Span {
            trace_id: bytes.into(),
            ..span()
        });
        assert_eq!(texts(&event, &["trace.trace_id"]), [shown]);
    }
}

#[test]
fn the_item_is_over_the_scope_over_the_resource_over_the_built_in() {
    let resource = vec![
        pair("a", "resource"),
        pair("b", "resource"),
        pair("c", "resource"),
        pair("name", "resource"),
    ];
    let scope = vec![
        pair("b", "scope"),
        pair("c", "scope"),
        pair("status_code", "scope"),
    ];
    let own = vec![pair("c", "item"), pair("duration_ms", "item")];
    let event = SpanEvent {
        name: "event".into(),
        attributes: vec![pair("c", "item"), pair("parent_name", "item")],
        ..SpanEvent::default()
    };
    let link = Link {
        attributes: vec![pair("c", "item"), pair("trace.link.span_id", "item")],
        ..Link::default()
    };
    let span = Span {
        attributes: own,
        events: vec![event],
        links: vec![link],
        ..span()
    };
    let rows = rows(&request(resource, scope, vec![span]));
    let abc = ["a", "b", "c", "name"];
    for event in &rows {
        assert_eq!(
            texts(event, &abc),
            ["resource", "scope", "item", "resource"]
        );
    }
    assert_eq!(
        texts(&rows[0], &["meta.annotation_type", "parent_name"]),
        ["span_event", "item"]
    );
    assert_eq!(
        texts(&rows[1], &["meta.annotation_type", "trace.link.span_id"]),
        ["link", "item"]
    );
    assert_eq!(
        texts(&rows[2], &["status_code", "duration_ms"]),
        ["scope", "item"]
    );
}

#[test]
fn the_nearest_sample_rate_counts_for_a_span_and_its_events() {
    let rate_of = |resource: &[KeyValue<'_>],
                   scope: &[KeyValue<'_>],
                   own: &[KeyValue<'_>],
                   state: &'static str| {
        let copy = |list: &[KeyValue<'_>]| -> Vec<KeyValue<'static>> {
            list.iter()
                .map(|pair| KeyValue {
                    key: pair.key.to_string().into(),
                    value: AnyValue {
                        string_value: pair
                            .value
                            .string_value
                            .as_ref()
                            .map(|text| text.to_string().into()),
                        ..AnyValue::default()
                    },
                })
                .collect()
        };
        let span = Span {
            attributes: copy(own),
            trace_state: state.into(),
            events: vec![SpanEvent::default()],
            ..span()
        };
        let rows = rows(&request(copy(resource), copy(scope), vec![span]));
        assert_eq!(rows[0].sample_rate, rows[1].sample_rate);
        assert!(rows.iter().all(|row| row.field("sampleRate").is_none()));
        rows[1].sample_rate
    };
    let (two, three, four) = (
        [pair("sampleRate", "2")],
        [pair("SampleRate", "3")],
        [pair("sampleRate", "4")],
    );
    assert_eq!(rate_of(&two, &three, &four, "ot=th:8"), 4);
    assert_eq!(rate_of(&two, &three, &[], "ot=th:8"), 3);
    assert_eq!(rate_of(&two, &[], &[], "ot=th:8"), 2);
    assert_eq!(rate_of(&[], &[], &[], "ot=th:c"), 4);
    assert_eq!(rate_of(&[], &[], &[], ""), 1);
}

#[test]
fn the_first_exception_comes_up_but_not_over_what_the_span_says() {
    let exception = |kind| SpanEvent {
        name: "exception".into(),
        attributes: vec![
            pair("exception.type", kind),
            pair("exception.message", "no"),
            pair("other", "x"),
        ],
        ..SpanEvent::default()
    };
    let span = Span {
        attributes: vec![pair("exception.message", "own")],
        events: vec![exception("First"), exception("Second")],
        status: Status {
            message: "failed".into(),
            code: 2,
        },
        ..span()
    };
    let rows = rows(&request(vec![], vec![], vec![span]));
    let columns = [
        "exception.type",
        "exception.message",
        "other",
        "error",
        "status_message",
    ];
    assert_eq!(
        texts(&rows[2], &columns),
        ["First", "own", "-", "true", "failed"]
    );
    assert_eq!(
        texts(&rows[0], &["exception.type", "error"]),
        ["First", "true"]
    );
}

#[test]
fn an_event_before_its_span_says_that_its_time_is_invalid() {
    let event = |time| SpanEvent {
        time_unix_nano: time,
        ..SpanEvent::default()
    };
    let span = Span {
        events: vec![event(5 * SECOND + 2_000_000), event(1)],
        ..span()
    };
    let rows = rows(&request(vec![], vec![], vec![span]));
    let columns = [
        "meta.time_since_span_start_ms",
        "meta.invalid_time_since_span_start",
    ];
    assert_eq!(texts(&rows[0], &columns), ["2", "-"]);
    assert_eq!(texts(&rows[1], &columns), ["0", "true"]);
    assert_eq!(rows[1].time, 1);
}

#[test]
fn the_dataset_is_the_service_if_anybody_named_it() {
    for (name, dataset) in [
        ("backend-flask", "backend-flask"),
        (" backend-flask ", "backend-flask"),
        ("", UNKNOWN_SERVICE),
        ("  ", UNKNOWN_SERVICE),
        ("unknown_service:java", UNKNOWN_SERVICE),
    ] {
        assert_eq!(dataset_both(vec![pair("service.name", name)]), dataset);
    }
    assert_eq!(dataset_both(vec![]), UNKNOWN_SERVICE);
    let number = KeyValue {
        key: "service.name".into(),
        value: AnyValue {
            int_value: Some(1),
            ..AnyValue::default()
        },
    };
    assert_eq!(dataset_both(vec![number]), UNKNOWN_SERVICE);
    let twice = vec![pair("service.name", "a"), pair("service.name", "b")];
    assert_eq!(dataset_both(twice), "b");
}

fn dataset_both(resource: Vec<KeyValue<'_>>) -> String {
    let plain = dataset_of(&resource);
    let request = request(resource, vec![], vec![span()]);
    let bytes = to_protobuf::trace_request(&request);
    let found = batches_of(spans(&bytes, Encoding::Protobuf).unwrap().parts);
    assert_eq!(found[0].dataset, plain);
    plain
}

#[test]
fn resources_of_one_service_are_one_part_and_those_of_two_are_two() {
    let mut all = TraceRequest::default();
    for service in ["a", "b", "a", ""] {
        let of_one = request(vec![pair("service.name", service)], vec![], vec![span()]);
        all.resource_spans.extend(of_one.resource_spans);
    }
    // Nothing comes of a service that only said its name.
    let silent = request(vec![pair("service.name", "silent")], vec![], vec![]);
    all.resource_spans.extend(silent.resource_spans);
    let bytes = to_protobuf::trace_request(&all);
    let found = batches_of(spans(&bytes, Encoding::Protobuf).unwrap().parts);
    let found: Vec<(&str, usize)> = found
        .iter()
        .map(|batch| (batch.dataset.as_str(), batch.events.len()))
        .collect();
    assert_eq!(found, [("a", 2), ("b", 1), (UNKNOWN_SERVICE, 1)]);
}

#[test]
fn a_long_text_that_all_rows_share_is_there_once() {
    let long = "x".repeat(1 << 20);
    let request = request(vec![pair("a", &long)], vec![], vec![span(); 1_000]);
    let bytes = to_protobuf::trace_request(&request);
    let parts = spans(&bytes, Encoding::Protobuf).unwrap().parts;
    assert_eq!(parts[0].len(), 1_000);
    assert!(parts[0].memory_bytes() < 2 << 20);
}

#[test]
fn rows_that_would_take_too_much_memory_are_refused() {
    // Each span has so many names of its own.
    let own = |n_spans: usize, n_names: usize| -> Result<usize, ReadError> {
        let spans_of_one = (0..n_spans).map(|span| Span {
            attributes: (0..n_names)
                .map(|name| KeyValue {
                    key: format!("{span}.{name}").into(),
                    value: AnyValue {
                        int_value: Some(1),
                        ..AnyValue::default()
                    },
                })
                .collect(),
            ..Span::default()
        });
        let request = request(vec![], vec![], spans_of_one.collect());
        let read = spans(&to_protobuf::trace_request(&request), Encoding::Protobuf);
        read.map(|decoded| decoded.parts.len())
    };
    assert!(matches!(own(500, 1_900), Err(ReadError::TooLarge)));
    // What each event alone has costs its values, not a place in each row.
    assert_eq!(own(8_000, 1).unwrap(), 1);
}

#[test]
fn a_span_with_too_many_fields_is_rejected_alone_with_its_events_and_links() {
    let names: Vec<String> = (0..2_001).map(|idx| format!("a{idx}")).collect();
    let wide = || names.iter().map(|name| pair(name, "x")).collect::<Vec<_>>();
    let event = |attributes| SpanEvent {
        name: "event".into(),
        attributes,
        ..SpanEvent::default()
    };
    let named = |name: &'static str| Span {
        name: name.into(),
        attributes: vec![pair("a7", "kept")],
        events: vec![event(vec![])],
        ..span()
    };
    let wide_span = Span {
        attributes: wide(),
        links: vec![Link::default()],
        ..named("wide span")
    };
    let wide_event = Span {
        events: vec![event(vec![]), event(wide())],
        ..named("wide event")
    };
    // The same name again is no other field.
    let repeated = Span {
        attributes: vec![pair("a7", "kept"); 3_000],
        ..named("last")
    };
    let all = vec![named("first"), wide_span, wide_event, repeated];
    let bytes = to_protobuf::trace_request(&request(vec![], vec![], all));
    let decoded = spans(&bytes, Encoding::Protobuf).unwrap();
    assert_eq!(decoded.n_rejected, 2);
    let events = batches_of(decoded.parts).remove(0).events;
    let found: Vec<Vec<String>> = events
        .iter()
        .map(|event| texts(event, &["parent_name", "name", "a7", "a8"]))
        .collect();
    let expected = [
        ["first", "event", "-", "-"],
        ["-", "first", "kept", "-"],
        ["last", "event", "-", "-"],
        ["-", "last", "kept", "-"],
    ];
    assert_eq!(found, expected);
}
