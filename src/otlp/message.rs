//! A trace request, borrowing its texts from the request's bytes where it can.
//!
//! Names are those of opentelemetry-proto's `trace/v1/trace.proto` and `common/v1/common.proto`; the
//! `Deserialize` side follows OTLP/JSON: camelCase names, hexadecimal ids, 64-bit numbers as text.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{bytes_in_base64, enumeration, id_in_hex, number};

/// `ExportTraceServiceRequest`
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TraceRequest<'a> {
    #[serde(borrow)]
    pub resource_spans: Vec<ResourceSpans<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceSpans<'a> {
    #[serde(borrow)]
    pub resource: Resource<'a>,
    #[serde(borrow)]
    pub scope_spans: Vec<ScopeSpans<'a>>,
    #[serde(borrow)]
    pub schema_url: Cow<'a, str>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource<'a> {
    #[serde(borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScopeSpans<'a> {
    #[serde(borrow)]
    pub scope: Scope<'a>,
    #[serde(borrow)]
    pub spans: Vec<Span<'a>>,
    #[serde(borrow)]
    pub schema_url: Cow<'a, str>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scope<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    #[serde(borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Span<'a> {
    #[serde(deserialize_with = "id_in_hex", borrow)]
    pub trace_id: Cow<'a, [u8]>,
    #[serde(deserialize_with = "id_in_hex", borrow)]
    pub span_id: Cow<'a, [u8]>,
    #[serde(deserialize_with = "id_in_hex", borrow)]
    pub parent_span_id: Cow<'a, [u8]>,
    #[serde(borrow)]
    pub trace_state: Cow<'a, str>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(deserialize_with = "enumeration")]
    pub kind: i64,
    #[serde(deserialize_with = "number")]
    pub start_time_unix_nano: u64,
    #[serde(deserialize_with = "number")]
    pub end_time_unix_nano: u64,
    #[serde(borrow)]
    pub attributes: Vec<KeyValue<'a>>,
    #[serde(borrow)]
    pub events: Vec<SpanEvent<'a>>,
    #[serde(borrow)]
    pub links: Vec<Link<'a>>,
    #[serde(borrow)]
    pub status: Status<'a>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpanEvent<'a> {
    #[serde(deserialize_with = "number")]
    pub time_unix_nano: u64,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Link<'a> {
    #[serde(deserialize_with = "id_in_hex", borrow)]
    pub trace_id: Cow<'a, [u8]>,
    #[serde(deserialize_with = "id_in_hex", borrow)]
    pub span_id: Cow<'a, [u8]>,
    #[serde(borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status<'a> {
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    #[serde(deserialize_with = "enumeration")]
    pub code: i64,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyValue<'a> {
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    #[serde(borrow)]
    pub value: AnyValue<'a>,
}

/// An attribute's value: at most one of the fields is set.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AnyValue<'a> {
    #[serde(borrow)]
    pub string_value: Option<Cow<'a, str>>,
    pub bool_value: Option<bool>,
    #[serde(deserialize_with = "super::json::optional_number")]
    pub int_value: Option<i64>,
    #[serde(deserialize_with = "super::json::optional_double")]
    pub double_value: Option<f64>,
    #[serde(borrow)]
    pub array_value: Option<Box<ArrayValue<'a>>>,
    #[serde(borrow)]
    pub kvlist_value: Option<Box<KeyValueList<'a>>>,
    #[serde(deserialize_with = "bytes_in_base64", borrow)]
    pub bytes_value: Option<Cow<'a, [u8]>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ArrayValue<'a> {
    #[serde(borrow)]
    pub values: Vec<AnyValue<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct KeyValueList<'a> {
    #[serde(borrow)]
    pub values: Vec<KeyValue<'a>>,
}
