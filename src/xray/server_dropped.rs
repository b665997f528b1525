//! Annotations that were dropped, counted by key; the documents that they stood in were kept.
//!
//! X-Ray drops them without a word. Here each key is kept with the reason, how often, and the last trace
//! that had it, until a person looks: beside the refused documents, see [`super::server_rejects`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::annotations::dropped;
use super::document::Document;
use crate::store::{Change, Documents, Store, StoreError, Table};

const TABLE: Table = Table("xray/dropped-annotation");
/// Keys that are kept of a region; a program that makes up a key for each request fills no disk.
const MOST_KEYS: usize = 100;
/// Keys that are kept of one request.
const MOST_AT_ONCE: usize = 50;
/// Characters that are kept of a key.
const KEY_CHARACTERS: usize = 80;

/// A key whose annotations were dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedKey {
    /// The key; at most 80 characters of it.
    pub key: String,
    /// The region.
    pub region: String,
    /// Why, so that one can fix it.
    pub explanation: String,
    /// How many annotations.
    pub count: u64,
    /// When the last came, nanoseconds since the epoch.
    pub time: i64,
    /// The trace that it was of.
    pub trace_id: String,
}

/// What some documents lose.
#[derive(Debug, Default)]
pub struct Dropped(BTreeMap<String, DroppedKey>);

impl Dropped {
    /// Adds what a document of a region loses; `now` is in nanoseconds since the epoch.
    pub fn add(&mut self, region: &str, document: &Document, now: i64) {
        for lost in dropped(&document.json) {
            let key: String = lost.key.chars().take(KEY_CHARACTERS).collect();
            if !self.0.contains_key(&key) && self.0.len() >= MOST_AT_ONCE {
                continue;
            }
            let entry = self.0.entry(key.clone()).or_insert_with(|| DroppedKey {
                key,
                region: region.to_string(),
                explanation: String::new(),
                count: 0,
                time: now,
                trace_id: String::new(),
            });
            entry.explanation = lost.fault.to_string();
            entry.count += 1;
            entry.trace_id.clone_from(&document.trace_id);
        }
    }

    /// Adds them to what is kept.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep(self, store: &Store) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let decide = |documents: &Documents| {
            let mut n_keys: BTreeMap<&str, usize> = BTreeMap::new();
            let mut changes = Vec::new();
            for lost in self.0.values() {
                let place = format!("{}/{}", lost.region, lost.key);
                let known = documents.get(TABLE, &place);
                let known = known.and_then(|value| DroppedKey::deserialize(value).ok());
                let n_keys = n_keys.entry(&lost.region).or_insert_with(|| {
                    let prefix = format!("{}/", lost.region);
                    documents.list(TABLE, &prefix).count()
                });
                if known.is_none() {
                    if *n_keys >= MOST_KEYS {
                        continue;
                    }
                    *n_keys += 1;
                }
                let n_known = known.map_or(0, |known| known.count);
                let all = DroppedKey {
                    count: n_known.saturating_add(lost.count),
                    ..lost.clone()
                };
                changes.push(Change::Put {
                    table: TABLE,
                    key: place,
                    value: json!(all),
                });
            }
            Ok::<_, StoreError>((changes, ()))
        };
        store.transact(decide).await?
    }
}

/// Returns the keys of which some annotation was dropped at `since` or later (nanoseconds since the epoch),
/// the last first.
pub fn list(store: &Store, since: i64) -> Vec<DroppedKey> {
    let stored = store.documents(TABLE, "").into_iter();
    let mut found: Vec<DroppedKey> = stored
        .filter_map(|(_, value)| DroppedKey::deserialize(&*value).ok())
        .filter(|lost| lost.time >= since)
        .collect();
    found.sort_by(|a, b| (b.time, &a.key).cmp(&(a.time, &b.key)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Limits;
    use crate::xray::document;

    fn document(annotations: &serde_json::Value) -> Document {
        let text = json!({
            "name": "a", "id": "000000000000000a", "trace_id": "1-581cf771-a006649127e371903a2de979",
            "start_time": 1, "end_time": 2, "annotations": annotations,
        });
        document::read(&text.to_string()).unwrap()
    }

    #[tokio::test]
    async fn keys_are_counted_and_there_are_never_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        for now in [1, 2] {
            let mut lost = Dropped::default();
            lost.add("r", &document(&json!({"a:b": 1, "ok": 1, "c d": 2})), now);
            lost.keep(&store).await.unwrap();
        }
        let found = list(&store, 2);
        let told: Vec<_> = found
            .iter()
            .map(|it| {
                (
                    it.key.as_str(),
                    it.count,
                    it.explanation.contains("character"),
                )
            })
            .collect();
        assert_eq!(told, [("a:b", 2, true), ("c d", 2, true)]);
        assert!(list(&store, 3).is_empty());
        for number in 0..200 {
            let mut lost = Dropped::default();
            lost.add("r", &document(&json!({ format!("a:{number}"): 1 })), 3);
            lost.keep(&store).await.unwrap();
        }
        assert_eq!(list(&store, 0).len(), MOST_KEYS);
    }
}
