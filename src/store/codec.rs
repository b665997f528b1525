//! The bytes of a batch in the journal.
//!
//! `lens, dataset, names[], events[]`, where an event is `time, sample rate, fields[]` and a field is
//! a name's index, a type and a value. Numbers are LEB128, times and integers in zigzag form.

use std::sync::Arc;

use foldhash::HashMap;

use crate::model::span::{Batch, Lens, Value};

const STR: u8 = 0;
const INT: u8 = 1;
const FLOAT: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;

/// A batch on its way to the journal.
pub struct Encoded {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many events they hold.
    pub n_events: u64,
}

/// Returns the bytes of `batch`.
pub fn encode(batch: &Batch) -> Encoded {
    let mut names: Vec<&Arc<str>> = Vec::new();
    let mut name_idx: HashMap<&str, u64> = HashMap::default();
    let mut events = Vec::new();
    for event in &batch.events {
        put_signed(&mut events, event.time);
        put_number(&mut events, u64::from(event.sample_rate));
        put_number(&mut events, event.fields.len() as u64);
        for (name, value) in &event.fields {
            let idx = *name_idx.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() as u64 - 1
            });
            put_number(&mut events, idx);
            put_value(&mut events, value);
        }
    }

    let mut bytes = vec![lens_code(batch.lens)];
    put_text(&mut bytes, &batch.dataset);
    put_number(&mut bytes, names.len() as u64);
    for name in names {
        put_text(&mut bytes, name);
    }
    put_number(&mut bytes, batch.events.len() as u64);
    bytes.extend_from_slice(&events);
    Encoded {
        bytes,
        n_events: batch.events.len() as u64,
    }
}

/// A batch that is read event by event, borrowing its texts from the bytes.
///
/// After [`Reader::next_event`] returned an event, [`Reader::next_field`] returns its fields, which must
/// all be taken before the next event.
pub struct Reader<'a> {
    /// The lens that the dataset belongs to.
    pub lens: Lens,
    /// The dataset's name.
    pub dataset: &'a str,
    /// The names of the fields; each once.
    pub names: Vec<&'a str>,
    /// How many events there are.
    pub n_events: u64,
    n_left: u64,
    bytes: &'a [u8],
}

/// What an event says besides its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventHead {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// One of this many was kept.
    pub sample_rate: u32,
    /// How many fields follow.
    pub n_fields: u64,
}

/// A field's value, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// Text.
    Str(&'a str),
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// A truth.
    Bool(bool),
}

/// The bytes are not a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotABatch;

impl<'a> Reader<'a> {
    /// Reads what stands before the events.
    pub fn new(mut bytes: &'a [u8]) -> Result<Reader<'a>, NotABatch> {
        let rest = &mut bytes;
        let mut head = || {
            let lens = lens_of(take_byte(rest)?)?;
            let dataset = take_text(rest)?;
            let n_names = take_number(rest)?;
            let mut names = Vec::new();
            for _ in 0..n_names {
                names.push(take_text(rest)?);
            }
            Some((lens, dataset, names, take_number(rest)?))
        };
        let (lens, dataset, names, n_events) = head().ok_or(NotABatch)?;
        Ok(Reader {
            lens,
            dataset,
            names,
            n_events,
            n_left: n_events,
            bytes,
        })
    }

    /// Returns the next event, or `None` after the last one.
    ///
    /// # Errors
    /// If the bytes end too early, or go on after the last event.
    pub fn next_event(&mut self) -> Result<Option<EventHead>, NotABatch> {
        if self.n_left == 0 {
            return if self.bytes.is_empty() {
                Ok(None)
            } else {
                Err(NotABatch)
            };
        }
        self.n_left -= 1;
        let bytes = &mut self.bytes;
        let time = take_signed(bytes).ok_or(NotABatch)?;
        let sample_rate = take_number(bytes).and_then(|rate| u32::try_from(rate).ok());
        let n_fields = take_number(bytes).ok_or(NotABatch)?;
        Ok(Some(EventHead {
            time,
            sample_rate: sample_rate.ok_or(NotABatch)?,
            n_fields,
        }))
    }

    /// Returns the next field of the event: the index of its name in `names`, and its value.
    ///
    /// # Errors
    /// If the bytes are no field.
    pub fn next_field(&mut self) -> Result<(usize, ValueRef<'a>), NotABatch> {
        let bytes = &mut self.bytes;
        let name = take_number(bytes).and_then(|name| usize::try_from(name).ok());
        let name = name
            .filter(|name| *name < self.names.len())
            .ok_or(NotABatch)?;
        Ok((name, take_value(bytes).ok_or(NotABatch)?))
    }
}

/// Returns the one byte that stands for a lens.
pub fn lens_code(lens: Lens) -> u8 {
    match lens {
        Lens::Spans => 0,
        Lens::Logs => 1,
        Lens::Segments => 2,
    }
}

/// Returns the lens that a byte stands for.
pub fn lens_of(code: u8) -> Option<Lens> {
    Some(match code {
        0 => Lens::Spans,
        1 => Lens::Logs,
        2 => Lens::Segments,
        _ => return None,
    })
}

fn put_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Str(text) => {
            bytes.push(STR);
            put_text(bytes, text);
        }
        Value::Int(int) => {
            bytes.push(INT);
            put_signed(bytes, *int);
        }
        Value::Float(float) => {
            bytes.push(FLOAT);
            bytes.extend_from_slice(&float.to_le_bytes());
        }
        Value::Bool(false) => bytes.push(FALSE),
        Value::Bool(true) => bytes.push(TRUE),
    }
}

