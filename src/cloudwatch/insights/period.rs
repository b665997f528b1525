//! Periods such as `5m`, and times cut down to a multiple of one.
//!
//! Source: the guide's page of `stats`, "bin": units, their spellings, and the most of each that counts.

use time::{Date, Month, OffsetDateTime};

const SECOND_MS: i64 = 1_000;
const DAY_MS: i64 = 86_400 * SECOND_MS;

/// Units: spellings, length, and the most that `bin` takes of them.
const UNITS: [(&[&str], Unit, Option<i64>); 9] = [
    (
        &["ms", "msec", "msecs", "millisecond", "milliseconds"],
        Unit::Fixed(1),
        Some(1_000),
    ),
    (
        &["s", "sec", "secs", "second", "seconds"],
        Unit::Fixed(SECOND_MS),
        Some(60),
    ),
    (
        &["m", "min", "mins", "minute", "minutes"],
        Unit::Fixed(60 * SECOND_MS),
        Some(60),
    ),
    (
        &["h", "hr", "hrs", "hour", "hours"],
        Unit::Fixed(3_600 * SECOND_MS),
        Some(24),
    ),
    (&["d", "day", "days"], Unit::Fixed(DAY_MS), None),
    (&["w", "week", "weeks"], Unit::Weeks, None),
    (
        &["mo", "mon", "mons", "month", "months"],
        Unit::Months(1),
        None,
    ),
    (
        &["q", "qtr", "qtrs", "quarter", "quarters"],
        Unit::Months(3),
        None,
    ),
    (&["y", "yr", "yrs", "year", "years"], Unit::Months(12), None),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// Milliseconds.
    Fixed(i64),
    /// From Monday on.
    Weeks,
    Months(i64),
}

/// A number of units of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    n: i64,
    unit: Unit,
}

impl Period {
    /// Reads `5m` and the like; `None` if it is none.
    pub fn parse(text: &str) -> Option<Period> {
        let at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(at);
        let unit = unit.to_ascii_lowercase();
        let (_, unit, _) = UNITS.iter().find(|(names, ..)| names.contains(&&*unit))?;
        let n = number
            .parse()
            .ok()
            .filter(|n| (1..=1_000_000).contains(n))?;
        Some(Period { n, unit: *unit })
    }

    /// Returns the period that counts: no unit is taken more often than its cap.
    pub fn capped(self) -> Period {
        let cap = UNITS.iter().find(|(_, unit, _)| *unit == self.unit);
        let cap = cap.and_then(|(.., cap)| *cap).unwrap_or(i64::MAX);
        Period {
            n: self.n.min(cap),
            ..self
        }
    }

    /// Returns its length in milliseconds; of months, about.
    pub fn length_ms(self) -> i64 {
        self.n.saturating_mul(match self.unit {
            Unit::Fixed(ms) => ms,
            Unit::Weeks => 7 * DAY_MS,
            Unit::Months(n) => n * 30 * DAY_MS,
        })
    }

    /// Returns the last time at or before `ms` at which a period begins, all in milliseconds since the epoch.
    pub fn floor(self, ms: i64) -> i64 {
        match self.unit {
            Unit::Fixed(unit) => floor_to(ms, self.n.saturating_mul(unit)),
            // The epoch was a Thursday.
            Unit::Weeks => floor_to(
                ms.saturating_add(3 * DAY_MS),
                self.n.saturating_mul(7 * DAY_MS),
            )
            .saturating_sub(3 * DAY_MS),
            Unit::Months(_) => self.floor_months(ms, 0),
        }
    }

    /// Returns the first time at or after `ms` at which a period begins.
    pub fn ceil(self, ms: i64) -> i64 {
        let floor = self.floor(ms);
        match self.unit {
            _ if floor == ms => ms,
            Unit::Months(_) => self.floor_months(ms, 1),
            _ => floor.saturating_add(self.length_ms()),
        }
    }

    // The beginning of the period of months that `ms` is in, or of one that many later.
    fn floor_months(self, ms: i64, later: i64) -> i64 {
        let Unit::Months(unit) = self.unit else {
            return ms;
        };
        let step = self.n.saturating_mul(unit);
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
        let Ok(time) = time else { return ms };
        let months = (i64::from(time.year()) - 1970) * 12 + i64::from(u8::from(time.month())) - 1;
        let months = floor_to(months, step).saturating_add(later.saturating_mul(step));
        let year = i32::try_from(1970 + months.div_euclid(12));
        let month = u8::try_from(months.rem_euclid(12) + 1).ok();
        let month = month.and_then(|month| Month::try_from(month).ok());
        let date = year.ok().zip(month);
        let date = date.and_then(|(year, month)| Date::from_calendar_date(year, month, 1).ok());
        date.map_or(ms, |date| {
            date.midnight()
                .assume_utc()
                .unix_timestamp()
                .saturating_mul(SECOND_MS)
        })
    }
}

fn floor_to(value: i64, step: i64) -> i64 {
    value.div_euclid(step.max(1)).saturating_mul(step.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::value::timestamp;
    use super::*;

    #[test]
    fn times_are_cut_down_to_multiples_in_utc() {
        // 2026-11-22 07:14:50.123, a Sunday.
        let ms = 1_795_331_690_123;
        for (period, floor, ceil) in [
            (
                "100ms",
                "2026-11-22 07:14:50.100",
                "2026-11-22 07:14:50.200",
            ),
            ("5m", "2026-11-22 07:10:00.000", "2026-11-22 07:15:00.000"),
            (
                "5minutes",
                "2026-11-22 07:10:00.000",
                "2026-11-22 07:15:00.000",
            ),
            ("1hr", "2026-11-22 07:00:00.000", "2026-11-22 08:00:00.000"),
            ("1d", "2026-11-22 00:00:00.000", "2026-11-23 00:00:00.000"),
            ("1w", "2026-11-16 00:00:00.000", "2026-11-23 00:00:00.000"),
            ("1mo", "2026-11-01 00:00:00.000", "2026-12-01 00:00:00.000"),
            ("2q", "2026-07-01 00:00:00.000", "2027-01-01 00:00:00.000"),
            ("1y", "2026-01-01 00:00:00.000", "2027-01-01 00:00:00.000"),
        ] {
            let it = Period::parse(period).unwrap();
            assert_eq!(timestamp(it.floor(ms)), floor, "{period}");
            assert_eq!(timestamp(it.ceil(ms)), ceil, "{period}");
            assert_eq!(it.ceil(it.floor(ms)), it.floor(ms), "{period}");
        }
        let capped = |text: &str| Period::parse(text).unwrap().capped().length_ms();
        assert_eq!(capped("300s"), 60_000);
        assert_eq!(capped("2000ms"), 1_000);
        assert_eq!(capped("48h"), 24 * 3_600_000);
        assert_eq!(capped("3d"), 3 * 86_400_000);
        for odd in [
            "",
            "5",
            "m",
            "0m",
            "5x",
            "-5m",
            "5.5m",
            "99999999999999999999s",
        ] {
            assert_eq!(Period::parse(odd), None, "{odd}");
        }
    }
}
