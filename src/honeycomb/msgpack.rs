//! Reads events that come as MessagePack: what Honeycomb's sampling proxy and its Go library send.
//!
//! Nothing is built but the fields of the events themselves: values are read where they lie, and what is
//! passed over is only stepped across. What is nested becomes JSON text, as in a JSON body.
//! Source: the MessagePack specification; the proxy's own batches for the names of an item's members.

use std::fmt::Write;

use super::event::{
    EventError, MOST_BATCH_EVENTS, MOST_EVENT_BYTES, MOST_FIELDS, Rules, Unpacked, rate_of,
    text_value, time_of,
};
use crate::model::span::{Event, Value};
use crate::model::time::{SECOND, rfc3339};

// As deep as a JSON body may be.
const MOST_DEPTH: usize = 128;

/// Reads one event, a map of its fields; `time` and `sample_rate` are what came beside it, as for
/// [`super::event::event`].
///
/// Bytes count as text, with whatever is no UTF-8 replaced; a moment becomes RFC 3339; numbers that are
/// not finite are passed over.
///
/// # Errors
/// See [`EventError`].
pub fn event(
    body: &[u8],
    time: Option<&str>,
    sample_rate: Option<&str>,
    rules: Rules,
) -> Result<Event, EventError> {
    if body.is_empty() {
        return Err(EventError::Empty);
    }
    let mut reader = Reader::of(body);
    reader.step_over()?;
    if !reader.rest.is_empty() {
        return Err(EventError::Malformed);
    }
    let text = |text: Option<&str>| {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_string)
    };
    let beside = Beside {
        time: text(time).map(|text| time_of(&text).ok_or(EventError::Time)),
        sample_rate: text(sample_rate).map(|text| rate_of(&text).ok_or(EventError::SampleRate)),
    };
    one(body, beside, rules)
}

/// Reads a batch: an array of maps with `data`, `time` and `samplerate`. Returns one result for each, in
/// the same order.
///
/// # Errors
/// `Empty`, `Malformed` or `TooLarge` if it is no batch at all.
pub fn batch(body: &[u8], rules: Rules) -> Result<Vec<Result<Event, EventError>>, EventError> {
    if body.is_empty() {
        return Err(EventError::Empty);
    }
    let mut reader = Reader::of(body);
    let Token::Array(n_items) = reader.token()? else {
        return Err(EventError::Malformed);
    };
    if n_items as usize > MOST_BATCH_EVENTS {
        return Err(EventError::TooLarge);
    }
    let mut events = Vec::new();
    for _ in 0..n_items {
        events.push(batch_item(&mut reader, rules)?);
    }
    match reader.rest {
        [] => Ok(events),
        _ => Err(EventError::Malformed),
    }
}

// What stands beside the fields of an event, if anything does.
#[derive(Default)]
struct Beside {
    time: Option<Result<i64, EventError>>,
    sample_rate: Option<Result<u32, EventError>>,
}

// The outer error ends the batch: after it, nobody knows where the next item begins.
fn batch_item(
    reader: &mut Reader<'_>,
    rules: Rules,
) -> Result<Result<Event, EventError>, EventError> {
    let mut ahead = Reader::of(reader.rest);
    let Token::Map(n_members) = ahead.token()? else {
        reader.step_over()?;
        return Ok(Err(EventError::Malformed));
    };
    *reader = ahead;
    let mut beside = Beside::default();
    let mut data = None;
    for _ in 0..n_members {
        let name = reader.step_over()?;
        let member = reader.step_over()?;
        match Reader::of(name).token()? {
            Token::Text(b"data") => data = Some(member),
            Token::Text(b"time") => beside.time = time(member)?,
            Token::Text(b"samplerate") => beside.sample_rate = sample_rate(member)?,
            _ => {}
        }
    }
    Ok(match data {
        Some(data) => one(data, beside, rules),
        None => Err(EventError::Empty),
    })
}

fn time(member: &[u8]) -> Result<Option<Result<i64, EventError>>, EventError> {
    let time = match Reader::of(member).token()? {
        Token::Nil => return Ok(None),
        Token::Text(text) => std::str::from_utf8(text).ok().and_then(time_of),
        Token::Whole(seconds) => time_of(&seconds.to_string()),
        Token::Float(seconds) => time_of(&seconds.to_string()),
        Token::Extension(TIMESTAMP, bytes) => timestamp(bytes),
        _ => None,
    };
    Ok(Some(time.ok_or(EventError::Time)))
}

fn sample_rate(member: &[u8]) -> Result<Option<Result<u32, EventError>>, EventError> {
    let rate = match Reader::of(member).token()? {
        Token::Nil => return Ok(None),
        Token::Text(text) => std::str::from_utf8(text).ok().and_then(rate_of),
        Token::Whole(rate) => rate_of(&rate.to_string()),
        Token::Float(rate) => rate_of(&rate.to_string()),
        _ => None,
    };
    Ok(Some(rate.ok_or(EventError::SampleRate)))
}

