//! `store`: looking into the data folder changes nothing, and damage is named.

use std::fs;

use serde_json::json;

use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{at_ms, send};

fn spans(n: u64) -> Vec<Span> {
    (0..n).map(|idx| Span::named("work", at_ms(idx))).collect()
}

#[test]
fn stat_counts_every_dataset_while_a_stack_runs() {
    let place = Place::new();
    let stack = place.stack();
    send(stack.address, "first", spans(3));
    send(stack.address, "second", spans(2));
    let ran = place
        .run(&["store", "stat", "--output", "csv"])
        .expect_code(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "lens,dataset,events,newest");
    assert!(lines[1].starts_with("spans,first,3,"), "{}", ran.stdout);
    assert!(lines[2].starts_with("spans,second,2,"), "{}", ran.stdout);
    let ran = place
        .run(&["store", "stat", "--output", "json"])
        .expect_code(0);
    let stat: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(stat["datasets"][1]["events"], 2);
    assert_eq!(stat["journal_files"], 1);
}

#[test]
fn without_a_folder_there_is_nothing_and_nothing_is_made() {
    let place = Place::new();
    let ran = place
        .run(&["store", "stat", "--output", "json"])
        .expect_code(0);
    let stat: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(stat["datasets"], json!([]));
    place.run(&["store", "verify"]).expect_code(0);
    assert!(!place.data().exists());
}

#[test]
fn verify_names_what_is_damaged_and_changes_nothing() {
    let place = Place::new();
    let stack = place.stack();
    for dataset in ["first", "second", "third"] {
        send(stack.address, dataset, spans(10));
    }
    stack.running.stop();
    let ran = place.run(&["store", "verify"]).expect_code(0);
    assert_eq!(ran.stdout, "30 events can be read\n");

    let (path, mut bytes) = place
        .listing()
        .into_iter()
        .find(|(path, _)| path.extension().is_some_and(|it| it == "log"))
        .unwrap();
    for dataset in [b"first", b"third"] {
        let at = bytes.windows(5).position(|five| five == dataset).unwrap();
        bytes[at] ^= 0x40;
    }
    fs::write(&path, &bytes).unwrap();
    let before = place.listing();
    let ran = place.run(&["store", "verify"]).expect_code(6);
    assert_eq!(ran.stdout, "10 events can be read\n");
    assert_eq!(
        ran.stderr.matches("\ndamaged: ").count(),
        2,
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("error: the data folder is damaged in 2 places\nhint: "),
        "{}",
        ran.stderr
    );
    assert_eq!(place.listing(), before);
}
