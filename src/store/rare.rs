//! The attributes that few events have: an entry for each value, not one for each row.
//!
//! A thousand names that one event each has cost a thousand entries. As columns they would cost a thousand
//! times the number of rows.

use std::sync::{Arc, OnceLock};

use arrow_buffer::{Buffer, ScalarBuffer};

use super::build::ValueRef;
use super::column::{Checks, Codes, Column, ColumnData, Floats, Hexes, Ints, Presence, Strs, kind};
use super::hex;
use super::part::bits_of;
use super::texts::{Dictionary, MOST_BYTES, Texts};
use crate::model::span::Value;

/// An attribute is rare if fewer than one row in so many has it.
pub const ONE_IN: usize = 16;
/// A part of few rows has no rare attributes: as columns they cost little.
pub const FEW_ROWS: usize = 256;
// Unless there are so many that the columns themselves cost more than their values.
const MANY_FIELDS: usize = 256;

/// Tells whether a field that `n_present` of `n_rows` rows have is kept by its values alone, in a part of
/// `n_fields` fields.
pub fn is_rare(n_present: usize, n_rows: usize, n_fields: usize) -> bool {
    let is_large = n_rows >= FEW_ROWS || n_fields > MANY_FIELDS;
    let is_wide = n_fields > MANY_FIELDS && n_rows < ONE_IN;
    is_wide || is_large && n_present.saturating_mul(ONE_IN) < n_rows
}

/// All rare attributes of a part. The entries of a field lie together, by type and then by row.
#[derive(Debug)]
pub struct Rare {
    // Sorted by name.
    pub(super) fields: Vec<RareField>,
    // One for each entry: its row.
    pub(super) rows: ScalarBuffer<u32>,
    // Integers, and truths as 0 and 1.
    pub(super) ints: ScalarBuffer<i64>,
    pub(super) floats: ScalarBuffer<f64>,
    // Texts, and ids as their digits.
    pub(super) texts: Texts,
    pub(super) checks: Checks,
}

/// A field that few rows have.
#[derive(Debug)]
pub struct RareField {
    /// Its name.
    pub name: Arc<str>,
    /// Its entries, one run for each type.
    pub runs: Vec<Run>,
    /// Whether its values are not known, because they are damaged.
    pub is_lost: bool,
    // As columns, for names that the code itself knows.
    columns: OnceLock<Box<[Column]>>,
}

/// The entries of a field that are of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The type, see [`kind`].
    pub kind: usize,
    /// The first entry.
    pub start: usize,
    /// The entry behind the last.
    pub end: usize,
}

impl RareField {
    pub(super) fn new(name: Arc<str>, runs: Vec<Run>) -> RareField {
        RareField {
            name,
            runs,
            is_lost: false,
            columns: OnceLock::new(),
        }
    }

    /// Returns how many values it has.
    pub fn n_values(&self) -> usize {
        self.runs.iter().map(|run| run.end - run.start).sum()
    }
}

impl Default for Rare {
    fn default() -> Rare {
        RareBuilder::default().finish()
    }
}

impl Rare {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns a field by its name.
    pub fn field(&self, name: &str) -> Option<&RareField> {
        let place = self
            .fields
            .binary_search_by(|field| (*field.name).cmp(name));
        self.fields.get(place.ok()?)
    }

    /// Returns the rows and values of a run, ascending by row.
    pub fn entries(&self, run: Run) -> impl Iterator<Item = (u32, ValueRef<'_>)> {
        (run.start..run.end).filter_map(move |entry| {
            let row = *self.rows.get(entry)?;
            Some((row, self.value_ref(run.kind, entry)?))
        })
    }

    fn value_ref(&self, kind: usize, entry: usize) -> Option<ValueRef<'_>> {
        Some(match kind {
            kind::INT => ValueRef::Int(*self.ints.get(entry)?),
            kind::FLOAT => ValueRef::Float(*self.floats.get(entry)?),
            kind::BOOL => ValueRef::Bool(*self.ints.get(entry)? != 0),
            _ => ValueRef::Str(self.texts.get(entry)),
        })
    }

    /// Returns the value that `row` has of a field.
    pub fn value(&self, field: &RareField, row: usize) -> Option<Value> {
        let row = u32::try_from(row).ok()?;
        field.runs.iter().find_map(|run| {
            let rows = self.rows.get(run.start..run.end)?;
            let entry = run.start + rows.binary_search(&row).ok()?;
            Some(match self.value_ref(run.kind, entry)? {
                ValueRef::Int(int) => Value::Int(int),
                ValueRef::Float(float) => Value::Float(float),
                ValueRef::Bool(truth) => Value::Bool(truth),
                ValueRef::Str(text) => Value::Str(text.into()),
                ValueRef::Hex(_) => return None,
            })
        })
    }

    /// Returns a field as columns of `n_rows` rows.
    pub fn columns(&self, field: &RareField, n_rows: usize) -> Box<[Column]> {
        let columns = field.runs.iter();
        columns
            .map(|run| self.column(field.name.clone(), *run, n_rows))
            .collect()
    }

    /// Does the same, and keeps them.
    pub fn kept_columns<'r>(&self, field: &'r RareField, n_rows: usize) -> &'r [Column] {
        field.columns.get_or_init(|| self.columns(field, n_rows))
    }

    fn column(&self, name: Arc<str>, run: Run, n_rows: usize) -> Column {
        let rows = self.rows.get(run.start..run.end).unwrap_or_default();
        let rows: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|row| (*row as usize) < n_rows)
            .collect();
        let present = Presence::Some(bits_of(&rows, n_rows), rows.len());
        let entries = self.entries(run);
        let data = match run.kind {
            kind::HEX_8 => ColumnData::Hex(ids(8, entries, n_rows)),
            kind::HEX_16 => ColumnData::Hex(ids(16, entries, n_rows)),
            kind::INT => {
                let ints = dense(entries, n_rows, |value| match value {
                    ValueRef::Int(int) => int,
                    _ => 0,
                });
                ColumnData::Int(Ints::new(ints, &present))
            }
            kind::FLOAT => {
                let floats = dense(entries, n_rows, |value| match value {
                    ValueRef::Float(float) => float,
                    _ => 0.0,
                });
                ColumnData::Float(Floats::new(floats, &present))
            }
            kind::BOOL => {
                let are_true = entries.filter(|(_, value)| *value == ValueRef::Bool(true));
                let are_true: Vec<u32> = are_true.map(|(row, _)| row).collect();
                ColumnData::Bool(bits_of(&are_true, n_rows))
            }
            _ => {
                let mut dictionary = Dictionary::default();
                let codes = dense(entries, n_rows, |value| match value {
                    ValueRef::Str(text) => dictionary.code(text),
                    _ => 0,
                });
                let texts = dictionary.finish();
                let codes = Codes::narrow(codes, texts.len());
                ColumnData::Str(Strs { codes, texts })
            }
        };
        Column::new(name, present, data)
    }
}

