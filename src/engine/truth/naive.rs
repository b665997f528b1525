//! The naive engine: every cell by its definition, from a list of events.

use std::collections::BTreeSet;

use crate::engine::filter::passes;
use crate::engine::formula;
use crate::engine::granularity::granularity;
use crate::engine::heatmap::Buckets;
use crate::model::answer::Cell;
use crate::model::query::{Calculation, Combination, Filter, Op, QuerySpec, RateOf};
use crate::model::span::{Event, Value};
use crate::model::time::Window;

/// A question and the events, with their calculated fields as fields like any other.
pub struct Naive {
    spec: QuerySpec,
    events: Vec<Event>,
    window: Window,
    granularity: i64,
    // One for each calculation; of heatmaps.
    buckets: Vec<Option<Buckets>>,
}

/// A cell, and by how much a number may differ: doubles are not added up in this order.
pub type Expected = (Cell, f64);

impl Naive {
    pub fn new(spec: &QuerySpec, events: &[Event], now: i64) -> Naive {
        let window = spec.time_range.window(now);
        let mut naive = Naive {
            spec: spec.clone(),
            events: with_fields(spec, events),
            window,
            granularity: granularity(spec, window).unwrap().max(1),
            buckets: Vec::new(),
        };
        let all = naive.matching();
        let buckets = spec
            .calculations
            .iter()
            .map(|it| naive.buckets_of(it, &all));
        naive.buckets = buckets.collect();
        naive
    }

    pub fn matching(&self) -> Vec<&Event> {
        let is_wanted = |event: &&Event| {
            passes_all(&self.spec.filters, self.spec.combination, event)
                && self.window.contains(event.time)
        };
        self.events.iter().filter(is_wanted).collect()
    }

    /// Returns the starts of the steps in which a group has a row, ascending.
    pub fn steps(&self, events: &[&Event]) -> Vec<i64> {
        let start = |step: i64| step * self.granularity;
        let steps = events.iter().map(|it| it.time.div_euclid(self.granularity));
        let mut steps: BTreeSet<i64> = steps.map(start).collect();
        for calculation in &self.spec.calculations {
            if calculation.op == Op::Concurrency {
                let events = taken(calculation, events);
                let all = self.all_steps();
                steps.extend(all.filter(|step| self.in_progress(&events, *step) > 0.0));
            }
        }
        steps.into_iter().collect()
    }

    /// Returns the cells of a group's events: of the whole window, or of the step that starts at `step`.
    pub fn cells(&self, events: &[&Event], step: Option<i64>) -> Vec<Expected> {
        let calculations = self.spec.calculations.iter().zip(&self.buckets);
        let cells: Vec<Expected> = calculations
            .map(|(it, buckets)| self.cell(it, *buckets, events, step))
            .collect();
        if self.spec.formulas.is_empty() {
            return cells;
        }
        // The two formulas that are asked: a sum and a quotient of those that have a name.
        let named = self.spec.calculations.iter().zip(&cells);
        let named: Vec<(Option<f64>, f64)> = named
            .filter(|(calculation, _)| calculation.name.is_some())
            .map(|(_, (cell, slack))| (cell.number(), *slack))
            .collect();
        let slack: f64 = named.iter().map(|(_, slack)| slack).sum();
        let sum: Option<f64> = named.iter().map(|(number, _)| *number).sum();
        let sum = sum.filter(|sum| sum.is_finite());
        let quotient = named[0].0.zip(named[named.len() - 1].0);
        let quotient = quotient.filter(|(_, below)| *below != 0.0);
        let relative = match quotient {
            Some((above, below)) if slack > 0.0 => slack / above.abs().min(below.abs()).max(1e-9),
            _ => 0.0,
        };
        let quotient = quotient.map(|(above, below)| above / below);
        let quotient = quotient.filter(|quotient| quotient.is_finite());
        let number = |number: Option<f64>| number.map_or(Cell::Absent, Cell::Number);
        let least = |number: Option<f64>| 1e-9 * number.unwrap_or(0.0).abs();
        vec![
            (number(sum), slack + least(sum)),
            (
                number(quotient),
                least(quotient) * (1.0 + 1e10 * relative) + 1e-9,
            ),
        ]
    }

