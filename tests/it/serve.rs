//! `serve` and `query`, one after the other over one folder, as on a first evening.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};

use crate::http::{get, logs, post_json, request};
use crate::place::{Place, Ran, Running};
use crate::question::now;

const N_HOMES: usize = 12;
/// Method, path and status of the other requests.
const OTHERS: [(&str, &str, u16); 6] = [
    ("GET", "/api/activities/notifications", 200),
    ("GET", "/api/activities/@andrewbrown", 200),
    ("GET", "/api/activities/search?term=cloud", 200),
    ("GET", "/api/activities/search", 422),
    ("GET", "/nowhere", 404),
    ("GET", "/api/health-check", 200),
];

/// The back end with a stack of its own, both on free ports.
pub struct Serving {
    pub running: Running,
    pub address: SocketAddr,
}

/// Starts it, and returns when it takes requests.
pub fn serve(place: &Place, more: &[&str]) -> Serving {
    let all: Vec<&str> = ["serve", "--port", "0", "--stack-port", "0"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    let running = place.start(&all);
    Serving {
        address: running.back_end(),
        running,
    }
}

fn call_everything(address: SocketAddr) {
    for _ in 0..N_HOMES {
        let answer = get(address, "/api/activities/home");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json().as_array().map(Vec::len), Some(3));
    }
    for (method, path, status) in OTHERS {
        assert_eq!(
            request(address, method, path).send(b"").status,
            status,
            "{path}"
        );
    }
}

fn json_of(ran: &Ran) -> Json {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

/// Tells whether `text` has the form, where `9` stands for any digit and everything else for itself.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, wanted)| match wanted {
                b'9' => byte.is_ascii_digit(),
                wanted => byte == wanted,
            })
}

#[test]
fn every_request_is_delivered_to_all_three_lenses_and_can_be_asked_about() {
    let place = Place::new();
    place.run(&["setup"]).expect_code(0);
    let serving = serve(&place, &[]);
    call_everything(serving.address);
    let ended = serving.running.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    // What it says it delivered: each home has an inner span and a line of its own.
    let n_requests = N_HOMES + OTHERS.len();
    let n_all = n_requests + N_HOMES;
    let mut said = ended.stderr.lines();
    assert_eq!(
        said.next(),
        Some(format!("delivered {n_all} spans").as_str()),
        "{}",
        ended.stderr
    );
    assert_eq!(
        said.next(),
        Some(format!("delivered {n_all} log lines").as_str())
    );
    let segments = said.next().unwrap();
    let n_segments: usize = segments
        .strip_prefix("delivered ")
        .unwrap()
        .trim_end_matches('s')
        .strip_suffix(" segment")
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=n_requests).contains(&n_segments), "{segments}");
    assert_eq!(
        said.next(),
        Some("next: cruddurctl query p90 --by http.route")
    );

    the_lines_are_right(&place, &ended.stdout, n_all);
    the_segments_are_right(&place, n_segments);
    the_queries_are_right(&place, n_all);
}

fn the_lines_are_right(place: &Place, stdout: &str, n_lines: usize) {
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), n_lines);
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.starts_with("HomeActivities trace_id="))
            .count(),
        N_HOMES
    );
    let month = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    for (says, n) in [
        ("GET http /api/activities/home? 200 OK", N_HOMES),
        ("GET http /api/activities/search?term=cloud 200 OK", 1),
        (
            "GET http /api/activities/search? 422 UNPROCESSABLE ENTITY",
            1,
        ),
        ("GET http /nowhere? 404 NOT FOUND", 1),
    ] {
        let found: Vec<&&str> = lines
            .iter()
            .filter(|line| line.contains(&format!(" {says} trace_id=")))
            .collect();
        assert_eq!(found.len(), n, "{says} in {stdout}");
        for line in found {
            let (_, id) = line.rsplit_once("trace_id=").unwrap();
            let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            assert!(id.len() == 32 && id.bytes().all(is_hex), "{line}");
            let is_it = month
                .iter()
                .any(|month| has_form(&line[..30], &format!("[9999-{month}-99 99:99] 127.0.0.1 ")));
            assert!(is_it, "{line}");
        }
    }

    let stack = place.stack();
    let stored = logs(
        stack.address,
        "FilterLogEvents",
        &json!({ "logGroupName": "cruddur" }),
    )
    .json();
    let mut stored: Vec<String> = stored["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["message"].as_str().unwrap().to_string())
        .collect();
    let mut printed: Vec<String> = lines.into_iter().map(str::to_string).collect();
    stored.sort();
    printed.sort();
    assert_eq!(stored, printed);
    assert_eq!(stack.running.stop().code, Some(0));
}

