//! What can be read of a damaged segment: pieces of it, of which some lack some columns.
//!
//! A segment of which a block is damaged in one column is read as what comes before the block, the block, and what
//! comes after it. The block is a part like any other, but for the damaged column, which is not sound: a query that
//! reads that column misses the rows of the block, and any other misses nothing.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::{Buffer, ScalarBuffer};

use super::blocks;
use super::column::{Checks, Column, ColumnData};
use super::part::{Damage, Part, Rates, Sequences, Span};
use super::piece_columns::slice;
use super::piece_rare::{rare_places, rare_slice};
use super::rare::Rare;
use super::segment_read;
use super::texts::Texts;
use crate::model::time::Window;

// With more places than so many, neighbours are taken together.
const MOST_PLACES: usize = 32;

/// Returns the parts as they can be read: a damaged one as its pieces.
///
/// Of each part that meets the window the times and the named columns are read, the first time; others are as they
/// are.
pub fn readable(parts: Vec<Arc<Part>>, window: Window, names: &[&str]) -> Vec<Arc<Part>> {
    let mut readable = Vec::with_capacity(parts.len());
    for part in parts {
        match part.meets(window) {
            true => readable.extend(part.readable(names)),
            false => readable.push(part),
        }
    }
    readable
}

impl Part {
    /// Returns the part, or its pieces if its times or the named columns are damaged; reads them the first time.
    pub fn readable(self: &Arc<Part>, names: &[&str]) -> Vec<Arc<Part>> {
        match self.is_sound(names.iter().copied()) {
            true => vec![self.clone()],
            false => self.known_pieces(),
        }
    }

    /// Returns the part, or its pieces if it is all damaged anywhere; reads all of it the first time.
    pub fn wholly_readable(self: &Arc<Part>) -> Vec<Arc<Part>> {
        match self.is_wholly_sound() {
            true => vec![self.clone()],
            false => self.known_pieces(),
        }
    }

    /// Returns the part, or its pieces if it is known to be damaged; reads nothing of one that is not.
    pub fn known_pieces(self: &Arc<Part>) -> Vec<Arc<Part>> {
        match self.pieces() {
            Some(pieces) => pieces.to_vec(),
            None => vec![self.clone()],
        }
    }

    /// Returns the pieces of a part that is known to be damaged; `None` if it is not, or if it is not known where.
    pub fn pieces(&self) -> Option<&[Arc<Part>]> {
        let is_known = self.is_cut() || self.damage.found.get().is_some();
        if self.damage.is_piece || !is_known {
            return None;
        }
        let pieces = self.damage.pieces.get_or_init(|| match self.is_cut() {
            false => pieces_of(self),
            true => {
                let left = segment_read::read_what_is_left(self);
                let pieces = left.and_then(|part| match part.is_wholly_sound() {
                    true => Some(vec![Arc::new(part)]),
                    false => pieces_of(&part),
                });
                // What is mapped must not be read.
                Some(pieces.unwrap_or_else(|| vec![Arc::new(lost(self))]))
            }
        });
        pieces.as_deref()
    }

    /// Returns how many events are left out wherever what is damaged of them is needed.
    pub fn n_damaged(&self) -> usize {
        let Some(pieces) = self.pieces() else {
            return self.len();
        };
        let damaged = pieces.iter().filter(|piece| !piece.is_wholly_sound());
        damaged.map(|piece| piece.len()).sum()
    }
}

/// Where a part is damaged.
struct Places {
    events: Vec<Range<usize>>,
    // Of each column.
    columns: Vec<Vec<Range<usize>>>,
    // Of each rare field.
    rare: Vec<Vec<Range<usize>>>,
    // The rare values of which it is not known in which rows they are.
    entries: Vec<Range<usize>>,
}

impl Places {
    fn all(&self) -> impl Iterator<Item = &Range<usize>> {
        let columns = self.columns.iter().flatten();
        self.events
            .iter()
            .chain(columns)
            .chain(self.rare.iter().flatten())
    }

    // Where pieces begin and end.
    fn bounds(&self, n_rows: usize) -> Vec<usize> {
        let ends = self.all().flat_map(|place| [place.start, place.end]);
        let bounds: BTreeSet<usize> = ends.chain([0, n_rows]).collect();
        if bounds.len() <= 2 * MOST_PLACES {
            return bounds.into_iter().collect();
        }
        let step = n_rows.div_ceil(MOST_PLACES).max(1);
        let near = self.all().flat_map(|place| {
            let end = place.end.div_ceil(step).saturating_mul(step);
            [place.start / step * step, end.min(n_rows)]
        });
        let bounds: BTreeSet<usize> = near.chain([0, n_rows]).collect();
        bounds.into_iter().collect()
    }
}

/// Tells whether any of the places has one of the rows.
pub(super) fn meet(places: &[Range<usize>], rows: &Range<usize>) -> bool {
    let mut places = places.iter();
    places.any(|place| place.start < rows.end && rows.start < place.end)
}

