//! The range of time that a question is about.

use std::time::Duration;

use crate::cli::when::{When, ends};
use crate::cli::when_error::backwards;
use crate::model::time::{SECOND, TimeRange};
use crate::model::zone::Zone;

/// Returns the range that `--last`, `--since` and `--until` mean together, the last two hours without any, and what to say about
/// how they were read.
///
/// Whole seconds: a range begins at or before its first moment and ends at or after its last.
///
/// # Errors
/// If the range is empty, or one of its ends does not exist.
pub fn range(
    last: Option<Duration>,
    since: Option<When>,
    until: Option<When>,
    now: i64,
    zone: Zone,
) -> Result<(TimeRange, Vec<String>), String> {
    let seconds = last.map(|it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX));
    let ends = ends(since, until, now, zone)?;
    let start = ends.since.map(|start| start.div_euclid(SECOND));
    let end = ends
        .until
        .map(|end| end.div_euclid(SECOND) + i64::from(end.rem_euclid(SECOND) > 0));
    let range = match (start, end, seconds) {
        (None, None, None) => TimeRange::DEFAULT,
        (None, None, Some(seconds)) => TimeRange::Last { seconds },
        (None, Some(end), seconds) => TimeRange::Until {
            end,
            seconds: seconds.unwrap_or(TimeRange::DEFAULT.seconds()),
        },
        (Some(start), None, Some(seconds)) => TimeRange::From { start, seconds },
        (Some(start), None, None) => TimeRange::Between {
            start,
            end: now.div_euclid(SECOND) + 1,
        },
        (Some(start), Some(end), _) => TimeRange::Between { start, end },
    };
    if range.seconds() < 1 {
        return Err(backwards(ends.since.zip(ends.until), now, zone));
    }
    Ok((range, ends.notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::when::parse_when;

    const NOW: i64 = 1_795_784_400 * SECOND;

    #[test]
    fn ranges_have_honeycombs_forms() {
        let utc = Zone::UTC;
        let whole = range;
        let range = |last, since, until, now, zone| {
            whole(last, since, until, now, zone).map(|(range, _)| range)
        };
        let when = |text: &str| Some(parse_when(text).unwrap());
        let hour = Some(Duration::from_secs(3600));
        let seconds = NOW / SECOND;
        assert_eq!(range(None, None, None, NOW, utc), Ok(TimeRange::DEFAULT));
        assert_eq!(
            range(hour, None, None, NOW, utc),
            Ok(TimeRange::Last { seconds: 3600 })
        );
        assert_eq!(
            range(hour, when("10:30"), None, NOW, utc),
            Ok(TimeRange::From {
                start: seconds - 9_000,
                seconds: 3600
            })
        );
        assert_eq!(
            range(hour, None, when("10:30"), NOW, utc),
            Ok(TimeRange::Until {
                end: seconds - 9_000,
                seconds: 3600
            })
        );
        assert_eq!(
            range(None, when("10:30"), when("11:00"), NOW, utc),
            Ok(TimeRange::Between {
                start: seconds - 9_000,
                end: seconds - 7_200
            })
        );
        assert_eq!(
            range(None, when("10:30"), None, NOW, utc),
            Ok(TimeRange::Between {
                start: seconds - 9_000,
                end: seconds + 1
            })
        );
        assert!(range(None, when("11:00"), when("10:30"), NOW, utc).is_err());
    }
}
