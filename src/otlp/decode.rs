//! Makes Honeycomb's rows of a trace request.
//!
//! Source for columns, precedence and sample rates: Honeycomb's open-source translation library and
//! its README. Where its two code paths differ, the documented one holds: item over scope over
//! resource over built-in columns.

use std::sync::Arc;

use super::message::{
    AnyValue, KeyValue, Link, ResourceSpans, ScopeSpans, Span, SpanEvent, TraceRequest,
};
use crate::model::span::{Batch, Event, Lens, Value};

/// Where spans go whose service has no name.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

type Fields = Vec<(Arc<str>, Value)>;

/// Returns one batch for each `ResourceSpans`: its spans, their events and their links.
///
/// Order inside a batch: the events and links of a span come before it.
pub fn batches(request: &TraceRequest<'_>) -> Vec<Batch> {
    request.resource_spans.iter().map(batch).collect()
}

fn batch(from: &ResourceSpans<'_>) -> Batch {
    let mut names = Names::default();
    let mut resource = Fields::new();
    let mut rate = None;
    if !from.schema_url.is_empty() {
        resource.push((names.of("resource.schema_url"), text(&from.schema_url)));
    }
    put_attributes(
        &mut resource,
        &mut rate,
        &mut names,
        &from.resource.attributes,
    );
    let mut events = Vec::new();
    for scope in &from.scope_spans {
        scope_rows(&mut events, &mut names, &resource, rate, scope);
    }
    Batch {
        lens: Lens::Spans,
        dataset: dataset_of(&from.resource.attributes),
        events,
    }
}

