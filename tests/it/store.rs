//! `store`: looking into the data folder changes nothing, and damage is named.

use std::fs;

use serde_json::json;

use crate::http::get;
use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{at_ms, count, rows, send};

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
    assert_eq!(stat["segment_files"], 0);
    assert_eq!(stat["evicted_events"], 0);
}

#[test]
fn compact_makes_one_segment_of_a_dataset_and_every_event_stays() {
    let place = Place::new();
    let stack = place.stack_with(&["--seal-rows", "10", "--keep-age", "3650d"]);
    for _ in 0..5 {
        send(stack.address, "shop", spans(12));
    }
    let ran = place.run(&["store", "compact"]).expect_code(1);
    assert!(
        ran.stderr.contains("is in use by process"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("hint: a stack that runs compacts by itself"),
        "{}",
        ran.stderr
    );
    assert_eq!(count(stack.address, "shop"), 60);
    stack.running.stop();

    let ran = place.run(&["store", "compact"]).expect_code(0);
    assert!(ran.stderr.contains(" in 1 segment file"), "{}", ran.stderr);
    let ran = place.run(&["store", "verify"]).expect_code(0);
    assert_eq!(ran.stdout, "60 events can be read\n");
    let stack = place.stack();
    assert_eq!(count(stack.address, "shop"), 60);
}

#[test]
fn export_says_what_is_missing_and_what_to_do() {
    let place = Place::new();
    let stack = place.stack();
    send(stack.address, "shop", spans(12));
    let file = place.path("shop.arrow");
    let file = file.to_str().unwrap();
    // A stack that runs does not stand in the way.
    let export = ["store", "export", "--dataset", "shop", file];
    let ran = place.run(&export).expect_code(0);
    assert_eq!(ran.stdout, format!("wrote 12 events to {file}\n"));
    assert!(fs::read(file).unwrap().starts_with(b"ARROW1"));

    let ran = place
        .run(&["store", "export", "--dataset", "chop", file])
        .expect_code(1);
    assert!(
        ran.stderr.ends_with(
            "error: there is no dataset chop\nhint: `cruddurctl store stat` lists the datasets\n"
        ),
        "{}",
        ran.stderr
    );
    let ran = place
        .run(&["store", "export", "--since", "noon", file])
        .expect_code(2);
    assert!(
        ran.stderr.contains("`noon` is not a moment"),
        "{}",
        ran.stderr
    );
    if cfg!(not(feature = "parquet")) {
        let ran = place
            .run(&["store", "export", "--dataset", "shop", "shop.parquet"])
            .expect_code(1);
        assert!(ran.stderr.contains("--features parquet"), "{}", ran.stderr);
    }
}

#[test]
fn a_damaged_segment_is_named_and_the_others_are_served() {
    let place = Place::new();
    let stack = place.stack_with(&["--seal-rows", "10", "--keep-age", "3650d"]);
    for dataset in ["first", "second"] {
        send(stack.address, dataset, spans(12));
    }
    stack.running.stop();
    place.run(&["store", "compact"]).expect_code(0);
    let is_segment = |path: &std::path::Path| path.extension().is_some_and(|it| it == "arrow");
    let segments: Vec<_> = place
        .listing()
        .into_iter()
        .filter(|(path, _)| is_segment(path))
        .collect();
    let [(path, content), _] = segments.as_slice() else {
        panic!("{} segments", segments.len());
    };
    // The name of the spans, which stands there twice and answers for itself if one is damaged.
    let is_work = |at: &usize| content[*at..].starts_with(b"work");
    let both: Vec<usize> = (0..content.len()).filter(is_work).collect();
    assert_eq!(both.len(), 2);
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut damaged = content.clone();
    for (at, n_readable) in both.into_iter().zip([24, 12]) {
        damaged[at] ^= 0x20;
        fs::write(path, &damaged).unwrap();
        let ran = place.run(&["store", "verify"]).expect_code(6);
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
        assert_eq!(ran.stdout, format!("{n_readable} events can be read\n"));
    }
    let stack = place.stack();
    let by_name = json!({ "breakdowns": ["name"] });
    assert_eq!(
        rows(stack.address, "first", &by_name),
        Vec::<serde_json::Value>::new()
    );
    assert_eq!(rows(stack.address, "second", &by_name)[0]["COUNT"], 12);
    let health = get(stack.address, "/healthz").json();
    assert!(
        health["damage"][0].as_str().unwrap().contains(name),
        "{health}"
    );
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
