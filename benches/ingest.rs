//! How many spans a second a stack takes over OTLP/HTTP, each request acknowledged when it is on disk, with
//! the senders on the same machine; then what is left after `kill -9`.
//!
//! `cargo bench --bench ingest -- [SPANS [SENDERS]]`; five million spans from four senders if it is not said.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

mod otlp_request;
mod stack;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use otlp_request::{SPANS, request};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value as Json, json};
use stack::{Stack, ask, connect, post};

const TARGET: f64 = 200_000.0;

fn main() {
    let mut numbers = std::env::args().filter_map(|it| it.parse::<usize>().ok());
    let n_spans = numbers.next().unwrap_or(5_000_000);
    let n_senders = numbers.next().unwrap_or(4);
    let n_requests = n_spans.div_ceil(SPANS);
    let mut rng = StdRng::seed_from_u64(1);
    // Enough of them that no cache knows them by heart.
    let bodies: Vec<Vec<u8>> = (0..256).map(|_| request(&mut rng)).collect();
    let folder = tempfile::tempdir().unwrap();
    let stack = Stack::start(folder.path());

    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    let (mut latencies, n_refused, peak_mb) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak: f64 = 0.0;
            while !is_over.load(Ordering::Relaxed) {
                peak = peak.max(stack.anonymous_mb());
                std::thread::sleep(Duration::from_millis(50));
            }
            peak
        });
        let senders: Vec<_> = (0..n_senders)
            .map(|_| scope.spawn(|| send(&stack.address, &bodies, &next, n_requests)))
            .collect();
        let mut latencies = Vec::new();
        let mut n_refused = 0;
        for sender in senders {
            let (some, refused) = sender.join().unwrap();
            latencies.extend(some);
            n_refused += refused;
        }
        is_over.store(true, Ordering::Relaxed);
        (latencies, n_refused, watch.join().unwrap())
    });
    let seconds = begun.elapsed().as_secs_f64();
    let n_sent = latencies.len() * SPANS;
    latencies.sort_by(f64::total_cmp);
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let rate = n_sent as f64 / seconds;
    println!("{n_sent} spans from {n_senders} senders in {seconds:.1} s");
    println!(
        "{:<46} {rate:>10.0} (target {TARGET:.0}, ratio {:.1})",
        "spans/s, each request durable when acknowledged",
        rate / TARGET
    );
    println!(
        "{:<46} {:>10.1} / {:.1}",
        "ms to an acknowledgement, median / P99",
        at(0.5),
        at(0.99)
    );
    println!(
        "{:<46} {n_refused:>10}",
        "requests told to come again (429)"
    );
    println!(
        "{:<46} {peak_mb:>10.0}",
        "MB of anonymous memory at the most"
    );

    stack.kill();
    let begun = Instant::now();
    let stack = Stack::start(folder.path());
    println!(
        "{:<46} {:>10.0}",
        "ms from exec to an open door after kill -9",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let counted = count(&stack);
    println!(
        "{:<46} {:>10.0}",
        "ms from exec to the count of all spans",
        begun.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(counted, n_sent as u64, "what was acknowledged is there");
    rest_until_sealed(&stack);
    println!(
        "{:<46} {:>10.0}",
        "MB of anonymous memory at rest",
        stack.anonymous_mb()
    );
    println!(
        "{:<46} {:>10.1}",
        "bytes a span on disk",
        bytes_in(folder.path()) as f64 / n_sent as f64
    );
    stack.kill();
}

// Returns how long each acknowledgement took, in milliseconds, and how many requests were refused for now.
fn send(
    address: &str,
    bodies: &[Vec<u8>],
    next: &AtomicUsize,
    n_requests: usize,
) -> (Vec<f64>, usize) {
    let mut stream = connect(address);
    let (mut latencies, mut n_refused) = (Vec::new(), 0);
    loop {
        let idx = next.fetch_add(1, Ordering::Relaxed);
        if idx >= n_requests {
            return (latencies, n_refused);
        }
        let body = &bodies[idx % bodies.len()];
        loop {
            let begun = Instant::now();
            let status = post(&mut stream, "/v1/traces", "application/x-protobuf", body).0;
            if status == 200 {
                latencies.push(begun.elapsed().as_secs_f64() * 1e3);
                break;
            }
            assert_eq!(
                status, 429,
                "the stack takes spans or says that it cannot keep up"
            );
            n_refused += 1;
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn count(stack: &Stack) -> u64 {
    let mut stream = connect(&stack.address);
    let question = json!({ "calculations": [{ "op": "COUNT" }], "start_time": 1_795_478_000, "end_time": 1_795_490_000 });
    let query = ask(&mut stream, "/1/queries/backend-flask", &question);
    let run = json!({ "query_id": query["id"], "disable_series": true });
    let result = ask(&mut stream, "/1/query_results/backend-flask", &run);
    let id = result["id"].as_str().unwrap().to_string();
    loop {
        let result = get(
            &stack.address,
            &format!("/1/query_results/backend-flask/{id}"),
        );
        if result["complete"] == true {
            return result["data"]["results"][0]["data"]["COUNT"]
                .as_u64()
                .unwrap();
        }
    }
}

// Whatever had come in before the kill is sealed a moment after the start.
fn rest_until_sealed(stack: &Stack) {
    let mut last = f64::INFINITY;
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(200));
        let now = stack.anonymous_mb();
        if now == last {
            return;
        }
        last = now;
    }
}

fn get(address: &str, path: &str) -> Json {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Honeycomb-Team: bench\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => bytes_in(&entry.path()),
            _ => entry.metadata().map_or(0, |it| it.len()),
        })
        .sum()
}
