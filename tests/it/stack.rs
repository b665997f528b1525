//! `stack`: its door, its folder, its stop.

use std::fs;
use std::net::TcpListener;

use serde_json::json;

use crate::http::{get, request};
use crate::otlp_text::{Export, Span};
use crate::place::Place;
use crate::question::{at_ms, count, now, send};

fn spans(n: u64) -> Vec<Span> {
    (0..n).map(|idx| Span::named("work", at_ms(idx))).collect()
}

#[test]
fn the_address_is_on_stdout_and_answers_healthz() {
    let place = Place::new();
    let stack = place.stack();
    let health = get(stack.address, "/healthz");
    assert_eq!(
        (health.status, health.header("content-type")),
        (200, "application/json")
    );
    let health = health.json();
    assert_eq!(
        (&health["service"], &health["status"]),
        (&json!("cruddurctl"), &json!("ok"))
    );
    assert_eq!(health["pid"], stack.running.child.id());
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        get(stack.address, "/").header("content-type"),
        "text/html; charset=utf-8"
    );
    assert_eq!(get(stack.address, "/nowhere").status, 404);
}

#[test]
fn sigterm_and_ctrl_c_end_it_well() {
    let place = Place::new();
    for signal in ["TERM", "INT"] {
        let mut stack = place.stack();
        send(stack.address, "kept", spans(1));
        stack.running.signal(signal);
        let ended = stack.running.finish();
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), ""),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.ends_with("stack: stopped\n"),
            "{}",
            ended.stderr
        );
        assert!(!place.data().join("stack.json").exists());
    }
    assert_eq!(count(place.stack().address, "kept"), 2);
}

#[test]
fn a_folder_has_one_stack_and_the_second_is_told_who_has_it() {
    let place = Place::new();
    let stack = place.stack();
    let second = place.run(&["stack", "--port", "0"]).expect_code(1);
    assert_eq!(second.stdout, "");
    let said = format!(
        "error: the data folder {} is in use by process {} at {}\n\
         hint: stop the other one, or choose another folder with --data-dir\n",
        place.data().display(),
        stack.running.child.id(),
        stack.address
    );
    assert_eq!(second.stderr, said);
    assert_eq!(get(stack.address, "/healthz").status, 200);
}

#[test]
fn a_taken_port_is_named_with_its_holder_and_the_flag_that_moves_it() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let port = address.port().to_string();
    let place = Place::new();
    let ran = place.run(&["stack", "--port", &port]).expect_code(1);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .contains(&format!("error: cannot bind {address}")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: choose another port with --port"),
        "{}",
        ran.stderr
    );
    if cfg!(target_os = "linux") {
        assert!(
            ran.stderr
                .contains(&format!("(process {}) has it", std::process::id())),
            "{}",
            ran.stderr
        );
    }
    let served = place.run(&["serve", "--port", &port]).expect_code(1);
    assert!(
        served
            .stderr
            .contains("hint: choose another port with --port"),
        "{}",
        served.stderr
    );
    let served = place
        .run(&["serve", "--port", "0", "--stack-port", &port])
        .expect_code(1);
    assert!(served.stderr.contains("--stack-port"), "{}", served.stderr);
}

#[test]
fn a_folder_of_a_newer_version_is_refused_and_untouched() {
    let place = Place::new();
    let stack = place.stack();
    send(stack.address, "kept", spans(3));
    stack.running.stop();
    let ours = fs::read(place.data().join("FORMAT")).unwrap();
    fs::write(place.data().join("FORMAT"), "4\n").unwrap();
    let before = place.listing();
    assert!(before.len() >= 2, "{before:?}");
    for command in [
        &["stack", "--port", "0"][..],
        &["xray", "setup"],
        &["query", "count"],
    ] {
        let ran = place.run(command).expect_code(1);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr
                .contains("was written by a newer version (format 4;"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("hint: update cruddurctl"),
            "{}",
            ran.stderr
        );
        assert_eq!(place.listing(), before);
    }
    fs::write(place.data().join("FORMAT"), ours).unwrap();
    assert_eq!(count(place.stack().address, "kept"), 3);
}

