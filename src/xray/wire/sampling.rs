//! Sampling targets and statistics as they travel.

use serde::{Deserialize, Serialize};

/// GetSamplingTargets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsRequest {
    /// At most 25.
    pub sampling_statistics_documents: Vec<StatisticsDocument>,
}

/// What a client saw of a rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatisticsDocument {
    /// The rule.
    pub rule_name: String,
    /// 24 characters, one for each client.
    #[serde(rename = "ClientID")]
    pub client_id: String,
    /// Requests that matched.
    pub request_count: i64,
    /// Requests that were sampled; the OpenTelemetry samplers spell it `SampleCount`.
    #[serde(alias = "SampleCount", default)]
    pub sampled_count: i64,
    /// Requests that were borrowed.
    #[serde(default)]
    pub borrow_count: i64,
}

/// The answer to a report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsAnswer {
    /// One for each rule that exists.
    pub sampling_target_documents: Vec<TargetDocument>,
    /// When a rule changed last, seconds since the epoch.
    pub last_rule_modification: f64,
    /// What was not answered.
    pub unprocessed_statistics: Vec<UnprocessedStatistics>,
}

/// What the service grants for a rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetDocument {
    /// The rule.
    pub rule_name: String,
    /// The share to sample after the reservoir.
    pub fixed_rate: f64,
    /// Requests in each second.
    pub reservoir_quota: i64,
    /// Until when, seconds since the epoch.
    #[serde(rename = "ReservoirQuotaTTL")]
    pub reservoir_quota_ttl: f64,
    /// Seconds until the next report.
    pub interval: i64,
}

/// A report that was not answered.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnprocessedStatistics {
    /// The rule.
    pub rule_name: String,
    /// A status code.
    pub error_code: String,
    /// Why.
    pub message: String,
}
