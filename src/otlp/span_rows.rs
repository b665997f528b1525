//! Makes rows of spans, their events and their links.
//!
//! Field numbers from opentelemetry-proto, `trace/v1/trace.proto`.

use std::borrow::Cow;

use super::attributes::{Rate, put_attribute};
use super::fields::{Reader, keep};
use super::message::ReadError;
use super::rows::{Decoded, Rows, Signal, decoded, trace_id};
use super::sample_rate::rate_of_state;
use crate::store::{Field, PartBuilder, Prepared, ValueRef};

/// Where spans go whose service has no name.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// Reads an `ExportTraceServiceRequest` in protobuf: its spans, their events and their links.
///
/// Events and links of a span come before it.
///
/// # Errors
/// See [`ReadError`]; then nothing is kept.
pub fn span_parts(request: &[u8]) -> Result<Decoded, ReadError> {
    decoded(request, Spans::default())
}

/// The spans of a request, one at a time.
#[derive(Default)]
struct Spans<'a> {
    span: Span<'a>,
}

/// A span with its scalars read and everything else still in its bytes.
///
/// One is used for all spans of a request, so that its lists are allocated once.
#[derive(Default)]
struct Span<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    parent_span_id: &'a [u8],
    trace_state: Cow<'a, str>,
    name: Cow<'a, str>,
    kind: u64,
    start: u64,
    end: u64,
    status_message: Cow<'a, str>,
    status_code: i64,
    attributes: Vec<&'a [u8]>,
    events: Vec<&'a [u8]>,
    links: Vec<&'a [u8]>,
}

impl<'a> Span<'a> {
    fn read(&mut self, reader: &mut Reader, bytes: &'a [u8]) -> Result<(), ReadError> {
        let (mut attributes, mut events, mut links) = (
            std::mem::take(&mut self.attributes),
            std::mem::take(&mut self.events),
            std::mem::take(&mut self.links),
        );
        attributes.clear();
        events.clear();
        links.clear();
        *self = Span {
            attributes,
            events,
            links,
            ..Span::default()
        };
        let mut fields = reader.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => self.trace_id = field.bytes()?,
                2 => self.span_id = field.bytes()?,
                3 => self.trace_state = field.text()?,
                4 => self.parent_span_id = field.bytes()?,
                5 => self.name = field.text()?,
                6 => self.kind = field.varint()?,
                7 => self.start = field.fixed()?,
                8 => self.end = field.fixed()?,
                9 => keep(&mut self.attributes, field)?,
                11 => keep(&mut self.events, field)?,
                13 => keep(&mut self.links, field)?,
                15 => self.read_status(reader, field.bytes()?)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_status(&mut self, reader: &mut Reader, bytes: &'a [u8]) -> Result<(), ReadError> {
        self.status_message = Cow::Borrowed("");
        self.status_code = 0;
        let mut fields = reader.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            match number {
                2 => self.status_message = field.text()?,
                3 => self.status_code = field.varint()? as i64,
                _ => {}
            }
        }
        Ok(())
    }

    fn is_error(&self) -> bool {
        self.status_code == 2
    }
}

/// An event or a link; a link has ids in place of time and name.
#[derive(Default)]
struct Annotation<'a> {
    time: u64,
    name: Cow<'a, str>,
    trace_id: &'a [u8],
    span_id: &'a [u8],
    attributes: Vec<&'a [u8]>,
}

impl<'a> Annotation<'a> {
    fn event(reader: &mut Reader, bytes: &'a [u8]) -> Result<Annotation<'a>, ReadError> {
        let mut event = Annotation::default();
        let mut fields = reader.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => event.time = field.fixed()?,
                2 => event.name = field.text()?,
                3 => keep(&mut event.attributes, field)?,
                _ => {}
            }
        }
        Ok(event)
    }

    fn link(reader: &mut Reader, bytes: &'a [u8]) -> Result<Annotation<'a>, ReadError> {
        let mut link = Annotation::default();
        let mut fields = reader.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => link.trace_id = field.bytes()?,
                2 => link.span_id = field.bytes()?,
                4 => keep(&mut link.attributes, field)?,
                _ => {}
            }
        }
        Ok(link)
    }
}

impl<'a> Signal<'a> for Spans<'a> {
    type Columns = Columns;

    fn columns(builder: &mut PartBuilder) -> Columns {
        Columns::of(builder)
    }

    fn unnamed(&self) -> &str {
        UNKNOWN_SERVICE
    }

    fn write(
        &mut self,
        reader: &mut Reader,
        rows: &mut Rows<'_, Columns>,
        item: &'a [u8],
    ) -> Result<(), ReadError> {
        let span = &mut self.span;
        span.read(reader, item)?;
        let first_row = rows.len();
        let mut exception = None;
        for event in &span.events {
            let event = Annotation::event(reader, event)?;
            event_row(reader, rows, span, &event)?;
            // The first exception comes up to the span.
            if exception.is_none() && event.name == "exception" {
                exception = Some(event);
            }
        }
        for link in &span.links {
            let link = Annotation::link(reader, link)?;
            link_row(reader, rows, span, &link)?;
        }
        let rate = span_row(reader, rows, span, exception)?;
        let rate = rate.0.or(rows.rate);
        let rate = rate.or_else(|| rate_of_state(&span.trace_state));
        rows.set_rates(first_row, rate.unwrap_or(1));
        Ok(())
    }
}

