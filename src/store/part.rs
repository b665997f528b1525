//! Events of one dataset by column, sorted by time, which never change any more.
//!
//! What has just come in is a part in memory; what was sealed is a part whose columns are a mapped file.
//! Readers cannot tell one from the other.

use std::sync::Arc;
use std::sync::OnceLock;

use arrow_buffer::{BooleanBuffer, ScalarBuffer};

use super::blocks::BlockSums;
use super::build::ValueRef;
use super::column::{Checks, Column, ColumnData, kind};
use super::rare::Rare;
use crate::model::span::{Lens, Value};
use crate::model::time::Window;

/// Events of one dataset by column, oldest first.
#[derive(Debug)]
pub struct Part {
    /// The lens that the dataset belongs to.
    pub lens: Lens,
    /// The dataset's name, as it was spelt first in this part.
    pub dataset: Arc<str>,
    pub(super) times: ScalarBuffer<i64>,
    pub(super) rates: Rates,
    pub(super) sequences: Sequences,
    // Sorted by name, then by type.
    pub(super) columns: Vec<Column>,
    // The fields that few rows have; no field is both here and there.
    pub(super) rare: Rare,
    pub(super) span: Span,
    // Of times, rates and sequences.
    pub(super) checks: Checks,
    pub(super) file: Option<SegmentFile>,
    pub(super) damage: Damage,
}

/// What is known of the damage to a part.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Set once something was found.
    pub found: OnceLock<()>,
    /// Set once its file was found to be shorter than what is mapped of it.
    pub cut: OnceLock<()>,
    /// By what it is found out where the damage is; `None` for files of earlier versions.
    pub blocks: Option<BlockSums>,
    /// What can be read of it.
    pub pieces: OnceLock<Option<Vec<Arc<Part>>>>,
    /// Whether it is such a piece itself.
    pub is_piece: bool,
}

/// What is known of a part without reading its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub n_rows: usize,
    pub first_time: i64,
    pub last_time: i64,
    /// The sum of all sample rates.
    pub weight: u64,
}

/// The file that a sealed part is mapped from.
#[derive(Debug, Clone)]
pub(super) struct SegmentFile {
    pub path: std::path::PathBuf,
    /// Its number; later files have larger ones.
    pub number: u64,
    /// All of it.
    pub map: arrow_buffer::Buffer,
    /// Whether that is a map of the file, and not a copy of it.
    pub is_mapped: bool,
    /// What its bytes add up to by its name.
    pub sum: Option<u32>,
    /// The first and last journal file whose events it holds.
    pub journal: (u64, u64),
    /// How often its events have been merged.
    pub level: u32,
    /// The largest sequence of its events.
    pub last_sequence: u64,
}

/// How many events each row stands for.
#[derive(Debug, Clone)]
pub enum Rates {
    /// One, all of them.
    One,
    /// At least 1, one for each row.
    Each(ScalarBuffer<u32>),
}

/// In which order rows came in: a number for each, unique in the store.
#[derive(Debug, Clone)]
pub(super) struct Sequences {
    /// The smallest.
    pub first: u64,
    /// By how much each row's is larger; `None` if by the row's own number.
    pub offsets: Option<ScalarBuffer<u32>>,
}

impl Part {
    /// Returns the events of a batch as a part.
    pub fn of(batch: &crate::model::span::Batch) -> Part {
        super::build::PartBuilder::of(batch).finish()
    }

    /// Returns the part as if it had come into a store that had taken `first` events before.
    #[cfg(test)]
    pub(crate) fn numbered_from(mut self, first: u64) -> Part {
        self.sequences.first = first;
        self
    }

    /// Returns the number of events.
    pub fn len(&self) -> usize {
        self.span.n_rows
    }

    /// Tells whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns each row's time, ascending, nanoseconds since the epoch.
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// Returns how many events each row stands for.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Returns how many events all rows stand for.
    pub fn weight(&self) -> u64 {
        self.span.weight
    }

