//! Makes a part from events as they come in.

use std::sync::Arc;

use arrow_buffer::{BooleanBuffer, Buffer};
use foldhash::{HashMap, HashMapExt};

use super::column::{Codes, Column, ColumnData, Floats, Hexes, Ints, Presence, Strs, kind};
use super::hex;
use super::merge;
use super::part::{Part, Rates, Sequences, Span, bits_of};
use super::texts::{Dictionary, Texts};
use crate::model::span::{Batch, Lens, Value};

/// A field's value, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// Text.
    Str(&'a str),
    /// The text of so many lower-case hexadecimal digits; 8 or 16 bytes.
    Hex(&'a [u8]),
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// A truth.
    Bool(bool),
}

/// Events of one dataset that are still coming in.
///
/// [`PartBuilder::begin_row`] starts an event, [`PartBuilder::put`] gives it a field, in any order.
pub struct PartBuilder {
    lens: Lens,
    dataset: Arc<str>,
    times: Vec<i64>,
    rates: Vec<u32>,
    columns: Vec<ColumnBuilder>,
    // From a name to the columns of its types.
    names: HashMap<Arc<str>, usize>,
    by_type: Vec<[Option<usize>; kind::COUNT]>,
    // The columns of the row before, in the order in which they came: most rows are like it.
    previous: Vec<usize>,
    current: Vec<usize>,
    data_bytes: usize,
}

struct ColumnBuilder {
    name: Arc<str>,
    name_idx: usize,
    // The rows that have a value, ascending, and their values.
    rows: Vec<u32>,
    values: Values,
    // Whether a value was taken away, so that the dictionary may have texts that no row has.
    has_popped: bool,
}

enum Values {
    Str(Vec<u32>, Dictionary),
    Hex(usize, Vec<u8>),
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
}

impl PartBuilder {
    /// Starts without events.
    pub fn new(lens: Lens, dataset: &str) -> PartBuilder {
        PartBuilder {
            lens,
            dataset: dataset.into(),
            times: Vec::new(),
            rates: Vec::new(),
            columns: Vec::new(),
            names: HashMap::new(),
            by_type: Vec::new(),
            previous: Vec::new(),
            current: Vec::new(),
            data_bytes: 0,
        }
    }

    /// Returns the part of a batch.
    pub fn of(batch: &Batch) -> PartBuilder {
        let mut builder = PartBuilder::new(batch.lens, &batch.dataset);
        for event in &batch.events {
            builder.begin_row(event.time, event.sample_rate);
            for (name, value) in &event.fields {
                builder.put(name, ValueRef::from(value));
            }
        }
        builder
    }

    /// Returns the number of events.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Tells whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Returns about how much memory the events take, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let dictionary = |column: &ColumnBuilder| match &column.values {
            Values::Str(_, dictionary) => dictionary.memory_bytes(),
            _ => 0,
        };
        let dictionaries: usize = self.columns.iter().map(dictionary).sum();
        // Columns are dense in the end: a byte or more for each row that lacks the value.
        self.data_bytes + dictionaries + self.len() * (12 + self.columns.len())
    }

    /// Begins an event; `time` is in nanoseconds since the epoch, a rate of 0 counts as 1.
    pub fn begin_row(&mut self, time: i64, sample_rate: u32) {
        std::mem::swap(&mut self.previous, &mut self.current);
        self.current.clear();
        self.times.push(time);
        self.rates.push(sample_rate.max(1));
    }

    /// Gives the last event a field; the later value counts if it has it already.
    pub fn put(&mut self, name: &str, value: ValueRef<'_>) {
        // One representation for each text: see `hex`.
        let found;
        let value = match value {
            ValueRef::Str(text) => match hex::bytes_of(text) {
                Some(id) => {
                    found = id;
                    ValueRef::Hex(found.0.get(..found.1).unwrap_or_default())
                }
                None => value,
            },
            ValueRef::Hex(bytes) if bytes.len() != 8 && bytes.len() != 16 => {
                let mut text = String::new();
                hex::push_text(&mut text, bytes);
                return self.put(name, ValueRef::Str(&text));
            }
            _ => value,
        };
        let Some(row) = self.times.len().checked_sub(1) else {
            return;
        };
        let row = row as u32;
        let place = self.place_of(name, kind_of(&value), row);
        if let Some(column) = self.columns.get_mut(place) {
            self.data_bytes += column.push(row, value);
        }
        self.current.push(place);
    }

    // The column for the value; an earlier value of the same row under this name is taken away.
    fn place_of(&mut self, name: &str, kind: usize, row: u32) -> usize {
        let guess = self.previous.get(self.current.len()).copied();
        let name_idx = match guess.and_then(|place| self.columns.get(place)) {
            Some(column) if *column.name == *name => column.name_idx,
            _ => self.name_idx(name),
        };
        let Some(types) = self.by_type.get_mut(name_idx) else {
            return usize::MAX;
        };
        for place in types.iter().flatten() {
            if let Some(column) = self.columns.get_mut(*place)
                && column.rows.last() == Some(&row)
            {
                column.pop();
            }
        }
        match types.get(kind).copied().flatten() {
            Some(place) => place,
            None => {
                let place = self.columns.len();
                types[kind] = Some(place);
                let name = self.name(name_idx, name);
                self.columns.push(ColumnBuilder {
                    name,
                    name_idx,
                    rows: Vec::new(),
                    values: Values::of_kind(kind),
                    has_popped: false,
                });
                place
            }
        }
    }

    fn name_idx(&mut self, name: &str) -> usize {
        if let Some(&idx) = self.names.get(name) {
            return idx;
        }
        let idx = self.by_type.len();
        self.by_type.push([None; kind::COUNT]);
        self.names.insert(name.into(), idx);
        idx
    }

    // One allocation for a name, whatever types it has.
    fn name(&self, name_idx: usize, name: &str) -> Arc<str> {
        let known = self.columns.iter().find(|it| it.name_idx == name_idx);
        let known = known.map(|column| column.name.clone());
        known.unwrap_or_else(|| match self.names.get_key_value(name) {
            Some((name, _)) => name.clone(),
            None => name.into(),
        })
    }

    /// Returns the part, sorted by time; events of one time stay in the order of arrival.
    pub fn finish(self) -> Part {
        let n_rows = self.len();
        let mut columns: Vec<Column> = self
            .columns
            .into_iter()
            .filter(|column| !column.rows.is_empty())
            .map(|column| column.finish(n_rows))
            .collect();
        columns.sort_by(|a, b| (&a.name, a.data.kind()).cmp(&(&b.name, b.data.kind())));
        let weight = self.rates.iter().map(|&rate| u64::from(rate)).sum();
        let rates = if weight == n_rows as u64 {
            Rates::One
        } else {
            Rates::Each(self.rates.into())
        };
        let is_sorted = self.times.is_sorted();
        let part = Part {
            lens: self.lens,
            dataset: self.dataset,
            span: Span {
                n_rows,
                first_time: self.times.iter().copied().min().unwrap_or(0),
                last_time: self.times.iter().copied().max().unwrap_or(0),
                weight,
            },
            times: self.times.into(),
            rates,
            sequences: Sequences {
                first: 0,
                offsets: None,
            },
            columns,
            checks: Default::default(),
            file: None,
            damage: Default::default(),
        };
        if is_sorted {
            part
        } else {
            merge::merged(&[&part])
        }
    }
}

