//! Derived columns: calculated fields that a dataset, or the whole environment, has for all queries.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::server::HoneycombServer;
use super::server_columns::has_column;
use super::server_datasets::{NO_DATASET, parts, slugs};
use super::server_fields::{self as documents, Fields, answer, answer_nothing, key};
use super::server_queries::random_id;
use super::server_refusal::Refusal;
use super::spec_clauses::relation_of;
use crate::clock::now;
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::QuerySpec;
use crate::model::time::rfc3339;
use crate::store::{Documents, Table};

pub(super) const DERIVED: Table = Table("honeycomb/derived_column");

const MISSING: &str = "Derived column not found";

/// What a list of derived columns may be narrowed to.
#[derive(Debug, Deserialize)]
pub struct DerivedQuery {
    alias: Option<String>,
}

/// `GET /1/derived_columns/{dataset}`, a single object with `?alias=`
pub async fn list(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    Query(query): Query<DerivedQuery>,
    headers: HeaderMap,
) -> Response {
    let listed = match (parts(&server.store, &dataset), query.alias) {
        (None, _) => Err(NO_DATASET),
        (Some(_), None) => Ok(documents::list(&server, DERIVED, &dataset).into()),
        (Some(_), Some(alias)) => {
            let mut all = documents::list(&server, DERIVED, &dataset).into_iter();
            let found = all.find(|derived| derived["alias"] == alias.as_str());
            found.ok_or(Refusal::NotFound(MISSING))
        }
    };
    answer(&headers, StatusCode::OK, listed)
}

/// `GET /1/derived_columns/{dataset}/{id}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let found = documents::get(&server, DERIVED, &dataset, &id);
    answer(
        &headers,
        StatusCode::OK,
        found.ok_or(Refusal::NotFound(MISSING)),
    )
}

/// `POST /1/derived_columns/{dataset}`
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
    let mut derived = derived(body)?;
    parts(&server.store, dataset).ok_or(NO_DATASET)?;
    check_names(server, dataset, &derived)?;
    let id = random_id();
    derived["id"] = id.clone().into();
    derived["created_at"] = rfc3339(now()).into();
    derived["updated_at"] = rfc3339(now()).into();
    documents::put(server, DERIVED, key(dataset, &id), |_, all| {
        no_other_has(all, dataset, &derived)?;
        Ok(derived)
    })
    .await
}

/// `PUT /1/derived_columns/{dataset}/{id}`
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
    let mut derived = derived(body)?;
    if documents::get(server, DERIVED, dataset, id).is_some() {
        check_names(server, dataset, &derived)?;
    }
    documents::put(server, DERIVED, key(dataset, id), |there, all| {
        let there = there.ok_or(Refusal::NotFound(MISSING))?;
        derived["id"] = id.into();
        no_other_has(all, dataset, &derived)?;
        derived["created_at"] = there["created_at"].clone();
        derived["updated_at"] = rfc3339(now()).into();
        Ok(derived)
    })
    .await
}

/// `DELETE /1/derived_columns/{dataset}/{id}`
pub async fn delete(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let deleted = documents::delete(&server, DERIVED, key(&dataset, &id), MISSING).await;
    answer_nothing(&headers, StatusCode::NO_CONTENT, deleted)
}

// An expression names what there is: columns, and other derived columns. One of the environment may name those
// of any dataset. The words are the service's. Source: the acceptance tests of its Terraform provider.
fn check_names(server: &HoneycombServer, dataset: &str, derived: &Json) -> Result<(), Refusal> {
    let expression = derived["expression"].as_str().unwrap_or_default();
    let Ok(formula) = Formula::parse(expression) else {
        return Ok(());
    };
    let mut of = vec![dataset.to_string(), QuerySpec::ALL_DATASETS.to_string()];
    if dataset == QuerySpec::ALL_DATASETS {
        of.extend(slugs(&server.store));
    }
    let is_alias = |name: &str| {
        let mut derived = of
            .iter()
            .flat_map(|of| documents::list(server, DERIVED, of));
        derived.any(|it| it["alias"] == name)
    };
    let is_known = |name: &str| has_column(&server.store, dataset, name) || is_alias(name);
    match formula.columns().iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(unknown) => Err(Refusal::BadRequest(format!(
            "unknown column name: {unknown}"
        ))),
    }
}

