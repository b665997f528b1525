//! Sampling rules: asking for them, making and changing them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types;

use super::tags::list;
use super::{XRayClient, epoch_nanoseconds, odd};
use crate::aws::{AwsError, classify};
use crate::model::sampling::{RateBoost, SamplingRule};
use crate::model::wanted::Tags;

/// A rule as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRule {
    /// Its ARN.
    pub arn: String,
    /// When it was made, in nanoseconds since the epoch; `None` for the Default rule as it comes.
    pub created: Option<i64>,
    /// When it was changed last.
    pub modified: Option<i64>,
    /// The rule.
    pub rule: SamplingRule,
}

impl XRayClient {
    /// Returns all rules, the Default rule among them, in the service's order.
    pub async fn rules(&self) -> Result<Vec<SamplingRule>, AwsError> {
        let known = self.known_rules().await?;
        Ok(known.into_iter().map(|known| known.rule).collect())
    }

    /// The same, with their ARNs.
    pub async fn known_rules(&self) -> Result<Vec<KnownRule>, AwsError> {
        let mut rules = Vec::new();
        let mut pages = self.client.get_sampling_rules().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            let records = page.sampling_rule_records.into_iter().flatten();
            rules.extend(records.filter_map(|record| {
                let rule = record.sampling_rule?;
                Some(KnownRule {
                    arn: rule.rule_arn.clone().unwrap_or_default(),
                    created: record.created_at.as_ref().and_then(moment),
                    modified: record.modified_at.as_ref().and_then(moment),
                    rule: read_rule(rule),
                })
            }));
        }
        Ok(rules)
    }

    /// Makes a rule with these tags.
    pub async fn create_rule(&self, rule: &SamplingRule, tags: &Tags) -> Result<(), AwsError> {
        let tags = Some(list(tags)?).filter(|tags| !tags.is_empty());
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
            .set_sampling_rate_boost(rule.rate_boost.map(boost_of))
            .build()
            .map_err(odd)?;
        let sent = self
            .client
            .create_sampling_rule()
            .sampling_rule(rule)
            .set_tags(tags)
            .send()
            .await;
        sent.map(drop).map_err(classify)
    }

    /// Brings the rule `from` to what `to` says, sending only what differs, and the boost.
    ///
    /// Name and version cannot change and are taken from `from`; a boost stays if `to` has none.
    pub async fn update_rule(
        &self,
        from: &SamplingRule,
        to: &SamplingRule,
    ) -> Result<(), AwsError> {
        let attributes = changed(&from.attributes, &to.attributes)
            .map(|attributes| attributes.into_iter().collect());
        // The service takes a boost away that is not sent along.
        let boost = to.rate_boost.or(from.rate_boost);
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
            .set_sampling_rate_boost(boost.map(boost_of))
            .build();
        let sent = self
            .client
            .update_sampling_rule()
            .sampling_rule_update(update)
            .send()
            .await;
        sent.map(drop).map_err(classify)
    }
}

impl XRayClient {
    /// Takes a rule away.
    pub async fn delete_rule(&self, name: &str) -> Result<(), AwsError> {
        let call = self.client.delete_sampling_rule().rule_name(name);
        call.send().await.map(drop).map_err(classify)
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
        rate_boost: rule.sampling_rate_boost.map(|boost| RateBoost {
            max_rate: boost.max_rate,
            cooldown_minutes: boost.cooldown_window_minutes.into(),
        }),
    }
}

fn boost_of(boost: RateBoost) -> types::SamplingRateBoost {
    types::SamplingRateBoost::builder()
        .max_rate(boost.max_rate)
        .cooldown_window_minutes(to_i32(boost.cooldown_minutes))
        .build()
}

/// The Default rule is of the second 0.
fn moment(time: &DateTime) -> Option<i64> {
    epoch_nanoseconds(time).filter(|time| *time > 0)
}

fn changed<T: Clone + PartialEq>(from: &T, to: &T) -> Option<T> {
    (from != to).then(|| to.clone())
}

// The limits of a rule lie far inside 32 bits, and the service refuses what is outside.
fn to_i32(number: i64) -> i32 {
    number.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
