//! Events that cannot be read, were evicted or have expired are said beside every answer of every command,
//! with a stack of its own and with one that runs.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::http::{logs, post_json};
use crate::known_data::{DATASET, GROUP, Known, SEALS};
use crate::place::{Place, Ran};
use crate::question::{ask, now};

const UNREAD: &str = "could not be read and are left out: segments/";

/// Every command that shows events, and where it says what is left out: in its output as JSON, or on stderr.
const COMMANDS: &[(&[&str], Said)] = &[
    (&["query", "count,count_distinct(v)"], Said::Words),
    (
        &[
            "query",
            "p90(duration_ms)",
            "--by",
            "route",
            "--output",
            "csv",
        ],
        Said::Words,
    ),
    (&["query", "count", "--output", "json"], Said::Member),
    (&["query", "heatmap"], Said::Words),
    (&["query", "heatmap", "--output", "svg"], Said::Picture),
    (&["query", "count", "--output", "svg"], Said::Picture),
    (&["query", "count", "--output", "html"], Said::Picture),
    (&["logs", "filter", "WARN"], Said::Words),
    (&["logs", "filter", "--output", "json"], Said::Member),
    (&["logs", "filter", "--output", "csv"], Said::Words),
    (&["logs", "filter", "WARN", "--count"], Said::Words),
    (
        &["logs", "filter", "WARN", "INFO", "--output", "json"],
        Said::Member,
    ),
    (&["logs", "tail", "--since", "1h"], Said::Words),
    (&["logs", "query", "stats count(*)"], Said::Words),
    (
        &["logs", "query", "stats count(*)", "--output", "json"],
        Said::Member,
    ),
    (&["xray", "traces"], Said::Words),
    (&["xray", "traces", "--output", "json"], Said::Member),
    (&["xray", "graph"], Said::Words),
    (&["xray", "graph", "--output", "svg"], Said::Picture),
    (&["xray", "graph", "--output", "json"], Said::Member),
    (&["trace", "--last"], Said::Words),
    (&["trace", "--last", "--output", "json"], Said::Member),
    (&["trace", "--last", "--output", "svg"], Said::Picture),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Words,
    Member,
    Picture,
}

// What each command is about: the dataset or the log group of the known data.
fn whole(command: &[&str]) -> Vec<String> {
    let mut whole: Vec<String> = command.iter().map(|it| it.to_string()).collect();
    if command[..2] == ["logs", "tail"] {
        whole.push(GROUP.to_string());
        return whole;
    }
    let more = match command[0] {
        "query" => ["--dataset", DATASET],
        "logs" => ["--group", GROUP],
        "trace" => ["--log-group", GROUP],
        _ => return whole,
    };
    whole.extend(more.map(str::to_string));
    whole
}

fn run(place: &Place, command: &[&str]) -> Ran {
    let whole = whole(command);
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    place.run(&whole)
}

fn filled(place: &Place, arguments: &[&str]) -> Known {
    let stack = place.stack_with(arguments);
    let known = Known::fill(stack.address);
    stack.running.stop().expect_code(0);
    known
}

fn segments(place: &Place) -> Vec<PathBuf> {
    let folder = fs::read_dir(place.data().join("segments")).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
}

fn check(place: &Place, context: &str) {
    for (command, said) in COMMANDS {
        let context = format!("{context}: {}", command.join(" "));
        let ran = run(place, command).expect_code(0);
        assert!(
            ran.stderr.contains(UNREAD) || *said == Said::Picture,
            "{context}: {ran:?}"
        );
        let n_times = ran.stderr.matches(UNREAD).count();
        assert!(
            n_times <= 1 || command[0] == "trace",
            "{context}: {}",
            ran.stderr
        );
        match said {
            Said::Words => {}
            Said::Picture => assert!(
                ran.stdout.to_lowercase().contains("warning: "),
                "{context}: {}",
                ran.stdout
            ),
            Said::Member => {
                let whole: Json = serde_json::from_str(&ran.stdout).unwrap();
                let n_unread = whole["left_out"]["unread_events"].as_u64();
                assert!(n_unread > Some(0), "{context}: {}", ran.stdout);
            }
        }
    }
    let assertion = ["query", "count", "--assert", "count > 300"];
    let ran = run(place, &assertion).expect_code(1);
    assert!(
        ran.stderr
            .contains("failed: count > 300: cannot be judged: ")
            && ran.stderr.contains(UNREAD),
        "{context}: {ran:?}"
    );
}

