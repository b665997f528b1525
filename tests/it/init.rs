//! `init`: what it writes, and what it leaves alone.

use std::fs;

use crate::place::Place;

const WRITTEN: [&str; 4] = [
    "aws/json/xray.json",
    "docker-compose.override.yml",
    "backend-flask/lib/observability.py",
    ".env.example",
];

fn checkout() -> Place {
    let place = Place::new();
    place.write("backend-flask/requirements.txt", "flask\nflask-cors");
    place
}

fn read(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path(name)).unwrap()
}

#[test]
fn a_checkout_gets_week_two_and_a_second_time_nothing() {
    let place = checkout();
    let ran = place.run(&["init"]).expect_code(0);
    assert!(
        ran.stdout
            .contains("--- /dev/null\n+++ aws/json/xray.json\n")
    );
    assert!(ran.stdout.contains("--- backend-flask/requirements.txt\n"));
    assert!(
        ran.stderr
            .contains("\nadded to ./backend-flask/requirements.txt\n")
    );
    assert!(ran.stderr.contains("  observe(app)\n"));
    for name in WRITTEN {
        assert!(!read(&place, name).is_empty(), "{name}");
        assert!(ran.stderr.contains(&format!("wrote ./{name}\n")), "{name}");
    }
    let requirements = read(&place, "backend-flask/requirements.txt");
    assert!(requirements.starts_with("flask\nflask-cors\nopentelemetry-api\n"));
    assert!(requirements.ends_with("\nwatchtower\n"));
    // The rule file is one that our own check and set-up take.
    place
        .run(&["xray", "check", "aws/json/xray.json"])
        .expect_code(0);

    let again = place.run(&["init"]).expect_code(0);
    assert_eq!(again.stdout, "");
    assert_eq!(again.stderr, "nothing to do: all is there already\n");
}

#[test]
fn what_is_there_is_replaced_only_when_somebody_says_so() {
    let place = checkout();
    place.write("aws/json/xray.json", "{\"mine\": true}\n");
    let refused = place.run(&["init"]).expect_code(1);
    assert!(refused.stdout.contains("-{\"mine\": true}\n"));
    assert_eq!(
        refused.stderr,
        "error: nothing was written: aws/json/xray.json would be replaced\n\
         hint: say yes with --yes, or move away what you want to keep\n"
    );
    assert_eq!(read(&place, "aws/json/xray.json"), "{\"mine\": true}\n");
    assert!(!place.path("docker-compose.override.yml").exists());

    let said_yes = place.run(&["init", "--yes"]).expect_code(0);
    assert!(said_yes.stderr.contains("replaced ./aws/json/xray.json\n"));
    assert!(read(&place, "aws/json/xray.json").contains("SamplingRule"));
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let place = checkout();
    let ran = place.run(&["init", "--dry-run"]).expect_code(0);
    assert!(ran.stdout.contains("+++ docker-compose.override.yml\n"));
    assert_eq!(ran.stderr, "dry run: nothing was written\n");
    for name in WRITTEN {
        assert!(!place.path(name).exists(), "{name}");
    }
}

#[test]
fn what_others_put_into_lists_stays() {
    let place = checkout();
    let theirs =
        "# pinned\r\nFlask==2.3.3\r\nAWS_xray.SDK>=2.12 ; python_version > '3'\r\nwatchtower\r\n";
    place.write("backend-flask/requirements.txt", theirs);
    place.write(".env.example", "HONEYCOMB_API_KEY=put-yours-here\n");
    place.run(&["init"]).expect_code(0);
    let requirements = read(&place, "backend-flask/requirements.txt");
    let added = requirements.strip_prefix(theirs).unwrap();
    assert!(added.starts_with("opentelemetry-api\r\n"), "{added}");
    assert!(
        !added.contains("xray") && !added.contains("watchtower"),
        "{added}"
    );
    assert_eq!(
        read(&place, ".env.example"),
        "HONEYCOMB_API_KEY=put-yours-here\nAWS_DEFAULT_REGION=us-east-1\nAWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n"
    );
}

#[test]
fn a_folder_that_is_no_checkout_is_left_alone() {
    let place = Place::new();
    let ran = place.run(&["init"]).expect_code(1);
    assert!(
        ran.stderr
            .starts_with("error: . is no checkout of Cruddur: ")
    );
    let elsewhere = checkout();
    let folder = elsewhere.path("");
    place
        .run(&["init", folder.to_str().unwrap()])
        .expect_code(0);
    assert!(elsewhere.path("aws/json/xray.json").exists());
}
