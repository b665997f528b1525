//! The results of queries that are kept: the newest, as many as their number and their size allow.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use super::server_queries::Running;
use crate::model::span::slug;

// A finished result is kept until this many newer ones came, or until all of them take more than so many bytes; it
// can always be asked for again.
const MOST_RESULTS: usize = 500;

const MOST_RESULT_BYTES: usize = 128 << 20;

/// Results by id, the newest ones.
#[derive(Default)]
pub struct Results {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_id: HashMap<String, Arc<Running>>,
    oldest_first: VecDeque<String>,
    // What the results take that have come, by id, and together.
    bytes_of: HashMap<String, usize>,
    bytes: usize,
}

impl Kept {
    // The newest one stays, however large it is.
    fn evict(&mut self) {
        while (self.oldest_first.len() > MOST_RESULTS || self.bytes > MOST_RESULT_BYTES)
            && self.oldest_first.len() > 1
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_id.remove(&oldest);
            self.bytes -= self.bytes_of.remove(&oldest).unwrap_or(0);
        }
    }
}

impl Results {
    pub(super) fn put(&self, id: String, running: Arc<Running>) {
        let Ok(mut kept) = self.kept.lock() else {
            return;
        };
        kept.by_id.insert(id.clone(), running);
        kept.oldest_first.push_back(id);
        kept.evict();
    }

    /// Counts what a result takes that has come.
    pub(super) fn weigh(&self, id: &str, bytes: usize) {
        let Ok(mut kept) = self.kept.lock() else {
            return;
        };
        if kept.by_id.contains_key(id) && kept.bytes_of.insert(id.to_string(), bytes).is_none() {
            kept.bytes += bytes;
            kept.evict();
        }
    }

    /// Returns the result under this id, if it is one of this dataset.
    pub(super) fn of_dataset(&self, dataset: &str, id: &str) -> Option<Arc<Running>> {
        let found = self.kept.lock().ok()?.by_id.get(id).cloned();
        found.filter(|running| running.dataset == slug(dataset))
    }
}

// Returns about how much memory JSON takes.
pub(super) fn json_bytes(json: &Json) -> usize {
    const VALUE: usize = size_of::<Json>();
    // A member of an object has a place in a tree besides.
    const MEMBER: usize = 64;
    VALUE
        + match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => 0,
            Json::String(text) => text.len(),
            Json::Array(elements) => elements.iter().map(json_bytes).sum(),
            Json::Object(members) => members
                .iter()
                .map(|(name, value)| MEMBER + name.len() + json_bytes(value))
                .sum(),
        }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use serde_json::json;
    use tokio::sync::Notify;

    use super::*;

    #[test]
    fn results_leave_when_there_are_many_or_they_are_large_but_the_newest_stays() {
        let results = Results::default();
        let running = || {
            Arc::new(Running {
                dataset: "d".to_string(),
                query: Json::Null,
                outcome: OnceLock::new(),
                done: Notify::new(),
            })
        };
        let is_there = |id: &str| results.of_dataset("d", id).is_some();
        for id in ["a", "b", "c"] {
            results.put(id.to_string(), running());
        }
        results.weigh("a", MOST_RESULT_BYTES / 2);
        results.weigh("b", MOST_RESULT_BYTES / 2);
        assert!(is_there("a"));
        results.weigh("c", 1);
        assert!(!is_there("a") && is_there("b") && is_there("c"));
        results.weigh("c", 1);
        results.put("d".to_string(), running());
        results.weigh("d", 2 * MOST_RESULT_BYTES);
        assert!(!is_there("b") && !is_there("c") && is_there("d"));
        for n in 0..MOST_RESULTS {
            results.put(n.to_string(), running());
        }
        assert!(!is_there("d") && is_there("0"));
        assert!(json_bytes(&json!({"a": ["x".repeat(1_000), 1]})) > 1_000);
    }
}
