//! Numbered spans from several senders at once, and what became of each request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

use serde_json::{Value as Json, json};

use crate::http::request;
use crate::otlp_text::{Export, Span};
use crate::question::{at_ms, rows};

/// How many senders there are. Half of them speak OTLP, the others Honeycomb.
pub const N_SENDERS: u64 = 4;

/// Where all of it goes.
pub const DATASET: &str = "traffic";

/// Makes the stack seal after a few rows, so that sealing and merging go on all the time.
pub const TINY: &[&str] = &["--seal-rows", "200", "--keep-age", "3650d"];

// Other text for each span, or a store that keeps each text once would hardly grow.
fn padding(n: u64, length: usize) -> String {
    let mut padding = format!("{n:x}-").repeat(length);
    padding.truncate(length);
    padding
}

/// One request: who sent it, and which numbers were in it. Nothing is ever sent twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub sender: u64,
    pub numbers: Vec<u64>,
    pub fate: Fate,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was answered with 200, so it has to be there from now on.
    Acknowledged,
    /// It was answered with this status, so it must not be there.
    Refused(u16),
    /// The connection ended before an answer: it may be there or not.
    Unknown,
}

/// One round of traffic to one stack.
pub struct Traffic<'t> {
    pub address: SocketAddr,
    /// Stands in every span.
    pub round: u64,
    /// The next number of each sender, so that a number is unique for its sender over all rounds.
    pub next: &'t [AtomicU64; N_SENDERS as usize],
    /// How many bytes more each span has.
    pub padding: usize,
    /// Ends the traffic after the requests that are under way.
    pub is_over: &'t AtomicBool,
}

impl Traffic<'_> {
    /// Sends until the door closes or the traffic is over, and tells what became of each request.
    pub fn send(&self, sender: u64, told: &Sender<Sent>) {
        let next = &self.next[sender as usize];
        while !self.is_over.load(Ordering::Relaxed) {
            let first = next.load(Ordering::Relaxed);
            let n_spans = 1 + first % 6;
            next.store(first + n_spans, Ordering::Relaxed);
            let numbers: Vec<u64> = (first..first + n_spans).collect();
            let fate = self.request(sender, &numbers);
            let sent = Sent {
                sender,
                numbers,
                fate,
            };
            if told.send(sent).is_err() || fate == Fate::Unknown {
                return;
            }
        }
    }

    /// Sends from all senders until this many requests have their answer, and those that are under way
    /// as well.
    pub fn send_from_all(&self, n_requests: usize) -> Vec<Sent> {
        self.send_from_all_until(|sent| sent.len() >= n_requests)
    }

    /// The same, until what was sent is enough.
    pub fn send_from_all_until(&self, is_enough: impl Fn(&[Sent]) -> bool) -> Vec<Sent> {
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            for sender in 0..N_SENDERS {
                let tell = tell.clone();
                scope.spawn(move || self.send(sender, &tell));
            }
            drop(tell);
            let mut sent = Vec::new();
            while let Ok(next) = told.recv() {
                sent.push(next);
                if is_enough(&sent) {
                    self.is_over.store(true, Ordering::Relaxed);
                }
            }
            sent
        })
    }

    fn request(&self, sender: u64, numbers: &[u64]) -> Fate {
        let answer = if sender.is_multiple_of(2) {
            let spans = numbers.iter().map(|n| self.span(sender, *n)).collect();
            request(self.address, "POST", "/v1/traces")
                .header("content-type", "application/x-protobuf")
                .try_send(&Export::of(DATASET, spans).protobuf())
        } else {
            let batch: Json = numbers.iter().map(|n| self.event(sender, *n)).collect();
            request(self.address, "POST", &format!("/1/batch/{DATASET}"))
                .header("x-honeycomb-team", "any")
                .try_send(batch.to_string().as_bytes())
        };
        match answer {
            Ok(answer) if answer.status == 200 => Fate::Acknowledged,
            Ok(answer) => Fate::Refused(answer.status),
            Err(_) => Fate::Unknown,
        }
    }

    fn span(&self, sender: u64, n: u64) -> Span {
        let mut span = Span::named("work", at_ms(n % 500_000))
            .with("sender", sender)
            .with("n", n)
            .with("round", self.round)
            .with("padding", padding(n, self.padding));
        span.end = span.start + (duration_ms(n) * 1e6) as u64;
        span
    }

    fn event(&self, sender: u64, n: u64) -> Json {
        json!({
            "time": (at_ms(n % 500_000) as f64 / 1e9),
            "data": {
                "name": "work", "sender": sender, "n": n, "round": self.round,
                "duration_ms": duration_ms(n), "padding": padding(n, self.padding),
            },
        })
    }
}

