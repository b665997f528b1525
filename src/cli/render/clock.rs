//! The time axis: where a moment lies, and which moments are written under the picture.

use time::{OffsetDateTime, UtcOffset, macros::format_description};

use super::axis::Tick;
use super::text::significant;
use crate::model::time::{MILLISECOND, SECOND};

/// The horizontal axis: nanoseconds since the epoch, written in one UTC offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeAxis {
    /// The first nanosecond.
    pub start: i64,
    /// The first nanosecond after; above `start`.
    pub end: i64,
    /// Seconds east of Greenwich.
    pub utc_offset_seconds: i32,
}

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The distances that people count time in.
const INTERVALS: [i64; 35] = [
    MILLISECOND,
    2 * MILLISECOND,
    5 * MILLISECOND,
    10 * MILLISECOND,
    20 * MILLISECOND,
    50 * MILLISECOND,
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    365 * DAY,
    3650 * DAY,
    36500 * DAY,
];

impl TimeAxis {
    /// Returns where `moment` lies, 0 to 1; what lies outside is moved to the nearer end.
    pub fn position(&self, moment: i64) -> f64 {
        let length = self.end.saturating_sub(self.start).max(1) as f64;
        (moment.saturating_sub(self.start) as f64 / length).clamp(0.0, 1.0)
    }

    /// Returns ticks at round times, ascending, as close as labels fit into `width` characters.
    pub fn ticks(&self, width: usize) -> Vec<Tick> {
        let length = self.end.saturating_sub(self.start).max(1);
        let fits = |interval: i64| {
            let needed = (label_width(interval) + 3) as f64;
            length as f64 / interval as f64 * needed <= width as f64
        };
        let Some(interval) = INTERVALS.into_iter().find(|interval| fits(*interval)) else {
            return Vec::new();
        };
        // Round in the clock that is written, so that days begin at midnight there.
        let offset = i64::from(self.utc_offset_seconds) * SECOND;
        let local = self.start.saturating_add(offset);
        let past = local.rem_euclid(interval);
        let first = self
            .start
            .saturating_add(if past == 0 { 0 } else { interval - past });
        (0..)
            .map(|i| first.saturating_add(interval.saturating_mul(i)))
            .take_while(|moment| *moment < self.end && *moment < i64::MAX)
            .map(|moment| Tick {
                position: self.position(moment),
                label: self.label(moment, interval),
            })
            .collect()
    }

    /// Returns the window in words: the date once if it is one, and the offset.
    pub fn span(&self) -> String {
        let (start, end) = (self.clock(self.start), self.clock(self.end));
        let date = format_description!("[year]-[month]-[day]");
        let (from, until) = if start.nanosecond() == 0 && end.nanosecond() == 0 {
            (written(start, SECONDS), written(end, SECONDS))
        } else {
            (written(start, MILLISECONDS), written(end, MILLISECONDS))
        };
        let (first_day, last_day) = (written(start, date), written(end, date));
        let zone = self.zone();
        if first_day == last_day {
            format!("{first_day} {from} to {until} {zone}")
        } else {
            format!("{first_day} {from} to {last_day} {until} {zone}")
        }
    }

    /// Returns the name of the clock: `UTC`, `UTC+02:00`.
    pub fn zone(&self) -> String {
        if self.utc_offset_seconds == 0 {
            return "UTC".to_string();
        }
        let sign = if self.utc_offset_seconds < 0 {
            '-'
        } else {
            '+'
        };
        let minutes = self.utc_offset_seconds.unsigned_abs() / 60;
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// Returns `moment` as it is written in a cell's description: with seconds, or milliseconds where
    /// they count.
    pub fn time_of_day(&self, moment: i64) -> String {
        let clock = self.clock(moment);
        written(
            clock,
            if clock.nanosecond() == 0 {
                SECONDS
            } else {
                MILLISECONDS
            },
        )
    }

    fn label(&self, moment: i64, interval: i64) -> String {
        let clock = self.clock(moment);
        let is_midnight = (clock.hour(), clock.minute(), clock.second()) == (0, 0, 0);
        if interval >= 365 * DAY {
            clock.year().to_string()
        } else if interval >= DAY || (interval >= MINUTE && is_midnight) {
            written(
                clock,
                format_description!("[month repr:short] [day padding:none]"),
            )
        } else if interval >= MINUTE {
            written(clock, format_description!("[hour]:[minute]"))
        } else if interval >= SECOND {
            written(clock, SECONDS)
        } else {
            written(clock, MILLISECONDS)
        }
    }

    fn clock(&self, moment: i64) -> OffsetDateTime {
        let offset =
            UtcOffset::from_whole_seconds(self.utc_offset_seconds).unwrap_or(UtcOffset::UTC);
        // Every i64 of nanoseconds is a date between 1677 and 2262, so the epoch is never shown instead.
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(offset)
    }
}

type Form = &'static [time::format_description::BorrowedFormatItem<'static>];
const SECONDS: Form = format_description!("[hour]:[minute]:[second]");
const MILLISECONDS: Form = format_description!("[hour]:[minute]:[second].[subsecond digits:3]");

