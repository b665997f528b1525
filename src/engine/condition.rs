//! A filter made ready for one part: what it asks of each of the part's columns.

use super::ask::test_of;
use super::filter::{passes, passes_absent};
use crate::model::query::Filter;
use crate::store::{Column, ColumnData, Presence, ValueRef};

/// A filter on the columns of one field, one test for each type that the field has in a part.
#[derive(Debug)]
pub struct Condition {
    /// Whether rows without the field pass.
    pub absent: bool,
    /// One for each column, in their order.
    pub tests: Vec<Test>,
    /// What all rows have in common, if they do.
    pub verdict: Option<bool>,
}

/// What is asked of the rows that have a value of one type.
#[derive(Debug)]
pub enum Test {
    /// The same for all.
    Constant(bool),
    /// Rows with this code pass, or all others do.
    Code(u32, bool),
    /// Whether each code passes, 1 or 0.
    Codes(Vec<u8>),
    /// Integers in one of the ranges, ends included, pass; or all others do.
    Within(Vec<(i64, i64)>, bool),
    /// Whether each integer passes, 1 or 0, from the first one on.
    Ints(i64, Vec<u8>),
    /// Doubles on one side of a number.
    Beside(Side, f64),
    /// Doubles that are one of some numbers, or all others.
    OneOf(Numbers, bool),
    /// Ids that are one of these, in their column's width; or all others.
    Ids(Vec<[u8; 16]>, bool),
    /// Whether `false` passes, and whether `true` does.
    Truths(bool, bool),
    /// Value by value.
    Each(Filter),
}

/// A side of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Above.
    Above,
    /// Above, or the number.
    From,
    /// Below.
    Below,
    /// Below, or the number.
    UpTo,
}

/// Doubles to be equal to.
#[derive(Debug, Default)]
pub struct Numbers {
    /// As numbers.
    pub equal: Vec<f64>,
    /// As texts spell them: minus zero is another than zero.
    pub bits: Vec<u64>,
    /// Whether what is no number is one of them.
    pub nan: bool,
}

impl Numbers {
    /// Returns the only one, if it is compared as a number.
    pub fn only(&self) -> Option<f64> {
        match self.equal.as_slice() {
            [only] if self.bits.is_empty() && !self.nan => Some(*only),
            _ => None,
        }
    }

    /// Tells whether `value` is one of them.
    pub fn has(&self, value: f64) -> bool {
        self.equal.contains(&value)
            || self.bits.contains(&value.to_bits())
            || (self.nan && value.is_nan())
    }
}

impl Condition {
    /// Prepares `filter` for the columns of its field.
    pub fn new(filter: &Filter, columns: &[Column]) -> Condition {
        let absent = passes_absent(filter.op);
        let tests: Vec<Test> = columns.iter().map(|it| test_of(filter, it)).collect();
        let is_everywhere = columns
            .iter()
            .any(|column| matches!(column.present, Presence::All));
        let mut verdict = (!is_everywhere).then_some(absent);
        let mut is_open = false;
        for test in &tests {
            match (test, verdict) {
                (Test::Constant(passes), None) => verdict = Some(*passes),
                (Test::Constant(passes), Some(known)) => is_open |= *passes != known,
                _ => is_open = true,
            }
        }
        Condition {
            absent,
            tests,
            verdict: verdict.filter(|_| !is_open),
        }
    }

    /// Returns the ids of which every passing row has one, if the field is a single column of ids.
    pub fn ids(&self) -> Option<&[[u8; 16]]> {
        match self.tests.as_slice() {
            [Test::Ids(ids, true)] if !self.absent => Some(ids),
            _ => None,
        }
    }
}

impl Test {
    /// Tells whether the value that `row` of the column has passes.
    pub fn holds(&self, data: &ColumnData, row: usize) -> bool {
        match (self, data) {
            (Test::Constant(passes), _) => *passes,
            (Test::Code(code, passes), ColumnData::Str(strs)) => {
                (strs.codes.get(row) == Some(*code as usize)) == *passes
            }
            (Test::Codes(table), ColumnData::Str(strs)) => {
                let code = strs.codes.get(row);
                code.and_then(|code| table.get(code)) == Some(&1)
            }
            (Test::Within(ranges, passes), ColumnData::Int(ints)) => {
                let int = ints.values.get(row).unwrap_or(0);
                ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&int))
                    == *passes
            }
            (Test::Ints(first, table), ColumnData::Int(ints)) => {
                let idx = ints.values.get(row).unwrap_or(0).wrapping_sub(*first);
                usize::try_from(idx).ok().and_then(|idx| table.get(idx)) == Some(&1)
            }
            (Test::Beside(side, number), ColumnData::Float(floats)) => {
                let value = floats.values.get(row).copied().unwrap_or(f64::NAN);
                side.has(value, *number)
            }
            (Test::OneOf(numbers, passes), ColumnData::Float(floats)) => {
                let value = floats.values.get(row).copied().unwrap_or(f64::NAN);
                numbers.has(value) == *passes
            }
            (Test::Ids(ids, passes), ColumnData::Hex(hexes)) => {
                let id = hexes.get(row).unwrap_or_default();
                ids.iter().any(|wanted| wanted.get(..id.len()) == Some(id)) == *passes
            }
            (Test::Truths(of_false, of_true), ColumnData::Bool(bits)) => {
                if row < bits.len() && bits.value(row) {
                    *of_true
                } else {
                    *of_false
                }
            }
            (Test::Each(filter), data) => {
                value_at(data, row).is_some_and(|it| passes(filter, Some(it)))
            }
            _ => false,
        }
    }
}

impl Side {
    /// Tells whether `value` is on this side of `number`.
    pub fn has(self, value: f64, number: f64) -> bool {
        match self {
            Side::Above => value > number,
            Side::From => value >= number,
            Side::Below => value < number,
            Side::UpTo => value <= number,
        }
    }
}

/// Returns the value of `row`, which is known to have one.
pub fn value_at(data: &ColumnData, row: usize) -> Option<ValueRef<'_>> {
    Some(match data {
        ColumnData::Str(strs) => ValueRef::Str(strs.get(row)),
        ColumnData::Hex(hexes) => ValueRef::Hex(hexes.get(row)?),
        ColumnData::Int(ints) => ValueRef::Int(ints.values.get(row)?),
        ColumnData::Float(floats) => ValueRef::Float(*floats.values.get(row)?),
        ColumnData::Bool(bits) => ValueRef::Bool((row < bits.len()).then(|| bits.value(row))?),
    })
}