    fn cell(
        &self,
        calculation: &Calculation,
        buckets: Option<Buckets>,
        events: &[&Event],
        step: Option<i64>,
    ) -> Expected {
        let events = taken(calculation, events);
        let number = |number: Option<f64>| number.map_or(Cell::Absent, Cell::Number);
        match calculation.op {
            Op::Concurrency => {
                let has_duration = events.iter().any(|event| duration(event).is_some());
                let value = match step {
                    Some(step) => self.in_progress(&events, step),
                    None => self
                        .all_steps()
                        .map(|step| self.in_progress(&events, step))
                        .fold(0.0, f64::max),
                };
                return (number(has_duration.then_some(value)), 1e-9 * (1.0 + value));
            }
            Op::Rate(_) => {
                let values = self.by_step(calculation, &events);
                let largest = values
                    .iter()
                    .fold(0.0, |most: f64, (_, it)| most.max(it.abs()));
                let value = match step {
                    None => match (values.first(), values.last()) {
                        (Some((_, first)), Some((_, last))) if values.len() > 1 => {
                            Some(last - first)
                        }
                        _ => None,
                    },
                    Some(step) => {
                        let at = values.iter().position(|(start, _)| *start == step);
                        let before = at.and_then(|at| values.get(at.checked_sub(1)?));
                        before
                            .zip(at)
                            .map(|((_, before), at)| values[at].1 - before)
                    }
                };
                return (number(value), 1e-9 * (1.0 + largest));
            }
            _ => {}
        }
        let is_inside = |event: &&&Event| {
            step.is_none_or(|step| {
                event.time.div_euclid(self.granularity) * self.granularity == step
            })
        };
        let events: Vec<&Event> = events.iter().filter(is_inside).copied().collect();
        let Some(column) = &calculation.column else {
            return (
                Cell::Count(events.iter().map(|event| self.weight(event)).sum()),
                0.0,
            );
        };
        let having: Vec<(&Value, u64)> = events
            .iter()
            .filter_map(|event| Some((event.field(column)?, self.weight(event))))
            .collect();
        let numbers = self.numbers(column, &events);
        let size: f64 = numbers.iter().map(|number| number.abs()).sum();
        let slack = 1e-9 * (1.0 + size);
        match calculation.op {
            Op::Count => (
                Cell::Count(having.iter().map(|(_, weight)| weight).sum()),
                0.0,
            ),
            Op::CountDistinct => {
                let texts = having.iter().map(|(value, _)| format!("{value:?}"));
                (
                    Cell::Count(texts.collect::<BTreeSet<_>>().len() as u64),
                    0.0,
                )
            }
            Op::Percentile(percentile) => {
                // The smallest value that at least this share of all values does not exceed.
                let share = |value: f64| {
                    let below = numbers.iter().filter(|other| **other <= value).count();
                    below as f64 / numbers.len() as f64 + 1e-12 >= percentile.fraction()
                };
                (
                    number(numbers.iter().copied().find(|&value| share(value))),
                    0.0,
                )
            }
            Op::Heatmap => match buckets {
                Some(buckets) if !numbers.is_empty() => {
                    let mut counts = vec![0; buckets.len()];
                    for value in numbers {
                        counts[buckets.index(value)] += 1;
                    }
                    (Cell::Histogram(buckets.histogram(counts)), 0.0)
                }
                _ => (Cell::Absent, 0.0),
            },
            op => (number(plain(op, &numbers)), slack),
        }
    }

    // Every finite number as often as it stands for, ascending.
    fn numbers(&self, column: &str, events: &[&Event]) -> Vec<f64> {
        let mut numbers = Vec::new();
        for event in events {
            if let Some(number) = event.field(column).and_then(Value::number)
                && number.is_finite()
            {
                numbers.extend(std::iter::repeat_n(number, self.weight(event) as usize));
            }
        }
        numbers.sort_by(f64::total_cmp);
        numbers
    }