    /// Returns a row's number: unique in the store, rising with arrival, the same after a restart.
    ///
    /// Of spans only the smallest of a part is kept. A row that does not exist has `u64::MAX`.
    pub fn sequence(&self, row: usize) -> u64 {
        if row >= self.len() {
            return u64::MAX;
        }
        let offset = match &self.sequences.offsets {
            None => row as u64,
            Some(offsets) => offsets.get(row).map_or(0, |&offset| offset.into()),
        };
        self.sequences.first.saturating_add(offset)
    }

    /// Returns the smallest number of its rows.
    pub fn first_sequence(&self) -> u64 {
        self.sequences.first
    }

    /// Returns the largest number of its rows, as [`Part::sequence`] gives them.
    pub fn last_sequence(&self) -> u64 {
        if let Some(file) = &self.file {
            return file.last_sequence;
        }
        let offset = match &self.sequences.offsets {
            None => (self.len() as u64).saturating_sub(1),
            Some(offsets) => offsets.iter().max().map_or(0, |&offset| offset.into()),
        };
        self.sequences.first.saturating_add(offset)
    }

    /// Returns the time of the oldest event.
    pub fn first_time(&self) -> i64 {
        self.span.first_time
    }

    /// Returns the time of the newest event.
    pub fn last_time(&self) -> i64 {
        self.span.last_time
    }

    /// Tells whether any event may lie inside `window`.
    pub fn meets(&self, window: Window) -> bool {
        !self.is_empty() && window.meets(self.first_time(), self.last_time())
    }

    /// Returns the rows inside `window`, which all lie together.
    pub fn rows_within(&self, window: Window) -> std::ops::Range<usize> {
        // Without a look at the times, if that can be.
        if window.contains(self.first_time()) && window.contains(self.last_time()) {
            return 0..self.len();
        }
        if self.is_cut() {
            // The reader finds out; here it is not known.
            return 0..self.len();
        }
        let start = self.times.partition_point(|&time| time < window.start);
        let end = self.times.partition_point(|&time| time < window.end);
        start..end.max(start)
    }

