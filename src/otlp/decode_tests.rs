use super::*;
use crate::otlp::message::{AnyValue, Resource, Scope, Status};

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
    let mut batches = batches(request).unwrap();
    assert_eq!(batches.len(), 1);
    batches.remove(0).events
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
        assert_eq!(dataset_of(&[pair("service.name", name)]), dataset);
    }
    assert_eq!(dataset_of(&[]), UNKNOWN_SERVICE);
    let number = KeyValue {
        key: "service.name".into(),
        value: AnyValue {
            int_value: Some(1),
            ..AnyValue::default()
        },
    };
    assert_eq!(dataset_of(&[number]), UNKNOWN_SERVICE);
}

#[test]
fn rows_that_would_repeat_too_much_are_refused() {
    let long = "x".repeat(1 << 20);
    let n_fitting = MOST_ROW_BYTES >> 20;
    let with = |n_spans| {
        request(
            vec![pair("a", &long)],
            vec![],
            vec![Span::default(); n_spans],
        )
    };
    assert_eq!(batches(&with(n_fitting)).unwrap_err(), TooLarge);
    assert_eq!(rows(&with(n_fitting / 2)).len(), n_fitting / 2);
}
