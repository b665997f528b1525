//! Asks what there is: keys, datasets, columns, markers.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{HoneycombClient, HoneycombError, encoded};
use crate::model::catalogue::{Column, Dataset, Identity, Marker};

impl HoneycombClient {
    /// Returns whom the key belongs to.
    pub async fn identity(&self) -> Result<Identity, HoneycombError> {
        let body = self.call(Method::GET, "/1/auth", None, "").await?;
        let named = |of: &str| {
            let of = body.get(of).unwrap_or(&Json::Null);
            (text(of, "name"), text(of, "slug"))
        };
        let permissions = body.get("api_key_access").and_then(Json::as_object);
        Ok(Identity {
            kind: text(&body, "type"),
            team: named("team"),
            environment: named("environment"),
            permissions: permissions
                .into_iter()
                .flatten()
                .map(|(name, may)| (name.clone(), may.as_bool().unwrap_or(false)))
                .collect(),
        })
    }

    /// Returns all datasets, by slug.
    pub async fn datasets(&self) -> Result<Vec<Dataset>, HoneycombError> {
        let body = self.call(Method::GET, "/1/datasets", None, "").await?;
        let mut datasets = list(&body, |it| Dataset {
            name: text(it, "name"),
            slug: text(it, "slug"),
            description: text(it, "description"),
            n_columns: it.get("regular_columns_count").and_then(Json::as_u64),
            last_written: moment(it, "last_written_at"),
        });
        datasets.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(datasets)
    }

    /// Returns the columns of a dataset, by name.
    pub async fn columns(&self, dataset: &str) -> Result<Vec<Column>, HoneycombError> {
        let path = format!("/1/columns/{}", encoded(dataset));
        let body = self.call(Method::GET, &path, None, dataset).await?;
        let mut columns = list(&body, |it| Column {
            name: text(it, "key_name"),
            kind: text(it, "type"),
            description: text(it, "description"),
            is_hidden: it.get("hidden").and_then(Json::as_bool).unwrap_or(false),
            last_written: moment(it, "last_written"),
        });
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(columns)
    }

    /// Returns the names of a dataset's columns.
    pub async fn column_names(&self, dataset: &str) -> Result<Vec<String>, HoneycombError> {
        let columns = self.columns(dataset).await?;
        Ok(columns.into_iter().map(|it| it.name).collect())
    }

    /// Returns the derived columns of a dataset: alias and expression.
    pub async fn derived_columns(
        &self,
        dataset: &str,
    ) -> Result<Vec<(String, String)>, HoneycombError> {
        let path = format!("/1/derived_columns/{}", encoded(dataset));
        let body = self.call(Method::GET, &path, None, dataset).await?;
        Ok(list(&body, |it| {
            (text(it, "alias"), text(it, "expression"))
        }))
    }

    /// Returns the markers of a dataset, the oldest first.
    pub async fn markers(&self, dataset: &str) -> Result<Vec<Marker>, HoneycombError> {
        let path = format!("/1/markers/{}", encoded(dataset));
        let body = self.call(Method::GET, &path, None, dataset).await?;
        let mut markers = list(&body, marker_of);
        markers.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        Ok(markers)
    }

    /// Makes a marker, whose `id` the other side chooses, and returns it as it was made.
    pub async fn make_marker(
        &self,
        dataset: &str,
        marker: &Marker,
    ) -> Result<Marker, HoneycombError> {
        let path = format!("/1/markers/{}", encoded(dataset));
        let mut body = json!({
            "start_time": marker.start,
            "type": marker.kind,
            "message": marker.message,
        });
        if let Some(end) = marker.end {
            body["end_time"] = end.into();
        }
        if !marker.url.is_empty() {
            body["url"] = marker.url.clone().into();
        }
        let made = self.call(Method::POST, &path, Some(body), dataset).await?;
        Ok(marker_of(&made))
    }
}

fn marker_of(it: &Json) -> Marker {
    let second = |name: &str| it.get(name).and_then(Json::as_i64);
    Marker {
        id: text(it, "id"),
        start: second("start_time").unwrap_or_default(),
        end: second("end_time"),
        kind: text(it, "type"),
        message: text(it, "message"),
        url: text(it, "url"),
    }
}

fn list<T>(body: &Json, read: impl Fn(&Json) -> T) -> Vec<T> {
    body.as_array().into_iter().flatten().map(read).collect()
}

fn text(it: &Json, name: &str) -> String {
    it.get(name)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_string()
}

fn moment(it: &Json, name: &str) -> Option<String> {
    Some(text(it, name)).filter(|it| !it.is_empty())
}
