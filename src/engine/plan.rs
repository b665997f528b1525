//! What a query asks, taken apart once, before any part is looked at.

use super::Detail;
use super::granularity::{GranularityError, granularity};
use super::memory::Memory;
use crate::model::formula::NamedFormula;
use crate::model::query::{Calculation, Combination, Filter, Op, Percentile, QuerySpec};
use crate::model::time::Window;

/// What a query asks. Fields are known by the numbers of their slots.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The query.
    pub spec: &'a QuerySpec,
    /// The time that is looked at.
    pub window: Window,
    /// The length of a time step in nanoseconds; at least 1.
    pub granularity: i64,
    /// Whether results are gathered for each time step.
    pub by_step: bool,
    /// Whether the answer has them for each time step.
    pub with_series: bool,
    /// The fields that are read.
    pub slots: Vec<Slot<'a>>,
    /// The calculated fields, in the query's order.
    pub fields: Vec<Field<'a>>,
    /// Which events are looked at.
    pub filters: Joined<'a>,
    /// The slots of the breakdowns.
    pub breakdowns: Vec<usize>,
    /// Which of these events a calculation takes; the first takes all.
    pub lanes: Vec<Joined<'a>>,
    /// What is calculated, in the query's order.
    pub calculations: Vec<Planned<'a>>,
    /// Whose spread is wanted, and which percentiles of it.
    pub spreads: Vec<PlannedSpread>,
    /// What it may take.
    pub memory: Memory<'a>,
}

/// A field that is read.
#[derive(Debug)]
pub struct Slot<'a> {
    /// Its name.
    pub name: &'a str,
    /// Which calculated field it is, if it is one.
    pub field: Option<usize>,
}

/// A calculated field.
#[derive(Debug)]
pub struct Field<'a> {
    /// How it is calculated.
    pub named: &'a NamedFormula,
    /// The slots of the formula's columns; `None` if nothing reads this field.
    pub sources: Option<Vec<usize>>,
}

/// Filters and how they are joined.
#[derive(Debug, PartialEq)]
pub struct Joined<'a> {
    /// The filters, each with the slot of its field.
    pub filters: Vec<(usize, &'a Filter)>,
    /// How they are joined.
    pub combination: Combination,
}

/// A calculation.
#[derive(Debug)]
pub struct Planned<'a> {
    /// As the query has it.
    pub calculation: &'a Calculation,
    /// The slot of its field.
    pub slot: Option<usize>,
    /// Which events it takes.
    pub lane: usize,
    /// For percentiles: which spread, and which of the percentiles that are wanted of it.
    pub spread: Option<(usize, usize)>,
}

/// A field whose percentiles are wanted.
#[derive(Debug)]
pub struct PlannedSpread {
    /// The field.
    pub slot: usize,
    /// Which events it takes.
    pub lane: usize,
    /// Which percentiles.
    pub asked: Vec<Percentile>,
}

/// The field that says how long a span took, in milliseconds.
const DURATION: &str = "duration_ms";

