//! Moments as text, by a format as POSIX's strftime takes it: UTC, and English names.
//!
//! Source: POSIX, strftime, in the POSIX locale. The service's reference says that it is compatible with
//! that, knows no other time zone, and leaves out the modified parts (`%E…`, `%O…`).

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Returns the first part of `format` that is none; `None` if all of it can be filled in.
pub fn unknown_part(format: &str) -> Option<String> {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        match chars.next() {
            Some(part) if PARTS.contains(part) => {}
            part => return Some(format!("%{}", part.map_or(String::new(), String::from))),
        }
    }
    None
}

const PARTS: &str = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";

/// Writes a moment, in seconds since the epoch, as `format` says.
///
/// Returns `None` for a part that is none, and for moments outside the years -9999 to 9999.
pub fn formatted(format: &str, seconds: f64) -> Option<String> {
    if !seconds.is_finite() || seconds.abs() > 1e12 {
        return None;
    }
    let moment = Timestamp::from_second(seconds.floor() as i64).ok()?;
    let moment = Offset::UTC.to_datetime(moment);
    let mut text = String::with_capacity(format.len() * 2);
    write(format, moment, &mut text)?;
    Some(text)
}

fn write(format: &str, moment: DateTime, text: &mut String) -> Option<()> {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        part(chars.next()?, moment, text)?;
    }
    Some(())
}

fn part(part: char, moment: DateTime, text: &mut String) -> Option<()> {
    let year = moment.year();
    let iso = moment.date().iso_week_date();
    let (iso_year, iso_week) = (iso.year(), iso.week());
    let weekday = moment.strftime("%A").to_string();
    let month = moment.strftime("%B").to_string();
    // Days since the last day of that name count into the week before the year's first such day.
    let since_sunday = i16::from(moment.weekday().to_sunday_zero_offset());
    let since_monday = i16::from(moment.weekday().to_monday_zero_offset());
    let week = |since: i16| (moment.day_of_year() + 6 - since) / 7;
    let hour = moment.hour();
    let hour_of_twelve = match hour % 12 {
        0 => 12,
        hour => hour,
    };
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let written = match part {
        'a' => write!(text, "{}", short(&weekday)),
        'A' => write!(text, "{weekday}"),
        'b' | 'h' => write!(text, "{}", short(&month)),
        'B' => write!(text, "{month}"),
        'c' => return write("%a %b %e %H:%M:%S %Y", moment, text),
        'C' => write!(text, "{:02}", year.div_euclid(100)),
        'd' => write!(text, "{:02}", moment.day()),
        'D' | 'x' => return write("%m/%d/%y", moment, text),
        'e' => write!(text, "{:2}", moment.day()),
        'F' => return write("%Y-%m-%d", moment, text),
        'g' => write!(text, "{:02}", iso_year.rem_euclid(100)),
        'G' => write!(text, "{iso_year}"),
        'H' => write!(text, "{hour:02}"),
        'I' => write!(text, "{hour_of_twelve:02}"),
        'j' => write!(text, "{:03}", moment.day_of_year()),
        'm' => write!(text, "{:02}", moment.month()),
        'M' => write!(text, "{:02}", moment.minute()),
        'n' => writeln!(text),
        'p' => write!(text, "{}", if hour < 12 { "AM" } else { "PM" }),
        'r' => return write("%I:%M:%S %p", moment, text),
        'R' => return write("%H:%M", moment, text),
        'S' => write!(text, "{:02}", moment.second()),
        't' => write!(text, "\t"),
        'T' | 'X' => return write("%H:%M:%S", moment, text),
        'u' => write!(text, "{}", since_monday + 1),
        'U' => write!(text, "{:02}", week(since_sunday)),
        'V' => write!(text, "{iso_week:02}"),
        'w' => write!(text, "{}", since_sunday),
        'W' => write!(text, "{:02}", week(since_monday)),
        'y' => write!(text, "{:02}", year.rem_euclid(100)),
        'Y' => write!(text, "{year}"),
        'z' => write!(text, "+0000"),
        'Z' => write!(text, "UTC"),
        '%' => write!(text, "%"),
        _ => return None,
    };
    written.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Sunday, 22 November 2026, 07:09:05 UTC.
    const THEN: f64 = 1_795_331_345.75;

    // The expected texts are those of the C library: `TZ=UTC LC_ALL=C date -d @1795331345 +FORMAT`.
    #[test]
    fn every_part_is_what_the_c_library_writes() {
        for (format, expected) in [
            ("%a %A %b %B %h", "Sun Sunday Nov November Nov"),
            ("%c", "Sun Nov 22 07:09:05 2026"),
            ("%C %y %Y %g %G", "20 26 2026 26 2026"),
            ("%d %e %j %m", "22 22 326 11"),
            ("%D %F %x", "11/22/26 2026-11-22 11/22/26"),
            ("%H %I %M %S %p", "07 07 09 05 AM"),
            ("%r %R %T %X", "07:09:05 AM 07:09 07:09:05 07:09:05"),
            ("%u %w %U %V %W", "7 0 47 47 46"),
            ("%z %Z %% %n%t é", "+0000 UTC % \n\t é"),
            ("", ""),
        ] {
            assert_eq!(
                formatted(format, THEN).as_deref(),
                Some(expected),
                "{format}"
            );
        }
        assert_eq!(
            formatted("%F %T %e %I %p", 0.0).as_deref(),
            Some("1970-01-01 00:00:00  1 12 AM")
        );
        assert_eq!(
            formatted("%G-%V %y", 1_735_560_000.0).as_deref(),
            Some("2025-01 24")
        );
        assert_eq!(
            formatted("%FT%TZ", -0.5).as_deref(),
            Some("1969-12-31T23:59:59Z")
        );
    }

    #[test]
    fn what_is_no_part_is_named_and_no_moment_is_nothing() {
        assert_eq!(unknown_part("%F %T%%"), None);
        assert_eq!(unknown_part("%F %Q").as_deref(), Some("%Q"));
        assert_eq!(unknown_part("%Ey").as_deref(), Some("%E"));
        assert_eq!(unknown_part("100%").as_deref(), Some("%"));
        for part in PARTS.chars() {
            assert!(formatted(&format!("%{part}"), THEN).is_some(), "{part}");
        }
        for (format, seconds) in [("%Q", 0.0), ("%", 0.0), ("%F", 1e15), ("%F", f64::NAN)] {
            assert_eq!(formatted(format, seconds), None, "{format} {seconds}");
        }
    }
}
