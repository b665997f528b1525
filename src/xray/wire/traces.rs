//! Segment documents, traces and their summaries as they travel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// PutTraceSegments.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutSegmentsRequest {
    /// Each is JSON in a string.
    pub trace_segment_documents: Vec<String>,
}

/// The answer to PutTraceSegments.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutSegmentsAnswer {
    /// What was refused; the others are kept.
    pub unprocessed_trace_segments: Vec<UnprocessedSegment>,
}

/// A refused document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnprocessedSegment {
    /// Its id, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why, in one word.
    pub error_code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// GetTraceSummaries; sampling of the result is not asked for, because all of it is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummariesRequest {
    /// The first second, since the epoch.
    pub start_time: f64,
    /// The end, exclusive.
    pub end_time: f64,
    /// `TraceId`, `Event` or `Service`.
    pub time_range_type: Option<String>,
    /// Which traces.
    pub filter_expression: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetTraceSummaries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummariesAnswer {
    /// Newest first.
    pub trace_summaries: Vec<TraceSummary>,
    /// The start of this page's time, seconds since the epoch.
    pub approximate_time: f64,
    /// Traces in the time range, whether or not they matched.
    pub traces_processed_count: u64,
    /// Where this page ends; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A trace in short.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's TraceSummary"
)]
pub struct TraceSummary {
    pub id: String,
    pub start_time: f64,
    pub duration: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_time: Option<f64>,
    pub has_fault: bool,
    pub has_error: bool,
    pub has_throttle: bool,
    pub is_partial: bool,
    pub http: HttpShape,
    pub annotations: BTreeMap<String, Vec<AnnotationShape>>,
    pub users: Vec<UserShape>,
    pub service_ids: Vec<ServiceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<ServiceId>,
    pub revision: i64,
}

/// A summary's HTTP request.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs, reason = "the members are described in the API's Http")]
pub struct HttpShape {
    #[serde(rename = "HttpURL", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(rename = "HttpStatus", skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    #[serde(rename = "HttpMethod", skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(rename = "UserAgent", skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(rename = "ClientIp", skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
}

/// One value of an annotation, and who set it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AnnotationShape {
    /// The value.
    pub annotation_value: AnnotationValue,
    /// Who set it.
    pub service_ids: Vec<ServiceId>,
}

/// An annotation's value by its type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub enum AnnotationValue {
    /// A number.
    NumberValue(f64),
    /// True or false.
    BooleanValue(bool),
    /// Text.
    StringValue(String),
}

/// A user, and whom it was seen by.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserShape {
    /// The user.
    pub user_name: String,
    /// Whom it was seen by.
    pub service_ids: Vec<ServiceId>,
}

/// A service in a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceId {
    /// Its name.
    pub name: String,
    /// All its names.
    pub names: Vec<String>,
    /// The account that it ran in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Its origin.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// BatchGetTraces.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracesRequest {
    /// One to five.
    pub trace_ids: Vec<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to BatchGetTraces.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracesAnswer {
    /// The traces that are there.
    pub traces: Vec<TraceShape>,
    /// The ids that are not.
    pub unprocessed_trace_ids: Vec<String>,
}

/// A trace in full.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TraceShape {
    /// Its id.
    pub id: String,
    /// Seconds from the first start to the last end.
    pub duration: f64,
    /// Whether the trace grew beyond what is kept.
    pub limit_exceeded: bool,
    /// Its documents.
    pub segments: Vec<SegmentShape>,
}

/// A document and its id.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SegmentShape {
    /// Its id.
    pub id: String,
    /// JSON in a string.
    pub document: String,
}
