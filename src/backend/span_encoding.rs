//! Spans of the OpenTelemetry SDK as OTLP's protobuf.
//!
//! Source: opentelemetry-proto, `trace/v1/trace.proto`, `common/v1/common.proto`, `resource/v1/resource.proto`.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use crate::otlp::protobuf::Writer;

// `SpanFlags`: that it is known whether the parent is in another process, and that it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Writes a `Span`, as one of the spans of a `ScopeSpans`.
pub fn span(writer: &mut Writer, span: &SpanData) {
    writer.message(2, |writer| {
        let context = &span.span_context;
        let parent = span.parent_span_id;
        writer.bytes(1, &context.trace_id().to_bytes());
        writer.bytes(2, &context.span_id().to_bytes());
        writer.bytes(3, context.trace_state().header().as_bytes());
        if parent != SpanId::INVALID {
            writer.bytes(4, &parent.to_bytes());
        }
        writer.bytes(5, span.name.as_bytes());
        writer.number(6, kind(&span.span_kind));
        writer.fixed(7, nanoseconds(span.start_time));
        writer.fixed(8, nanoseconds(span.end_time));
        attributes(writer, 9, &span.attributes);
        writer.number(10, span.dropped_attributes_count.into());
        for event in span.events.iter() {
            writer.message(11, |writer| {
                writer.fixed(1, nanoseconds(event.timestamp));
                writer.bytes(2, event.name.as_bytes());
                attributes(writer, 3, &event.attributes);
                writer.number(4, event.dropped_attributes_count.into());
            });
        }
        writer.number(12, span.events.dropped_count.into());
        for link in span.links.iter() {
            writer.message(13, |writer| {
                let context = &link.span_context;
                writer.bytes(1, &context.trace_id().to_bytes());
                writer.bytes(2, &context.span_id().to_bytes());
                writer.bytes(3, context.trace_state().header().as_bytes());
                attributes(writer, 4, &link.attributes);
                writer.number(5, link.dropped_attributes_count.into());
                let flags = u32::from(context.trace_flags().to_u8());
                writer.fixed32(6, flags | remote(context.is_remote()));
            });
        }
        writer.number(14, span.links.dropped_count.into());
        writer.message(15, |writer| match &span.status {
            Status::Unset => {}
            Status::Ok => writer.number(3, 1),
            Status::Error { description } => {
                writer.bytes(2, description.as_bytes());
                writer.number(3, 2);
            }
        });
        let flags = u32::from(context.trace_flags().to_u8());
        writer.fixed32(16, flags | remote(span.parent_span_is_remote));
    });
}

/// Returns an `ExportTraceServiceRequest` of the encoded spans of each scope.
pub fn request(resource: &ResourceBytes, scopes: &[(InstrumentationScope, Vec<u8>)]) -> Vec<u8> {
    let n_bytes: usize = scopes.iter().map(|(_, spans)| spans.len()).sum();
    let mut writer = Writer {
        bytes: Vec::with_capacity(n_bytes + resource.before.len() + 1024),
    };
    writer.message(1, |writer| {
        writer.bytes.extend_from_slice(&resource.before);
        for (scope, spans) in scopes.iter().filter(|(_, spans)| !spans.is_empty()) {
            writer.message(2, |writer| {
                writer.message(1, |writer| {
                    writer.bytes(1, scope.name().as_bytes());
                    writer.bytes(2, scope.version().unwrap_or_default().as_bytes());
                    for pair in scope.attributes() {
                        attribute(writer, 3, pair.key.as_str(), &pair.value);
                    }
                });
                writer.bytes.extend_from_slice(spans);
                writer.bytes(3, scope.schema_url().unwrap_or_default().as_bytes());
            });
        }
        writer.bytes.extend_from_slice(&resource.behind);
    });
    writer.bytes
}

/// What of a `ResourceSpans` is about the resource.
#[derive(Debug, Clone, Default)]
pub struct ResourceBytes {
    /// What stands before its spans.
    before: Vec<u8>,
    /// What stands behind them.
    behind: Vec<u8>,
}

impl ResourceBytes {
    /// Encodes a resource.
    pub fn of(resource: &Resource) -> ResourceBytes {
        let (mut before, mut behind) = (Writer::default(), Writer::default());
        before.message(1, |writer| {
            for (key, value) in resource.iter() {
                attribute(writer, 1, key.as_str(), value);
            }
        });
        behind.bytes(3, resource.schema_url().unwrap_or_default().as_bytes());
        ResourceBytes {
            before: before.bytes,
            behind: behind.bytes,
        }
    }
}

fn attributes(writer: &mut Writer, field: u64, pairs: &[KeyValue]) {
    for pair in pairs {
        attribute(writer, field, pair.key.as_str(), &pair.value);
    }
}

fn attribute(writer: &mut Writer, field: u64, key: &str, value: &Value) {
    writer.message(field, |writer| {
        writer.bytes(1, key.as_bytes());
        writer.message(2, |writer| any_value(writer, value));
    });
}

// A member of a oneof is written even if it is empty or zero: which one it is says something.
fn any_value(writer: &mut Writer, value: &Value) {
    match value {
        Value::Bool(it) => bool(writer, *it),
        Value::I64(it) => int(writer, *it),
        Value::F64(it) => double(writer, *it),
        Value::String(it) => writer.all_bytes(1, it.as_str().as_bytes()),
        Value::Array(array) => writer.message(5, |writer| match array {
            Array::Bool(all) => all
                .iter()
                .for_each(|it| writer.message(1, |to| bool(to, *it))),
            Array::I64(all) => all
                .iter()
                .for_each(|it| writer.message(1, |to| int(to, *it))),
            Array::F64(all) => all
                .iter()
                .for_each(|it| writer.message(1, |to| double(to, *it))),
            Array::String(all) => all
                .iter()
                .for_each(|it| writer.message(1, |to| to.all_bytes(1, it.as_str().as_bytes()))),
            other => writer.message(1, |to| to.all_bytes(1, other.to_string().as_bytes())),
        }),
        // The types are open to more; as text nothing is lost.
        other => writer.all_bytes(1, other.to_string().as_bytes()),
    }
}

fn bool(writer: &mut Writer, it: bool) {
    writer.varint(2 << 3);
    writer.varint(it.into());
}

fn int(writer: &mut Writer, it: i64) {
    writer.varint(3 << 3);
    writer.varint(it as u64);
}

fn double(writer: &mut Writer, it: f64) {
    writer.varint(4 << 3 | 1);
    writer.bytes.extend_from_slice(&it.to_le_bytes());
}

fn kind(kind: &SpanKind) -> i64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn remote(is_remote: bool) -> u32 {
    HAS_IS_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
