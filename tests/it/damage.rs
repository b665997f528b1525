//! Flipped, zeroed and missing bytes anywhere in the log and the segments: what is damaged is named, what
//! is answered is true, and everything else is served.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::http::{get, get_keyed, post_json};
use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{at_ms, rows, send};
use crate::traffic::{DATASET, Fate, Numbers, TINY, Traffic, check_totals, found};

const SEED: u64 = 5;
const N_CASES: u32 = 36;
/// Each sealed or killed on its own, so that there are several files.
const N_ROUNDS: u64 = 4;
const REQUESTS_PER_ROUND: usize = 60;

/// The data folder of a stack that was stopped, by path inside the folder.
type Files = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn whatever_is_damaged_nothing_wrong_is_answered_and_everything_else_is_served() {
    let place = Place::new();
    let truth = fill(&place);
    let whole = files(&place);
    let targets: Vec<&PathBuf> = whole
        .iter()
        .filter(|(path, bytes)| is_data(path) && !bytes.is_empty())
        .map(|(path, _)| path)
        .collect();
    assert!(!targets.is_empty(), "{:?}", whole.keys());

    let mut rng = StdRng::seed_from_u64(SEED);
    for case in 0..N_CASES {
        let target = targets[rng.random_range(0..targets.len())];
        let bytes = &whole[target];
        let at = rng.random_range(0..bytes.len());
        let damage = Damage::ALL[case as usize % Damage::ALL.len()];
        let damaged = damage.done_to(bytes, at, &mut rng);
        let context = format!(
            "seed {SEED}, case {case}: {damage:?} at byte {at} of {} in {}",
            bytes.len(),
            target.display()
        );
        if &damaged == bytes {
            continue;
        }
        let mut files = whole.clone();
        // What damage may cost: the records of a log that it touches, or a segment, and no more; nothing
        // of what stands in two files.
        if is_log(target) {
            files.insert(target.clone(), without_records(bytes, &damaged));
        } else if target.starts_with("segments") {
            files.remove(target);
        }
        lay(&place, &files);
        let (without, _) = served(
            &place,
            &truth,
            &format!("{context}, without what it touches"),
        );

        // A log that ends after a whole record looks as it did before more was written to it.
        let is_plain_end = is_log(target) && is_end_of_records(bytes, damaged.len(), damage);
        files.insert(target.clone(), damaged);
        lay(&place, &files);

        let verified = place.run(&["store", "verify"]);
        let said = format!("{}{}", verified.stdout, verified.stderr);
        assert!(!said.contains("panicked"), "{context}: {said}");
        if !is_plain_end {
            let name = target.file_name().unwrap().to_str().unwrap();
            assert_eq!(verified.code, Some(6), "{context}: {said}");
            assert!(said.contains(name), "{context}: {said}");
        }
        let (served, said) = served(&place, &truth, &context);
        // What is missing from an answer is named. A byte that no answer needs is named by `verify` alone.
        assert!(
            is_plain_end || !said.is_empty() || served.numbers == truth,
            "{context}: the stack says nothing"
        );
        for (round, numbers) in &without.numbers {
            for (sender, numbers) in numbers {
                let still = served.numbers[round]
                    .get(sender)
                    .cloned()
                    .unwrap_or_default();
                let missing: Vec<&u64> = numbers.difference(&still).collect();
                assert!(
                    missing.is_empty(),
                    "{context}: round {round}, sender {sender}: {missing:?} are whole and not served"
                );
            }
        }
        assert!(
            served.markers.is_superset(&without.markers),
            "{context}: of the markers {:?} only {:?} are served",
            without.markers,
            served.markers
        );
    }
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    FlippedByte,
    CutShort,
    ZeroedPage,
    Emptied,
}

impl Damage {
    // Flipped bytes come most often: they have the most places to be.
    const ALL: [Damage; 6] = [
        Damage::FlippedByte,
        Damage::CutShort,
        Damage::FlippedByte,
        Damage::ZeroedPage,
        Damage::FlippedByte,
        Damage::Emptied,
    ];

    fn done_to(self, bytes: &[u8], at: usize, rng: &mut StdRng) -> Vec<u8> {
        const PAGE: usize = 4096;
        let mut bytes = bytes.to_vec();
        match self {
            Damage::FlippedByte => bytes[at] ^= rng.random_range(1..=255u8),
            Damage::CutShort => bytes.truncate(at),
            Damage::ZeroedPage => {
                let start = at / PAGE * PAGE;
                let end = bytes.len().min(start + PAGE);
                bytes[start..end].fill(0);
            }
            Damage::Emptied => bytes.clear(),
        }
        bytes
    }
}

/// What a stack serves of a folder.
struct Served {
    numbers: BTreeMap<u64, Numbers>,
    markers: BTreeSet<String>,
}

