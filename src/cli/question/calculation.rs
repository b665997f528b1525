//! Calculations: `count`, `p50,p90,p99`, `p90(duration_ms),count-distinct(user.id)`.

use super::{nearest, pointed};
use crate::model::query::{Calculation, Op};

/// What can be calculated, as it is typed.
pub const CALCULATIONS: [&str; 24] = [
    "count",
    "p90",
    "heatmap",
    "sum",
    "avg",
    "min",
    "max",
    "count-distinct",
    "concurrency",
    "rate-avg",
    "rate-sum",
    "rate-max",
    "p001",
    "p01",
    "p05",
    "p10",
    "p20",
    "p25",
    "p50",
    "p75",
    "p80",
    "p95",
    "p99",
    "p999",
];

// What others call them, and what they are here.
const OTHER_NAMES: [(&str, &str); 18] = [
    ("average", "avg"),
    ("mean", "avg"),
    ("median", "p50"),
    ("percentile", "p90"),
    ("quantile", "p90"),
    ("p98", "p99"),
    ("total", "sum"),
    ("maximum", "max"),
    ("slowest", "max"),
    ("minimum", "min"),
    ("fastest", "min"),
    ("distinct", "count-distinct"),
    ("unique", "count-distinct"),
    ("countdistinct", "count-distinct"),
    ("histogram", "heatmap"),
    ("rate", "rate-sum"),
    ("number", "count"),
    ("counts", "count"),
];

/// An operation and the column that was typed with it, if one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed<'a> {
    /// The operation.
    pub op: Op,
    /// The column in parentheses.
    pub column: Option<&'a str>,
}

impl Typed<'_> {
    /// Returns the calculation, over `column` if none was typed and one is needed.
    pub fn over(self, column: &str) -> Calculation {
        let own = self.column.map(str::to_string);
        let column = own.or_else(|| self.op.needs_column().then(|| column.to_string()));
        Calculation::new(self.op, column)
    }
}

/// Reads one or more calculations separated by commas; spelling as in [`CALCULATIONS`] or as Honeycomb's
/// labels have it, `P90(duration_ms)`.
///
/// # Errors
/// What is wrong, with a caret under the place.
pub fn parse_calculations(text: &str) -> Result<Vec<Typed<'_>>, String> {
    let mut found = Vec::new();
    for (start, piece) in pieces(text) {
        if piece.trim().is_empty() {
            return Err(pointed(text, start + piece.len(), "expected a calculation"));
        }
        found.push(parse_one(text, start, piece)?);
    }
    if let Some(second) = found.iter().filter(|it| it.op == Op::Heatmap).nth(1) {
        let column = second.column.unwrap_or("the same column");
        return Err(format!(
            "one heatmap at a time; ask for that of {column} by itself"
        ));
    }
    Ok(found)
}

// What stands between commas, and where; a comma within parentheses is part of a column's name.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut is_inside = false;
    for (i, c) in text.char_indices() {
        match c {
            '(' => is_inside = true,
            ')' => is_inside = false,
            ',' if !is_inside => {
                pieces.push((start, text.get(start..i).unwrap_or_default()));
                start = i + 1;
            }
            _ => {}
        }
    }
    pieces.push((start, text.get(start..).unwrap_or_default()));
    pieces
}

/// Reads one calculation.
///
/// # Errors
/// As [`parse_calculations`].
pub fn parse_calculation(text: &str) -> Result<Typed<'_>, String> {
    parse_one(text, 0, text)
}

fn parse_one<'a>(text: &str, start: usize, piece: &'a str) -> Result<Typed<'a>, String> {
    let start = start + piece.len() - piece.trim_start().len();
    let piece = piece.trim();
    let (name, column) = match piece.split_once('(') {
        None => (piece, None),
        Some((name, rest)) => {
            let Some(column) = rest.strip_suffix(')') else {
                return Err(pointed(text, start + piece.len(), "expected `)`"));
            };
            (name.trim_end(), Some(column.trim()))
        }
    };
    let Some(op) = Op::named(&name.to_uppercase().replace('-', "_")) else {
        let lower = name.to_lowercase().replace('_', "-");
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == lower);
        let near = other
            .map(|(_, ours)| *ours)
            .or_else(|| nearest(&lower, CALCULATIONS));
        let is_percentile = lower
            .strip_prefix('p')
            .is_some_and(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit() || c == '.'));
        if is_percentile && other.is_none() {
            let percentiles = CALCULATIONS.iter().filter(|it| it.starts_with(['p']));
            let percentiles: Vec<&str> = percentiles.copied().collect();
            let what = format!(
                "`{name}` is not a percentile there is: {}",
                percentiles.join(" ")
            );
            return Err(pointed(text, start, &what));
        }
        let apart = name.split_once(char::is_whitespace);
        let near = match (near, apart) {
            (_, Some((op, column))) => Some(format!("; write {op}({})", column.trim())),
            (near, None) => near.map(|near| format!("; a similar one is '{near}'")),
        };
        let what = format!("`{name}` is not a calculation{}", near.unwrap_or_default());
        return Err(pointed(text, start, &what));
    };
    if column == Some("*") {
        let what = format!("{name} of everything is `{name}` alone");
        return Err(pointed(text, start + name.len(), &what));
    }
    if column.is_some_and(str::is_empty) {
        return Err(pointed(text, start + piece.len() - 1, "expected a column"));
    }
    if column.is_some() && !op.takes_column() {
        return Err(pointed(
            text,
            start + name.len(),
            &format!("{name} takes no column"),
        ));
    }
    Ok(Typed { op, column })
}

/// Returns the name of the calculation that a column's name spells, if it spells one.
pub fn calculation_named(column: &str) -> Option<&'static str> {
    let typed = column.to_lowercase().replace('_', "-");
    let mut names = CALCULATIONS.into_iter();
    names.find(|name| *name == typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<String> {
        let typed = parse_calculations(text).unwrap();
        typed
            .iter()
            .map(|it| it.over("duration_ms").label())
            .collect()
    }

    #[test]
    fn every_calculation_that_can_be_typed_exists() {
        for name in CALCULATIONS {
            assert!(parse_calculation(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn several_are_separated_by_commas() {
        assert_eq!(
            labels("count, p50,P90(http.size) ,COUNT_DISTINCT(user.id),concurrency"),
            [
                "COUNT",
                "P50(duration_ms)",
                "P90(http.size)",
                "COUNT_DISTINCT(user.id)",
                "CONCURRENCY"
            ]
        );
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, caret, says) in [
            ("cuont", 0, "'count'"),
            (
                "count,p91",
                6,
                "`p91` is not a percentile there is: p90 p001 p01",
            ),
            ("p99.9", 0, "p95 p99 p999"),
            ("p101", 0, "`p101` is not a percentile"),
            ("p90(", 4, "`)`"),
            ("count, p90()", 11, "a column"),
            ("count,", 6, "a calculation"),
            ("", 0, "a calculation"),
            ("concurrency(x)", 11, "no column"),
            ("average", 0, "'avg'"),
            ("count(*)", 5, "`count` alone"),
            ("avg duration_ms", 0, "write avg(duration_ms)"),
        ] {
            let error = parse_calculations(text).unwrap_err();
            assert!(error.contains(says), "{error}");
            let last = error.lines().last().unwrap();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
        }
        assert!(parse_calculations("heatmap,heatmap(x)").is_err());
    }
}
