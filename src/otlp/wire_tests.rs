//! Both encodings against each other, and against bytes that are neither.

use std::borrow::Cow;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value as Json, json};

use super::base64::to_base64;
use super::decode::{Encoding, ReadError, spans};
use super::json;
use super::message::*;
use super::plain_rows;
use super::test_rows::{batches_of, named_fields};
use crate::model::span::{Batch, Value};

/// Writes protobuf, field by field; what is empty or zero is left out, as every encoder does.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn number(&mut self, field: u64, number: i64) {
        if number != 0 {
            self.varint(field << 3);
            self.varint(number as u64);
        }
    }

    fn fixed(&mut self, field: u64, number: u64) {
        if number != 0 {
            self.varint(field << 3 | 1);
            self.0.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.message(field, bytes.to_vec());
        }
    }

    fn message(&mut self, field: u64, bytes: Vec<u8>) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(&bytes);
    }

    fn attributes(&mut self, field: u64, attributes: &[KeyValue<'_>]) {
        for attribute in attributes {
            self.message(field, pair_bytes(attribute));
        }
    }
}

fn request_bytes(request: &TraceRequest<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    for from in &request.resource_spans {
        let mut resource = Writer::default();
        resource.attributes(1, &from.resource.attributes);
        let mut spans = Writer::default();
        spans.message(1, resource.0);
        for scope_spans in &from.scope_spans {
            spans.message(2, scope_bytes(scope_spans));
        }
        spans.bytes(3, from.schema_url.as_bytes());
        writer.message(1, spans.0);
    }
    writer.0
}

fn scope_bytes(from: &ScopeSpans<'_>) -> Vec<u8> {
    let mut scope = Writer::default();
    scope.bytes(1, from.scope.name.as_bytes());
    scope.bytes(2, from.scope.version.as_bytes());
    scope.attributes(3, &from.scope.attributes);
    let mut writer = Writer::default();
    writer.message(1, scope.0);
    for span in &from.spans {
        writer.message(2, span_bytes(span));
    }
    writer.bytes(3, from.schema_url.as_bytes());
    writer.0
}

fn span_bytes(span: &Span<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(1, &span.trace_id);
    writer.bytes(2, &span.span_id);
    writer.bytes(3, span.trace_state.as_bytes());
    writer.bytes(4, &span.parent_span_id);
    writer.bytes(5, span.name.as_bytes());
    writer.number(6, span.kind);
    writer.fixed(7, span.start_time_unix_nano);
    writer.fixed(8, span.end_time_unix_nano);
    writer.attributes(9, &span.attributes);
    // What is not read must be passed over: dropped_attributes_count, flags, and what may come.
    writer.number(10, 3);
    for event in &span.events {
        let mut inner = Writer::default();
        inner.fixed(1, event.time_unix_nano);
        inner.bytes(2, event.name.as_bytes());
        inner.attributes(3, &event.attributes);
        writer.message(11, inner.0);
    }
    for link in &span.links {
        let mut inner = Writer::default();
        inner.bytes(1, &link.trace_id);
        inner.bytes(2, &link.span_id);
        inner.bytes(3, b"state=1");
        inner.attributes(4, &link.attributes);
        writer.message(13, inner.0);
    }
    let mut status = Writer::default();
    status.bytes(2, span.status.message.as_bytes());
    status.number(3, span.status.code);
    writer.message(15, status.0);
    writer.varint(16 << 3 | 5);
    writer.0.extend_from_slice(&[1, 1, 0, 0]);
    writer.bytes(1000, b"future");
    writer.0
}

fn pair_bytes(pair: &KeyValue<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(1, pair.key.as_bytes());
    writer.message(2, value_bytes(&pair.value));
    writer.0
}

// A member of a oneof is written even if it is empty or zero.
fn value_bytes(value: &AnyValue<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    if let Some(text) = &value.string_value {
        writer.message(1, text.as_bytes().to_vec());
    }
    if let Some(bool) = value.bool_value {
        writer.varint(2 << 3);
        writer.varint(bool.into());
    }
    if let Some(int) = value.int_value {
        writer.varint(3 << 3);
        writer.varint(int as u64);
    }
    if let Some(double) = value.double_value {
        writer.varint(4 << 3 | 1);
        writer.0.extend_from_slice(&double.to_le_bytes());
    }
    if let Some(array) = &value.array_value {
        let mut inner = Writer::default();
        for value in &array.values {
            inner.message(1, value_bytes(value));
        }
        writer.message(5, inner.0);
    }
    if let Some(list) = &value.kvlist_value {
        let mut inner = Writer::default();
        inner.attributes(1, &list.values);
        writer.message(6, inner.0);
    }
    if let Some(bytes) = &value.bytes_value {
        writer.message(7, bytes.to_vec());
    }
    writer.0
}