fn span_row(
    reader: &mut Reader,
    rows: &mut Rows<'_, Columns>,
    span: &Span<'_>,
    exception: Option<Annotation<'_>>,
) -> Result<Rate, ReadError> {
    let columns = rows.columns;
    rows.begin(span.start);
    rows.put(columns.trace_id, trace_id(span.trace_id));
    rows.put(columns.span_id, ValueRef::Hex(span.span_id));
    if !span.parent_span_id.is_empty() {
        rows.put(columns.parent_id, ValueRef::Hex(span.parent_span_id));
    }
    rows.put(columns.name, ValueRef::Str(&span.name));
    let kind = kind_name(span.kind);
    rows.put(columns.span_kind, ValueRef::Str(kind));
    rows.put(columns.kind, ValueRef::Str(kind));
    let duration = span.end.checked_sub(span.start);
    let duration_ms = duration.unwrap_or(0) as f64 / 1e6;
    rows.put(columns.duration_ms, ValueRef::Float(duration_ms));
    if duration.is_none() {
        rows.put_named("meta.invalid_duration", ValueRef::Bool(true));
    }
    rows.put(columns.status_code, ValueRef::Int(span.status_code));
    rows.put_text(columns.status_message, &span.status_message);
    if span.is_error() {
        rows.put(columns.error, ValueRef::Bool(true));
    }
    rows.put_text(columns.trace_state, &span.trace_state);
    let n_events = span.events.len() as i64;
    rows.put(columns.num_events, ValueRef::Int(n_events));
    let n_links = span.links.len() as i64;
    rows.put(columns.num_links, ValueRef::Int(n_links));
    rows.put_prepared(&columns.signal_type);
    rows.put_said();
    // Never over what the span says itself.
    if let Some(exception) = exception {
        let mut put = |name: &str, value: ValueRef<'_>| {
            if EXCEPTION.contains(&name) {
                rows.put_named(name, value);
            }
        };
        for attribute in exception.attributes {
            let rate = &mut Rate::default();
            put_attribute(&mut Reader::again(), attribute, rate, &mut put)?;
        }
    }
    let rate = rows.put_attributes(reader, &span.attributes)?;
    rows.end()?;
    Ok(rate)
}

const EXCEPTION: [&str; 4] = [
    "exception.type",
    "exception.message",
    "exception.stacktrace",
    "exception.escaped",
];

fn event_row(
    reader: &mut Reader,
    rows: &mut Rows<'_, Columns>,
    span: &Span<'_>,
    event: &Annotation<'_>,
) -> Result<(), ReadError> {
    rows.begin(event.time);
    put_annotation(rows, span, "span_event");
    rows.put(rows.columns.name, ValueRef::Str(&event.name));
    let since = event.time.checked_sub(span.start);
    let since_ms = since.unwrap_or(0) as f64 / 1e6;
    rows.put_named("meta.time_since_span_start_ms", ValueRef::Float(since_ms));
    if since.is_none() {
        rows.put_named("meta.invalid_time_since_span_start", ValueRef::Bool(true));
    }
    rows.put_said();
    rows.put_attributes(reader, &event.attributes)?;
    rows.end()
}

fn link_row(
    reader: &mut Reader,
    rows: &mut Rows<'_, Columns>,
    span: &Span<'_>,
    link: &Annotation<'_>,
) -> Result<(), ReadError> {
    rows.begin(span.start);
    put_annotation(rows, span, "link");
    rows.put_named("trace.link.trace_id", trace_id(link.trace_id));
    rows.put_named("trace.link.span_id", ValueRef::Hex(link.span_id));
    rows.put_said();
    rows.put_attributes(reader, &link.attributes)?;
    rows.end()
}

// The built-in columns of events and links: they hang on the span and have no id of their own.
fn put_annotation(rows: &mut Rows<'_, Columns>, span: &Span<'_>, kind: &str) {
    let columns = rows.columns;
    rows.put(columns.trace_id, trace_id(span.trace_id));
    rows.put(columns.parent_id, ValueRef::Hex(span.span_id));
    rows.put_named("parent_name", ValueRef::Str(&span.name));
    rows.put_named("meta.annotation_type", ValueRef::Str(kind));
    rows.put_prepared(&columns.signal_type);
    if span.is_error() {
        rows.put(columns.error, ValueRef::Bool(true));
    }
}

/// The built-in columns that most spans have.
struct Columns {
    trace_id: Field,
    span_id: Field,
    parent_id: Field,
    name: Field,
    span_kind: Field,
    kind: Field,
    duration_ms: Field,
    status_code: Field,
    status_message: Field,
    error: Field,
    trace_state: Field,
    num_events: Field,
    num_links: Field,
    signal_type: Prepared,
}

impl Columns {
    fn of(builder: &mut PartBuilder) -> Columns {
        Columns {
            trace_id: builder.field("trace.trace_id"),
            span_id: builder.field("trace.span_id"),
            parent_id: builder.field("trace.parent_id"),
            name: builder.field("name"),
            span_kind: builder.field("span.kind"),
            kind: builder.field("type"),
            duration_ms: builder.field("duration_ms"),
            status_code: builder.field("status_code"),
            status_message: builder.field("status_message"),
            error: builder.field("error"),
            trace_state: builder.field("trace.trace_state"),
            num_events: builder.field("span.num_events"),
            num_links: builder.field("span.num_links"),
            signal_type: builder.prepare("meta.signal_type", ValueRef::Str("trace")),
        }
    }
}

fn kind_name(kind: u64) -> &'static str {
    match kind {
        1 => "internal",
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => "unspecified",
    }
}
