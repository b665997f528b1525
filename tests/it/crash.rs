//! SIGKILL at any moment, over and over, over one folder: what was acknowledged is there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

use crate::http::{get, get_keyed, post_json};
use crate::place::{Place, Ran};
use crate::question::ask;
use crate::traffic::{
    DATASET, Fate, N_SENDERS, Numbers, Sent, TINY, Traffic, check_totals, found, numbers,
};

/// How many kills one folder goes through.
const KILLS: u64 = 50;
const SEED: u64 = 3;

/// Fifty kills by default. More, each fifty over a folder of their own: `CRUDDUR_KILLS=250 cargo test --test it crash`.
#[test]
fn whatever_was_acknowledged_survives_fifty_kills_in_the_middle_of_traffic() {
    let n_kills = std::env::var("CRUDDUR_KILLS").map_or(KILLS, |n| n.parse().unwrap());
    for chunk in 0..n_kills.div_ceil(KILLS) {
        kill_and_check(SEED + chunk);
    }
}

fn kill_and_check(seed: u64) {
    let place = Place::new();
    let mut rng = StdRng::seed_from_u64(seed);
    let next = Default::default();
    // What has to be there, by round, from what the stack had after each of them on.
    let mut truth: BTreeMap<u64, Numbers> = BTreeMap::new();
    let mut last: Vec<Sent> = Vec::new();
    for round in 0..=KILLS {
        let context = format!("seed {seed}, after kill {round} of {KILLS}");
        let stack = place.stack_with(TINY);
        let address = stack.address;
        if let Some(killed) = round.checked_sub(1) {
            let kept = found(address, killed, &context);
            check_round(&last, &kept, &context);
            truth.insert(killed, kept);
            check_totals(address, &truth, &context);
            let left_out = ask(address, DATASET, &json!({}))["left_out"].take();
            assert_eq!(left_out, Json::Null, "{context}: nothing is missing");
            check_documents(address, round, &context);
        }
        if round == KILLS {
            check_what_was_said(&stack.running.stop(), &context);
            break;
        }
        make_documents(address, round);

        // Each round ends at another moment, always with requests under way.
        let n_acknowledged = rng.random_range(1..150);
        let n_turns = rng.random_range(0..200_000);
        let (tell, told) = channel();
        let traffic = Traffic {
            address,
            round,
            next: &next,
            padding: 20,
            is_over: &AtomicBool::new(false),
        };
        let said = std::thread::scope(|scope| {
            for sender in 0..N_SENDERS {
                let (traffic, tell) = (&traffic, tell.clone());
                scope.spawn(move || traffic.send(sender, &tell));
            }
            drop(tell);
            last = told.iter().take(n_acknowledged).collect();
            for _ in 0..n_turns {
                std::hint::spin_loop();
            }
            stack.running.kill()
        });
        last.extend(told.iter());
        check_what_was_said(&said, &context);
    }
    let n_spans: usize = truth
        .values()
        .flat_map(|numbers| numbers.values().map(BTreeSet::len))
        .sum();
    assert!(n_spans > KILLS as usize * 20, "only {n_spans} spans");
}

/// Checks one round: nothing acknowledged is missing, nothing else is there but whole requests whose
/// answer did not come any more.
fn check_round(sent: &[Sent], kept: &Numbers, context: &str) {
    let nothing = BTreeSet::new();
    let of = |numbers: &Numbers, sender| numbers.get(&sender).unwrap_or(&nothing).clone();
    let acknowledged = numbers(sent, |fate| fate == Fate::Acknowledged);
    for sender in 0..N_SENDERS {
        let kept = of(kept, sender);
        let missing: Vec<u64> = of(&acknowledged, sender)
            .difference(&kept)
            .copied()
            .collect();
        assert!(
            missing.is_empty(),
            "{context}: sender {sender} misses acknowledged {missing:?}"
        );
    }
    let mut allowed = acknowledged;
    for sent in sent.iter().filter(|sent| sent.fate != Fate::Acknowledged) {
        assert_eq!(sent.fate, Fate::Unknown, "{context}: {sent:?}");
        let kept = of(kept, sent.sender);
        let n_kept = sent.numbers.iter().filter(|n| kept.contains(n)).count();
        // A request for one dataset is one record, and a record is there or not.
        assert!(
            n_kept == 0 || n_kept == sent.numbers.len(),
            "{context}: {n_kept} spans of {sent:?} are there"
        );
        if n_kept > 0 {
            allowed
                .entry(sent.sender)
                .or_default()
                .extend(&sent.numbers);
        }
    }
    assert_eq!(kept, &allowed, "{context}: spans that were not sent");
}

/// Checks that the stack found nothing worse than an end that was half written, and did not fail.
fn check_what_was_said(said: &Ran, context: &str) {
    assert!(
        said.code.is_none_or(|code| code == 0),
        "{context}: {said:?}"
    );
    for line in said.stderr.lines() {
        let is_torn = line.contains("are not a whole record and are left out");
        assert!(
            !line.starts_with("warning: ") || is_torn,
            "{context}: damage after a mere kill: {line}"
        );
        assert!(!line.contains("panicked"), "{context}: {}", said.stderr);
    }
}

/// How many groups are kept: with the Default group they fill a page of GetGroups, and what was deleted
/// has to stay away as well.
const N_GROUPS: u64 = 9;

fn make_documents(address: SocketAddr, round: u64) {
    let group = json!({ "GroupName": format!("round-{round}"), "FilterExpression": "ok" });
    let made = post_json(address, "/CreateGroup", &group);
    assert_eq!(made.status, 200, "{}", made.text());
    if let Some(old) = round.checked_sub(N_GROUPS) {
        let group = json!({ "GroupName": format!("round-{old}") });
        assert_eq!(post_json(address, "/DeleteGroup", &group).status, 200);
    }
    let marker = json!({ "message": format!("round-{round}") });
    let made = post_json(address, "/1/markers/__all__", &marker);
    assert_eq!(made.status, 201, "{}", made.text());
}

/// Checks that the groups and markers of all rounds are there, once, and that the stack is well.
fn check_documents(address: SocketAddr, n_rounds: u64, context: &str) {
    let of_rounds = |rounds: Range<u64>| -> Vec<String> {
        let mut names: Vec<String> = rounds.map(|round| format!("round-{round}")).collect();
        names.sort();
        names
    };
    let names = |list: &Json, name: &str| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        let mut names: Vec<String> = list
            .filter_map(|it| Some(it[name].as_str()?.to_string()))
            .filter(|it| it != "Default")
            .collect();
        names.sort();
        names
    };
    let groups = post_json(address, "/Groups", &json!({})).json();
    let groups = names(&groups["Groups"], "GroupName");
    let expected = of_rounds(n_rounds.saturating_sub(N_GROUPS)..n_rounds);
    assert_eq!(groups, expected, "{context}");
    let markers = names(&get_keyed(address, "/1/markers/__all__").json(), "message");
    assert_eq!(markers, of_rounds(0..n_rounds), "{context}");
    let health = get(address, "/healthz").json();
    assert_eq!(health["status"], "ok", "{context}");
}
