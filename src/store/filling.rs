//! One column while events come in, and its end as a column of a part.

use std::sync::Arc;

use arrow_buffer::{BooleanBuffer, Buffer};

use super::build::ValueRef;
use super::column::{Codes, Column, ColumnData, Floats, Hexes, Ints, Presence, Strs, kind};
use super::part::bits_of;
use super::rare::RareBuilder;
use super::texts::{Dictionary, Texts};

/// The values of one field and type so far.
pub struct ColumnBuilder {
    /// The field's name.
    pub name: Arc<str>,
    /// The builder's number for the name.
    pub name_idx: u32,
    /// The type.
    pub kind: usize,
    /// The rows that have a value.
    pub rows: Rows,
    values: Values,
    // Whether the dictionary may have texts that no row has.
    may_have_unused: bool,
    /// The column of the field that came after this one in the last event that was unlike those before.
    pub next: usize,
}

enum Values {
    Str(Vec<u32>, Dictionary),
    Hex(usize, Vec<u8>),
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
}

/// The rows that have a value, ascending: all of the first so many, or those in a list.
pub enum Rows {
    First(u32),
    Listed(Vec<u32>),
}

/// Where rows go when they are sorted by time.
pub struct Order {
    n_rows: usize,
    /// Which row comes at each place; `None` if all stay where they are.
    pub rows: Option<Vec<u32>>,
    // At which place each row comes; empty if all stay.
    places: Vec<u32>,
}

impl Order {
    /// Returns the order of rows with these times.
    pub fn of(times: &[i64]) -> Order {
        let n_rows = times.len();
        if times.is_sorted() {
            return Order {
                n_rows,
                rows: None,
                places: Vec::new(),
            };
        }
        let mut keys: Vec<(i64, u32)> = times.iter().copied().zip(0..).collect();
        // The row decides between equal times, as a stable sort would.
        keys.sort_unstable();
        let mut places = vec![0; n_rows];
        for ((_, row), place) in keys.iter().zip(0..) {
            if let Some(at) = places.get_mut(*row as usize) {
                *at = place;
            }
        }
        Order {
            n_rows,
            rows: Some(keys.into_iter().map(|(_, row)| row).collect()),
            places,
        }
    }

    fn place(&self, row: u32) -> u32 {
        self.places.get(row as usize).copied().unwrap_or(row)
    }

    /// Returns one value for each place, of one value for each row.
    pub fn sorted<T: Copy + Default>(&self, values: Vec<T>) -> Vec<T> {
        match &self.rows {
            None => values,
            Some(rows) => {
                let value = |row: &u32| values.get(*row as usize).copied().unwrap_or_default();
                rows.iter().map(value).collect()
            }
        }
    }

    // One for each row, in order; the default for rows that have none.
    fn dense<T: Copy + Default>(&self, rows: &Rows, values: Vec<T>) -> Vec<T> {
        if values.len() == self.n_rows {
            return self.sorted(values);
        }
        let mut dense = vec![T::default(); self.n_rows];
        rows.each(|idx, row| {
            let place = dense.get_mut(self.place(row) as usize);
            if let (Some(place), Some(value)) = (place, values.get(idx)) {
                *place = *value;
            }
        });
        dense
    }

    fn dense_ids(&self, rows: &Rows, ids: Vec<u8>, width: usize) -> Vec<u8> {
        if self.rows.is_none() && ids.len() == self.n_rows * width {
            return ids;
        }
        let mut dense = vec![0; self.n_rows * width];
        rows.each(|idx, row| {
            let start = self.place(row) as usize * width;
            let place = dense.get_mut(start..start + width);
            let id = ids.get(idx * width..(idx + 1) * width);
            if let (Some(place), Some(id)) = (place, id) {
                place.copy_from_slice(id);
            }
        });
        dense
    }

    fn bits(&self, rows: &Rows, is_set: impl Fn(usize) -> bool) -> BooleanBuffer {
        let mut set = Vec::with_capacity(rows.len());
        rows.each(|idx, row| {
            if is_set(idx) {
                set.push(self.place(row));
            }
        });
        bits_of(&set, self.n_rows)
    }
}

impl Rows {
    /// Adds a row, which is later than all others; returns how many bytes more they take.
    pub fn push(&mut self, row: u32) -> usize {
        match self {
            Rows::First(n) if *n == row => {
                *n += 1;
                0
            }
            Rows::First(n) => {
                let listed: Vec<u32> = (0..*n).chain([row]).collect();
                let bytes = 4 * listed.len();
                *self = Rows::Listed(listed);
                bytes
            }
            Rows::Listed(rows) => {
                rows.push(row);
                4
            }
        }
    }

    fn pop(&mut self) {
        match self {
            Rows::First(n) => *n = n.saturating_sub(1),
            Rows::Listed(rows) => drop(rows.pop()),
        }
    }

    /// Returns the last one.
    pub fn last(&self) -> Option<u32> {
        match self {
            Rows::First(n) => n.checked_sub(1),
            Rows::Listed(rows) => rows.last().copied(),
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match self {
            Rows::First(n) => *n as usize,
            Rows::Listed(rows) => rows.len(),
        }
    }

    fn each(&self, mut take: impl FnMut(usize, u32)) {
        match self {
            Rows::First(n) => (0..*n).for_each(|row| take(row as usize, row)),
            Rows::Listed(rows) => rows
                .iter()
                .enumerate()
                .for_each(|(idx, row)| take(idx, *row)),
        }
    }
}

impl ColumnBuilder {
    /// Starts without values.
    pub fn new(name: Arc<str>, name_idx: u32, kind: usize) -> ColumnBuilder {
        ColumnBuilder {
            name,
            name_idx,
            kind,
            rows: Rows::First(0),
            values: Values::of_kind(kind),
            may_have_unused: false,
            next: usize::MAX,
        }
    }

