//! The lines of a log group in the order in which they are read, and places among them.
//!
//! A line's position is its time and, where times are the same, its arrival. It never changes, so
//! it is the line's id and what page tokens are made of.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::span::Value;
use crate::model::time::{MILLISECOND, Window};
use crate::store::{ColumnData, IntValues, Part, Presence, Strs, TextColumn};

/// The fields of a line.
pub const FIELDS: [&str; 3] = ["stream", "message", "ingested_ms"];

/// Which lines to find.
pub struct Asked {
    /// Streams, and the sequence from which on lines are theirs.
    pub streams: HashMap<String, u64>,
    /// Milliseconds since the epoch, inclusive.
    pub from_ms: i64,
    /// Milliseconds since the epoch, inclusive.
    pub until_ms: i64,
}

impl Asked {
    pub fn window(&self) -> Window {
        Window {
            start: self.from_ms.saturating_mul(MILLISECOND),
            end: self.until_ms.saturating_add(1).saturating_mul(MILLISECOND),
        }
    }
}

/// The rows of a part that may be asked for, in the order of their positions.
pub struct Block {
    /// The part.
    pub part: Arc<Part>,
    /// Rows whose times are asked for.
    pub rows: Range<usize>,
    whose: Whose,
}

/// Which rows belong to streams that are asked for.
enum Whose {
    /// All of them.
    All,
    /// By the code of the stream's name: the sequence from which on its lines are asked for.
    ByCode(Vec<u64>),
    /// Each has to be looked up.
    Each(Arc<Asked>),
}

/// Returns what may be asked for of these parts, of those that are known to be damaged by piece; reads only the
/// streams' names.
pub fn blocks(parts: &[Arc<Part>], asked: &Arc<Asked>) -> Vec<Block> {
    let window = asked.window();
    let in_window = parts.iter().filter(|part| part.meets(window));
    let in_window = in_window.flat_map(Part::known_pieces);
    let block = |part: Arc<Part>| Block {
        rows: part.rows_within(window),
        whose: Whose::of(&part, asked),
        part,
    };
    let blocks = in_window.map(block);
    blocks.filter(|block| !block.rows.is_empty()).collect()
}

impl Whose {
    fn of(part: &Part, asked: &Arc<Asked>) -> Whose {
        let Some(names) = texts_of_all(part, "stream") else {
            return Whose::Each(asked.clone());
        };
        // Where each row has a name of its own, there is nothing to be gained.
        if names.texts.len() >= part.len() && part.len() > 1 {
            return Whose::Each(asked.clone());
        }
        let since = |name: &str| asked.streams.get(name).copied().unwrap_or(u64::MAX);
        let since: Vec<u64> = names.texts.iter().map(since).collect();
        if since.iter().all(|&since| since <= part.first_sequence()) {
            return Whose::All;
        }
        Whose::ByCode(since)
    }
}

impl Block {
    /// Tells whether a row belongs to a stream that is asked for.
    pub fn has(&self, row: usize) -> bool {
        let since = match &self.whose {
            Whose::All => return true,
            Whose::ByCode(since) => texts_of_all(&self.part, "stream")
                .and_then(|names| names.codes.get(row))
                .and_then(|code| since.get(code).copied()),
            Whose::Each(asked) => {
                let name = self.part.text("stream").get(row);
                name.and_then(|name| asked.streams.get(&*name).copied())
            }
        };
        // A sequence that no line has stands for streams that are not asked for.
        since.is_some_and(|since| since < u64::MAX && self.part.sequence(row) >= since)
    }

    /// Returns the position of a row.
    pub fn position(&self, row: usize) -> u128 {
        position_of(&self.part, row)
    }

    /// Returns the first of its rows for which `is_before` no longer holds; it holds for those before.
    pub fn partition(&self, is_before: impl Fn(u128) -> bool) -> usize {
        let (mut start, mut end) = (self.rows.start, self.rows.end);
        while start < end {
            let middle = start + (end - start) / 2;
            if is_before(self.position(middle)) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }
}

/// Returns the texts of a field that every row has, if all are plain texts.
pub fn texts_of_all<'a>(part: &'a Part, name: &str) -> Option<&'a Strs> {
    let [column] = part.columns_named(name) else {
        return None;
    };
    match (&column.present, &column.data) {
        (Presence::All, ColumnData::Str(strs)) => Some(strs),
        _ => None,
    }
}

/// Returns the integers of a field that every row has, if all are integers.
pub fn ints_of_all<'a>(part: &'a Part, name: &str) -> Option<&'a IntValues> {
    let [column] = part.columns_named(name) else {
        return None;
    };
    match (&column.present, &column.data) {
        (Presence::All, ColumnData::Int(ints)) => Some(&ints.values),
        _ => None,
    }
}

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    part: Arc<Part>,
    row: usize,
}

impl Line {
    /// Returns the line in a row.
    pub fn of(part: &Arc<Part>, row: usize) -> Line {
        let part = part.clone();
        Line { part, row }
    }

    /// Returns where the line stands; unique in its group.
    pub fn position(&self) -> u128 {
        position_of(&self.part, self.row)
    }

    /// Returns the time that its sender gave it, in milliseconds since the epoch.
    pub fn time_ms(&self) -> i64 {
        let time = self.part.times().get(self.row);
        time.map_or(0, |time| time / MILLISECOND)
    }

    /// Returns its number, which rises with arrival.
    pub fn sequence(&self) -> u64 {
        self.part.sequence(self.row)
    }

    /// Returns the name of its stream.
    pub fn stream(&self) -> Cow<'_, str> {
        self.text(self.part.text("stream"))
    }

    /// Returns what it says.
    pub fn message(&self) -> Cow<'_, str> {
        self.text(self.part.text("message"))
    }

    /// Returns when it came, in milliseconds since the epoch.
    pub fn ingested_ms(&self) -> i64 {
        match self.part.value("ingested_ms", self.row) {
            Some(Value::Int(ingested_ms)) => ingested_ms,
            _ => self.time_ms(),
        }
    }

    fn text<'a>(&self, column: TextColumn<'a>) -> Cow<'a, str> {
        column.get(self.row).unwrap_or_default()
    }
}

/// Returns the position before which everything is older than a time, in milliseconds since the epoch.
pub fn start_of(time_ms: i64) -> u128 {
    position(time_ms.saturating_mul(MILLISECOND), 0)
}

/// Returns a position as the service writes ids and tokens: 56 digits.
pub fn position_text(position: u128) -> String {
    format!("{position:056}")
}

/// Reads what [`position_text`] wrote.
pub fn position_of_text(text: &str) -> Option<u128> {
    let is_whole = text.len() == 56 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole { text.parse().ok() } else { None }
}

fn position_of(part: &Part, row: usize) -> u128 {
    let time = part.times().get(row).copied().unwrap_or_default();
    position(time, part.sequence(row))
}

fn position(time: i64, sequence: u64) -> u128 {
    let time_ms = u64::try_from(time / MILLISECOND).unwrap_or(0);
    u128::from(time_ms) << 64 | u128::from(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back_the_same_and_order_as_their_texts_do() {
        let positions = [
            0,
            1,
            1 << 64,
            position(1_795_331_345_000_000_000, 7),
            u128::MAX,
        ];
        for pair in positions.windows(2) {
            assert!(position_text(pair[0]) < position_text(pair[1]));
        }
        for position in positions {
            assert_eq!(position_of_text(&position_text(position)), Some(position));
        }
        for odd in ["", "1", &"9".repeat(56), &"a".repeat(56), &"+".repeat(56)] {
            assert_eq!(position_of_text(odd), None, "{odd}");
        }
    }
}
