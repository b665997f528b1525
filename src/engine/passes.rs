//! The passes over the events besides the main one: before it for heatmaps, after it for percentiles.

use std::sync::OnceLock;

use super::group::Groups;
use super::items::Item;
use super::look::Looker;
use super::numbers::{Scratch, numbers};
use super::percentile::{Found, Targets};
use super::places::Places;
use super::plan::Plan;
use super::prepared::Prepared;
use super::scale::Scale;
use super::seen::LaneScratch;
use super::select::Kept;
use super::tally::extremes;
use crate::model::query::Op;

/// Looks for the smallest and the largest number of each heatmap's field.
#[derive(Debug)]
pub struct Bounds<'q> {
    plan: &'q Plan<'q>,
    looker: Looker<'q>,
    lane: LaneScratch,
    scratch: Scratch,
    /// For each calculation the smallest and the largest, and whether one is a double.
    pub found: Vec<Bound>,
}

/// What some numbers lie between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The smallest; infinity for no numbers.
    pub least: f64,
    /// The largest; minus infinity for no numbers.
    pub most: f64,
    /// Whether one is a double.
    pub has_doubles: bool,
}

impl Bound {
    /// No numbers.
    pub const NONE: Bound = Bound {
        least: f64::INFINITY,
        most: f64::NEG_INFINITY,
        has_doubles: false,
    };

    /// Takes others into account.
    pub fn widen(&mut self, other: Bound) {
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.has_doubles |= other.has_doubles;
    }
}

impl<'q> Bounds<'q> {
    /// Starts with nothing.
    pub fn new(
        plan: &'q Plan<'q>,
        parts: &'q [Prepared<'q>],
        kept: Option<&'q [OnceLock<Kept>]>,
    ) -> Bounds<'q> {
        Bounds {
            plan,
            looker: Looker::new(plan, parts, kept, Groups::new(0, false)),
            lane: LaneScratch::default(),
            scratch: Scratch::default(),
            found: vec![Bound::NONE; plan.calculations.len()],
        }
    }

    /// Takes an item.
    pub fn take(&mut self, idx: usize, item: &Item) {
        let Bounds {
            plan,
            looker,
            lane,
            scratch,
            found,
        } = self;
        looker.look(idx, item, false, |seen| {
            for (planned, bound) in plan.calculations.iter().zip(found.iter_mut()) {
                if planned.calculation.op != Op::Heatmap {
                    continue;
                }
                let seen = seen.lane(planned.lane, lane);
                let source = planned.slot.map(|slot| seen.source(slot));
                if let (Some(source), 1..) = (source, seen.rows.len()) {
                    let numbers = numbers(source, seen.rows, seen.n, Places::One(0), None, scratch);
                    let (least, most) = extremes(numbers.values);
                    bound.widen(Bound {
                        least,
                        most,
                        has_doubles: numbers.has_doubles,
                    });
                }
            }
        });
    }
}

/// Collects the numbers that percentiles are to be found among.
#[derive(Debug)]
pub struct Collector<'q> {
    plan: &'q Plan<'q>,
    looker: Looker<'q>,
    lane: LaneScratch,
    scratch: Scratch,
    targets: &'q [Targets],
    scales: &'q [Scale],
    /// What was found, for each spread.
    pub found: Vec<Found>,
}

impl<'q> Collector<'q> {
    /// Starts with nothing; `groups` are those of the first pass, and `targets` what it left open.
    pub fn new(
        plan: &'q Plan<'q>,
        parts: &'q [Prepared<'q>],
        kept: Option<&'q [OnceLock<Kept>]>,
        groups: Groups,
        scales: &'q [Scale],
        targets: &'q [Targets],
    ) -> Collector<'q> {
        Collector {
            plan,
            looker: Looker::new(plan, parts, kept, groups),
            lane: LaneScratch::default(),
            scratch: Scratch::default(),
            targets,
            scales,
            found: targets.iter().map(Found::new).collect(),
        }
    }

    /// Takes an item.
    pub fn take(&mut self, idx: usize, item: &Item) {
        let Collector {
            plan,
            looker,
            lane,
            scratch,
            targets,
            scales,
            found,
        } = self;
        looker.look(idx, item, true, |seen| {
            let wanted = plan
                .spreads
                .iter()
                .zip(*targets)
                .zip(*scales)
                .zip(found.iter_mut());
            for (((planned, targets), scale), found) in wanted {
                if targets.is_empty() {
                    continue;
                }
                let seen = seen.lane(planned.lane, lane);
                let source = seen.source(planned.slot);
                let numbers = numbers(source, seen.rows, seen.n, seen.places, seen.rates, scratch);
                targets.collect(*scale, &numbers, found);
            }
        });
    }
}
