//! What an answer is asked to keep: `p90 < 250ms`, `count > 100`.

use super::having::parse_having;
use super::schema::Schema;
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

/// Reads `CALCULATION OPERATOR NUMBER`, as [`parse_having`] does.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_assertion(
    text: &str,
    spec: &QuerySpec,
    column: &str,
    schema: &Schema,
) -> Result<Assertion, String> {
    let having = parse_having(text, spec, column, schema)?;
    let text = text.trim().to_string();
    Ok(Assertion { text, having })
}

impl Assertion {
    /// Returns the groups that do not meet it, in the answer's order.
    pub fn offenders<'a>(&self, answer: &'a Answer) -> Vec<Offender<'a>> {
        let wanted = &self.having.calculation;
        let mut calculations = answer.calculations.iter();
        let idx = calculations.position(|it| match &wanted.name {
            Some(_) => it.name == wanted.name,
            None => it.is_like(wanted),
        });
        let value = |row: &Row| row.cells.get(idx?)?.number();
        let judged = answer.rows.iter().map(|row| Offender {
            row,
            value: value(row),
        });
        let holds = |value: f64| holds(self.having.op, value, self.having.value);
        judged.filter(|it| !it.value.is_some_and(holds)).collect()
    }
}

/// Tells whether a number is on the side of `limit` that an operator says.
pub fn holds(op: FilterOp, value: f64, limit: f64) -> bool {
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
        parse_assertion(text, &spec(), "duration_ms", &Schema::default())
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
            ("p90 < 3d", "one of the units of time"),
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
            left_out: Default::default(),
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
