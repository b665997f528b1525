//! `xray sampling`: what decides about a request, and what a sampler keeps of many.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::{get, logs, post_json};
use crate::place::{Place, Stack};

const LINE: &str = "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home?x=1 200 OK";

fn seconds_now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs_f64()
}

fn trace_id(n: usize) -> String {
    format!("1-{:08x}-{n:024x}", seconds_now() as u64 & 0xffff_fff0)
}

/// Keeps a segment of `service` that says to have been sampled by `rule`, and returns its trace's id.
fn keep(stack: &Stack, n: usize, service: &str, rule: Option<&str>) -> String {
    let id = trace_id(n);
    let mut segment = json!({
        "name": service, "id": format!("{:016x}", n + 1), "trace_id": id,
        "start_time": seconds_now() - 1.0, "end_time": seconds_now(), "origin": "AWS::EC2::Instance",
        "http": {
            "request": {"method": "POST", "url": "https://cruddur.com/api/messages"},
            "response": {"status": 200},
        },
    });
    if let Some(rule) = rule {
        segment["aws"] = json!({"xray": {"sampling_rule_name": rule}});
    }
    let body = json!({"TraceSegmentDocuments": [segment.to_string()]});
    let answer = post_json(stack.address, "/TraceSegments", &body).json();
    assert_eq!(answer, json!({"UnprocessedTraceSegments": []}));
    id
}

