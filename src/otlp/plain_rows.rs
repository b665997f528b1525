//! Makes Honeycomb's rows of a trace request, event by event from a tree of messages.
//!
//! What the rows are made by must agree with this, which is slow and easily read. The rules are told
//! twice on purpose: once to be quick, once to be sure.
//!
//! Source for columns and precedence: Honeycomb's open-source translation library and its README.
//! Where its two code paths differ, the documented one holds: item over scope over resource over
//! built-in columns.

use super::message::{KeyValue, Link, ResourceSpans, ScopeSpans, Span, SpanEvent, TraceRequest};
use super::plain_attributes::{Fields, Names, put_attributes};
use super::sample_rate::rate_of_state;
use super::span_rows::UNKNOWN_SERVICE;
use crate::model::span::{Batch, Event, Lens, Value};

/// Returns one batch for each `ResourceSpans`: its spans, their events and their links.
///
/// Order inside a batch: the events and links of a span come before it.
pub fn batches(request: &TraceRequest<'_>) -> Vec<Batch> {
    request.resource_spans.iter().map(batch).collect()
}

fn batch(from: &ResourceSpans<'_>) -> Batch {
    let mut names = Names::default();
    let mut fields = Fields::new();
    if !from.schema_url.is_empty() {
        fields.push((names.of("resource.schema_url"), text(&from.schema_url)));
    }
    let rate = put_attributes(&mut fields, &mut names, &from.resource.attributes);
    let resource = Shared { fields, rate };
    let mut rows = Vec::new();
    for scope_spans in &from.scope_spans {
        let shared = shared(&mut names, &resource, scope_spans);
        for span in &scope_spans.spans {
            span_rows(&mut rows, &mut names, &shared, span);
        }
    }
    Batch {
        lens: Lens::Spans,
        dataset: dataset_of(&from.resource.attributes),
        events: rows,
    }
}

/// What resource and scope say of all their spans.
struct Shared {
    fields: Fields,
    rate: Option<u32>,
}

