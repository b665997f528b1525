//! How far a percentile of the requests that were kept may lie from that of all requests.
//!
//! By ranks alone, so that it holds for durations of any distribution: among the kept ones in ascending
//! order, the value of all requests lies between two places.
//! Source: Conover, "Practical Nonparametric Statistics" (1999), 3.2, confidence intervals for quantiles.

use super::counts::Counts;

/// How sure one can be that the value lies between the two places.
pub const CONFIDENCE: f64 = 0.95;

/// Two places in ascending order of kept values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankInterval {
    /// How many were kept.
    pub kept: u64,
    /// Place of the lower end, counted from 1; `None` where too few were kept for one.
    pub low: Option<u64>,
    /// Place of the upper end, counted from 1; `None` where too few were kept for one.
    pub high: Option<u64>,
}

/// What the kept ones were taken from, each with the same chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// So many requests; keeping all of them leaves no doubt.
    Of(u64),
    /// Requests without end.
    Endless,
}

impl RankInterval {
    /// Returns the interval for the percentile `share` (0 to 1, both exclusive) of `population`, of which
    /// `kept` are known.
    pub fn of(share: f64, kept: u64, population: Population) -> RankInterval {
        let tail = (1.0 - CONFIDENCE) / 2.0;
        // The value is at or above the place `low` if at least so many of the kept are at or below it, and
        // at or below the place `high` if fewer than that are below it.
        let (at_or_below, below) = match population {
            Population::Endless => {
                let counts = Counts::binomial(kept, share);
                (counts.clone(), counts)
            }
            Population::Of(total) => {
                let total = total.max(kept);
                let rank = nearest_rank(share, total);
                let of = |inside| Counts::hypergeometric(total, inside, kept);
                (of(rank), of(rank.saturating_sub(1)))
            }
        };
        let low = at_or_below.largest_with_less_below(tail);
        let high = below.smallest_with_less_above(tail);
        RankInterval {
            kept,
            low: Some(low).filter(|low| *low > 0),
            high: Some(high).filter(|high| *high <= kept),
        }
    }

    /// Returns the two places as percentiles of the kept ones, 0 to 100.
    pub fn percentiles(&self) -> (Option<f64>, Option<f64>) {
        let percentile = |place: u64| place as f64 / self.kept as f64 * 100.0;
        (self.low.map(percentile), self.high.map(percentile))
    }

    /// Returns the values at the two places of `ascending`, which are the kept ones.
    pub fn values(&self, ascending: &[f64]) -> (Option<f64>, Option<f64>) {
        let value = |place: u64| {
            let idx = usize::try_from(place).ok()?.checked_sub(1)?;
            ascending.get(idx).copied()
        };
        (self.low.and_then(value), self.high.and_then(value))
    }

    fn is_within(&self, share: f64, points: f64) -> bool {
        // Ranks are whole numbers: a hair more than the points is rounding.
        let is_near = |percentile: f64| (percentile - share * 100.0).abs() <= points + 1e-9;
        match self.percentiles() {
            (Some(low), Some(high)) => is_near(low) && is_near(high),
            _ => false,
        }
    }
}

/// Returns how many have to be kept for an interval of at most `points` percentile points to either side of
/// the percentile `share` (0 to 1).
///
/// `points` is at least 0.1. The fewest with which it holds; a few more may miss it again by rounding.
pub fn kept_for(share: f64, points: f64) -> u64 {
    let is_enough =
        |kept| RankInterval::of(share, kept, Population::Endless).is_within(share, points);
    // Below a third of what the normal approximation asks for, it never is.
    let half_width = points.max(0.1) / 100.0;
    let about = 1.96_f64.powi(2) * share * (1.0 - share) / half_width.powi(2);
    let mut kept = (about / 3.0) as u64;
    while !is_enough(kept) {
        kept += 1;
    }
    kept
}

