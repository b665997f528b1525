//! What each calculation gathers for each group and time step, block by block.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};

use super::Detail;
use super::accumulate::Gathered;
use super::filter::mask;
use super::group::{Groups, Key, positions};
use super::view::View;
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::store::{BlockColumn as Column, BlockData as ColumnData};

/// One group in one time step: what each calculation gathered.
pub(super) struct Place {
    pub(super) group: u32,
    pub(super) step: i64,
    /// One for each calculation.
    pub(super) gathered: Vec<Gathered>,
}

/// Takes blocks one after another; what becomes of it is in `outcome`.
pub struct Gathering<'a> {
    pub(super) spec: &'a QuerySpec,
    pub(super) granularity: i64,
    pub(super) detail: Detail,
    pub(super) groups: Groups,
    index: HashMap<(u32, i64), u32>,
    pub(super) places: Vec<Place>,
    // Whether every value of a heatmap's column was a whole number.
    pub(super) are_whole: Vec<bool>,
}

impl<'a> Gathering<'a> {
    /// Starts with nothing; `granularity` is the length of a step in nanoseconds.
    pub fn new(spec: &'a QuerySpec, granularity: i64, detail: Detail) -> Gathering<'a> {
        Gathering {
            spec,
            granularity,
            detail,
            groups: Groups::new(&spec.breakdowns),
            index: HashMap::new(),
            places: Vec::new(),
            are_whole: vec![true; spec.calculations.len()],
        }
    }

    /// Takes the wanted rows of a block, ascending.
    pub fn take(&mut self, view: &View<'_>, rows: &[u32]) {
        let all_rows = rows;
        let all_places = self.places_of(view, rows);
        let weight = |row: u32| match self.spec.usage_mode {
            true => 1,
            false => view
                .block
                .sample_rates()
                .get(row as usize)
                .copied()
                .unwrap_or(1),
        };
        for (idx, calculation) in self.spec.calculations.iter().enumerate() {
            let op = calculation.op;
            let (rows, places) = narrowed(view, calculation, all_rows, &all_places);
            let (rows, places) = (&*rows, &*places);
            let columns = || {
                calculation
                    .column
                    .iter()
                    .flat_map(|name| view.columns_named(name))
            };
            if op == Op::CountDistinct {
                columns().for_each(|column| self.take_distinct(column, rows, places, idx));
                continue;
            }
            let mut put = |position: usize, number: f64| {
                let (Some(&place), Some(&row)) = (places.get(position), rows.get(position)) else {
                    return;
                };
                if let Some(place) = self.places.get_mut(place as usize)
                    && let Some(gathered) = place.gathered.get_mut(idx)
                {
                    gathered.add(op, number, weight(row));
                }
            };
            if calculation.column.is_none() {
                (0..rows.len()).for_each(|position| put(position, 0.0));
            }
            for column in columns() {
                if op == Op::Count {
                    positions(&column.rows, rows).for_each(|(position, _)| put(position, 0.0));
                } else if !numbers(column, rows, &mut put)
                    && let Some(whole) = self.are_whole.get_mut(idx)
                {
                    *whole = false;
                }
            }
        }
    }

    fn take_distinct(&mut self, column: &Column, rows: &[u32], places: &[u32], idx: usize) {
        for (position, _) in positions(&column.rows, rows) {
            let (Some(&row), Some(&place)) = (rows.get(position), places.get(position)) else {
                continue;
            };
            if let Some(value) = column.value(row as usize)
                && let Some(place) = self.places.get_mut(place as usize)
                && let Some(Gathered::Distinct(seen)) = place.gathered.get_mut(idx)
            {
                seen.insert(Key::from(&value));
            }
        }
    }

    // The place of each row.
    fn places_of(&mut self, view: &View<'_>, rows: &[u32]) -> Vec<u32> {
        let groups = self.groups.of_rows(view, rows);
        let mut found = Vec::with_capacity(rows.len());
        let mut last = ((u32::MAX, i64::MIN), 0u32);
        for (&row, group) in rows.iter().zip(groups) {
            let time = view
                .block
                .times()
                .get(row as usize)
                .copied()
                .unwrap_or_default();
            let step = match self.detail {
                Detail::Series => time.div_euclid(self.granularity),
                Detail::Rows => 0,
            };
            if last.0 != (group, step) {
                last = ((group, step), self.place(group, step));
            }
            found.push(last.1);
        }
        found
    }

    fn place(&mut self, group: u32, step: i64) -> u32 {
        if let Some(&place) = self.index.get(&(group, step)) {
            return place;
        }
        let place = self.places.len() as u32;
        let gathered = self
            .spec
            .calculations
            .iter()
            .map(|c| Gathered::nothing(c.op))
            .collect();
        self.places.push(Place {
            group,
            step,
            gathered,
        });
        self.index.insert((group, step), place);
        place
    }
}

// The rows that pass a calculation's own filters, with their places.
fn narrowed<'r>(
    view: &View<'_>,
    calculation: &Calculation,
    rows: &'r [u32],
    places: &'r [u32],
) -> (Cow<'r, [u32]>, Cow<'r, [u32]>) {
    if calculation.filters.is_empty() {
        return (rows.into(), places.into());
    }
    let mask = mask(view, &calculation.filters, calculation.combination);
    let passes = |(row, _): &(u32, u32)| mask.get(*row as usize).copied().unwrap_or(false);
    let pairs = rows.iter().copied().zip(places.iter().copied());
    let (rows, places): (Vec<u32>, Vec<u32>) = pairs.filter(passes).unzip();
    (rows.into(), places.into())
}

// Hands every finite number of the wanted rows to `put`; tells whether all of them were integers.
fn numbers(column: &Column, rows: &[u32], mut put: impl FnMut(usize, f64)) -> bool {
    let positions = positions(&column.rows, rows);
    match &column.data {
        ColumnData::Int(values) => {
            for (position, place) in positions {
                put(
                    position,
                    values.get(place).copied().unwrap_or_default() as f64,
                );
            }
            true
        }
        ColumnData::Float(values) => {
            let mut any = false;
            for (position, place) in positions {
                let value = values.get(place).copied().unwrap_or(f64::NAN);
                if value.is_finite() {
                    any = true;
                    put(position, value);
                }
            }
            !any
        }
        ColumnData::Str { .. } | ColumnData::Bool(_) => true,
    }
}