impl ColumnBuilder {
    // Returns how many bytes the value takes.
    fn push(&mut self, row: u32, value: ValueRef<'_>) -> usize {
        let bytes = match (&mut self.values, value) {
            (Values::Str(codes, dictionary), ValueRef::Str(text)) => {
                codes.push(dictionary.code(text));
                4
            }
            (Values::Hex(width, ids), ValueRef::Hex(id)) => {
                ids.extend_from_slice(id);
                *width
            }
            (Values::Int(values), ValueRef::Int(int)) => {
                values.push(int);
                8
            }
            (Values::Float(values), ValueRef::Float(float)) => {
                values.push(float);
                8
            }
            (Values::Bool(values), ValueRef::Bool(bool)) => {
                values.push(bool);
                1
            }
            // The column was found by the value's type.
            _ => return 0,
        };
        self.rows.push(row);
        bytes + 4
    }

    fn pop(&mut self) {
        self.rows.pop();
        self.has_popped = true;
        match &mut self.values {
            Values::Str(codes, _) => drop(codes.pop()),
            Values::Hex(width, ids) => ids.truncate(ids.len().saturating_sub(*width)),
            Values::Int(values) => drop(values.pop()),
            Values::Float(values) => drop(values.pop()),
            Values::Bool(values) => drop(values.pop()),
        }
    }

