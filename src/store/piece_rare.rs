//! Rare values of a damaged segment: which of them are known, and of which rows.

use std::ops::Range;

use super::blocks::{self, BlockSums};
use super::pieces::meet;
use super::rare::{Rare, RareBuilder, RareField, Run};

/// Returns of each rare field in which rows its values are not known; and of which values the rows are not.
pub fn rare_places(
    rare: &Rare,
    sums: &BlockSums,
    n_rows: usize,
) -> (Vec<Vec<Range<usize>>>, Vec<Range<usize>>) {
    if rare.checks.hold() {
        return (vec![Vec::new(); rare.fields.len()], Vec::new());
    }
    let (n, length) = (rare.rows.len(), sums.entries.max(1));
    let rows = sums
        .rare_rows
        .damaged(n, length, |block| blocks::rare_row_sum(rare, block));
    let values = sums
        .rare_values
        .damaged(n, length, |block| blocks::rare_value_sum(rare, block));
    let known_row = |entry: usize| {
        let is_known = !meet(&rows, &(entry..entry + 1));
        let row = *rare.rows.get(entry).filter(|_| is_known)?;
        usize::try_from(row).ok()
    };
    let places = |field: &RareField| {
        let mut places = Vec::new();
        for run in &field.runs {
            for block in rows
                .iter()
                .filter(|it| it.start < run.end && run.start < it.end)
            {
                // Rows rise within a run, so they lie between those of the neighbours.
                let before = block
                    .start
                    .checked_sub(1)
                    .filter(|before| *before >= run.start);
                let after = Some(block.end).filter(|after| *after < run.end);
                let start = before.and_then(known_row).unwrap_or(0).min(n_rows);
                let end = after.and_then(known_row).map_or(n_rows, |row| row + 1);
                places.push(start..end.clamp(start, n_rows));
            }
            for block in &values {
                for entry in block.start.max(run.start)..block.end.min(run.end) {
                    let row = known_row(entry).filter(|row| *row < n_rows);
                    places.extend(row.map(|row| row..row + 1));
                }
            }
        }
        places
    };
    let places = rare.fields.iter().map(places).collect();
    (places, rows)
}

/// Returns the rare values of these rows, given what [`rare_places`] found.
pub fn rare_slice(
    rare: &Rare,
    (places, entry_places): (&[Vec<Range<usize>>], &[Range<usize>]),
    rows: &Range<usize>,
) -> Rare {
    let mut slice = RareBuilder::default();
    for (field, its_places) in rare.fields.iter().zip(places) {
        if meet(its_places, rows) {
            slice.lost(&field.name);
            continue;
        }
        for run in &field.runs {
            let known = runs_without(*run, entry_places);
            let entries = known.into_iter().flat_map(|run| rare.entries(run));
            let entries = entries.filter_map(|(row, value)| {
                let row = usize::try_from(row).ok().filter(|row| rows.contains(row))?;
                Some((u32::try_from(row - rows.start).ok()?, value))
            });
            slice.run(&field.name, run.kind, entries.collect());
        }
    }
    slice.finish()
}

// What is left of a run; `places` ascend.
fn runs_without(run: Run, places: &[Range<usize>]) -> Vec<Run> {
    let mut start = run.start;
    let mut runs = Vec::new();
    for place in places {
        let end = place.start.min(run.end);
        if start < end {
            runs.push(Run { start, end, ..run });
        }
        start = start.max(place.end);
    }
    if start < run.end {
        runs.push(Run { start, ..run });
    }
    runs
}
