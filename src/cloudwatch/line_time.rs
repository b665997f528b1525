//! When a line was: by the clock, by a member of its JSON, or by its own beginning. No I/O.

use serde_json::{Map, Value as Json};

use super::line_moment::{at_the_beginning, by_format, whole};
use crate::model::time::MILLISECOND;
use crate::model::written_time::WrittenTime;
use crate::model::zone::{Instants, Zone};

pub use super::line_moment::check_format;

/// What says when a line was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeSource {
    /// The moment at which it was read.
    Reading,
    /// A member of the JSON object that the line is: a name, or names with dots between for one that
    /// lies deeper.
    Member(String),
    /// What it begins with: `[2026-Nov-22 07:09]`, as Cruddur's back end writes it, or another of the usual forms.
    Beginning,
}

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeForm {
    /// Whose clock shows those that have no offset.
    pub zone: Zone,
    /// A format as strptime takes it; without one, all usual forms are read.
    pub format: Option<String>,
}

/// How many times had more than one reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OddTimes {
    /// The clock shows them twice.
    pub twice: u64,
    /// The clock never shows them.
    pub never: u64,
}

/// Says when lines were, in the order in which they come.
///
/// A line that does not say takes the time of the line before, for it mostly belongs to it, as the
/// lines of a traceback do.
#[derive(Debug)]
pub struct LineTimes {
    source: TimeSource,
    form: TimeForm,
    before_ms: Option<i64>,
    // Of the last line that said so itself.
    own_ms: Option<i64>,
    odd: OddTimes,
}

impl LineTimes {
    /// Starts with no line before.
    pub fn new(source: TimeSource, form: TimeForm) -> LineTimes {
        LineTimes {
            source,
            form,
            before_ms: None,
            own_ms: None,
            odd: OddTimes::default(),
        }
    }

    /// Returns a line's time in milliseconds since the epoch, and whether the line said so itself.
    ///
    /// `now_ms` is the moment at which it was read.
    pub fn time_of(&mut self, line: &str, now_ms: i64) -> (i64, bool) {
        let own_ms = match &self.source {
            TimeSource::Reading => return (now_ms, true),
            TimeSource::Member(name) => self.member_ms(line, name, now_ms),
            TimeSource::Beginning => self.beginning(line, now_ms),
        };
        let own_ms = match own_ms {
            Some(Own::At(ms)) => Some(ms),
            Some(Own::Written(written)) => self.resolved(written),
            None => None,
        };
        let time_ms = own_ms.or(self.before_ms).unwrap_or(now_ms);
        self.before_ms = Some(time_ms);
        self.own_ms = own_ms.or(self.own_ms);
        (time_ms, own_ms.is_some())
    }

    /// Returns the time of the line before, for a further piece of it.
    pub fn same_again(&self, now_ms: i64) -> i64 {
        self.before_ms.unwrap_or(now_ms)
    }

    /// Returns how many times so far had more than one reading.
    pub fn odd(&self) -> OddTimes {
        self.odd
    }

    fn beginning(&self, line: &str, now_ms: i64) -> Option<Own> {
        let zone = self.form.zone;
        let written = match &self.form.format {
            Some(format) => by_format(format, line, now_ms, zone),
            None => at_the_beginning(line, now_ms, zone),
        };
        written.map(Own::Written)
    }

    fn member_ms(&self, line: &str, name: &str, now_ms: i64) -> Option<Own> {
        let object: Map<String, Json> = serde_json::from_str(line).ok()?;
        if let Some(value) = object.get(name) {
            return self.json_ms(value, now_ms);
        }
        let mut names = name.split('.');
        let first = object.get(names.next()?)?;
        self.json_ms(
            names.try_fold(first, |value, name| value.get(name))?,
            now_ms,
        )
    }

    fn json_ms(&self, value: &Json, now_ms: i64) -> Option<Own> {
        let ms = match value {
            Json::Number(number) => match number.as_i64() {
                Some(whole) => whole_ms(whole),
                None => number.as_f64().and_then(seconds_ms),
            },
            Json::String(text) => {
                let text = text.trim();
                let zone = self.form.zone;
                let written = match &self.form.format {
                    Some(format) => by_format(format, text, now_ms, zone),
                    None => whole(text, now_ms, zone),
                };
                if let Some(written) = written {
                    return Some(Own::Written(written));
                }
                let whole = text.parse().ok().and_then(whole_ms);
                whole.or_else(|| text.parse().ok().and_then(seconds_ms))
            }
            _ => None,
        };
        ms.map(Own::At)
    }

