//! Calculated fields: `slow = GT($duration_ms, 250)`.

use super::pointed;
use super::quantity::Quantity;
use crate::model::formula::{Formula, NamedFormula};

/// Reads `NAME = FORMULA`, the formula in Honeycomb's language.
///
/// # Errors
/// What is wrong, with a caret under the place.
pub fn parse_computed(text: &str) -> Result<NamedFormula, String> {
    let Some((name, formula)) = text.split_once('=') else {
        return Err(pointed(
            text,
            text.len(),
            "expected `=` and a formula, as in slow = GT($duration_ms, 250)",
        ));
    };
    let start = text.len() - formula.len();
    let name = name.trim();
    if name.is_empty() {
        return Err(pointed(
            text,
            0,
            "expected a name, as in slow = GT($duration_ms, 250)",
        ));
    }
    let formula = Formula::parse(formula).map_err(|error| {
        let rest = text.get(start..).unwrap_or_default();
        let within = rest.char_indices().nth(error.column.saturating_sub(1));
        let at = start + within.map_or(rest.len(), |(i, _)| i);
        let mut what = error.problem.to_string();
        if let Some(advice) = advice(text, start, at) {
            what = format!("{what}; {advice}");
        }
        pointed(text, at, &what)
    })?;
    Ok(NamedFormula {
        name: name.to_string(),
        formula,
    })
}

// What to write where a formula that begins at byte `start` goes wrong at byte `at`, if it is what another
// language, or a condition, would have there.
fn advice(text: &str, start: usize, at: usize) -> Option<String> {
    const SIGNS: [(&str, &str); 5] = [
        ("==", "use ="),
        ("&&", "use AND"),
        ("||", "use OR"),
        ("<>", "use !="),
        ("=>", "use >="),
    ];
    let (before, after) = (text.get(start..at)?, text.get(at..)?);
    // It may be noticed at the second half of a sign.
    let from = before
        .char_indices()
        .next_back()
        .map_or(at, |(i, _)| start + i);
    let near = text.get(from..)?;
    let sign = SIGNS
        .iter()
        .find(|(sign, _)| after.starts_with(sign) || near.starts_with(sign));
    if let Some((_, right)) = sign {
        return Some((*right).to_string());
    }
    let is_word = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let trimmed = before.trim_end();
    let begin = trimmed.rfind(|c| !is_word(c)).map_or(0, |it| it + 1);
    let word = trimmed.get(begin..)?;
    let is_name = word.starts_with(char::is_alphabetic);
    let next = after.trim_start();
    if is_name && (after.is_empty() || next.starts_with(|c: char| "=!<>+-*/%),".contains(c))) {
        let is_column = trimmed.get(..begin)?.ends_with('$');
        return (!is_column).then(|| format!("a column is written ${word}"));
    }
    let unit = after.split(|c| !is_word(c)).next().unwrap_or_default();
    let number = format!("{word}{unit}");
    let is_quantity = Quantity::parse(&number).is_some_and(Quantity::has_unit);
    is_quantity
        .then(|| "numbers in a formula have no unit: write it in the column's own".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_name_and_a_formula() {
        let field = parse_computed("slow = GT($duration_ms, 250)").unwrap();
        assert_eq!(field.name, "slow");
        assert_eq!(field.formula.columns(), ["duration_ms"]);
        let field = parse_computed("is_home=$http.route = \"/\"").unwrap();
        assert_eq!(field.name, "is_home");
    }

    #[test]
    fn what_another_language_would_have_names_the_right_form() {
        for (text, says) in [
            (
                "slow = duration_ms > 250",
                "a column is written $duration_ms",
            ),
            (
                "slow = GT(duration_ms, 250)",
                "a column is written $duration_ms",
            ),
            ("slow = $duration_ms == 250", "use ="),
            ("slow = EXISTS($a) && EXISTS($b)", "use AND"),
            ("slow = EXISTS($a) || EXISTS($b)", "use OR"),
            (
                "slow = GT($duration_ms, 250ms)",
                "numbers in a formula have no unit",
            ),
            (
                "slow = $duration_ms > 1.5s",
                "numbers in a formula have no unit",
            ),
        ] {
            let error = parse_computed(text).unwrap_err();
            let first = error.lines().next().unwrap();
            assert!(first.contains(says), "{text}: {error}");
        }
        let error = parse_computed("slow = GT($duration_ms 250)").unwrap_err();
        assert!(!error.contains("a column is written"), "{error}");
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, caret) in [
            ("slow", 4),
            ("= 3", 0),
            ("slow = GT($duration_ms, ", 24),
            ("ü = NO(1)", 4),
        ] {
            let error = parse_computed(text).unwrap_err();
            let last = error.lines().last().unwrap();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
        }
    }
}
