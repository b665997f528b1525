//! What a server says about how much it still takes, and when.
//!
//! Source: Honeycomb's page on rate limits and its OpenAPI document, which spell the headers differently;
//! RFC 9110 for Retry-After, which is seconds or a date.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::model::time::SECOND;

/// What the headers of an answer say about the ones to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// How many more are taken before `reset`.
    pub remaining: Option<u64>,
    /// When that begins anew, from now.
    pub reset: Option<Duration>,
    /// How long to stay away, from now.
    pub retry_after: Option<Duration>,
}

const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
// Whoever asks for more than a day of patience is not believed.
const LONGEST: u64 = 86_400;

impl Limits {
    /// Reads the headers of an answer that came at `now`, in nanoseconds since the epoch.
    pub fn of(headers: &HeaderMap, now: i64) -> Limits {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut limits = Limits {
            retry_after: headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| retry_after(value.trim(), now)),
            ..Limits::default()
        };
        // `limit=10, remaining=0, reset=42`, or the draft's later `"runs";r=0;t=42`.
        for part in text("ratelimit").unwrap_or_default().split([',', ';']) {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let number = value.trim().parse::<u64>().ok();
            match name.trim().to_ascii_lowercase().as_str() {
                "remaining" | "r" => limits.remaining = number,
                "reset" | "t" => limits.reset = number.map(seconds),
                _ => {}
            }
        }
        let number = |name: &str| text(name)?.trim().parse::<u64>().ok();
        limits.remaining = limits.remaining.or_else(|| number("ratelimit-remaining"));
        limits.reset = limits
            .reset
            .or_else(|| number("ratelimit-reset").map(seconds));
        limits
    }

    /// Returns how long to stay away after a refusal, if anything says so: the longest that does.
    pub fn wait(self) -> Option<Duration> {
        self.retry_after.max(self.reset)
    }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n.min(LONGEST))
}

fn retry_after(text: &str, now: i64) -> Option<Duration> {
    if let Ok(n) = text.parse::<u64>() {
        return Some(seconds(n));
    }
    let date = DateTime::strptime(HTTP_DATE, text).ok()?;
    let date = Offset::UTC.to_timestamp(date).ok()?;
    let left = i128::from(date.as_second()) * i128::from(SECOND) - i128::from(now);
    let nanoseconds = u64::try_from(left.max(0)).ok()?;
    Some(Duration::from_nanos(nanoseconds).min(Duration::from_secs(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(headers: &[(&'static str, &str)]) -> Limits {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        // Sun, 22 Nov 2026 07:09:00 GMT
        Limits::of(&map, 1_795_331_340 * SECOND)
    }

    #[test]
    fn every_spelling_of_patience_is_understood() {
        fn wait(headers: &[(&'static str, &str)]) -> Option<u64> {
            limits(headers).wait().map(|it| it.as_secs())
        }
        assert_eq!(
            wait(&[("ratelimit", "limit=10, remaining=0, reset=42")]),
            Some(42)
        );
        assert_eq!(wait(&[("ratelimit", "\"runs\";r=0;t=43")]), Some(43));
        assert_eq!(wait(&[("ratelimit-reset", "44")]), Some(44));
        assert_eq!(wait(&[("retry-after", "45")]), Some(45));
        let date = "Sun, 22 Nov 2026 07:09:46 GMT";
        assert_eq!(wait(&[("retry-after", date)]), Some(46));
        assert_eq!(
            wait(&[("retry-after", date), ("ratelimit", "reset=50")]),
            Some(50)
        );
        assert_eq!(
            wait(&[("retry-after", "Sun, 22 Nov 2026 07:00:00 GMT")]),
            Some(0)
        );
    }

    #[test]
    fn nonsense_is_no_wait_and_no_wait_is_longer_than_a_day() {
        for text in ["", "soon", "-5", "reset=x", "=,=;"] {
            assert_eq!(
                limits(&[("ratelimit", text), ("retry-after", text)]),
                Limits::default()
            );
        }
        let far = u64::MAX.to_string();
        assert_eq!(
            limits(&[("retry-after", &far)]).wait(),
            Some(Duration::from_secs(86_400))
        );
    }
}
