//! `trace`: one request through its three lenses, and what is said where one of them has nothing.

use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::{get, post_json, request};
use crate::place::{Place, Ran, Stack};
use crate::question::now;
use crate::serve::serve;

const HOME: &str = "/api/activities/home";

fn traced(place: &Place, arguments: &[&str]) -> Json {
    let all = [&["trace", "--output", "json"], arguments].concat();
    serde_json::from_str(&place.run(&all).expect_code(0).stdout).unwrap()
}

/// Returns a span's answer with the trace that it named, in X-Ray's form.
fn root_of(header: &str) -> String {
    let root = header
        .split(';')
        .find_map(|part| part.strip_prefix("Root="));
    root.unwrap().to_string()
}

fn hex(id: &str) -> String {
    id.replacen("1-", "", 1).replace('-', "")
}

fn names(view: &Json) -> Vec<String> {
    let pieces = view["pieces"].as_array().unwrap().iter();
    pieces
        .map(|piece| piece["name"].as_str().unwrap().to_string())
        .collect()
}

#[track_caller]
fn says(view: &Json, parts: &[&str]) {
    let losses = view["losses"].to_string();
    for part in parts {
        assert!(losses.contains(part), "no {part:?} in {losses}");
    }
}

#[test]
fn one_request_is_drawn_through_its_three_lenses_however_its_id_is_written() {
    let place = Place::new();
    place.run(&["setup", "--yes"]).expect_code(0);
    let serving = serve(&place, &[]);
    let answer = get(serving.address, HOME);
    let header = answer.header("x-amzn-trace-id").to_string();
    let id = root_of(&header);
    serving.running.stop();

    let whole = traced(&place, &[&id]);
    assert_eq!(
        (&whole["id"], &whole["hex_id"]),
        (&json!(id), &json!(hex(&id)))
    );
    let expected = ["GET /api/activities/home", "home-activities-mock-data"];
    assert_eq!(names(&whole["spans"]), expected);
    let [server, inner] = [&whole["spans"]["pieces"][0], &whole["spans"]["pieces"][1]];
    assert_eq!(
        (&server["kind"], &server["status"]),
        (&json!("entry_span"), &json!(200))
    );
    assert_eq!(
        (&inner["parent"], &inner["kind"]),
        (&json!(0), &json!("span"))
    );
    let seconds = |piece: &Json| piece["duration_seconds"].as_f64().unwrap();
    assert!(
        seconds(server) > seconds(inner) && seconds(inner) > 0.0,
        "{whole:#}"
    );
    assert_eq!(names(&whole["segments"]), ["backend-flask", "mock-data"]);
    // One id serves both.
    assert_eq!(whole["segments"]["pieces"][0]["id"], server["id"]);
    let lines = whole["log_lines"]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        assert!(
            line["message"].as_str().unwrap().ends_with(&hex(&id)),
            "{line}"
        );
    }
    for lens in ["spans", "segments", "log_lines"] {
        assert_eq!(whole[lens]["losses"], json!([]), "{lens}");
    }

    let drawn = place.run(&["trace", &id]).expect_code(0).stdout;
    let at = |part: &str| {
        drawn
            .find(part)
            .unwrap_or_else(|| panic!("{part}\n{drawn}"))
    };
    let order = [
        "\nspans  ",
        "home-activities-mock-data",
        "\nsegments  ",
        "backend-flask",
        "\nlog lines  ",
        "? 200 OK\n",
    ];
    assert!(order.map(at).is_sorted(), "{drawn}");
    assert!(drawn.is_ascii(), "{drawn}");
    let traceparent = format!("00-{}-53995c3f42cd8ad8-01", hex(&id));
    for written in [&hex(&id), &traceparent, &header] {
        let again = place.run(&["trace", written]).expect_code(0).stdout;
        assert_eq!(again, drawn, "{written}");
    }
    for which in ["--last", "--slowest"] {
        assert_eq!(place.run(&["trace", which]).expect_code(0).stdout, drawn);
    }
    let details = place
        .run(&["trace", &id, "--details"])
        .expect_code(0)
        .stdout;
    assert!(details.contains("app.result_length = 3"), "{details}");
    let svg = place
        .run(&["trace", &id, "--output", "svg"])
        .expect_code(0)
        .stdout;
    assert!(
        svg.contains(">home-activities-mock-data</text>") && svg.contains(">HomeActivities</text>")
    );
}

