//! Selections: `t=12:03..12:05,>400ms`, `400ms..2s`, `error = true`.
//!
//! A selection is of events that a question looks at. Parts of it are separated by commas and all hold:
//! a range of time, ranges of the value that the question is about, and conditions.

use super::condition::{Condition, Stated, parse_condition};
use super::lower::{column as named, formula_of};
use super::pointed;
use super::quantity::{Quantity, UNITS_IN_WORDS, units_in_a_second};
use super::reader::parse_part;
use super::resolve::resolve;
use super::schema::Schema;
use crate::cli::when::{Meant, When, parse_when};
use crate::model::query::{Filter, FilterOp};
use crate::model::span::Value;
use crate::model::time::{SECOND, Window};
use crate::model::zone::Zone;

/// A selection as it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Time(Option<When>, Option<When>),
    Bound(Bound),
    Where(Stated),
}

#[derive(Debug, Clone, PartialEq)]
struct Bound {
    op: FilterOp,
    quantity: Quantity,
    // In bytes, for who has to point at it.
    position: usize,
}

/// Which events are selected.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chosen {
    /// From this moment on, nanoseconds since the epoch.
    pub start: Option<i64>,
    /// Up to this moment, which is the first outside.
    pub end: Option<i64>,
    /// Ranges of the value: comparisons of one column with numbers.
    pub bounds: Vec<Filter>,
    /// Everything else that holds.
    pub conditions: Vec<Condition>,
}

/// Reads a selection.
///
/// `t=FROM..TO` takes moments as `--since` does, or nothing on one side. `>400ms`, `<= 2s` and
/// `400ms..2s`, both ends of which are inside, are ranges of the value; without a unit they are in the
/// column's own. What is left is a condition, in the language of `--where`.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_selection(text: &str) -> Result<Selection, String> {
    let mut parts = Vec::new();
    let mut start = 0;
    for end in commas(text).into_iter().chain([text.len()]) {
        let piece = text.get(start..end).unwrap_or_default();
        let at = start + piece.len() - piece.trim_start().len();
        let piece = piece.trim();
        if piece.is_empty() {
            let what = "expected a range of time or of the value, such as t=12:03..12:05 or >400ms, or a condition";
            return Err(pointed(text, at, what));
        }
        match time_range(piece) {
            Some(range) => parts.push(time(text, at + piece.len() - range.len(), range)?),
            None => parts.extend(bounds(text, at, piece)?),
        }
        start = end + 1;
    }
    let text = text.to_string();
    Ok(Selection { text, parts })
}

// Where a comma ends a part: what follows it is a part of its own, or what precedes it is a range.
fn commas(text: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut quote = None;
    let mut depth = 0usize;
    for (i, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if "\"'`".contains(c) => quote = Some(c),
            None if c == '(' => depth += 1,
            None if c == ')' => depth = depth.saturating_sub(1),
            None if c == ',' && depth == 0 => {
                let before = found.last().map_or(0, |last| last + 1);
                let before = text.get(before..i).unwrap_or_default().trim();
                let after = text.get(i + 1..).unwrap_or_default().trim();
                let after = after.split(',').next().unwrap_or_default().trim_end();
                let begins_a_part =
                    after.is_empty() || is_range(after) || parse_condition(after).is_ok();
                if is_range(before) || begins_a_part {
                    found.push(i);
                }
            }
            None => {}
        }
    }
    found
}

fn is_range(piece: &str) -> bool {
    time_range(piece).is_some()
        || piece.starts_with(['<', '>'])
        || piece.split_once("..").is_some_and(|(low, high)| {
            let is_end = |it: &str| it.trim().is_empty() || Quantity::parse(it).is_some();
            is_end(low) && is_end(high)
        })
}

// What follows `t=`.
fn time_range(piece: &str) -> Option<&str> {
    let rest = ["time", "t"]
        .into_iter()
        .find_map(|name| piece.strip_prefix(name)?.trim_start().strip_prefix('='))?;
    (!rest.starts_with('=')).then_some(rest.trim_start())
}

