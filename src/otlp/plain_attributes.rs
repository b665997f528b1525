//! Makes fields of attributes, for `plain_rows`.

use std::collections::HashSet;
use std::sync::Arc;

use super::base64::to_base64;
use super::message::{AnyValue, KeyValue};
use super::sample_rate::rate_of_value;
use crate::model::span::Value;

/// Names and values, in order; the last of a name counts.
pub type Fields = Vec<(Arc<str>, Value)>;

/// Key-value lists become columns with dots until a name has this many parts; what lies deeper
/// becomes JSON text. Source: Honeycomb's translation library.
const MOST_PARTS: usize = 5;
/// A name that was put together is no longer than this, or its last list becomes JSON text: a long
/// key over a long list would otherwise make far more bytes than were sent.
/// Source for the number: Honeycomb's OpenAPI document, the longest `key_name` of a column.
const LONGEST_NAME: usize = 255;
/// Texts that had to be built are cut at this many bytes. Source: as above.
const LONGEST_TEXT: usize = 65_535;

/// Field names of a batch, each kept once.
#[derive(Default)]
pub struct Names {
    known: HashSet<Arc<str>>,
}

impl Names {
    /// Returns the shared form of `name`.
    pub fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.known.insert(name.clone());
        name
    }
}

/// Adds the fields of `attributes` to `fields`, and returns the sample rate if one is among them.
///
/// A sample rate is no field of its own, unless it cannot be read: then whoever set it finds it.
pub fn put_attributes(
    fields: &mut Fields,
    names: &mut Names,
    attributes: &[KeyValue<'_>],
) -> Option<u32> {
    let mut rate = None;
    for attribute in attributes {
        if let "sampleRate" | "SampleRate" = &*attribute.key
            && let Some(found) = scalar(&attribute.value)
                .as_ref()
                .and_then(|value| rate_of_value(value.into()))
        {
            // The first spelling is the preferred one, whichever comes first.
            if rate.is_none() || attribute.key == "sampleRate" {
                rate = Some(found);
            }
            continue;
        }
        put_attribute(fields, names, &attribute.key, &attribute.value, 1);
    }
    rate
}

fn put_attribute(
    fields: &mut Fields,
    names: &mut Names,
    key: &str,
    value: &AnyValue<'_>,
    n_parts: usize,
) {
    if key.is_empty() {
        return;
    }
    if let Some(list) = &value.kvlist_value
        && n_parts < MOST_PARTS
        && list
            .values
            .iter()
            .all(|entry| key.len() + 1 + entry.key.len() <= LONGEST_NAME)
    {
        for entry in &list.values {
            let key = format!("{key}.{}", entry.key);
            put_attribute(fields, names, &key, &entry.value, n_parts + 1);
        }
        return;
    }
    if let Some(value) = scalar(value).or_else(|| json_text(value)) {
        fields.push((names.of(key), value));
    }
}

fn scalar(value: &AnyValue<'_>) -> Option<Value> {
    let string = value.string_value.as_deref().map(Value::from);
    string
        .or(value.bool_value.map(Value::from))
        .or(value.int_value.map(Value::from))
        .or(value.double_value.map(Value::from))
}

// `None` for no value at all.
fn json_text(value: &AnyValue<'_>) -> Option<Value> {
    let json = as_json(value);
    if json.is_null() {
        return None;
    }
    // The service writes such values with a line's end; see "Attribute values" in its translation.
    let mut json = json.to_string();
    json.push('\n');
    json.truncate(json.floor_char_boundary(LONGEST_TEXT));
    Some(json.into())
}

fn as_json(value: &AnyValue<'_>) -> serde_json::Value {
    if let Some(array) = &value.array_value {
        return array.values.iter().map(as_json).collect();
    }
    if let Some(list) = &value.kvlist_value {
        let pairs = list
            .values
            .iter()
            .map(|entry| (entry.key.to_string(), as_json(&entry.value)));
        return serde_json::Value::Object(pairs.collect());
    }
    if let Some(bytes) = &value.bytes_value {
        return to_base64(bytes).into();
    }
    match scalar(value) {
        Some(Value::Str(text)) => (*text).into(),
        Some(Value::Int(int)) => int.into(),
        Some(Value::Float(float)) => float.into(),
        Some(Value::Bool(bool)) => bool.into(),
        None => serde_json::Value::Null,
    }
}
