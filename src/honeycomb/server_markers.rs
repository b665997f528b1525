//! Markers: moments or spans of time that a person wants to see on a graph.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json};

use super::server::HoneycombServer;
use super::server_datasets::parts;
use super::server_fields::{self as documents, answer, key};
use super::server_marker_settings::colors;
use super::server_refusal::{Refusal, json_response, parse_body};
use super::spec_reader::Problem;
use crate::clock::now;
use crate::model::time::SECOND;
use crate::model::time::rfc3339;
use crate::store::{Change, Table};

pub(super) const MARKERS: Table = Table("honeycomb/marker");

/// `GET /1/markers/{dataset}`, where alone each marker has the colour of its type.
pub async fn list(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
) -> Response {
    if parts(&server.store, &dataset).is_none() {
        return Refusal::NotFound("Dataset not found").response(&headers);
    }
    let colors = colors(&server, &dataset);
    let mut markers = documents::list(&server, MARKERS, &dataset);
    for marker in &mut markers {
        if let Some(color) = marker["type"].as_str().and_then(|it| colors.get(it)) {
            marker["color"] = color.clone().into();
        }
    }
    json_response(StatusCode::OK, &markers.into())
}

/// `POST /1/markers/{dataset}`
pub async fn create(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(
        &headers,
        StatusCode::CREATED,
        try_create(&server, &dataset, &body).await,
    )
}

async fn try_create(
    server: &HoneycombServer,
    dataset: &str,
    body: &Bytes,
) -> Result<Json, Refusal> {
    let mut marker = marker_of(body)?;
    parts(&server.store, dataset).ok_or(Refusal::NotFound("Dataset not found"))?;
    let now = now();
    // The service's ids of markers are hexadecimal.
    let id = format!("{:016x}", rand::random::<u64>());
    marker.entry("start_time").or_insert((now / SECOND).into());
    marker.insert("id".into(), id.clone().into());
    marker.insert("created_at".into(), rfc3339(now).into());
    marker.insert("updated_at".into(), rfc3339(now).into());
    let marker = Json::Object(marker);
    let change = Change::Put {
        table: MARKERS,
        key: key(dataset, &id),
        value: marker.clone(),
    };
    let made = server
        .store
        .transact(|_| Ok::<_, Refusal>((vec![change], ())))
        .await;
    made.map_err(Refusal::Store)??;
    Ok(marker)
}

/// `PUT /1/markers/{dataset}/{id}`
///
/// What the new marker does not say is gone, except when it began.
pub async fn replace(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let replaced = try_replace(&server, &dataset, &id, &body).await;
    answer(&headers, StatusCode::OK, replaced)
}

async fn try_replace(
    server: &HoneycombServer,
    dataset: &str,
    id: &str,
    body: &Bytes,
) -> Result<Json, Refusal> {
    let mut marker = marker_of(body)?;
    let key = key(dataset, id);
    let replaced = server.store.transact(move |documents| {
        let known = documents
            .get(MARKERS, &key)
            .ok_or(Refusal::NotFound(MISSING))?;
        let kept = |name: &str| known.get(name).cloned().unwrap_or_default();
        marker.entry("start_time").or_insert(kept("start_time"));
        marker.insert("id".into(), kept("id"));
        marker.insert("created_at".into(), kept("created_at"));
        marker.insert("updated_at".into(), rfc3339(now()).into());
        let value = Json::Object(marker);
        let change = Change::Put {
            table: MARKERS,
            key,
            value: value.clone(),
        };
        Ok::<_, Refusal>((vec![change], value))
    });
    replaced.await.map_err(Refusal::Store)?
}

/// `DELETE /1/markers/{dataset}/{id}`, which answers with what is gone.
pub async fn delete(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let deleted = documents::delete(&server, MARKERS, key(&dataset, &id), MISSING).await;
    answer(&headers, StatusCode::OK, deleted)
}

const MISSING: &str = "Marker not found";

// Returns the fields that a person sets; times are seconds since the epoch.
fn marker_of(body: &Bytes) -> Result<Map<String, Json>, Refusal> {
    let Json::Object(mut body) = parse_body(body)? else {
        return Err(Refusal::Unparseable);
    };
    let mut marker = Map::new();
    let mut problems = Vec::new();
    let is_time = |value: &Json| value.as_i64().is_some_and(|second| second >= 0);
    for (name, is_well, description) in [
        ("start_time", &is_time as &dyn Fn(&Json) -> bool, SECONDS),
        ("end_time", &is_time, SECONDS),
        ("message", &Json::is_string, "must be a string"),
        ("type", &Json::is_string, "must be a string"),
        ("url", &Json::is_string, "must be a string"),
    ] {
        match body.remove(name) {
            None | Some(Json::Null) => {}
            Some(value) if is_well(&value) => drop(marker.insert(name.to_string(), value)),
            Some(_) => problems.push(Problem {
                field: name.to_string(),
                code: "incorrect_type",
                description: description.to_string(),
            }),
        }
    }
    if problems.is_empty() {
        Ok(marker)
    } else {
        Err(Refusal::Invalid(problems))
    }
}

const SECONDS: &str = "must be whole seconds since the epoch";