fn time(text: &str, at: usize, range: &str) -> Result<Part, String> {
    let Some((from, to)) = range.split_once("..") else {
        let what = "expected two moments with `..` between them, such as 12:03..12:05, 12:03.. or -10m..; a column that is called t stands in quotes";
        return Err(pointed(text, at + range.len(), what));
    };
    let to_at = at + from.len() + 2;
    if from.trim().is_empty() && to.trim().is_empty() {
        return Err(pointed(text, at, "expected a moment on one side of `..`"));
    }
    let moment = |at: usize, word: &str| {
        let at = at + word.len() - word.trim_start().len();
        let word = word.trim();
        let parsed = (!word.is_empty()).then(|| parse_when(word));
        parsed.transpose().map_err(|what| pointed(text, at, &what))
    };
    Ok(Part::Time(moment(at, from)?, moment(to_at, to)?))
}

// A range of the value, which is one bound or two, or a condition.
fn bounds(text: &str, at: usize, piece: &str) -> Result<Vec<Part>, String> {
    let bound = |op: FilterOp, position: usize, number: &str| -> Result<Part, String> {
        let position = position + number.len() - number.trim_start().len();
        let quantity = Quantity::parse(number).ok_or_else(|| {
            let what =
                format!("expected a number, with a unit of time if one likes: {UNITS_IN_WORDS}");
            pointed(text, position, &what)
        })?;
        Ok(Part::Bound(Bound {
            op,
            quantity,
            position,
        }))
    };
    let signs = [
        (">=", FilterOp::GreaterOrEqual),
        ("<=", FilterOp::LessOrEqual),
        (">", FilterOp::Greater),
        ("<", FilterOp::Less),
    ];
    for (sign, op) in signs {
        if let Some(number) = piece.strip_prefix(sign) {
            return Ok(vec![bound(op, at + sign.len(), number)?]);
        }
    }
    if is_range(piece)
        && let Some((low, high)) = piece.split_once("..")
    {
        let mut found = Vec::new();
        if !low.trim().is_empty() {
            found.push(bound(FilterOp::GreaterOrEqual, at, low)?);
        }
        if !high.trim().is_empty() {
            let at = at + low.len() + 2;
            found.push(bound(FilterOp::LessOrEqual, at, high)?);
        }
        if found.is_empty() {
            return Err(pointed(text, at, "expected a number on one side of `..`"));
        }
        return Ok(found);
    }
    // Read where it stands, so that carets are where they belong.
    let stated = parse_part(text, at, at + piece.len())?;
    Ok(vec![Part::Where(stated)])
}

impl Selection {
    /// Returns which events are meant by a question about `column` (if it is about one) and `window`.
    ///
    /// Times of day are those within the window or nearest to it, by a clock in `zone`; other moments are
    /// as of `now`, nanoseconds since the epoch. Comparisons of `column` with numbers are ranges of the value, however they were
    /// written.
    ///
    /// # Errors
    /// What makes no sense for such a question, with a caret under the place.
    pub fn chosen(
        &self,
        column: Option<&str>,
        window: Window,
        now: i64,
        zone: Zone,
    ) -> Result<Chosen, String> {
        let mut chosen = Chosen::default();
        for part in &self.parts {
            match part {
                Part::Time(from, to) => {
                    let (start, end) = moments(*from, *to, window, now, zone)
                        .map_err(|what| pointed(&self.text, 0, &what))?;
                    if start.zip(end).is_some_and(|(start, end)| end <= start) {
                        let what = "the selected time ends before it begins";
                        return Err(pointed(&self.text, 0, what));
                    }
                    chosen.add(Chosen {
                        start,
                        end,
                        ..Chosen::default()
                    });
                }
                Part::Bound(bound) => {
                    let column = column.ok_or_else(|| {
                        let what = "there is no value to compare: the question has no column; write COLUMN > 400, or ask for a heatmap";
                        pointed(&self.text, bound.position, what)
                    })?;
                    chosen.bounds.push(self.filter(column, bound)?);
                }
                Part::Where(stated) => {
                    for part in stated.condition.conjuncts() {
                        match column.and_then(|column| as_bound(part, column)) {
                            Some(filter) => chosen.bounds.push(filter),
                            None => chosen.conditions.push(part.clone()),
                        }
                    }
                }
            }
        }
        Ok(chosen)
    }

