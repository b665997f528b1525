//! The bytes of a part in the journal.
//!
//! `lens, dataset, rows, times, rates, sequences, columns[], rare fields`, where a column is `name, type, which
//! rows, values`. The rare fields are left out where there are none. Counts are LEB128; values are as they stand in memory, which is little endian on every
//! machine that this is built for. Nothing is trusted when it is read back.

use std::sync::Arc;

use arrow_buffer::{ArrowNativeType, BooleanBuffer, Buffer, ScalarBuffer};

use super::build::ValueRef;
use super::column::{
    Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs, kind,
};
use super::part::{Part, Rates, Sequences, Span};
use super::rare::{Rare, RareBuilder};
use super::texts::Texts;
use crate::model::span::Lens;

/// The bytes are not a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPart;

/// Returns the bytes of `part`; its sequences count from its smallest.
pub fn encode(part: &Part) -> Vec<u8> {
    let mut bytes = vec![lens_code(part.lens)];
    put_text(&mut bytes, &part.dataset);
    put_number(&mut bytes, part.len() as u64);
    put_values(&mut bytes, &part.times);
    match &part.rates {
        Rates::One => bytes.push(0),
        Rates::Each(rates) => {
            bytes.push(1);
            put_values(&mut bytes, rates);
        }
    }
    match &part.sequences.offsets {
        None => bytes.push(0),
        Some(offsets) => {
            bytes.push(1);
            put_values(&mut bytes, offsets);
        }
    }
    put_number(&mut bytes, part.columns.len() as u64);
    for column in &part.columns {
        put_column(&mut bytes, column);
    }
    if !part.rare.is_empty() {
        put_rare(&mut bytes, &part.rare);
    }
    bytes
}

fn put_rare(bytes: &mut Vec<u8>, rare: &Rare) {
    put_number(bytes, rare.fields.len() as u64);
    for field in &rare.fields {
        put_text(bytes, &field.name);
        put_number(bytes, field.runs.len() as u64);
        for run in &field.runs {
            bytes.push(run.kind as u8);
            put_number(bytes, (run.end - run.start) as u64);
            for (row, value) in rare.entries(*run) {
                put_number(bytes, row.into());
                match value {
                    ValueRef::Str(text) => put_text(bytes, text),
                    ValueRef::Hex(id) => bytes.extend_from_slice(id),
                    ValueRef::Int(int) => bytes.extend_from_slice(&int.to_le_bytes()),
                    ValueRef::Float(float) => bytes.extend_from_slice(&float.to_le_bytes()),
                    ValueRef::Bool(truth) => bytes.push(truth.into()),
                }
            }
        }
    }
}

fn put_column(bytes: &mut Vec<u8>, column: &Column) {
    put_text(bytes, &column.name);
    bytes.push(column.data.kind() as u8);
    match &column.present {
        Presence::All => bytes.push(0),
        Presence::Some(bits, _) => {
            bytes.push(1);
            put_bits(bytes, bits);
        }
    }
    match &column.data {
        ColumnData::Str(strs) => {
            match &strs.codes {
                Codes::U8(codes) => put_wide(bytes, 1, codes),
                Codes::U16(codes) => put_wide(bytes, 2, codes),
                Codes::U32(codes) => put_wide(bytes, 4, codes),
                Codes::Rows => bytes.push(0),
            }
            put_number(bytes, strs.texts.len() as u64);
            put_values(bytes, strs.texts.offsets());
            put_number(bytes, strs.texts.bytes().len() as u64);
            bytes.extend_from_slice(strs.texts.bytes());
        }
        ColumnData::Hex(hexes) => bytes.extend_from_slice(&hexes.bytes),
        ColumnData::Int(ints) => match &ints.values {
            IntValues::I8(values) => put_wide(bytes, 1, values),
            IntValues::I16(values) => put_wide(bytes, 2, values),
            IntValues::I32(values) => put_wide(bytes, 4, values),
            IntValues::I64(values) => put_wide(bytes, 8, values),
        },
        ColumnData::Float(floats) => put_values(bytes, &floats.values),
        ColumnData::Bool(bits) => put_bits(bytes, bits),
    }
}