fn explained(place: &Place, more: &[&str]) -> Json {
    let command = ["xray", "sampling", "explain", "--output", "json"];
    let ran = place.run(&[&command, more].concat()).expect_code(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn simulated(place: &Place, more: &[&str]) -> Json {
    let command = ["xray", "sampling", "simulate", "--output", "json"];
    let ran = place.run(&[&command, more].concat()).expect_code(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_trace_says_what_its_request_was_and_which_rule_it_was_sampled_by() {
    let place = Place::new();
    let stack = place.stack();
    place.run(&["xray", "setup"]).expect_code(0);
    let id = keep(&stack, 1, "backend-flask", Some("Cruddur"));
    let json = explained(&place, &["--trace", &id]);
    let request = json!({
        "source": "trace", "trace_id": id, "service": "backend-flask", "type": "AWS::EC2::Instance",
        "host": "cruddur.com", "method": "POST", "path": "/api/messages",
    });
    assert_eq!(json["request"], request);
    assert_eq!(
        (&json["decides"], &json["recorded_rule"], &json["agrees"]),
        (&json!("Cruddur"), &json!("Cruddur"), &json!(true))
    );
    let hex = id.replacen("1-", "", 1).replace('-', "");
    assert_eq!(explained(&place, &["--trace", &hex]), json);

    let explain = |id: &str| {
        let ran = place.run(&["xray", "sampling", "explain", "--trace", id]);
        ran.expect_code(0).stdout
    };
    let words = explain(&id);
    assert!(words.starts_with("POST /api/messages at cruddur.com, service backend-flask\n"));
    assert!(
        words.contains("the segment says so too: it recorded Cruddur"),
        "{words}"
    );
    for (n, service, rule, says) in [
        (
            2,
            "backend-flask",
            Some("Default"),
            "otherwise: it recorded Default",
        ),
        (
            3,
            "other",
            Some("Old"),
            "which is no longer among the rules",
        ),
        (4, "other", None, "the segment recorded no rule"),
    ] {
        let words = explain(&keep(&stack, n, service, rule));
        assert!(words.contains(says), "{words}");
    }
}

#[test]
fn a_trace_that_is_not_there_is_no_riddle() {
    let place = Place::new();
    let explain = |id: &str, code| {
        let ran = place.run(&["xray", "sampling", "explain", "--trace", id]);
        ran.expect_code(code).stderr
    };
    let unknown = explain(&trace_id(99), 1);
    assert!(unknown.contains("may not have been sampled"), "{unknown}");
    // Of a hundred days ago; one of many years ago is a random one.
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        - 100 * 86_400;
    let old = explain(&format!("1-{seconds:08x}-bd862e3fe1be46a994272793"), 1);
    assert!(old.contains("keeps traces for 30 days"), "{old}");
    assert!(explain("15m", 2).contains("`15m` is not a trace id"));
}

#[test]
fn a_log_line_is_explained_however_it_is_wrapped_and_a_wrong_one_is_marked() {
    let place = Place::new();
    place.run(&["xray", "setup"]).expect_code(0);
    let json = explained(&place, &["--line", LINE]);
    assert_eq!(json["request"]["path"], "/api/activities/home");
    assert_eq!(json["request"]["source"], "line");
    assert_eq!(json["decides"], "Cruddur");
    let wrapped = json!({ "message": LINE }).to_string();
    assert_eq!(explained(&place, &["--line", &wrapped]), json);
    place.write("line.txt", format!("{LINE}\nand more\n"));
    let piped = place
        .run_shell(
            "$BINARY xray sampling explain --line - --output json < line.txt"
                .replace("$BINARY", crate::place::BINARY)
                .as_str(),
        )
        .expect_code(0);
    assert_eq!(serde_json::from_str::<Json>(&piped.stdout).unwrap(), json);

    let wrong = place
        .run(&[
            "xray",
            "sampling",
            "explain",
            "--line",
            "[x] 127.0.0.1 get http /? 200 OK",
        ])
        .expect_code(2);
    let says = "error: this is no log line of a request: expected a method, such as GET
 --> --line:1:15
  |
1 | [x] 127.0.0.1 get http /? 200 OK
  |               ^^^
hint: one is: ";
    assert!(wrong.stderr.contains(says), "{}", wrong.stderr);
    assert_eq!(wrong.stdout, "");
}

#[test]
fn the_line_that_serve_writes_is_explained() {
    let place = Place::new();
    let running = place.start(&["serve", "--port", "0", "--stack-port", "0"]);
    get(running.back_end(), "/api/activities/search?term=cloud");
    running.stop();
    let stack = place.stack();
    let body = json!({ "logGroupName": "cruddur" });
    let events = logs(stack.address, "FilterLogEvents", &body).json();
    let events = events["events"].as_array().unwrap().clone();
    let message = |event: &Json| event["message"].as_str().unwrap().to_string();
    let written = events.iter().map(message).find(|it| it.contains("search"));
    let json = explained(&place, &["--line", &written.unwrap()]);
    assert_eq!(json["request"]["path"], "/api/activities/search");
}

#[test]
fn at_three_a_second_everything_is_kept_and_that_is_said_aloud() {
    let place = Place::new();
    place.run(&["xray", "setup"]).expect_code(0);
    let json = simulated(&place, &["--rps", "3", "--for", "10m"]);
    let all = &json["all"];
    assert_eq!(all["requests"], 1800);
    // Ten seconds of borrowing one a second, and then everything.
    assert_eq!(
        (&all["kept_borrowed"], &all["kept_by_reservoir"]),
        (&json!(10), &json!(1770))
    );
    let left = all["kept_by_rate"].as_u64().unwrap() + all["dropped"].as_u64().unwrap();
    assert_eq!(left, 20);
    assert_eq!(json["fixed_rate_never_applies"], true);
    assert_eq!(json["rules"][0]["name"], "Cruddur");
    assert_eq!(json["steps"].as_array().unwrap().len(), 60);
    assert_eq!(simulated(&place, &["--rps", "3", "--for", "10m"]), json);

    let ran = place.run(&["xray", "sampling", "simulate", "--rps", "3", "--for", "10m"]);
    let words = ran.expect_code(0);
    let says = "Cruddur: at 3 rps every request is kept; FixedRate never applies";
    assert!(words.stdout.contains(says), "{}", words.stdout);
    assert!(
        words.stderr.contains("next: lower ReservoirSize"),
        "{}",
        words.stderr
    );
}

#[test]
fn far_beyond_the_reservoir_the_rate_decides_and_instances_share_the_reservoir() {
    let place = Place::new();
    place.run(&["xray", "setup"]).expect_code(0);
    for instances in ["1", "4"] {
        let more = ["--rps", "100", "--for", "110s", "--instances", instances];
        let json = simulated(&place, &more);
        let count = |name: &str| json["all"][name].as_u64().unwrap();
        assert_eq!(count("requests"), 11_000);
        // At most one a second for each instance that borrows in the first ten seconds, then the reservoir.
        let first = count("kept_borrowed") + count("kept_by_reservoir");
        assert!((500..=640).contains(&first), "{instances}: {first}");
        // A tenth of some 10,450, and six standard deviations to either side.
        let by_rate = count("kept_by_rate");
        assert!((860..=1_230).contains(&by_rate), "{instances}: {by_rate}");
        assert_eq!(json["fixed_rate_never_applies"], false);
    }
    let mix = simulated(&place, &["--rps", "100", "--for", "60s", "--mix"]);
    assert_eq!(mix["traffic"]["arrivals"], "random");
    let svg = place
        .run(&[
            "xray", "sampling", "simulate", "--rps", "9", "--output", "svg",
        ])
        .expect_code(0);
    assert!(svg.stdout.starts_with("<svg ") && svg.stdout.ends_with("</svg>\n"));
    for (more, says) in [
        (&[][..], "--rps"),
        (&["--rps", "0"], "more than 0"),
        (&["--rps", "1000000", "--for", "30d"], "at most 50000000"),
        (&["--replay", "--rps", "3"], "cannot be used with"),
        (&["--rps", "3", "--last", "1h"], "they need --replay"),
        (
            &["--rps", "3", "--mix", "--path", "/"],
            "cannot be used with",
        ),
    ] {
        let command = [&["xray", "sampling", "simulate"], more].concat();
        let ran = place.run(&command).expect_code(2);
        assert!(ran.stderr.contains(says), "{more:?}: {}", ran.stderr);
    }
}

#[test]
fn what_was_recorded_is_replayed_and_its_true_p90_stands_beside_that_of_the_kept() {
    let place = Place::new();
    let stack = place.stack();
    place.run(&["xray", "setup"]).expect_code(0);
    // Five a second for a minute, that take 1, 8, 15, … ms and, since 7 has no factor in common with 300, each
    // number up to 300 once.
    let begun = (seconds_now() as u64 - 120) * 1000;
    let event = |n: u64| {
        json!({
            "time": begun + n * 200,
            "data": {
                "span.kind": "server", "http.request.method": "GET", "duration_ms": n * 7 % 300 + 1,
                "url.path": "/api/activities/home", "server.address": "localhost", "server.port": 4567,
            },
        })
    };
    let mut events: Vec<Json> = (0..300).map(event).collect();
    let inner = json!({"time": begun, "data": {"name": "mock-data", "duration_ms": 9_999}});
    events.push(inner);
    let answer = post_json(stack.address, "/1/batch/backend-flask", &json!(events));
    assert_eq!(answer.status, 200);

    let json = simulated(&place, &["--replay"]);
    let all = &json["all"];
    assert_eq!(
        (&all["requests"], &json["traffic"]["source"]),
        (&json!(300), &json!("spans"))
    );
    assert_eq!(
        (&all["kept_borrowed"], &all["kept_by_reservoir"]),
        (&json!(10), &json!(250))
    );
    let p90 = &json["p90"];
    assert_eq!(
        (&p90["of_all_ms"], &p90["is_inside"]),
        (&json!(270.0), &json!(true))
    );
    let ms = |name: &str| p90[name].as_f64().unwrap();
    assert!(ms("low_ms") <= 270.0 && 270.0 <= ms("high_ms"), "{p90}");
    assert!(
        ms("low_ms") <= ms("of_kept_ms") && ms("of_kept_ms") <= ms("high_ms"),
        "{p90}"
    );
    let words = place
        .run(&["xray", "sampling", "simulate", "--replay"])
        .expect_code(0);
    assert!(
        words.stdout.contains("P90 of all is 270 ms, of the kept "),
        "{}",
        words.stdout
    );

    let none = place
        .run(&[
            "xray",
            "sampling",
            "simulate",
            "--replay",
            "--service",
            "nobody",
        ])
        .expect_code(1);
    let says = "there is no recorded request of nobody in this time";
    assert!(none.stderr.contains(says), "{}", none.stderr);
}

#[test]
fn segments_are_replayed_where_there_are_no_spans() {
    let place = Place::new();
    let stack = place.stack();
    for n in 0..3 {
        keep(&stack, n, "frontend", None);
    }
    let ran = place
        .run(&[
            "xray",
            "sampling",
            "simulate",
            "--replay",
            "--service",
            "frontend",
            "--output",
            "json",
        ])
        .expect_code(0);
    let json: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&json["traffic"]["source"], &json["all"]["requests"]),
        (&json!("segments"), &json!(3))
    );
    assert!(ran.stderr.contains("sampled already"), "{}", ran.stderr);
}
