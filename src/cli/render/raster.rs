//! A grid of counts laid onto a given number of dots, without losing one.

use crate::model::answer::Grid;

/// Which cell each bin (a time step or a value bucket) falls into, and which cell each dot shows.
///
/// Every bin is in exactly one cell and every cell has at least one dot; a cell's dots are neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binning {
    /// How many cells there are; at least 1.
    pub n_cells: usize,
    /// For each bin, its cell.
    pub cell_of_bin: Vec<usize>,
    /// For each dot, the cell that it shows.
    pub cell_of_dot: Vec<usize>,
}

impl Binning {
    /// Puts the same number of bins into each cell, except the last, and spreads the cells over the
    /// dots as evenly as whole dots allow.
    ///
    /// Cells of unequal bins would draw stripes that are not in the events.
    pub fn even(n_bins: usize, n_dots: usize) -> Binning {
        let (n_bins, n_dots) = (n_bins.max(1), n_dots.max(1));
        let n_cells = n_bins.div_ceil(n_bins.div_ceil(n_dots));
        Binning::of_cells(n_bins, n_cells, n_dots)
    }

    /// Puts at least `least` bins into each cell, and gives every cell the same number of dots.
    ///
    /// Leaves a sixth of the dots free at most, rather than draw some cells wider than others; a few
    /// bins more in each cell often make them fit. Where nothing does, as `even`.
    pub fn uniform(n_bins: usize, n_dots: usize, least: usize) -> Binning {
        let (n_bins, n_dots) = (n_bins.max(1), n_dots.max(1));
        let finest = n_bins.div_ceil(n_dots).max(least.clamp(1, n_bins));
        let fitting = (finest..=2 * finest).find_map(|bins_per_cell| {
            let n_cells = n_bins.div_ceil(bins_per_cell);
            let used = n_cells * (n_dots / n_cells);
            (used * 6 >= n_dots * 5).then_some((n_cells, used))
        });
        let (n_cells, used) = fitting.unwrap_or((n_bins.div_ceil(finest), n_dots));
        Binning::of_cells(n_bins, n_cells, used)
    }

    fn of_cells(n_bins: usize, n_cells: usize, n_dots: usize) -> Binning {
        let bins_per_cell = n_bins.div_ceil(n_cells);
        let n_cells = n_bins.div_ceil(bins_per_cell);
        Binning {
            n_cells,
            cell_of_bin: (0..n_bins).map(|bin| bin / bins_per_cell).collect(),
            cell_of_dot: (0..n_dots).map(|dot| dot * n_cells / n_dots).collect(),
        }
    }

    /// Returns how many bins the first cell has; where cells are even, all but the last have as many.
    pub fn bins_per_cell(&self) -> usize {
        self.cell_of_bin
            .iter()
            .take_while(|cell| **cell == 0)
            .count()
            .max(1)
    }

    /// Puts bins of equal width into dots of equal ratio: each bin into the dot of its middle.
    ///
    /// Bins are `step` wide from `first` on; the dots cover `low` to `high`, both above zero. Where bins
    /// are taller than dots, the dots between two middles show the bin that covers their own middle.
    pub fn logarithmic(
        first: f64,
        step: f64,
        n_bins: usize,
        low: f64,
        high: f64,
        n_dots: usize,
    ) -> Binning {
        let (n_bins, n_dots) = (n_bins.max(1), n_dots.max(1));
        let ratio = (high / low).ln();
        let dot_of = |value: f64| {
            let place = (value.max(low) / low).ln() / ratio * n_dots as f64;
            (place.max(0.0) as usize).min(n_dots - 1)
        };
        let dot_of_bin: Vec<usize> = (0..n_bins)
            .map(|bin| dot_of(first + (bin as f64 + 0.5) * step))
            .collect();

        // Dots that are the middle of some bin are cells of their own, numbered from below.
        let mut cell_of_dot: Vec<Option<usize>> = vec![None; n_dots];
        let mut n_cells = 0;
        for &dot in &dot_of_bin {
            if let Some(cell @ None) = cell_of_dot.get_mut(dot) {
                *cell = Some(n_cells);
                n_cells += 1;
            }
        }
        let cell_of = |dot: usize| cell_of_dot.get(dot).copied().flatten();
        let cell_of_bin: Vec<usize> = dot_of_bin
            .iter()
            .map(|&dot| cell_of(dot).unwrap_or(0))
            .collect();
        let bin_at = |dot: usize| {
            let middle = low * (ratio * (dot as f64 + 0.5) / n_dots as f64).exp();
            (((middle - first) / step).max(0.0) as usize).min(n_bins - 1)
        };
        let shown = (0..n_dots)
            .map(|dot| {
                cell_of(dot)
                    .or_else(|| cell_of_bin.get(bin_at(dot)).copied())
                    .unwrap_or(0)
            })
            .collect();
        Binning {
            n_cells,
            cell_of_bin,
            cell_of_dot: shown,
        }
    }
}

/// A grid's counts by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// How time steps and dots from left to right become cells.
    pub columns: Binning,
    /// How buckets and dots from below become cells.
    pub rows: Binning,
    /// `columns.n_cells * rows.n_cells` sums: one column's cells (low to high) after the other.
    counts: Vec<u64>,
}

