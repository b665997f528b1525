//! Query annotations: names and descriptions of queries.
//!
//! The documents of the service promise `created_at` and `updated_at`, its answers do not have them; nor do
//! ours. Source: the notes of a client that was written against the service (irvingpop/honeycomb-api-python).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::server::HoneycombServer;
use super::server_datasets::{NO_DATASET, parts};
use super::server_fields::{self as documents, Fields, answer, answer_nothing, key};
use super::server_queries::{QUERIES, random_id};
use super::server_refusal::Refusal;
use crate::store::Table;

pub(super) const ANNOTATIONS: Table = Table("honeycomb/annotation");

const MISSING: &str = "Query annotation not found";

/// `GET /1/query_annotations/{dataset}`
///
/// There are no boards here, so `include_board_annotations` adds nothing.
pub async fn list(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
) -> Response {
    let listed = match parts(&server.store, &dataset) {
        Some(_) => Ok(documents::list(&server, ANNOTATIONS, &dataset).into()),
        None => Err(NO_DATASET),
    };
    answer(&headers, StatusCode::OK, listed)
}

/// `GET /1/query_annotations/{dataset}/{id}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let found = documents::get(&server, ANNOTATIONS, &dataset, &id);
    answer(
        &headers,
        StatusCode::OK,
        found.ok_or(Refusal::NotFound(MISSING)),
    )
}

/// `POST /1/query_annotations/{dataset}`
pub async fn create(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let created = try_create(&server, &dataset, &body).await;
    answer(&headers, StatusCode::CREATED, created)
}

async fn try_create(
    server: &HoneycombServer,
    dataset: &str,
    body: &Bytes,
) -> Result<Json, Refusal> {
    let mut fields = Fields::of(body).map_err(Refusal::in_short)?;
    let mut annotation = annotation(&mut fields);
    let query_id = fields.required("query_id", 255);
    fields.done().map_err(Refusal::in_short)?;
    parts(&server.store, dataset).ok_or(NO_DATASET)?;
    if documents::get(server, QUERIES, dataset, &query_id).is_none() {
        let error = "Query ID included in body is invalid";
        return Err(Refusal::BadRequest(error.into()));
    }
    let id = random_id();
    annotation["query_id"] = query_id.into();
    annotation["id"] = id.clone().into();
    documents::put(server, ANNOTATIONS, key(dataset, &id), |_, _| {
        Ok(annotation)
    })
    .await
}

/// `PUT /1/query_annotations/{dataset}/{id}`
pub async fn update(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let updated = try_update(&server, &dataset, &id, &body).await;
    answer(&headers, StatusCode::OK, updated)
}

async fn try_update(
    server: &HoneycombServer,
    dataset: &str,
    id: &str,
    body: &Bytes,
) -> Result<Json, Refusal> {
    let mut fields = Fields::of(body).map_err(Refusal::in_short)?;
    let mut annotation = annotation(&mut fields);
    let query_id = fields.text("query_id", 255);
    let own_id = fields.text("id", 255);
    fields.done().map_err(Refusal::in_short)?;
    documents::put(server, ANNOTATIONS, key(dataset, id), |there, _| {
        let there = there.ok_or(Refusal::NotFound(MISSING))?;
        if own_id.is_some_and(|own_id| own_id != id) {
            let error = "Query annotation id included in body does not match URL";
            return Err(Refusal::BadRequest(error.into()));
        }
        if query_id.is_some_and(|query_id| there["query_id"] != query_id.as_str()) {
            let error = "queries in annotations cannot be changed";
            return Err(Refusal::BadRequest(error.into()));
        }
        annotation["query_id"] = there["query_id"].clone();
        annotation["id"] = id.into();
        Ok(annotation)
    })
    .await
}

/// `DELETE /1/query_annotations/{dataset}/{id}`
pub async fn delete(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let deleted = documents::delete(&server, ANNOTATIONS, key(&dataset, &id), MISSING).await;
    answer_nothing(&headers, StatusCode::NO_CONTENT, deleted)
}

fn annotation(fields: &mut Fields) -> Json {
    json!({
        "name": fields.required("name", 320),
        "description": fields.text("description", 1023).unwrap_or_default(),
        "source": "query",
    })
}
