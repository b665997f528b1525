//! What a daemon tells of itself, as it travels.

use serde::{Deserialize, Serialize};

/// PutTelemetryRecords.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TelemetryRequest {
    /// What happened, a record for each minute or so.
    pub telemetry_records: Vec<TelemetryRecord>,
    /// Who tells it.
    #[serde(flatten)]
    pub sender: TelemetrySender,
}

/// Who tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TelemetrySender {
    /// Up to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Up to 20 characters.
    #[serde(rename = "EC2InstanceId", skip_serializing_if = "Option::is_none")]
    pub ec2_instance_id: Option<String>,
    /// Up to 500 characters.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
}

/// What happened since the record before.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TelemetryRecord {
    /// Seconds since the epoch.
    pub timestamp: f64,
    /// The counts.
    #[serde(flatten)]
    pub counts: TelemetryCounts,
}

/// Segments and failures, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TelemetryCounts {
    /// Segments that came in.
    #[serde(rename = "SegmentsReceivedCount")]
    pub received: i64,
    /// Segments that were sent on.
    #[serde(rename = "SegmentsSentCount")]
    pub sent: i64,
    /// Segments that there was no room for.
    #[serde(rename = "SegmentsSpilloverCount")]
    pub spillover: i64,
    /// Segments that X-Ray refused.
    #[serde(rename = "SegmentsRejectedCount")]
    pub rejected: i64,
    /// Failed calls.
    #[serde(rename = "BackendConnectionErrors")]
    pub errors: ConnectionErrors,
}

/// Failed calls, counted by how they failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(
    missing_docs,
    reason = "the members are those of the API's BackendConnectionErrors"
)]
pub struct ConnectionErrors {
    #[serde(rename = "TimeoutCount")]
    pub timeout: i64,
    #[serde(rename = "ConnectionRefusedCount")]
    pub connection_refused: i64,
    #[serde(rename = "HTTPCode4XXCount")]
    pub http_4xx: i64,
    #[serde(rename = "HTTPCode5XXCount")]
    pub http_5xx: i64,
    #[serde(rename = "UnknownHostCount")]
    pub unknown_host: i64,
    #[serde(rename = "OtherCount")]
    pub other: i64,
}

/// All that a sender ever told, added up; also the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TelemetryTotals {
    /// Who told it.
    #[serde(flatten)]
    pub sender: TelemetrySender,
    /// How many records.
    pub record_count: i64,
    /// The latest time in a record, seconds since the epoch.
    pub last_timestamp: f64,
    /// The sums.
    #[serde(flatten)]
    pub counts: TelemetryCounts,
}

/// What GET answers about a region.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TelemetryAnswer {
    /// One for each sender, by name.
    pub telemetry_totals: Vec<TelemetryTotals>,
}
