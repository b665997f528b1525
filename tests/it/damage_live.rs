//! Files of the data folder that are cut, lengthened or deleted under a stack that runs: it stays up, and every answer
//! is the truth or says that it leaves something out.

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::path::PathBuf;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

use crate::http::{get, logs, post_json};
use crate::known_data::{DATASET, GROUP, Known, SEALS, files, lay};
use crate::place::Place;

const SEED: u64 = 29;
const N_TRIALS: u32 = 9;

// More than what is asked for, before it, so that the segments are large enough to be mapped.
fn fill_more(address: SocketAddr, known: Known, rng: &mut StdRng) {
    let mut text = || {
        let letters = (0..200).map(|_| char::from(rng.random_range(b'a'..=b'z')));
        letters.collect::<String>()
    };
    let start = known.start as f64 - 4_000.0;
    let events: Vec<Json> = (0..800)
        .map(|n| json!({ "time": start + f64::from(n), "data": { "n": 1, "route": text() } }))
        .collect();
    let sent = post_json(address, &format!("/1/batch/{DATASET}"), &json!(events));
    assert_eq!(sent.status, 200, "{}", sent.text());
    let lines: Vec<Json> = (0..800)
        .map(|n| json!({ "timestamp": ((start + f64::from(n)) * 1e3) as u64, "message": text() }))
        .collect();
    let put = json!({ "logGroupName": GROUP, "logStreamName": "one", "logEvents": lines });
    let sent = logs(address, "PutLogEvents", &put);
    assert_eq!(sent.status, 200, "{}", sent.text());
}

#[test]
fn a_file_that_is_changed_under_a_running_stack_neither_stops_it_nor_lies() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let place = Place::new();
    let stack = place.stack_with(SEALS);
    let known = Known::fill(stack.address);
    fill_more(stack.address, known, &mut rng);
    let truth = known.answers(stack.address);
    assert_eq!(stack.running.stop().code, Some(0));
    place.run(&["store", "compact"]).expect_code(0);
    let whole = files(&place);
    let is_mapped = |path: &PathBuf| {
        let n_bytes = whole[path].len();
        path.starts_with("segments") && n_bytes > 1 << 16
    };
    let targets: Vec<&PathBuf> = whole.keys().filter(|path| is_mapped(path)).collect();
    assert_eq!(targets.len(), 2, "{:?}", whole.keys());
    let (mut n_cut, mut n_missed) = (0, 0);
    for trial in 0..N_TRIALS {
        lay(&place, &whole);
        let stack = place.stack_with(SEALS);
        let address = stack.address;
        // Whether or not it has been read before.
        if trial % 2 == 0 {
            assert_eq!(known.answers(address), truth, "trial {trial}");
        }
        let target = targets[rng.random_range(0..targets.len())];
        let path = place.data().join(target);
        let n_bytes = whole[target].len() as u64;
        let length = match trial % 3 {
            0 => rng.random_range(0..n_bytes),
            1 => n_bytes / 2,
            _ => n_bytes + 5_000,
        };
        let context = format!(
            "trial {trial}: {} from {n_bytes} to {length}",
            target.display()
        );
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(length).unwrap();
        for (name, now) in known.answers(address) {
            let then = &truth[name];
            if now.value != then.value {
                assert!(!now.left_out.is_null(), "{context}: {name} says nothing");
                n_missed += 1;
            }
        }
        n_cut += u32::from(length < n_bytes);
        let health = get(address, "/healthz");
        assert_eq!(health.status, 200, "{context}");
        let damage = &health.json()["damage"];
        assert_eq!(
            damage
                .to_string()
                .contains(path.file_name().unwrap().to_str().unwrap()),
            length < n_bytes,
            "{context}: {damage}"
        );
        let stopped = stack.running.stop();
        assert_eq!(stopped.code, Some(0), "{context}: {}", stopped.stderr);
    }
    assert!(n_cut > 3 && n_missed > 3, "{n_cut} {n_missed}");
}
