//! Which segments are merged next.

use std::sync::Arc;

use super::part::Part;
use super::state::{DatasetKey, State};

// How many events a merged segment has at the most, and how many bytes its parts.
const MERGED_ROWS: usize = 1 << 19;
const MERGED_BYTES: u64 = 48 << 20;

// Where neighbours stand among a dataset's segments; `None` if any of them was forgotten.
pub(super) fn place_of(state: &State, key: &DatasetKey, parts: &[Arc<Part>]) -> Option<usize> {
    let segments = &state.dataset(key)?.segments;
    let first = parts.first()?;
    let start = segments.iter().position(|it| Arc::ptr_eq(it, first))?;
    let there = segments.get(start..start + parts.len())?;
    let are_there = there.iter().zip(parts).all(|(a, b)| Arc::ptr_eq(a, b));
    are_there.then_some(start)
}

// The first run of neighbours, in the order of arrival, that is worth merging.
//
// A merged segment is the proof that its journal files were sealed whole. One that could not be, for want
// of room, is still there for the datasets that it could not be sealed for: nothing of it is merged.
pub(super) fn run_to_merge(
    state: &State,
    fewest: usize,
    unsealed: Option<u64>,
    expired_before: impl Fn(&DatasetKey) -> Option<i64>,
) -> Option<(DatasetKey, Vec<Arc<Part>>, i64)> {
    let is_sealed = |part: &Part| {
        let journal = part.file.as_ref().map(|file| file.journal.1);
        journal < Some(unsealed.unwrap_or(u64::MAX))
    };
    for (key, dataset) in state.every_dataset() {
        let oldest = expired_before(key).unwrap_or(i64::MIN);
        // One by itself is written again only if half of it goes.
        let is_half_expired = |part: &Part| {
            part.first_time() < oldest
                && part.times().partition_point(|&time| time < oldest) >= part.len().div_ceil(2)
        };
        for start in 0..dataset.segments.len() {
            let (mut n_rows, mut n_bytes, mut largest) = (0, 0, 0);
            let mut run: Vec<Arc<Part>> = Vec::new();
            for part in dataset.segments.get(start..).unwrap_or_default() {
                n_rows += part.len();
                n_bytes += part.file.as_ref().map_or(0, |file| file.bytes());
                // What is damaged stays as it is, to be named and perhaps repaired.
                let fits = n_rows <= MERGED_ROWS && n_bytes <= MERGED_BYTES;
                if !fits || !is_sealed(part) || !part.is_wholly_sound() {
                    break;
                }
                largest = largest.max(part.len());
                run.push(part.clone());
            }
            let n_rows: usize = run.iter().map(|part| part.len()).sum();
            // A large one is not written again for the sake of a few.
            if run.len() >= fewest && (fewest == 2 || largest <= n_rows / 4 * 3) {
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
