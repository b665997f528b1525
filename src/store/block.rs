//! Up to 65,536 events of one dataset, by column.

use std::sync::Arc;

use foldhash::HashMap;

use super::codec::ValueRef;
use crate::model::span::Value;
use crate::model::time::Window;

/// Events in the order of arrival, each field a column of its own.
#[derive(Debug, Clone, Default)]
pub struct Block {
    times: Vec<i64>,
    sequences: Vec<u64>,
    sample_rates: Vec<u32>,
    columns: Vec<Column>,
    // From a name to its columns, one for each type that the field has had.
    by_name: HashMap<Arc<str>, Vec<usize>>,
    first_time: i64,
    last_time: i64,
    /// The journal file that holds these events; they leave together.
    pub(super) journal_file: u64,
}

/// One field's values of one type.
///
/// `rows` is ascending, and `data` holds one value for each entry of it, so that a field that few
/// events have costs little.
#[derive(Debug, Clone)]
pub struct Column {
    /// The field's name.
    pub name: Arc<str>,
    /// The rows that have a value, ascending.
    pub rows: Vec<u32>,
    /// Their values.
    pub data: ColumnData,
}

/// The values of a column.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// Codes into a dictionary.
    Str {
        /// One code for each row.
        codes: Vec<u32>,
        /// The texts, by code.
        dictionary: Vec<Arc<str>>,
        /// From a text to its code.
        index: HashMap<Arc<str>, u32>,
    },
    /// Integers.
    Int(Vec<i64>),
    /// Doubles.
    Float(Vec<f64>),
    /// Truths.
    Bool(Vec<bool>),
}

impl Block {
    /// The most rows in a block.
    pub const MAX_ROWS: usize = 65_536;

    pub(super) fn new(journal_file: u64) -> Block {
        Block {
            journal_file,
            ..Block::default()
        }
    }

    /// Returns the number of events.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Tells whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Returns each row's time, nanoseconds since the epoch.
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// Returns each row's sample rate, at least 1.
    pub fn sample_rates(&self) -> &[u32] {
        &self.sample_rates
    }

    /// Returns a row's number, unique in the store, rising with arrival, the same after a restart.
    ///
    /// A row that does not exist has `u64::MAX`.
    pub fn sequence(&self, row: usize) -> u64 {
        self.sequences.get(row).copied().unwrap_or(u64::MAX)
    }

    /// Returns the time of the newest event.
    pub fn last_time(&self) -> i64 {
        self.last_time
    }

    /// Tells whether any event may lie inside `window`.
    pub fn meets(&self, window: Window) -> bool {
        !self.is_empty() && window.meets(self.first_time, self.last_time)
    }

    /// Tells whether every event lies inside `window`.
    pub fn is_within(&self, window: Window) -> bool {
        window.contains(self.first_time) && window.contains(self.last_time)
    }

    /// Returns all columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the columns called `name`: one for each type that the field has had.
    pub fn columns_named(&self, name: &str) -> impl Iterator<Item = &Column> {
        self.by_name
            .get(name)
            .into_iter()
            .flatten()
            .filter_map(|&idx| self.columns.get(idx))
    }

    /// Returns the value of field `name` in `row`.
    pub fn value(&self, name: &str, row: usize) -> Option<Value> {
        self.columns_named(name)
            .find_map(|column| column.value(row))
    }

    /// Returns the text column called `name`.
    pub fn text(&self, name: &str) -> Option<TextColumn<'_>> {
        self.columns_named(name)
            .find_map(|column| match &column.data {
                ColumnData::Str {
                    codes, dictionary, ..
                } => Some(TextColumn {
                    rows: &column.rows,
                    codes,
                    dictionary,
                }),
                _ => None,
            })
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= Self::MAX_ROWS
    }

    /// Begins a row; its fields follow by [`Block::put`].
    pub(super) fn begin_row(&mut self, sequence: u64, time: i64, sample_rate: u32) {
        if self.is_empty() {
            (self.first_time, self.last_time) = (time, time);
        }
        self.first_time = self.first_time.min(time);
        self.last_time = self.last_time.max(time);
        self.times.push(time);
        self.sequences.push(sequence);
        self.sample_rates.push(sample_rate.max(1));
    }

    /// Puts a field of the last row. `places` are those of the field's name in this block, found once
    /// for many rows.
    pub(super) fn put(&mut self, name: &str, places: &mut Places, value: ValueRef<'_>) {
        let Some(row) = self.len().checked_sub(1) else {
            return;
        };
        let row = row as u32;
        // A field given twice: the later value counts, whatever its type.
        for place in places.0.iter().flatten() {
            if let Some(column) = self.columns.get_mut(*place) {
                column.pop_if_last(row);
            }
        }
        let kind = kind_of(&value);
        let place = places.0[kind].unwrap_or_else(|| self.place_of(name, kind));
        places.0[kind] = Some(place);
        if let Some(column) = self.columns.get_mut(place) {
            column.push(row, value);
        }
    }

    fn place_of(&mut self, name: &str, kind: usize) -> usize {
        let known = self
            .by_name
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let fitting = known.iter().copied().find(|&place| {
            self.columns
                .get(place)
                .is_some_and(|column| column.data.kind() == kind)
        });
        fitting.unwrap_or_else(|| {
            let place = self.columns.len();
            let name: Arc<str> = name.into();
            let data = ColumnData::of_kind(kind);
            self.columns.push(Column {
                name: name.clone(),
                rows: Vec::new(),
                data,
            });
            self.by_name.entry(name).or_default().push(place);
            place
        })
    }
}

