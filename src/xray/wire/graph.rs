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
    /// The second in which the first of the traces began, since the epoch; null without any.
    pub start_time: Option<f64>,
    /// The second in which the last of them did.
    pub end_time: Option<f64>,
    /// The services.
    pub services: Vec<ServiceShape>,
    /// Whether some of the traces were chosen by an earlier filter of the group.
    pub contains_old_group_versions: bool,
    /// Null: there is one page.
    pub next_token: (),
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
    /// Null: there is one page.
    pub next_token: (),
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
    /// True or null.
    pub root: Option<bool>,
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// Null: all are of the caller's account.
    pub account_id: (),
    pub state: &'static str,
    pub start_time: Option<f64>,
    pub end_time: Option<f64>,
    pub edges: Vec<EdgeShape>,
    /// Null of the client, as are both histograms.
    pub summary_statistics: Option<StatisticsShape>,
    pub duration_histogram: Option<Vec<BucketShape>>,
    pub response_time_histogram: Option<Vec<BucketShape>>,
}

/// A call in a graph, on the side of the caller.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the members are described in the API's Edge")]
pub struct EdgeShape {
    pub reference_id: usize,
    pub start_time: Option<f64>,
    pub end_time: Option<f64>,
    pub summary_statistics: StatisticsShape,
    pub response_time_histogram: Vec<BucketShape>,
    pub aliases: Vec<AliasShape>,
    /// Null, as is the other: no event waits in a queue here.
    pub edge_type: (),
    pub received_event_age_histogram: (),
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
    /// One for each period in which traces arrived, newest first.
    pub time_series_service_statistics: Vec<SeriesShape>,
    /// As for a service graph.
    pub contains_old_group_versions: bool,
    /// Null: there is one page.
    pub next_token: (),
}

/// A period.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SeriesShape {
    /// Its end, seconds since the epoch.
    pub timestamp: f64,
    /// Of calls; null in a series of a service.
    pub edge_summary_statistics: Option<StatisticsShape>,
    /// Of a service's requests; null in a series of calls.
    pub service_summary_statistics: Option<StatisticsShape>,
    /// Nothing is foretold.
    pub service_forecast_statistics: ForecastShape,
    /// How long they took.
    pub response_time_histogram: Vec<BucketShape>,
}

/// How many faults are expected: that needs days of counts, so that both are null here.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ForecastShape {
    /// Null.
    pub fault_count_high: (),
    /// Null.
    pub fault_count_low: (),
}
