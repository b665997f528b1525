//! Makes a part from events as they come in.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::column::{Column, kind};
use super::filling::{ColumnBuilder, Order};
use super::hex;
use super::part::{Part, Rates, Sequences, Span};
use super::rare::{FEW_ROWS, ONE_IN, Rare, RareBuilder, is_rare};
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
/// Fields that many events have can be made known before: [`PartBuilder::field`] finds a name once, and
/// [`PartBuilder::prepare`] a name with its value.
pub struct PartBuilder {
    lens: Lens,
    dataset: Arc<str>,
    times: Vec<i64>,
    rates: Vec<u32>,
    columns: Vec<ColumnBuilder>,
    names: Vec<Name>,
    name_idx: HashMap<Arc<str>, u32>,
    // How many fields the last event has.
    n_fields: usize,
    // The column of the value before, and the one that the last event to differ began with.
    last: Option<usize>,
    first: usize,
    // What all columns take: so far, and at most for each event once they are dense.
    bytes: usize,
    bytes_of_row: usize,
}

/// A field's name, as one builder knows it; another builder takes it for some other name or for none.
#[derive(Debug, Clone, Copy)]
pub struct Field(u32);

/// A field and its value, as one builder knows them; as with [`Field`], they are of that builder.
#[derive(Debug, Clone, Copy)]
pub struct Prepared {
    place: u32,
    value: Ready,
}

#[derive(Debug, Clone, Copy)]
enum Ready {
    Code(u32),
    Hex([u8; 16]),
    Int(i64),
    Float(f64),
    Bool(bool),
}

struct Name {
    text: Arc<str>,
    // Its columns by type, or `NONE`.
    places: [u32; kind::COUNT],
    // The last event that has a value, counted from 1, and the value's column.
    last_row: u32,
    last_place: u32,
}

const NONE: u32 = u32::MAX;

// What a name or a column takes besides its values, in bytes: roughly, and rather too much.
const NAME_BYTES: usize = 128;
const COLUMN_BYTES: usize = 192;