impl Raster {
    /// Sums the grid's counts into cells. `columns` has a bin for each time, `rows` for each bucket.
    pub fn new(grid: &Grid, columns: Binning, rows: Binning) -> Raster {
        let mut counts = vec![0u64; columns.n_cells * rows.n_cells];
        for (time_idx, column) in columns
            .cell_of_bin
            .iter()
            .enumerate()
            .take(grid.times.len())
        {
            for (bucket_idx, row) in rows.cell_of_bin.iter().enumerate().take(grid.buckets) {
                if let Some(sum) = counts.get_mut(column * rows.n_cells + row) {
                    *sum = sum.saturating_add(grid.count(time_idx, bucket_idx));
                }
            }
        }
        Raster {
            columns,
            rows,
            counts,
        }
    }

    /// Returns the sum of a cell; 0 outside.
    pub fn count(&self, column: usize, row: usize) -> u64 {
        if row >= self.rows.n_cells {
            return 0;
        }
        self.counts
            .get(column * self.rows.n_cells + row)
            .copied()
            .unwrap_or(0)
    }

    /// Returns the sum that the dot `x` from the left and `y` from below shows; 0 outside.
    pub fn count_at_dot(&self, x: usize, y: usize) -> u64 {
        match (
            self.columns.cell_of_dot.get(x),
            self.rows.cell_of_dot.get(y),
        ) {
            (Some(&column), Some(&row)) => self.count(column, row),
            _ => 0,
        }
    }

    /// Returns the largest sum of a cell.
    pub fn largest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

/// Sums up counts; a stranger's answer may hold counts that no machine has seen.
pub fn total<'a>(counts: impl IntoIterator<Item = &'a u64>) -> u64 {
    counts
        .into_iter()
        .fold(0, |sum, count| sum.saturating_add(*count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    fn random_grid(rng: &mut StdRng) -> Grid {
        let (n_times, buckets) = (rng.random_range(1..90), rng.random_range(1..70));
        Grid {
            times: (0..n_times).collect(),
            granularity: 1,
            min_value: f64::from(rng.random_range(0..4u32)),
            step: 0.5,
            buckets,
            counts: (0..n_times as usize * buckets)
                .map(|_| {
                    if rng.random_bool(0.3) {
                        rng.random_range(1..50)
                    } else {
                        0
                    }
                })
                .collect(),
        }
    }

    fn assert_every_cell_has_dots_side_by_side(binning: &Binning) {
        let mut seen = binning.cell_of_dot.clone();
        assert!(seen.is_sorted());
        seen.dedup();
        assert_eq!(seen, (0..binning.n_cells).collect::<Vec<_>>());
        assert!(
            binning
                .cell_of_bin
                .iter()
                .all(|&cell| cell < binning.n_cells)
        );
    }

    #[test]
    fn displayed_counts_sum_to_the_grids_counts_for_any_size() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..400 {
            let grid = random_grid(&mut rng);
            let columns = Binning::uniform(
                grid.times.len(),
                rng.random_range(1..120),
                rng.random_range(1..4),
            );
            let n_dots = rng.random_range(1..60);
            let rows = if rng.random_bool(0.5) {
                Binning::even(grid.buckets, n_dots)
            } else {
                let low = grid.min_value.max(grid.step / 2.0);
                let high = grid.min_value + grid.step * grid.buckets as f64;
                Binning::logarithmic(grid.min_value, grid.step, grid.buckets, low, high, n_dots)
            };
            assert_every_cell_has_dots_side_by_side(&columns);
            assert_every_cell_has_dots_side_by_side(&rows);
            let raster = Raster::new(&grid, columns, rows);
            let mut shown = 0;
            for (x, column) in raster.columns.cell_of_dot.iter().enumerate() {
                for (y, row) in raster.rows.cell_of_dot.iter().enumerate() {
                    let is_first = (x == 0 || raster.columns.cell_of_dot[x - 1] != *column)
                        && (y == 0 || raster.rows.cell_of_dot[y - 1] != *row);
                    if is_first {
                        shown += raster.count_at_dot(x, y);
                    }
                }
            }
            assert_eq!(shown, grid.counts.iter().sum::<u64>());
        }
    }

    #[test]
    fn fewer_steps_than_dots_become_wider_and_more_are_merged_evenly() {
        assert_eq!(Binning::even(3, 7).cell_of_dot, [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(Binning::even(7, 3).cell_of_bin, [0, 0, 0, 1, 1, 1, 2]);
        assert_eq!(Binning::even(4, 4).cell_of_dot, [0, 1, 2, 3]);
    }

    #[test]
    fn logarithmic_rows_put_each_bucket_where_its_middle_is() {
        // Buckets of 1 from 0; eight dots over 0.5 to 8, half an octave each.
        let binning = Binning::logarithmic(0.0, 1.0, 8, 0.5, 8.0, 8);
        assert_eq!(binning.cell_of_bin, [0, 1, 2, 3, 4, 4, 5, 5]);
        assert_eq!(binning.cell_of_dot, [0, 0, 1, 1, 2, 3, 4, 5]);
    }
}
