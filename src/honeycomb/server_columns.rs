//! Columns: what the events have, and what people said about them.
//!
//! A column comes into being with its first value, or by hand before that. What is said by hand is a
//! document beside the events, and wins over what they show. A column that was deleted is neither listed
//! nor may a query name it, until an event of a later time has it again; its values stay where they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::server::HoneycombServer;
use super::server_datasets::{NO_DATASET, parts, slugs};
use super::server_fields::{Fields, answer, answer_nothing, key, put};
use super::server_queries::short_id;
use super::server_refusal::Refusal;
use super::spec_reader::Problem;
use crate::clock::now;
use crate::model::query::QuerySpec;
use crate::model::time::rfc3339;
use crate::store::{FieldKind, Part, Store, Table};

pub(super) const COLUMNS: Table = Table("honeycomb/column");

const TYPES: [&str; 5] = ["string", "float", "integer", "boolean", "histogram"];
const NO_COLUMN: Refusal = Refusal::NotFound("Column not found");

/// What a list of columns may be narrowed to.
#[derive(Debug, Deserialize)]
pub struct ColumnsQuery {
    key_name: Option<String>,
}

/// `GET /1/columns/{dataset}`, a single object with `?key_name=`
pub async fn list(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    Query(query): Query<ColumnsQuery>,
    headers: HeaderMap,
) -> Response {
    let listed = columns(&server.store, &dataset).ok_or(NO_DATASET);
    let listed = listed.and_then(|mut columns| match query.key_name {
        Some(name) => columns.remove(&name).ok_or(NO_COLUMN),
        None => Ok(columns.into_values().collect::<Vec<Json>>().into()),
    });
    answer(&headers, StatusCode::OK, listed)
}

/// `GET /1/columns/{dataset}/{id}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(&headers, StatusCode::OK, find(&server.store, &dataset, &id))
}

/// `POST /1/columns/{dataset}`
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
    // The one field whose absence the service answers in the legacy form.
    if fields.get("key_name").is_none_or(|name| name == "") {
        return Err(Refusal::BadRequest("Key name cannot be blank".into()));
    }
    let name = fields.required("key_name", 255);
    let column = json!({
        "id": short_id(&[&name]),
        "key_name": name,
        "type": fields.one_of("type", &TYPES).unwrap_or_else(|| "string".into()),
        "description": fields.text("description", 255).unwrap_or_default(),
        "hidden": fields.truth("hidden").unwrap_or(false),
        "created_at": rfc3339(now()),
        "updated_at": rfc3339(now()),
    });
    fields.done()?;
    // The name of all datasets together has columns, but none of its own.
    let known = match dataset {
        QuerySpec::ALL_DATASETS => None,
        dataset => columns(&server.store, dataset),
    };
    let is_known = known.ok_or(NO_DATASET)?.contains_key(&name);
    let key = key(dataset, &short_id(&[&name]));
    put(server, COLUMNS, key, |there, _| {
        let is_made = there.is_some_and(|there| there.get("deleted_at").is_none());
        if is_known || is_made {
            return Err(Refusal::Conflict("A resource by that name already exists."));
        }
        Ok(column)
    })
    .await
}

/// `PUT /1/columns/{dataset}/{id}`
///
/// What is not said stays as it is; the name stays in any case.
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
    let kind = fields.one_of("type", &TYPES);
    let description = fields.text("description", 255);
    let hidden = fields.truth("hidden");
    fields.done()?;
    let mut column = find(&server.store, dataset, id)?;
    put(server, COLUMNS, key(dataset, id), |_, _| {
        if let Some(kind) = kind {
            column["type"] = kind.into();
        }
        if let Some(description) = description {
            column["description"] = description.into();
        }
        if let Some(hidden) = hidden {
            column["hidden"] = hidden.into();
        }
        column["updated_at"] = rfc3339(now()).into();
        Ok(column)
    })
    .await
}

/// `DELETE /1/columns/{dataset}/{id}`
pub async fn delete(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let deleted = match find(&server.store, &dataset, &id) {
        Ok(column) => {
            let gone = json!({ "key_name": column["key_name"], "deleted_at": now() });
            put(&server, COLUMNS, key(&dataset, &id), |_, _| Ok(gone)).await
        }
        Err(refusal) => Err(refusal),
    };
    answer_nothing(&headers, StatusCode::NO_CONTENT, deleted)
}

