//! Sampling targets: reporting what was sampled, and being told what may be.

use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types;

use super::{XRayClient, epoch_nanoseconds, odd};
use crate::aws::{AwsError, classify};
use crate::model::sampling_target::{Quota, RuleStatistics, SamplingTarget, SamplingTargets};
use crate::model::time::SECOND;

/// The most statistics in one GetSamplingTargets. Source: X-Ray API.
const STATISTICS_PER_CALL: usize = 25;

impl XRayClient {
    /// Reports what was sampled until `now` (nanoseconds since the epoch) and returns what is granted.
    ///
    /// `client_id` has 24 characters and stays the same as long as the program runs.
    pub async fn sampling_targets(
        &self,
        client_id: &str,
        now: i64,
        statistics: &[RuleStatistics],
    ) -> Result<SamplingTargets, AwsError> {
        let mut granted = SamplingTargets::default();
        for batch in statistics.chunks(STATISTICS_PER_CALL) {
            let documents = batch.iter().map(|rule| {
                types::SamplingStatisticsDocument::builder()
                    .rule_name(&*rule.rule_name)
                    .client_id(client_id)
                    .timestamp(DateTime::from_secs(now.div_euclid(SECOND)))
                    .request_count(count(rule.request_count))
                    .sampled_count(count(rule.sampled_count))
                    .borrow_count(count(rule.borrow_count))
                    .build()
            });
            let documents = documents.collect::<Result<Vec<_>, _>>().map_err(odd)?;
            let call = self.client.get_sampling_targets();
            let sent = call
                .set_sampling_statistics_documents(Some(documents))
                .send()
                .await;
            let answer = sent.map_err(classify)?;
            let modified = answer
                .last_rule_modification
                .as_ref()
                .and_then(epoch_nanoseconds);
            granted.rules_modified = modified.or(granted.rules_modified);
            let targets = answer.sampling_target_documents.into_iter().flatten();
            granted.targets.extend(targets.map(read_target));
            let unprocessed = answer.unprocessed_statistics.into_iter().flatten();
            granted.unprocessed.extend(unprocessed.map(|statistics| {
                let message = statistics.message.or(statistics.error_code);
                (
                    statistics.rule_name.unwrap_or_default(),
                    message.unwrap_or_default(),
                )
            }));
        }
        Ok(granted)
    }
}

fn read_target(target: types::SamplingTargetDocument) -> SamplingTarget {
    let until = target
        .reservoir_quota_ttl
        .as_ref()
        .and_then(epoch_nanoseconds);
    let quota = match (target.reservoir_quota, until) {
        (Some(quota), Some(until)) => Some(Quota {
            per_second: u64::try_from(quota).unwrap_or(0),
            until,
        }),
        _ => None,
    };
    SamplingTarget {
        rule_name: target.rule_name.unwrap_or_default(),
        fixed_rate: Some(target.fixed_rate),
        quota,
        interval_seconds: target.interval.map(i64::from),
    }
}

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
