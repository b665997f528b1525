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

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use otlp_request::{SPANS, request};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value as Json, json};

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
    let counted = stack.count();
    println!(
        "{:<46} {:>10.0}",
        "ms from exec to the count of all spans",
        begun.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(counted, n_sent as u64, "what was acknowledged is there");
    stack.rest_until_sealed();
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
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
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

fn post(stream: &mut TcpStream, path: &str, content_type: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Honeycomb-Team: bench\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer).unwrap();
    (status, answer)
}

struct Stack {
    child: Child,
    address: String,
}

impl Stack {
    fn start(folder: &Path) -> Stack {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cruddurctl"))
            .args([
                "stack",
                "--port",
                "0",
                "--keep-age",
                "3650d",
                "--keep-size",
                "1TiB",
                "--data-dir",
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().trim_start_matches("http://").to_string();
        Stack { child, address }
    }

    fn count(&self) -> u64 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let question = json!({ "calculations": [{ "op": "COUNT" }], "start_time": 1_795_478_000, "end_time": 1_795_490_000 });
        let query = self.asked(&mut stream, "/1/queries/backend-flask", &question);
        let run = json!({ "query_id": query["id"], "disable_series": true });
        let result = self.asked(&mut stream, "/1/query_results/backend-flask", &run);
        let id = result["id"].as_str().unwrap().to_string();
        loop {
            let result = get(
                &self.address,
                &format!("/1/query_results/backend-flask/{id}"),
            );
            if result["complete"] == true {
                return result["data"]["results"][0]["data"]["COUNT"]
                    .as_u64()
                    .unwrap();
            }
        }
    }

    fn asked(&self, stream: &mut TcpStream, path: &str, body: &Json) -> Json {
        let (_, answer) = post(
            stream,
            path,
            "application/json",
            body.to_string().as_bytes(),
        );
        serde_json::from_slice(&answer).unwrap()
    }

    // Whatever had come in before the kill is sealed a moment after the start.
    fn rest_until_sealed(&self) {
        let mut last = f64::INFINITY;
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(200));
            let now = self.anonymous_mb();
            if now == last {
                return;
            }
            last = now;
        }
    }

    // What no file backs; nothing where the system does not say.
    fn anonymous_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kb.unwrap_or(0.0) / 1024.0
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
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
