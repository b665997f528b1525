//! A time zone: what the clock on the wall shows at an instant, and which instants a time on the wall means.
//!
//! The offset is that of the date, so that July and December of one place differ where they do.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::time::SECOND;

/// A time zone. Copied freely: the rules behind it are kept for as long as the process runs, which has one zone or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(&'static TimeZone);

/// The instants at which the clock shows a time, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    /// As nearly always.
    One(i64),
    /// The clock was put back, and shows it twice.
    Two {
        /// The first time.
        first: i64,
        /// The second time.
        second: i64,
    },
    /// The clock was put forward over it.
    None {
        /// What it is by the offset from after the jump, which is before the jump.
        earlier: i64,
        /// What it is by the offset from before the jump, which is after the jump.
        later: i64,
        /// The jump.
        jump: i64,
    },
    /// It is outside of what 64 bits of nanoseconds can say.
    Beyond,
}

static UTC: TimeZone = TimeZone::UTC;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(&UTC);

    /// Returns the zone with these rules.
    pub fn new(rules: TimeZone) -> Zone {
        Zone(Box::leak(Box::new(rules)))
    }

    /// Returns a zone whose offset never changes, in seconds east of Greenwich; UTC for one that no zone can have.
    pub fn fixed(offset_seconds: i32) -> Zone {
        Offset::from_seconds(offset_seconds)
            .map_or(Zone::UTC, |offset| Zone::new(offset.to_time_zone()))
    }

    /// Tells whether it stands for a zone that could not be found out: it counts as UTC where times are shown, and local times
    /// mean nothing.
    pub fn is_unknown(self) -> bool {
        self.0.is_unknown()
    }

    /// Returns its name, such as `Europe/Berlin`, or words for one that has none.
    pub fn name(self) -> &'static str {
        self.0.iana_name().unwrap_or("the local time zone")
    }

    /// Returns the offset at `moment`, in seconds east of Greenwich.
    pub fn offset_seconds(self, moment: i64) -> i32 {
        self.0.to_offset(timestamp(moment)).seconds()
    }

    /// Returns what the offset at `moment` is called, such as `CEST`; the offset itself where it has no name.
    pub fn abbreviation(self, moment: i64) -> String {
        let info = self.0.to_offset_info(timestamp(moment));
        info.abbreviation().to_string()
    }

    /// Returns what the clock shows at `moment`, nanoseconds since the epoch.
    pub fn local(self, moment: i64) -> DateTime {
        self.0.to_datetime(timestamp(moment))
    }

    /// Returns when the clock shows `local`.
    pub fn instants(self, local: DateTime) -> Instants {
        let at = |offset: Offset| -> Option<i64> {
            let instant = offset.to_timestamp(local).ok()?;
            i64::try_from(instant.as_nanosecond()).ok()
        };
        let found = match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset).map(Instants::One),
            AmbiguousOffset::Fold { before, after } => at(before)
                .zip(at(after))
                .map(|(first, second)| Instants::Two { first, second }),
            AmbiguousOffset::Gap { before, after } => {
                at(after).zip(at(before)).map(|(earlier, later)| {
                    let jump = self.next_change(earlier).unwrap_or(later);
                    Instants::None {
                        earlier,
                        later,
                        jump,
                    }
                })
            }
        };
        found.unwrap_or(Instants::Beyond)
    }

    /// Returns when a date begins: at midnight, or when the clock was put forward over that; `None` if it never does.
    pub fn start_of(self, date: Date) -> Option<i64> {
        match self.instants(date.at(0, 0, 0, 0)) {
            Instants::One(start) | Instants::Two { first: start, .. } => Some(start),
            Instants::None { jump, .. } => (self.local(jump).date() == date).then_some(jump),
            Instants::Beyond => None,
        }
    }

    /// Returns the first instant after `moment` from which on the offset is another.
    pub fn next_change(self, moment: i64) -> Option<i64> {
        let before = self.offset_seconds(moment);
        // The name may change and the offset stay.
        let mut changes = self.0.following(timestamp(moment)).take(16);
        let change = changes.find(|it| it.offset().seconds() != before)?;
        i64::try_from(change.timestamp().as_nanosecond()).ok()
    }

    /// Tells whether the clock shows the time of `moment` twice.
    pub fn is_shown_twice(self, moment: i64) -> bool {
        matches!(self.instants(self.local(moment)), Instants::Two { .. })
    }

    /// Returns the offset at `moment` as it is written behind a time: `+02:00`.
    pub fn offset(self, moment: i64) -> String {
        let seconds = self.offset_seconds(moment);
        let sign = if seconds < 0 { '-' } else { '+' };
        let seconds = seconds.unsigned_abs();
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match rest {
            0 => format!("{sign}{hours:02}:{minutes:02}"),
            // As before there were zones.
            rest => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
        }
    }

    /// Returns `moment` by this clock in the form that can mean nothing else: `2026-10-25T02:30+02:00`.
    pub fn written(self, moment: i64) -> String {
        let local = self.local(moment);
        let form = match (moment.rem_euclid(60 * SECOND), moment.rem_euclid(SECOND)) {
            (0, _) => "%Y-%m-%dT%H:%M",
            (_, 0) => "%Y-%m-%dT%H:%M:%S",
            _ => "%Y-%m-%dT%H:%M:%S%.f",
        };
        format!("{}{}", local.strftime(form), self.offset(moment))
    }
}

