//! The names of HTTP attributes: the stable ones, those of 2023, or both.

use opentelemetry::KeyValue;

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
        let mut put = |name: &'static str, value: &Option<String>| {
            if let Some(value) = value {
                pairs.push(KeyValue::new(name, value.clone()));
            }
        };
        put("http.route", &seen.route);
        let peer = seen.peer.map(|peer| peer.ip().to_string());
        let (name, port) = seen.host.rsplit_once(':').unwrap_or((&seen.host, ""));
        let name = Some(name.to_string()).filter(|name| !name.is_empty());
        let method = Some(seen.method.clone());
        let http = Some("http".to_string());
        let version = Some(seen.version.to_string());
        if self.is_stable() {
            put("http.request.method", &method);
            put("url.scheme", &http);
            put("url.path", &Some(seen.path.clone()));
            put("url.query", &seen.query);
            put("network.protocol.version", &version);
            put("user_agent.original", &seen.user_agent);
            put("network.peer.address", &peer);
            put("client.address", &peer);
            put("server.address", &name);
        }
        if self.is_legacy() {
            put("http.method", &method);
            put("http.scheme", &http);
            let target = match &seen.query {
                Some(query) => format!("{}?{query}", seen.path),
                None => seen.path.clone(),
            };
            put("http.target", &Some(target));
            put("http.host", &Some(seen.host.clone()));
            put("http.server_name", &name);
            put("net.host.name", &name);
            put("http.flavor", &version);
            put("http.user_agent", &seen.user_agent);
            put("net.peer.ip", &peer);
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
    pub fn of_status(self, status: u16) -> Vec<KeyValue> {
        let status = i64::from(status);
        let mut pairs = Vec::with_capacity(2);
        if self.is_stable() {
            pairs.push(KeyValue::new("http.response.status_code", status));
        }
        if self.is_legacy() {
            pairs.push(KeyValue::new("http.status_code", status));
        }
        pairs
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
