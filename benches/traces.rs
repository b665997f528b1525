//! How long a stack needs to find some of many traces, and to draw their service graph, with every trace in
//! sealed segments and every question asked over HTTP.
//!
//! `cargo bench --bench traces -- [TRACES [FOLDER]]`; one million if it is not said. Without a FOLDER a
//! temporary one is filled and removed; one that was filled before is used again.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

mod segments;
mod stack;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cruddurctl::store::{Limits, Store};
use serde_json::{Value as Json, json};
use stack::{Stack, ask, connect, post};

const RUNS: usize = 9;
const SUMMARIES_MS: f64 = 300.0;
const GRAPH_MS: f64 = 1_000.0;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|it| !it.starts_with("--"));
    let n_traces: u64 = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(1_000_000);
    let temporary = tempfile::tempdir().unwrap();
    let folder = arguments
        .next()
        .map_or_else(|| temporary.path().join("data"), PathBuf::from);
    if !folder.join("FORMAT").exists() {
        fill(&folder, n_traces);
    }
    let stack = Stack::start(&folder);
    println!(
        "{n_traces} traces in an hour, {:.0} MB of anonymous memory",
        stack.anonymous_mb()
    );
    println!(
        "{:<58} {:>8} {:>8} {:>7}",
        "question", "ms", "target", "ratio"
    );
    let peak = watched(&stack, || questions(&stack, &folder, n_traces));
    println!("{peak:.0} MB of anonymous memory at the most");
    stack.kill();
}

fn questions(stack: &Stack, folder: &Path, n_traces: u64) {
    // Targets are for a million.
    let scale = (n_traces as f64 / 1e6).max(1.0);
    let mut stream = connect(&stack.address);
    let begun = Instant::now();
    let all = ask(&mut stream, "/TraceSummaries", &summaries("", None));
    say("the newest, the first time after the start", begun, None);
    assert_eq!(all["TracesProcessedCount"], n_traces, "{all}");
    for filter in [
        "",
        "service(\"backend-flask\") { fault }",
        "annotation.plan = \"pro\" AND http.url CONTAINS \"/api/messages\"",
        "duration >= 1 AND annotation.items > 190",
        "service(\"DynamoDB\") { throttle }",
        "user = \"user-004711\"",
        "edge(\"backend-flask\", \"messages\") { fault }",
        "fault AND http.status = 418",
        "rootcause.fault.service { name = \"messages\" }",
    ] {
        let mut answer = Json::Null;
        let ms = median(|| answer = ask(&mut stream, "/TraceSummaries", &summaries(filter, None)));
        let name = match filter {
            "" => "the newest 100 of all",
            filter => filter,
        };
        line(name, ms, Some(SUMMARIES_MS * scale));
        let begun = Instant::now();
        let mut n_found = 0;
        let mut n_pages = 0;
        // As the program asks at most; a list of everything is nobody's question.
        while n_pages < 1_000 {
            n_pages += 1;
            n_found += answer["TraceSummaries"].as_array().unwrap().len();
            let Some(token) = answer["NextToken"].as_str() else {
                break;
            };
            let next = summaries(filter, Some(token));
            answer = ask(&mut stream, "/TraceSummaries", &next);
        }
        if n_pages > 1 {
            let name = format!("  all {n_found}, on {n_pages} pages, each after the first");
            let ms = begun.elapsed().as_secs_f64() * 1e3 / f64::from(n_pages - 1);
            line(&name, ms, Some(SUMMARIES_MS * scale));
        } else {
            println!("  all {n_found} on one page");
        }
    }
    // Graphs choose by arrival; no machine needs longer for this than a graph may be wide.
    let arrived = arrived(folder);
    let hour = json!({ "StartTime": arrived, "EndTime": arrived + 6 * 3_600 });
    let ms = median(|| {
        let graph = ask(&mut stream, "/ServiceGraph", &hour);
        let services = graph["Services"].as_array().unwrap();
        let roots = services.iter().filter(|it| it["Root"] == true);
        let n_requests: u64 = roots
            .map(|it| it["SummaryStatistics"]["TotalCount"].as_u64().unwrap())
            .sum();
        assert_eq!(n_requests, n_traces);
    });
    line("GetServiceGraph of all", ms, Some(GRAPH_MS * scale));
    let mut series = hour.clone();
    series["EntitySelectorExpression"] = "service(\"backend-flask\")".into();
    let ms = median(|| {
        ask(&mut stream, "/TimeSeriesServiceStatistics", &series);
    });
    line("GetTimeSeriesServiceStatistics", ms, Some(GRAPH_MS * scale));
}

fn summaries(filter: &str, token: Option<&str>) -> Json {
    let mut body = json!({ "StartTime": segments::START, "EndTime": segments::START + 3_600 });
    if !filter.is_empty() {
        body["FilterExpression"] = filter.into();
    }
    if let Some(token) = token {
        body["NextToken"] = token.into();
    }
    body
}

/// Returns in which second filling began, which stands beside the folder.
fn arrived(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(folder.with_extension("arrived")).unwrap();
    text.parse().unwrap()
}

fn say(name: &str, begun: Instant, target_ms: Option<f64>) {
    line(name, begun.elapsed().as_secs_f64() * 1e3, target_ms);
}

fn line(name: &str, ms: f64, target_ms: Option<f64>) {
    match target_ms {
        Some(target) => println!("{name:<58} {ms:>8.1} {target:>8.0} {:>7.2}", ms / target),
        None => println!("{name:<58} {ms:>8.1}"),
    }
}

fn median(mut run: impl FnMut()) -> f64 {
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

// Returns the most anonymous memory that the stack had meanwhile, in MB.
fn watched(stack: &Stack, run: impl FnOnce()) -> f64 {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak: f64 = 0.0;
            while !is_over.load(Ordering::Relaxed) {
                peak = peak.max(stack.anonymous_mb());
                std::thread::sleep(Duration::from_millis(5));
            }
            peak
        });
        run();
        is_over.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    })
}

fn fill(folder: &Path, n_traces: u64) {
    const BATCH: u64 = 500;
    let begun = Instant::now();
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let arrived = since_epoch.as_secs().to_string();
    std::fs::write(folder.with_extension("arrived"), arrived).unwrap();
    let stack = Stack::start(folder);
    let (next, n_documents) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut stream = connect(&stack.address);
                loop {
                    let first = next.fetch_add(BATCH, Ordering::Relaxed);
                    if first >= n_traces {
                        return;
                    }
                    let n = BATCH.min(n_traces - first);
                    let documents = segments::documents(first, n, n_traces);
                    n_documents.fetch_add(documents.len() as u64, Ordering::Relaxed);
                    let body = json!({ "TraceSegmentDocuments": documents }).to_string();
                    let mut put = || {
                        post(
                            &mut stream,
                            "/TraceSegments",
                            "application/json",
                            body.as_bytes(),
                        )
                    };
                    loop {
                        let (status, answer) = put();
                        if status == 200 {
                            assert_eq!(answer, br#"{"UnprocessedTraceSegments":[]}"#);
                            break;
                        }
                        // The store says so when it cannot keep up.
                        assert_eq!(status, 429);
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
            });
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let n_documents = n_documents.into_inner();
    println!(
        "{n_documents} documents put in {seconds:.0} s, {:.0} a second",
        n_documents as f64 / seconds
    );
    stack.kill();
    let limits = Limits {
        total_bytes: u64::MAX,
        most_age: None,
        ..Limits::default()
    };
    let store = Store::open(folder, limits).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(store.compact()).unwrap();
}
