//! Sampling targets: what clients report, and what they are granted for it.

use super::server::Context;
use super::server_errors::XRayError;
use super::server_rules::{all, last_modified, named};
use super::server_statistics::{Counts, WINDOW_LIFE};
use super::sharing::{INTERVAL_SECONDS, QUOTA_LIFE};
use super::wire::{
    BoostStatisticsDocument, RuleRecord, StatisticsDocument, TargetDocument, TargetsAnswer,
    TargetsRequest, UnprocessedStatistics, epoch_seconds, nanoseconds,
};

/// The most documents of a kind in one report. Source: X-Ray API.
const MAX_DOCUMENTS: usize = 25;

/// Answers reports with targets.
///
/// Statistics of boosts are checked and taken, but nothing is granted for them: how X-Ray computes
/// a boost is not published.
pub async fn get(ctx: Context, request: TargetsRequest) -> Result<TargetsAnswer, XRayError> {
    let documents = request.sampling_statistics_documents.unwrap_or_default();
    let boosts = request
        .sampling_boost_statistics_documents
        .unwrap_or_default();
    check_number("SamplingStatisticsDocuments", documents.len())?;
    check_number("SamplingBoostStatisticsDocuments", boosts.len())?;
    documents.iter().try_for_each(check)?;
    boosts.iter().try_for_each(check_boost)?;

    let rules = all(&ctx);
    let mut answer = TargetsAnswer {
        sampling_target_documents: Vec::new(),
        last_rule_modification: last_modified(&ctx),
        unprocessed_statistics: Vec::new(),
        unprocessed_boost_statistics: Vec::new(),
    };
    for document in documents {
        match accepted(&ctx, &rules, &document.rule_name, document.timestamp) {
            Ok((record, at)) => {
                let target = grant(&ctx, record, document, at);
                answer.sampling_target_documents.push(target);
            }
            Err(unprocessed) => answer.unprocessed_statistics.push(unprocessed),
        }
    }
    for document in boosts {
        let accepted = accepted(&ctx, &rules, &document.rule_name, document.timestamp);
        answer.unprocessed_boost_statistics.extend(accepted.err());
    }
    Ok(answer)
}

/// Counts a report and returns what its client may sample until its next one.
fn grant(
    ctx: &Context,
    record: &RuleRecord,
    document: StatisticsDocument,
    at: i64,
) -> TargetDocument {
    let counts = Counts {
        requests: document.request_count.unsigned_abs(),
        sampled: document.sampled_count.unsigned_abs(),
        borrowed: document.borrow_count.unsigned_abs(),
    };
    let (service, rule_name) = (&ctx.service, document.rule_name);
    service
        .statistics
        .add(&ctx.region, &rule_name, at, counts, ctx.now);
    let reservoir = record.sampling_rule.reservoir_size.unwrap_or(0);
    let quota = service.clients.grant(
        &ctx.region,
        &rule_name,
        &document.client_id,
        counts.requests,
        u64::try_from(reservoir).unwrap_or(0),
        ctx.now,
    );
    TargetDocument {
        rule_name,
        fixed_rate: record.sampling_rule.fixed_rate.unwrap_or(0.0),
        reservoir_quota: quota,
        reservoir_quota_ttl: epoch_seconds(ctx.now.saturating_add(QUOTA_LIFE)).floor(),
        interval: INTERVAL_SECONDS,
    }
}

/// Returns the rule and the time that a report is about, or why it is not taken.
///
/// A report without a time is of now. One from the future beyond any clock's error would stay in the
/// summaries for too long, so it is not taken either.
fn accepted<'r>(
    ctx: &Context,
    rules: &'r [RuleRecord],
    rule_name: &str,
    timestamp: Option<f64>,
) -> Result<(&'r RuleRecord, i64), UnprocessedStatistics> {
    let unprocessed = |error_code: &str, message: &str| UnprocessedStatistics {
        rule_name: rule_name.to_string(),
        error_code: error_code.to_string(),
        message: message.to_string(),
    };
    let record = rules.iter().find(|record| named(record) == rule_name);
    let record = record.ok_or_else(|| unprocessed("404", "Sampling rule not found"))?;
    let at = timestamp.map_or(Some(ctx.now), nanoseconds);
    let age = at.map(|at| ctx.now.saturating_sub(at));
    match (at, age) {
        (_, Some(age)) if age > WINDOW_LIFE => {
            Err(unprocessed("400", "the statistics are too old"))
        }
        (Some(at), Some(age)) if age >= -WINDOW_LIFE => Ok((record, at)),
        _ => Err(unprocessed("400", "the statistics are of the future")),
    }
}

fn check_number(member: &'static str, number: usize) -> Result<(), XRayError> {
    if number > MAX_DOCUMENTS {
        return Err(XRayError::Count {
            member,
            fewest: 0,
            most: MAX_DOCUMENTS,
        });
    }
    Ok(())
}

fn check(document: &StatisticsDocument) -> Result<(), XRayError> {
    XRayError::check_length("RuleName", &document.rule_name, 1, 32)?;
    XRayError::check_length("ClientID", &document.client_id, 24, 24)?;
    let counts = [
        document.request_count,
        document.sampled_count,
        document.borrow_count,
    ];
    if counts.iter().any(|count| *count < 0) {
        return Err(XRayError::NegativeCount);
    }
    Ok(())
}

fn check_boost(document: &BoostStatisticsDocument) -> Result<(), XRayError> {
    XRayError::check_length("RuleName", &document.rule_name, 1, 32)?;
    XRayError::check_length("ServiceName", &document.service_name, 0, 64)?;
    let counts = [
        document.anomaly_count,
        document.total_count,
        document.sampled_anomaly_count,
    ];
    if counts.iter().any(|count| *count < 0) {
        return Err(XRayError::NegativeBoostCount);
    }
    Ok(())
}
