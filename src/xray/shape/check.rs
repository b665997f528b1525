//! From the bytes of a request to JSON of the right shape, or to the service's refusal.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map as Object, Number, Value};

use super::java::{printed, small};
use super::model::{Absent, MadeOf, Map, Range, Shape, Structure, Text};

/// Why an input does not have its operation's shape. Displays as the service's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The text is not JSON, or a value is of another kind.
    #[error("{0}")]
    Serialization(String),
    /// Members are missing or out of their range.
    #[error("{}", counted(.0))]
    Validation(Vec<String>),
}

fn counted(clauses: &[String]) -> String {
    let errors = if clauses.len() == 1 {
        "error"
    } else {
        "errors"
    };
    format!(
        "{} validation {errors} detected: {}",
        clauses.len(),
        clauses.join("; ")
    )
}

/// Reads the body of a request.
///
/// What is null counts as absent, and members that the structure does not have are left as they are:
/// some samplers send more. A fraction where a whole number belongs is cut off.
///
/// # Errors
/// The first value of a wrong kind, or else everything that is missing or out of its range.
pub fn read(body: &[u8], structure: &'static Structure) -> Result<Value, ShapeError> {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| {
        ShapeError::Serialization(format!("the request body cannot be read: {error}"))
    })?;
    without_nulls(&mut value);
    let shape = Shape::Structure(structure);
    convert(&mut value, &shape)?;
    let mut clauses = Vec::new();
    validate(&value, &shape, "", &mut clauses);
    if clauses.is_empty() {
        return Ok(value);
    }
    Err(ShapeError::Validation(clauses))
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(elements) => {
            elements.retain(|value| !value.is_null());
            elements.iter_mut().for_each(without_nulls);
        }
        _ => {}
    }
}

/// Refuses what is of another kind than `shape`, and makes whole numbers of fractions.
///
/// Source of the texts: recorded answers of X-Ray and of other services with the same framework.
fn convert(value: &mut Value, shape: &Shape) -> Result<(), ShapeError> {
    match (&mut *value, shape) {
        (Value::String(_), Shape::Text(_))
        | (Value::Bool(_), Shape::Flag)
        | (Value::Number(_), Shape::Number(_) | Shape::Time) => Ok(()),
        (Value::Number(number), Shape::Integer(_)) => match whole(number) {
            Some(whole) => {
                *value = whole.into();
                Ok(())
            }
            None => Err(mismatch(value, shape)),
        },
        (Value::Array(elements), Shape::List(_, element)) => {
            elements.iter_mut().try_for_each(|it| convert(it, element))
        }
        (Value::Object(pairs), Shape::Map(map)) => pairs
            .values_mut()
            .try_for_each(|it| convert(it, &Shape::Text(map.value))),
        (Value::Object(members), Shape::Structure(structure)) => {
            structure.members.iter().try_for_each(|member| {
                let value = members.get_mut(member.name);
                value.map_or(Ok(()), |value| convert(value, &member.shape))
            })
        }
        _ => Err(mismatch(value, shape)),
    }
}

/// Returns the number without its fraction; `None` if it has more than 32 bits.
fn whole(number: &Number) -> Option<i32> {
    let number = number.as_f64()?.trunc();
    let is_within = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    is_within.then_some(number as i32)
}

fn mismatch(value: &Value, shape: &Shape) -> ShapeError {
    let found = match value {
        Value::Array(_) => {
            return ShapeError::Serialization("Start of list found where not expected".to_string());
        }
        Value::Object(_) => {
            return ShapeError::Serialization(
                "Start of structure or map found where not expected.".to_string(),
            );
        }
        Value::String(_) => "STRING_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) | Value::Null => "NUMBER_VALUE",
    };
    let wanted = match shape {
        Shape::Text(_) => "a String",
        Shape::Integer(_) => "an Integer",
        Shape::Number(_) => "a Double",
        Shape::Flag => "a Boolean",
        Shape::Time => "milliseconds since epoch",
        Shape::List(..) => return ShapeError::Serialization("Expected list or null".to_string()),
        Shape::Map(_) | Shape::Structure(_) => {
            return ShapeError::Serialization("Expected null".to_string());
        }
    };
    ShapeError::Serialization(format!("{found} can not be converted to {wanted}"))
}

/// More clauses than this help no one.
const MOST_CLAUSES: usize = 1_000;

/// Adds a clause for everything in `value` that is missing or out of its range; `path` leads to it.
fn validate(value: &Value, shape: &Shape, path: &str, clauses: &mut Vec<String>) {
    if clauses.len() >= MOST_CLAUSES {
        return;
    }
    match (value, shape) {
        (Value::Object(members), Shape::Structure(structure)) => {
            validate_members(members, structure, path, clauses);
        }
        (Value::Array(elements), Shape::List(length, element)) => {
            let broken = out_of_length(elements.len(), *length);
            add(clauses, value, shape, path, broken);
            validate_elements(value, elements, element, path, clauses);
        }
        (Value::Object(pairs), Shape::Map(map)) => {
            validate_map(value, pairs, map, path, clauses);
        }
        (Value::String(text), Shape::Text(wanted)) => {
            add(clauses, value, shape, path, broken_text(text, wanted));
        }
        (Value::Number(number), Shape::Integer(range) | Shape::Number(range)) => {
            let broken = out_of_range(number.as_f64().unwrap_or(f64::NAN), *range);
            add(clauses, value, shape, path, broken);
        }
        _ => {}
    }
}

