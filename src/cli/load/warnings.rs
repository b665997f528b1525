//! What one should know before believing a report.

use std::time::Duration;

use super::seconds;
use crate::load::{Counts, Judged, LoadPlan, LoadReport, Model, needed};

/// The percentiles of the tables and of the JSON.
pub const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

/// A generator that is this late for one request in a hundred is said, ...
const LATE: Duration = Duration::from_millis(1);
/// ... if that is more than this share of the P99 that it is part of.
const LATE_SHARE: f64 = 0.2;

/// A rate below this share of the wanted one is said.
const REACHED: f64 = 0.95;

/// Returns sentences' fragments, the most important first.
pub fn warnings(plan: &LoadPlan, report: &LoadReport, judged: &[Judged]) -> Vec<String> {
    let found = [
        late(report),
        unreached(report),
        waited(plan, report),
        hiding(plan),
        thin(report, judged),
    ];
    found.into_iter().flatten().collect()
}

fn late(report: &LoadReport) -> Option<String> {
    let p99 = report.lateness.at(0.99)?;
    let share = report.all.response_time.at(0.99)?.mul_f64(LATE_SHARE);
    if p99 < LATE || p99 < share {
        return None;
    }
    Some(format!(
        "the generator could not keep up: one request in a hundred was handed out {} or more after it was due, the latest {}; their response times include that, so lower the rate or leave this machine more cores",
        seconds(p99),
        seconds(report.lateness.max()?)
    ))
}

fn unreached(report: &LoadReport) -> Option<String> {
    let wanted = report.wanted_rate()?;
    let reached = report.rate();
    // Of a few requests, one more or less is no sign.
    let is_short = report.issued >= 20 && reached < wanted * REACHED;
    (is_short && !report.was_stopped).then(|| {
        format!("{reached:.1} answers a second came, not the {wanted:.1} that were wanted")
    })
}

fn waited(plan: &LoadPlan, report: &LoadReport) -> Option<String> {
    let Model::Open {
        most_connections, ..
    } = plan.model
    else {
        return None;
    };
    (report.waited > 0).then(|| {
        format!(
            "{} requests waited for a free connection, as all {most_connections} were in use; their response times include that, as a visitor's would; allow more with --max-connections",
            report.waited
        )
    })
}

fn hiding(plan: &LoadPlan) -> Option<String> {
    matches!(plan.model, Model::Closed { .. }).then(|| {
        "with --connections nothing is sent while an answer is awaited, so a stall counts once per connection; --rps counts it as visitors feel it".to_string()
    })
}

/// Names the percentiles that rest on too few samples.
fn thin(report: &LoadReport, judged: &[Judged]) -> Option<String> {
    let mut thin: Vec<String> = Vec::new();
    let n = report.all.response_time.count();
    for (name, share) in PERCENTILES {
        if is_thin(&report.all, share) {
            thin.push(format!(
                "{} needs {} answers and has {n}",
                name.to_uppercase(),
                needed(share)
            ));
        }
    }
    for judged in judged {
        if let Some((n, needed)) = judged.samples
            && n < needed
        {
            thin.push(format!(
                "`{}` needs {needed} answers and has {n}",
                judged.text
            ));
        }
    }
    let n_routes = report
        .routes
        .iter()
        .filter(|(_, counts)| PERCENTILES.iter().any(|(_, share)| is_thin(counts, *share)))
        .count();
    if n_routes > 0 && report.routes.len() > 1 {
        thin.push(format!(
            "{n_routes} of {} routes have too few for those marked ~ (P50 needs {}, P90 {}, P99 {})",
            report.routes.len(),
            needed(0.5),
            needed(0.9),
            needed(0.99)
        ));
    }
    (!thin.is_empty()).then(|| {
        format!(
            "too few answers for some percentiles, another run would show others: {}; send more with --for or --rps",
            thin.join("; ")
        )
    })
}

/// Tells whether a percentile rests on too few answers; of none, there is no percentile.
pub fn is_thin(counts: &Counts, share: f64) -> bool {
    (1..needed(share)).contains(&counts.response_time.count())
}
