//! Which rows of a stretch pass the filters.

use super::condition::{Condition, Numbers, Side, Test};
use super::source::{Rows, Source, present};
use crate::model::query::Combination;
use crate::store::{Codes, ColumnData, IntValues};

/// Rows that passed, kept in little memory: a bit for each row of the stretch at most.
#[derive(Debug, Clone)]
pub enum Kept {
    /// All of so many.
    All(usize),
    /// These.
    Few(Box<[u16]>),
    /// Those whose bit is set.
    Bits(Box<[u64]>),
}

impl Kept {
    /// Keeps `rows` of `n`.
    pub fn of(rows: Rows<'_>, n: usize) -> Kept {
        match rows {
            Rows::All(n) => Kept::All(n),
            Rows::List(rows) if rows.len() < n / 16 => Kept::Few(rows.into()),
            Rows::List(rows) => {
                let mut bits = vec![0u64; n.div_ceil(64)];
                for row in rows {
                    if let Some(word) = bits.get_mut(usize::from(*row) / 64) {
                        *word |= 1 << (row % 64);
                    }
                }
                Kept::Bits(bits.into())
            }
        }
    }

    /// Returns the rows; `list` is where they are written to.
    pub fn rows<'a>(&'a self, list: &'a mut Vec<u16>) -> Rows<'a> {
        match self {
            Kept::All(n) => Rows::All(*n),
            Kept::Few(rows) => Rows::List(rows),
            Kept::Bits(bits) => {
                list.clear();
                for (idx, word) in bits.iter().enumerate() {
                    push_bits(list, idx, *word);
                }
                Rows::List(list)
            }
        }
    }
}

/// What selecting needs to write on.
#[derive(Debug, Default)]
pub struct Scratch {
    mask: Vec<u8>,
    one: Vec<u8>,
    presence: Vec<u8>,
}

