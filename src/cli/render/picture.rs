//! What every picture of a heatmap shows, before anybody decides how to draw it.

use super::axis::{Unit, ValueAxis};
use super::clock::{TimeAxis, duration};
pub use super::frame::{Frame, Scale};
use super::mark::{PlacedMark, placed};
use super::palette::CountScale;
use super::raster::{Binning, Raster, total};
use super::selected::Placed;
use crate::model::answer::{Answer, Grid, Row};
use crate::model::query::{Calculation, Op};

/// The value axis of a grid and the dots along it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The axis.
    pub axis: ValueAxis,
    /// How buckets become cells and dots.
    pub binning: Binning,
}

impl Rows {
    /// Lays the grid's buckets along at most `most_dots` dots.
    ///
    /// Linear cells all have the same number of dots; few of them become taller, up to `wanted_dots`. A
    /// logarithmic axis goes down to `least`, the smallest value of a line, as far as there is room.
    pub fn new(
        grid: &Grid,
        unit: Unit,
        scale: Scale,
        least: Option<f64>,
        wanted_dots: usize,
        most_dots: usize,
    ) -> Rows {
        let high = grid.min_value + grid.step * grid.buckets as f64;
        let is_log = match scale {
            Scale::Linear => false,
            Scale::Log => grid.min_value >= 0.0,
            Scale::Auto => suits_log(grid),
        };
        if is_log {
            let low = if grid.min_value > 0.0 {
                grid.min_value
            } else {
                low_end(grid.step, high, least)
            };
            let n_dots = wanted_dots.min(most_dots);
            let binning =
                Binning::logarithmic(grid.min_value, grid.step, grid.buckets, low, high, n_dots);
            return Rows {
                axis: ValueAxis {
                    low,
                    high,
                    is_log,
                    unit,
                },
                binning,
            };
        }
        let n_cells = Binning::even(grid.buckets, most_dots).n_cells;
        let dots_per_cell = (wanted_dots.min(most_dots) / n_cells).max(1);
        let binning = Binning::even(grid.buckets, n_cells * dots_per_cell);
        // The last cell may have room for buckets that are not there; the axis goes on over it.
        let n_bins = binning.bins_per_cell() * binning.n_cells;
        let high = grid.min_value + grid.step * n_bins as f64;
        Rows {
            axis: ValueAxis {
                low: grid.min_value,
                high,
                is_log,
                unit,
            },
            binning,
        }
    }
}

/// Returns where a logarithmic axis begins whose first bucket begins at zero, which has no place on it: in the
/// bucket's middle, or below `least`, so that no line is drawn where it is not; but the bucket, of which nothing
/// else is known, takes no more of the axis than [`FIRST_BUCKET`].
fn low_end(step: f64, high: f64, least: Option<f64>) -> f64 {
    let middle = step / 2.0;
    let Some(least) = least.filter(|least| *least < middle) else {
        return middle;
    };
    let lowest = ((step.ln() - FIRST_BUCKET * high.ln()) / (1.0 - FIRST_BUCKET)).exp();
    (least / 1.2).max(lowest).min(middle)
}

/// The largest share of a logarithmic axis that the bucket at zero gets.
const FIRST_BUCKET: f64 = 0.4;

/// A percentile over time.
#[derive(Debug, Clone, PartialEq)]
pub struct PercentileLine {
    /// What it is: `P90`.
    pub name: &'static str,
    /// One value for each column of cells; `None` where no events are.
    pub values: Vec<Option<f64>>,
}

/// Everything to draw.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The counts by cell.
    pub raster: Raster,
    /// The vertical axis, along the raster's rows.
    pub value_axis: ValueAxis,
    /// The horizontal axis, along the raster's columns.
    pub time_axis: TimeAxis,
    /// The percentiles over the same column, in the answer's order.
    pub lines: Vec<PercentileLine>,
    /// What happened meanwhile, in order of time.
    pub marks: Vec<PlacedMark>,
    /// The box around what is selected.
    pub selected: Option<Placed>,
    /// How counts become colours.
    pub count_scale: CountScale,
    /// The bucket edges around each cell row, low to high: `(low, high)` in the column's unit.
    pub cell_edges: Vec<(f64, f64)>,
    /// What one line of words can say: events, range, percentiles, size of a bucket.
    pub summary: Vec<String>,
}

