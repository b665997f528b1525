//! Spans that look like those of a web application, the same ones every time.
//!
//! Five spans to a trace, twelve routes over three services, log-normal latencies whose medians are the
//! routes' own, 100,000 users, seventeen attributes. Evenly spread over an hour.

use std::f64::consts::TAU;
use std::sync::Arc;
use std::thread;

use cruddurctl::model::span::Lens;
use cruddurctl::model::time::SECOND;
use cruddurctl::store::{Part, PartBuilder, ValueRef};

/// Spans in a part.
pub const PART_ROWS: usize = 1 << 19;
/// When the hour begins, in nanoseconds since the epoch.
pub const START: i64 = 1_800_000_000 * SECOND;
/// How long it is, in seconds.
pub const SECONDS: i64 = 3_600;
/// How many users there are.
pub const USERS: u64 = 100_000;

const SERVICES: [&str; 3] = ["backend-flask", "frontend-react", "lambda-thumbs"];
const METHODS: [&str; 4] = ["GET", "GET", "POST", "PUT"];
const KINDS: [&str; 5] = ["server", "internal", "client", "client", "internal"];
// The route, and its median latency in milliseconds.
const ROUTES: [(&str, f64); 12] = [
    ("/api/activities/home", 42.0),
    ("/api/activities/notifications", 18.0),
    ("/api/activities/search", 95.0),
    ("/api/activities/@handle", 33.0),
    ("/api/activities", 61.0),
    ("/api/message_groups", 27.0),
    ("/api/messages/@handle", 24.0),
    ("/api/messages", 55.0),
    ("/api/users/short", 7.0),
    ("/api/profile/update", 120.0),
    ("/api/health-check", 1.2),
    ("/rollbar/test", 3.0),
];

/// Returns `n` spans in parts, oldest first; threads share the making.
pub fn parts(n: usize) -> Vec<Arc<Part>> {
    let n_parts = n.div_ceil(PART_ROWS);
    let n_threads = thread::available_parallelism().map_or(1, |n| n.get());
    let make = |first: usize| {
        let parts = (first..n_parts).step_by(n_threads);
        parts.map(|idx| (idx, Arc::new(part(idx, n)))).collect()
    };
    let mut parts: Vec<(usize, Arc<Part>)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads)
            .map(|first| scope.spawn(move || -> Vec<(usize, Arc<Part>)> { make(first) }))
            .collect();
        threads
            .into_iter()
            .flat_map(|it| it.join().unwrap())
            .collect()
    });
    parts.sort_by_key(|(idx, _)| *idx);
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Returns the id of trace `idx`, as text.
pub fn trace_id(idx: u64) -> String {
    format!("{:016x}{:016x}", mixed(idx), mixed(idx ^ 0xabcd_ef01))
}

fn part(idx: usize, n: usize) -> Part {
    let mut builder = PartBuilder::new(Lens::Spans, "bench");
    let step = SECONDS * SECOND / n.max(1) as i64;
    let user_names: Vec<String> = (0..USERS)
        .map(|user| format!("user-{:06}", mixed(user) % 10_000_000))
        .collect();
    for row in idx * PART_ROWS..((idx + 1) * PART_ROWS).min(n) {
        let (trace, place) = (row as u64 / 5, row % 5);
        let mut random = Random(mixed(row as u64 ^ 0x5eed));
        let of_trace = mixed(trace ^ 0x7ace);
        let (route, median) = ROUTES[(of_trace % 12) as usize];
        let service = SERVICES[(mixed(row as u64) % 3) as usize];
        let status = match random.next() % 100 {
            0 => 503,
            1..3 => 500,
            3..7 => 404,
            _ => 200,
        };
        let scale = [1.0, 0.2, 0.6, 0.4, 0.1][place];
        let duration_ms = median * scale * (0.6 * random.normal()).exp();
        builder.begin_row(START + row as i64 * step, 1);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&mixed(trace).to_be_bytes());
        id[8..].copy_from_slice(&mixed(trace ^ 0xabcd_ef01).to_be_bytes());
        builder.put("trace.trace_id", ValueRef::Hex(&id));
        builder.put(
            "trace.span_id",
            ValueRef::Hex(&mixed(row as u64 ^ 0x55aa).to_be_bytes()),
        );
        if place > 0 {
            let parent = (row - place) as u64;
            builder.put(
                "trace.parent_id",
                ValueRef::Hex(&mixed(parent ^ 0x55aa).to_be_bytes()),
            );
        }
        builder.put(
            "name",
            ValueRef::Str(if place == 0 {
                route
            } else {
                METHODS[place % 4]
            }),
        );
        builder.put("span.kind", ValueRef::Str(KINDS[place]));
        builder.put("service.name", ValueRef::Str(service));
        builder.put("http.route", ValueRef::Str(route));
        builder.put(
            "http.method",
            ValueRef::Str(METHODS[(of_trace >> 8) as usize % 4]),
        );
        builder.put("http.status_code", ValueRef::Int(status));
        builder.put("duration_ms", ValueRef::Float(duration_ms));
        builder.put(
            "status_code",
            ValueRef::Int(if status >= 500 { 2 } else { 0 }),
        );
        if status >= 500 {
            builder.put("error", ValueRef::Bool(true));
        }
        builder.put(
            "app.result_length",
            ValueRef::Int((random.next() % 50) as i64 * 20),
        );
        let user = &user_names[(of_trace >> 16) as usize % user_names.len()];
        builder.put("app.user.id", ValueRef::Str(user));
        builder.put("span.num_events", ValueRef::Int((random.next() % 3) as i64));
        builder.put("meta.signal_type", ValueRef::Str("trace"));
        builder.put(
            "library.name",
            ValueRef::Str("opentelemetry.instrumentation.flask"),
        );
    }
    builder.finish()
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    // Above 0, at most 1.
    fn share(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (TAU * self.share()).cos()
    }
}

// The last steps of SplitMix64.
fn mixed(x: u64) -> u64 {
    let x = (x.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}
