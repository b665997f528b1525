//! Protobuf's wire: a message is fields, a field a number and a content.
//!
//! Source: protobuf.dev, "Encoding". Unknown fields are passed over, as protobuf demands.

use std::borrow::Cow;

use super::message::{MOST_MESSAGES, ReadError};

/// A field's content by its wire type.
#[derive(Debug, Clone, Copy)]
pub enum Field<'a> {
    /// A number of any length.
    Varint(u64),
    /// Eight bytes.
    Fixed(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    /// Returns the number of a varint field.
    pub fn varint(self) -> Result<u64, ReadError> {
        match self {
            Field::Varint(number) => Ok(number),
            _ => Err(ReadError::Protobuf),
        }
    }

    /// Returns the eight bytes of a fixed64 or a double.
    pub fn fixed(self) -> Result<u64, ReadError> {
        match self {
            Field::Fixed(number) => Ok(number),
            _ => Err(ReadError::Protobuf),
        }
    }

    /// Returns the four bytes of a fixed32.
    pub fn fixed32(self) -> Result<u32, ReadError> {
        match self {
            Field::Fixed32(number) => Ok(number),
            _ => Err(ReadError::Protobuf),
        }
    }

    /// Returns the bytes of a text, of bytes or of a message.
    pub fn bytes(self) -> Result<&'a [u8], ReadError> {
        match self {
            Field::Bytes(bytes) => Ok(bytes),
            _ => Err(ReadError::Protobuf),
        }
    }

    /// Returns a text. One that is not UTF-8 keeps what can be kept; a span is not thrown away for it.
    pub fn text(self) -> Result<Cow<'a, str>, ReadError> {
        let bytes = self.bytes()?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        })
    }
}

/// The fields of a message, in the order of its bytes.
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Returns the fields of a message without counting it.
    pub fn of(bytes: &'a [u8]) -> Fields<'a> {
        Fields { rest: bytes }
    }

    /// Returns the next field and its number, or `None` after the last one.
    ///
    /// # Errors
    /// `Protobuf` for cut bytes, wire types that there are not, and the number 0.
    #[inline]
    pub fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, ReadError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = varint(&mut self.rest)?;
        let field = match tag & 7 {
            0 => Field::Varint(varint(&mut self.rest)?),
            1 => Field::Fixed(u64::from_le_bytes(*self.take()?)),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?);
                let length = length.map_err(|_| ReadError::Protobuf)?;
                let split = self.rest.split_at_checked(length);
                let (content, rest) = split.ok_or(ReadError::Protobuf)?;
                self.rest = rest;
                Field::Bytes(content)
            }
            5 => Field::Fixed32(u32::from_le_bytes(*self.take()?)),
            _ => return Err(ReadError::Protobuf),
        };
        match tag >> 3 {
            0 => Err(ReadError::Protobuf),
            number => Ok(Some((number, field))),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], ReadError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(ReadError::Protobuf)?;
        self.rest = rest;
        Ok(bytes)
    }
}

#[inline]
fn varint(bytes: &mut &[u8]) -> Result<u64, ReadError> {
    // Tags and lengths are mostly one byte.
    match bytes.split_first() {
        Some((byte, rest)) if *byte < 0x80 => {
            *bytes = rest;
            Ok(u64::from(*byte))
        }
        _ => long_varint(bytes),
    }
}

fn long_varint(bytes: &mut &[u8]) -> Result<u64, ReadError> {
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

/// Counts messages as they are read, so that nobody makes us read too many.
pub struct Reader {
    left: usize,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader {
            left: MOST_MESSAGES,
        }
    }
}

impl Reader {
    /// Returns a reader for messages that have been counted before.
    pub fn again() -> Reader {
        Reader { left: usize::MAX }
    }

    /// Counts a message.
    ///
    /// # Errors
    /// `TooMany`
    #[inline]
    pub fn count(&mut self) -> Result<(), ReadError> {
        self.left = self.left.checked_sub(1).ok_or(ReadError::TooMany)?;
        Ok(())
    }

    /// Counts a message and returns its fields.
    ///
    /// # Errors
    /// `TooMany`
    #[inline]
    pub fn open<'a>(&mut self, bytes: &'a [u8]) -> Result<Fields<'a>, ReadError> {
        self.count()?;
        Ok(Fields::of(bytes))
    }
}

/// Keeps a message for later, when it will be counted.
///
/// # Errors
/// `TooMany` as soon as it is sure that they will be: a list of them takes more memory than their bytes.
#[inline]
pub fn keep<'a>(list: &mut Vec<&'a [u8]>, field: Field<'a>) -> Result<(), ReadError> {
    if list.len() >= MOST_MESSAGES {
        return Err(ReadError::TooMany);
    }
    list.push(field.bytes()?);
    Ok(())
}
