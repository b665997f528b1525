//! `POST /v1/traces`: what comes in, in which rows it ends, and what is refused.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

use crate::compression::{gzip, zstd, zstd_bomb};
use crate::http::{Answer, Request, get, get_keyed, post_json, request};
use crate::otlp_text::{Export, Span};
use crate::place::{Place, Stack};
use crate::question::{alike, at_ms, count, rows, send};

const PROTOBUF: &str = "application/x-protobuf";

fn post<'a>(stack: &Stack, content_type: &str) -> Request<'a> {
    request(stack.address, "POST", "/v1/traces").header("content-type", content_type)
}

fn assert_goes_on(stack: &Stack) {
    assert_eq!(get(stack.address, "/healthz").json()["status"], "ok");
    let before = count(stack.address, "goes-on");
    send(stack.address, "goes-on", vec![Span::named("x", at_ms(0))]);
    assert_eq!(count(stack.address, "goes-on"), before + 1);
}

/// A failed request with everything that a span can have.
fn rich(service: &str) -> Export {
    let mut span = Span::named("GET /api/activities/home", at_ms(1_000))
        .with("http.route", "/api/activities/home")
        .with("http.response.status_code", 500)
        .with("ratio", 0.25)
        .with("cached", true)
        .with("app.id", i64::MAX)
        .with("sampleRate", 3);
    span.parent_id = "b1b2b3b4b5b6b7b8".into();
    span.status = (2, "boom".into());
    let exception = vec![
        ("exception.type".to_string(), "ValueError".into()),
        ("exception.message".to_string(), "no such handle".into()),
    ];
    span.events
        .push(("exception".into(), at_ms(1_250), exception));
    let link = vec![("why".to_string(), "retry".into())];
    span.links.push((
        "ffeeddccbbaa99887766554433221100".into(),
        "1122334455667788".into(),
        link,
    ));
    let mut export = Export::of(service, vec![span]);
    export.resource.push(("deployment".into(), "it".into()));
    export
}

const RICH_COLUMNS: [&str; 23] = [
    "meta.annotation_type",
    "name",
    "parent_name",
    "trace.trace_id",
    "trace.span_id",
    "trace.parent_id",
    "trace.link.trace_id",
    "trace.link.span_id",
    "duration_ms",
    "span.kind",
    "status_code",
    "status_message",
    "error",
    "exception.type",
    "exception.message",
    "meta.time_since_span_start_ms",
    "http.route",
    "http.response.status_code",
    "ratio",
    "cached",
    "app.id",
    "why",
    "deployment",
];

fn rich_rows() -> Vec<Json> {
    let trace_id = "0102030405060708090a0b0c0d0e0f10";
    let row = |fields: Json| {
        let mut row = json!({ "COUNT": 3 });
        for name in RICH_COLUMNS {
            if let Some(value) = fields.get(name) {
                row[name] = value.clone();
            }
        }
        row["trace.trace_id"] = trace_id.into();
        row["error"] = true.into();
        row["deployment"] = "it".into();
        row
    };
    let name = "GET /api/activities/home";
    vec![
        row(json!({
            "meta.annotation_type": "link",
            "parent_name": name,
            "trace.parent_id": "a1a2a3a4a5a6a7a8",
            "trace.link.trace_id": "ffeeddccbbaa99887766554433221100",
            "trace.link.span_id": "1122334455667788",
            "why": "retry",
        })),
        row(json!({
            "meta.annotation_type": "span_event",
            "name": "exception",
            "parent_name": name,
            "trace.parent_id": "a1a2a3a4a5a6a7a8",
            "meta.time_since_span_start_ms": 250,
            "exception.type": "ValueError",
            "exception.message": "no such handle",
        })),
        row(json!({
            "name": name,
            "trace.span_id": "a1a2a3a4a5a6a7a8",
            "trace.parent_id": "b1b2b3b4b5b6b7b8",
            "duration_ms": 1000,
            "span.kind": "server",
            "status_code": 2,
            "status_message": "boom",
            "exception.type": "ValueError",
            "exception.message": "no such handle",
            "http.route": "/api/activities/home",
            "http.response.status_code": 500,
            "ratio": 0.25,
            "cached": true,
            "app.id": i64::MAX,
        })),
    ]
}

