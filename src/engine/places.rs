//! From rows to the places where their results gather.

use super::condition::value_at;
use super::few::{Few, place_of};
use super::group::{Groups, NONE, Sought};
use super::source::{Rows, Source};
use super::steps::Run;
use crate::store::{Codes, ColumnData, ValueRef};

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
            few.put(
                start,
                n,
                rows,
                factor,
                &mut self.combinations,
                &mut self.presence,
            );
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
                    if known.is_empty() && matches!(rows, Rows::All(_)) {
                        // Most texts will be met: one after another they are found sooner.
                        let texts = strs.texts.iter().map(Sought::Text);
                        known.extend(texts.map(|text| values.number(text)));
                    }
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
