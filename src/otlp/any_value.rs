//! `AnyValue` and `KeyValue`, read where they lie.
//!
//! Source: opentelemetry-proto, `common/v1/common.proto`.

use std::borrow::Cow;

use super::fields::{Fields, Reader};
use super::message::ReadError;

// Attributes nest; nobody nests them this deep in good faith.
const DEEPEST: u32 = 64;

/// An attribute's value. What nests is still bytes: its messages are counted and read by whoever wants
/// them, or by [`Reader::check`] if nobody does.
#[derive(Debug, Clone)]
pub enum Any<'a> {
    /// No value at all.
    Nothing,
    /// A text.
    Text(Cow<'a, str>),
    /// A truth.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An `ArrayValue`.
    Array(&'a [u8]),
    /// A `KeyValueList`.
    List(&'a [u8]),
}

/// A key and its value.
pub type Pair<'a> = (Cow<'a, str>, Any<'a>);

impl Reader {
    /// Reads a `KeyValue`; `depth` is in how many arrays and lists it lies.
    ///
    /// # Errors
    /// `Protobuf`, also for what is nested more than 64 deep; `TooMany`.
    #[inline]
    pub fn pair<'a>(&mut self, bytes: &'a [u8], depth: u32) -> Result<Pair<'a>, ReadError> {
        let mut key = Cow::Borrowed("");
        let mut value = Any::Nothing;
        let mut fields = self.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => key = field.text()?,
                2 => {
                    let earlier = std::mem::replace(&mut value, self.any(field.bytes()?, depth)?);
                    self.check(&earlier, depth)?;
                }
                _ => {}
            }
        }
        Ok((key, value))
    }

    /// Reads an `AnyValue`; as for [`Reader::pair`].
    ///
    /// # Errors
    /// As for [`Reader::pair`].
    #[inline]
    pub fn any<'a>(&mut self, bytes: &'a [u8], depth: u32) -> Result<Any<'a>, ReadError> {
        if depth > DEEPEST {
            return Err(ReadError::Protobuf);
        }
        let mut value = Any::Nothing;
        let mut fields = self.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            let found = match number {
                1 => Any::Text(field.text()?),
                2 => Any::Bool(field.varint()? != 0),
                3 => Any::Int(field.varint()? as i64),
                4 => Any::Double(f64::from_bits(field.fixed()?)),
                5 => Any::Array(field.bytes()?),
                6 => Any::List(field.bytes()?),
                7 => Any::Bytes(field.bytes()?),
                _ => continue,
            };
            // At most one field is set; if there are more, the last one counts.
            let earlier = std::mem::replace(&mut value, found);
            self.check(&earlier, depth)?;
        }
        Ok(value)
    }

    /// Reads all that is nested in a value which nobody else is going to read.
    ///
    /// # Errors
    /// As for [`Reader::pair`].
    #[inline]
    pub fn check(&mut self, value: &Any<'_>, depth: u32) -> Result<(), ReadError> {
        match value {
            Any::Array(bytes) => self.each_element(bytes, depth, |reader, element| {
                reader.check(&element, depth + 1)
            }),
            Any::List(bytes) => self.each_entry(bytes, depth, |reader, (_, value)| {
                reader.check(&value, depth + 1)
            }),
            _ => Ok(()),
        }
    }

    /// Gives each element of an `ArrayValue` to `take`, which sees to what is nested in it; `depth` is
    /// the array's own.
    ///
    /// # Errors
    /// As for [`Reader::pair`].
    pub fn each_element<'a>(
        &mut self,
        bytes: &'a [u8],
        depth: u32,
        mut take: impl FnMut(&mut Reader, Any<'a>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let mut fields = self.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            if number == 1 {
                let element = self.any(field.bytes()?, depth + 1)?;
                take(self, element)?;
            }
        }
        Ok(())
    }

    /// Gives each entry of a `KeyValueList` to `take`, which sees to what is nested in it; `depth` is
    /// the list's own.
    ///
    /// # Errors
    /// As for [`Reader::pair`].
    pub fn each_entry<'a>(
        &mut self,
        bytes: &'a [u8],
        depth: u32,
        mut take: impl FnMut(&mut Reader, Pair<'a>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let mut fields = self.open(bytes)?;
        while let Some((number, field)) = fields.next()? {
            if number == 1 {
                let entry = self.pair(field.bytes()?, depth + 1)?;
                take(self, entry)?;
            }
        }
        Ok(())
    }
}

/// Returns how long the longest key of a `KeyValueList` is, in bytes, without counting its messages.
///
/// # Errors
/// `Protobuf`
pub fn longest_key(list: &[u8]) -> Result<usize, ReadError> {
    let mut longest = 0;
    let mut entries = Fields::of(list);
    while let Some((number, entry)) = entries.next()? {
        if number != 1 {
            continue;
        }
        let mut length = 0;
        let mut fields = Fields::of(entry.bytes()?);
        while let Some((number, field)) = fields.next()? {
            if number == 1 {
                length = field.text()?.len();
            }
        }
        longest = longest.max(length);
    }
    Ok(longest)
}
