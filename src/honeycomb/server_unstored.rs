//! Queries that the disk had no room for: they are answered all the same.
//!
//! A question changes nothing, so a full disk is no reason to refuse it. Its id depends on what it asks
//! alone, so whoever asks it again after a restart gets the same one.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::Value as Json;

// Clients run a query right after they made it; only so many are on their way at once.
const MOST: usize = 500;

/// The newest queries that are not in the store.
#[derive(Default)]
pub struct Unstored {
    // Key and query, oldest first.
    queries: Mutex<VecDeque<(String, Json)>>,
}

impl Unstored {
    /// Keeps a query for as long as the process runs and there are no more than 500 newer ones.
    pub fn put(&self, key: String, query: Json) {
        let Ok(mut queries) = self.queries.lock() else {
            return;
        };
        queries.retain(|(known, _)| *known != key);
        queries.push_back((key, query));
        if queries.len() > MOST {
            queries.pop_front();
        }
    }

    /// Returns the query under this key.
    pub fn get(&self, key: &str) -> Option<Json> {
        let queries = self.queries.lock().ok()?;
        let found = queries.iter().find(|(known, _)| known == key);
        found.map(|(_, query)| query.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_each_once() {
        let unstored = Unstored::default();
        for idx in 0..=MOST {
            unstored.put(format!("k{idx}"), idx.into());
            unstored.put("again".to_string(), idx.into());
        }
        assert_eq!(unstored.get("again"), Some(MOST.into()));
        assert_eq!(unstored.get(&format!("k{MOST}")), Some(MOST.into()));
        assert_eq!(unstored.get("k2"), Some(2.into()));
        assert_eq!(unstored.get("k1"), None);
    }
}
