//! Questions for insights as they travel. There are no insights here, so only their list has a form.

use serde::{Deserialize, Serialize};

/// GetInsightSummaries.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightSummariesRequest {
    /// The group whose insights are asked for.
    #[serde(flatten)]
    pub group: super::GroupReference,
    /// `ACTIVE` or `CLOSED`, at most one.
    pub states: Option<Vec<String>>,
    /// Seconds since the epoch.
    pub start_time: f64,
    /// Seconds since the epoch.
    pub end_time: f64,
    /// 1 to 100.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetInsightSummaries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightSummariesAnswer {
    /// Always empty.
    pub insight_summaries: [super::Nothing; 0],
}

/// GetInsight and GetInsightEvents.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightRequest {
    /// A UUID.
    pub insight_id: String,
    /// 1 to 50, of GetInsightEvents.
    pub max_results: Option<i64>,
}

/// GetInsightImpactGraph.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightGraphRequest {
    /// A UUID.
    pub insight_id: String,
    /// Seconds since the epoch.
    pub start_time: f64,
    /// Seconds since the epoch.
    pub end_time: f64,
}
