//! Values as the service's messages print them: as Java does.

use std::fmt::Write;

use serde_json::Value;

use super::model::{Absent, Shape, Structure};

/// No longer text is put into a message; the service has no such bound that is known.
const LONGEST: usize = 16 * 1024;

/// Returns a value as Java prints it, cut where it is very long.
pub fn printed(value: &Value, shape: &Shape) -> String {
    let mut text = String::new();
    print(&mut text, value, shape);
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text.push_str("...");
    }
    text
}

fn print(text: &mut String, value: &Value, shape: &Shape) {
    // What is left out of the message anyway is not printed.
    if text.len() > LONGEST {
        return;
    }
    match (value, shape) {
        (Value::String(string), _) => text.push_str(string),
        (Value::Number(_), Shape::Time) => text.push_str(&date(value.as_f64().unwrap_or(0.0))),
        (Value::Number(_), Shape::Number(_)) => {
            text.push_str(&double(value.as_f64().unwrap_or(0.0)));
        }
        (Value::Array(elements), Shape::List(_, element)) => {
            text.push('[');
            for (idx, value) in elements.iter().enumerate() {
                text.push_str(if idx == 0 { "" } else { ", " });
                print(text, value, element);
            }
            text.push(']');
        }
        (Value::Object(pairs), Shape::Map(map)) => {
            text.push('{');
            for (idx, (key, value)) in pairs.iter().enumerate() {
                text.push_str(if idx == 0 { "" } else { ", " });
                text.push_str(key);
                text.push('=');
                print(text, value, &Shape::Text(map.value));
            }
            text.push('}');
        }
        (Value::Object(_), Shape::Structure(structure)) => print_structure(text, value, structure),
        (value, _) => {
            // Writing to a String cannot fail.
            let _ = write!(text, "{value}");
        }
    }
}

fn print_structure(text: &mut String, value: &Value, structure: &Structure) {
    text.push_str(structure.name);
    text.push('(');
    for (idx, member) in structure.members.iter().enumerate() {
        text.push_str(if idx == 0 { "" } else { ", " });
        text.push_str(&small(member.name));
        text.push('=');
        match (value.get(member.name), member.absent, member.shape) {
            (Some(value), _, shape) => print(text, value, &shape),
            (None, Absent::Zero, Shape::Number(_)) => text.push_str("0.0"),
            (None, Absent::Zero, _) => text.push('0'),
            (None, ..) => text.push_str("null"),
        }
    }
    text.push(')');
}

/// Returns a member's name with a small first letter: `hTTPMethod`.
pub fn small(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Returns a number as Java's `Double.toString` does.
fn double(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((mantissa, _)) if mantissa.contains('.') => text,
        Some((mantissa, exponent)) => format!("{mantissa}.0E{exponent}"),
        None => text,
    }
}

/// Returns seconds since the epoch as Java's `Date.toString` does: `Wed Sep 23 10:32:52 UTC 2026`.
fn date(seconds: f64) -> String {
    let second = seconds.floor() as i64;
    match jiff::Timestamp::from_second(second) {
        Ok(time) => time.strftime("%a %b %d %H:%M:%S UTC %Y").to_string(),
        Err(_) => second.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_printed_as_java_does() {
        for (number, text) in [
            (0.0, "0.0"),
            (2.0, "2.0"),
            (-0.25, "-0.25"),
            (1e7, "1.0E7"),
            (1.5e-4, "1.5E-4"),
            (9_999_999.5, "9999999.5"),
        ] {
            assert_eq!(double(number), text);
        }
        assert_eq!(date(1_790_159_572.9), "Wed Sep 23 10:32:52 UTC 2026");
        assert_eq!(small("HTTPMethod"), "hTTPMethod");
    }
}
