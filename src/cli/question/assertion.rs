//! What an answer is asked to keep: `p90 < 250ms`, `count > 100`.

use super::order::parse_having;
use super::pointed;
use crate::load::TIME_UNITS;
use crate::model::answer::{Answer, Row};
use crate::model::query::{FilterOp, Having, QuerySpec};

/// A condition that every group of an answer has to meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// As it was typed.
    pub text: String,
    having: Having,
}

/// A group that does not meet it, and its value; `None` if it has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Offender<'a> {
    /// The group and its results.
    pub row: &'a Row,
    /// What was compared.
    pub value: Option<f64>,
}

/// Reads `CALCULATION OPERATOR NUMBER`, the number with a unit of time if the column is of one: `250ms`.
///
/// `spec` is the question, which has to ask for the calculation; `column` is what calculations without one
/// are over.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_assertion(text: &str, spec: &QuerySpec, column: &str) -> Result<Assertion, String> {
    let trimmed = text.trim_end();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &trimmed[digits.len()..];
    let has_number = digits
        .trim_end()
        .ends_with(|c: char| c.is_ascii_digit() || c == '.');
    // Without a number before it, letters at the end are no unit, and `parse_having` says what is wrong.
    if unit.is_empty() || !has_number {
        let having = parse_having(text, spec, column)?;
        return Ok(Assertion::new(text, having));
    }
    let at_unit = |what: &str| pointed(text, digits.len(), what);
    let known = TIME_UNITS.iter().find(|(known, _)| *known == unit);
    let (_, seconds) = known.ok_or_else(|| at_unit("expected a unit of time: us, ms, s or m"))?;
    let mut having = parse_having(digits, spec, column)?;
    let column = having.calculation.column.as_deref().unwrap_or_default();
    let in_second = units_in_a_second(column).ok_or_else(|| {
        let what = having.calculation.label();
        at_unit(&format!(
            "{what} has no unit of time; expected nothing more"
        ))
    })?;
    having.value *= seconds * in_second;
    Ok(Assertion::new(text, having))
}

impl Assertion {
    fn new(text: &str, having: Having) -> Assertion {
        let text = text.trim().to_string();
        Assertion { text, having }
    }

    /// Returns the groups that do not meet it, in the answer's order.
    pub fn offenders<'a>(&self, answer: &'a Answer) -> Vec<Offender<'a>> {
        let wanted = &self.having.calculation;
        let mut calculations = answer.calculations.iter();
        let idx = calculations.position(|it| it.is_like(wanted));
        let value = |row: &Row| row.cells.get(idx?)?.number();
        let judged = answer.rows.iter().map(|row| Offender {
            row,
            value: value(row),
        });
        let holds = |value: f64| holds(self.having.op, value, self.having.value);
        judged.filter(|it| !it.value.is_some_and(holds)).collect()
    }
}

/// Returns how many of a column's unit a second has, as far as its name promises one: 1000 for `duration_ms`.
pub fn units_in_a_second(column: &str) -> Option<f64> {
    let (_, unit) = column.rsplit_once(['_', '.'])?;
    match unit {
        "ns" => Some(1e9),
        "us" => Some(1e6),
        "ms" => Some(1e3),
        "s" | "seconds" => Some(1.0),
        _ => None,
    }
}

fn holds(op: FilterOp, value: f64, limit: f64) -> bool {
    match op {
        FilterOp::Less => value < limit,
        FilterOp::LessOrEqual => value <= limit,
        FilterOp::Greater => value > limit,
        FilterOp::GreaterOrEqual => value >= limit,
        FilterOp::NotEqual => value != limit,
        _ => value == limit,
    }
}

#[cfg(test)]
mod tests {
    use super::super::calculation::parse_calculations;
    use super::*;
    use crate::model::answer::{Cell, PercentileMethod};
    use crate::model::time::{TimeRange, Window};

    fn spec() -> QuerySpec {
        let typed = parse_calculations("count,p90,avg(size)").unwrap();
        let calculations = typed.iter().map(|it| it.over("duration_ms")).collect();
        QuerySpec::new(calculations, TimeRange::DEFAULT)
    }

    fn parsed(text: &str) -> Result<Assertion, String> {
        parse_assertion(text, &spec(), "duration_ms")
    }

    #[test]
    fn a_value_has_the_columns_unit() {
        for (text, value) in [
            ("p90 < 250ms", 250.0),
            ("p90<1.5s", 1_500.0),
            ("p90 <= 500 us", 0.5),
            ("p90 < 2m", 120_000.0),
            ("p90 < 250", 250.0),
            ("count > 1e2", 100.0),
            ("avg(size) != -3", -3.0),
        ] {
            let assertion = parsed(text).unwrap_or_else(|what| panic!("{text}: {what}"));
            assert!((assertion.having.value - value).abs() < 1e-9, "{text}");
            assert_eq!(assertion.text, text);
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, what) in [
            ("p90", "expected a comparison"),
            ("p90 < ", "expected a number"),
            ("p90 < fast", "expected a number"),
            ("p90 < 3h", "expected a unit of time"),
            ("count > 3s", "COUNT has no unit of time"),
            ("avg(size) > 3s", "AVG(size) has no unit of time"),
            ("p50 < 3ms", "P50(duration_ms) is not asked for"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(
                error.contains(what) && error.ends_with('^'),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_group_without_a_value_does_not_meet_anything() {
        let row = |cells: Vec<Cell>| Row {
            group: Vec::new(),
            cells,
        };
        let size = || Cell::Number(1.0);
        let answer = Answer {
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns: Vec::new(),
            calculations: spec().calculations,
            rows: vec![
                row(vec![Cell::Count(5), Cell::Number(249.0), size()]),
                row(vec![Cell::Count(5), Cell::Number(250.0), size()]),
                row(vec![Cell::Count(0), Cell::Absent, size()]),
            ],
            series: Vec::new(),
            percentiles: PercentileMethod::Exact,
        };
        let values = |text: &str| -> Vec<Option<f64>> {
            let assertion = parsed(text).unwrap();
            let offenders = assertion.offenders(&answer);
            offenders.into_iter().map(|it| it.value).collect()
        };
        assert_eq!(values("p90 < 250ms"), [Some(250.0), None]);
        assert_eq!(values("count >= 5"), [Some(0.0)]);
        assert_eq!(values("avg(size) = 1"), []);
    }
}
