//! Which rows of a block a query looks at.

use std::cmp::Ordering;

use super::view::View;
use crate::model::query::{Combination, Filter, FilterOp};
use crate::model::span::Value;
use crate::model::time::Window;
use crate::store::BlockData as ColumnData;

/// Returns the rows inside `window` that pass the filters, ascending.
pub fn passing(
    view: &View<'_>,
    window: Window,
    filters: &[Filter],
    combination: Combination,
) -> Vec<u32> {
    let mut mask = mask(view, filters, combination);
    if !view.block.is_within(window) {
        for (keep, &time) in mask.iter_mut().zip(view.block.times()) {
            *keep = *keep && window.contains(time);
        }
    }
    mask.iter()
        .zip(0..)
        .filter(|(keep, _)| **keep)
        .map(|(_, row)| row)
        .collect()
}

/// Tells for each row of the block whether it passes the filters.
pub fn mask(view: &View<'_>, filters: &[Filter], combination: Combination) -> Vec<bool> {
    let mut mask = vec![filters.is_empty() || combination == Combination::And; view.block.len()];
    for filter in filters {
        let passes = rows_passing(view, filter);
        for (all, passes) in mask.iter_mut().zip(passes) {
            *all = match combination {
                Combination::And => *all && passes,
                Combination::Or => *all || passes,
            };
        }
    }
    mask
}

fn rows_passing(view: &View<'_>, filter: &Filter) -> Vec<bool> {
    let mut passes = vec![passes(filter, None); view.block.len()];
    let mut put = |row: u32, value: bool| {
        if let Some(place) = passes.get_mut(row as usize) {
            *place = value;
        }
    };
    for column in view.columns_named(&filter.column) {
        match &column.data {
            // Each text of the dictionary is compared once, not each row.
            ColumnData::Str {
                codes, dictionary, ..
            } => {
                let by_code: Vec<bool> = dictionary
                    .iter()
                    .map(|text| self::passes(filter, Some(&Value::Str(text.clone()))))
                    .collect();
                for (&row, &code) in column.rows.iter().zip(codes) {
                    put(row, by_code.get(code as usize).copied().unwrap_or(false));
                }
            }
            ColumnData::Int(values) => {
                for (&row, &int) in column.rows.iter().zip(values) {
                    put(row, self::passes(filter, Some(&Value::Int(int))));
                }
            }
            ColumnData::Float(values) => {
                for (&row, &float) in column.rows.iter().zip(values) {
                    put(row, self::passes(filter, Some(&Value::Float(float))));
                }
            }
            ColumnData::Bool(values) => {
                for (&row, &bool) in column.rows.iter().zip(values) {
                    put(row, self::passes(filter, Some(&Value::Bool(bool))));
                }
            }
        }
    }
    passes
}

/// Tells whether one value passes; `None` stands for an event without the column.
///
/// An event without the column passes the negative operators: it is true of it that the column is
/// not equal to the value. Numbers are compared as numbers whatever their type; a number and a text
/// are equal if they look the same.
pub fn passes(filter: &Filter, value: Option<&Value>) -> bool {
    let Some(value) = value else {
        return match filter.op {
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
        };
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
        filter
            .values
            .first()
            .is_some_and(|wanted| match (value, wanted) {
                (Value::Str(value), Value::Str(wanted)) => accepts(value, wanted),
                _ => accepts(&value.to_string(), &wanted.to_string()),
            })
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

fn equal(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Str(value), Value::Str(wanted)) => value == wanted,
        (Value::Int(value), Value::Int(wanted)) => value == wanted,
        (Value::Bool(value), Value::Bool(wanted)) => value == wanted,
        _ => match (value.number(), wanted.number()) {
            (Some(value), Some(wanted)) => value == wanted,
            _ => value.to_string() == wanted.to_string(),
        },
    }
}

fn compare(value: &Value, wanted: &Value) -> Option<Ordering> {
    match (value, wanted) {
        (Value::Str(value), Value::Str(wanted)) => Some(value.cmp(wanted)),
        (Value::Int(value), Value::Int(wanted)) => Some(value.cmp(wanted)),
        _ => {
            let number = |value: &Value| {
                value
                    .number()
                    .or_else(|| value.text().and_then(|text| text.parse().ok()))
            };
            number(value)?.partial_cmp(&number(wanted)?)
        }
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
                passes(&filter(op, &values), Some(value)),
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