#[test]
fn every_command_says_what_could_not_be_read() {
    let place = Place::new();
    filled(&place, SEALS);
    let whole = run(&place, &["query", "count", "--output", "json"]).expect_code(0);
    assert!(
        !whole.stdout.contains("left_out") && !whole.stderr.contains("left out"),
        "{whole:?}"
    );
    let holds = run(&place, &["query", "count", "--assert", "count = 2400"]).expect_code(0);
    assert!(holds.stderr.contains("holds: count = 2400"), "{holds:?}");

    // Everything between the magic and the directory.
    for path in segments(&place) {
        let mut bytes = fs::read(&path).unwrap();
        let half = bytes.len() / 2;
        bytes[8..half].iter_mut().for_each(|byte| *byte ^= 1);
        fs::write(&path, bytes).unwrap();
    }
    check(&place, "flipped, own stack");
    let stack = place.stack_with(SEALS);
    check(&place, "flipped, running stack");
    stack.running.stop().expect_code(0);
    for path in segments(&place) {
        fs::remove_file(path).unwrap();
    }
    check(&place, "deleted, own stack");
    let exported = place.run(&["store", "export", "--dataset", DATASET, "spans.arrow"]);
    let exported = exported.expect_code(6);
    assert!(exported.stderr.contains(UNREAD), "{exported:?}");
    let columns = place.run(&["columns", "--dataset", DATASET]).expect_code(0);
    assert!(columns.stderr.contains(UNREAD), "{columns:?}");

    let accepted = place.run(&["store", "accept-losses"]).expect_code(0);
    assert!(
        accepted.stderr.contains("accepted: segments/"),
        "{accepted:?}"
    );
    place.run(&["store", "verify"]).expect_code(0);
    let silent = run(&place, &["query", "count", "--output", "json"]).expect_code(0);
    assert!(
        !silent.stdout.contains("left_out") && !silent.stderr.contains("left out"),
        "{silent:?}"
    );
}

#[test]
fn what_the_folder_had_no_room_for_is_said_of_ranges_that_reach_back_to_it() {
    let place = Place::new();
    let known = filled(&place, SEALS);
    // Smaller than what there is: everything that is sealed leaves.
    let small = ["--keep-size", "1KiB", "--keep-age", "3650d"];
    let compacted = place.run(&["store", "compact"]).expect_code(0);
    let stack = place.stack_with(&small);
    let event = json!([{ "data": { "n": 1 } }]);
    let sent = post_json(stack.address, &format!("/1/batch/{DATASET}"), &event);
    assert_eq!(sent.status, 200, "{compacted:?}");
    stack.running.stop().expect_code(0);
    let stack = place.stack_with(&[
        "--keep-size",
        "1KiB",
        "--keep-age",
        "3650d",
        "--seal-rows",
        "1",
    ]);
    let sent = post_json(stack.address, &format!("/1/batch/{DATASET}"), &event);
    assert_eq!(sent.status, 200);
    let address = stack.address;
    let end = now() / 1_000_000_000 + 5;
    let question = json!({ "start_time": known.start - 60, "end_time": end });
    let evicted = loop {
        let data = ask(address, DATASET, &question);
        if !data["left_out"]["evicted"].is_null() {
            break data["left_out"]["evicted"].clone();
        }
    };
    assert_eq!(evicted["keep_bytes"], 1024, "{evicted}");
    let ran = run(&place, &["query", "count", "--assert", "count > 0"]).expect_code(1);
    assert!(
        ran.stderr
            .contains("were evicted: the folder is full (keep-size 1 KiB)"),
        "{ran:?}"
    );
    stack.running.stop().expect_code(0);
}

#[test]
fn log_lines_that_have_expired_are_said_of_ranges_that_reach_back_to_them() {
    let place = Place::new();
    let stack = place.stack_with(SEALS);
    let address = stack.address;
    let made = logs(address, "CreateLogGroup", &json!({ "logGroupName": GROUP }));
    assert_eq!(made.status, 200);
    let stream = json!({ "logGroupName": GROUP, "logStreamName": "s" });
    assert_eq!(logs(address, "CreateLogStream", &stream).status, 200);
    let day = 86_400_000;
    let now_ms = now() / 1_000_000;
    // Lines of one request are of one day at the most.
    for (ago, message) in [(3 * day, "old"), (2 * day, "old as well"), (1_000, "new")] {
        let line = json!({ "timestamp": now_ms - ago, "message": message });
        let put = json!({ "logGroupName": GROUP, "logStreamName": "s", "logEvents": [line] });
        assert_eq!(logs(address, "PutLogEvents", &put).status, 200);
    }
    let keep = json!({ "logGroupName": GROUP, "retentionInDays": 1 });
    assert_eq!(logs(address, "PutRetentionPolicy", &keep).status, 200);
    let since = |days: &str| run(&place, &["logs", "filter", "--last", days]).expect_code(0);
    let reaching_back = since("4d");
    assert!(
        reaching_back
            .stderr
            .contains("have expired: they are kept for 1 day"),
        "{reaching_back:?}"
    );
    assert_eq!(reaching_back.stdout.lines().count(), 1, "{reaching_back:?}");
    let recent = since("12h");
    assert!(!recent.stderr.contains("expired"), "{recent:?}");
    stack.running.stop().expect_code(0);
}
