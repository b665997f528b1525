//! How long one sampling decision takes: 25 rules of which none matches, and the Default rule behind them.
//!
//! `cargo bench --bench sampler [-- DECISIONS]`
#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

use std::hint::black_box;
use std::time::Instant;

use cruddurctl::model::sampling::{SamplingRequest, SamplingRule};
use cruddurctl::xray::sampler::Sampler;

/// As many rules of one's own as a region takes. Source: AWS X-Ray endpoints and quotas.
const RULES: i64 = 25;

const REQUEST: SamplingRequest<'static> = SamplingRequest {
    service_name: "backend-flask",
    service_type: "",
    host: "127.0.0.1:4567",
    http_method: "GET",
    url_path: "/api/activities/home",
};

fn main() {
    // Cargo passes flags of its own.
    let decisions = std::env::args().find_map(|argument| argument.parse().ok());
    let decisions: i64 = decisions.unwrap_or(1_000_000);
    let any = SamplingRule::default_rule;
    measure("exact names", decisions, |idx| SamplingRule {
        service_name: format!("backend-flask-{idx}"),
        ..any()
    });
    measure("names with a star", decisions, |idx| SamplingRule {
        service_name: format!("backend-*-{idx}"),
        ..any()
    });
    measure("paths that begin alike", decisions, |idx| SamplingRule {
        url_path: format!("/api/activities/*/{idx}/*"),
        http_method: "GE?".to_string(),
        ..any()
    });
}

fn measure(name: &str, decisions: i64, rule: impl Fn(i64) -> SamplingRule) {
    let own = (0..RULES).map(|idx| SamplingRule {
        rule_name: format!("rule-{idx:02}"),
        priority: idx + 1,
        ..rule(idx)
    });
    let rules: Vec<SamplingRule> = own.chain([SamplingRule::default_rule()]).collect();

    let sampler = Sampler::new(1);
    sampler.set_rules(rules.clone());
    let known = best_of_nine(decisions, |now| {
        black_box(sampler.decide(now * 1_000_000, black_box(&REQUEST)));
    });

    // Requests that did not come lately: as many paths as the memory has no room for.
    let paths: Vec<String> = (0..65_536)
        .map(|n| format!("/api/activities/{n}"))
        .collect();
    let mut path = paths.iter().cycle();
    let new = best_of_nine(decisions, |now| {
        let request = SamplingRequest {
            url_path: path.next().map_or("", |path| path),
            ..REQUEST
        };
        black_box(sampler.decide(now * 1_000_000, black_box(&request)));
    });

    // What the first request after a start waits for.
    let cold = best_of_nine(decisions / 1_000 + 1, |now| {
        let sampler = Sampler::new(1);
        sampler.set_rules(black_box(&rules).clone());
        black_box(sampler.decide(now, black_box(&REQUEST)));
    });
    println!(
        "{name:<24} {known:>5.0} ns a decision, {new:>5.0} ns of a new request, {cold:>6.0} ns of the first with its rules"
    );
}

// The best, as the machine does other things too.
fn best_of_nine(times: i64, mut run: impl FnMut(i64)) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..9 {
        let begun = Instant::now();
        for now in 0..times {
            run(now);
        }
        best = best.min(begun.elapsed().as_secs_f64());
    }
    best / times as f64 * 1e9
}
