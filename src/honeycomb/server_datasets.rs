//! Datasets and their columns, as the events made them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::server::{HoneycombServer, Refusal, json_response, parse_body};
use super::spec_reader::Problem;
use crate::clock::now;
use crate::model::query::QuerySpec;
use crate::model::span::{Lens, slug};
use crate::model::time::rfc3339;
use crate::store::{Change, ColumnData, DatasetState, Part, Presence, Store, Table};

// Datasets that were made by hand and may have no events.
const DATASETS: Table = Table("honeycomb/dataset");

/// `GET /1/datasets`
pub async fn list(State(server): State<Arc<HoneycombServer>>) -> Response {
    let datasets: Vec<Json> = all(&server.store).into_values().collect();
    json_response(StatusCode::OK, &datasets.into())
}

/// `GET /1/datasets/{dataset}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
) -> Response {
    match all(&server.store).remove(&slug(&dataset)) {
        Some(dataset) => json_response(StatusCode::OK, &dataset),
        None => Refusal::NotFound("Dataset not found").response(&headers),
    }
}

/// `POST /1/datasets`
pub async fn create(
    State(server): State<Arc<HoneycombServer>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match try_create(&server, &body).await {
        Ok((status, dataset)) => json_response(status, &dataset),
        Err(refusal) => refusal.response(&headers),
    }
}

async fn try_create(server: &HoneycombServer, body: &Bytes) -> Result<(StatusCode, Json), Refusal> {
    let body = parse_body(body)?;
    let name = body.get("name").and_then(Json::as_str).unwrap_or_default();
    let problem = |code, text: &str| {
        Refusal::Invalid(vec![Problem {
            field: "name".into(),
            code,
            description: text.into(),
        }])
    };
    if name.is_empty() {
        return Err(problem("missing", "cannot be blank"));
    }
    if name.chars().count() > 255 {
        return Err(problem("invalid", "must be at most 255 characters"));
    }
    let key = slug(name);
    if let Some(known) = all(&server.store).remove(&key) {
        return Ok((StatusCode::OK, known));
    }
    let description = body
        .get("description")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let dataset = json!({
        "name": name,
        "slug": key,
        "description": description,
        "created_at": rfc3339(now()),
    });
    let change = Change::Put {
        table: DATASETS,
        key,
        value: dataset.clone(),
    };
    let made = server
        .store
        .transact(|_| Ok::<_, Refusal>((vec![change], ())))
        .await;
    made.map_err(Refusal::Store)??;
    Ok((StatusCode::CREATED, with_counts(dataset, None, None)))
}

/// What a list of columns may be narrowed to.
#[derive(Debug, Deserialize)]
pub struct ColumnsQuery {
    key_name: Option<String>,
}

/// `GET /1/columns/{dataset}`, a single object with `?key_name=`
pub async fn columns(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    Query(query): Query<ColumnsQuery>,
    headers: HeaderMap,
) -> Response {
    let Some(parts) = parts(&server.store, &dataset) else {
        return Refusal::NotFound("Dataset not found").response(&headers);
    };
    let mut columns = columns_of(&parts);
    match query.key_name {
        Some(name) => match columns.remove(&name) {
            Some(column) => json_response(StatusCode::OK, &column),
            None => Refusal::NotFound("Column not found").response(&headers),
        },
        None => {
            let columns: Vec<Json> = columns.into_values().collect();
            json_response(StatusCode::OK, &columns.into())
        }
    }
}

/// Returns the parts of a dataset, or of all; `None` if there is no such dataset.
pub fn parts(store: &Store, dataset: &str) -> Option<Vec<Arc<Part>>> {
    if dataset == QuerySpec::ALL_DATASETS {
        return Some(store.all_parts(Lens::Spans));
    }
    let parts = store.parts(Lens::Spans, dataset);
    let is_known = !parts.is_empty() || store.document(DATASETS, &slug(dataset)).is_some();
    is_known.then_some(parts)
}

fn all(store: &Store) -> BTreeMap<String, Json> {
    let mut datasets: BTreeMap<String, Json> = store
        .documents(DATASETS, "")
        .into_iter()
        .map(|(key, dataset)| (key, with_counts((*dataset).clone(), None, None)))
        .collect();
    for (key, state) in store.datasets(Lens::Spans) {
        let n_columns = columns_of(&store.parts(Lens::Spans, &key)).len();
        let made = datasets.remove(&key).unwrap_or_else(
            || json!({ "name": state.name, "slug": key, "description": "", "created_at": null }),
        );
        datasets.insert(key, with_counts(made, Some(&state), Some(n_columns)));
    }
    datasets
}

fn with_counts(mut dataset: Json, state: Option<&DatasetState>, n_columns: Option<usize>) -> Json {
    dataset["expand_json_depth"] = 0.into();
    dataset["settings"] = json!({ "delete_protected": true });
    dataset["regular_columns_count"] = n_columns.into();
    dataset["last_written_at"] = state.map(|state| rfc3339(state.last_time)).into();
    dataset
}

fn columns_of(parts: &[Arc<Part>]) -> BTreeMap<String, Json> {
    let mut columns = BTreeMap::new();
    for part in parts {
        for column in part.columns() {
            let last = match &column.present {
                Presence::All => part.len().checked_sub(1),
                Presence::Some(bits, _) => bits.set_indices().last(),
            };
            let Some(&time) = last.and_then(|last| part.times().get(last)) else {
                continue;
            };
            let kind = match column.data {
                ColumnData::Str(_) | ColumnData::Hex(_) => "string",
                ColumnData::Int(_) => "integer",
                ColumnData::Float(_) => "float",
                ColumnData::Bool(_) => "boolean",
            };
            let entry: &mut (i64, &str) = columns
                .entry(column.name.to_string())
                .or_insert((time, kind));
            if time >= entry.0 {
                *entry = (time, kind);
            }
        }
    }
    let to_json = |(name, (time, kind)): (String, (i64, &str))| {
        let column = json!({
            "id": super::server_queries::short_id(&[&name]),
            "key_name": name,
            "type": kind,
            "description": "",
            "hidden": false,
            "last_written": rfc3339(time),
        });
        (name, column)
    };
    columns.into_iter().map(to_json).collect()
}
