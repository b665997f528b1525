//! Latency and failure on purpose.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::routes::Backend;

/// Makes a back end take its time and fail now and then, as one with a database does.
///
/// Times are log-normal around a median for each route, three in a hundred four times as long; one
/// request in a hundred fails. The same seed gives the same sequence.
pub fn like_a_database(mut backend: Backend, seed: u64) -> Backend {
    let chance = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    let drawn = |chance: &Mutex<StdRng>| {
        let mut rng = chance.lock().unwrap_or_else(PoisonError::into_inner);
        (normal(&mut rng), rng.random::<f64>())
    };
    let failing = chance.clone();
    backend.latency = Some(Arc::new(move |route| {
        let (bell, tail) = drawn(&chance);
        let slower = if tail < 0.03 { 4.0 } else { 1.0 };
        Duration::from_secs_f64(median_ms(route) * (0.45 * bell).exp() * slower / 1e3)
    }));
    backend.failure = Some(Arc::new(move |route| {
        route != "/api/health-check" && drawn(&failing).1 < 0.01
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