fn request_json(request: &TraceRequest<'_>) -> Json {
    let each = request.resource_spans.iter().map(|from| {
        let scopes = from.scope_spans.iter().map(|from| {
            json!({
                "scope": {
                    "name": from.scope.name,
                    "version": from.scope.version,
                    "attributes": attributes_json(&from.scope.attributes),
                },
                "spans": from.spans.iter().map(span_json).collect::<Vec<Json>>(),
                "schemaUrl": from.schema_url,
            })
        });
        json!({
            "resource": {"attributes": attributes_json(&from.resource.attributes)},
            "scopeSpans": scopes.collect::<Vec<Json>>(),
            "schemaUrl": from.schema_url,
        })
    });
    json!({"resourceSpans": each.collect::<Vec<Json>>(), "future": {"x": [1]}})
}

fn span_json(span: &Span<'_>) -> Json {
    let events = span.events.iter().map(|event| {
        json!({
            "timeUnixNano": event.time_unix_nano.to_string(),
            "name": event.name,
            "attributes": attributes_json(&event.attributes),
        })
    });
    let links = span.links.iter().map(|link| {
        json!({
            "traceId": hex(&link.trace_id),
            "spanId": hex(&link.span_id),
            "attributes": attributes_json(&link.attributes),
        })
    });
    json!({
        "traceId": hex(&span.trace_id),
        "spanId": hex(&span.span_id).to_uppercase(),
        "parentSpanId": hex(&span.parent_span_id),
        "traceState": span.trace_state,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start_time_unix_nano.to_string(),
        "endTimeUnixNano": span.end_time_unix_nano,
        "attributes": attributes_json(&span.attributes),
        "droppedAttributesCount": 3,
        "events": events.collect::<Vec<Json>>(),
        "links": links.collect::<Vec<Json>>(),
        "status": {"message": span.status.message, "code": span.status.code},
    })
}

fn attributes_json(attributes: &[KeyValue<'_>]) -> Json {
    let pair = |pair: &KeyValue<'_>| json!({"key": pair.key, "value": value_json(&pair.value)});
    attributes.iter().map(pair).collect()
}

fn value_json(value: &AnyValue<'_>) -> Json {
    let mut found = Map::new();
    let mut put = |key: &str, value: Json| found.insert(key.to_string(), value);
    if let Some(text) = &value.string_value {
        put("stringValue", json!(text));
    }
    if let Some(bool) = value.bool_value {
        put("boolValue", json!(bool));
    }
    if let Some(int) = value.int_value {
        put("intValue", json!(int.to_string()));
    }
    if let Some(double) = value.double_value {
        let special = json!(double.to_string().replace("inf", "Infinity"));
        put(
            "doubleValue",
            if double.is_finite() {
                json!(double)
            } else {
                special
            },
        );
    }
    if let Some(array) = &value.array_value {
        let values: Vec<Json> = array.values.iter().map(value_json).collect();
        put("arrayValue", json!({"values": values}));
    }
    if let Some(list) = &value.kvlist_value {
        put(
            "kvlistValue",
            json!({"values": attributes_json(&list.values)}),
        );
    }
    if let Some(bytes) = &value.bytes_value {
        put("bytesValue", json!(to_base64(bytes)));
    }
    Json::Object(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random_request(rng: &mut StdRng) -> TraceRequest<'static> {
    TraceRequest {
        resource_spans: some(rng, 3, |rng| ResourceSpans {
            resource: Resource {
                attributes: random_attributes(rng, 0),
            },
            scope_spans: some(rng, 3, |rng| ScopeSpans {
                scope: Scope {
                    name: random_text(rng),
                    version: random_text(rng),
                    attributes: random_attributes(rng, 0),
                },
                spans: some(rng, 4, random_span),
                schema_url: random_text(rng),
            }),
            schema_url: random_text(rng),
        }),
    }
}

fn random_span(rng: &mut StdRng) -> Span<'static> {
    Span {
        trace_id: random_bytes(rng, 16),
        span_id: random_bytes(rng, 8),
        parent_span_id: random_bytes(rng, 8),
        trace_state: match rng.random_range(0..4) {
            0 => "ot=th:8".into(),
            _ => random_text(rng),
        },
        name: random_text(rng),
        kind: rng.random_range(0..7),
        start_time_unix_nano: rng.random(),
        end_time_unix_nano: rng.random(),
        attributes: random_attributes(rng, 0),
        events: some(rng, 3, |rng| SpanEvent {
            time_unix_nano: rng.random(),
            name: match rng.random_range(0..3) {
                0 => "exception".into(),
                _ => random_text(rng),
            },
            attributes: random_attributes(rng, 0),
        }),
        links: some(rng, 3, |rng| Link {
            trace_id: random_bytes(rng, 16),
            span_id: random_bytes(rng, 8),
            attributes: random_attributes(rng, 0),
        }),
        status: Status {
            message: random_text(rng),
            code: rng.random_range(0..3),
        },
    }
}

fn random_attributes(rng: &mut StdRng, depth: u32) -> Vec<KeyValue<'static>> {
    some(rng, 4, |rng| KeyValue {
        key: random_key(rng),
        value: random_value(rng, depth),
    })
}

