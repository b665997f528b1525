//! What leaves the store by itself: what has expired, and the oldest where there is too much.
//!
//! Events leave in the order in which they arrived. Their own times say nothing of that: a span that is dated
//! 2100 is as old as its neighbours.

use std::sync::Arc;

use super::documents::Change;
use super::left_out::{self, Leaving};
use super::limits::Limits;
use super::manifest;
use super::part::Part;
use super::retention::{Arrived, HeldBack};
use super::sealer::{COUNTERS, EVICTED, Sealer};
use super::state::{DatasetKey, State};
use super::writer::remove_file;
use crate::model::left_out::GoneWhy;
use crate::model::time::SECOND;

impl Sealer {
    /// Lets the clock go on, writes down what it says, and tells what stays because the system's is not believed.
    pub(super) fn tick(&self) {
        let clock = self.shared.clock(self.limits);
        let (held_back, mut changes) = {
            let Ok(state) = self.shared.state.read() else {
                return;
            };
            let held_back = HeldBack::of(&state, clock, self.limits);
            (held_back, undated(&state, clock.arrival()))
        };
        self.shared.tell_held_back(held_back);
        let owed = clock.owed(self.limits);
        let is_owed = owed.is_some();
        changes.extend(owed);
        // Tried again the next time.
        let is_gone = |state: &State, change: &Change| match change {
            Change::Put { table, .. } if *table == COUNTERS => false,
            change => !state.segments().any(|part| manifest::is_of(change, part)),
        };
        let written = self.change(|state| {
            changes.retain(|change| !is_gone(state, change));
            changes
        });
        if is_owed && written.is_ok() {
            self.shared.clock_was_written(clock);
        }
    }

    /// Returns the time before which a dataset's events have expired, if it has its own.
    pub(super) fn expired_before(
        &self,
        state: &State,
        (lens, dataset): &DatasetKey,
    ) -> Option<i64> {
        let kept = (self.limits.kept)(&state.documents, *lens, dataset)?;
        Some(self.shared.known_clock().expired_before(kept))
    }

    /// Lets segments go of which everything has expired by what is said of their dataset.
    pub(super) fn expire(&mut self) {
        let Ok(state) = self.shared.state.read() else {
            return;
        };
        let mut leaving = Vec::new();
        for (key, dataset) in state.every_dataset() {
            let oldest = self.expired_before(&state, key).unwrap_or(i64::MIN);
            let expired = dataset
                .segments
                .iter()
                .filter(|part| part.last_time() < oldest);
            leaving.extend(expired.cloned());
        }
        drop(state);
        if leaving.is_empty() {
            return;
        }
        let now = self.shared.known_clock().time;
        let listed_no_more = |state: &State| {
            let parts = leaving.iter();
            let expired = parts.clone().map(|part| {
                let age = now.saturating_sub(part.last_time());
                Leaving::all_of(part, kept_for(state, part, self.limits, age))
            });
            parts
                .filter_map(|part| manifest::delete_segment(part))
                .chain(left_out::remembered(&state.documents, expired))
                .collect()
        };
        if self.change(listed_no_more).is_ok() {
            self.drop_segments(&leaving);
        }
    }

    // Takes segments that are listed no more away from readers, and their files.
    fn drop_segments(&self, leaving: &[Arc<Part>]) {
        if let Ok(mut state) = self.shared.state.write() {
            state.drop_segments(|part| leaving.iter().any(|it| Arc::ptr_eq(it, part)));
        }
        leaving.iter().for_each(|part| remove_file(part));
    }

