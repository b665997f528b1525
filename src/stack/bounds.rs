//! How long the body of each request may be, as its service has it, and how much is drawn for what is made of it.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::check::refuse;
use crate::cloudwatch::server::{LONGEST_BATCH_BODY, TARGET_PREFIX, too_long_a_batch};
use crate::door::body::json_memory_bytes;
use crate::door::budget::{Purpose, Share};
use crate::honeycomb;
use crate::xray;

/// What bounds the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// PutLogEvents.
    LogEvents,
    /// PutTraceSegments.
    Segments,
    /// Another request of AWS's services, all of which are short.
    Aws,
    /// Honeycomb's API, but for its ingest.
    Honeycomb,
}

impl Bound {
    /// Returns the bound of a request; `None` for those of spans and events, whose receivers have their own.
    pub fn of(request: &Request) -> Option<Bound> {
        let path = request.uri().path();
        let begins = |beginnings: &[&str]| beginnings.iter().any(|it| path.starts_with(it));
        if let Some(target) = request.headers().get("x-amz-target") {
            let operation = target.to_str().ok()?.strip_prefix(TARGET_PREFIX);
            return Some(match operation {
                Some("PutLogEvents") => Bound::LogEvents,
                _ => Bound::Aws,
            });
        }
        match path {
            "/TraceSegments" => Some(Bound::Segments),
            _ if begins(&["/v1/", "/1/events/", "/1/batch/"]) => None,
            _ if begins(&["/1/"]) => Some(Bound::Honeycomb),
            _ => Some(Bound::Aws),
        }
    }

    /// Returns how many bytes it allows.
    fn bytes(self) -> usize {
        match self {
            Bound::LogEvents => LONGEST_BATCH_BODY,
            Bound::Segments => xray::server::MAX_BODY_BYTES,
            Bound::Aws => 1 << 20,
            // More than the service takes; handlers say it in its own words.
            Bound::Honeycomb => 1 << 20,
        }
    }

    /// Tells whether a request says of its body that it is longer.
    pub fn is_passed_by(self, request: &Request) -> bool {
        announced(request.headers()).is_some_and(|bytes| bytes > self.bytes())
    }

    // What is made of a body before it is known whether it is well formed.
    fn memory_bytes(self, body: &[u8]) -> usize {
        match self {
            // Events are read one by one, and of more than there may be only the number is kept.
            Bound::LogEvents => 3 * body.len(),
            Bound::Segments | Bound::Aws | Bound::Honeycomb => json_memory_bytes(body),
        }
    }

