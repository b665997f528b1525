//! How sure a percentile is that was read from a sample.

/// The ranks between which the true percentile lies, whatever the values are distributed like.
///
/// The values sorted, smallest first; ranks count from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankInterval {
    /// How many values there are.
    pub n_values: u64,
    /// The rank of the percentile itself, by nearest rank.
    pub rank: u64,
    /// The lower end; `None` if even the smallest value is not surely below.
    pub low: Option<u64>,
    /// The upper end; `None` if even the largest value is not surely above.
    pub high: Option<u64>,
}

impl RankInterval {
    /// Returns the interval of the `fraction` quantile among `n_values` at `confidence`, both 0 to 1.
    ///
    /// `None` for no values. How many of n values lie below the true quantile has a binomial distribution;
    /// each end is left out with half of what confidence leaves.
    /// Source: Hahn and Meeker (1991), Statistical Intervals, 5.2: distribution-free two-sided intervals.
    pub fn of(n_values: u64, fraction: f64, confidence: f64) -> Option<RankInterval> {
        if n_values == 0 {
            return None;
        }
        let rank = ((n_values as f64 * fraction).ceil() as u64).clamp(1, n_values);
        let tail = (1.0 - confidence) / 2.0;
        let below = Binomial::new(n_values, fraction);
        // The largest l with P(B < l) <= tail, and the smallest u with P(B >= u) <= tail.
        let low = below.count_where(tail, Side::Low);
        let high = below.count_where(tail, Side::High);
        Some(RankInterval {
            n_values,
            rank,
            low: Some(low).filter(|&low| low >= 1),
            high: Some(high).filter(|&high| high <= n_values),
        })
    }
}

/// Which tail is added up.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Low,
    High,
}

/// The probabilities around the middle of a binomial distribution; further out they are nothing.
struct Binomial {
    first: u64,
    probabilities: Vec<f64>,
}

impl Binomial {
    fn new(n: u64, p: f64) -> Binomial {
        let (size, q) = (n as f64, 1.0 - p);
        // Ten standard deviations and a few for small numbers leave out less than 1e-20.
        let reach = 10.0 * (size * p * q).sqrt() + 20.0;
        let first = (size * p - reach).max(0.0) as u64;
        let last = ((size * p + reach) as u64).min(n);
        // Each from the one before, as ratios, from 1 at the mode so that none overflows.
        let mode = (((size + 1.0) * p) as u64).clamp(first, last);
        let n_values = (last - first + 1) as usize;
        let mut probabilities = vec![0.0; n_values];
        let at = |k: u64| (k - first) as usize;
        let mut weight = 1.0;
        for k in mode..=last {
            if let Some(slot) = probabilities.get_mut(at(k)) {
                *slot = weight;
            }
            weight *= (n - k) as f64 / (k + 1) as f64 * p / q;
        }
        let mut weight = 1.0;
        for k in (first..mode).rev() {
            weight *= (k + 1) as f64 / (n - k) as f64 * q / p;
            if let Some(slot) = probabilities.get_mut(at(k)) {
                *slot = weight;
            }
        }
        let total: f64 = probabilities.iter().sum();
        for probability in &mut probabilities {
            *probability /= total;
        }
        Binomial {
            first,
            probabilities,
        }
    }

    /// Returns the rank at which the tail of one side would be more than `most`.
    fn count_where(&self, most: f64, side: Side) -> u64 {
        let mut sum = 0.0;
        let mut n_fitting = |probabilities: &mut dyn Iterator<Item = &f64>| {
            probabilities
                .take_while(|probability| {
                    sum += **probability;
                    sum <= most
                })
                .count() as u64
        };
        let all = self.probabilities.len() as u64;
        match side {
            Side::Low => self.first + n_fitting(&mut self.probabilities.iter()),
            Side::High => self.first + all - n_fitting(&mut self.probabilities.iter().rev()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn known_tables_come_out() {
        // P(B <= k) by hand: 0.9^29 = 4.7 % and 0.9^36 = 2.25 %, so 36 values are the first with an upper end.
        let of = |n| RankInterval::of(n, 0.9, 0.95).unwrap();
        assert_eq!((of(35).high, of(36).high), (None, Some(36)));
        assert_eq!(of(1).low, None);
        assert_eq!(of(100).rank, 90);
        // Ranks 84 and 96: Conover (1999), table of the binomial distribution, n = 100, p = 0.9.
        assert_eq!((of(100).low, of(100).high), (Some(84), Some(96)));
        assert_eq!(RankInterval::of(0, 0.9, 0.95), None);
    }

    #[test]
    fn ends_enclose_the_rank_and_close_in_with_more_values() {
        let mut last = f64::INFINITY;
        for n in [50, 500, 5_000, 5_000_000] {
            let interval = RankInterval::of(n, 0.9, 0.95).unwrap();
            let (low, high) = (interval.low.unwrap(), interval.high.unwrap());
            assert!(
                low <= interval.rank && interval.rank <= high,
                "{interval:?}"
            );
            let width = (high - low) as f64 / n as f64;
            assert!(width < last, "{interval:?}");
            last = width;
        }
    }

    #[test]
    fn the_true_percentile_is_inside_as_often_as_promised() {
        let mut rng = StdRng::seed_from_u64(5);
        let interval = RankInterval::of(200, 0.9, 0.95).unwrap();
        let (low, high) = (
            interval.low.unwrap() as usize,
            interval.high.unwrap() as usize,
        );
        let n_inside = (0..2_000)
            .filter(|_| {
                let mut values: Vec<f64> = (0..200).map(|_| rng.random()).collect();
                values.sort_by(f64::total_cmp);
                values[low - 1] <= 0.9 && 0.9 <= values[high - 1]
            })
            .count();
        // At least 95 % of 2000, less five standard deviations.
        assert!(n_inside >= 1_850, "{n_inside}");
    }
}
