//! A time as log lines have it, read from a text: ISO 8601, syslog, Common Log Format, ctime and their kin. No I/O.
//!
//! A text is read wholly and strictly, or not at all: a time zone that is named behind a time counts, and a year that is missing is
//! the last in which the date has come.

use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;

use crate::model::time::{MILLISECOND, SECOND};
use crate::model::written_time::{TimeOfDay, WrittenTime, number, of_numbers, offset, time_of_day};
use crate::model::zone::{Instants, Zone};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
// Names that mean one offset, seconds east of Greenwich. Those of the zone itself go before them, for some have two meanings.
const NAMES: [(&str, i32); 23] = [
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("WET", 0),
    ("WEST", 3_600),
    ("CET", 3_600),
    ("CEST", 7_200),
    ("EET", 7_200),
    ("EEST", 10_800),
    ("MSK", 10_800),
    ("JST", 32_400),
    ("AEST", 36_000),
    ("AEDT", 39_600),
    ("NZST", 43_200),
    ("NZDT", 46_800),
    ("EDT", -14_400),
    ("EST", -18_000),
    ("CDT", -18_000),
    ("CST", -21_600),
    ("MDT", -21_600),
    ("MST", -25_200),
    ("PDT", -25_200),
    ("PST", -28_800),
];
// No host, name and user before a bracket are longer.
const LONGEST_LEAD: usize = 200;

/// Returns the time with which a line begins, also behind a bracket or syslog's priority, or that in the first bracket of an
/// access log's line.
pub fn at_the_beginning(line: &str, now_ms: i64, zone: Zone) -> Option<WrittenTime> {
    let line = without_priority(line);
    if let Some(inside) = line.strip_prefix('[') {
        let (written, rest) = stamp(inside, now_ms, zone)?;
        return is_end(rest, &[']', ',']).then_some(written);
    }
    if let Some((written, rest)) = stamp(line, now_ms, zone) {
        return is_end(rest, &[':', ',', ';', '|', ']', ')']).then_some(written);
    }
    // `127.0.0.1 - - [22/Nov/2026:07:09:00 +0100] "GET …`
    let (before, inside) = line.split_once('[')?;
    let (written, rest) = day_first(inside).filter(|_| before.len() <= LONGEST_LEAD)?;
    rest.starts_with(']').then_some(written)
}

/// Returns the time that a text is.
pub fn whole(text: &str, now_ms: i64, zone: Zone) -> Option<WrittenTime> {
    let (written, rest) = stamp(text, now_ms, zone)?;
    rest.is_empty().then_some(written)
}

/// Returns the time with which a line begins by a format as strptime takes it; the line may begin with a bracket that the format
/// lacks.
pub fn by_format(format: &str, line: &str, now_ms: i64, zone: Zone) -> Option<WrittenTime> {
    let line = match format.starts_with('[') {
        true => line,
        false => line.strip_prefix('[').unwrap_or(line),
    };
    let (read, _) = BrokenDownTime::parse_prefix(format, line).ok()?;
    if let Some(moment) = read.timestamp() {
        return of_instant(moment);
    }
    let time = match read.to_time() {
        Ok(time) => TimeOfDay::At(time),
        Err(_) => return None,
    };
    let offset_seconds = read.offset().map(|offset| offset.seconds());
    let date = match (read.to_date(), read.month(), read.day()) {
        (Ok(date), _, _) => date,
        (Err(_), Some(month), Some(day)) if read.year().is_none() => {
            let (month, day) = (month.unsigned_abs(), day.unsigned_abs());
            year_of(u32::from(month), u32::from(day), time, now_ms, zone)?
        }
        _ => return None,
    };
    Some(WrittenTime {
        date,
        time,
        offset_seconds,
    })
}

/// Checks a format for `by_format`: what it writes, it must read again.
///
/// # Errors
/// A sentence's fragment that says what is wrong with it.
pub fn check_format(format: &str) -> Result<(), String> {
    // Its parts differ from one another and from what stands for a part that is missing.
    const THEN: i64 = 1_795_331_349_123;
    let then = jiff::Timestamp::from_millisecond(THEN).map_err(|error| error.to_string())?;
    let then = then.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let text = BrokenDownTime::from(&then)
        .to_string(format)
        .map_err(|error| format!("`{format}` is not a format of times: {error}"))?;
    let read = by_format(format, &text, THEN, Zone::UTC);
    let is_same = |it: WrittenTime| match it.instants(Zone::UTC) {
        Instants::One(moment) => (moment / MILLISECOND).abs_diff(THEN) < 60_000,
        _ => false,
    };
    match read.is_some_and(is_same) {
        true => Ok(()),
        false => Err(format!(
            "`{format}` says no day, hour and minute; write it as strftime does, such as `%d.%m.%Y %H:%M:%S`"
        )),
    }
}

