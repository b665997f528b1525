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
    pub id: Option<String>,
    /// Why, in one word.
    pub error_code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// GetTraceSummaries.
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
    /// Which part of them.
    pub sampling_strategy: Option<SamplingStrategy>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// Which part of all traces a search looks at.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SamplingStrategy {
    /// `PartialScan` or `FixedRate`.
    pub name: Option<String>,
    /// 0 to 1.
    pub value: Option<f64>,
}

/// The answer to GetTraceSummaries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummariesAnswer {
    /// Newest first.
    pub trace_summaries: Vec<TraceSummary>,
    /// The start of the time range, whole seconds since the epoch.
    pub approximate_time: f64,
    /// Traces in the time range, whether or not they matched.
    pub traces_processed_count: u64,
    /// Where this page ends; null at the end.
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
    pub duration: Option<f64>,
    pub response_time: Option<f64>,
    pub has_fault: bool,
    pub has_error: bool,
    pub has_throttle: bool,
    pub is_partial: bool,
    pub http: HttpShape,
    pub annotations: BTreeMap<String, Vec<AnnotationShape>>,
    pub users: Vec<UserShape>,
    pub service_ids: Vec<ServiceId>,
    pub entry_point: Option<ServiceId>,
    #[serde(rename = "ResourceARNs")]
    pub resource_arns: Vec<ArnShape>,
    pub instance_ids: Vec<IdShape>,
    pub availability_zones: Vec<NameShape>,
    pub fault_root_causes: Vec<CauseShape>,
    pub error_root_causes: Vec<CauseShape>,
    pub response_time_root_causes: Vec<CauseShape>,
    pub revision: i64,
    pub matched_event_time: Option<f64>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArnShape {
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: String,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdShape {
    /// Its id.
    pub id: String,
}

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NameShape {
    /// Its name.
    pub name: String,
}

/// A root cause of a fault, an error or the response time.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CauseShape {
    /// The services on the way.
    pub services: Vec<CauseServiceShape>,
    /// Whether the caller noticed.
    pub client_impacting: bool,
}

/// A service on the way of a root cause.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's FaultRootCauseService"
)]
pub struct CauseServiceShape {
    #[serde(flatten)]
    pub service_id: ServiceId,
    pub entity_path: Vec<CauseEntityShape>,
    pub inferred: bool,
}

/// A segment or subsegment on the way of a root cause.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's FaultRootCauseEntity"
)]
pub struct CauseEntityShape {
    pub name: String,
    /// Only of the response time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// Only of faults and errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<Vec<ExceptionShape>>,
    pub remote: bool,
}

/// What was thrown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's RootCauseException"
)]
pub struct ExceptionShape {
    pub name: Option<String>,
    pub message: Option<String>,
}

/// A summary's HTTP request.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs, reason = "the members are described in the API's Http")]
pub struct HttpShape {
    #[serde(rename = "HttpURL")]
    pub url: Option<String>,
    #[serde(rename = "HttpStatus")]
    pub status: Option<i64>,
    #[serde(rename = "HttpMethod")]
    pub method: Option<String>,
    #[serde(rename = "UserAgent")]
    pub user_agent: Option<String>,
    #[serde(rename = "ClientIp")]
    pub client_ip: Option<String>,
}

/// One value of an annotation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AnnotationShape {
    /// The value.
    pub annotation_value: AnnotationValue,
    /// Null: who set it the service does not say.
    pub service_ids: (),
}

/// An annotation's value by its type; exactly one is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AnnotationValue {
    /// A number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_value: Option<f64>,
    /// True or false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boolean_value: Option<bool>,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserShape {
    /// The user.
    pub user_name: String,
    /// Null: where it was set the service does not say.
    pub service_ids: (),
}

/// A service in a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceId {
    /// Its name.
    pub name: String,
    /// All its names.
    pub names: Vec<String>,
    /// Null: all are of the caller's account.
    pub account_id: (),
    /// Its origin.
    #[serde(rename = "Type")]
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
    /// The ids that could not be looked for: none.
    pub unprocessed_trace_ids: Vec<String>,
    /// Null: there is one page.
    pub next_token: (),
}

/// A trace in full.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TraceShape {
    /// Its id.
    pub id: String,
    /// Seconds from the first start to the last end of what is finished; null if nothing is.
    pub duration: Option<f64>,
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
