//! Stretches of time and sizes as people write them.

use std::time::Duration;

/// Reads `90s`, `15m`, `2h`, `1h30m` or `7d`: whole numbers with a unit, the larger unit first.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(char, u64); 5] = [
        ('w', 604_800),
        ('d', 86_400),
        ('h', 3_600),
        ('m', 60),
        ('s', 1),
    ];
    let odd = || format!("`{text}` is not a stretch of time; write 90s, 15m, 2h, 1h30m or 7d");
    let mut seconds = 0u64;
    let mut allowed = UNITS.as_slice();
    let mut rest = text;
    while !rest.is_empty() {
        let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..n_digits].parse().map_err(|_| odd())?;
        let unit = rest[n_digits..].chars().next().ok_or_else(odd)?;
        let idx = allowed
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or_else(odd)?;
        seconds = number
            .checked_mul(allowed[idx].1)
            .and_then(|more| seconds.checked_add(more))
            .filter(|&seconds| seconds <= 10 * 366 * 86_400)
            .ok_or_else(|| format!("`{text}` is longer than ten years"))?;
        allowed = &allowed[idx + 1..];
        rest = &rest[n_digits + unit.len_utf8()..];
    }
    if seconds == 0 {
        return Err(odd());
    }
    Ok(Duration::from_secs(seconds))
}

/// Reads the pause between two looks: `2` or `0.5`, which are seconds, or with a unit, `500ms` or `1m`.
///
/// # Errors
/// As [`parse_short_duration`]; also what is not between a tenth of a second and an hour.
pub fn parse_pause(text: &str) -> Result<Duration, String> {
    let is_bare = text
        .bytes()
        .last()
        .is_some_and(|byte| byte.is_ascii_digit());
    let pause = match is_bare {
        true => parse_short_duration(&format!("{text}s")),
        false => parse_short_duration(text),
    };
    let pause =
        pause.map_err(|_| format!("`{text}` is no number of seconds; write 2, 0.5 or 1m"))?;
    if !(Duration::from_millis(100)..=Duration::from_secs(3600)).contains(&pause) {
        return Err(format!("`{text}` is not between 0.1 seconds and an hour"));
    }
    Ok(pause)
}

/// Reads `500ms`, `1.5s`, `30s`, `2m` or `1h`: one number with a unit.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_short_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 4] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let odd = || format!("`{text}` is not a stretch of time; write 500ms, 1.5s, 30s, 2m or 1h");
    let n_digits = text
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let (number, unit) = text.split_at(n_digits);
    let number: f64 = number.parse().map_err(|_| odd())?;
    let (_, seconds) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(odd)?;
    let seconds = number * seconds;
    if seconds > 366.0 * 86_400.0 {
        return Err(format!("`{text}` is longer than a year"));
    }
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| odd())?;
    if duration < Duration::from_millis(1) {
        return Err(odd());
    }
    Ok(duration)
}

/// Reads `500MB`, `4GiB` or a plain number of bytes; returns bytes.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 8] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    // People write KB and gb, too.
    let without = |name: &str| {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(name.len())?)?;
        unit.eq_ignore_ascii_case(name).then_some(number)
    };
    let mut units = UNITS
        .iter()
        .filter_map(|(name, factor)| Some((without(name)?, *factor)));
    let (number, factor) = units.next().unwrap_or((text, 1));
    let number: Option<u64> = number.trim_end().parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(factor));
    bytes.ok_or_else(|| format!("`{text}` is not a size; write 500MB or 4GiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_time_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("2h", 7200),
            ("1h30m", 5400),
            ("7d", 604_800),
            ("1w1s", 604_801),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_named_in_the_error() {
        for text in [
            "",
            "2",
            "h",
            "0s",
            "30m1h",
            "1hh",
            "-1h",
            "2 h",
            "1ä",
            "99999999999999999999h",
            "9999999w",
        ] {
            let error = parse_duration(text).unwrap_err();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn short_stretches_have_one_number_and_one_unit() {
        for (text, ms) in [
            ("500ms", 500),
            ("1.5s", 1500),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            let expected = Duration::from_millis(ms);
            assert_eq!(parse_short_duration(text), Ok(expected), "{text}");
        }
        for text in [
            "", "5", "s", "0s", "-1s", "1m30s", "1..5s", "9999h", "0.1ms", "1 s",
        ] {
            let error = parse_short_duration(text).unwrap_err();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse_size("4GiB"), Ok(4 << 30));
        assert_eq!(parse_size("500 MB"), Ok(500_000_000));
        assert_eq!(parse_size("12"), Ok(12));
        assert_eq!(parse_size("100KB"), Ok(100_000));
        assert_eq!(parse_size("2gib"), Ok(2 << 30));
        for odd in ["", "GiB", "-1", "4 gigs", "99999999999TiB"] {
            assert!(parse_size(odd).is_err(), "{odd}");
        }
    }
}
