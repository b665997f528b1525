//! Conditions on results: `p90 > 250ms`, `count >= 10`.

use super::calculation::parse_calculation;
use super::operators::{comparison_at, comparisons};
use super::order::among;
use super::pointed;
use super::quantity::{Quantity, UNITS_IN_WORDS};
use super::schema::Schema;
use crate::model::query::{Calculation, FilterOp, Having, Op, QuerySpec, RateOf};

/// Reads `CALCULATION OPERATOR NUMBER`, the number with a unit of time if the calculation is of one: `250ms`.
///
/// `spec` is the query, which has to have the calculation, or a result of that name; `column` is what
/// calculations without one are over; `schema` knows units.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_having(
    text: &str,
    spec: &QuerySpec,
    column: &str,
    schema: &Schema,
) -> Result<Having, String> {
    let expected = || format!("expected a comparison: {}", comparisons());
    let is_sign = |c: char| "=!<>~:≠≥≤".contains(c);
    // A column's name in parentheses may have anything in it.
    let after_name = text.find(')').map_or(0, |at| at + 1);
    let found = text.get(after_name..).and_then(|rest| rest.find(is_sign));
    let Some(at) = found.map(|at| after_name + at) else {
        return Err(no_comparison(text));
    };
    let (key, rest) = text.split_at(at);
    let signs = rest.find(|c| !is_sign(c)).unwrap_or(rest.len());
    let name = rest.get(..signs).unwrap_or_default();
    let op = FilterOp::named(name).ok_or_else(|| {
        let advice = comparison_at(key.trim(), rest).filter(|(length, _)| *length == signs);
        pointed(
            text,
            at,
            &advice.map_or_else(expected, |(_, advice)| advice),
        )
    })?;
    let calculation = meant(key, spec, column).map_err(|what| pointed(text, 0, &what))?;
    let number = rest.get(signs..).unwrap_or_default();
    let number_at = text.len() - number.trim_start().len();
    let value =
        value(number, &calculation, schema).map_err(|what| pointed(text, number_at, &what))?;
    Ok(Having {
        calculation,
        op,
        value,
    })
}

fn no_comparison(text: &str) -> String {
    let words = text.trim_end().split_once(char::is_whitespace);
    if let Some((key, rest)) = words
        && let Some((_, advice)) = comparison_at(key.trim(), rest.trim_start())
    {
        let at = text.len() - rest.trim_start().len();
        return pointed(text, at, &advice);
    }
    let what = format!(
        "expected a comparison: {}; if there was one, the shell took it: quote the whole condition, as in '{} > 250'",
        comparisons(),
        text.trim()
    );
    pointed(text, text.len(), &what)
}

fn meant(key: &str, spec: &QuerySpec, column: &str) -> Result<Calculation, String> {
    let key = key.trim();
    let mut results = spec.calculations.iter().cloned().chain(spec.answered());
    if let Some(named) = results.find(|it| it.name.as_deref() == Some(key)) {
        return Ok(named);
    }
    let typed = parse_calculation(key);
    let known = typed.is_err() && spec.columns().contains(&key);
    among(typed, spec, column).map_err(|what| match known {
        true => format!("{what}; conditions on columns of events go in --where"),
        false => what,
    })
}

fn value(text: &str, calculation: &Calculation, schema: &Schema) -> Result<f64, String> {
    let label = calculation.label();
    let per_second = match (has_unit_of_column(calculation.op), &calculation.column) {
        (true, Some(column)) => schema.per_second(column),
        _ => None,
    };
    let trimmed = text.trim();
    let Some(quantity) = Quantity::parse(trimmed) else {
        let lower = trimmed.to_ascii_lowercase();
        if [" and ", " or ", "&&", "||"]
            .iter()
            .any(|it| lower.contains(it))
        {
            return Err(
                "expected one comparison; more are given one each, and all must hold".to_string(),
            );
        }
        let begins_as_one = trimmed.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        return Err(match (begins_as_one, per_second) {
            (true, Some(_)) => {
                format!("expected a number with one of the units of time: {UNITS_IN_WORDS}")
            }
            _ => "expected a number".to_string(),
        });
    };
    let value = quantity.at(per_second);
    let value =
        value.ok_or_else(|| format!("{label} has no unit of time: write a number alone"))?;
    if quantity.has_unit() && quantity.is_negative() && !matches!(calculation.op, Op::Rate(_)) {
        return Err(format!("{trimmed} is below zero, as no duration is"));
    }
    Ok(value)
}

