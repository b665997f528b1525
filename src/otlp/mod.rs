//! OpenTelemetry's wire, from bytes to rows.
//!
//! `decode` is the way from a request to events by column. Protobuf is read where it lies: `fields` and
//! `any_value` know its bytes, `attributes`, `span_rows` and `log_rows` what Honeycomb makes of them, and
//! `log_lines` what CloudWatch does; of metrics, `metric_points` only counts the points. JSON
//! is read into `message` by `json` and goes on as protobuf. `receiver` is the HTTP door, `receiver_grpc`
//! the other, `receiver_intake` what they share. Knows nothing of queries.

mod any_value;
mod attributes;
mod base64;
pub mod decode;
mod fields;
mod json;
mod json_text;
mod log_lines;
mod log_rows;
mod message;
mod metric_points;
pub mod plain_spans;
pub mod protobuf;
pub mod receiver;
pub mod receiver_grpc;
pub mod receiver_intake;
mod rows;
mod sample_rate;
mod span_rows;
mod to_protobuf;

pub use base64::{from_base64, to_base64};

#[cfg(test)]
mod decode_tests;
#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod plain_attributes;
#[cfg(test)]
mod plain_rows;
#[cfg(test)]
mod test_rows;
#[cfg(test)]
mod wire_tests;
