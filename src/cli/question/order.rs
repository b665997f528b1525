//! Orders: `p90 desc`, `http.route`.

use super::calculation::{Typed, parse_calculation};
use super::names::other_names;
use super::pointed;
use crate::model::query::{Calculation, Op, Order, OrderKey, QuerySpec};

/// Reads `KEY [asc|desc]`, where KEY is a calculation, or a column that the rows are grouped by.
///
/// Rows with the largest first unless `asc` says otherwise, for a calculation; the smallest first, for a
/// column. `spec` is the question so far; `column` is what calculations without one are over.
///
/// # Errors
/// If the rows have no such calculation and no such group.
pub fn parse_order(text: &str, spec: &QuerySpec, column: &str) -> Result<Order, String> {
    let comma = text.find(',').filter(|_| !text.contains('('));
    if let Some(at) = comma {
        let what = "expected one key; --order can be given again for the next";
        return Err(pointed(text, at, what));
    }
    let (key, direction) = match text.trim().rsplit_once(char::is_whitespace) {
        Some((key, word)) => (
            key.trim(),
            direction(word).ok_or_else(|| {
                pointed(text, text.len() - word.len(), "expected `asc` or `desc`")
            })?,
        ),
        None => (text.trim(), None),
    };
    if let Some(breakdown) = spec.breakdowns.iter().find(|it| is_same(it, key)) {
        return Ok(Order {
            key: OrderKey::Breakdown(breakdown.clone()),
            descending: direction.unwrap_or(false),
        });
    }
    let key_at = text.len() - text.trim_start().len();
    let typed = parse_calculation(key);
    if key.is_empty() {
        let what = "expected a calculation of this query or a column of --by, such as count desc";
        return Err(pointed(text, key_at, what));
    }
    if typed.is_err() && !key.contains('(') {
        let mut what = format!("{key} is neither a calculation of this query nor a column of --by");
        if !spec.breakdowns.is_empty() {
            what.push_str(&format!(", which has {}", spec.breakdowns.join(", ")));
        }
        return Err(pointed(text, key_at, &what));
    }
    let calculation = among(typed, spec, column).map_err(|what| pointed(text, key_at, &what))?;
    Ok(Order {
        key: OrderKey::Calculation(calculation),
        descending: direction.unwrap_or(true),
    })
}

// Whether the largest comes first, if the word says either.
fn direction(word: &str) -> Option<Option<bool>> {
    match word.to_ascii_lowercase().as_str() {
        "asc" | "ascending" => Some(Some(false)),
        "desc" | "descending" => Some(Some(true)),
        _ => None,
    }
}

// The calculation of the question that is meant.
pub(super) fn among(
    typed: Result<Typed<'_>, String>,
    spec: &QuerySpec,
    column: &str,
) -> Result<Calculation, String> {
    let first_line = |it: String| it.lines().next().unwrap_or_default().to_string();
    let wanted = typed.map_err(first_line)?.over(column);
    if wanted.op == Op::Heatmap {
        return Err("a heatmap is no number".to_string());
    }
    let is_it = |it: &&Calculation| {
        let columns = (it.column.as_deref(), wanted.column.as_deref());
        let is_same_column = match columns {
            (Some(one), Some(other)) => is_same(one, other),
            (one, other) => one == other,
        };
        it.op == wanted.op && is_same_column
    };
    if let Some(found) = spec.calculations.iter().find(is_it) {
        return Ok(found.clone());
    }
    let labels: Vec<String> = spec.calculations.iter().map(Calculation::label).collect();
    Err(format!(
        "{} is not asked for, only {}",
        wanted.label(),
        labels.join(", ")
    ))
}

// Two names of one column, of which the query may have the dataset's own.
fn is_same(one: &str, other: &str) -> bool {
    one == other || other_names(one).any(|it| it == other)
}

#[cfg(test)]
mod tests {
    use super::super::calculation::parse_calculations;
    use super::*;
    use crate::model::time::TimeRange;

    fn spec() -> QuerySpec {
        let typed = parse_calculations("count,p90,p50(size)").unwrap();
        let calculations = typed.iter().map(|it| it.over("duration_ms")).collect();
        let mut spec = QuerySpec::new(calculations, TimeRange::DEFAULT);
        spec.breakdowns = vec!["http.route".to_string()];
        spec
    }

    #[test]
    fn what_is_no_order_says_what_is() {
        for (text, caret, says) in [
            ("", 0, "such as count desc"),
            ("p90 down", 4, "expected `asc` or `desc`"),
            ("count desc, p90", 10, "--order can be given again"),
            ("http.rout", 0, "which has http.route"),
        ] {
            let error = parse_order(text, &spec(), "duration_ms").unwrap_err();
            let last = error.lines().last().unwrap_or_default();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn orders_name_a_calculation_or_a_group() {
        let read = |text: &str| {
            let order = parse_order(text, &spec(), "duration_ms").unwrap();
            let key = match order.key {
                OrderKey::Breakdown(column) => column,
                OrderKey::Calculation(calculation) => calculation.label(),
                OrderKey::Named(name) => name,
            };
            (key, order.descending)
        };
        assert_eq!(read("p90"), ("P90(duration_ms)".to_string(), true));
        assert_eq!(read("count asc"), ("COUNT".to_string(), false));
        assert_eq!(read("p50(size)  DESC"), ("P50(size)".to_string(), true));
        assert_eq!(read("http.route"), ("http.route".to_string(), false));
        for odd in ["", "p99", "p90 up", "route", "http.rout desc", "heatmap"] {
            assert!(parse_order(odd, &spec(), "duration_ms").is_err(), "{odd}");
        }
    }
}
