//! Orders and conditions on results: `p90 desc`, `p90 > 250`.

use super::calculation::{Typed, parse_calculation};
use super::pointed;
use crate::model::query::{Calculation, FilterOp, Having, Op, Order, OrderKey, QuerySpec};

/// Reads `KEY [asc|desc]`, where KEY is a calculation, or a column that the rows are grouped by.
///
/// Rows with the largest first unless `asc` says otherwise, for a calculation; the smallest first, for a
/// column. `spec` is the question so far; `column` is what calculations without one are over.
///
/// # Errors
/// If the rows have no such calculation and no such group.
pub fn parse_order(text: &str, spec: &QuerySpec, column: &str) -> Result<Order, String> {
    let (key, direction) = match text.trim().rsplit_once(char::is_whitespace) {
        Some((key, word)) => (
            key.trim(),
            direction(word).ok_or_else(|| {
                pointed(text, text.len() - word.len(), "expected `asc` or `desc`")
            })?,
        ),
        None => (text.trim(), None),
    };
    if spec.breakdowns.iter().any(|it| it == key) {
        return Ok(Order {
            key: OrderKey::Breakdown(key.to_string()),
            descending: direction.unwrap_or(false),
        });
    }
    let calculation =
        among(parse_calculation(key), spec, column).map_err(|what| pointed(text, 0, &what))?;
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

/// Reads `CALCULATION OPERATOR NUMBER`.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_having(text: &str, spec: &QuerySpec, column: &str) -> Result<Having, String> {
    let Some(at) = text.find(['=', '!', '<', '>']) else {
        let what = "expected a comparison: = != > >= < <=";
        return Err(pointed(text, text.len(), what));
    };
    let (key, rest) = text.split_at(at);
    let name: String = rest.chars().take_while(|c| "=!<>".contains(*c)).collect();
    let op = match name.as_str() {
        "==" => Some(FilterOp::Equal),
        name => FilterOp::named(name),
    };
    let op = op.ok_or_else(|| pointed(text, at, "expected a comparison: = != > >= < <="))?;
    let number = rest.get(name.len()..).unwrap_or_default();
    let value: Option<f64> = number.trim().parse().ok().filter(|it: &f64| it.is_finite());
    let value = value.ok_or_else(|| pointed(text, at + name.len(), "expected a number"))?;
    let calculation = among(parse_calculation(key.trim()), spec, column)
        .map_err(|what| pointed(text, 0, &what))?;
    Ok(Having {
        calculation,
        op,
        value,
    })
}

// The calculation of the question that is meant.
fn among(
    typed: Result<Typed<'_>, String>,
    spec: &QuerySpec,
    column: &str,
) -> Result<Calculation, String> {
    let first_line = |it: String| it.lines().next().unwrap_or_default().to_string();
    let wanted = typed.map_err(first_line)?.over(column);
    if wanted.op == Op::Heatmap {
        return Err("a heatmap is no number".to_string());
    }
    if spec.calculations.iter().any(|it| it.is_like(&wanted)) {
        return Ok(wanted);
    }
    let labels: Vec<String> = spec.calculations.iter().map(Calculation::label).collect();
    Err(format!(
        "{} is not asked for, only {}",
        wanted.label(),
        labels.join(", ")
    ))
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
        for odd in ["", "p99", "p90 up", "route", "heatmap"] {
            assert!(parse_order(odd, &spec(), "duration_ms").is_err(), "{odd}");
        }
    }

    #[test]
    fn havings_compare_a_calculation_with_a_number() {
        let read = |text: &str| {
            let having = parse_having(text, &spec(), "duration_ms").unwrap();
            (having.calculation.label(), having.op.name(), having.value)
        };
        assert_eq!(
            read("p90 > 250"),
            ("P90(duration_ms)".to_string(), ">", 250.0)
        );
        assert_eq!(read("count>=1e3"), ("COUNT".to_string(), ">=", 1000.0));
        for odd in [
            "",
            "p90",
            "p90 >",
            "p90 =< 3",
            "p90 > x",
            "p90 > inf",
            "p99 > 3",
        ] {
            let error = parse_having(odd, &spec(), "duration_ms").unwrap_err();
            assert!(error.ends_with('^'), "{odd}: {error}");
        }
    }
}
