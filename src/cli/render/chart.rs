//! What lines and bars show, before anybody draws them.

use super::axis::Unit;
use super::course::{Steps, courses};
use super::raster::Binning;
use super::table::group_words;
use crate::model::answer::{Answer, Row};
use crate::model::query::{Calculation, Op};

/// More lines than this cannot be told apart.
pub const MOST_CURVES: usize = 6;
/// A bar needs no colour of its own, so there is room for more.
const MOST_BARS: usize = 20;
/// More panels than this are scrolled past.
pub const MOST_PANELS: usize = 6;
/// The most moments along the time axis; more steps are merged.
const MOST_CELLS: usize = 240;

/// One axis with its lines, or with a bar for each.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What the numbers are: `P90(duration_ms)`.
    pub title: String,
    /// Their unit.
    pub unit: Unit,
    /// What is drawn.
    pub curves: Vec<Curve>,
    /// How many groups there are in all.
    pub n_groups: usize,
    /// Where the first step begins, nanoseconds since the epoch.
    pub start: i64,
    /// How long a cell is, in nanoseconds.
    pub cell: i64,
    /// How several steps in a cell became one number; empty where each cell is a step.
    pub merged: &'static str,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The group, or the calculation where there are no groups.
    pub name: String,
    /// The number over the whole time.
    pub total: Option<f64>,
    /// One number for each cell; `None` where no events are.
    pub values: Vec<Option<f64>>,
}

impl Panel {
    /// Tells whether there is anything to see over time: two moments of one group that have events.
    pub fn has_course(&self) -> bool {
        let is_something = |value: &&f64| **value != 0.0;
        self.curves
            .iter()
            .any(|curve| curve.values.iter().flatten().filter(is_something).count() > 1)
    }

    /// Returns how many cells the time axis has; at least 1.
    pub fn n_cells(&self) -> usize {
        self.curves
            .first()
            .map_or(1, |curve| curve.values.len().max(1))
    }

    /// Returns the smallest and the largest number of its lines, or of its bars.
    pub fn range(&self, of_lines: bool) -> Option<(f64, f64)> {
        let values = self.curves.iter().flat_map(|curve| {
            let lines = curve.values.iter().flatten().filter(|_| of_lines);
            lines.chain(curve.total.iter().filter(|_| !of_lines))
        });
        values.fold(None, |range, value| match range {
            None => Some((*value, *value)),
            Some((low, high)) => Some((low.min(*value), high.max(*value))),
        })
    }
}

/// Returns a panel for each calculation that gives numbers.
///
/// Without groups, calculations over one column that can share an axis are lines of one panel.
pub fn panels(answer: &Answer) -> Vec<Panel> {
    let steps = Steps::of(answer);
    let binning = Binning::even(steps.count, MOST_CELLS);
    let mut panels: Vec<(Option<Calculation>, Panel)> = Vec::new();
    for (idx, calculation) in answer.calculations.iter().enumerate() {
        if calculation.op == Op::Heatmap {
            continue;
        }
        let values = courses(answer, idx, calculation.op, &steps, &binning);
        let drawn = |value: Option<f64>| match calculation.op {
            // No events are none of them; of what was not there, nothing else is known.
            Op::Count => value.or(Some(0.0)),
            _ => value.filter(|it| it.is_finite()),
        };
        let curve = |(row, values): (&Row, Vec<Option<f64>>)| Curve {
            name: match answer.breakdowns.is_empty() {
                true => calculation.label(),
                false => group_words(row).join(", "),
            },
            total: row
                .cells
                .get(idx)
                .and_then(|cell| cell.number())
                .filter(|it| it.is_finite()),
            values: values.into_iter().map(drawn).collect(),
        };
        let curves = answer.rows.iter().zip(values);
        let curves: Vec<Curve> = curves.take(MOST_BARS).map(curve).collect();
        let shared = panels.iter_mut().find(|(first, panel)| {
            let share_an_axis = first
                .as_ref()
                .is_some_and(|it| it.column == calculation.column);
            is_of_values(calculation.op) && share_an_axis && panel.curves.len() < MOST_CURVES
        });
        if let (Some((_, panel)), true) = (shared, answer.breakdowns.is_empty()) {
            panel.title = format!("{}, {}", panel.title, calculation.label());
            panel.curves.extend(curves);
            continue;
        }
        let column = calculation.column.as_deref().unwrap_or("");
        let panel = Panel {
            title: calculation.label(),
            unit: match is_of_values(calculation.op) || calculation.op == Op::Sum {
                true => Unit::of(column),
                false => Unit::Bare,
            },
            curves,
            n_groups: answer.rows.len(),
            start: steps.start,
            cell: steps
                .granularity
                .saturating_mul(binning.bins_per_cell() as i64),
            merged: match (binning.bins_per_cell(), calculation.op) {
                (1, _) => "",
                (_, Op::Count | Op::Sum) => "the sum",
                (_, Op::Min) => "the smallest",
                _ => "the largest",
            },
        };
        let sharing = is_of_values(calculation.op).then(|| calculation.clone());
        panels.push((sharing, panel));
    }
    panels.truncate(MOST_PANELS);
    let mut panels: Vec<Panel> = panels.into_iter().map(|(_, panel)| panel).collect();
    for panel in panels.iter_mut().filter(|panel| panel.has_course()) {
        panel.curves.truncate(MOST_CURVES);
    }
    panels
}

// Numbers that lie among the column's own.
fn is_of_values(op: Op) -> bool {
    matches!(op, Op::Percentile(_) | Op::Avg | Op::Min | Op::Max)
}
