//! One field's values of one type in a part of a dataset.

use std::sync::{Arc, OnceLock};

use arrow_buffer::{BooleanBuffer, Buffer, ScalarBuffer};

use super::build::ValueRef;
use super::hex;
use super::ids::IdIndex;
use super::texts::Texts;
use crate::model::span::Value;

/// One field's values of one type.
///
/// There is an entry for every row of the part; those of rows that lack the value mean nothing.
#[derive(Debug)]
pub struct Column {
    /// The field's name.
    pub name: Arc<str>,
    /// Which rows have a value.
    pub present: Presence,
    /// The values.
    pub data: ColumnData,
    // What the bytes must add up to, if they come from a file.
    pub(super) checks: Checks,
    // Made when an id is looked for the first time.
    pub(super) ids: OnceLock<IdIndex>,
    // Counted when it is asked for the first time.
    pub(super) text_bytes: OnceLock<u64>,
}

/// Which rows have a value.
#[derive(Debug, Clone)]
pub enum Presence {
    /// Every row.
    All,
    /// Those whose bit is set, and how many they are.
    Some(BooleanBuffer, usize),
}

/// The values of a column, one for each row of the part.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// Texts; but those that are hexadecimal ids are in a column of ids, always.
    Str(Strs),
    /// Texts of 16 or 32 lower-case hexadecimal digits.
    Hex(Hexes),
    /// Integers.
    Int(Ints),
    /// Doubles.
    Float(Floats),
    /// Truths.
    Bool(BooleanBuffer),
}

/// Texts by code.
#[derive(Debug, Clone)]
pub struct Strs {
    /// One code for each row.
    pub codes: Codes,
    /// The texts by code; each once, unless the codes are the rows.
    pub texts: Texts,
}

/// Which text each row has.
#[derive(Debug, Clone)]
pub enum Codes {
    /// At most 256 texts.
    U8(ScalarBuffer<u8>),
    /// At most 65,536 texts.
    U16(ScalarBuffer<u16>),
    /// Any number.
    U32(ScalarBuffer<u32>),
    /// Each row has a text of its own: the code is the row.
    Rows,
}

/// Ids as bytes.
#[derive(Debug, Clone)]
pub struct Hexes {
    /// How many bytes an id has: 8 or 16.
    pub width: usize,
    /// The ids one after another, one for each row.
    pub bytes: Buffer,
}

/// Integers, and between which they all lie.
#[derive(Debug, Clone)]
pub struct Ints {
    /// One for each row.
    pub values: IntValues,
    /// The smallest that a row has; the largest possible if no row has one.
    pub least: i64,
    /// The largest that a row has; the smallest possible if no row has one.
    pub most: i64,
}

/// Integers, as narrow as all of them allow.
#[derive(Debug, Clone)]
pub enum IntValues {
    /// 8 bits.
    I8(ScalarBuffer<i8>),
    /// 16 bits.
    I16(ScalarBuffer<i16>),
    /// 32 bits.
    I32(ScalarBuffer<i32>),
    /// 64 bits.
    I64(ScalarBuffer<i64>),
}

/// Doubles, and between which they all lie.
#[derive(Debug, Clone)]
pub struct Floats {
    /// One for each row; 0 for rows that have none.
    pub values: ScalarBuffer<f64>,
    /// The smallest finite one that a row has; infinity if there is none.
    pub least: f64,
    /// The largest finite one that a row has; minus infinity if there is none.
    pub most: f64,
    /// Whether all that rows have are finite.
    pub are_finite: bool,
}

/// What the bytes of a file's buffers must add up to; nothing for what is in memory.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub buffers: Vec<(Buffer, u32)>,
    /// The offsets and the bytes of texts that rows share, as they are written twice.
    pub dictionary: Option<[[(Buffer, u32); 2]; 2]>,
    pub held: OnceLock<bool>,
}

impl Checks {
    /// Returns checks of which the answer is known.
    pub fn known(hold: bool) -> Checks {
        Checks {
            held: OnceLock::from(hold),
            ..Checks::default()
        }
    }

    /// Tells whether the bytes are those that were written; reads them all the first time.
    pub fn hold(&self) -> bool {
        *self.held.get_or_init(|| {
            let mut buffers = self.buffers.iter();
            buffers.all(|(buffer, sum)| crc32fast::hash(buffer.as_slice()) == *sum)
        })
    }

    /// Tells whether they were read, and are not those that were written.
    pub fn have_failed(&self) -> bool {
        self.held.get() == Some(&false)
    }
}

