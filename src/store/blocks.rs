//! Checksums of blocks of rows, by which damage to a segment file is narrowed down to the rows that it hits.
//!
//! A column's buffers have a checksum each, which is checked when the column is first used. Only if one does not
//! hold are the blocks looked at, so that they cost nothing as long as nothing is damaged.

use std::ops::Range;

use arrow_buffer::{ArrowNativeType, BooleanBuffer, ScalarBuffer};
use crc32fast::Hasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::column::{Codes, Column, ColumnData, IntValues, Presence};
use super::part::{Part, Rates};
use super::rare::Rare;
use super::texts::Texts;

/// The most rows, or values of rare fields, in a block.
pub const MOST: usize = 8_192;
// The fewest; a multiple of 8, so that bits of a block are whole bytes.
const FEWEST: usize = 128;
// A small segment has smaller blocks, but not more of them.
const MOST_BLOCKS: usize = 64;

/// Returns how many of `n` rows or values are in a block.
pub fn block_length(n: usize) -> usize {
    (n / MOST_BLOCKS).next_power_of_two().clamp(FEWEST, MOST)
}

/// What the bytes of each block of a segment add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockSums {
    /// How many rows are in a block.
    pub rows: usize,
    /// Of times, sample rates and sequences.
    pub events: Sums,
    /// Of each column: which rows have a value, and the values. Texts that several rows share are not in it.
    pub columns: Vec<Sums>,
    /// How many values of rare fields are in a block.
    pub entries: usize,
    /// Of the rows of rare values.
    pub rare_rows: Sums,
    /// Of the rare values themselves.
    pub rare_values: Sums,
}

/// A CRC-32 for each block; eight hexadecimal digits each, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(pub Vec<u32>);

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.0.iter().map(|sum| format!("{sum:08x}"));
        serializer.serialize_str(&digits.collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Sums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sums, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (chunks, []) = text.as_bytes().as_chunks::<8>() else {
            return Err(serde::de::Error::custom("sums of eight digits"));
        };
        let sum = |digits: &[u8; 8]| {
            let digits = std::str::from_utf8(digits).ok()?;
            u32::from_str_radix(digits, 16).ok()
        };
        let sums: Option<Vec<u32>> = chunks.iter().map(sum).collect();
        sums.map(Sums)
            .ok_or_else(|| serde::de::Error::custom("sums of hexadecimal digits"))
    }
}

impl Sums {
    fn of(n: usize, length: usize, sum: impl Fn(Range<usize>) -> u32) -> Sums {
        Sums(blocks(n, length).map(sum).collect())
    }

    /// Returns the blocks of `length` out of `n` whose bytes do not add up to this.
    pub fn damaged(
        &self,
        n: usize,
        length: usize,
        sum: impl Fn(Range<usize>) -> u32,
    ) -> Vec<Range<usize>> {
        let blocks = blocks(n, length).enumerate();
        let damaged = blocks.filter(|(idx, block)| self.0.get(*idx) != Some(&sum(block.clone())));
        damaged.map(|(_, block)| block).collect()
    }
}

fn blocks(n: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    let length = length.max(1);
    (0..n)
        .step_by(length)
        .map(move |start| start..start.saturating_add(length).min(n))
}

impl BlockSums {
    /// Returns what the blocks of a part add up to; its values are those that were meant.
    pub fn of(part: &Part) -> BlockSums {
        let n_rows = part.len();
        let rows = block_length(n_rows);
        let n_entries = part.rare.rows.len();
        let entries = block_length(n_entries);
        let columns = part.columns.iter();
        BlockSums {
            rows,
            events: Sums::of(n_rows, rows, |block| event_sum(part, block)),
            columns: columns
                .map(|column| Sums::of(n_rows, rows, |block| column_sum(column, block)))
                .collect(),
            entries,
            rare_rows: Sums::of(n_entries, entries, |block| rare_row_sum(&part.rare, block)),
            rare_values: Sums::of(n_entries, entries, |block| {
                rare_value_sum(&part.rare, block)
            }),
        }
    }
}

/// Returns the sum of the times, rates and sequences of these rows.
pub fn event_sum(part: &Part, rows: Range<usize>) -> u32 {
    let mut hasher = Hasher::new();
    add(&mut hasher, &part.times, &rows);
    if let Rates::Each(rates) = &part.rates {
        add(&mut hasher, rates, &rows);
    }
    if let Some(offsets) = part.kept_sequences() {
        add(&mut hasher, offsets, &rows);
    }
    hasher.finalize()
}