// Reads the fields of an event that has been stepped over, so it is whole.
fn one(data: &[u8], beside: Beside, rules: Rules) -> Result<Event, EventError> {
    if data.len() > MOST_EVENT_BYTES {
        return Err(EventError::TooLarge);
    }
    let mut reader = Reader::of(data);
    let n_fields = match reader.token()? {
        Token::Map(0) | Token::Nil => return Err(EventError::Empty),
        Token::Map(n_fields) => n_fields,
        _ => return Err(EventError::Malformed),
    };
    if n_fields as usize > MOST_FIELDS {
        return Err(EventError::TooManyFields);
    }
    let time = beside.time.unwrap_or(Ok(rules.now))?;
    let sample_rate = beside.sample_rate.unwrap_or(Ok(1))?;
    let mut unpacked = Unpacked::default();
    for _ in 0..n_fields {
        let name = reader.name()?;
        put(&mut unpacked, name, &mut reader, rules.expand_json_depth)?;
    }
    Ok(Event {
        time,
        sample_rate,
        fields: unpacked.fields,
    })
}

fn put(
    unpacked: &mut Unpacked,
    name: String,
    reader: &mut Reader<'_>,
    depth: usize,
) -> Result<(), EventError> {
    if name.is_empty() {
        return reader.step_over().map(drop);
    }
    let mut ahead = Reader::of(reader.rest);
    let value = match ahead.token()? {
        Token::Map(n_members) if depth > 0 && n_members > 0 => {
            *reader = ahead;
            for _ in 0..n_members {
                let inner = reader.name()?;
                put(unpacked, format!("{name}.{inner}"), reader, depth - 1)?;
            }
            return Ok(());
        }
        Token::Map(_) | Token::Array(_) => {
            let mut json = String::new();
            write_json(reader, &mut json, MOST_DEPTH)?;
            return unpacked.put(name, text_value(&json));
        }
        Token::Nil => None,
        Token::Bool(truth) => Some(Value::Bool(truth)),
        Token::Whole(int) => Some(match i64::try_from(int) {
            Ok(int) => Value::Int(int),
            // Beyond 63 bits, as JSON's numbers are read.
            Err(_) => Value::Float(int as f64),
        }),
        Token::Float(float) => float.is_finite().then_some(Value::Float(float)),
        Token::Text(text) => Some(text_value(&String::from_utf8_lossy(text))),
        Token::Extension(kind, bytes) => moment(kind, bytes).map(|text| text_value(&text)),
    };
    *reader = ahead;
    match value {
        Some(value) => unpacked.put(name, value),
        None => Ok(()),
    }
}

fn write_json(reader: &mut Reader<'_>, json: &mut String, depth: usize) -> Result<(), EventError> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let written = match reader.token()? {
        Token::Array(_) | Token::Map(_) if depth == 0 => return Err(EventError::Malformed),
        Token::Array(n_items) => {
            json.push('[');
            for idx in 0..n_items {
                json.push_str(if idx == 0 { "" } else { "," });
                write_json(reader, json, depth - 1)?;
            }
            json.push(']');
            return Ok(());
        }
        Token::Map(n_members) => {
            json.push('{');
            for idx in 0..n_members {
                json.push_str(if idx == 0 { "" } else { "," });
                json.push_str(&quoted(&reader.name()?));
                json.push(':');
                write_json(reader, json, depth - 1)?;
            }
            json.push('}');
            return Ok(());
        }
        Token::Nil => write!(json, "null"),
        Token::Bool(truth) => write!(json, "{truth}"),
        Token::Whole(int) => write!(json, "{int}"),
        // JSON has no word for what is not finite but null.
        Token::Float(float) => write!(json, "{}", serde_json::Value::from(float)),
        Token::Text(text) => write!(json, "{}", quoted(&String::from_utf8_lossy(text))),
        Token::Extension(kind, bytes) => match moment(kind, bytes) {
            Some(text) => write!(json, "{}", quoted(&text)),
            None => write!(json, "null"),
        },
    };
    // A text can always be written to.
    written.map_err(|_| EventError::Malformed)
}

// The one extension that the specification itself defines.
const TIMESTAMP: i8 = -1;

fn moment(kind: i8, bytes: &[u8]) -> Option<String> {
    let time = (kind == TIMESTAMP).then(|| timestamp(bytes))??;
    Some(rfc3339(time))
}

// Nanoseconds since the epoch. Source: the specification, Timestamp extension type.
fn timestamp(bytes: &[u8]) -> Option<i64> {
    let (seconds, nanoseconds) = match *bytes {
        [a, b, c, d] => (i64::from(u32::from_be_bytes([a, b, c, d])), 0),
        [a, b, c, d, e, f, g, h] => {
            let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            ((both & 0x3_ffff_ffff) as i64, (both >> 34) as i64)
        }
        [n0, n1, n2, n3, a, b, c, d, e, f, g, h] => (
            i64::from_be_bytes([a, b, c, d, e, f, g, h]),
            i64::from(u32::from_be_bytes([n0, n1, n2, n3])),
        ),
        _ => return None,
    };
    if nanoseconds >= SECOND {
        return None;
    }
    seconds.checked_mul(SECOND)?.checked_add(nanoseconds)
}