/// Writes the rows of a stretch of `n` rows that pass to `list`.
///
/// `conditions` are asked of `sources`, one each. Returns `true` if all pass, and then leaves `list` be.
pub fn select(
    conditions: &[&Condition],
    sources: &[Source<'_>],
    combination: Combination,
    n: usize,
    scratch: &mut Scratch,
    list: &mut Vec<u16>,
) -> bool {
    let is_and = combination == Combination::And;
    if is_and && conditions.iter().any(|it| it.verdict == Some(false)) {
        list.clear();
        return false;
    }
    if conditions.is_empty() || (!is_and && conditions.iter().any(|it| it.verdict == Some(true))) {
        return true;
    }
    let pairs = || conditions.iter().zip(sources);
    let mut open = pairs().filter(|(condition, _)| condition.verdict.is_none());
    let Some((first, source)) = open.next() else {
        // All are decided alike: all hold, or none does.
        list.clear();
        return is_and;
    };
    let Scratch {
        mask,
        one,
        presence,
    } = scratch;
    put_mask(first, *source, n, mask, presence);
    if !is_and {
        for (condition, source) in open {
            put_mask(condition, *source, n, one, presence);
            for (all, one) in mask.iter_mut().zip(&*one) {
                *all |= one;
            }
        }
        compact(mask, list);
        return list.len() == n;
    }
    let mut is_listed = false;
    for (condition, source) in open {
        if !is_listed && count(mask) < n / 8 {
            compact(mask, list);
            is_listed = true;
        }
        // Few are left: they are asked one by one.
        if is_listed {
            retain(condition, *source, list);
            continue;
        }
        put_mask(condition, *source, n, one, presence);
        for (all, one) in mask.iter_mut().zip(&*one) {
            *all &= one;
        }
    }
    if !is_listed {
        compact(mask, list);
    }
    list.len() == n
}

/// Takes away the rows that do not pass.
pub fn retain(condition: &Condition, source: Source<'_>, list: &mut Vec<u16>) {
    match condition.verdict {
        Some(true) => {}
        Some(false) => list.clear(),
        None => list.retain(|row| holds(condition, source, usize::from(*row))),
    }
}

/// Tells whether one row passes.
pub fn holds(condition: &Condition, source: Source<'_>, row: usize) -> bool {
    let row = source.start + row;
    let mut tests = condition.tests.iter().zip(source.columns);
    let found = tests.find(|(_, column)| column.present.has(row));
    found.map_or(condition.absent, |(test, column)| {
        test.holds(&column.data, row)
    })
}

fn count(mask: &[u8]) -> usize {
    // In pieces whose sum a byte holds, which the compiler adds sixteen at a time.
    let sum = |piece: &[u8]| usize::from(piece.iter().sum::<u8>());
    mask.chunks(128).map(sum).sum()
}

// Writes where the mask is 1.
fn compact(mask: &[u8], list: &mut Vec<u16>) {
    list.clear();
    if count(mask) > mask.len() / 4 {
        list.resize(mask.len(), 0);
        let mut n = 0;
        for (row, passes) in mask.iter().enumerate() {
            if let Some(place) = list.get_mut(n) {
                *place = row as u16;
            }
            n += usize::from(*passes);
        }
        list.truncate(n);
        return;
    }
    let (words, rest) = mask.as_chunks::<8>();
    for (idx, word) in words.iter().enumerate() {
        let mut word = u64::from_le_bytes(*word);
        while word != 0 {
            list.push((idx * 8) as u16 + (word.trailing_zeros() / 8) as u16);
            word &= word - 1;
        }
    }
    let first = words.len() * 8;
    for (row, passes) in (first..).zip(rest) {
        if *passes != 0 {
            list.push(row as u16);
        }
    }
}

fn push_bits(list: &mut Vec<u16>, idx: usize, mut word: u64) {
    while word != 0 {
        list.push((idx * 64) as u16 + word.trailing_zeros() as u16);
        word &= word - 1;
    }
}

// Writes for each row of the stretch whether it passes, 1 or 0.
fn put_mask(
    condition: &Condition,
    source: Source<'_>,
    n: usize,
    mask: &mut Vec<u8>,
    presence: &mut Vec<u8>,
) {
    mask.clear();
    mask.resize(n, u8::from(condition.absent));
    let mut passes = Vec::new();
    for (test, column) in condition.tests.iter().zip(source.columns) {
        let has = present(column, source.start, n, presence);
        let Some(has) = has else {
            put_test(test, &column.data, source.start, mask);
            continue;
        };
        passes.resize(n, 0);
        put_test(test, &column.data, source.start, &mut passes);
        for ((all, passes), has) in mask.iter_mut().zip(&passes).zip(has) {
            *all = (*all & (1 - has)) | (passes & has);
        }
    }
}

// The same for the values of one type; what it says of rows without one means nothing.
fn put_test(test: &Test, data: &ColumnData, start: usize, mask: &mut [u8]) {
    match (test, data) {
        (Test::Constant(passes), _) => mask.fill(u8::from(*passes)),
        (Test::Code(code, passes), ColumnData::Str(strs)) => match &strs.codes {
            Codes::U8(codes) => put(mask, codes, start, |it| (u32::from(it) == *code) == *passes),
            Codes::U16(codes) => put(mask, codes, start, |it| (u32::from(it) == *code) == *passes),
            Codes::U32(codes) => put(mask, codes, start, |it| (it == *code) == *passes),
            Codes::Rows => put_each(test, data, start, mask),
        },
        (Test::Codes(table), ColumnData::Str(strs)) => match &strs.codes {
            Codes::U8(codes) => {
                // Of a length that every code is below, so that none has to be looked after.
                let mut all = [0; 256];
                all.iter_mut()
                    .zip(table)
                    .for_each(|(place, passes)| *place = *passes);
                for (place, code) in mask.iter_mut().zip(codes.get(start..).unwrap_or_default()) {
                    *place = all[usize::from(*code)];
                }
            }
            Codes::U16(codes) => put_table(mask, codes, start, usize::from, table),
            Codes::U32(codes) => put_table(mask, codes, start, |it| it as usize, table),
            Codes::Rows => put_each(test, data, start, mask),
        },
        (Test::Within(ranges, passes), ColumnData::Int(ints)) => match &ints.values {
            IntValues::I8(values) => put_ranges(mask, values, start, ranges, *passes, |it| {
                it.clamp(i8::MIN.into(), i8::MAX.into()) as i8
            }),
            IntValues::I16(values) => put_ranges(mask, values, start, ranges, *passes, |it| {
                it.clamp(i16::MIN.into(), i16::MAX.into()) as i16
            }),
            IntValues::I32(values) => put_ranges(mask, values, start, ranges, *passes, |it| {
                it.clamp(i32::MIN.into(), i32::MAX.into()) as i32
            }),
            IntValues::I64(values) => put_ranges(mask, values, start, ranges, *passes, |it| it),
        },
        (Test::Beside(side, number), ColumnData::Float(floats)) => {
            put_beside(mask, &floats.values, start, *side, *number);
        }
        (Test::OneOf(numbers, passes), ColumnData::Float(floats)) => {
            put_one_of(mask, &floats.values, start, numbers, *passes);
        }
        _ => put_each(test, data, start, mask),
    }
}

fn put<T: Copy>(mask: &mut [u8], values: &[T], start: usize, passes: impl Fn(T) -> bool) {
    for (place, value) in mask.iter_mut().zip(values.get(start..).unwrap_or_default()) {
        *place = u8::from(passes(*value));
    }
}

fn put_table<T: Copy>(
    mask: &mut [u8],
    codes: &[T],
    start: usize,
    idx: impl Fn(T) -> usize,
    table: &[u8],
) {
    for (place, code) in mask.iter_mut().zip(codes.get(start..).unwrap_or_default()) {
        *place = table.get(idx(*code)).copied().unwrap_or(0);
    }
}

// A range that is cut to the type's own keeps its values: all values are of the type.
fn put_ranges<T: Copy + PartialOrd>(
    mask: &mut [u8],
    values: &[T],
    start: usize,
    ranges: &[(i64, i64)],
    passes: bool,
    cut: impl Fn(i64) -> T,
) {
    let values = values.get(start..).unwrap_or_default();
    let mut is_first = true;
    for (low, high) in ranges {
        let (low, high) = (cut(*low), cut(*high));
        for (place, value) in mask.iter_mut().zip(values) {
            let is_inside = u8::from(*value >= low) & u8::from(*value <= high);
            *place = if is_first {
                is_inside
            } else {
                *place | is_inside
            };
        }
        is_first = false;
    }
    if !passes {
        mask.iter_mut().for_each(|place| *place ^= 1);
    }
}

fn put_beside(mask: &mut [u8], values: &[f64], start: usize, side: Side, number: f64) {
    match side {
        Side::Above => put(mask, values, start, |it| it > number),
        Side::From => put(mask, values, start, |it| it >= number),
        Side::Below => put(mask, values, start, |it| it < number),
        Side::UpTo => put(mask, values, start, |it| it <= number),
    }
}

fn put_one_of(mask: &mut [u8], values: &[f64], start: usize, numbers: &Numbers, passes: bool) {
    match numbers.only() {
        Some(number) => put(mask, values, start, |it| (it == number) == passes),
        None => put(mask, values, start, |it| numbers.has(it) == passes),
    }
}

fn put_each(test: &Test, data: &ColumnData, start: usize, mask: &mut [u8]) {
    for (row, place) in (start..).zip(mask) {
        *place = u8::from(test.holds(data, row));
    }
}
