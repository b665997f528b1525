//! Conditions as people write them: `http.route = /api/activities/home`.

use crate::model::query::{Arity, Filter, FilterOp};
use crate::model::span::Value;

/// Reads `COLUMN OPERATOR VALUE`.
///
/// The operators are Honeycomb's: `= != > >= < <=`, `starts-with`, `contains`, `exists`, `in` and
/// their opposites. A value in quotes is text; without, `true`, `false` and numbers are what they look
/// like. `in` takes values separated by commas, in parentheses if one likes.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_condition(text: &str) -> Result<Filter, String> {
    let at = |position: usize, what: &str| {
        let column = text.get(..position).unwrap_or(text).chars().count();
        format!("{what}\n  {text}\n  {}^", " ".repeat(column))
    };
    let start = text.len() - text.trim_start().len();
    let column_end = end_of_column(text, start);
    let column = text.get(start..column_end).unwrap_or_default();
    if column.is_empty() {
        return Err(at(start, "expected a column, such as http.route"));
    }
    let rest = text.get(column_end..).unwrap_or_default();
    let op_start = column_end + (rest.len() - rest.trim_start().len());
    let rest = text.get(op_start..).unwrap_or_default();
    let Some((name, op)) = operator_at(rest) else {
        let names: Vec<&str> = FilterOp::ALL.iter().map(|(name, _)| *name).collect();
        return Err(at(
            op_start,
            &format!("expected an operator: {}", names.join(" ")),
        ));
    };
    let value_start = op_start + name.len();
    let value = text.get(value_start..).unwrap_or_default();
    let value_at = value_start + (value.len() - value.trim_start().len());
    let value = value.trim();
    let values = match op.arity() {
        Arity::None if value.is_empty() => Vec::new(),
        Arity::None => return Err(at(value_at, &format!("{name} takes no value"))),
        Arity::One if value.is_empty() => return Err(at(value_at, "expected a value")),
        Arity::One => vec![value_of(value)],
        Arity::Many => {
            let list = value
                .strip_prefix('(')
                .and_then(|list| list.strip_suffix(')'))
                .unwrap_or(value);
            let values: Vec<Value> = list
                .split(',')
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .map(value_of)
                .collect();
            if values.is_empty() {
                return Err(at(value_at, "expected values separated by commas"));
            }
            values
        }
    };
    Ok(Filter {
        column: column.to_string(),
        op,
        values,
    })
}

// A column ends at a blank or where an operator of signs begins.
fn end_of_column(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c: char| c.is_whitespace() || "=!<>".contains(c));
    start + end.unwrap_or(rest.len())
}

fn operator_at(text: &str) -> Option<(&'static str, FilterOp)> {
    let fits = |name: &str| {
        let Some(rest) = text.strip_prefix(name) else {
            return false;
        };
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
        !is_word || rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == '(')
    };
    // The longest name that fits: `>=` before `>`.
    FilterOp::ALL
        .into_iter()
        .filter(|(name, _)| fits(name))
        .max_by_key(|(name, _)| name.len())
}

fn value_of(text: &str) -> Value {
    for quote in ['"', '\''] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|inner| inner.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.into();
        }
    }
    match text {
        "true" => true.into(),
        "false" => false.into(),
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(int), _) => int.into(),
            (_, Ok(float)) if float.is_finite() => float.into(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, &'static str, Vec<Value>) {
        let filter = parse_condition(text).unwrap();
        (filter.column, filter.op.name(), filter.values)
    }

    #[test]
    fn conditions_are_read_as_people_write_them() {
        for (text, column, op, values) in [
            (
                "http.route = /api/activities/home",
                "http.route",
                "=",
                vec!["/api/activities/home".into()],
            ),
            ("duration_ms>=250", "duration_ms", ">=", vec![250.into()]),
            ("  a != -1.5 ", "a", "!=", vec![Value::Float(-1.5)]),
            ("status = '200'", "status", "=", vec!["200".into()]),
            ("error = true", "error", "=", vec![true.into()]),
            (
                "name contains home feed",
                "name",
                "contains",
                vec!["home feed".into()],
            ),
            ("error exists", "error", "exists", vec![]),
            ("error does-not-exist", "error", "does-not-exist", vec![]),
            ("s in (200, 404)", "s", "in", vec![200.into(), 404.into()]),
            ("s not-in a,b", "s", "not-in", vec!["a".into(), "b".into()]),
            ("handle = infinity", "handle", "=", vec!["infinity".into()]),
        ] {
            assert_eq!(parsed(text), (column.to_string(), op, values), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, caret) in [
            ("", 0),
            ("= 3", 0),
            ("route is /api", 6),
            ("route =", 7),
            ("error exists 3", 13),
            ("s in ()", 5),
        ] {
            let error = parse_condition(text).unwrap_err();
            let last = error.lines().last().unwrap();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
        }
    }
}
