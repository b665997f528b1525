//! What is told of each request: a span, a log line, and a segment if a sampling rule chose it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use serde_json::json;
use time::{OffsetDateTime, UtcOffset};

use super::routes::Observer;
use super::segments::SegmentSender;
use super::telemetry::{Console, Telemetry};
use crate::clock::now;
use crate::cloudwatch::sink::LineSender;
use crate::door::Peer;
use crate::model::log::LogEvent;
use crate::model::sampling::SamplingRequest;
use crate::model::time::rfc3339;
use crate::model::trace_id::xray_from_hex;
use crate::xray::sampler::Sampler;
use crate::xray::segment::{HttpRequest, HttpResponse, Segment, Subsegment};

/// The three lenses of one service.
pub struct Lenses {
    /// The service's name, which is the segment's name too.
    pub service_name: String,
    /// Spans.
    pub telemetry: Arc<Telemetry>,
    /// Log lines.
    pub lines: LineSender,
    /// Which requests get a segment.
    pub sampler: Arc<Sampler>,
    /// Segments.
    pub segments: SegmentSender,
    /// The clock that log lines show.
    pub utc_offset: UtcOffset,
    /// Sees every log line too.
    pub echo: Option<Console>,
}

/// What a handler did, on its way from the observer to the segment.
#[derive(Debug, Default)]
struct MockData {
    found: Mutex<Option<(i64, i64, String, usize)>>,
}

/// Watches a request from beginning to end.
pub async fn watch(State(lenses): State<Arc<Lenses>>, request: Request, next: Next) -> Response {
    let seen = Seen::of(&request);
    let decision = lenses
        .sampler
        .decide(seen.start, &seen.sampling_request(&lenses.service_name));
    let attributes = seen.attributes();
    let carrier = Headers(request.headers());
    let context = lenses
        .telemetry
        .server_span(&carrier, seen.span_name(), attributes);
    let mock_data = Arc::new(MockData::default());
    let inner = context.with_value(mock_data.clone());

    let response = next.run(request).with_context(inner).await;

    let end = now();
    let status = response.status();
    let trace_id = context.span().span_context().trace_id().to_string();
    lenses.telemetry.end_server_span(&context, status.as_u16());
    lenses.say(end, &seen.line(status, end, lenses.utc_offset));
    if decision.sampled {
        let found = mock_data
            .found
            .lock()
            .ok()
            .and_then(|mut found| found.take());
        let segment = seen.segment(&lenses.service_name, &trace_id, &response, end, found);
        lenses.send(segment, decision.rule.map(|rule| rule.to_string()));
    }
    response
}

impl Lenses {
    fn say(&self, at: i64, line: &str) {
        if let Some(echo) = &self.echo {
            echo(line);
        }
        self.lines.send(LogEvent {
            timestamp_ms: at / 1_000_000,
            message: line.to_string(),
        });
    }

    fn send(&self, mut segment: Segment, rule: Option<String>) {
        segment.aws.xray.sampling_rule_name = rule;
        self.segments.send(segment.to_json());
    }
}

impl Observer for Lenses {
    fn home_activities(&self, now_iso: &str, run: &mut dyn FnMut() -> usize) {
        self.say(now(), "HomeActivities");
        let start = now();
        let mut length = 0;
        self.telemetry.home_span(now_iso, &mut || {
            length = run();
            length
        });
        let context = Context::current();
        if let Some(mock_data) = context.get::<Arc<MockData>>()
            && let Ok(mut found) = mock_data.found.lock()
        {
            *found = Some((start, now(), now_iso.to_string(), length));
        }
    }
}

/// What there is to know of a request before it is answered.
struct Seen {
    start: i64,
    method: String,
    path: String,
    query: Option<String>,
    route: Option<String>,
    host: String,
    user_agent: Option<String>,
    peer: Option<SocketAddr>,
    version: &'static str,
}

impl Seen {
    fn of(request: &Request) -> Seen {
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
            version: if request.version() == Version::HTTP_10 {
                "1.0"
            } else {
                "1.1"
            },
        }
    }

    fn sampling_request<'a>(&'a self, service_name: &'a str) -> SamplingRequest<'a> {
        SamplingRequest {
            service_name,
            service_type: "",
            host: &self.host,
            http_method: &self.method,
            url_path: &self.path,
        }
    }

    // Never the raw path: every path would be a name of its own.
    fn span_name(&self) -> String {
        match &self.route {
            Some(route) => format!("{} {route}", self.method),
            None => self.method.clone(),
        }
    }

    // Source: OpenTelemetry semantic conventions 1.44, HTTP server spans, stable names.
    fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("http.request.method", self.method.clone()),
            KeyValue::new("url.scheme", "http"),
            KeyValue::new("url.path", self.path.clone()),
            KeyValue::new("network.protocol.version", self.version),
        ];
        let mut put = |name: &'static str, value: &Option<String>| {
            if let Some(value) = value {
                attributes.push(KeyValue::new(name, value.clone()));
            }
        };
        put("http.route", &self.route);
        put("url.query", &self.query);
        put("user_agent.original", &self.user_agent);
        let peer = self.peer.map(|peer| peer.ip().to_string());
        put("network.peer.address", &peer);
        put("client.address", &peer);
        if let Some(peer) = self.peer {
            attributes.push(KeyValue::new("network.peer.port", i64::from(peer.port())));
        }
        let (name, port) = self.host.rsplit_once(':').unwrap_or((&self.host, ""));
        if !name.is_empty() {
            attributes.push(KeyValue::new("server.address", name.to_string()));
        }
        if let Ok(port) = port.parse::<i64>() {
            attributes.push(KeyValue::new("server.port", port));
        }
        attributes
    }

    // As the bootcamp's application writes it: Flask's full_path ends in `?` even without a query,
    // and its status is a line in capitals.
    fn line(&self, status: StatusCode, at: i64, utc_offset: UtcOffset) -> String {
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
            status
                .canonical_reason()
                .unwrap_or("UNKNOWN")
                .to_uppercase(),
        )
    }

    fn segment(
        &self,
        service_name: &str,
        trace_id: &str,
        response: &Response,
        end: i64,
        found: Option<(i64, i64, String, usize)>,
    ) -> Segment {
        let trace_id = xray_from_hex(trace_id).unwrap_or_default();
        let mut segment = Segment::new(service_name, rand::random(), &trace_id, self.start, end);
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
        // The bootcamp's subsegment; where nobody watched the data being made, it is the whole request.
        let (from, until, value) = match found {
            Some((from, until, now_iso, length)) => (
                from,
                until,
                json!({ "now": now_iso, "results-size": length }),
            ),
            None => (self.start, end, json!({ "now": rfc3339(self.start) })),
        };
        let mut subsegment = Subsegment::new("mock-data", rand::random(), from, until);
        let metadata = [("key".to_string(), value)].into_iter().collect();
        subsegment
            .metadata
            .insert("namespace".to_string(), metadata);
        segment.subsegments.push(subsegment);
        segment
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
