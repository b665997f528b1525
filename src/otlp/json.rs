//! What OTLP/JSON writes in its own way.
//!
//! Source: OTLP specification, "JSON Protobuf Encoding": ids in hexadecimal (not base64), 64-bit
//! integers as decimal text, enumerations as numbers; null and absent mean the default. Names are in lowerCamelCase;
//! those of the `.proto` files are taken too, as the Collector and Honeycomb take them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, Unexpected};

use super::base64::from_base64;
use super::message::{MOST_MESSAGES, ReadError};

/// Reads a request: a `TraceRequest` or a `LogsRequest`.
///
/// # Errors
/// `Json` with what is wrong, its line and column; `TooMany`.
pub fn request<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ReadError> {
    // Serde would take an array for a message, member by member.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(ReadError::Json(Error::invalid_type(
            Unexpected::Seq,
            &"an object",
        )));
    }
    if n_nested(bytes) > MOST_MESSAGES {
        return Err(ReadError::TooMany);
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Says what a body without a single item has in place of `wanted`, the list that it should have; `None` if it is
/// simply empty.
pub fn instead_of(wanted: &str, body: &[u8]) -> Option<String> {
    let members: BTreeMap<String, IgnoredAny> = serde_json::from_slice(body).ok()?;
    let snake = wanted
        .replace("S", "_s")
        .replace("L", "_l")
        .replace("M", "_m");
    let is_ours = |name: &String| *name == wanted || *name == snake;
    let other = members.keys().find(|name| !is_ours(name))?;
    if members.keys().any(is_ours) {
        return None;
    }
    let place = match other.replace('_', "").to_ascii_lowercase().as_str() {
        "resourcespans" => "; spans go to /v1/traces",
        "resourcelogs" => "; log records go to /v1/logs",
        "resourcemetrics" => "; metrics go to /v1/metrics",
        _ => "",
    };
    let shown: String = other.chars().take(100).collect();
    Some(format!(
        "nothing was taken: the body has no {wanted}, but {shown:?}{place}"
    ))
}

/// Counts the objects and arrays, whether or not the rest is JSON: there is no message without one.
fn n_nested(bytes: &[u8]) -> usize {
    let mut n_nested = 0;
    let mut is_in_text = false;
    let mut is_escaped = false;
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_text => is_escaped = true,
            b'"' => is_in_text = !is_in_text,
            b'{' | b'[' if !is_in_text => n_nested += 1,
            _ => {}
        }
    }
    n_nested
}

/// Reads anything that may be null, which means the default as its absence does.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

// Only the field of a struct borrows; `Option<Cow<str>>` by itself would always copy.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    Ok(optional_text(deserializer)?.unwrap_or_default())
}

pub fn optional_text<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(Option::<Text<'de>>::deserialize(d)?.map(|text| text.0))
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
        NumberOrText::Double(double) if is_whole(double) && double >= 0.0 => double as u64,
        NumberOrText::Double(double) => return Err(not_whole(double)),
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
        NumberOrText::Double(double) if is_whole(double) => Some(double as i64),
        NumberOrText::Double(double) => return Err(not_whole(double)),
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
        NumberOrText::Double(double) => return Err(not_whole(double)),
        NumberOrText::Text(text) => NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, number)| *number)
            .or_else(|| severity(&text))
            .or_else(|| text.parse().ok())
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"an enumeration"))?,
        NumberOrText::Nothing(()) => 0,
    })
}

// `SEVERITY_NUMBER_INFO` and, one above it, `SEVERITY_NUMBER_INFO2`.
fn severity(name: &str) -> Option<i64> {
    const LEVELS: [(&str, i64); 7] = [
        ("UNSPECIFIED", 0),
        ("TRACE", 1),
        ("DEBUG", 5),
        ("INFO", 9),
        ("WARN", 13),
        ("ERROR", 17),
        ("FATAL", 21),
    ];
    let name = name.strip_prefix("SEVERITY_NUMBER_")?;
    let level = name.trim_end_matches(['2', '3', '4']);
    let (_, least) = LEVELS.iter().find(|(known, _)| *known == level)?;
    Some(match name.strip_prefix(level)? {
        "" => *least,
        "2" if *least > 0 => least + 1,
        "3" if *least > 0 => least + 2,
        "4" if *least > 0 => least + 3,
        _ => return None,
    })
}

pub fn id_in_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, [u8]>, D::Error> {
    let Some(text) = optional_text(deserializer)? else {
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
    let Some(text) = optional_text(deserializer)? else {
        return Ok(None);
    };
    let bytes = from_base64(&text)
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"bytes in base64"))?;
    Ok(Some(bytes.into()))
}

// Protobuf's JSON may write 1e18 for a whole number, but nothing with a fraction.
fn is_whole(double: f64) -> bool {
    double.fract() == 0.0 && double.abs() < 1e19
}

fn not_whole<E: Error>(double: f64) -> E {
    E::invalid_value(Unexpected::Float(double), &"a whole number of 64 bits")
}

fn not_a_number<E: Error>(text: &str) -> E {
    E::invalid_value(Unexpected::Str(text), &"a number")
}
