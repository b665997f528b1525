//! The answer to a query: rows by group, a series by time step, and the axes to draw them on.

use super::left_out::LeftOut;
use super::query::{Calculation, Op};
use super::span::Value;
use super::time::Window;

/// Everything a query gave, with its own axes, so that drawing it never needs the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The time that was scanned.
    pub window: Window,
    /// Nanoseconds per time step; at least 1.
    pub granularity: i64,
    /// The columns that the groups are made of.
    pub breakdowns: Vec<String>,
    /// What each cell is, in order.
    pub calculations: Vec<Calculation>,
    /// One row for each group, ordered.
    pub rows: Vec<Row>,
    /// One row for each time step and group that has events, oldest first.
    pub series: Vec<Step>,
    /// How percentiles were found.
    pub percentiles: PercentileMethod,
    /// What of the window is not in it.
    pub left_out: LeftOut,
}

/// How the percentiles of an answer were found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum PercentileMethod {
    /// By nearest rank among all values; also what an answer without percentiles says.
    #[default]
    Exact,
    /// At least one is only known to lie in a bucket of a histogram, and is given as its middle.
    Sketch {
        /// The largest error, relative to the true percentile: 0.016 is 1.6 %.
        error: f64,
    },
}

/// A group and its results over the whole window.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// One value for each breakdown; `None` where the events lack the column.
    pub group: Vec<Option<Value>>,
    /// One cell for each calculation.
    pub cells: Vec<Cell>,
}

/// A group and its results in one time step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Start of the step, nanoseconds since the epoch.
    pub time: i64,
    /// The group and its cells.
    pub row: Row,
}

/// What all groups give together, and those that the limit cut off.
///
/// Each is a row without a group, its cells those of the answer. Groups that a HAVING leaves out count
/// all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregates {
    /// All events that the query looks at.
    pub total: Row,
    /// The same for each time step that has events, oldest first; empty for an answer without series.
    pub total_series: Vec<Step>,
    /// The events of the groups past the limit.
    pub other: Row,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A whole number: a count.
    Count(u64),
    /// A number.
    Number(f64),
    /// A heatmap's histogram.
    Histogram(Histogram),
    /// No event had the column.
    Absent,
}

impl Cell {
    /// Returns the cell as a number; `None` for a histogram or nothing.
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Count(count) => Some(*count as f64),
            Cell::Number(number) => Some(*number),
            Cell::Histogram(_) | Cell::Absent => None,
        }
    }
}

/// Weighted counts of values in buckets of one width.
///
/// Bucket `i` holds `min_value + i * step <= value < min_value + (i + 1) * step`; the last one also
/// holds its upper edge. All histograms of one answer share `step`, and their `min_value` is a
/// multiple of it, so they can be laid over each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bucket, in the column's unit.
    pub min_value: f64,
    /// Width of a bucket, in the column's unit; above zero.
    pub step: f64,
    /// One count for each bucket, low to high; never empty.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Returns the upper edge of the last bucket.
    pub fn max_value(&self) -> f64 {
        self.min_value + self.step * self.counts.len() as f64
    }

    /// Returns the sum of all counts.
    pub fn total(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |all, count| all.saturating_add(*count))
    }
}

/// A heatmap laid out on one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Start of each time step, nanoseconds since the epoch, evenly spaced; never empty.
    pub times: Vec<i64>,
    /// Nanoseconds per step.
    pub granularity: i64,
    /// Lower edge of the lowest bucket, in the column's unit.
    pub min_value: f64,
    /// Width of a bucket, in the column's unit.
    pub step: f64,
    /// Number of buckets.
    pub buckets: usize,
    /// `times.len() * buckets` counts: one row of buckets (low to high) for each time step.
    pub counts: Vec<u64>,
}

impl Grid {
    /// The most cells a grid has; a stranger's answer cannot make it larger.
    pub const MAX_CELLS: usize = 16_000_000;

    /// Returns the count at a time step and bucket.
    pub fn count(&self, time_idx: usize, bucket_idx: usize) -> u64 {
        self.counts[time_idx * self.buckets + bucket_idx]
    }

    /// Returns the largest count.
    pub fn largest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

impl Answer {
    /// Returns the index of the first calculation with `op`.
    pub fn calculation_idx(&self, op: Op) -> Option<usize> {
        self.calculations
            .iter()
            .position(|calculation| calculation.op == op)
    }