// Blank, missing and `unknown_service:java` all mean that nobody named the service.
fn dataset_of(attributes: &[KeyValue<'_>]) -> String {
    let name = attributes
        .iter()
        .rev()
        .find(|attribute| attribute.key == "service.name");
    let name = name
        .and_then(|name| name.value.string_value.as_deref())
        .unwrap_or_default()
        .trim();
    if name.is_empty() || name.starts_with(UNKNOWN_SERVICE) {
        return UNKNOWN_SERVICE.to_string();
    }
    name.to_string()
}

fn scope_rows(
    events: &mut Vec<Event>,
    names: &mut Names,
    resource: &Fields,
    resource_rate: Option<u32>,
    from: &ScopeSpans<'_>,
) {
    let mut shared = resource.clone();
    let mut rate = resource_rate;
    let scope = &from.scope;
    for (name, value) in [
        ("library.name", &scope.name),
        ("library.version", &scope.version),
        ("scope.schema_url", &from.schema_url),
    ] {
        if !value.is_empty() {
            shared.push((names.of(name), text(value)));
        }
    }
    if INSTRUMENTATION
        .iter()
        .any(|prefix| scope.name.starts_with(prefix))
    {
        shared.push((names.of("telemetry.instrumentation_library"), true.into()));
    }
    put_attributes(&mut shared, &mut rate, names, &scope.attributes);
    for span in &from.spans {
        span_rows(events, names, &shared, rate, span);
    }
}

const INSTRUMENTATION: [&str; 9] = [
    "io.opentelemetry",
    "opentelemetry.instrumentation",
    "OpenTelemetry.Instrumentation",
    "OpenTelemetry::Instrumentation",
    "go.opentelemetry.io/contrib/instrumentation",
    "@opentelemetry/instrumentation",
    "io.opentelemetry.contrib.php",
    "github.com/open-telemetry/opentelemetry-collector",
    "@honeycombio/",
];

fn span_rows(
    events: &mut Vec<Event>,
    names: &mut Names,
    shared: &Fields,
    shared_rate: Option<u32>,
    span: &Span<'_>,
) {
    let mut own = Fields::new();
    let mut rate = None;
    put_attributes(&mut own, &mut rate, names, &span.attributes);
    let sample_rate = rate
        .or(shared_rate)
        .or_else(|| rate_of_state(&span.trace_state))
        .unwrap_or(1);
    let is_error = span.status.code == 2;
    let time = nanoseconds(span.start_time_unix_nano);

    for event in &span.events {
        events.push(event_row(names, shared, span, event, sample_rate, is_error));
    }
    for link in &span.links {
        events.push(link_row(names, shared, span, link, sample_rate, is_error));
    }

    let mut fields = Fields::with_capacity(shared.len() + own.len() + 16);
    let kind = kind_name(span.kind);
    let duration = span
        .end_time_unix_nano
        .checked_sub(span.start_time_unix_nano);
    let mut put = |name: &str, value: Value| fields.push((names.of(name), value));
    put("trace.trace_id", trace_id(&span.trace_id).into());
    put("trace.span_id", hex(&span.span_id).into());
    if !span.parent_span_id.is_empty() {
        put("trace.parent_id", hex(&span.parent_span_id).into());
    }
    put("name", text(&span.name));
    put("span.kind", kind.into());
    put("type", kind.into());
    put("duration_ms", (duration.unwrap_or(0) as f64 / 1e6).into());
    if duration.is_none() {
        put("meta.invalid_duration", true.into());
    }
    put("status_code", span.status.code.into());
    if !span.status.message.is_empty() {
        put("status_message", text(&span.status.message));
    }
    if is_error {
        put("error", true.into());
    }
    if !span.trace_state.is_empty() {
        put("trace.trace_state", text(&span.trace_state));
    }
    put("span.num_events", (span.events.len() as i64).into());
    put("span.num_links", (span.links.len() as i64).into());
    put("meta.signal_type", "trace".into());
    fields.extend_from_slice(shared);
    // The first exception comes up to the span, but never over what the span says itself.
    if let Some(exception) = span.events.iter().find(|event| event.name == "exception") {
        let mut attributes = Fields::new();
        put_attributes(&mut attributes, &mut None, names, &exception.attributes);
        attributes.retain(|(name, _)| EXCEPTION.contains(&&**name));
        fields.extend(attributes);
    }
    fields.extend(own);
    events.push(Event {
        time,
        sample_rate,
        fields,
    });
}

const EXCEPTION: [&str; 4] = [
    "exception.type",
    "exception.message",
    "exception.stacktrace",
    "exception.escaped",
];

fn event_row(
    names: &mut Names,
    shared: &Fields,
    span: &Span<'_>,
    event: &SpanEvent<'_>,
    sample_rate: u32,
    is_error: bool,
) -> Event {
    let mut fields = annotation(names, shared, span, "span_event", is_error);
    let since = event.time_unix_nano.checked_sub(span.start_time_unix_nano);
    fields.push((names.of("name"), text(&event.name)));
    let since_ms = since.unwrap_or(0) as f64 / 1e6;
    fields.push((names.of("meta.time_since_span_start_ms"), since_ms.into()));
    if since.is_none() {
        fields.push((names.of("meta.invalid_time_since_span_start"), true.into()));
    }
    put_attributes(&mut fields, &mut None, names, &event.attributes);
    Event {
        time: nanoseconds(event.time_unix_nano),
        sample_rate,
        fields,
    }
}

fn link_row(
    names: &mut Names,
    shared: &Fields,
    span: &Span<'_>,
    link: &Link<'_>,
    sample_rate: u32,
    is_error: bool,
) -> Event {
    let mut fields = annotation(names, shared, span, "link", is_error);
    fields.push((
        names.of("trace.link.trace_id"),
        trace_id(&link.trace_id).into(),
    ));
    fields.push((names.of("trace.link.span_id"), hex(&link.span_id).into()));
    put_attributes(&mut fields, &mut None, names, &link.attributes);
    Event {
        time: nanoseconds(span.start_time_unix_nano),
        sample_rate,
        fields,
    }
}

// What events and links of a span have in common: they hang on the span and have no id of their own.
fn annotation(
    names: &mut Names,
    shared: &Fields,
    span: &Span<'_>,
    kind: &str,
    is_error: bool,
) -> Fields {
    let mut fields = vec![
        (names.of("trace.trace_id"), trace_id(&span.trace_id).into()),
        (names.of("trace.parent_id"), hex(&span.span_id).into()),
        (names.of("parent_name"), text(&span.name)),
        (names.of("meta.annotation_type"), kind.into()),
        (names.of("meta.signal_type"), "trace".into()),
    ];
    if is_error {
        fields.push((names.of("error"), true.into()));
    }
    fields.extend_from_slice(shared);
    fields
}

/// Field names of a batch, each kept once.
#[derive(Default)]
struct Names {
    known: std::collections::HashSet<Arc<str>>,
}

impl Names {
    fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.known.insert(name.clone());
        name
    }
}

// Lists of keys become columns with dots down to this depth; what lies deeper becomes JSON text.
const FLATTENED: usize = 5;
// Honeycomb cuts texts that it had to build at this many bytes.
const LONGEST_TEXT: usize = 65_535;

