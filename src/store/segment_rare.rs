//! Rare fields in a segment file: one list of all their values, which stands in the first row.

use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int64Array, ListArray, PrimitiveArray,
    StringArray, StructArray, UInt32Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, Field};

use super::directory::{Place, RareEntries};
use super::part::Part;
use super::rare::{Rare, RareField};
use super::segment_write::TYPE_NAMES;

pub(super) fn rare_array(part: &Part) -> Result<ArrayRef, ArrowError> {
    let rare = &part.rare;
    let n_entries = rare.rows.len();
    let names = rare.fields.iter().map(|field| field.name.to_string());
    let names = StringArray::from_iter_values(names);
    let name_codes = (0..)
        .zip(&rare.fields)
        .flat_map(|(code, field): (u32, _)| std::iter::repeat_n(code, field.n_values()));
    let codes = PrimitiveArray::<UInt32Type>::from_iter_values(name_codes);
    let types: Vec<u8> = rare
        .fields
        .iter()
        .flat_map(|field| &field.runs)
        .flat_map(|run| std::iter::repeat_n(run.kind as u8, run.end - run.start))
        .collect();
    let type_names = StringArray::from_iter_values(TYPE_NAMES);
    let types = PrimitiveArray::<UInt8Type>::from_iter_values(types);
    let text_offsets = OffsetBuffer::new(rare.texts.offsets().clone());
    let texts = StringArray::try_new(text_offsets, rare.texts.bytes().clone(), None)?;
    let members: Vec<(&str, ArrayRef)> = vec![
        (
            "name",
            Arc::new(DictionaryArray::try_new(codes, Arc::new(names))?),
        ),
        (
            "type",
            Arc::new(DictionaryArray::try_new(types, Arc::new(type_names))?),
        ),
        ("row", Arc::new(UInt32Array::new(rare.rows.clone(), None))),
        (
            "integer",
            Arc::new(Int64Array::new(rare.ints.clone(), None)),
        ),
        (
            "float",
            Arc::new(Float64Array::new(rare.floats.clone(), None)),
        ),
        ("text", Arc::new(texts)),
    ];
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = members
        .into_iter()
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), false), array))
        .unzip();
    let entries = StructArray::try_new(fields.into(), arrays, None)?;
    let n_entries = i32::try_from(n_entries).map_err(|_| odd_arrow("too many rare values"))?;
    let ends = std::iter::repeat_n(n_entries, part.len());
    let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
    let item = Field::new("item", entries.data_type().clone(), false);
    let list = ListArray::try_new(
        Arc::new(item),
        OffsetBuffer::new(offsets.into()),
        Arc::new(entries),
        None,
    )?;
    Ok(Arc::new(list))
}

fn odd_arrow(what: &str) -> ArrowError {
    ArrowError::InvalidArgumentError(what.to_string())
}

pub(super) fn rare_entries(
    rare: &Rare,
    buffers: &mut impl Iterator<Item = Place>,
) -> Option<RareEntries> {
    // Of the list: bits and offsets. Of the structure: bits.
    buffers.nth(2)?;
    // Of each member bits and values; names and types have theirs in the directory.
    buffers.nth(3)?;
    let mut values = || {
        buffers.next()?;
        buffers.next()
    };
    let (rows, ints, floats) = (values()?, values()?, values()?);
    let offsets = values()?;
    let texts = (offsets, buffers.next()?);
    let types = |field: &RareField| {
        let runs = field.runs.iter();
        runs.map(|run| (run.kind, run.end - run.start)).collect()
    };
    let fields = rare.fields.iter();
    Some(RareEntries {
        fields: fields
            .map(|field| (field.name.to_string(), types(field)))
            .collect(),
        rows,
        ints,
        floats,
        texts,
    })
}