fn the_segments_are_right(place: &Place, n_segments: usize) {
    let stack = place.stack();
    let seconds = now() / 1_000_000_000;
    let asked = json!({ "StartTime": seconds - 3600, "EndTime": seconds + 60 });
    let summaries = post_json(stack.address, "/TraceSummaries", &asked).json();
    let ids: Vec<&str> = summaries["TraceSummaries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), n_segments, "{summaries}");
    let mut n_homes = 0;
    for batch in ids.chunks(5) {
        let traces = post_json(stack.address, "/Traces", &json!({ "TraceIds": batch })).json();
        for trace in traces["Traces"].as_array().unwrap() {
            let document = trace["Segments"][0]["Document"].as_str().unwrap();
            let segment: Json = serde_json::from_str(document).unwrap();
            assert_eq!(segment["name"], "backend-flask");
            assert_eq!(segment["aws"]["xray"]["sampling_rule_name"], "Cruddur");
            let is_home = segment["http"]["request"]["url"]
                .as_str()
                .unwrap()
                .ends_with("/api/activities/home");
            let subsegment = &segment["subsegments"][0];
            assert_eq!(subsegment["name"], "mock-data", "{segment}");
            let size = &subsegment["metadata"]["namespace"]["key"]["results-size"];
            assert_eq!(
                size,
                &if is_home { json!(3) } else { Json::Null },
                "{segment}"
            );
            n_homes += usize::from(is_home);
        }
    }
    assert!(
        n_homes > 0,
        "the first requests are homes, and the reservoir takes the first of a second"
    );
    stack.running.stop();
}

fn the_queries_are_right(place: &Place, n_spans: usize) {
    let count = |arguments: &[&str]| {
        let all: Vec<&str> = ["query", "count", "--output", "json"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        json_of(&place.run(&all).expect_code(0))["rows"][0]["results"]["COUNT"].clone()
    };
    assert_eq!(count(&[]), n_spans);
    assert_eq!(
        count(&["--where", "http.route = /api/activities/home"]),
        N_HOMES
    );
    assert_eq!(count(&["--where", "http.response.status_code >= 400"]), 2);
    assert_eq!(
        count(&[
            "--where",
            "name = home-activities-mock-data",
            "--where",
            "app.result_length = 3"
        ]),
        N_HOMES
    );
    assert_eq!(
        count(&["--where", "trace.parent_id does-not-exist"]),
        n_spans - N_HOMES
    );

    let table = place
        .run(&[
            "query",
            "count",
            "--where",
            "http.route = /api/activities/home",
        ])
        .expect_code(0);
    let shown: Vec<&str> = table.stdout.split_whitespace().collect();
    assert_eq!(shown, ["COUNT", &N_HOMES.to_string()]);

    let p90 = place
        .run(&["query", "p90", "--by", "http.route", "--output", "json"])
        .expect_code(0);
    let rows = json_of(&p90)["rows"].clone();
    let csv = place
        .run(&["query", "p90", "--by", "http.route", "--output", "csv"])
        .expect_code(0);
    let mut lines = csv.stdout.lines();
    assert_eq!(lines.next(), Some("http.route,P90(duration_ms)"));
    // The route of nothing, for the 404 and the inner spans, is an empty field.
    let mut routes = Vec::new();
    for row in rows.as_array().unwrap() {
        let route = row["group"]["http.route"].as_str().unwrap_or_default();
        let value = row["results"]["P90(duration_ms)"].as_f64().unwrap();
        assert!(value > 0.0);
        assert_eq!(lines.next(), Some(format!("{route},{value}").as_str()));
        routes.push(route);
    }
    assert_eq!(lines.next(), None);
    routes.sort_unstable();
    let expected = [
        "",
        "/api/activities/@{handle}",
        "/api/activities/home",
        "/api/activities/notifications",
        "/api/activities/search",
        "/api/health-check",
    ];
    assert_eq!(routes, expected);

    the_heatmap_is_right(place, n_spans);
}

fn the_heatmap_is_right(place: &Place, n_spans: usize) {
    let picture = place.run(&["query", "heatmap"]).expect_code(0).stdout;
    assert!(picture.is_ascii(), "no locale, so ASCII only:\n{picture}");
    assert!(!picture.contains('\u{1b}'), "a pipe gets no colour");
    assert!(
        picture.contains("HEATMAP(duration_ms)") && picture.contains("P90"),
        "{picture}"
    );
    assert!(picture.contains(&format!("{n_spans} events")), "{picture}");
    let heatmap = json_of(
        &place
            .run(&["query", "heatmap", "--output", "json"])
            .expect_code(0),
    );
    let histogram = &heatmap["rows"][0]["results"]["HEATMAP(duration_ms)"];
    let counts = histogram["counts"]
        .as_array()
        .unwrap_or_else(|| panic!("{heatmap}"));
    assert_eq!(
        counts
            .iter()
            .map(|count| count.as_u64().unwrap())
            .sum::<u64>(),
        n_spans as u64
    );
    // Two hours have steps of half a minute, however few of them have events.
    assert_eq!(heatmap["granularity_seconds"], 30);
}

#[test]
fn the_console_shows_spans_and_writes_what_is_posted() {
    let place = Place::new();
    let serving = serve(&place, &["--console"]);
    let message = json!({ "message": "hi", "ttl": "1-day" });
    let posted = post_json(serving.address, "/api/activities", &message);
    assert_eq!(
        (posted.status, &posted.json()["message"]),
        (200, &json!("hi"))
    );
    let line = serving
        .running
        .stdout_line(|line| line.starts_with("span "));
    assert!(
        line.starts_with("span POST /api/activities ")
            && line.contains("http.route=/api/activities"),
        "{line}"
    );
    assert_eq!(serving.running.stop().code, Some(0));
}

#[test]
fn a_service_of_another_name_is_a_dataset_of_its_own() {
    let mut place = Place::new();
    place.set("OTEL_SERVICE_NAME", "other-service");
    let serving = serve(&place, &[]);
    assert_eq!(get(serving.address, "/api/health-check").status, 200);
    let ended = serving.running.stop();
    assert!(
        ended
            .stderr
            .contains("delivered 1 span\ndelivered 1 log line\n"),
        "{}",
        ended.stderr
    );
    let asked = [
        "query",
        "count",
        "--output",
        "csv",
        "--dataset",
        "other-service",
    ];
    assert_eq!(
        place
            .run(&asked)
            .expect_code(0)
            .stdout
            .replace("\r\n", "\n"),
        "COUNT\n1\n"
    );
    let missing = place.run(&["query", "count"]).expect_code(1);
    assert!(
        missing
            .stderr
            .contains("hint: it has other-service; choose with --dataset"),
        "{}",
        missing.stderr
    );
}

#[test]
fn while_it_serves_queries_use_its_stack() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    assert_eq!(get(serving.address, "/api/health-check").status, 200);
    let ran = place.run(&["xray", "setup"]).expect_code(0);
    assert!(
        ran.stderr.contains("x-ray: local stack at 127.0.0.1:"),
        "{}",
        ran.stderr
    );
    // Spans arrive within a second or so; until then there is no such dataset.
    let count = loop {
        let ran = place.run(&["query", "count", "--output", "csv"]);
        if ran.code == Some(0) {
            break ran;
        }
        assert!(
            ran.stderr.contains("has no dataset backend-flask"),
            "{}",
            ran.stderr
        );
    };
    assert_eq!(count.stdout.lines().nth(1), Some("1"));
    assert!(
        count.stderr.contains("honeycomb: local stack at"),
        "{}",
        count.stderr
    );
}

#[test]
fn spans_go_where_the_otel_variables_say_with_their_headers() {
    let mut elsewhere = Place::new();
    elsewhere.set("CRUDDUR_STACK_KEY", "key-of-elsewhere");
    let other = elsewhere.stack();
    let mut place = Place::new();
    place.set(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        &format!("http://{}", other.address),
    );
    place.set(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "x-honeycomb-team=key-of-elsewhere",
    );
    let serving = serve(&place, &[]);
    assert_eq!(get(serving.address, "/api/activities/home").status, 200);
    let ended = serving.running.stop();
    assert!(
        ended.stderr.contains("delivered 2 spans\n"),
        "{}",
        ended.stderr
    );
    let asked = request(other.address, "GET", "/1/datasets/backend-flask");
    assert_eq!(
        asked
            .header("x-honeycomb-team", "key-of-elsewhere")
            .send(b"")
            .status,
        200
    );

    place.set("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=wrong");
    let serving = serve(&place, &[]);
    assert_eq!(get(serving.address, "/api/activities/home").status, 200);
    let ended = serving.running.stop();
    assert_eq!(ended.code, Some(0));
    assert!(
        ended
            .stderr
            .contains("delivered 0 spans, 2 on disk for the next run ("),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("set HONEYCOMB_API_KEY or OTEL_EXPORTER_OTLP_HEADERS and start again"),
        "{}",
        ended.stderr
    );

    // With the right key they go too.
    place.set(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "x-honeycomb-team=key-of-elsewhere",
    );
    let again = serve(&place, &[]);
    let ended = again.running.stop();
    assert!(
        ended.stderr.contains("delivered 2 spans\n"),
        "{}",
        ended.stderr
    );
}