/// Refuses a query that names a column which was deleted.
///
/// # Errors
/// `Invalid`.
pub fn check_deleted(store: &Store, dataset: &str, spec: &QuerySpec) -> Result<(), Refusal> {
    let documents = store.documents(COLUMNS, &key(dataset, ""));
    let is_gone = |(_, document): &(String, Arc<Json>)| document.get("deleted_at").is_some();
    if !documents.iter().any(is_gone) {
        return Ok(());
    }
    let seen = parts(store, dataset)
        .map(|parts| discovered(&parts))
        .unwrap_or_default();
    let gone = documents.iter().filter(|(_, document)| {
        let name = document.get("key_name").and_then(Json::as_str);
        is_deleted(document, name.and_then(|name| seen.get(name)))
    });
    let named = spec.columns();
    let problems: Vec<Problem> = gone
        .filter_map(|(_, document)| document.get("key_name")?.as_str())
        .filter(|name| named.contains(name))
        .map(|name| Problem {
            field: "column".into(),
            code: "invalid",
            description: format!("{name} was deleted from this dataset"),
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(problems))
    }
}

/// Tells whether a dataset, or any of all, has a column called `name`.
pub fn has_column(store: &Store, dataset: &str, name: &str) -> bool {
    columns(store, dataset).is_some_and(|columns| columns.contains_key(name))
}

/// Returns how many columns a dataset has; `None` for none.
pub fn n_columns(store: &Store, dataset: &str) -> Option<usize> {
    columns(store, dataset)
        .map(|columns| columns.len())
        .filter(|n| *n > 0)
}

// The environment as a whole only lists columns.
fn find(store: &Store, dataset: &str, id: &str) -> Result<Json, Refusal> {
    if dataset == QuerySpec::ALL_DATASETS {
        return Err(NO_DATASET);
    }
    let columns = columns(store, dataset).ok_or(NO_DATASET)?;
    let found = columns.into_values().find(|column| column["id"] == id);
    found.ok_or(NO_COLUMN)
}

// The columns of a dataset, or of all, by name; `None` if there is no such dataset.
fn columns(store: &Store, dataset: &str) -> Option<BTreeMap<String, Json>> {
    if dataset != QuerySpec::ALL_DATASETS {
        return columns_of(store, dataset);
    }
    let mut all: BTreeMap<String, Json> = BTreeMap::new();
    for slug in slugs(store) {
        for (name, column) in columns_of(store, &slug).unwrap_or_default() {
            // Of those that have one name, the one that was written last, to the second: so these texts sort.
            let last = |column: &Json| column["last_written"].as_str().map(str::to_string);
            match all.get(&name) {
                Some(known) if last(known) >= last(&column) => {}
                _ => drop(all.insert(name, column)),
            }
        }
    }
    Some(all)
}

/// Returns the columns of a dataset, by name; `None` if there is no such dataset.
pub(super) fn columns_of(store: &Store, dataset: &str) -> Option<BTreeMap<String, Json>> {
    let seen = discovered(&parts(store, dataset)?);
    let mut columns: BTreeMap<String, Json> = BTreeMap::new();
    for (_, document) in store.documents(COLUMNS, &key(dataset, "")) {
        if let Some(name) = document.get("key_name").and_then(Json::as_str) {
            columns.insert(name.to_string(), (*document).clone());
        }
    }
    for (name, seen) in &seen {
        let column = columns.entry(name.clone()).or_insert(Json::Null);
        if column.is_null()
            || (column.get("deleted_at").is_some() && !is_deleted(column, Some(seen)))
        {
            *column = json!({
                "id": short_id(&[name]),
                "key_name": name,
                "type": seen.kind,
                "description": "",
                "hidden": false,
            });
        }
        column["last_written"] = rfc3339(seen.last).into();
    }
    columns.retain(|_, column| column.get("deleted_at").is_none());
    Some(columns)
}

fn is_deleted(document: &Json, seen: Option<&Seen>) -> bool {
    let deleted_at = document.get("deleted_at").and_then(Json::as_i64);
    deleted_at.is_some_and(|deleted_at| seen.is_none_or(|seen| seen.last <= deleted_at))
}

// A column as the events show it: the time of the newest that has it, and the type of its value there.
struct Seen {
    last: i64,
    kind: &'static str,
}

fn discovered(parts: &[Arc<Part>]) -> BTreeMap<String, Seen> {
    let mut columns: BTreeMap<String, Seen> = BTreeMap::new();
    for part in parts {
        for field in part.fields() {
            // Of damaged times, the file's own word for the newest.
            let time = Some(part).filter(|part| part.is_sound([]));
            let time = time.and_then(|part| part.times().get(field.last));
            let last = time.copied().unwrap_or(part.last_time());
            let kind = match field.kind {
                FieldKind::Text => "string",
                FieldKind::Int => "integer",
                FieldKind::Float => "float",
                FieldKind::Bool => "boolean",
            };
            let seen = columns
                .entry(field.name.to_string())
                .or_insert(Seen { last, kind });
            if last >= seen.last {
                *seen = Seen { last, kind };
            }
        }
    }
    columns
}
