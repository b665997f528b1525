//! How long queries take: `cargo bench --bench engine -- [SPANS] [--threads N] [--only TEXT]`.
//!
//! Medians of nine runs, warm, in memory. The last line is the floor: adding up one column.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and may panic"
)]

mod spans;

use std::sync::Arc;
use std::time::Instant;

use cruddurctl::engine::{Detail, Terms, answer_on};
use cruddurctl::model::query::{Calculation, Filter, FilterOp, Op, QuerySpec};
use cruddurctl::model::span::Value;
use cruddurctl::model::time::{SECOND, TimeRange};
use cruddurctl::store::{ColumnData, Part};

use spans::{SECONDS, START, trace_id};

const RUNS: usize = 9;

struct Case {
    name: &'static str,
    // For ten million spans, in milliseconds; in proportion for more or fewer.
    target_ms: f64,
    spec: QuerySpec,
    detail: Detail,
    sketch: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |flag: &str| {
        let at = arguments.iter().position(|it| it == flag)?;
        arguments.get(at + 1).cloned()
    };
    let n = arguments
        .iter()
        .find_map(|it| it.parse().ok())
        .unwrap_or(10_000_000usize);
    let threads = after("--threads").and_then(|it| it.parse().ok());
    let only = after("--only").unwrap_or_default();
    let n = if threads == Some(n) { 10_000_000 } else { n };

    let start = Instant::now();
    let parts = spans::parts(n);
    println!(
        "{n} spans in {} parts, made in {:.1} s",
        parts.len(),
        start.elapsed().as_secs_f64()
    );
    println!(
        "{:<44} {:>9} {:>9} {:>12} {:>9} {:>7}",
        "query", "first ms", "median ms", "M rows/s", "target", "ratio"
    );
    for case in cases(n).iter().filter(|case| case.name.contains(&only)) {
        let terms = Terms {
            threads,
            sketch: case.sketch,
            ..Terms::new(case.detail)
        };
        let run = || {
            let start = Instant::now();
            let (answer, _) = answer_on(&terms, &case.spec, &parts, START).unwrap();
            assert!(!answer.rows.is_empty());
            start.elapsed().as_secs_f64() * 1e3
        };
        let first = run();
        let median = median(run);
        // What looks at no row, or at few, does not grow with the spans.
        let is_constant = case.target_ms < 3.0;
        let target = case.target_ms * if is_constant { 1.0 } else { n as f64 / 1e7 };
        println!(
            "{:<44} {:>9.2} {:>9.2} {:>12.0} {:>9.1} {:>7.2}",
            case.name,
            first,
            median,
            n as f64 / median / 1e3,
            target,
            median / target
        );
    }
    let floor = median(|| {
        let start = Instant::now();
        assert!(sum(&parts) > 0.0);
        start.elapsed().as_secs_f64() * 1e3
    });
    println!(
        "{:<44} {:>9} {:>9.2} {:>12.0}",
        "floor: sum of duration_ms",
        "",
        floor,
        n as f64 / floor / 1e3
    );
}

fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..RUNS).map(|_| run()).collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

// On two threads, without any of the engine.
fn sum(parts: &[Arc<Part>]) -> f64 {
    let of_part = |part: &Arc<Part>| {
        let column = &part.columns_named("duration_ms")[0];
        let ColumnData::Float(floats) = &column.data else {
            return 0.0;
        };
        let mut sums = [0.0; 16];
        for values in floats.values.chunks(16) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
        sums.iter().sum()
    };
    let (left, right) = parts.split_at(parts.len() / 2);
    std::thread::scope(|scope| {
        let left = scope.spawn(move || left.iter().map(of_part).sum::<f64>());
        let right: f64 = right.iter().map(of_part).sum();
        left.join().unwrap() + right
    })
}

