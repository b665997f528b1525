//! When a line was: by the clock, by a member of its JSON, or by its own beginning. No I/O.

use serde_json::{Map, Value as Json};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// What says when a line was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeSource {
    /// The moment at which it was read.
    Reading,
    /// A member of the JSON object that the line is: a name, or names with dots between for one that
    /// lies deeper.
    Member(String),
    /// What it begins with: `[2026-Nov-22 07:09]` in local time, as Cruddur's back end writes it, or a
    /// moment of RFC 3339.
    Beginning(UtcOffset),
}

/// Says when lines were, in the order in which they come.
///
/// A line that does not say takes the time of the line before, for it mostly belongs to it, as the
/// lines of a traceback do.
#[derive(Debug)]
pub struct LineTimes {
    source: TimeSource,
    before_ms: Option<i64>,
}

impl LineTimes {
    /// Starts with no line before.
    pub fn new(source: TimeSource) -> LineTimes {
        LineTimes {
            source,
            before_ms: None,
        }
    }

    /// Returns a line's time in milliseconds since the epoch, and whether the line said so itself.
    ///
    /// `now_ms` is the moment at which it was read.
    pub fn time_of(&mut self, line: &str, now_ms: i64) -> (i64, bool) {
        let own_ms = match &self.source {
            TimeSource::Reading => return (now_ms, true),
            TimeSource::Member(name) => member_ms(line, name),
            TimeSource::Beginning(utc_offset) => beginning_ms(line, *utc_offset),
        };
        let time_ms = own_ms.or(self.before_ms).unwrap_or(now_ms);
        self.before_ms = Some(time_ms);
        (time_ms, own_ms.is_some())
    }

    /// Returns the time of the line before, for a further piece of it.
    pub fn same_again(&self, now_ms: i64) -> i64 {
        self.before_ms.unwrap_or(now_ms)
    }
}

fn member_ms(line: &str, name: &str) -> Option<i64> {
    let object: Map<String, Json> = serde_json::from_str(line).ok()?;
    if let Some(value) = object.get(name) {
        return json_ms(value);
    }
    let mut names = name.split('.');
    let first = object.get(names.next()?)?;
    json_ms(names.try_fold(first, |value, name| value.get(name))?)
}

fn json_ms(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole_ms(whole),
            None => number.as_f64().and_then(seconds_ms),
        },
        Json::String(text) => {
            let text = text.trim();
            rfc3339_ms(text)
                .or_else(|| text.parse().ok().and_then(whole_ms))
                .or_else(|| text.parse().ok().and_then(seconds_ms))
        }
        _ => None,
    }
}

// Seconds, milliseconds, microseconds or nanoseconds since the epoch, by how large the number is: each
// unit has those of 1973 to 5138 for itself.
fn whole_ms(number: i64) -> Option<i64> {
    const SECONDS_END: i64 = 100_000_000_000;
    match number {
        ..0 => None,
        0..SECONDS_END => Some(number * 1_000),
        number if number < SECONDS_END * 1_000 => Some(number),
        number if number < SECONDS_END * 1_000_000 => Some(number / 1_000),
        number => Some(number / 1_000_000),
    }
}

fn seconds_ms(number: f64) -> Option<i64> {
    if !(0.0..1e18).contains(&number) {
        return None;
    }
    if number < 1e11 {
        // As Python's time.time() gives it.
        return Some((number * 1_000.0).round() as i64);
    }
    whole_ms(number as i64)
}

fn rfc3339_ms(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    at_or_after_1970(moment)
}

fn beginning_ms(line: &str, utc_offset: UtcOffset) -> Option<i64> {
    let inside = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(inside, _)| inside);
    // Longer than any moment is none.
    let first = inside.or_else(|| line.split_ascii_whitespace().next());
    let text = first.filter(|text| text.len() <= 40)?;
    let minutes = format_description!("[year]-[month repr:short]-[day] [hour]:[minute]");
    match PrimitiveDateTime::parse(text, minutes) {
        Ok(moment) => at_or_after_1970(moment.assume_offset(utc_offset)),
        Err(_) => rfc3339_ms(text),
    }
}

fn at_or_after_1970(moment: OffsetDateTime) -> Option<i64> {
    let ms = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?;
    (ms >= 0).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_331_000_000;
    // 2026-11-22T07:09:00Z
    const THEN: i64 = 1_795_331_340_000;

    #[test]
    fn a_member_says_when_in_every_unit_and_as_text() {
        let mut times = LineTimes::new(TimeSource::Member("at".to_string()));
        for at in [
            "1795331340",
            "1795331340.0",
            "1795331340000",
            "1795331340000000",
            "1795331340000000000",
            "\"2026-11-22T07:09:00Z\"",
            "\"2026-11-22T09:09:00.000+02:00\"",
            "\"1795331340\"",
            "\" 1795331340.000 \"",
        ] {
            let line = format!("{{\"level\":\"info\",\"at\":{at}}}");
            assert_eq!(times.time_of(&line, NOW), (THEN, true), "{line}");
        }
        let mut deep = LineTimes::new(TimeSource::Member("log.at".to_string()));
        assert_eq!(
            deep.time_of("{\"log\":{\"at\":1795331340}}", NOW),
            (THEN, true)
        );
        assert_eq!(deep.time_of("{\"log.at\":1}", NOW), (1_000, true));
    }

    #[test]
    fn a_line_that_does_not_say_takes_the_time_of_the_one_before() {
        let mut times = LineTimes::new(TimeSource::Member("at".to_string()));
        assert_eq!(times.time_of("no json", NOW), (NOW, false));
        assert_eq!(times.time_of("{\"at\":1795331340}", NOW), (THEN, true));
        for odd in [
            "",
            "{}",
            "[1]",
            "{\"at\":null}",
            "{\"at\":-5}",
            "{\"at\":\"soon\"}",
            "{\"at\":1e300}",
            "{\"at\":{}}",
            "{\"at\":\"1960-01-01T00:00:00Z\"}",
        ] {
            assert_eq!(times.time_of(odd, NOW), (THEN, false), "{odd}");
        }
    }

    #[test]
    fn cruddurs_own_lines_say_when_in_local_time() {
        let utc = TimeSource::Beginning(UtcOffset::UTC);
        let toronto = TimeSource::Beginning(UtcOffset::from_hms(-5, 0, 0).unwrap());
        let line = |time: &str| format!("[{time}] 127.0.0.1 GET http /api/activities/home? 200 OK");
        for (source, time) in [
            (&utc, "2026-Nov-22 07:09"),
            (&toronto, "2026-Nov-22 02:09"),
            (&toronto, "2026-11-22T07:09:00Z"),
        ] {
            let mut times = LineTimes::new(source.clone());
            assert_eq!(times.time_of(&line(time), NOW), (THEN, true), "{time}");
        }
        let mut times = LineTimes::new(utc);
        assert_eq!(
            times.time_of("2026-11-22T07:09:00Z INFO ready", NOW),
            (THEN, true)
        );
        for odd in [
            "",
            "[",
            "[]",
            "]",
            "[2026-Nov-32 07:09] x",
            "Traceback (most recent call last):",
        ] {
            assert_eq!(times.time_of(odd, NOW), (THEN, false), "{odd}");
        }
    }
}