impl Presence {
    /// Tells whether `row` has a value.
    pub fn has(&self, row: usize) -> bool {
        match self {
            Presence::All => true,
            Presence::Some(bits, _) => row < bits.len() && bits.value(row),
        }
    }

    /// Returns the last of `n_rows` rows that has a value.
    pub fn last(&self, n_rows: usize) -> Option<usize> {
        (0..n_rows).rev().find(|&row| self.has(row))
    }

    /// Returns how many of `n_rows` rows have a value.
    pub fn count(&self, n_rows: usize) -> usize {
        match self {
            Presence::All => n_rows,
            Presence::Some(_, count) => *count,
        }
    }
}

impl Column {
    /// Returns the column of these values in memory.
    pub(super) fn new(name: Arc<str>, present: Presence, data: ColumnData) -> Column {
        Column {
            name,
            present,
            data,
            checks: Checks::default(),
            ids: OnceLock::new(),
            text_bytes: OnceLock::new(),
        }
    }

    /// Returns the value in `row`; `None` if the row has none, or is none.
    pub fn value(&self, row: usize) -> Option<Value> {
        if !self.present.has(row) {
            return None;
        }
        Some(match &self.data {
            ColumnData::Str(strs) => {
                let code = strs.codes.get(row)?;
                Value::Str(strs.texts.get(code).into())
            }
            ColumnData::Hex(hexes) => {
                let mut text = String::new();
                hex::push_text(&mut text, hexes.get(row)?);
                Value::Str(text.into())
            }
            ColumnData::Int(ints) => Value::Int(ints.values.get(row)?),
            ColumnData::Float(floats) => Value::Float(*floats.values.get(row)?),
            ColumnData::Bool(bits) => Value::Bool((row < bits.len()).then(|| bits.value(row))?),
        })
    }

    /// Does the same without making a text.
    pub(super) fn value_ref(&self, row: usize) -> Option<ValueRef<'_>> {
        if !self.present.has(row) {
            return None;
        }
        Some(match &self.data {
            ColumnData::Str(strs) => ValueRef::Str(strs.texts.get(strs.codes.get(row)?)),
            ColumnData::Hex(hexes) => ValueRef::Hex(hexes.get(row)?),
            ColumnData::Int(ints) => ValueRef::Int(ints.values.get(row)?),
            ColumnData::Float(floats) => ValueRef::Float(*floats.values.get(row)?),
            ColumnData::Bool(bits) => ValueRef::Bool((row < bits.len()).then(|| bits.value(row))?),
        })
    }

    /// Returns how many bytes the texts of its rows have together; 0 if they are no texts.
    pub fn text_bytes(&self) -> u64 {
        *self.text_bytes.get_or_init(|| match &self.data {
            ColumnData::Str(strs) => strs.text_bytes(&self.present),
            // Two digits for each byte.
            ColumnData::Hex(hexes) => {
                let n_rows = hexes.bytes.len().checked_div(hexes.width).unwrap_or(0);
                2 * (hexes.width * self.present.count(n_rows)) as u64
            }
            ColumnData::Int(_) | ColumnData::Float(_) | ColumnData::Bool(_) => 0,
        })
    }

    /// Returns the index that says where ids may be; `None` for other columns than those of ids.
    ///
    /// It is made the first time, which reads the whole column.
    pub fn id_index(&self) -> Option<&IdIndex> {
        let ColumnData::Hex(hexes) = &self.data else {
            return None;
        };
        Some(self.ids.get_or_init(|| IdIndex::new(hexes)))
    }

    /// Returns how many bytes the column's ids have; `None` for other columns than those of ids.
    pub fn id_width(&self) -> Option<usize> {
        match &self.data {
            ColumnData::Hex(hexes) => Some(hexes.width),
            _ => None,
        }
    }
}

impl ColumnData {
    /// Returns a number for the type, by which the columns of one field are told apart and ordered.
    pub(super) fn kind(&self) -> usize {
        match self {
            ColumnData::Str(_) => kind::STR,
            ColumnData::Hex(hexes) if hexes.width == 8 => kind::HEX_8,
            ColumnData::Hex(_) => kind::HEX_16,
            ColumnData::Int(_) => kind::INT,
            ColumnData::Float(_) => kind::FLOAT,
            ColumnData::Bool(_) => kind::BOOL,
        }
    }
}

/// The types that a column can have, as small numbers.
pub(super) mod kind {
    pub const STR: usize = 0;
    pub const HEX_8: usize = 1;
    pub const HEX_16: usize = 2;
    pub const INT: usize = 3;
    pub const FLOAT: usize = 4;
    pub const BOOL: usize = 5;
    pub const COUNT: usize = 6;
}

