//! What a calculation gathers for one group and time step, and how it becomes a cell.

use std::collections::HashSet;

use super::group::Key;
use super::heatmap::Buckets;
use super::percentile::{Weighted, percentile};
use crate::model::answer::Cell;
use crate::model::query::Op;

/// The events of one group and step, as far as one calculation needs them.
#[derive(Debug, Clone, PartialEq)]
pub enum Gathered {
    /// Weighted number of events.
    Count(u64),
    /// Weighted sum, and the weights.
    Sum(f64, u64),
    /// The smallest or largest value.
    Extreme(Option<f64>),
    /// The different values.
    Distinct(HashSet<Key>),
    /// The values themselves.
    Values(Weighted),
}

impl Gathered {
    /// Starts with nothing.
    pub fn nothing(op: Op) -> Gathered {
        match op {
            Op::Count => Gathered::Count(0),
            Op::Sum | Op::Avg => Gathered::Sum(0.0, 0),
            Op::Min | Op::Max => Gathered::Extreme(None),
            // A formula works on what the others found.
            Op::Formula => Gathered::Extreme(None),
            Op::CountDistinct => Gathered::Distinct(HashSet::new()),
            Op::Percentile(_) | Op::Heatmap => Gathered::Values(Vec::new()),
            // Values without a scale become no cell.
            Op::Concurrency | Op::Rate(_) => Gathered::Values(Vec::new()),
        }
    }

    /// Adds a number that stands for `weight` events.
    pub fn add(&mut self, op: Op, value: f64, weight: u32) {
        match self {
            Gathered::Count(count) => *count += u64::from(weight),
            Gathered::Sum(sum, weights) => {
                *sum += value * f64::from(weight);
                *weights += u64::from(weight);
            }
            Gathered::Extreme(extreme) => *extreme = Some(extreme_of(op, *extreme, value)),
            Gathered::Values(values) => values.push((value, weight)),
            Gathered::Distinct(_) => {}
        }
    }

    /// Adds what another step of the same group gathered.
    pub fn merge(&mut self, op: Op, other: &Gathered) {
        match (self, other) {
            (Gathered::Count(own), Gathered::Count(other)) => *own += other,
            (Gathered::Sum(own, weights), Gathered::Sum(other, other_weights)) => {
                *own += other;
                *weights += other_weights;
            }
            (Gathered::Extreme(own), Gathered::Extreme(Some(other))) => {
                *own = Some(extreme_of(op, *own, *other));
            }
            (Gathered::Distinct(own), Gathered::Distinct(other)) => {
                own.extend(other.iter().cloned())
            }
            (Gathered::Values(own), Gathered::Values(other)) => own.extend_from_slice(other),
            _ => {}
        }
    }

    /// Returns the result; `buckets` are those of a heatmap.
    pub fn cell(&mut self, op: Op, buckets: Option<&Buckets>) -> Cell {
        match self {
            Gathered::Count(count) => Cell::Count(*count),
            Gathered::Distinct(values) => Cell::Count(values.len() as u64),
            Gathered::Sum(_, 0) => Cell::Absent,
            Gathered::Sum(sum, weights) if op == Op::Avg => Cell::Number(*sum / *weights as f64),
            Gathered::Sum(sum, _) => Cell::Number(*sum),
            Gathered::Extreme(extreme) => extreme.map_or(Cell::Absent, Cell::Number),
            Gathered::Values(values) if values.is_empty() => Cell::Absent,
            Gathered::Values(values) => match op {
                Op::Percentile(asked) => {
                    percentile(values, asked).map_or(Cell::Absent, Cell::Number)
                }
                _ => buckets.map_or(Cell::Absent, |buckets| {
                    Cell::Histogram(buckets.histogram(values))
                }),
            },
        }
    }
}

fn extreme_of(op: Op, known: Option<f64>, value: f64) -> f64 {
    match known {
        None => value,
        Some(known) if op == Op::Min => known.min(value),
        Some(known) => known.max(value),
    }
}
