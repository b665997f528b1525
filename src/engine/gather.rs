//! What each calculation gathers for each place.

use std::sync::OnceLock;

use super::concurrency::Concurrency;
use super::distinct::Distinct;
use super::group::{Groups, Taken};
use super::heatmap::{Buckets, Heat};
use super::items::Item;
use super::look::Looker;
use super::numbers::{Scratch, numbers, presences, weights};
use super::places::Places;
use super::plan::{Plan, Planned};
use super::prepared::Prepared;
use super::scale::Scale;
use super::seen::{LaneScratch, Seen};
use super::select::Kept;
use super::source::Rows;
use super::spread::Spread;
use super::tally::{Extremes, Sums, count};
use crate::model::query::{Op, RateOf};

/// What one calculation has gathered, place by place.
#[derive(Debug)]
pub enum Tally {
    /// Weighted numbers of events.
    Count(Vec<u64>),
    /// Weighted sums, and the weights.
    Sums(Sums),
    /// The smallest or largest values.
    Extremes(Extremes),
    /// The different values.
    Distinct(Distinct),
    /// Values by bucket; `None` if there is no value.
    Heat(Option<Heat>),
    /// Spans in progress.
    Concurrency(Concurrency),
    /// Nothing of its own: a formula, or a percentile, whose spread several may share.
    Nothing,
}

impl Tally {
    fn new(plan: &Plan<'_>, planned: &Planned<'_>, buckets: Option<Buckets>) -> Tally {
        match planned.calculation.op {
            Op::Count => Tally::Count(Vec::new()),
            Op::Sum | Op::Avg | Op::Rate(RateOf::Sum) | Op::Rate(RateOf::Avg) => {
                Tally::Sums(Sums::default())
            }
            Op::Min => Tally::Extremes(Extremes::new(false)),
            Op::Max | Op::Rate(RateOf::Max) => Tally::Extremes(Extremes::new(true)),
            Op::CountDistinct => {
                let several = plan.by_step || !plan.breakdowns.is_empty();
                Tally::Distinct(Distinct::new(several))
            }
            Op::Heatmap => Tally::Heat(buckets.map(Heat::new)),
            Op::Concurrency => Tally::Concurrency(Concurrency::new(plan.window, plan.granularity)),
            Op::Percentile(_) | Op::Formula => Tally::Nothing,
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Tally::Count(counts) => counts.len() * 8,
            Tally::Sums(sums) => sums.memory_bytes(),
            Tally::Extremes(extremes) => extremes.memory_bytes(),
            Tally::Distinct(distinct) => distinct.memory_bytes(),
            Tally::Heat(Some(heat)) => heat.memory_bytes(),
            Tally::Concurrency(concurrency) => concurrency.memory_bytes(),
            Tally::Heat(None) | Tally::Nothing => 0,
        }
    }

    fn grow(&mut self, n_places: usize) {
        match self {
            Tally::Count(counts) => counts.resize(n_places.max(counts.len()), 0),
            Tally::Sums(sums) => sums.grow(n_places),
            Tally::Extremes(extremes) => extremes.grow(n_places),
            Tally::Heat(Some(heat)) => heat.grow(n_places),
            Tally::Distinct(_) | Tally::Heat(None) | Tally::Concurrency(_) | Tally::Nothing => {}
        }
    }

    fn take_over(&mut self, other: Tally, taken: &Taken) {
        let places = &taken.places;
        match (self, other) {
            (Tally::Count(counts), Tally::Count(others)) => {
                for (place, more) in places.iter().zip(others) {
                    if let Some(count) = counts.get_mut(*place as usize) {
                        *count += more;
                    }
                }
            }
            (Tally::Sums(sums), Tally::Sums(others)) => {
                for (theirs, place) in places.iter().enumerate() {
                    let (sum, weight) = others.get(theirs as u32);
                    sums.put(*place, sum, weight);
                }
            }
            (Tally::Extremes(extremes), Tally::Extremes(others)) => {
                for (theirs, place) in places.iter().enumerate() {
                    let found = others.get(theirs as u32);
                    if found.is_finite() {
                        extremes.put(*place, found);
                    }
                }
            }
            (Tally::Distinct(distinct), Tally::Distinct(others)) => {
                distinct.take_over(others, places);
            }
            (Tally::Heat(Some(heat)), Tally::Heat(Some(others))) => {
                for (theirs, place) in places.iter().enumerate() {
                    heat.take_over(*place, others.counts(theirs as u32));
                }
            }
            (Tally::Concurrency(concurrency), Tally::Concurrency(others)) => {
                concurrency.take_over(others, &taken.groups);
            }
            _ => {}
        }
    }
}

/// Looks at items and gathers; each thread has its own, and what they gathered comes together at the end.
#[derive(Debug)]
pub struct Gatherer<'q> {
    plan: &'q Plan<'q>,
    looker: Looker<'q>,
    gathered: Gathered,
    lane: LaneScratch,
    scratch: Scratch,
    weights: Vec<u32>,
    // What was drawn for all that was gathered.
    bytes: usize,
}

/// What was gathered.
#[derive(Debug)]
pub struct Gathered {
    /// The groups and places.
    pub groups: Groups,
    /// One for each calculation.
    pub tallies: Vec<Tally>,
    /// One for each field whose percentiles are wanted.
    pub spreads: Vec<Spread>,
}