#[track_caller]
fn assert_rich(stack: &Stack, dataset: &str) {
    let question = json!({
        "breakdowns": RICH_COLUMNS,
        "calculations": [{"op": "COUNT"}],
        "orders": [{"column": "meta.annotation_type"}],
    });
    let (got, expected) = (rows(stack.address, dataset, &question), rich_rows());
    assert_eq!(got.len(), expected.len(), "{got:#?}");
    for (got, expected) in got.iter().zip(&expected) {
        assert!(alike(got, expected), "{dataset}:\n{got:#}\n{expected:#}");
    }
}

#[test]
fn protobuf_json_gzip_and_zstd_make_the_same_rows() {
    let place = Place::new();
    let stack = place.stack();

    let answer = post(&stack, PROTOBUF).send(&rich("proto").protobuf());
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-type"), PROTOBUF);
    let answer = post(&stack, "application/json; charset=utf-8")
        .send(rich("json").json().to_string().as_bytes());
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    assert_eq!(answer.header("content-type"), "application/json");
    let zipped = |content_type, body: &[u8]| {
        post(&stack, content_type)
            .header("content-encoding", "gzip")
            .send(&gzip(body))
            .status
    };
    assert_eq!(zipped(PROTOBUF, &rich("proto-gzip").protobuf()), 200);
    assert_eq!(
        zipped(
            "application/json",
            rich("json-gzip").json().to_string().as_bytes()
        ),
        200
    );

    let answer = post(&stack, PROTOBUF)
        .header("content-encoding", "zstd")
        .send(&zstd(&rich("proto-zstd").protobuf()));
    assert_eq!(answer.status, 200, "{}", answer.text());

    for dataset in ["proto", "json", "proto-gzip", "json-gzip", "proto-zstd"] {
        assert_rich(&stack, dataset);
    }
}

#[test]
fn the_sample_rate_weighs_and_is_no_column() {
    let place = Place::new();
    let stack = place.stack();
    let fast = Span::named("fast", at_ms(0)).with("sampleRate", 9);
    let mut slow = Span::named("slow", at_ms(0)).with("SampleRate", "1");
    slow.end = slow.start + 5_000_000_000;
    send(stack.address, "weighed", vec![fast, slow]);
    let question = json!({ "calculations": [
        {"op": "COUNT"}, {"op": "AVG", "column": "duration_ms"}, {"op": "P90", "column": "duration_ms"},
    ] });
    let expected = json!({ "COUNT": 10, "AVG(duration_ms)": 1400, "P90(duration_ms)": 1000 });
    let got = rows(stack.address, "weighed", &question);
    assert!(got.len() == 1 && alike(&got[0], &expected), "{got:?}");
    let columns = get_keyed(stack.address, "/1/columns/weighed").text();
    assert!(
        columns.contains("duration_ms") && !columns.to_lowercase().contains("samplerate"),
        "{columns}"
    );
}

#[test]
fn the_service_name_chooses_the_dataset() {
    let place = Place::new();
    let stack = place.stack();
    let spans = || vec![Span::named("x", at_ms(0))];
    for service in ["Backend Flask", "", "unknown_service:python", "  "] {
        send(stack.address, service, spans());
    }
    assert_eq!(count(stack.address, "backend-flask"), 1);
    assert_eq!(count(stack.address, "unknown_service"), 3);
    let datasets = get_keyed(stack.address, "/1/datasets").json();
    let names: BTreeSet<&str> = datasets
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, BTreeSet::from(["Backend Flask", "unknown_service"]));
}

#[test]
fn json_ids_come_in_either_case_and_whole_numbers_as_text_or_numbers() {
    let place = Place::new();
    let stack = place.stack();
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "loose" } }] },
        "scopeSpans": [{ "spans": [
            {
                "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "name": "upper",
                "startTimeUnixNano": at_ms(0).to_string(), "endTimeUnixNano": at_ms(2).to_string(),
                "attributes": [{ "key": "n", "value": { "intValue": "9007199254740993" } }],
                "aFieldOfTomorrow": { "x": [1] },
            },
            {
                "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b175", "name": "lower",
                "startTimeUnixNano": at_ms(0), "endTimeUnixNano": at_ms(2), "kind": "SPAN_KIND_CLIENT",
                "attributes": [{ "key": "n", "value": { "intValue": 7 } }],
            },
        ] }],
    }] });
    let answer = post_json(stack.address, "/v1/traces", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let question = json!({
        "breakdowns": ["name", "trace.trace_id", "trace.span_id", "n", "duration_ms"],
        "orders": [{"column": "name"}],
    });
    let got = rows(stack.address, "loose", &question);
    let trace_id = "5b8efff798038103d269b633813fc60c";
    assert_eq!(got[0]["n"], 7);
    assert_eq!(got[1]["n"], 9_007_199_254_740_993_i64);
    assert_eq!(
        [&got[0]["trace.trace_id"], &got[1]["trace.trace_id"]],
        [trace_id, trace_id]
    );
    assert_eq!(
        [&got[0]["trace.span_id"], &got[1]["trace.span_id"]],
        ["eee19b7ec3c1b175", "eee19b7ec3c1b174"]
    );
    assert!(alike(&got[0]["duration_ms"], &json!(2)), "{got:?}");
}

