//! From rows to the places where their results gather.

use super::condition::value_at;
use super::group::{Groups, NONE, Sought};
use super::source::{Rows, Source, present};
use super::steps::Run;
use crate::store::{Codes, Column, ColumnData, IntValues, Presence, ValueRef};

/// The place of each row that is looked at.
#[derive(Debug, Clone, Copy)]
pub enum Places<'a> {
    /// The same for all.
    One(u32),
    /// One for each, in the order of the rows.
    Each(&'a [u32]),
}

impl Places<'_> {
    /// Returns the place of the row at `position` among those that are looked at.
    #[inline(always)]
    pub fn get(&self, position: usize) -> u32 {
        match self {
            Places::One(place) => *place,
            Places::Each(places) => places.get(position).copied().unwrap_or(0),
        }
    }
}

// Breakdowns that have at most so many combinations of values in a part are looked up in one table.
const MOST_COMBINATIONS: usize = 4_096;
const MOST_FEW: usize = 1_024;

/// Finds places; what it learns of a dictionary holds as long as the part is the same.
#[derive(Debug)]
pub struct Placer {
    places: Vec<u32>,
    combinations: Vec<u16>,
    // The place of each combination, for the step and the versions of the columns that it is about.
    table: Box<[u32; MOST_COMBINATIONS]>,
    table_of: (i64, Vec<usize>),
    presence: Vec<u8>,
    numbers: Vec<u32>,
    group_numbers: Vec<u32>,
    // For each breakdown: the version of its columns, and by column and code the value's number.
    known: Vec<(usize, Vec<Vec<u32>>)>,
    // For each group its place in a step, and the stamp of that step.
    in_step: Vec<(u32, u32)>,
    stamp: u32,
}

// A breakdown with few values in a part: each row has one of `n` codes, the last of which may stand
// for having none.
struct Few<'a> {
    column: Option<&'a Column>,
    n: usize,
}

impl<'a> Few<'a> {
    fn of(source: &Source<'a>) -> Option<Few<'a>> {
        let column = match source.columns {
            [] => return Some(Few { column: None, n: 1 }),
            [column] => column,
            _ => return None,
        };
        let n = match &column.data {
            ColumnData::Str(strs) if !matches!(strs.codes, Codes::Rows) => strs.texts.len(),
            ColumnData::Bool(_) => 2,
            ColumnData::Int(ints) if ints.least <= ints.most => {
                usize::try_from(ints.most.abs_diff(ints.least)).ok()? + 1
            }
            _ => return None,
        };
        let n = n + usize::from(matches!(column.present, Presence::Some(..)));
        let column = Some(column);
        (n <= MOST_FEW).then_some(Few { column, n })
    }
}

impl Default for Placer {
    fn default() -> Placer {
        Placer {
            places: Vec::new(),
            combinations: Vec::new(),
            table: Box::new([NONE; MOST_COMBINATIONS]),
            table_of: (0, Vec::new()),
            presence: Vec::new(),
            numbers: Vec::new(),
            group_numbers: Vec::new(),
            known: Vec::new(),
            in_step: Vec::new(),
            stamp: 0,
        }
    }
}

impl Placer {
    /// Returns the place of each of `rows`, in their order; `runs` are their time steps.
    ///
    /// `sources` are the breakdowns' columns, one for each.
    pub fn places(
        &mut self,
        groups: &mut Groups,
        sources: &[Source<'_>],
        rows: Rows<'_>,
        n: usize,
        runs: &[Run],
    ) -> Places<'_> {
        if sources.is_empty() {
            if let [run] = runs {
                return Places::One(groups.place_of(run.step, 0));
            }
            self.places.clear();
            for run in runs {
                let place = groups.place_of(run.step, 0);
                self.places.resize(run.end, place);
            }
            return Places::Each(&self.places);
        }
        let few: Option<Vec<Few<'_>>> = sources.iter().map(Few::of).collect();
        let few = few.filter(|few| {
            let n = few.iter().try_fold(1usize, |n, it| n.checked_mul(it.n));
            n.is_some_and(|n| n <= MOST_COMBINATIONS)
        });
        match few {
            Some(few) => self.by_table(groups, sources, &few, rows, n, runs),
            None => self.by_number(groups, sources, rows, runs),
        }
        Places::Each(&self.places)
    }

