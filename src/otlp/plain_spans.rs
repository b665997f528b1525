//! The spans of a request one by one, for whoever wants them whole and not by column.
//!
//! Field numbers from opentelemetry-proto, `trace/v1/trace.proto`, `resource.proto` and `common.proto`.

use serde_json::{Map, Value};

use super::any_value::Any;
use super::base64::to_base64;
use super::fields::Reader;
use super::message::ReadError;

/// A span with everything that it and its resource say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlainSpan {
    /// 16 bytes, if the sender kept to the rules.
    pub trace_id: Vec<u8>,
    /// 8 bytes, likewise.
    pub span_id: Vec<u8>,
    /// The span above; empty if there is none.
    pub parent_span_id: Vec<u8>,
    /// What was done.
    pub name: String,
    /// 2 for SERVER, 3 for CLIENT, 5 for CONSUMER.
    pub kind: u64,
    /// Nanoseconds since the epoch.
    pub start: u64,
    /// Nanoseconds since the epoch.
    pub end: u64,
    /// Its attributes.
    pub attributes: Map<String, Value>,
    /// Its resource's attributes.
    pub resource: Map<String, Value>,
    /// The attributes of its events that are named `exception`.
    pub exceptions: Vec<Map<String, Value>>,
    /// Whether its status is an error.
    pub is_error: bool,
}

/// Reads an `ExportTraceServiceRequest` in protobuf.
///
/// # Errors
/// See [`ReadError`].
pub fn plain_spans(request: &[u8]) -> Result<Vec<PlainSpan>, ReadError> {
    let mut reader = Reader::default();
    let mut spans = Vec::new();
    let mut fields = reader.open(request)?;
    while let Some((number, field)) = fields.next()? {
        if number == 1 {
            resource_spans(&mut reader, field.bytes()?, &mut spans)?;
        }
    }
    Ok(spans)
}

fn resource_spans(
    reader: &mut Reader,
    bytes: &[u8],
    spans: &mut Vec<PlainSpan>,
) -> Result<(), ReadError> {
    let first = spans.len();
    let mut resource = Map::new();
    let mut fields = reader.open(bytes)?;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => resource = attributes(reader, field.bytes()?, 1)?,
            2 => {
                let mut scope = reader.open(field.bytes()?)?;
                while let Some((number, field)) = scope.next()? {
                    if number == 2 {
                        spans.push(span(reader, field.bytes()?)?);
                    }
                }
            }
            _ => {}
        }
    }
    // A resource may stand behind its spans; each gets a copy, which counts like what was sent.
    for span in spans.iter_mut().skip(first) {
        for _ in 0..resource.len() {
            reader.count()?;
        }
        span.resource = resource.clone();
    }
    Ok(())
}

fn span(reader: &mut Reader, bytes: &[u8]) -> Result<PlainSpan, ReadError> {
    let mut span = PlainSpan::default();
    let mut fields = reader.open(bytes)?;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => span.trace_id = field.bytes()?.to_vec(),
            2 => span.span_id = field.bytes()?.to_vec(),
            4 => span.parent_span_id = field.bytes()?.to_vec(),
            5 => span.name = field.text()?.into_owned(),
            6 => span.kind = field.varint()?,
            7 => span.start = field.fixed()?,
            8 => span.end = field.fixed()?,
            9 => {
                let (key, value) = reader.pair(field.bytes()?, 0)?;
                let value = json(reader, value, 0)?;
                span.attributes.insert(key.into_owned(), value);
            }
            11 => {
                let event = field.bytes()?;
                if is_exception(reader, event)? {
                    span.exceptions.push(attributes(reader, event, 3)?);
                }
            }
            15 => {
                let mut status = reader.open(field.bytes()?)?;
                while let Some((number, field)) = status.next()? {
                    if number == 3 {
                        span.is_error = field.varint()? == 2;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(span)
}

fn is_exception(reader: &mut Reader, event: &[u8]) -> Result<bool, ReadError> {
    let mut fields = reader.open(event)?;
    let mut is_exception = false;
    while let Some((number, field)) = fields.next()? {
        if number == 2 {
            is_exception = field.text()? == "exception";
        }
    }
    Ok(is_exception)
}

// The attributes in the field `wanted` of a message.
fn attributes(
    reader: &mut Reader,
    message: &[u8],
    wanted: u64,
) -> Result<Map<String, Value>, ReadError> {
    let mut attributes = Map::new();
    let mut fields = reader.open(message)?;
    while let Some((number, field)) = fields.next()? {
        if number == wanted {
            let (key, value) = reader.pair(field.bytes()?, 0)?;
            let value = json(reader, value, 0)?;
            attributes.insert(key.into_owned(), value);
        }
    }
    Ok(attributes)
}

fn json(reader: &mut Reader, value: Any<'_>, depth: u32) -> Result<Value, ReadError> {
    Ok(match value {
        Any::Nothing => Value::Null,
        Any::Text(text) => Value::from(text.into_owned()),
        Any::Bool(bool) => Value::from(bool),
        Any::Int(int) => Value::from(int),
        Any::Double(double) => Value::from(double),
        Any::Bytes(bytes) => Value::from(to_base64(bytes)),
        Any::Array(bytes) => {
            let mut elements = Vec::new();
            reader.each_element(bytes, depth, |reader, element| {
                elements.push(json(reader, element, depth + 1)?);
                Ok(())
            })?;
            Value::Array(elements)
        }
        Any::List(bytes) => {
            let mut entries = Map::new();
            reader.each_entry(bytes, depth, |reader, (key, value)| {
                entries.insert(key.into_owned(), json(reader, value, depth + 1)?);
                Ok(())
            })?;
            Value::Object(entries)
        }
    })
}
