//! How long questions take over many spans that are on disk.
//!
//! `cargo bench --bench queries -- [SPANS [FOLDER [ANSWERS]]]`; ten million spans if it is not said. Without a
//! FOLDER a temporary one is filled and removed; one that was filled before is used again. `ANSWERS` is a
//! file for medians and answers as JSON, which `benches/queries.py` holds against DuckDB's.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

mod spans;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use cruddurctl::engine::{Detail, Terms, answer_on};
use cruddurctl::model::query::{Calculation, Filter, FilterOp, Op, QuerySpec};
use cruddurctl::model::span::{Lens, Value};
use cruddurctl::model::time::{SECOND, TimeRange};
use cruddurctl::store::{ColumnData, Limits, Part, Store};
use serde_json::{Value as Json, json};

const RUNS: usize = 9;
// A multiple of five, so that no trace is torn.
const BATCH: u64 = 16_000;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|it| !it.starts_with("--"));
    let n_spans: u64 = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(10_000_000);
    let temporary = tempfile::tempdir().unwrap();
    let folder = arguments
        .next()
        .map_or_else(|| temporary.path().join("data"), PathBuf::from);
    let answers = arguments.next();

    println!("{n_spans} spans of 15 attributes, {} cores", cores());
    let mut report = serde_json::Map::new();
    if !folder.join("FORMAT").exists() {
        fill(&folder, n_spans, &mut report);
    }
    let begun = Instant::now();
    let store = Store::open(&folder, limits()).unwrap();
    let opened_ms = begun.elapsed().as_secs_f64() * 1e3;
    let parts = store.parts(Lens::Spans, "cruddur");
    let n_there: usize = parts.iter().map(|part| part.len()).sum();
    assert_eq!(
        n_there as u64, n_spans,
        "the folder was filled with another number of spans"
    );
    let disk = bytes_in(&folder);
    println!(
        "opened in {opened_ms:.0} ms: {} segments, {:.1} bytes a span on disk, {:.0} MB of anonymous memory",
        parts.len(),
        disk as f64 / n_spans as f64,
        anonymous_mb()
    );
    report.insert("opened_ms".into(), opened_ms.into());
    report.insert("bytes_a_span".into(), (disk as f64 / n_spans as f64).into());
    report.insert("anonymous_mb".into(), anonymous_mb().into());

    let floor = median(|| {
        std::hint::black_box(sum_of_durations(&parts));
    });
    println!(
        "\n{:<44} {:>9} {:>9} {:>8} {:>10}",
        "question", "ms", "target", "ratio", "x the sum"
    );
    println!(
        "{:<44} {floor:>9.2} {:>9} {:>8} {:>10}",
        "(sum of one column, the floor)", "", "", 1.0
    );
    report.insert("floor_ms".into(), floor.into());
    let mut questions = serde_json::Map::new();
    // Targets are for ten million; what reads everything takes longer in proportion.
    let scale = n_spans as f64 / 1e7;
    for question in questions_of(n_spans) {
        let mut last = None;
        let ms = median(|| last = Some(ask(&question, &parts)));
        let target = if question.name.starts_with("a trace") {
            question.target_ms
        } else {
            question.target_ms * scale.max(1.0)
        };
        println!(
            "{:<44} {ms:>9.2} {target:>9.0} {:>8.2} {:>10.1}",
            question.name,
            ms / target,
            ms / floor
        );
        questions.insert(
            question.name.into(),
            json!({ "ms": ms, "target_ms": target, "answer": last }),
        );
    }
    report.insert("questions".into(), questions.into());
    println!(
        "\nafter all questions: {:.0} MB of anonymous memory",
        anonymous_mb()
    );
    if let Some(answers) = answers {
        std::fs::write(answers, Json::Object(report).to_string()).unwrap();
    }
}

fn fill(folder: &Path, n_spans: u64, report: &mut serde_json::Map<String, Json>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let store = Arc::new(Store::open(folder, limits()).unwrap());
    let begun = Instant::now();
    let next = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut peak: f64 = 0.0;
    runtime.block_on(async {
        let mut workers = Vec::new();
        for _ in 0..3 {
            let (store, next) = (store.clone(), next.clone());
            workers.push(tokio::spawn(async move {
                loop {
                    let first = next.fetch_add(BATCH, std::sync::atomic::Ordering::Relaxed);
                    if first >= n_spans {
                        return;
                    }
                    let n = BATCH.min(n_spans - first);
                    let mut part = spans::spans(first, n, n_spans);
                    // The store says so when it cannot keep up, as a sender over HTTP would be told.
                    while store.append_parts(vec![part]).await.is_err() {
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        part = spans::spans(first, n, n_spans);
                    }
                }
            }));
        }
        for worker in workers {
            peak = peak.max(anonymous_mb());
            worker.await.unwrap();
        }
        peak = peak.max(anonymous_mb());
        store.compact().await.unwrap();
    });
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "filled in {seconds:.0} s ({:.0} spans/s, made, journalled, sealed and merged)",
        n_spans as f64 / seconds
    );
    report.insert("filled_s".into(), seconds.into());
}