// Keys that mean something are more than chance would make them.
fn random_key(rng: &mut StdRng) -> Cow<'static, str> {
    const KEYS: [&str; 8] = [
        "service.name",
        "sampleRate",
        "SampleRate",
        "exception.type",
        "exception",
        "name",
        "duration_ms",
        "trace.parent_id",
    ];
    match KEYS.get(rng.random_range(0..24)) {
        Some(key) => (*key).into(),
        None => random_text(rng),
    }
}

fn random_value(rng: &mut StdRng, depth: u32) -> AnyValue<'static> {
    let mut value = AnyValue::default();
    match rng.random_range(0..if depth < 4 { 8 } else { 6 }) {
        0 => value.string_value = Some(random_text(rng)),
        1 => value.bool_value = Some(rng.random()),
        2 => value.int_value = Some(rng.random()),
        3 => value.double_value = Some(random_double(rng)),
        4 => value.bytes_value = Some(random_bytes(rng, 9)),
        5 => {}
        6 => {
            let values = some(rng, 3, |rng| random_value(rng, depth + 1));
            value.array_value = Some(Box::new(ArrayValue { values }));
        }
        _ => {
            let values = random_attributes(rng, depth + 1);
            value.kvlist_value = Some(Box::new(KeyValueList { values }));
        }
    }
    value
}

// NaN is not equal to itself, so it is left out.
fn random_double(rng: &mut StdRng) -> f64 {
    let special = [
        0.0,
        -0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        1e300,
    ];
    match special.get(rng.random_range(0..12)) {
        Some(special) => *special,
        None => rng.random_range(-1e6..1e6),
    }
}

fn random_text(rng: &mut StdRng) -> Cow<'static, str> {
    let letters = [
        'a', 'b', '.', '"', '\\', '{', '[', '\n', 'é', '🐝', '\u{0}', ' ',
    ];
    let text = some(rng, 6, |rng| letters[rng.random_range(0..letters.len())]);
    text.into_iter().collect::<String>().into()
}

// As long as it should be, empty, or anything in between.
fn random_bytes(rng: &mut StdRng, length: usize) -> Cow<'static, [u8]> {
    let length = match rng.random_range(0..4) {
        0 => 0,
        1 => rng.random_range(0..=length),
        _ => length,
    };
    let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
    bytes.into()
}

fn some<T>(rng: &mut StdRng, below: usize, mut one: impl FnMut(&mut StdRng) -> T) -> Vec<T> {
    (0..rng.random_range(0..below)).map(|_| one(rng)).collect()
}

/// Dataset, and each event's time, sample rate and fields by name.
type PlainRows = Vec<(String, Vec<(i64, u32, Vec<(String, Value)>)>)>;

