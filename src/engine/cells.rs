//! From what was gathered in some places to the cells of a row.

use super::distinct::DistinctByPlace;
use super::formula::value;
use super::gather::{Gathered, Tally};
use super::plan::{Plan, Planned};
use crate::model::answer::Cell;
use crate::model::formula::Formula;
use crate::model::query::{Calculation, Op, RateOf};
use crate::model::span::Value;

/// Percentiles that were found for some unions of places.
#[derive(Debug, Default)]
pub struct Percentiles {
    /// For each spread, as many answers for each union as percentiles were asked.
    pub answers: Vec<Vec<Option<f64>>>,
}

/// Makes cells.
pub struct Cells<'a> {
    plan: &'a Plan<'a>,
    gathered: &'a Gathered,
    // One for each calculation, for those that count different values.
    distinct: Vec<Option<DistinctByPlace>>,
}

impl<'a> Cells<'a> {
    /// Prepares for making cells of what was gathered.
    pub fn new(plan: &'a Plan<'a>, gathered: &'a Gathered) -> Cells<'a> {
        let distinct = gathered.tallies.iter().map(|tally| match tally {
            Tally::Distinct(distinct) => Some(distinct.finish(gathered.groups.n_places())),
            _ => None,
        });
        Cells {
            plan,
            gathered,
            distinct: distinct.collect(),
        }
    }

    /// Returns the cells of some places together: those of the calculations, then those of the formulas.
    ///
    /// `union_idx` is which union of those in `percentiles` they are; `None` if there are no such places. Histograms are made only if they
    /// are wanted, since nothing is ordered by them.
    pub fn of(
        &self,
        places: &[u32],
        union_idx: Option<usize>,
        percentiles: &Percentiles,
        with_histograms: bool,
    ) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self
            .plan
            .calculations
            .iter()
            .enumerate()
            .map(|(idx, planned)| match planned.spread {
                Some((spread, asked)) => {
                    let n_asked = self.plan.spreads.get(spread).map_or(0, |it| it.asked.len());
                    let answers = percentiles.answers.get(spread);
                    let answer = answers.and_then(|it| it.get(union_idx? * n_asked + asked));
                    answer.copied().flatten().map_or(Cell::Absent, Cell::Number)
                }
                None => self.cell(idx, planned, places, with_histograms),
            })
            .collect();
        for named in &self.plan.spec.formulas {
            let cell = formula_cell(&named.formula, &self.plan.spec.calculations, &cells);
            cells.push(cell);
        }
        cells
    }

    /// Returns the cells of an answer: formulas come in place of the calculations that they are made from.
    pub fn answered(&self, mut cells: Vec<Cell>) -> Vec<Cell> {
        if !self.plan.spec.formulas.is_empty() {
            cells.drain(..self.plan.calculations.len());
        }
        cells
    }

    fn cell(
        &self,
        idx: usize,
        planned: &Planned<'_>,
        places: &[u32],
        with_histograms: bool,
    ) -> Cell {
        let number = |number: Option<f64>| number.map_or(Cell::Absent, Cell::Number);
        let op = planned.calculation.op;
        if matches!(op, Op::Rate(_)) {
            return number(self.rate(idx, op, places));
        }
        match self.gathered.tallies.get(idx) {
            Some(Tally::Count(counts)) => {
                let counts = places
                    .iter()
                    .filter_map(|place| counts.get(*place as usize));
                Cell::Count(counts.sum())
            }
            Some(Tally::Sums(_)) => number(self.sum(idx, op, places)),
            Some(Tally::Extremes(extremes)) => number(extremes.over(places)),
            Some(Tally::Distinct(_)) => {
                let distinct = self.distinct.get(idx).and_then(Option::as_ref);
                Cell::Count(distinct.map_or(0, |distinct| distinct.over(places)) as u64)
            }
            Some(Tally::Heat(Some(heat))) if with_histograms => {
                let mut counts = vec![0; heat.buckets.len()];
                for place in places {
                    for (count, more) in counts.iter_mut().zip(heat.counts(*place)) {
                        *count += more;
                    }
                }
                match counts.iter().any(|count| *count > 0) {
                    true => Cell::Histogram(heat.buckets.histogram(counts)),
                    false => Cell::Absent,
                }
            }
            Some(Tally::Concurrency(concurrency)) => {
                number(concurrency.over(places, &self.gathered.groups))
            }
            Some(Tally::Heat(_) | Tally::Nothing) | None => Cell::Absent,
        }
    }