    fn by_table(
        &mut self,
        groups: &mut Groups,
        sources: &[Source<'_>],
        few: &[Few<'_>],
        rows: Rows<'_>,
        n: usize,
        runs: &[Run],
    ) {
        let mut factor = 1;
        for (few, source) in few.iter().zip(sources) {
            let start = source.start;
            let put = Combining {
                combinations: &mut self.combinations,
                is_first: factor == 1,
                factor: factor as u16,
                none: few.n as u16 - 1,
                rows,
                presence: few
                    .column
                    .and_then(|column| present(column, start, n, &mut self.presence)),
            };
            match few.column.map(|column| &column.data) {
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
                        IntValues::I64(it) => {
                            put.codes(it, start, |it| it.wrapping_sub(least) as u16)
                        }
                    }
                }
                Some(ColumnData::Bool(bits)) => {
                    let last = bits.len().saturating_sub(1);
                    put.each(|row| (start + row <= last && bits.value(start + row)).into());
                }
                _ => put.each(|_| 0),
            }
            factor *= few.n;
        }
        self.places.clear();
        let version: Vec<usize> = sources.iter().map(|source| source.version).collect();
        for run in runs {
            // The next item mostly goes on where the last one ended.
            if self.table_of != (run.step, version.clone()) {
                self.table.fill(NONE);
                self.table_of = (run.step, version.clone());
            }
            let combinations = self
                .combinations
                .get(run.start..run.end)
                .unwrap_or_default();
            let start = self.places.len();
            let table = &*self.table;
            let place = |it: &u16| table[usize::from(*it) % MOST_COMBINATIONS];
            self.places.extend(combinations.iter().map(place));
            // All at once, and then once more for those that were met for the first time.
            let found = self.places.get_mut(start..).unwrap_or_default();
            if !found.contains(&NONE) {
                continue;
            }
            for (place, combination) in found.iter_mut().zip(combinations) {
                let known = &mut self.table[usize::from(*combination) % MOST_COMBINATIONS];
                if *known == NONE {
                    *known = place_of(groups, few, usize::from(*combination), run.step);
                }
                *place = *known;
            }
        }
    }

    fn by_number(
        &mut self,
        groups: &mut Groups,
        sources: &[Source<'_>],
        rows: Rows<'_>,
        runs: &[Run],
    ) {
        self.known.resize_with(sources.len(), Default::default);
        let (first, others) = match sources.split_first() {
            Some(split) => split,
            None => return,
        };
        // First the number of each row's value, then the group that it makes with the next ones.
        let mut numbers = std::mem::take(&mut self.group_numbers);
        self.put_numbers(groups, 0, first, rows);
        numbers.clear();
        let mut last = (NONE, 0);
        for number in &self.numbers {
            if last.0 != *number {
                last = (*number, groups.level(0, 0, *number));
            }
            numbers.push(last.1);
        }
        for (idx, source) in (1..).zip(others) {
            self.put_numbers(groups, idx, source, rows);
            let mut last = ((NONE, NONE), 0);
            for (group, number) in numbers.iter_mut().zip(&self.numbers) {
                if last.0 != (*group, *number) {
                    last = ((*group, *number), groups.level(idx, *group, *number));
                }
                *group = last.1;
            }
        }
        self.places.clear();
        for run in runs {
            self.stamp = self.stamp.wrapping_add(1);
            if self.stamp == 0 {
                self.in_step.clear();
                self.stamp = 1;
            }
            self.in_step.resize(groups.len(), (0, 0));
            for group in numbers.get(run.start..run.end).unwrap_or_default() {
                let Some(known) = self.in_step.get_mut(*group as usize) else {
                    continue;
                };
                if known.1 != self.stamp {
                    *known = (groups.place_of(run.step, *group), self.stamp);
                }
                self.places.push(known.0);
            }
        }
        self.group_numbers = numbers;
    }

    // Writes the number of each row's value of breakdown `idx`.
    fn put_numbers(
        &mut self,
        groups: &mut Groups,
        idx: usize,
        source: &Source<'_>,
        rows: Rows<'_>,
    ) {
        self.numbers.clear();
        self.numbers.resize(rows.len(), 0);
        let (Some(values), Some(known)) = (groups.values.get_mut(idx), self.known.get_mut(idx))
        else {
            return;
        };
        if known.0 != source.version {
            *known = (source.version, vec![Vec::new(); source.columns.len()]);
        }
        for (column, known) in source.columns.iter().zip(&mut known.1) {
            let numbers = &mut self.numbers;
            let mut put = |position: usize, number: u32| {
                if let Some(place) = numbers.get_mut(position) {
                    *place = number;
                }
            };
            match &column.data {
                ColumnData::Str(strs) if !matches!(strs.codes, Codes::Rows) => {
                    known.resize(strs.texts.len(), NONE);
                    rows.each_with_position(|position, row| {
                        let row = source.start + row;
                        let code = strs.codes.get(row).unwrap_or(usize::MAX);
                        let Some(known) = known.get_mut(code) else {
                            return;
                        };
                        if !column.present.has(row) {
                            return;
                        }
                        if *known == NONE {
                            *known = values.number(ValueRef::Str(strs.texts.get(code)).into());
                        }
                        put(position, *known);
                    });
                }
                data => {
                    let mut last = None;
                    rows.each_with_position(|position, row| {
                        let row = source.start + row;
                        if !column.present.has(row) {
                            return;
                        }
                        let Some(value) = value_at(data, row) else {
                            return;
                        };
                        let value = Sought::from(value);
                        match last {
                            Some((same, number)) if same == value => put(position, number),
                            _ => {
                                let number = values.number(value);
                                put(position, number);
                                last = Some((value, number));
                            }
                        }
                    });
                }
            }
        }
    }
}

// The place of a combination of codes that a row of the run has.
fn place_of(groups: &mut Groups, few: &[Few<'_>], mut combination: usize, step: i64) -> u32 {
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