/// Where the columns of one name are in a block, by type.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places([Option<usize>; 4]);

const STR: usize = 0;
const INT: usize = 1;
const FLOAT: usize = 2;
const BOOL: usize = 3;

fn kind_of(value: &ValueRef<'_>) -> usize {
    match value {
        ValueRef::Str(_) => STR,
        ValueRef::Int(_) => INT,
        ValueRef::Float(_) => FLOAT,
        ValueRef::Bool(_) => BOOL,
    }
}

impl ColumnData {
    fn kind(&self) -> usize {
        match self {
            ColumnData::Str { .. } => STR,
            ColumnData::Int(_) => INT,
            ColumnData::Float(_) => FLOAT,
            ColumnData::Bool(_) => BOOL,
        }
    }

    fn of_kind(kind: usize) -> ColumnData {
        match kind {
            INT => ColumnData::Int(Vec::new()),
            FLOAT => ColumnData::Float(Vec::new()),
            BOOL => ColumnData::Bool(Vec::new()),
            _ => ColumnData::Str {
                codes: Vec::new(),
                dictionary: Vec::new(),
                index: HashMap::default(),
            },
        }
    }
}

impl Column {
    /// Returns the value in `row`.
    pub fn value(&self, row: usize) -> Option<Value> {
        let position = position_of(&self.rows, row)?;
        Some(match &self.data {
            ColumnData::Str {
                codes, dictionary, ..
            } => Value::Str(dictionary.get(*codes.get(position)? as usize)?.clone()),
            ColumnData::Int(values) => Value::Int(*values.get(position)?),
            ColumnData::Float(values) => Value::Float(*values.get(position)?),
            ColumnData::Bool(values) => Value::Bool(*values.get(position)?),
        })
    }

    fn push(&mut self, row: u32, value: ValueRef<'_>) {
        match (&mut self.data, value) {
            (
                ColumnData::Str {
                    codes,
                    dictionary,
                    index,
                },
                ValueRef::Str(text),
            ) => {
                let code = index.get(text).copied().unwrap_or_else(|| {
                    let code = dictionary.len() as u32;
                    let text: Arc<str> = text.into();
                    dictionary.push(text.clone());
                    index.insert(text, code);
                    code
                });
                codes.push(code);
            }
            (ColumnData::Int(values), ValueRef::Int(int)) => values.push(int),
            (ColumnData::Float(values), ValueRef::Float(float)) => values.push(float),
            (ColumnData::Bool(values), ValueRef::Bool(bool)) => values.push(bool),
            // The place was found by type, so the types agree.
            _ => return,
        }
        self.rows.push(row);
    }

    fn pop_if_last(&mut self, row: u32) {
        if self.rows.last() == Some(&row) {
            self.rows.pop();
            match &mut self.data {
                ColumnData::Str { codes, .. } => drop(codes.pop()),
                ColumnData::Int(values) => drop(values.pop()),
                ColumnData::Float(values) => drop(values.pop()),
                ColumnData::Bool(values) => drop(values.pop()),
            }
        }
    }
}

/// A text column, for reading many rows.
#[derive(Debug, Clone, Copy)]
pub struct TextColumn<'a> {
    rows: &'a [u32],
    codes: &'a [u32],
    dictionary: &'a [Arc<str>],
}

impl<'a> TextColumn<'a> {
    /// Returns the text in `row`.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        let code = *self.codes.get(position_of(self.rows, row)?)?;
        self.dictionary.get(code as usize).map(|text| &**text)
    }
}

// A column that every row has is its own index; only sparse ones are searched.
fn position_of(rows: &[u32], row: usize) -> Option<usize> {
    if rows.get(row).is_some_and(|&at| at as usize == row) {
        return Some(row);
    }
    rows.binary_search(&u32::try_from(row).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(block: &mut Block, fields: &[(&str, ValueRef<'_>)]) {
        block.begin_row(0, 1, 1);
        let mut places: HashMap<&str, Places> = HashMap::default();
        for (name, value) in fields {
            block.put(name, places.entry(name).or_default(), *value);
        }
    }

    #[test]
    fn a_field_keeps_every_type_it_has_had() {
        let mut block = Block::new(1);
        push(&mut block, &[("size", ValueRef::Int(3))]);
        push(&mut block, &[]);
        push(&mut block, &[("size", ValueRef::Str("three"))]);
        assert_eq!(block.value("size", 0), Some(Value::Int(3)));
        assert_eq!(block.value("size", 1), None);
        assert_eq!(block.value("size", 2), Some("three".into()));
        assert_eq!(block.text("size").unwrap().get(2), Some("three"));
        assert_eq!(block.text("size").unwrap().get(0), None);
    }

    #[test]
    fn a_field_given_twice_keeps_the_later_value() {
        let mut block = Block::new(1);
        push(
            &mut block,
            &[("a", ValueRef::Int(1)), ("a", ValueRef::Str("x"))],
        );
        assert_eq!(block.value("a", 0), Some("x".into()));
        assert_eq!(
            block
                .columns_named("a")
                .filter(|c| !c.rows.is_empty())
                .count(),
            1
        );
    }
}
