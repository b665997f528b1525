//! Moments as people write them: `10:30`, `yesterday 14:00`, `2026-11-24T10:00:00Z`, `15m ago`.

use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::cli::duration::parse_duration;
use crate::model::time::{SECOND, TimeRange};

/// A moment that depends on when, and where, it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
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

/// Reads `now`, `15m` or `15m ago`, `10:30`, `today 9:00`, `yesterday`, `yesterday 14:00`, `2026-11-24`,
/// `2026-11-24 10:00` or RFC 3339. A time without a day is the last such time.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_when(text: &str) -> Result<Moment, String> {
    let odd = || {
        format!(
            "`{text}` is not a moment; write 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or 2026-11-24T10:00:00Z"
        )
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["now"] => Ok(Moment::Ago(Duration::ZERO)),
        [word] => one_word(word).ok_or_else(odd),
        [length, "ago"] => parse_duration(length).map(Moment::Ago),
        [day, time] => {
            let (day, time) = (day_of(day).ok_or_else(odd)?, time_of(time).ok_or_else(odd)?);
            Ok(Moment::OfDay(day, time))
        }
        _ => Err(odd()),
    }
}

fn one_word(word: &str) -> Option<Moment> {
    if let Ok(length) = parse_duration(word) {
        return Some(Moment::Ago(length));
    }
    if let Some(time) = time_of(word) {
        return Some(Moment::OfDay(Day::Last, time));
    }
    if let Some(day) = day_of(word) {
        return Some(Moment::OfDay(day, Time::MIDNIGHT));
    }
    if let Ok(moment) = OffsetDateTime::parse(word, &Rfc3339) {
        return i64::try_from(moment.unix_timestamp_nanos())
            .ok()
            .map(Moment::At);
    }
    // RFC 3339 without an offset is by the local clock.
    let (date, time) = word.split_once('T')?;
    Some(Moment::OfDay(day_of(date)?, time_of(time)?))
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

impl Moment {
    /// Returns the moment in nanoseconds since the epoch, read at `now` (likewise) by a clock at `offset`.
    pub fn resolved(self, now: i64, offset: UtcOffset) -> i64 {
        let (day, time) = match self {
            Moment::At(moment) => return moment,
            Moment::Ago(length) => {
                let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
                return now.saturating_sub(length);
            }
            Moment::OfDay(day, time) => (day, time),
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

/// Returns the range that `--last`, `--since` and `--until` mean together; the last two hours without any.
///
/// Whole seconds: a range begins at or before its first moment and ends at or after its last.
///
/// # Errors
/// If the range is empty.
pub fn range(
    last: Option<Duration>,
    since: Option<Moment>,
    until: Option<Moment>,
    now: i64,
    offset: UtcOffset,
) -> Result<TimeRange, String> {
    let seconds = last.map(|it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX));
    let start = since.map(|it| it.resolved(now, offset).div_euclid(SECOND));
    let end = until.map(|it| {
        let end = it.resolved(now, offset);
        end.div_euclid(SECOND) + i64::from(end.rem_euclid(SECOND) > 0)
    });
    let range = match (start, end, seconds) {
        (None, None, None) => TimeRange::DEFAULT,
        (None, None, Some(seconds)) => TimeRange::Last { seconds },
        (None, Some(end), seconds) => TimeRange::Until {
            end,
            seconds: seconds.unwrap_or(TimeRange::DEFAULT.seconds()),
        },
        (Some(start), None, Some(seconds)) => TimeRange::From { start, seconds },
        (Some(start), None, None) => TimeRange::Between {
            start,
            end: now.div_euclid(SECOND) + 1,
        },
        (Some(start), Some(end), _) => TimeRange::Between { start, end },
    };
    if range.seconds() < 1 {
        return Err("the time range ends before it begins".to_string());
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::rfc3339;

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

    #[test]
    fn ranges_have_honeycombs_forms() {
        let utc = UtcOffset::UTC;
        let when = |text: &str| Some(parse_when(text).unwrap());
        let hour = Some(Duration::from_secs(3600));
        let seconds = NOW / SECOND;
        assert_eq!(range(None, None, None, NOW, utc), Ok(TimeRange::DEFAULT));
        assert_eq!(
            range(hour, None, None, NOW, utc),
            Ok(TimeRange::Last { seconds: 3600 })
        );
        assert_eq!(
            range(hour, when("10:30"), None, NOW, utc),
            Ok(TimeRange::From {
                start: seconds - 9_000,
                seconds: 3600
            })
        );
        assert_eq!(
            range(hour, None, when("10:30"), NOW, utc),
            Ok(TimeRange::Until {
                end: seconds - 9_000,
                seconds: 3600
            })
        );
        assert_eq!(
            range(None, when("10:30"), when("11:00"), NOW, utc),
            Ok(TimeRange::Between {
                start: seconds - 9_000,
                end: seconds - 7_200
            })
        );
        assert_eq!(
            range(None, when("10:30"), None, NOW, utc),
            Ok(TimeRange::Between {
                start: seconds - 9_000,
                end: seconds + 1
            })
        );
        assert!(range(None, when("11:00"), when("10:30"), NOW, utc).is_err());
    }
}
