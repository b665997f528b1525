//! `logs ship`: what was accepted arrives, whatever is killed, is away, or is odd about the input.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

use crate::http::{get, logs};
use crate::place::{Place, Ran, Stack};
use crate::question::now;

/// A place whose commands take the stack at one address for AWS, whether it is there or not.
struct Ground {
    place: Place,
    port: u16,
}

impl Ground {
    fn new() -> Ground {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let mut place = Place::new();
        for (name, value) in [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
            ("AWS_ACCESS_KEY_ID", "local".to_string()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_string()),
            ("AWS_REGION", "us-east-1".to_string()),
        ] {
            place.set(name, &value);
        }
        Ground { place, port }
    }

    fn stack(&self) -> Stack {
        let port = self.port.to_string();
        let doors = ["--grpc-port", "0", "--daemon-port", "0", "--port", &port];
        self.place.stack_at(&doors)
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    fn ship(&self, arguments: &[&str]) -> Ran {
        self.place.run(&with_ship(arguments))
    }

    /// Ships some bytes through a pipe.
    fn ship_bytes(&self, arguments: &[&str], bytes: &[u8]) -> Ran {
        self.place.write("input", bytes);
        let line = format!(
            "cat input | {} logs ship {}",
            crate::place::BINARY,
            arguments.join(" ")
        );
        self.place.run_shell(&line)
    }

    /// Starts a sink whose standard input stays open.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.place.command(&with_ship(arguments));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).spawn().unwrap()
    }

    fn n_queues(&self) -> usize {
        let spool = std::fs::read_dir(self.place.data().join("spool"));
        let folders = spool.into_iter().flatten().map(Result::unwrap);
        folders.filter(|entry| entry.path().is_dir()).count()
    }
}

fn with_ship<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    ["logs", "ship"].iter().chain(arguments).copied().collect()
}

/// Every line of a group in the order of a reader, each with its time.
fn lines_of(address: SocketAddr, group: &str) -> Vec<(i64, String)> {
    let (mut lines, mut token) = (Vec::new(), Json::Null);
    loop {
        let mut asked = json!({ "logGroupName": group });
        if token.is_string() {
            asked["nextToken"] = token.clone();
        }
        let page = logs(address, "FilterLogEvents", &asked);
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        lines.extend(page["events"].as_array().unwrap().iter().map(|event| {
            let message = event["message"].as_str().unwrap().to_string();
            (event["timestamp"].as_i64().unwrap(), message)
        }));
        token = page["nextToken"].clone();
        if token.is_null() {
            return lines;
        }
    }
}

fn messages(address: SocketAddr, group: &str) -> Vec<String> {
    let lines = lines_of(address, group).into_iter();
    lines.map(|(_, message)| message).collect()
}

fn shipped(ran: &Ran) -> Json {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

// Long enough that a few thousand of them fill a batch.
const LINE_BYTES: usize = 300;
// A batch has a megabyte, and each line counts 26 bytes more.
const BATCH_LINES: usize = (1 << 20) / (LINE_BYTES + 26) + 1;

fn numbered(numbers: std::ops::Range<usize>) -> String {
    let mut text = String::new();
    for number in numbers {
        let _ = writeln!(text, "{number:08} {}", "x".repeat(LINE_BYTES - 9));
    }
    text
}

/// Counts how often each number came, and checks that they came in order.
fn counted(lines: &[String]) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    let mut next = 0;
    for line in lines {
        let number: usize = line[..8].parse().unwrap();
        *counts.entry(number).or_default() += 1;
        // What comes again comes in order too, so nothing ever jumps ahead.
        assert!(number <= next, "{number} came before {next}");
        next = next.max(number + 1);
    }
    counts
}