fn cases(n: usize) -> Vec<Case> {
    let op = |name: &str, column: &str| {
        Calculation::new(Op::named(name).unwrap(), Some(column.to_string()))
    };
    let count = || Calculation::new(Op::Count, None);
    let filter = |column: &str, op: FilterOp, value: Value| Filter {
        column: column.to_string(),
        op,
        values: vec![value],
    };
    let spec = |calculations: Vec<Calculation>, breakdowns: &[&str], filters: Vec<Filter>| {
        let start = START / SECOND;
        let range = TimeRange::Between {
            start,
            end: start + SECONDS,
        };
        let mut spec = QuerySpec::new(calculations, range);
        spec.breakdowns = breakdowns.iter().map(|it| it.to_string()).collect();
        spec.filters = filters;
        spec.granularity_seconds = Some(SECONDS / 60);
        spec
    };
    let case = |name, target_ms, detail, spec| Case {
        name,
        target_ms,
        spec,
        detail,
        sketch: false,
    };
    let mut part_of_range = spec(vec![count()], &[], vec![]);
    part_of_range.time_range = TimeRange::Between {
        start: START / SECOND + SECONDS / 10,
        end: START / SECOND + SECONDS * 9 / 10,
    };
    let p90 = || op("P90", "duration_ms");
    let two = |column: &str, value: &str| {
        vec![
            filter(column, FilterOp::Equal, value.into()),
            filter("http.status_code", FilterOp::GreaterOrEqual, 500.into()),
        ]
    };
    let trace = filter(
        "trace.trace_id",
        FilterOp::Equal,
        trace_id(n as u64 / 11).into(),
    );
    let four = vec![
        count(),
        op("AVG", "duration_ms"),
        op("MAX", "duration_ms"),
        p90(),
    ];
    let by_route = || spec(vec![p90()], &["http.route"], vec![]);
    let (rows, series) = (Detail::Rows, Detail::Series);
    let mut sketch = case("P90 by route, sketch", 60.0, rows, by_route());
    sketch.sketch = true;
    let mut shares = spec(vec![count()], &["is_slow"], vec![]);
    shares.calculated_fields = vec![cruddurctl::model::formula::NamedFormula {
        name: "is_slow".to_string(),
        formula: cruddurctl::model::formula::Formula::parse("$duration_ms > 100").unwrap(),
    }];
    vec![
        case("COUNT, 80 % of the range", 2.0, rows, part_of_range),
        case(
            "COUNT, 60 steps",
            2.0,
            series,
            spec(vec![count()], &[], vec![]),
        ),
        case(
            "HEATMAP, 60 steps",
            40.0,
            series,
            spec(vec![op("HEATMAP", "duration_ms")], &[], vec![]),
        ),
        case(
            "HEATMAP by service, 60 steps",
            60.0,
            series,
            spec(
                vec![op("HEATMAP", "duration_ms")],
                &["service.name"],
                vec![],
            ),
        ),
        case("P90 by route", 85.0, rows, by_route()),
        sketch,
        case("P90", 60.0, rows, spec(vec![p90()], &[], vec![])),
        case(
            "P90, service = and status >= 500",
            17.0,
            rows,
            spec(vec![p90()], &[], two("service.name", "backend-flask")),
        ),
        case(
            "P90, route = and status >= 500",
            17.0,
            rows,
            spec(vec![p90()], &[], two("http.route", "/api/messages")),
        ),
        case(
            "P90, route =",
            17.0,
            rows,
            spec(
                vec![p90()],
                &[],
                vec![filter(
                    "http.route",
                    FilterOp::Equal,
                    "/api/messages".into(),
                )],
            ),
        ),
        case(
            "COUNT_DISTINCT(user)",
            37.0,
            rows,
            spec(vec![op("COUNT_DISTINCT", "app.user.id")], &[], vec![]),
        ),
        case(
            "COUNT_DISTINCT(user), status >= 500",
            37.0,
            rows,
            spec(
                vec![op("COUNT_DISTINCT", "app.user.id")],
                &[],
                vec![filter(
                    "http.status_code",
                    FilterOp::GreaterOrEqual,
                    500.into(),
                )],
            ),
        ),
        case(
            "COUNT_DISTINCT(user) by service",
            150.0,
            rows,
            spec(
                vec![op("COUNT_DISTINCT", "app.user.id")],
                &["service.name"],
                vec![],
            ),
        ),
        case(
            "COUNT_DISTINCT(trace id)",
            500.0,
            rows,
            spec(vec![op("COUNT_DISTINCT", "trace.trace_id")], &[], vec![]),
        ),
        case(
            "one trace by id",
            2.0,
            series,
            spec(vec![count()], &["name"], vec![trace]),
        ),
        case(
            "COUNT by service, 60 steps",
            30.0,
            series,
            spec(vec![count()], &["service.name"], vec![]),
        ),
        case(
            "COUNT, AVG, MAX, P90 by service, 60 steps",
            75.0,
            series,
            spec(four, &["service.name"], vec![]),
        ),
        case(
            "AVG(duration_ms) by route",
            30.0,
            rows,
            spec(vec![op("AVG", "duration_ms")], &["http.route"], vec![]),
        ),
        case(
            "COUNT by user",
            150.0,
            rows,
            spec(vec![count()], &["app.user.id"], vec![]),
        ),
        case(
            "COUNT by trace id",
            3000.0,
            rows,
            spec(vec![count()], &["trace.trace_id"], vec![]),
        ),
        case(
            "MAX by route and status",
            60.0,
            rows,
            spec(
                vec![op("MAX", "duration_ms")],
                &["http.route", "http.status_code"],
                vec![],
            ),
        ),
        case(
            "P99(result_length) by service",
            60.0,
            rows,
            spec(
                vec![op("P99", "app.result_length")],
                &["service.name"],
                vec![],
            ),
        ),
        case(
            "CONCURRENCY, 60 steps",
            300.0,
            series,
            spec(vec![Calculation::new(Op::Concurrency, None)], &[], vec![]),
        ),
        case("COUNT by a calculated field", 3000.0, rows, shares),
    ]
}
