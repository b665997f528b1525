//! `POST /v1/traces`: OTLP over HTTP.
//!
//! Source: OTLP specification, "OTLP/HTTP"; statuses and texts as Honeycomb answers them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::post;

use super::message::ReadError;
use super::{decode, json, protobuf};
use crate::door::body::{BodyError, Bounds, Received};
use crate::model::span::Batch;
use crate::store::{Store, StoreError};

const BOUNDS: Bounds = Bounds {
    received: 20 << 20,
    decompressed: 64 << 20,
};

type Accepts = dyn Fn(Option<&str>) -> bool + Send + Sync;

struct Receiver {
    store: Arc<Store>,
    accepts: Box<Accepts>,
}

/// Returns the route; `accepts` tells whether spans with this key, or with none, are taken.
pub fn routes(
    store: Arc<Store>,
    accepts: impl Fn(Option<&str>) -> bool + Send + Sync + 'static,
) -> Router {
    let receiver = Arc::new(Receiver {
        store,
        accepts: Box::new(accepts),
    });
    Router::new()
        .route("/v1/traces", post(traces))
        .route("/v1/traces/", post(traces))
        .with_state(receiver)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

struct Refusal {
    status: StatusCode,
    message: String,
}

fn refusal(status: StatusCode, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        message: message.into(),
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Refusal {
        refusal(error.status(), error.to_string())
    }
}

async fn traces(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    let content_type = header_text(request.headers(), header::CONTENT_TYPE.as_str());
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let encoding = match content_type.to_ascii_lowercase().as_str() {
        "application/x-protobuf" | "application/protobuf" => Encoding::Protobuf,
        "application/json" => Encoding::Json,
        _ => {
            let text = "unsupported content-type, only application/protobuf, application/x-protobuf and application/json are supported";
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return response;
        }
    };
    match take(&receiver, encoding, request).await {
        // An empty protobuf message is no bytes at all.
        Ok(()) => respond(
            StatusCode::OK,
            encoding,
            if encoding == Encoding::Json { "{}" } else { "" },
        ),
        Err(refusal) => respond_refusal(refusal, encoding),
    }
}

async fn take(receiver: &Receiver, encoding: Encoding, request: Request) -> Result<(), Refusal> {
    let key = ["x-honeycomb-team", "x-hny-team"]
        .iter()
        .find_map(|name| Some(header_text(request.headers(), name)).filter(|key| !key.is_empty()))
        .map(str::to_string);
    if !(receiver.accepts)(key.as_deref()) {
        let message = match key {
            None => "missing 'x-honeycomb-team' header",
            Some(_) => "unknown API key - check your credentials",
        };
        return Err(refusal(StatusCode::UNAUTHORIZED, message));
    }
    let body = Received::of(request, BOUNDS).await?;
    // A large body takes its time, and nobody else's: the runtime has few threads.
    let read = tokio::task::spawn_blocking(move || rows_of(body, encoding)).await;
    // The task is lost only when the whole program stops, and the store with it.
    let stopping = |_| {
        refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            StoreError::Closed.to_string(),
        )
    };
    let batches = read.map_err(stopping)??;
    receiver.store.append(batches).await.map_err(|error| {
        let status = match error {
            StoreError::Full => StatusCode::TOO_MANY_REQUESTS,
            StoreError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            StoreError::Io(_) | StoreError::Closed => StatusCode::SERVICE_UNAVAILABLE,
        };
        refusal(status, error.to_string())
    })
}

fn rows_of(body: Received, encoding: Encoding) -> Result<Vec<Batch>, Refusal> {
    let body = body.decompressed()?;
    let request = match encoding {
        Encoding::Protobuf => protobuf::trace_request(&body),
        Encoding::Json => json::trace_request(&body),
    };
    let request = request.map_err(|error| match error {
        ReadError::TooMany => refusal(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
        _ => refusal(StatusCode::BAD_REQUEST, unreadable(&error)),
    })?;
    decode::batches(&request)
        .map_err(|error| refusal(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))
}

// The cause may quote what it found, however long that is.
fn unreadable(cause: &ReadError) -> String {
    let mut text = format!("failed to parse OTLP request body: {cause}");
    text.truncate(text.floor_char_boundary(LONGEST_MESSAGE));
    text
}

const LONGEST_MESSAGE: usize = 500;

fn respond_refusal(refusal: Refusal, encoding: Encoding) -> Response {
    let body = match encoding {
        Encoding::Json => serde_json::json!({ "message": refusal.message })
            .to_string()
            .into_bytes(),
        // google.rpc.Status: the message is field 2.
        Encoding::Protobuf => {
            let mut body = vec![0x12];
            let mut length = refusal.message.len();
            while length >= 0x80 {
                body.push(length as u8 | 0x80);
                length >>= 7;
            }
            body.push(length as u8);
            body.extend_from_slice(refusal.message.as_bytes());
            body
        }
    };
    let mut response = respond(refusal.status, encoding, body);
    if refusal.status == StatusCode::TOO_MANY_REQUESTS {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
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