    fn weight(&self, event: &Event) -> u64 {
        match self.spec.usage_mode {
            true => 1,
            false => event.sample_rate.into(),
        }
    }

    fn buckets_of(&self, calculation: &Calculation, events: &[&Event]) -> Option<Buckets> {
        let column = calculation.column.as_ref()?;
        let events = taken(calculation, events);
        let numbers = self.numbers(column, &events);
        let is_double = |event: &&Event| matches!(event.field(column), Some(Value::Float(float)) if float.is_finite());
        let are_whole = !events.iter().any(is_double);
        Buckets::over(*numbers.first()?, *numbers.last()?, are_whole)
    }

    fn all_steps(&self) -> impl Iterator<Item = i64> {
        let first = self.window.start.div_euclid(self.granularity);
        let last = (self.window.end - 1).div_euclid(self.granularity);
        (first..=last).map(|step| step * self.granularity)
    }

    fn in_progress(&self, events: &[&Event], step: i64) -> f64 {
        let end_of_step = step + self.granularity;
        let shared = |event: &&Event| {
            let length = (duration(event).unwrap_or(0.0) * 1e6) as i64;
            let end = event.time.saturating_add(length.max(0));
            let shared = end.min(end_of_step) - event.time.max(step);
            shared.max(0) as f64 * self.weight(event) as f64
        };
        events.iter().map(shared).sum::<f64>() / self.granularity as f64
    }

    fn by_step(&self, calculation: &Calculation, events: &[&Event]) -> Vec<(i64, f64)> {
        let column = calculation.column.as_ref().unwrap();
        let op = match calculation.op {
            Op::Rate(RateOf::Avg) => Op::Avg,
            Op::Rate(RateOf::Sum) => Op::Sum,
            _ => Op::Max,
        };
        let steps = events.iter().map(|it| it.time.div_euclid(self.granularity));
        let steps: BTreeSet<i64> = steps.collect();
        let value = |step: i64| {
            let is_inside = |it: &&&Event| it.time.div_euclid(self.granularity) == step;
            let events: Vec<&Event> = events.iter().filter(is_inside).copied().collect();
            let value = plain(op, &self.numbers(column, &events))?;
            Some((step * self.granularity, value))
        };
        steps.into_iter().filter_map(value).collect()
    }
}

fn plain(op: Op, numbers: &[f64]) -> Option<f64> {
    let sum: f64 = numbers.iter().sum();
    match op {
        Op::Sum => (!numbers.is_empty()).then_some(sum),
        Op::Avg => (!numbers.is_empty()).then(|| sum / numbers.len() as f64),
        Op::Min => numbers.first().copied(),
        Op::Max => numbers.last().copied(),
        _ => None,
    }
}

fn duration(event: &Event) -> Option<f64> {
    let duration = event.field("duration_ms")?.number()?;
    duration.is_finite().then_some(duration)
}

// The events that a calculation's own filters let through.
fn taken<'e>(calculation: &Calculation, events: &[&'e Event]) -> Vec<&'e Event> {
    let is_wanted =
        |event: &&&Event| passes_all(&calculation.filters, calculation.combination, event);
    events.iter().filter(is_wanted).copied().collect()
}

fn passes_all(filters: &[Filter], combination: Combination, event: &Event) -> bool {
    let mut passing = filters
        .iter()
        .map(|it| passes(it, event.field(&it.column).map(Into::into)));
    match combination {
        _ if filters.is_empty() => true,
        Combination::And => passing.all(|passes| passes),
        Combination::Or => passing.any(|passes| passes),
    }
}

fn with_fields(spec: &QuerySpec, events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for field in &spec.calculated_fields {
        for event in &mut events {
            let columns = field.formula.columns();
            let column = |idx: usize| event.field(&columns[idx]).cloned();
            let value = formula::value(field.formula.root(), &column, event.time);
            event.fields.retain(|(name, _)| **name != *field.name);
            if let Some(value) = value {
                event.fields.push((field.name.as_str().into(), value));
            }
        }
    }
    events
}
