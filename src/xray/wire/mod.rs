//! The JSON of the X-Ray API, in its own words.
//!
//! What an answer does not have is null, as the service writes it. A rule has no null: a sampler that meets a
//! member it does not know drops all rules, and nothing is ever added. Timestamps are seconds since the epoch, of settings whole ones.
//! Source: X-Ray API, version 2016-04-12.

mod graph;
mod groups;
mod insights;
mod policies;
mod retrieval;
mod rules;
mod sampling;
mod settings;
mod tags;
mod telemetry;
mod traces;

use serde::{Deserialize, Serialize};

pub use graph::*;
pub use groups::*;
pub use insights::*;
pub use policies::*;
pub use retrieval::*;
pub use rules::*;
pub use sampling::*;
pub use settings::*;
pub use tags::*;
pub use telemetry::*;
pub use traces::*;

use crate::model::time::{MILLISECOND, SECOND};

/// A request or an answer without members.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Nothing {}

/// A request that only turns a page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageRequest {
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// Returns nanoseconds since the epoch as the API's seconds, rounded down to milliseconds.
pub fn epoch_seconds(nanoseconds: i64) -> f64 {
    nanoseconds.div_euclid(MILLISECOND) as f64 / 1e3
}

/// Returns nanoseconds since the epoch as whole seconds, rounded down: the time of a setting.
pub fn whole_seconds(nanoseconds: i64) -> f64 {
    nanoseconds.div_euclid(SECOND) as f64
}

/// Returns the API's seconds as nanoseconds since the epoch.
///
/// `None` if the number is none, or beyond what 64 bits of nanoseconds can say.
pub fn nanoseconds(epoch_seconds: f64) -> Option<i64> {
    let is_within = epoch_seconds.abs() < 9.2e9;
    if !is_within {
        return None;
    }
    let whole = epoch_seconds.floor();
    let fraction = ((epoch_seconds - whole) * 1e6).round() as i64;
    Some(whole as i64 * SECOND + fraction * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_the_same_to_the_microsecond() {
        for seconds in [0.0, 1_795_331_345.0, 1_795_331_345.123_456, -1.5] {
            let there = nanoseconds(seconds).unwrap();
            assert_eq!(there as f64 / 1e9, seconds);
        }
        assert_eq!(nanoseconds(f64::NAN), None);
        assert_eq!(nanoseconds(1e300), None);
        assert_eq!(epoch_seconds(1_795_331_345_123_456_789), 1_795_331_345.123);
    }
}
