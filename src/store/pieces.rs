//! What can be read of a damaged segment: pieces of it, of which some lack some columns.
//!
//! A segment of which a block is damaged in one column is read as what comes before the block, the block, and what
//! comes after it. The block is a part like any other, but for the damaged column, which is not sound: a query that
//! reads that column misses the rows of the block, and any other misses nothing.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::{BooleanBuffer, Buffer, ScalarBuffer};

use super::blocks::{self, BlockSums};
use super::column::{
    Checks, Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs,
};
use super::part::{Damage, Part, Rates, Sequences, Span};
use super::rare::{Rare, RareBuilder, RareField, Run};
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

fn meet(places: &[Range<usize>], rows: &Range<usize>) -> bool {
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
        rare: rare_slice(&part.rare, places, rows),
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
            return (repaired, vec![0..n_rows]);
        };
        let n_offsets = offsets.len() / size_of::<i32>();
        strs.texts = Texts::new(ScalarBuffer::new(offsets, 0, n_offsets), bytes);
    }
    let column_sum = |block| blocks::column_sum(&repaired, block);
    let damaged = sums.damaged(n_rows, length, column_sum);
    (repaired, damaged)
}

// The rows of these, with `is_sound` as the answer to whether they are as they were written.
fn slice(column: &Column, rows: &Range<usize>, is_sound: bool) -> Column {
    let (start, n) = (rows.start, rows.len());
    let bits = |bits: &BooleanBuffer| match rows.end <= bits.len() {
        true => BooleanBuffer::new(bits.slice(start, n).sliced(), 0, n),
        false => BooleanBuffer::new_unset(n),
    };
    let present = match &column.present {
        Presence::All => Presence::All,
        Presence::Some(all, _) => {
            let some = bits(all);
            let count = some.count_set_bits();
            Presence::Some(some, count)
        }
    };
    let data = match &column.data {
        ColumnData::Str(strs) => ColumnData::Str(match &strs.codes {
            Codes::Rows => Strs {
                codes: Codes::Rows,
                texts: text_slice(&strs.texts, rows),
            },
            codes => Strs {
                codes: match codes {
                    Codes::U8(codes) => Codes::U8(codes.slice(start, n)),
                    Codes::U16(codes) => Codes::U16(codes.slice(start, n)),
                    Codes::U32(codes) => Codes::U32(codes.slice(start, n)),
                    Codes::Rows => Codes::Rows,
                },
                texts: strs.texts.clone(),
            },
        }),
        ColumnData::Hex(hexes) => ColumnData::Hex(Hexes {
            width: hexes.width,
            bytes: hexes
                .bytes
                .slice_with_length(start * hexes.width, n * hexes.width),
        }),
        ColumnData::Int(ints) => {
            let values = match &ints.values {
                IntValues::I8(values) => IntValues::I8(values.slice(start, n)),
                IntValues::I16(values) => IntValues::I16(values.slice(start, n)),
                IntValues::I32(values) => IntValues::I32(values.slice(start, n)),
                IntValues::I64(values) => IntValues::I64(values.slice(start, n)),
            };
            ColumnData::Int(Ints::bounded(values, &present, n))
        }
        ColumnData::Float(floats) => {
            ColumnData::Float(Floats::bounded(floats.values.slice(start, n), &present))
        }
        ColumnData::Bool(values) => ColumnData::Bool(bits(values)),
    };
    let mut slice = Column::new(column.name.clone(), present, data);
    slice.checks = Checks::known(is_sound);
    slice
}

// Damaged offsets give empty texts; none of these is read.
fn text_slice(texts: &Texts, rows: &Range<usize>) -> Texts {
    let offsets = texts.offsets();
    let cut = || {
        let offsets = offsets.get(rows.start..rows.end.checked_add(1)?)?;
        let first = *offsets.first()?;
        let start = usize::try_from(first).ok()?;
        let end = usize::try_from(*offsets.last()?).ok()?;
        let n_bytes = end.checked_sub(start)?;
        (end <= texts.bytes().len()).then_some(())?;
        let rebased = offsets.iter().map(|offset| offset.saturating_sub(first));
        let offsets: Vec<i32> = rebased.collect();
        let bytes = texts.bytes().slice_with_length(start, n_bytes);
        Some(Texts::new(offsets.into(), bytes))
    };
    cut().unwrap_or_else(|| {
        Texts::new(
            vec![0; rows.len() + 1].into(),
            Buffer::from_vec(vec![0u8; 0]),
        )
    })
}

// Of each rare field, in which rows its values are not known; and of which values the rows are not.
fn rare_places(
    rare: &Rare,
    sums: &BlockSums,
    n_rows: usize,
) -> (Vec<Vec<Range<usize>>>, Vec<Range<usize>>) {
    if rare.checks.hold() {
        return (vec![Vec::new(); rare.fields.len()], Vec::new());
    }
    let (n, length) = (rare.rows.len(), sums.entries.max(1));
    let rows = sums
        .rare_rows
        .damaged(n, length, |block| blocks::rare_row_sum(rare, block));
    let values = sums
        .rare_values
        .damaged(n, length, |block| blocks::rare_value_sum(rare, block));
    let known_row = |entry: usize| {
        let is_known = !meet(&rows, &(entry..entry + 1));
        let row = *rare.rows.get(entry).filter(|_| is_known)?;
        usize::try_from(row).ok()
    };
    let places = |field: &RareField| {
        let mut places = Vec::new();
        for run in &field.runs {
            for block in rows
                .iter()
                .filter(|it| it.start < run.end && run.start < it.end)
            {
                // Rows rise within a run, so they lie between those of the neighbours.
                let before = block
                    .start
                    .checked_sub(1)
                    .filter(|before| *before >= run.start);
                let after = Some(block.end).filter(|after| *after < run.end);
                let start = before.and_then(known_row).unwrap_or(0).min(n_rows);
                let end = after.and_then(known_row).map_or(n_rows, |row| row + 1);
                places.push(start..end.clamp(start, n_rows));
            }
            for block in &values {
                for entry in block.start.max(run.start)..block.end.min(run.end) {
                    let row = known_row(entry).filter(|row| *row < n_rows);
                    places.extend(row.map(|row| row..row + 1));
                }
            }
        }
        places
    };
    let places = rare.fields.iter().map(places).collect();
    (places, rows)
}

fn rare_slice(rare: &Rare, places: &Places, rows: &Range<usize>) -> Rare {
    let mut slice = RareBuilder::default();
    for (field, its_places) in rare.fields.iter().zip(&places.rare) {
        if meet(its_places, rows) {
            slice.lost(&field.name);
            continue;
        }
        for run in &field.runs {
            let known = runs_without(*run, &places.entries);
            let entries = known.into_iter().flat_map(|run| rare.entries(run));
            let entries = entries.filter_map(|(row, value)| {
                let row = usize::try_from(row).ok().filter(|row| rows.contains(row))?;
                Some((u32::try_from(row - rows.start).ok()?, value))
            });
            slice.run(&field.name, run.kind, entries.collect());
        }
    }
    slice.finish()
}

// What is left of a run; `places` ascend.
fn runs_without(run: Run, places: &[Range<usize>]) -> Vec<Run> {
    let mut start = run.start;
    let mut runs = Vec::new();
    for place in places {
        let end = place.start.min(run.end);
        if start < end {
            runs.push(Run { start, end, ..run });
        }
        start = start.max(place.end);
    }
    if start < run.end {
        runs.push(Run { start, ..run });
    }
    runs
}

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
