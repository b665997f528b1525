//! Reads a trace request from protobuf without copying its texts.
//!
//! Field numbers from opentelemetry-proto `trace/v1/trace.proto`, `common/v1/common.proto` and
//! `resource/v1/resource.proto`; unknown fields are passed over, as protobuf demands.

use std::borrow::Cow;

use super::message::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, Link, MOST_MESSAGES, ReadError, Resource,
    ResourceSpans, Scope, ScopeSpans, Span, SpanEvent, Status, TraceRequest,
};

// Attributes nest; nobody nests them this deep in good faith.
const DEEPEST: u32 = 64;

/// Reads a trace request.
///
/// # Errors
/// `Protobuf`, for cut bytes, wrong wire types, or attributes nested more than 64 deep; `TooMany`.
pub fn trace_request(bytes: &[u8]) -> Result<TraceRequest<'_>, ReadError> {
    let mut request = TraceRequest::default();
    let mut reader = Reader {
        left: MOST_MESSAGES,
    };
    reader.each_field(bytes, |reader, number, field| {
        if number == 1 {
            request
                .resource_spans
                .push(resource_spans(reader, field.bytes()?)?);
        }
        Ok(())
    })?;
    Ok(request)
}

fn resource_spans<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
) -> Result<ResourceSpans<'a>, ReadError> {
    let mut found = ResourceSpans::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => {
                found.resource = Resource {
                    attributes: attributes(reader, field.bytes()?, 1)?,
                }
            }
            2 => found.scope_spans.push(scope_spans(reader, field.bytes()?)?),
            3 => found.schema_url = field.text()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

// A message that has nothing but attributes that interest us, in field `wanted`.
fn attributes<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
    wanted: u64,
) -> Result<Vec<KeyValue<'a>>, ReadError> {
    let mut found = Vec::new();
    reader.each_field(bytes, |reader, number, field| {
        if number == wanted {
            found.push(key_value(reader, field.bytes()?, 0)?);
        }
        Ok(())
    })?;
    Ok(found)
}

