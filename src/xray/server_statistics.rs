//! GetSamplingStatisticSummaries: what clients reported in the last ten seconds that are over, added up.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::server::Context;
use super::server_errors::XRayError;
use super::server_pages::only_page;
use super::server_rules;
use super::wire::{PageRequest, StatisticSummary, SummariesOfStatisticsAnswer, epoch_seconds};
use crate::model::time::SECOND;

/// How long a window is. Source: X-Ray Developer Guide, the console's sampling page.
const WINDOW: i64 = 10 * SECOND;
/// Sums of one window and one rule; what would begin another is not counted. This is enough for all
/// rules of hundreds of regions that report all the time.
const MAX_SUMS: usize = 20_000;

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
/// A report counts when it comes, whatever time it names: the service does not judge that time either.
/// Kept in memory: it is about the window that is open and the one before, and gone after a restart.
#[derive(Default)]
pub struct Statistics {
    sums: Mutex<BTreeMap<(String, i64, String), Counts>>,
}

impl Statistics {
    /// Adds a report that came at `now`, nanoseconds since the epoch.
    pub fn add(&self, region: &str, rule_name: &str, counts: Counts, now: i64) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (region.to_string(), window(now), rule_name.to_string());
        if !sums.contains_key(&place) {
            sums.retain(|(_, kept, _), _| *kept >= window(now) - WINDOW);
            if sums.len() >= MAX_SUMS {
                return;
            }
        }
        let sum = sums.entry(place).or_default();
        sum.requests = sum.requests.saturating_add(counts.requests);
        sum.sampled = sum.sampled.saturating_add(counts.sampled);
        sum.borrowed = sum.borrowed.saturating_add(counts.borrowed);
    }

    /// Returns the sum of a rule in the window that begins at `window`.
    fn of(&self, region: &str, rule_name: &str, window: i64) -> Counts {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (region.to_string(), window, rule_name.to_string());
        sums.get(&place).copied().unwrap_or_default()
    }
}

/// Returns the start of the window that `at` lies in.
fn window(at: i64) -> i64 {
    at.saturating_sub(at.rem_euclid(WINDOW))
}

/// Returns a row for each rule that exists, about the last window that is over.
pub async fn list(
    ctx: Context,
    request: PageRequest,
) -> Result<SummariesOfStatisticsAnswer, XRayError> {
    only_page(request.next_token.as_deref())?;
    let closed = window(ctx.now).saturating_sub(WINDOW);
    let summary = |rule_name: &str| {
        let statistics = &ctx.service.statistics;
        let counts = statistics.of(&ctx.region, rule_name, closed);
        StatisticSummary {
            rule_name: rule_name.to_string(),
            timestamp: epoch_seconds(closed),
            request_count: clipped(counts.requests),
            borrow_count: clipped(counts.borrowed),
            sampled_count: clipped(counts.sampled),
        }
    };
    let rules = server_rules::all(&ctx);
    let names = rules.iter().map(server_rules::named);
    Ok(SummariesOfStatisticsAnswer {
        sampling_statistic_summaries: names.map(summary).collect(),
        next_token: None,
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
    fn reports_of_one_window_add_up_and_old_windows_are_dropped() {
        let statistics = Statistics::default();
        for at in [100, 109, 110] {
            statistics.add("a", "r", ONE, at * SECOND);
        }
        statistics.add("b", "r", ONE, 100 * SECOND);
        let two = Counts {
            requests: 6,
            sampled: 4,
            borrowed: 2,
        };
        assert_eq!(statistics.of("a", "r", 100 * SECOND), two);
        assert_eq!(statistics.of("a", "r", 110 * SECOND), ONE);
        assert_eq!(statistics.of("a", "other", 110 * SECOND), Counts::default());
        statistics.add("a", "r", ONE, 120 * SECOND);
        assert_eq!(statistics.of("a", "r", 100 * SECOND), Counts::default());
        assert_eq!(statistics.of("a", "r", 110 * SECOND), ONE);
    }

    #[test]
    fn no_more_is_kept_than_the_limit() {
        let statistics = Statistics::default();
        for number in 0..MAX_SUMS {
            // A new place sweeps the old ones out, so they are put in side by side here.
            let place = (number.to_string(), 0, "r".to_string());
            statistics.sums.lock().unwrap().insert(place, ONE);
        }
        statistics.add("one more", "r", ONE, 0);
        assert_eq!(statistics.sums.lock().unwrap().len(), MAX_SUMS);
    }
}