fn timestamp(moment: i64) -> Timestamp {
    // Every i64 of nanoseconds is between 1677 and 2262, so the epoch never stands in for anything.
    Timestamp::from_nanosecond(i128::from(moment)).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;
    use crate::model::time::rfc3339;

    fn zone(name: &str) -> Zone {
        Zone::new(TimeZone::get(name).unwrap())
    }

    #[test]
    fn the_offset_is_that_of_the_date() {
        let berlin = zone("Europe/Berlin");
        let at = |local| match berlin.instants(local) {
            Instants::One(moment) => rfc3339(moment),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            at(datetime(2026, 7, 1, 12, 0, 0, 0)),
            "2026-07-01T10:00:00Z"
        );
        assert_eq!(
            at(datetime(2026, 12, 1, 12, 0, 0, 0)),
            "2026-12-01T11:00:00Z"
        );
    }

    #[test]
    fn times_that_exist_twice_or_never_have_both_readings() {
        let cases = [
            (
                "Europe/Berlin",
                datetime(2026, 10, 25, 2, 30, 0, 0),
                "2026-10-25T02:30+02:00",
                "2026-10-25T02:30+01:00",
            ),
            (
                "America/New_York",
                datetime(2026, 11, 1, 1, 0, 0, 0),
                "2026-11-01T01:00-04:00",
                "2026-11-01T01:00-05:00",
            ),
            // Half an hour.
            (
                "Australia/Lord_Howe",
                datetime(2026, 4, 5, 1, 45, 0, 0),
                "2026-04-05T01:45+11:00",
                "2026-04-05T01:45+10:30",
            ),
            (
                "Europe/Berlin",
                datetime(2026, 3, 29, 2, 30, 0, 0),
                "2026-03-29T01:30+01:00",
                "2026-03-29T03:30+02:00",
            ),
            (
                "Australia/Lord_Howe",
                datetime(2026, 10, 4, 2, 15, 0, 0),
                "2026-10-04T01:45+10:30",
                "2026-10-04T02:45+11:00",
            ),
        ];
        for (name, local, one, other) in cases {
            let zone = zone(name);
            let found = match zone.instants(local) {
                Instants::Two { first, second } => [first, second],
                Instants::None {
                    earlier,
                    later,
                    jump,
                } => {
                    assert!(earlier < jump && jump <= later, "{name}");
                    [earlier, later]
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(found.map(|it| zone.written(it)), [one, other], "{name}");
        }
    }

    #[test]
    fn a_day_begins_where_the_clock_first_shows_it() {
        for (name, date, start) in [
            ("Europe/Berlin", (2026, 3, 29), "2026-03-28T23:00:00Z"),
            // The clock goes from 24:00 to 01:00.
            ("Africa/Cairo", (2026, 4, 24), "2026-04-23T22:00:00Z"),
            // Midnight is shown twice.
            ("America/Havana", (2026, 11, 1), "2026-11-01T04:00:00Z"),
        ] {
            let date = Date::new(date.0, date.1, date.2).unwrap();
            assert_eq!(
                zone(name).start_of(date).map(rfc3339).as_deref(),
                Some(start),
                "{name}"
            );
        }
        let skipped = Date::new(2011, 12, 30).unwrap();
        assert_eq!(zone("Pacific/Apia").start_of(skipped), None);
    }

    #[test]
    fn any_instant_can_be_shown_in_any_zone() {
        for name in [
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
            "Asia/Kathmandu",
            "UTC",
        ] {
            for moment in [i64::MIN, -1, 0, i64::MAX] {
                let shown = zone(name).written(moment);
                assert!(shown.len() > 20, "{shown}");
            }
        }
        assert_eq!(Zone::fixed(-12_600).written(0), "1969-12-31T20:30-03:30");
    }
}
