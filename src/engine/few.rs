//! Breakdowns that have few values in a part: their codes are looked up in one table, all together.

use super::group::Groups;
use super::source::{Rows, Source, present};
use crate::store::{Codes, Column, ColumnData, IntValues, Presence, ValueRef};

const MOST_FEW: usize = 1_024;

/// A breakdown with few values in a part: each row has one of `n` codes, the last of which may stand for
/// having none.
pub struct Few<'a> {
    column: Option<&'a Column>,
    /// How many codes there are.
    pub n: usize,
}

impl<'a> Few<'a> {
    /// Returns the breakdown, unless it has more than one type or too many values.
    pub fn of(source: &Source<'a>) -> Option<Few<'a>> {
        let column = match source.columns {
            [] => return Some(Few { column: None, n: 1 }),
            [column] => column,
            _ => return None,
        };
        let n = match &column.data {
            ColumnData::Str(strs) if !matches!(strs.codes, Codes::Rows) => strs.texts.len(),
            ColumnData::Bool(_) => 2,
            ColumnData::Int(ints) if ints.least <= ints.most => {
                usize::try_from(ints.most.abs_diff(ints.least))
                    .ok()?
                    .checked_add(1)?
            }
            _ => return None,
        };
        let n = n.checked_add(usize::from(matches!(column.present, Presence::Some(..))))?;
        let column = Some(column);
        (n <= MOST_FEW).then_some(Few { column, n })
    }

    /// Adds `factor` times the code of each row to its combination of codes, or begins with it if the
    /// factor is 1.
    pub fn put(
        &self,
        start: usize,
        n: usize,
        rows: Rows<'_>,
        factor: usize,
        combinations: &mut Vec<u16>,
        presence: &mut Vec<u8>,
    ) {
        let put = Combining {
            combinations,
            is_first: factor == 1,
            factor: factor as u16,
            none: self.n as u16 - 1,
            rows,
            presence: self
                .column
                .and_then(|column| present(column, start, n, presence)),
        };
        match self.column.map(|column| &column.data) {
            Some(ColumnData::Str(strs)) => match &strs.codes {
                Codes::U8(codes) => put.codes(codes, start, |it| it.into()),
                Codes::U16(codes) => put.codes(codes, start, |it| it),
                Codes::U32(codes) => put.codes(codes, start, |it| it as u16),
                Codes::Rows => {}
            },
            Some(ColumnData::Int(ints)) => {
                // All differ from the least by less than the size of the table.
                let least = ints.least;
                match &ints.values {
                    IntValues::I8(it) => {
                        put.codes(it, start, |it| i64::from(it).wrapping_sub(least) as u16)
                    }
                    IntValues::I16(it) => {
                        put.codes(it, start, |it| i64::from(it).wrapping_sub(least) as u16)
                    }
                    IntValues::I32(it) => {
                        put.codes(it, start, |it| i64::from(it).wrapping_sub(least) as u16)
                    }
                    IntValues::I64(it) => put.codes(it, start, |it| it.wrapping_sub(least) as u16),
                }
            }
            Some(ColumnData::Bool(bits)) => {
                let last = bits.len().saturating_sub(1);
                put.each(|row| (start + row <= last && bits.value(start + row)).into());
            }
            _ => put.each(|_| 0),
        }
    }
}

/// Returns the place of a combination of codes that a row of a step has.
pub fn place_of(groups: &mut Groups, few: &[Few<'_>], mut combination: usize, step: i64) -> u32 {
    let mut numbers = Vec::with_capacity(few.len());
    for (few, values) in few.iter().zip(&mut groups.values) {
        let code = combination % few.n;
        combination /= few.n;
        let Some(column) = few.column else {
            numbers.push(0);
            continue;
        };
        let is_none = matches!(column.present, Presence::Some(..)) && code == few.n - 1;
        let value = match &column.data {
            _ if is_none => None,
            ColumnData::Str(strs) => Some(ValueRef::Str(strs.texts.get(code))),
            ColumnData::Int(ints) => Some(ValueRef::Int(ints.least.wrapping_add(code as i64))),
            ColumnData::Bool(_) => Some(ValueRef::Bool(code == 1)),
            ColumnData::Float(_) | ColumnData::Hex(_) => None,
        };
        numbers.push(value.map_or(0, |value| values.number(value.into())));
    }
    let group = groups.group(numbers);
    groups.place_of(step, group)
}

// Adds `factor` times each row's code to its combination.
struct Combining<'a> {
    combinations: &'a mut Vec<u16>,
    is_first: bool,
    factor: u16,
    // The code of rows without a value, and which rows have one, if some have none.
    none: u16,
    presence: Option<&'a [u8]>,
    rows: Rows<'a>,
}

impl Combining<'_> {
    fn codes<T: Copy>(self, codes: &[T], start: usize, code: impl Fn(T) -> u16) {
        let codes = codes.get(start..).unwrap_or_default();
        match (self.rows, self.presence) {
            (Rows::All(n), None) => {
                let codes = codes.get(..n).unwrap_or_default();
                if self.is_first {
                    self.combinations.clear();
                    self.combinations.extend(codes.iter().map(|it| code(*it)));
                    return;
                }
                for (combination, it) in self.combinations.iter_mut().zip(codes) {
                    *combination = combination.wrapping_add(self.factor.wrapping_mul(code(*it)));
                }
            }
            _ => self.each(|row| codes.get(row).map_or(0, |it| code(*it))),
        }
    }

    fn each(self, code: impl Fn(usize) -> u16) {
        if self.is_first {
            self.combinations.clear();
            self.combinations.resize(self.rows.len(), 0);
        }
        let Combining {
            combinations,
            factor,
            none,
            presence,
            ..
        } = self;
        self.rows.each_with_position(|position, row| {
            let has = presence.is_none_or(|presence| presence.get(row) == Some(&1));
            let code = if has { code(row) } else { none };
            if let Some(combination) = combinations.get_mut(position) {
                *combination = combination.wrapping_add(factor.wrapping_mul(code));
            }
        });
    }
}
