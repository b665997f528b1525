//! Honeycomb's API answered from the store: the routes, the key, the errors.
//!
//! To add a resource, write its handlers in a file of their own and name them in `routes`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::{Value as Json, json};

use super::event::EventError;
use super::server_limits::Limits;
use super::server_queries::{self as queries, Results};
use super::server_unstored::Unstored;
use super::spec_reader::Problem;
use super::{server_datasets as datasets, server_events as events, server_markers as markers};
use crate::door::body::BodyError;
use crate::store::{Store, StoreError};

/// What the handlers share.
pub struct HoneycombServer {
    pub(super) store: Arc<Store>,
    pub(super) results: Results,
    pub(super) unstored: Unstored,
    pub(super) limits: Limits,
    accepts: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// Returns the routes under `/1/`, which keep within `limits`; `accepts` tells whether a key is known.
///
/// Source for paths, statuses and bodies: Honeycomb's OpenAPI document.
pub fn routes(
    store: Arc<Store>,
    limits: Limits,
    accepts: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Router {
    let server = Arc::new(HoneycombServer {
        store,
        results: Results::default(),
        unstored: Unstored::default(),
        limits,
        accepts: Box::new(accepts),
    });
    let routes = Router::new()
        .route("/auth", get(auth))
        .route("/datasets", get(datasets::list).post(datasets::create))
        .route("/datasets/{dataset}", get(datasets::one))
        .route("/columns/{dataset}", get(datasets::columns))
        .route("/events/{dataset}", post(events::one))
        .route("/batch/{dataset}", post(events::batch))
        .route(
            "/markers/{dataset}",
            get(markers::list).post(markers::create),
        )
        .route(
            "/markers/{dataset}/{id}",
            put(markers::replace).delete(markers::delete),
        )
        .route("/queries/{dataset}", post(queries::create))
        .route("/queries/{dataset}/{id}", get(queries::one))
        .route("/query_results/{dataset}", post(queries::run))
        .route("/query_results/{dataset}/{id}", get(queries::result))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(server.clone(), check_key))
        .with_state(server);
    Router::new().nest("/1", routes)
}

/// Returns the key that a request shows, under either of its names.
pub fn key_of(headers: &HeaderMap) -> Option<&str> {
    let header = headers
        .get("x-honeycomb-team")
        .or_else(|| headers.get("x-hny-team"))?;
    header.to_str().ok().filter(|key| !key.is_empty())
}

async fn check_key(
    State(server): State<Arc<HoneycombServer>>,
    request: Request,
    next: Next,
) -> Response {
    if key_of(request.headers()).is_some_and(|key| (server.accepts)(key)) {
        return next.run(request).await;
    }
    json_response(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": "unknown API key - check your credentials" }),
    )
}

async fn auth() -> Response {
    let access = json!({
        "events": true,
        "markers": true,
        "triggers": false,
        "boards": false,
        "queries": true,
        "columns": true,
        "createDatasets": true,
        "slos": false,
        "recipients": false,
        "privateBoards": false,
    });
    let body = json!({
        "id": "local",
        "type": "configuration",
        "api_key_access": access,
        "team": { "name": "cruddurctl", "slug": "cruddurctl" },
        "environment": { "name": "local", "slug": "local" },
    });
    json_response(StatusCode::OK, &body)
}

async fn unknown(request: Request) -> Response {
    let what = format!(
        "{} {} is not served here",
        request.method(),
        request.uri().path()
    );
    let body = json!({
        "status": 404,
        "title": "The requested resource cannot be found.",
        "error": what,
    });
    problem(StatusCode::NOT_FOUND, request.headers(), "not-found", body)
}

/// Returns a JSON response.
pub fn json_response(status: StatusCode, body: &Json) -> Response {
    with_type(status, "application/json", body)
}

fn with_type(status: StatusCode, content_type: &'static str, body: &Json) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Why a request was refused, in Honeycomb's own error bodies.
pub enum Refusal {
    /// The body is not JSON.
    Unparseable,
    /// There is no such thing; says which.
    NotFound(&'static str),
    /// The fields are wrong.
    Invalid(Vec<Problem>),
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The range of a query is longer than seven days.
    TooLong,
    /// More than this many requests came in a minute; who refuses adds when to come again.
    RateLimited(u32),
    /// The body is in a form that is not read here.
    Form(&'static str),
    /// The body cannot be had.
    Body(BodyError),
    /// The body is no event, or no batch of them.
    Event(EventError),
    /// The store refused.
    Store(StoreError),
}

impl Refusal {
    /// Turns the refusal into a response to a request with `headers`, whose Host the problem's type
    /// address is built on.
    pub fn response(self, headers: &HeaderMap) -> Response {
        match self {
            Refusal::Unparseable => {
                let body = json!({
                    "status": 400,
                    "title": "The request body could not be parsed.",
                    "error": "could not parse request body",
                });
                problem(StatusCode::BAD_REQUEST, headers, "unparseable", body)
            }
            Refusal::NotFound(what) => {
                let body = json!({
                    "status": 404,
                    "title": "The requested resource cannot be found.",
                    "error": what,
                });
                problem(StatusCode::NOT_FOUND, headers, "not-found", body)
            }
            Refusal::Invalid(problems) => {
                let details: Vec<Json> = problems
                    .iter()
                    .map(|problem| {
                        json!({
                            "field": problem.field,
                            "code": problem.code,
                            "description": problem.description,
                        })
                    })
                    .collect();
                let body = json!({
                    "status": 422,
                    "title": "The provided input is invalid.",
                    "error": "The provided input is invalid.",
                    "type_detail": details,
                });
                problem(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    headers,
                    "validation-failed",
                    body,
                )
            }
            Refusal::TooLarge(most) => {
                let body = json!({
                    "status": 413,
                    "title": "The request body is too large.",
                    "error": format!("the request body is larger than {most} bytes"),
                });
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                problem(status, headers, "payload-too-large", body)
            }
            Refusal::TooLong => {
                let error = "invalid Query data: the time range is longer than 7 days";
                json_response(StatusCode::BAD_REQUEST, &json!({ "error": error }))
            }
            Refusal::RateLimited(most) => {
                let body = json!({
                    "status": 429,
                    "title": "You have exceeded your rate limit.",
                    "error": "You have exceeded your rate limit.",
                    "detail": format!("This endpoint allows {most} requests per minute."),
                });
                problem(StatusCode::TOO_MANY_REQUESTS, headers, "rate-limited", body)
            }
            Refusal::Form(form) => {
                let error = format!("{form} is not supported by this server; send JSON");
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                json_response(status, &json!({ "error": error }))
            }
            Refusal::Body(error) => {
                json_response(error.status(), &json!({ "error": error.to_string() }))
            }
            Refusal::Event(error) => {
                let status = match error {
                    EventError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::BAD_REQUEST,
                };
                json_response(status, &json!({ "error": error.to_string() }))
            }
            Refusal::Store(error) => {
                let status = match error {
                    StoreError::Full => StatusCode::TOO_MANY_REQUESTS,
                    StoreError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    StoreError::Io(_) | StoreError::Closed => StatusCode::SERVICE_UNAVAILABLE,
                };
                let mut response = json_response(status, &json!({ "error": error.to_string() }));
                if status == StatusCode::TOO_MANY_REQUESTS {
                    response
                        .headers_mut()
                        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                }
                response
            }
        }
    }
}

/// Reads a JSON body.
pub fn parse_body(body: &Bytes) -> Result<Json, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::Unparseable)
}

fn problem(status: StatusCode, headers: &HeaderMap, slug: &str, mut body: Json) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    body["type"] = format!("http://{host}/problems/{slug}").into();
    with_type(status, "application/problem+json", &body)
}
