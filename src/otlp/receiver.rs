//! `POST /v1/traces`, `POST /v1/logs` and `POST /v1/metrics`: OTLP over HTTP.
//!
//! Source: OTLP specification, "OTLP/HTTP"; statuses and texts as Honeycomb answers them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::post;

use super::decode::Encoding;
use super::protobuf::Writer;
use super::receiver_intake::{BOUNDS, Intake, KEY_HEADERS, LogsTo, Refused, Rejected, Signal};
use crate::door::body::{BodyError, Received};
use crate::door::budget::Lack;
use crate::store::StoreError;

/// Returns the routes.
pub fn routes(intake: Arc<Intake>) -> Router {
    Router::new()
        .route("/v1/traces", post(traces))
        .route("/v1/traces/", post(traces))
        .route("/v1/logs", post(logs))
        .route("/v1/logs/", post(logs))
        .route("/v1/metrics", post(metrics))
        .route("/v1/metrics/", post(metrics))
        .with_state(intake)
}

async fn traces(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    answer(&intake, Signal::Traces, request).await
}

async fn logs(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    let headers = request.headers();
    match LogsTo::of(|name| header_text(headers, name)) {
        Ok(to) => answer(&intake, Signal::Logs(to), request).await,
        Err(refused) => respond_refused(&refused, encoding_of(headers).unwrap_or(Encoding::Json)),
    }
}

async fn metrics(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    answer(&intake, Signal::Metrics, request).await
}

async fn answer(intake: &Intake, signal: Signal, request: Request) -> Response {
    let Some(encoding) = encoding_of(request.headers()) else {
        let text = "unsupported content-type, only application/protobuf, application/x-protobuf and application/json are supported";
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return response;
    };
    let rejected_key = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs(_) => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    match take(intake, signal, encoding, request).await {
        Ok(rejected) => respond_taken(rejected, encoding, rejected_key),
        Err(refused) => respond_refused(&refused, encoding),
    }
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str());
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    match content_type.to_ascii_lowercase().as_str() {
        "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
        "application/json" => Some(Encoding::Json),
        _ => None,
    }
}

async fn take(
    intake: &Intake,
    signal: Signal,
    encoding: Encoding,
    request: Request,
) -> Result<Option<Rejected>, Refused> {
    let key = KEY_HEADERS
        .iter()
        .map(|name| header_text(request.headers(), name))
        .find(|key| !key.is_empty());
    intake.admit(key)?;
    let body = Received::of(request, BOUNDS).await?;
    intake.take(signal, encoding, body).await
}

fn respond_taken(rejected: Option<Rejected>, encoding: Encoding, key: &str) -> Response {
    let body = match (rejected, encoding) {
        // All was taken, which an empty message says; in protobuf that is no bytes at all.
        (None, Encoding::Json) => b"{}".to_vec(),
        (None, Encoding::Protobuf) => Vec::new(),
        (Some(rejected), Encoding::Json) => {
            // 64-bit numbers are text in protobuf's JSON.
            let partial = serde_json::json!({
                key: rejected.n_items.to_string(),
                "errorMessage": rejected.reason,
            });
            let answer = serde_json::json!({ "partialSuccess": partial });
            answer.to_string().into_bytes()
        }
        (Some(rejected), Encoding::Protobuf) => rejected.to_protobuf(),
    };
    respond(StatusCode::OK, encoding, body)
}

fn status_of(refused: &Refused) -> StatusCode {
    match refused {
        Refused::NoKey | Refused::UnknownKey => StatusCode::UNAUTHORIZED,
        // Exporters take 408 for final.
        Refused::Body(BodyError::Lack(Lack::Slow)) => StatusCode::SERVICE_UNAVAILABLE,
        Refused::Body(error) => error.status(),
        Refused::Unreadable(_) | Refused::Stream(_) => StatusCode::BAD_REQUEST,
        Refused::TooMuch(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Refused::Store(StoreError::Full) => StatusCode::TOO_MANY_REQUESTS,
        Refused::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Refuses a request that could be served at another time.
pub fn refuse(lack: Lack, headers: &HeaderMap) -> Response {
    let encoding = encoding_of(headers).unwrap_or(Encoding::Json);
    respond_refused(&Refused::Body(lack.into()), encoding)
}

fn respond_refused(refused: &Refused, encoding: Encoding) -> Response {
    let message = refused.to_string();
    let body = match encoding {
        Encoding::Json => serde_json::json!({ "message": message })
            .to_string()
            .into_bytes(),
        Encoding::Protobuf => {
            // google.rpc.Status: the message is field 2.
            let mut writer = Writer::default();
            writer.bytes(2, message.as_bytes());
            writer.bytes
        }
    };
    let status = status_of(refused);
    let mut response = respond(status, encoding, body);
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn respond(status: StatusCode, encoding: Encoding, body: impl Into<Body>) -> Response {
    let content_type = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
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

    #[test]
    fn back_pressure_is_429_with_the_time_to_wait_and_nothing_else_has_one() {
        let io = Arc::new(std::io::Error::other("no room"));
        for (refused, status) in [
            (Refused::Store(StoreError::Full), 429),
            (Refused::Store(StoreError::Io(io)), 503),
            (Refused::Store(StoreError::Closed), 503),
            (Refused::TooMuch("x".into()), 413),
            (Refused::Body(Lack::Memory.into()), 429),
            (Refused::Body(Lack::Slow.into()), 503),
            (Refused::NoKey, 401),
            (Refused::Unreadable("x".into()), 400),
        ] {
            let response = respond_refused(&refused, Encoding::Json);
            assert_eq!(response.status(), status);
            let seconds = header_text(response.headers(), header::RETRY_AFTER.as_str());
            assert_eq!(seconds, if status == 429 { "1" } else { "" });
        }
    }
}
