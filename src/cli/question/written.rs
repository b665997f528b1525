//! Conditions as they would be typed, so that a next command can have them.

use super::condition::Condition;
use crate::model::query::{Arity, Filter};
use crate::model::span::Value;

/// Writes a condition so that `parse_condition` reads the same.
pub fn written(condition: &Condition) -> String {
    let inner = |part: &Condition| match part {
        Condition::Test(filter) => test(filter),
        other => format!("({})", written(other)),
    };
    let joined = |parts: &[Condition], joint: &str| {
        let parts: Vec<String> = parts.iter().map(inner).collect();
        parts.join(joint)
    };
    match condition {
        Condition::Test(filter) => test(filter),
        Condition::All(parts) => joined(parts, " and "),
        Condition::Any(parts) => joined(parts, " or "),
    }
}

fn test(filter: &Filter) -> String {
    let column = match is_plain(&filter.column) {
        true => filter.column.clone(),
        false => quoted(&filter.column),
    };
    let mut values = filter.values.iter().map(value);
    let name = filter.op.name();
    match filter.op.arity() {
        Arity::None => format!("{column} {name}"),
        Arity::One => format!("{column} {name} {}", values.next().unwrap_or_default()),
        Arity::Many => {
            let values: Vec<String> = values.collect();
            format!("{column} {name} ({})", values.join(", "))
        }
    }
}

fn value(value: &Value) -> String {
    match value {
        // What looks like a number or a truth is one, unless it is in quotes.
        Value::Str(text) if is_plain(text) && !matches!(&**text, "true" | "false") => {
            text.to_string()
        }
        Value::Str(text) => quoted(text),
        other => other.to_string(),
    }
}

// Nothing in it is an operator, a joint, a number or a quote.
fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || "._-/:@".contains(c);
    let is_joint = ["and", "or", "not"]
        .iter()
        .any(|it| text.eq_ignore_ascii_case(it));
    let begins = |c: char| c.is_alphabetic() || "_/".contains(c);
    text.starts_with(begins)
        && text.chars().all(is_word)
        && !is_joint
        && text.parse::<f64>().is_err()
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::super::condition::parse_condition;
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for text in [
            "http.route = /api/activities/home",
            "duration_ms >= 250 and duration_ms < 1.5",
            "a = 'x y' or b > 2 and c exists",
            "not (a = 1 and c does-not-exist)",
            "s in ('a,b', c, 200, '200', true, 'true')",
            "'odd \"name\"' contains 'it\\\\\\'s'",
            "'and' = 'or'",
            "name = infinity and name != '-1'",
            "agent starts-with 'Mozilla/5.0 (X11; Linux)'",
            "a = ''",
        ] {
            let condition = parse_condition(text).unwrap();
            let again = written(&condition);
            assert_eq!(parse_condition(&again), Ok(condition), "{text}: {again}");
        }
    }
}