impl PartBuilder {
    /// Starts without events.
    pub fn new(lens: Lens, dataset: &str) -> PartBuilder {
        PartBuilder {
            lens,
            dataset: dataset.into(),
            times: Vec::new(),
            rates: Vec::new(),
            columns: Vec::new(),
            names: Vec::new(),
            name_idx: HashMap::new(),
            n_fields: 0,
            last: None,
            first: 0,
            bytes: 0,
            bytes_of_row: 0,
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

    /// Returns about how much memory the events take or will take as a part, in bytes.
    ///
    /// Quick enough to ask for each event: a small request can make very many columns of very many rows. A field
    /// is a column of all rows only if one in sixteen has it.
    pub fn memory_bytes(&self) -> usize {
        let as_columns = self.len().saturating_mul(self.bytes_of_row);
        let most = self
            .bytes
            .saturating_mul(ONE_IN)
            .max(FEW_ROWS * self.bytes_of_row);
        self.bytes + 12 * self.len() + as_columns.min(most)
    }

    /// Begins an event; `time` is in nanoseconds since the epoch, a rate of 0 counts as 1.
    pub fn begin_row(&mut self, time: i64, sample_rate: u32) {
        self.last = None;
        self.n_fields = 0;
        self.times.push(time);
        self.rates.push(sample_rate.max(1));
    }

    /// Returns how many fields the last event has.
    pub fn n_fields(&self) -> usize {
        self.n_fields
    }

    /// Takes all events away but the first `n_rows`.
    pub fn truncate(&mut self, n_rows: usize) {
        self.times.truncate(n_rows);
        self.rates.truncate(n_rows);
        for column in &mut self.columns {
            while column.rows.last().is_some_and(|row| row as usize >= n_rows) {
                column.pop();
            }
        }
        for name in &mut self.names {
            name.last_row = 0;
        }
    }

    /// Changes how many events each one from number `start` on stands for; 0 counts as 1.
    pub fn set_rates(&mut self, start: usize, sample_rate: u32) {
        for rate in self.rates.get_mut(start..).unwrap_or_default() {
            *rate = sample_rate.max(1);
        }
    }

    /// Gives the last event a field; the later value counts if it has it already.
    pub fn put(&mut self, name: &str, value: ValueRef<'_>) {
        in_one_form(value, |value| {
            let place = self.place_of(name, kind_of(&value));
            self.push(place, value);
        });
    }

    /// Returns what stands for a name in [`PartBuilder::put_field`].
    pub fn field(&mut self, name: &str) -> Field {
        Field(self.name_idx(name))
    }

    /// Gives the last event a field, as [`PartBuilder::put`] does.
    pub fn put_field(&mut self, field: Field, value: ValueRef<'_>) {
        in_one_form(value, |value| {
            let place = self.column_of(field.0, kind_of(&value));
            self.push(place, value);
        });
    }

    /// Returns what stands for a field and its value in [`PartBuilder::put_prepared`].
    pub fn prepare(&mut self, name: &str, value: ValueRef<'_>) -> Prepared {
        let mut prepared = Prepared {
            place: NONE,
            value: Ready::Bool(false),
        };
        in_one_form(value, |value| {
            let name_idx = self.name_idx(name);
            let place = self.column_of(name_idx, kind_of(&value));
            let column = self.columns.get_mut(place);
            prepared.place = place as u32;
            prepared.value = match value {
                ValueRef::Str(text) => match column {
                    Some(column) => {
                        let (code, bytes) = column.prepared_code(text);
                        self.bytes += bytes;
                        Ready::Code(code)
                    }
                    None => Ready::Code(0),
                },
                ValueRef::Hex(id) => {
                    let mut bytes = [0; 16];
                    bytes.iter_mut().zip(id).for_each(|(to, from)| *to = *from);
                    Ready::Hex(bytes)
                }
                ValueRef::Int(int) => Ready::Int(int),
                ValueRef::Float(float) => Ready::Float(float),
                ValueRef::Bool(bool) => Ready::Bool(bool),
            };
        });
        prepared
    }

    /// Gives the last event a field, as [`PartBuilder::put`] does.
    pub fn put_prepared(&mut self, prepared: &Prepared) {
        let place = prepared.place as usize;
        match &prepared.value {
            Ready::Code(code) => self.push_with(place, |column| column.push_code(*code)),
            Ready::Hex(id) => self.push_with(place, |column| column.push_id(id)),
            Ready::Int(int) => self.push(place, ValueRef::Int(*int)),
            Ready::Float(float) => self.push(place, ValueRef::Float(*float)),
            Ready::Bool(bool) => self.push(place, ValueRef::Bool(*bool)),
        }
    }

    fn push(&mut self, place: usize, value: ValueRef<'_>) {
        self.push_with(place, |column| column.push(value));
    }

    // An earlier value of the same row under this name is taken away.
    fn push_with(&mut self, place: usize, push: impl FnOnce(&mut ColumnBuilder) -> usize) {
        let row = self.times.len() as u32;
        let Some(column) = self.columns.get(place) else {
            return;
        };
        let Some(name) = self.names.get_mut(column.name_idx as usize) else {
            return;
        };
        if row == 0 {
            return;
        }
        if name.last_row == row
            && let Some(earlier) = self.columns.get_mut(name.last_place as usize)
        {
            earlier.pop();
            self.n_fields -= 1;
        }
        self.n_fields += 1;
        name.last_row = row;
        name.last_place = place as u32;
        if let Some(column) = self.columns.get_mut(place) {
            self.bytes += push(column) + column.rows.push(row - 1);
        }
    }

    // The column for a value. Most events are like one before, so the column that came after the one
    // before is tried first.
    fn place_of(&mut self, name: &str, kind: usize) -> usize {
        let last = self.last.and_then(|last| self.columns.get(last));
        let guess = last.map_or(self.first, |column| column.next);
        let known = self.columns.get(guess);
        let known = known.filter(|column| *column.name == *name);
        let place = match known.map(|column| (column.kind, column.name_idx)) {
            Some((its_kind, _)) if its_kind == kind => guess,
            known => {
                let name_idx = match known {
                    Some((_, name_idx)) => name_idx,
                    None => self.name_idx(name),
                };
                let place = self.column_of(name_idx, kind);
                let last = self.last.and_then(|last| self.columns.get_mut(last));
                *last.map_or(&mut self.first, |column| &mut column.next) = place;
                place
            }
        };
        self.last = Some(place);
        place
    }

    fn name_idx(&mut self, name: &str) -> u32 {
        if let Some(&idx) = self.name_idx.get(name) {
            return idx;
        }
        let idx = self.names.len() as u32;
        let text: Arc<str> = name.into();
        self.names.push(Name {
            text: text.clone(),
            places: [NONE; kind::COUNT],
            last_row: 0,
            last_place: NONE,
        });
        self.name_idx.insert(text, idx);
        self.bytes += NAME_BYTES + name.len();
        idx
    }

    fn column_of(&mut self, name_idx: u32, kind: usize) -> usize {
        let n_columns = self.columns.len();
        let Some(name) = self.names.get_mut(name_idx as usize) else {
            return usize::MAX;
        };
        match name.places.get_mut(kind) {
            Some(place) if *place == NONE => *place = n_columns as u32,
            Some(place) => return *place as usize,
            None => return usize::MAX,
        }
        let column = ColumnBuilder::new(name.text.clone(), name_idx, kind);
        self.bytes += COLUMN_BYTES;
        self.bytes_of_row += column.bytes_of_row();
        self.columns.push(column);
        n_columns
    }

    /// Returns the part, sorted by time; events of one time stay in the order of arrival.
    pub fn finish(self) -> Part {
        let n_rows = self.len();
        let order = Order::of(&self.times);
        let (columns, rare) = split(self.columns, self.names.len(), &order, n_rows);
        let weight = self.rates.iter().map(|&rate| u64::from(rate)).sum();
        let rates = if weight == n_rows as u64 {
            Rates::One
        } else {
            Rates::Each(order.sorted(self.rates).into())
        };
        let times = order.sorted(self.times);
        Part {
            lens: self.lens,
            dataset: self.dataset,
            span: Span {
                n_rows,
                first_time: times.first().copied().unwrap_or(0),
                last_time: times.last().copied().unwrap_or(0),
                weight,
            },
            times: times.into(),
            rates,
            sequences: Sequences {
                first: 0,
                offsets: order.rows.map(|rows| rows.into()),
            },
            columns,
            rare,
            checks: Default::default(),
            file: None,
            damage: Default::default(),
        }
    }
}

// All types of a field are rare together, or none of them is.
fn split(
    builders: Vec<ColumnBuilder>,
    n_names: usize,
    order: &Order,
    n_rows: usize,
) -> (Vec<Column>, Rare) {
    let mut n_values = vec![0; n_names];
    for column in &builders {
        if let Some(n_values) = n_values.get_mut(column.name_idx as usize) {
            *n_values += column.rows.len();
        }
    }
    let (mut columns, mut few) = (Vec::new(), Vec::new());
    for column in builders {
        let n_values = n_values.get(column.name_idx as usize).copied();
        match column.rows.len() {
            0 => {}
            _ if is_rare(n_values.unwrap_or(n_rows), n_rows, n_names) => few.push(column),
            _ => columns.push(column.finish(order)),
        }
    }
    columns.sort_by(|a, b| (&a.name, a.data.kind()).cmp(&(&b.name, b.data.kind())));
    few.sort_by(|a, b| (&a.name, a.kind).cmp(&(&b.name, b.kind)));
    let mut rare = RareBuilder::default();
    few.iter()
        .for_each(|column| column.finish_rare(order, &mut rare));
    (columns, rare.finish())
}

// Calls `take` with the one representation that there is of each text: see `hex`.
fn in_one_form(value: ValueRef<'_>, take: impl FnOnce(ValueRef<'_>)) {
    match value {
        ValueRef::Str(text) => match hex::bytes_of(text) {
            Some((id, length)) => take(ValueRef::Hex(id.get(..length).unwrap_or_default())),
            None => take(value),
        },
        ValueRef::Hex(bytes) if bytes.len() != 8 && bytes.len() != 16 => {
            let mut text = String::new();
            hex::push_text(&mut text, bytes);
            take(ValueRef::Str(&text));
        }
        _ => take(value),
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