#[test]
fn the_newest_and_the_slowest_request_need_no_segment() {
    let place = Place::new();
    let serving = serve(&place, &["--latency", "search=60ms"]);
    let call = |path: &str| {
        let answer = request(serving.address, "GET", path)
            .header("x-amzn-trace-id", "Sampled=0")
            .send(b"");
        root_of(answer.header("x-amzn-trace-id"))
    };
    call(HOME);
    let slow = call("/api/activities/search?term=x");
    let last = call(HOME);
    serving.running.stop();
    assert_eq!(traced(&place, &["--slowest"])["id"], json!(slow));
    assert_eq!(traced(&place, &["--last"])["id"], json!(last));
}

#[test]
fn what_a_request_lost_is_said_with_the_rule_and_the_parent() {
    let place = Place::new();
    place.run(&["setup", "--yes"]).expect_code(0);
    let serving = serve(&place, &[]);
    // Somebody is sampled at that time, so it is not the daemon.
    get(serving.address, HOME);
    let id = format!("1-{:08x}-bd862e3fe1be46a994272793", now() / 1_000_000_000);
    let parent = format!("Root={id};Parent=53995c3f42cd8ad8;Sampled=0");
    let answer = request(serving.address, "GET", HOME)
        .header("x-amzn-trace-id", &parent)
        .send(b"");
    assert_eq!(root_of(answer.header("x-amzn-trace-id")), id);
    serving.running.stop();

    let whole = traced(&place, &[&id, "--log-group", "nope"]);
    says(
        &whole["spans"],
        &[
            "parent missing: span 53995c3f42cd8ad8 of GET /api/activities/home is not there: its caller exports no spans",
        ],
    );
    assert_eq!(whole["segments"]["found"], false);
    says(
        &whole["segments"],
        &[
            "no segment: its caller had decided so, with Sampled=0 in X-Amzn-Trace-Id, and no rule was asked",
        ],
    );
    says(
        &whole["log_lines"],
        &["there is no log group nope; `cruddurctl logs setup` makes it"],
    );
}

fn rule(name: &str, change: Json) -> Json {
    let mut rule = json!({
        "RuleName": name, "ResourceARN": "*", "Priority": 9000, "FixedRate": 0.1, "ReservoirSize": 5,
        "ServiceName": "backend-flask", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
    });
    for (key, value) in change.as_object().unwrap() {
        rule[key] = value.clone();
    }
    rule
}

// X-Ray says only in which second a rule was changed, so that what happens in the same one is neither before nor after.
fn next_second() {
    let seconds = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    let before = seconds();
    while seconds() == before {
        thread::yield_now();
    }
}

fn set_rules(place: &Place, rules: &[Json]) {
    next_second();
    place.write(
        "aws/json/xray.json",
        json!({"SamplingRules": rules}).to_string(),
    );
    place.run(&["xray", "setup", "--yes"]).expect_code(0);
    next_second();
}

#[test]
fn a_rule_that_was_changed_since_makes_the_reason_unknowable() {
    let place = Place::new();
    let none = json!({"FixedRate": 0.0, "ReservoirSize": 0});
    set_rules(&place, &[rule("Cruddur", none)]);
    let serving = serve(&place, &[]);
    let id = root_of(get(serving.address, HOME).header("x-amzn-trace-id"));
    serving.running.stop();
    says(
        &traced(&place, &[&id])["segments"],
        &["no segment: rule `Cruddur` takes no request"],
    );
    // Now that rule is of another service, and the request would be decided by the next.
    set_rules(
        &place,
        &[rule("Cruddur", json!({"ServiceName": "Cruddur"}))],
    );
    says(
        &traced(&place, &[&id])["segments"],
        &[
            "no segment: rule `Cruddur` was changed at ",
            "after this request, so which rule decided cannot be known; now it would be that rule `Default` takes 1 a second and 5 % of the rest",
            "rule `Cruddur` does not match: it wants ServiceName `Cruddur`, and this is `backend-flask`",
        ],
    );
}

