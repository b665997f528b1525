//! The segment document that an application writes about one request.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use super::trace_header::{SampledFlag, TRACE_HEADER, TraceHeader, is_id};

/// What one service did for one request.
///
/// Times are seconds since the epoch; ids are 16 hexadecimal digits.
/// Source: X-Ray Developer Guide, "Segment documents".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// The service, up to 200 characters of those that [`segment_name`] leaves.
    pub name: String,
    /// The segment's id.
    pub id: String,
    /// The trace in X-Ray's form.
    pub trace_id: String,
    /// The caller's subsegment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// When the request came.
    pub start_time: f64,
    /// When it was answered.
    pub end_time: f64,
    /// The version of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The request and its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// What kind of failure it was, if any.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The exception that it failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// About X-Ray itself.
    pub aws: Aws,
    /// Indexed for search: text, numbers and booleans; keys of letters, digits and underscores.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, Value>,
    /// Not indexed: namespace, key, value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: Metadata,
    /// What the service did meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subsegments: Vec<Subsegment>,
}

/// Anything, by namespace and key.
pub type Metadata = BTreeMap<String, BTreeMap<String, Value>>;

/// A piece of work inside a segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subsegment {
    /// What was done.
    pub name: String,
    /// The subsegment's id.
    pub id: String,
    /// When it began.
    pub start_time: f64,
    /// When it ended.
    pub end_time: f64,
    /// `remote` for a call of another service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<&'static str>,
    /// The call and its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// What kind of failure it was, if any.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Not indexed: namespace, key, value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: Metadata,
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Where the program ran.
    pub working_directory: String,
    /// What was raised.
    pub exceptions: Vec<Raised>,
}

/// One exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Raised {
    /// Its id, 16 hexadecimal digits.
    pub id: String,
    /// What it says.
    pub message: String,
    /// Its class.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the other service raised it.
    pub remote: bool,
    /// Where, the innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<Frame>,
}

/// A place in a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The file.
    pub path: String,
    /// The function.
    pub label: String,
}

impl Cause {
    /// Makes a cause of one exception of our own.
    pub fn of(kind: &str, message: &str, id: u64, stack: Vec<Frame>) -> Cause {
        Cause {
            working_directory: "/backend-flask".to_string(),
            exceptions: vec![Raised {
                id: segment_id(id),
                message: message.to_string(),
                kind: kind.to_string(),
                remote: false,
                stack,
            }],
        }
    }
}

/// About the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its version.
    pub version: String,
}

/// The request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Http {
    /// The request.
    pub request: HttpRequest,
    /// The answer.
    pub response: HttpResponse,
}

/// The request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HttpRequest {
    /// GET, POST, …
    pub method: String,
    /// The whole address without its query.
    pub url: String,
    /// What called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Where from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HttpResponse {
    /// The status code; 0 where none came.
    #[serde(skip_serializing_if = "is_zero")]
    pub status: u16,
    /// Bytes in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_length: Option<u64>,
}

/// What kind of failure a request was; a success is all `false` and leaves no trace in the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The client's mistake, 4xx.
    #[serde(skip_serializing_if = "is_false")]
    pub error: bool,
    /// Too many requests, 429; it counts as an error as well.
    #[serde(skip_serializing_if = "is_false")]
    pub throttle: bool,
    /// The service's mistake, 5xx.
    #[serde(skip_serializing_if = "is_false")]
    pub fault: bool,
}

impl Outcome {
    /// Returns the outcome that a status code stands for.
    pub fn of_status(status: u16) -> Outcome {
        Outcome {
            error: (400..500).contains(&status),
            throttle: status == 429,
            fault: (500..600).contains(&status),
        }
    }
}

/// About X-Ray itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aws {
    /// What made the document, and why.
    pub xray: XRay,
}

/// What made the document, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct XRay {
    /// The program.
    pub sdk: String,
    /// Its version.
    pub sdk_version: String,
    /// The rule that chose the request; absent if the caller or the local fallback did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_rule_name: Option<String>,
}

impl Segment {
    /// Makes a finished segment of service `name` in trace `trace_id` (X-Ray's form).
    ///
    /// `start` and `end` are nanoseconds since the epoch. The name is cut and cleaned as X-Ray
    /// demands; everything else starts empty.
    pub fn new(name: &str, id: u64, trace_id: &str, start: i64, end: i64) -> Segment {
        Segment {
            name: segment_name(name),
            id: segment_id(id),
            trace_id: trace_id.to_string(),
            parent_id: None,
            start_time: seconds(start),
            end_time: seconds(end),
            service: None,
            user: None,
            http: None,
            outcome: Outcome::default(),
            cause: None,
            aws: Aws {
                xray: XRay {
                    sdk: env!("CARGO_PKG_NAME").to_string(),
                    sdk_version: env!("CARGO_PKG_VERSION").to_string(),
                    sampling_rule_name: None,
                },
            },
            annotations: BTreeMap::new(),
            metadata: Metadata::new(),
            subsegments: Vec::new(),
        }
    }