    fn finish(self, n_rows: usize) -> Column {
        let rows = &self.rows;
        let present = if rows.len() == n_rows {
            Presence::All
        } else {
            Presence::Some(bits_of(rows, n_rows), rows.len())
        };
        let data = match self.values {
            Values::Str(codes, dictionary) => {
                let (codes, texts) = if self.has_popped {
                    only_used(&codes, &dictionary.finish())
                } else {
                    (codes, dictionary.finish())
                };
                ColumnData::Str(Strs {
                    codes: Codes::narrow(dense(rows, codes, n_rows), texts.len()),
                    texts,
                })
            }
            Values::Hex(width, ids) => ColumnData::Hex(Hexes {
                width,
                bytes: Buffer::from_vec(dense_ids(rows, ids, width, n_rows)),
            }),
            Values::Int(values) => {
                ColumnData::Int(Ints::new(dense(rows, values, n_rows), &present))
            }
            Values::Float(values) => {
                ColumnData::Float(Floats::new(dense(rows, values, n_rows), &present))
            }
            Values::Bool(values) => {
                let set: Vec<u32> = rows
                    .iter()
                    .zip(&values)
                    .filter(|(_, is_set)| **is_set)
                    .map(|(row, _)| *row)
                    .collect();
                let bits: BooleanBuffer = bits_of(&set, n_rows);
                ColumnData::Bool(bits)
            }
        };
        Column::new(self.name, present, data)
    }
}

// Every text of a dictionary is a row's: distinct values are counted by it.
fn only_used(codes: &[u32], texts: &Texts) -> (Vec<u32>, Texts) {
    let mut dictionary = Dictionary::default();
    let codes = codes
        .iter()
        .map(|&code| dictionary.code(texts.get(code as usize)));
    (codes.collect(), dictionary.finish())
}

fn dense<T: Copy + Default>(rows: &[u32], values: Vec<T>, n_rows: usize) -> Vec<T> {
    if rows.len() == n_rows {
        return values;
    }
    let mut dense = vec![T::default(); n_rows];
    for (&row, value) in rows.iter().zip(values) {
        if let Some(place) = dense.get_mut(row as usize) {
            *place = value;
        }
    }
    dense
}

fn dense_ids(rows: &[u32], ids: Vec<u8>, width: usize, n_rows: usize) -> Vec<u8> {
    if rows.len() == n_rows {
        return ids;
    }
    let mut dense = vec![0; n_rows * width];
    for (&row, id) in rows.iter().zip(ids.chunks_exact(width)) {
        let start = row as usize * width;
        if let Some(place) = dense.get_mut(start..start + width) {
            place.copy_from_slice(id);
        }
    }
    dense
}

impl Values {
    fn of_kind(kind: usize) -> Values {
        match kind {
            kind::HEX_8 => Values::Hex(8, Vec::new()),
            kind::HEX_16 => Values::Hex(16, Vec::new()),
            kind::INT => Values::Int(Vec::new()),
            kind::FLOAT => Values::Float(Vec::new()),
            kind::BOOL => Values::Bool(Vec::new()),
            _ => Values::Str(Vec::new(), Dictionary::default()),
        }
    }
}

fn kind_of(value: &ValueRef<'_>) -> usize {
    match value {
        ValueRef::Str(_) => kind::STR,
        ValueRef::Hex(bytes) if bytes.len() == 8 => kind::HEX_8,
        ValueRef::Hex(_) => kind::HEX_16,
        ValueRef::Int(_) => kind::INT,
        ValueRef::Float(_) => kind::FLOAT,
        ValueRef::Bool(_) => kind::BOOL,
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> ValueRef<'a> {
        match value {
            Value::Str(text) => ValueRef::Str(text),
            Value::Int(int) => ValueRef::Int(*int),
            Value::Float(float) => ValueRef::Float(*float),
            Value::Bool(bool) => ValueRef::Bool(*bool),
        }
    }
}
