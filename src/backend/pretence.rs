//! Latency and failure on purpose, the same for the same seed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::catalogue::{ROUTES, route_of};
use super::routes::Backend;

/// How long a request takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Anything from the first to the second, each as likely.
    Uniform(Duration, Duration),
    /// Log-normal: the median, and the standard deviation of the logarithm.
    LogNormal(Duration, f64),
}

/// No request is made to wait longer.
pub const LONGEST: Duration = Duration::from_secs(60);

impl Latency {
    fn draw(self, chance: &mut StdRng) -> Duration {
        let seconds = match self {
            Latency::Fixed(time) => time.as_secs_f64(),
            Latency::Uniform(from, to) => {
                let share: f64 = chance.random();
                from.as_secs_f64() + (to.as_secs_f64() - from.as_secs_f64()) * share
            }
            Latency::LogNormal(median, sigma) => {
                median.as_secs_f64() * (sigma * normal(chance)).exp()
            }
        };
        Duration::try_from_secs_f64(seconds).map_or(LONGEST, |time| time.min(LONGEST))
    }
}

/// What is meant for one route, or for all of them where `route` is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct For<T> {
    /// A route's name.
    pub route: Option<&'static str>,
    /// What is meant.
    pub value: T,
}

/// What was asked for: a later entry goes before an earlier one, and one for a route before one for all.
#[derive(Debug, Clone, Default)]
pub struct Pretence {
    /// How long requests take.
    pub latency: Vec<For<Latency>>,
    /// The share of requests that fail, from 0 to 1.
    pub errors: Vec<For<f64>>,
    /// What chance is made from.
    pub seed: u64,
}

/// Makes a back end behave so.
///
/// The n-th request of a route waits as long and fails as surely in every run with the same seed,
/// whatever the other routes are asked meanwhile.
pub fn pretend(mut backend: Backend, pretence: &Pretence) -> Backend {
    let waits = by_template(&pretence.latency, pretence.seed);
    if !waits.is_empty() {
        backend.latency = Some(Arc::new(move |template| {
            let Some((latency, chance)) = waits.get(template) else {
                return Duration::ZERO;
            };
            latency.draw(&mut chance.lock().unwrap_or_else(PoisonError::into_inner))
        }));
    }
    let fails = by_template(&pretence.errors, pretence.seed ^ FAILING);
    if !fails.is_empty() {
        backend.failure = Some(Arc::new(move |template| {
            fails.get(template).is_some_and(|(share, chance)| {
                let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
                chance.random::<f64>() < *share
            })
        }));
    }
    backend
}

// Other chance than the latency's, so that adding the one leaves the other as it was.
const FAILING: u64 = 0x5eed_e440;

type ByTemplate<T> = HashMap<&'static str, (T, Mutex<StdRng>)>;

fn by_template<T: Copy>(wanted: &[For<T>], seed: u64) -> ByTemplate<T> {
    let last = |route: Option<&str>| wanted.iter().rev().find(|it| it.route == route);
    let found = ROUTES.iter().enumerate().filter_map(|(idx, route)| {
        let value = last(Some(route.name)).or_else(|| last(None))?.value;
        // An odd factor keeps the seeds of routes apart.
        let own = seed ^ (idx as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Some((
            route.template,
            (value, Mutex::new(StdRng::seed_from_u64(own))),
        ))
    });
    found.collect()
}

/// Makes a back end take its time and fail now and then, as one with a database does.
///
/// Times are log-normal around a median for each route, three in a hundred four times as long; one
/// request in a hundred fails. The n-th request of a route waits as long and fails as surely in every run
/// with the same seed.
pub fn like_a_database(mut backend: Backend, seed: u64) -> Backend {
    let every = [For {
        route: None,
        value: (),
    }];
    let waits = by_template(&every, seed);
    backend.latency = Some(Arc::new(move |template| {
        let Some((_, chance)) = waits.get(template) else {
            return Duration::ZERO;
        };
        let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
        let (bell, tail) = (normal(&mut chance), chance.random::<f64>());
        let slower = if tail < 0.03 { 4.0 } else { 1.0 };
        Duration::from_secs_f64(median_ms(template) * (0.45 * bell).exp() * slower / 1e3)
    }));
    let fails = by_template(&every, seed ^ FAILING);
    backend.failure = Some(Arc::new(move |template| {
        let is_meant = route_of(template).is_some_and(|route| route.name != "health");
        is_meant
            && fails.get(template).is_some_and(|(_, chance)| {
                let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
                chance.random::<f64>() < 0.01
            })
    }));
    backend
}

fn median_ms(route: &str) -> f64 {
    match route {
        "/api/health-check" => 2.0,
        "/api/activities/home" => 45.0,
        "/api/activities/search" => 95.0,
        "/api/message_groups" | "/api/messages/@{handle}" => 28.0,
        "/api/activities" | "/api/messages" | "/api/activities/{activity_uuid}/reply" => 65.0,
        _ => 36.0,
    }
}

// Source: Box and Muller (1958).
fn normal(rng: &mut StdRng) -> f64 {
    let (a, b): (f64, f64) = (rng.random_range(f64::MIN_POSITIVE..1.0), rng.random());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::routes::Unobserved;

    const SEARCH: &str = "/api/activities/search";
    const HOME: &str = "/api/activities/home";

    fn backend(seed: u64) -> Backend {
        let ms = Duration::from_millis;
        let of = |route, value| For { route, value };
        let pretence = Pretence {
            latency: vec![
                of(Some("home"), Latency::LogNormal(ms(40), 0.5)),
                of(None, Latency::Uniform(ms(10), ms(50))),
            ],
            errors: vec![For {
                route: Some("search"),
                value: 0.5,
            }],
            seed,
        };
        pretend(Backend::new(Vec::new(), Arc::new(Unobserved)), &pretence)
    }

    fn waits(backend: &Backend, template: &'static str, n: usize) -> Vec<Duration> {
        let latency = backend.latency.as_ref().unwrap();
        (0..n).map(|_| latency(template)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_sequence_whatever_others_are_asked() {
        let (one, other) = (backend(7), backend(7));
        waits(&one, SEARCH, 5);
        let same = waits(&one, HOME, 20);
        assert_eq!(same, waits(&other, HOME, 20));
        assert_ne!(same, waits(&backend(8), HOME, 20));
        let fails = |backend: &Backend| -> Vec<bool> {
            let failure = backend.failure.as_ref().unwrap();
            (0..64).map(|_| failure(SEARCH)).collect()
        };
        let failed = fails(&one);
        assert_eq!(failed, fails(&other));
        assert!(failed.contains(&true) && failed.contains(&false));
        assert!(!one.failure.as_ref().unwrap()(HOME));
    }

    #[test]
    fn times_have_the_distribution_that_was_asked_for() {
        let backend = backend(1);
        for time in waits(&backend, SEARCH, 1000) {
            assert!(
                (10.0..=50.0).contains(&(time.as_secs_f64() * 1e3)),
                "{time:?}"
            );
        }
        let mut homes = waits(&backend, HOME, 2001);
        homes.sort_unstable();
        let median_ms = homes[1000].as_secs_f64() * 1e3;
        assert!((36.0..44.0).contains(&median_ms), "{median_ms}");
        // The logarithm's standard deviation: a sixth of the distance above the median.
        let above = (homes[1682].as_secs_f64() / homes[1000].as_secs_f64()).ln();
        assert!((0.42..0.58).contains(&above), "{above}");
    }
}