impl<'q> Gatherer<'q> {
    /// Starts with nothing; `buckets` has those of each heatmap, `scales` those of each spread.
    pub fn new(
        plan: &'q Plan<'q>,
        parts: &'q [Prepared<'q>],
        kept: Option<&'q [OnceLock<Kept>]>,
        buckets: &[Option<Buckets>],
        scales: &[Scale],
    ) -> Gatherer<'q> {
        let groups = Groups::new(plan.breakdowns.len(), plan.by_step);
        let planned = plan.calculations.iter().zip(buckets);
        Gatherer {
            plan,
            looker: Looker::new(plan, parts, kept, groups.clone()),
            gathered: Gathered {
                groups,
                tallies: planned
                    .map(|(it, buckets)| Tally::new(plan, it, *buckets))
                    .collect(),
                spreads: scales.iter().map(|scale| Spread::new(*scale)).collect(),
            },
            lane: LaneScratch::default(),
            scratch: Scratch::default(),
            weights: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes an item.
    pub fn take(&mut self, idx: usize, item: &Item) {
        let Gatherer {
            plan,
            looker,
            gathered,
            lane,
            scratch,
            weights,
            bytes,
        } = self;
        looker.look(idx, item, true, |seen| {
            gathered.grow(seen.groups.n_places());
            for lane_idx in 0..plan.lanes.len() {
                let seen = seen.lane(lane_idx, lane);
                if seen.rows.len() > 0 {
                    gathered.take(plan, lane_idx, seen, scratch, weights);
                }
            }
        });
        let gathered_bytes =
            GATHERED_TWICE * (gathered.memory_bytes() + looker.groups.memory_bytes());
        plan.memory.grow(gathered_bytes.saturating_sub(*bytes));
        *bytes = gathered_bytes.max(*bytes);
    }

    /// Ends it.
    pub fn finish(self) -> Gathered {
        Gathered {
            groups: self.looker.groups,
            ..self.gathered
        }
    }
}

// By the threads, and when it comes together.
const GATHERED_TWICE: usize = 2;

impl Gathered {
    // About what it takes, but for the groups.
    fn memory_bytes(&self) -> usize {
        let tallies = self.tallies.iter().map(Tally::memory_bytes);
        let spreads = self.spreads.iter().map(Spread::memory_bytes);
        tallies.chain(spreads).sum()
    }

    fn grow(&mut self, n_places: usize) {
        self.tallies
            .iter_mut()
            .for_each(|tally| tally.grow(n_places));
        self.spreads
            .iter_mut()
            .for_each(|spread| spread.grow(n_places));
    }

    fn take(
        &mut self,
        plan: &Plan<'_>,
        lane: usize,
        seen: Seen<'_>,
        scratch: &mut Scratch,
        all_weights: &mut Vec<u32>,
    ) {
        let Seen {
            rows,
            places,
            n,
            rates,
            ..
        } = seen;
        for (planned, tally) in plan.calculations.iter().zip(&mut self.tallies) {
            if planned.lane != lane {
                continue;
            }
            let source = planned.slot.map(|slot| seen.source(slot));
            match (tally, source) {
                (Tally::Count(counts), None) => match (places, rows, seen.whole_weight()) {
                    (Places::One(place), Rows::All(_), Some(weight)) => {
                        if let Some(count) = counts.get_mut(place as usize) {
                            *count += weight;
                        }
                    }
                    _ => {
                        all_weights.clear();
                        if let (Some(rates), Rows::List(_)) = (rates, rows) {
                            weights(rows, rates, all_weights);
                        }
                        let weights = match rows {
                            Rows::All(_) => rates,
                            Rows::List(_) => rates.map(|_| &**all_weights),
                        };
                        count(counts, rows.len(), places, weights);
                    }
                },
                (Tally::Count(counts), Some(source)) => {
                    let (n, places, weights) = presences(source, rows, n, places, rates, scratch);
                    count(counts, n, places, weights);
                }
                (Tally::Distinct(distinct), Some(source)) => {
                    let whole = match plan.is_calculated(planned.slot.unwrap_or(0)) {
                        true => None,
                        false => seen.whole().filter(|_| lane == 0).map(|all| (n, all)),
                    };
                    distinct.add(source, rows, places, whole);
                }
                (Tally::Sums(sums), Some(source)) => {
                    sums.add(&numbers(source, rows, n, places, rates, scratch));
                }
                (Tally::Extremes(extremes), Some(source)) => {
                    extremes.add(&numbers(source, rows, n, places, None, scratch));
                }
                (Tally::Heat(Some(heat)), Some(source)) => {
                    heat.add(&numbers(source, rows, n, places, rates, scratch));
                }
                (Tally::Concurrency(concurrency), Some(source)) => {
                    concurrency.add(&seen, source, seen.groups);
                }
                _ => {}
            }
        }
        for (planned, spread) in plan.spreads.iter().zip(&mut self.spreads) {
            if planned.lane == lane {
                let source = seen.source(planned.slot);
                spread.add(&numbers(source, rows, n, places, rates, scratch));
            }
        }
    }

    /// Takes over what another has gathered for the same plan.
    pub fn take_over(&mut self, other: Gathered) {
        let taken = self.groups.take_over(&other.groups);
        self.grow(self.groups.n_places());
        for (own, tally) in self.tallies.iter_mut().zip(other.tallies) {
            own.take_over(tally, &taken);
        }
        for (own, spread) in self.spreads.iter_mut().zip(&other.spreads) {
            own.take_over(spread, &taken.places);
        }
    }

    /// Ends it: makes places for the steps in which spans are in progress but none begins.
    pub fn finish(&mut self) {
        for tally in &mut self.tallies {
            if let Tally::Concurrency(concurrency) = tally {
                concurrency.finish(&mut self.groups);
            }
        }
        self.grow(self.groups.n_places());
        self.spreads.iter_mut().for_each(Spread::finish);
    }
}
