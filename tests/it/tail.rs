//! `logs tail` and `logs filter` as they are typed, against a stack and against a server that misbehaves.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::logs;
use crate::odd_logs::{OddLogs, Say};
use crate::place::{BINARY, Place, Ran, Running, Stack};

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Writes lines, each with its time; makes group and stream first.
fn put(address: SocketAddr, group: &str, stream: &str, lines: &[(i64, &str)]) {
    logs(address, "CreateLogGroup", &json!({"logGroupName": group}));
    let names = json!({"logGroupName": group, "logStreamName": stream});
    logs(address, "CreateLogStream", &names);
    let events: Vec<Json> = lines
        .iter()
        .map(|(time, message)| json!({"timestamp": time, "message": message}))
        .collect();
    let body = json!({"logGroupName": group, "logStreamName": stream, "logEvents": events});
    let answer = logs(address, "PutLogEvents", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json().get("rejectedLogEventsInfo").is_none());
}

/// Waits for the line `last`, and returns all lines up to it.
fn up_to(running: &Running, last: &str) -> Vec<String> {
    let seen = RefCell::new(Vec::new());
    running.stdout_line(|line| {
        seen.borrow_mut().push(line.to_string());
        line == last
    });
    seen.into_inner()
}

fn following(place: &Place, more: &[&str]) -> Running {
    let arguments = [&["logs", "tail"], more].concat();
    let running = place.start(&arguments);
    running.stderr_line(|line| line.starts_with("following"));
    running
}

fn interrupted(mut running: Running) -> Ran {
    running.signal("INT");
    running.finish().expect_code(130)
}

