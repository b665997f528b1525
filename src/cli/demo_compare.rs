//! The end of `demo`: every request by its trace id, in each lens, and whether as many were sampled as the
//! rules say.

use super::context::Context;
use super::failure::Failure;
use super::lenses::{Asked, Joined, seen_between};
use super::render::reconcile::{Expected, Tally};
use super::render::text::significant;
use super::serve;
use crate::aws::SdkConfig;
use crate::backend::serve::RuleTotals;
use crate::clock::now;
use crate::cloudwatch::client::LogsClient;
use crate::honeycomb::client::HoneycombClient;
use crate::load::{Followed, LoadReport};
use crate::model::counts::likely;
use crate::model::log::CRUDDUR_LOG_GROUP;
use crate::model::sampling::SamplingRule;
use crate::model::time::Window;
use crate::xray::client::XRayClient;

/// A run, as its sender and its sampler know it.
pub struct Run<'a> {
    /// How many requests were to be sent.
    pub n_planned: u64,
    /// How many of them, for the sampler, came in a second.
    pub rate: f64,
    /// What came of them.
    pub report: &'a LoadReport,
    /// What each sampling rule chose.
    pub sampled: &'a [RuleTotals],
}

/// What the comparison showed.
pub struct Compared {
    /// What was counted on both sides.
    pub tallies: Vec<Tally>,
    /// The first of the requests that do not fit, a sentence each.
    pub odd: Vec<String>,
}

const MOST_ODD: usize = 5;
// A rule is wrongly accused once in a million runs.
const MISS: f64 = 1e-6;

/// Asks the lenses for everything in `window`, and joins it with what was sent, by trace id.
///
/// # Errors
/// If a lens cannot be asked.
pub async fn compare(
    context: &Context,
    honeycomb: &HoneycombClient,
    aws: &SdkConfig,
    run: &Run<'_>,
    window: Window,
) -> Result<Compared, Failure> {
    let (xray, logs) = (XRayClient::new(aws), LogsClient::new(aws));
    let dataset = serve::service_name(context);
    let asking = seen_between(
        honeycomb,
        &dataset,
        (&xray, &logs),
        CRUDDUR_LOG_GROUP,
        window,
        now(),
    );
    // The rates are asked of the service, not of the sampler that is being judged.
    let (seen, rules) = tokio::join!(asking, xray.rules());
    let asked: Vec<Asked> = run.report.followed.iter().map(asked).collect();
    let joined = Joined::of(&asked, &seen?);
    Ok(Compared {
        tallies: tallies(run, &joined, &rules?),
        odd: odd(&joined),
    })
}

fn asked(followed: &Followed) -> Asked {
    Asked {
        trace_id: followed.trace_id.clone(),
        is_sampled: followed.is_sampled,
    }
}

fn odd(joined: &Joined) -> Vec<String> {
    let first = joined.odd.iter().take(MOST_ODD);
    let mut odd: Vec<String> = first
        .map(|(id, words)| format!("{id}: {}", words.join(", ")))
        .collect();
    if joined.odd.len() > MOST_ODD {
        odd.push(format!("and {} more", joined.odd.len() - MOST_ODD));
    }
    odd
}

fn tallies(run: &Run<'_>, joined: &Joined, rules: &[SamplingRule]) -> Vec<Tally> {
    let answered = run.report.answered();
    let tally = |what: &str, expected, found| Tally {
        what: what.to_string(),
        expected,
        found,
    };
    let exactly = |what: &str, expected, found| tally(what, Expected::Exactly(expected), found);
    let mut tallies = vec![
        exactly("requests sent", run.n_planned, run.report.sent),
        exactly("with a root span", answered, joined.with_span),
        exactly("with a log line", answered, joined.with_line),
        exactly(
            "sampled, with a segment",
            joined.sampled,
            joined.with_segment,
        ),
        exactly(
            "not sampled, with none",
            answered.saturating_sub(joined.sampled),
            joined.without_segment,
        ),
        exactly("traces of no request", 0, joined.strangers),
    ];
    for totals in run.sampled.iter().filter(|totals| totals.matched > 0) {
        let name = totals.rule_name.as_deref().unwrap_or("no rule");
        // Without a rule there is nothing to judge by: the back end never got any.
        let known = rules.iter().find(|known| known.rule_name == name);
        let Some(known) = known else {
            tallies.push(exactly(&format!("sampled by {name}"), 0, totals.sampled()));
            continue;
        };
        tallies.push(exactly(
            &format!("{name}: first of each second"),
            reservoir(known, totals.matched, run.rate),
            totals.reservoir,
        ));
        tallies.push(tally(
            &format!(
                "{name}: {} % of the rest",
                significant(known.fixed_rate * 100.0, 3)
            ),
            by_rate(known, totals),
            totals.by_rate,
        ));
    }
    tallies
}

// A client that was granted no share of a reservoir borrows one request a second of it.
// Source: X-Ray Developer Guide, "Using sampling rules with the X-Ray API".
fn reservoir(rule: &SamplingRule, matched: u64, rate: f64) -> u64 {
    let seconds = (matched as f64 / rate.max(1.0)).ceil() as u64;
    if rule.reservoir_size > 0 { seconds } else { 0 }
}

// Of what the reservoir left, each has the same chance.
fn by_rate(rule: &SamplingRule, totals: &RuleTotals) -> Expected {
    let rest = totals.matched.saturating_sub(totals.reservoir);
    let (least, most) = likely(rest, rule.fixed_rate, MISS);
    Expected::About {
        mean: rest as f64 * rule.fixed_rate,
        least,
        most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> SamplingRule {
        SamplingRule {
            rule_name: "Cruddur".to_string(),
            fixed_rate: 0.1,
            reservoir_size: 5,
            ..SamplingRule::default_rule()
        }
    }

    fn totals(matched: u64, reservoir: u64, by_rate: u64) -> RuleTotals {
        RuleTotals {
            rule_name: Some("Cruddur".into()),
            matched,
            reservoir,
            by_rate,
        }
    }

    #[test]
    fn a_sampled_share_outside_of_its_bounds_does_not_agree() {
        let agrees = |by_rate_found| {
            let totals = totals(600, 4, by_rate_found);
            let tally = Tally {
                what: "sampled".to_string(),
                expected: by_rate(&rule(), &totals),
                found: by_rate_found,
            };
            (tally.agrees(), tally.words())
        };
        let (is_fine, words) = agrees(60);
        assert!(is_fine, "{words}");
        for wrong in [0, 10, 130, 596] {
            let (is_fine, words) = agrees(wrong);
            assert!(!is_fine && words.contains("60 ("), "{words}");
        }
    }

    #[test]
    fn the_reservoir_is_one_request_of_every_second_that_began() {
        assert_eq!(reservoir(&rule(), 600, 160.0), 4);
        assert_eq!(reservoir(&rule(), 160, 160.0), 1);
        let empty = SamplingRule {
            reservoir_size: 0,
            ..rule()
        };
        assert_eq!(reservoir(&empty, 600, 160.0), 0);
    }
}