#[test]
fn what_was_off_in_the_application_is_said() {
    let place = Place::new();
    place.run(&["setup", "--yes"]).expect_code(0);
    let serving = serve(&place, &["--without", "segments"]);
    get(serving.address, HOME);
    serving.running.stop();
    says(
        &traced(&place, &["--last"])["segments"],
        &["no segment: X-Ray was off in the application"],
    );
}

#[test]
fn a_segment_that_was_refused_is_said_to_be_so() {
    let place = Place::new();
    let stack = place.stack();
    let id = format!("1-{:08x}-bd862e3fe1be46a994272793", now() / 1_000_000_000);
    let span = json!([{"time": now() / 1_000_000_000, "data": {
        "trace.trace_id": hex(&id), "trace.span_id": "53995c3f42cd8ad8", "name": "GET /", "service.name": "backend-flask", "duration_ms": 5,
    }}]);
    post_json(stack.address, "/1/batch/backend-flask", &span);
    let document =
        json!({"id": "53995c3f42cd8ad8", "trace_id": id, "start_time": 1.0, "end_time": 2.0});
    let body = json!({"TraceSegmentDocuments": [document.to_string()]});
    let answer = post_json(stack.address, "/TraceSegments", &body).json();
    assert_ne!(answer, json!({"UnprocessedTraceSegments": []}));
    says(
        &traced(&place, &[&id])["segments"],
        &["no segment: one came and was refused: "],
    );
}

#[test]
fn the_classic_failures_are_told_apart() {
    let broken = |name: &str, last: &str| {
        let place = Place::new();
        let none = json!({"ServiceName": "*", "URLPath": "/api/message_groups", "Priority": 9500, "FixedRate": 0.0, "ReservoirSize": 0});
        set_rules(&place, &[rule("Cruddur", json!({})), rule("Nothing", none)]);
        let serving = serve(&place, &["--break", name]);
        get(serving.address, HOME);
        if last != HOME {
            get(serving.address, last);
        }
        serving.running.stop();
        traced(&place, &["--last"])
    };
    says(
        &broken("daemon-unreachable", HOME)["segments"],
        &["X-Ray has no trace of backend-flask of that time at all; is the daemon reachable?"],
    );
    // The first request is sampled, the second is not.
    says(
        &broken("dynamic-naming", "/api/message_groups")["segments"],
        &[
            "rule `Nothing` takes no request",
            "after the Host header (dynamic_naming)",
            "rule `Cruddur` does not match: it wants ServiceName `backend-flask`",
        ],
    );
    says(
        &broken("duplicate-spans", HOME)["spans"],
        &["sent twice: 2 of the spans"],
    );
}

#[test]
fn lines_without_an_id_are_said_to_be_so() {
    let place = Place::new();
    let serving = serve(&place, &["--compat", "upstream"]);
    get(serving.address, HOME);
    serving.running.stop();
    let whole = traced(&place, &["--last"]);
    assert_eq!(whole["spans"]["found"], true);
    assert_eq!(whole["log_lines"]["found"], false);
    says(
        &whole["log_lines"],
        &["no log line: 2 of that time in group cruddur, and none carries a trace id"],
    );
}

/// Puts one trace of X-Ray's into the stack, and returns its id.
fn with_segment(stack: &Stack) -> String {
    let seconds = now() / 1_000_000_000;
    let id = format!("1-{seconds:08x}-bd862e3fe1be46a994272793");
    let document = json!({
        "name": "backend-flask", "id": "53995c3f42cd8ad8", "trace_id": id,
        "start_time": seconds, "end_time": seconds as f64 + 0.5,
    });
    let body = json!({"TraceSegmentDocuments": [document.to_string()]});
    let answer = post_json(stack.address, "/TraceSegments", &body).json();
    assert_eq!(answer, json!({"UnprocessedTraceSegments": []}));
    id
}