#[test]
fn groups_and_streams_are_merged_in_order_of_time() {
    let place = Place::new();
    let stack = place.stack();
    let start = now_ms() - 60_000;
    for (n, (group, stream)) in [("a", "one"), ("a", "two"), ("b", "three")]
        .iter()
        .enumerate()
    {
        let messages: Vec<String> = (0..400).map(|i| format!("{}", 3 * i + n)).collect();
        let lines: Vec<(i64, &str)> = messages
            .iter()
            .enumerate()
            .map(|(i, message)| (start + 30 * i as i64 + 10 * n as i64, message.as_str()))
            .collect();
        put(stack.address, group, stream, &lines);
    }
    let ran = place
        .run(&["logs", "tail", "a", "b", "a", "--output", "raw"])
        .expect_code(0);
    let numbers: Vec<usize> = ran
        .stdout
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(numbers, (0..1200).collect::<Vec<_>>());
    assert!(
        ran.stderr.contains("1200 lines of 3 streams in a, b, "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.ends_with("next: cruddurctl logs tail -f\n"),
        "{}",
        ran.stderr
    );

    let text = place.run(&["logs", "tail", "a", "b"]).expect_code(0).stdout;
    let words: Vec<&str> = text.lines().nth(2).unwrap().split(' ').skip(1).collect();
    assert_eq!(words, ["b", "three", "2"]);
    let one = place
        .run(&["logs", "tail", "a", "--stream", "two"])
        .expect_code(0)
        .stdout;
    assert_eq!(one.lines().count(), 400);
    let early = [
        "logs",
        "tail",
        "a",
        "b",
        "--stream-prefix",
        "t",
        "--until",
        "58s",
        "--output",
        "raw",
    ];
    let early = place.run(&early).expect_code(0).stdout;
    assert!(
        early
            .lines()
            .all(|line| line.parse::<usize>().unwrap() < 600),
        "{early}"
    );
}

#[test]
fn polling_picks_up_new_streams_and_shows_equal_lines_as_often_as_they_were_written() {
    let place = Place::new();
    follows(&place, &["--follow"], &place.stack());
}

#[test]
fn a_live_session_does_the_same() {
    let place = Place::new();
    follows(&place, &["--live"], &place.stack());
}

fn follows(place: &Place, how: &[&str], stack: &Stack) {
    let address = stack.address;
    let time = now_ms();
    put(
        address,
        "cruddur",
        "old",
        &[(time, "before"), (time, "same"), (time, "same")],
    );
    put(address, "other", "x", &[(time, "of the other group")]);
    let tail = following(
        place,
        &[how, &["cruddur", "other", "--output", "raw"]].concat(),
    );
    assert_eq!(
        up_to(&tail, "of the other group"),
        ["before", "same", "same", "of the other group"]
    );
    put(
        address,
        "cruddur",
        "new",
        &[(time, "same"), (time, "in a new stream")],
    );
    assert_eq!(up_to(&tail, "in a new stream"), ["same", "in a new stream"]);
    put(address, "cruddur", "old", &[(time - 50_000, "late")]);
    assert_eq!(up_to(&tail, "late"), ["late"]);
    put(address, "cruddur", "new", &[(time, "same")]);
    assert_eq!(up_to(&tail, "same"), ["same"]);
    let time = now_ms();
    put(address, "other", "x", &[(time, "last")]);
    assert_eq!(up_to(&tail, "last"), ["last"]);
    let ran = interrupted(tail);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .starts_with("9 lines of 3 streams in cruddur, other, "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .ends_with("next: cruddurctl logs filter --count\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_stack_that_comes_back_is_followed_on_without_loss() {
    for how in ["--follow", "--live"] {
        let place = Place::new();
        let stack = place.stack();
        let address = stack.address;
        put(address, "cruddur", "s", &[(now_ms(), "one")]);
        let tail = following(&place, &[how, "--output", "raw"]);
        up_to(&tail, "one");
        stack.running.kill();
        tail.stderr_line(|line| line.starts_with("lost the connection: "));
        let port = address.port().to_string();
        let again = [
            "stack",
            "--port",
            &port,
            "--grpc-port",
            "0",
            "--daemon-port",
            "0",
        ];
        let again = place.start(&again);
        again.stdout_line(|line| line.starts_with("http://"));
        put(address, "cruddur", "s", &[(now_ms(), "two")]);
        assert_eq!(up_to(&tail, "two"), ["two"], "{how}");
        put(address, "cruddur", "t", &[(now_ms(), "three")]);
        assert_eq!(up_to(&tail, "three"), ["three"], "{how}");
        let ran = interrupted(tail);
        assert_eq!(
            ran.stderr.matches("lost the connection").count(),
            0,
            "{}",
            ran.stderr
        );
        assert_eq!(
            ran.stderr.matches("connected again").count(),
            1,
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_stream_that_is_not_there_is_an_error_or_is_waited_for() {
    let place = Place::new();
    let stack = place.stack();
    put(stack.address, "cruddur", "other", &[(now_ms(), "not this")]);
    let ran = place
        .run(&["logs", "tail", "--stream", "later"])
        .expect_code(1);
    assert!(ran.stderr.contains("`--follow` waits"), "{}", ran.stderr);
    let tail = place.start(&["logs", "tail", "-f", "--stream", "later", "--output", "raw"]);
    tail.stderr_line(|line| line == "cruddur has no stream later yet; waiting for it");
    put(stack.address, "cruddur", "later", &[(now_ms(), "this")]);
    assert_eq!(up_to(&tail, "this"), ["this"]);
}

#[test]
fn a_group_that_is_not_there_is_named_with_those_that_are() {
    let place = Place::new();
    let stack = place.stack();
    let none = place.run(&["logs", "tail"]).expect_code(1);
    let says = "error: there is no log group cruddur\nhint: `cruddurctl logs setup` makes it\n";
    assert!(none.stderr.ends_with(says), "{}", none.stderr);
    put(stack.address, "api", "s", &[(now_ms(), "x")]);
    let wrong = place.run(&["logs", "tail", "api", "app"]).expect_code(1);
    let says = "error: there is no log group app\nhint: there is api\n";
    assert!(wrong.stderr.ends_with(says), "{}", wrong.stderr);
}

#[test]
fn whoever_follows_first_waits_for_the_stack_and_for_the_group() {
    for how in ["--follow", "--live"] {
        let place = Place::new();
        let tail = place.start(&["logs", "tail", how, "--output", "raw"]);
        tail.stderr_line(|line| line.starts_with("no local stack runs yet; waiting for one"));
        let stack = place.stack();
        tail.stderr_line(|line| line == "there is no log group cruddur yet; waiting for it");
        put(stack.address, "cruddur", "s", &[(now_ms(), "first")]);
        assert_eq!(up_to(&tail, "first"), ["first"]);
        interrupted(tail);
    }
    let place = Place::new();
    let tail = place.start(&["logs", "tail", "-f"]);
    tail.stderr_line(|line| line.starts_with("no local stack runs yet"));
    assert_eq!(interrupted(tail).stdout, "");
}

#[test]
fn json_is_an_object_a_line_with_the_message_as_it_was_written() {
    let place = Place::new();
    let stack = place.stack();
    let message = "{\"level\":\"error\"}\n\u{1b}[2J größe";
    let time = now_ms();
    put(
        stack.address,
        "cruddur",
        "s",
        &[(time, message), (time, "two")],
    );
    let text = place
        .run(&["logs", "tail", "--output", "json"])
        .expect_code(0)
        .stdout;
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["group"], &lines[0]["stream"]),
        (&json!("cruddur"), &json!("s"))
    );
    assert_eq!(lines[0]["message"], message);
    assert_ne!(lines[0]["event_id"], lines[1]["event_id"]);
    assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_pattern_is_asked_for_and_a_wrong_one_is_shown_before_anything_is_touched() {
    let place = Place::new();
    for command in [&["logs", "tail", "--filter"][..], &["logs", "filter"]] {
        let wrong = place
            .run(&[command, &["GET a-b/c"]].concat())
            .expect_code(2);
        let says = "  GET a-b/c\n      ^^^^^\nhint: put it in double quotes: \"a-b/c\"";
        assert!(wrong.stderr.contains(says), "{}", wrong.stderr);
        assert!(!place.data().exists());
    }
    let stack = place.stack();
    let time = now_ms();
    put(
        stack.address,
        "cruddur",
        "s",
        &[(time, "GET /a 200 OK"), (time, "POST /a 500 X")],
    );
    let found = place
        .run(&["logs", "tail", "--filter", "-GET", "--output", "raw"])
        .expect_code(0);
    assert_eq!(found.stdout, "POST /a 500 X\n");
}

#[test]
fn grep_sees_lines_at_once_and_without_colours_and_a_closed_pipe_is_no_error() {
    let place = Place::new();
    let stack = place.stack();
    put(
        stack.address,
        "cruddur",
        "s",
        &[(now_ms(), "ERROR first"), (now_ms(), "second")],
    );
    let piped = place
        .run_shell(&format!("{BINARY} logs tail | grep ERROR"))
        .expect_code(0);
    assert!(
        piped.stdout.ends_with(" s ERROR first\n"),
        "{}",
        piped.stdout
    );
    assert!(!piped.stdout.contains('\u{1b}'));
    let forced = place
        .run(&["logs", "tail", "--color", "always"])
        .expect_code(0)
        .stdout;
    assert!(forced.contains("\u{1b}[0;1;"), "{forced:?}");

    let line =
        format!("{{ {BINARY} logs tail -f; echo \"ended with $?\" >&2; }} | grep -m 1 wanted");
    let piped = std::thread::scope(|scope| {
        let piped = scope.spawn(|| place.run_shell(&line));
        while !piped.is_finished() {
            put(
                stack.address,
                "cruddur",
                "s",
                &[(now_ms(), "a wanted line")],
            );
        }
        piped.join().unwrap()
    });
    let piped = piped.expect_code(0);
    assert_eq!(piped.stdout.lines().count(), 1);
    assert!(piped.stderr.ends_with("ended with 0\n"), "{}", piped.stderr);
    assert!(
        piped.stderr.contains(" of 1 stream in cruddur, "),
        "{}",
        piped.stderr
    );
}

#[test]
fn a_trace_in_the_lines_is_the_next_thing_to_look_at() {
    let place = Place::new();
    let stack = place.stack();
    let id = |n: u8| format!("1-5759e988-bd862e3fe1be46a9942727{n:02}");
    let failed = format!("ERROR Root={}", id(1));
    let fine = format!("fine Root={}", id(2));
    let time = now_ms();
    put(
        stack.address,
        "cruddur",
        "s",
        &[(time, &failed), (time, &fine)],
    );
    for command in [
        &["logs", "tail"][..],
        &["logs", "filter"],
        &["logs", "filter", "--count"],
    ] {
        let ran = place.run(command).expect_code(0);
        let next = format!("next: cruddurctl trace {}\n", id(1));
        assert!(ran.stderr.ends_with(&next), "{}", ran.stderr);
    }
}

#[test]
fn filter_prints_lines_or_counts_shapes_or_patterns() {
    let place = Place::new();
    let stack = place.stack();
    let start = now_ms() - 1_000;
    let messages: Vec<String> = (0..30)
        .map(|n| match n % 3 {
            0 => format!("GET /api/activities/home took {n}ms 200 OK"),
            1 => format!("GET /api/activities/home took {n}ms 200 OK"),
            _ => format!("GET /boom took {n}ms 500 INTERNAL SERVER ERROR"),
        })
        .collect();
    let lines: Vec<(i64, &str)> = (start..).zip(messages.iter().map(String::as_str)).collect();
    put(stack.address, "cruddur", "s", &lines);

    let raw = place
        .run(&["logs", "filter", "boom", "--output", "raw"])
        .expect_code(0);
    assert_eq!(
        raw.stdout.lines().next(),
        Some("GET /boom took 2ms 500 INTERNAL SERVER ERROR")
    );
    assert_eq!(raw.stdout.lines().count(), 10);
    assert!(
        raw.stderr.contains("10 lines of 1 stream in cruddur"),
        "{}",
        raw.stderr
    );
    assert!(
        raw.stderr
            .ends_with("next: cruddurctl logs filter boom --count\n"),
        "{}",
        raw.stderr
    );
    let csv = place
        .run(&["logs", "filter", "boom", "--output", "csv"])
        .expect_code(0)
        .stdout;
    assert_eq!(
        (csv.lines().count(), csv.lines().next()),
        (11, Some("timestamp,group,stream,message,event_id"))
    );
    let json = |arguments: &[&str]| -> Json {
        let arguments = [&["logs", "filter", "--output", "json"], arguments].concat();
        let text = place.run(&arguments).expect_code(0).stdout;
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(json(&["boom"])["lines"].as_array().unwrap().len(), 10);
    let none = json(&["nothing"]);
    assert_eq!(
        (&none["lines"], &none["pattern"]),
        (&json!([]), &json!("nothing"))
    );

    let shapes = json(&["--count"]);
    let first = &shapes["shapes"][0];
    assert_eq!(first["shape"], "GET /api/activities/home took <n>ms 200 OK");
    assert_eq!(
        (&first["lines"], &first["example"]),
        (&json!(20), &json!(messages[28]))
    );
    assert_eq!(shapes["shapes"][1]["lines"], 10);
    let few = place
        .run(&["logs", "filter", "--count", "--limit", "1"])
        .expect_code(0);
    assert!(
        few.stderr
            .contains("10 lines are of other shapes, of which there are 1"),
        "{}",
        few.stderr
    );

    let patterns = ["ERROR", "?boom ?home", "nothing", "--output", "raw"];
    let counted = place
        .run(&[&["logs", "filter"], &patterns[..]].concat())
        .expect_code(0);
    assert_eq!(counted.stdout, "10 ERROR\n30 ?boom ?home\n0 nothing\n");
    assert!(
        counted
            .stderr
            .ends_with("next: cruddurctl logs filter '?boom ?home' --count\n"),
        "{}",
        counted.stderr
    );
    let table = place
        .run(&["logs", "filter", "ERROR", "nothing"])
        .expect_code(0)
        .stdout;
    assert!(
        table.lines().nth(2).unwrap().ends_with("nothing"),
        "{table}"
    );
    let nothing = place.run(&["logs", "filter", "nothing"]).expect_code(0);
    assert!(
        nothing
            .stderr
            .contains("and none matches nothing: none of them has \"nothing\""),
        "{}",
        nothing.stderr
    );
    let wrong = place
        .run(&["logs", "filter", "--since", "5m", "--until", "10m"])
        .expect_code(2);
    assert!(
        wrong.stderr.contains("--since is not before --until"),
        "{}",
        wrong.stderr
    );
}

fn event(id: &str, timestamp: i64, message: &str) -> Json {
    json!({"logStreamName": "s", "timestamp": timestamp, "message": message, "ingestionTime": timestamp, "eventId": id})
}

fn page(events: &[Json], next: Option<&str>) -> Say {
    let mut page = json!({"events": events, "searchedLogStreams": []});
    if let Some(next) = next {
        page["nextToken"] = json!(next);
    }
    Say::Json(200, page)
}

fn throttled() -> Say {
    Say::Json(
        400,
        json!({"__type": "ThrottlingException", "message": "Rate exceeded"}),
    )
}

fn at(address: SocketAddr) -> Place {
    let mut place = Place::new();
    for (name, value) in [
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "x".to_string()),
        ("AWS_SECRET_ACCESS_KEY", "x".to_string()),
        ("AWS_REGION", "us-east-1".to_string()),
    ] {
        place.set(name, &value);
    }
    place
}

#[test]
fn empty_pages_and_lines_that_come_twice_in_two_pages_do_no_harm() {
    let time = now_ms() - 1_000;
    let odd = OddLogs::start(move |_, asked| match asked["nextToken"].as_str() {
        None => page(&[], Some("1")),
        Some("1") => page(
            &[event("a", time, "a"), event("b", time + 1, "b")],
            Some("2"),
        ),
        Some("2") => page(&[], Some("3")),
        Some("3") => page(
            &[event("b", time + 1, "b"), event("c", time + 1, "b")],
            Some("4"),
        ),
        // A token that leads to itself would lead there for ever.
        _ => page(&[event("d", time, "d")], Some("4")),
    });
    let ran = at(odd.address)
        .run(&["logs", "tail", "--output", "raw"])
        .expect_code(0);
    assert_eq!(ran.stdout, "a\nb\nb\nd\n");
}

#[test]
fn throttling_is_said_once_and_borne_and_a_cut_connection_too() {
    let time = now_ms() - 1_000;
    let odd = OddLogs::start(move |n, asked| match (n, asked["nextToken"].as_str()) {
        (0..=1, _) => throttled(),
        (_, None) => page(&[event("a", time, "a")], Some("1")),
        (3..=4, Some("1")) => Say::Cut,
        (5, Some("1")) => Say::CutAnswer,
        (6..=7, Some("1")) => throttled(),
        (_, Some("1")) => page(&[event("b", time + 1, "b")], None),
        (n, other) => panic!("{n} {other:?}"),
    });
    // While following it never gives up, however often the client below tries by itself.
    let place = at(odd.address);
    let tail = place.start(&["logs", "tail", "-f", "--output", "raw"]);
    assert_eq!(up_to(&tail, "b"), ["a", "b"]);
    let ran = interrupted(tail);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr.matches("asks for fewer calls").count(),
        1,
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.stderr.matches("lost the connection").count(),
        1,
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.stderr.matches("connected again").count(),
        1,
        "{}",
        ran.stderr
    );
}

#[test]
fn without_live_sessions_a_tail_polls_and_says_so() {
    let time = now_ms() - 1_000;
    let odd = OddLogs::start(move |n, asked| match asked["operation"].as_str() {
        Some("StartLiveTail") => Say::Json(
            400,
            json!({"__type": "AccessDeniedException", "message": "not yours"}),
        ),
        Some("DescribeLogGroups") => Say::Json(
            200,
            json!({"logGroups": [{"logGroupName": "cruddur", "logGroupArn": "arn:aws:logs:us-east-1:1:log-group:cruddur"}]}),
        ),
        _ if n < 4 => page(&[event("a", time, "a")], None),
        _ => page(&[event("a", time, "a"), event("b", time, "b")], None),
    });
    let place = at(odd.address);
    let tail = place.start(&["logs", "tail", "--live", "--output", "raw"]);
    tail.stderr_line(|line| {
        line.starts_with("there is no live session: ") && line.ends_with("polling instead")
    });
    tail.stderr_line(|line| line == "following cruddur by polling; stop with Ctrl-C");
    assert_eq!(up_to(&tail, "b"), ["a", "b"]);
    interrupted(tail);
}

#[test]
fn whom_nobody_answers_at_all_is_told_so_at_once() {
    let odd = OddLogs::start(|_, _| Say::Cut);
    let ran = at(odd.address).run(&["logs", "tail", "-f"]).expect_code(3);
    assert!(ran.stderr.contains("cannot reach "), "{}", ran.stderr);
}

#[test]
fn a_terminal_is_drawn_for_and_cannot_be_steered_by_a_line() {
    // `script` of util-linux makes a terminal; where there is none, pipes are all there is to test.
    let version = Command::new("script").arg("--version").output();
    if !version.is_ok_and(|it| it.status.success()) {
        return;
    }
    let place = Place::new();
    let stack = place.stack();
    put(
        stack.address,
        "cruddur",
        "s",
        &[(
            now_ms(),
            "evil \u{1b}]0;title\u{7} 500 INTERNAL SERVER ERROR",
        )],
    );
    let line = format!("TERM=xterm-256color script -qec '{BINARY} logs tail' /dev/null");
    let shown = place.run_shell(&line).expect_code(0).stdout;
    assert!(shown.contains("evil \\u{1b}]0;title\\u{7}"), "{shown:?}");
    assert!(
        shown.contains("\u{1b}[0;1;38;5;203m500 INTERNAL SERVER ERROR"),
        "{shown:?}"
    );
}
