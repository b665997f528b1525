//! Values without quotes, and where they end.

use super::operators::joint_advice;
use crate::model::query::FilterOp;
use crate::model::span::Value;

/// Returns what joins two conditions, here or elsewhere, if it stands at the beginning.
pub fn joint(text: &str) -> Option<&'static str> {
    let words = ["and", "or"].into_iter();
    let word = words.clone().find(|word| starts_with_word(text, word));
    word.or_else(|| ["&&", "||"].into_iter().find(|sign| text.starts_with(sign)))
}

/// Tells whether what follows the blanks at the beginning joins conditions.
pub fn is_joint(text: &str) -> bool {
    joint(text.trim_start()).is_some()
}

/// Tells whether a word stands at the beginning; it counts only if something can follow it.
pub fn starts_with_word(text: &str, word: &str) -> bool {
    let Some(start) = text.get(..word.len()) else {
        return false;
    };
    let rest = text.get(word.len()..).unwrap_or_default();
    start.eq_ignore_ascii_case(word) && rest.starts_with(|c: char| c.is_whitespace() || c == '(')
}

/// Says where a value without quotes is likely none, and what to do: it is more than one condition, or a word
/// that means nothing here.
pub fn odd_value(text: &str, op: FilterOp) -> Option<(usize, String)> {
    if text.starts_with(['=', '<', '>', '~', '!']) {
        let what = "expected a value; one that begins with a sign stands in quotes";
        return Some((0, what.to_string()));
    }
    let lower = text.to_ascii_lowercase();
    let is_nothing = matches!(&*lower, "null" | "nil" | "none" | "undefined" | "is null");
    let right = match op {
        FilterOp::Equal => "does-not-exist",
        _ => "exists",
    };
    if is_nothing && matches!(op, FilterOp::Equal | FilterOp::NotEqual) {
        let what = format!(
            "`{text}` is no value: use `{right}`, or put it in quotes if it is the text that is meant"
        );
        return Some((0, what));
    }
    for sign in ["&&", "||"] {
        if let (Some(at), Some((_, advice))) = (text.find(sign), joint_advice(sign)) {
            return Some((at, format!("{advice}, or put the value in quotes")));
        }
    }
    let expected = "expected `and` or `or`; a value with blanks and signs stands in quotes";
    let mut at = 0;
    for (nth, word) in text.split(char::is_whitespace).enumerate() {
        let is_sign = word.contains(['=', '<', '>']) && !word.contains("://");
        let is_word_operator = || {
            let name = word.to_ascii_lowercase();
            let is_our = FilterOp::named(&name).is_some_and(|op| op != FilterOp::In);
            is_our || matches!(&*name, "like" | "ilike" | "not-like")
        };
        if nth > 0 && is_sign || nth > 1 && is_word_operator() {
            return Some((at, expected.to_string()));
        }
        let is_last = at + word.len() == text.len();
        if nth > 0 && is_last && ["and", "or", "not"].contains(&&*word.to_ascii_lowercase()) {
            let what = format!(
                "expected a condition after `{word}`; a value that ends like that stands in quotes"
            );
            return Some((at, what));
        }
        if nth == 0 && joins_another(word) {
            return Some((at, expected.to_string()));
        }
        at += word.len() + 1;
    }
    None
}

// `200,b=3` and `200;b=3` are two conditions; an address with a query is none.
fn joins_another(word: &str) -> bool {
    let Some(at) = word.find([',', ';']) else {
        return false;
    };
    let rest = word.get(at + 1..).unwrap_or_default();
    let name = rest.split(['=', '<', '>']).next().unwrap_or_default();
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    is_name && name.len() < rest.len() && !word.get(..at).unwrap_or_default().contains('?')
}

/// Returns what a value without quotes looks like: a truth, a number, or a text.
pub fn value_of(text: &str) -> Value {
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
