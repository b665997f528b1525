//! Spans as a busy Cruddur makes them: always the same ones, so that two engines are asked about one thing.
//!
//! Two hours of them, 15 attributes each. Five spans make a trace: one of the back end and four of what it
//! called. Durations are about log-normal around the route's own mean, and now and then a request fails.

use cruddurctl::model::span::Lens;
use cruddurctl::store::{PartBuilder, ValueRef};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The first span's time, nanoseconds since the epoch: 2026-11-24T00:00:00Z.
pub const START: i64 = 1_795_478_400_000_000_000;
/// How long it goes on, in nanoseconds.
pub const LENGTH: i64 = 7_200_000_000_000;

const USERS: u64 = 100_000;
const ROUTES: [(&str, &str, f64); 12] = [
    ("GET", "/api/activities/home", 40.0),
    ("GET", "/api/activities/notifications", 25.0),
    ("GET", "/api/activities/@<handle>", 30.0),
    ("GET", "/api/activities/search", 120.0),
    ("POST", "/api/activities", 80.0),
    ("POST", "/api/activities/<uuid>/reply", 90.0),
    ("GET", "/api/activities/<uuid>", 15.0),
    ("GET", "/api/message_groups", 35.0),
    ("GET", "/api/messages/@<handle>", 45.0),
    ("POST", "/api/messages", 60.0),
    ("GET", "/api/users/@<handle>/short", 8.0),
    ("GET", "/api/health-check", 1.0),
];
const CALLED: [(&str, &str); 4] = [
    ("db.query", "postgres"),
    ("ddb.query", "dynamodb"),
    ("home-activities-mock-data", "backend-flask"),
    ("verify-token", "backend-flask"),
];
const VERSIONS: [&str; 3] = ["1.4.0", "1.4.1", "1.5.0"];
const HOSTS: [&str; 4] = [
    "ip-10-0-1-17",
    "ip-10-0-1-22",
    "ip-10-0-2-5",
    "ip-10-0-2-81",
];

/// Returns the id of a trace.
pub fn trace_id(trace: u64) -> [u8; 16] {
    StdRng::seed_from_u64(trace ^ 0x5eed).random()
}

/// Returns spans `first..first + n` of `total`; `first` is a multiple of five.
pub fn spans(first: u64, n: u64, total: u64) -> PartBuilder {
    let mut rng = StdRng::seed_from_u64(first);
    let mut builder = PartBuilder::new(Lens::Spans, "cruddur");
    let (mut id, mut root, mut route, mut user) = ([0; 16], [0; 8], ROUTES[0], String::new());
    for idx in first..first + n {
        let place = (idx % 5) as usize;
        if place == 0 {
            id = trace_id(idx / 5);
            root = rng.random();
            route = ROUTES[rng.random_range(0..ROUTES.len())];
            user = format!("user-{:06}", rng.random_range(0..USERS));
        }
        let (method, path, mean) = route;
        let (name, service, share) = match place.checked_sub(1) {
            None => (path, "backend-flask", 1.0),
            Some(call) => (CALLED[call].0, CALLED[call].1, 0.2),
        };
        let offset = i128::from(idx) * i128::from(LENGTH) / i128::from(total);
        let time = START + offset as i64 + rng.random_range(0..50_000_000);
        let normal = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        let nanoseconds = (mean * share * (0.5 * normal).exp() * 1e6).round();
        let status = match rng.random_range(0..100) {
            0 => 500,
            1..=3 => 404,
            4..=6 => 422,
            _ => 200,
        };
        builder.begin_row(time, 1);
        let mut put = |name: &str, value: ValueRef<'_>| builder.put(name, value);
        put("trace.trace_id", ValueRef::Hex(&id));
        if place == 0 {
            put("trace.span_id", ValueRef::Hex(&root));
        } else {
            put("trace.span_id", ValueRef::Hex(&rng.random::<[u8; 8]>()));
            put("trace.parent_id", ValueRef::Hex(&root));
        }
        put("name", ValueRef::Str(name));
        put("service.name", ValueRef::Str(service));
        let kind = if place == 0 { "server" } else { "client" };
        put("span.kind", ValueRef::Str(kind));
        put("duration_ms", ValueRef::Float(nanoseconds / 1e6));
        put("http.request.method", ValueRef::Str(method));
        put("http.route", ValueRef::Str(path));
        put("http.response.status_code", ValueRef::Int(status));
        put("app.user_id", ValueRef::Str(&user));
        put("app.result_length", ValueRef::Int(rng.random_range(0..200)));
        put(
            "app.version",
            ValueRef::Str(VERSIONS[rng.random_range(0..3)]),
        );
        put("host.name", ValueRef::Str(HOSTS[rng.random_range(0..4)]));
        if status == 500 {
            put("error", ValueRef::Bool(true));
        }
    }
    builder
}
