//! Moments as people write them: a while ago, a time of day, or a date.

use std::time::Duration;

use super::duration::{parse_duration, parse_moment};
use crate::model::time::SECOND;

const DAY: i64 = 86_400 * SECOND;

/// A moment as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long before now.
    Ago(Duration),
    /// Nanoseconds since the epoch.
    At(i64),
    /// The last time that the local clock showed this, in seconds after midnight.
    Clock(u32),
}

impl When {
    /// Returns the moment in nanoseconds since the epoch, as of `now` where the clock is
    /// `utc_offset_seconds` east of Greenwich.
    pub fn resolve(self, now: i64, utc_offset_seconds: i32) -> i64 {
        match self {
            When::Ago(ago) => {
                let ago = i64::try_from(ago.as_nanos()).unwrap_or(i64::MAX);
                now.saturating_sub(ago)
            }
            When::At(moment) => moment,
            When::Clock(seconds) => {
                let offset = i64::from(utc_offset_seconds) * SECOND;
                let local = now.saturating_add(offset);
                let midnight = local.saturating_sub(local.rem_euclid(DAY));
                let today = midnight.saturating_add(i64::from(seconds) * SECOND);
                let latest = if today > local {
                    today.saturating_sub(DAY)
                } else {
                    today
                };
                latest.saturating_sub(offset)
            }
        }
    }
}

/// Reads `90s`, `15m`, `10:30`, `10:30:05`, or a moment in RFC 3339.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_when(text: &str) -> Result<When, String> {
    if let Some(seconds) = time_of_day(text) {
        return Ok(When::Clock(seconds));
    }
    if let Ok(moment) = parse_moment(text) {
        return Ok(When::At(moment));
    }
    match parse_duration(text) {
        Ok(ago) => Ok(When::Ago(ago)),
        Err(error) if error.contains("longer") => Err(error),
        Err(_) => Err(format!(
            "`{text}` is no time; write 90s, 15m or 2h for that long ago, 10:30, or 2026-11-24T10:30:00Z"
        )),
    }
}

fn time_of_day(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |text: &str, below: u32| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
        let number: u32 = text.parse().ok().filter(|_| is_number)?;
        Some(number).filter(|number| *number < below)
    };
    match parts.as_slice() {
        [hour, minute] => Some(number(hour, 24)? * 3600 + number(minute, 60)? * 60),
        [hour, minute, second] => {
            Some(number(hour, 24)? * 3600 + number(minute, 60)? * 60 + number(second, 60)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_say_when_are_read() {
        for (text, expected) in [
            ("90s", When::Ago(Duration::from_secs(90))),
            ("1h30m", When::Ago(Duration::from_secs(5400))),
            ("10:30", When::Clock(37_800)),
            ("9:05:07", When::Clock(32_707)),
            ("1970-01-01T00:00:01Z", When::At(SECOND)),
        ] {
            assert_eq!(parse_when(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "24:00",
            "10:60",
            "10:3x",
            "1:2:3:4",
            "yesterday",
            "+1:00",
            "-5m",
        ] {
            let error = parse_when(text).unwrap_err();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn a_time_of_day_is_the_last_one_on_the_local_clock() {
        // 00:30 UTC of the eleventh day, which is 01:30 one zone further east.
        let now = 10 * DAY + 1800 * SECOND;
        let resolved =
            |text: &str, offset| parse_when(text).unwrap().resolve(now, offset) - 10 * DAY;
        assert_eq!(resolved("00:10", 0), 600 * SECOND);
        assert_eq!(resolved("00:40", 0), 2400 * SECOND - DAY);
        assert_eq!(resolved("01:10", 3600), 600 * SECOND);
        assert_eq!(resolved("23:00", -3600), -DAY + DAY);
        assert_eq!(resolved("30m", 3600), 0);
    }
}
