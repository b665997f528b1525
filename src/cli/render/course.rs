//! How the groups of an answer went over time.

use std::collections::HashMap;

use super::raster::Binning;
use crate::model::answer::{Answer, Cell, Row};
use crate::model::query::Op;

/// The most time steps that a course is made from; a stranger's answer cannot make it longer.
const MOST_STEPS: i64 = 100_000;

/// The answer's time steps over its whole window, also where no events are.
pub struct Steps {
    /// Start of the first one, nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds per step.
    pub granularity: i64,
    /// How many there are; at least 1.
    pub count: usize,
}

impl Steps {
    /// Returns the steps of an answer.
    pub fn of(answer: &Answer) -> Steps {
        let granularity = answer.granularity.max(1);
        // Steps need not begin with the window: they are counted back from the first with events.
        let first = answer
            .series
            .first()
            .map_or(answer.window.start, |step| step.time);
        let phase = first
            .saturating_sub(answer.window.start)
            .rem_euclid(granularity);
        let before = if phase == 0 { 0 } else { granularity - phase };
        let start = answer.window.start.saturating_sub(before);
        let length = answer.window.end.saturating_sub(start).max(1);
        let count = ((length - 1) / granularity + 1).min(MOST_STEPS) as usize;
        Steps {
            start,
            granularity,
            count,
        }
    }
}

/// Returns each row's values over time, one for each cell of `binning`; `None` where no events are.
///
/// Several steps in a cell count together: added up for COUNT and SUM, the smallest for MIN, else the
/// largest, because a peak is what one looks for.
pub fn courses(
    answer: &Answer,
    idx: usize,
    op: Op,
    steps: &Steps,
    binning: &Binning,
) -> Vec<Vec<Option<f64>>> {
    let mut courses = vec![vec![None; binning.n_cells]; answer.rows.len()];
    // Values have no hash of their own, since some are floats; their debug form tells them apart.
    let name = |row: &Row| format!("{:?}", row.group);
    let row_idxs: HashMap<String, usize> = answer
        .rows
        .iter()
        .enumerate()
        .map(|(row_idx, row)| (name(row), row_idx))
        .collect();
    for step in &answer.series {
        let Some(value) = step.row.cells.get(idx).and_then(Cell::number) else {
            continue;
        };
        let since = step.time.saturating_sub(steps.start).max(0);
        let cell = binning
            .cell_of_bin
            .get((since / steps.granularity) as usize);
        let course = row_idxs
            .get(&name(&step.row))
            .and_then(|row_idx| courses.get_mut(*row_idx));
        let slot = course
            .zip(cell)
            .and_then(|(course, cell)| course.get_mut(*cell));
        if let Some(slot) = slot {
            *slot = Some(match (*slot, op) {
                (None, _) => value,
                (Some(before), Op::Count | Op::Sum) => before + value,
                (Some(before), Op::Min) => f64::min(before, value),
                (Some(before), _) => f64::max(before, value),
            });
        }
    }
    courses
}