/// Finds the answer's heatmap: its index, its calculation, and its grid if there are events.
pub fn heatmap_of(answer: &Answer) -> Option<(&Calculation, Option<Grid>)> {
    let idx = answer.calculation_idx(Op::Heatmap)?;
    Some((answer.calculations.get(idx)?, answer.grid(idx)))
}

// A column of two or three events says nothing of how values are spread, and a percentile of them
// jumps about. Steps are merged until the columns that have events have about this many, as long as
// enough columns are left to see when something happened.
const EVENTS_PER_COLUMN: u64 = 12;
const FEWEST_COLUMNS: usize = 40;

/// Returns the smallest value above zero of the percentiles that are drawn over a heatmap of `column`.
pub fn least_of_lines(answer: &Answer, column: Option<&str>) -> Option<f64> {
    let of_column = answer.calculations.iter().enumerate();
    let of_column = of_column.filter(|(_, it)| it.column.as_deref() == column);
    let lines = of_column.filter(|(_, it)| matches!(it.op, Op::Percentile(_)));
    let values = lines.flat_map(|(idx, _)| answer.series_of(idx));
    let values = values.map(|(_, value)| value).filter(|value| *value > 0.0);
    values.min_by(f64::total_cmp)
}

pub(super) fn steps_per_column(grid: &Grid) -> usize {
    let is_occupied = |time: &usize| (0..grid.buckets).any(|bucket| grid.count(*time, bucket) > 0);
    let n_occupied = (0..grid.times.len()).filter(is_occupied).count() as u64;
    let n_events = grid
        .counts
        .iter()
        .fold(0u64, |all, count| all.saturating_add(*count))
        .max(1);
    let wanted = (EVENTS_PER_COLUMN * n_occupied).div_ceil(n_events) as usize;
    wanted.min(grid.times.len() / FEWEST_COLUMNS).max(1)
}

impl Picture {
    /// Lays out a grid of `answer` along `rows` and `n_dots` dots of time.
    pub fn new(
        answer: &Answer,
        column: Option<&str>,
        grid: &Grid,
        frame: &Frame<'_>,
        rows: Rows,
        n_dots: usize,
    ) -> Picture {
        let n_steps = steps_per_column(grid).max(frame.least_steps);
        let columns = Binning::uniform(grid.times.len(), n_dots, n_steps);
        let granularity = grid.granularity.max(1);
        let start = grid.times.first().copied().unwrap_or(answer.window.start);
        let n_steps = (columns.bins_per_cell() * columns.n_cells) as i64;
        let end = start.saturating_add(granularity.saturating_mul(n_steps));
        let time_axis = TimeAxis {
            start,
            end,
            zone: frame.zone,
        };
        let raster = Raster::new(grid, columns, rows.binning);
        let lines = answer
            .calculations
            .iter()
            .enumerate()
            .filter(|(_, calculation)| calculation.column.as_deref() == column)
            .filter_map(|(idx, calculation)| match calculation.op {
                Op::Percentile(percentile) => Some(PercentileLine {
                    name: percentile.name(),
                    values: line_values(answer, idx, percentile.fraction(), grid, &raster.columns),
                }),
                _ => None,
            })
            .collect();
        let (marks, n_left_out) = placed(frame.marks, &time_axis);
        let mut summary = summary(answer, column, grid, rows.axis, &raster);
        if n_left_out > 0 {
            summary.push(format!("{n_left_out} earlier markers not drawn"));
        }
        Picture {
            value_axis: rows.axis,
            time_axis,
            lines,
            marks,
            selected: frame
                .selected
                .and_then(|it| it.placed(&time_axis, &rows.axis)),
            count_scale: CountScale::new(raster.largest()),
            cell_edges: cell_edges(grid, &raster.rows),
            summary,
            raster,
        }
    }

