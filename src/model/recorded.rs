//! Requests that a service has answered, as far as sampling asks about them.

use super::left_out::LeftOut;
use super::sampling::SamplingRequest;

/// Requests in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// By time.
    pub requests: Vec<RecordedRequest>,
    /// What the requests were; many are alike.
    pub kinds: Vec<RequestKind>,
    /// Whether they are X-Ray segments, which are there only of requests that were sampled already.
    pub is_of_segments: bool,
    /// How many older ones were left out because there are too many.
    pub n_left_out: u64,
    /// What could not be read, or is no longer kept.
    pub left_out: LeftOut,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedRequest {
    /// When it came, nanoseconds since the epoch.
    pub time: i64,
    /// How long it took.
    pub duration_ms: f64,
    /// Index of what it was.
    pub kind: u32,
}

/// What a request was, with texts of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RequestKind {
    /// The segment's name.
    pub service_name: String,
    /// The segment's origin; empty if unknown.
    pub service_type: String,
    /// The Host header; empty if unknown.
    pub host: String,
    /// GET, POST, …
    pub http_method: String,
    /// The path without the query string.
    pub url_path: String,
}

impl RequestKind {
    /// Returns what rules are matched with.
    pub fn request(&self) -> SamplingRequest<'_> {
        SamplingRequest {
            service_name: &self.service_name,
            service_type: &self.service_type,
            host: &self.host,
            http_method: &self.http_method,
            url_path: &self.url_path,
        }
    }
}

impl Recording {
    /// Returns each request with what it was.
    pub fn iter(&self) -> impl Iterator<Item = (&RecordedRequest, &RequestKind)> {
        self.requests.iter().filter_map(|request| {
            let kind = self.kinds.get(usize::try_from(request.kind).ok()?)?;
            Some((request, kind))
        })
    }
}
