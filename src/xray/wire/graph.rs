//! Service graphs and time series as they travel.

use serde::{Deserialize, Serialize};

/// GetServiceGraph.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceGraphRequest {
    /// The first second, since the epoch.
    pub start_time: f64,
    /// The end, exclusive.
    pub end_time: f64,
    /// The group, by its name.
    pub group_name: Option<String>,
    /// The group, by its ARN.
    #[serde(rename = "GroupARN")]
    pub group_arn: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetServiceGraph.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceGraphAnswer {
    /// Seconds since the epoch, as asked.
    pub start_time: f64,
    /// Seconds since the epoch, as asked.
    pub end_time: f64,
    /// The services.
    pub services: Vec<ServiceShape>,
    /// A group's filter is applied when it is asked, so this is never so.
    pub contains_old_group_versions: bool,
}

/// GetTraceGraph.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TraceGraphRequest {
    /// The traces.
    pub trace_ids: Vec<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetTraceGraph.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TraceGraphAnswer {
    /// The services.
    pub services: Vec<ServiceShape>,
}

/// A service in a graph.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's Service"
)]
pub struct ServiceShape {
    pub reference_id: usize,
    pub name: String,
    pub names: Vec<String>,
    pub root: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
    pub edges: Vec<EdgeShape>,
    pub summary_statistics: StatisticsShape,
    pub duration_histogram: Vec<BucketShape>,
    pub response_time_histogram: Vec<BucketShape>,
}

/// A call in a graph, on the side of the caller.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the members are described in the API's Edge")]
pub struct EdgeShape {
    pub reference_id: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
    pub summary_statistics: StatisticsShape,
    pub response_time_histogram: Vec<BucketShape>,
    pub aliases: Vec<AliasShape>,
}

/// Another name of a service; services have one here.
#[derive(Debug, Clone, Serialize)]
pub struct AliasShape {}

/// How requests went.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's ServiceStatistics"
)]
pub struct StatisticsShape {
    pub ok_count: u64,
    pub error_statistics: ErrorShape,
    pub fault_statistics: FaultShape,
    pub total_count: u64,
    /// Seconds.
    pub total_response_time: f64,
}

/// The clients' mistakes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's ErrorStatistics"
)]
pub struct ErrorShape {
    pub throttle_count: u64,
    pub other_count: u64,
    pub total_count: u64,
}

/// The services' mistakes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's FaultStatistics"
)]
pub struct FaultShape {
    pub other_count: u64,
    pub total_count: u64,
}

/// How many took so long.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BucketShape {
    /// Seconds.
    pub value: f64,
    /// How many.
    pub count: u64,
}

/// GetTimeSeriesServiceStatistics.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SeriesRequest {
    /// The time, and the group, as for a service graph.
    #[serde(flatten)]
    pub graph: ServiceGraphRequest,
    /// `service(…)`, `edge(…)` or `id(…)`.
    pub entity_selector_expression: Option<String>,
    /// Seconds.
    pub period: Option<i64>,
    /// Whether faults are to be foretold.
    pub forecast_statistics: Option<bool>,
}

/// The answer to GetTimeSeriesServiceStatistics.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SeriesAnswer {
    /// One for each period that had requests, oldest first.
    pub time_series_service_statistics: Vec<SeriesShape>,
    /// As for a service graph.
    pub contains_old_group_versions: bool,
}

/// A period.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SeriesShape {
    /// Its start, seconds since the epoch.
    pub timestamp: f64,
    /// Of calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge_summary_statistics: Option<StatisticsShape>,
    /// Of a service's requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_summary_statistics: Option<StatisticsShape>,
    /// How long they took.
    pub response_time_histogram: Vec<BucketShape>,
}
