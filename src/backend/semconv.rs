//! The names of HTTP attributes: the stable ones, those of 2023, or both.

use axum::http::Method;
use opentelemetry::{KeyValue, StringValue};

use super::seen::Seen;

/// Which names are written. Source: OpenTelemetry, `OTEL_SEMCONV_STABILITY_OPT_IN`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Semconv {
    /// `http.request.method`.
    #[default]
    Stable,
    /// `http.method`, as Flask's instrumentation wrote it in 2023.
    Legacy,
    /// Both.
    Dup,
}

impl Semconv {
    fn is_stable(self) -> bool {
        self != Semconv::Legacy
    }

    fn is_legacy(self) -> bool {
        self != Semconv::Stable
    }

    /// Returns what a request's span says before the answer is known.
    ///
    /// Source: OpenTelemetry semantic conventions 1.44, HTTP server spans, and their migration guide.
    pub fn of_request(self, seen: &Seen) -> Vec<KeyValue> {
        let mut pairs = Vec::with_capacity(16);
        let mut put = |name: &'static str, value: StringValue| {
            pairs.push(KeyValue::new(name, value));
        };
        if let Some(route) = seen.route {
            put("http.route", route.into());
        }
        let (name, port) = seen.host.rsplit_once(':').unwrap_or((&seen.host, ""));
        if self.is_stable() {
            put("http.request.method", word(&seen.method));
            put("url.scheme", "http".into());
            put("url.path", seen.path().to_string().into());
            if let Some(query) = seen.uri.query() {
                put("url.query", query.to_string().into());
            }
            put("network.protocol.version", seen.version.into());
            if let Some(agent) = &seen.user_agent {
                put("user_agent.original", agent.clone().into());
            }
            if let Some(peer) = &seen.peer_ip {
                put("network.peer.address", peer.clone().into());
                put("client.address", peer.clone().into());
            }
            if !name.is_empty() {
                put("server.address", name.to_string().into());
            }
        }
        if self.is_legacy() {
            put("http.method", word(&seen.method));
            put("http.scheme", "http".into());
            let target = match seen.uri.query() {
                Some(query) => format!("{}?{query}", seen.path()),
                None => seen.path().to_string(),
            };
            put("http.target", target.into());
            put("http.host", seen.host.clone().into());
            if !name.is_empty() {
                put("http.server_name", name.to_string().into());
                put("net.host.name", name.to_string().into());
            }
            put("http.flavor", seen.version.into());
            if let Some(agent) = &seen.user_agent {
                put("http.user_agent", agent.clone().into());
            }
            if let Some(peer) = &seen.peer_ip {
                put("net.peer.ip", peer.clone().into());
            }
        }
        let mut number = |stable: &'static str, legacy: &'static str, value: Option<i64>| {
            let Some(value) = value else { return };
            if self.is_stable() {
                pairs.push(KeyValue::new(stable, value));
            }
            if self.is_legacy() {
                pairs.push(KeyValue::new(legacy, value));
            }
        };
        let peer_port = seen.peer.map(|peer| i64::from(peer.port()));
        number("network.peer.port", "net.peer.port", peer_port);
        number("server.port", "net.host.port", port.parse().ok());
        pairs
    }

    /// Returns what a span says of the answer.
    pub fn of_status(self, status: u16) -> impl Iterator<Item = KeyValue> {
        let pair = |name: &'static str| KeyValue::new(name, i64::from(status));
        let stable = self.is_stable().then(|| pair("http.response.status_code"));
        let legacy = self.is_legacy().then(|| pair("http.status_code"));
        stable.into_iter().chain(legacy)
    }

    /// Returns what the span of an outgoing GET says.
    pub fn of_call(self, address: &str, host: (&str, Option<u16>)) -> Vec<KeyValue> {
        let (host, port) = (host.0.to_string(), host.1.map(i64::from));
        let address = address.to_string();
        let mut pairs = Vec::with_capacity(8);
        if self.is_stable() {
            pairs.push(KeyValue::new("http.request.method", "GET"));
            pairs.push(KeyValue::new("url.full", address.clone()));
            pairs.push(KeyValue::new("server.address", host.clone()));
            pairs.extend(port.map(|port| KeyValue::new("server.port", port)));
        }
        if self.is_legacy() {
            pairs.push(KeyValue::new("http.method", "GET"));
            pairs.push(KeyValue::new("http.url", address));
            pairs.push(KeyValue::new("net.peer.name", host));
            pairs.extend(port.map(|port| KeyValue::new("net.peer.port", port)));
        }
        pairs
    }
}

// Those that every client sends need no memory of their own.
fn word(method: &Method) -> StringValue {
    match method.as_str() {
        "GET" => "GET".into(),
        "HEAD" => "HEAD".into(),
        "POST" => "POST".into(),
        "OPTIONS" => "OPTIONS".into(),
        other => other.to_string().into(),
    }
}