// Whether a result is in the unit of the column.
fn has_unit_of_column(op: Op) -> bool {
    match op {
        Op::Sum | Op::Avg | Op::Min | Op::Max | Op::Percentile(_) => true,
        Op::Rate(RateOf::Avg | RateOf::Sum | RateOf::Max) => true,
        Op::Count | Op::CountDistinct | Op::Heatmap | Op::Concurrency | Op::Formula => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::calculation::parse_calculations;
    use super::*;
    use crate::model::time::TimeRange;

    fn spec() -> QuerySpec {
        let typed = parse_calculations("count,p90,p50(size),max(x<y)").unwrap();
        let calculations = typed.iter().map(|it| it.over("duration_ms")).collect();
        let mut spec = QuerySpec::new(calculations, TimeRange::DEFAULT);
        spec.breakdowns = vec!["http.route".to_string()];
        let avg = Calculation::new(Op::Avg, Some("wait_s".to_string()));
        let name = Some("waited".to_string());
        spec.calculations.push(Calculation { name, ..avg });
        spec
    }

    fn read(text: &str) -> Result<(String, &'static str, f64), String> {
        let having = parse_having(text, &spec(), "duration_ms", &Schema::default())?;
        Ok((having.calculation.label(), having.op.name(), having.value))
    }

    #[test]
    fn a_calculation_is_compared_with_a_number_in_its_unit() {
        for (text, label, op, value) in [
            ("p90 > 250", "P90(duration_ms)", ">", 250.0),
            ("count>=1e3", "COUNT", ">=", 1_000.0),
            ("P90(duration_ms) > 250ms", "P90(duration_ms)", ">", 250.0),
            ("p90 <= 1.5 s", "P90(duration_ms)", "<=", 1_500.0),
            ("max(x<y) < 3", "MAX(x<y)", "<", 3.0),
            ("waited < 100ms", "waited", "<", 0.1),
        ] {
            assert_eq!(read(text), Ok((label.to_string(), op, value)), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_place_and_name_the_right_form() {
        for (text, caret, says) in [
            ("", 0, "expected a comparison"),
            ("p90", 3, "quote the whole condition"),
            ("p90 >", 5, "expected a number"),
            ("p90 =< 3", 4, "unknown operator `=<`: use `<=`"),
            ("p90 == 3", 4, "unknown operator `==`: use `=`"),
            ("p90 <> 3", 4, "unknown operator `<>`: use `!=`"),
            ("p90 gt 3", 4, "unknown operator `gt`: use `>`"),
            ("p90 above 250ms", 4, "unknown operator `above`: use `>`"),
            (
                "p90 like 3",
                4,
                "unknown operator `like`: use one of = != > >= < <=",
            ),
            (
                "p90 =~ 3",
                4,
                "unknown operator `=~`: use one of = != > >= < <=",
            ),
            ("p90 exists", 4, "use one of = != > >= < <="),
            ("p90 contains 3", 4, "use one of = != > >= < <="),
            ("p90 > x", 6, "expected a number"),
            ("p90 > inf", 6, "expected a number"),
            (
                "p90 > 3 days",
                6,
                "one of the units of time: ns, us, ms, s, m or h",
            ),
            ("p90 > -3ms", 6, "below zero"),
            ("count > 1 and count < 3", 8, "more are given one each"),
            ("count > 3s", 8, "COUNT has no unit of time"),
            ("p50(size) > 3s", 12, "P50(size) has no unit of time"),
            ("p99 > 3", 0, "P99(duration_ms) is not asked for"),
            ("http.route = /a", 0, "go in --where"),
        ] {
            let error = read(text).expect_err(text);
            let last = error.lines().last().unwrap_or_default();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
