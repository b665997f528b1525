//! How many spans a second one core makes columns of.
//!
//! A request as a busy service's SDK sends it: 512 spans of 15 attributes, five of them the resource's, in
//! the order in which they ended. `cargo bench --bench decode [-- ROUNDS]`
#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

mod otlp_request;

use std::hint::black_box;
use std::time::Instant;

use cruddurctl::otlp::decode::{Encoding, spans};
use otlp_request::{SPANS, request};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn main() {
    // Cargo passes flags of its own.
    let rounds = std::env::args().find_map(|argument| argument.parse().ok());
    let rounds: usize = rounds.unwrap_or(2_000);
    let mut rng = StdRng::seed_from_u64(1);
    // Several, so that no cache knows a request by heart.
    let requests: Vec<Vec<u8>> = (0..16).map(|_| request(&mut rng)).collect();
    let bytes: usize = requests.iter().map(Vec::len).sum();
    println!("{} bytes a span", bytes / requests.len() / SPANS);
    let read = |request: &[u8]| spans(request, Encoding::Protobuf).unwrap_or_default().parts;
    measure("decode", rounds, &requests, |request| {
        black_box(read(request));
    });
    measure("decode and finish", rounds, &requests, |request| {
        for part in read(request) {
            black_box(part.finish());
        }
    });
}

// The best of nine, as the machine does other things too.
fn measure(name: &str, rounds: usize, requests: &[Vec<u8>], run: impl Fn(&[u8])) {
    let mut best = f64::INFINITY;
    for _ in 0..9 {
        let begun = Instant::now();
        for request in requests.iter().cycle().take(rounds) {
            run(request);
        }
        best = best.min(begun.elapsed().as_secs_f64());
    }
    let n_spans = (rounds * SPANS) as f64;
    let (rate, each) = (n_spans / best, best / n_spans * 1e9);
    println!("{name:<20} {rate:>12.0} spans/s {each:>8.0} ns a span");
}
