//! Datasets: those that events made, and those that people made before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::server::HoneycombServer;
use super::server_annotations::ANNOTATIONS;
use super::server_columns::{COLUMNS, n_columns};
use super::server_definitions::DEFINITIONS;
use super::server_derived::DERIVED;
use super::server_fields::{Fields, answer, answer_nothing, key, put};
use super::server_marker_settings::MARKER_SETTINGS;
use super::server_markers::MARKERS;
use super::server_queries::QUERIES;
use super::server_refusal::{Refusal, json_response};
use crate::clock::now;
use crate::model::left_out::{HEADER, LeftOut};
use crate::model::query::QuerySpec;
use crate::model::span::{Lens, slug};
use crate::model::time::{Window, rfc3339};
use crate::store::{Change, DatasetState, Part, Reads, Store, Table};

// What people said of a dataset, by slug; one that only events made has no document.
const DATASETS: Table = Table("honeycomb/dataset");

/// There is no such dataset.
pub const NO_DATASET: Refusal = Refusal::NotFound("Dataset not found");

/// `GET /1/datasets`
pub async fn list(State(server): State<Arc<HoneycombServer>>) -> Response {
    let states: BTreeMap<String, DatasetState> =
        server.store.datasets(Lens::Spans).into_iter().collect();
    let slugs = slugs(&server.store);
    let datasets = slugs
        .iter()
        .filter_map(|slug| with_state(&server.store, slug, states.get(slug)));
    json_response(StatusCode::OK, &datasets.collect::<Vec<Json>>().into())
}

/// `GET /1/datasets/{dataset}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = dataset(&server.store, &slug(&name)).ok_or(NO_DATASET);
    answer(&headers, StatusCode::OK, found)
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
    let mut fields = Fields::of(body)?;
    let name = fields.required("name", 255);
    let slug = slug(&name);
    if slug == QuerySpec::ALL_DATASETS {
        fields.problem("name", "invalid", "is the name of all datasets together");
    }
    let made = json!({
        "name": name,
        "slug": slug,
        "description": fields.text("description", 1024).unwrap_or_default(),
        "expand_json_depth": fields.whole("expand_json_depth", 0..=10).unwrap_or(0),
        "settings": { "delete_protected": protection(&mut fields).unwrap_or(true) },
        "created_at": rfc3339(now()),
    });
    fields.done()?;
    if let Some(known) = dataset(&server.store, &slug) {
        return Ok((StatusCode::OK, known));
    }
    // Whoever came first has made it.
    put(server, DATASETS, slug.clone(), |there, _| {
        Ok(there.cloned().unwrap_or(made))
    })
    .await?;
    let made = dataset(&server.store, &slug).ok_or(NO_DATASET)?;
    Ok((StatusCode::CREATED, made))
}

/// `PUT /1/datasets/{dataset}`
///
/// What is not said goes back to its default. Source: the same path in Honeycomb's OpenAPI document.
pub async fn update(
    State(server): State<Arc<HoneycombServer>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let updated = try_update(&server, &slug(&name), &body).await;
    answer(&headers, StatusCode::OK, updated)
}

async fn try_update(server: &HoneycombServer, slug: &str, body: &Bytes) -> Result<Json, Refusal> {
    let mut fields = Fields::of(body)?;
    let description = fields.text("description", 1024).unwrap_or_default();
    let expand_json_depth = fields.whole("expand_json_depth", 0..=10).unwrap_or(0);
    let delete_protected = protection(&mut fields).unwrap_or(true);
    fields.done()?;
    let name = dataset(&server.store, slug).ok_or(NO_DATASET)?["name"].take();
    put(server, DATASETS, slug.to_string(), |there, _| {
        let mut updated = json!({
            "name": name,
            "slug": slug,
            "description": description,
            "expand_json_depth": expand_json_depth,
            "settings": { "delete_protected": delete_protected },
        });
        if let Some(created_at) = there.and_then(|there| there.get("created_at")) {
            updated["created_at"] = created_at.clone();
        }
        Ok(updated)
    })
    .await?;
    dataset(&server.store, slug).ok_or(NO_DATASET)
}

/// `DELETE /1/datasets/{dataset}`
///
/// The service takes its time after the 202; here everything is gone when it comes.
pub async fn delete(
    State(server): State<Arc<HoneycombServer>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let deleted = try_delete(&server, &slug(&name)).await;
    answer_nothing(&headers, StatusCode::ACCEPTED, deleted)
}