// Batches of one dataset become one, and empty ones none.
fn plain(batches: Vec<Batch>) -> PlainRows {
    let mut found = PlainRows::new();
    for batch in batches {
        let events = batch.events.iter().map(|event| {
            let fields = named_fields(event).into_iter().collect();
            (event.time, event.sample_rate, fields)
        });
        let events: Vec<_> = events.collect();
        match found.iter_mut().find(|(name, _)| *name == batch.dataset) {
            Some((_, known)) => known.extend(events),
            None => found.push((batch.dataset, events)),
        }
    }
    found.retain(|(_, events)| !events.is_empty());
    found
}

fn rows(bytes: &[u8], encoding: Encoding) -> Result<PlainRows, ReadError> {
    Ok(plain(batches_of(spans(bytes, encoding)?.parts)))
}

fn from_protobuf(bytes: &[u8]) -> Result<PlainRows, ReadError> {
    rows(bytes, Encoding::Protobuf)
}

fn from_json(text: &[u8]) -> Result<TraceRequest<'_>, ReadError> {
    json::request(text)
}

// Datasets come in the order in which they are named first, also by a resource without spans.
fn sorted(mut rows: PlainRows) -> PlainRows {
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    rows
}

#[test]
fn any_request_makes_the_same_rows_from_protobuf_and_from_json() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut n_rows = 0;
    for _ in 0..300 {
        let request = random_request(&mut rng);
        let expected = sorted(plain(plain_rows::batches(&request)));
        n_rows += expected
            .iter()
            .map(|(_, events)| events.len())
            .sum::<usize>();
        let found = from_protobuf(&request_bytes(&request)).unwrap();
        assert_eq!(sorted(found), expected);
        let text = request_json(&request).to_string();
        assert_eq!(from_json(text.as_bytes()).unwrap(), request);
        let pretty = format!("\n {:#}", request_json(&request));
        assert_eq!(from_json(pretty.as_bytes()).unwrap(), request);
        let found = rows(text.as_bytes(), Encoding::Json).unwrap();
        assert_eq!(sorted(found), expected);
    }
    assert!(n_rows > 1_000, "{n_rows}");
}

#[test]
fn every_cut_of_a_request_is_an_error_or_a_shorter_request() {
    let mut rng = StdRng::seed_from_u64(2);
    for _ in 0..20 {
        let request = random_request(&mut rng);
        let bytes = request_bytes(&request);
        let shorter = |n: usize| TraceRequest {
            resource_spans: request.resource_spans[..n].to_vec(),
        };
        let shorter: Vec<TraceRequest<'_>> =
            (0..request.resource_spans.len()).map(shorter).collect();
        for cut in 0..bytes.len() {
            if let Ok(found) = from_protobuf(&bytes[..cut]) {
                let whole = shorter.iter().find(|it| request_bytes(it).len() == cut);
                let expected = plain(plain_rows::batches(whole.unwrap()));
                assert_eq!(sorted(found), sorted(expected));
            }
        }
        let text = request_json(&request).to_string();
        for cut in 0..text.len() {
            assert!(rows(&text.as_bytes()[..cut], Encoding::Json).is_err());
        }
    }
}

#[test]
fn odd_bytes_are_an_error_or_a_request_and_never_a_panic() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut n_read = 0;
    for _ in 0..300 {
        let request = random_request(&mut rng);
        let mut bytes = request_bytes(&request);
        let mut text = request_json(&request).to_string().into_bytes();
        for odd in [&mut bytes, &mut text] {
            for _ in 0..8 {
                let at = rng.random_range(0..odd.len().max(1));
                if let Some(byte) = odd.get_mut(at) {
                    *byte = rng.random();
                }
            }
        }
        for found in [from_protobuf(&bytes), rows(&text, Encoding::Json)] {
            n_read += usize::from(found.is_ok());
        }
        let noise = random_bytes(&mut rng, 200);
        let _ = from_protobuf(&noise);
        let _ = rows(&noise, Encoding::Json);
    }
    assert!(
        n_read > 50,
        "the odd bytes are too odd to try the decoder: {n_read}"
    );
}

