//! The stack goes away in the middle of traffic and comes back: afterwards all three lenses have everything.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};

use serde_json::json;

use crate::http::{logs, post_json, request};
use crate::place::{Place, Running, Stack};
use crate::question::now;
use crate::serve::{Serving, serve};

/// A place whose stack is always behind the same door.
struct Ground {
    place: Place,
    port: String,
}

impl Ground {
    fn new() -> Ground {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        Ground {
            place: Place::new(),
            port,
        }
    }

    fn stack(&self) -> Stack {
        let doors = [
            "--port",
            &self.port,
            "--grpc-port",
            "0",
            "--daemon-port",
            "0",
        ];
        self.place.stack_at(&doors)
    }
}

/// Sends requests that every lens sees: their caller has decided that they are sampled.
fn send(address: SocketAddr, traces: std::ops::Range<u32>) {
    for n in traces {
        let header = format!("Root=1-{:08x}-{n:024x};Sampled=1", now() / 1_000_000_000);
        let asked = request(address, "GET", "/api/health-check");
        assert_eq!(
            asked.header("x-amzn-trace-id", &header).send(b"").status,
            200
        );
    }
}

/// Waits until it was said of every lens, in whatever order.
fn wait_for_all(running: &Running, says: &str) {
    let lines = ["spans", "log lines", "segments"].map(|lens| format!("{lens}{says}"));
    let left = RefCell::new(lines.to_vec());
    running.stderr_line(|line| {
        left.borrow_mut().retain(|wanted| !line.starts_with(wanted));
        left.borrow().is_empty()
    });
}

/// Checks that every lens has so many requests, each once.
fn check(ground: &Ground, stack: &Stack, n_requests: usize) {
    let spans = ground
        .place
        .run(&[
            "query",
            "count,count-distinct(trace.trace_id)",
            "--output",
            "csv",
        ])
        .expect_code(0);
    let counts = spans.stdout.lines().nth(1);
    assert_eq!(counts, Some(format!("{n_requests},{n_requests}").as_str()));

    let seconds = now() / 1_000_000_000;
    let mut segments = Vec::new();
    let mut token = json!(null);
    loop {
        let asked = json!({
            "StartTime": seconds - 3600, "EndTime": seconds + 60, "NextToken": token,
        });
        let page = post_json(stack.address, "/TraceSummaries", &asked).json();
        let ids = page["TraceSummaries"].as_array().unwrap().iter();
        segments.extend(ids.map(|it| it["Id"].as_str().unwrap().to_string()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let distinct: BTreeSet<&String> = segments.iter().collect();
    assert_eq!((segments.len(), distinct.len()), (n_requests, n_requests));

    let asked = json!({ "logGroupName": "cruddur", "filterPattern": "\"/api/health-check\"" });
    let lines = logs(stack.address, "FilterLogEvents", &asked).json();
    assert_eq!(lines["events"].as_array().unwrap().len(), n_requests);
}

#[test]
fn all_three_lenses_are_complete_after_the_stack_was_away() {
    for signal in ["TERM", "KILL"] {
        let ground = Ground::new();
        let mut stack = ground.stack();
        let Serving { running, address } = serve(&ground.place, &[]);
        send(address, 0..20);
        stack.running.signal(signal);
        stack.running.finish();
        send(address, 20..40);
        wait_for_all(&running, " wait on disk: ");
        send(address, 40..60);
        let stack = ground.stack();
        wait_for_all(&running, " go again, what waited first");
        send(address, 60..70);
        let ended = running.stop();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        for what in ["spans", "log lines", "segments"] {
            let line = format!("delivered 70 {what}\n");
            assert!(ended.stderr.contains(&line), "{}", ended.stderr);
        }
        assert!(!ended.stderr.contains("on disk"), "{}", ended.stderr);
        check(&ground, &stack, 70);
    }
}

#[test]
fn what_a_killed_back_end_had_kept_goes_with_the_next_one() {
    let ground = Ground::new();
    let stack = ground.stack();
    let Serving { running, address } = serve(&ground.place, &[]);
    assert_eq!(stack.running.stop().code, Some(0));
    send(address, 0..1);
    wait_for_all(&running, " wait on disk: ");
    running.kill();
    let stack = ground.stack();
    let running = ground.place.start(&["serve", "--port", "0"]);
    wait_for_all(&running, ": 1 wait from before and go too");
    let ended = running.stop();
    for what in ["span", "log line", "segment"] {
        let line = format!("delivered 1 {what}\n");
        assert!(ended.stderr.contains(&line), "{}", ended.stderr);
    }
    check(&ground, &stack, 1);
}

#[test]
fn a_back_end_that_is_stopped_while_the_stack_is_away_says_what_waits_and_where() {
    let ground = Ground::new();
    let stack = ground.stack();
    let Serving { running, address } = serve(&ground.place, &["--grace", "1s"]);
    assert_eq!(stack.running.stop().code, Some(0));
    send(address, 0..3);
    wait_for_all(&running, " wait on disk: ");
    let ended = running.stop();
    assert_eq!(ended.code, Some(0));
    for what in ["spans", "log lines", "segments"] {
        let line = format!("delivered 0 {what}, 3 on disk for the next run (");
        assert!(ended.stderr.contains(&line), "{}", ended.stderr);
    }
    let folder = ground.place.data().join("spool");
    let where_ = format!("what is on disk waits in {} and goes", folder.display());
    assert!(ended.stderr.contains(&where_), "{}", ended.stderr);
    let stack = ground.stack();
    let again = serve(&ground.place, &[]);
    let ended = again.running.stop();
    assert!(
        ended.stderr.contains("delivered 3 spans\n"),
        "{}",
        ended.stderr
    );
    check(&ground, &stack, 3);
}