    // Lines follow one another, so that of two readings the one counts that follows the line before: the first, unless
    // that would be before it by more than lines overtake one another. A clock that shows a time which does not exist
    // was not put forward yet.
    fn resolved(&mut self, written: WrittenTime) -> Option<i64> {
        const OVERTAKES_MS: i64 = 60_000;
        let ms = |moment: i64| Some(moment.div_euclid(MILLISECOND)).filter(|ms| *ms >= 0);
        match written.instants(self.form.zone) {
            Instants::One(moment) => ms(moment),
            Instants::Two { first, second } => {
                self.odd.twice += 1;
                let (first, second) = (ms(first)?, ms(second)?);
                let is_over = |own_ms: i64| first < own_ms.saturating_sub(OVERTAKES_MS);
                Some(match self.own_ms.is_some_and(is_over) {
                    true => second,
                    false => first,
                })
            }
            Instants::None { later, .. } => {
                self.odd.never += 1;
                ms(later)
            }
            Instants::Beyond => None,
        }
    }
}

// What a line says.
enum Own {
    // Milliseconds since the epoch.
    At(i64),
    Written(WrittenTime),
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_331_000_000;
    // 2026-11-22T07:09:00Z
    const THEN: i64 = 1_795_331_340_000;

    fn times(source: TimeSource, zone: Zone) -> LineTimes {
        LineTimes::new(source, TimeForm { zone, format: None })
    }

    fn member(name: &str) -> LineTimes {
        times(TimeSource::Member(name.to_string()), Zone::fixed(7200))
    }

    #[test]
    fn a_member_says_when_in_every_unit_and_as_text() {
        let mut times = member("at");
        for at in [
            "1795331340",
            "1795331340.0",
            "1795331340000",
            "1795331340000000",
            "1795331340000000000",
            "\"2026-11-22T07:09:00Z\"",
            "\"2026-11-22T09:09:00.000+02:00\"",
            // By the clock of the zone.
            "\"2026-11-22T09:09:00\"",
            "\"2026-11-22 09:09:00,000\"",
            "\"1795331340\"",
            "\" 1795331340.000 \"",
        ] {
            let line = format!("{{\"level\":\"info\",\"at\":{at}}}");
            assert_eq!(times.time_of(&line, NOW), (THEN, true), "{line}");
        }
        let mut deep = member("log.at");
        assert_eq!(
            deep.time_of("{\"log\":{\"at\":1795331340}}", NOW),
            (THEN, true)
        );
        assert_eq!(deep.time_of("{\"log.at\":1}", NOW), (1_000, true));
    }

    #[test]
    fn a_line_that_does_not_say_takes_the_time_of_the_one_before() {
        let mut times = member("at");
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
    fn cruddurs_own_lines_say_when_by_the_local_clock() {
        let toronto = Zone::new(jiff::tz::TimeZone::get("America/Toronto").unwrap());
        let line = |time: &str| format!("[{time}] 127.0.0.1 GET http /api/activities/home? 200 OK");
        for (zone, time) in [
            (Zone::UTC, "2026-Nov-22 07:09"),
            (toronto, "2026-Nov-22 02:09"),
            (toronto, "2026-11-22T07:09:00Z"),
        ] {
            let mut times = times(TimeSource::Beginning, zone);
            assert_eq!(times.time_of(&line(time), NOW), (THEN, true), "{time}");
            assert_eq!(
                times.time_of("Traceback (most recent call last):", NOW),
                (THEN, false)
            );
        }
    }

    #[test]
    fn of_two_readings_the_one_counts_that_follows_the_line_before() {
        let berlin = Zone::new(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
        let mut times = times(TimeSource::Beginning, berlin);
        for (time, moment) in [
            ("01:59:59", "2026-10-25T01:59:59+02:00"),
            ("02:30:05", "2026-10-25T02:30:05+02:00"),
            // One overtook the other.
            ("02:30:04", "2026-10-25T02:30:04+02:00"),
            ("02:59:59", "2026-10-25T02:59:59+02:00"),
            ("02:00:00", "2026-10-25T02:00+01:00"),
            ("02:30:00", "2026-10-25T02:30+01:00"),
            ("03:00:00", "2026-10-25T03:00+01:00"),
        ] {
            let (ms, is_own) = times.time_of(&format!("2026-10-25 {time} x"), NOW);
            assert!(is_own);
            assert_eq!(berlin.written(ms * MILLISECOND), moment);
        }
        let (ms, _) = times.time_of("2026-03-29 02:30:00 x", NOW);
        assert_eq!(berlin.written(ms * MILLISECOND), "2026-03-29T03:30+02:00");
        assert_eq!(times.odd(), OddTimes { twice: 5, never: 1 });
    }
}
