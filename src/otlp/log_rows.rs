//! Makes rows of log records.
//!
//! Field numbers from opentelemetry-proto, `logs/v1/logs.proto`; columns from Honeycomb's open-source
//! translation library.

use std::borrow::Cow;

use super::any_value::Any;
use super::attributes::{Nesting, put_value};
use super::fields::{Reader, keep};
use super::json_text::json_text;
use super::message::ReadError;
use super::rows::{Decoded, Rows, Signal, decoded, trace_id};
use crate::store::{Field, PartBuilder, Prepared, ValueRef};

/// Where log records go when neither a service nor the sender names a dataset.
pub const UNKNOWN_LOG_SOURCE: &str = "unknown_log_source";

/// Reads an `ExportLogsServiceRequest` in protobuf.
///
/// Records of a service without a name go to `dataset`. Those that say neither when they were written nor
/// when they were seen are of `now`, in nanoseconds since the epoch.
///
/// # Errors
/// See [`ReadError`]; then nothing is kept.
pub fn log_parts(request: &[u8], dataset: &str, now: i64) -> Result<Decoded, ReadError> {
    let logs = Logs {
        dataset,
        now: u64::try_from(now).unwrap_or(0),
        attributes: Vec::new(),
    };
    decoded(request, logs)
}

struct Logs<'a, 'd> {
    dataset: &'d str,
    now: u64,
    // Those of one record; kept so that they are allocated once.
    attributes: Vec<&'a [u8]>,
}

/// A log record with its scalars read.
#[derive(Default)]
struct Record<'a> {
    time: u64,
    observed_time: u64,
    severity: u64,
    severity_text: Cow<'a, str>,
    body: Option<&'a [u8]>,
    flags: u32,
    trace_id: &'a [u8],
    span_id: &'a [u8],
    event_name: Cow<'a, str>,
}

impl<'a> Record<'a> {
    fn read(
        reader: &mut Reader,
        bytes: &'a [u8],
        attributes: &mut Vec<&'a [u8]>,
    ) -> Result<Record<'a>, ReadError> {
        attributes.clear();
        let mut record = Record::default();
        let mut fields = reader.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => record.time = field.fixed()?,
                2 => record.severity = field.varint()?,
                3 => record.severity_text = field.text()?,
                5 => record.body = Some(field.bytes()?),
                6 => keep(attributes, field)?,
                8 => record.flags = field.fixed32()?,
                9 => record.trace_id = field.bytes()?,
                10 => record.span_id = field.bytes()?,
                11 => record.observed_time = field.fixed()?,
                12 => record.event_name = field.text()?,
                _ => {}
            }
        }
        Ok(record)
    }
}

impl<'a> Signal<'a> for Logs<'a, '_> {
    type Columns = Columns;

    fn columns(builder: &mut PartBuilder) -> Columns {
        Columns::of(builder)
    }

    fn unnamed(&self) -> &str {
        self.dataset
    }

    fn write(
        &mut self,
        reader: &mut Reader,
        rows: &mut Rows<'_, Columns>,
        item: &'a [u8],
    ) -> Result<(), ReadError> {
        let record = Record::read(reader, item, &mut self.attributes)?;
        let columns = rows.columns;
        let first_row = rows.len();
        let times = [record.time, record.observed_time];
        rows.begin(times.into_iter().find(|time| *time > 0).unwrap_or(self.now));
        rows.put_prepared(&columns.signal_type);
        rows.put(columns.severity, ValueRef::Str(severity(record.severity)));
        let code = ValueRef::Int(record.severity as i64);
        rows.put(columns.severity_code, code);
        rows.put_text(columns.severity_text, &record.severity_text);
        if record.flags > 0 {
            rows.put(columns.flags, ValueRef::Int(record.flags.into()));
        }
        rows.put_text(columns.event_name, &record.event_name);
        if !record.trace_id.is_empty() {
            rows.put(columns.trace_id, trace_id(record.trace_id));
            rows.put_prepared(&columns.annotation_type);
        }
        // The record has no id of its own; it hangs on the span that it was written in.
        if !record.span_id.is_empty() {
            rows.put(columns.parent_id, ValueRef::Hex(record.span_id));
        }
        if let Some(body) = record.body {
            put_body(reader, rows, body)?;
        }
        rows.put_said();
        let rate = rows.put_attributes(reader, &self.attributes)?;
        rows.set_rates(first_row, rate.0.or(rows.rate).unwrap_or(1));
        rows.end()
    }
}

// A map is kept twice: flattened, to be asked for, and as text, to be read.
fn put_body(
    reader: &mut Reader,
    rows: &mut Rows<'_, Columns>,
    body: &[u8],
) -> Result<(), ReadError> {
    let body = reader.any(body, 0)?;
    let nesting = Nesting {
        n_parts: 1,
        depth: 0,
    };
    let mut put = |name: &str, value: ValueRef<'_>| rows.put_named(name, value);
    put_value(reader, "body", &body, nesting, &mut put)?;
    if let Any::List(_) = body {
        let text = json_text(&mut Reader::again(), &body, 0)?;
        rows.put(rows.columns.body, ValueRef::Str(&text));
    }
    Ok(())
}

// Source: opentelemetry-proto, `SeverityNumber`.
fn severity(number: u64) -> &'static str {
    match number {
        1..=4 => "trace",
        5..=8 => "debug",
        9..=12 => "info",
        13..=16 => "warn",
        17..=20 => "error",
        21..=24 => "fatal",
        _ => "unspecified",
    }
}

/// The built-in columns.
struct Columns {
    severity: Field,
    severity_code: Field,
    severity_text: Field,
    flags: Field,
    event_name: Field,
    trace_id: Field,
    parent_id: Field,
    body: Field,
    signal_type: Prepared,
    annotation_type: Prepared,
}

impl Columns {
    fn of(builder: &mut PartBuilder) -> Columns {
        Columns {
            severity: builder.field("severity"),
            severity_code: builder.field("severity_code"),
            severity_text: builder.field("severity_text"),
            flags: builder.field("flags"),
            event_name: builder.field("event.name"),
            trace_id: builder.field("trace.trace_id"),
            parent_id: builder.field("trace.parent_id"),
            body: builder.field("body"),
            signal_type: builder.prepare("meta.signal_type", ValueRef::Str("log")),
            annotation_type: builder.prepare("meta.annotation_type", ValueRef::Str("span_event")),
        }
    }
}
