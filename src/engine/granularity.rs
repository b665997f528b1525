//! How long a time step is.

use crate::model::query::QuerySpec;
use crate::model::time::{SECOND, Window, round_step};

/// Why a granularity cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("granularity must be between {least} and {most} seconds for this time range")]
pub struct GranularityError {
    /// The finest allowed, in seconds.
    pub least: i64,
    /// The coarsest allowed, in seconds.
    pub most: i64,
}

// A query without a granularity gets the finest step that makes no more than this many.
const MOST_STEPS: i64 = 600;

/// Returns the length of a time step in nanoseconds.
///
/// What the query names must lie between a thousandth of the range and the range. Otherwise the
/// finest step of a fixed list that gives at most 600 steps: 1 s for ten minutes, 15 s for two hours.
/// Ranges under ten minutes get steps under a second, which Honeycomb may do too.
///
/// # Errors
/// When the named granularity is out of bounds. Source: Honeycomb's OpenAPI document, `granularity`.
pub fn granularity(spec: &QuerySpec, window: Window) -> Result<i64, GranularityError> {
    let Some(seconds) = spec.granularity_seconds.filter(|&seconds| seconds != 0) else {
        return Ok(round_step(window.length(), MOST_STEPS));
    };
    let range = spec.time_range.seconds().max(1);
    let least = (range + 999) / 1000;
    if seconds < least || seconds > range {
        return Err(GranularityError { least, most: range });
    }
    Ok(seconds.saturating_mul(SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{MILLISECOND, TimeRange};

    fn chosen(seconds: i64, asked: Option<i64>) -> Result<i64, GranularityError> {
        let mut spec = QuerySpec::new(Vec::new(), TimeRange::Last { seconds });
        spec.granularity_seconds = asked;
        granularity(&spec, spec.time_range.window(0))
    }

    #[test]
    fn ten_minutes_have_steps_of_a_second() {
        assert_eq!(chosen(600, None), Ok(SECOND));
        assert_eq!(chosen(7200, None), Ok(15 * SECOND));
        assert_eq!(chosen(5, None), Ok(10 * MILLISECOND));
        assert_eq!(chosen(i64::MAX, None), Ok(i64::MAX / 600));
    }

    #[test]
    fn a_named_granularity_lies_between_a_thousandth_and_the_whole() {
        assert_eq!(chosen(7200, Some(60)), Ok(60 * SECOND));
        assert_eq!(
            chosen(7200, Some(7)),
            Err(GranularityError {
                least: 8,
                most: 7200
            })
        );
        assert_eq!(
            chosen(7200, Some(7201)),
            Err(GranularityError {
                least: 8,
                most: 7200
            })
        );
        assert_eq!(chosen(600, Some(0)), Ok(SECOND));
    }
}
