//! OpenTelemetry's wire, from bytes to rows.
//!
//! `protobuf` and `json` read the two encodings into the same borrowed `message`, `decode` makes
//! Honeycomb's rows of it, `receiver` is the HTTP door. Knows nothing of queries.

mod attributes;
mod base64;
pub(crate) mod decode;
pub(crate) mod json;
pub(crate) mod message;
pub(crate) mod protobuf;
pub mod receiver;
mod sample_rate;
#[cfg(test)]
mod wire_tests;