    /// Returns the columns of fields that are not rare: sorted by name, and then by type.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the names of all fields; one that has several types may come several times.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        let dense = self.columns.iter().map(|column| &column.name);
        dense.chain(self.rare.fields.iter().map(|field| &field.name))
    }

    /// Hands out every value with its field's name and its row.
    pub(super) fn each_value<'p>(
        &'p self,
        mut take: impl FnMut(&'p Arc<str>, usize, ValueRef<'p>),
    ) {
        for column in &self.columns {
            for row in 0..self.len() {
                if let Some(value) = column.value_ref(row) {
                    take(&column.name, row, value);
                }
            }
        }
        for field in &self.rare.fields {
            for run in &field.runs {
                let entries = self.rare.entries(*run);
                entries.for_each(|(row, value)| take(&field.name, row as usize, value));
            }
        }
    }

    /// Returns the fields by their names and types: `last` is the last row that has a value of the type.
    pub fn fields(&self) -> impl Iterator<Item = FieldSeen<'_>> {
        // Of a file that was cut, which rows have a value is not known.
        let of_cut = self.len().checked_sub(1).filter(|_| self.is_cut());
        let dense = self.columns.iter().filter_map(move |column| {
            Some(FieldSeen {
                name: &column.name,
                kind: FieldKind::of(column.data.kind()),
                last: of_cut.or_else(|| column.present.last(self.len()))?,
            })
        });
        let rare = self.rare.fields.iter().flat_map(move |field| {
            field.runs.iter().filter_map(move |run| {
                let last = || self.rare.rows.get(run.end.checked_sub(1)?).copied();
                let last = match of_cut {
                    Some(row) => u32::try_from(row).ok()?,
                    None => last()?,
                };
                Some(FieldSeen {
                    name: &field.name,
                    kind: FieldKind::of(run.kind),
                    last: last as usize,
                })
            })
        });
        dense.chain(rare)
    }

    /// Returns the columns called `name`: one for each type that the field has had.
    ///
    /// Those of a rare field are made and kept as long as the part: this is for names that the code itself
    /// knows. For names that come from outside there is [`Part::columns_of`].
    pub fn columns_named(&self, name: &str) -> &[Column] {
        match (self.dense_columns(name), self.rare.field(name)) {
            ([], Some(field)) => self.rare.kept_columns(field, self.len()),
            (columns, _) => columns,
        }
    }

    /// Returns the same; those of a rare field are made anew each time.
    pub fn columns_of(&self, name: &str) -> PartColumns<'_> {
        match (self.dense_columns(name), self.rare.field(name)) {
            ([], Some(field)) => PartColumns::Made(self.rare.columns(field, self.len())),
            (columns, _) => PartColumns::Stored(columns),
        }
    }

    fn dense_columns(&self, name: &str) -> &[Column] {
        let start = self.columns.partition_point(|column| *column.name < *name);
        let rest = self.columns.get(start..).unwrap_or_default();
        let n = rest
            .iter()
            .take_while(|column| *column.name == *name)
            .count();
        rest.get(..n).unwrap_or_default()
    }

    /// Returns the value of field `name` in `row`.
    pub fn value(&self, name: &str, row: usize) -> Option<Value> {
        if let Some(field) = self.rare.field(name) {
            return self.rare.value(field, row);
        }
        let columns = self.dense_columns(name);
        columns.iter().find_map(|column| column.value(row))
    }

    /// Returns the texts of field `name`, for reading many rows.
    pub fn text(&self, name: &str) -> TextColumn<'_> {
        TextColumn(self.columns_named(name))
    }

    /// Tells whether times and the named columns are as they were written.
    ///
    /// Reads them all the first time it is asked. A part that is damaged stays so; the store names it.
    pub fn is_sound<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> bool {
        let holds_named = |name: &str| match self.rare.field(name) {
            Some(field) => !field.is_lost && self.rare.checks.hold(),
            None => {
                let mut columns = self.dense_columns(name).iter();
                columns.all(|column| column.checks.hold())
            }
        };
        let holds = !self.is_cut() && self.checks.hold() && names.into_iter().all(holds_named);
        if !holds {
            let _ = self.damage.found.set(());
        }
        holds
    }

    /// Tells whether [`Part::is_sound`] was asked about these columns and said no; reads nothing.
    pub(super) fn has_failed<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> bool {
        let has_failed = |name: &str| match self.rare.field(name) {
            Some(field) => field.is_lost || self.rare.checks.have_failed(),
            None => {
                let mut columns = self.dense_columns(name).iter();
                columns.any(|column| column.checks.have_failed())
            }
        };
        self.damage.cut.get().is_some()
            || self.checks.have_failed()
            || names.into_iter().any(has_failed)
    }

    /// Tells whether every byte of its file is as it was written, whether or not it means anything to us.
    pub(super) fn is_file_sound(&self) -> bool {
        let is_sound = |file: &SegmentFile| file.sum == Some(crc32fast::hash(&file.map));
        let holds = !self.is_cut() && self.file.as_ref().is_none_or(is_sound);
        if !holds {
            let _ = self.damage.found.set(());
        }
        holds
    }

    /// Tells whether all of it is as it was written; reads everything that was not yet read.
    pub fn is_wholly_sound(&self) -> bool {
        let names = self.columns.iter().map(|column| &*column.name);
        let lost = self.rare.fields.iter().find(|field| field.is_lost);
        let rare = lost.or(self.rare.fields.first()).map(|field| &*field.name);
        let names: Vec<&str> = names.chain(rare).collect();
        self.is_sound(names)
    }

    /// Tells whether its file has become shorter than what is mapped of it: to read what is not there any more
    /// would end the process.
    ///
    /// Whatever reads a part asks [`Part::is_sound`] first, which asks this. What is left open is the moment between
    /// that and the reading.
    pub(super) fn is_cut(&self) -> bool {
        let Some(file) = self.file.as_ref().filter(|file| file.is_mapped) else {
            return false;
        };
        // A file that was deleted stays as it was for as long as it is mapped.
        let is_shorter = |found: std::fs::Metadata| found.len() < file.bytes();
        if self.damage.cut.get().is_none() && file.path.metadata().is_ok_and(is_shorter) {
            let _ = self.damage.cut.set(());
        }
        self.damage.cut.get().is_some()
    }

    /// Returns the order of arrival as far as it is kept in files: for lines and segment documents, which have no
    /// other.
    pub(super) fn kept_sequences(&self) -> Option<&ScalarBuffer<u32>> {
        let offsets = self.sequences.offsets.as_ref();
        offsets.filter(|_| self.lens != Lens::Spans)
    }
}

