//! Sampling rules as they travel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Tag;
use crate::model::sampling::{self, SamplingRule};

/// A rule, or those of its members that are to change; also the form in which it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are those of model::sampling::SamplingRule"
)]
pub struct RuleShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    #[serde(rename = "RuleARN", skip_serializing_if = "Option::is_none")]
    pub rule_arn: Option<String>,
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservoir_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(rename = "HTTPMethod", skip_serializing_if = "Option::is_none")]
    pub http_method: Option<String>,
    #[serde(rename = "URLPath", skip_serializing_if = "Option::is_none")]
    pub url_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, String>>,
    /// Left out when it is not set: samplers from before it drop all rules that have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_rate_boost: Option<RateBoost>,
}

/// How far a rule may sample more while there are anomalies. A missing number is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RateBoost {
    /// The highest share, 0 to 1.
    pub max_rate: f64,
    /// Minutes between two boosts.
    pub cooldown_window_minutes: i64,
}

impl From<sampling::RateBoost> for RateBoost {
    fn from(boost: sampling::RateBoost) -> RateBoost {
        RateBoost {
            max_rate: boost.max_rate,
            cooldown_window_minutes: boost.cooldown_minutes,
        }
    }
}

impl RuleShape {
    /// Returns the whole rule as the service answers it.
    pub fn of(rule: &SamplingRule, rule_arn: String) -> RuleShape {
        RuleShape {
            rule_name: Some(rule.rule_name.clone()),
            rule_arn: Some(rule_arn),
            resource_arn: Some(rule.resource_arn.clone()),
            priority: Some(rule.priority),
            fixed_rate: Some(rule.fixed_rate),
            reservoir_size: Some(rule.reservoir_size),
            service_name: Some(rule.service_name.clone()),
            service_type: Some(rule.service_type.clone()),
            host: Some(rule.host.clone()),
            http_method: Some(rule.http_method.clone()),
            url_path: Some(rule.url_path.clone()),
            version: Some(rule.version),
            attributes: Some(rule.attributes.clone()),
            sampling_rate_boost: rule.rate_boost.map(RateBoost::from),
        }
    }

    /// Returns `rule` with the members that are set here; the name and the version stay.
    pub fn changed(&self, mut rule: SamplingRule) -> SamplingRule {
        set(&mut rule.resource_arn, &self.resource_arn);
        set(&mut rule.priority, &self.priority);
        set(&mut rule.fixed_rate, &self.fixed_rate);
        set(&mut rule.reservoir_size, &self.reservoir_size);
        set(&mut rule.service_name, &self.service_name);
        set(&mut rule.service_type, &self.service_type);
        set(&mut rule.host, &self.host);
        set(&mut rule.http_method, &self.http_method);
        set(&mut rule.url_path, &self.url_path);
        set(&mut rule.attributes, &self.attributes);
        if let Some(boost) = self.sampling_rate_boost {
            rule.rate_boost = Some(sampling::RateBoost {
                max_rate: boost.max_rate,
                cooldown_minutes: boost.cooldown_window_minutes,
            });
        }
        rule
    }

    /// Returns the rule, which has all its members.
    ///
    /// # Errors
    /// The members that are missing.
    pub fn whole(&self) -> Result<SamplingRule, Vec<&'static str>> {
        let required = [
            ("RuleName", self.rule_name.is_some()),
            ("ResourceARN", self.resource_arn.is_some()),
            ("Priority", self.priority.is_some()),
            ("FixedRate", self.fixed_rate.is_some()),
            ("ReservoirSize", self.reservoir_size.is_some()),
            ("ServiceName", self.service_name.is_some()),
            ("ServiceType", self.service_type.is_some()),
            ("Host", self.host.is_some()),
            ("HTTPMethod", self.http_method.is_some()),
            ("URLPath", self.url_path.is_some()),
            ("Version", self.version.is_some()),
        ];
        let missing: Vec<&'static str> = required
            .into_iter()
            .filter(|(_, is_there)| !is_there)
            .map(|(key, _)| key)
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut rule = self.changed(SamplingRule::default_rule());
        set(&mut rule.rule_name, &self.rule_name);
        set(&mut rule.version, &self.version);
        Ok(rule)
    }
}

fn set<T: Clone>(member: &mut T, wanted: &Option<T>) {
    if let Some(wanted) = wanted {
        *member = wanted.clone();
    }
}

/// CreateSamplingRule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRuleRequest {
    /// The rule.
    pub sampling_rule: RuleShape,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
}

/// UpdateSamplingRule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRuleRequest {
    /// Which rule, and what changes.
    pub sampling_rule_update: RuleShape,
}

/// DeleteSamplingRule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleReference {
    /// Its name.
    pub rule_name: Option<String>,
    /// Its ARN.
    #[serde(rename = "RuleARN")]
    pub rule_arn: Option<String>,
}

/// A rule and when it was made and changed; also the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleRecord {
    /// The rule.
    pub sampling_rule: RuleShape,
    /// Seconds since the epoch.
    pub created_at: f64,
    /// Seconds since the epoch.
    pub modified_at: f64,
}

/// The answer about one rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleAnswer {
    /// The rule.
    pub sampling_rule_record: RuleRecord,
}

/// GetSamplingRules.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RulesAnswer {
    /// The rules.
    pub sampling_rule_records: Vec<RuleRecord>,
    /// Where this page ends; null at the end.
    pub next_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::rule_file::built_in;
    use serde_json::json;

    #[test]
    fn a_rule_has_the_api_s_members_and_no_other() {
        let shape = RuleShape::of(&built_in(), "arn:x".to_string());
        assert_eq!(
            serde_json::to_value(&shape).unwrap(),
            json!({
                "RuleName": "Cruddur", "RuleARN": "arn:x", "ResourceARN": "*", "Priority": 9000,
                "FixedRate": 0.1, "ReservoirSize": 5, "ServiceName": "backend-flask",
                "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
                "Attributes": {},
            })
        );
        assert_eq!(shape.whole(), Ok(built_in()));
    }

    #[test]
    fn all_missing_members_are_named() {
        let missing = RuleShape::default().whole().unwrap_err();
        assert_eq!(missing.len(), 11);
    }
}