fn of_instant(moment: jiff::Timestamp) -> Option<WrittenTime> {
    let local = jiff::tz::Offset::UTC.to_datetime(moment);
    Some(WrittenTime {
        date: local.date(),
        time: TimeOfDay::At(local.time()),
        offset_seconds: Some(0),
    })
}

// `<34>` before a line of syslog, and its version.
fn without_priority(line: &str) -> &str {
    let behind = || {
        let (_, rest) = number(line.strip_prefix('<')?, 1, 3)?;
        let rest = rest.strip_prefix('>')?;
        Some(rest.strip_prefix("1 ").unwrap_or(rest))
    };
    behind().unwrap_or(line)
}

fn is_end(rest: &str, ends: &[char]) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t']) || rest.starts_with(ends)
}

fn stamp(text: &str, now_ms: i64, zone: Zone) -> Option<(WrittenTime, &str)> {
    match text.as_bytes().first()? {
        b'0'..=b'9' => year_first(text, zone).or_else(|| day_first(text)),
        _ => month_first(text, now_ms, zone),
    }
}

// `2026-11-22T07:09:00Z`, `2026-11-22 07:09:00,123`, `2026/11/22 07:09:00`, `2026-Nov-22 07:09`, `2026-11-22 07:09:00 UTC`.
fn year_first(text: &str, zone: Zone) -> Option<(WrittenTime, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let sign = rest.chars().next().filter(|sign| "-/".contains(*sign))?;
    let rest = rest.strip_prefix(sign)?;
    let (month, rest) = number(rest, 2, 2).or_else(|| month_of(rest))?;
    let (day, rest) = number(rest.strip_prefix(sign)?, 2, 2)?;
    let date = of_numbers(year, month, day)?;
    timed(date, rest.strip_prefix(['T', 't', ' '])?, zone)
}

// `22/Nov/2026:07:09:00 +0100`, `22/Nov/2026 07:09:00`, `22 Nov 2026 07:09:00 GMT`, `22-Nov-2026 07:09:00`.
fn day_first(text: &str) -> Option<(WrittenTime, &str)> {
    let (day, rest) = number(text, 1, 2)?;
    let sign = rest.chars().next().filter(|sign| "/- ".contains(*sign))?;
    let (month, rest) = month_of(rest.strip_prefix(sign)?)?;
    let (year, rest) = number(rest.strip_prefix(sign)?, 4, 4)?;
    let date = of_numbers(year, month, day)?;
    timed(date, rest.strip_prefix([':', ' '])?, Zone::UTC)
}

// `Nov 22 07:09:00`, `Sun Nov 22 07:09:00 2026`, `Sun, 22 Nov 2026 07:09:00 +0000`.
fn month_first(text: &str, now_ms: i64, zone: Zone) -> Option<(WrittenTime, &str)> {
    let day = DAYS.iter().find_map(|day| text.strip_prefix(day));
    if let Some(rest) = day.and_then(|rest| rest.strip_prefix(", ")) {
        return day_first(rest);
    }
    let text = day.map_or(text, |rest| rest.trim_start_matches(' '));
    let (month, rest) = month_of(text)?;
    let rest = rest.strip_prefix(' ')?;
    let (day, rest) = number(rest.trim_start_matches(' '), 1, 2)?;
    let (time, rest) = time_of_day(rest.strip_prefix(' ')?)?;
    // `Sun Nov 22 07:09:00 CET 2026`, as `date` writes it.
    let named = rest.strip_prefix(' ').and_then(name_of);
    let after_name = named.map_or(rest, |(_, after)| after);
    let year = after_name.strip_prefix(' ').and_then(|it| number(it, 4, 4));
    let (date, rest) = match year {
        Some((year, rest)) => (of_numbers(year, month, day)?, rest),
        None => (year_of(month, day, time, now_ms, zone)?, rest),
    };
    let mut written = WrittenTime {
        date,
        time,
        offset_seconds: None,
    };
    if let (Some((name, _)), Some(_)) = (named, year) {
        written.offset_seconds = Some(offset_of(name, written, zone)?);
    }
    Some((written, rest))
}

