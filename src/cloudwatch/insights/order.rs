//! The order of `sort`, `sortsFirst`, `min` and the like.
//!
//! Source: the guide's page of `sort`: what is no number comes before every number; it is cut into runs of digits
//! and runs of other characters, of which the others compare by their characters, and digits by their length
//! and then by their value.

use std::cmp::Ordering;

use super::value::Value;

/// Compares two values, in ascending order. What is not there comes after everything else.
pub fn compare(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (false, false) => {}
        (a, b) => return a.cmp(&b),
    }
    match (as_number(a), as_number(b)) {
        (Some(x), Some(y)) => x
            .total_cmp(&y)
            .then_with(|| Value::compare(a, b).unwrap_or(Ordering::Equal))
            .then_with(|| a.shown().cmp(&b.shown())),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => {
            let (a, b) = (a.shown().unwrap_or_default(), b.shown().unwrap_or_default());
            compare_runs(&a, &b)
        }
    }
}

/// The same for `sort`, where what is not there comes last in either direction.
pub fn compare_directed(a: &Value<'_>, b: &Value<'_>, is_descending: bool) -> Ordering {
    let ordering = compare(a, b);
    match is_descending && !a.is_null() && !b.is_null() {
        true => ordering.reverse(),
        false => ordering,
    }
}

// A text is a number if it has digits alone, or a fraction or a minus besides; `1e5` may well be an id.
fn as_number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Text(text) => {
            let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
            value.number().filter(|_| text.bytes().all(is_plain))
        }
        value => value.number(),
    }
}

fn compare_runs(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (run_a, run_b);
        (run_a, a) = first_run(a);
        (run_b, b) = first_run(b);
        let are_digits = [run_a, run_b]
            .iter()
            .all(|run| run.starts_with(|c: char| c.is_ascii_digit()));
        let by_length = match are_digits {
            true => run_a.len().cmp(&run_b.len()),
            false => Ordering::Equal,
        };
        let ordering = by_length.then_with(|| run_a.cmp(run_b));
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    a.len().cmp(&b.len())
}

fn first_run(text: &str) -> (&str, &str) {
    let is_digit = |c: char| c.is_ascii_digit();
    let begins_with_digit = text.starts_with(is_digit);
    let end = text.find(|c: char| is_digit(c) != begins_with_digit);
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_sort_as_in_the_list_of_the_guide() {
        let sorted = [
            "!:",
            "#",
            "*%04",
            "0#",
            "5A",
            "111A",
            "2345_",
            "@",
            "@_",
            "A",
            "A9876fghj",
            "a12345hfh",
            "0",
            "01",
            "1",
            "2",
            "3",
        ];
        let mut values: Vec<Value> = sorted.iter().rev().map(|it| Value::of_text(*it)).collect();
        values.sort_by(compare);
        let shown: Vec<String> = values
            .iter()
            .map(|it| it.shown().unwrap_or_default().into_owned())
            .collect();
        assert_eq!(shown, sorted);
        values.push(Value::Null);
        values.sort_by(|a, b| compare_directed(a, b, true));
        assert_eq!(values[0], Value::of_text("3"));
        assert_eq!(values[17], Value::Null);
    }

    #[test]
    fn fractions_and_negative_numbers_are_numbers() {
        let mut values = ["10", "9.5", "-3", "9.25", "1e5"].map(Value::of_text);
        values.sort_by(compare);
        let expected = ["1e5", "-3", "9.25", "9.5", "10"].map(Value::of_text);
        assert_eq!(values, expected);
    }
}