#[test]
fn a_segment_without_spans_or_a_trace_of_nobody_s_is_explained() {
    let place = Place::new();
    let stack = place.stack();
    let id = with_segment(&stack);
    let whole = traced(&place, &[&id]);
    assert_eq!(
        (&whole["spans"]["found"], &whole["segments"]["found"]),
        (&json!(false), &json!(true))
    );
    says(
        &whole["spans"],
        &["no span in any dataset has this id, and none is of that time"],
    );
    let unknown = format!("{}4", &id[..id.len() - 1]);
    let ran = place
        .run(&["trace", &unknown, "--output", "json"])
        .expect_code(1);
    assert_eq!(ran.stdout, "");
    for said in [
        "no span in any dataset",
        "it cannot be known which rule decided",
        "there is no log group cruddur",
        "there is no trace",
        "in any lens",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    place.run(&["trace", "15m"]).expect_code(2);
}

/// A place that has the stack for a cloud: keys, addresses, and nothing of its own.
fn abroad(stack: &Stack) -> Place {
    let mut place = Place::new();
    let address = format!("http://{}", stack.address);
    for (name, value) in [
        ("HONEYCOMB_API_KEY", "k-e-y"),
        ("HONEYCOMB_API_ENDPOINT", &address),
        ("AWS_ENDPOINT_URL", &address),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_REGION", "us-east-1"),
    ] {
        place.set(name, value);
    }
    place
}

fn without_link(ran: Ran) -> (String, String) {
    let link = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("in the browser: "));
    (ran.stdout.clone(), link.unwrap_or_default().to_string())
}

#[test]
fn the_cloud_is_asked_over_the_same_wires_and_gives_a_link() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    let id = root_of(get(serving.address, HOME).header("x-amzn-trace-id"));
    serving.running.stop();
    let local = place.run(&["trace", &id]).expect_code(0).stdout;
    let stack = place.stack_with(&["--strict"]);
    let there = abroad(&stack);
    let (drawn, link) = without_link(there.run(&["trace", &id]).expect_code(0));
    assert_eq!(drawn, local);
    let begins = "https://ui.honeycomb.io/";
    assert!(
        link.starts_with(begins)
            && link.contains(&format!(
                "/datasets/backend-flask/trace?trace_id={}&trace_start_ts=",
                hex(&id)
            )),
        "{link}"
    );
    assert_eq!(
        without_link(there.run(&["trace", "--last"]).expect_code(0)).0,
        local
    );
}

#[test]
fn without_honeycomb_s_plan_the_other_two_are_shown_and_a_link() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    let id = root_of(get(serving.address, HOME).header("x-amzn-trace-id"));
    serving.running.stop();
    let stack = place.stack_with(&["--strict=free"]);
    let ran = abroad(&stack).run(&["trace", &id]).expect_code(0);
    let one_line = ran.stdout.replace("\n  ", " ");
    assert!(
        one_line.contains("spans unknown: team ")
            && one_line.contains("that takes Honeycomb's Enterprise plan"),
        "{}",
        ran.stdout
    );
    for part in ["mock-data", "? 200 OK"] {
        assert!(ran.stdout.contains(part), "{}", ran.stdout);
    }
    let (_, link) = without_link(ran);
    assert!(link.contains(&hex(&id)), "{link}");
}

#[test]
fn a_lens_that_is_out_of_reach_does_not_stop_the_others_and_all_of_them_do() {
    let place = Place::new();
    let stack = place.stack();
    let id = with_segment(&stack);
    let mut there = abroad(&stack);
    there.set("HONEYCOMB_API_ENDPOINT", "http://127.0.0.1:1");
    let whole = traced(&there, &[&id]);
    assert_eq!(whole["segments"]["found"], true);
    says(
        &whole["spans"],
        &["spans unknown: cannot reach 127.0.0.1:1"],
    );
    assert_eq!(traced(&there, &["--last"])["id"], json!(id));
    there.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let ran = there.run(&["trace", &id]).expect_code(3);
    assert!(
        ran.stderr.contains("log lines unknown: cannot reach"),
        "{}",
        ran.stderr
    );
}