async fn try_delete(server: &HoneycombServer, slug: &str) -> Result<(), Refusal> {
    let known = dataset(&server.store, slug).ok_or(NO_DATASET)?;
    if known["settings"]["delete_protected"] != false {
        let error = "The dataset is protected from deletion.";
        return Err(Refusal::Conflict(error));
    }
    // The events first: should we be stopped in between, what is left is a dataset without events that can
    // be deleted again, and not events that nobody may delete.
    let forgotten = server.store.delete_events(Lens::Spans, slug).await;
    forgotten.map_err(Refusal::Store)?;
    let gone = server.store.transact(|documents| {
        let mut changes = vec![Change::Delete {
            table: DATASETS,
            key: slug.to_string(),
        }];
        for table in [
            QUERIES,
            COLUMNS,
            MARKERS,
            MARKER_SETTINGS,
            ANNOTATIONS,
            DERIVED,
            DEFINITIONS,
        ] {
            let prefix = key(slug, "");
            let of_dataset = documents.list(table, &prefix);
            changes.extend(of_dataset.map(|(key, _)| Change::Delete {
                table,
                key: key.to_string(),
            }));
        }
        Ok::<_, Refusal>((changes, ()))
    });
    gone.await.map_err(Refusal::Store)?
}

/// Returns how deep objects in the fields of a dataset's events are unpacked.
pub fn expand_json_depth(store: &Store, name: &str) -> usize {
    let document = store.document(DATASETS, &slug(name));
    let depth = document.and_then(|document| document.get("expand_json_depth")?.as_u64());
    depth.unwrap_or(0) as usize
}

/// Returns the slugs of all datasets, in order.
pub fn slugs(store: &Store) -> BTreeSet<String> {
    let made = store.documents(DATASETS, "").into_iter();
    let written = store.datasets(Lens::Spans).into_iter();
    made.map(|(slug, _)| slug)
        .chain(written.map(|(slug, _)| slug))
        .collect()
}

/// Returns the parts of a dataset, or of all; `None` if there is no such dataset.
pub fn parts(store: &Store, dataset: &str) -> Option<Vec<Arc<Part>>> {
    if dataset == QuerySpec::ALL_DATASETS {
        return Some(store.all_parts(Lens::Spans));
    }
    let parts = store.parts(Lens::Spans, dataset);
    let is_known = !parts.is_empty()
        || store.document(DATASETS, &slug(dataset)).is_some()
        || store.misses_events(Lens::Spans, dataset);
    is_known.then_some(parts)
}

/// Returns which events of a dataset, or of all, no part has, if they may lie in `window`.
pub fn left_out(store: &Store, dataset: &str, window: Window) -> LeftOut {
    let dataset = Some(dataset).filter(|dataset| *dataset != QuerySpec::ALL_DATASETS);
    store.left_out(Lens::Spans, dataset, window, Reads::Heads)
}

/// Says in a header of an answer that is made of the events of a dataset what it leaves out.
pub fn say_left_out(response: &mut Response, store: &Store, dataset: &str) {
    let left_out = left_out(store, dataset, Window::ALL);
    // What was evicted has left with its columns, as it should.
    let unread = LeftOut {
        gone: Vec::new(),
        ..left_out
    };
    let text = unread
        .header()
        .and_then(|text| HeaderValue::try_from(text).ok());
    if let Some(text) = text {
        response.headers_mut().insert(HEADER, text);
    }
}

// `settings.delete_protected`
fn protection(fields: &mut Fields) -> Option<bool> {
    match fields.get("settings")?.get("delete_protected").cloned() {
        None | Some(Json::Null) => None,
        Some(Json::Bool(is_protected)) => Some(is_protected),
        Some(_) => {
            let field = "settings.delete_protected";
            fields.problem(field, "incorrect_type", "must be true or false");
            None
        }
    }
}

fn dataset(store: &Store, slug: &str) -> Option<Json> {
    let mut written = store.datasets(Lens::Spans).into_iter();
    let state = written.find(|(key, _)| key == slug);
    with_state(store, slug, state.map(|(_, state)| state).as_ref())
}

fn with_state(store: &Store, slug: &str, state: Option<&DatasetState>) -> Option<Json> {
    let document = store.document(DATASETS, slug);
    let mut dataset = match (document, state) {
        (Some(document), _) => (*document).clone(),
        (None, Some(state)) => json!({ "name": state.name, "slug": slug }),
        (None, None) => return None,
    };
    for (name, default) in [
        ("description", json!("")),
        ("expand_json_depth", json!(0)),
        // So is a dataset of the service from its beginning.
        ("settings", json!({ "delete_protected": true })),
    ] {
        if dataset.get(name).is_none() {
            dataset[name] = default;
        }
    }
    // Nobody noted when events made a dataset, so its `created_at` is left out.
    let last = |state: &DatasetState| rfc3339(state.last_time);
    dataset["last_written_at"] = state.map(last).into();
    dataset["regular_columns_count"] = n_columns(store, slug).into();
    Some(dataset)
}