    fn sum(&self, idx: usize, op: Op, places: &[u32]) -> Option<f64> {
        let Some(Tally::Sums(sums)) = self.gathered.tallies.get(idx) else {
            return None;
        };
        let (mut sum, mut weights) = (0.0, 0);
        for place in places {
            let (more, weight) = sums.get(*place);
            sum += more;
            weights += weight;
        }
        match weights {
            0 => None,
            _ if matches!(op, Op::Avg | Op::Rate(RateOf::Avg)) => Some(sum / weights as f64),
            _ => Some(sum),
        }
    }

    // The differences of all steps that have a value to the one before; their sum is the last less the
    // first. The value of a single step has no such sum: it is made when the series is.
    fn rate(&self, idx: usize, op: Op, places: &[u32]) -> Option<f64> {
        let values = self.by_step(idx, op, places);
        let ((_, first), (_, last)) = (values.first()?, values.last()?);
        (values.len() > 1).then_some(last - first)
    }

    /// Returns the value of calculation `idx` for each step in which some places have one.
    fn by_step(&self, idx: usize, op: Op, places: &[u32]) -> Vec<(i64, f64)> {
        let groups = &self.gathered.groups;
        let mut places: Vec<(i64, u32)> = places
            .iter()
            .map(|place| (groups.place(*place).0, *place))
            .collect();
        places.sort_unstable();
        let steps = places.chunk_by(|a, b| a.0 == b.0);
        steps
            .filter_map(|step| {
                let of_step: Vec<u32> = step.iter().map(|(_, place)| *place).collect();
                let value = match self.gathered.tallies.get(idx)? {
                    Tally::Extremes(extremes) => extremes.over(&of_step),
                    _ => self.sum(idx, op, &of_step),
                };
                Some((step.first()?.0, value?))
            })
            .collect()
    }

    // Returns by how much calculation `idx` differs in each step from the step before that has a value,
    // for some places together; nothing for the first.
    fn differences(&self, idx: usize, places: &[u32]) -> Vec<(i64, f64)> {
        let op = self.plan.calculations.get(idx).map(|it| it.calculation.op);
        let values = self.by_step(idx, op.unwrap_or(Op::Rate(RateOf::Sum)), places);
        let pairs = values.iter().zip(values.iter().skip(1));
        pairs
            .map(|((_, before), (step, value))| (*step, value - before))
            .collect()
    }

    /// Returns the cells of an answer for one step of some places, of whose steps `course` knows all: as
    /// [`Cells::of`], but with what can only be said with a view to the other steps.
    pub fn of_step(
        &self,
        places: &[u32],
        union_idx: Option<usize>,
        percentiles: &Percentiles,
        course: &Course,
        step: i64,
    ) -> Vec<Cell> {
        let mut cells = self.of(places, union_idx, percentiles, true);
        if course.rates.is_empty() && course.in_progress.is_empty() {
            return self.answered(cells);
        }
        for (idx, differences) in &course.rates {
            let at = differences
                .binary_search_by_key(&step, |(step, _)| *step)
                .ok();
            let difference = at.and_then(|at| differences.get(at));
            if let Some(cell) = cells.get_mut(*idx) {
                *cell = difference.map_or(Cell::Absent, |(_, number)| Cell::Number(*number));
            }
        }
        for idx in &course.in_progress {
            if let Some(cell @ Cell::Absent) = cells.get_mut(*idx) {
                *cell = Cell::Number(0.0);
            }
        }
        let n = self.plan.calculations.len();
        for (idx, named) in self.plan.spec.formulas.iter().enumerate() {
            let cell = formula_cell(&named.formula, &self.plan.spec.calculations, &cells);
            if let Some(place) = cells.get_mut(n + idx) {
                *place = cell;
            }
        }
        self.answered(cells)
    }

    /// Returns the course of some places together.
    pub fn course(&self, places: &[u32]) -> Course {
        let mut course = Course::default();
        for (idx, planned) in self.plan.calculations.iter().enumerate() {
            match planned.calculation.op {
                Op::Rate(_) => {
                    course.rates.push((idx, self.differences(idx, places)));
                }
                Op::Concurrency if self.cell(idx, planned, places, false) != Cell::Absent => {
                    course.in_progress.push(idx);
                }
                _ => {}
            }
        }
        course
    }
}

/// What happens to some places together from step to step.
#[derive(Debug, Default)]
pub struct Course {
    // For each calculation that is a rate its differences, by step, ascending.
    rates: Vec<(usize, Vec<(i64, f64)>)>,
    // The calculations of spans in progress that have durations to go by: nothing is zero then.
    in_progress: Vec<usize>,
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
