//! Dates, times and offsets as they are written, read strictly: what is no time is nothing, never another time.
//!
//! Readers take a text and return what they read and what is left of it.

use jiff::civil::{Date, DateTime, Time};

use super::time::SECOND;
use super::zone::{Instants, Zone};

/// A time of day; two forms of it are no time on a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOfDay {
    /// The first moment of the day, where no time was written.
    Start,
    /// As written.
    At(Time),
    /// `24:00`: the first moment of the next day.
    End,
    /// `23:59:60`, a leap second: the time before it, and a second more. Clocks of computers do not have it; they show the next
    /// second for it.
    Leap(Time),
}

/// A date and a time of day, and the offset if there was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenTime {
    /// The date.
    pub date: Date,
    /// The time.
    pub time: TimeOfDay,
    /// Seconds east of Greenwich.
    pub offset_seconds: Option<i32>,
}

impl WrittenTime {
    /// Returns the instants that are meant, by a clock in `zone` if no offset was written.
    pub fn instants(self, zone: Zone) -> Instants {
        if let Some(offset_seconds) = self.offset_seconds {
            return match self.at_offset(offset_seconds) {
                Some(moment) => Instants::One(moment),
                None => Instants::Beyond,
            };
        }
        match self.time {
            TimeOfDay::Start => start(zone, Some(self.date)),
            TimeOfDay::End => start(zone, self.date.tomorrow().ok()),
            TimeOfDay::At(time) => zone.instants(DateTime::from_parts(self.date, time)),
            TimeOfDay::Leap(time) => match zone.instants(DateTime::from_parts(self.date, time)) {
                Instants::One(moment) => Instants::One(moment.saturating_add(SECOND)),
                other => other,
            },
        }
    }

    // Wholly by arithmetic, without any zone's rules.
    fn at_offset(self, offset_seconds: i32) -> Option<i64> {
        let midnight = self.date.at(0, 0, 0, 0);
        let (local, more) = match self.time {
            TimeOfDay::Start => (midnight, 0),
            TimeOfDay::End => (midnight, 86_400 * SECOND),
            TimeOfDay::At(time) => (DateTime::from_parts(self.date, time), 0),
            TimeOfDay::Leap(time) => (DateTime::from_parts(self.date, time), SECOND),
        };
        let utc = jiff::tz::Offset::UTC.to_timestamp(local).ok()?;
        let moment = i64::try_from(utc.as_nanosecond()).ok()?;
        moment
            .checked_add(more)?
            .checked_sub(i64::from(offset_seconds) * SECOND)
    }
}

fn start(zone: Zone, date: Option<Date>) -> Instants {
    match date.and_then(|date| zone.start_of(date)) {
        Some(start) => Instants::One(start),
        // A date that the zone left out, or one that cannot be said.
        None => date.map_or(Instants::Beyond, |date| zone.instants(date.at(0, 0, 0, 0))),
    }
}

/// Reads `2026-11-24`.
pub fn date(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2, 2)?;
    Some((of_numbers(year, month, day)?, rest))
}

/// Returns the date that three numbers are.
pub fn of_numbers(year: u32, month: u32, day: u32) -> Option<Date> {
    let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

/// Reads `9:05`, `10:30`, `10:30:05`, `10:30:05.123`, `10:30:05,123` or `24:00`.
pub fn time_of_day(text: &str) -> Option<(TimeOfDay, &str)> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, mut rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let (mut second, mut nanosecond) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = number(after, 2, 2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            (nanosecond, rest) = fraction(after)?;
        }
    }
    let time = |second: u32, nanosecond: u32| {
        let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
        let (second, nanosecond) = (i8::try_from(second).ok()?, i32::try_from(nanosecond).ok()?);
        Time::new(hour, minute, second, nanosecond).ok()
    };
    let read = match (hour, minute, second, nanosecond) {
        (24, 0, 0, 0) => TimeOfDay::End,
        (_, _, 60, _) => TimeOfDay::Leap(time(59, nanosecond)?),
        _ => TimeOfDay::At(time(second, nanosecond)?),
    };
    Some((read, rest))
}

/// Reads `Z`, `+02:00`, `-0330`, `+02` or, as it is written before there were zones, `+00:53:28`; returns seconds east of
/// Greenwich.
pub fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix(['-', '\u{2212}'])?),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (mut hours, mut rest) = number(rest, 2, 4)?;
    let (mut minutes, mut seconds) = (0, 0);
    match (digits, rest.strip_prefix(':')) {
        (4, _) => (hours, minutes) = (hours / 100, hours % 100),
        (2, Some(after)) => (minutes, rest) = number(after, 2, 2)?,
        (2, None) => {}
        _ => return None,
    }
    if digits == 2
        && let Some((read, after)) = rest.strip_prefix(':').and_then(|it| number(it, 2, 2))
    {
        (seconds, rest) = (read, after);
    }
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let total = i32::try_from(hours * 3600 + minutes * 60 + seconds).ok()?;
    Some((sign * total, rest))
}