    fn too_long(self, path: &str, headers: &HeaderMap, announced: Option<usize>) -> Response {
        match self {
            Bound::LogEvents => {
                let (code, message) = too_long_a_batch(announced);
                let mut response = refuse(path, StatusCode::BAD_REQUEST, code, &message);
                let content_type = HeaderValue::from_static("application/x-amz-json-1.1");
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, content_type);
                response
            }
            Bound::Honeycomb => honeycomb::server::too_long(headers),
            Bound::Segments | Bound::Aws => {
                let message = format!("the body is larger than {} MiB", self.bytes() >> 20);
                let code = "RequestEntityTooLargeException";
                refuse(path, StatusCode::PAYLOAD_TOO_LARGE, code, &message)
            }
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

// A client that is still writing sees a connection that breaks and not the answer, so that it sends all of it again.
const MOST_THROWN_AWAY: usize = 64 << 20;
const LONGEST_THROWING: Duration = Duration::from_secs(5);

/// Refuses a request whose body is too long by what its head says. The body is read and thrown away, within bounds.
pub async fn refuse_unread(request: Request, bound: Bound) -> Response {
    let (head, mut body) = request.into_parts();
    let throwing = async {
        let mut n_bytes = 0;
        let mut next = std::pin::pin!(&mut body);
        while let Some(Ok(frame)) = poll_fn(|context| next.as_mut().poll_frame(context)).await {
            n_bytes += frame.data_ref().map_or(0, Bytes::len);
            if n_bytes > MOST_THROWN_AWAY {
                break;
            }
        }
    };
    // What comes too slowly is not waited for.
    let _ = tokio::time::timeout(LONGEST_THROWING, throwing).await;
    bound.too_long(head.uri.path(), &head.headers, announced(&head.headers))
}

/// Reads the body of a request within its bound, and draws what will be made of it.
///
/// # Errors
/// The service's refusal of one that is too long, of which no more is read than shows it; an answer without words if the
/// share lacks something, which says itself what.
pub async fn read(request: Request, bound: Bound, share: &Arc<Share>) -> Result<Request, Response> {
    let path = request.uri().path().to_string();
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let read = to_bytes(body, bound.bytes()).await;
    let body = read.map_err(|error| match std::error::Error::source(&error) {
        Some(source) if source.is::<http_body_util::LengthLimitError>() => {
            bound.too_long(&path, &head.headers, None)
        }
        _ => {
            let message = "the body ended before its time";
            refuse(
                &path,
                StatusCode::BAD_REQUEST,
                "SerializationException",
                message,
            )
        }
    })?;
    let drawn = share.draw(bound.memory_bytes(&body), Purpose::Work).await;
    drawn.map_err(|_| Response::new(Body::empty()))?;
    Ok(Request::from_parts(head, Body::from(body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::budget::Budget;
    use hyper::body::Frame;

    fn request(path: &str, target: &str, body: Body, length: Option<usize>) -> Request {
        let mut builder = axum::http::Request::builder().method("POST").uri(path);
        if !target.is_empty() {
            builder = builder.header("x-amz-target", format!("{TARGET_PREFIX}{target}"));
        }
        if let Some(length) = length {
            builder = builder.header(header::CONTENT_LENGTH, length);
        }
        builder.body(body).unwrap()
    }

    // A body that never ends.
    struct Endless;

    impl HttpBody for Endless {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let piece = Bytes::from(vec![b'{'; 64 << 10]);
            std::task::Poll::Ready(Some(Ok(Frame::data(piece))))
        }
    }

    fn endless() -> Body {
        Body::new(Endless)
    }

    #[tokio::test]
    async fn a_body_past_its_bound_is_refused_in_its_services_words_before_it_is_read_wholly() {
        for (path, target, status, code) in [
            ("/", "PutLogEvents", 400, "InvalidParameterException"),
            ("/", "StartQuery", 413, "RequestEntityTooLargeException"),
            ("/TraceSegments", "", 413, "RequestEntityTooLargeException"),
            ("/CreateGroup", "", 413, "RequestEntityTooLargeException"),
            ("/1/queries/d", "", 413, ""),
            ("/1/boards", "", 413, ""),
        ] {
            for length in [Some(20 << 20), None] {
                let request = request(path, target, endless(), length);
                let bound = Bound::of(&request).unwrap();
                let share = Budget::default().share();
                let refused = match bound.is_passed_by(&request) {
                    true => refuse_unread(request, bound).await,
                    false => read(request, bound, &share).await.unwrap_err(),
                };
                assert_eq!(share.bytes(), 0, "{path} {target}");
                assert_eq!(refused.status().as_u16(), status, "{path} {target}");
                let shown = refused.headers().get("x-amzn-errortype");
                let shown = shown.map_or("", |value| value.to_str().unwrap());
                assert_eq!(shown, code, "{path} {target}");
            }
        }
    }

    #[test]
    fn spans_and_events_are_bounded_by_their_receivers() {
        for path in ["/v1/traces", "/1/events/d", "/1/batch/d"] {
            assert_eq!(Bound::of(&request(path, "", Body::empty(), None)), None);
        }
    }

    #[tokio::test]
    async fn many_small_values_draw_what_they_take_and_not_their_bytes() {
        let body = [b"[".as_slice(), &br#"{"":1},"#.repeat(10_000), b"1]"].concat();
        let length = body.len();
        let request = request("/CreateGroup", "", body.into(), Some(length));
        let share = Budget::default().share();
        read(request, Bound::Aws, &share).await.unwrap();
        assert!(share.bytes() > 50 * length, "{}", share.bytes());
    }
}
