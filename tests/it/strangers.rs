//! Servers and neighbours that mean no good: redirects, text that steers a terminal, passwords in addresses,
//! other machines.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::http::{get, post_json};
use crate::odd_honeycomb::{Odd, OddHoneycomb, Step};
use crate::place::Place;
use crate::serve::serve;

const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

/// A server that answers everything alike; how often it was called.
fn always(answer: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let n_calls = Arc::new(AtomicUsize::new(0));
    let calls = n_calls.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            if lines.next().is_some_and(|line| line.is_ok()) {
                calls.fetch_add(1, Ordering::Relaxed);
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, n_calls)
}

fn redirect(status: u16, to: SocketAddr) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nlocation: http://{to}/elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

fn is_quiet(text: &str) -> bool {
    let may_be = |c: char| c == '\n' || !c.is_control();
    text.chars().all(may_be) && !text.contains('\u{202e}')
}

#[test]
fn no_redirect_takes_the_key_elsewhere() {
    let (elsewhere, n_calls) = always("HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\n{}".to_string());
    for status in REDIRECTS {
        let (address, _) = always(redirect(status, elsewhere));
        let mut place = Place::new();
        place.set("HONEYCOMB_API_KEY", "k-e-y");
        place.set("HONEYCOMB_API_ENDPOINT", &format!("http://{address}"));
        let ran = place.run(&["query", "count"]).expect_code(1);
        let says = format!("HTTP status {status}");
        assert!(ran.stderr.contains(&says), "{}", ran.stderr);
        assert!(
            ran.stderr.contains(&format!(
                "redirect to http://{elsewhere}/elsewhere, which is not followed"
            )),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(n_calls.load(Ordering::Relaxed), 0);
}

#[test]
fn spans_that_are_redirected_are_not_delivered() {
    let (elsewhere, n_calls) = always("HTTP/1.1 200 X\r\ncontent-length: 0\r\n\r\n".to_string());
    for status in REDIRECTS {
        let (address, n_asked) = always(redirect(status, elsewhere));
        let mut place = Place::new();
        place.set("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"));
        place.set("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=k-e-y");
        let serving = serve(&place, &["--grace", "300ms"]);
        assert_eq!(get(serving.address, "/api/health-check").status, 200);
        let ran = serving.running.stop();
        assert!(n_asked.load(Ordering::Relaxed) > 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("delivered 0 spans, "), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("on disk for the next run"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(n_calls.load(Ordering::Relaxed), 0);
}

#[test]
fn what_a_server_says_steers_no_terminal() {
    let said = "no \x1b]0;owned\x07\x1b[2J\u{9b}31m\u{202e}\rover";
    for status in [400, 401, 403, 404, 418, 422, 429, 500] {
        let honeycomb = OddHoneycomb::start();
        honeycomb.script(Step::Create, vec![Odd::Refusal(status, said, vec![]); 4]);
        let ran = honeycomb
            .place()
            .run(&["query", "count", "--fresh", "--timeout", "3s"]);
        assert!(is_quiet(&ran.stderr), "{status}: {:?}", ran.stderr);
        assert!(ran.stderr.contains("owned"), "{status}: {}", ran.stderr);
    }
    let honeycomb = OddHoneycomb::start();
    honeycomb.script(
        Step::Auth,
        [Odd::Body(json!({
            "id": "k", "type": "configuration", "api_key_access": {"queries": true, "columns": true},
            "team": {"name": "T\x1b[31m\u{9b}2J", "slug": "t"}, "environment": {"name": "E\nerror: x", "slug": "e"},
        }))],
    );
    let ran = honeycomb.place().run(&["query", "count", "--fresh"]);
    assert!(is_quiet(&ran.stderr), "{:?}", ran.stderr);
    assert!(
        ran.stderr.contains("environment E\\nerror: x"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_aws_says_steers_no_terminal() {
    let body = r#"{"__type":"InvalidRequestException","message":"no \u001b]0;owned\u0007 \u009b2J \u202e"}"#;
    let answer = format!(
        "HTTP/1.1 400 X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let (address, _) = always(answer);
    let mut place = Place::new();
    place.set("AWS_ENDPOINT_URL", &format!("http://me:pa55word@{address}"));
    place.set("AWS_ACCESS_KEY_ID", "a");
    place.set("AWS_SECRET_ACCESS_KEY", "b");
    place.set("AWS_REGION", "eu-north-1");
    for command in [
        &["xray", "groups"][..],
        &["xray", "traces"],
        &["logs", "tail"],
        &["setup", "--yes"],
    ] {
        let ran = place.run(command);
        assert_ne!(ran.code, Some(0), "{}", ran.stderr);
        assert!(is_quiet(&ran.stderr), "{command:?}: {:?}", ran.stderr);
        assert!(
            !ran.stderr.contains("pa55word"),
            "{command:?}: {}",
            ran.stderr
        );
        assert!(
            !ran.stdout.contains("pa55word"),
            "{command:?}: {}",
            ran.stdout
        );
    }
}

#[test]
fn a_password_in_an_address_is_shown_nowhere() {
    let mut place = Place::new();
    place.set("HONEYCOMB_API_KEY", "k-e-y");
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    place.set(
        "HONEYCOMB_API_ENDPOINT",
        &format!("http://me:pa55word@{closed}/?api_key=pa55word"),
    );
    place.set("AWS_ENDPOINT_URL", &format!("http://me:pa55word@{closed}/"));
    place.set("AWS_ACCESS_KEY_ID", "a");
    place.set("AWS_SECRET_ACCESS_KEY", "b");
    place.set("AWS_REGION", "eu-north-1");
    place.write("lines", "one\ntwo\n");
    let commands: [&[&str]; 8] = [
        &["query", "count"],
        &["datasets"],
        &["markers", "list"],
        &["xray", "rules"],
        &["logs", "filter"],
        &["logs", "ship", "--file", "lines", "--patience", "200ms"],
        &["logs", "ship", "--drain", "--patience", "200ms"],
        &[
            "load",
            "--duration",
            "1s",
            "--url",
            &format!("http://me:pa55word@{closed}/"),
        ],
    ];
    for command in commands {
        let ran = place.run(command);
        assert!(
            !ran.stderr.contains("pa55word"),
            "{command:?}: {}",
            ran.stderr
        );
        assert!(
            !ran.stdout.contains("pa55word"),
            "{command:?}: {}",
            ran.stdout
        );
    }
    place.set(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        &format!("http://me:pa55word@{closed}"),
    );
    place.set("AWS_ENDPOINT_URL", "");
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL",
    ] {
        place.set(name, "");
    }
    let running = place.start(&[
        "serve",
        "--port",
        "0",
        "--stack-port",
        "0",
        "--grace",
        "300ms",
        "--target",
        "local",
    ]);
    let spans = running.stderr_line(|line| line.starts_with("spans: "));
    assert_eq!(spans, format!("spans: http://***@{closed}"));
    assert_eq!(get(running.back_end(), "/api/health-check").status, 200);
    let ran = running.stop();
    assert!(!ran.stderr.contains("pa55word"), "{}", ran.stderr);
}

#[test]
fn other_machines_come_in_with_a_key_or_on_purpose() {
    for command in ["stack", "serve", "up"] {
        for host in ["0.0.0.0", "::", "192.0.2.1"] {
            let ran = Place::new().run(&[command, "--host", host]).expect_code(2);
            for part in [
                &format!("--host {host} lets other machines in")[..],
                "CRUDDUR_STACK_KEY",
                "--insecure",
            ] {
                assert!(
                    ran.stderr.contains(part),
                    "{command} {host}: {}",
                    ran.stderr
                );
            }
        }
    }
    let place = Place::new();
    place.stack_with(&["--host", "0.0.0.0", "--insecure"]);
    let mut keyed = Place::new();
    keyed.set("CRUDDUR_STACK_KEY", "s3cret");
    keyed.stack_with(&["--host", "0.0.0.0"]);
    Place::new().stack_with(&["--host", "127.0.0.2"]);
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_text() {
    let place = Place::new();
    let stack = place.stack();
    let events: Vec<_> = ["=1+2", "+1+2", "-1+2", "@a", "\tb", "c", "-7"]
        .map(|name| json!({"data": {"name": name, "duration_ms": 1}}))
        .into();
    assert_eq!(
        post_json(stack.address, "/1/batch/d", &json!(events)).status,
        200
    );
    let ran = place.run(&[
        "query",
        "count",
        "--dataset",
        "d",
        "--by",
        "name",
        "--output",
        "csv",
    ]);
    let mut cells: Vec<&str> = ran
        .stdout
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    cells.sort_unstable();
    assert_eq!(cells, ["'\tb", "'+1+2", "'-1+2", "'=1+2", "'@a", "-7", "c"]);
}

#[cfg(unix)]
#[test]
fn an_export_overwrites_no_file_through_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    {
        let stack = place.stack();
        let event = json!([{"data": {"duration_ms": 1}}]);
        assert_eq!(post_json(stack.address, "/1/batch/d", &event).status, 200);
    }
    let target = place.write("precious", "precious");
    let (link, plain) = (place.path("link.arrow"), place.path("plain.arrow"));
    symlink(&target, &link).unwrap();
    fs::write(&plain, "old").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    let export = |file: &std::path::Path| {
        place.run(&["store", "export", "--dataset", "d", file.to_str().unwrap()])
    };
    let ran = export(&link).expect_code(1);
    assert!(ran.stderr.contains("it is a link to"), "{}", ran.stderr);
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    export(&plain).expect_code(0);
    let mode = fs::metadata(&plain).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