#[test]
fn an_empty_export_is_well() {
    let place = Place::new();
    let stack = place.stack();
    assert_eq!(post(&stack, PROTOBUF).send(b"").status, 200);
    assert_eq!(post(&stack, "application/json").send(b"{}").status, 200);
    assert_eq!(get_keyed(stack.address, "/1/datasets").json(), json!([]));
}

#[test]
fn a_body_of_another_signal_is_no_silence() {
    let place = Place::new();
    let stack = place.stack();
    for (path, body, says) in [
        (
            "/v1/traces",
            r#"{"resourceLogs": []}"#,
            "log records go to /v1/logs",
        ),
        (
            "/v1/logs",
            r#"{"resourceSpans": [{}]}"#,
            "spans go to /v1/traces",
        ),
        (
            "/v1/traces",
            r#"{"traces": []}"#,
            "the body has no resourceSpans, but \"traces\"",
        ),
    ] {
        let body: Json = serde_json::from_str(body).unwrap();
        let answer = post_json(stack.address, path, &body);
        assert_eq!(answer.status, 200);
        let partial = &answer.json()["partialSuccess"];
        assert!(
            partial["errorMessage"].as_str().unwrap().contains(says),
            "{partial}"
        );
    }
}

#[test]
fn what_is_not_otlp_is_refused_in_the_requests_own_form() {
    let place = Place::new();
    let stack = place.stack();
    let answer = post(&stack, "text/plain").send(b"hello");
    assert_eq!(answer.status, 415);
    assert!(
        answer.text().contains("application/json"),
        "{}",
        answer.text()
    );
    assert_eq!(
        post(&stack, PROTOBUF)
            .header("content-encoding", "br")
            .send(b"")
            .status,
        415
    );

    let answer = post(&stack, "application/json").send(b"{\"resourceSpans\": 7}");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (400, "application/json")
    );
    let message = answer.json()["message"].as_str().unwrap().to_string();
    assert!(
        message.starts_with("failed to parse OTLP request body"),
        "{message}"
    );

    let answer = post(&stack, PROTOBUF).send(b"\x0a\xff\xff\xff\xff\x0f");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (400, PROTOBUF)
    );
    assert_eq!(
        status_message(&answer).split(':').next(),
        Some("failed to parse OTLP request body")
    );

    let answer = post(&stack, PROTOBUF)
        .header("content-encoding", "gzip")
        .send(b"not gzip");
    assert_eq!(
        (answer.status, status_message(&answer).as_str()),
        (400, "the body is not gzip, or was cut")
    );
    let cut = gzip(&rich("cut").protobuf());
    let answer = post(&stack, PROTOBUF)
        .header("content-encoding", "gzip")
        .send(&cut[..cut.len() / 2]);
    assert_eq!(answer.status, 400);
    assert_eq!(
        request(stack.address, "GET", "/v1/traces").send(b"").status,
        405
    );
    assert_eq!(count(stack.address, "cut"), 0);
    assert_goes_on(&stack);
}

// The message of a google.rpc.Status: field 2, a text.
fn status_message(answer: &Answer) -> String {
    let (&tag, rest) = answer.body.split_first().unwrap();
    assert_eq!(tag, 0x12);
    let n_length = rest.iter().take_while(|byte| **byte >= 0x80).count() + 1;
    let length = rest[..n_length]
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    assert_eq!(rest.len(), n_length + length);
    String::from_utf8(rest[n_length..].to_vec()).unwrap()
}

