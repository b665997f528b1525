//! Calls to X-Ray, or to the local stack in its place, through AWS's own SDK.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_xray::Client;
use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types;

pub use crate::aws::AwsError;
use crate::aws::{SdkConfig, classify};
use crate::model::sampling::SamplingRule;
use crate::model::sampling_target::{Quota, RuleStatistics, SamplingTarget, SamplingTargets};
use crate::model::time::{SECOND, Window};

/// The most documents in one PutTraceSegments. Source: opentelemetry-collector, awsxrayexporter.
const SEGMENTS_PER_CALL: usize = 50;
/// The most statistics in one GetSamplingTargets. Source: X-Ray API.
const STATISTICS_PER_CALL: usize = 25;
/// The most traces in one BatchGetTraces. Source: X-Ray API.
const TRACES_PER_CALL: usize = 5;

/// X-Ray as a client sees it. Cheap to clone.
///
/// Every call fails with an [`AwsError`] and with nothing else.
#[derive(Debug, Clone)]
pub struct XRayClient {
    client: Client,
}

/// A group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Which traces it has; `None` for all.
    pub filter_expression: Option<String>,
}

/// A segment document that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSegment {
    /// Its id, if the service could read it.
    pub id: Option<String>,
    /// Why, in one word.
    pub code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// A trace and its documents.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTrace {
    /// Its id in X-Ray's form.
    pub id: String,
    /// Seconds from its first start to its last end.
    pub duration_seconds: f64,
    /// Each is the JSON of a segment or of a subsegment that was sent on its own.
    pub documents: Vec<String>,
}

impl XRayClient {
    /// Makes a client.
    pub fn new(config: &SdkConfig) -> XRayClient {
        XRayClient {
            client: Client::new(config),
        }
    }

