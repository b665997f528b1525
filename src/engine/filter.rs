//! Whether one value passes a filter.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::model::query::{Filter, FilterOp};
use crate::model::span::Value;
use crate::store::{ValueRef, push_hex};

/// Tells whether one value passes; `None` stands for an event without the column.
///
/// An event without the column passes the negative operators: it is true of it that the column is
/// not equal to the value. Numbers are compared as numbers whatever their type; a number and a text
/// are equal if they look the same.
pub fn passes(filter: &Filter, value: Option<ValueRef<'_>>) -> bool {
    let Some(value) = value else {
        return passes_absent(filter.op);
    };
    let is_one_of = || filter.values.iter().any(|wanted| equal(value, wanted));
    let ordered = |accepts: fn(Ordering) -> bool| {
        filter
            .values
            .first()
            .and_then(|wanted| compare(value, wanted))
            .is_some_and(accepts)
    };
    let text = |accepts: fn(&str, &str) -> bool| {
        let wanted = filter.values.first();
        wanted.is_some_and(|wanted| accepts(&text_of(value), &text_of(wanted.into())))
    };
    match filter.op {
        FilterOp::Exists => true,
        FilterOp::DoesNotExist => false,
        FilterOp::Equal | FilterOp::In => is_one_of(),
        FilterOp::NotEqual | FilterOp::NotIn => !is_one_of(),
        FilterOp::Greater => ordered(Ordering::is_gt),
        FilterOp::GreaterOrEqual => ordered(Ordering::is_ge),
        FilterOp::Less => ordered(Ordering::is_lt),
        FilterOp::LessOrEqual => ordered(Ordering::is_le),
        FilterOp::StartsWith => text(|value, wanted| value.starts_with(wanted)),
        FilterOp::DoesNotStartWith => !text(|value, wanted| value.starts_with(wanted)),
        FilterOp::EndsWith => text(|value, wanted| value.ends_with(wanted)),
        FilterOp::DoesNotEndWith => !text(|value, wanted| value.ends_with(wanted)),
        FilterOp::Contains => text(|value, wanted| value.contains(wanted)),
        FilterOp::DoesNotContain => !text(|value, wanted| value.contains(wanted)),
    }
}

/// Tells whether an event without the column passes.
pub fn passes_absent(op: FilterOp) -> bool {
    match op {
        FilterOp::DoesNotExist
        | FilterOp::NotEqual
        | FilterOp::DoesNotStartWith
        | FilterOp::DoesNotEndWith
        | FilterOp::DoesNotContain
        | FilterOp::NotIn => true,
        FilterOp::Exists
        | FilterOp::Equal
        | FilterOp::Greater
        | FilterOp::GreaterOrEqual
        | FilterOp::Less
        | FilterOp::LessOrEqual
        | FilterOp::StartsWith
        | FilterOp::EndsWith
        | FilterOp::Contains
        | FilterOp::In => false,
    }
}

fn equal(value: ValueRef<'_>, wanted: &Value) -> bool {
    match (value, wanted) {
        (ValueRef::Str(value), Value::Str(wanted)) => *value == **wanted,
        (ValueRef::Int(value), Value::Int(wanted)) => value == *wanted,
        (ValueRef::Bool(value), Value::Bool(wanted)) => value == *wanted,
        _ => match (number_of(value), wanted.number()) {
            (Some(value), Some(wanted)) => value == wanted,
            _ => text_of(value) == text_of(wanted.into()),
        },
    }
}

fn compare(value: ValueRef<'_>, wanted: &Value) -> Option<Ordering> {
    match (value, wanted) {
        (ValueRef::Int(value), Value::Int(wanted)) => Some(value.cmp(wanted)),
        (ValueRef::Str(value), Value::Str(wanted)) => Some(value.cmp(&**wanted)),
        (ValueRef::Hex(_), Value::Str(wanted)) => Some((*text_of(value)).cmp(&**wanted)),
        _ => spelt(value)?.partial_cmp(&spelt(wanted.into())?),
    }
}

// The number that a value is, or that its text spells.
fn spelt(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Bool(_) => None,
        ValueRef::Str(_) | ValueRef::Hex(_) => text_of(value).parse().ok(),
        ValueRef::Int(_) | ValueRef::Float(_) => number_of(value),
    }
}

fn number_of(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Int(int) => Some(int as f64),
        ValueRef::Float(float) => Some(float),
        ValueRef::Str(_) | ValueRef::Hex(_) | ValueRef::Bool(_) => None,
    }
}

/// Returns a value as it is written.
pub fn text_of(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Str(text) => text.into(),
        ValueRef::Hex(id) => {
            let mut text = String::with_capacity(2 * id.len());
            push_hex(&mut text, id);
            text.into()
        }
        ValueRef::Int(int) => int.to_string().into(),
        ValueRef::Float(float) => float.to_string().into(),
        ValueRef::Bool(bool) => bool.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(op: &str, values: &[Value]) -> Filter {
        let op = FilterOp::named(op).unwrap();
        Filter {
            column: "c".into(),
            op,
            values: values.to_vec(),
        }
    }

    #[test]
    fn every_operator_does_what_its_name_says() {
        let status = Value::Int(404);
        let route: Value = "/api/activities/home".into();
        for (op, values, value, expected) in [
            ("=", vec![404.into()], &status, true),
            ("=", vec![404.0.into()], &status, true),
            ("=", vec!["404".into()], &status, true),
            ("!=", vec![404.into()], &status, false),
            (">", vec![403.5.into()], &status, true),
            (">", vec!["403".into()], &status, true),
            (">=", vec![404.into()], &status, true),
            ("<", vec![404.into()], &status, false),
            ("<=", vec![404.into()], &status, true),
            ("<", vec!["/b".into()], &route, true),
            ("starts-with", vec!["/api".into()], &route, true),
            ("does-not-start-with", vec!["/api".into()], &route, false),
            ("ends-with", vec!["home".into()], &route, true),
            ("does-not-end-with", vec!["home".into()], &route, false),
            ("contains", vec!["activ".into()], &route, true),
            ("does-not-contain", vec!["activ".into()], &route, false),
            ("exists", vec![], &route, true),
            ("does-not-exist", vec![], &route, false),
            ("in", vec![200.into(), 404.into()], &status, true),
            ("not-in", vec![200.into(), 404.into()], &status, false),
        ] {
            assert_eq!(
                passes(&filter(op, &values), Some(value.into())),
                expected,
                "{value} {op} {values:?}"
            );
        }
    }

    #[test]
    fn an_event_without_the_column_passes_negative_operators_only() {
        for (name, op) in FilterOp::ALL {
            let negative = name.contains("not") || name == "!=";
            let filter = Filter {
                column: "c".into(),
                op,
                values: vec!["x".into()],
            };
            assert_eq!(passes(&filter, None), negative, "{name}");
        }
    }
}