// The time that follows a date, and an offset or the name of one.
fn timed(date: Date, text: &str, zone: Zone) -> Option<(WrittenTime, &str)> {
    let (time, rest) = time_of_day(text)?;
    let mut written = WrittenTime {
        date,
        time,
        offset_seconds: None,
    };
    let after_blank = rest.strip_prefix(' ').unwrap_or(rest);
    if let Some((offset_seconds, after)) = offset(after_blank) {
        // `07:09:00 -12345` is a time and a number.
        if !after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            written.offset_seconds = Some(offset_seconds);
            return Some((written, after));
        }
    }
    if let Some((name, after)) = name_of(after_blank)
        && let Some(offset_seconds) = offset_of(name, written, zone)
    {
        written.offset_seconds = Some(offset_seconds);
        return Some((written, after));
    }
    Some((written, rest))
}

fn month_of(text: &str) -> Option<(u32, &str)> {
    let name = text.get(..3)?;
    let month = MONTHS.iter().position(|it| it.eq_ignore_ascii_case(name))?;
    Some((u32::try_from(month).ok()? + 1, text.get(3..)?))
}

// Some capitals that stand alone.
fn name_of(text: &str) -> Option<(&str, &str)> {
    let n_capitals = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (name, rest) = text.split_at_checked(n_capitals)?;
    let is_alone = !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric());
    (name.len() >= 2 && is_alone).then_some((name, rest))
}

fn offset_of(name: &str, written: WrittenTime, zone: Zone) -> Option<i32> {
    let readings = match written.instants(zone) {
        Instants::One(moment) => [moment, moment],
        Instants::Two { first, second } => [first, second],
        Instants::None { earlier, later, .. } => [earlier, later],
        Instants::Beyond => return None,
    };
    let own = readings
        .into_iter()
        .find(|it| zone.abbreviation(*it) == name);
    let known = || {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|it| it.1)
    };
    own.map(|moment| zone.offset_seconds(moment)).or_else(known)
}