fn take_value<'a>(bytes: &mut &'a [u8]) -> Option<ValueRef<'a>> {
    Some(match take_byte(bytes)? {
        STR => ValueRef::Str(take_text(bytes)?),
        INT => ValueRef::Int(take_signed(bytes)?),
        FLOAT => {
            let (number, rest) = bytes.split_first_chunk::<8>()?;
            *bytes = rest;
            ValueRef::Float(f64::from_le_bytes(*number))
        }
        FALSE => ValueRef::Bool(false),
        TRUE => ValueRef::Bool(true),
        _ => return None,
    })
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(take_number(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put_number(bytes, ((number << 1) ^ (number >> 63)) as u64);
}

fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = take_number(bytes)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::Event;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn decode(bytes: &[u8]) -> Result<Batch, NotABatch> {
        let mut reader = Reader::new(bytes)?;
        let names: Vec<Arc<str>> = reader.names.iter().map(|name| Arc::from(*name)).collect();
        let mut events = Vec::new();
        while let Some(head) = reader.next_event()? {
            let mut fields = Vec::new();
            for _ in 0..head.n_fields {
                let (name, value) = reader.next_field()?;
                let value = match value {
                    ValueRef::Str(text) => text.into(),
                    ValueRef::Int(int) => int.into(),
                    ValueRef::Float(float) => float.into(),
                    ValueRef::Bool(bool) => bool.into(),
                };
                fields.push((names[name].clone(), value));
            }
            events.push(Event {
                time: head.time,
                sample_rate: head.sample_rate,
                fields,
            });
        }
        Ok(Batch {
            lens: reader.lens,
            dataset: reader.dataset.to_string(),
            events,
        })
    }

    fn random_batch(rng: &mut StdRng) -> Batch {
        let lens = lens_of(rng.random_range(0..3)).unwrap();
        let events = (0..rng.random_range(0..20)).map(|_| Event {
            time: rng.random(),
            sample_rate: rng.random(),
            fields: (0..rng.random_range(0..9))
                .map(|_| {
                    (
                        format!("f{}", rng.random_range(0..12)).into(),
                        random_value(rng),
                    )
                })
                .collect(),
        });
        let events = events.collect();
        Batch {
            lens,
            dataset: format!("d{}", rng.random_range(0..3)),
            events,
        }
    }

    fn random_value(rng: &mut StdRng) -> Value {
        match rng.random_range(0..4) {
            0 => "zoë\u{0}".repeat(rng.random_range(0..40)).into(),
            1 => Value::Int(rng.random()),
            2 => Value::Float(rng.random()),
            _ => Value::Bool(rng.random()),
        }
    }

    #[test]
    fn any_batch_comes_back_the_same() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..300 {
            let batch = random_batch(&mut rng);
            assert_eq!(decode(&encode(&batch).bytes), Ok(batch));
        }
    }

    #[test]
    fn cut_and_odd_bytes_are_no_batch_and_no_panic() {
        let mut rng = StdRng::seed_from_u64(8);
        for _ in 0..100 {
            let bytes = encode(&random_batch(&mut rng)).bytes;
            for cut in 0..bytes.len() {
                assert_eq!(decode(&bytes[..cut]), Err(NotABatch));
            }
            let mut odd = bytes.clone();
            for _ in 0..20 {
                let at = rng.random_range(0..odd.len());
                odd[at] = rng.random();
                let _ = decode(&odd);
            }
        }
    }
}