fn validate_members(
    members: &Object<String, Value>,
    structure: &Structure,
    path: &str,
    clauses: &mut Vec<String>,
) {
    for member in structure.members {
        let name = small(member.name);
        let path = match path {
            "" => name,
            path => format!("{path}.{name}"),
        };
        match (members.get(member.name), member.absent) {
            (Some(value), _) => validate(value, &member.shape, &path, clauses),
            (None, Absent::Zero) => validate(&0.into(), &member.shape, &path, clauses),
            (None, Absent::Refused) => clauses.push(format!(
                "Value null at '{path}' failed to satisfy constraint: Member must not be null"
            )),
            (None, Absent::Fine) => {}
        }
    }
}

/// Elements with members of their own are named one by one, plain ones all together.
fn validate_elements(
    list: &Value,
    elements: &[Value],
    element: &'static Shape,
    path: &str,
    clauses: &mut Vec<String>,
) {
    if let Shape::Text(text) = element {
        let is_broken =
            |it: &&Value| !broken_text(it.as_str().unwrap_or_default(), text).is_empty();
        if elements.iter().any(|it| is_broken(&it)) {
            let constraint = format!("Member must satisfy constraint: [{}]", all_of(text));
            let shape = Shape::List(
                Range {
                    least: None,
                    most: None,
                },
                element,
            );
            add(clauses, list, &shape, path, vec![constraint]);
        }
        return;
    }
    for (idx, value) in elements.iter().enumerate() {
        let path = format!("{path}.{}.member", idx + 1);
        validate(value, element, &path, clauses);
    }
}

fn validate_map(
    value: &Value,
    pairs: &Object<String, Value>,
    map: &'static Map,
    path: &str,
    clauses: &mut Vec<String>,
) {
    let shape = Shape::Map(map);
    add(
        clauses,
        value,
        &shape,
        path,
        out_of_length(pairs.len(), map.size),
    );
    let keys = pairs
        .keys()
        .any(|key| !broken_text(key, &map.key).is_empty());
    let values = pairs.values().filter_map(Value::as_str);
    let values = values.map(|it| broken_text(it, &map.value));
    let values = values.into_iter().any(|broken| !broken.is_empty());
    for (is_broken, what, text) in [
        (keys, "Map keys", &map.key),
        (values, "Map value", &map.value),
    ] {
        if is_broken {
            let constraint = format!("{what} must satisfy constraint: [{}]", all_of(text));
            add(clauses, value, &shape, path, vec![constraint]);
        }
    }
}

fn add(clauses: &mut Vec<String>, value: &Value, shape: &Shape, path: &str, broken: Vec<String>) {
    clauses.extend(broken.into_iter().map(|constraint| {
        let value = printed(value, shape);
        format!("Value '{value}' at '{path}' failed to satisfy constraint: {constraint}")
    }));
}

fn broken_text(text: &str, wanted: &Text) -> Vec<String> {
    let mut broken = out_of_length(text.chars().count(), wanted.length);
    let holds = match wanted.made_of {
        MadeOf::Anything => true,
        MadeOf::OneOf(values) => values.contains(&text),
        MadeOf::Pattern(pattern) => matches(pattern, text),
    };
    if !holds {
        broken.extend(made_of(wanted));
    }
    broken
}

fn out_of_length(length: usize, range: Range) -> Vec<String> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (too_long, too_short) = (
        range.most.is_some_and(|most| length > most),
        range.least.is_some_and(|least| length < least),
    );
    let [most, least] = lengths(range);
    let most = most.filter(|_| too_long);
    most.into_iter()
        .chain(least.filter(|_| too_short))
        .collect()
}

fn out_of_range(number: f64, range: Range) -> Vec<String> {
    let most = range.most.filter(|most| number > *most as f64);
    let least = range.least.filter(|least| number < *least as f64);
    let most = most.map(|it| format!("Member must have value less than or equal to {it}"));
    let least = least.map(|it| format!("Member must have value greater than or equal to {it}"));
    most.into_iter().chain(least).collect()
}

fn lengths(range: Range) -> [Option<String>; 2] {
    let words = |comparison: &str, number: i64| {
        format!("Member must have length {comparison} than or equal to {number}")
    };
    [
        range.most.map(|most| words("less", most)),
        range.least.map(|least| words("greater", least)),
    ]
}

fn made_of(text: &Text) -> Option<String> {
    match text.made_of {
        MadeOf::Anything => None,
        MadeOf::Pattern(pattern) => Some(format!(
            "Member must satisfy regular expression pattern: {pattern}"
        )),
        MadeOf::OneOf(values) => Some(format!(
            "Member must satisfy enum value set: [{}]",
            values.join(", ")
        )),
    }
}

/// Returns everything that holds of a text, as it stands in brackets.
fn all_of(text: &Text) -> String {
    let lengths = lengths(text.length).into_iter().flatten();
    lengths.chain(made_of(text)).collect::<Vec<_>>().join(", ")
}

/// Tells whether the whole text matches; the patterns are Java's, where `\w` is ASCII.
fn matches(pattern: &'static str, text: &str) -> bool {
    static PATTERNS: LazyLock<BTreeMap<&str, Option<Regex>>> = LazyLock::new(|| {
        let all = super::operations::PATTERNS.iter();
        all.map(|pattern| {
            (
                *pattern,
                Regex::new(&format!(r"^(?:(?-u){pattern})\z")).ok(),
            )
        })
        .collect()
    });
    let regex = PATTERNS.get(pattern).and_then(Option::as_ref);
    regex.is_some_and(|regex| regex.is_match(text))
}
