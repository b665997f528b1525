//! When requests are due.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Rates, one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// At least one.
    pub steps: Vec<Step>,
    /// How requests are spread within a step.
    pub arrivals: Arrivals,
    /// Ends the run after this many requests, if the steps do not end before.
    pub most: Option<u64>,
}

/// One rate for some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Requests a second; above zero.
    pub rate: f64,
    /// How long.
    pub length: Duration,
}

/// How requests are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// All gaps are alike.
    Even,
    /// Gaps are exponential, as those of visitors who know nothing of each other.
    Random,
}

/// The longest step, about a year: what comes later is not sent, as no clock counts to every duration.
const LONGEST_STEP: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Pace {
    /// Returns how long all steps take.
    pub fn length(&self) -> Duration {
        let lengths = self.steps.iter().map(|step| step.length);
        lengths.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Returns the number of the step that `at`, counted from the start, falls into; the last one for
    /// all that comes later.
    pub fn step_at(&self, at: Duration) -> usize {
        let mut end = Duration::ZERO;
        let ends = self.steps.iter().map(|step| {
            end = end.saturating_add(step.length);
            end
        });
        let passed = ends.take_while(|end| *end <= at).count();
        passed.min(self.steps.len().saturating_sub(1))
    }

    /// Returns the times at which requests are due, counted from the start, ascending.
    ///
    /// The same seed gives the same times.
    pub fn due_times(&self, seed: u64) -> impl Iterator<Item = Duration> + Send + 'static {
        let mut begun = Duration::ZERO;
        let mut chained: Vec<(Duration, Step)> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            chained.push((begun, *step));
            begun = begun.saturating_add(step.length.min(LONGEST_STEP));
        }
        let arrivals = self.arrivals;
        let mut rng = StdRng::seed_from_u64(seed);
        let all = chained.into_iter().flat_map(move |(begun, step)| {
            // A generator for each step, so that no step depends on the length of another.
            let mut rng = StdRng::seed_from_u64(rng.random());
            let mut n = 0u64;
            let mut at = 0.0;
            std::iter::from_fn(move || {
                at = match arrivals {
                    // Counted anew each time, as added gaps would drift.
                    Arrivals::Even => n as f64 / step.rate,
                    Arrivals::Random => at - (1.0 - rng.random::<f64>()).ln() / step.rate,
                };
                n += 1;
                let at = Duration::try_from_secs_f64(at).ok()?;
                (at < step.length.min(LONGEST_STEP)).then(|| begun + at)
            })
        });
        let most = self.most.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
        all.take(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(arrivals: Arrivals, steps: &[(f64, u64)]) -> Pace {
        let step = |(rate, seconds): &(f64, u64)| Step {
            rate: *rate,
            length: Duration::from_secs(*seconds),
        };
        Pace {
            steps: steps.iter().map(step).collect(),
            arrivals,
            most: None,
        }
    }

    #[test]
    fn even_requests_are_due_at_multiples_of_the_gap_and_never_drift() {
        let times: Vec<Duration> = pace(Arrivals::Even, &[(30_000.0, 10)])
            .due_times(1)
            .collect();
        assert_eq!(times.len(), 300_000);
        assert_eq!(times[0], Duration::ZERO);
        let wanted = 299_999.0 / 30_000.0;
        assert!((times[299_999].as_secs_f64() - wanted).abs() < 1e-8);
    }

    #[test]
    fn steps_follow_one_another_each_with_its_rate() {
        let pace = pace(Arrivals::Even, &[(10.0, 2), (50.0, 1), (0.5, 4)]);
        let times: Vec<Duration> = pace.due_times(1).collect();
        let mut counts = [0; 3];
        for at in &times {
            counts[pace.step_at(*at)] += 1;
        }
        assert_eq!(counts, [20, 50, 2]);
        assert!(times.is_sorted());
        assert_eq!(times[20], Duration::from_secs(2));
        assert_eq!(pace.length(), Duration::from_secs(7));
        assert_eq!(pace.step_at(Duration::from_secs(99)), 2);
    }

    #[test]
    fn random_gaps_are_exponential_and_keep_the_rate() {
        let mut pace = pace(Arrivals::Random, &[(200.0, 1_000_000)]);
        pace.most = Some(4000);
        let times: Vec<Duration> = pace.due_times(3).collect();
        assert_eq!(times.len(), 4000);
        assert!(times.is_sorted());
        let length = times[3999].as_secs_f64();
        assert!((18.0..22.0).contains(&length), "{length}");
        // Of exponential gaps, 1 - 1/e are shorter than the mean.
        let mean = length / 4000.0;
        let gaps = times
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).as_secs_f64());
        let n_short = gaps.filter(|gap| *gap < mean).count();
        assert!((2400..2640).contains(&n_short), "{n_short}");
    }

    #[test]
    fn the_seed_decides_and_odd_rates_give_nothing() {
        let random = pace(Arrivals::Random, &[(50.0, 2)]);
        let of = |seed| random.due_times(seed).collect::<Vec<_>>();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        for rate in [0.0, -1.0, f64::NAN] {
            let n = pace(Arrivals::Even, &[(rate, 5)]).due_times(1).count();
            assert!(n <= 1, "{rate}: {n}");
        }
    }
}
