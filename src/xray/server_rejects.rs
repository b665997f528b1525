//! The last documents that were refused, kept in the store, and the path that lists them.
//!
//! They are a ring of small documents: the newest push out the oldest, and a flood of bad ones is kept only
//! in part, so that it costs neither memory nor disk. X-Ray has no such operation; the path is ours.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query};
use axum::http::StatusCode;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reject::Reject;
use super::server_dropped;
use crate::clock;
use crate::model::time::SECOND;
use crate::store::{Change, Documents, Store, StoreError, Table};

/// Where they are asked for.
pub const PATH: &str = "/xray-daemon/rejects";

/// How many are kept.
pub const MOST_REJECTS: u64 = 1_000;
/// How many are kept of those that came within one second.
pub const MOST_PER_SECOND: u64 = 100;

const TABLE: Table = Table("xray/reject");
// How far the ring has come; the others have their place in it as a key.
const HEAD: &str = "head";

/// How far the ring has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Head {
    next: u64,
    second: i64,
    n_in_second: u64,
}

impl Head {
    fn of(documents: &Documents) -> Head {
        let member = |name: &str| documents.get(TABLE, HEAD).and_then(|head| head.get(name));
        Head {
            next: member("next").and_then(Value::as_u64).unwrap_or(0),
            second: member("second").and_then(Value::as_i64).unwrap_or(0),
            n_in_second: member("n_in_second").and_then(Value::as_u64).unwrap_or(0),
        }
    }
}

/// Keeps refused documents, as many as the bounds allow, and returns how many those were; `now` is in
/// nanoseconds since the epoch.
///
/// # Errors
/// See [`StoreError`].
pub async fn keep(store: &Store, rejects: Vec<Reject>, now: i64) -> Result<usize, StoreError> {
    if rejects.is_empty() {
        return Ok(0);
    }
    let second = now.div_euclid(SECOND);
    let decide = |documents: &Documents| {
        let mut head = Head::of(documents);
        if head.second != second {
            (head.second, head.n_in_second) = (second, 0);
        }
        let room = MOST_PER_SECOND.saturating_sub(head.n_in_second);
        let mut changes = Vec::new();
        for reject in rejects.iter().take(usize::try_from(room).unwrap_or(0)) {
            let mut value = serde_json::to_value(reject).unwrap_or_default();
            value["number"] = head.next.into();
            changes.push(Change::Put {
                table: TABLE,
                key: format!("{:04}", head.next % MOST_REJECTS),
                value,
            });
            head.next += 1;
            head.n_in_second += 1;
        }
        let n_kept = changes.len();
        if n_kept > 0 {
            changes.push(Change::Put {
                table: TABLE,
                key: HEAD.to_string(),
                value: json!({
                    "next": head.next, "second": head.second, "n_in_second": head.n_in_second,
                }),
            });
        }
        Ok::<_, StoreError>((changes, n_kept))
    };
    store.transact(decide).await?
}

/// Returns those that came at `since` or later (nanoseconds since the epoch), oldest first.
pub fn list(store: &Store, since: i64) -> Vec<Reject> {
    let mut found: Vec<(u64, Reject)> = store
        .documents(TABLE, "")
        .into_iter()
        .filter_map(|(_, value)| {
            let number = value.get("number")?.as_u64()?;
            let reject: Reject = serde_json::from_value((*value).clone()).ok()?;
            (reject.time >= since).then_some((number, reject))
        })
        .collect();
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, reject)| reject).collect()
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    since: i64,
}

/// Returns the path that lists them, and takes those that a daemon on its own has refused.
pub fn routes(store: Arc<Store>) -> Router {
    let asked = store.clone();
    let listed = move |Query(query): Query<Asked>| async move {
        Json(json!({
            "rejects": list(&asked, query.since),
            "dropped_annotations": server_dropped::list(&asked, query.since),
        }))
    };
    let told = move |Json(rejects): Json<Vec<Reject>>| async move {
        match keep(&store, rejects, clock::now()).await {
            Ok(n_kept) => (StatusCode::OK, Json(json!({ "kept": n_kept }))),
            Err(error) => {
                let body = json!({ "message": error.to_string() });
                (StatusCode::SERVICE_UNAVAILABLE, Json(body))
            }
        }
    };
    Router::new()
        .route(PATH, get(listed).post(told))
        .layer(DefaultBodyLimit::max(1 << 20))
}
