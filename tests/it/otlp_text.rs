//! Traces and logs as an exporter would send them, in protobuf and in JSON, written from the specification.
//!
//! Source: opentelemetry-proto 1.10, `trace.proto`, `logs.proto`, `common.proto`, `resource.proto`.

use serde_json::{Value as Json, json};

/// Names and plain values.
pub type Attributes = Vec<(String, Json)>;

/// A span before it is encoded. Ids are hexadecimal, times nanoseconds since the epoch.
#[derive(Debug, Clone, Default)]
pub struct Span {
    pub trace_id: String,
    pub span_id: String,
    pub parent_id: String,
    pub name: String,
    pub kind: u64,
    pub start: u64,
    pub end: u64,
    pub attributes: Attributes,
    /// Name, time and attributes.
    pub events: Vec<(String, u64, Attributes)>,
    /// Trace id, span id and attributes.
    pub links: Vec<(String, String, Attributes)>,
    /// Code and message.
    pub status: (u64, String),
}

/// What one service sends at once.
#[derive(Debug, Clone, Default)]
pub struct Export {
    pub resource: Attributes,
    pub scope: String,
    pub spans: Vec<Span>,
}

/// A log record before it is encoded; ids and time as for spans.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub time: u64,
    pub severity: (u64, String),
    pub body: String,
    pub attributes: Attributes,
    pub trace_id: String,
    pub span_id: String,
}

/// The log records that one service sends at once.
#[derive(Debug, Clone, Default)]
pub struct LogExport {
    pub resource: Attributes,
    pub records: Vec<Record>,
}

impl LogExport {
    /// What `service` sends; no service name at all if it is empty.
    pub fn of(service: &str, records: Vec<Record>) -> LogExport {
        LogExport {
            resource: Export::of(service, Vec::new()).resource,
            records,
        }
    }

    pub fn protobuf(&self) -> Vec<u8> {
        let mut resource = Message::default();
        resource.attributes(1, &self.resource);
        let mut scope_logs = Message::default();
        for record in &self.records {
            let mut message = Message::default();
            message.fixed64(1, record.time);
            message.varint(2, record.severity.0);
            message.text(3, &record.severity.1);
            let mut body = Message::default();
            body.text(1, &record.body);
            message.message(5, &body);
            message.attributes(6, &record.attributes);
            message.bytes(9, &unhex(&record.trace_id));
            message.bytes(10, &unhex(&record.span_id));
            message.fixed64(11, record.time + 1);
            scope_logs.message(2, &message);
        }
        let mut resource_logs = Message::default();
        resource_logs.message(1, &resource);
        resource_logs.message(2, &scope_logs);
        let mut request = Message::default();
        request.message(1, &resource_logs);
        request.0
    }

    pub fn json(&self) -> Json {
        let records = self.records.iter().map(|record| {
            json!({
                "timeUnixNano": record.time.to_string(),
                "observedTimeUnixNano": (record.time + 1).to_string(),
                "severityNumber": record.severity.0,
                "severityText": record.severity.1,
                "body": { "stringValue": record.body },
                "attributes": attributes_json(&record.attributes),
                "traceId": record.trace_id,
                "spanId": record.span_id,
            })
        });
        json!({ "resourceLogs": [{
            "resource": { "attributes": attributes_json(&self.resource) },
            "scopeLogs": [{ "logRecords": records.collect::<Vec<Json>>() }],
        }] })
    }
}

impl Span {
    /// A span of one second with nothing but a name.
    pub fn named(name: &str, start: u64) -> Span {
        Span {
            trace_id: "0102030405060708090a0b0c0d0e0f10".into(),
            span_id: "a1a2a3a4a5a6a7a8".into(),
            name: name.into(),
            kind: 2,
            start,
            end: start + 1_000_000_000,
            ..Span::default()
        }
    }

    /// Adds an attribute.
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Span {
        self.attributes.push((name.into(), value.into()));
        self
    }
}

impl Export {
    /// What `service` sends; no service name at all if it is empty.
    pub fn of(service: &str, spans: Vec<Span>) -> Export {
        let name = (!service.is_empty()).then(|| ("service.name".to_string(), service.into()));
        Export {
            resource: name.into_iter().collect(),
            scope: "it".into(),
            spans,
        }
    }