    fn filter(&self, column: &str, bound: &Bound) -> Result<Filter, String> {
        let number = bound
            .quantity
            .at(units_in_a_second(column))
            .ok_or_else(|| {
                let what = format!("{column} has no unit of time; expected a number alone");
                pointed(&self.text, bound.position, &what)
            })?;
        Ok(Filter {
            column: column.to_string(),
            op: bound.op,
            values: vec![number.into()],
        })
    }

    /// Puts the dataset's own names and values of their columns' types into its conditions, and returns what
    /// there is to say about it.
    ///
    /// # Errors
    /// As [`resolve`].
    pub fn resolve(&mut self, schema: &Schema) -> Result<Vec<String>, String> {
        let mut notes = Vec::new();
        for part in &mut self.parts {
            if let Part::Where(stated) = part {
                notes.extend(resolve(stated, schema)?);
            }
        }
        Ok(notes)
    }

    /// Returns the names of columns in its conditions.
    pub fn names(&self) -> Vec<String> {
        let stated = self.parts.iter().filter_map(|part| match part {
            Part::Where(stated) => Some(stated),
            _ => None,
        });
        let names = stated.flat_map(|it| it.condition.columns());
        names.map(str::to_string).collect()
    }

    /// Tells whether it has a range of time or of the value, which can be drawn.
    pub fn is_region(&self) -> bool {
        self.parts.iter().any(|it| !matches!(it, Part::Where(_)))
    }
}

fn as_bound(condition: &Condition, column: &str) -> Option<Filter> {
    use FilterOp::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let Condition::Test(filter) = condition else {
        return None;
    };
    let is_range = matches!(filter.op, Greater | GreaterOrEqual | Less | LessOrEqual);
    if filter.column != column || !is_range {
        return None;
    }
    let number = match filter.values.first()? {
        Value::Str(text) => Quantity::parse(text)?.at(units_in_a_second(column))?,
        value => value.number()?,
    };
    Some(Filter {
        values: vec![number.into()],
        ..filter.clone()
    })
}

// A time of day that is typed alone is the last one in the window, or the one that is nearest to it; after a
// beginning, the first one that follows.
fn moments(
    from: Option<When>,
    to: Option<When>,
    window: Window,
    now: i64,
    zone: Zone,
) -> Result<(Option<i64>, Option<i64>), String> {
    let in_window = |when: When| -> Result<Meant, String> {
        if !when.is_bare() {
            return when.meant(now, zone);
        }
        let last = when.meant(window.end, zone);
        let next = when.first_after(window.end, now, zone);
        let before = |it: &Meant| window.start.saturating_sub(it.first);
        let after = |it: &Meant| it.first.saturating_sub(window.end);
        match (last, next) {
            (Ok(last), Ok(next)) if before(&last) > after(&next) => Ok(next),
            (last, _) => last,
        }
    };
    // A box takes in both of two that the clock shows.
    let start = from.map(in_window).transpose()?.map(|it| it.first);
    let end = to.map(|when| match start {
        Some(start) => when.first_after(start, now, zone),
        None => in_window(when),
    });
    let end = end.transpose()?.map(|it| it.second.unwrap_or(it.first));
    Ok((start, end))
}

