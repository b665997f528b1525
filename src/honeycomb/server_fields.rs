//! What the resources that people make have in common: fields of a body, documents, answers.

use std::ops::RangeInclusive;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json};

use super::server::HoneycombServer;
use super::server_refusal::{Refusal, json_response, parse_body};
use super::spec_reader::Problem;
use crate::model::span::slug;
use crate::store::{Change, Documents, Table};

/// The fields of a body, and what is wrong with them.
pub struct Fields {
    body: Map<String, Json>,
    problems: Vec<Problem>,
}

impl Fields {
    /// Reads a body that is an object.
    ///
    /// # Errors
    /// As [`parse_body`]; `Unparseable` also for what is no object.
    pub fn of(body: &Bytes) -> Result<Fields, Refusal> {
        match parse_body(body)? {
            Json::Object(body) => Ok(Fields {
                body,
                problems: Vec::new(),
            }),
            _ => Err(Refusal::Unparseable),
        }
    }

    /// Notes that a field is wrong; `code` is one of the service's.
    pub fn problem(&mut self, field: &str, code: &'static str, description: impl Into<String>) {
        self.problems.push(Problem {
            field: field.to_string(),
            code,
            description: description.into(),
        });
    }

    /// Returns every field with its name.
    pub fn members(&self) -> Vec<(String, Json)> {
        let members = self.body.iter();
        members
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Returns a field; null is no field.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// Returns a text of at most `most` characters; `None` if there is none.
    pub fn text(&mut self, name: &str, most: usize) -> Option<String> {
        match self.get(name)?.as_str().map(str::to_string) {
            Some(text) if text.chars().count() <= most => return Some(text),
            Some(_) => self.problem(
                name,
                "invalid",
                format!("must be at most {most} characters"),
            ),
            None => self.problem(name, "incorrect_type", "must be a string"),
        }
        None
    }

    /// Returns a text that must be there and not be empty.
    pub fn required(&mut self, name: &str, most: usize) -> String {
        let is_blank = self.get(name).is_none_or(|value| value == "");
        if is_blank {
            self.problem(name, "missing", "cannot be blank");
            return String::new();
        }
        self.text(name, most).unwrap_or_default()
    }

    /// Returns a text that is one of `known`.
    pub fn one_of(&mut self, name: &str, known: &[&str]) -> Option<String> {
        let text = self.text(name, usize::MAX)?;
        if known.contains(&text.as_str()) {
            return Some(text);
        }
        self.problem(
            name,
            "invalid",
            format!("must be one of {}", known.join(", ")),
        );
        None
    }

    /// Returns a whole number within `range`.
    pub fn whole(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        match self.get(name)?.as_i64() {
            Some(number) if range.contains(&number) => return Some(number),
            Some(_) => {
                let (least, most) = range.into_inner();
                self.problem(
                    name,
                    "invalid",
                    format!("must be between {least} and {most}"),
                );
            }
            None => self.problem(name, "incorrect_type", "must be a whole number"),
        }
        None
    }

    /// Returns a truth.
    pub fn truth(&mut self, name: &str) -> Option<bool> {
        let truth = self.get(name)?.as_bool();
        if truth.is_none() {
            self.problem(name, "incorrect_type", "must be true or false");
        }
        truth
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `Invalid` with everything that was noted.
    pub fn done(self) -> Result<(), Refusal> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Invalid(self.problems))
        }
    }
}

/// Returns the key of a dataset's document.
pub fn key(dataset: &str, id: &str) -> String {
    // A slug has no `/`, so the documents of a dataset are those whose key starts with `slug/`.
    format!("{}/{id}", slug(dataset))
}

/// Returns a dataset's documents of a kind, by id.
pub fn list(server: &HoneycombServer, table: Table, dataset: &str) -> Vec<Json> {
    let documents = server.store.documents(table, &key(dataset, ""));
    documents
        .iter()
        .map(|(_, value)| (**value).clone())
        .collect()
}

/// Returns a document.
pub fn get(server: &HoneycombServer, table: Table, dataset: &str, id: &str) -> Option<Json> {
    let document = server.store.document(table, &key(dataset, id))?;
    Some((*document).clone())
}

/// Makes or replaces a document once `decide` has agreed, who is told what stands there already and what
/// else there is; nobody changes anything in between.
///
/// # Errors
/// What `decide` says; `Store`.
pub async fn put(
    server: &HoneycombServer,
    table: Table,
    key: String,
    decide: impl FnOnce(Option<&Json>, &Documents) -> Result<Json, Refusal>,
) -> Result<Json, Refusal> {
    let put = server.store.transact(move |documents| {
        let value = decide(documents.get(table, &key), documents)?;
        let change = Change::Put {
            table,
            key,
            value: value.clone(),
        };
        Ok::<_, Refusal>((vec![change], value))
    });
    put.await.map_err(Refusal::Store)?
}

/// Deletes a document and returns it.
///
/// # Errors
/// `NotFound` with `missing`; `Store`.
pub async fn delete(
    server: &HoneycombServer,
    table: Table,
    key: String,
    missing: &'static str,
) -> Result<Json, Refusal> {
    let deleted = server.store.transact(move |documents| {
        let known = documents.get(table, &key).cloned();
        let known = known.ok_or(Refusal::NotFound(missing))?;
        Ok::<_, Refusal>((vec![Change::Delete { table, key }], known))
    });
    deleted.await.map_err(Refusal::Store)?
}

/// Answers with JSON, or with the refusal.
pub fn answer(headers: &HeaderMap, status: StatusCode, body: Result<Json, Refusal>) -> Response {
    match body {
        Ok(body) => json_response(status, &body),
        Err(refusal) => refusal.response(headers),
    }
}

/// Answers without a body, or with the refusal.
pub fn answer_nothing<T>(
    headers: &HeaderMap,
    status: StatusCode,
    done: Result<T, Refusal>,
) -> Response {
    match done {
        Ok(_) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            response
        }
        Err(refusal) => refusal.response(headers),
    }
}
