//! The language of `query`: calculations, conditions, moments, orders, as people write them.
//!
//! Each file reads one kind of text into the model's words, and points at the place where it is wrong.

pub mod assertion;
mod bare_value;
pub mod calculation;
pub mod computed;
pub mod condition;
pub mod formula_types;
pub mod having;
pub mod lower;
pub mod names;
pub mod operators;
pub mod order;
pub mod quantity;
pub mod range;
pub mod reader;
pub mod resolve;
pub mod schema;
pub mod selection;
pub mod shell;
mod typed;
pub mod written;

use crate::model::width::blanks;

/// Returns `what` with `text` under it and a caret under the byte `position`.
pub fn pointed(text: &str, position: usize, what: &str) -> String {
    let before = text.get(..position).unwrap_or(text);
    format!("{what}\n  {text}\n  {}^", blanks(before))
}

/// Returns the known name with the fewest differing letters, if it is close to `name`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|it| (edit_distance(name, it), it));
    let (distance, best) = distances.min_by_key(|(distance, _)| *distance)?;
    // Two letters in the wrong order are two that differ.
    let n_letters = name.chars().count();
    let most = if n_letters < 4 {
        1
    } else {
        2.max(n_letters / 3)
    };
    (distance <= most).then_some(best)
}

// Source: Levenshtein distance, one row at a time.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            left = (diagonal + usize::from(ca != *cb))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        let known = ["duration_ms", "http.route"];
        assert_eq!(nearest("duration", known), None);
        assert_eq!(nearest("duraton_ms", known), Some("duration_ms"));
        assert_eq!(nearest("http.rout", known), Some("http.route"));
        assert_eq!(nearest("zzz", known), None);
    }
}
