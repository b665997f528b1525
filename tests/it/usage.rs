//! What every command has in common: help, exit codes, clean streams, keys that are not printed.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{now, send};

const COMMANDS: [&[&str]; 17] = [
    &["demo"],
    &["load"],
    &["setup"],
    &["xray"],
    &["xray", "setup"],
    &["xray", "check"],
    &["xray", "traces"],
    &["xray", "graph"],
    &["logs", "setup"],
    &["trace"],
    &["serve"],
    &["query"],
    &["stack"],
    &["store", "stat"],
    &["store", "verify"],
    &["completions"],
    &["man"],
];

#[test]
fn no_arguments_show_the_help_and_are_wrong_usage() {
    let place = Place::new();
    for arguments in [&[][..], &["xray"], &["logs"]] {
        let ran = place.run(arguments).expect_code(2);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains("Usage: cruddurctl") && ran.stderr.contains("Commands:"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn every_command_has_help_on_stdout_without_touching_anything() {
    let place = Place::new();
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let arguments: Vec<&str> = command.iter().chain(&[flag]).copied().collect();
            let ran = place.run(&arguments).expect_code(0);
            assert_eq!(ran.stderr, "", "{command:?}");
            let usage = format!("Usage: cruddurctl {}", command.join(" "));
            assert!(ran.stdout.contains(&usage), "{command:?}: {}", ran.stdout);
        }
    }
    let version = place.run(&["--version"]).expect_code(0);
    assert_eq!(
        version.stdout,
        format!("cruddurctl {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(!place.data().exists());
}

#[test]
fn what_is_misspelt_gets_a_suggestion() {
    let place = Place::new();
    for (arguments, suggests) in [
        (&["serv"][..], "'serve'"),
        (&["xray", "chek"], "'check'"),
        (&["query", "cuont"], "'count'"),
        (&["stack", "--prot", "1"], "'--port'"),
    ] {
        let ran = place.run(arguments).expect_code(2);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains("similar") && ran.stderr.contains(suggests),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn wrong_values_are_wrong_usage_and_leave_stdout_empty() {
    let place = Place::new();
    for arguments in [
        &["query", "count", "--last", "yesterday"][..],
        &["query", "count", "--where", "= 3"],
        &["query", "count", "--limit", "0"],
        &["query", "count", "--output", "xml"],
        &["stack", "--port", "65536"],
        &["serve", "--host", "nowhere"],
        &["completions", "tcsh"],
        &["demo", "--requests", "0"],
        &["load", "--rps", "0"],
        &["load", "--rps", "5", "--connections", "2"],
        &["load", "--for", "0s"],
        &["load", "--step", "1s", "--for", "2s"],
        &["load", "https://cruddur.test"],
        &["load", "--path", "/with a blank"],
        &["load", "--mix", "home=6", "--path", "/x"],
        &["load", "http://127.0.0.1:1/x", "--mix", "home=6"],
        &["load", "--assert", "nowhere.p99<1s"],
        &["--target", "moon", "setup"],
    ] {
        let ran = place.run(arguments).expect_code(2);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(
            ran.stderr.starts_with("error: "),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
    assert!(!place.data().exists());
}

#[test]
fn a_wrong_honeycomb_key_is_exit_4_and_is_never_printed() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "the-right-key");
    let stack = place.stack();
    let mut elsewhere = Place::new();
    elsewhere.set("HONEYCOMB_API_KEY", "hcaik_wrong_and_secret");
    elsewhere.set(
        "HONEYCOMB_API_ENDPOINT",
        &format!("http://{}", stack.address),
    );
    let ran = elsewhere.run(&["query", "count"]).expect_code(4);
    assert_eq!(ran.stdout, "");
    let says = format!(
        "error: {} rejected the key: unknown API key - check your credentials\nhint: ",
        stack.address
    );
    assert!(ran.stderr.contains(&says), "{}", ran.stderr);
    assert!(!ran.stderr.contains("hcaik_wrong"), "{}", ran.stderr);
    assert!(
        !elsewhere.data().exists(),
        "a remote address needs no local folder"
    );

    elsewhere.set("HONEYCOMB_API_KEY", "the-right-key");
    send_keyed(&stack);
    let ran = elsewhere
        .run(&["query", "count", "--output", "csv"])
        .expect_code(0);
    assert_eq!(ran.stdout.lines().nth(1), Some("1"));
    let says = format!(
        "honeycomb: {}, team cruddurctl, environment local\n",
        stack.address
    );
    assert!(ran.stderr.starts_with(&says), "{}", ran.stderr);
}

fn send_keyed(stack: &crate::place::Stack) {
    let export = crate::otlp_text::Export::of("backend-flask", vec![Span::named("work", now())]);
    let sent = crate::http::request(stack.address, "POST", "/v1/traces")
        .header("content-type", "application/x-protobuf")
        .header("x-honeycomb-team", "the-right-key")
        .send(&export.protobuf());
    assert_eq!(sent.status, 200);
}

#[test]
fn nobody_at_honeycombs_address_is_exit_3_with_the_address() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut place = Place::new();
    place.set("HONEYCOMB_API_KEY", "k");
    place.set("HONEYCOMB_API_ENDPOINT", &format!("http://{closed}/"));
    let ran = place.run(&["query", "count"]).expect_code(3);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .contains(&format!("error: cannot reach {closed}: Connection refused")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("\nhint: check HONEYCOMB_API_ENDPOINT"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_cloud_without_a_honeycomb_key_is_exit_4() {
    let place = Place::new();
    let ran = place
        .run(&["query", "count", "--target", "cloud"])
        .expect_code(4);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.contains("hint: set HONEYCOMB_API_KEY"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_answer_without_groups_is_an_empty_list() {
    let place = Place::new();
    let stack = place.stack();
    send(
        stack.address,
        "backend-flask",
        vec![Span::named("work", now()).with("http.route", "/a")],
    );
    let empty = place.run(&[
        "query",
        "p90",
        "--where",
        "http.route = /b",
        "--by",
        "name",
        "--output",
        "json",
    ]);
    assert!(empty.expect_code(0).stdout.contains("\"rows\": []"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let stack = place.stack();
    // More groups than a pipe holds, so that the command has to notice.
    let spans = (0..1000)
        .map(|idx| Span::named(&format!("{idx}{}", "x".repeat(300)), now()))
        .collect();
    send(stack.address, "backend-flask", spans);
    for arguments in [
        &[
            "query", "count", "--by", "name", "--limit", "1000", "--output", "csv",
        ][..],
        &["query", "count", "--by", "name", "--limit", "1000"],
        &["man"],
        &["completions", "bash"],
    ] {
        let mut child = place
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(
            child.wait().unwrap().code(),
            Some(0),
            "{arguments:?}: {said}"
        );
        assert!(
            !said.contains("error") && !said.contains("panicked"),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn the_readme_lists_every_exit_code() {
    let readme = include_str!("../../README.md");
    for code in ["0", "1", "2", "3", "4", "6", "70", "130"] {
        assert!(
            readme.contains(&format!("\n| {code} | ")),
            "README.md has no row for exit code {code}"
        );
    }
}
