//! Sampling targets and statistics as they travel.

use serde::{Deserialize, Serialize};

/// GetSamplingTargets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsRequest {
    /// At most 25.
    pub sampling_statistics_documents: Vec<StatisticsDocument>,
    /// At most 25. One of the samplers always sends it, empty or null.
    pub sampling_boost_statistics_documents: Option<Vec<BoostStatisticsDocument>>,
}

/// What a client saw of a rule. A missing count is 0.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatisticsDocument {
    /// The rule.
    pub rule_name: String,
    /// 24 characters, one for each client.
    #[serde(rename = "ClientID")]
    pub client_id: String,
    /// Requests that matched.
    #[serde(default)]
    pub request_count: i64,
    /// Requests that were sampled.
    #[serde(default)]
    pub sampled_count: i64,
    /// The same, as the OpenTelemetry samplers spell it.
    #[serde(default)]
    pub sample_count: i64,
    /// Requests that were borrowed.
    #[serde(default)]
    pub borrow_count: i64,
}

/// What a client saw of the anomalies of a rule; its counts are not used.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BoostStatisticsDocument {
    /// The rule.
    pub rule_name: String,
}

/// The answer to a report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsAnswer {
    /// One for each rule that exists.
    pub sampling_target_documents: Vec<TargetDocument>,
    /// When a rule changed last, whole seconds since the epoch.
    pub last_rule_modification: f64,
    /// What was not answered.
    pub unprocessed_statistics: Vec<UnprocessedStatistics>,
    /// What was not answered about boosts; left out where nothing was reported of any, because samplers
    /// from before boosts do not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unprocessed_boost_statistics: Option<Vec<UnprocessedStatistics>>,
}

/// What the service grants for a rule; all but the rate is null while the rule is new.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetDocument {
    /// The rule.
    pub rule_name: String,
    /// The share to sample after the reservoir.
    pub fixed_rate: f64,
    /// Requests in each second.
    pub reservoir_quota: Option<u64>,
    /// Until when, seconds since the epoch.
    #[serde(rename = "ReservoirQuotaTTL")]
    pub reservoir_quota_ttl: Option<f64>,
    /// Seconds until the next report.
    pub interval: Option<i64>,
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

/// What all clients reported about a rule in ten seconds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatisticSummary {
    /// The rule.
    pub rule_name: String,
    /// The start of the ten seconds, since the epoch.
    pub timestamp: f64,
    /// Requests that matched.
    pub request_count: i32,
    /// Requests that were borrowed.
    pub borrow_count: i32,
    /// Requests that were sampled.
    pub sampled_count: i32,
}

/// The answer to GetSamplingStatisticSummaries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummariesOfStatisticsAnswer {
    /// One for each rule.
    pub sampling_statistic_summaries: Vec<StatisticSummary>,
    /// Always null.
    pub next_token: Option<String>,
}
