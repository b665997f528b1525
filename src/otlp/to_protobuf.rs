//! Writes a request that came as JSON in protobuf, in which rows are made of it.
//!
//! JSON is rare, and protobuf the smaller of the two, so the way round it costs little; and there is one
//! place that knows what becomes of a span.

use super::message::{
    AnyValue, KeyValue, LogRecord, LogsRequest, Resource, Scope, Span, TraceRequest,
};
use super::protobuf::Writer;

/// Returns an `ExportTraceServiceRequest`.
pub fn trace_request(request: &TraceRequest<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    for from in &request.resource_spans {
        writer.message(1, |group| {
            group.resource(&from.resource);
            for from in &from.scope_spans {
                group.message(2, |group| {
                    group.scope(&from.scope);
                    for span in &from.spans {
                        group.message(2, |writer| writer.span(span));
                    }
                    group.bytes(3, from.schema_url.as_bytes());
                });
            }
            group.bytes(3, from.schema_url.as_bytes());
        });
    }
    writer.bytes
}

/// Returns an `ExportLogsServiceRequest`.
pub fn logs_request(request: &LogsRequest<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    for from in &request.resource_logs {
        writer.message(1, |group| {
            group.resource(&from.resource);
            for from in &from.scope_logs {
                group.message(2, |group| {
                    group.scope(&from.scope);
                    for record in &from.log_records {
                        group.message(2, |writer| writer.record(record));
                    }
                    group.bytes(3, from.schema_url.as_bytes());
                });
            }
            group.bytes(3, from.schema_url.as_bytes());
        });
    }
    writer.bytes
}

impl Writer {
    fn resource(&mut self, resource: &Resource<'_>) {
        if !resource.attributes.is_empty() {
            self.message(1, |inner| inner.attributes(1, &resource.attributes));
        }
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        if *scope != Scope::default() {
            self.message(1, |inner| {
                inner.bytes(1, scope.name.as_bytes());
                inner.bytes(2, scope.version.as_bytes());
                inner.attributes(3, &scope.attributes);
            });
        }
    }

    fn span(&mut self, span: &Span<'_>) {
        self.bytes(1, &span.trace_id);
        self.bytes(2, &span.span_id);
        self.bytes(3, span.trace_state.as_bytes());
        self.bytes(4, &span.parent_span_id);
        self.bytes(5, span.name.as_bytes());
        self.number(6, span.kind);
        self.fixed(7, span.start_time_unix_nano);
        self.fixed(8, span.end_time_unix_nano);
        self.attributes(9, &span.attributes);
        for event in &span.events {
            self.message(11, |inner| {
                inner.fixed(1, event.time_unix_nano);
                inner.bytes(2, event.name.as_bytes());
                inner.attributes(3, &event.attributes);
            });
        }
        for link in &span.links {
            self.message(13, |inner| {
                inner.bytes(1, &link.trace_id);
                inner.bytes(2, &link.span_id);
                inner.attributes(4, &link.attributes);
            });
        }
        if !span.status.message.is_empty() || span.status.code != 0 {
            self.message(15, |inner| {
                inner.bytes(2, span.status.message.as_bytes());
                inner.number(3, span.status.code);
            });
        }
    }

    fn record(&mut self, record: &LogRecord<'_>) {
        self.fixed(1, record.time_unix_nano);
        self.number(2, record.severity_number);
        self.bytes(3, record.severity_text.as_bytes());
        if record.body != AnyValue::default() {
            self.message(5, |inner| inner.value(&record.body));
        }
        self.attributes(6, &record.attributes);
        self.fixed32(8, u32::try_from(record.flags).unwrap_or(u32::MAX));
        self.bytes(9, &record.trace_id);
        self.bytes(10, &record.span_id);
        self.fixed(11, record.observed_time_unix_nano);
        self.bytes(12, record.event_name.as_bytes());
    }

    /// Writes attributes, each a message.
    pub fn attributes(&mut self, field: u64, attributes: &[KeyValue<'_>]) {
        for attribute in attributes {
            self.message(field, |inner| {
                inner.bytes(1, attribute.key.as_bytes());
                if attribute.value != AnyValue::default() {
                    inner.message(2, |inner| inner.value(&attribute.value));
                }
            });
        }
    }

    // A member of a oneof is written even if it is empty or zero: which one it is says something.
    fn value(&mut self, value: &AnyValue<'_>) {
        if let Some(list) = &value.kvlist_value {
            self.message(6, |inner| inner.attributes(1, &list.values));
        } else if let Some(text) = &value.string_value {
            self.all_bytes(1, text.as_bytes());
        } else if let Some(bool) = value.bool_value {
            self.varint(2 << 3);
            self.varint(bool.into());
        } else if let Some(int) = value.int_value {
            self.varint(3 << 3);
            self.varint(int as u64);
        } else if let Some(double) = value.double_value {
            self.varint(4 << 3 | 1);
            self.bytes.extend_from_slice(&double.to_le_bytes());
        } else if let Some(array) = &value.array_value {
            self.message(5, |inner| {
                for element in &array.values {
                    inner.message(1, |inner| inner.value(element));
                }
            });
        } else if let Some(bytes) = &value.bytes_value {
            self.all_bytes(7, bytes);
        }
    }
}
