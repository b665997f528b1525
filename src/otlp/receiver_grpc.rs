//! OTLP over gRPC: one message in, one message out.
//!
//! Source: gRPC over HTTP/2 (PROTOCOL-HTTP2.md, compression.md); OTLP specification, "OTLP/gRPC". Tonic
//! would bring its own router, codecs and code generation for what is three paths and one empty answer.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};

use super::base64::to_base64;
use super::decode::Encoding;
use super::protobuf::Writer;
use super::receiver_intake::{BOUNDS, Intake, KEY_HEADERS, LogsTo, Refused, Rejected, Signal};
use crate::door::body::{BodyError, Received};
use crate::door::budget::{Lack, Share};
use crate::store::StoreError;

/// The gRPC door's usual port: OpenTelemetry's own.
pub const DEFAULT_PORT: u16 = 4317;

const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// An answer; its trailers say how it went.
pub type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

// Source: gRPC, "Status codes and their use in gRPC".
const OK: u32 = 0;
const INVALID_ARGUMENT: u32 = 3;
const DEADLINE_EXCEEDED: u32 = 4;
const RESOURCE_EXHAUSTED: u32 = 8;
const UNIMPLEMENTED: u32 = 12;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;

/// What a call came to, if not to what was wanted.
struct Status {
    code: u32,
    message: String,
    is_worth_a_retry: bool,
}

fn status(code: u32, message: impl Into<String>) -> Status {
    Status {
        code,
        message: message.into(),
        is_worth_a_retry: false,
    }
}

/// Tells whether a request is a call, or means to be one.
pub fn is_call<B>(request: &Request<B>) -> bool {
    let is_named = || {
        let path = request.uri().path();
        [TRACES, LOGS, METRICS].contains(&path)
    };
    request.version() == Version::HTTP_2
        && (content_type(request).starts_with("application/grpc") || is_named())
}

/// Answers a call.
pub async fn answer<B>(intake: Arc<Intake>, request: Request<B>) -> Answer
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let is_grpc = ["application/grpc", "application/grpc+proto"].contains(&content_type(&request));
    if !is_grpc || request.method() != Method::POST {
        let text = "this is a method of OTLP/gRPC: POST application/grpc; OTLP/HTTP is at /v1/traces, /v1/logs and /v1/metrics";
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    match take(&intake, request).await {
        Ok(rejected) => taken(rejected),
        Err(status) => failed(&status),
    }
}

/// Refuses a call that could be served at another time.
pub fn refuse(lack: Lack) -> Answer {
    failed(&Refused::Body(lack.into()).into())
}

fn content_type<B>(request: &Request<B>) -> &str {
    let content_type = header_text(request.headers(), CONTENT_TYPE.as_str());
    content_type.split(';').next().unwrap_or_default().trim()
}

async fn take<B>(intake: &Intake, request: Request<B>) -> Result<Option<Rejected>, Status>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let headers = request.headers();
    let signal = match request.uri().path() {
        TRACES => Signal::Traces,
        LOGS => Signal::Logs(LogsTo::of(|name| header_text(headers, name))?),
        METRICS => Signal::Metrics,
        other => return Err(status(UNIMPLEMENTED, format!("there is no method {other}"))),
    };
    let key = KEY_HEADERS
        .iter()
        .map(|name| header_text(headers, name))
        .find(|key| !key.is_empty());
    intake.admit(key)?;
    let encoding = header_text(headers, "grpc-encoding").to_string();
    let share = request.extensions().get::<Arc<Share>>().cloned();
    let body = Limited::new(request.into_body(), BOUNDS.received + PREFIX).collect();
    let body = body.await.map_err(|error| {
        let is_long = error.is::<LengthLimitError>();
        Refused::Body(match is_long {
            true => BodyError::TooLarge(BOUNDS.received),
            false => BodyError::Cut,
        })
    })?;
    let body = message(body.to_bytes(), &encoding)?.drawing_from(share);
    Ok(intake.take(signal, Encoding::Protobuf, body).await?)
}

// Before each message: whether it is compressed, and its length in four bytes.
const PREFIX: usize = 5;

fn message(mut body: Bytes, encoding: &str) -> Result<Received, Status> {
    let one = "the call is not exactly one message";
    let Some((&[flag, a, b, c, d], rest)) = body.split_first_chunk::<PREFIX>() else {
        return Err(status(INVALID_ARGUMENT, one));
    };
    if u32::from_be_bytes([a, b, c, d]) as usize != rest.len() {
        return Err(status(INVALID_ARGUMENT, one));
    }
    let encoding = match flag {
        0 => "",
        1 if !matches!(encoding, "" | "identity") => encoding,
        _ => {
            return Err(status(
                INVALID_ARGUMENT,
                "a compressed message needs a grpc-encoding",
            ));
        }
    };
    Ok(Received::from_bytes(body.split_off(PREFIX), encoding, BOUNDS).map_err(Refused::Body)?)
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Status {
        let code = match &refused {
            Refused::NoKey | Refused::UnknownKey => UNAUTHENTICATED,
            Refused::Body(BodyError::Encoding(_)) => UNIMPLEMENTED,
            Refused::Body(BodyError::Lack(Lack::Slow)) => DEADLINE_EXCEEDED,
            Refused::Body(BodyError::Lack(_)) => RESOURCE_EXHAUSTED,
            // Exporters take RESOURCE_EXHAUSTED for a reason to try again, which would not help.
            Refused::Body(_)
            | Refused::Unreadable(_)
            | Refused::Stream(_)
            | Refused::TooMuch(_) => INVALID_ARGUMENT,
            Refused::Store(StoreError::Full) => RESOURCE_EXHAUSTED,
            Refused::Store(_) => UNAVAILABLE,
        };
        Status {
            code,
            message: refused.to_string(),
            is_worth_a_retry: code == RESOURCE_EXHAUSTED,
        }
    }
}

