//! Calculated fields: `slow = GT($duration_ms, 250)`.

use super::pointed;
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
        let before = text.get(start..at).unwrap_or_default().trim_end();
        let begin = before.rfind(|c: char| !(c.is_alphanumeric() || "._-".contains(c)));
        let word = before
            .get(begin.map_or(0, |it| it + 1)..)
            .unwrap_or_default();
        let is_column =
            word.starts_with(char::is_alphabetic) && !before.ends_with(&format!("${word}"));
        let mut what = error.problem.to_string();
        if is_column && what == "expected `(`" {
            what.push_str(&format!("; a column is written ${word}"));
        }
        pointed(text, at, &what)
    })?;
    Ok(NamedFormula {
        name: name.to_string(),
        formula,
    })
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
    fn a_column_without_its_sign_is_named() {
        let error = parse_computed("slow = duration_ms > 250").unwrap_err();
        assert!(
            error.starts_with("expected `(`; a column is written $duration_ms\n"),
            "{error}"
        );
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