fn dense<'v, T: Copy + Default>(
    entries: impl Iterator<Item = (u32, ValueRef<'v>)>,
    n_rows: usize,
    mut of: impl FnMut(ValueRef<'v>) -> T,
) -> Vec<T> {
    let mut all = vec![T::default(); n_rows];
    for (row, value) in entries {
        if let Some(place) = all.get_mut(row as usize) {
            *place = of(value);
        }
    }
    all
}

fn ids<'v>(
    width: usize,
    entries: impl Iterator<Item = (u32, ValueRef<'v>)>,
    n_rows: usize,
) -> Hexes {
    let mut bytes = vec![0; n_rows * width];
    for (row, value) in entries {
        let ValueRef::Str(text) = value else { continue };
        let start = row as usize * width;
        let Some(((id, length), place)) =
            hex::bytes_of(text).zip(bytes.get_mut(start..start + width))
        else {
            continue;
        };
        if length == width {
            place.copy_from_slice(id.get(..width).unwrap_or_default());
        }
    }
    Hexes {
        width,
        bytes: Buffer::from_vec(bytes),
    }
}

/// Makes the rare attributes of a part, field by field in the order of their names.
#[derive(Debug, Default)]
pub struct RareBuilder {
    fields: Vec<RareField>,
    rows: Vec<u32>,
    ints: Vec<i64>,
    floats: Vec<f64>,
    ends: Vec<i32>,
    bytes: Vec<u8>,
}

impl RareBuilder {
    /// Adds the values of one field and type, in any order of their rows; the types of a field in their order.
    pub fn run(&mut self, name: &Arc<str>, kind: usize, mut entries: Vec<(u32, ValueRef<'_>)>) {
        if entries.is_empty() {
            return;
        }
        entries.sort_by_key(|(row, _)| *row);
        let start = self.rows.len();
        for (row, value) in entries {
            self.push(row, value);
        }
        let run = Run {
            kind,
            start,
            end: self.rows.len(),
        };
        match self.fields.last_mut().filter(|field| field.name == *name) {
            Some(field) => field.runs.push(run),
            None => self.fields.push(RareField::new(name.clone(), vec![run])),
        }
    }

    /// Adds a field of which no value is known.
    pub fn lost(&mut self, name: &Arc<str>) {
        let mut field = RareField::new(name.clone(), Vec::new());
        field.is_lost = true;
        self.fields.push(field);
    }

    fn push(&mut self, row: u32, value: ValueRef<'_>) {
        let (mut int, mut float) = (0, 0.0);
        match value {
            ValueRef::Int(it) => int = it,
            ValueRef::Float(it) => float = it,
            ValueRef::Bool(it) => int = it.into(),
            ValueRef::Str(text) => self.push_text(text),
            ValueRef::Hex(id) => {
                let mut text = String::new();
                hex::push_text(&mut text, id);
                self.push_text(&text);
            }
        }
        self.rows.push(row);
        self.ints.push(int);
        self.floats.push(float);
        self.ends
            .push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    // What Arrow's offsets do not reach is kept empty, as in a dictionary; parts are far smaller.
    fn push_text(&mut self, text: &str) {
        if self.bytes.len() + text.len() <= MOST_BYTES {
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    /// Returns them.
    pub fn finish(self) -> Rare {
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends).collect();
        Rare {
            fields: self.fields,
            rows: self.rows.into(),
            ints: self.ints.into(),
            floats: self.floats.into(),
            texts: Texts::new(offsets.into(), Buffer::from_vec(self.bytes)),
            checks: Checks::default(),
        }
    }
}

#[cfg(test)]
#[path = "rare_tests.rs"]
mod tests;
