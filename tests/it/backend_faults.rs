//! Latency, errors, the classic failures, and traces that go through several services.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};

use crate::http::{get, post_json, request};
use crate::place::{Place, Stack};
use crate::question::now;
use crate::serve::serve;

const NOTIFICATIONS: &str = "/api/activities/notifications";

fn count(place: &Place, arguments: &[&str]) -> u64 {
    let all: Vec<&str> = ["query", "count", "--output", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let ran = place.run(&all).expect_code(0);
    let answer: Json = serde_json::from_str(&ran.stdout).unwrap();
    answer["rows"][0]["results"]["COUNT"].as_u64().unwrap()
}

/// Returns the segments of the region that the stack has, parsed.
fn segments(stack: &Stack, region: &str) -> Vec<Json> {
    let seconds = now() / 1_000_000_000;
    let signature = format!(
        "AWS4-HMAC-SHA256 Credential=local/20261128/{region}/xray/aws4_request, SignedHeaders=host, Signature=0"
    );
    let ask = |path: &str, body: Json| {
        request(stack.address, "POST", path)
            .header("content-type", "application/json")
            .header("authorization", &signature)
            .send(body.to_string().as_bytes())
            .json()
    };
    let window = json!({ "StartTime": seconds - 3600, "EndTime": seconds + 60 });
    let summaries = ask("/TraceSummaries", window);
    let mut found = Vec::new();
    for summary in summaries["TraceSummaries"].as_array().unwrap() {
        let traces = ask("/Traces", json!({ "TraceIds": [summary["Id"]] }));
        for trace in traces["Traces"].as_array().unwrap() {
            for segment in trace["Segments"].as_array().unwrap() {
                found.push(serde_json::from_str(segment["Document"].as_str().unwrap()).unwrap());
            }
        }
    }
    found
}

fn statuses(place: &Place, seed: &str) -> Vec<u16> {
    let serving = serve(
        place,
        &[
            "--errors",
            "search=50%",
            "--latency",
            "*=uniform(0ms,2ms)",
            "--seed",
            seed,
        ],
    );
    let statuses = (0..24)
        .map(|_| get(serving.address, "/api/activities/search?term=x").status)
        .collect();
    assert_eq!(get(serving.address, "/api/health-check").status, 200);
    assert_eq!(serving.running.stop().code, Some(0));
    statuses
}

#[test]
fn errors_on_purpose_are_the_same_for_the_same_seed_and_show_in_all_lenses() {
    let place = Place::new();
    let first = statuses(&place, "7");
    let n_failed = first.iter().filter(|status| **status == 500).count();
    assert!((1..24).contains(&n_failed), "{first:?}");
    assert_eq!(statuses(&Place::new(), "7"), first);

    let failed = ["--where", "error.type = RuntimeError"];
    assert_eq!(count(&place, &failed), n_failed as u64);
    let events = ["--where", "exception.type = RuntimeError"];
    assert!(count(&place, &events) >= n_failed as u64);
    let one = Place::new();
    let serving = serve(&one, &["--errors", "home=100%"]);
    let answer = get(serving.address, "/api/activities/home");
    assert_eq!(answer.status, 500);
    let root = answer
        .header("x-amzn-trace-id")
        .trim_start_matches("Root=")
        .to_string();
    let ended = serving.running.stop();
    let line = ended
        .stdout
        .lines()
        .find(|line| line.starts_with("ERROR "))
        .unwrap();
    let hex = root.replacen("1-", "", 1).replace('-', "");
    assert_eq!(
        line,
        format!(
            "ERROR RuntimeError: failed on purpose: /api/activities/home [GET /api/activities/home] trace_id={hex}"
        )
    );
    let segment = segments(&one.stack(), "us-east-1").remove(0);
    assert_eq!(
        (&segment["trace_id"], &segment["fault"]),
        (&json!(root), &json!(true))
    );
    assert_eq!(segment["cause"]["exceptions"][0]["type"], "RuntimeError");
}

#[test]
fn what_is_mistyped_is_pointed_at() {
    let place = Place::new();
    for (arguments, says) in [
        (
            ["--latency", "hoem=40ms"],
            "no route `hoem`; did you mean `home`?\n  hoem=40ms\n  ^",
        ),
        (["--latency", "home=40"], "\n  home=40\n       ^"),
        (["--errors", "serch=2%"], "did you mean `search`?"),
        (
            ["--break", "dynamic-namign"],
            "did you mean `dynamic-naming`?",
        ),
    ] {
        let all: Vec<&str> = ["serve"].iter().chain(&arguments).copied().collect();
        let ran = place.run(&all).expect_code(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let list = place
        .run(&["serve", "--break", "list"])
        .expect_code(0)
        .stdout;
    assert_eq!(list.lines().count(), 18, "{list}");
    assert!(!place.data().exists(), "explaining sets nothing up");
    place.run(&["serve", "--call", "ftp://x"]).expect_code(2);
}

struct Broken {
    place: Place,
    stderr: String,
}

/// Sets up, serves with a failure, sends three requests, and stops.
fn broken(name: &str) -> Broken {
    broken_in(Place::new(), name)
}

fn broken_in(place: Place, name: &str) -> Broken {
    place.run(&["setup"]).expect_code(0);
    let serving = serve(&place, &["--break", name]);
    for _ in 0..3 {
        assert_eq!(get(serving.address, "/api/health-check").status, 200);
    }
    let ended = serving.running.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    Broken {
        place,
        stderr: ended.stderr,
    }
}

#[test]
fn a_segment_that_is_named_by_the_host_matches_no_rule_for_the_service() {
    let broken = broken("dynamic-naming");
    for segment in segments(&broken.place.stack(), "us-east-1") {
        let name = segment["name"].as_str().unwrap();
        assert!(name.starts_with("127.0.0.1:"), "{segment}");
        assert_ne!(segment["aws"]["xray"]["sampling_rule_name"], "Cruddur");
    }
}

#[test]
fn a_wrong_name_is_a_dataset_of_its_own() {
    let broken = broken("wrong-service-name");
    assert_eq!(count(&broken.place, &["--dataset", "bakend-flask"]), 3);
    for segment in segments(&broken.place.stack(), "us-east-1") {
        assert_eq!(segment["name"], "bakend-flask");
    }
}

#[test]
fn spans_that_are_exported_twice_are_counted_twice() {
    let broken = broken("duplicate-spans");
    assert!(
        broken.stderr.contains("delivered 6 spans\n"),
        "{}",
        broken.stderr
    );
    assert_eq!(count(&broken.place, &[]), 6);
    assert!(!segments(&broken.place.stack(), "us-east-1").is_empty());
}

#[test]
fn a_colon_in_the_header_is_no_key() {
    let ran = Place::new()
        .run(&["serve", "--break", "colon-header"])
        .expect_code(2);
    assert!(
        ran.stderr.contains("set CRUDDUR_STACK_KEY"),
        "{}",
        ran.stderr
    );
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "a-key");
    let broken = broken_in(place, "colon-header");
    assert!(
        broken
            .stderr
            .contains("delivered 0 spans, 3 on disk for the next run ("),
        "{}",
        broken.stderr
    );
    let mut place = Place::new();
    place.set("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=k");
    let ran = place
        .run(&["serve", "--break", "colon-header"])
        .expect_code(2);
    assert!(
        ran.stderr.contains("unset OTEL_EXPORTER_OTLP_HEADERS"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_daemon_in_another_region_leaves_the_own_one_without_traces() {
    let broken = broken("wrong-region");
    let stack = broken.place.stack();
    assert_eq!(segments(&stack, "us-east-1"), Vec::<Json>::new());
    let elsewhere = segments(&stack, "us-west-2");
    assert!(!elsewhere.is_empty());
    for segment in elsewhere {
        assert_ne!(segment["aws"]["xray"]["sampling_rule_name"], "Cruddur");
    }
    assert_eq!(count(&broken.place, &[]), 3);
}

#[test]
fn a_daemon_that_is_not_there_loses_segments_without_a_word() {
    let broken = broken("daemon-unreachable");
    let line = broken
        .stderr
        .lines()
        .find(|line| line.contains(" segment"))
        .unwrap();
    assert!(
        broken
            .stderr
            .lines()
            .any(|line| line.starts_with("delivered 0 segments, ")
                && line.contains("dropped (sent by UDP to 127.0.0.1:")),
        "{line}"
    );
    assert_eq!(
        segments(&broken.place.stack(), "us-east-1"),
        Vec::<Json>::new()
    );
    assert_eq!(count(&broken.place, &[]), 3);
}

/// Starts a second service over the same stack.
fn chained(place: &Place) -> (crate::serve::Serving, crate::serve::Serving) {
    let inner = serve(place, &[]);
    let url = format!("http://{}/api/health-check", inner.address);
    let outer = serve(place, &["--call", &url]);
    (outer, inner)
}

#[test]
fn a_call_of_another_service_is_one_trace_in_both_lenses() {
    let place = Place::new();
    let (outer, inner) = chained(&place);
    let root = "1-5759e988-bd862e3fe1be46a994272793";
    let root = root.replace("5759e988", &format!("{:08x}", now() / 1_000_000_000));
    let header = format!("Root={root};Parent=53995c3f42cd8ad8;Sampled=1");
    let answer = request(outer.address, "GET", NOTIFICATIONS)
        .header("x-amzn-trace-id", &header)
        .send(b"");
    assert_eq!(
        (answer.status, answer.header("x-amzn-trace-id")),
        (200, &*format!("Root={root}"))
    );
    assert_eq!(outer.running.stop().code, Some(0));
    assert_eq!(inner.running.stop().code, Some(0));

    let hex = root.trim_start_matches("1-").replace('-', "");
    let of_trace = ["--where", &format!("trace.trace_id = {hex}")].map(str::to_string);
    let of_trace: Vec<&str> = of_trace.iter().map(String::as_str).collect();
    assert_eq!(count(&place, &of_trace), 3, "server, client, server");

    let found = segments(&place.stack(), "us-east-1");
    let outer = found
        .iter()
        .find(|it| it["parent_id"] == "53995c3f42cd8ad8")
        .unwrap();
    let call = outer["subsegments"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["namespace"] == "remote")
        .unwrap();
    assert_eq!(call["http"]["response"]["status"], 200);
    let inner = found
        .iter()
        .find(|it| it["parent_id"] == call["id"])
        .unwrap();
    assert_eq!(
        (&inner["trace_id"], &outer["trace_id"]),
        (&json!(root), &json!(root))
    );
}

fn header_of(address: SocketAddr, name: &str, value: &str) -> String {
    let answer = request(address, "GET", "/api/health-check")
        .header(name, value)
        .send(b"");
    answer.header("x-amzn-trace-id").to_string()
}

#[test]
fn a_caller_of_either_kind_goes_on_with_its_trace() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    let hex = format!("{:08x}bd862e3fe1be46a994272793", now() / 1_000_000_000);
    let root = format!("1-{}-{}", &hex[..8], &hex[8..]);
    let w3c = header_of(
        serving.address,
        "traceparent",
        &format!("00-{hex}-53995c3f42cd8ad8-01"),
    );
    assert_eq!(w3c, format!("Root={root}"));
    // A load balancer knows no parent; who asks is told what was decided.
    let asked = header_of(
        serving.address,
        "x-amzn-trace-id",
        &format!("Root={root};Sampled=?"),
    );
    assert!(
        asked.starts_with(&format!("Root={root};Sampled=")),
        "{asked}"
    );
    header_of(
        serving.address,
        "x-amzn-trace-id",
        &format!("Root={root};Sampled=0"),
    );
    let own = get(serving.address, "/api/health-check");
    assert!(!own.header("x-amzn-trace-id").contains(&root));
    serving.running.stop();
    let of_trace = format!("trace.trace_id = {hex}");
    assert_eq!(count(&place, &["--where", &of_trace]), 3);
}

#[test]
fn attributes_have_the_names_that_were_asked_for() {
    for (semconv, stable, legacy) in [("stable", 1, 0), ("legacy", 0, 1), ("dup", 1, 1)] {
        let place = Place::new();
        let serving = serve(&place, &["--console", "--semconv", semconv]);
        get(serving.address, "/api/activities/search?term=x");
        let line = serving
            .running
            .stdout_line(|line| line.starts_with("span "));
        let has = |name: &str| line.matches(&format!(" {name}=")).count();
        assert_eq!(
            (has("http.request.method"), has("http.method")),
            (stable, legacy),
            "{line}"
        );
        assert_eq!(
            (has("url.path"), has("http.target")),
            (stable, legacy),
            "{line}"
        );
        assert_eq!(
            (has("http.response.status_code"), has("http.status_code")),
            (stable, legacy),
            "{line}"
        );
        assert_eq!(has("http.route"), 1, "{line}");
        serving.running.stop();
    }
    let unreachable = Place::new();
    let serving = serve(&unreachable, &["--call", "http://127.0.0.1:1/"]);
    let answer = post_json(
        serving.address,
        "/api/messages",
        &json!({"message": "m", "handle": "worf"}),
    );
    assert_eq!(
        (answer.status, get(serving.address, NOTIFICATIONS).status),
        (200, 200)
    );
    let ended = serving.running.stop();
    assert!(
        ended.stdout.contains("ERROR ConnectionError: "),
        "{}",
        ended.stdout
    );
}