fn no_other_has(all: &Documents, dataset: &str, own: &Json) -> Result<(), Refusal> {
    let prefix = key(dataset, "");
    let mut all = all.list(DERIVED, &prefix);
    match all.any(|(_, other)| other["alias"] == own["alias"] && other["id"] != own["id"]) {
        true => Err(Refusal::Conflict("A resource by that name already exists.")),
        false => Ok(()),
    }
}

fn derived(body: &Bytes) -> Result<Json, Refusal> {
    let mut fields = Fields::of(body)?;
    let derived = json!({
        "alias": fields.required("alias", 255),
        "expression": fields.required("expression", 4095),
        "description": fields.text("description", 255).unwrap_or_default(),
    });
    fields.done()?;
    let expression = derived["expression"].as_str().unwrap_or_default();
    // The service's document has no 422 for this resource.
    let wrong = |text: String| Refusal::BadRequest(format!("expression: {text}"));
    let formula = Formula::parse(expression).map_err(|error| wrong(error.to_string()))?;
    match formula
        .columns()
        .iter()
        .find_map(|column| relation_of(column))
    {
        Some(prefix) => Err(wrong(format!(
            "the relational prefix `{prefix}` is not supported by this server"
        ))),
        None => Ok(derived),
    }
}

/// Adds to a query those derived columns of its dataset and of the environment that it names, and those
/// that they name in turn.
pub fn add_derived(server: &HoneycombServer, dataset: &str, spec: &mut QuerySpec) {
    let mut known = Vec::new();
    for of in [dataset, QuerySpec::ALL_DATASETS] {
        for derived in documents::list(server, DERIVED, of) {
            let text = |name: &str| derived.get(name).and_then(Json::as_str);
            if let (Some(alias), Some(expression)) = (text("alias"), text("expression"))
                && let Ok(formula) = Formula::parse(expression)
            {
                let name = alias.to_string();
                known.push(NamedFormula { name, formula });
            }
        }
    }
    let mut needed = needed(spec, &known);
    needed.append(&mut spec.calculated_fields);
    spec.calculated_fields = needed;
}

// Each after those that it names. One in a circle reads the column of the name that closes it. A field of
// the query hides a derived column of its name.
fn needed(spec: &QuerySpec, known: &[NamedFormula]) -> Vec<NamedFormula> {
    let own = &spec.calculated_fields;
    let mut taken: Vec<&str> = own.iter().map(|field| field.name.as_str()).collect();
    let mut found = Vec::new();
    // What is still to be looked at; a derived column comes a second time when those it names are done.
    let mut open: Vec<(&str, Option<&NamedFormula>)> = spec
        .columns()
        .into_iter()
        .rev()
        .map(|name| (name, None))
        .collect();
    while let Some((name, done)) = open.pop() {
        if let Some(derived) = done {
            found.push(derived.clone());
            continue;
        }
        if taken.contains(&name) {
            continue;
        }
        if let Some(derived) = known.iter().find(|derived| derived.name == name) {
            taken.push(name);
            open.push((name, Some(derived)));
            let columns = derived.formula.columns().iter();
            open.extend(columns.map(|column| (column.as_str(), None)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::query::{Calculation, Op};
    use crate::model::time::TimeRange;

    fn named(name: &str, formula: &str) -> NamedFormula {
        NamedFormula {
            name: name.into(),
            formula: Formula::parse(formula).unwrap(),
        }
    }

    #[test]
    fn a_query_gets_the_derived_columns_that_it_needs_each_after_those_it_names() {
        let known = [
            named("a", "$b + $c"),
            named("b", "$c + 1"),
            named("c", "$a + $raw"),
            named("own", "1"),
            named("unused", "1"),
        ];
        let max = Calculation::new(Op::Max, Some("a".into()));
        let mut spec = QuerySpec::new(vec![max], TimeRange::DEFAULT);
        spec.breakdowns = vec!["own".into(), "raw".into()];
        spec.calculated_fields = vec![named("own", "$b")];
        let needed = needed(&spec, &known);
        let names: Vec<&str> = needed.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
