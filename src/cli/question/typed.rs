//! Values of conditions, as their columns' types and units want them.

use super::bare_value::value_of;
use super::quantity::{Quantity, UNITS_IN_WORDS};
use super::schema::{Kind, Schema};
use crate::model::query::{Filter, FilterOp};
use crate::model::span::Value;

/// A part of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The operator.
    Op,
    /// The value with this index.
    Value(usize),
}

/// Puts numbers of the column's unit in place of `250ms` and the like, and truths in place of `True`.
///
/// Beside a column of numbers the text of a number becomes one, and beside a column of texts a number becomes its
/// text: a comparison then means the same as a filter and as a part of a formula, where a number never equals a text.
/// `bare` returns what was typed as the value with an index, if it was without quotes.
///
/// # Errors
/// What can never hold, or always does: the part that is at fault and why.
pub fn fit<'a>(
    filter: &mut Filter,
    schema: &Schema,
    bare: impl Fn(usize) -> Option<&'a str>,
) -> Result<(), (Part, String)> {
    let (column, op) = (filter.column.clone(), filter.op);
    let kind = schema.kind(&column);
    let is_of = || format!("{column} is a column of {}", kind.words());
    let is_order = is_order(op);
    let is_typed = matches!(kind, Kind::Number(_) | Kind::Truth);
    if op.takes_text() && is_typed {
        let instead = match kind {
            Kind::Truth => "use = true or = false",
            _ => "compare with = != > >= < <=",
        };
        let what = format!("{} compares texts, and {}: {instead}", op.name(), is_of());
        return Err((Part::Op, what));
    }
    if is_order && kind == Kind::Truth {
        let what = format!("{} compares numbers, and {}", op.name(), is_of());
        return Err((Part::Op, format!("{what}: use = true or = false")));
    }
    if op.takes_text() {
        return Ok(());
    }
    let per_second = schema.per_second(&column);
    for (idx, value) in filter.values.iter_mut().enumerate() {
        let wrong = |what: String| (Part::Value(idx), what);
        match (kind, &*value) {
            (Kind::Number(_), Value::Bool(_)) => {
                return Err(wrong(format!("{}, and {value} is no number", is_of())));
            }
            (Kind::Truth, Value::Int(_) | Value::Float(_)) => {
                return Err(wrong(format!("{}: use true or false", is_of())));
            }
            (Kind::Truth, Value::Str(text)) => {
                let lower = text.to_ascii_lowercase();
                let is_truth = matches!(&*lower, "true" | "false");
                if !is_truth {
                    return Err(wrong(format!("{}: use true or false", is_of())));
                }
                *value = (lower == "true").into();
            }
            (Kind::Number(_) | Kind::Any | Kind::Text, Value::Str(text)) if bare(idx).is_some() => {
                let text = text.to_string();
                let number = number(&text, &column, kind, per_second, is_order);
                if let Some(number) = number.map_err(wrong)? {
                    *value = number.into();
                } else if matches!(kind, Kind::Number(_)) {
                    return Err(wrong(no_number(&text, &is_of(), per_second)));
                }
            }
            (Kind::Number(_), Value::Str(text)) => {
                let number = value_of(text);
                if number.number().is_none() {
                    return Err(wrong(no_number(text, &is_of(), per_second)));
                }
                *value = number;
            }
            (Kind::Text, Value::Int(_) | Value::Float(_)) if is_order => {
                let what = format!("{}, and {value} is a number", is_of());
                return Err(wrong(format!(
                    "{what}: put it in quotes to compare texts, or compare numbers by --calc 'n = FLOAT(${column})' \
                     and --where 'n {} {value}'",
                    op.name()
                )));
            }
            (Kind::Text, Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
                *value = match bare(idx) {
                    Some(typed) => typed.into(),
                    None => value.to_string().as_str().into(),
                };
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_order(op: FilterOp) -> bool {
    use FilterOp::{Greater, GreaterOrEqual, Less, LessOrEqual};
    matches!(op, Greater | GreaterOrEqual | Less | LessOrEqual)
}

// The number that a text with a unit stands for; none if it is a text after all.
fn number(
    text: &str,
    column: &str,
    kind: Kind,
    per_second: Option<f64>,
    is_order: bool,
) -> Result<Option<f64>, String> {
    let Some(quantity) = Quantity::parse(text).filter(|it| it.has_unit()) else {
        return Ok(None);
    };
    match kind {
        Kind::Text if is_order => {
            return Err(format!(
                "{column} is a column of {}, and {text} is a duration",
                kind.words()
            ));
        }
        Kind::Text => return Ok(None),
        _ => {}
    }
    match quantity.at(per_second) {
        Some(_) if quantity.is_negative() => {
            Err(format!("{text} is below zero, as no duration is"))
        }
        Some(number) => Ok(Some(number)),
        None if kind == Kind::Any && !is_order => Ok(None),
        None => Err(format!(
            "{column} has no unit of time in its name (as duration_ms has): write a number alone"
        )),
    }
}

fn no_number(text: &str, is_of: &str, per_second: Option<f64>) -> String {
    let begins_as_one = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let advice = match (begins_as_one, per_second) {
        (true, Some(_)) => {
            format!(": write digits and a point, and for time one of the units {UNITS_IN_WORDS}")
        }
        (true, None) => ": write digits and a point alone".to_string(),
        (false, _) => String::new(),
    };
    format!("{is_of}, and `{text}` is no number{advice}")
}

#[cfg(test)]
mod tests {
    use super::super::condition::parse_stated;
    use super::super::schema::tests::schema;
    use super::super::written::written;
    use super::*;

    fn fitted(text: &str) -> Result<String, String> {
        let mut stated = parse_stated(text)?;
        stated.each(|filter, places| {
            fit(filter, &schema(), |idx| places.bare(idx)).map_err(|(part, what)| {
                let at = match part {
                    Part::Op => places.op,
                    Part::Value(idx) => places.values[idx].at,
                };
                (at, what)
            })
        })?;
        Ok(written(&stated.condition))
    }

    #[test]
    fn durations_meet_columns_in_their_unit() {
        for (text, fitted_text) in [
            ("duration_ms > 250ms", "duration_ms > 250"),
            ("duration_ms >= 1.5s", "duration_ms >= 1500"),
            ("duration_ms < 300µs", "duration_ms < 0.3"),
            (
                "duration_ms in (1s, 250 ms, 7)",
                "duration_ms in (1000, 250, 7)",
            ),
            ("took > 2m", "took > 120000"),
            (
                "not duration_ms > 1s and http.route = /a",
                "duration_ms <= 1000 and http.route = /a",
            ),
            ("http.route = 5s", "http.route = \"5s\""),
            ("app.retried = True", "app.retried = true"),
            ("app.retried != FALSE", "app.retried != false"),
            (
                "http.response.status_code = '200'",
                "http.response.status_code = 200",
            ),
            ("duration_ms > '0.25'", "duration_ms > 0.25"),
            ("http.route = 250", "http.route = \"250\""),
            ("http.route != 1.0", "http.route != \"1.0\""),
            ("http.route = true", "http.route = \"true\""),
            (
                "http.route in (1e3, '2', x)",
                "http.route in (\"1e3\", \"2\", x)",
            ),
            ("http.route > '250'", "http.route > \"250\""),
            ("http.route contains 404", "http.route contains \"404\""),
        ] {
            assert_eq!(fitted(text).as_deref(), Ok(fitted_text), "{text}");
        }
    }

    #[test]
    fn what_a_column_can_never_have_is_an_error_that_names_its_type() {
        for (text, caret, says) in [
            (
                "duration_ms > abc",
                14,
                "duration_ms is a column of numbers (float), and `abc` is no number",
            ),
            ("duration_ms = fast", 14, "numbers (float)"),
            ("duration_ms != 'fast'", 15, "numbers (float)"),
            (
                "duration_ms > 250msec",
                14,
                "one of the units ns, us, ms, s, m or h",
            ),
            ("duration_ms > 1,000", 14, "write digits and a point"),
            ("duration_ms > -5ms", 14, "below zero"),
            ("duration_ms > true", 14, "true is no number"),
            (
                "duration_ms contains 25",
                12,
                "contains compares texts, and duration_ms is a column of numbers (float)",
            ),
            (
                "app.queue_depth > 5s",
                18,
                "app.queue_depth has no unit of time",
            ),
            ("twice > 5s", 8, "twice has no unit of time"),
            (
                "http.response.status_code = ok",
                28,
                "whole numbers (integer)",
            ),
            (
                "http.response.status_code in (200, ok)",
                35,
                "whole numbers (integer)",
            ),
            (
                "http.response.status_code starts-with 5",
                26,
                "compare with =",
            ),
            (
                "http.route > 250ms",
                13,
                "http.route is a column of text (string), and 250ms is a duration",
            ),
            ("http.route > 250", 13, "FLOAT($http.route)"),
            (
                "http.route <= 0.5",
                14,
                "http.route is a column of text (string)",
            ),
            (
                "app.retried = yes",
                14,
                "true or false (boolean): use true or false",
            ),
            ("app.retried = 1", 14, "use true or false"),
            ("app.retried > 0", 12, "> compares numbers"),
            ("slow = 1", 7, "use true or false"),
        ] {
            let error = fitted(text).expect_err(text);
            let last = error.lines().last().unwrap_or_default();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn without_a_schema_units_go_by_the_name_and_no_order_is_by_text_alone() {
        let unknown = |text: &str| {
            let mut stated = parse_stated(text).unwrap();
            let fitted = stated.each(|filter, _| {
                fit(filter, &Schema::default(), |_| Some("")).map_err(|(_, what)| (0, what))
            });
            fitted.map(|()| written(&stated.condition))
        };
        assert_eq!(
            unknown("db.wait_s < 250ms"),
            Ok("db.wait_s < 0.25".to_string())
        );
        assert_eq!(unknown("size = 5s"), Ok("size = \"5s\"".to_string()));
        assert!(
            unknown("size > 5s")
                .unwrap_err()
                .contains("no unit of time")
        );
    }
}
