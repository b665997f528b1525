//! The requests of a simulation: made up, or recorded.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::kind_of;
use crate::cli::args::{ArrivalsArg, SimulateArgs};
use crate::cli::failure::{Exit, Failure};
use crate::load::Mix;
use crate::model::recorded::Recording;
use crate::model::sampling::SamplingRequest;
use crate::model::time::{SECOND, Window};
use crate::model::trace_summary::path_of;

/// More made-up requests than this take too long.
const MOST_REQUESTS: f64 = 5e7;

/// The requests of a simulation.
pub enum Traffic {
    /// Made up, from 0 on.
    Made(Made),
    /// Recorded.
    Recorded(Recording),
}

/// Requests that nobody has sent.
pub struct Made {
    kind: crate::model::recorded::RequestKind,
    /// Requests a second.
    pub rps: f64,
    /// For how long.
    pub length: Duration,
    /// Whether they are Cruddur's usual mix.
    pub is_mix: bool,
    /// How they follow each other.
    pub arrivals: ArrivalsArg,
    seed: u64,
}

/// Takes a request: when it comes, what it is, and how many milliseconds it took if that is known.
pub type Take<'t> = &'t mut dyn FnMut(i64, &SamplingRequest<'_>, Option<f64>);

impl Traffic {
    /// Makes up what was asked for.
    ///
    /// # Errors
    /// If that is too much.
    pub fn made(args: &SimulateArgs, rps: f64) -> Result<Traffic, Failure> {
        let n_requests = rps * args.length.as_secs_f64();
        if n_requests > MOST_REQUESTS {
            let message = format!(
                "those are {n_requests:.0} requests, and at most {MOST_REQUESTS:.0} can be simulated"
            );
            return Err(Failure::of(Exit::Usage, message)
                .with_hint("a shorter --for shows the same, since every second is alike"));
        }
        Ok(Traffic::Made(Made {
            kind: kind_of(&args.request),
            rps,
            length: args.length,
            is_mix: args.mix,
            arrivals: args.arrivals,
            seed: args.seed,
        }))
    }

    /// Returns when the requests come; whole seconds, so that the first second is one.
    pub fn window(&self) -> Window {
        match self {
            Traffic::Made(made) => Window {
                start: 0,
                end: i64::try_from(made.length.as_nanos()).unwrap_or(i64::MAX),
            },
            Traffic::Recorded(recording) => {
                let first = recording.requests.first().map_or(0, |it| it.time);
                let last = recording.requests.last().map_or(0, |it| it.time);
                let start = first - first.rem_euclid(SECOND);
                let length = last.saturating_sub(start) / SECOND * SECOND + SECOND;
                Window {
                    start,
                    end: start.saturating_add(length),
                }
            }
        }
    }

    /// Returns about how many there are.
    pub fn n_requests(&self) -> u64 {
        match self {
            Traffic::Made(made) => (made.rps * made.length.as_secs_f64()) as u64,
            Traffic::Recorded(recording) => recording.requests.len() as u64,
        }
    }

    /// Gives all requests to `take`, in the order of their times.
    pub fn each(&self, take: Take<'_>) {
        match self {
            Traffic::Recorded(recording) => {
                for (request, kind) in recording.iter() {
                    take(request.time, &kind.request(), Some(request.duration_ms));
                }
            }
            Traffic::Made(made) if made.is_mix => made.each_of_mix(take),
            Traffic::Made(made) => made.each_alike(take),
        }
    }
}

impl Made {
    fn each_alike(&self, take: Take<'_>) {
        let end = self.length.as_secs_f64();
        let request = self.kind.request();
        let mut rng = StdRng::seed_from_u64(self.seed);
        let mut at = 0.0;
        for number in 1.. {
            if self.arrivals == ArrivalsArg::Random {
                at += gap(&mut rng, self.rps);
            }
            if at >= end {
                return;
            }
            take((at * 1e9) as i64, &request, None);
            if self.arrivals == ArrivalsArg::Even {
                // By division, so that whole seconds are met exactly.
                at = f64::from(number) / self.rps;
            }
        }
    }

    fn each_of_mix(&self, take: Take<'_>) {
        let mix = Mix::cruddur();
        let end = self.length.as_secs_f64();
        let mut rng = StdRng::seed_from_u64(self.seed);
        let mut at = 0.0;
        loop {
            at += gap(&mut rng, self.rps);
            let drawn = mix.variants().get(mix.draw(&mut rng));
            let (Some(variant), true) = (drawn, at < end) else {
                return;
            };
            let request = SamplingRequest {
                http_method: variant.method.name(),
                url_path: path_of(&variant.path),
                ..self.kind.request()
            };
            take((at * 1e9) as i64, &request, None);
        }
    }
}

fn gap(rng: &mut StdRng, rps: f64) -> f64 {
    -(1.0 - rng.random::<f64>()).ln() / rps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recorded::{RecordedRequest, RequestKind};

    fn made(rps: f64, seconds: u64, arrivals: ArrivalsArg, is_mix: bool) -> Traffic {
        Traffic::Made(Made {
            kind: RequestKind::default(),
            rps,
            length: Duration::from_secs(seconds),
            is_mix,
            arrivals,
            seed: 7,
        })
    }

    fn times(traffic: &Traffic) -> Vec<i64> {
        let mut times = Vec::new();
        traffic.each(&mut |at, _, _| times.push(at));
        assert!(times.is_sorted());
        assert!(times.iter().all(|at| traffic.window().contains(*at)));
        times
    }

    #[test]
    fn even_requests_are_equally_many_in_every_second() {
        for rps in [1, 3, 7, 10, 33] {
            let times = times(&made(f64::from(rps), 3600, ArrivalsArg::Even, false));
            let mut by_second = vec![0; 3600];
            for at in times {
                by_second[(at / SECOND) as usize] += 1;
            }
            assert!(by_second.iter().all(|n| *n == rps), "{rps}");
        }
        let slow = times(&made(0.25, 60, ArrivalsArg::Even, false));
        assert_eq!(slow.len(), 15);
    }

    #[test]
    fn random_requests_are_about_as_many_and_seldom_as_many_in_a_second() {
        for is_mix in [false, true] {
            let times = times(&made(10.0, 3600, ArrivalsArg::Random, is_mix));
            // 36,000 and six times its root.
            assert!((34_861..=37_139).contains(&times.len()), "{}", times.len());
            let mut by_second = vec![0; 3600];
            for at in times {
                by_second[(at / SECOND) as usize] += 1;
            }
            let n_even = by_second.iter().filter(|n| **n == 10).count();
            // Of a Poisson distribution around 10, an eighth is 10.
            assert!((300..600).contains(&n_even), "{n_even}");
        }
    }

    #[test]
    fn recorded_requests_keep_their_time_and_their_seconds() {
        let at = |time| RecordedRequest {
            time,
            duration_ms: 1.0,
            kind: 0,
        };
        let recording = Recording {
            left_out: Default::default(),
            requests: vec![at(5 * SECOND + 1), at(9 * SECOND)],
            kinds: vec![RequestKind::default()],
            ..Recording::default()
        };
        let traffic = Traffic::Recorded(recording);
        assert_eq!(times(&traffic), [5 * SECOND + 1, 9 * SECOND]);
        let window = traffic.window();
        assert_eq!((window.start, window.end), (5 * SECOND, 10 * SECOND));
    }
}