#[test]
fn strange_hosts_and_foreign_pages_are_refused() {
    let place = Place::new();
    let stack = place.stack_with(&["--allow-host", "class.test"]);
    let asked = |path, host: &str, origin: Option<&str>| {
        let asking = request(stack.address, "GET", path)
            .header("host", host)
            .header("x-honeycomb-team", "any");
        let asking = match origin {
            Some(origin) => asking.header("origin", origin),
            None => asking,
        };
        asking.send(b"")
    };
    for host in [
        "evil.test",
        "evil.test:4318",
        "localhost.evil.test",
        "10.0.0.1",
    ] {
        for path in ["/healthz", "/1/datasets", "/"] {
            let answer = asked(path, host, None);
            assert_eq!(answer.status, 403, "{host} {path}");
            assert!(answer.text().contains("--allow-host"), "{}", answer.text());
        }
    }
    let own = stack.address.to_string();
    for origin in ["http://evil.test", "https://evil.test:4318", "null"] {
        assert_eq!(
            asked("/1/datasets", &own, Some(origin)).status,
            403,
            "{origin}"
        );
    }
    for host in [
        own.as_str(),
        "localhost:1",
        "[::1]",
        "class.test",
        "CLASS.test:80",
    ] {
        assert_eq!(asked("/1/datasets", host, None).status, 200, "{host}");
    }
    assert_eq!(
        asked("/1/datasets", &own, Some("http://localhost:3000")).status,
        200
    );
    let write = request(stack.address, "POST", "/v1/traces")
        .header("content-type", "application/json")
        .header("origin", "http://evil.test");
    let export = Export::of("foreign", spans(1)).json().to_string();
    assert_eq!(write.send(export.as_bytes()).status, 403);
    assert_eq!(count(stack.address, "foreign"), 0);
}

#[test]
fn commands_use_the_stack_that_runs_and_their_own_if_none_does() {
    let place = Place::new();
    let embedded = place.run(&["xray", "setup"]).expect_code(0);
    assert!(
        embedded
            .stderr
            .contains("x-ray: embedded stack at 127.0.0.1:"),
        "{}",
        embedded.stderr
    );
    let stack = place.stack();
    send(
        stack.address,
        "backend-flask",
        vec![Span::named("work", now()); 2],
    );
    let local = place.run(&["query", "count"]).expect_code(0);
    assert!(local.stdout.contains('2'), "{}", local.stdout);
    assert!(
        local
            .stderr
            .contains(&format!("honeycomb: local stack at {}\n", stack.address)),
        "{}",
        local.stderr
    );
    stack.running.kill();
    // What a killed stack said of itself fools nobody.
    assert!(place.data().join("stack.json").exists());
    let embedded = place.run(&["query", "count"]).expect_code(0);
    assert!(
        embedded
            .stderr
            .contains("honeycomb: embedded stack at 127.0.0.1:"),
        "{}",
        embedded.stderr
    );
    assert_eq!(embedded.stdout, local.stdout);
}

#[test]
fn embedded_commands_at_the_same_moment_all_work() {
    let place = Place::new();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|idx| {
                let command = if idx % 2 == 0 {
                    ["xray", "setup"]
                } else {
                    ["logs", "setup"]
                };
                let place = &place;
                scope.spawn(move || place.run(&command))
            })
            .collect();
        for run in runs {
            run.join().unwrap().expect_code(0);
        }
    });
    let after = place.run(&["setup"]).expect_code(0);
    assert!(
        after.stdout.ends_with("nothing to do\n"),
        "{}",
        after.stdout
    );
}

#[test]
fn a_flipped_byte_is_said_and_everything_else_is_served() {
    let place = Place::new();
    let stack = place.stack();
    for dataset in ["first", "second", "third"] {
        send(stack.address, dataset, spans(10));
    }
    stack.running.stop();
    let (path, mut bytes) = place
        .listing()
        .into_iter()
        .find(|(path, _)| path.extension().is_some_and(|it| it == "log"))
        .unwrap();
    let at = bytes.windows(6).position(|six| six == b"second").unwrap();
    bytes[at] ^= 0x40;
    fs::write(&path, &bytes).unwrap();

    let stack = place.stack();
    let said = stack
        .running
        .stderr_line(|line| line.starts_with("warning: "));
    assert!(
        said.contains(".log") && said.contains("damaged bytes at byte"),
        "{said}"
    );
    assert_eq!(count(stack.address, "first"), 10);
    assert_eq!(count(stack.address, "second"), 0);
    assert_eq!(count(stack.address, "third"), 10);
    send(stack.address, "second", spans(1));
    assert_eq!(count(stack.address, "second"), 1);
}
