//! Whens as people write them: `10:30`, `yesterday 14:00`, `2026-11-24T10:00:00Z`, `15m ago`.

use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::duration::parse_duration;

/// A moment that depends on when, and where, it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long before now.
    Ago(Duration),
    /// At this time of this day, by the local clock.
    OfDay(Day, Time),
    /// Nanoseconds since the epoch.
    At(i64),
}

/// A day by the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// The last one on which the time has come.
    Last,
    /// So many days before today.
    Before(u8),
    /// A date.
    On(Date),
}

/// Reads `now`, `15m`, `-15m` or `15m ago`, `10:30`, `today 9:00`, `yesterday`, `yesterday 14:00`, `2026-11-24`,
/// `2026-11-24 10:00` or RFC 3339. A time without a day is the last such time.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_when(text: &str) -> Result<When, String> {
    let odd = || {
        format!(
            "`{text}` is not a moment; write 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or 2026-11-24T10:00:00Z"
        )
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["now"] => Ok(When::Ago(Duration::ZERO)),
        [word] => one_word(word).ok_or_else(odd),
        [length, "ago"] => parse_duration(length).map(When::Ago),
        [day, time] => {
            let (day, time) = (day_of(day).ok_or_else(odd)?, time_of(time).ok_or_else(odd)?);
            Ok(When::OfDay(day, time))
        }
        _ => Err(odd()),
    }
}

fn one_word(word: &str) -> Option<When> {
    if let Ok(length) = parse_duration(word.strip_prefix('-').unwrap_or(word)) {
        return Some(When::Ago(length));
    }
    if let Some(time) = time_of(word) {
        return Some(When::OfDay(Day::Last, time));
    }
    if let Some(day) = day_of(word) {
        return Some(When::OfDay(day, Time::MIDNIGHT));
    }
    if let Ok(moment) = OffsetDateTime::parse(word, &Rfc3339) {
        return i64::try_from(moment.unix_timestamp_nanos())
            .ok()
            .map(When::At);
    }
    // RFC 3339 without an offset is by the local clock.
    let (date, time) = word.split_once('T')?;
    Some(When::OfDay(day_of(date)?, time_of(time)?))
}

fn day_of(word: &str) -> Option<Day> {
    match word {
        "today" => Some(Day::Before(0)),
        "yesterday" => Some(Day::Before(1)),
        word => Date::parse(word, format_description!("[year]-[month]-[day]"))
            .ok()
            .map(Day::On),
    }
}

fn time_of(word: &str) -> Option<Time> {
    let minutes = format_description!("[hour padding:none]:[minute]");
    let seconds = format_description!("[hour padding:none]:[minute]:[second]");
    Time::parse(word, minutes)
        .or_else(|_| Time::parse(word, seconds))
        .ok()
}

impl When {
    /// Returns the moment in nanoseconds since the epoch, read at `now` (likewise) by a clock at `offset`.
    pub fn resolved(self, now: i64, offset: UtcOffset) -> i64 {
        let (day, time) = match self {
            When::At(moment) => return moment,
            When::Ago(length) => {
                let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
                return now.saturating_sub(length);
            }
            When::OfDay(day, time) => (day, time),
        };
        let here = OffsetDateTime::from_unix_timestamp_nanos(i128::from(now))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(offset);
        let today = here.date();
        let date = match day {
            Day::On(date) => date,
            Day::Before(days) => today.saturating_sub(time::Duration::days(i64::from(days))),
            Day::Last if time <= here.time() => today,
            Day::Last => today.previous_day().unwrap_or(today),
        };
        let moment = PrimitiveDateTime::new(date, time).assume_offset(offset);
        let clamped = moment
            .unix_timestamp_nanos()
            .clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        i64::try_from(clamped).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{SECOND, rfc3339};

    // 15:00 by a clock two hours ahead.
    const NOW: i64 = 1_795_784_400 * SECOND;

    fn resolved(text: &str) -> String {
        let offset = UtcOffset::from_hms(2, 0, 0).unwrap();
        rfc3339(parse_when(text).unwrap().resolved(NOW, offset))
    }

    #[test]
    fn moments_are_read_by_the_local_clock() {
        assert_eq!(rfc3339(NOW), "2026-11-27T13:00:00Z");
        for (text, moment) in [
            ("now", "2026-11-27T13:00:00Z"),
            ("15m", "2026-11-27T12:45:00Z"),
            ("-15m", "2026-11-27T12:45:00Z"),
            ("1h30m ago", "2026-11-27T11:30:00Z"),
            ("10:30", "2026-11-27T08:30:00Z"),
            ("9:05:07", "2026-11-27T07:05:07Z"),
            // Not yet today.
            ("16:00", "2026-11-26T14:00:00Z"),
            ("today 16:00", "2026-11-27T14:00:00Z"),
            ("yesterday", "2026-11-25T22:00:00Z"),
            ("yesterday 14:00", "2026-11-26T12:00:00Z"),
            ("2026-11-24", "2026-11-23T22:00:00Z"),
            ("2026-11-24 10:00", "2026-11-24T08:00:00Z"),
            ("2026-11-24T10:00", "2026-11-24T08:00:00Z"),
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("2026-11-24T10:00:00+05:00", "2026-11-24T05:00:00Z"),
        ] {
            assert_eq!(resolved(text), moment, "{text}");
        }
        for odd in [
            "",
            "soon",
            "25:00",
            "yesterday noon",
            "2026-13-01",
            "10:30 yesterday",
            "9999-01-01T00:00:00Z",
        ] {
            assert!(parse_when(odd).is_err(), "{odd}");
        }
    }
}
