//! What OTLP/JSON writes in its own way.
//!
//! Source: OTLP specification, "JSON Protobuf Encoding": ids in hexadecimal (not base64), 64-bit
//! integers as decimal text, enumerations as numbers; null and absent mean the default.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};

use super::message::TraceRequest;

/// Reads a trace request.
///
/// # Errors
/// What is wrong, with line and column.
pub fn trace_request(bytes: &[u8]) -> Result<TraceRequest<'_>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText<'a> {
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Nothing(()),
}

pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Unsigned(number) => number,
        NumberOrText::Signed(number) => {
            return Err(Error::invalid_value(
                Unexpected::Signed(number),
                &"a number from 0",
            ));
        }
        NumberOrText::Double(double) => double.max(0.0) as u64,
        NumberOrText::Text(text) => text.parse().map_err(|_| not_a_number::<D::Error>(&text))?,
        NumberOrText::Nothing(()) => 0,
    })
}

pub fn optional_number<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    Ok(match NumberOrText::deserialize(d)? {
        NumberOrText::Unsigned(number) => {
            let text = number.to_string();
            Some(i64::try_from(number).map_err(|_| not_a_number::<D::Error>(&text))?)
        }
        NumberOrText::Signed(number) => Some(number),
        NumberOrText::Double(double) => Some(double as i64),
        NumberOrText::Text(text) => {
            Some(text.parse().map_err(|_| not_a_number::<D::Error>(&text))?)
        }
        NumberOrText::Nothing(()) => None,
    })
}

pub fn optional_double<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    Ok(match NumberOrText::deserialize(d)? {
        NumberOrText::Unsigned(number) => Some(number as f64),
        NumberOrText::Signed(number) => Some(number as f64),
        NumberOrText::Double(double) => Some(double),
        // "NaN", "Infinity" and "-Infinity" have no other way to be written.
        NumberOrText::Text(text) => {
            Some(text.parse().map_err(|_| not_a_number::<D::Error>(&text))?)
        }
        NumberOrText::Nothing(()) => None,
    })
}

/// Reads an enumeration as a number, or as a name of protobuf's JSON such as `SPAN_KIND_SERVER`.
pub fn enumeration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    const NAMES: [(&str, i64); 9] = [
        ("SPAN_KIND_UNSPECIFIED", 0),
        ("SPAN_KIND_INTERNAL", 1),
        ("SPAN_KIND_SERVER", 2),
        ("SPAN_KIND_CLIENT", 3),
        ("SPAN_KIND_PRODUCER", 4),
        ("SPAN_KIND_CONSUMER", 5),
        ("STATUS_CODE_UNSET", 0),
        ("STATUS_CODE_OK", 1),
        ("STATUS_CODE_ERROR", 2),
    ];
    Ok(match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Unsigned(number) => i64::try_from(number).unwrap_or(0),
        NumberOrText::Signed(number) => number,
        NumberOrText::Double(double) => double as i64,
        NumberOrText::Text(text) => NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, number)| *number)
            .or_else(|| text.parse().ok())
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"an enumeration"))?,
        NumberOrText::Nothing(()) => 0,
    })
}

pub fn id_in_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, [u8]>, D::Error> {
    let Some(text) = Option::<Cow<'de, str>>::deserialize(deserializer)? else {
        return Ok(Cow::Borrowed(&[]));
    };
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2));
    let digits = digits
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"an id in hexadecimal"))?;
    Ok(digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect())
}

pub fn bytes_in_base64<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, [u8]>>, D::Error> {
    let Some(text) = Option::<Cow<'de, str>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let bytes = super::decode::from_base64(&text)
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"bytes in base64"))?;
    Ok(Some(bytes.into()))
}

fn not_a_number<E: Error>(text: &str) -> E {
    E::invalid_value(Unexpected::Str(text), &"a number")
}
