//! Dataset definitions: which column of a dataset plays which part, such as the one with the duration.
//!
//! They are kept and given back, and change nothing about what the stack answers. What is not set has the
//! first of the service's own candidates that the dataset has.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json, json};

use super::server::HoneycombServer;
use super::server_columns::columns_of;
use super::server_datasets::NO_DATASET;
use super::server_derived::DERIVED;
use super::server_fields::{self as documents, Fields, answer, key, put};
use super::server_refusal::Refusal;
use crate::store::Table;

pub(super) const DEFINITIONS: Table = Table("honeycomb/dataset_definition");

/// The parts, and which columns play them unless others are named: the service's candidates, and then the
/// names that OpenTelemetry writes.
///
/// Source: Honeycomb's OpenAPI document, DatasetDefinition; the candidates as its Terraform provider lists
/// them.
#[rustfmt::skip]
const PARTS: [(&str, &[&str]); 16] = [
    ("span_id", &["trace.span_id", "id"]),
    ("trace_id", &["trace.trace_id", "traceId"]),
    ("parent_id", &["trace.parent_id", "parentId"]),
    ("name", &["name"]),
    ("service_name", &["service_name", "service.name", "serviceName"]),
    ("duration_ms", &["duration_ms", "durationMs", "request_processing_time"]),
    ("span_kind", &["meta.span_type", "span.kind"]),
    ("annotation_type", &["meta.annotation_type"]),
    ("link_span_id", &["trace.link.span_id"]),
    ("link_trace_id", &["trace.link.trace_id"]),
    ("error", &["error"]),
    ("status", &["response.status_code", "http.status_code", "elb_status_code", "http.response.status_code"]),
    ("route", &["route", "http.route", "request_path"]),
    ("user", &["user.id", "user.email", "request.user.id", "request.user.username"]),
    ("log_severity", &["severity_text", "severity"]),
    ("log_message", &["body", "message"]),
];

/// `GET /1/dataset_definitions/{dataset}`
pub async fn get(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(&headers, StatusCode::OK, definitions(&server, &dataset))
}

/// `PATCH /1/dataset_definitions/{dataset}`
///
/// What is not named stays as it is; an empty name, or null, takes a definition back.
pub async fn change(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let changed = try_change(&server, &dataset, &body).await;
    answer(&headers, StatusCode::OK, changed)
}

async fn try_change(
    server: &HoneycombServer,
    dataset: &str,
    body: &Bytes,
) -> Result<Json, Refusal> {
    let columns = Columns::of(server, dataset)?;
    let mut fields = Fields::of(body)?;
    let mut changes: Vec<(String, Option<Json>)> = Vec::new();
    for (part, asked) in fields.members() {
        if PARTS.iter().all(|(known, _)| *known != part) {
            let known: Vec<&str> = PARTS.iter().map(|(known, _)| *known).collect();
            let says = format!("is no definition; there are {}", known.join(", "));
            fields.problem(&part, "invalid", says);
            continue;
        }
        let name = match &asked {
            Json::Null => Some(""),
            asked => asked.get("name").and_then(Json::as_str),
        };
        match name {
            None => fields.problem(&part, "incorrect_type", "must be an object with a name"),
            Some("") => changes.push((part, None)),
            Some(name) => match columns.definition(name, asked["column_type"].as_str()) {
                Some(definition) => changes.push((part, Some(definition))),
                None => {
                    let says = format!("the dataset has no column {name}");
                    fields.problem(&part, "invalid", says);
                }
            },
        }
    }
    fields.done()?;
    put(server, DEFINITIONS, key(dataset, ""), |there, _| {
        let mut named = there.cloned().unwrap_or_else(|| json!({}));
        if let Some(named) = named.as_object_mut() {
            for (part, definition) in changes {
                match definition {
                    Some(definition) => drop(named.insert(part, definition)),
                    None => drop(named.remove(&part)),
                }
            }
        }
        Ok(named)
    })
    .await?;
    definitions(server, dataset)
}

fn definitions(server: &HoneycombServer, dataset: &str) -> Result<Json, Refusal> {
    let columns = Columns::of(server, dataset)?;
    let named = documents::get(server, DEFINITIONS, dataset, "").unwrap_or_default();
    let mut all = Map::new();
    for (part, candidates) in PARTS {
        let own = named.get(part).cloned();
        let definition = own.or_else(|| {
            let mut candidates = candidates.iter();
            candidates.find_map(|name| columns.definition(name, Some(COLUMN)))
        });
        if let Some(definition) = definition {
            all.insert(part.to_string(), definition);
        }
    }
    Ok(all.into())
}

const COLUMN: &str = "column";
const DERIVED_COLUMN: &str = "derived_column";

/// The names of a dataset's columns.
struct Columns {
    own: Vec<String>,
    derived: Vec<String>,
}

impl Columns {
    fn of(server: &HoneycombServer, dataset: &str) -> Result<Columns, Refusal> {
        let own = columns_of(&server.store, dataset).ok_or(NO_DATASET)?;
        let derived = documents::list(server, DERIVED, dataset).into_iter();
        let alias = |it: Json| it["alias"].as_str().map(str::to_string);
        Ok(Columns {
            own: own.into_keys().collect(),
            derived: derived.filter_map(alias).collect(),
        })
    }

    // Of either kind unless one is asked for.
    fn definition(&self, name: &str, kind: Option<&str>) -> Option<Json> {
        let kinds = [(COLUMN, &self.own), (DERIVED_COLUMN, &self.derived)];
        let kind = kind.filter(|kind| !kind.is_empty());
        let found = kinds.into_iter().find(|(known, names)| {
            kind.is_none_or(|kind| kind == *known) && names.iter().any(|it| it == name)
        });
        found.map(|(kind, _)| json!({ "name": name, "column_type": kind }))
    }
}
