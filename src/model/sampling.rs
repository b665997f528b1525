//! X-Ray's sampling rule and group, and what a rule is matched with.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::sampling_match::Matcher;

/// The group of week 2.
pub const CRUDDUR_GROUP: &str = "Cruddur";
/// The filter expression of week 2's group.
pub const CRUDDUR_FILTER: &str = "service(\"backend-flask\")";

/// A sampling rule.
///
/// Source: X-Ray API, SamplingRule: lengths and ranges are noted at each field.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingRule {
    /// 1 to 32 characters.
    pub rule_name: String,
    /// Up to 500 characters; `*` for all.
    pub resource_arn: String,
    /// 1 to 9999; the lowest is asked first. The Default rule has 10000.
    pub priority: i64,
    /// The share sampled after the reservoir, 0 to 1.
    pub fixed_rate: f64,
    /// Requests a second that are sampled before the rate applies, over all instances.
    pub reservoir_size: i64,
    /// Up to 64 characters with `*` and `?`; matched with the segment's name.
    pub service_name: String,
    /// Up to 64 characters with `*` and `?`; matched with the segment's origin.
    pub service_type: String,
    /// Up to 64 characters with `*` and `?`.
    pub host: String,
    /// Up to 10 characters with `*` and `?`.
    pub http_method: String,
    /// Up to 128 characters with `*` and `?`.
    pub url_path: String,
    /// Always 1.
    pub version: i64,
    /// Up to 5 pairs, keys and values of 1 to 32 characters.
    pub attributes: BTreeMap<String, String>,
    /// How far X-Ray may raise the rate while there are anomalies; most rules have none.
    pub rate_boost: Option<RateBoost>,
}

/// How far a rule may sample more while there are anomalies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateBoost {
    /// The highest share, 0 to 1.
    pub max_rate: f64,
    /// Minutes between two boosts, from 0.
    pub cooldown_minutes: i64,
}

/// What a rule is matched with.
#[derive(Debug, Clone, Copy)]
pub struct SamplingRequest<'a> {
    /// The segment's name.
    pub service_name: &'a str,
    /// The segment's origin; empty if unknown.
    pub service_type: &'a str,
    /// The Host header.
    pub host: &'a str,
    /// GET, POST, …
    pub http_method: &'a str,
    /// The path without the query string.
    pub url_path: &'a str,
}

impl SamplingRule {
    /// The rule that every region has and nobody can delete.
    ///
    /// Source: X-Ray Developer Guide, "Using the X-Ray API", GetSamplingRules.
    pub fn default_rule() -> SamplingRule {
        let any = || "*".to_string();
        SamplingRule {
            rule_name: "Default".to_string(),
            resource_arn: any(),
            priority: 10_000,
            fixed_rate: 0.05,
            reservoir_size: 1,
            service_name: any(),
            service_type: any(),
            host: any(),
            http_method: any(),
            url_path: any(),
            version: 1,
            attributes: BTreeMap::new(),
            rate_boost: None,
        }
    }

    /// Tells whether the rule applies to `request`.
    ///
    /// Who asks often prepares a [`Matcher`] once.
    pub fn matches(&self, request: &SamplingRequest<'_>) -> bool {
        Matcher::new(self).matches(request)
    }
}

/// Puts rules into the order in which they are asked: by priority, then by name.
pub fn sort_for_evaluation(rules: &mut [SamplingRule]) {
    rules.sort_by(evaluation_order);
}

/// Tells which of two rules is asked first.
pub fn evaluation_order(a: &SamplingRule, b: &SamplingRule) -> Ordering {
    (a.priority, &a.rule_name).cmp(&(b.priority, &b.rule_name))
}
