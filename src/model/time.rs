//! Time as asked (`TimeRange`) and time as scanned (`Window`).

use jiff::Timestamp;

use super::written_time;
use super::zone::{Instants, Zone};

/// Nanoseconds in one second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in one millisecond.
pub const MILLISECOND: i64 = 1_000_000;

/// A time range as asked, in exactly the combinations that Honeycomb's query specification allows.
///
/// All numbers are whole seconds; `start` and `end` count from the Unix epoch.
/// Source: Honeycomb API, query specification (`time_range`, `start_time`, `end_time`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeRange {
    /// The last `seconds` before the moment of asking.
    Last {
        /// Length in seconds, at least 1.
        seconds: i64,
    },
    /// `seconds` from `start` on.
    From {
        /// First second.
        start: i64,
        /// Length in seconds.
        seconds: i64,
    },
    /// `seconds` up to `end`.
    Until {
        /// The second after the last one.
        end: i64,
        /// Length in seconds.
        seconds: i64,
    },
    /// From `start` up to `end`.
    Between {
        /// First second.
        start: i64,
        /// The second after the last one.
        end: i64,
    },
}

impl TimeRange {
    /// What Honeycomb takes when a query names no time: two hours.
    pub const DEFAULT: TimeRange = TimeRange::Last { seconds: 7200 };

    /// Resolves the range against `now_ns`, in nanoseconds since the epoch.
    ///
    /// Saturates instead of overflowing, so that absurd input gives an empty or clipped window.
    pub fn window(self, now_ns: i64) -> Window {
        let ns = |seconds: i64| seconds.saturating_mul(SECOND);
        let (start, end) = match self {
            // An event of this very nanosecond belongs to "the last two hours".
            TimeRange::Last { seconds } => {
                let end = now_ns.saturating_add(1);
                (end.saturating_sub(ns(seconds)), end)
            }
            TimeRange::From { start, seconds } => {
                (ns(start), ns(start).saturating_add(ns(seconds)))
            }
            TimeRange::Until { end, seconds } => (ns(end).saturating_sub(ns(seconds)), ns(end)),
            TimeRange::Between { start, end } => (ns(start), ns(end)),
        };
        Window {
            start,
            end: end.max(start),
        }
    }

    /// Returns the length in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            TimeRange::Last { seconds }
            | TimeRange::From { seconds, .. }
            | TimeRange::Until { seconds, .. } => seconds,
            TimeRange::Between { start, end } => end.saturating_sub(start),
        }
    }
}

/// A time window as scanned: nanoseconds since the epoch, `start <= time < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First nanosecond inside.
    pub start: i64,
    /// First nanosecond after.
    pub end: i64,
}

impl Window {
    /// Everything that can be represented.
    pub const ALL: Window = Window {
        start: i64::MIN,
        end: i64::MAX,
    };

    /// Tells whether `time` lies inside.
    pub fn contains(self, time: i64) -> bool {
        self.start <= time && time < self.end
    }

    /// Tells whether any time of `first..=last` lies inside.
    pub fn meets(self, first: i64, last: i64) -> bool {
        first < self.end && last >= self.start
    }

    /// Returns the length in nanoseconds, saturating.
    pub fn length(self) -> i64 {
        self.end.saturating_sub(self.start)
    }
}

// What people count time in.
const ROUND_STEPS: [i64; 19] = [
    10 * MILLISECOND,
    20 * MILLISECOND,
    50 * MILLISECOND,
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    300 * SECOND,
    900 * SECOND,
    1_800 * SECOND,
    3_600 * SECOND,
    14_400 * SECOND,
    43_200 * SECOND,
    86_400 * SECOND,
];

/// Returns a moment as RFC 3339 writes it, in UTC: `2026-11-22T07:09:00.5Z`.
pub fn rfc3339(moment: i64) -> String {
    // Every i64 of nanoseconds is a date between 1677 and 2262, which can always be written.
    Timestamp::from_nanosecond(i128::from(moment))
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

/// Reads a moment as RFC 3339 writes it, with an offset; returns nanoseconds since the epoch.
///
/// `None` for what is none, and for what lies outside of 64 bits of nanoseconds.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let written = written_time::date_and_time(text)?;
    written.offset_seconds?;
    match written.instants(Zone::UTC) {
        Instants::One(moment) => Some(moment),
        _ => None,
    }
}

/// Returns the finest round step, in nanoseconds, of which `length` nanoseconds have at most `most`.
pub fn round_step(length: i64, most: i64) -> i64 {
    let most = most.max(1);
    let fits = |step: &&i64| length / **step <= most;
    ROUND_STEPS
        .iter()
        .find(fits)
        .copied()
        .unwrap_or(length / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_hours_include_this_nanosecond() {
        let window = TimeRange::DEFAULT.window(10_000 * SECOND);
        assert!(window.contains(10_000 * SECOND));
        assert_eq!(window.length(), 7200 * SECOND);
    }

    #[test]
    fn absurd_seconds_saturate() {
        let window = TimeRange::Between {
            start: i64::MAX,
            end: 5,
        }
        .window(0);
        assert_eq!(window.length(), 0);
        TimeRange::Last { seconds: i64::MAX }.window(i64::MIN);
    }

    #[test]
    fn any_moment_can_be_written() {
        assert_eq!(rfc3339(i64::MIN), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(rfc3339(i64::MAX), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(rfc3339(1_795_356_200 * SECOND), "2026-11-22T14:03:20Z");
    }
}
