//! Retrieved traces as they travel.

use serde::{Deserialize, Serialize};

/// StartTraceRetrieval.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartRetrievalRequest {
    /// At most 100, of 1 to 35 characters.
    pub trace_ids: Vec<String>,
    /// Seconds since the epoch.
    pub start_time: f64,
    /// Seconds since the epoch.
    pub end_time: f64,
}

/// The answer to StartTraceRetrieval.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievalAnswer {
    /// Names the retrieval.
    pub retrieval_token: String,
}

/// CancelTraceRetrieval.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievalRequest {
    /// Names the retrieval.
    pub retrieval_token: String,
}

/// ListRetrievedTraces.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedTracesRequest {
    /// Names the retrieval.
    pub retrieval_token: String,
    /// `XRAY` or `OTEL`.
    pub trace_format: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to ListRetrievedTraces.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedTracesAnswer {
    /// `COMPLETE` or `CANCELLED`.
    pub retrieval_status: String,
    /// Always `XRAY`.
    pub trace_format: &'static str,
    /// At most five on a page.
    pub traces: Vec<RetrievedTrace>,
    /// Where this page ends; absent at the end.
    pub next_token: Option<String>,
}

/// A trace, or a part of one that has more than a hundred documents.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedTrace {
    /// Its id.
    pub id: String,
    /// Seconds from the first start to the last end of what is finished; absent if nothing is.
    pub duration: Option<f64>,
    /// At most 100.
    pub spans: Vec<super::SegmentShape>,
}

/// GetRetrievedTracesGraph.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedGraphRequest {
    /// Names the retrieval.
    pub retrieval_token: String,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetRetrievedTracesGraph; it has one page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedGraphAnswer {
    /// `COMPLETE` or `CANCELLED`.
    pub retrieval_status: String,
    /// The services.
    pub services: Vec<RetrievedService>,
}

/// A service in the graph of a retrieval.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedService {
    /// As in any other graph.
    pub service: super::ServiceShape,
    /// Segments have no links to other traces, so it is empty.
    pub links: Vec<LinkShape>,
}

/// A link from one trace to others; there are none here.
#[derive(Debug, Clone, Serialize)]
pub struct LinkShape {}
