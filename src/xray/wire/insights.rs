//! Questions for insights as they travel. There are no insights here, so only their list has a form.

use serde::{Deserialize, Serialize};

/// GetInsightSummaries.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightSummariesRequest {
    /// The group whose insights are asked for.
    #[serde(flatten)]
    pub group: super::GroupReference,
    /// Seconds since the epoch.
    pub start_time: f64,
    /// Seconds since the epoch.
    pub end_time: f64,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetInsightSummaries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightSummariesAnswer {
    /// Always empty.
    pub insight_summaries: [super::Nothing; 0],
    /// Always null.
    pub next_token: Option<String>,
}

/// GetInsightImpactGraph.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightGraphRequest {
    /// Seconds since the epoch.
    pub start_time: f64,
    /// Seconds since the epoch.
    pub end_time: f64,
}
