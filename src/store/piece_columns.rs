//! Some rows of a column as a column of their own.

use std::ops::Range;

use arrow_buffer::{BooleanBuffer, Buffer};

use super::column::{
    Checks, Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs,
};
use super::texts::Texts;

/// Returns these rows, with `is_sound` as the answer to whether they are as they were written.
pub fn slice(column: &Column, rows: &Range<usize>, is_sound: bool) -> Column {
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