fn put_attributes(
    fields: &mut Fields,
    rate: &mut Option<u32>,
    names: &mut Names,
    attributes: &[KeyValue<'_>],
) {
    for attribute in attributes {
        if let ("sampleRate" | "SampleRate", Some(found)) =
            (&*attribute.key, rate_of_value(&attribute.value))
        {
            // The first spelling is the preferred one, whichever comes first.
            if rate.is_none() || attribute.key == "sampleRate" {
                *rate = Some(found);
            }
            continue;
        }
        put_attribute(fields, names, &attribute.key, &attribute.value, 1);
    }
}

fn put_attribute(
    fields: &mut Fields,
    names: &mut Names,
    key: &str,
    value: &AnyValue<'_>,
    depth: usize,
) {
    if key.is_empty() {
        return;
    }
    if let Some(list) = &value.kvlist_value
        && depth < FLATTENED
    {
        for entry in &list.values {
            put_attribute(
                fields,
                names,
                &format!("{key}.{}", entry.key),
                &entry.value,
                depth + 1,
            );
        }
        return;
    }
    if let Some(value) = plain_value(value) {
        fields.push((names.of(key), value));
    }
}

fn plain_value(value: &AnyValue<'_>) -> Option<Value> {
    if let Some(string) = &value.string_value {
        return Some(text(string));
    }
    if let Some(bool) = value.bool_value {
        return Some(bool.into());
    }
    if let Some(int) = value.int_value {
        return Some(int.into());
    }
    if let Some(double) = value.double_value {
        return Some(double.into());
    }
    let json = as_json(value);
    if json.is_null() {
        return None;
    }
    // The service writes such values with a line's end; see "Attribute values" in its translation.
    let mut json = json.to_string();
    json.push('\n');
    let cut = (0..=LONGEST_TEXT.min(json.len()))
        .rev()
        .find(|&at| json.is_char_boundary(at));
    json.truncate(cut.unwrap_or(0));
    Some(json.into())
}

fn as_json(value: &AnyValue<'_>) -> serde_json::Value {
    if let Some(array) = &value.array_value {
        return array.values.iter().map(as_json).collect();
    }
    if let Some(list) = &value.kvlist_value {
        let pairs = list
            .values
            .iter()
            .map(|entry| (entry.key.to_string(), as_json(&entry.value)));
        return serde_json::Value::Object(pairs.collect());
    }
    if let Some(bytes) = &value.bytes_value {
        return to_base64(bytes).into();
    }
    match plain_scalar(value) {
        Some(Value::Str(text)) => (*text).into(),
        Some(Value::Int(int)) => int.into(),
        Some(Value::Float(float)) => float.into(),
        Some(Value::Bool(bool)) => bool.into(),
        None => serde_json::Value::Null,
    }
}

fn plain_scalar(value: &AnyValue<'_>) -> Option<Value> {
    let string = value.string_value.as_deref().map(Value::from);
    string
        .or(value.bool_value.map(Value::from))
        .or(value.int_value.map(Value::from))
        .or(value.double_value.map(Value::from))
}

// Text, whole number or double; rounded half up; nothing below one and nothing above 2^31 - 1.
fn rate_of_value(value: &AnyValue<'_>) -> Option<u32> {
    let number = match plain_scalar(value)? {
        Value::Str(text) => text.parse::<f64>().ok()?,
        Value::Int(int) => int as f64,
        Value::Float(float) => float,
        Value::Bool(_) => return None,
    };
    let is_number = !number.is_nan();
    is_number.then(|| (number + 0.5).floor().clamp(1.0, f64::from(i32::MAX)) as u32)
}

// `ot=th:HEX` says which share of 2^56 was rejected; what is kept stands for 1 / (1 - share).
fn rate_of_state(state: &str) -> Option<u32> {
    let ot = state
        .split(',')
        .find_map(|member| member.trim().strip_prefix("ot="))?;
    let threshold = ot.split(';').find_map(|pair| {
        let pair = pair.trim();
        pair.strip_prefix("th:")
            .or_else(|| pair.strip_prefix("th="))
    })?;
    if threshold.is_empty() || threshold.len() > 14 {
        return None;
    }
    let rejected = u64::from_str_radix(threshold, 16).ok()?;
    let rejected = (rejected as f64) / 16f64.powi(threshold.len() as i32);
    let count = 1.0 / (1.0 - rejected);
    let floor = count.floor();
    // Rounded up as often as the fraction says, so that the mean is right.
    let up = count <= 100.0 && rand::random::<f64>() < count - floor;
    Some((floor + f64::from(u8::from(up))).clamp(1.0, f64::from(i32::MAX)) as u32)
}

fn text(text: &str) -> Value {
    text.into()
}

fn kind_name(kind: i64) -> &'static str {
    match kind {
        1 => "internal",
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => "unspecified",
    }
}

fn nanoseconds(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

// Ids of the older 64-bit kind come padded with zeros and are shown without.
fn trace_id(bytes: &[u8]) -> String {
    match bytes.split_first_chunk::<8>() {
        Some(([0, 0, 0, 0, 0, 0, 0, 0], rest)) if rest.len() == 8 => hex(rest),
        _ => hex(bytes),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0u32, |all, i| {
            all << 8 | u32::from(chunk.get(i).copied().unwrap_or(0))
        });
        for i in 0..4 {
            let is_padding = i > chunk.len();
            let letter = BASE64[(number >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if is_padding { '=' } else { letter });
        }
    }
    text
}

/// Reads base64 in either alphabet, with or without padding, as protobuf's JSON allows.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bits = 0u32;
    let mut n_bits = 0;
    for letter in text.trim_end_matches('=').bytes() {
        let letter = match letter {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
        let value = BASE64.iter().position(|&known| known == letter)?;
        bits = bits << 6 | value as u32;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
            bits &= (1 << n_bits) - 1;
        }
    }
    Some(bytes)
}
