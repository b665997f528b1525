//! Why a text is no moment, or why a moment does not exist, and how to write the one that is meant.

use crate::model::time::SECOND;
use crate::model::written_time::{TimeOfDay, date, number, of_numbers, time_of_day};
use crate::model::zone::Zone;

/// Returns what is wrong with a text that is no moment.
pub fn explained(text: &str) -> String {
    const FORMS: &str =
        "write 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or 2026-11-24T10:00:00Z";
    let reason = text
        .split([' ', 'T', 't'])
        .find_map(|word| why_no_date(word).or_else(|| why_no_time(word)));
    match reason {
        Some(reason) => format!("`{text}` is not a moment: {reason}; {FORMS}"),
        None => format!("`{text}` is not a moment; {FORMS}"),
    }
}

// Of what looks like a date and is none.
fn why_no_date(word: &str) -> Option<String> {
    let (year, rest) = number(word, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, _) = number(rest.strip_prefix('-')?, 1, 2)?;
    if date(word).is_some() {
        return None;
    }
    if !(1..=12).contains(&month) {
        return Some(format!("there is no month {month}"));
    }
    let first = of_numbers(year, month, 1)?;
    let n_days = u32::try_from(first.days_in_month()).unwrap_or(31);
    if !(1..=n_days).contains(&day) {
        let name = first.strftime("%B %Y");
        return Some(format!("{name} has {n_days} days"));
    }
    Some(format!("the date is {year:04}-{month:02}-{day:02}"))
}

// Of what looks like a time of day and is none.
fn why_no_time(word: &str) -> Option<String> {
    let (hour, rest) = number(word, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    if let Some((time, rest)) = time_of_day(word) {
        if matches!(time, TimeOfDay::Leap(_)) {
            return Some("a minute has seconds 0 to 59, but for 23:59:60 UTC".to_string());
        }
        let rest = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let is_half_day = rest.eq_ignore_ascii_case("am") || rest.eq_ignore_ascii_case("pm");
        return is_half_day.then(|| "hours are counted from 0 to 23".to_string());
    }
    if hour > 24 || hour == 24 && (minute, rest) != (0, "") {
        return Some("a day ends at 24:00".to_string());
    }
    (minute > 59)
        .then(|| "an hour has minutes 0 to 59".to_string())
        .or_else(|| {
            let (second, _) = number(rest.strip_prefix(':')?, 2, 2)?;
            (second > 59).then(|| "a minute has seconds 0 to 59".to_string())
        })
}

/// Returns what is wrong with a local time that the clock never shows; `readings` are those by the offset after the jump and
/// by that before it.
pub fn gap(shown: &str, readings: (i64, i64), jump: i64, zone: Zone) -> String {
    let clock = |moment: i64| zone.local(moment).strftime("%H:%M").to_string();
    let from = zone
        .local(jump.saturating_sub(1))
        .time()
        .saturating_add(jiff::SignedDuration::from_nanos(1));
    // The nanosecond before midnight saturates.
    let from = match from.subsec_nanosecond() {
        0 => from.strftime("%H:%M").to_string(),
        _ => "24:00".to_string(),
    };
    format!(
        "`{shown}` does not exist in {}: the clock goes from {from} to {} there; write {} or {}",
        zone.name(),
        clock(jump),
        zone.written(readings.0),
        zone.written(readings.1)
    )
}

/// Returns what is wrong with a moment that is too far away.
pub fn beyond(shown: &str) -> String {
    format!("`{shown}` is too far away; moments are between 1677-09-22 and 2262-04-11")
}

/// Returns what is wrong with a local time where nothing says which place's.
pub fn unknown_zone(shown: &str) -> String {
    format!(
        "`{shown}` is a local time, and TZ names no time zone; write an offset, such as 2026-11-24T10:00:00Z, or set TZ"
    )
}

/// Returns a sentence's fragment for a range that ends before it begins, with both ends as they were read.
pub fn backwards(ends: Option<(i64, i64)>, now: i64, zone: Zone) -> String {
    match ends {
        Some((start, end)) => format!(
            "--since is not before --until: the time range ends ({}) before it begins ({})",
            zone.written(end),
            zone.written(start)
        ),
        None => format!(
            "the time range begins after now ({})",
            zone.written(now.div_euclid(SECOND).saturating_mul(SECOND))
        ),
    }
}
