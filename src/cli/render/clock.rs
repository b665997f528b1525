//! The time axis: where a moment lies, and which moments are written under the picture.

use jiff::civil::{Date, DateTime};

use super::axis::Tick;
use super::text::significant;
use crate::model::time::{MILLISECOND, SECOND};
use crate::model::zone::Zone;

/// The horizontal axis: nanoseconds since the epoch, written by the clock of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeAxis {
    /// The first nanosecond.
    pub start: i64,
    /// The first nanosecond after; above `start`.
    pub end: i64,
    /// Whose clock is written.
    pub zone: Zone,
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
        let moments = match interval {
            DAY.. => self.days(interval),
            _ => self.times(interval),
        };
        let mut ticks: Vec<Tick> = Vec::new();
        let mut last = None;
        for moment in moments {
            // Where the clock was put back, a label may come twice, but not on top of itself.
            let is_apart = |last: i64| moment.saturating_sub(last) >= interval / 3 * 2;
            if last.is_none_or(is_apart) {
                last = Some(moment);
                ticks.push(Tick {
                    position: self.position(moment),
                    label: self.label(moment, interval),
                });
            }
        }
        ticks
    }

    // Round in the clock that is written, between one change of it and the next.
    fn times(&self, interval: i64) -> Vec<i64> {
        let mut moments = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let change = self.zone.next_change(start).filter(|it| *it < self.end);
            let end = change.unwrap_or(self.end);
            let offset = i64::from(self.zone.offset_seconds(start)) * SECOND;
            let past = start.saturating_add(offset).rem_euclid(interval);
            let mut moment = start.saturating_add(if past == 0 { 0 } else { interval - past });
            while moment < end && moment < i64::MAX {
                moments.push(moment);
                moment = moment.saturating_add(interval);
            }
            start = end;
        }
        moments
    }

    // Where days begin, which are not all equally long.
    fn days(&self, interval: i64) -> Vec<i64> {
        let n_days = interval / DAY;
        let epoch = Date::constant(1970, 1, 1);
        let first = self.clock(self.start).date();
        let since_epoch = first.duration_since(epoch).as_hours() / 24;
        let past = since_epoch.rem_euclid(n_days);
        let mut date = Some(first);
        if past != 0 {
            date = later(first, n_days - past);
        } else if self.zone.start_of(first).is_none_or(|it| it < self.start) {
            date = later(first, n_days);
        }
        let mut moments = Vec::new();
        while let Some(day) = date {
            match self.zone.start_of(day) {
                Some(start) if start >= self.end => break,
                Some(start) => moments.push(start),
                // A date that the zone left out, or one after the last that can be said.
                None if day.year() > 2261 => break,
                None => {}
            }
            date = later(day, n_days);
        }
        moments
    }

    /// Returns the window in words: the date once if it is one, and the offset, or both if the clock was put forward or back.
    pub fn span(&self) -> String {
        let (start, end) = (self.clock(self.start), self.clock(self.end));
        let (from, until) = if start.subsec_nanosecond() == 0 && end.subsec_nanosecond() == 0 {
            (written(start, SECONDS), written(end, SECONDS))
        } else {
            (written(start, MILLISECONDS), written(end, MILLISECONDS))
        };
        let (first_day, last_day) = (written(start, DATE), written(end, DATE));
        let zone = self.zone_at(self.end);
        let before = match self.zone_at(self.start) {
            before if before == zone => String::new(),
            before => format!(" {before}"),
        };
        if first_day == last_day {
            format!("{first_day} {from}{before} to {until} {zone}")
        } else {
            format!("{first_day} {from}{before} to {last_day} {until} {zone}")
        }
    }

    // The name of the clock at a moment: `UTC`, `UTC+02:00`.
    fn zone_at(&self, moment: i64) -> String {
        match self.zone.offset_seconds(moment) {
            0 => "UTC".to_string(),
            _ => format!("UTC{}", self.zone.offset(moment)),
        }
    }

    /// Returns `moment` as it is written in a cell's description: with seconds, or milliseconds where
    /// they count.
    pub fn time_of_day(&self, moment: i64) -> String {
        let clock = self.clock(moment);
        let form = if clock.subsec_nanosecond() == 0 {
            SECONDS
        } else {
            MILLISECONDS
        };
        one_of_two(written(clock, form), moment, self.zone)
    }

    fn label(&self, moment: i64, interval: i64) -> String {
        let clock = self.clock(moment);
        let is_midnight = (clock.hour(), clock.minute(), clock.second()) == (0, 0, 0);
        if interval >= 365 * DAY {
            clock.year().to_string()
        } else if interval >= DAY || (interval >= MINUTE && is_midnight) {
            written(clock, "%b %-d")
        } else if interval >= MINUTE {
            written(clock, "%H:%M")
        } else if interval >= SECOND {
            written(clock, SECONDS)
        } else {
            written(clock, MILLISECONDS)
        }
    }

    fn clock(&self, moment: i64) -> DateTime {
        self.zone.local(moment)
    }
}

