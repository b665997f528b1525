//! `demo`: the whole of it, also where the environment is hostile.

use crate::place::Place;

#[test]
fn all_lenses_agree_and_the_folder_goes_away() {
    let place = Place::new();
    let ran = place.run(&["demo", "--requests", "40"]).expect_code(0);
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
}

#[test]
fn a_proxy_in_the_environment_does_not_get_between_us_and_loopback() {
    let mut place = Place::new();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        place.set(name, "http://127.0.0.1:1");
    }
    place.run(&["demo", "--requests", "40"]).expect_code(0);
}
