//! The clock that events expire by, and when the events of a file arrived by it.
//!
//! The system's clock may be wrong: a clock that is a year ahead for a minute must not let a year's events
//! expire. So events expire by a clock of our own, which never goes back. It goes as fast as time really passes
//! while the store is open, and takes the system's word for the rest, up to [`BELIEVED`] at once: a laptop that
//! was closed for the night, a clock that is set. A larger jump is not taken over. The clock then catches up at
//! three times the usual speed, and the owner is told, until the system's clock is accepted or goes back.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::documents::{Change, Documents};
use super::limits::Limits;
use super::manifest::Manifest;
use super::sealer::COUNTERS;
use super::state::State;
use crate::model::time::SECOND;

/// The largest jump of the system's clock that is taken over at once, in nanoseconds: a day.
pub const BELIEVED: i64 = 86_400 * SECOND;
/// While the clock is behind the system's, it gains so much for each nanosecond that passes.
const GAIN: i64 = 2;
/// How far it may go before it is written down again, in nanoseconds.
const WRITTEN_EVERY: i64 = 600 * SECOND;

const CLOCK: &str = "clock";

/// The clock that events expire by. Times are nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionClock {
    /// What it says.
    pub time: i64,
    /// What the system's clock said when it was last looked at.
    pub wall: i64,
    // What the clock that is never set said then.
    passed: i64,
    // What it said when it was last written down.
    written: i64,
}

impl RetentionClock {
    /// Begins where it was when the store was last open, or at the newest arrival that is listed.
    pub fn begin(documents: &Documents, newest_file: Option<i64>, limits: Limits) -> Self {
        let (wall, passed) = ((limits.clock)(), (limits.passed)());
        let known = documents.get(COUNTERS, CLOCK);
        let known = known.and_then(|it| it["time"].as_i64().zip(it["wall"].as_i64()));
        let newest = || {
            let listed = Manifest::of(documents).newest_arrival();
            listed.or(newest_file).map(|newest| (newest, newest))
        };
        let (time, last_wall) = known.or_else(newest).unwrap_or((wall, wall));
        let mut clock = RetentionClock {
            time,
            wall: last_wall,
            passed,
            written: known.map_or(i64::MIN, |(time, _)| time),
        };
        clock.advance(limits);
        clock
    }

    /// Goes on, as far as time has passed for certain and as far as the system's clock is believed.
    pub fn advance(&mut self, limits: Limits) {
        let (wall, passed) = ((limits.clock)(), (limits.passed)());
        let real = passed.saturating_sub(self.passed).max(0);
        let beyond = wall.saturating_sub(self.wall).saturating_sub(real).max(0);
        let believed = if beyond <= BELIEVED { beyond } else { 0 };
        let least = self.time.saturating_add(real);
        let most = least
            .saturating_add(believed)
            .saturating_add(real.saturating_mul(GAIN));
        // Never ahead of the system's clock, but for what has really passed.
        self.time = least.max(most.min(wall));
        (self.wall, self.passed) = (wall, passed);
    }

    /// Takes it that the system's clock is right.
    pub fn accept(&mut self) {
        self.time = self.time.max(self.wall);
    }

    /// Returns the time that what arrives now is given. A clock that is behind gives the system's, so that nothing
    /// expires early once it has caught up.
    pub fn arrival(&self) -> i64 {
        self.time.max(self.wall)
    }

    /// Returns the time before which what is kept for `age` has expired.
    pub fn expired_before(&self, age: std::time::Duration) -> i64 {
        self.time.saturating_sub(nanoseconds(age))
    }

    /// Returns the change that writes it down, if that is worth a write by itself.
    pub fn owed(&self, limits: Limits) -> Option<Change> {
        let is_owed = self.time.saturating_sub(self.written) >= WRITTEN_EVERY;
        is_owed.then(|| self.put(limits))
    }