const DATE: &str = "%Y-%m-%d";
const SECONDS: &str = "%H:%M:%S";
const MILLISECONDS: &str = "%H:%M:%S.%3f";

fn written(clock: DateTime, form: &str) -> String {
    clock.strftime(form).to_string()
}

fn later(date: Date, n_days: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(n_days).ok()?)
        .ok()
}

// A time that the clock shows twice says which of the two it is.
fn one_of_two(text: String, moment: i64, zone: Zone) -> String {
    match zone.is_shown_twice(moment) {
        true => text + &zone.offset(moment),
        false => text,
    }
}

fn label_width(interval: i64) -> usize {
    match interval {
        DAY.. => 6,
        MINUTE.. => 6,
        SECOND.. => 8,
        _ => 12,
    }
}

/// Returns a moment with its date and milliseconds by the clock of `zone`.
pub fn date_and_time(moment: i64, zone: Zone) -> String {
    let form = "%Y-%m-%d %H:%M:%S.%3f";
    one_of_two(written(zone.local(moment), form), moment, zone)
}

/// Returns the same without what is finer than a second.
pub fn date_and_second(moment: i64, zone: Zone) -> String {
    let form = "%Y-%m-%d %H:%M:%S";
    one_of_two(written(zone.local(moment), form), moment, zone)
}

/// Returns the same, with milliseconds where they count.
pub fn short_date_and_time(moment: i64, zone: Zone) -> String {
    match moment.rem_euclid(SECOND) {
        0 => date_and_second(moment, zone),
        _ => date_and_time(moment, zone),
    }
}

/// Returns the time of day of a moment, with milliseconds, by such a clock.
pub fn time_of_day(moment: i64, zone: Zone) -> String {
    one_of_two(written(zone.local(moment), MILLISECONDS), moment, zone)
}

/// Returns the time of day without what is finer than a second.
pub fn second_of_day(moment: i64, zone: Zone) -> String {
    one_of_two(written(zone.local(moment), SECONDS), moment, zone)
}

/// Returns the day of a moment by such a clock: `2026-11-22`.
pub fn day(moment: i64, zone: Zone) -> String {
    written(zone.local(moment), DATE)
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
            zone: Zone::UTC,
        };
        assert_eq!(
            labels(axis.ticks(66)),
            ["14:04", "14:06", "14:08", "14:10", "14:12"]
        );
        assert_eq!(axis.span(), "2026-11-22 14:03:20 to 14:13:20 UTC");
        let axis = TimeAxis {
            zone: Zone::fixed(5 * 3600 + 1800),
            ..axis
        };
        assert_eq!(labels(axis.ticks(30)), ["19:35", "19:40"]);
        assert_eq!(axis.span(), "2026-11-22 19:33:20 to 19:43:20 UTC+05:30");
        let day = TimeAxis {
            start,
            end: start + 2 * DAY,
            zone: Zone::fixed(-3 * 3600),
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
                    zone: Zone::UTC,
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
