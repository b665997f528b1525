//! A request before it is answered, and what log line and segment say of it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, Version, header};
use axum::response::Response;

use super::catalogue::Template;
use super::exception::Exception;
use super::flask::reason;
use crate::clock::now;
use crate::door::Peer;
use crate::model::sampling::SamplingRequest;
use crate::model::trace_id::xray_from_hex;
use crate::model::zone::Zone;
use crate::xray::segment::{Cause, Frame, HttpRequest, HttpResponse, Segment, TraceHeader, is_id};

/// What there is to know of a request before it is answered.
///
/// Texts that span, log line and segment share are shared, so that a request at full speed does not pay for
/// each of them.
pub struct Seen {
    /// When it came, in nanoseconds since the epoch.
    pub start: i64,
    /// GET, POST, …
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// The route's template, if there is such a route.
    pub route: Option<&'static str>,
    /// The Host header.
    pub host: Arc<str>,
    /// What called.
    pub user_agent: Option<Arc<str>>,
    /// Where from.
    pub peer: Option<SocketAddr>,
    /// That address without its port.
    pub peer_ip: Option<Arc<str>>,
    /// HTTP's version.
    pub version: &'static str,
    /// What X-Ray's header says.
    pub xray: TraceHeader,
    /// The caller's span, if the caller speaks W3C's language.
    pub w3c_parent: Option<Arc<str>>,
}

impl Seen {
    /// Looks at a request.
    pub fn of(request: &Request) -> Seen {
        let headers = request.headers();
        let peer = request.extensions().get::<ConnectInfo<Peer>>();
        let peer = peer.map(|ConnectInfo(Peer(address))| *address);
        let template = request.extensions().get::<Template>();
        let xray = text(headers, &X_AMZN_TRACE_ID);
        Seen {
            start: now(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            route: template.map(|template| template.0),
            host: shared(headers, &header::HOST).unwrap_or_default(),
            user_agent: shared(headers, &header::USER_AGENT),
            peer,
            peer_ip: peer.map(|peer| text_of(peer.ip())),
            xray: xray.map_or_else(TraceHeader::default, |text| TraceHeader::parse(&text)),
            w3c_parent: shared(headers, &TRACEPARENT),
            version: if request.version() == Version::HTTP_10 {
                "1.0"
            } else {
                "1.1"
            },
        }
    }

    /// Returns the path without its query.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// Returns what a sampling rule looks at.
    pub fn sampling_request<'a>(&'a self, service_name: &'a str) -> SamplingRequest<'a> {
        SamplingRequest {
            service_name,
            service_type: "",
            host: &self.host,
            http_method: self.method.as_str(),
            url_path: self.path(),
        }
    }

    /// Returns the span's name. Never the raw path: every path would be a name of its own.
    pub fn span_name(&self) -> String {
        match &self.route {
            Some(route) => [self.method.as_str(), " ", route].concat(),
            None => self.method.to_string(),
        }
    }

    /// Returns the log line of a request that was answered at `at`.
    ///
    /// As the bootcamp's application writes it: Flask's full_path ends in `?` even without a query,
    /// and its status is a line in capitals.
    pub fn line(&self, status: StatusCode, at: i64, zone: Zone) -> String {
        let moment = zone.local(at);
        let mut line = String::with_capacity(192);
        let two = |line: &mut String, number: i8| {
            let number = number.unsigned_abs();
            line.push(char::from(b'0' + number / 10 % 10));
            line.push(char::from(b'0' + number % 10));
        };
        // Writing to a String cannot fail.
        let _ = write!(line, "[{}-", moment.year());
        line.push_str(MONTHS[usize::from((moment.month() - 1).unsigned_abs())]);
        line.push('-');
        two(&mut line, moment.day());
        line.push(' ');
        two(&mut line, moment.hour());
        line.push(':');
        two(&mut line, moment.minute());
        line.push_str("] ");
        line.push_str(self.peer_ip.as_deref().unwrap_or("-"));
        for part in [" ", self.method.as_str(), " http ", self.path(), "?"] {
            line.push_str(part);
        }
        line.push_str(self.uri.query().unwrap_or_default());
        line.push(' ');
        line.push_str(status.as_str());
        line.push(' ');
        let reason = reason(status);
        line.extend(reason.chars().map(|c| c.to_ascii_uppercase()));
        line
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
            method: self.method.to_string(),
            url: format!("http://{}{}", self.host, self.path()),
            user_agent: self.user_agent.as_deref().map(str::to_string),
            client_ip: self.peer_ip.as_deref().map(str::to_string),
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

/// The caller's trace, segment and decision, in X-Ray's words.
pub const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

thread_local! {
    // Requests of one caller come one after the other.
    static LAST_IP: RefCell<Option<(IpAddr, Arc<str>)>> = const { RefCell::new(None) };
}

fn text_of(ip: IpAddr) -> Arc<str> {
    LAST_IP.with_borrow_mut(|last| match last {
        Some((known, text)) if *known == ip => text.clone(),
        _ => {
            let text: Arc<str> = ip.to_string().into();
            *last = Some((ip, text.clone()));
            text
        }
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let value = headers.get(name)?;
    match value.to_str() {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => Some(String::from_utf8_lossy(value.as_bytes())),
    }
}

fn shared(headers: &HeaderMap, name: &HeaderName) -> Option<Arc<str>> {
    text(headers, name).map(Arc::from)
}