/// Reads what [`encode`] wrote; the part's first sequence is `sequence`.
///
/// # Errors
/// If the bytes are anything else.
pub fn decode(bytes: &[u8], sequence: u64) -> Result<Part, NotAPart> {
    let mut reader = Reader { bytes };
    reader.part(sequence).ok_or(NotAPart)
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn part(&mut self, first: u64) -> Option<Part> {
        let lens = lens_of(self.byte()?)?;
        let dataset: Arc<str> = self.text()?.into();
        let n_rows = self.count()?;
        let times: Vec<i64> = self.values(n_rows)?;
        if n_rows == 0 || !times.is_sorted() {
            return None;
        }
        let rates = match self.byte()? {
            0 => Rates::One,
            1 => Rates::Each(self.values::<u32>(n_rows)?.into()),
            _ => return None,
        };
        let offsets = match self.byte()? {
            0 => None,
            1 => Some(self.values::<u32>(n_rows)?.into()),
            _ => return None,
        };
        let mut columns: Vec<Column> = Vec::new();
        for _ in 0..self.count()? {
            let column = self.column(n_rows)?;
            let key = |column: &Column| (column.name.clone(), column.data.kind());
            if columns.last().is_some_and(|last| key(last) >= key(&column)) {
                return None;
            }
            columns.push(column);
        }
        let rare = match self.bytes {
            [] => Rare::default(),
            _ => self.rare(n_rows, &columns)?,
        };
        if !self.bytes.is_empty() {
            return None;
        }
        Some(Part {
            lens,
            dataset,
            span: Span {
                n_rows,
                first_time: *times.first()?,
                last_time: *times.last()?,
                weight: rates.weight(0, n_rows),
            },
            times: times.into(),
            rates,
            sequences: Sequences { first, offsets },
            columns,
            rare,
            checks: Default::default(),
            file: None,
            damage: Default::default(),
        })
    }

    fn column(&mut self, n_rows: usize) -> Option<Column> {
        let name: Arc<str> = self.text()?.into();
        let kind = usize::from(self.byte()?);
        let present = match self.byte()? {
            0 => Presence::All,
            1 => {
                let bits = self.bits(n_rows)?;
                let count = bits.count_set_bits();
                Presence::Some(bits, count)
            }
            _ => return None,
        };
        let data = match kind {
            kind::STR => ColumnData::Str(self.strs(n_rows)?),
            kind::HEX_8 => ColumnData::Hex(self.hexes(8, n_rows)?),
            kind::HEX_16 => ColumnData::Hex(self.hexes(16, n_rows)?),
            kind::INT => ColumnData::Int(Ints::new(self.ints(n_rows)?, &present)),
            kind::FLOAT => ColumnData::Float(Floats::new(self.values(n_rows)?, &present)),
            kind::BOOL => ColumnData::Bool(self.bits(n_rows)?),
            _ => return None,
        };
        Some(Column::new(name, present, data))
    }

    fn rare(&mut self, n_rows: usize, columns: &[Column]) -> Option<Rare> {
        let mut rare = RareBuilder::default();
        let mut last_name: Option<Arc<str>> = None;
        for _ in 0..self.count()? {
            let name: Arc<str> = self.text()?.into();
            let is_later = last_name.as_ref().is_none_or(|last| *last < name);
            let is_column = columns
                .binary_search_by(|column| column.name.cmp(&name))
                .is_ok();
            if !is_later || is_column {
                return None;
            }
            let mut last_kind = None;
            for _ in 0..self.count()? {
                let kind = usize::from(self.byte()?);
                if kind >= kind::COUNT || last_kind >= Some(kind) {
                    return None;
                }
                last_kind = Some(kind);
                let n_values = self.count()?;
                let mut entries: Vec<(u32, ValueRef<'a>)> = Vec::new();
                for _ in 0..n_values {
                    let row = self.row(n_rows)?;
                    if entries.last().is_some_and(|(last, _)| *last >= row) {
                        return None;
                    }
                    entries.push((row, self.value(kind)?));
                }
                (!entries.is_empty()).then_some(())?;
                rare.run(&name, kind, entries);
            }
            last_name = Some(name);
        }
        Some(rare.finish())
    }

    fn value(&mut self, kind: usize) -> Option<ValueRef<'a>> {
        Some(match kind {
            kind::INT => ValueRef::Int(i64::from_le_bytes(*self.take(8)?.first_chunk()?)),
            kind::FLOAT => ValueRef::Float(f64::from_le_bytes(*self.take(8)?.first_chunk()?)),
            kind::BOOL => ValueRef::Bool(match self.byte()? {
                0 => false,
                1 => true,
                _ => return None,
            }),
            // Ids are their digits here.
            _ => ValueRef::Str(self.text()?),
        })
    }

    fn strs(&mut self, n_rows: usize) -> Option<Strs> {
        let codes = match self.byte()? {
            0 => Codes::Rows,
            1 => Codes::U8(self.values(n_rows)?.into()),
            2 => Codes::U16(self.values(n_rows)?.into()),
            4 => Codes::U32(self.values(n_rows)?.into()),
            _ => return None,
        };
        let n_texts = self.count()?;
        let offsets: Vec<i32> = self.values(n_texts.checked_add(1)?)?;
        let length = self.count()?;
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        let is_boundary =
            |offset: &i32| usize::try_from(*offset).is_ok_and(|it| text.is_char_boundary(it));
        let are_texts =
            offsets.is_sorted() && offsets.first() == Some(&0) && offsets.iter().all(is_boundary);
        let are_known = match &codes {
            Codes::Rows => n_texts == n_rows,
            codes => (0..n_rows).all(|row| codes.get(row).is_some_and(|code| code < n_texts)),
        };
        (are_texts && are_known).then(|| Strs {
            codes,
            texts: Texts::new(offsets.into(), Buffer::from(text.as_bytes())),
        })
    }

    fn hexes(&mut self, width: usize, n_rows: usize) -> Option<Hexes> {
        let bytes = Buffer::from(self.take(n_rows.checked_mul(width)?)?);
        Some(Hexes { width, bytes })
    }

    fn ints(&mut self, n_rows: usize) -> Option<Vec<i64>> {
        Some(match self.byte()? {
            1 => self
                .values::<i8>(n_rows)?
                .into_iter()
                .map(i64::from)
                .collect(),
            2 => self
                .values::<i16>(n_rows)?
                .into_iter()
                .map(i64::from)
                .collect(),
            4 => self
                .values::<i32>(n_rows)?
                .into_iter()
                .map(i64::from)
                .collect(),
            8 => self.values(n_rows)?,
            _ => return None,
        })
    }

    // Copied: what is borrowed stands anywhere, and numbers want their place in memory.
    fn values<T: ArrowNativeType>(&mut self, n: usize) -> Option<Vec<T>> {
        let bytes = self.take(n.checked_mul(size_of::<T>())?)?;
        Some(ScalarBuffer::<T>::new(Buffer::from(bytes), 0, n).to_vec())
    }

    fn bits(&mut self, n_rows: usize) -> Option<BooleanBuffer> {
        let bytes = self.take(n_rows.div_ceil(8))?;
        Some(BooleanBuffer::new(Buffer::from(bytes), 0, n_rows))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    // No count is larger than the bytes that are left: each thing takes one at least, or an eighth.
    fn count(&mut self) -> Option<usize> {
        let number = self.number()?;
        (number / 8 <= self.bytes.len()).then_some(number)
    }

    fn row(&mut self, n_rows: usize) -> Option<u32> {
        let row = self.number().filter(|row| *row < n_rows)?;
        u32::try_from(row).ok()
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(number).ok();
            }
        }
        None
    }
}