fn limits() -> Limits {
    Limits {
        total_bytes: u64::MAX,
        most_age: None,
        ..Limits::default()
    }
}

struct Question {
    name: &'static str,
    target_ms: f64,
    spec: QuerySpec,
    detail: Detail,
    sketch: bool,
}

fn questions_of(n_spans: u64) -> Vec<Question> {
    let start = spans::START / SECOND;
    let whole = TimeRange::Between {
        start,
        end: start + spans::LENGTH / SECOND + 60,
    };
    let part = TimeRange::Between {
        start: start + 720,
        end: start + 6_480,
    };
    let of = |op: &str, column: &str| {
        Calculation::new(
            Op::named(op).unwrap(),
            (!column.is_empty()).then(|| column.to_string()),
        )
    };
    let filter = |column: &str, op: &str, value: Value| Filter {
        column: column.into(),
        op: FilterOp::named(op).unwrap(),
        values: vec![value],
    };
    let plain = |name, target_ms, calculations: Vec<Calculation>| Question {
        name,
        target_ms,
        spec: QuerySpec::new(calculations, whole),
        detail: Detail::Rows,
        sketch: false,
    };
    let duration = "duration_ms";
    let mut count = plain(
        "COUNT over four fifths of the range",
        2.0,
        vec![of("COUNT", "")],
    );
    count.spec.time_range = part;
    let mut heatmap = plain("HEATMAP of 60 steps", 40.0, vec![of("HEATMAP", duration)]);
    heatmap.detail = Detail::Series;
    heatmap.spec.granularity_seconds = Some(120);
    let mut exact = plain("P90 by route, exact", 85.0, vec![of("P90", duration)]);
    exact.spec.breakdowns = vec!["http.route".into()];
    let mut sketch = plain("P90 by route, sketch", 60.0, vec![of("P90", duration)]);
    sketch.spec.breakdowns = vec!["http.route".into()];
    sketch.sketch = true;
    let mut filtered = plain("P90 under two filters", 17.0, vec![of("P90", duration)]);
    filtered.spec.filters = vec![
        filter("service.name", "=", "backend-flask".into()),
        filter("http.response.status_code", ">=", Value::Int(500)),
    ];
    let distinct = plain(
        "COUNT_DISTINCT of 100,000 users",
        37.0,
        vec![of("COUNT_DISTINCT", "app.user_id")],
    );
    let mut trace = plain(
        "a trace by its id",
        2.0,
        vec![of("COUNT", ""), of("MAX", duration)],
    );
    let mut id = String::new();
    cruddurctl::store::push_hex(&mut id, &spans::trace_id(n_spans / 10));
    trace.spec.filters = vec![filter("trace.trace_id", "=", id.into())];
    let mut series = plain(
        "60 steps of COUNT, AVG, MAX, P90 by service",
        75.0,
        vec![
            of("COUNT", ""),
            of("AVG", duration),
            of("MAX", duration),
            of("P90", duration),
        ],
    );
    series.detail = Detail::Series;
    series.spec.granularity_seconds = Some(120);
    series.spec.breakdowns = vec!["service.name".into()];
    vec![
        count, heatmap, exact, sketch, filtered, distinct, trace, series,
    ]
}

// Returns rows and number of steps, for whoever compares.
fn ask(question: &Question, parts: &[Arc<Part>]) -> Json {
    let terms = Terms {
        sketch: question.sketch,
        ..Terms::new(question.detail)
    };
    let now = spans::START + spans::LENGTH;
    let (answer, _) = answer_on(&terms, &question.spec, parts, now).unwrap();
    let rows = answer.rows.iter().map(|row| {
        let group: Vec<Json> = row
            .group
            .iter()
            .map(|it| it.as_ref().map(|it| it.to_string()).into())
            .collect();
        let cells: Vec<Option<f64>> = row.cells.iter().map(|cell| cell.number()).collect();
        json!([group, cells])
    });
    json!({ "rows": rows.collect::<Vec<_>>(), "steps": answer.series.len() })
}

// Two threads, as the engine has.
fn sum_of_durations(parts: &[Arc<Part>]) -> f64 {
    let sum = |parts: &[Arc<Part>]| {
        let columns = parts
            .iter()
            .flat_map(|part| part.columns_named("duration_ms"));
        let sums = columns.map(|column| match &column.data {
            // Eight sums side by side, so that the additions need not wait for each other.
            ColumnData::Float(floats) => {
                let mut sums = [0.0; 8];
                for chunk in floats.values.chunks_exact(8) {
                    sums.iter_mut()
                        .zip(chunk)
                        .for_each(|(sum, value)| *sum += value);
                }
                sums.iter().sum::<f64>()
            }
            _ => 0.0,
        });
        sums.sum::<f64>()
    };
    let (first, second) = parts.split_at(parts.len() / 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| sum(first));
        sum(second) + first.join().unwrap_or(0.0)
    })
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

// What no file backs and no other process shares; nothing where the system does not say.
fn anonymous_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => bytes_in(&entry.path()),
            _ => entry.metadata().map_or(0, |it| it.len()),
        })
        .sum()
}