    /// Takes it that it was written down.
    pub fn written(&mut self, as_of: RetentionClock) {
        self.written = as_of.time;
    }

    /// Returns the change that writes it down.
    pub fn put(&self, limits: Limits) -> Change {
        let keep_seconds = limits.most_age.map(|age| age.as_secs());
        Change::Put {
            table: COUNTERS,
            key: CLOCK.to_string(),
            value: json!({ "time": self.time, "wall": self.wall, "keep_seconds": keep_seconds }),
        }
    }
}

/// Returns how long events were kept when the clock was last written down, in seconds.
pub fn known_keep_seconds(documents: &Documents) -> Option<u64> {
    documents.get(COUNTERS, CLOCK)?["keep_seconds"].as_u64()
}

/// When the events of a file arrived, nanoseconds since the epoch by [`RetentionClock::arrival`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// Not before this.
    pub first: i64,
    /// And not after this.
    pub last: i64,
}

impl Arrived {
    /// Returns what an entry of the list of files says.
    pub fn of(value: &Value) -> Option<Arrived> {
        let times = &value["arrived"];
        let (first, last) = times[0].as_i64().zip(times[1].as_i64())?;
        Some(Arrived { first, last })
    }

    /// Returns when a file was last changed: for files of lists that do not say when their events arrived.
    pub fn of_file(path: &Path) -> Option<Arrived> {
        let changed = std::fs::metadata(path).ok()?.modified().ok()?;
        let since_epoch = changed.duration_since(UNIX_EPOCH).ok()?;
        let time = i64::try_from(since_epoch.as_nanos()).ok()?;
        Some(Arrived {
            first: time,
            last: time,
        })
    }

    /// Returns the span of both.
    pub fn and(self, other: Arrived) -> Arrived {
        Arrived {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }

    /// Returns how long it is, in nanoseconds.
    pub fn length(self) -> i64 {
        self.last.saturating_sub(self.first)
    }
}

/// What stays because the system's clock is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBack {
    /// By how much the system's clock is ahead, in nanoseconds.
    pub ahead: i64,
    /// How many events would have expired by it.
    pub events: u64,
}

impl HeldBack {
    /// Returns what stays; `None` if nothing would have expired, or the clocks do not differ by much.
    pub fn of(state: &State, clock: RetentionClock, limits: Limits) -> Option<HeldBack> {
        let ahead = clock.wall.saturating_sub(clock.time);
        if ahead <= BELIEVED {
            return None;
        }
        let accepted = RetentionClock {
            time: clock.wall,
            ..clock
        };
        let oldest = limits.most_age.map(|age| accepted.expired_before(age));
        let mut events = 0;
        for (key, dataset) in state.every_dataset() {
            let kept = (limits.kept)(&state.documents, key.0, &key.1);
            let oldest_time = kept.map(|kept| accepted.expired_before(kept));
            for part in &dataset.segments {
                let arrived = super::manifest::arrived(&state.documents, part);
                let is_old = oldest
                    .zip(arrived)
                    .is_some_and(|(oldest, arrived)| arrived.last < oldest);
                let n_old = oldest_time.map_or(0, |oldest| {
                    part.times().partition_point(|&time| time < oldest)
                });
                events += if is_old { part.len() } else { n_old } as u64;
            }
        }
        (events > 0).then_some(HeldBack { ahead, events })
    }

    /// Returns it as a sentence for the owner.
    pub fn sentence(&self) -> String {
        let days = self.ahead / BELIEVED;
        let ahead = match days {
            1 => "1 day".to_string(),
            days => format!("{days} days"),
        };
        let events = super::gaps::counted(self.events);
        format!(
            "the system's clock is {ahead} ahead of the clock that events expire by, so that {events} stay that would have expired; if the system's clock is right, stop the stack and run `cruddurctl store accept-clock`"
        )
    }
}

/// Returns an age in nanoseconds.
pub fn nanoseconds(age: std::time::Duration) -> i64 {
    i64::try_from(age.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;