    /// Returns the time that the cells of column `cell` cover: first nanosecond and the one after.
    pub fn cell_time(&self, cell: usize) -> (i64, i64) {
        let length = self.time_axis.end.saturating_sub(self.time_axis.start);
        let per_cell = length / self.raster.columns.n_cells.max(1) as i64;
        let start = self
            .time_axis
            .start
            .saturating_add(per_cell.saturating_mul(cell as i64));
        (start, start.saturating_add(per_cell))
    }
}

/// Tells whether no event is below zero, and three quarters of them lie in the lowest eighth of at least sixteen
/// buckets.
pub(super) fn suits_log(grid: &Grid) -> bool {
    if grid.min_value < 0.0 || grid.buckets < 16 {
        return false;
    }
    let eighth = grid.buckets / 8;
    let in_eighth = grid
        .counts
        .iter()
        .enumerate()
        .filter(|(idx, _)| idx % grid.buckets < eighth);
    let low = total(in_eighth.map(|(_, count)| count));
    low as f64 >= 0.75 * total(&grid.counts) as f64
}

/// Returns a percentile for each column of cells.
///
/// Where a column is one step of one group, the answer's own value is taken. Percentiles of several
/// steps or groups cannot be put together, but the one of all lies between theirs; where it lies there is read
/// off the counts that are drawn, as far as their buckets tell.
fn line_values(
    answer: &Answer,
    idx: usize,
    fraction: f64,
    grid: &Grid,
    columns: &Binning,
) -> Vec<Option<f64>> {
    let mut ranges: Vec<Option<(f64, f64)>> = vec![None; columns.n_cells];
    let start = grid.times.first().copied().unwrap_or(0);
    for (time, value) in answer.series_of(idx) {
        let step = time
            .saturating_sub(start)
            .div_euclid(grid.granularity.max(1));
        let step = usize::try_from(step).ok();
        let cell = step.and_then(|step| columns.cell_of_bin.get(step));
        let place = cell.and_then(|cell| ranges.get_mut(*cell));
        if let Some(range) = place.filter(|_| value.is_finite()) {
            let (low, high) = range.unwrap_or((value, value));
            *range = Some((low.min(value), high.max(value)));
        }
    }
    if answer.breakdowns.is_empty() && columns.bins_per_cell() == 1 {
        return ranges.into_iter().map(|range| Some(range?.0)).collect();
    }
    let mut values = vec![None; columns.n_cells];
    let mut counts = vec![0u64; columns.n_cells * grid.buckets];
    for (time_idx, cell) in columns.cell_of_bin.iter().enumerate() {
        let sums = counts.iter_mut().skip(cell * grid.buckets);
        for (bucket_idx, sum) in sums.take(grid.buckets).enumerate() {
            *sum = sum.saturating_add(grid.count(time_idx, bucket_idx));
        }
    }
    for ((value, counts), range) in values
        .iter_mut()
        .zip(counts.chunks(grid.buckets))
        .zip(ranges)
    {
        let place = percentile_of_counts(counts, fraction);
        *value = place.map(|place| {
            let read_off = grid.min_value + place * grid.step;
            range.map_or(read_off, |(low, high)| read_off.clamp(low, high))
        });
    }
    values
}

/// Returns where the nearest rank lies among `counts`, in buckets from the low edge; right to one bucket.
///
/// Within a bucket, the events are taken to be spread evenly. `None` if there are none.
fn percentile_of_counts(counts: &[u64], fraction: f64) -> Option<f64> {
    let rank = ((fraction * total(counts) as f64).ceil() as u64).max(1);
    let mut below = 0u64;
    for (bucket_idx, &count) in counts.iter().enumerate() {
        if count > 0 && below.saturating_add(count) >= rank {
            let within = ((rank - below) as f64 - 0.5) / count as f64;
            return Some(bucket_idx as f64 + within);
        }
        below = below.saturating_add(count);
    }
    None
}

fn cell_edges(grid: &Grid, rows: &Binning) -> Vec<(f64, f64)> {
    let mut edges = vec![(f64::INFINITY, f64::NEG_INFINITY); rows.n_cells];
    for (bucket_idx, cell) in rows.cell_of_bin.iter().enumerate() {
        let low = grid.min_value + grid.step * bucket_idx as f64;
        if let Some(edge) = edges.get_mut(*cell) {
            *edge = (edge.0.min(low), edge.1.max(low + grid.step));
        }
    }
    edges
}