impl<'a> Plan<'a> {
    /// Takes a query apart.
    ///
    /// # Errors
    /// When the granularity does not fit the time range.
    pub fn new(
        spec: &'a QuerySpec,
        now: i64,
        detail: Detail,
    ) -> Result<Plan<'a>, GranularityError> {
        let window = spec.time_range.window(now);
        let needs_steps = |it: &Calculation| matches!(it.op, Op::Concurrency | Op::Rate(_));
        let with_series = detail == Detail::Series;
        let mut plan = Plan {
            spec,
            window,
            granularity: granularity(spec, window)?.max(1),
            by_step: with_series || spec.calculations.iter().any(needs_steps),
            with_series,
            slots: Vec::new(),
            fields: Vec::new(),
            filters: Joined {
                filters: Vec::new(),
                combination: spec.combination,
            },
            breakdowns: Vec::new(),
            lanes: Vec::new(),
            calculations: Vec::new(),
            spreads: Vec::new(),
            memory: Memory::default(),
        };
        plan.fields = spec
            .calculated_fields
            .iter()
            .map(|named| Field {
                named,
                sources: None,
            })
            .collect();
        let n_fields = plan.fields.len();
        plan.filters = plan.joined(&spec.filters, spec.combination);
        for name in &spec.breakdowns {
            let slot = plan.slot(name, n_fields);
            plan.breakdowns.push(slot);
        }
        plan.lanes.push(Joined {
            filters: Vec::new(),
            combination: Combination::And,
        });
        for calculation in &spec.calculations {
            let planned = plan.planned(calculation);
            plan.calculations.push(planned);
        }
        Ok(plan)
    }

    fn planned(&mut self, calculation: &'a Calculation) -> Planned<'a> {
        let n_fields = self.fields.len();
        let name = match calculation.op {
            Op::Concurrency => Some(DURATION),
            _ => calculation.column.as_deref(),
        };
        let slot = name.map(|name| self.slot(name, n_fields));
        let lane = match calculation.filters.is_empty() {
            true => 0,
            false => {
                let lane = self.joined(&calculation.filters, calculation.combination);
                place_of(&mut self.lanes, |known| *known == lane).unwrap_or_else(|| {
                    self.lanes.push(lane);
                    self.lanes.len() - 1
                })
            }
        };
        let spread = match (calculation.op, slot) {
            (Op::Percentile(percentile), Some(slot)) => Some(self.spread(slot, lane, percentile)),
            _ => None,
        };
        Planned {
            calculation,
            slot,
            lane,
            spread,
        }
    }

    fn spread(&mut self, slot: usize, lane: usize, percentile: Percentile) -> (usize, usize) {
        let is_it = |known: &PlannedSpread| known.slot == slot && known.lane == lane;
        let idx = place_of(&mut self.spreads, is_it).unwrap_or_else(|| {
            self.spreads.push(PlannedSpread {
                slot,
                lane,
                asked: Vec::new(),
            });
            self.spreads.len() - 1
        });
        let Some(spread) = self.spreads.get_mut(idx) else {
            return (idx, 0);
        };
        let asked = place_of(&mut spread.asked, |known| *known == percentile);
        let asked = asked.unwrap_or_else(|| {
            spread.asked.push(percentile);
            spread.asked.len() - 1
        });
        (idx, asked)
    }

    fn joined(&mut self, filters: &'a [Filter], combination: Combination) -> Joined<'a> {
        let n_fields = self.fields.len();
        let filters = filters
            .iter()
            .map(|filter| (self.slot(&filter.column, n_fields), filter));
        Joined {
            filters: filters.collect(),
            combination,
        }
    }

    // The slot of a field as seen by the calculated field `before`, which knows those before it only.
    fn slot(&mut self, name: &'a str, before: usize) -> usize {
        let mut fields = self.fields.iter().take(before);
        let field = fields.position(|field| field.named.name == name);
        let is_it = |slot: &Slot<'_>| slot.name == name && slot.field == field;
        if let Some(slot) = self.slots.iter().position(is_it) {
            return slot;
        }
        self.slots.push(Slot { name, field });
        let slot = self.slots.len() - 1;
        if let Some(idx) = field
            && let Some(field) = self.fields.get_mut(idx)
            && field.sources.is_none()
        {
            field.sources = Some(Vec::new());
            let names = field.named.formula.columns();
            let sources = names.iter().map(|name| self.slot(name, idx)).collect();
            if let Some(field) = self.fields.get_mut(idx) {
                field.sources = Some(sources);
            }
        }
        slot
    }

    /// Tells whether a slot is a calculated field.
    pub fn is_calculated(&self, slot: usize) -> bool {
        self.slots
            .get(slot)
            .is_some_and(|slot| slot.field.is_some())
    }

    /// Tells whether any calculated field is read.
    pub fn has_fields(&self) -> bool {
        self.fields.iter().any(|field| field.sources.is_some())
    }

    /// Returns the names of the stored columns that are read.
    pub fn stored(&self) -> impl Iterator<Item = &'a str> {
        let stored = self.slots.iter().filter(|slot| slot.field.is_none());
        stored.map(|slot| slot.name)
    }
}

fn place_of<T>(known: &mut [T], is_it: impl Fn(&T) -> bool) -> Option<usize> {
    known.iter().position(is_it)
}