#[test]
fn deep_nesting_is_refused_and_less_of_it_read() {
    let nested = |depth| {
        let mut value = AnyValue::default();
        for _ in 0..depth {
            let array = ArrayValue {
                values: vec![value],
            };
            value = AnyValue {
                array_value: Some(Box::new(array)),
                ..AnyValue::default()
            };
        }
        let attributes = vec![KeyValue {
            key: "deep".into(),
            value,
        }];
        let resource = Resource { attributes };
        let spans = ResourceSpans {
            resource,
            ..ResourceSpans::default()
        };
        TraceRequest {
            resource_spans: vec![spans],
        }
    };
    let bytes = request_bytes(&nested(64));
    assert_eq!(from_protobuf(&bytes).unwrap(), []);
    let bytes = request_bytes(&nested(65));
    assert!(matches!(from_protobuf(&bytes), Err(ReadError::Protobuf)));
    let text = request_json(&nested(30)).to_string();
    assert_eq!(from_json(text.as_bytes()).unwrap(), nested(30));
    let text = "[".repeat(1_000_000);
    for text in [text.clone(), format!("{{\"resourceSpans\":{text}")] {
        assert!(from_json(text.as_bytes()).is_err());
    }
}

#[test]
fn more_messages_than_are_allowed_are_refused_before_they_fill_the_memory() {
    let empty_spans = [0x12, 0].repeat(MOST_MESSAGES);
    let mut scope_spans = Writer::default();
    scope_spans.message(2, empty_spans);
    let mut request = Writer::default();
    request.message(1, scope_spans.0);
    assert!(matches!(from_protobuf(&request.0), Err(ReadError::TooMany)));
    // So are those that are only noted down until their span is read.
    let mut span = Writer::default();
    span.message(2, [0x4a, 0].repeat(MOST_MESSAGES + 1));
    let mut scope_spans = Writer::default();
    scope_spans.message(2, span.0);
    let mut request = Writer::default();
    request.message(1, scope_spans.0);
    assert!(matches!(from_protobuf(&request.0), Err(ReadError::TooMany)));
    for element in ["{},", "[],"] {
        let elements = element.repeat(MOST_MESSAGES);
        let text = format!("{{\"resourceSpans\":[{}]}}", elements.trim_end_matches(','));
        assert!(matches!(
            from_json(text.as_bytes()),
            Err(ReadError::TooMany)
        ));
    }
    // Braces in a text are no messages.
    let text = "{[\\\"".repeat(MOST_MESSAGES);
    let text = format!("{{\"resourceSpans\":[{{\"schemaUrl\":\"{text}\"}}]}}");
    assert!(from_json(text.as_bytes()).is_ok());
}

#[test]
fn null_in_json_means_what_absence_means() {
    let keys = [
        "traceId",
        "spanId",
        "parentSpanId",
        "traceState",
        "name",
        "kind",
        "startTimeUnixNano",
        "endTimeUnixNano",
        "attributes",
        "events",
        "links",
        "status",
    ];
    let nulls: Map<String, Json> = keys
        .iter()
        .map(|key| (key.to_string(), Json::Null))
        .collect();
    let value = json!({"key": null, "value": {
        "stringValue": null, "boolValue": null, "intValue": null, "doubleValue": null,
        "arrayValue": null, "kvlistValue": null, "bytesValue": null,
    }});
    let request = json!({"resourceSpans": [
        {"resource": null, "schemaUrl": null, "scopeSpans": [
            {"scope": null, "schemaUrl": null, "spans": [
                nulls, {"attributes": [value, {"value": null}]},
                {"status": {"message": null, "code": null}},
            ]},
        ]},
        {"scopeSpans": null},
    ]});
    let text = request.to_string();
    let request = from_json(text.as_bytes()).unwrap();
    let spans = &request.resource_spans[0].scope_spans[0].spans;
    assert_eq!(spans[0], Span::default());
    assert_eq!(
        spans[1].attributes,
        [KeyValue::default(), KeyValue::default()]
    );
    assert_eq!(spans[2], Span::default());
    assert_eq!(request.resource_spans[1], ResourceSpans::default());
}

