//! Any file of a data folder flipped, cut, lengthened, deleted or copied: every answer is the truth or says
//! that it leaves something out, `store verify` names the file, and the stack stays up and takes writes.
//!
//! A few trials by default. All of them: `CRUDDUR_DAMAGE_TRIALS=400 cargo test --test it damage_trials`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

use crate::http::{get, post_json};
use crate::known_data::{Files, Known, SEALS, Said, files, lay};
use crate::place::{Place, Stack};

const USUAL_TRIALS: u32 = 20;
const SEED: u64 = 17;

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Flipped,
    Cut,
    Lengthened,
    Deleted,
    Copied,
}

const ALL: [Damage; 7] = [
    Damage::Flipped,
    Damage::Cut,
    Damage::Deleted,
    Damage::Flipped,
    Damage::Lengthened,
    Damage::Flipped,
    Damage::Copied,
];

#[test]
fn every_answer_is_the_truth_or_says_that_it_leaves_something_out() {
    let n_trials = std::env::var("CRUDDUR_DAMAGE_TRIALS");
    let n_trials = n_trials.map_or(USUAL_TRIALS, |n| n.parse().unwrap());
    let seed = std::env::var("CRUDDUR_DAMAGE_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let mut rng = StdRng::seed_from_u64(seed);
    let place = Place::new();
    let stack = place.stack_with(SEALS);
    let known = Known::fill(stack.address);
    let truth = known.answers(stack.address);
    check_truth(&truth);
    let killed = rng.random_bool(0.5);
    match killed {
        true => drop(stack.running.kill()),
        false => assert_eq!(stop(stack).0, Some(0)),
    }
    let end = if killed { "killed" } else { "stopped" };
    println!("seed {seed}: the folder of a stack that was {end}");
    let whole = files(&place);
    let targets: Vec<&PathBuf> = whole.keys().filter(|path| is_data(path)).collect();
    let kinds = ["journal", "segments", "documents", "FORMAT"];
    for kind in kinds {
        assert!(
            targets.iter().any(|path| path.starts_with(kind)),
            "{targets:?}"
        );
    }

    let mut n_silent = 0;
    let mut wrong = Vec::new();
    for trial in 0..n_trials {
        let target = targets[rng.random_range(0..targets.len())];
        let damage = ALL[trial as usize % ALL.len()];
        let (files, (named, what)) = damage.done_to(&whole, target, &mut rng);
        let context = format!("seed {seed} ({end}), trial {trial}: {damage:?} {what}");
        // After a kill, the end of the last file may be what was never acknowledged: nothing tells it from an
        // end that was cut off later.
        let is_open_end = killed
            && damage == Damage::Cut
            && target.starts_with("journal")
            && targets.iter().rfind(|it| it.starts_with("journal")) == Some(&target);
        lay(&place, &files);
        let verified = place.run(&["store", "verify"]);
        let said = format!("{}{}", verified.stdout, verified.stderr);
        assert!(!said.contains("panicked"), "{context}: {said}");
        let name = named.file_name().unwrap().to_str().unwrap();
        // A copy that has no number is no file of ours.
        let is_noticed = verified.code == Some(6) && said.contains(name);
        let is_harmless = damage == Damage::Copied && !is_numbered(target);
        if !is_noticed && !is_harmless && !is_open_end {
            n_silent += 1;
            wrong.push(format!(
                "{context}: verify says {:?}: {said}",
                verified.code
            ));
        }
        // Again after it has been taken over, and again when all is sealed and merged.
        for round in ["at first", "after a restart", "after compaction"] {
            let stack = place.stack_with(SEALS);
            let address = stack.address;
            assert_eq!(get(address, "/healthz").status, 200, "{context}, {round}");
            for (name, now) in known.answers(address) {
                let then = &truth[name];
                if now.value != then.value && now.left_out.is_null() && !is_open_end {
                    n_silent += 1;
                    wrong.push(format!(
                        "{context}, {round}: {name} says without a word {}",
                        short(&now.value)
                    ));
                }
            }
            takes_writes(address, round, &context);
            let stopped = stop(stack);
            assert_eq!(stopped.0, Some(0), "{context}, {round}: {}", stopped.1);
            assert!(
                !stopped.1.contains("panicked"),
                "{context}, {round}: {}",
                stopped.1
            );
            if round == "after a restart" {
                let compacted = place.run(&["store", "compact"]);
                assert_eq!(compacted.code, Some(0), "{context}: {compacted:?}");
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{n_silent} of {n_trials} trials:\n{}",
        wrong.join("\n")
    );
}

fn check_truth(truth: &std::collections::BTreeMap<&str, Said>) {
    for (name, said) in truth {
        assert_eq!(said.left_out, Json::Null, "{name}");
    }
    let row = &truth["query"].value[0][0]["data"];
    assert_eq!(
        (&row["COUNT"], &row["COUNT_DISTINCT(v)"]),
        (&json!(2400), &json!(2400))
    );
    assert_eq!(truth["lines"].value.as_array().unwrap().len(), 2400);
    assert_eq!(truth["stream"].value.as_array().unwrap().len(), 2400);
    assert_eq!(truth["warnings"].value.as_array().unwrap().len(), 1200);
    assert_eq!(truth["traces"].value.as_array().unwrap().len(), 60);
    assert_eq!(truth["insights"].value[0][0]["value"], "2400");
    assert_eq!(truth["trace"].value.as_array().unwrap().len(), 5);
}

fn stop(stack: Stack) -> (Option<i32>, String) {
    let stopped = stack.running.stop();
    (stopped.code, stopped.stderr)
}

fn takes_writes(address: SocketAddr, round: &str, context: &str) {
    let event = json!([{ "data": { "after": round } }]);
    let sent = post_json(address, "/1/batch/after", &event);
    assert_eq!(sent.status, 200, "{context}: {}", sent.text());
}

fn short(value: &Json) -> String {
    let text = value.to_string();
    let end = text
        .char_indices()
        .nth(200)
        .map_or(text.len(), |(at, _)| at);
    format!("{} ({} bytes)", &text[..end], text.len())
}

fn is_data(path: &Path) -> bool {
    let folders = ["journal", "segments", "documents", "FORMAT"];
    folders.iter().any(|folder| path.starts_with(folder))
}

// Whether its name is a number, so that a copy gets another number.
fn is_numbered(path: &Path) -> bool {
    path.starts_with("journal") || path.starts_with("segments")
}

impl Damage {
    // Returns the damaged folder, which file is damaged, and what was done.
    fn done_to(
        self,
        whole: &Files,
        target: &PathBuf,
        rng: &mut StdRng,
    ) -> (Files, (PathBuf, String)) {
        let mut files = whole.clone();
        let mut bytes = whole[target].clone();
        let shown = target.display();
        let at = rng.random_range(0..bytes.len().max(1));
        let what = match self {
            Damage::Flipped => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.random_range(0..8);
                }
                format!("byte {at} of {} of {shown}", bytes.len())
            }
            Damage::Cut => {
                let length = bytes.len();
                bytes.truncate(at);
                format!("{shown} from {length} to {at}")
            }
            Damage::Lengthened => {
                let n = rng.random_range(1..5_000);
                bytes.extend((0..n).map(|_| rng.random::<u8>()));
                format!("{shown} by {n}")
            }
            Damage::Deleted => {
                files.remove(target);
                return (files, (target.clone(), shown.to_string()));
            }
            Damage::Copied => {
                let name = target.file_name().unwrap().to_str().unwrap();
                let copy = match (is_numbered(target), name.split_once('.')) {
                    (true, Some((number, rest))) => {
                        let number: u64 = number.parse().unwrap();
                        format!("{:010}.{rest}", number + rng.random_range(1..40))
                    }
                    _ => format!("{name}.copy"),
                };
                let copy = target.with_file_name(copy);
                let what = format!("{shown} to {}", copy.display());
                files.insert(copy.clone(), bytes);
                return (files, (copy, what));
            }
        };
        files.insert(target.clone(), bytes);
        (files, (target.clone(), what))
    }
}
