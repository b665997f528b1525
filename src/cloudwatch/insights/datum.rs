//! Values of rows: numbers, texts, moments, and how they compare and are written.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// Milliseconds since the epoch.
    Moment(i64),
}

impl Datum {
    /// Returns it as a number, if it is one or is written like one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Datum::Number(number) => Some(*number),
            Datum::Moment(ms) => Some(*ms as f64),
            // Rust also reads `inf` and `nan` as numbers; here they are words.
            Datum::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// Returns it as it is shown.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Datum::Text(text) => text.into(),
            Datum::Number(number) => number.to_string().into(),
            Datum::Moment(ms) => timestamp(*ms).into(),
        }
    }

    /// Compares as numbers if both are numbers, and else as texts.
    pub fn compare(&self, other: &Datum) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// Returns a moment, in milliseconds since the epoch, as the service writes it.
pub fn timestamp(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string(),
        Err(_) => ms.to_string(),
    }
}
