//! A request before it is answered, and what log line and segment say of it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, StatusCode, Version, header};
use axum::response::Response;
use time::{OffsetDateTime, UtcOffset};

use super::exception::Exception;
use super::flask::reason;
use crate::clock::now;
use crate::door::Peer;
use crate::model::sampling::SamplingRequest;
use crate::model::trace_id::xray_from_hex;
use crate::xray::segment::{Cause, Frame, HttpRequest, HttpResponse, Segment, TraceHeader, is_id};

/// What there is to know of a request before it is answered.
pub struct Seen {
    /// When it came, in nanoseconds since the epoch.
    pub start: i64,
    /// GET, POST, …
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The query without its question mark.
    pub query: Option<String>,
    /// The route's template, if there is such a route.
    pub route: Option<String>,
    /// The Host header.
    pub host: String,
    /// What called.
    pub user_agent: Option<String>,
    /// Where from.
    pub peer: Option<SocketAddr>,
    /// HTTP's version.
    pub version: &'static str,
    /// What X-Ray's header says.
    pub xray: TraceHeader,
    /// The caller's span, if the caller speaks W3C's language.
    pub w3c_parent: Option<String>,
}

impl Seen {
    /// Looks at a request.
    pub fn of(request: &Request) -> Seen {
        let headers = request.headers();
        let peer = request.extensions().get::<ConnectInfo<Peer>>();
        let route = request.extensions().get::<MatchedPath>();
        Seen {
            start: now(),
            method: request.method().to_string(),
            path: request.uri().path().to_string(),
            query: request.uri().query().map(str::to_string),
            route: route.map(|route| route.as_str().to_string()),
            host: text(headers, &header::HOST).unwrap_or_default(),
            user_agent: text(headers, &header::USER_AGENT),
            peer: peer.map(|ConnectInfo(Peer(address))| *address),
            xray: TraceHeader::parse(
                &text(headers, &HeaderName::from_static("x-amzn-trace-id")).unwrap_or_default(),
            ),
            w3c_parent: text(headers, &HeaderName::from_static("traceparent")),
            version: if request.version() == Version::HTTP_10 {
                "1.0"
            } else {
                "1.1"
            },
        }
    }

    /// Returns what a sampling rule looks at.
    pub fn sampling_request<'a>(&'a self, service_name: &'a str) -> SamplingRequest<'a> {
        SamplingRequest {
            service_name,
            service_type: "",
            host: &self.host,
            http_method: &self.method,
            url_path: &self.path,
        }
    }

    /// Returns the span's name. Never the raw path: every path would be a name of its own.
    pub fn span_name(&self) -> String {
        match &self.route {
            Some(route) => format!("{} {route}", self.method),
            None => self.method.clone(),
        }
    }

    /// Returns the log line of a request that was answered at `at`.
    ///
    /// As the bootcamp's application writes it: Flask's full_path ends in `?` even without a query,
    /// and its status is a line in capitals.
    pub fn line(&self, status: StatusCode, at: i64, utc_offset: UtcOffset) -> String {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(utc_offset);
        let month = &moment.month().to_string()[..3];
        format!(
            "[{}-{month}-{:02} {:02}:{:02}] {} {} http {}?{} {} {}",
            moment.year(),
            moment.day(),
            moment.hour(),
            moment.minute(),
            self.peer
                .map_or_else(|| "-".to_string(), |peer| peer.ip().to_string()),
            self.method,
            self.path,
            self.query.as_deref().unwrap_or_default(),
            status.as_u16(),
            reason(status).to_uppercase(),
        )
    }

    /// Returns the caller's segment or span in the trace, if it said so.
    pub fn parent_id(&self, trace_id: &str) -> Option<String> {
        let is_root = self.xray.root.as_deref() == Some(trace_id);
        if let Some(parent) = self.xray.parent.clone().filter(|_| is_root) {
            return Some(parent);
        }
        // Source: W3C Trace Context: version, trace, parent, flags.
        let parts: Vec<&str> = self.w3c_parent.as_deref()?.split('-').collect();
        let [_, trace, parent, ..] = parts.as_slice() else {
            return None;
        };
        let is_same = xray_from_hex(trace).as_deref() == Some(trace_id);
        (is_same && is_id(parent)).then(|| (*parent).to_string())
    }

    /// Returns the segment of a request that was answered with `response` at `end`. `trace_id` is in
    /// X-Ray's form, `id` is the segment's own.
    pub fn segment(
        &self,
        name: &str,
        (trace_id, id): (&str, u64),
        response: &Response,
        end: i64,
    ) -> Segment {
        let mut segment = Segment::new(name, id, trace_id, self.start, end);
        segment.parent_id = self.parent_id(trace_id);
        let request = HttpRequest {
            method: self.method.clone(),
            url: format!("http://{}{}", self.host, self.path),
            user_agent: self.user_agent.clone(),
            client_ip: self.peer.map(|peer| peer.ip().to_string()),
        };
        let length = response.headers().get(header::CONTENT_LENGTH);
        let content_length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        segment.set_http(
            request,
            HttpResponse {
                status: response.status().as_u16(),
                content_length,
            },
        );
        segment.user = Some("anonymous".to_string());
        if let Some(exception) = response.extensions().get::<Exception>() {
            let (path, label) = exception.place;
            let frame = Frame {
                path: path.to_string(),
                label: label.to_string(),
            };
            segment.cause = Some(Cause::of(
                exception.kind,
                &exception.message,
                rand::random(),
                vec![frame],
            ));
        }
        segment
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