fn written(clock: OffsetDateTime, form: Form) -> String {
    clock.format(form).unwrap_or_default()
}

fn label_width(interval: i64) -> usize {
    match interval {
        DAY.. => 6,
        MINUTE.. => 6,
        SECOND.. => 8,
        _ => 12,
    }
}

/// Returns a moment with its date in the clock that is `utc_offset_seconds` east of Greenwich.
pub fn date_and_time(moment: i64, utc_offset_seconds: i32) -> String {
    let axis = at_once(moment, utc_offset_seconds);
    let form =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]");
    written(axis.clock(moment), form)
}

/// Returns the time of day of a moment, with milliseconds, in such a clock.
pub fn time_of_day(moment: i64, utc_offset_seconds: i32) -> String {
    written(
        at_once(moment, utc_offset_seconds).clock(moment),
        MILLISECONDS,
    )
}

/// Returns the day of a moment in such a clock: `2026-11-22`.
pub fn day(moment: i64, utc_offset_seconds: i32) -> String {
    let form = format_description!("[year]-[month]-[day]");
    written(at_once(moment, utc_offset_seconds).clock(moment), form)
}

fn at_once(moment: i64, utc_offset_seconds: i32) -> TimeAxis {
    TimeAxis {
        start: moment,
        end: moment.saturating_add(1),
        utc_offset_seconds,
    }
}

/// Returns a length of time in the largest unit that gives a short number: `250 ms`, `10 s`, `5 min`.
pub fn duration(ns: i64) -> String {
    let names = [
        (DAY, "d"),
        (HOUR, "h"),
        (MINUTE, "min"),
        (SECOND, "s"),
        (MILLISECOND, "ms"),
    ];
    for (unit, name) in names {
        if ns >= unit && (ns % unit == 0 || unit <= SECOND) {
            return format!("{} {name}", significant(ns as f64 / unit as f64, 4));
        }
    }
    format!("{} us", significant(ns as f64 / 1000.0, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn clock_ticks_are_round_in_the_clock_that_is_written() {
        // 2026-11-22 14:03:20 UTC.
        let start = 1_795_356_200 * SECOND;
        let axis = TimeAxis {
            start,
            end: start + 600 * SECOND,
            utc_offset_seconds: 0,
        };
        assert_eq!(
            labels(axis.ticks(66)),
            ["14:04", "14:06", "14:08", "14:10", "14:12"]
        );
        assert_eq!(axis.span(), "2026-11-22 14:03:20 to 14:13:20 UTC");
        let axis = TimeAxis {
            utc_offset_seconds: 5 * 3600 + 1800,
            ..axis
        };
        assert_eq!(labels(axis.ticks(30)), ["19:35", "19:40"]);
        assert_eq!(axis.zone(), "UTC+05:30");
        let day = TimeAxis {
            start,
            end: start + 2 * DAY,
            utc_offset_seconds: -3 * 3600,
        };
        assert_eq!(
            labels(day.ticks(40)),
            ["12:00", "Nov 23", "12:00", "Nov 24"]
        );
        assert_eq!(
            day.span(),
            "2026-11-22 11:03:20 to 2026-11-24 11:03:20 UTC-03:00"
        );
    }

    #[test]
    fn any_window_has_ticks_that_fit_or_none() {
        for length in [1, 1000, SECOND, 7 * HOUR, 400 * DAY, i64::MAX] {
            for width in 1..200 {
                let axis = TimeAxis {
                    start: 0,
                    end: length,
                    utc_offset_seconds: 0,
                };
                assert!(axis.ticks(width).len() <= width / 4 + 1, "{length} {width}");
            }
        }
    }

    #[test]
    fn durations_take_the_largest_unit_that_keeps_them_short() {
        let written: Vec<String> = [
            250_000,
            250 * MILLISECOND,
            1500 * MILLISECOND,
            10 * SECOND,
            90 * SECOND,
            5 * MINUTE,
            DAY,
        ]
        .into_iter()
        .map(duration)
        .collect();
        assert_eq!(
            written,
            ["250 us", "250 ms", "1.5 s", "10 s", "90 s", "5 min", "1 d"]
        );
    }
}