// `None` if all bytes that count are as they were written, or if there are no sums by which to find out which are
// not.
fn pieces_of(part: &Part) -> Option<Vec<Arc<Part>>> {
    let sums = part.damage.blocks.as_ref()?;
    if sums.columns.len() != part.columns.len() {
        return None;
    }
    let (columns, column_places): (Vec<Column>, Vec<_>) = part
        .columns
        .iter()
        .zip(&sums.columns)
        .map(|(column, sums_of_it)| repaired(column, part.len(), sums.rows, sums_of_it))
        .unzip();
    let event_sum = |block| blocks::event_sum(part, block);
    let (rare, entries) = rare_places(&part.rare, sums, part.len());
    let places = Places {
        events: match part.checks.hold() {
            true => Vec::new(),
            false => sums.events.damaged(part.len(), sums.rows, event_sum),
        },
        columns: column_places,
        rare,
        entries,
    };
    let bounds = places.bounds(part.len());
    let ranges = bounds.iter().zip(bounds.iter().skip(1));
    let ranges: Vec<Range<usize>> = ranges.map(|(start, end)| *start..*end).collect();
    let mut pieces = Vec::new();
    for rows in &ranges {
        pieces.push(Arc::new(piece(part, &columns, &places, rows)));
    }
    Some(pieces)
}

// A part of which nothing can be read.
fn lost(part: &Part) -> Part {
    Part {
        lens: part.lens,
        dataset: part.dataset.clone(),
        times: vec![part.first_time(); part.len()].into(),
        rates: Rates::One,
        sequences: Sequences {
            first: part.sequences.first,
            offsets: None,
        },
        columns: Vec::new(),
        rare: Rare::default(),
        span: part.span,
        checks: Checks::known(false),
        file: part.file.clone(),
        damage: Damage {
            is_piece: true,
            ..Damage::default()
        },
    }
}

fn piece(part: &Part, columns: &[Column], places: &Places, rows: &Range<usize>) -> Part {
    let is_sound = !meet(&places.events, rows);
    let times = part.times.slice(rows.start, rows.len());
    let rates = match &part.rates {
        Rates::One => Rates::One,
        Rates::Each(rates) => Rates::Each(rates.slice(rows.start, rows.len())),
    };
    let weight = match is_sound {
        true => rates.weight(0, rows.len()),
        false => rows.len() as u64,
    };
    let (first_time, last_time) = match is_sound {
        true => (times.first().copied(), times.last().copied()),
        // Between those of the neighbours, as far as they are known.
        false => {
            let is_known = |row: &usize| !meet(&places.events, &(*row..*row + 1));
            let before = rows.start.checked_sub(1).filter(is_known);
            let after = Some(rows.end).filter(|row| *row < part.len() && is_known(row));
            let time = |row: usize| part.times.get(row).copied();
            (before.and_then(time), after.and_then(time))
        }
    };
    let columns = columns.iter().zip(&places.columns);
    Part {
        lens: part.lens,
        dataset: part.dataset.clone(),
        times,
        rates,
        sequences: Sequences {
            first: match part.sequences.offsets {
                None => part.sequences.first.saturating_add(rows.start as u64),
                Some(_) => part.sequences.first,
            },
            offsets: part
                .sequences
                .offsets
                .as_ref()
                .map(|offsets| offsets.slice(rows.start, rows.len())),
        },
        columns: columns
            .map(|(column, places)| slice(column, rows, !meet(places, rows)))
            .collect(),
        rare: rare_slice(&part.rare, (&places.rare, &places.entries), rows),
        span: Span {
            n_rows: rows.len(),
            first_time: first_time.unwrap_or(part.first_time()),
            last_time: last_time.unwrap_or(part.last_time()),
            weight,
        },
        checks: Checks::known(is_sound),
        file: part.file.clone(),
        damage: Damage {
            is_piece: true,
            ..Damage::default()
        },
    }
}

// The column with the texts of its dictionary from whichever copy is whole, and where it is damaged all the same.
fn repaired(
    column: &Column,
    n_rows: usize,
    length: usize,
    sums: &blocks::Sums,
) -> (Column, Vec<Range<usize>>) {
    let same = Column::new(
        column.name.clone(),
        column.present.clone(),
        column.data.clone(),
    );
    if column.checks.hold() {
        return (same, Vec::new());
    }
    let mut repaired = same;
    if let (ColumnData::Str(strs), Some([offsets, bytes])) =
        (&mut repaired.data, &column.checks.dictionary)
    {
        let whole = |copies: &[(Buffer, u32); 2]| {
            let mut copies = copies.iter();
            let whole = copies.find(|(buffer, sum)| crc32fast::hash(buffer.as_slice()) == *sum);
            whole.map(|(buffer, _)| buffer.clone())
        };
        let Some((offsets, bytes)) = whole(offsets).zip(whole(bytes)) else {
            return (repaired, std::iter::once(0..n_rows).collect());
        };
        let n_offsets = offsets.len() / size_of::<i32>();
        strs.texts = Texts::new(ScalarBuffer::new(offsets, 0, n_offsets), bytes);
    }
    let column_sum = |block| blocks::column_sum(&repaired, block);
    let damaged = sums.damaged(n_rows, length, column_sum);
    (repaired, damaged)
}

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
