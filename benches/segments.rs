//! X-Ray segments as a busy Cruddur sends them: always the same ones, in an hour.
//!
//! A trace is one segment of the back end with one or two calls in it; of three traces, one has a segment of
//! the called service too. Now and then a request fails.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

/// The first second: 2026-11-24T00:00:00Z.
pub const START: i64 = 1_795_478_400;

const ROUTES: [(&str, &str, f64); 6] = [
    ("GET", "/api/activities/home", 0.04),
    ("GET", "/api/activities/notifications", 0.025),
    ("GET", "/api/activities/@", 0.03),
    ("GET", "/api/activities/search", 0.12),
    ("GET", "/api/messages/@", 0.045),
    ("POST", "/api/messages", 0.06),
];
const PLANS: [&str; 3] = ["free", "pro", "team"];

/// Returns the documents of traces `first..first + n` of `total`.
pub fn documents(first: u64, n: u64, total: u64) -> Vec<String> {
    let mut rng = StdRng::seed_from_u64(first);
    let mut documents = Vec::with_capacity(n as usize * 3 / 2);
    for idx in first..first + n {
        trace(
            &mut rng,
            idx as f64 * 3_600.0 / total as f64,
            &mut documents,
        );
    }
    documents
}

fn trace(rng: &mut StdRng, offset: f64, documents: &mut Vec<String>) {
    let start = START as f64 + (offset * 1e6).round() / 1e6;
    let trace_id = format!("1-{:08x}-{:024x}", start as u64, rng.random::<u128>() >> 32);
    let (method, path, mean) = ROUTES[rng.random_range(0..ROUTES.len())];
    let user = rng.random_range(0..100_000);
    let url = match path.strip_suffix('@') {
        Some(path) => format!("http://api.cruddur.com{path}@user-{user:06}"),
        None => format!("http://api.cruddur.com{path}"),
    };
    let normal = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let took = mean
        * (0.5 * normal).exp()
        * if rng.random_range(0..2_000) == 0 {
            40.0
        } else {
            1.0
        };
    let status = match rng.random_range(0..100) {
        0 => 500,
        1..=3 => 404,
        _ => 200,
    };
    let id = |rng: &mut StdRng| format!("{:016x}", rng.random::<u64>());
    let (segment, call, table) = (id(rng), id(rng), id(rng));
    let is_called = rng.random_range(0..3) == 0;
    let mut subsegments = vec![json!({
        "id": table, "name": "DynamoDB", "namespace": "aws",
        "start_time": start + took * 0.1, "end_time": start + took * 0.4,
        "throttle": rng.random_range(0..5_000) == 0, "error": false, "fault": status == 500 && !is_called,
        "aws": { "operation": "Query", "table_name": "cruddur-messages", "region": "us-east-1" },
    })];
    if is_called {
        subsegments.push(json!({
            "id": call, "name": "messages", "namespace": "remote", "fault": status == 500,
            "start_time": start + took * 0.5, "end_time": start + took * 0.9,
            "http": { "request": { "method": "GET", "url": "http://messages:4567/groups" }, "response": { "status": status } },
        }));
        documents.push(json!({
            "id": id(rng), "name": "messages", "trace_id": trace_id, "parent_id": call,
            "origin": "AWS::ECS::Container", "fault": status == 500,
            "start_time": start + took * 0.52, "end_time": start + took * 0.88,
            "http": { "request": { "method": "GET", "url": "http://messages:4567/groups" }, "response": { "status": status } },
        }).to_string());
    }
    documents.push(json!({
        "id": segment, "name": "backend-flask", "trace_id": trace_id, "in_progress": false,
        "start_time": start, "end_time": start + took, "user": format!("user-{user:06}"),
        "fault": status == 500, "error": status == 404,
        "http": {
            "request": { "method": method, "url": url, "user_agent": "Mozilla/5.0", "client_ip": "10.0.1.17" },
            "response": { "status": status, "content_length": rng.random_range(100..9_000) },
        },
        "annotations": { "plan": PLANS[rng.random_range(0..3)], "items": rng.random_range(0..200) },
        "aws": { "xray": { "sdk": "X-Ray for Python", "sdk_version": "2.15.0", "sampling_rule_name": "Cruddur" } },
        "service": { "runtime": "CPython", "runtime_version": "3.12.4" },
        "subsegments": subsegments,
    }).to_string());
}
