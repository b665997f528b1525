//! `demo`: the whole of it, also where the environment is hostile.

use std::fs;

use crate::place::Place;

/// The closing table of a run.
fn table(stdout: &str) -> String {
    let lines = stdout.lines();
    let closing = lines.skip_while(|line| !line.trim_start().starts_with("expected"));
    closing.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_request_is_in_all_lenses_by_its_id_and_the_folder_goes_away() {
    let place = Place::new();
    let asked = [
        "demo",
        "--requests",
        "40",
        "--svg",
        "a.svg",
        "--png",
        "a.png",
        "--theme",
        "dark",
    ];
    let ran = place.run(&asked).expect_code(0);
    let table = table(&ran.stdout);
    for row in ["requests sent", "with a root span", "with a log line"] {
        let line = table.lines().find(|line| line.starts_with(row)).unwrap();
        assert_eq!(line.matches(" 40").count(), 2, "{line}");
    }
    // Each request is in one of these.
    let found = |row: &str| -> u64 {
        let line = table.lines().find(|line| line.starts_with(row)).unwrap();
        let mut numbers = line.split_whitespace().filter_map(|word| word.parse().ok());
        numbers.next_back().unwrap()
    };
    let sampled = found("sampled, with a segment");
    assert_eq!(sampled + found("not sampled, with none"), 40, "{table}");
    let by_rule = found("Cruddur: first of each second") + found("Cruddur: 10 % of the rest");
    assert_eq!(sampled, by_rule, "{table}");
    assert!(
        ran.stderr.contains("all three lenses agree"),
        "{}",
        ran.stderr
    );
    assert!(!place.data().exists(), "the demo has a folder of its own");
    let svg = fs::read_to_string(place.path("a.svg")).unwrap();
    assert!(svg.contains(".b{fill:#10151c}") && !svg.contains("prefers-color-scheme"));
    let png = fs::read(place.path("a.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n"));
    assert!(ran.stderr.contains("wrote a.svg\nwrote a.png\n"));
}

#[test]
fn the_same_seed_gives_the_same_counts_and_another_seed_others() {
    let place = Place::new();
    let run = |seed: &str| {
        let ran = place.run(&["demo", "--requests", "400", "--seed", seed]);
        let ran = ran.expect_code(0);
        let said = format!("seed {seed}: --seed {seed} gives the same counts again");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        table(&ran.stdout)
    };
    let first = run("11");
    assert!(first.lines().count() > 6, "{first}");
    assert_eq!(run("11"), first);
    assert_ne!(run("12"), first);
}

#[test]
fn a_proxy_in_the_environment_does_not_get_between_us_and_loopback() {
    let mut place = Place::new();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        place.set(name, "http://127.0.0.1:1");
    }
    place.run(&["demo", "--requests", "40"]).expect_code(0);
}
