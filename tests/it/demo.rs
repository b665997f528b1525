//! `demo`: the whole of it, also where the environment is hostile.

use std::fs;

use crate::place::Place;

#[test]
fn all_lenses_agree_and_the_folder_goes_away() {
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
    for row in ["requests sent", "root spans", "log lines"] {
        let line = ran
            .stdout
            .lines()
            .find(|line| line.starts_with(row))
            .unwrap();
        assert_eq!(line.matches(" 40").count(), 2, "{line}");
    }
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
fn a_proxy_in_the_environment_does_not_get_between_us_and_loopback() {
    let mut place = Place::new();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        place.set(name, "http://127.0.0.1:1");
    }
    place.run(&["demo", "--requests", "40"]).expect_code(0);
}