fn summary(
    answer: &Answer,
    column: Option<&str>,
    grid: &Grid,
    axis: ValueAxis,
    raster: &Raster,
) -> Vec<String> {
    let unit = axis.unit;
    let n_events = total(&grid.counts);
    let mut parts = vec![format!(
        "{n_events} {}",
        if n_events == 1 { "event" } else { "events" }
    )];

    let is_used = |bucket_idx: &usize| {
        grid.counts
            .iter()
            .skip(*bucket_idx)
            .step_by(grid.buckets)
            .any(|count| *count > 0)
    };
    let edge = |bucket_idx: usize| grid.min_value + grid.step * bucket_idx as f64;
    let lowest = (0..grid.buckets).find(is_used);
    let highest = (0..grid.buckets).rev().find(is_used);
    if let (Some(lowest), Some(highest)) = (lowest, highest) {
        parts.push(unit.range(edge(lowest), edge(highest + 1)));
    }

    // Percentiles of groups are in the table; one number for the whole exists only without groups.
    if let ([row], true) = (answer.rows.as_slice(), answer.breakdowns.is_empty()) {
        parts.extend(whole_percentiles(&answer.calculations, row, column, unit));
    }
    parts.push(format!(
        "bucket {} × {}",
        unit.quantity(grid.step),
        duration(grid.granularity)
    ));
    let (steps, buckets) = (raster.columns.bins_per_cell(), raster.rows.bins_per_cell());
    let cell_time = duration(grid.granularity.saturating_mul(steps as i64));
    if axis.is_log && steps > 1 {
        parts.push(format!("cell {cell_time} wide"));
    } else if !axis.is_log && steps * buckets > 1 {
        parts.push(format!(
            "cell {} × {cell_time}",
            unit.quantity(grid.step * buckets as f64)
        ));
    }
    parts
}

