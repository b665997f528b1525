//! Whoever takes spans over OTLP/HTTP: asks it to, and knows which of its answers are for good.
//!
//! Source: OpenTelemetry Protocol specification, OTLP/HTTP response and OTLP/HTTP throttling.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};

use crate::spool::{Answer, Batch, Carrier};

/// A receiver of spans.
pub struct SpanReceiver {
    http: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    place: String,
    is_local: bool,
}

// An answer is a few bytes; of one that is longer, the rest tells us nothing.
const LONGEST_ANSWER: usize = 16 << 10;

impl SpanReceiver {
    /// Names the receiver at `url`, which is asked with `headers`, and has `patience` to answer.
    ///
    /// # Errors
    /// If the address makes no sense.
    pub fn new(
        url: &str,
        headers: HeaderMap,
        is_local: bool,
        patience: Duration,
    ) -> anyhow::Result<SpanReceiver> {
        let url: Url = url.parse()?;
        let mut shown = url.clone();
        // Some put a key in there. An address that cannot have a user has none.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_query(None);
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(patience);
        if is_local {
            // HTTP_PROXY would otherwise send loopback traffic to the company's proxy.
            http = http.no_proxy();
        }
        Ok(SpanReceiver {
            http: http.build()?,
            url,
            headers,
            place: shown.to_string(),
            is_local,
        })
    }

    /// Returns its address without anything secret.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn later(&self, why: &str, after: Option<Duration>) -> Answer {
        let why = format!("{}: {why}", self.place);
        Answer::Later { why, after }
    }

    fn barred(&self, status: StatusCode) -> Answer {
        let variable = match self.is_local {
            true => "CRUDDUR_STACK_KEY",
            false => "HONEYCOMB_API_KEY or OTEL_EXPORTER_OTLP_HEADERS",
        };
        Answer::Barred {
            why: format!(
                "{} takes no spans without the right key (HTTP status {status}); set {variable} and start again",
                self.place
            ),
        }
    }

    fn refused(&self, n_spans: u64, status: StatusCode, said: &str) -> Answer {
        let advice = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "; set OTEL_BSP_MAX_EXPORT_BATCH_SIZE to less",
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                "; no spans are taken at this address, which usually ends in /v1/traces"
            }
            _ => "",
        };
        let place = &self.place;
        Answer::Settled {
            n_delivered: 0,
            n_refused: n_spans,
            trouble: Some(format!(
                "{place} refuses them with HTTP status {status}{said}{advice}"
            )),
        }
    }
}

impl Carrier for SpanReceiver {
    async fn carry(&self, batch: &Batch) -> Answer {
        let request = self.http.post(self.url.clone());
        let request = request
            .headers(self.headers.clone())
            .body(batch.things.clone());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return self.later(&reason(error), None),
        };
        let (status, after) = (response.status(), retry_after(response.headers()));
        let is_page = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/html"));
        let body = match beginning(response).await {
            Ok(body) => body,
            // It may have taken them. Without its word they are sent again.
            Err(error) => return self.later(&reason(error), after),
        };
        if status.is_success() && !is_page {
            let Partial { n_refused, why } = partial(&body);
            let n_refused = n_refused.min(batch.n_items);
            return Answer::Settled {
                n_delivered: batch.n_items - n_refused,
                n_refused,
                trouble: (n_refused > 0).then(|| format!("{} refuses some: {why}", self.place)),
            };
        }
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.barred(status),
            // A hotel's or a proxy's own page says nothing of who is behind it.
            _ if status.is_success() => self.later("answers with a web page", after),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                self.later(&format!("HTTP status {status}"), after)
            }
            _ if status.is_server_error() => self.later(&format!("HTTP status {status}"), after),
            _ if status.is_redirection() => self.later(
                &format!("HTTP status {status}, a redirect, which is not followed"),
                after,
            ),
            _ => self.refused(batch.n_items, status, &said(&body)),
        }
    }
}

/// Returns the beginning of an answer's body, once it has come to its end.
async fn beginning(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = LONGEST_ANSWER - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(body)
}

/// Returns what happened, without the address, which may have a key in it.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match error.is_timeout() {
        true => "no answer in time".to_string(),
        false => innermost.to_string(),
    }
}

// Seconds, or a date. Source: RFC 9110, section 10.2.3.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(at.duration_since(Timestamp::now())).ok()
}

/// What an answer says of spans that were not taken.
#[derive(Debug, Default, PartialEq, Eq)]
struct Partial {
    n_refused: u64,
    why: String,
}

// Source: opentelemetry-proto, ExportTraceServiceResponse.partial_success = 1 and in it
// ExportTracePartialSuccess.rejected_spans = 1, error_message = 2.
fn partial(answer: &[u8]) -> Partial {
    let mut partial = Partial::default();
    for (number, field) in fields(answer) {
        let Field::Bytes(inner) = field else { continue };
        if number != 1 {
            continue;
        }
        for (number, field) in fields(inner) {
            match (number, field) {
                (1, Field::Number(n)) => partial.n_refused = n,
                (2, Field::Bytes(text)) => partial.why = String::from_utf8_lossy(text).into(),
                _ => {}
            }
        }
    }
    partial
}

/// Returns what a google.rpc.Status says, if `body` is one: its message is field 2.
fn said(body: &[u8]) -> String {
    const LONGEST: usize = 300;
    let message = fields(body).find_map(|field| match field {
        (2, Field::Bytes(text)) => std::str::from_utf8(text).ok(),
        _ => None,
    });
    match message {
        Some(text) if !text.chars().any(char::is_control) => {
            format!(": {}", &text[..text.floor_char_boundary(LONGEST)])
        }
        _ => String::new(),
    }
}

/// A field of a protobuf message, as far as we need to know.
enum Field<'m> {
    Number(u64),
    Bytes(&'m [u8]),
    Fixed,
}

/// Returns the fields of a message with their numbers, up to the first that is none.
fn fields(mut message: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    std::iter::from_fn(move || {
        let tag = varint(&mut message)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut message)?),
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let (bytes, rest) = message.split_at_checked(length)?;
                message = rest;
                Field::Bytes(bytes)
            }
            kind @ (1 | 5) => {
                message = message.get(if kind == 1 { 8 } else { 4 }..)?;
                Field::Fixed
            }
            _ => return None,
        };
        Some((tag >> 3, field))
    })
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
#[path = "span_receiver_tests.rs"]
mod tests;
