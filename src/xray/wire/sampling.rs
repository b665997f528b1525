//! Sampling targets and statistics as they travel.

use serde::{Deserialize, Serialize};

/// GetSamplingTargets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsRequest {
    /// At most 25.
    pub sampling_statistics_documents: Option<Vec<StatisticsDocument>>,
    /// At most 25. One of the samplers always sends it, empty or null.
    pub sampling_boost_statistics_documents: Option<Vec<BoostStatisticsDocument>>,
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
    /// Seconds since the epoch.
    pub timestamp: Option<f64>,
    /// Requests that matched.
    pub request_count: i64,
    /// Requests that were sampled; the OpenTelemetry samplers spell it `SampleCount`.
    #[serde(alias = "SampleCount", default)]
    pub sampled_count: i64,
    /// Requests that were borrowed.
    #[serde(default)]
    pub borrow_count: i64,
}

/// What a client saw of the anomalies of a rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BoostStatisticsDocument {
    /// The rule.
    pub rule_name: String,
    /// The service, up to 64 characters.
    #[serde(default)]
    pub service_name: String,
    /// Seconds since the epoch.
    pub timestamp: Option<f64>,
    /// Traces with an anomaly.
    #[serde(default)]
    pub anomaly_count: i64,
    /// All traces.
    #[serde(default)]
    pub total_count: i64,
    /// Traces with an anomaly that were sampled.
    #[serde(default)]
    pub sampled_anomaly_count: i64,
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
    /// What was not answered about boosts; left out when there is nothing, because samplers from
    /// before boosts do not know it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unprocessed_boost_statistics: Vec<UnprocessedStatistics>,
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
    pub reservoir_quota: u64,
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
    /// Oldest first.
    pub sampling_statistic_summaries: Vec<StatisticSummary>,
    /// Where this page ends; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
