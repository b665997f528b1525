//! A request as JSON has it, borrowing its texts from the request's bytes where it can.
//!
//! Names are those of opentelemetry-proto's `trace/v1/trace.proto`, `logs/v1/logs.proto` and
//! `common/v1/common.proto`; the `Deserialize` side follows OTLP/JSON: camelCase names, hexadecimal ids,
//! 64-bit numbers as text.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{
    bytes_in_base64, enumeration, id_in_hex, number, optional_text, or_default, text,
};

/// The most messages in one request, counting every span, attribute and value.
///
/// An empty span is two bytes on the wire and some three hundred in memory, and thousands of them
/// compress to almost nothing; so their number is bounded, not only their bytes.
pub const MOST_MESSAGES: usize = 1_000_000;

/// The most memory that the rows of one request may take, in bytes.
///
/// Rows by column take a place for each column that any of them has, so a small request can make very large
/// rows.
pub const MOST_ROW_BYTES: usize = 128 << 20;

/// Why a request is not taken as rows.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// They are not protobuf, or of another message.
    #[error("the bytes are not a protobuf request of this kind")]
    Protobuf,
    /// They are not JSON, or of another kind.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// There is too much in them.
    #[error("the request has more than {MOST_MESSAGES} spans, attributes and values")]
    TooMany,
    /// Too much would become of it.
    #[error("the rows of this request would take more than {} MiB", MOST_ROW_BYTES >> 20)]
    TooLarge,
}

/// `ExportTraceServiceRequest`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TraceRequest<'a> {
    #[serde(alias = "resource_spans", deserialize_with = "or_default", borrow)]
    pub resource_spans: Vec<ResourceSpans<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceSpans<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub resource: Resource<'a>,
    #[serde(alias = "scope_spans", deserialize_with = "or_default", borrow)]
    pub scope_spans: Vec<ScopeSpans<'a>>,
    #[serde(alias = "schema_url", deserialize_with = "text", borrow)]
    pub schema_url: Cow<'a, str>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScopeSpans<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub scope: Scope<'a>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub spans: Vec<Span<'a>>,
    #[serde(alias = "schema_url", deserialize_with = "text", borrow)]
    pub schema_url: Cow<'a, str>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scope<'a> {
    #[serde(deserialize_with = "text", borrow)]
    pub name: Cow<'a, str>,
    #[serde(deserialize_with = "text", borrow)]
    pub version: Cow<'a, str>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Span<'a> {
    #[serde(alias = "trace_id", deserialize_with = "id_in_hex", borrow)]
    pub trace_id: Cow<'a, [u8]>,
    #[serde(alias = "span_id", deserialize_with = "id_in_hex", borrow)]
    pub span_id: Cow<'a, [u8]>,
    #[serde(alias = "parent_span_id", deserialize_with = "id_in_hex", borrow)]
    pub parent_span_id: Cow<'a, [u8]>,
    #[serde(alias = "trace_state", deserialize_with = "text", borrow)]
    pub trace_state: Cow<'a, str>,
    #[serde(deserialize_with = "text", borrow)]
    pub name: Cow<'a, str>,
    #[serde(deserialize_with = "enumeration")]
    pub kind: i64,
    #[serde(alias = "start_time_unix_nano", deserialize_with = "number")]
    pub start_time_unix_nano: u64,
    #[serde(alias = "end_time_unix_nano", deserialize_with = "number")]
    pub end_time_unix_nano: u64,
    #[serde(deserialize_with = "or_default", borrow)]
    pub attributes: Vec<KeyValue<'a>>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub events: Vec<SpanEvent<'a>>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub links: Vec<Link<'a>>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub status: Status<'a>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpanEvent<'a> {
    #[serde(alias = "time_unix_nano", deserialize_with = "number")]
    pub time_unix_nano: u64,
    #[serde(deserialize_with = "text", borrow)]
    pub name: Cow<'a, str>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Link<'a> {
    #[serde(alias = "trace_id", deserialize_with = "id_in_hex", borrow)]
    pub trace_id: Cow<'a, [u8]>,
    #[serde(alias = "span_id", deserialize_with = "id_in_hex", borrow)]
    pub span_id: Cow<'a, [u8]>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status<'a> {
    #[serde(deserialize_with = "text", borrow)]
    pub message: Cow<'a, str>,
    #[serde(deserialize_with = "enumeration")]
    pub code: i64,
}

/// `ExportLogsServiceRequest`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogsRequest<'a> {
    #[serde(alias = "resource_logs", deserialize_with = "or_default", borrow)]
    pub resource_logs: Vec<ResourceLogs<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceLogs<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub resource: Resource<'a>,
    #[serde(alias = "scope_logs", deserialize_with = "or_default", borrow)]
    pub scope_logs: Vec<ScopeLogs<'a>>,
    #[serde(alias = "schema_url", deserialize_with = "text", borrow)]
    pub schema_url: Cow<'a, str>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScopeLogs<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub scope: Scope<'a>,
    #[serde(alias = "log_records", deserialize_with = "or_default", borrow)]
    pub log_records: Vec<LogRecord<'a>>,
    #[serde(alias = "schema_url", deserialize_with = "text", borrow)]
    pub schema_url: Cow<'a, str>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogRecord<'a> {
    #[serde(alias = "time_unix_nano", deserialize_with = "number")]
    pub time_unix_nano: u64,
    #[serde(alias = "observed_time_unix_nano", deserialize_with = "number")]
    pub observed_time_unix_nano: u64,
    #[serde(alias = "severity_number", deserialize_with = "enumeration")]
    pub severity_number: i64,
    #[serde(alias = "severity_text", deserialize_with = "text", borrow)]
    pub severity_text: Cow<'a, str>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub body: AnyValue<'a>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub attributes: Vec<KeyValue<'a>>,
    #[serde(deserialize_with = "number")]
    pub flags: u64,
    #[serde(alias = "trace_id", deserialize_with = "id_in_hex", borrow)]
    pub trace_id: Cow<'a, [u8]>,
    #[serde(alias = "span_id", deserialize_with = "id_in_hex", borrow)]
    pub span_id: Cow<'a, [u8]>,
    #[serde(alias = "event_name", deserialize_with = "text", borrow)]
    pub event_name: Cow<'a, str>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyValue<'a> {
    #[serde(deserialize_with = "text", borrow)]
    pub key: Cow<'a, str>,
    #[serde(deserialize_with = "or_default", borrow)]
    pub value: AnyValue<'a>,
}

/// An attribute's value: at most one of the fields is set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AnyValue<'a> {
    #[serde(alias = "string_value", deserialize_with = "optional_text", borrow)]
    pub string_value: Option<Cow<'a, str>>,
    #[serde(alias = "bool_value")]
    pub bool_value: Option<bool>,
    #[serde(alias = "int_value", deserialize_with = "super::json::optional_number")]
    pub int_value: Option<i64>,
    #[serde(
        alias = "double_value",
        deserialize_with = "super::json::optional_double"
    )]
    pub double_value: Option<f64>,
    #[serde(alias = "array_value", borrow)]
    pub array_value: Option<Box<ArrayValue<'a>>>,
    #[serde(alias = "kvlist_value", borrow)]
    pub kvlist_value: Option<Box<KeyValueList<'a>>>,
    #[serde(alias = "bytes_value", deserialize_with = "bytes_in_base64", borrow)]
    pub bytes_value: Option<Cow<'a, [u8]>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ArrayValue<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub values: Vec<AnyValue<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct KeyValueList<'a> {
    #[serde(deserialize_with = "or_default", borrow)]
    pub values: Vec<KeyValue<'a>>,
}
