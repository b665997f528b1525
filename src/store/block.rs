//! Up to 65,536 events of one dataset, by column.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::span::{Event, Value};
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

    pub(super) fn push(&mut self, sequence: u64, event: Event) {
        let row = self.len() as u32;
        if row == 0 {
            (self.first_time, self.last_time) = (event.time, event.time);
        }
        self.first_time = self.first_time.min(event.time);
        self.last_time = self.last_time.max(event.time);
        self.times.push(event.time);
        self.sequences.push(sequence);
        self.sample_rates.push(event.sample_rate.max(1));
        for (name, value) in event.fields {
            self.put(row, name, value);
        }
    }

    fn put(&mut self, row: u32, name: Arc<str>, value: Value) {
        let known = self
            .by_name
            .get(&name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        // A field given twice: the later value counts, whatever its type.
        for &idx in known {
            if let Some(column) = self.columns.get_mut(idx) {
                column.pop_if_last(row);
            }
        }
        let fitting = known.iter().copied().find(|&idx| {
            self.columns
                .get(idx)
                .is_some_and(|column| column.takes(&value))
        });
        let idx = fitting.unwrap_or_else(|| {
            let idx = self.columns.len();
            self.columns.push(Column::for_value(name.clone(), &value));
            self.by_name.entry(name).or_default().push(idx);
            idx
        });
        if let Some(column) = self.columns.get_mut(idx) {
            column.push(row, value);
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

    fn for_value(name: Arc<str>, value: &Value) -> Column {
        let data = match value {
            Value::Str(_) => ColumnData::Str {
                codes: Vec::new(),
                dictionary: Vec::new(),
                index: HashMap::new(),
            },
            Value::Int(_) => ColumnData::Int(Vec::new()),
            Value::Float(_) => ColumnData::Float(Vec::new()),
            Value::Bool(_) => ColumnData::Bool(Vec::new()),
        };
        Column {
            name,
            rows: Vec::new(),
            data,
        }
    }

    fn takes(&self, value: &Value) -> bool {
        matches!(
            (&self.data, value),
            (ColumnData::Str { .. }, Value::Str(_))
                | (ColumnData::Int(_), Value::Int(_))
                | (ColumnData::Float(_), Value::Float(_))
                | (ColumnData::Bool(_), Value::Bool(_))
        )
    }

    fn push(&mut self, row: u32, value: Value) {
        match (&mut self.data, value) {
            (
                ColumnData::Str {
                    codes,
                    dictionary,
                    index,
                },
                Value::Str(text),
            ) => {
                let code = *index.entry(text).or_insert_with_key(|text| {
                    dictionary.push(text.clone());
                    (dictionary.len() - 1) as u32
                });
                codes.push(code);
            }
            (ColumnData::Int(values), Value::Int(int)) => values.push(int),
            (ColumnData::Float(values), Value::Float(float)) => values.push(float),
            (ColumnData::Bool(values), Value::Bool(bool)) => values.push(bool),
            // `takes` said no; the value has no place here.
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

    fn event(fields: &[(&str, Value)]) -> Event {
        let fields = fields
            .iter()
            .map(|(name, value)| (Arc::from(*name), value.clone()))
            .collect();
        Event {
            time: 1,
            sample_rate: 1,
            fields,
        }
    }

    #[test]
    fn a_field_keeps_every_type_it_has_had() {
        let mut block = Block::new(1);
        block.push(0, event(&[("size", 3.into())]));
        block.push(1, event(&[]));
        block.push(2, event(&[("size", "three".into())]));
        assert_eq!(block.value("size", 0), Some(Value::Int(3)));
        assert_eq!(block.value("size", 1), None);
        assert_eq!(block.value("size", 2), Some("three".into()));
        assert_eq!(block.text("size").unwrap().get(2), Some("three"));
        assert_eq!(block.text("size").unwrap().get(0), None);
    }

    #[test]
    fn a_field_given_twice_keeps_the_later_value() {
        let mut block = Block::new(1);
        block.push(0, event(&[("a", 1.into()), ("a", "x".into())]));
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
