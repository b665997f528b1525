//! From what was gathered to ordered rows, a series, and what all of it gives together.

use std::ops::Range;

use foldhash::HashMap;

use super::cells::{Cells, Course, Percentiles};
use super::gather::Gathered;
use super::items::Stopped;
use super::order::{Ranking, passes};
use super::percentile::{Found, SecondPassTerms, Targets, first_answers};
use super::plan::Plan;
use crate::model::answer::{Aggregates, Cell, Row, Step};

/// Rows, ordered and cut to the query's limit, the series of their groups, and the aggregates.
pub struct Outcome {
    /// The rows.
    pub rows: Vec<Row>,
    /// The series.
    pub series: Vec<Step>,
    /// What all groups give together, if it was wanted.
    pub aggregates: Option<Aggregates>,
    /// Whether a percentile is only the middle of its bucket.
    pub is_sketch: bool,
}

/// Looks at all events again for what the first pass left open.
pub type SecondPass<'a> = dyn Fn(&Gathered, &[Targets]) -> Result<Vec<Found>, Stopped> + 'a;

/// Makes the outcome.
///
/// # Errors
/// [`Stopped`] if the run was stopped.
pub fn outcome(
    plan: &Plan<'_>,
    gathered: &Gathered,
    with_aggregates: bool,
    terms: SecondPassTerms,
    second_pass: &SecondPass<'_>,
) -> Result<Outcome, Stopped> {
    let cells = Cells::new(plan, gathered);
    let mut making = Making {
        plan,
        gathered,
        cells,
        members: Members::new(plan, gathered),
        terms,
        is_sketch: false,
        second_pass,
    };
    let n_groups = gathered.groups.len();
    // What is surely shown is asked for with the groups, so that one more pass does for all.
    let mut asked: Vec<Asked> = (0..n_groups as u32).map(Asked::Group).collect();
    let is_all_shown = n_groups <= plan.spec.limit;
    if is_all_shown {
        let shown: Vec<u32> = (0..n_groups as u32).collect();
        asked.extend(making.further(&shown, with_aggregates));
    }
    let mut percentiles = making.percentiles(&asked)?;
    let group_cells: Vec<Vec<Cell>> = (0..n_groups)
        .map(|group| {
            let places = making.members.of_group(group as u32);
            making.cells.of(places, Some(group), &percentiles, false)
        })
        .collect();

    let spec = plan.spec;
    let mut columns = spec.calculations.clone();
    if !spec.formulas.is_empty() {
        columns.extend(spec.answered());
    }
    let ranking = Ranking::new(spec, &columns, &group_cells, &gathered.groups);
    let mut order: Vec<u32> = (0..n_groups as u32).collect();
    if with_aggregates {
        ranking.sort(&mut order, spec.limit);
        let past = order.get(spec.limit..).unwrap_or_default();
        let places = past.iter().map(|group| making.members.of_group(*group));
        making.members.past_the_limit = places.flatten().copied().collect();
    }
    order.retain(|group| {
        let cells = group_cells.get(*group as usize);
        cells.is_some_and(|cells| passes(&spec.havings, &columns, cells))
    });
    ranking.sort(&mut order, spec.limit);
    order.truncate(spec.limit);

    if !is_all_shown {
        // Groups first, as before, so that their answers are found at the same place.
        let mut shown: Vec<Asked> = order.iter().copied().map(Asked::Group).collect();
        shown.extend(making.further(&order, with_aggregates));
        percentiles = making.percentiles(&shown)?;
        asked = shown;
    }
    Ok(making.outcome(&order, &asked, &percentiles, with_aggregates))
}

/// What cells are asked for: each is a union of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Group(u32),
    Place(u32),
    Step(i64),
    Total,
    Other,
}

struct Making<'a> {
    plan: &'a Plan<'a>,
    gathered: &'a Gathered,
    cells: Cells<'a>,
    members: Members,
    terms: SecondPassTerms,
    is_sketch: bool,
    second_pass: &'a SecondPass<'a>,
}

// The places of each group, and of each step, one after another.
struct Members {
    // All places.
    all: Vec<u32>,
    by_group: Vec<u32>,
    // Where those of each group begin; one more entry than there are groups.
    starts: Vec<usize>,
    // Steps with the range of their places in `by_step`, oldest first.
    steps: Vec<(i64, Range<usize>)>,
    by_step: Vec<u32>,
    // Of the groups that the limit cuts off.
    past_the_limit: Vec<u32>,
}

impl Members {
    fn new(plan: &Plan<'_>, gathered: &Gathered) -> Members {
        let groups = &gathered.groups;
        let n = groups.n_places() as u32;
        let mut by_group: Vec<u32> = (0..n).collect();
        let mut starts = Vec::with_capacity(groups.len() + 1);
        let mut by_step = Vec::new();
        let mut steps = Vec::new();
        if plan.by_step {
            by_group.sort_by_key(|place| {
                let (step, group) = groups.place(*place);
                (group, step)
            });
            by_step = (0..n).collect();
            by_step.sort_by_key(|place| groups.place(*place).0);
            let mut start = 0;
            for of_step in by_step.chunk_by(|a, b| groups.place(*a).0 == groups.place(*b).0) {
                let step = of_step.first().map_or(0, |place| groups.place(*place).0);
                steps.push((step, start..start + of_step.len()));
                start += of_step.len();
            }
        }
        for group in 0..=groups.len() as u32 {
            starts.push(match plan.by_step {
                true => by_group.partition_point(|place| groups.place(*place).1 < group),
                // Each group is its own place.
                false => group as usize,
            });
        }
        Members {
            all: (0..n).collect(),
            by_group,
            starts,
            steps,
            by_step,
            past_the_limit: Vec::new(),
        }
    }

