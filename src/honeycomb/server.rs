//! Honeycomb's API answered from the store: the routes, the key, the errors.
//!
//! To add a resource, write its handlers in a file of their own and name them in `routes`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::json;

use super::server_limits::Limits;
use super::server_queries::{self as queries, Results};
use super::server_refusal::{json_response, problem};
use super::server_unstored::Unstored;
use super::{
    server_annotations as annotations, server_columns as columns, server_datasets as datasets,
    server_derived as derived, server_events as events, server_marker_settings as marker_settings,
    server_markers as markers,
};
use crate::store::Store;

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
        .route(
            "/datasets/{dataset}",
            get(datasets::one)
                .put(datasets::update)
                .delete(datasets::delete),
        )
        .route(
            "/columns/{dataset}",
            get(columns::list).post(columns::create),
        )
        .route(
            "/columns/{dataset}/{id}",
            get(columns::one)
                .put(columns::update)
                .delete(columns::delete),
        )
        .route(
            "/derived_columns/{dataset}",
            get(derived::list).post(derived::create),
        )
        .route(
            "/derived_columns/{dataset}/{id}",
            get(derived::one)
                .put(derived::update)
                .delete(derived::delete),
        )
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
        .route(
            "/marker_settings/{dataset}",
            get(marker_settings::list).post(marker_settings::create),
        )
        .route(
            "/marker_settings/{dataset}/{id}",
            put(marker_settings::update).delete(marker_settings::delete),
        )
        .route("/queries/{dataset}", post(queries::create))
        .route("/queries/{dataset}/{id}", get(queries::one))
        .route(
            "/query_annotations/{dataset}",
            get(annotations::list).post(annotations::create),
        )
        .route(
            "/query_annotations/{dataset}/{id}",
            get(annotations::one)
                .put(annotations::update)
                .delete(annotations::delete),
        )
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