fn scope_spans<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<ScopeSpans<'a>, ReadError> {
    let mut found = ScopeSpans::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => found.scope = scope(reader, field.bytes()?)?,
            2 => found.spans.push(span(reader, field.bytes()?)?),
            3 => found.schema_url = field.text()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn scope<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<Scope<'a>, ReadError> {
    let mut found = Scope::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => found.name = field.text()?,
            2 => found.version = field.text()?,
            3 => found.attributes.push(key_value(reader, field.bytes()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn span<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<Span<'a>, ReadError> {
    let mut found = Span::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => found.trace_id = field.bytes()?.into(),
            2 => found.span_id = field.bytes()?.into(),
            3 => found.trace_state = field.text()?,
            4 => found.parent_span_id = field.bytes()?.into(),
            5 => found.name = field.text()?,
            6 => found.kind = field.varint()? as i64,
            7 => found.start_time_unix_nano = field.fixed()?,
            8 => found.end_time_unix_nano = field.fixed()?,
            9 => found.attributes.push(key_value(reader, field.bytes()?, 0)?),
            11 => found.events.push(event(reader, field.bytes()?)?),
            13 => found.links.push(link(reader, field.bytes()?)?),
            15 => found.status = status(reader, field.bytes()?)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn event<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<SpanEvent<'a>, ReadError> {
    let mut found = SpanEvent::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => found.time_unix_nano = field.fixed()?,
            2 => found.name = field.text()?,
            3 => found.attributes.push(key_value(reader, field.bytes()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn link<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<Link<'a>, ReadError> {
    let mut found = Link::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => found.trace_id = field.bytes()?.into(),
            2 => found.span_id = field.bytes()?.into(),
            4 => found.attributes.push(key_value(reader, field.bytes()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn status<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<Status<'a>, ReadError> {
    let mut found = Status::default();
    reader.each_field(bytes, |_, number, field| {
        match number {
            2 => found.message = field.text()?,
            3 => found.code = field.varint()? as i64,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn key_value<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
    depth: u32,
) -> Result<KeyValue<'a>, ReadError> {
    let mut found = KeyValue::default();
    reader.each_field(bytes, |reader, number, field| {
        match number {
            1 => found.key = field.text()?,
            2 => found.value = any_value(reader, field.bytes()?, depth)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn any_value<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
    depth: u32,
) -> Result<AnyValue<'a>, ReadError> {
    if depth > DEEPEST {
        return Err(ReadError::Protobuf);
    }
    let mut found = AnyValue::default();
    reader.each_field(bytes, |reader, number, field| {
        // At most one field is set; if there are more, the last one counts.
        let mut only = AnyValue::default();
        match number {
            1 => only.string_value = Some(field.text()?),
            2 => only.bool_value = Some(field.varint()? != 0),
            3 => only.int_value = Some(field.varint()? as i64),
            4 => only.double_value = Some(f64::from_bits(field.fixed()?)),
            5 => only.array_value = Some(array(reader, field.bytes()?, depth)?),
            6 => only.kvlist_value = Some(list(reader, field.bytes()?, depth)?),
            7 => only.bytes_value = Some(field.bytes()?.into()),
            _ => return Ok(()),
        }
        found = only;
        Ok(())
    })?;
    Ok(found)
}

fn array<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
    depth: u32,
) -> Result<Box<ArrayValue<'a>>, ReadError> {
    let mut values = Vec::new();
    reader.each_field(bytes, |reader, number, field| {
        if number == 1 {
            values.push(any_value(reader, field.bytes()?, depth + 1)?);
        }
        Ok(())
    })?;
    Ok(Box::new(ArrayValue { values }))
}

fn list<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
    depth: u32,
) -> Result<Box<KeyValueList<'a>>, ReadError> {
    let mut values = Vec::new();
    reader.each_field(bytes, |reader, number, field| {
        if number == 1 {
            values.push(key_value(reader, field.bytes()?, depth + 1)?);
        }
        Ok(())
    })?;
    Ok(Box::new(KeyValueList { values }))
}

/// A field's content by its wire type.
#[derive(Clone, Copy)]
enum Field<'a> {
    Varint(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn varint(self) -> Result<u64, ReadError> {
        match self {
            Field::Varint(number) => Ok(number),
            _ => Err(ReadError::Protobuf),
        }
    }

    fn fixed(self) -> Result<u64, ReadError> {
        match self {
            Field::Fixed(number) => Ok(number),
            _ => Err(ReadError::Protobuf),
        }
    }

    fn bytes(self) -> Result<&'a [u8], ReadError> {
        match self {
            Field::Bytes(bytes) => Ok(bytes),
            _ => Err(ReadError::Protobuf),
        }
    }

    // Text that is not UTF-8 keeps what can be kept; a span is not thrown away for it.
    fn text(self) -> Result<Cow<'a, str>, ReadError> {
        self.bytes().map(String::from_utf8_lossy)
    }
}

/// Counts messages as they are read.
struct Reader {
    left: usize,
}

impl Reader {
    fn each_field<'a>(
        &mut self,
        mut bytes: &'a [u8],
        mut take: impl FnMut(&mut Reader, u64, Field<'a>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.left = self.left.checked_sub(1).ok_or(ReadError::TooMany)?;
        while !bytes.is_empty() {
            let tag = varint(&mut bytes)?;
            let field = match tag & 7 {
                0 => Field::Varint(varint(&mut bytes)?),
                1 => {
                    let (number, rest) =
                        bytes.split_first_chunk::<8>().ok_or(ReadError::Protobuf)?;
                    bytes = rest;
                    Field::Fixed(u64::from_le_bytes(*number))
                }
                2 => {
                    let length = usize::try_from(varint(&mut bytes)?);
                    let length = length.map_err(|_| ReadError::Protobuf)?;
                    let (content, rest) =
                        bytes.split_at_checked(length).ok_or(ReadError::Protobuf)?;
                    bytes = rest;
                    Field::Bytes(content)
                }
                // Four bytes: no field that is read here has them, but a future one may.
                5 => {
                    bytes = bytes.get(4..).ok_or(ReadError::Protobuf)?;
                    continue;
                }
                _ => return Err(ReadError::Protobuf),
            };
            if tag >> 3 == 0 {
                return Err(ReadError::Protobuf);
            }
            take(self, tag >> 3, field)?;
        }
        Ok(())
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, ReadError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(ReadError::Protobuf)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(ReadError::Protobuf)
}