// The last year in which a date has come; the clock of who wrote it may be a day ahead.
fn year_of(month: u32, day: u32, time: TimeOfDay, now_ms: i64, zone: Zone) -> Option<Date> {
    const DAY: i64 = 86_400 * SECOND;
    let latest = now_ms.saturating_mul(MILLISECOND).saturating_add(DAY);
    let this_year = u32::try_from(zone.local(latest).year()).ok()?;
    // 29 February comes every fourth year, or every eighth.
    (0..9).find_map(|before| {
        let date = of_numbers(this_year.checked_sub(before)?, month, day)?;
        let written = WrittenTime {
            date,
            time,
            offset_seconds: None,
        };
        let first = match written.instants(zone) {
            Instants::One(moment) | Instants::Two { first: moment, .. } => moment,
            Instants::None { earlier, .. } => earlier,
            Instants::Beyond => return None,
        };
        (first <= latest).then_some(date)
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::model::time::rfc3339;

    // 2026-11-22T07:09:00Z
    const NOW: i64 = 1_795_331_340_000;

    fn berlin() -> Zone {
        Zone::new(TimeZone::get("Europe/Berlin").unwrap())
    }

    fn shown(read: Option<WrittenTime>) -> String {
        match read.map(|it| it.instants(berlin())) {
            Some(Instants::One(moment)) => rfc3339(moment),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn lines_begin_with_their_time_in_many_forms() {
        for (line, moment) in [
            ("[2026-Nov-22 07:09] 127.0.0.1 GET", "2026-11-22T06:09:00Z"),
            ("[2026-Jul-22 07:09] 127.0.0.1 GET", "2026-07-22T05:09:00Z"),
            ("2026-07-22T07:09:00 x", "2026-07-22T05:09:00Z"),
            ("2026-07-22T07:09:00Z x", "2026-07-22T07:09:00Z"),
            ("2026-07-22T07:09:00+02:00 x", "2026-07-22T05:09:00Z"),
            (
                "2026-07-22 07:09:00,123 - app - INFO - x",
                "2026-07-22T05:09:00.123Z",
            ),
            ("2026-07-22 07:09:00.5 +0000 x", "2026-07-22T07:09:00.5Z"),
            (
                "2026-07-22 07:09:00 UTC [17] LOG: x",
                "2026-07-22T07:09:00Z",
            ),
            ("2026-07-22 07:09:00 ERROR x", "2026-07-22T05:09:00Z"),
            ("2026-07-22 07:09:00: x", "2026-07-22T05:09:00Z"),
            ("2026/07/22 07:09:00 x", "2026-07-22T05:09:00Z"),
            (
                "[2026-07-22 07:09:00 +0530] [17] [INFO] x",
                "2026-07-22T01:39:00Z",
            ),
            (
                "[2026-07-22 07:09:00,123] INFO x",
                "2026-07-22T05:09:00.123Z",
            ),
            ("Jul 22 07:09:00 host app[1]: x", "2026-07-22T05:09:00Z"),
            ("Nov  2 07:09:00 host app[1]: x", "2026-11-02T06:09:00Z"),
            ("<34>Nov 22 07:09:00 host x", "2026-11-22T06:09:00Z"),
            (
                "<165>1 2026-07-22T07:09:00.003Z host x",
                "2026-07-22T07:09:00.003Z",
            ),
            // Not yet come this year, but for a clock that is a little ahead.
            ("Dec 31 23:59:59 host x", "2025-12-31T22:59:59Z"),
            ("Nov 22 20:00:00 host x", "2026-11-22T19:00:00Z"),
            ("Feb 29 12:00:00 host x", "2024-02-29T11:00:00Z"),
            ("Wed Jul 22 07:09:00 2026 x", "2026-07-22T05:09:00Z"),
            (
                "[Wed Jul 22 07:09:00.123456 2026] [core:error] x",
                "2026-07-22T05:09:00.123456Z",
            ),
            ("Wed Jul 22 07:09:00 CEST 2026", "2026-07-22T05:09:00Z"),
            ("Wed, 22 Jul 2026 07:09:00 GMT x", "2026-07-22T07:09:00Z"),
            (
                "127.0.0.1 - - [22/Jul/2026:07:09:00 +0200] \"GET / HTTP/1.1\" 200 5",
                "2026-07-22T05:09:00Z",
            ),
            (
                "127.0.0.1 - - [22/Jul/2026 07:09:00] \"GET / HTTP/1.1\" 200 -",
                "2026-07-22T05:09:00Z",
            ),
            // Its name says which of the two.
            ("2026-10-25 02:30:00 CET x", "2026-10-25T01:30:00Z"),
            ("2026-10-25 02:30:00 CEST x", "2026-10-25T00:30:00Z"),
            ("2026-07-22 07:09:00 PST x", "2026-07-22T15:09:00Z"),
            ("2026-07-22 24:00:00 x", "2026-07-22T22:00:00Z"),
        ] {
            assert_eq!(
                shown(at_the_beginning(line, NOW, berlin())),
                moment,
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for odd in [
            "",
            "[",
            "[]",
            "]",
            "x",
            "[2026-Nov-32 07:09] x",
            "2026-07-22",
            "2026-07-22 x",
            "2026-07-22T07:09:00x",
            "2026-13-22 07:09:00 x",
            "2026-07-22 25:00:00 x",
            "2026/07-22 07:09:00 x",
            "Jul 32 07:09:00 x",
            "Julie 22 07:09:00 x",
            "Traceback (most recent call last):",
            "é",
            "<34>",
            "a [b] [22/Jul/2026:07:09:00 +0200] x",
        ] {
            assert_eq!(at_the_beginning(odd, NOW, berlin()), None, "{odd}");
        }
    }

    #[test]
    fn a_format_reads_what_it_writes() {
        for (format, line, moment) in [
            (
                "%d.%m.%Y %H:%M:%S",
                "22.07.2026 07:09:00 x",
                "2026-07-22T05:09:00Z",
            ),
            (
                "%d/%m/%Y %I:%M %p",
                "[22/07/2026 07:09 PM] x",
                "2026-07-22T17:09:00Z",
            ),
            (
                "%Y%m%d-%H%M%S%z",
                "20260722-070900+0000: x",
                "2026-07-22T07:09:00Z",
            ),
            (
                "%b %e %H:%M:%S",
                "Jul 22 07:09:00 x",
                "2026-07-22T05:09:00Z",
            ),
            ("%s", "1795331340 x", "2026-11-22T07:09:00Z"),
        ] {
            assert_eq!(check_format(format), Ok(()), "{format}");
            assert_eq!(
                shown(by_format(format, line, NOW, berlin())),
                moment,
                "{format}"
            );
        }
        for odd in ["", "%H:%M", "%Y-%m-%d", "time", "%Y-%m-%d %H:%M %!", "%"] {
            assert!(check_format(odd).is_err(), "{odd}");
        }
    }
}
