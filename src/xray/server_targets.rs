//! Sampling targets: what clients report, and what they are granted for it.

use super::server::Context;
use super::server_errors::XRayError;
use super::server_rules::{all, last_modified, named};
use super::server_statistics::Counts;
use super::sharing::{INTERVAL_SECONDS, QUOTA_LIFE};
use super::wire::{
    RuleRecord, StatisticsDocument, TargetDocument, TargetsAnswer, TargetsRequest,
    UnprocessedStatistics, whole_seconds,
};

/// How long a new rule's target says its rate alone.
const SETTLING_SECONDS: f64 = 10.0;

/// Answers reports with targets, one for each, in their order.
///
/// Statistics of boosts are taken, but nothing is granted for them: how X-Ray computes a boost is not
/// published. The time that a report names is not judged, however old it is.
pub async fn get(ctx: Context, request: TargetsRequest) -> Result<TargetsAnswer, XRayError> {
    let boosts = request.sampling_boost_statistics_documents;
    let rules = all(&ctx);
    let mut answer = TargetsAnswer {
        sampling_target_documents: Vec::new(),
        last_rule_modification: last_modified(&ctx),
        unprocessed_statistics: Vec::new(),
        unprocessed_boost_statistics: boosts.as_ref().map(|_| Vec::new()),
    };
    for document in request.sampling_statistics_documents {
        match find(&rules, &document.rule_name) {
            Ok(record) => {
                let target = grant(&ctx, record, document);
                answer.sampling_target_documents.push(target);
            }
            Err(unprocessed) => answer.unprocessed_statistics.push(unprocessed),
        }
    }
    for document in boosts.into_iter().flatten() {
        let unknown = find(&rules, &document.rule_name).err();
        let unprocessed = answer.unprocessed_boost_statistics.iter_mut();
        unprocessed.for_each(|it| it.extend(unknown.clone()));
    }
    Ok(answer)
}

/// Counts a report and returns what its client may sample until its next one.
fn grant(ctx: &Context, record: &RuleRecord, document: StatisticsDocument) -> TargetDocument {
    let sampled = document.sampled_count.max(document.sample_count);
    let counts = Counts {
        requests: document.request_count.unsigned_abs(),
        sampled: sampled.unsigned_abs(),
        borrowed: document.borrow_count.unsigned_abs(),
    };
    let (service, rule_name) = (&ctx.service, document.rule_name);
    service
        .statistics
        .add(&ctx.region, &rule_name, counts, ctx.now);
    let reservoir = record.sampling_rule.reservoir_size.unwrap_or(0);
    let quota = service.clients.grant(
        &ctx.region,
        &rule_name,
        &document.client_id,
        counts.requests,
        u64::try_from(reservoir).unwrap_or(0),
        ctx.now,
    );
    let age = whole_seconds(ctx.now) - record.created_at;
    let is_settled = age >= SETTLING_SECONDS;
    let until = ctx.now.saturating_add(QUOTA_LIFE);
    TargetDocument {
        rule_name,
        fixed_rate: record.sampling_rule.fixed_rate.unwrap_or(0.0),
        reservoir_quota: is_settled.then_some(quota),
        reservoir_quota_ttl: is_settled.then(|| whole_seconds(until)),
        interval: is_settled.then_some(INTERVAL_SECONDS),
    }
}

/// Returns the rule that a report is about, or why the report is not taken.
fn find<'r>(
    rules: &'r [RuleRecord],
    rule_name: &str,
) -> Result<&'r RuleRecord, UnprocessedStatistics> {
    let record = rules.iter().find(|record| named(record) == rule_name);
    record.ok_or_else(|| UnprocessedStatistics {
        rule_name: rule_name.to_string(),
        error_code: "400".to_string(),
        message: "Unknown rule".to_string(),
    })
}
