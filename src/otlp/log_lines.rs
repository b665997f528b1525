//! Makes lines of log records, for a log group: each record as the JSON that CloudWatch keeps of it.
//!
//! Source: Amazon CloudWatch user guide, "OTLP endpoints"; field numbers from opentelemetry-proto,
//! `logs/v1/logs.proto`.

use std::borrow::Cow;

use super::any_value::Any;
use super::fields::{Fields, Reader};
use super::json_text::json_text;
use super::message::ReadError;
use super::protobuf::Writer;
use crate::model::log::LogEvent;

/// Returns the lines of an `ExportLogsServiceRequest` in protobuf, which was read before, oldest first.
///
/// Records that say neither when they were written nor when they were seen are of `now`, in nanoseconds
/// since the epoch.
///
/// # Errors
/// See [`ReadError`].
pub fn log_lines(request: &[u8], now: i64) -> Result<Vec<LogEvent>, ReadError> {
    let mut lines = Vec::new();
    each(request, 1, |resource_logs| {
        let resource = first(resource_logs, 1)?;
        let attributes = object_of(resource, 1)?;
        let resource = format!(r#"{{"attributes":{attributes}}}"#);
        each(resource_logs, 2, |scope_logs| {
            let scope = scope_json(first(scope_logs, 1)?)?;
            each(scope_logs, 2, |record| {
                lines.push(line(record, &resource, &scope, now)?);
                Ok(())
            })
        })
    })?;
    // Stable: what was written at one time stays in order.
    lines.sort_by_key(|line| line.timestamp_ms);
    Ok(lines)
}

fn line(record: &[u8], resource: &str, scope: &str, now: i64) -> Result<LogEvent, ReadError> {
    let mut members = Members::default();
    members.put("resource", resource);
    members.put("scope", scope);
    let (mut time, mut observed_time) = (0, 0);
    let mut later = Members::default();
    let mut fields = Fields::of(record);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => time = field.fixed()?,
            2 => later.put("severityNumber", &field.varint()?.to_string()),
            3 => later.put_text("severityText", &field.text()?),
            5 => later.put("body", &value_json(field.bytes()?)?),
            8 => later.put("flags", &field.fixed32()?.to_string()),
            9 => later.put_text("traceId", &hex(field.bytes()?)),
            10 => later.put_text("spanId", &hex(field.bytes()?)),
            11 => observed_time = field.fixed()?,
            12 => later.put_text("eventName", &field.text()?),
            _ => {}
        }
    }
    members.put("timeUnixNano", &time.to_string());
    members.put("observedTimeUnixNano", &observed_time.to_string());
    members.append(later);
    members.put("attributes", &object_of(record, 6)?);
    let said = [time, observed_time].into_iter().find(|time| *time > 0);
    let nanoseconds = said.map_or(now, |time| i64::try_from(time).unwrap_or(i64::MAX));
    Ok(LogEvent {
        timestamp_ms: nanoseconds / 1_000_000,
        message: members.finish(),
    })
}

fn scope_json(scope: &[u8]) -> Result<String, ReadError> {
    let mut members = Members::default();
    let mut has_attributes = false;
    let mut fields = Fields::of(scope);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => members.put_text("name", &field.text()?),
            2 => members.put_text("version", &field.text()?),
            3 => has_attributes = true,
            _ => {}
        }
    }
    if has_attributes {
        members.put("attributes", &object_of(scope, 3)?);
    }
    Ok(members.finish())
}

/// The members of a JSON object, written one after another.
#[derive(Default)]
struct Members(String);

impl Members {
    fn put(&mut self, name: &str, json: &str) {
        let comma = if self.0.is_empty() { "" } else { "," };
        self.0.push_str(&format!(r#"{comma}"{name}":{json}"#));
    }

    fn put_text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.put(name, &serde_json::Value::from(text).to_string());
        }
    }

    fn append(&mut self, others: Members) {
        if !others.0.is_empty() {
            self.0.push(',');
            self.0.push_str(&others.0);
        }
    }

    fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }
}

// The key-value pairs that a message has in the field with this number, as an object.
fn object_of(message: &[u8], pairs: u64) -> Result<String, ReadError> {
    let mut list = Writer::default();
    each(message, pairs, |pair| {
        list.bytes(1, pair);
        Ok(())
    })?;
    value_text(&Any::List(&list.bytes))
}

fn value_json(value: &[u8]) -> Result<String, ReadError> {
    let value = Reader::again().any(value, 0)?;
    value_text(&value)
}

fn value_text(value: &Any<'_>) -> Result<String, ReadError> {
    let mut text = json_text(&mut Reader::again(), value, 0)?;
    // A long one was cut; then it is a text, and no longer an object.
    if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
        return Ok(serde_json::Value::from(text).to_string());
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

fn each<'a>(
    message: &'a [u8],
    wanted: u64,
    mut take: impl FnMut(&'a [u8]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut fields = Fields::of(message);
    while let Some((number, field)) = fields.next()? {
        if number == wanted {
            take(field.bytes()?)?;
        }
    }
    Ok(())
}

// The message in a field; an empty one if it is not there.
fn first(message: &[u8], wanted: u64) -> Result<&[u8], ReadError> {
    let mut found: &[u8] = &[];
    each(message, wanted, |bytes| {
        found = bytes;
        Ok(())
    })?;
    Ok(found)
}

fn hex(bytes: &[u8]) -> Cow<'static, str> {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat().into()
}