// One value, or the head of one that has others in it.
#[derive(Debug, PartialEq)]
enum Token<'a> {
    Nil,
    Bool(bool),
    // 64 bits with a sign or without.
    Whole(i128),
    Float(f64),
    // Text, which may be no UTF-8, or bytes.
    Text(&'a [u8]),
    // So many values follow.
    Array(u32),
    // So many pairs follow.
    Map(u32),
    Extension(i8, &'a [u8]),
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn of(rest: &'a [u8]) -> Reader<'a> {
        Reader { rest }
    }

    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], EventError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(n_bytes)
            .ok_or(EventError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], EventError> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| EventError::Malformed)
    }

    // A length of one, two or four bytes.
    fn length(&mut self, n_bytes: usize) -> Result<u32, EventError> {
        let bytes = self.take(n_bytes)?;
        let length = bytes
            .iter()
            .fold(0, |so_far, byte| (so_far << 8) | u32::from(*byte));
        Ok(length)
    }

    fn text(&mut self, length: u32) -> Result<Token<'a>, EventError> {
        Ok(Token::Text(self.take(length as usize)?))
    }

    fn extension(&mut self, length: u32) -> Result<Token<'a>, EventError> {
        let [kind] = self.fixed()?;
        Ok(Token::Extension(kind as i8, self.take(length as usize)?))
    }

    fn token(&mut self) -> Result<Token<'a>, EventError> {
        let [head] = self.fixed()?;
        let low = |mask: u8| u32::from(head & mask);
        Ok(match head {
            0x00..=0x7f => Token::Whole(i128::from(head)),
            0x80..=0x8f => Token::Map(low(0x0f)),
            0x90..=0x9f => Token::Array(low(0x0f)),
            0xa0..=0xbf => return self.text(low(0x1f)),
            0xc0 => Token::Nil,
            // The specification never uses it.
            0xc1 => return Err(EventError::Malformed),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            // Bytes and text, their lengths of one, two and four bytes.
            0xc4..=0xc6 => {
                let length = self.length(1 << (head - 0xc4))?;
                return self.text(length);
            }
            0xd9..=0xdb => {
                let length = self.length(1 << (head - 0xd9))?;
                return self.text(length);
            }
            0xc7..=0xc9 => {
                let length = self.length(1 << (head - 0xc7))?;
                return self.extension(length);
            }
            0xd4..=0xd8 => return self.extension(1 << (head - 0xd4)),
            0xca => Token::Float(f64::from(f32::from_be_bytes(self.fixed()?))),
            0xcb => Token::Float(f64::from_be_bytes(self.fixed()?)),
            0xcc => Token::Whole(u8::from_be_bytes(self.fixed()?).into()),
            0xcd => Token::Whole(u16::from_be_bytes(self.fixed()?).into()),
            0xce => Token::Whole(u32::from_be_bytes(self.fixed()?).into()),
            0xcf => Token::Whole(u64::from_be_bytes(self.fixed()?).into()),
            0xd0 => Token::Whole(i8::from_be_bytes(self.fixed()?).into()),
            0xd1 => Token::Whole(i16::from_be_bytes(self.fixed()?).into()),
            0xd2 => Token::Whole(i32::from_be_bytes(self.fixed()?).into()),
            0xd3 => Token::Whole(i64::from_be_bytes(self.fixed()?).into()),
            0xdc => Token::Array(self.length(2)?),
            0xdd => Token::Array(self.length(4)?),
            0xde => Token::Map(self.length(2)?),
            0xdf => Token::Map(self.length(4)?),
            0xe0..=0xff => Token::Whole(i128::from(head as i8)),
        })
    }

    // The name of a field: a text, or what stands for one in languages whose maps have other keys.
    fn name(&mut self) -> Result<String, EventError> {
        Ok(match self.token()? {
            Token::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Token::Whole(int) => int.to_string(),
            Token::Bool(truth) => truth.to_string(),
            _ => return Err(EventError::Malformed),
        })
    }

    // Steps over a value with everything in it, and returns its bytes. Each turn takes at least a byte, so
    // lengths that promise more than there is end soon; nothing recurses.
    fn step_over(&mut self) -> Result<&'a [u8], EventError> {
        let whole = self.rest;
        let mut n_left = 1u64;
        while n_left > 0 {
            n_left -= 1;
            n_left += match self.token()? {
                Token::Array(n_items) => u64::from(n_items),
                Token::Map(n_members) => 2 * u64::from(n_members),
                _ => 0,
            };
        }
        let length = whole.len() - self.rest.len();
        Ok(whole.get(..length).unwrap_or_default())
    }
}

#[cfg(test)]
#[path = "msgpack_tests.rs"]
mod tests;
