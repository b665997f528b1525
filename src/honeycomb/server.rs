//! Honeycomb's API answered from the store: the routes, the key, the errors.
//!
//! To add a resource, write its handlers in a file of their own and name them in `routes`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::json;

use super::server_limits::Limits;
use super::server_refusal::{MOST_BODY_BYTES, Refusal, json_response, problem};
use super::server_results::Results;
use super::server_stored::StoredQueries;
use super::server_unstored::Unstored;
use super::{
    server_annotations as annotations, server_columns as columns, server_datasets as datasets,
    server_definitions as definitions, server_derived as derived, server_events as events,
    server_marker_settings as marker_settings, server_markers as markers,
    server_queries as queries, server_result_page as result_page, server_unserved as unserved,
};
use crate::door::budget::{Budget, Lack};
use crate::door::turns::Turns;
use crate::model::query::QuerySpec;
use crate::otlp::from_base64;
use crate::store::Store;

/// What the handlers share.
pub struct HoneycombServer {
    pub(super) store: Arc<Store>,
    pub(super) results: Results,
    pub(super) unstored: Unstored,
    pub(super) queries: StoredQueries,
    pub(super) limits: Limits,
    pub(super) turns: Turns,
    pub(super) budget: Budget,
    accepts: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// Returns the routes under `/1/` and the pages that results link to, which keep within
/// `limits`; runs take turns and draw from the budget, and `accepts` tells whether a key is known.
///
/// Source for paths, statuses and bodies: Honeycomb's OpenAPI document.
pub fn routes(
    store: Arc<Store>,
    limits: Limits,
    (turns, budget): (Turns, Budget),
    accepts: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Router {
    let server = Arc::new(HoneycombServer {
        store,
        results: Results::default(),
        unstored: Unstored::default(),
        queries: StoredQueries::default(),
        limits,
        turns,
        budget,
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
        .route(
            "/dataset_definitions/{dataset}",
            get(definitions::get).patch(definitions::change),
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
        .merge(unserved::routes())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(server.clone(), check_key))
        .with_state(server.clone());
    Router::new()
        .nest("/1", routes)
        .route(result_page::PATH, get(result_page::page))
        .route(result_page::SNAPSHOT_PATH, get(result_page::picture))
        .with_state(server)
}

/// Refuses a request that could be served at another time.
pub fn refuse(lack: Lack, headers: &HeaderMap) -> Response {
    Refusal::Lack(lack).response(headers)
}

/// Refuses a body that is longer than any of the API.
pub fn too_long(headers: &HeaderMap) -> Response {
    Refusal::TooLarge(MOST_BODY_BYTES).response(headers)
}

/// Returns the key that a request shows, under either of its names.
pub fn key_of(headers: &HeaderMap) -> Option<&str> {
    let header = headers
        .get("x-honeycomb-team")
        .or_else(|| headers.get("x-hny-team"))?;
    header.to_str().ok().filter(|key| !key.is_empty())
}

/// Tells whether whoever has these headers may see what is stored: all may if there is no key, else those
/// who show it, a browser as a password.
pub(super) fn may_read(server: &HoneycombServer, headers: &HeaderMap) -> bool {
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let encoded = authorization.and_then(|text| text.strip_prefix("Basic "));
    let basic = encoded.and_then(|text| from_base64(text.trim()));
    let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok());
    let password = basic.as_deref().and_then(|pair| pair.split_once(':'));
    let shown = key_of(headers).or(password.map(|(_, password)| password));
    (server.accepts)(shown.unwrap_or_default())
}

async fn check_key(
    State(server): State<Arc<HoneycombServer>>,
    request: Request,
    next: Next,
) -> Response {
    if key_of(request.headers()).is_some_and(|key| (server.accepts)(key)) {
        let described = described(&request);
        let mut response = next.run(request).await;
        if let Some((dataset, _)) = described.filter(|(_, is_query)| {
            // The result of a query says it of its own range.
            !is_query || response.status() == StatusCode::NOT_FOUND
        }) {
            datasets::say_left_out(&mut response, &server.store, &dataset);
        }
        return response;
    }
    json_response(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": "unknown API key - check your credentials" }),
    )
}

// Which dataset's events make the answer to a request, and whether it is one that makes a query.
fn described(request: &Request) -> Option<(String, bool)> {
    let mut names = request.uri().path().trim_start_matches('/').split('/');
    let names = (names.find(|name| *name != "1")?, names.next());
    match names {
        ("datasets", None) => Some((QuerySpec::ALL_DATASETS.to_string(), false)),
        ("datasets" | "columns", Some(dataset)) => Some((dataset.to_string(), false)),
        ("queries", Some(dataset)) => Some((dataset.to_string(), true)),
        _ => None,
    }
}

// Source: Honeycomb's own receiver, which tells them apart by their form.
fn is_classic(key: &str) -> bool {
    let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    let is_configuration_key = key.len() == 32 && key.bytes().all(is_hex);
    let is_plain = |it: u8| it.is_ascii_digit() || it.is_ascii_lowercase();
    let is_ingest_key = || {
        let rest = key.strip_prefix("hc").and_then(|rest| rest.get(1..));
        key.len() == 64
            && key.bytes().all(|it| is_plain(it) || it == b'_')
            && rest.is_some_and(|rest| rest.starts_with("ic_"))
    };
    is_configuration_key || is_ingest_key()
}

async fn auth(headers: HeaderMap) -> Response {
    let is_classic = key_of(&headers).is_some_and(is_classic);
    // Teams from before there were environments have none.
    let environment = if is_classic { "" } else { "local" };
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
        "environment": { "name": environment, "slug": environment },
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