    /// Notes the request and its answer, and what kind of failure the status stands for.
    pub fn set_http(&mut self, request: HttpRequest, response: HttpResponse) {
        self.outcome = Outcome::of_status(response.status);
        self.http = Some(Http { request, response });
    }

    /// Returns the document as it is sent.
    pub fn to_json(&self) -> String {
        // Text keys and plain values cannot fail to become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Subsegment {
    /// Makes a finished subsegment; `start` and `end` are nanoseconds since the epoch.
    pub fn new(name: &str, id: u64, start: i64, end: i64) -> Subsegment {
        Subsegment {
            name: segment_name(name),
            id: segment_id(id),
            start_time: seconds(start),
            end_time: seconds(end),
            namespace: None,
            http: None,
            outcome: Outcome::default(),
            cause: None,
            metadata: Metadata::new(),
        }
    }
}

/// Returns `text` without the characters that X-Ray refuses in a name, cut to 200.
pub fn segment_name(text: &str) -> String {
    let name: String = text
        .chars()
        .filter(|c| is_name_character(*c))
        .take(200)
        .collect();
    if name.is_empty() {
        "unnamed".to_string()
    } else {
        name
    }
}

/// Tells whether X-Ray allows the character in the name of a segment.
///
/// Source: X-Ray Developer Guide, "Segment documents", `name`.
pub fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() || "_.:/%&#=+\\-@".contains(c)
}

/// Returns an id as 16 hexadecimal digits.
pub fn segment_id(id: u64) -> String {
    format!("{id:016x}")
}

// Whole microseconds keep their shortest decimal form in a double; nanoseconds since the epoch
// would not fit.
fn seconds(nanoseconds: i64) -> f64 {
    (nanoseconds / 1000) as f64 / 1e6
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
fn is_zero(status: &u16) -> bool {
    *status == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

    fn segment() -> Segment {
        let start = 1_795_331_345_123_456_789;
        Segment::new("backend-flask", 0xab, TRACE, start, start + 42_000_000)
    }

    #[test]
    fn a_served_request_is_written_as_xray_reads_it() {
        let mut segment = segment();
        let request = HttpRequest {
            method: "GET".to_string(),
            url: "http://127.0.0.1:4567/api/activities/home".to_string(),
            ..HttpRequest::default()
        };
        let response = HttpResponse {
            status: 200,
            content_length: Some(1234),
        };
        segment.set_http(request, response);
        segment.aws.xray.sampling_rule_name = Some("Cruddur".to_string());
        segment.service = Some(Service {
            version: "1".to_string(),
        });
        let mut mock_data = Subsegment::new(
            "mock-data",
            1,
            1_795_331_345_130_000_000,
            1_795_331_345_140_000_000,
        );
        let key = [("key".to_string(), json!({"results-size": 3}))].into();
        mock_data.metadata.insert("namespace".to_string(), key);
        segment.subsegments.push(mock_data);

        let written: Value = serde_json::from_str(&segment.to_json()).unwrap();
        assert_eq!(
            written,
            json!({
                "name": "backend-flask", "id": "00000000000000ab", "trace_id": TRACE,
                "start_time": 1795331345.123456, "end_time": 1795331345.165456,
                "service": {"version": "1"},
                "http": {
                    "request": {"method": "GET", "url": "http://127.0.0.1:4567/api/activities/home"},
                    "response": {"status": 200, "content_length": 1234},
                },
                "aws": {"xray": {
                    "sdk": "cruddurctl", "sdk_version": env!("CARGO_PKG_VERSION"),
                    "sampling_rule_name": "Cruddur",
                }},
                "subsegments": [{
                    "name": "mock-data", "id": "0000000000000001",
                    "start_time": 1795331345.13, "end_time": 1795331345.14,
                    "metadata": {"namespace": {"key": {"results-size": 3}}},
                }],
            })
        );
    }

    #[test]
    fn a_status_says_whose_fault_it_was() {
        for (status, error, throttle, fault) in [
            (200, false, false, false),
            (302, false, false, false),
            (404, true, false, false),
            (429, true, true, false),
            (500, false, false, true),
        ] {
            let expected = Outcome {
                error,
                throttle,
                fault,
            };
            assert_eq!(Outcome::of_status(status), expected, "{status}");
        }
    }

    #[test]
    fn names_are_made_acceptable() {
        assert_eq!(segment_name("my<b>*app?"), "mybapp");
        assert_eq!(segment_name("日本 a.b:4567"), "日本 a.b:4567");
        assert_eq!(segment_name("?!"), "unnamed");
        assert_eq!(segment_name(&"é".repeat(300)).chars().count(), 200);
    }
}
