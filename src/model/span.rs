//! One event with its fields: a span, a log line, an X-Ray segment, all alike to the store.

use std::sync::Arc;

/// Which of the three lenses an event belongs to; datasets of different lenses never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lens {
    /// OpenTelemetry spans, their events and links: Honeycomb's datasets.
    Spans,
    /// Log lines: one dataset for each region and log group.
    Logs,
    /// X-Ray segment documents: one dataset for each region.
    Segments,
}

/// A field's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Str(Arc<str>),
    /// A 64-bit integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// True or false.
    Bool(bool),
}

impl Value {
    /// Returns the number, counting booleans and text as none.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(int) => Some(*int as f64),
            Value::Float(float) => Some(*float),
            Value::Str(_) | Value::Bool(_) => None,
        }
    }

    /// Returns the text of a string value.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Str(text) => f.write_str(text),
            Value::Int(int) => write!(f, "{int}"),
            Value::Float(float) => write!(f, "{float}"),
            Value::Bool(bool) => write!(f, "{bool}"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text.into())
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}

impl From<f64> for Value {
    fn from(float: f64) -> Self {
        Value::Float(float)
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Value::Bool(bool)
    }
}

/// One event: a time, how many it stands for, and its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// One of this many was kept; at least 1.
    pub sample_rate: u32,
    /// Field names and values. If a name comes twice, the last one counts.
    pub fields: Vec<(Arc<str>, Value)>,
}

impl Event {
    /// Returns the value of the field `name`.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .rev()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }
}

/// Events that arrived together for one dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The lens that the dataset belongs to.
    pub lens: Lens,
    /// The dataset's name, as the sender spelt it.
    pub dataset: String,
    /// The events, in the order of arrival.
    pub events: Vec<Event>,
}

/// Returns the slug of a dataset name: lower case, every character but letters, digits, `-`, `_` and
/// `.` becomes `-`.
///
/// Source: Honeycomb's OpenAPI document, whose example makes `my-dataset-` of `My Dataset!`.
pub fn slug(name: &str) -> String {
    let dash_if_odd = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.to_lowercase().chars().map(dash_if_odd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lower_case_with_dashes() {
        assert_eq!(slug("My Dataset!"), "my-dataset-");
        assert_eq!(slug("backend-flask"), "backend-flask");
    }
}