    /// Lays the histograms of calculation `idx` over each other, all groups together.
    ///
    /// The grid covers the whole window, also where no events are. `None` if there is no histogram
    /// with a value in it, or if the axes are too long or broken to draw.
    pub fn grid(&self, idx: usize) -> Option<Grid> {
        let histograms: Vec<(i64, &Histogram)> = self
            .series
            .iter()
            .filter_map(|step| match step.row.cells.get(idx) {
                Some(Cell::Histogram(histogram)) if histogram.step > 0.0 => {
                    Some((step.time, histogram))
                }
                _ => None,
            })
            .collect();
        let (first_time, first) = histograms.first()?;
        let step = first.step;
        let granularity = self.granularity.max(1);
        let low = histograms
            .iter()
            .map(|(_, h)| h.min_value)
            .fold(f64::INFINITY, f64::min);
        let high = histograms
            .iter()
            .map(|(_, h)| h.max_value())
            .fold(f64::NEG_INFINITY, f64::max);
        let buckets = ((high - low) / step).round();
        if !buckets.is_finite() || buckets < 1.0 || buckets > Grid::MAX_CELLS as f64 {
            return None;
        }
        let buckets = buckets as usize;

        // Steps are counted from the first one that has events, back to the window's start, so that
        // the grid's columns are the answer's own time buckets.
        let before = first_time.saturating_sub(self.window.start).max(0) / granularity
            + i64::from(first_time.saturating_sub(self.window.start).max(0) % granularity > 0);
        let start = first_time.saturating_sub(before.saturating_mul(granularity));
        let n_times = (self.window.end.saturating_sub(start).max(1) - 1) / granularity + 1;
        let n_cells = usize::try_from(n_times)
            .ok()
            .and_then(|n_times| n_times.checked_mul(buckets));
        if n_cells.is_none_or(|n_cells| n_cells > Grid::MAX_CELLS) {
            return None;
        }
        let at = |i: i64| start.saturating_add(i.saturating_mul(granularity));
        let times: Vec<i64> = (0..n_times).map(at).collect();
        let mut counts = vec![0u64; times.len() * buckets];
        for (time, histogram) in histograms {
            let time_idx = (time.saturating_sub(start) / granularity) as usize;
            let offset = ((histogram.min_value - low) / step).round() as usize;
            for (i, count) in histogram.counts.iter().enumerate() {
                let bucket_idx = offset + i;
                if time_idx < times.len() && bucket_idx < buckets {
                    let cell = &mut counts[time_idx * buckets + bucket_idx];
                    *cell = cell.saturating_add(*count);
                }
            }
        }
        Some(Grid {
            times,
            granularity,
            min_value: low,
            step,
            buckets,
            counts,
        })
    }

    /// Returns the part of the answer that is about one group.
    pub fn of_group(&self, group: &[Option<Value>]) -> Answer {
        Answer {
            left_out: self.left_out.clone(),
            rows: self
                .rows
                .iter()
                .filter(|row| row.group == group)
                .cloned()
                .collect(),
            series: self
                .series
                .iter()
                .filter(|step| step.row.group == group)
                .cloned()
                .collect(),
            window: self.window,
            granularity: self.granularity,
            breakdowns: self.breakdowns.clone(),
            calculations: self.calculations.clone(),
            percentiles: self.percentiles,
        }
    }

    /// Returns the answer with its window narrowed to the time steps that have events, so that a burst
    /// fills its picture. Rows and series stay as they are.
    pub fn trimmed(mut self) -> Answer {
        let times = || self.series.iter().map(|step| step.time);
        if let (Some(first), Some(last)) = (times().min(), times().max()) {
            let start = first.max(self.window.start);
            let end = last.saturating_add(self.granularity).min(self.window.end);
            self.window = Window {
                start,
                end: end.max(start),
            };
        }
        self
    }

    /// Returns calculation `idx` by time step: `(start of the step, value)`, oldest first.
    ///
    /// With several groups, each has its own entries.
    pub fn series_of(&self, idx: usize) -> Vec<(i64, f64)> {
        self.series
            .iter()
            .filter_map(|step| Some((step.time, step.row.cells.get(idx)?.number()?)))
            .collect()
    }
}
