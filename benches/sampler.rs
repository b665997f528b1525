//! How long one sampling decision takes: 25 rules, of which only the last matches.
//!
//! `cargo bench --bench sampler [-- DECISIONS]`
#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

use std::hint::black_box;
use std::time::Instant;

use cruddurctl::model::sampling::{SamplingRequest, SamplingRule};
use cruddurctl::xray::sampler::Sampler;

fn main() {
    // Cargo passes flags of its own.
    let decisions = std::env::args().find_map(|argument| argument.parse().ok());
    let decisions: i64 = decisions.unwrap_or(1_000_000);
    measure("25 rules, exact names", decisions, |idx| SamplingRule {
        service_name: format!("backend-flask-{idx}"),
        ..SamplingRule::default_rule()
    });
    measure("25 rules, paths that begin alike", decisions, |idx| {
        SamplingRule {
            url_path: format!("/api/activities/*/{idx}/*"),
            http_method: "GE?".to_string(),
            ..SamplingRule::default_rule()
        }
    });
}

// The best of nine, as the machine does other things too.
fn measure(name: &str, decisions: i64, rule: impl Fn(i64) -> SamplingRule) {
    let mut rules: Vec<SamplingRule> = (0..24)
        .map(|idx| SamplingRule {
            rule_name: format!("rule-{idx:02}"),
            priority: idx + 1,
            ..rule(idx)
        })
        .collect();
    rules.push(SamplingRule::default_rule());
    let sampler = Sampler::new(1);
    sampler.set_rules(rules);
    let request = SamplingRequest {
        service_name: "backend-flask",
        service_type: "",
        host: "127.0.0.1:4567",
        http_method: "GET",
        url_path: "/api/activities/home",
    };
    let mut best = f64::INFINITY;
    for _ in 0..9 {
        let begun = Instant::now();
        for now in 0..decisions {
            black_box(sampler.decide(now * 1_000_000, black_box(&request)));
        }
        best = best.min(begun.elapsed().as_secs_f64());
    }
    let each = best / decisions as f64 * 1e9;
    println!("{name:<34} {each:>6.0} ns a decision");
}
