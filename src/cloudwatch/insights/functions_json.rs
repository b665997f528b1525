//! Functions of JSON texts, and of the maps and lists that they become.

use std::sync::Arc;

use serde_json::Value as Json;

use super::catalogue::{Function, Kind, Param};
use super::functions::function;
use super::value::Value;

/// Functions of JSON.
pub const JSON: &[Function] = &[
    function(
        "JSON",
        "jsonParse",
        "jsonParse(s)",
        &[Param::Text],
        Kind::Structure,
        |of, _| structure(of.first()).map_or(Value::Null, Value::Structure),
    ),
    function(
        "JSON",
        "jsonStringify",
        "jsonStringify(map)",
        &[Param::Any],
        Kind::Text,
        |of, _| match of.first() {
            Some(Value::Structure(json)) => Value::of_text(json.to_string()),
            _ => Value::Null,
        },
    ),
    function(
        "JSON",
        "jsonArraySize",
        "jsonArraySize(s)",
        &[Param::Any],
        Kind::Number,
        |of, _| match structure(of.first()).as_deref() {
            Some(Json::Array(list)) => Value::Number(list.len() as f64),
            _ => Value::Null,
        },
    ),
    function(
        "JSON",
        "jsonArrayContains",
        "jsonArrayContains(s, value)",
        &[Param::Any, Param::Any],
        Kind::Bool,
        |of, _| {
            let value = of.get(1).cloned().unwrap_or(Value::Null);
            Value::Bool(match structure(of.first()).as_deref() {
                Some(Json::Array(list)) => list.iter().any(|it| Value::of_json(it).equals(&value)),
                _ => false,
            })
        },
    ),
];

/// Returns the map or the list that a value is, or whose JSON text it is.
pub(super) fn structure(value: Option<&Value<'_>>) -> Option<Arc<Json>> {
    match value? {
        Value::Structure(json) => Some(json.clone()),
        Value::Text(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text).ok().map(Arc::new)
        }
        _ => None,
    }
}
