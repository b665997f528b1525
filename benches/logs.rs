//! How long the local CloudWatch Logs takes over many lines that are on disk.
//!
//! `cargo bench --bench logs -- [LINES [FOLDER]]`; ten million lines like the week-2 back end's, and a tenth as
//! many JSON lines. Without a FOLDER a temporary one is filled and removed; one that was filled before is used
//! again. Every time is that of a whole answer, from the request's JSON to the answer's, without HTTP.
//! Regular expressions are measured beside `rg -j1` on the same lines, if it is installed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody, to_bytes};
use axum::http::HeaderMap;
use cruddurctl::clock;
use cruddurctl::cloudwatch::server::handle;
use cruddurctl::model::span::Lens;
use cruddurctl::store::{Limits, PartBuilder, Store, ValueRef};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

const RUNS: usize = 9;
const BATCH: u64 = 10_000;
const HOUR_MS: i64 = 3_600_000;
const ROUTES: [&str; 6] = [
    "/api/activities/home",
    "/api/activities/notifications",
    "/api/activities/search",
    "/api/message_groups",
    "/api/messages/@andrewbrown",
    "/api/users/@bayko/short",
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|it| !it.starts_with("--"));
    let n_lines = arguments.next().and_then(|it| it.parse().ok());
    let n_lines: u64 = n_lines.unwrap_or(10_000_000);
    let temporary = tempfile::tempdir().unwrap();
    let folder = arguments.next();
    let folder = folder.map_or_else(|| temporary.path().join("data"), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if !folder.join("FORMAT").exists() {
        let begun = Instant::now();
        runtime.block_on(fill(&folder, n_lines));
        println!("filled in {:.0} s", begun.elapsed().as_secs_f64());
    }
    let store = Arc::new(Store::open(&folder, limits()).unwrap());
    let parts = store.parts(Lens::Logs, "us-east-1/cruddur");
    let n_there: usize = parts.iter().map(|part| part.len()).sum();
    println!(
        "{n_there} lines in {} parts, {} cores",
        parts.len(),
        cores()
    );
    drop(parts);
    let first = json!({"logGroupName": "cruddur", "filterPattern": "\"500 INTERNAL\" boom"});
    let ask = |operation: &str, request: &Json| runtime.block_on(call(&store, operation, request));
    let begun = Instant::now();
    ask("FilterLogEvents", &first);
    let cold_ms = begun.elapsed().as_secs_f64() * 1e3;
    println!("the first time, with every checksum: {cold_ms:.0} ms");

    println!(
        "{:<52} {:>9} {:>9} {:>8}",
        "request", "ms", "target", "events"
    );
    for (name, operation, request, target) in [
        (
            "a literal that few lines have",
            "FilterLogEvents",
            first,
            "150",
        ),
        (
            "a literal that no line has",
            "FilterLogEvents",
            json!({"logGroupName": "cruddur", "filterPattern": "nowhere"}),
            "150",
        ),
        (
            "either of two words that few lines have",
            "FilterLogEvents",
            json!({"logGroupName": "cruddur", "filterPattern": "?boom ?nowhere"}),
            "",
        ),
        (
            "JSON: two conditions, a tenth of the lines",
            "FilterLogEvents",
            json!({"logGroupName": "json",
                "filterPattern": "{ $.status >= 500 && $.user.name = \"user-00*\" }"}),
            "300",
        ),
        (
            "fields: [..., status = 5*, w1, w2, w3]",
            "FilterLogEvents",
            json!({"logGroupName": "cruddur", "filterPattern": "[..., status = 7*, w1, w2, w3]"}),
            "",
        ),
        (
            "the first page of all lines",
            "FilterLogEvents",
            json!({"logGroupName": "cruddur"}),
            "",
        ),
        (
            "the last page of a stream",
            "GetLogEvents",
            json!({"logGroupName": "cruddur", "logStreamName": "web/3"}),
            "",
        ),
        (
            "the streams and their times",
            "DescribeLogStreams",
            json!({"logGroupName": "cruddur"}),
            "",
        ),
        (
            "the groups and their bytes",
            "DescribeLogGroups",
            json!({}),
            "",
        ),
    ] {
        let mut n_events = 0;
        let ms = median(|| {
            let answer = ask(operation, &request);
            n_events = answer["events"].as_array().map_or(0, Vec::len);
        });
        println!("{name:<52} {ms:>9.2} {target:>9} {n_events:>8}");
    }
    println!("{:.0} MB of anonymous memory", anonymous_mb());
    runtime.block_on(regexes());
    runtime.block_on(tail(&store));
}

