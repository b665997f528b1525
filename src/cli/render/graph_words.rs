//! A service graph in words: what its picture says to those who do not see it, and under the pointer.

use super::axis::Unit;
use super::graph::percent;
use super::text::{grouped, printable, significant};
use crate::model::service_graph::{Service, ServiceGraph, Statistics};
use crate::model::trace_summary::Verdict;

/// Tells whether it is whoever calls a service from outside.
pub fn is_client(service: &Service) -> bool {
    service.kind.as_deref() == Some("client")
}

/// Returns what the service is called; who calls from outside has the name of whom it calls.
pub fn name(service: &Service) -> String {
    match is_client(service) {
        true => "clients".to_string(),
        false => printable(&service.name),
    }
}

/// Returns how requests went.
pub fn words(statistics: &Statistics) -> String {
    let mut words = vec![format!("{} requests", grouped(statistics.total))];
    if let Some(average) = statistics.average_seconds() {
        words.push(format!("{} on average", latency(average)));
    }
    if let Some([ok, error, throttle, fault]) = statistics.shares() {
        words.push(format!("{} ok", percent(ok)));
        for (share, word) in [(error, "error"), (throttle, "throttle"), (fault, "fault")] {
            if share > 0.0 {
                words.push(format!("{} {word}", percent(share)));
            }
        }
    }
    words.join(", ")
}

/// Returns who calls whom, and how that went.
pub fn words_of_call(
    graph: &ServiceGraph,
    from: usize,
    to: usize,
    statistics: &Statistics,
) -> String {
    let name = |idx: usize| graph.services.get(idx).map(name).unwrap_or_default();
    format!("{} to {}: {}", name(from), name(to), words(statistics))
}

/// Returns the whole graph in words.
pub fn description(graph: &ServiceGraph) -> String {
    let calls = graph.calls();
    let calls = calls.map(|(from, to, statistics)| words_of_call(graph, from, to, statistics));
    let calls: Vec<String> = calls.collect();
    match (graph.services.len(), calls.is_empty()) {
        (0, _) => "No traces in this time.".to_string(),
        (n, true) => format!("{n} services without calls."),
        (n, false) => format!("{n} services. {}.", calls.join(". ")),
    }
}

fn latency(seconds: f64) -> String {
    Unit::Milliseconds.quantity(seconds * 1e3)
}

/// Returns a time with as many digits as there is room for in a ring; the title has more.
pub fn in_ring(seconds: f64) -> String {
    let rounded = significant(seconds * 1e3, 2)
        .parse()
        .unwrap_or(seconds * 1e3);
    Unit::Milliseconds.quantity(rounded)
}

/// Returns each verdict that requests had with its share, the worst first.
pub fn shares(statistics: &Statistics) -> Vec<(Verdict, f64)> {
    let [ok, error, throttle, fault] = statistics.shares().unwrap_or_default();
    let all = [
        (Verdict::Fault, fault),
        (Verdict::Throttle, throttle),
        (Verdict::Error, error),
        (Verdict::Ok, ok),
    ];
    all.into_iter().filter(|(_, share)| *share > 0.0).collect()
}

/// Returns a number of at most a few characters.
pub fn short(total: u64) -> String {
    let (divided, unit) = match total {
        ..100_000 => return grouped(total),
        100_000..1_000_000 => (total as f64 / 1e3, "k"),
        1_000_000..1_000_000_000 => (total as f64 / 1e6, "M"),
        _ => (total as f64 / 1e9, "G"),
    };
    format!("{} {unit}", significant(divided, 3))
}
