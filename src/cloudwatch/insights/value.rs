//! Values of rows: how they are read as numbers and texts, how they compare, and how they are written.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value as Json;
use time::OffsetDateTime;
use time::macros::format_description;

/// A value; texts may still be those of the record or of the query.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// There is none.
    Null,
    /// Written as 1 and 0.
    Bool(bool),
    /// Always finite.
    Number(f64),
    /// Milliseconds since the epoch.
    Time(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// A map or a list.
    Structure(Arc<Json>),
}

impl<'a> Value<'a> {
    /// Returns a number, or nothing for one that is not finite.
    pub fn of_number(number: f64) -> Value<'a> {
        match number.is_finite() {
            true => Value::Number(number),
            false => Value::Null,
        }
    }

    /// Returns a text that is its own.
    pub fn of_text(text: impl Into<String>) -> Value<'a> {
        Value::Text(Cow::Owned(text.into()))
    }

    /// Returns what a JSON value is, without going into it.
    pub fn of_json(json: &Json) -> Value<'a> {
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => Value::of_literal(&number.to_string()).into_owned(),
            Json::String(text) => Value::of_text(text.as_str()),
            Json::Array(_) | Json::Object(_) => Value::Structure(Arc::new(json.clone())),
        }
    }

    /// Returns what a JSON number is; one with more digits than a number keeps stays as it is written.
    pub fn of_literal(literal: &'a str) -> Value<'a> {
        let is_whole = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        if literal.len() > 15 && literal.bytes().all(is_whole) {
            return Value::Text(Cow::Borrowed(literal));
        }
        literal.parse().map_or(Value::Null, Value::of_number)
    }

    /// Returns the same value, which borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(truth) => Value::Bool(truth),
            Value::Number(number) => Value::Number(number),
            Value::Time(ms) => Value::Time(ms),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Structure(json) => Value::Structure(json),
        }
    }

    /// Tells whether there is none.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Tells whether a condition holds that has this value.
    pub fn is_true(&self) -> bool {
        matches!(self, Value::Bool(true))
    }

    /// Returns it as a number, if it is one or is written like one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Time(ms) => Some(*ms as f64),
            Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
            // Rust also reads `inf` and `nan` as numbers; here they are words.
            Value::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Value::Null | Value::Structure(_) => None,
        }
    }

    /// Returns it as functions of texts take it: nothing for a map or a list.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Null | Value::Structure(_) => None,
            Value::Bool(truth) => Some(if *truth { "1" } else { "0" }.into()),
            Value::Number(number) => Some(number_text(*number).into()),
            Value::Time(ms) => Some(timestamp(*ms).into()),
            Value::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    /// Returns it as it is shown; `None` if there is none.
    pub fn shown(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Structure(json) => Some(json.to_string().into()),
            value => value.text(),
        }
    }

    /// Tells whether two are equal: texts by their characters, and where one is a number, as numbers.
    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Null | Value::Structure(_), _) | (_, Value::Null | Value::Structure(_)) => {
                false
            }
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bool(truth), Value::Text(text)) | (Value::Text(text), Value::Bool(truth)) => {
                let words = if *truth {
                    ["true", "1"]
                } else {
                    ["false", "0"]
                };
                words.contains(&&**text)
            }
            (Value::Text(text), Value::Time(ms)) | (Value::Time(ms), Value::Text(text))
                if **text == timestamp(*ms) =>
            {
                true
            }
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    /// Compares two for `<` and `>`: as numbers if both are, texts by their characters; `None` for what has
    /// no order.
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (whole(self), whole(other)) {
            return Some(a.cmp(&b));
        }
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return Some(a.total_cmp(&b));
        }
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Returns about how many bytes it takes besides its place in a row.
    pub fn n_bytes(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            // Rows that were made of one event share it.
            Value::Structure(json) => json_bytes(json) / Arc::strong_count(json).max(1),
            _ => 0,
        }
    }
}

// A text of digits alone, which a floating point number might not tell from its neighbour.
fn whole(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Text(text) if text.len() <= 38 => text.parse().ok(),
        Value::Time(ms) => Some(i128::from(*ms)),
        _ => None,
    }
}

fn json_bytes(json: &Json) -> usize {
    const NODE: usize = 48;
    NODE + match json {
        Json::String(text) => text.len(),
        Json::Array(list) => list.iter().map(json_bytes).sum(),
        Json::Object(map) => map
            .iter()
            .map(|(name, value)| NODE + name.len() + json_bytes(value))
            .sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}

/// Returns a number as it is written: whole ones without a fraction, very large and small ones with an exponent.
pub fn number_text(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_string(),
        1e-6..1e16 => number.to_string(),
        _ => format!("{number:e}"),
    }
}

/// Returns a time, in milliseconds since the epoch, as the service writes it.
pub fn timestamp(ms: i64) -> String {
    let format =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]");
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
    let written = time.ok().and_then(|time| time.format(format).ok());
    written.unwrap_or_else(|| ms.to_string())
}
