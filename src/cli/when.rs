//! Whens as people write them: `10:30`, `yesterday 14:00`, `2026-11-24T10:00:00Z`, `15m ago`.

use std::time::Duration;

use jiff::civil::{Date, Time};

use super::duration::parse_duration;
use super::when_error::{beyond, explained, gap, unknown_zone};
use crate::model::time::SECOND;
use crate::model::written_time::{self, TimeOfDay, WrittenTime};
use crate::model::zone::{Instants, Zone};

/// A moment that depends on when, and where, it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long before now.
    Ago(Duration),
    /// At this time of this day, by the local clock.
    OfDay(Day, TimeOfDay),
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

/// What a moment means, read at one time in one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// Nanoseconds since the epoch.
    pub first: i64,
    /// When the clock shows it again, if it does.
    pub second: Option<i64>,
}

/// Both ends of a time range, and what to say about how they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// Nanoseconds since the epoch.
    pub since: Option<i64>,
    /// Likewise.
    pub until: Option<i64>,
    /// A sentence for each end that has more than one meaning.
    pub notes: Vec<String>,
}

/// Reads `now`, `15m`, `-15m` or `15m ago`, `10:30`, `today 9:00`, `yesterday`, `yesterday 14:00`, `2026-11-24`,
/// `2026-11-24 10:00`, `2026-11-24T10:00+02:00` or RFC 3339. A time without a day is the last such time.
///
/// # Errors
/// A sentence's fragment that names what was given, and why it is none if that can be said.
pub fn parse_when(text: &str) -> Result<When, String> {
    let odd = || explained(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    if let Some(written) = written_time::date_and_time(&words.join(" ")) {
        return of_written(written).ok_or_else(|| beyond(text));
    }
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

// `None` for what has an offset and lies too far away.
fn of_written(written: WrittenTime) -> Option<When> {
    if written.offset_seconds.is_none() {
        return Some(When::OfDay(Day::On(written.date), written.time));
    }
    match written.instants(Zone::UTC) {
        Instants::One(moment) => Some(When::At(moment)),
        _ => None,
    }
}

fn one_word(word: &str) -> Option<When> {
    if let Ok(length) = parse_duration(word.strip_prefix('-').unwrap_or(word)) {
        return Some(When::Ago(length));
    }
    if let Some(time) = time_of(word) {
        return Some(When::OfDay(Day::Last, time));
    }
    Some(When::OfDay(day_of(word)?, TimeOfDay::Start))
}

fn day_of(word: &str) -> Option<Day> {
    match word {
        "today" => Some(Day::Before(0)),
        "yesterday" => Some(Day::Before(1)),
        word => {
            let (date, rest) = written_time::date(word)?;
            rest.is_empty().then_some(Day::On(date))
        }
    }
}

fn time_of(word: &str) -> Option<TimeOfDay> {
    let (time, rest) = written_time::time_of_day(word)?;
    rest.is_empty().then_some(time)
}

impl When {
    /// Returns what is meant, read at `now` (nanoseconds since the epoch) by a clock in `zone`.
    ///
    /// # Errors
    /// A time that the clock never shows, with both readings; one that is too far away; any local time if the zone is unknown.
    pub fn meant(self, now: i64, zone: Zone) -> Result<Meant, String> {
        let (day, time) = match self {
            When::At(moment) => return Ok(Meant::one(moment)),
            When::Ago(length) => {
                let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
                return Ok(Meant::one(now.saturating_sub(length)));
            }
            When::OfDay(day, time) => (day, time),
        };
        let today = zone.local(now).date();
        let before = |days: i64| today.saturating_sub(jiff::Span::new().days(days));
        match day {
            Day::On(date) => meant_on(date, time, zone),
            Day::Before(days) => meant_on(before(i64::from(days)), time, zone),
            Day::Last => match come(today, time, zone, now)? {
                Some(meant) => Ok(meant),
                None => meant_on(before(1), time, zone),
            },
        }
    }

    /// Returns the one moment that is meant.
    ///
    /// # Errors
    /// As [`When::meant`]; also a time that the clock shows twice.
    pub fn only(self, now: i64, zone: Zone) -> Result<i64, String> {
        let meant = self.meant(now, zone)?;
        match meant.second {
            None => Ok(meant.first),
            Some(second) => Err(format!(
                "{}; write the one that is meant",
                twice(meant.first, second, zone)
            )),
        }
    }

    /// Tells whether it is a time without a day.
    pub fn is_bare(self) -> bool {
        matches!(self, When::OfDay(Day::Last, _))
    }

    /// Returns the first such time after `after`, of a time without a day; else as [`When::meant`].
    ///
    /// # Errors
    /// As [`When::meant`].
    pub fn first_after(self, after: i64, now: i64, zone: Zone) -> Result<Meant, String> {
        let When::OfDay(Day::Last, time) = self else {
            return self.meant(now, zone);
        };
        let day = zone.local(after).date();
        let next_day = || meant_on(day.tomorrow().unwrap_or(day), time, zone);
        let written = WrittenTime {
            date: day,
            time,
            offset_seconds: None,
        };
        if matches!(written.instants(zone), Instants::None { jump, .. } if jump <= after) {
            return next_day();
        }
        let meant = meant_on(day, time, zone)?;
        match meant.second {
            _ if meant.first > after => Ok(meant),
            Some(second) if second > after => Ok(Meant::one(second)),
            _ => next_day(),
        }
    }
}

impl Meant {
    fn one(moment: i64) -> Meant {
        Meant {
            first: moment,
            second: None,
        }
    }
}

/// Returns both ends of a time range.
///
/// Of a time that the clock shows twice, a range takes in both: it begins at the first, or ends at the second. An end without a
/// day is the last such time; after a beginning without a day, or one that is later, the first that follows it.
///
/// # Errors
/// As [`When::meant`].
pub fn ends(
    since: Option<When>,
    until: Option<When>,
    now: i64,
    zone: Zone,
) -> Result<Ends, String> {
    let mut notes = Vec::new();
    let mut note = |flag: &str, meant: &Meant, taken: &str| {
        if let Some(second) = meant.second {
            let twice = twice(meant.first, second, zone);
            notes.push(format!("--{flag}: {twice}; taken: the {taken}"));
        }
    };
    let mut start = None;
    if let Some(when) = since {
        let meant = when.meant(now, zone)?;
        note("since", &meant, "first");
        start = Some(meant.first);
    }
    let mut end = None;
    if let Some(when) = until {
        let meant = end_of(when, since.zip(start), now, zone)?;
        note("until", &meant, "second");
        let moment = meant.second.unwrap_or(meant.first);
        if let (true, Some((since, start))) = (when.is_bare(), since.zip(start)) {
            let is_later_day = zone.local(start).date() < zone.local(moment).date();
            if matches!(since, When::OfDay(Day::On(_) | Day::Before(_), _)) && is_later_day {
                let shown = zone.written(moment);
                notes.push(format!(
                    "--until: a time without a day is the last such time, {shown}; write the day of another"
                ));
            }
        }
        end = Some(moment);
    }
    Ok(Ends {
        since: start,
        until: end,
        notes,
    })
}

fn end_of(until: When, since: Option<(When, i64)>, now: i64, zone: Zone) -> Result<Meant, String> {
    let Some((since, start)) = since.filter(|_| until.is_bare()) else {
        return until.meant(now, zone);
    };
    let last = until.meant(now, zone);
    let is_before = matches!(&last, Ok(last) if last.first <= start);
    if !since.is_bare() && !is_before {
        return last;
    }
    let next = until.first_after(start, now, zone)?;
    // Never a range that ends tomorrow because its ends are in the wrong order.
    let is_same_day = zone.local(next.first).date() == zone.local(start).date();
    if next.first <= now || is_same_day {
        return Ok(next);
    }
    last
}

/// Returns a sentence's fragment for a time that is shown twice.
fn twice(first: i64, second: i64, zone: Zone) -> String {
    format!(
        "{} exists twice in {}: {} and {}",
        zone.local(first).strftime("%Y-%m-%d %H:%M"),
        zone.name(),
        zone.written(first),
        zone.written(second)
    )
}

// What is meant today, if that has come.
fn come(today: Date, time: TimeOfDay, zone: Zone, now: i64) -> Result<Option<Meant>, String> {
    let written = WrittenTime {
        date: today,
        time,
        offset_seconds: None,
    };
    match written.instants(zone) {
        Instants::None { jump, .. } if jump > now => Ok(None),
        Instants::Two { first, second } if first <= now && now < second => {
            Ok(Some(Meant::one(first)))
        }
        _ => {
            let meant = meant_on(today, time, zone)?;
            Ok(Some(meant).filter(|meant| meant.first <= now))
        }
    }
}

fn meant_on(date: Date, time: TimeOfDay, zone: Zone) -> Result<Meant, String> {
    let written = WrittenTime {
        date,
        time,
        offset_seconds: None,
    };
    let shown = || {
        let time = match time {
            TimeOfDay::Start => String::new(),
            TimeOfDay::End => " 24:00".to_string(),
            TimeOfDay::At(time) => format!(" {}", time.strftime(form(time))),
            TimeOfDay::Leap(time) => format!(" {}:60", time.strftime("%H:%M")),
        };
        format!("{date}{time}")
    };
    if zone.is_unknown() {
        return Err(unknown_zone(&shown()));
    }
    match written.instants(zone) {
        Instants::One(moment) => {
            let is_leap = matches!(time, TimeOfDay::Leap(_));
            if is_leap && moment.div_euclid(SECOND).rem_euclid(86_400) != 0 {
                return Err(format!(
                    "`{}` is not a moment: a minute ends after second 59, but for a leap second at 23:59:60 UTC",
                    shown()
                ));
            }
            Ok(Meant::one(moment))
        }
        Instants::Two { first, second } => Ok(Meant {
            first,
            second: Some(second),
        }),
        Instants::None {
            earlier,
            later,
            jump,
        } => Err(gap(&shown(), (earlier, later), jump, zone)),
        Instants::Beyond => Err(beyond(&shown())),
    }
}

fn form(time: Time) -> &'static str {
    match (time.second(), time.subsec_nanosecond()) {
        (0, 0) => "%H:%M",
        (_, 0) => "%H:%M:%S",
        _ => "%H:%M:%S%.f",
    }
}

#[cfg(test)]
#[path = "when_tests.rs"]
mod tests;