#[test]
fn a_bomb_is_413_and_the_stack_goes_on() {
    let place = Place::new();
    let stack = place.stack();
    // Gzip members stand one after another, so a gigabyte of zeros needs only sixteen megabytes here.
    let gzip_bomb = gzip(&vec![0; 16 << 20]).repeat(64);
    assert!(gzip_bomb.len() < 8 << 20, "{} bytes", gzip_bomb.len());
    let zstd_bomb = zstd_bomb(8 << 10);
    assert!(zstd_bomb.len() < 64 << 10, "{} bytes", zstd_bomb.len());
    for (encoding, bomb) in [("gzip", gzip_bomb), ("zstd", zstd_bomb)] {
        for content_type in [PROTOBUF, "application/json"] {
            let answer = post(&stack, content_type)
                .header("content-encoding", encoding)
                .send(&bomb);
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (413, content_type)
            );
        }
    }
    assert_goes_on(&stack);
}

#[test]
fn a_body_of_a_hundred_megabytes_is_413_and_the_stack_goes_on() {
    let place = Place::new();
    let stack = place.stack();
    for content_type in [PROTOBUF, "application/json"] {
        let answer = post(&stack, content_type).announce(100 << 20).unwrap();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (413, content_type)
        );
    }
    // Whoever sends without asking may find the door closed before the answer is read.
    if let Ok(answer) = post(&stack, PROTOBUF).send_chunked(&vec![0; 1 << 20], 100) {
        assert_eq!(answer.status, 413);
    }
    for path in ["/1/queries/x", "/CreateGroup", "/"] {
        let answer = request(stack.address, "POST", path)
            .header("x-honeycomb-team", "any")
            .announce(100 << 20);
        assert_eq!(answer.unwrap().status, 413, "{path}");
    }
    assert_goes_on(&stack);
}

#[test]
fn with_a_key_set_spans_need_it_in_both_forms() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "secret-of-the-class");
    let stack = place.stack();
    let body = rich("keyed").protobuf();
    for (content_type, body) in [
        (PROTOBUF, body.clone()),
        (
            "application/json",
            rich("keyed").json().to_string().into_bytes(),
        ),
    ] {
        let answer = post(&stack, content_type).send(&body);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (401, content_type)
        );
        let says = if content_type == PROTOBUF {
            status_message(&answer)
        } else {
            answer.json()["message"].to_string()
        };
        assert!(says.contains("missing 'x-honeycomb-team' header"), "{says}");
        let answer = post(&stack, content_type)
            .header("x-honeycomb-team", "wrong")
            .send(&body);
        assert_eq!(answer.status, 401);
        assert!(!answer.text().contains("secret"), "{}", answer.text());
    }
    let keyed = |path: &str| {
        request(stack.address, "GET", path)
            .header("x-honeycomb-team", "secret-of-the-class")
            .send(b"")
    };
    assert_eq!(keyed("/1/datasets").json(), json!([]));
    assert_eq!(
        post(&stack, PROTOBUF)
            .header("x-honeycomb-team", "secret-of-the-class")
            .send(&body)
            .status,
        200
    );
    assert_eq!(keyed("/1/datasets/keyed").status, 200);
}

#[test]
fn random_bytes_never_hurt() {
    let place = Place::new();
    let stack = place.stack();
    let mut random = StdRng::seed_from_u64(7);
    let good = rich("random");
    for round in 0..150 {
        // Half of them are noise, half are good requests with a few bytes changed.
        let content_type = if round % 2 == 0 {
            PROTOBUF
        } else {
            "application/json"
        };
        let mut body = match round % 4 {
            0 | 1 => (0..random.random_range(0..2_000))
                .map(|_| random.random())
                .collect(),
            2 => good.protobuf(),
            _ => good.json().to_string().into_bytes(),
        };
        for _ in 0..random.random_range(1..8) {
            if !body.is_empty() {
                let at = random.random_range(0..body.len());
                body[at] = random.random();
            }
        }
        let mut sending = post(&stack, content_type);
        match round % 16 {
            7 => sending = sending.header("content-encoding", "gzip"),
            15 => sending = sending.header("content-encoding", "zstd"),
            _ => {}
        }
        let status = sending.send(&body).status;
        assert!([200, 400].contains(&status), "{status} to {body:?}");
    }
    assert_goes_on(&stack);
}
