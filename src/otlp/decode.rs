//! From the bytes of a request to events by column, in either encoding.

use super::json;
pub use super::message::ReadError;
use super::message::{LogsRequest, TraceRequest};
pub use super::metric_points::metric_points;
pub use super::rows::{Decoded, MOST_FIELDS};
use super::{log_lines, log_rows, span_rows, to_protobuf};
use crate::model::log::LogEvent;

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

/// Reads an `ExportTraceServiceRequest`: its spans, their events and their links.
///
/// Events and links of a span come before it.
///
/// # Errors
/// See [`ReadError`]; then nothing is kept.
pub fn spans(request: &[u8], encoding: Encoding) -> Result<Decoded, ReadError> {
    match encoding {
        Encoding::Protobuf => span_rows::span_parts(request),
        Encoding::Json => {
            let request: TraceRequest<'_> = json::request(request)?;
            span_rows::span_parts(&to_protobuf::trace_request(&request))
        }
    }
}

/// Where log records go that name no service, and when they were if they do not say so.
#[derive(Debug, Clone, Copy)]
pub struct LogDefaults<'d> {
    /// The dataset, if the sender named one.
    pub dataset: Option<&'d str>,
    /// Nanoseconds since the epoch.
    pub now: i64,
}

/// Reads an `ExportLogsServiceRequest`.
///
/// # Errors
/// See [`ReadError`]; then nothing is kept.
pub fn logs(
    request: &[u8],
    encoding: Encoding,
    defaults: LogDefaults<'_>,
) -> Result<Decoded, ReadError> {
    let dataset = defaults.dataset.unwrap_or(log_rows::UNKNOWN_LOG_SOURCE);
    match encoding {
        Encoding::Protobuf => log_rows::log_parts(request, dataset, defaults.now),
        Encoding::Json => {
            let request: LogsRequest<'_> = json::request(request)?;
            let request = to_protobuf::logs_request(&request);
            log_rows::log_parts(&request, dataset, defaults.now)
        }
    }
}

/// Reads the same as lines for a log group, oldest first; what is of no time is of `now`, in nanoseconds
/// since the epoch.
///
/// # Errors
/// As for [`logs`].
pub fn lines(request: &[u8], encoding: Encoding, now: i64) -> Result<Vec<LogEvent>, ReadError> {
    match encoding {
        Encoding::Protobuf => log_lines::log_lines(request, now),
        Encoding::Json => {
            let request: LogsRequest<'_> = json::request(request)?;
            log_lines::log_lines(&to_protobuf::logs_request(&request), now)
        }
    }
}