fn whole_percentiles(
    calculations: &[Calculation],
    row: &Row,
    column: Option<&str>,
    unit: Unit,
) -> Vec<String> {
    let mut parts = Vec::new();
    for (calculation, cell) in calculations.iter().zip(&row.cells) {
        if let (Op::Percentile(percentile), Some(value)) = (calculation.op, cell.number())
            && calculation.column.as_deref() == column
        {
            parts.push(format!("{} {}", percentile.name(), unit.quantity(value)));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::sample::{START, latencies};
    use super::*;
    use crate::model::answer::Cell;
    use crate::model::time::SECOND;

    fn picture(answer: &Answer, n_dots: usize) -> Picture {
        let (calculation, grid) = heatmap_of(answer).unwrap();
        let grid = grid.unwrap();
        let rows = Rows::new(&grid, Unit::Milliseconds, Scale::Auto, None, 36, 50);
        Picture::new(
            answer,
            calculation.column.as_deref(),
            &grid,
            &Frame::new(""),
            rows,
            n_dots,
        )
    }

    #[test]
    fn axis_is_logarithmic_only_where_outliers_would_press_the_rest_together() {
        for (tail, expected) in [(0.0, false), (0.01, true)] {
            let answer = latencies(5000, 30, 10, tail);
            assert_eq!(picture(&answer, 30).value_axis.is_log, expected, "{tail}");
        }
    }

    #[test]
    fn values_below_zero_keep_the_axis_linear() {
        let grid = Grid {
            times: vec![0],
            granularity: 1,
            min_value: -4.0,
            step: 1.0,
            buckets: 32,
            counts: [vec![100, 100], vec![0; 29], vec![1]].concat(),
        };
        for scale in [Scale::Auto, Scale::Log] {
            assert!(
                !Rows::new(&grid, Unit::Bare, scale, None, 20, 20)
                    .axis
                    .is_log
            );
        }
    }

    #[test]
    fn percentiles_of_merged_steps_are_those_of_their_events_to_one_bucket() {
        let answer = latencies(4000, 64, 1, 0.0);
        let (exact, merged) = (picture(&answer, 64), picture(&answer, 1));
        assert!(exact.lines[0].values.iter().all(Option::is_some));
        let Cell::Number(whole) = answer.rows[0].cells[1] else {
            panic!("P90 is a number")
        };
        let Some(read_off) = merged.lines[0].values[0] else {
            panic!("there are events")
        };
        assert_eq!(merged.lines[0].values.len(), 1);
        let step = answer.grid(0).unwrap().step;
        assert!((whole - read_off).abs() <= step, "{whole} {read_off}");
    }

    #[test]
    fn percentiles_of_other_columns_are_not_drawn_on_this_axis() {
        let mut answer = latencies(100, 10, 1, 0.0);
        answer.calculations[1].column = Some("app.result_length".to_string());
        assert_eq!(picture(&answer, 10).lines, []);
    }

    #[test]
    fn time_axis_goes_on_over_the_last_cell_and_cells_know_their_time() {
        let picture = picture(&latencies(500, 10, 1, 0.0), 4);
        assert_eq!(picture.raster.columns.n_cells, 4);
        assert_eq!(picture.time_axis.end, START + 12 * SECOND);
        assert_eq!(
            picture.cell_time(3),
            (START + 9 * SECOND, START + 12 * SECOND)
        );
    }

    #[test]
    fn a_line_over_merged_steps_lies_between_the_values_of_its_steps() {
        // Buckets so wide that reading the line off their counts would say nothing.
        let mut answer = latencies(4000, 40, 1, 0.0);
        for row in answer.series.iter_mut().map(|step| &mut step.row) {
            let Some(Cell::Histogram(histogram)) = row.cells.first_mut() else {
                panic!("a heatmap")
            };
            let all = histogram.total();
            (histogram.min_value, histogram.step, histogram.counts) = (0.0, 4096.0, vec![all]);
        }
        let own = answer.series_of(1);
        let picture = picture(&answer, 4);
        assert_eq!(picture.raster.columns.n_cells, 4);
        for (column, value) in picture.lines[0].values.iter().enumerate() {
            let of_column = own
                .iter()
                .skip(column * 10)
                .take(10)
                .map(|(_, value)| *value);
            let low = of_column.clone().fold(f64::INFINITY, f64::min);
            let high = of_column.fold(0.0, f64::max);
            assert!(
                (low..=high).contains(&value.unwrap()),
                "{column}: {value:?}"
            );
        }
    }

    #[test]
    fn a_logarithmic_axis_goes_down_to_its_lowest_line_as_far_as_there_is_room() {
        assert_eq!(low_end(200.0, 9000.0, None), 100.0);
        assert_eq!(low_end(200.0, 9000.0, Some(150.0)), 100.0);
        assert_eq!(low_end(200.0, 9000.0, Some(60.0)), 50.0);
        let low = low_end(200.0, 9000.0, Some(1e-6));
        let share = (200.0 / low).ln() / (9000.0 / low).ln();
        assert!((share - FIRST_BUCKET).abs() < 1e-9, "{share}");
    }

    #[test]
    fn pictures_of_groups_have_axes_that_run_alike() {
        let tailed = latencies(3000, 120, 1, 0.02);
        let few = latencies(90, 120, 1, 0.0);
        let frame = Frame::new("").shared(&tailed, &[&tailed, &few]);
        assert_eq!(frame.scale, Scale::Log);
        assert_eq!(frame.least_steps, 3);
        assert_eq!(
            frame.least_value,
            least_of_lines(&tailed, Some("duration_ms"))
        );
        let linear = Frame {
            scale: Scale::Linear,
            ..Frame::new("")
        };
        assert_eq!(linear.shared(&tailed, &[]).scale, Scale::Linear);
    }

    #[test]
    fn summary_says_what_is_in_the_answer() {
        let answer = latencies(500, 10, 1, 0.0);
        let summary = picture(&answer, 5).summary;
        assert_eq!(summary[0], "500 events");
        assert!(summary[2].starts_with("P90 "), "{summary:?}");
        assert!(summary[4].ends_with("× 2 s"), "{summary:?}");
        let mut grouped = answer;
        grouped.breakdowns.push("http.route".to_string());
        assert!(!picture(&grouped, 5).summary.join(" ").contains("P90"));
    }
}