    /// Returns what a value takes at most in a part, or the place for one, in bytes.
    pub fn bytes_of_row(&self) -> usize {
        match &self.values {
            Values::Hex(width, _) => *width,
            Values::Int(_) | Values::Float(_) => 8,
            Values::Bool(_) => 1,
            Values::Str(..) => 4,
        }
    }

    /// Adds a value; its row is to be added too. Returns how many bytes it takes.
    pub fn push(&mut self, value: ValueRef<'_>) -> usize {
        match (&mut self.values, value) {
            (Values::Str(..), ValueRef::Str(text)) => {
                let (code, bytes) = self.code(text);
                bytes + self.push_code(code)
            }
            (Values::Hex(..), ValueRef::Hex(id)) => self.push_id(id),
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
            _ => 0,
        }
    }

    /// Returns the code of a text, and how many bytes more the dictionary takes for it.
    pub fn code(&mut self, text: &str) -> (u32, usize) {
        let Values::Str(_, dictionary) = &mut self.values else {
            return (0, 0);
        };
        let before = dictionary.memory_bytes();
        let code = dictionary.code(text);
        (code, dictionary.memory_bytes() - before)
    }

    /// Does the same for a text that perhaps no row will have.
    pub fn prepared_code(&mut self, text: &str) -> (u32, usize) {
        self.may_have_unused = true;
        self.code(text)
    }

    /// Adds a text by its code, as [`ColumnBuilder::push`] does.
    pub fn push_code(&mut self, code: u32) -> usize {
        if let Values::Str(codes, _) = &mut self.values {
            codes.push(code);
        }
        4
    }

    /// Adds the id at the beginning of `id`, as [`ColumnBuilder::push`] does.
    pub fn push_id(&mut self, id: &[u8]) -> usize {
        if let Values::Hex(width, ids) = &mut self.values {
            ids.extend_from_slice(id.get(..*width).unwrap_or_default());
        }
        self.bytes_of_row()
    }

    /// Takes the last value away, and its row.
    pub fn pop(&mut self) {
        self.rows.pop();
        self.may_have_unused = true;
        match &mut self.values {
            Values::Str(codes, _) => drop(codes.pop()),
            Values::Hex(width, ids) => ids.truncate(ids.len().saturating_sub(*width)),
            Values::Int(values) => drop(values.pop()),
            Values::Float(values) => drop(values.pop()),
            Values::Bool(values) => drop(values.pop()),
        }
    }

    /// Adds the values alone to the rare fields.
    pub fn finish_rare(&self, order: &Order, rare: &mut RareBuilder) {
        let texts = match &self.values {
            Values::Str(_, dictionary) => Some(dictionary),
            _ => None,
        };
        let mut entries = Vec::with_capacity(self.rows.len());
        self.rows.each(|idx, row| {
            let value = match &self.values {
                Values::Str(codes, _) => codes
                    .get(idx)
                    .zip(texts)
                    .map(|(code, texts)| ValueRef::Str(texts.get(*code))),
                Values::Hex(width, ids) => {
                    ids.get(idx * width..(idx + 1) * width).map(ValueRef::Hex)
                }
                Values::Int(values) => values.get(idx).copied().map(ValueRef::Int),
                Values::Float(values) => values.get(idx).copied().map(ValueRef::Float),
                Values::Bool(values) => values.get(idx).copied().map(ValueRef::Bool),
            };
            entries.extend(value.map(|value| (order.place(row), value)));
        });
        rare.run(&self.name, self.kind, entries);
    }

    /// Returns the column of all rows, in their order.
    pub fn finish(self, order: &Order) -> Column {
        let rows = &self.rows;
        let present = if rows.len() == order.n_rows {
            Presence::All
        } else {
            Presence::Some(order.bits(rows, |_| true), rows.len())
        };
        let data = match self.values {
            Values::Str(codes, dictionary) => {
                let texts = dictionary.finish();
                let (codes, texts) = if self.may_have_unused && has_unused(&codes, &texts) {
                    only_used(&codes, &texts)
                } else {
                    (codes, texts)
                };
                ColumnData::Str(Strs {
                    codes: Codes::narrow(order.dense(rows, codes), texts.len()),
                    texts,
                })
            }
            Values::Hex(width, ids) => ColumnData::Hex(Hexes {
                width,
                bytes: Buffer::from_vec(order.dense_ids(rows, ids, width)),
            }),
            Values::Int(values) => ColumnData::Int(Ints::new(order.dense(rows, values), &present)),
            Values::Float(values) => {
                ColumnData::Float(Floats::new(order.dense(rows, values), &present))
            }
            Values::Bool(values) => ColumnData::Bool(
                order.bits(rows, |idx| values.get(idx).copied().unwrap_or_default()),
            ),
        };
        Column::new(self.name, present, data)
    }
}

fn has_unused(codes: &[u32], texts: &Texts) -> bool {
    let mut is_used = vec![false; texts.len()];
    for &code in codes {
        if let Some(is_used) = is_used.get_mut(code as usize) {
            *is_used = true;
        }
    }
    is_used.contains(&false)
}

// Every text of a dictionary is a row's: distinct values are counted by it.
fn only_used(codes: &[u32], texts: &Texts) -> (Vec<u32>, Texts) {
    let mut dictionary = Dictionary::default();
    let codes = codes
        .iter()
        .map(|&code| dictionary.code(texts.get(code as usize)));
    (codes.collect(), dictionary.finish())
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