    fn of_group(&self, group: u32) -> &[u32] {
        let start = self.starts.get(group as usize).copied().unwrap_or(0);
        let end = self
            .starts
            .get(group as usize + 1)
            .copied()
            .unwrap_or(start);
        self.by_group.get(start..end).unwrap_or_default()
    }

    fn of(&self, asked: Asked) -> &[u32] {
        match asked {
            Asked::Group(group) => self.of_group(group),
            Asked::Place(place) => {
                let place = place as usize;
                self.all.get(place..place + 1).unwrap_or_default()
            }
            Asked::Step(step) => self.of_step(step),
            Asked::Total => &self.by_group,
            Asked::Other => &self.past_the_limit,
        }
    }

    fn of_step(&self, step: i64) -> &[u32] {
        let at = self
            .steps
            .binary_search_by_key(&step, |(step, _)| *step)
            .ok();
        let range = at
            .and_then(|at| self.steps.get(at))
            .map(|(_, range)| range.clone());
        range
            .and_then(|range| self.by_step.get(range))
            .unwrap_or_default()
    }
}

impl Making<'_> {
    // What is asked for besides the groups, once it is known which of them are shown.
    fn further(&self, shown: &[u32], with_aggregates: bool) -> Vec<Asked> {
        let mut further = Vec::new();
        // Nothing but percentiles has to be asked for beforehand.
        if self.plan.spreads.is_empty() {
            return further;
        }
        if self.plan.with_series {
            for group in shown {
                let places = self.members.of_group(*group).iter();
                further.extend(places.copied().map(Asked::Place));
            }
        }
        if with_aggregates {
            further.push(Asked::Total);
            if self.plan.with_series {
                let steps = self.members.steps.iter();
                further.extend(steps.map(|(step, _)| Asked::Step(*step)));
            }
            if !self.members.past_the_limit.is_empty() {
                further.push(Asked::Other);
            }
        }
        further
    }

    fn percentiles(&mut self, asked: &[Asked]) -> Result<Percentiles, Stopped> {
        let mut percentiles = Percentiles::default();
        let mut targets = Vec::new();
        let n_places = self.gathered.groups.n_places();
        let unions: Vec<&[u32]> = asked.iter().map(|it| self.members.of(*it)).collect();
        for (planned, spread) in self.plan.spreads.iter().zip(&self.gathered.spreads) {
            let first = first_answers(spread, &unions, &planned.asked, n_places, self.terms);
            self.is_sketch |= first.is_sketch;
            percentiles.answers.push(first.answers);
            targets.push(first.targets);
        }
        if targets.iter().all(Targets::is_empty) {
            return Ok(percentiles);
        }
        let found = (self.second_pass)(self.gathered, &targets)?;
        for ((targets, found), answers) in targets.iter().zip(found).zip(&mut percentiles.answers) {
            targets.answer(found, answers);
        }
        Ok(percentiles)
    }

    // `order` are the groups that are shown.
    fn outcome(
        &self,
        order: &[u32],
        asked: &[Asked],
        percentiles: &Percentiles,
        with_aggregates: bool,
    ) -> Outcome {
        let groups = &self.gathered.groups;
        let known: HashMap<Asked, usize> = match self.plan.spreads.is_empty() {
            true => HashMap::default(),
            false => asked.iter().copied().zip(0..).collect(),
        };
        let idx = |asked: Asked| known.get(&asked).copied();
        let rows = order.iter().map(|group| {
            let asked = Asked::Group(*group);
            let cells = self
                .cells
                .of(self.members.of(asked), idx(asked), percentiles, true);
            Row {
                group: groups.values_of(*group as usize),
                cells: self.cells.answered(cells),
            }
        });
        let rows: Vec<Row> = rows.collect();
        let time = |step: i64| step.saturating_mul(self.plan.granularity);
        let step_of = |step: i64, asked: Asked, course: &Course| {
            let places = self.members.of(asked);
            self.cells
                .of_step(places, idx(asked), percentiles, course, step)
        };
        let mut series: Vec<(i64, usize, Step)> = Vec::new();
        if self.plan.with_series {
            for (rank, (group, row)) in order.iter().zip(&rows).enumerate() {
                let places = self.members.of_group(*group);
                let course = self.cells.course(places);
                for place in places {
                    let (step, _) = groups.place(*place);
                    let row = Row {
                        group: row.group.clone(),
                        cells: step_of(step, Asked::Place(*place), &course),
                    };
                    let time = time(step);
                    series.push((step, rank, Step { time, row }));
                }
            }
            series.sort_by_key(|(step, rank, _)| (*step, *rank));
        }
        let aggregates = with_aggregates.then(|| {
            let together = |asked: Asked| {
                let cells = self
                    .cells
                    .of(self.members.of(asked), idx(asked), percentiles, true);
                Row {
                    group: Vec::new(),
                    cells: self.cells.answered(cells),
                }
            };
            let course = self.cells.course(self.members.of(Asked::Total));
            let step = |(step, _): &(i64, Range<usize>)| Step {
                time: time(*step),
                row: Row {
                    group: Vec::new(),
                    cells: step_of(*step, Asked::Step(*step), &course),
                },
            };
            let steps = self.members.steps.iter().filter(|_| self.plan.with_series);
            Aggregates {
                total: together(Asked::Total),
                other: together(Asked::Other),
                total_series: steps.map(step).collect(),
            }
        });
        Outcome {
            rows,
            series: series.into_iter().map(|(_, _, step)| step).collect(),
            aggregates,
            is_sketch: self.is_sketch,
        }
    }
}