/// A field of a part and one of its types.
#[derive(Debug, Clone, Copy)]
pub struct FieldSeen<'a> {
    /// Its name.
    pub name: &'a Arc<str>,
    /// The type of its values.
    pub kind: FieldKind,
    /// The last row that has one.
    pub last: usize,
}

/// The type of a field's values, as senders know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKind {
    /// Texts, ids too.
    Text,
    /// Integers.
    Int,
    /// Doubles.
    Float,
    /// Truths.
    Bool,
}

impl FieldKind {
    fn of(kind: usize) -> FieldKind {
        match kind {
            kind::INT => FieldKind::Int,
            kind::FLOAT => FieldKind::Float,
            kind::BOOL => FieldKind::Bool,
            _ => FieldKind::Text,
        }
    }
}

/// The columns of one field of a part.
#[derive(Debug)]
pub enum PartColumns<'a> {
    /// As they are stored.
    Stored(&'a [Column]),
    /// Made of a rare field's values.
    Made(Box<[Column]>),
}

impl std::ops::Deref for PartColumns<'_> {
    type Target = [Column];

    fn deref(&self) -> &[Column] {
        match self {
            PartColumns::Stored(columns) => columns,
            PartColumns::Made(columns) => columns,
        }
    }
}

/// The texts of a field, for reading many rows. Values of other types are passed over.
#[derive(Debug, Clone, Copy)]
pub struct TextColumn<'a>(&'a [Column]);

impl<'a> TextColumn<'a> {
    /// Returns the text in `row`; texts that are hexadecimal ids are written out.
    pub fn get(&self, row: usize) -> Option<std::borrow::Cow<'a, str>> {
        let column = self.0.iter().find(|column| column.present.has(row))?;
        match &column.data {
            ColumnData::Str(strs) => Some(strs.get(row).into()),
            ColumnData::Hex(_) => {
                let value = column.value(row)?;
                value.text().map(|text| text.to_string().into())
            }
            ColumnData::Int(_) | ColumnData::Float(_) | ColumnData::Bool(_) => None,
        }
    }
}

impl SegmentFile {
    /// Returns how many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.map.len() as u64
    }
}

impl Rates {
    /// Returns how many events `row` stands for.
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Rates::One => 1,
            Rates::Each(rates) => rates.get(row).copied().unwrap_or(1),
        }
    }

    /// Returns how many events rows `start..end` stand for.
    pub fn weight(&self, start: usize, end: usize) -> u64 {
        match self {
            Rates::One => end.saturating_sub(start) as u64,
            Rates::Each(rates) => {
                let rates = rates.get(start..end).unwrap_or_default();
                rates.iter().map(|&rate| u64::from(rate)).sum()
            }
        }
    }
}

/// Returns the bits of `n_rows` rows of which `rows`, ascending, are set.
pub(super) fn bits_of(rows: &[u32], n_rows: usize) -> BooleanBuffer {
    let mut bytes = vec![0u8; n_rows.div_ceil(8)];
    for &row in rows {
        if let Some(byte) = bytes.get_mut(row as usize / 8) {
            *byte |= 1 << (row % 8);
        }
    }
    BooleanBuffer::new(arrow_buffer::Buffer::from_vec(bytes), 0, n_rows)
}