    /// Lets segments go that arrived too long ago, and then those that arrived first until the rest fits. The newest
    /// stays, even if it alone is too large.
    pub(super) fn evict(&mut self) {
        let Ok(state) = self.shared.state.read() else {
            return;
        };
        let mut segments: Vec<Arc<Part>> = state.segments().cloned().collect();
        segments.sort_by_key(|part| part.last_sequence());
        let most_age = self.limits.most_age;
        let oldest = most_age.map(|age| self.shared.known_clock().expired_before(age));
        let is_too_old = |part: &Part| {
            let arrived = manifest::arrived(&state.documents, part);
            oldest
                .zip(arrived)
                .is_some_and(|(oldest, arrived)| arrived.last < oldest)
        };
        let (old, young): (Vec<_>, Vec<_>) =
            segments.into_iter().partition(|part| is_too_old(part));
        drop(state);
        let bytes_of = |part: &Part| part.file.as_ref().map_or(0, |file| file.bytes());
        let mut total: u64 = young.iter().map(|part| bytes_of(part)).sum();
        let n_others = young.len().saturating_sub(1);
        let surplus = young.into_iter().take(n_others).take_while(|part| {
            let is_surplus = total > self.limits.total_bytes;
            total -= bytes_of(part);
            is_surplus
        });
        let too_old = GoneWhy::Old {
            keep_seconds: most_age.map_or(0, |age| age.as_secs()),
        };
        let full = GoneWhy::Full {
            keep_bytes: self.limits.total_bytes,
        };
        let (mut leaving, mut reasons) = (old, Vec::new());
        reasons.resize(leaving.len(), too_old);
        leaving.extend(surplus);
        reasons.resize(leaving.len(), full);
        if leaving.is_empty() {
            return;
        }
        let n_events: u64 = leaving.iter().map(|part| part.len() as u64).sum();
        let counted = |state: &State| {
            let listed_no_more = leaving
                .iter()
                .filter_map(|part| manifest::delete_segment(part));
            let count = Change::Put {
                table: COUNTERS,
                key: EVICTED.to_string(),
                value: (state.evicted_events() + n_events).into(),
            };
            let evicted = leaving.iter().zip(&reasons);
            let evicted = evicted.map(|(part, why)| Leaving::all_of(part, *why));
            let remembered = left_out::remembered(&state.documents, evicted);
            listed_no_more.chain([count]).chain(remembered).collect()
        };
        if self.change(counted).is_ok() {
            self.drop_segments(&leaving);
        }
    }
}

// What lists segments of which it is not known when they arrived, by their files, and those that arrived while the
// clock was ahead: they arrived by `now` at the latest.
fn undated(state: &State, now: i64) -> Vec<Change> {
    let mut changes = Vec::new();
    for part in state.segments() {
        let Some(listed) = manifest::listed(&state.documents, part) else {
            continue;
        };
        let arrived = listed
            .arrived
            .or_else(|| Arrived::of_file(&part.file.as_ref()?.path));
        let Some(arrived) = arrived.filter(|it| listed.arrived.is_none() || it.last > now) else {
            continue;
        };
        let arrived = Arrived {
            first: arrived.first.min(now),
            last: arrived.last.min(now),
        };
        changes.extend(manifest::put_segment(part, Some(arrived)));
    }
    changes
}

/// Returns what of these parts is not in the one that replaces them.
pub(super) fn expired<'p>(
    parts: &'p [Arc<Part>],
    kept: &Part,
    oldest: i64,
    now: i64,
) -> Option<Leaving<'p>> {
    let n_events: usize = parts.iter().map(|part| part.len()).sum();
    let first = parts.iter().map(|part| part.first_time()).min()?;
    let age = now.saturating_sub(oldest);
    let events = n_events.saturating_sub(kept.len()) as u64;
    (events > 0).then_some(Leaving {
        of: (kept.lens, &parts.first()?.dataset),
        events,
        times: (first, oldest.saturating_sub(1)),
        why: GoneWhy::Old {
            keep_seconds: u64::try_from(age / SECOND).unwrap_or(0),
        },
    })
}

// How long the events of a part's dataset are kept; `age` if that is said no more.
fn kept_for(state: &State, part: &Part, limits: Limits, age: i64) -> GoneWhy {
    let kept = (limits.kept)(&state.documents, part.lens, &part.dataset);
    let age = || u64::try_from(age / SECOND).unwrap_or(0);
    GoneWhy::Old {
        keep_seconds: kept.map_or_else(age, |kept| kept.as_secs()),
    }
}