    pub fn protobuf(&self) -> Vec<u8> {
        let mut resource = Message::default();
        resource.attributes(1, &self.resource);
        let mut scope = Message::default();
        scope.text(1, &self.scope);
        let mut scope_spans = Message::default();
        scope_spans.message(1, &scope);
        for span in &self.spans {
            scope_spans.message(2, &span_message(span));
        }
        let mut resource_spans = Message::default();
        resource_spans.message(1, &resource);
        resource_spans.message(2, &scope_spans);
        let mut request = Message::default();
        request.message(1, &resource_spans);
        request.0
    }

    pub fn json(&self) -> Json {
        let spans: Vec<Json> = self.spans.iter().map(span_json).collect();
        json!({ "resourceSpans": [{
            "resource": { "attributes": attributes_json(&self.resource) },
            "scopeSpans": [{ "scope": { "name": self.scope }, "spans": spans }],
        }] })
    }
}

fn span_message(span: &Span) -> Message {
    let mut message = Message::default();
    message.bytes(1, &unhex(&span.trace_id));
    message.bytes(2, &unhex(&span.span_id));
    message.bytes(4, &unhex(&span.parent_id));
    message.text(5, &span.name);
    message.varint(6, span.kind);
    message.fixed64(7, span.start);
    message.fixed64(8, span.end);
    message.attributes(9, &span.attributes);
    for (name, time, attributes) in &span.events {
        let mut event = Message::default();
        event.fixed64(1, *time);
        event.text(2, name);
        event.attributes(3, attributes);
        message.message(11, &event);
    }
    for (trace_id, span_id, attributes) in &span.links {
        let mut link = Message::default();
        link.bytes(1, &unhex(trace_id));
        link.bytes(2, &unhex(span_id));
        link.attributes(4, attributes);
        message.message(13, &link);
    }
    let mut status = Message::default();
    status.text(2, &span.status.1);
    status.varint(3, span.status.0);
    message.message(15, &status);
    message
}

// 64-bit numbers are strings and ids hexadecimal, as OTLP's JSON has them.
fn span_json(span: &Span) -> Json {
    let events: Vec<Json> = span
        .events
        .iter()
        .map(|(name, time, attributes)| {
            let attributes = attributes_json(attributes);
            json!({ "name": name, "timeUnixNano": time.to_string(), "attributes": attributes })
        })
        .collect();
    let links: Vec<Json> = span
        .links
        .iter()
        .map(|(trace_id, span_id, attributes)| {
            json!({ "traceId": trace_id, "spanId": span_id, "attributes": attributes_json(attributes) })
        })
        .collect();
    json!({
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start.to_string(),
        "endTimeUnixNano": span.end.to_string(),
        "attributes": attributes_json(&span.attributes),
        "events": events,
        "links": links,
        "status": { "code": span.status.0, "message": span.status.1 },
    })
}

fn attributes_json(attributes: &[(String, Json)]) -> Json {
    let pairs = attributes.iter().map(|(key, value)| {
        let value = match value {
            Json::Bool(bool) => json!({ "boolValue": bool }),
            Json::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
            Json::Number(number) => json!({ "intValue": number.to_string() }),
            other => json!({ "stringValue": other.as_str().unwrap() }),
        };
        json!({ "key": key, "value": value })
    });
    pairs.collect()
}

/// A protobuf message under way.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn varint(&mut self, field: u64, number: u64) {
        self.number(field << 3);
        self.number(number);
    }

    fn fixed64(&mut self, field: u64, number: u64) {
        self.number(field << 3 | 1);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    // Proto3 leaves empty fields out.
    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.number(field << 3 | 2);
            self.number(bytes.len() as u64);
            self.0.extend_from_slice(bytes);
        }
    }

    fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn message(&mut self, field: u64, message: &Message) {
        self.bytes(field, &message.0);
    }

    fn attributes(&mut self, field: u64, attributes: &[(String, Json)]) {
        for (key, value) in attributes {
            let mut any = Message::default();
            match value {
                Json::Bool(bool) => any.varint(2, u64::from(*bool)),
                Json::Number(number) if number.is_f64() => {
                    any.fixed64(4, number.as_f64().unwrap().to_bits());
                }
                Json::Number(number) => any.varint(3, number.as_i64().unwrap() as u64),
                other => any.text(1, other.as_str().unwrap()),
            }
            let mut pair = Message::default();
            pair.text(1, key);
            pair.message(2, &any);
            self.message(field, &pair);
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|idx| u8::from_str_radix(&text[idx * 2..idx * 2 + 2], 16).unwrap())
        .collect()
}
