//! From what was gathered to ordered rows, a series, and what all of it gives together.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::Detail;
use super::accumulate::Gathered;
use super::formula::value;
use super::gather::Gathering;
use super::heatmap::Buckets;
use super::order;
use crate::model::answer::{Aggregates, Cell, Row, Step};
use crate::model::formula::Formula;
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::span::Value;

/// Rows, ordered and cut to the query's limit, the series of their groups, and the aggregates.
pub struct Outcome {
    pub rows: Vec<Row>,
    pub series: Vec<Step>,
    pub aggregates: Option<Aggregates>,
}

impl Gathering<'_> {
    /// Ends the gathering; aggregates are made if they are wanted, since they take a pass of their own.
    pub fn outcome(mut self, with_aggregates: bool) -> Outcome {
        let spec = self.spec;
        let mut totals = self.totals();
        let maker = RowMaker {
            spec,
            scales: self.scales(&totals),
        };
        let mut columns = spec.calculations.clone();
        if !spec.formulas.is_empty() {
            columns.extend(spec.answered());
        }

        let mut rows: Vec<(usize, Row)> = totals
            .iter_mut()
            .enumerate()
            .map(|(group, total)| (group, maker.row(self.groups.values(group), total)))
            .collect();
        rows.sort_by(|(_, a), (_, b)| order::compare(spec, &columns, a, b));
        let aggregates = with_aggregates.then(|| {
            let past_the_limit = rows.iter().skip(spec.limit).map(|(group, _)| *group);
            self.aggregates(&maker, &totals, past_the_limit)
        });
        rows.retain(|(_, row)| order::passes(&spec.havings, &columns, row));
        rows.truncate(spec.limit);

        let mut series = Vec::new();
        if self.detail == Detail::Series {
            let rank: HashMap<u32, usize> = rows
                .iter()
                .enumerate()
                .map(|(rank, (group, _))| (*group as u32, rank))
                .collect();
            self.places.retain(|place| rank.contains_key(&place.group));
            self.places
                .sort_by_key(|place| (place.step, rank.get(&place.group).copied()));
            for place in &mut self.places {
                let values = self.groups.values(place.group as usize);
                let row = maker.row(values, &mut place.gathered);
                series.push(Step {
                    time: place.step.saturating_mul(self.granularity),
                    row: maker.answered(row),
                });
            }
        }
        let rows = rows.into_iter().map(|(_, row)| maker.answered(row));
        Outcome {
            rows: rows.collect(),
            series,
            aggregates,
        }
    }

    fn aggregates(
        &self,
        maker: &RowMaker<'_>,
        totals: &[Vec<Gathered>],
        past_the_limit: impl Iterator<Item = usize>,
    ) -> Aggregates {
        let calculations = &self.spec.calculations;
        let together = |all: &mut dyn Iterator<Item = &Vec<Gathered>>| {
            let mut together = nothing(calculations);
            all.for_each(|one| merge(calculations, &mut together, one));
            maker.answered(maker.row(Vec::new(), &mut together))
        };
        let mut by_step: BTreeMap<i64, Vec<&Vec<Gathered>>> = BTreeMap::new();
        if self.detail == Detail::Series {
            for place in &self.places {
                by_step.entry(place.step).or_default().push(&place.gathered);
            }
        }
        let step = |(step, gathered): (i64, Vec<&Vec<Gathered>>)| Step {
            time: step.saturating_mul(self.granularity),
            row: together(&mut gathered.into_iter()),
        };
        Aggregates {
            total: together(&mut totals.iter()),
            other: together(&mut past_the_limit.filter_map(|group| totals.get(group))),
            total_series: by_step.into_iter().map(step).collect(),
        }
    }

    // What each group gathered over the whole window.
    fn totals(&self) -> Vec<Vec<Gathered>> {
        let calculations = &self.spec.calculations;
        let mut totals: Vec<Vec<Gathered>> = (0..self.groups.len())
            .map(|_| nothing(calculations))
            .collect();
        for place in &self.places {
            if let Some(total) = totals.get_mut(place.group as usize) {
                merge(calculations, total, &place.gathered);
            }
        }
        totals
    }

    // All groups and steps share one scale, or their histograms could not be drawn together.
    fn scales(&self, totals: &[Vec<Gathered>]) -> Vec<Option<Buckets>> {
        let scale = |(idx, calculation): (usize, &Calculation)| {
            if calculation.op != Op::Heatmap {
                return None;
            }
            let values = totals.iter().filter_map(|total| match total.get(idx) {
                Some(Gathered::Values(values)) => Some(values),
                _ => None,
            });
            let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
            for (value, _) in values.flatten() {
                min = min.min(*value);
                max = max.max(*value);
            }
            Buckets::over(min, max, self.are_whole.get(idx).copied().unwrap_or(false))
        };
        let calculations = self.spec.calculations.iter();
        calculations.enumerate().map(scale).collect()
    }
}

fn nothing(calculations: &[Calculation]) -> Vec<Gathered> {
    let nothing = |calculation: &Calculation| Gathered::nothing(calculation.op);
    calculations.iter().map(nothing).collect()
}

fn merge(calculations: &[Calculation], into: &mut [Gathered], from: &[Gathered]) {
    for ((into, from), calculation) in into.iter_mut().zip(from).zip(calculations) {
        into.merge(calculation.op, from);
    }
}

// Makes rows whose cells are those of the calculations, then those of the formulas.
struct RowMaker<'a> {
    spec: &'a QuerySpec,
    scales: Vec<Option<Buckets>>,
}

impl RowMaker<'_> {
    fn row(&self, group: Vec<Option<Value>>, gathered: &mut [Gathered]) -> Row {
        let calculations = &self.spec.calculations;
        let mut cells: Vec<Cell> = gathered
            .iter_mut()
            .zip(calculations)
            .zip(&self.scales)
            .map(|((gathered, calculation), scale)| gathered.cell(calculation.op, scale.as_ref()))
            .collect();
        for named in &self.spec.formulas {
            let cell = formula_cell(&named.formula, calculations, &cells);
            cells.push(cell);
        }
        Row { group, cells }
    }

    // Formulas come in place of the calculations that they are made from.
    fn answered(&self, mut row: Row) -> Row {
        if !self.spec.formulas.is_empty() {
            row.cells.drain(..self.spec.calculations.len());
        }
        row
    }
}

fn formula_cell(formula: &Formula, calculations: &[Calculation], cells: &[Cell]) -> Cell {
    let result = |idx: usize| {
        let name = formula.columns().get(idx)?;
        let is_it = |it: &Calculation| it.name.as_ref() == Some(name);
        match cells.get(calculations.iter().position(is_it)?)? {
            Cell::Count(count) => i64::try_from(*count).ok().map(Value::Int),
            Cell::Number(number) => Some(Value::Float(*number)),
            Cell::Histogram(_) | Cell::Absent => None,
        }
    };
    // Results have no time of their own; the reader refuses formulas that ask for it.
    match value(formula.root(), &result, 0) {
        Some(Value::Int(int)) => Cell::Number(int as f64),
        Some(Value::Float(float)) => Cell::Number(float),
        Some(Value::Bool(bool)) => Cell::Number(f64::from(u8::from(bool))),
        Some(Value::Str(_)) | None => Cell::Absent,
    }
}
