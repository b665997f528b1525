//! Functions of times.

use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::catalogue::{Function, Kind, Param, Work};
use super::expression::{Pure, Times};
use super::functions::function;
use super::value::Value;

const fn time(
    name: &'static str,
    form: &'static str,
    params: &'static [Param],
    gives: Kind,
    pure: Pure,
) -> Function {
    function("times", name, form, params, gives, pure)
}

use Param::{JavaFormat, Number, Period, Strftime, Text, Time, Zone};

/// Functions of times.
pub const TIMES: &[Function] = &[
    Function {
        work: Work::Bin,
        ..time("bin", "bin(5m)", &[Period], Kind::Time, |_, _| Value::Null)
    },
    Function {
        work: Work::DateFloor,
        ..time(
            "datefloor",
            "datefloor(t, 5m)",
            &[Time, Period],
            Kind::Time,
            |_, _| Value::Null,
        )
    },
    Function {
        work: Work::DateCeil,
        ..time(
            "dateceil",
            "dateceil(t, 5m)",
            &[Time, Period],
            Kind::Time,
            |_, _| Value::Null,
        )
    },
    time(
        "fromMillis",
        "fromMillis(n)",
        &[Number],
        Kind::Time,
        |of, _| {
            let number = of.first().and_then(Value::number);
            let known = number.filter(|ms| Timestamp::from_millisecond(*ms as i64).is_ok());
            known.map_or(Value::Null, |ms| Value::Time(ms as i64))
        },
    ),
    time("toMillis", "toMillis(t)", &[Time], Kind::Number, |of, _| {
        let number = of.first().and_then(Value::number);
        number.map_or(Value::Null, Value::Number)
    }),
    time("now", "now()", &[], Kind::Number, |_, times| {
        Value::Number(times.now_ms.div_euclid(1_000) as f64)
    }),
    Function {
        n_required: 2,
        ..time(
            "parseDate",
            "parseDate(s, \"yyyy-MM-dd\", zone)",
            &[Text, JavaFormat, Zone],
            Kind::Number,
            parse_date,
        )
    },
    Function {
        aliases: &["strftime"],
        n_required: 2,
        ..time(
            "formatDate",
            "formatDate(t, \"%Y-%m-%d\", zone)",
            &[Time, Strftime, Zone],
            Kind::Text,
            format_date,
        )
    },
];

fn zone(of: &[Value<'_>]) -> Option<TimeZone> {
    match of.get(2) {
        None => Some(TimeZone::UTC),
        Some(name) => zone_named(&name.text()?),
    }
}

/// Returns a zone by its name, such as `Europe/Berlin`.
pub(super) fn zone_named(name: &str) -> Option<TimeZone> {
    match name {
        "UTC" | "Z" | "GMT" => Some(TimeZone::UTC),
        name => TimeZone::get(name).ok(),
    }
}

fn format_date<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let ms = of.first().and_then(Value::number);
    let format = of.get(1).and_then(Value::text);
    let (Some(ms), Some(format), Some(zone)) = (ms, format, zone(of)) else {
        return Value::Null;
    };
    let time = Timestamp::from_millisecond(ms as i64).ok();
    let written =
        time.and_then(|time| strtime::format(&*format, &time.to_zoned_datetime(zone)).ok());
    written.map_or(Value::Null, Value::of_text)
}

/// Tells whether a format of `formatDate` can be written.
pub(super) fn is_strftime(format: &str) -> bool {
    let epoch: ZonedDateTime = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    strtime::format(format, &epoch).is_ok()
}

fn parse_date<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let text = |idx: usize| of.get(idx).and_then(Value::text);
    let (Some(date), Some(format), Some(zone)) = (text(0), text(1), zone(of)) else {
        return Value::Null;
    };
    let ms = strptime_of(&format).and_then(|format| {
        let broken = BrokenDownTime::parse(format.as_str(), date.trim()).ok()?;
        if let Ok(time) = broken.to_timestamp() {
            return Some(time.as_millisecond());
        }
        let date = broken.to_date().ok()?;
        let time = broken.to_time().unwrap_or_default();
        Some(
            date.to_datetime(time)
                .to_zoned_datetime(zone)
                .ok()?
                .timestamp()
                .as_millisecond(),
        )
    });
    ms.map_or(Value::Null, |ms| Value::Number(ms as f64))
}

/// Returns the format of Java's `DateTimeFormatter` in the way of C's `strptime`; `None` for a letter that is not
/// read here.
pub(super) fn strptime_of(java: &str) -> Option<String> {
    const LETTERS: [(&str, &str); 22] = [
        ("yyyy", "%Y"),
        ("uuuu", "%Y"),
        ("yy", "%y"),
        ("MMMM", "%B"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("M", "%m"),
        ("dd", "%d"),
        ("d", "%d"),
        ("EEEE", "%A"),
        ("EEE", "%a"),
        ("E", "%a"),
        ("HH", "%H"),
        ("H", "%H"),
        ("hh", "%I"),
        ("h", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("a", "%p"),
        ("Z", "%z"),
        ("xx", "%z"),
        ("VV", "%Q"),
    ];
    let mut format = String::new();
    let mut rest = java;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let (literal, after) = rest.get(1..)?.split_once('\'')?;
            format.push_str(if literal.is_empty() { "'" } else { literal });
            rest = after;
            continue;
        }
        let length = rest
            .chars()
            .take_while(|it| *it == c)
            .map(char::len_utf8)
            .sum();
        let (run, after) = rest.split_at(length);
        rest = after;
        match (c, run) {
            ('S', run) => format.push_str(&format!("%{}f", run.len())),
            ('X' | 'x', "XXX" | "xxx" | "X") => format.push_str("%:z"),
            ('X', "XX") => format.push_str("%z"),
            (c, run) if c.is_ascii_alphabetic() => {
                let (_, known) = LETTERS.iter().find(|(it, _)| *it == run)?;
                format.push_str(known);
            }
            ('%', run) => format.push_str(&"%%".repeat(run.len())),
            (_, run) => format.push_str(run),
        }
    }
    Some(format)
}