// A message, which is empty if all was taken, and then the status.
fn taken(rejected: Option<Rejected>) -> Answer {
    let message = rejected.map(|rejected| rejected.to_protobuf());
    let message = message.unwrap_or_default();
    let mut framed = vec![0];
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.extend_from_slice(&message);
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, OK.into());
    let body = Full::new(Bytes::from(framed));
    let body = body.with_trailers(async { Some(Ok(trailers)) });
    let mut answer = Response::new(body.boxed_unsync());
    let grpc = HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert(CONTENT_TYPE, grpc);
    answer
}

const STATUS: HeaderName = HeaderName::from_static("grpc-status");

// Without a message the status may stand in the headers, and nothing follows them.
fn failed(status: &Status) -> Answer {
    let mut answer = plain(StatusCode::OK, "");
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(STATUS, status.code.into());
    let mut put = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("grpc-message", percent_encoded(&status.message));
    if status.code == UNIMPLEMENTED {
        put("grpc-accept-encoding", "identity,gzip,zstd".to_string());
    }
    if status.is_worth_a_retry {
        put("grpc-retry-pushback-ms", "1000".to_string());
        let details = to_base64(&details_with_retry(status));
        put(
            "grpc-status-details-bin",
            details.trim_end_matches('=').to_string(),
        );
    }
    answer
}

// google.rpc.Status with a google.rpc.RetryInfo of one second, without which OTLP's exporters take
// RESOURCE_EXHAUSTED for final.
fn details_with_retry(status: &Status) -> Vec<u8> {
    let mut details = Writer::default();
    details.number(1, status.code.into());
    details.bytes(2, status.message.as_bytes());
    details.message(3, |any| {
        any.bytes(1, b"type.googleapis.com/google.rpc.RetryInfo");
        any.message(2, |retry| retry.message(1, |delay| delay.number(1, 1)));
    });
    details.bytes
}

fn percent_encoded(message: &str) -> String {
    let mut text = String::new();
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => text.push(byte.into()),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(text).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(flag: u8, length: u32, message: &[u8]) -> Bytes {
        [&[flag], &length.to_be_bytes()[..], message]
            .concat()
            .into()
    }

    fn code(body: Bytes, encoding: &str) -> Option<u32> {
        message(body, encoding).err().map(|status| status.code)
    }

    #[test]
    fn a_call_is_one_message_with_its_prefix() {
        assert_eq!(code(framed(0, 3, b"abc"), ""), None);
        assert_eq!(code(framed(0, 0, b""), "gzip"), None);
        let read = message(framed(0, 3, b"abc"), "gzip").ok().unwrap();
        assert_eq!(read.decompressed().unwrap(), "abc");
        for odd in [
            Bytes::new(),
            Bytes::from_static(&[0; 4]),
            framed(0, 4, b"abc"),
            framed(0, 2, b"abc"),
            framed(2, 3, b"abc"),
            framed(1, 3, b"abc"),
        ] {
            assert_eq!(code(odd, ""), Some(INVALID_ARGUMENT));
        }
        assert_eq!(code(framed(1, 3, b"abc"), "snappy"), Some(UNIMPLEMENTED));
        assert_eq!(code(framed(1, 3, b"abc"), "zstd"), None);
    }

    #[test]
    fn every_refusal_has_its_status_and_only_back_pressure_asks_for_a_retry() {
        let io = Arc::new(std::io::Error::other("no room"));
        for (refused, code) in [
            (Refused::NoKey, UNAUTHENTICATED),
            (Refused::UnknownKey, UNAUTHENTICATED),
            (Refused::Body(BodyError::TooLarge(1)), INVALID_ARGUMENT),
            (Refused::Unreadable("x".into()), INVALID_ARGUMENT),
            (Refused::Body(Lack::Memory.into()), RESOURCE_EXHAUSTED),
            (Refused::Body(Lack::Slow.into()), DEADLINE_EXCEEDED),
            (Refused::TooMuch("x".into()), INVALID_ARGUMENT),
            (Refused::Store(StoreError::Full), RESOURCE_EXHAUSTED),
            (Refused::Store(StoreError::Closed), UNAVAILABLE),
            (Refused::Store(StoreError::Io(io)), UNAVAILABLE),
        ] {
            let answer = failed(&refused.into());
            let headers = answer.headers();
            assert_eq!(header_text(headers, "grpc-status"), code.to_string());
            let asks = code == RESOURCE_EXHAUSTED;
            assert_eq!(headers.contains_key("grpc-retry-pushback-ms"), asks);
            assert_eq!(headers.contains_key("grpc-status-details-bin"), asks);
        }
    }

    #[test]
    fn the_details_of_back_pressure_are_protobuf_that_says_one_second() {
        let details = details_with_retry(&status(8, "x"));
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let any = [&[0x0a, 40], &url[..], &[0x12, 4, 0x0a, 2, 0x08, 1]].concat();
        let expected = [&[0x08, 8, 0x12, 1, b'x', 0x1a, any.len() as u8], &any[..]].concat();
        assert_eq!(details, expected);
    }

    #[test]
    fn messages_are_percent_encoded() {
        assert_eq!(percent_encoded("100% zoë\n"), "100%25 zo%C3%AB%0A");
    }
}