/// Returns the sum of what a column has in these rows.
pub fn column_sum(column: &Column, rows: Range<usize>) -> u32 {
    let mut hasher = Hasher::new();
    if let Presence::Some(bits, _) = &column.present {
        add_bits(&mut hasher, bits, &rows);
    }
    match &column.data {
        ColumnData::Str(strs) => match &strs.codes {
            Codes::U8(codes) => add(&mut hasher, codes, &rows),
            Codes::U16(codes) => add(&mut hasher, codes, &rows),
            Codes::U32(codes) => add(&mut hasher, codes, &rows),
            Codes::Rows => add_texts(&mut hasher, &strs.texts, &rows),
        },
        ColumnData::Hex(hexes) => {
            let (start, end) = (rows.start * hexes.width, rows.end * hexes.width);
            hasher.update(hexes.bytes.as_slice().get(start..end).unwrap_or_default());
        }
        ColumnData::Int(ints) => match &ints.values {
            IntValues::I8(values) => add(&mut hasher, values, &rows),
            IntValues::I16(values) => add(&mut hasher, values, &rows),
            IntValues::I32(values) => add(&mut hasher, values, &rows),
            IntValues::I64(values) => add(&mut hasher, values, &rows),
        },
        ColumnData::Float(floats) => add(&mut hasher, &floats.values, &rows),
        ColumnData::Bool(bits) => add_bits(&mut hasher, bits, &rows),
    }
    hasher.finalize()
}

/// Returns the sum of the rows of these rare values.
pub fn rare_row_sum(rare: &Rare, entries: Range<usize>) -> u32 {
    let mut hasher = Hasher::new();
    add(&mut hasher, &rare.rows, &entries);
    hasher.finalize()
}

/// Returns the sum of these rare values.
pub fn rare_value_sum(rare: &Rare, entries: Range<usize>) -> u32 {
    let mut hasher = Hasher::new();
    add(&mut hasher, &rare.ints, &entries);
    add(&mut hasher, &rare.floats, &entries);
    add_texts(&mut hasher, &rare.texts, &entries);
    hasher.finalize()
}

fn add<T: ArrowNativeType>(hasher: &mut Hasher, values: &ScalarBuffer<T>, items: &Range<usize>) {
    let width = size_of::<T>();
    let bytes = values.inner().as_slice();
    let bytes = bytes.get(items.start * width..items.end * width);
    hasher.update(bytes.unwrap_or_default());
}

// Bits behind the last row mean nothing, and a writer may set them as it likes.
fn add_bits(hasher: &mut Hasher, bits: &BooleanBuffer, rows: &Range<usize>) {
    if rows.end > bits.len() {
        return;
    }
    let bytes = bits.slice(rows.start, rows.len()).sliced();
    let (n_whole, n_more) = (rows.len() / 8, rows.len() % 8);
    hasher.update(bytes.as_slice().get(..n_whole).unwrap_or_default());
    if let Some(last) = bytes.as_slice().get(n_whole).filter(|_| n_more > 0) {
        hasher.update(&[last & ((1 << n_more) - 1)]);
    }
}

fn add_texts(hasher: &mut Hasher, texts: &Texts, items: &Range<usize>) {
    let ends = items.start..items.end + 1;
    add(hasher, texts.offsets(), &ends);
    let offset = |idx: usize| usize::try_from(*texts.offsets().get(idx)?).ok();
    let bytes = offset(items.start)
        .zip(offset(items.end))
        .and_then(|(start, end)| texts.bytes().as_slice().get(start..end));
    hasher.update(bytes.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_segments_have_small_blocks() {
        let cases = [
            (0, 128),
            (1_930, 128),
            (10_000, 256),
            (131_072, 2_048),
            (524_288, MOST),
            (10_000_000, MOST),
        ];
        for (n, length) in cases {
            assert_eq!(block_length(n), length, "{n}");
        }
    }

    #[test]
    fn sums_come_back_the_same_and_nothing_else_is_read() {
        let sums = Sums(vec![0, 1, 0xdead_beef]);
        let json = serde_json::to_string(&sums).unwrap();
        assert_eq!(json, "\"0000000000000001deadbeef\"");
        assert_eq!(serde_json::from_str::<Sums>(&json).unwrap(), sums);
        for odd in ["\"0\"", "\"0000000g\"", "1", "\"0000000é\""] {
            assert!(serde_json::from_str::<Sums>(odd).is_err(), "{odd}");
        }
    }
}