/// Fills the folder with several rounds of traffic, and returns which numbers each of them left.
fn fill(place: &Place) -> BTreeMap<u64, Numbers> {
    let next = Default::default();
    let mut truth = BTreeMap::new();
    for round in 0..N_ROUNDS {
        let stack = place.stack_with(TINY);
        let traffic = Traffic {
            address: stack.address,
            round,
            next: &next,
            padding: 100,
            is_over: &AtomicBool::new(false),
        };
        let sent = traffic.send_from_all(REQUESTS_PER_ROUND);
        assert!(sent.iter().all(|sent| sent.fate == Fate::Acknowledged));
        let marker = json!({ "message": format!("round-{round}") });
        let made = post_json(stack.address, "/1/markers/__all__", &marker);
        assert_eq!(made.status, 201);
        truth.insert(round, found(stack.address, round, "before any damage"));
        check_totals(stack.address, &truth, "before any damage");
        let stopped = stack.running.stop();
        assert_eq!(stopped.code, Some(0), "{stopped:?}");
    }
    truth
}

/// Starts a stack over the folder, looks at everything it serves, and stops it. Returns that, and what
/// the stack has named of damage, when it started or since.
fn served(place: &Place, truth: &BTreeMap<u64, Numbers>, context: &str) -> (Served, Vec<String>) {
    let stack = place.stack_with(TINY);
    let address = stack.address;
    assert_eq!(get(address, "/healthz").status, 200, "{context}");
    let mut numbers = BTreeMap::new();
    let has_dataset = get_keyed(address, &format!("/1/datasets/{DATASET}")).status == 200;
    for (round, true_numbers) in truth {
        let served = match has_dataset {
            true => found(address, *round, context),
            false => Numbers::new(),
        };
        for (sender, served) in &served {
            let wrong: Vec<&u64> = served.difference(&true_numbers[sender]).collect();
            assert!(wrong.is_empty(), "{context}: {wrong:?} were never sent");
        }
        numbers.insert(*round, served);
    }
    if has_dataset {
        // Every sum and count is that of the spans that are left.
        check_totals(address, &numbers, context);
    }
    let markers = markers(address, context);
    still_takes_events(address, context);
    let health = get(address, "/healthz").json();
    let damage = health["damage"].as_array().unwrap().iter();
    let mut said: Vec<String> = damage.map(|damage| damage.to_string()).collect();
    let stopped = stack.running.stop();
    assert_eq!(stopped.code, Some(0), "{context}: {stopped:?}");
    assert!(
        !stopped.stderr.contains("panicked"),
        "{context}: {stopped:?}"
    );
    let warnings = stopped.stderr.lines();
    let warnings = warnings.filter(|line| line.starts_with("warning: "));
    said.extend(warnings.map(str::to_string));
    (Served { numbers, markers }, said)
}

fn markers(address: SocketAddr, context: &str) -> BTreeSet<String> {
    let markers = get_keyed(address, "/1/markers/__all__").json();
    let markers: BTreeSet<String> = markers
        .as_array()
        .unwrap()
        .iter()
        .map(|marker| marker["message"].as_str().unwrap().to_string())
        .collect();
    let is_known = |marker: &String| (0..N_ROUNDS).any(|round| *marker == format!("round-{round}"));
    assert!(markers.iter().all(is_known), "{context}: {markers:?}");
    markers
}

fn still_takes_events(address: SocketAddr, context: &str) {
    send(address, "after", vec![Span::named("work", at_ms(0))]);
    let rows = rows(address, "after", &json!({}));
    assert_eq!(rows[0]["COUNT"], 1, "{context}: {rows:?}");
}

fn is_data(path: &Path) -> bool {
    let folders = ["journal", "segments", "documents"];
    folders.iter().any(|folder| path.starts_with(folder))
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "log")
}

/// Tells whether a log that was cut to `length` ends after a whole record, or before the first one.
fn is_end_of_records(whole: &[u8], length: usize, damage: Damage) -> bool {
    matches!(damage, Damage::CutShort | Damage::Emptied)
        && (length <= LOG_HEAD || records(whole).iter().any(|record| record.end == length))
}

/// Returns a log with zeros in place of the records that are not the same in `damaged`.
fn without_records(whole: &[u8], damaged: &[u8]) -> Vec<u8> {
    let mut log = whole.to_vec();
    for record in records(whole) {
        if damaged.get(record.clone()) != Some(&whole[record.clone()]) {
            log[record].fill(0);
        }
    }
    log
}

/// A magic, three numbers and a checksum.
const LOG_HEAD: usize = 36;

/// Returns where the records of a log are: a magic of 4 bytes, the payload's length in 4, a checksum
/// in 4, a kind in 1, a sequence in 8, and the payload.
fn records(log: &[u8]) -> Vec<Range<usize>> {
    let mut records = Vec::new();
    let mut at = LOG_HEAD;
    while at < log.len() {
        let payload: [u8; 4] = log[at + 4..at + 8].try_into().unwrap();
        let end = at + 21 + u32::from_le_bytes(payload) as usize;
        records.push(at..end);
        at = end;
    }
    records
}

fn files(place: &Place) -> Files {
    let inside = |path: PathBuf| path.strip_prefix(place.data()).unwrap().to_path_buf();
    let listing = place.listing().into_iter();
    listing.map(|(path, bytes)| (inside(path), bytes)).collect()
}

/// Makes the data folder hold these files and no others.
fn lay(place: &Place, files: &Files) {
    fs::remove_dir_all(place.data()).unwrap();
    for (path, bytes) in files {
        let path = place.data().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::create_dir_all(place.data().join("journal")).unwrap();
}
