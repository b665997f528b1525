//! Reads a trace request from protobuf without copying its texts.
//!
//! Field numbers from opentelemetry-proto `trace/v1/trace.proto`, `common/v1/common.proto` and
//! `resource/v1/resource.proto`; unknown fields are passed over, as protobuf demands.

use std::borrow::Cow;

use super::message::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, Link, Resource, ResourceSpans, Scope, ScopeSpans,
    Span, SpanEvent, Status, TraceRequest,
};

/// The bytes are not the message that they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a protobuf trace request")]
pub struct Malformed;

// Attributes nest; nobody nests them this deep in good faith.
const DEEPEST: u32 = 64;

/// Reads a trace request.
///
/// # Errors
/// `Malformed`, for cut bytes, wrong wire types, or attributes nested more than 64 deep.
pub fn trace_request(bytes: &[u8]) -> Result<TraceRequest<'_>, Malformed> {
    let mut request = TraceRequest::default();
    each_field(bytes, |number, field| {
        if number == 1 {
            request.resource_spans.push(resource_spans(field.bytes()?)?);
        }
        Ok(())
    })?;
    Ok(request)
}

fn resource_spans(bytes: &[u8]) -> Result<ResourceSpans<'_>, Malformed> {
    let mut found = ResourceSpans::default();
    each_field(bytes, |number, field| {
        match number {
            1 => {
                found.resource = Resource {
                    attributes: attributes(field.bytes()?, 1)?,
                }
            }
            2 => found.scope_spans.push(scope_spans(field.bytes()?)?),
            3 => found.schema_url = field.text()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

// A message that has nothing but attributes that interest us, in field `wanted`.
fn attributes(bytes: &[u8], wanted: u64) -> Result<Vec<KeyValue<'_>>, Malformed> {
    let mut found = Vec::new();
    each_field(bytes, |number, field| {
        if number == wanted {
            found.push(key_value(field.bytes()?, 0)?);
        }
        Ok(())
    })?;
    Ok(found)
}

fn scope_spans(bytes: &[u8]) -> Result<ScopeSpans<'_>, Malformed> {
    let mut found = ScopeSpans::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.scope = scope(field.bytes()?)?,
            2 => found.spans.push(span(field.bytes()?)?),
            3 => found.schema_url = field.text()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn scope(bytes: &[u8]) -> Result<Scope<'_>, Malformed> {
    let mut found = Scope::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.name = field.text()?,
            2 => found.version = field.text()?,
            3 => found.attributes.push(key_value(field.bytes()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn span(bytes: &[u8]) -> Result<Span<'_>, Malformed> {
    let mut found = Span::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.trace_id = field.bytes()?.into(),
            2 => found.span_id = field.bytes()?.into(),
            3 => found.trace_state = field.text()?,
            4 => found.parent_span_id = field.bytes()?.into(),
            5 => found.name = field.text()?,
            6 => found.kind = field.number()? as i64,
            7 => found.start_time_unix_nano = field.number()?,
            8 => found.end_time_unix_nano = field.number()?,
            9 => found.attributes.push(key_value(field.bytes()?, 0)?),
            11 => found.events.push(event(field.bytes()?)?),
            13 => found.links.push(link(field.bytes()?)?),
            15 => found.status = status(field.bytes()?)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn event(bytes: &[u8]) -> Result<SpanEvent<'_>, Malformed> {
    let mut found = SpanEvent::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.time_unix_nano = field.number()?,
            2 => found.name = field.text()?,
            3 => found.attributes.push(key_value(field.bytes()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn link(bytes: &[u8]) -> Result<Link<'_>, Malformed> {
    let mut found = Link::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.trace_id = field.bytes()?.into(),
            2 => found.span_id = field.bytes()?.into(),
            4 => found.attributes.push(key_value(field.bytes()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn status(bytes: &[u8]) -> Result<Status<'_>, Malformed> {
    let mut found = Status::default();
    each_field(bytes, |number, field| {
        match number {
            2 => found.message = field.text()?,
            3 => found.code = field.number()? as i64,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn key_value(bytes: &[u8], depth: u32) -> Result<KeyValue<'_>, Malformed> {
    let mut found = KeyValue::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.key = field.text()?,
            2 => found.value = any_value(field.bytes()?, depth)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn any_value(bytes: &[u8], depth: u32) -> Result<AnyValue<'_>, Malformed> {
    if depth > DEEPEST {
        return Err(Malformed);
    }
    let mut found = AnyValue::default();
    each_field(bytes, |number, field| {
        match number {
            1 => found.string_value = Some(field.text()?),
            2 => found.bool_value = Some(field.number()? != 0),
            3 => found.int_value = Some(field.number()? as i64),
            4 => found.double_value = Some(f64::from_bits(field.number()?)),
            5 => {
                let mut values = Vec::new();
                each_field(field.bytes()?, |number, field| {
                    if number == 1 {
                        values.push(any_value(field.bytes()?, depth + 1)?);
                    }
                    Ok(())
                })?;
                found.array_value = Some(Box::new(ArrayValue { values }));
            }
            6 => {
                let mut values = Vec::new();
                each_field(field.bytes()?, |number, field| {
                    if number == 1 {
                        values.push(key_value(field.bytes()?, depth + 1)?);
                    }
                    Ok(())
                })?;
                found.kvlist_value = Some(Box::new(KeyValueList { values }));
            }
            7 => found.bytes_value = Some(field.bytes()?.into()),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

/// A field's content by its wire type.
#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn number(self) -> Result<u64, Malformed> {
        match self {
            Field::Number(number) => Ok(number),
            Field::Bytes(_) => Err(Malformed),
        }
    }

    fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Field::Bytes(bytes) => Ok(bytes),
            Field::Number(_) => Err(Malformed),
        }
    }

    // Text that is not UTF-8 keeps what can be kept; a span is not thrown away for it.
    fn text(self) -> Result<Cow<'a, str>, Malformed> {
        self.bytes().map(String::from_utf8_lossy)
    }
}

fn each_field<'a>(
    mut bytes: &'a [u8],
    mut take: impl FnMut(u64, Field<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)?),
            1 => {
                let (number, rest) = bytes.split_first_chunk::<8>().ok_or(Malformed)?;
                bytes = rest;
                Field::Number(u64::from_le_bytes(*number))
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| Malformed)?;
                let (content, rest) = bytes.split_at_checked(length).ok_or(Malformed)?;
                bytes = rest;
                Field::Bytes(content)
            }
            5 => {
                let (number, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
                bytes = rest;
                Field::Number(u64::from(u32::from_le_bytes(*number)))
            }
            _ => return Err(Malformed),
        };
        take(tag >> 3, field)?;
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Malformed)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Malformed)
}
