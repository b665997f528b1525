//! Which group each selected row belongs to.

use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

use super::view::View;
use crate::model::span::Value;
use crate::store::BlockData as ColumnData;

/// A value as a key: doubles by their bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// Text.
    Str(Arc<str>),
    /// An integer.
    Int(i64),
    /// A double's bits.
    Float(u64),
    /// A truth.
    Bool(bool),
}

impl From<&Value> for Key {
    fn from(value: &Value) -> Key {
        match value {
            Value::Str(text) => Key::Str(text.clone()),
            Value::Int(int) => Key::Int(*int),
            Value::Float(float) => Key::Float(float.to_bits()),
            Value::Bool(bool) => Key::Bool(*bool),
        }
    }
}

/// The groups seen so far, over all blocks.
#[derive(Debug, Default)]
pub struct Groups {
    breakdowns: Vec<String>,
    // Per breakdown: from a value to its code. Code 0 is "the event lacks the column".
    codes: Vec<HashMap<Key, u32>>,
    values: Vec<Vec<Value>>,
    // From the codes of a group to its index.
    index: HashMap<Vec<u32>, u32>,
    groups: Vec<Vec<u32>>,
}

impl Groups {
    /// Starts with no groups. Without breakdowns there is just one, and it is there from the start.
    pub fn new(breakdowns: &[String]) -> Groups {
        let n = breakdowns.len();
        let mut groups = Groups {
            breakdowns: breakdowns.to_vec(),
            codes: vec![HashMap::new(); n],
            values: vec![Vec::new(); n],
            ..Groups::default()
        };
        if n == 0 {
            groups.group_of(&[]);
        }
        groups
    }

    /// Returns the number of groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Returns the values that make a group, one for each breakdown.
    pub fn values(&self, group: usize) -> Vec<Option<Value>> {
        let codes = self
            .groups
            .get(group)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let value = |(codes, values): (&u32, &Vec<Value>)| {
            values.get((*codes as usize).checked_sub(1)?).cloned()
        };
        codes.iter().zip(&self.values).map(value).collect()
    }

    /// Returns the group of each of `rows`, which are rows of `view`, ascending.
    pub fn of_rows(&mut self, view: &View<'_>, rows: &[u32]) -> Vec<u32> {
        if self.breakdowns.is_empty() {
            return vec![0; rows.len()];
        }
        let mut columns = Vec::with_capacity(self.breakdowns.len());
        for idx in 0..self.breakdowns.len() {
            columns.push(self.codes_of(view, idx, rows));
        }
        let mut codes = vec![0; columns.len()];
        let mut last: Option<(Vec<u32>, u32)> = None;
        (0..rows.len())
            .map(|position| {
                for (code, column) in codes.iter_mut().zip(&columns) {
                    *code = column.get(position).copied().unwrap_or(0);
                }
                match &last {
                    Some((same, group)) if *same == codes => *group,
                    _ => {
                        let group = self.group_of(&codes);
                        last = Some((codes.clone(), group));
                        group
                    }
                }
            })
            .collect()
    }

    fn group_of(&mut self, codes: &[u32]) -> u32 {
        if let Some(&group) = self.index.get(codes) {
            return group;
        }
        let group = self.groups.len() as u32;
        self.index.insert(codes.to_vec(), group);
        self.groups.push(codes.to_vec());
        group
    }

    // The code of breakdown `idx` for each of `rows`.
    fn codes_of(&mut self, view: &View<'_>, idx: usize, rows: &[u32]) -> Vec<u32> {
        let mut found = vec![0; rows.len()];
        let (Some(name), Some(codes), Some(values)) = (
            self.breakdowns.get(idx),
            self.codes.get_mut(idx),
            self.values.get_mut(idx),
        ) else {
            return found;
        };
        let mut code_of = |value: Value| {
            *codes.entry(Key::from(&value)).or_insert_with(|| {
                values.push(value);
                values.len() as u32
            })
        };
        for column in view.columns_named(name) {
            let positions = positions(&column.rows, rows);
            match &column.data {
                ColumnData::Str {
                    codes, dictionary, ..
                } => {
                    // Only texts that a selected row has become groups.
                    let mut known = vec![0u32; dictionary.len()];
                    for (position, place) in positions {
                        let code = codes.get(place).copied().unwrap_or_default() as usize;
                        let (Some(known), Some(text)) = (known.get_mut(code), dictionary.get(code))
                        else {
                            continue;
                        };
                        if *known == 0 {
                            *known = code_of(Value::Str(text.clone()));
                        }
                        found[position] = *known;
                    }
                }
                _ => {
                    for (position, _) in positions {
                        let row = rows.get(position).copied().unwrap_or_default();
                        if let Some(value) = column.value(row as usize) {
                            found[position] = code_of(value);
                        }
                    }
                }
            }
        }
        found
    }
}

/// Returns where `wanted` rows are in `have`: pairs of an index in `wanted` and one in `have`.
///
/// Both are ascending; rows that `have` lacks are left out.
pub fn positions<'a>(
    have: &'a [u32],
    wanted: &'a [u32],
) -> impl Iterator<Item = (usize, usize)> + use<'a> {
    let mut place = 0;
    wanted
        .iter()
        .enumerate()
        .filter_map(move |(position, row)| {
            while have.get(place).is_some_and(|at| at < row) {
                place += 1;
            }
            (have.get(place) == Some(row)).then_some((position, place))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_pair_up_what_both_have() {
        let pairs: Vec<_> = positions(&[1, 3, 5, 9], &[0, 3, 4, 9, 12]).collect();
        assert_eq!(pairs, [(1, 1), (3, 3)]);
    }
}