/// Reads a date and a time with `T` or a blank between, and an offset if there is one; nothing may be left.
///
/// A leap second is one only where it could have been: in the last minute of a day in UTC.
pub fn date_and_time(text: &str) -> Option<WrittenTime> {
    let (written, rest) = date_and_time_before(text)?;
    rest.is_empty().then_some(written)
}

/// The same, with whatever follows.
pub fn date_and_time_before(text: &str) -> Option<(WrittenTime, &str)> {
    let (date, rest) = date(text)?;
    let (time, rest) = time_of_day(rest.strip_prefix(['T', 't', ' '])?)?;
    // One blank may stand before an offset.
    let (offset_seconds, rest) = match offset(rest.strip_prefix(' ').unwrap_or(rest)) {
        Some((offset_seconds, rest)) => (Some(offset_seconds), rest),
        None => (None, rest),
    };
    let written = WrittenTime {
        date,
        time,
        offset_seconds,
    };
    if let (TimeOfDay::Leap(_), Some(_)) = (time, offset_seconds) {
        let second = written.instants(Zone::UTC);
        let is_possible =
            matches!(second, Instants::One(at) if at.div_euclid(SECOND).rem_euclid(86_400) == 0);
        is_possible.then_some(())?;
    }
    Some((written, rest))
}

/// Reads a number of so many digits; a further digit makes it none.
pub fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(least..=most).contains(&n_digits) {
        return None;
    }
    let (digits, rest) = text.split_at_checked(n_digits)?;
    Some((digits.parse().ok()?, rest))
}

// Digits past the ninth are too fine to be kept.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(n_digits)?;
    let kept = digits.get(..9).unwrap_or(digits);
    let number: u32 = kept.parse().ok()?;
    let missing = u32::try_from(9 - kept.len()).ok()?;
    Some((number * 10u32.pow(missing), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::rfc3339;

    #[test]
    fn times_with_an_offset_are_what_they_say() {
        for (text, moment) in [
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("2026-11-24t10:00:00z", "2026-11-24T10:00:00Z"),
            ("2026-11-24 10:00:00.25+02:00", "2026-11-24T08:00:00.25Z"),
            ("2026-11-24T10:00+02:00", "2026-11-24T08:00:00Z"),
            ("2026-11-24T10:00-0330", "2026-11-24T13:30:00Z"),
            ("2026-11-24 10:00:00 +05:45", "2026-11-24T04:15:00Z"),
            ("2026-11-24T10:00:00,123+02", "2026-11-24T08:00:00.123Z"),
            ("2026-11-24T24:00Z", "2026-11-25T00:00:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2017-01-01T00:59:60.5+01:00", "2017-01-01T00:00:00.5Z"),
            ("1880-01-01T00:00:00+00:53:28", "1879-12-31T23:06:32Z"),
        ] {
            let read = date_and_time(text).map(|it| it.instants(Zone::UTC));
            let Some(Instants::One(found)) = read else {
                panic!("{text}: {read:?}");
            };
            assert_eq!(rfc3339(found), moment, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_nothing() {
        for odd in [
            "",
            "2026-11-24",
            "2026-11-31T10:00Z",
            "2026-11-24T10",
            "2026-11-24T24:01Z",
            "2026-11-24T10:60Z",
            "2026-11-24T10:00:61Z",
            "2026-11-24T10:00:60Z",
            "2026-11-24T10:00:00.Z",
            "2026-11-24T10:00+2",
            "2026-11-24T10:00+24:00",
            "2026-11-24T10:00+02:0",
            "2026-11-24T10:00Zz",
            "26-11-24T10:00Z",
            "2026-11-24  10:00",
            "+002026-11-24T10:00Z",
        ] {
            assert_eq!(date_and_time(odd), None, "{odd}");
        }
    }

    #[test]
    fn years_that_cannot_be_kept_are_beyond() {
        for far in [
            "9999-01-01T00:00Z",
            "0001-01-01T00:00Z",
            "2262-04-12T00:00Z",
        ] {
            let read = date_and_time(far).map(|it| it.instants(Zone::UTC));
            assert_eq!(read, Some(Instants::Beyond), "{far}");
        }
    }
}
