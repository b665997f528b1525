//! Which stored queries make room for new ones: there are only so many, and the oldest leave.
//!
//! The service keeps a team's queries for ever; here each costs memory and disk. One that an annotation names stays.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use serde_json::Value as Json;

use super::server_annotations::ANNOTATIONS;
use super::server_queries::QUERIES;
use crate::store::{Change, Documents};

/// How many stored queries there are at the most.
pub const MOST_QUERIES: usize = 10_000;
/// How long all of them are together, as JSON, in bytes.
pub const MOST_BYTES: usize = 16 << 20;

/// The order in which queries were stored.
#[derive(Default)]
pub struct StoredQueries(Mutex<Option<Order>>);

#[derive(Default)]
struct Order {
    // Key and length, oldest first. Those of an earlier run of the stack come before all others.
    queries: VecDeque<(String, usize)>,
    bytes: usize,
}

impl StoredQueries {
    /// Returns what has to leave for a new query of so many bytes, which is then the newest.
    pub fn make_room(&self, documents: &Documents, key: &str, bytes: usize) -> Vec<Change> {
        let Ok(mut order) = self.0.lock() else {
            return Vec::new();
        };
        let order = order.get_or_insert_with(|| Order::of(documents));
        order.push(key.to_string(), bytes);
        if order.fits() {
            return Vec::new();
        }
        // Some may have gone with their dataset.
        let is_there =
            |(known, _): &(String, usize)| known == key || documents.get(QUERIES, known).is_some();
        order.queries.retain(is_there);
        order.bytes = order.queries.iter().map(|(_, bytes)| bytes).sum();
        let named = named(documents);
        let mut leaving = Vec::new();
        let mut at = 0;
        while !order.fits()
            && let Some((oldest, _)) = order.queries.get(at)
        {
            if oldest == key || named.contains(oldest) {
                at += 1;
                continue;
            }
            let Some((oldest, bytes)) = order.queries.remove(at) else {
                break;
            };
            order.bytes -= bytes;
            leaving.push(Change::Delete {
                table: QUERIES,
                key: oldest,
            });
        }
        leaving
    }

    /// Takes a query that was stored again for the newest.
    pub fn used(&self, key: &str) {
        if let Ok(mut order) = self.0.lock()
            && let Some(order) = order.as_mut()
            && let Some(at) = order.queries.iter().rposition(|(known, _)| known == key)
            && let Some(query) = order.queries.remove(at)
        {
            order.queries.push_back(query);
        }
    }
}

impl Order {
    fn of(documents: &Documents) -> Order {
        let mut order = Order::default();
        for (key, query) in documents.list(QUERIES, "") {
            order.push(key.to_string(), length(query));
        }
        order
    }

    fn push(&mut self, key: String, bytes: usize) {
        self.queries.push_back((key, bytes));
        self.bytes += bytes;
    }

    fn fits(&self) -> bool {
        self.queries.len() <= MOST_QUERIES && self.bytes <= MOST_BYTES
    }
}

/// Returns how long a query is as JSON.
pub fn length(query: &Json) -> usize {
    query.to_string().len()
}

// The keys of the queries that annotations name.
fn named(documents: &Documents) -> HashSet<String> {
    let annotations = documents.list(ANNOTATIONS, "");
    let keys = annotations.filter_map(|(key, annotation)| {
        let (dataset, _) = key.split_once('/')?;
        let query = annotation["query_id"].as_str()?;
        Some(format!("{dataset}/{query}"))
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::{Limits, Store};

    async fn store(store: &Store, queries: &StoredQueries, key: &str, query: Json) {
        let stored = store.transact(|documents| {
            let bytes = length(&query);
            let mut changes = queries.make_room(documents, key, bytes);
            changes.push(Change::Put {
                table: QUERIES,
                key: key.to_string(),
                value: query,
            });
            Ok::<_, ()>((changes, ()))
        });
        stored.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_oldest_leave_and_those_that_an_annotation_names_stay() {
        let folder = tempfile::tempdir().unwrap();
        let opened = Store::open(folder.path(), Limits::default()).unwrap();
        let queries = StoredQueries::default();
        let long = json!({"text": "x".repeat(1 << 20)});
        let annotated = opened.transact(|_| {
            let change = Change::Put {
                table: ANNOTATIONS,
                key: "d/a".to_string(),
                value: json!({"query_id": "q0"}),
            };
            Ok::<_, ()>((vec![change], ()))
        });
        annotated.await.unwrap().unwrap();
        for idx in 0..40 {
            store(&opened, &queries, &format!("d/q{idx}"), long.clone()).await;
            if idx == 20 {
                queries.used("d/q10");
            }
        }
        let is_there = |idx: usize| opened.document(QUERIES, &format!("d/q{idx}")).is_some();
        let there: Vec<usize> = (0..40).filter(|idx| is_there(*idx)).collect();
        assert_eq!(there[0], 0, "an annotation names it");
        assert!(there.len() == 15 && there.contains(&39), "{there:?}");
        // After a restart, those of before are the oldest.
        let again = StoredQueries::default();
        store(&opened, &again, "d/new", long.clone()).await;
        store(&opened, &again, "d/newer", long).await;
        assert!(opened.document(QUERIES, "d/new").is_some());
        assert_eq!(opened.documents(QUERIES, "").len(), 15);
    }
}
