//! What time it is for sampling.

use std::sync::{Mutex, PoisonError};

use crate::model::time::SECOND;
use crate::xray::sampler::Decision;

/// What time it is for sampling: a rule's reservoir is so many requests a second.
#[derive(Debug, Default)]
pub enum SamplingClock {
    /// What the clock says.
    #[default]
    Real,
    /// Each request is as much later than the one before as if they came at an even rate, so that a run is
    /// decided about alike however fast the machine is.
    Even {
        /// Nanoseconds from one request to the next.
        step: i64,
        /// The moment of the next request.
        next: Mutex<i64>,
    },
}

impl SamplingClock {
    /// Makes a clock by which `rate` requests come in a second; 1 at least.
    pub fn even(rate: f64) -> SamplingClock {
        SamplingClock::Even {
            step: (SECOND as f64 / rate.max(1.0)) as i64,
            next: Mutex::new(0),
        }
    }

    /// Tells whether it is the real one.
    pub fn is_real(&self) -> bool {
        matches!(self, SamplingClock::Real)
    }

    /// Decides about a request that came at `real`, nanoseconds since the epoch.
    pub fn decide(&self, real: i64, decide: impl FnOnce(i64) -> Decision) -> Decision {
        match self {
            SamplingClock::Real => decide(real),
            SamplingClock::Even { step, next } => {
                // Held while it is decided: two at once would change each other's turn.
                let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
                let moment = *next;
                *next = moment.saturating_add(*step);
                decide(moment)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::model::sampling::{SamplingRequest, SamplingRule};
    use crate::xray::sampler::Sampler;

    const REQUEST: SamplingRequest<'static> = SamplingRequest {
        service_name: "backend-flask",
        service_type: "",
        host: "",
        http_method: "GET",
        url_path: "/",
    };

    fn sampled(n_threads: usize) -> (u64, u64) {
        let clock = SamplingClock::even(100.0);
        let sampler = Sampler::new(7);
        sampler.set_rules(vec![SamplingRule {
            fixed_rate: 0.1,
            ..SamplingRule::default_rule()
        }]);
        thread::scope(|scope| {
            for _ in 0..n_threads {
                scope.spawn(|| {
                    for _ in 0..1200 / n_threads {
                        clock.decide(0, |now| sampler.decide(now, &REQUEST));
                    }
                });
            }
        });
        let totals = sampler.totals().remove(0);
        (totals.reservoir, totals.by_rate)
    }

    #[test]
    fn by_an_even_clock_as_many_are_sampled_however_they_come() {
        let (reservoir, by_rate) = sampled(1);
        // Twelve seconds, one of each.
        assert_eq!(reservoir, 12);
        assert!((70..170).contains(&by_rate), "{by_rate}");
        for _ in 0..5 {
            assert_eq!(sampled(4), (reservoir, by_rate));
        }
    }
}
