//! How many segments a second the X-Ray daemon's door takes by UDP, with the sender on the same machine; and
//! whether it tells the truth about what it could not take.
//!
//! `cargo bench --bench daemon -- [PER_SECOND [SECONDS]]`; 20,000 a second for ten seconds if it is not said.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

const TARGET: u64 = 20_000;

fn main() {
    let mut numbers = std::env::args().filter_map(|it| it.parse::<u64>().ok());
    let rate = numbers.next().unwrap_or(TARGET);
    let seconds = numbers.next().unwrap_or(10);
    let cores = std::thread::available_parallelism().unwrap();
    println!(
        "{cores} cores, {} bytes a datagram",
        Sender::datagram().len()
    );

    for (name, arguments) in [
        ("the stack's door", &["stack", "--port", "0"][..]),
        ("xray daemon", &["xray", "daemon", "--port", "0"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let door = Door::open(folder.path(), arguments);
        let mut sender = Sender::new(door.address);
        let n_sent = sender.paced(rate, rate * seconds);
        let begun = Instant::now();
        let counts = door.settled(n_sent);
        println!("{name}, {rate} a second for {seconds} s:");
        report(&counts, n_sent);
        println!(
            "  {:<44} {:>10.0}",
            "ms until the last was stored",
            begun.elapsed().as_secs_f64() * 1e3
        );
        println!(
            "  {:<44} {:>10.0}",
            "MB of anonymous memory",
            door.anonymous_mb()
        );
        assert_eq!(counts.lost(), 0, "none is lost at {rate} a second");
        door.close();
        assert_eq!(
            stored(folder.path()),
            n_sent,
            "what was taken is in the store"
        );

        let folder = tempfile::tempdir().unwrap();
        let door = Door::open(folder.path(), arguments);
        let mut sender = Sender::new(door.address);
        let begun = Instant::now();
        let n_sent = sender.flat_out(Duration::from_secs(5));
        let sent_in = begun.elapsed().as_secs_f64();
        let counts = door.settled(n_sent);
        let settled_in = begun.elapsed().as_secs_f64();
        println!("{name}, as fast as one sender can:");
        println!(
            "  {:<44} {:>10.0}",
            "sent a second",
            n_sent as f64 / sent_in
        );
        report(&counts, n_sent);
        println!(
            "  {:<44} {:>10.0}",
            "stored a second, until the last was",
            counts.stored as f64 / settled_in
        );
        door.close();
        assert_eq!(
            stored(folder.path()),
            counts.stored,
            "what was counted is in the store"
        );
    }
}

// Every datagram is in exactly one of the counts, or the counts are not honest.
fn report(counts: &Counts, n_sent: u64) {
    println!(
        "  sent {n_sent}: stored {}, dropped by the system {}, spilled {}, dropped {}",
        counts.stored, counts.kernel_drops, counts.spilled, counts.dropped
    );
    assert_eq!(counts.stored + counts.lost(), n_sent, "{counts:?}");
}

#[derive(Debug)]
struct Counts {
    stored: u64,
    kernel_drops: u64,
    spilled: u64,
    dropped: u64,
}

impl Counts {
    fn lost(&self) -> u64 {
        self.kernel_drops + self.spilled + self.dropped
    }
}

/// Sends the same segment over and over, each time under another id and in another trace.
struct Sender {
    socket: UdpSocket,
    datagram: Vec<u8>,
    id_at: usize,
    trace_at: usize,
    n_sent: u64,
}

// As many digits as an id has, so that they are easily found.
const ID: &str = "1111111111111111";
const TRACE: &str = "222222222222222222222222";

impl Sender {
    fn new(address: SocketAddr) -> Sender {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(address).unwrap();
        let datagram = Sender::datagram();
        let at = |text: &str| {
            let found = datagram
                .windows(text.len())
                .position(|it| it == text.as_bytes());
            found.unwrap()
        };
        Sender {
            socket,
            id_at: at(ID),
            trace_at: at(TRACE),
            datagram,
            n_sent: 0,
        }
    }

    fn datagram() -> Vec<u8> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let start = now.as_secs_f64();
        let segment = json!({
            "name": "backend-flask", "id": ID, "trace_id": format!("1-{:08x}-{TRACE}", now.as_secs()),
            "start_time": start, "end_time": start + 0.042, "in_progress": false,
            "http": {
                "request": {"method": "GET", "url": "http://localhost:4567/api/activities/home", "client_ip": "127.0.0.1", "user_agent": "curl/8.5.0"},
                "response": {"status": 200, "content_length": 1203},
            },
            "service": {"runtime": "CPython", "runtime_version": "3.11.2"},
            "aws": {"xray": {"sdk": "X-Ray for Python", "sdk_version": "2.15.0", "sampling_rule_name": "Cruddur"}},
            "annotations": {"handle": "andrewbrown", "results": 3},
            "subsegments": [{
                "name": "mock-data", "id": "3333333333333333", "start_time": start + 0.001, "end_time": start + 0.04,
                "in_progress": false, "namespace": "local",
                "metadata": {"namespace": {"key": {"now": "2026-11-24T10:00:00Z", "results-size": 3}}},
            }],
        });
        format!("{{\"format\":\"json\",\"version\":1}}\n{segment}").into_bytes()
    }

    fn send(&mut self) {
        self.n_sent += 1;
        let id = format!("{:016x}", self.n_sent);
        self.datagram[self.id_at..][..16].copy_from_slice(id.as_bytes());
        self.datagram[self.trace_at + 8..][..16].copy_from_slice(id.as_bytes());
        self.socket.send(&self.datagram).unwrap();
    }

    /// Sends so many, evenly, in steps of a millisecond; catches up if it was held up.
    fn paced(&mut self, rate: u64, n: u64) -> u64 {
        let begun = Instant::now();
        while self.n_sent < n {
            let due = (begun.elapsed().as_secs_f64() * rate as f64) as u64;
            while self.n_sent < due.min(n) {
                self.send();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.n_sent
    }

    fn flat_out(&mut self, time: Duration) -> u64 {
        let begun = Instant::now();
        while begun.elapsed() < time {
            for _ in 0..100 {
                self.send();
            }
        }
        self.n_sent
    }
}

/// A process with a daemon's door.
struct Door {
    child: Child,
    address: SocketAddr,
}

impl Door {
    fn open(folder: &Path, arguments: &[&str]) -> Door {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cruddurctl"))
            .args(arguments)
            .args(["--keep-size", "1TiB", "--target", "local", "--data-dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").parse().unwrap();
        let door = match arguments[0] {
            "stack" => health(address)["daemon_address"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap(),
            _ => address,
        };
        Door {
            child,
            address: door,
        }
    }

    /// Waits until nothing is on the way any more: every one is counted, or none has come for a while.
    fn settled(&self, n_sent: u64) -> Counts {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let counts = &health(self.address)["daemon"];
            let number = |json: &Json| json.as_u64().unwrap();
            let is_stack = counts["received"].is_u64();
            let door = if is_stack { counts } else { &counts["door"] };
            let side = &counts["sides"][0];
            let (stored, waiting, dropped) = match is_stack {
                true => (number(&door["taken"]), 0, number(&door["failed"])),
                false => (
                    number(&side["delivered"]),
                    number(&side["spooled"]),
                    number(&side["dropped"]),
                ),
            };
            let spilled = number(&door["spilled"]);
            let is_settled = waiting == 0
                && number(&door["waiting"]) == 0
                && stored + spilled + dropped == number(&door["received"]);
            let counts = Counts {
                stored,
                kernel_drops: number(&door["kernel_drops"]),
                spilled,
                dropped,
            };
            let n_counted = counts.stored + counts.lost();
            if n_counted != last {
                (last, since) = (n_counted, Instant::now());
            }
            let is_quiet = since.elapsed() > Duration::from_secs(3);
            if is_settled && (n_counted == n_sent || is_quiet) {
                return counts;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn anonymous_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kb.unwrap_or(0.0) / 1024.0
    }

    fn close(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

fn health(address: SocketAddr) -> Json {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

/// How many segments a folder holds that nobody has open.
fn stored(folder: &Path) -> u64 {
    let ran = Command::new(env!("CARGO_BIN_EXE_cruddurctl"))
        .args(["store", "stat", "--output", "json", "--data-dir"])
        .arg(folder)
        .output()
        .unwrap();
    let stat: Json = serde_json::from_slice(&ran.stdout).unwrap();
    let datasets = stat["datasets"].as_array().unwrap();
    let segments = datasets.iter().filter(|it| it["lens"] == "segments");
    segments.map(|it| it["events"].as_u64().unwrap()).sum()
}
