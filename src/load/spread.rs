//! How durations are spread, in bounded memory.

use std::time::Duration;

use hdrhistogram::Histogram;

/// A histogram of durations from a microsecond to an hour, with an error of at most a thousandth.
///
/// Source: HdrHistogram, <https://hdrhistogram.github.io/HdrHistogram/>.
#[derive(Debug, Clone)]
pub struct Spread {
    // In microseconds. Grows with the longest, up to 200 kB.
    histogram: Histogram<u64>,
}

/// What is longer counts as this.
const LONGEST_US: u64 = 3_600_000_000;

/// A percentile needs this many values at or beyond it to be more than chance.
const NEEDED_BEYOND: f64 = 10.0;

impl Default for Spread {
    #[allow(clippy::expect_used, reason = "only digits past five do not exist")]
    fn default() -> Spread {
        Spread {
            histogram: Histogram::new(3).expect("HdrHistogram has three digits"),
        }
    }
}

impl Spread {
    /// Adds a duration.
    pub fn add(&mut self, duration: Duration) {
        let us = u64::try_from(duration.as_nanos().div_ceil(1000)).unwrap_or(LONGEST_US);
        // It grows as needed, and what is clamped fits.
        let _ = self.histogram.record(us.clamp(1, LONGEST_US));
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Spread) {
        // As for one duration.
        let _ = self.histogram.add(&other.histogram);
    }

    /// Returns how many there are.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Returns the duration that `share` of all are at or below; 0.9 for P90. `None` for none.
    pub fn at(&self, share: f64) -> Option<Duration> {
        let us = self.histogram.value_at_quantile(share);
        (self.count() > 0).then(|| Duration::from_micros(us.min(self.histogram.max())))
    }

    /// Returns the longest.
    pub fn max(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.histogram.max()))
    }

    /// Returns the mean.
    pub fn mean(&self) -> Option<Duration> {
        let us = self.histogram.mean();
        let mean = Duration::try_from_secs_f64(us / 1e6).ok();
        mean.filter(|_| self.count() > 0)
    }
}

/// Returns how many values the percentile at `share` needs, so that ten of them lie at or beyond it;
/// with fewer, another run would show quite another one.
pub fn needed(share: f64) -> u64 {
    (NEEDED_BEYOND / (1.0 - share).max(1e-9)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(ms: impl IntoIterator<Item = u64>) -> Spread {
        let mut spread = Spread::default();
        ms.into_iter()
            .for_each(|ms| spread.add(Duration::from_millis(ms)));
        spread
    }

    fn near(found: Option<Duration>, ms: f64) -> bool {
        (found.unwrap().as_secs_f64() * 1e3 - ms).abs() <= ms / 1000.0
    }

    #[test]
    fn percentiles_are_right_to_a_thousandth() {
        let spread = spread(1..=1000);
        for (share, ms) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            assert!(
                near(spread.at(share), ms),
                "{share}: {:?}",
                spread.at(share)
            );
        }
        assert!(near(spread.max(), 1000.0) && near(spread.mean(), 500.5));
    }

    #[test]
    fn merged_spreads_are_as_if_all_had_been_added_to_one() {
        let mut merged = spread([1, 2, 3]);
        merged.merge(&spread(4..=1000));
        merged.merge(&Spread::default());
        let one = spread(1..=1000);
        assert_eq!(merged.count(), 1000);
        for share in [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0] {
            assert_eq!(merged.at(share), one.at(share));
        }
        assert_eq!((merged.max(), merged.mean()), (one.max(), one.mean()));
    }

    #[test]
    fn nothing_has_no_percentiles_and_what_is_out_of_range_counts_as_its_end() {
        let mut spread = Spread::default();
        assert_eq!(
            (spread.at(0.5), spread.max(), spread.mean()),
            (None, None, None)
        );
        spread.add(Duration::ZERO);
        assert_eq!(spread.max(), Some(Duration::from_micros(1)));
        spread.add(Duration::MAX);
        assert!(near(spread.max(), 3_600_000.0));
        assert_eq!(spread.count(), 2);
    }

    #[test]
    fn a_percentile_needs_ten_values_beyond_it() {
        assert_eq!([0.5, 0.9, 0.99, 0.999].map(needed), [20, 100, 1000, 10_000]);
    }
}