impl Codes {
    /// Returns how many rows there are; 0 if the codes are the rows themselves.
    fn len(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len(),
            Codes::U32(codes) => codes.len(),
            Codes::Rows => 0,
        }
    }

    /// Returns the code of `row`.
    pub fn get(&self, row: usize) -> Option<usize> {
        match self {
            Codes::U8(codes) => codes.get(row).map(|&code| usize::from(code)),
            Codes::U16(codes) => codes.get(row).map(|&code| usize::from(code)),
            Codes::U32(codes) => codes.get(row).map(|&code| code as usize),
            Codes::Rows => Some(row),
        }
    }

    /// Returns codes for `n_texts` texts, as narrow as they can be.
    pub(super) fn narrow(codes: Vec<u32>, n_texts: usize) -> Codes {
        if n_texts <= 1 << 8 {
            Codes::U8(codes.into_iter().map(|code| code as u8).collect())
        } else if n_texts <= 1 << 16 {
            Codes::U16(codes.into_iter().map(|code| code as u16).collect())
        } else {
            Codes::U32(codes.into())
        }
    }
}

impl Strs {
    fn text_bytes(&self, present: &Presence) -> u64 {
        // Each text once, and rows without one have an empty one.
        if let Codes::Rows = self.codes {
            return self.texts.bytes().len() as u64;
        }
        let length = |row: usize| self.texts.bytes_of(self.codes.get(row)?).len().into();
        let lengths = (0..self.codes.len()).filter(|&row| present.has(row));
        lengths
            .filter_map(length)
            .map(|length: usize| length as u64)
            .sum()
    }

    /// Returns the text of `row`, whether or not the row has a value.
    pub fn get(&self, row: usize) -> &str {
        self.codes.get(row).map_or("", |code| self.texts.get(code))
    }
}

impl Hexes {
    /// Returns the id of `row`.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let start = row.checked_mul(self.width)?;
        self.bytes
            .as_slice()
            .get(start..start.checked_add(self.width)?)
    }
}

impl IntValues {
    /// Returns the integer of `row`.
    pub fn get(&self, row: usize) -> Option<i64> {
        match self {
            IntValues::I8(values) => values.get(row).map(|&int| int.into()),
            IntValues::I16(values) => values.get(row).map(|&int| int.into()),
            IntValues::I32(values) => values.get(row).map(|&int| int.into()),
            IntValues::I64(values) => values.get(row).copied(),
        }
    }
}

impl Ints {
    /// Returns integers as narrow as they can be; `present` says which rows have one.
    pub(super) fn new(values: Vec<i64>, present: &Presence) -> Ints {
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        for (row, &int) in values.iter().enumerate() {
            if present.has(row) {
                least = least.min(int);
                most = most.max(int);
            }
        }
        // Rows that have none hold 0, which fits everywhere.
        let fits = |low: i64, high: i64| least > most || (low <= least && most <= high);
        let values = if fits(i8::MIN.into(), i8::MAX.into()) {
            IntValues::I8(values.into_iter().map(|int| int as i8).collect())
        } else if fits(i16::MIN.into(), i16::MAX.into()) {
            IntValues::I16(values.into_iter().map(|int| int as i16).collect())
        } else if fits(i32::MIN.into(), i32::MAX.into()) {
            IntValues::I32(values.into_iter().map(|int| int as i32).collect())
        } else {
            IntValues::I64(values.into())
        };
        Ints {
            values,
            least,
            most,
        }
    }
}

impl Ints {
    /// Returns these of `n_rows` rows with their bounds.
    pub(super) fn bounded(values: IntValues, present: &Presence, n_rows: usize) -> Ints {
        let rows = (0..n_rows).filter(|&row| present.has(row));
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        for int in rows.filter_map(|row| values.get(row)) {
            least = least.min(int);
            most = most.max(int);
        }
        Ints {
            values,
            least,
            most,
        }
    }
}

impl Floats {
    /// Returns doubles; `present` says which rows have one.
    pub(super) fn new(values: Vec<f64>, present: &Presence) -> Floats {
        Floats::bounded(values.into(), present)
    }

    /// Does the same for values that are somewhere.
    pub(super) fn bounded(values: ScalarBuffer<f64>, present: &Presence) -> Floats {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut are_finite = true;
        for (row, &float) in values.iter().enumerate() {
            if !present.has(row) {
                continue;
            }
            if float.is_finite() {
                least = least.min(float);
                most = most.max(float);
            } else {
                are_finite = false;
            }
        }
        Floats {
            values,
            least,
            most,
            are_finite,
        }
    }
}
