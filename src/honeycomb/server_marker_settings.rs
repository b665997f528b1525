//! Marker settings: which colour the markers of a type have.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::server::HoneycombServer;
use super::server_datasets::{NO_DATASET, parts};
use super::server_fields::{self as documents, Fields, answer, key};
use super::server_queries::random_id;
use super::server_refusal::Refusal;
use super::spec_reader::Problem;
use crate::clock::now;
use crate::model::query::QuerySpec;
use crate::model::time::rfc3339;
use crate::store::Table;

pub(super) const MARKER_SETTINGS: Table = Table("honeycomb/marker_setting");

const MISSING: &str = "Marker setting not found";

/// `GET /1/marker_settings/{dataset}`
pub async fn list(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
) -> Response {
    let listed = match parts(&server.store, &dataset) {
        Some(_) => Ok(documents::list(&server, MARKER_SETTINGS, &dataset).into()),
        None => Err(NO_DATASET),
    };
    answer(&headers, StatusCode::OK, listed)
}

/// `POST /1/marker_settings/{dataset}`
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
    let mut fields = Fields::of(body)?;
    let kind = fields.required("type", 255);
    let color = color(&mut fields);
    fields.done()?;
    parts(&server.store, dataset).ok_or(NO_DATASET)?;
    let id = random_id();
    let at = rfc3339(now());
    let setting = json!({
        "type": kind, "color": color, "id": id, "created_at": at, "updated_at": at,
    });
    let own = key(dataset, "");
    documents::put(server, MARKER_SETTINGS, key(dataset, &id), |_, there| {
        let mut others = there.list(MARKER_SETTINGS, &own);
        if others.any(|(_, other)| other["type"] == kind.as_str()) {
            return Err(Refusal::Invalid(vec![Problem {
                field: "type".to_string(),
                code: "already_exists",
                description: format!(
                    "there is a setting for markers of type {kind}; change its colour"
                ),
            }]));
        }
        Ok(setting)
    })
    .await
}

/// `PUT /1/marker_settings/{dataset}/{id}`, which changes the colour; the type stays.
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
    let mut fields = Fields::of(body)?;
    let kind = fields.text("type", 255);
    let color = color(&mut fields);
    fields.done()?;
    documents::put(server, MARKER_SETTINGS, key(dataset, id), |there, _| {
        let mut setting = there.ok_or(Refusal::NotFound(MISSING))?.clone();
        if kind.is_some_and(|kind| setting["type"] != kind.as_str()) {
            return Err(Refusal::Invalid(vec![Problem {
                field: "type".to_string(),
                code: "invalid",
                description: "cannot be changed".to_string(),
            }]));
        }
        setting["color"] = color.into();
        setting["updated_at"] = rfc3339(now()).into();
        Ok(setting)
    })
    .await
}

/// `DELETE /1/marker_settings/{dataset}/{id}`, which answers with what is gone.
pub async fn delete(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let key = key(&dataset, &id);
    let deleted = documents::delete(&server, MARKER_SETTINGS, key, MISSING).await;
    answer(&headers, StatusCode::OK, deleted)
}

/// Returns the colour of each type of marker in a dataset. What is set for all datasets holds where the
/// dataset has nothing of its own.
pub(super) fn colors(server: &HoneycombServer, dataset: &str) -> HashMap<String, String> {
    [QuerySpec::ALL_DATASETS, dataset]
        .iter()
        .flat_map(|dataset| documents::list(server, MARKER_SETTINGS, dataset))
        .filter_map(|setting| {
            let text = |name: &str| setting[name].as_str().map(str::to_string);
            Some((text("type")?, text("color")?))
        })
        .collect()
}

// `#7b1fa2`
fn color(fields: &mut Fields) -> String {
    let color = fields.required("color", 255);
    let digits = color.strip_prefix('#').unwrap_or_default();
    let is_color = digits.len() == 6 && digits.bytes().all(|it| it.is_ascii_hexdigit());
    if !color.is_empty() && !is_color {
        fields.problem(
            "color",
            "invalid",
            "must be # and six hexadecimal digits: #7b1fa2",
        );
    }
    color
}