async fn fill(folder: &Path, n_lines: u64) {
    let store = Arc::new(Store::open(folder, limits()).unwrap());
    for group in ["cruddur", "json"] {
        call(&store, "CreateLogGroup", &json!({ "logGroupName": group })).await;
        for stream in 0..8 {
            let stream = format!("web/{stream}");
            let request = json!({"logGroupName": group, "logStreamName": stream});
            call(&store, "CreateLogStream", &request).await;
        }
    }
    let start_ms = clock::now() / 1_000_000 - HOUR_MS;
    for (group, n_lines) in [("cruddur", n_lines), ("json", n_lines / 10)] {
        for first in (0..n_lines).step_by(BATCH as usize) {
            let part = || lines(group, first, BATCH.min(n_lines - first), n_lines, start_ms);
            // The store says so when it cannot keep up, as a sender over HTTP would be told.
            while store.append_parts(vec![part()]).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    store.compact().await.unwrap();
}

/// Returns lines `first..first + n` of `total`, of which one in 100,000 failed with a boom.
fn lines(group: &str, first: u64, n: u64, total: u64, start_ms: i64) -> PartBuilder {
    let mut rng = StdRng::seed_from_u64(first);
    let mut builder = PartBuilder::new(Lens::Logs, &format!("us-east-1/{group}"));
    for idx in first..first + n {
        let time_ms = start_ms + (i128::from(idx) * i128::from(HOUR_MS) / i128::from(total)) as i64;
        let route = ROUTES[rng.random_range(0..ROUTES.len())];
        let user: u32 = rng.random_range(0..100_000);
        let (status, reason) = match idx % 100_000 {
            77 => (500, "INTERNAL SERVER ERROR boom"),
            it if it % 50 == 0 => (404, "NOT FOUND"),
            _ => (200, "OK"),
        };
        let message = if group == "json" {
            format!(
                r#"{{"time_ms":{time_ms},"level":"info","route":"{route}","user":{{"name":"user-{user:06}","ip":"10.0.{}.{}"}},"status":{},"took_ms":{:.3},"tags":["web","flask"]}}"#,
                user % 256,
                idx % 256,
                if idx % 100 == 0 { 503 } else { status },
                rng.random::<f64>() * 100.0,
            )
        } else {
            format!(
                "[2026-Nov-22 07:09] 10.0.{}.{} GET http {route}?user={user:06}&page={} {status} {reason}",
                user % 256,
                idx % 256,
                idx % 1_000,
            )
        };
        builder.begin_row(time_ms * 1_000_000, 1);
        builder.put("stream", ValueRef::Str(&format!("web/{}", idx % 8)));
        builder.put("message", ValueRef::Str(&message));
        builder.put("ingested_ms", ValueRef::Int(time_ms + 5));
    }
    builder
}

/// How long regular expressions take over 400,000 lines that have no word in common with them, beside ripgrep.
async fn regexes() {
    const N_LINES: u64 = 400_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&folder.path().join("data"), limits()).unwrap());
    call(&store, "CreateLogGroup", &json!({"logGroupName": "ids"})).await;
    let stream = json!({"logGroupName": "ids", "logStreamName": "s"});
    call(&store, "CreateLogStream", &stream).await;
    let mut rng = StdRng::seed_from_u64(1);
    let mut text = String::new();
    let start_ms = clock::now() / 1_000_000 - HOUR_MS;
    for first in (0..N_LINES).step_by(BATCH as usize) {
        let messages: Vec<String> = (first..first + BATCH)
            .map(|idx| id_line(&mut rng, idx))
            .collect();
        for message in &messages {
            text.push_str(message);
            text.push('\n');
        }
        let part = || {
            let mut builder = PartBuilder::new(Lens::Logs, "us-east-1/ids");
            for (idx, message) in (first..).zip(&messages) {
                builder.begin_row((start_ms + idx as i64) * 1_000_000, 1);
                builder.put("stream", ValueRef::Str("s"));
                builder.put("message", ValueRef::Str(message));
                builder.put("ingested_ms", ValueRef::Int(start_ms));
            }
            builder
        };
        while store.append_parts(vec![part()]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    store.compact().await.unwrap();
    let file = folder.path().join("lines.txt");
    std::fs::write(&file, text).unwrap();
    println!(
        "{:<52} {:>9} {:>9} {:>8}",
        "400,000 lines: expression", "ms", "rg -j1", "events"
    );
    for expression in [
        "[a-f0-9]{40}",
        "trace=[a-f0-9]{40} 200 OK$",
        r"^10\.0\.0\.7 .*[a-f0-9]{40}",
        "[0-9]{9}-[0-9]{9}",
    ] {
        let pattern = format!("%{expression}%");
        let request = json!({"logGroupName": "ids", "filterPattern": pattern});
        let (mut times, mut theirs, mut n_events) = (Vec::new(), Vec::new(), 0);
        for _ in 0..RUNS {
            let begun = Instant::now();
            let answer = call(&store, "FilterLogEvents", &request).await;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            n_events = answer["events"].as_array().map_or(0, Vec::len);
            let begun = Instant::now();
            let ripgrep = std::process::Command::new("rg")
                .args(["-j1", "-e", expression])
                .arg(&file)
                .output();
            if let Ok(output) = ripgrep {
                theirs.push(begun.elapsed().as_secs_f64() * 1e3);
                let n_lines = output.stdout.iter().filter(|byte| **byte == b'\n').count();
                assert_eq!(n_lines, n_events, "{expression}");
            }
        }
        times.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        let theirs = theirs
            .get(RUNS / 2)
            .map_or("-".to_string(), |ms| format!("{ms:.2}"));
        println!(
            "{pattern:<52} {:>9.2} {theirs:>9} {n_events:>8}",
            times[RUNS / 2]
        );
    }
}

/// Returns a line with an id in it, of which one in a hundred has forty digits in a row.
fn id_line(rng: &mut StdRng, idx: u64) -> String {
    let (left, right): (u32, u128) = (rng.random(), rng.random());
    let dash = if idx % 100 == 7 { "" } else { "-" };
    let id = format!("{left:08x}{dash}{right:032x}");
    if idx.is_multiple_of(2) {
        format!(r#"{{"level":"info","route":"/api/x","trace":"{id}","status":200}}"#)
    } else {
        format!("10.0.0.{} GET http /api/x?trace={id} 200 OK", idx % 256)
    }
}

/// How long a line takes from its sender to a live tail.
async fn tail(store: &Arc<Store>) {
    let mut times = Vec::new();
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:cruddur";
    let request = json!({"logGroupIdentifiers": [arn], "logEventFilterPattern": "sent"});
    let mut tail = answer(store, "StartLiveTail", &request).await;
    for number in 0..51 {
        let mark = format!("sent {number} times");
        let event = json!({"timestamp": clock::now() / 1_000_000, "message": mark});
        let request =
            json!({"logGroupName": "cruddur", "logStreamName": "web/1", "logEvents": [event]});
        let begun = Instant::now();
        call(store, "PutLogEvents", &request).await;
        loop {
            let frame = poll_fn(|context| Pin::new(&mut tail).poll_frame(context)).await;
            let bytes = frame.unwrap().unwrap().into_data().unwrap();
            if String::from_utf8_lossy(&bytes).contains(&mark) {
                break;
            }
        }
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "from put to a live tail: median {:.1} ms, longest {:.1} ms (target 200)",
        times[25], times[50]
    );
}

async fn answer(store: &Arc<Store>, operation: &str, request: &Json) -> Body {
    let mut headers = HeaderMap::new();
    let target = format!("Logs_20140328.{operation}");
    headers.insert("x-amz-target", target.parse().unwrap());
    let answer = handle(store, &headers, request.to_string().into()).await;
    assert!(answer.status().is_success(), "{operation} {request}");
    answer.into_body()
}

async fn call(store: &Arc<Store>, operation: &str, request: &Json) -> Json {
    let body = answer(store, operation, request).await;
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn limits() -> Limits {
    Limits {
        total_bytes: u64::MAX,
        most_age: None,
        ..Limits::default()
    }
}

fn median(mut run: impl FnMut()) -> f64 {
    run();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn anonymous_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("RssAnon:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}