// Blank, missing and `unknown_service:java` all mean that nobody named the service.
pub fn dataset_of(attributes: &[KeyValue<'_>]) -> String {
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

fn shared(names: &mut Names, resource: &Shared, from: &ScopeSpans<'_>) -> Shared {
    let mut fields = resource.fields.clone();
    let scope = &from.scope;
    for (name, value) in [
        ("library.name", &scope.name),
        ("library.version", &scope.version),
        ("scope.schema_url", &from.schema_url),
    ] {
        if !value.is_empty() {
            fields.push((names.of(name), text(value)));
        }
    }
    if INSTRUMENTATION
        .iter()
        .any(|prefix| scope.name.starts_with(prefix))
    {
        fields.push((names.of("telemetry.instrumentation_library"), true.into()));
    }
    let rate = put_attributes(&mut fields, names, &scope.attributes);
    Shared {
        fields,
        rate: rate.or(resource.rate),
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

/// What the rows of one span have in common.
///
/// Made once for all of them: a span with a long name and many events is not copied for each.
struct Common<'s> {
    trace_id: Value,
    span_id: Value,
    name: Value,
    shared: &'s Fields,
    sample_rate: u32,
    is_error: bool,
}

fn span_rows(rows: &mut Vec<Event>, names: &mut Names, shared: &Shared, span: &Span<'_>) {
    let mut own = Fields::new();
    let rate = put_attributes(&mut own, names, &span.attributes);
    let common = Common {
        trace_id: trace_id(&span.trace_id).into(),
        span_id: hex(&span.span_id).into(),
        name: text(&span.name),
        shared: &shared.fields,
        sample_rate: rate
            .or(shared.rate)
            .or_else(|| rate_of_state(&span.trace_state))
            .unwrap_or(1),
        is_error: span.status.code == 2,
    };
    for event in &span.events {
        rows.push(event_row(names, &common, span, event));
    }
    for link in &span.links {
        rows.push(link_row(names, &common, span, link));
    }
    rows.push(span_row(names, &common, span, own));
}

fn span_row(names: &mut Names, common: &Common<'_>, span: &Span<'_>, own: Fields) -> Event {
    let mut fields = Fields::with_capacity(common.shared.len() + own.len() + 20);
    let kind = kind_name(span.kind);
    let duration = span
        .end_time_unix_nano
        .checked_sub(span.start_time_unix_nano);
    let mut put = |name: &str, value: Value| fields.push((names.of(name), value));
    put("trace.trace_id", common.trace_id.clone());
    put("trace.span_id", common.span_id.clone());
    if !span.parent_span_id.is_empty() {
        put("trace.parent_id", hex(&span.parent_span_id).into());
    }
    put("name", common.name.clone());
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
    if common.is_error {
        put("error", true.into());
    }
    if !span.trace_state.is_empty() {
        put("trace.trace_state", text(&span.trace_state));
    }
    put("span.num_events", (span.events.len() as i64).into());
    put("span.num_links", (span.links.len() as i64).into());
    put("meta.signal_type", "trace".into());
    fields.extend_from_slice(common.shared);
    // The first exception comes up to the span, but never over what the span says itself.
    if let Some(exception) = span.events.iter().find(|event| event.name == "exception") {
        let mut attributes = Fields::new();
        put_attributes(&mut attributes, names, &exception.attributes);
        attributes.retain(|(name, _)| EXCEPTION.contains(&&**name));
        fields.extend(attributes);
    }
    fields.extend(own);
    Event {
        time: nanoseconds(span.start_time_unix_nano),
        sample_rate: common.sample_rate,
        fields,
    }
}

const EXCEPTION: [&str; 4] = [
    "exception.type",
    "exception.message",
    "exception.stacktrace",
    "exception.escaped",
];

fn event_row(
    names: &mut Names,
    common: &Common<'_>,
    span: &Span<'_>,
    event: &SpanEvent<'_>,
) -> Event {
    let mut fields = annotation(names, common, "span_event");
    let since = event.time_unix_nano.checked_sub(span.start_time_unix_nano);
    let since_ms = since.unwrap_or(0) as f64 / 1e6;
    fields.push((names.of("name"), text(&event.name)));
    fields.push((names.of("meta.time_since_span_start_ms"), since_ms.into()));
    if since.is_none() {
        fields.push((names.of("meta.invalid_time_since_span_start"), true.into()));
    }
    fields.extend_from_slice(common.shared);
    put_attributes(&mut fields, names, &event.attributes);
    Event {
        time: nanoseconds(event.time_unix_nano),
        sample_rate: common.sample_rate,
        fields,
    }
}

fn link_row(names: &mut Names, common: &Common<'_>, span: &Span<'_>, link: &Link<'_>) -> Event {
    let mut fields = annotation(names, common, "link");
    let (trace_id, span_id) = (trace_id(&link.trace_id), hex(&link.span_id));
    fields.push((names.of("trace.link.trace_id"), trace_id.into()));
    fields.push((names.of("trace.link.span_id"), span_id.into()));
    fields.extend_from_slice(common.shared);
    put_attributes(&mut fields, names, &link.attributes);
    Event {
        time: nanoseconds(span.start_time_unix_nano),
        sample_rate: common.sample_rate,
        fields,
    }
}

// The built-in columns of events and links: they hang on the span and have no id of their own.
fn annotation(names: &mut Names, common: &Common<'_>, kind: &str) -> Fields {
    let mut fields = vec![
        (names.of("trace.trace_id"), common.trace_id.clone()),
        (names.of("trace.parent_id"), common.span_id.clone()),
        (names.of("parent_name"), common.name.clone()),
        (names.of("meta.annotation_type"), kind.into()),
        (names.of("meta.signal_type"), "trace".into()),
    ];
    if common.is_error {
        fields.push((names.of("error"), true.into()));
    }
    fields
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
pub fn trace_id(bytes: &[u8]) -> String {
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
