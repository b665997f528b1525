//! The lines of a log group in the order in which they are read, and places among them.
//!
//! A line's position is its time and, where times are the same, its arrival. It never changes, so
//! it is the line's id and what page tokens are made of.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::model::span::Value;
use crate::model::time::{MILLISECOND, Window};
use crate::store::{Part, TextColumn};

/// Which lines to find.
pub struct Asked {
    /// Streams, and the sequence from which on lines are theirs.
    pub streams: HashMap<String, u64>,
    /// Milliseconds since the epoch, inclusive.
    pub from_ms: i64,
    /// Milliseconds since the epoch, inclusive.
    pub until_ms: i64,
}

/// Lines by position.
pub struct Lines {
    parts: Vec<Arc<Part>>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    position: u128,
    part_idx: u32,
    row: u32,
}

/// One line.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    part: &'a Part,
    place: Place,
}

impl Lines {
    /// Finds the lines that are asked for; reads every part that may hold some.
    pub fn find(parts: Vec<Arc<Part>>, asked: &Asked) -> Lines {
        let window = Window {
            start: asked.from_ms.saturating_mul(MILLISECOND),
            end: asked.until_ms.saturating_add(1).saturating_mul(MILLISECOND),
        };
        let mut places = Vec::new();
        for (part_idx, part) in parts.iter().enumerate().filter(|(_, it)| it.meets(window)) {
            let streams = part.text("stream");
            for row in part.rows_within(window) {
                let time = part.times().get(row).copied().unwrap_or_default();
                let sequence = part.sequence(row);
                let since = streams
                    .get(row)
                    .and_then(|stream| asked.streams.get(&*stream));
                let is_asked = since.is_some_and(|&it| sequence >= it);
                if is_asked {
                    let (part_idx, row) = (part_idx as u32, row as u32);
                    places.push(Place {
                        position: position(time, sequence),
                        part_idx,
                        row,
                    });
                }
            }
        }
        places.sort_unstable_by_key(|place| place.position);
        Lines { parts, places }
    }

    /// Returns all lines, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Line<'_>> {
        self.places.iter().filter_map(|&place| self.line(place))
    }

    /// Returns the lines after a position, oldest first.
    pub fn after(&self, position: u128) -> impl Iterator<Item = Line<'_>> {
        let start = self
            .places
            .partition_point(|place| place.position <= position);
        self.places
            .iter()
            .skip(start)
            .filter_map(|&place| self.line(place))
    }

    /// Returns the lines before a position, newest first.
    pub fn before(&self, position: u128) -> impl Iterator<Item = Line<'_>> {
        let end = self
            .places
            .partition_point(|place| place.position < position);
        self.places
            .iter()
            .take(end)
            .rev()
            .filter_map(|&place| self.line(place))
    }

    fn line(&self, place: Place) -> Option<Line<'_>> {
        Some(Line {
            part: self.parts.get(place.part_idx as usize)?,
            place,
        })
    }
}

impl<'a> Line<'a> {
    /// Returns the line in a row.
    pub fn of(part: &'a Part, row: usize) -> Line<'a> {
        let time = part.times().get(row).copied().unwrap_or_default();
        let place = Place {
            position: position(time, part.sequence(row)),
            part_idx: 0,
            row: row as u32,
        };
        Line { part, place }
    }

    /// Returns where the line stands; unique in its group.
    pub fn position(&self) -> u128 {
        self.place.position
    }

    /// Returns the time that its sender gave it, in milliseconds since the epoch.
    pub fn time_ms(&self) -> i64 {
        self.part
            .times()
            .get(self.row())
            .map_or(0, |time| time / MILLISECOND)
    }

    /// Returns the name of its stream.
    pub fn stream(&self) -> Cow<'a, str> {
        self.text(self.part.text("stream"))
    }

    /// Returns what it says.
    pub fn message(&self) -> Cow<'a, str> {
        self.text(self.part.text("message"))
    }

    /// Returns when it came, in milliseconds since the epoch.
    pub fn ingested_ms(&self) -> i64 {
        match self.part.value("ingested_ms", self.row()) {
            Some(Value::Int(ingested_ms)) => ingested_ms,
            _ => self.time_ms(),
        }
    }

    fn text(&self, column: TextColumn<'a>) -> Cow<'a, str> {
        column.get(self.row()).unwrap_or_default()
    }

    fn row(&self) -> usize {
        self.place.row as usize
    }
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