/// Waits for a while that chance decides, or until the process ends.
fn for_a_moment(child: &mut Child, rng: &mut StdRng) -> bool {
    let moment = Duration::from_millis(rng.random_range(5..400));
    let begun = std::time::Instant::now();
    while begun.elapsed() < moment {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn kill_the_sink_the_stack_or_both_and_every_line_of_the_file_arrives() {
    const SEED: u64 = 8;
    const KILLS: usize = 8;
    let n_lines = (KILLS + 6) * BATCH_LINES;
    let ground = Ground::new();
    let file = ground.place.write("app.log", numbered(0..n_lines));
    let arguments = [
        "--stream",
        "app",
        "--file",
        file.to_str().unwrap(),
        "--patience",
        "60s",
    ];
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut stack = Some(ground.stack());
    let mut n_kills = 0;
    let mut sink = ground.start(&arguments);
    let ended = loop {
        let has_ended = for_a_moment(&mut sink, &mut rng);
        if has_ended || n_kills == KILLS {
            break sink.wait_with_output().unwrap();
        }
        n_kills += 1;
        let (kills_sink, kills_stack) = [(true, false), (false, true), (true, true)][n_kills % 3];
        if kills_sink {
            sink.kill().unwrap();
            sink.wait().unwrap();
        }
        if kills_stack {
            stack.take().unwrap().running.kill();
            stack = Some(ground.stack());
        }
        if kills_sink {
            sink = ground.start(&arguments);
        }
    };
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "seed {SEED}: {said}");
    let counts = counted(&messages(ground.address(), "cruddur"));
    let missing: Vec<usize> = (0..n_lines).filter(|n| !counts.contains_key(n)).collect();
    assert!(
        missing.is_empty(),
        "seed {SEED}: {} missing, first {:?}",
        missing.len(),
        missing.first()
    );
    let n_doubled: usize = counts.values().map(|n| n - 1).sum();
    assert!(
        n_doubled <= n_kills * BATCH_LINES,
        "{n_doubled} doubled by {n_kills} kills"
    );
    assert_eq!(ground.n_queues(), 0);
}

#[test]
fn what_a_killed_sink_had_accepted_from_a_pipe_is_delivered_by_the_next_without_a_gap() {
    const SEED: u64 = 21;
    let ground = Ground::new();
    let _stack = ground.stack();
    let mut rng = StdRng::seed_from_u64(SEED);
    for round in 0..4 {
        let group = format!("round-{round}");
        let arguments = ["--group", &group, "--stream", "app"];
        let mut sink = ground.start(&arguments);
        let mut pipe = sink.stdin.take().unwrap();
        let writing = std::thread::spawn(move || {
            // Until the reader is gone.
            for first in (0..).step_by(500) {
                if pipe
                    .write_all(numbered(first..first + 500).as_bytes())
                    .is_err()
                {
                    return first + 500;
                }
            }
            0
        });
        for_a_moment(&mut sink, &mut rng);
        sink.kill().unwrap();
        sink.wait().unwrap();
        let n_written = writing.join().unwrap();

        let drained = ground.ship(&["--group", &group, "--drain", "--output", "json"]);
        assert_eq!(drained.code, Some(0), "{drained:?}");
        assert_eq!(shipped(&drained)["spooled"], 0);
        let found = logs(
            ground.address(),
            "DescribeLogGroups",
            &json!({ "logGroupNamePrefix": group }),
        );
        if found.json()["logGroups"] == json!([]) {
            continue;
        }
        let counts = counted(&messages(ground.address(), &group));
        // In order and without a gap: `counted` sees to the first.
        assert!(
            counts.keys().copied().eq(0..counts.len()),
            "seed {SEED}, round {round}"
        );
        assert!(counts.len() <= n_written);
        let n_doubled: usize = counts.values().map(|n| n - 1).sum();
        assert!(n_doubled <= BATCH_LINES, "{n_doubled} doubled by one kill");
        assert_eq!(ground.n_queues(), 0);
    }
}

#[test]
fn with_the_stack_away_lines_are_safe_and_a_later_run_delivers_them_in_order() {
    let ground = Ground::new();
    let first = ground.ship_bytes(
        &["--stream", "one", "--patience", "3s"],
        numbered(0..5_000).as_bytes(),
    );
    let first = first.expect_code(0);
    assert_eq!(
        first.stdout,
        "accepted 5000, delivered 0, rejected 0, spooled 5000\n"
    );
    for says in [
        "lines wait in the spool: cannot reach 127.0.0.1:",
        "what is spooled is safe in ",
        "next: cruddurctl logs ship --group cruddur --drain",
    ] {
        assert!(first.stderr.contains(says), "{}", first.stderr);
    }
    let drained = ground.ship(&["--drain", "--patience", "1s"]).expect_code(3);
    assert_eq!(
        drained.stdout,
        "accepted 0 and 5000 from before, delivered 0, rejected 0, spooled 5000\n"
    );

    let _stack = ground.stack();
    let second = ground.ship_bytes(&["--stream", "one"], numbered(5_000..5_001).as_bytes());
    let second = second.expect_code(0);
    assert_eq!(
        second.stdout,
        "accepted 1 and 5000 from before, delivered 5001, rejected 0, spooled 0\n"
    );
    let counts = counted(&messages(ground.address(), "cruddur"));
    assert!(counts.keys().copied().eq(0..5_001) && counts.values().all(|n| *n == 1));
    let nothing = ground.ship(&["--drain"]).expect_code(0);
    assert!(
        nothing
            .stderr
            .contains("nothing waits for log group cruddur"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn a_stack_that_comes_while_lines_wait_gets_them() {
    let ground = Ground::new();
    let mut sink = ground.start(&["--stream", "late", "--patience", "60s"]);
    let mut pipe = sink.stdin.take().unwrap();
    pipe.write_all(b"early\n").unwrap();
    let mut said = std::io::BufReader::new(sink.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("lines wait in the spool") {
        line.clear();
        assert_ne!(
            std::io::BufRead::read_line(&mut said, &mut line).unwrap(),
            0
        );
    }
    let stack = ground.stack();
    pipe.write_all(b"late").unwrap();
    drop(pipe);
    let ended = sink.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(
        String::from_utf8(ended.stdout).unwrap(),
        "accepted 2, delivered 2, rejected 0, spooled 0\n"
    );
    assert_eq!(messages(stack.address, "cruddur"), ["early", "late"]);
}

#[test]
fn odd_bytes_arrive_as_far_as_they_can_and_everything_else_is_counted() {
    let ground = Ground::new();
    let stack = ground.stack();
    let long = "y".repeat(3_000_000);
    let mut bytes = b"plain\n\nb\xffroken\r\n\0nul\0\n\n".to_vec();
    bytes.extend_from_slice(long.as_bytes());
    bytes.extend_from_slice("\n\u{1f980} no end".as_bytes());
    let ran = ground.ship_bytes(&["--stream", "odd", "--output", "json"], &bytes);
    let ran = ran.expect_code(0);
    let counts = shipped(&ran);
    for (name, n) in [
        ("accepted", 7),
        ("delivered", 7),
        ("rejected", 0),
        ("spooled", 0),
        ("empty_lines", 2),
        ("mended_lines", 1),
        ("split_lines", 1),
        ("pieces", 3),
        ("not_accepted", 0),
    ] {
        assert_eq!(counts[name], n, "{name} in {counts}");
    }
    let found = messages(stack.address, "cruddur");
    assert_eq!(found[..3], ["plain", "b\u{fffd}roken", "\0nul\0"]);
    assert_eq!(found[6], "\u{1f980} no end");
    let mut whole = String::new();
    for (idx, piece) in found[3..6].iter().enumerate() {
        let (text, mark) = piece.split_once(" [piece ").unwrap();
        assert!(mark.starts_with(&(idx + 1).to_string()), "{mark}");
        whole.push_str(text);
    }
    assert!(whole == long);
}

#[test]
fn a_line_without_end_is_shipped_piece_by_piece() {
    let ground = Ground::new();
    let _stack = ground.stack();
    let line = format!(
        "head -c 12000000 /dev/zero | tr '\\0' z | {} logs ship --stream endless",
        crate::place::BINARY
    );
    let ran = ground.place.run_shell(&line).expect_code(0);
    assert_eq!(
        ran.stdout,
        "accepted 12, delivered 12, rejected 0, spooled 0; 1 split into 12 pieces\n"
    );
}

#[test]
fn lines_say_when_they_were_in_json_or_at_their_beginning() {
    let ground = Ground::new();
    let stack = ground.stack();
    let seconds = (now() / 1_000_000_000) as i64 - 3_600;
    let text = format!(
        "{{\"at\":{{\"s\":{seconds}}},\"n\":1}}\nnot json\n{{\"at\":{{\"s\":{}}},\"n\":2}}\n",
        seconds - 60
    );
    let json = [
        "--json",
        "--timestamp-field",
        "at.s",
        "--stream",
        "j",
        "--group",
        "j",
    ];
    let ran = ground.ship_bytes(&json, text.as_bytes()).expect_code(0);
    assert_eq!(
        ran.stdout,
        "accepted 3, delivered 3, rejected 0, spooled 0; 1 without a time of their own\n"
    );
    let found = lines_of(stack.address, "j");
    let times: Vec<i64> = found.iter().map(|(time, _)| *time).collect();
    assert_eq!(
        times,
        [(seconds - 60) * 1_000, seconds * 1_000, seconds * 1_000]
    );
    assert_eq!(found[2].1, "not json");

    let old = "[2001-Nov-22 07:09] 127.0.0.1 GET http / 200 OK\n2001-11-22T07:09:30Z again\n";
    let ran = ground.ship_bytes(
        &["--leading-time", "--stream", "t", "--group", "t"],
        old.as_bytes(),
    );
    let ran = ran.expect_code(1);
    assert_eq!(
        ran.stdout,
        "accepted 2, delivered 0, rejected 2 (2 more than 14 days old), spooled 0\n"
    );
}

#[test]
fn a_file_that_was_shipped_partly_goes_on_and_a_whole_one_begins_again() {
    let ground = Ground::new();
    let file = ground.place.write("app.log", "one\ntwo\n");
    let arguments = [
        "--stream",
        "s",
        "--patience",
        "1s",
        "--file",
        file.to_str().unwrap(),
    ];
    // Not delivered, so the spool knows how far it was read.
    ground.ship(&arguments).expect_code(0);
    ground.place.write("app.log", "one\ntwo\nthree\n");
    let stack = ground.stack();
    let second = ground.ship(&arguments).expect_code(0);
    assert!(
        second.stderr.contains("going on at byte 8"),
        "{}",
        second.stderr
    );
    assert_eq!(messages(stack.address, "cruddur"), ["one", "two", "three"]);
    let third = ground.ship(&arguments).expect_code(0);
    assert_eq!(
        third.stdout,
        "accepted 3, delivered 3, rejected 0, spooled 0\n"
    );
}

#[test]
fn what_cannot_be_is_said_before_anything_is_read() {
    let ground = Ground::new();
    let colon = ground.ship(&["--stream", "a:b"]).expect_code(2);
    assert!(
        colon
            .stderr
            .contains("a log stream's name cannot hold ':': `a:b`; write `a-b`"),
        "{}",
        colon.stderr
    );
    let group = ground
        .ship(&["--stream", "s", "--group", "a b"])
        .expect_code(2);
    assert!(
        group.stderr.contains("a log group's name cannot hold ' '"),
        "{}",
        group.stderr
    );
    let missing = ground
        .ship(&["--stream", "s", "--file", "nowhere.log"])
        .expect_code(1);
    assert!(
        missing.stderr.contains("cannot read nowhere.log"),
        "{}",
        missing.stderr
    );
    ground.ship(&[]).expect_code(2);
    ground
        .ship(&["--stream", "s", "--spool-size", "1MiB"])
        .expect_code(2);
    assert!(!ground.place.data().exists());

    std::fs::create_dir(ground.place.data()).unwrap();
    std::fs::write(ground.place.data().join("spool"), "not a folder").unwrap();
    let ran = ground
        .ship_bytes(&["--stream", "s"], b"line\n")
        .expect_code(1);
    assert_eq!(ran.stdout, "");
    for says in [
        "error: lines cannot be kept on their way to CloudWatch Logs: cannot write to ",
        "data/spool",
        "hint: make the folder writable, or name another one with --data-dir",
    ] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn an_address_that_is_set_to_nothing_is_wrong_usage() {
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] {
        let mut ground = Ground::new();
        ground.place.set(name, "");
        let ran = ground
            .ship_bytes(&["--stream", "s"], b"line\n")
            .expect_code(2);
        let says = format!("error: {name} is set, but to nothing\nhint: unset {name}, or");
        assert!(ran.stderr.starts_with(&says), "{}", ran.stderr);
    }
}

#[test]
fn a_sink_that_is_asked_to_stop_delivers_what_it_has_accepted() {
    let ground = Ground::new();
    let stack = ground.stack();
    let mut sink = ground.start(&["--stream", "s", "--output", "json"]);
    let mut pipe = sink.stdin.take().unwrap();
    pipe.write_all(b"one\ntwo\nno end").unwrap();
    let group = json!({ "logGroupNamePrefix": "cruddur" });
    // A line leaves a second after it came, and makes the group.
    while logs(stack.address, "DescribeLogGroups", &group).json()["logGroups"] == json!([]) {}
    pipe.write_all(b"\nthree\n").unwrap();
    let asked = std::process::Command::new("kill")
        .args(["-s", "TERM", &sink.id().to_string()])
        .status();
    assert!(asked.unwrap().success());
    let ended = sink.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let counts: Json = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(counts["spooled"], 0);
    let found = messages(stack.address, "cruddur");
    assert_eq!(counts["accepted"], found.len());
    assert!(
        ["one", "two", "no end", "three"]
            .starts_with(&found.iter().map(String::as_str).collect::<Vec<_>>()[..]),
        "{found:?}"
    );
    assert!(found.len() >= 2);
}

#[test]
fn a_full_spool_holds_the_pipe_up_and_loses_nothing() {
    let ground = Ground::new();
    // Twice what the spool takes, with nobody there.
    let n_lines = 2 * (32 << 20) / LINE_BYTES;
    let mut sink = ground.start(&[
        "--stream",
        "s",
        "--spool-size",
        "32MiB",
        "--patience",
        "60s",
    ]);
    let mut pipe = sink.stdin.take().unwrap();
    let writing = std::thread::spawn(move || pipe.write_all(numbered(0..n_lines).as_bytes()));
    let mut said = std::io::BufReader::new(sink.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("the spool is full") {
        line.clear();
        assert_ne!(
            std::io::BufRead::read_line(&mut said, &mut line).unwrap(),
            0
        );
    }
    assert!(!writing.is_finished(), "the pipe waits");
    let _stack = ground.stack();
    writing.join().unwrap().unwrap();
    let ended = sink.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(ended.stdout).unwrap(),
        format!("accepted {n_lines}, delivered {n_lines}, rejected 0, spooled 0\n")
    );
}

#[test]
fn a_back_end_keeps_its_lines_while_the_stack_is_away() {
    let ground = Ground::new();
    let serve = ["serve", "--port", "0", "--stack-port", "0"];
    let running = ground.place.start(&serve);
    assert_eq!(get(running.back_end(), "/api/health-check").status, 200);
    let first = running.stop();
    assert!(
        first
            .stderr
            .contains("delivered 0 log lines, 1 on disk for the next run"),
        "{}",
        first.stderr
    );
    let elsewhere = Place::new();
    let port = ground.port.to_string();
    let stack = elsewhere.stack_at(&["--port", &port, "--grpc-port", "0", "--daemon-port", "0"]);
    let running = ground.place.start(&serve);
    running.stderr_line(|line| line == "log lines: 1 wait from before and go too");
    let second = running.stop();
    assert!(
        second.stderr.contains("delivered 1 log line"),
        "{}",
        second.stderr
    );
    let found = messages(stack.address, "cruddur");
    assert!(
        found.len() == 1 && found[0].contains("/api/health-check"),
        "{found:?}"
    );
}