/// How long the span with this number took: in halves, so that every sum is exact.
pub fn duration_ms(n: u64) -> f64 {
    (n % 97) as f64 / 2.0
}

/// The numbers that are there, by sender.
pub type Numbers = BTreeMap<u64, BTreeSet<u64>>;

/// Returns the numbers of every request with such a fate.
pub fn numbers(sent: &[Sent], is_meant: impl Fn(Fate) -> bool) -> Numbers {
    let mut numbers = Numbers::new();
    for sent in sent.iter().filter(|sent| is_meant(sent.fate)) {
        let of_sender = numbers.entry(sent.sender).or_default();
        of_sender.extend(&sent.numbers);
    }
    numbers
}

/// Returns the numbers of one round that the stack has, after looking at every span: each is there
/// once, and says what was sent.
#[track_caller]
pub fn found(address: SocketAddr, round: u64, context: &str) -> Numbers {
    let question = json!({
        "breakdowns": ["sender", "n", "name"],
        "calculations": [{"op": "COUNT"}, {"op": "SUM", "column": "duration_ms"}],
        "filters": [{"column": "round", "op": "=", "value": round}],
        "limit": 1000,
    });
    let mut found = Numbers::new();
    let rows = rows(address, DATASET, &question);
    assert!(
        rows.len() < 1000,
        "{context}: too many spans for one result"
    );
    for row in rows {
        let (sender, n) = (row["sender"].as_u64(), row["n"].as_u64());
        let (Some(sender), Some(n)) = (sender, n) else {
            panic!("{context}: a span that nobody sent: {row}");
        };
        assert_eq!(row["COUNT"], 1, "{context}: {row} is there twice");
        assert_eq!(row["name"], "work", "{context}: {row}");
        let duration = row["SUM(duration_ms)"].as_f64();
        assert_eq!(duration, Some(duration_ms(n)), "{context}: {row}");
        found.entry(sender).or_default().insert(n);
    }
    found
}

/// Checks what the engine says of each round and sender in sum.
#[track_caller]
pub fn check_totals(address: SocketAddr, truth: &BTreeMap<u64, Numbers>, context: &str) {
    let question = json!({
        "breakdowns": ["round", "sender"],
        "calculations": [
            {"op": "COUNT"}, {"op": "COUNT_DISTINCT", "column": "n"},
            {"op": "SUM", "column": "n"}, {"op": "SUM", "column": "duration_ms"},
        ],
        "limit": 1000,
    });
    let mut said = BTreeMap::new();
    for row in rows(address, DATASET, &question) {
        let number = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
        let key = (row["round"].as_u64(), row["sender"].as_u64());
        let totals = [
            number("COUNT"),
            number("COUNT_DISTINCT(n)"),
            number("SUM(n)"),
            number("SUM(duration_ms)"),
        ];
        said.insert(key, totals);
    }
    let mut expected = BTreeMap::new();
    for (round, numbers) in truth {
        for (sender, numbers) in numbers.iter().filter(|(_, numbers)| !numbers.is_empty()) {
            let count = numbers.len() as f64;
            let sum = numbers.iter().sum::<u64>() as f64;
            let durations = numbers.iter().map(|n| duration_ms(*n)).sum();
            expected.insert(
                (Some(*round), Some(*sender)),
                [count, count, sum, durations],
            );
        }
    }
    assert_eq!(
        said, expected,
        "{context}: by round and sender, COUNT, COUNT_DISTINCT(n), SUM(n), SUM(duration_ms)"
    );
}