    /// Returns all groups, the Default group among them.
    pub async fn groups(&self) -> Result<Vec<Group>, AwsError> {
        let mut groups = Vec::new();
        let mut pages = self.client.get_groups().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            groups.extend(page.groups.into_iter().flatten().map(|group| Group {
                name: group.group_name.unwrap_or_default(),
                arn: group.group_arn.unwrap_or_default(),
                filter_expression: group.filter_expression.filter(|text| !text.is_empty()),
            }));
        }
        Ok(groups)
    }

    /// Returns the group called `name`.
    ///
    /// Looks through the list, because the service has no code of its own for "not found".
    pub async fn group(&self, name: &str) -> Result<Option<Group>, AwsError> {
        let groups = self.groups().await?;
        Ok(groups.into_iter().find(|group| group.name == name))
    }

    /// Makes a group.
    pub async fn create_group(&self, name: &str, filter_expression: &str) -> Result<(), AwsError> {
        let call = self.client.create_group().group_name(name);
        let sent = call.filter_expression(filter_expression).send().await;
        sent.map(drop).map_err(classify)
    }

    /// Changes the filter of a group.
    pub async fn update_group(&self, name: &str, filter_expression: &str) -> Result<(), AwsError> {
        let call = self.client.update_group().group_name(name);
        let sent = call.filter_expression(filter_expression).send().await;
        sent.map(drop).map_err(classify)
    }

    /// Returns all rules, the Default rule among them, in the service's order.
    pub async fn rules(&self) -> Result<Vec<SamplingRule>, AwsError> {
        let mut rules = Vec::new();
        let mut pages = self.client.get_sampling_rules().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            let records = page.sampling_rule_records.into_iter().flatten();
            rules.extend(
                records
                    .filter_map(|record| record.sampling_rule)
                    .map(read_rule),
            );
        }
        Ok(rules)
    }

    /// Makes a rule.
    pub async fn create_rule(&self, rule: &SamplingRule) -> Result<(), AwsError> {
        let attributes: HashMap<String, String> = rule.attributes.clone().into_iter().collect();
        let rule = types::SamplingRule::builder()
            .rule_name(&rule.rule_name)
            .resource_arn(&rule.resource_arn)
            .priority(to_i32(rule.priority))
            .fixed_rate(rule.fixed_rate)
            .reservoir_size(to_i32(rule.reservoir_size))
            .service_name(&rule.service_name)
            .service_type(&rule.service_type)
            .host(&rule.host)
            .http_method(&rule.http_method)
            .url_path(&rule.url_path)
            .version(to_i32(rule.version))
            .set_attributes(Some(attributes).filter(|attributes| !attributes.is_empty()))
            .build()
            .map_err(odd)?;
        let sent = self
            .client
            .create_sampling_rule()
            .sampling_rule(rule)
            .send()
            .await;
        sent.map(drop).map_err(classify)
    }

    /// Brings the rule `from` to what `to` says, sending only what differs.
    ///
    /// Name and version cannot change and are taken from `from`.
    pub async fn update_rule(
        &self,
        from: &SamplingRule,
        to: &SamplingRule,
    ) -> Result<(), AwsError> {
        let attributes = changed(&from.attributes, &to.attributes)
            .map(|attributes| attributes.into_iter().collect());
        let update = types::SamplingRuleUpdate::builder()
            .rule_name(&from.rule_name)
            .set_resource_arn(changed(&from.resource_arn, &to.resource_arn))
            .set_priority(changed(&from.priority, &to.priority).map(to_i32))
            .set_fixed_rate(changed(&from.fixed_rate, &to.fixed_rate))
            .set_reservoir_size(changed(&from.reservoir_size, &to.reservoir_size).map(to_i32))
            .set_service_name(changed(&from.service_name, &to.service_name))
            .set_service_type(changed(&from.service_type, &to.service_type))
            .set_host(changed(&from.host, &to.host))
            .set_http_method(changed(&from.http_method, &to.http_method))
            .set_url_path(changed(&from.url_path, &to.url_path))
            .set_attributes(attributes)
            .build();
        let sent = self
            .client
            .update_sampling_rule()
            .sampling_rule_update(update)
            .send()
            .await;
        sent.map(drop).map_err(classify)
    }

    /// Sends segment documents and returns those that were refused.
    ///
    /// On an error, some of the documents may have been taken.
    pub async fn put_segments(
        &self,
        documents: Vec<String>,
    ) -> Result<Vec<RefusedSegment>, AwsError> {
        let mut refused = Vec::new();
        for batch in documents.chunks(SEGMENTS_PER_CALL) {
            let call = self.client.put_trace_segments();
            let sent = call
                .set_trace_segment_documents(Some(batch.to_vec()))
                .send()
                .await;
            let unprocessed = sent.map_err(classify)?.unprocessed_trace_segments;
            refused.extend(
                unprocessed
                    .into_iter()
                    .flatten()
                    .map(|segment| RefusedSegment {
                        id: segment.id,
                        code: segment.error_code.unwrap_or_default(),
                        message: segment.message.unwrap_or_default(),
                    }),
            );
        }
        Ok(refused)
    }

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

    /// Returns the ids of the traces that began in `window` and pass the filter, newest first.
    pub async fn trace_ids_between(
        &self,
        window: Window,
        filter_expression: Option<&str>,
    ) -> Result<Vec<String>, AwsError> {
        let call = self
            .client
            .get_trace_summaries()
            .start_time(DateTime::from_nanos(window.start.into()).map_err(odd)?)
            .end_time(DateTime::from_nanos(window.end.into()).map_err(odd)?)
            .set_filter_expression(filter_expression.map(str::to_string));
        let mut ids = Vec::new();
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let summaries = page
                .map_err(classify)?
                .trace_summaries
                .into_iter()
                .flatten();
            ids.extend(summaries.filter_map(|summary| summary.id));
        }
        Ok(ids)
    }

    /// Returns those of the traces (X-Ray's form of ids) that are there, in no particular order.
    pub async fn traces(&self, ids: &[String]) -> Result<Vec<StoredTrace>, AwsError> {
        let mut traces = Vec::new();
        for batch in ids.chunks(TRACES_PER_CALL) {
            let call = self.client.batch_get_traces();
            let mut pages = call
                .set_trace_ids(Some(batch.to_vec()))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(classify)?;
                traces.extend(page.traces.into_iter().flatten().map(|trace| {
                    StoredTrace {
                        id: trace.id.unwrap_or_default(),
                        duration_seconds: trace.duration.unwrap_or_default(),
                        documents: trace
                            .segments
                            .into_iter()
                            .flatten()
                            .filter_map(|segment| segment.document)
                            .collect(),
                    }
                }));
            }
        }
        Ok(traces)
    }
}

fn read_rule(rule: types::SamplingRule) -> SamplingRule {
    SamplingRule {
        rule_name: rule.rule_name.unwrap_or_default(),
        resource_arn: rule.resource_arn,
        priority: rule.priority.into(),
        fixed_rate: rule.fixed_rate,
        reservoir_size: rule.reservoir_size.into(),
        service_name: rule.service_name,
        service_type: rule.service_type,
        host: rule.host,
        http_method: rule.http_method,
        url_path: rule.url_path,
        version: rule.version.into(),
        attributes: rule
            .attributes
            .into_iter()
            .flatten()
            .collect::<BTreeMap<_, _>>(),
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

fn changed<T: Clone + PartialEq>(from: &T, to: &T) -> Option<T> {
    (from != to).then(|| to.clone())
}

fn epoch_nanoseconds(time: &DateTime) -> Option<i64> {
    time.as_nanos().try_into().ok()
}

// The limits of a rule lie far inside 32 bits, and the service refuses what is outside.
fn to_i32(number: i64) -> i32 {
    number.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn odd(error: impl std::error::Error) -> AwsError {
    AwsError::Odd {
        reason: error.to_string(),
    }
}