impl Chosen {
    /// Adds what also has to hold.
    pub fn add(&mut self, other: Chosen) {
        self.start = self.start.max(other.start);
        self.end = match (self.end, other.end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.bounds.extend(other.bounds);
        self.conditions.extend(other.conditions);
    }

    /// Returns the lowest and the highest value inside, as far as there is one.
    pub fn values(&self) -> (Option<f64>, Option<f64>) {
        let (mut low, mut high): (Option<f64>, Option<f64>) = (None, None);
        for filter in &self.bounds {
            let Some(value) = filter.values.first().and_then(Value::number) else {
                continue;
            };
            match filter.op {
                FilterOp::Greater | FilterOp::GreaterOrEqual => {
                    low = Some(low.map_or(value, |low| low.max(value)));
                }
                _ => high = Some(high.map_or(value, |high| high.min(value))),
            }
        }
        (low, high)
    }

    /// Returns the formula that is true for the events inside and false for those outside; for events
    /// that lack `column`, if there is one, it is neither.
    pub fn formula(&self, column: Option<&str>) -> String {
        let mut parts = Vec::new();
        let seconds = |moment: i64| {
            let (whole, rest) = (moment.div_euclid(SECOND), moment.rem_euclid(SECOND));
            match rest {
                0 => whole.to_string(),
                rest => format!("{whole}.{rest:09}"),
            }
        };
        if let Some(start) = self.start {
            parts.push(format!("GTE(EVENT_TIMESTAMP(), {})", seconds(start)));
        }
        if let Some(end) = self.end {
            parts.push(format!("LT(EVENT_TIMESTAMP(), {})", seconds(end)));
        }
        let bounds = self.bounds.iter().cloned().map(Condition::Test);
        parts.extend(bounds.map(|it| formula_of(&it)));
        parts.extend(self.conditions.iter().map(formula_of));
        let all = match parts.as_slice() {
            [only] => only.clone(),
            parts => format!("AND({})", parts.join(", ")),
        };
        match column {
            Some(column) => format!("IF(EXISTS({}), {all})", named(column)),
            None => all,
        }
    }

    /// Returns the columns that it is made of, each once.
    pub fn columns(&self) -> Vec<String> {
        let bounds = self.bounds.iter().map(|it| it.column.clone());
        let conditions = self.conditions.iter().flat_map(Condition::columns);
        let mut columns: Vec<String> = bounds.chain(conditions.map(str::to_string)).collect();
        columns.sort();
        columns.dedup();
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::formula::Formula;
    use crate::model::time::rfc3339;

    // 2026-11-27T13:00:00Z, and the two hours before.
    const NOW: i64 = 1_795_784_400 * SECOND;
    const WINDOW: Window = Window {
        start: NOW - 7_200 * SECOND,
        end: NOW + 1,
    };

    fn chosen(text: &str) -> Chosen {
        let selection = parse_selection(text).unwrap_or_else(|what| panic!("{text}: {what}"));
        let chosen = selection.chosen(Some("duration_ms"), WINDOW, NOW, Zone::UTC);
        chosen.unwrap_or_else(|what| panic!("{text}: {what}"))
    }

    #[test]
    fn ranges_of_time_have_open_ends_and_times_of_day_lie_in_the_window() {
        for (text, start, end) in [
            (
                "t=12:03..12:05",
                "2026-11-27T12:03:00Z",
                "2026-11-27T12:05:00Z",
            ),
            (
                "time = 12:03:20 .. 12:05",
                "2026-11-27T12:03:20Z",
                "2026-11-27T12:05:00Z",
            ),
            (
                "t=12:50..13:05",
                "2026-11-27T12:50:00Z",
                "2026-11-27T13:05:00Z",
            ),
            ("t=12:03..", "2026-11-27T12:03:00Z", ""),
            ("t=13:30..", "2026-11-27T13:30:00Z", ""),
            ("t=10:30..", "2026-11-27T10:30:00Z", ""),
            ("t=..12:05", "", "2026-11-27T12:05:00Z"),
            (
                "t=-10m..-5m",
                "2026-11-27T12:50:00Z",
                "2026-11-27T12:55:00Z",
            ),
            ("t=10m..now", "2026-11-27T12:50:00Z", "2026-11-27T13:00:00Z"),
            (
                "t=23:55..00:05",
                "2026-11-27T23:55:00Z",
                "2026-11-28T00:05:00Z",
            ),
            (
                "t=yesterday 14:00..14:10",
                "2026-11-26T14:00:00Z",
                "2026-11-26T14:10:00Z",
            ),
            (
                "t=2026-11-27T12:03:00.5Z..2026-11-27T13:05:00+01:00",
                "2026-11-27T12:03:00.5Z",
                "2026-11-27T12:05:00Z",
            ),
        ] {
            let chosen = chosen(text);
            let words = |it: Option<i64>| it.map_or(String::new(), rfc3339);
            assert_eq!(
                (words(chosen.start), words(chosen.end)),
                (start.into(), end.into()),
                "{text}"
            );
        }
        // Of an earlier window it is that window's.
        let window = Window {
            start: NOW - 30 * 3_600 * SECOND,
            end: NOW - 24 * 3_600 * SECOND,
        };
        let selection = parse_selection("t=12:03..12:05").unwrap();
        let chosen = selection.chosen(None, window, NOW, Zone::UTC).unwrap();
        assert_eq!(
            chosen.start.map(rfc3339),
            Some("2026-11-26T12:03:00Z".into())
        );
    }

    #[test]
    fn ranges_of_the_value_are_in_the_columns_unit_however_they_are_written() {
        for (text, low, high) in [
            (">400ms", Some(400.0), None),
            (">= 0.4s", Some(400.0), None),
            ("< 2 s", None, Some(2_000.0)),
            ("<=7", None, Some(7.0)),
            ("400ms..2s", Some(400.0), Some(2_000.0)),
            ("..2s", None, Some(2_000.0)),
            ("400..", Some(400.0), None),
            ("-1.5..1e3", Some(-1.5), Some(1_000.0)),
            ("duration_ms > 400", Some(400.0), None),
            (
                "duration_ms > 400ms and duration_ms <= 2s",
                Some(400.0),
                Some(2_000.0),
            ),
            (">100,<300", Some(100.0), Some(300.0)),
        ] {
            let chosen = chosen(text);
            assert_eq!(chosen.values(), (low, high), "{text}");
            assert!(chosen.conditions.is_empty(), "{text}");
        }
    }

    #[test]
    fn parts_come_in_any_order_and_conditions_may_have_commas_of_their_own() {
        for text in [
            "t=12:03..12:05,>400ms,error = true",
            "error = true, >400ms, t=12:03..12:05",
            "t=12:03..12:05, error = true, duration_ms > 400",
            ">400ms,error = true,t=12:03..12:05",
        ] {
            let chosen = chosen(text);
            assert_eq!(chosen.bounds.len(), 1, "{text}");
            assert_eq!(chosen.conditions.len(), 1, "{text}");
            assert_eq!(chosen.columns(), ["duration_ms", "error"], "{text}");
            assert!(chosen.start.is_some() && chosen.end.is_some(), "{text}");
        }
        let one = chosen("status in (500, 503), 400..");
        assert_eq!((one.conditions.len(), one.bounds.len()), (1, 1));
        assert_eq!(chosen("name = 'a, >3'").conditions.len(), 1);
        assert_eq!(chosen("status in 500,503").conditions.len(), 1);
        assert_eq!(chosen("\"t\" = 5").columns(), ["t"]);
    }

    #[test]
    fn the_formula_can_be_read_and_is_neither_where_the_column_is_missing() {
        let both = chosen("t=12:03..12:05,>400ms");
        assert_eq!(
            both.formula(Some("duration_ms")),
            "IF(EXISTS($\"duration_ms\"), AND(GTE(EVENT_TIMESTAMP(), 1795780980), LT(EVENT_TIMESTAMP(), 1795781100), GT($\"duration_ms\", 400)))"
        );
        assert_eq!(
            chosen("error = true").formula(None),
            "EQUALS($\"error\", true)"
        );
        for text in [
            "t=2026-11-27T12:03:00.25Z..",
            "a = 1 or b = 'x\"' and not c exists, 3..",
        ] {
            let formula = chosen(text).formula(Some("odd \"name\""));
            assert!(Formula::parse(&formula).is_ok(), "{formula}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, caret) in [
            ("", 0),
            ("t=12:03..12:05,", 15),
            ("t=12:03", 7),
            ("t=..", 2),
            ("t=12:03..soon", 9),
            (">fast", 1),
            (">400d", 1),
            ("..", 0),
            (">1, error", 9),
            ("error = true, >3, route is /api", 24),
        ] {
            let error = parse_selection(text).unwrap_err();
            let mut lines = error.lines().rev();
            let last = lines.next().unwrap();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
            assert_eq!(lines.next(), Some(format!("  {text}").as_str()));
        }
        for (text, column) in [
            (">400ms", Some("size")),
            (">400", None),
            ("t=now..10m", None),
        ] {
            let selection = parse_selection(text).unwrap();
            let error = selection.chosen(column, WINDOW, NOW, Zone::UTC);
            assert!(error.unwrap_err().ends_with('^'), "{text}");
        }
    }
}
