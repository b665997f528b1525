//! The value buckets of a heatmap.

use super::percentile::Weighted;
use crate::model::answer::Histogram;

/// Buckets of one width, counted from zero, shared by all histograms of one calculation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buckets {
    step: f64,
    first: i64,
    count: usize,
}

// Honeycomb's pictures fit steps of a ten-millionth times a power of two, the finest for which the
// values span at most fifty buckets. Source: pictures and code published by Honeycomb; the rule
// itself is not documented.
const FINEST: f64 = 1e-7;
const MOST_BUCKETS: f64 = 50.0;

impl Buckets {
    /// Chooses buckets for values between `min` and `max`; whole numbers get a whole step.
    ///
    /// `None` if a bound is not finite.
    pub fn over(min: f64, max: f64, are_whole: bool) -> Option<Buckets> {
        if !min.is_finite() || !max.is_finite() || min > max {
            return None;
        }
        let mut step = if are_whole { 1.0 } else { FINEST };
        // Doubles this large have no finer steps than this; a single value needs no finer one.
        let coarse = min.abs().max(max.abs()) * 1e-15;
        let spans_too_much =
            |step: f64| (max / step).floor() - (min / step).floor() + 1.0 > MOST_BUCKETS;
        while step < coarse || spans_too_much(step) || (min == max && step < max.abs() / 64.0) {
            step *= 2.0;
        }
        let first = (min / step).floor();
        let count = (max / step).floor() - first + 1.0;
        Some(Buckets {
            step,
            first: first as i64,
            count: count as usize,
        })
    }

    /// Counts weighted values.
    pub fn histogram(&self, values: &Weighted) -> Histogram {
        let mut counts = vec![0u64; self.count.max(1)];
        let last = counts.len() as i64 - 1;
        for (value, weight) in values {
            let bucket = ((value / self.step).floor() as i64 - self.first).clamp(0, last);
            counts[bucket as usize] += u64::from(*weight);
        }
        Histogram {
            min_value: self.first as f64 * self.step,
            step: self.step,
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_the_finest_that_needs_at_most_fifty_buckets() {
        for (min, max) in [
            (0.0, 55.3),
            (-2.5, 5.9),
            (3.0, 3.001),
            (0.2, 900.0),
            (1e9, 1e12),
        ] {
            let buckets = Buckets::over(min, max, false).unwrap();
            assert!(
                buckets.count <= 50 && buckets.count > 24,
                "{min}..{max}: {buckets:?}"
            );
            let power = (buckets.step / FINEST).log2();
            assert!((power - power.round()).abs() < 1e-9, "{buckets:?}");
        }
        let buckets = Buckets::over(0.0, 55.3, false).unwrap();
        assert!((buckets.step - 1.677_721_6).abs() < 1e-12, "{buckets:?}");
    }

    #[test]
    fn whole_numbers_get_whole_steps() {
        assert_eq!(Buckets::over(200.0, 204.0, true).unwrap().step, 1.0);
        assert_eq!(Buckets::over(0.0, 150.0, true).unwrap().step, 4.0);
    }

    #[test]
    fn every_value_is_counted_once() {
        let values: Weighted = (0..1000)
            .map(|n| (f64::from(n) * 0.37 - 20.0, 1 + n % 3))
            .collect();
        let (min, max) = (-20.0, 999.0 * 0.37 - 20.0);
        let histogram = Buckets::over(min, max, false).unwrap().histogram(&values);
        assert_eq!(
            histogram.total(),
            values.iter().map(|(_, w)| u64::from(*w)).sum::<u64>()
        );
        assert!(histogram.min_value <= min && histogram.max_value() >= max);
    }

    #[test]
    fn odd_bounds_end() {
        assert_eq!(Buckets::over(f64::NAN, 1.0, false), None);
        assert_eq!(Buckets::over(0.0, f64::INFINITY, false), None);
        for (min, max) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (-1e300, 1e300),
            (f64::MIN, f64::MAX),
            (1e15, 1e15 + 1.0),
        ] {
            let buckets = Buckets::over(min, max, false).unwrap();
            assert!(buckets.count <= 50, "{min}..{max}: {buckets:?}");
        }
    }
}
