//! How many log lines a second `logs ship` brings to a stack on the same machine, each on disk on the way and
//! on disk in the stack; then what is left after `kill -9` of the stack.
//!
//! `cargo bench --bench ship -- [LINES]`; three million lines if it is not said.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value as Json;

const TARGET: f64 = 100_000.0;
const BINARY: &str = env!("CARGO_BIN_EXE_cruddurctl");

fn main() {
    let asked = std::env::args().find_map(|it| it.parse::<u64>().ok());
    let n_lines = asked.unwrap_or(3_000_000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.log");
    let n_bytes = write_lines(&file, n_lines);
    println!(
        "{n_lines} lines as Cruddur's back end writes them, {} bytes each",
        n_bytes / n_lines
    );

    for (name, is_pipe) in [("a file", false), ("a pipe", true)] {
        let place = folder.path().join(name.replace(' ', "-"));
        let stack = Stack::start(&place);
        let sink = Sink::run(&file, is_pipe, &place, &stack.address, "60s");
        let rate = n_lines as f64 / sink.seconds;
        assert_eq!(sink.counts["delivered"], n_lines);
        line(
            &format!("lines/s from {name}, delivered and durable"),
            &format!("{rate:.0} (target {TARGET:.0}, ratio {:.1})", rate / TARGET),
        );
        let cpu = |seconds: f64| format!("{:.2}", seconds * 1e6 / n_lines as f64);
        line(
            "  CPU seconds a million lines, sink",
            &cpu(sink.cpu_seconds),
        );
        line("  the same, stack", &cpu(cpu_seconds(stack.child.id())));
        line(
            "  MB of memory at the most, sink",
            &format!("{:.0}", sink.peak_mb),
        );
        stack.kill();
        assert_eq!(
            stored(&place),
            n_lines,
            "what was delivered is there after kill -9"
        );
    }

    let away = folder.path().join("away");
    let patience = Duration::from_secs(1);
    let sink = Sink::run(&file, false, &away, "127.0.0.1:9", "1s");
    assert_eq!(sink.counts["spooled"], n_lines);
    let rate = n_lines as f64 / (sink.seconds - patience.as_secs_f64());
    line(
        "lines/s accepted on disk with nobody there",
        &format!("{rate:.0}"),
    );
}

fn line(what: &str, value: &str) {
    println!("{what:<46} {value:>10}");
}

// Returns how many bytes it wrote.
fn write_lines(path: &Path, n_lines: u64) -> u64 {
    const REQUESTS: [&str; 5] = [
        "GET http /api/activities/home? 200 OK",
        "GET http /api/activities/notifications? 200 OK",
        "GET http /api/activities/search?term=cloud 200 OK",
        "POST http /api/activities? 422 UNPROCESSABLE ENTITY",
        "GET http /api/messages/@andrewbrown? 200 OK",
    ];
    let mut rng = StdRng::seed_from_u64(5);
    let mut out = BufWriter::new(File::create(path).unwrap());
    for _ in 0..n_lines {
        let request = REQUESTS[rng.random_range(0..REQUESTS.len())];
        let (a, b) = (rng.random::<u8>(), rng.random::<u8>());
        writeln!(out, "[2026-Nov-22 07:09] 10.0.{a}.{b} {request}").unwrap();
    }
    out.flush().unwrap();
    path.metadata().unwrap().len()
}

struct Sink {
    counts: Json,
    seconds: f64,
    cpu_seconds: f64,
    peak_mb: f64,
}

impl Sink {
    fn run(file: &Path, is_pipe: bool, place: &Path, address: &str, patience: &str) -> Sink {
        let mut command = Command::new(BINARY);
        command
            .args(["logs", "ship", "--stream", "bench", "--output", "json"])
            .args(["--patience", patience, "--spool-size", "4GiB"])
            .arg("--data-dir")
            .arg(place.join("data"))
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .envs([
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("AWS_REGION", "us-east-1"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut cat = None;
        if is_pipe {
            let mut child = Command::new("cat")
                .arg(file)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            command.stdin(child.stdout.take().unwrap());
            cat = Some(child);
        } else {
            command.arg("--file").arg(file);
        }
        let begun = Instant::now();
        let mut child = command.spawn().unwrap();
        let (mut cpu, mut peak_mb) = (0.0_f64, 0.0_f64);
        while child.try_wait().unwrap().is_none() {
            cpu = cpu.max(cpu_seconds(child.id()));
            peak_mb = peak_mb.max(peak_mb_of(child.id()));
            std::thread::sleep(Duration::from_millis(5));
        }
        let seconds = begun.elapsed().as_secs_f64();
        let out = child.wait_with_output().unwrap();
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stdout)
        );
        if let Some(mut cat) = cat {
            cat.wait().unwrap();
        }
        Sink {
            counts: serde_json::from_slice(&out.stdout).unwrap(),
            seconds,
            cpu_seconds: cpu,
            peak_mb,
        }
    }
}

struct Stack {
    child: Child,
    address: String,
}

impl Stack {
    fn start(place: &Path) -> Stack {
        let mut child = Command::new(BINARY)
            .args(["stack", "--port", "0", "--data-dir"])
            .arg(place)
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

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn stored(place: &Path) -> u64 {
    let out = Command::new(BINARY)
        .args(["store", "stat", "--output", "json", "--data-dir"])
        .arg(place)
        .output()
        .unwrap();
    let listed: Json = serde_json::from_slice(&out.stdout).unwrap();
    let datasets = listed["datasets"].as_array().unwrap();
    let logs = datasets
        .iter()
        .filter(|dataset| dataset["lens"] == "log lines");
    logs.map(|dataset| dataset["events"].as_u64().unwrap())
        .sum()
}

// User and system time so far; nothing where the system does not say.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    // Hundredths of a second, as Linux has counted for ever.
    fields
        .get(11..13)
        .map_or(0.0, |both| (both[0] + both[1]) / 100.0)
}

fn peak_mb_of(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}
