//! GetSamplingStatisticSummaries: what clients reported in the last minutes, added up.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::server::Context;
use super::server_errors::XRayError;
use super::server_pages::Pages;
use super::wire::{PageRequest, StatisticSummary, SummariesOfStatisticsAnswer, epoch_seconds};
use crate::model::time::SECOND;

/// How long a window is. Source: X-Ray Developer Guide, the console's sampling page.
const WINDOW: i64 = 10 * SECOND;
/// How long a window is kept, and how old a report may be: the guide says "the last few minutes".
pub const WINDOW_LIFE: i64 = 300 * SECOND;
/// Sums of one window and one rule; what would begin another is not counted. This is enough for all
/// rules of 24 regions that report all the time.
const MAX_SUMS: usize = 20_000;

/// A page holds three windows of all the rules that a region can have, and a few more.
const SUMMARIES: Pages = Pages {
    name: "statistics",
    size: 100,
};

/// Requests of a rule in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that matched.
    pub requests: u64,
    /// Requests that were sampled.
    pub sampled: u64,
    /// Requests that were borrowed.
    pub borrowed: u64,
}

/// What clients reported, by region, start of the window and rule.
///
/// Kept in memory: it is about the last minutes, and gone after a restart.
#[derive(Default)]
pub struct Statistics {
    sums: Mutex<BTreeMap<(String, i64, String), Counts>>,
}

impl Statistics {
    /// Adds a report of the time `at`, nanoseconds since the epoch.
    pub fn add(&self, region: &str, rule_name: &str, at: i64, counts: Counts, now: i64) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let window = at.saturating_sub(at.rem_euclid(WINDOW));
        let place = (region.to_string(), window, rule_name.to_string());
        if !sums.contains_key(&place) {
            sums.retain(|(_, window, _), _| is_kept(*window, now));
            if sums.len() >= MAX_SUMS {
                return;
            }
        }
        let sum = sums.entry(place).or_default();
        sum.requests = sum.requests.saturating_add(counts.requests);
        sum.sampled = sum.sampled.saturating_add(counts.sampled);
        sum.borrowed = sum.borrowed.saturating_add(counts.borrowed);
    }

    /// Returns the sums of a region by start of the window, then by rule.
    fn of(&self, region: &str, now: i64) -> Vec<(i64, String, Counts)> {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let of_region = sums
            .range((region.to_string(), i64::MIN, String::new())..)
            .take_while(|((other, _, _), _)| other == region);
        of_region
            .filter(|((_, window, _), _)| is_kept(*window, now))
            .map(|((_, window, rule_name), counts)| (*window, rule_name.clone(), *counts))
            .collect()
    }
}

fn is_kept(window: i64, now: i64) -> bool {
    now.saturating_sub(window) < WINDOW_LIFE + WINDOW
}

/// Returns the sums of the last minutes, oldest window first.
pub async fn list(
    ctx: Context,
    request: PageRequest,
) -> Result<SummariesOfStatisticsAnswer, XRayError> {
    let sums = ctx.service.statistics.of(&ctx.region, ctx.now);
    let key = |(window, rule_name, _): &(i64, String, Counts)| format!("{window:020}.{rule_name}");
    let page = SUMMARIES.turn(request.next_token.as_deref(), sums, key)?;
    let summary = |(window, rule_name, counts): (i64, String, Counts)| StatisticSummary {
        rule_name,
        timestamp: epoch_seconds(window),
        request_count: clipped(counts.requests),
        borrow_count: clipped(counts.borrowed),
        sampled_count: clipped(counts.sampled),
    };
    Ok(SummariesOfStatisticsAnswer {
        sampling_statistic_summaries: page.items.into_iter().map(summary).collect(),
        next_token: page.next_token,
    })
}

/// The wire's integers have 32 bits.
fn clipped(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Counts = Counts {
        requests: 3,
        sampled: 2,
        borrowed: 1,
    };

    #[test]
    fn reports_of_one_window_add_up_and_old_windows_leave() {
        let statistics = Statistics::default();
        for at in [100, 109, 110] {
            statistics.add("a", "r", at * SECOND, ONE, 110 * SECOND);
        }
        statistics.add("b", "r", 100 * SECOND, ONE, 110 * SECOND);
        let two = Counts {
            requests: 6,
            sampled: 4,
            borrowed: 2,
        };
        let first = (100 * SECOND, "r".to_string(), two);
        let second = (110 * SECOND, "r".to_string(), ONE);
        assert_eq!(
            statistics.of("a", 110 * SECOND),
            [first.clone(), second.clone()]
        );
        assert_eq!(statistics.of("a", 409 * SECOND), [first, second.clone()]);
        assert_eq!(statistics.of("a", 410 * SECOND), [second]);
        assert_eq!(statistics.of("a", 420 * SECOND), []);
    }

    #[test]
    fn no_more_is_kept_than_the_limit() {
        let statistics = Statistics::default();
        for number in 0..=MAX_SUMS {
            // A new place sweeps the old ones out, so they are put in side by side here.
            let place = ("a".to_string(), 0, number.to_string());
            let mut sums = statistics.sums.lock().unwrap();
            if sums.len() < MAX_SUMS {
                sums.insert(place, ONE);
            }
        }
        statistics.add("a", "one more", 0, ONE, 0);
        assert_eq!(statistics.sums.lock().unwrap().len(), MAX_SUMS);
    }
}
