//! Which segments are merged next.

use std::collections::HashSet;
use std::sync::Arc;

use super::cost::{MOST_BYTES, that_fit};
use super::limits::Limits;
use super::manifest;
use super::part::Part;
use super::retention::Arrived;
use super::state::{DatasetKey, State};

// How many events a merged segment has at the most.
const MERGED_ROWS: usize = 1 << 19;

// Where neighbours stand among a dataset's segments; `None` if any of them was forgotten.
pub(super) fn place_of(state: &State, key: &DatasetKey, parts: &[Arc<Part>]) -> Option<usize> {
    let segments = &state.dataset(key)?.segments;
    let first = parts.first()?;
    let start = segments.iter().position(|it| Arc::ptr_eq(it, first))?;
    let there = segments.get(start..start + parts.len())?;
    let are_there = there.iter().zip(parts).all(|(a, b)| Arc::ptr_eq(a, b));
    are_there.then_some(start)
}

/// What is left as it is.
#[derive(Clone, Copy)]
pub(super) struct Left<'s> {
    /// The numbers of full journal files that are not sealed whole, ascending.
    pub unsealed: &'s [u64],
    /// The numbers of segments that could not be merged.
    pub unmergeable: &'s HashSet<u64>,
}

// The first run of neighbours, in the order of arrival, that is worth merging.
//
// A merged segment is the proof that the journal files from its first to its last were sealed whole. One that could
// not be is still there for the datasets that it could not be sealed for: nothing of it is merged, nor what comes
// before it with what comes after it.
pub(super) fn run_to_merge(
    state: &State,
    fewest: usize,
    left: Left<'_>,
    limits: Limits,
    expired_before: impl Fn(&DatasetKey) -> Option<i64>,
) -> Option<(DatasetKey, Vec<Arc<Part>>, i64)> {
    let is_sealed = |first: &Part, last: &Part| {
        let files = first.file.as_ref().zip(last.file.as_ref());
        files.is_some_and(|(first, last)| {
            let (start, end) = (first.journal.0, first.journal.1.max(last.journal.1));
            let mut unsealed = left.unsealed.iter();
            !unsealed.any(|number| (start..=end).contains(number))
                && !left.unmergeable.contains(&last.number)
        })
    };
    for (key, dataset) in state.every_dataset() {
        let oldest = expired_before(key).unwrap_or(i64::MIN);
        // One by itself is written again only if half of it goes.
        let is_half_expired = |part: &Part| {
            part.first_time() < oldest
                && part.times().partition_point(|&time| time < oldest) >= part.len().div_ceil(2)
        };
        for start in 0..dataset.segments.len() {
            let (mut n_rows, mut n_bytes) = (0, 0);
            let mut run: Vec<Arc<Part>> = Vec::new();
            let mut range: Option<Arrived> = None;
            for part in dataset.segments.get(start..).unwrap_or_default() {
                n_rows += part.len();
                n_bytes += part.file.as_ref().map_or(0, |file| file.bytes());
                // What is damaged stays as it is, to be named and perhaps repaired.
                let arrived = manifest::arrived(&state.documents, part);
                range = match (range, arrived) {
                    (Some(range), Some(arrived)) => Some(range.and(arrived)),
                    (range, arrived) => range.or(arrived),
                };
                let is_near = range.is_none_or(|it| it.length() <= limits.merged_range());
                let is_small = n_rows <= MERGED_ROWS && n_bytes <= limits.merged_bytes();
                let fits = is_small && (is_near || run.is_empty());
                let first = run.first().unwrap_or(part);
                if !fits || !is_sealed(first, part) || !part.is_wholly_sound() {
                    break;
                }
                run.push(part.clone());
            }
            if is_worth_it(&run, fewest) {
                let n = that_fit(run.iter().map(|part| &**part), MOST_BYTES);
                run.truncate(n);
            }
            if is_worth_it(&run, fewest) {
                return Some((key.clone(), run, oldest));
            }
            run.truncate(1);
            if run.iter().any(|part| is_half_expired(part)) {
                return Some((key.clone(), run, oldest));
            }
        }
    }
    None
}

// A large one is not written again for the sake of a few.
fn is_worth_it(run: &[Arc<Part>], fewest: usize) -> bool {
    let n_rows: usize = run.iter().map(|part| part.len()).sum();
    let largest = run.iter().map(|part| part.len()).max().unwrap_or(0);
    run.len() >= fewest && (fewest == 2 || largest <= n_rows / 4 * 3)
}