/// Returns the place of a percentile in ascending order, counted from 1; 0 for no values.
///
/// Source: Hyndman and Fan (1996), type 1.
pub fn nearest_rank(share: f64, n_values: u64) -> u64 {
    ((share * n_values as f64 - 1e-9).ceil() as u64).clamp(n_values.min(1), n_values)
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::seq::SliceRandom;
    use rand::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn the_places_are_those_of_exact_binomial_sums() {
        // From sums of exact fractions: the largest l with P(less than l) <= 1/40, the smallest u with
        // P(u or more) <= 1/40.
        for (share, kept, low, high) in EXACT {
            let interval = RankInterval::of(share, kept, Population::Endless);
            assert_eq!((interval.low, interval.high), (low, high), "{share} {kept}");
        }
    }

    const EXACT: [(f64, u64, Option<u64>, Option<u64>); 14] = [
        (0.9, 1, None, None),
        (0.9, 2, Some(1), None),
        (0.9, 10, Some(7), None),
        (0.9, 35, Some(28), None),
        (0.9, 36, Some(29), Some(36)),
        (0.9, 50, Some(41), Some(50)),
        (0.9, 100, Some(84), Some(96)),
        (0.9, 137, Some(116), Some(131)),
        (0.9, 500, Some(436), Some(464)),
        (0.9, 1000, Some(881), Some(919)),
        (0.5, 5, None, None),
        (0.5, 10, Some(2), Some(9)),
        (0.5, 35, Some(12), Some(24)),
        (0.5, 1000, Some(469), Some(532)),
    ];

    #[test]
    fn keeping_all_leaves_no_doubt_and_nothing_says_nothing() {
        for total in [1, 9, 10, 1_000, 123_457] {
            let interval = RankInterval::of(0.9, total, Population::Of(total));
            let rank = nearest_rank(0.9, total);
            assert_eq!((interval.low, interval.high), (Some(rank), Some(rank)));
        }
        for population in [Population::Endless, Population::Of(0), Population::Of(50)] {
            let interval = RankInterval::of(0.9, 0, population);
            assert_eq!((interval.low, interval.high), (None, None));
        }
    }

    #[test]
    fn a_few_of_very_many_are_as_a_few_of_an_endless_number() {
        for kept in [5, 36, 137, 2_000] {
            let endless = RankInterval::of(0.9, kept, Population::Endless);
            let many = RankInterval::of(0.9, kept, Population::Of(kept * 1_000_000));
            assert_eq!(endless, many);
        }
    }

    #[test]
    fn the_interval_has_the_true_value_at_least_as_often_as_it_says() {
        let mut rng = StdRng::seed_from_u64(3);
        for (total, kept) in [(400_usize, 60_usize), (1_000, 500), (90, 40)] {
            let mut all: Vec<f64> = (0..total).map(|_| -rng.random::<f64>().ln()).collect();
            let mut ascending = all.clone();
            ascending.sort_by(f64::total_cmp);
            let truth = ascending[nearest_rank(0.9, total as u64) as usize - 1];
            let interval = RankInterval::of(0.9, kept as u64, Population::Of(total as u64));
            let n_rounds = 2_000;
            let mut n_inside = 0;
            for _ in 0..n_rounds {
                all.shuffle(&mut rng);
                let mut sample = all[..kept].to_vec();
                sample.sort_by(f64::total_cmp);
                let (low, high) = interval.values(&sample);
                let is_inside =
                    low.is_none_or(|low| low <= truth) && high.is_none_or(|high| truth <= high);
                n_inside += usize::from(is_inside);
            }
            // 0.95 less six standard deviations of 2000 rounds.
            assert!(
                n_inside as f64 / n_rounds as f64 > 0.92,
                "{total} {kept}: {n_inside}"
            );
        }
    }

    #[test]
    fn so_many_have_to_be_kept_and_with_one_less_it_does_not_hold() {
        for points in [1.0, 2.0, 5.0] {
            let kept = kept_for(0.9, points);
            let about = 1.96_f64.powi(2) * 0.09 / (points / 100.0).powi(2);
            assert!(
                (kept as f64 - about).abs() < about * 0.2 + 30.0,
                "{points}: {kept}"
            );
            for (kept, expected) in [(kept, true), (kept - 1, false)] {
                let interval = RankInterval::of(0.9, kept, Population::Endless);
                assert_eq!(interval.is_within(0.9, points), expected, "{points} {kept}");
            }
        }
    }

    #[test]
    fn millions_are_no_trouble() {
        let interval = RankInterval::of(0.9, 50_000_000, Population::Of(100_000_000));
        let (low, high) = interval.percentiles();
        assert!(low.unwrap() > 89.9 && high.unwrap() < 90.1);
    }
}