/// Returns the one byte that stands for a lens.
pub fn lens_code(lens: Lens) -> u8 {
    match lens {
        Lens::Spans => 0,
        Lens::Logs => 1,
        Lens::Segments => 2,
    }
}

/// Returns the lens that a byte stands for.
pub fn lens_of(code: u8) -> Option<Lens> {
    Some(match code {
        0 => Lens::Spans,
        1 => Lens::Logs,
        2 => Lens::Segments,
        _ => return None,
    })
}

fn put_wide<T: ArrowNativeType>(bytes: &mut Vec<u8>, width: u8, values: &ScalarBuffer<T>) {
    bytes.push(width);
    put_values(bytes, values);
}

fn put_values<T: ArrowNativeType>(bytes: &mut Vec<u8>, values: &ScalarBuffer<T>) {
    bytes.extend_from_slice(values.inner());
}

fn put_bits(bytes: &mut Vec<u8>, bits: &BooleanBuffer) {
    // What is built in memory starts at the first bit of a byte.
    bytes.extend_from_slice(&bits.sliced());
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event, Value};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn random_part(rng: &mut StdRng) -> Part {
        let lens = lens_of(rng.random_range(0..3)).unwrap();
        let n_events = rng.random_range(1..40);
        let events = (0..n_events).map(|_| Event {
            time: rng.random(),
            sample_rate: rng.random_range(0..3),
            fields: (0..rng.random_range(0..9))
                .map(|_| {
                    (
                        format!("f{}", rng.random_range(0..12)).into(),
                        random_value(rng),
                    )
                })
                .collect(),
        });
        Part::of(&Batch {
            lens,
            dataset: "d".into(),
            events: events.collect(),
        })
    }

    fn random_value(rng: &mut StdRng) -> Value {
        match rng.random_range(0..6) {
            0 => "zoë\u{0}".repeat(rng.random_range(0..40)).into(),
            1 => Value::Int(rng.random()),
            2 => Value::Int(rng.random_range(-200..200)),
            3 => Value::Float(rng.random()),
            4 => format!("{:016x}", rng.random::<u64>()).into(),
            _ => Value::Bool(rng.random()),
        }
    }

    #[test]
    fn any_part_comes_back_the_same() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..300 {
            let part = random_part(&mut rng);
            let again = decode(&encode(&part), 9).unwrap();
            assert_eq!(again.times(), part.times());
            assert_eq!(
                (again.lens, &again.dataset, again.span),
                (part.lens, &part.dataset, part.span)
            );
            assert_eq!(again.columns().len(), part.columns().len());
            for row in 0..part.len() {
                assert_eq!(again.sequence(row), part.sequence(row) + 9);
                assert_eq!(again.rates().get(row), part.rates().get(row));
                for column in part.columns() {
                    assert_eq!(
                        again.value(&column.name, row),
                        part.value(&column.name, row)
                    );
                }
            }
        }
    }

    #[test]
    fn cut_and_odd_bytes_are_no_part_and_no_panic() {
        let mut rng = StdRng::seed_from_u64(8);
        for _ in 0..100 {
            let bytes = encode(&random_part(&mut rng));
            for cut in (0..bytes.len()).step_by(1 + bytes.len() / 100) {
                assert!(decode(&bytes[..cut], 0).is_err());
            }
            let mut odd = bytes.clone();
            for _ in 0..20 {
                let at = rng.random_range(0..odd.len());
                odd[at] = rng.random();
                if let Ok(part) = decode(&odd, 0) {
                    encode(&crate::store::merge::merged(&[&part]));
                }
            }
        }
    }
}