#[test]
fn json_may_have_the_names_of_the_proto_files() {
    let camel = json!({"resourceSpans": [{"schemaUrl": "s", "scopeSpans": [{"spans": [{
        "traceId": "581cf771a006649127e371903a2de979", "spanId": "b7ad6b7169203331", "parentSpanId": "00f067aa0ba902b7",
        "traceState": "a=b", "name": "n", "startTimeUnixNano": "1", "endTimeUnixNano": "2",
        "attributes": [{"key": "k", "value": {"kvlistValue": {"values": [{"key": "x", "value": {"intValue": "3"}}]}}}],
        "events": [{"timeUnixNano": "1", "name": "e"}],
    }]}]}]})
    .to_string();
    let snake = [
        "resource_spans",
        "schema_url",
        "scope_spans",
        "trace_id",
        "parent_span_id",
        "span_id",
        "trace_state",
        "start_time_unix_nano",
        "end_time_unix_nano",
        "time_unix_nano",
        "kvlist_value",
        "int_value",
    ];
    let text = snake.iter().fold(camel.clone(), |text, name| {
        let mut words = name.split('_');
        let first = words.next().unwrap().to_string();
        let camel = words.fold(first, |all, word| {
            format!("{all}{}{}", word[..1].to_uppercase(), &word[1..])
        });
        assert!(text.contains(&format!("\"{camel}\":")), "{camel}");
        text.replace(&format!("\"{camel}\":"), &format!("\"{name}\":"))
    });
    let read = |text: &str| {
        json::request::<TraceRequest<'_>>(text.as_bytes()).unwrap()
            == json::request(camel.as_bytes()).unwrap()
    };
    assert!(read(&text), "{text}");
}

#[test]
fn a_body_without_an_item_says_what_stands_there_instead() {
    for (wanted, body, said) in [
        (
            "resourceSpans",
            r#"{"resourceLogs": []}"#,
            Some("log records go to /v1/logs"),
        ),
        (
            "resourceLogs",
            r#"{"resource_spans": [{}]}"#,
            Some("spans go to /v1/traces"),
        ),
        (
            "resourceSpans",
            r#"{"spans": []}"#,
            Some("no resourceSpans, but \"spans\""),
        ),
        ("resourceSpans", "{}", None),
        ("resourceSpans", r#"{"resourceSpans": []}"#, None),
        (
            "resourceSpans",
            r#"{"resource_spans": [], "future": 1}"#,
            None,
        ),
    ] {
        let reason = json::instead_of(wanted, body.as_bytes());
        match said {
            Some(said) => assert!(
                reason.as_ref().is_some_and(|it| it.contains(said)),
                "{body}: {reason:?}"
            ),
            None => assert_eq!(reason, None, "{body}"),
        }
    }
}

#[test]
fn json_that_is_of_another_kind_is_refused() {
    let span = |span: Json| json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
    let value = |value: Json| span(json!({"attributes": [{"key": "a", "value": value}]}));
    for odd in [
        json!([]),
        json!(null),
        json!("x"),
        json!({"resourceSpans": {}}),
        span(json!({"traceId": "xyz"})),
        span(json!({"traceId": "abc"})),
        span(json!({"startTimeUnixNano": -1})),
        span(json!({"startTimeUnixNano": 1.5})),
        span(json!({"startTimeUnixNano": "soon"})),
        span(json!({"startTimeUnixNano": "18446744073709551616"})),
        span(json!({"kind": "SPAN_KIND_ODD"})),
        span(json!({"kind": 1.5})),
        span(json!({"name": 1})),
        value(json!({"intValue": 1.5})),
        value(json!({"intValue": 1e30})),
        value(json!({"intValue": "9223372036854775808"})),
        value(json!({"doubleValue": "x"})),
        value(json!({"bytesValue": "A"})),
        value(json!({"boolValue": "true"})),
    ] {
        assert!(from_json(odd.to_string().as_bytes()).is_err(), "{odd}");
    }
    for (text, kind) in [
        (json!("SPAN_KIND_SERVER"), 2),
        (json!("3"), 3),
        (json!(4), 4),
    ] {
        let text = span(json!({"kind": text})).to_string();
        let request = from_json(text.as_bytes()).unwrap();
        assert_eq!(request.resource_spans[0].scope_spans[0].spans[0].kind, kind);
    }
    let text = value(json!({"intValue": 1e3})).to_string();
    assert!(from_json(text.as_bytes()).is_ok());
}

#[test]
fn wrong_wire_types_and_field_numbers_are_refused() {
    for odd in [
        &[0x08, 0x01][..],
        &[0x0b],
        &[0x0c],
        &[0x0f, 0x01],
        &[0x02, 0x00],
        &[0x0a],
        &[0x0a, 0x01],
        &[0x80; 11],
        &[
            0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ],
    ] {
        assert!(
            matches!(from_protobuf(odd), Err(ReadError::Protobuf)),
            "{odd:02x?}"
        );
    }
    assert_eq!(from_protobuf(&[]).unwrap(), []);
}
