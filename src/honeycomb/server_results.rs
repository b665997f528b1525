//! Results of queries: the newest ones are kept, as texts, until they take too much together.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use serde_json::Value as Json;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use crate::model::span::slug;

// A finished result is kept until this many newer ones came, or until all of them take more than so many bytes; the
// query can always be run again.
const MOST_RESULTS: usize = 500;
const MOST_RESULT_BYTES: usize = 64 << 20;

// Of so many that were evicted is known that they were there.
const MOST_REMEMBERED: usize = 10_000;

/// Results by id, the newest ones.
#[derive(Default)]
pub struct Results {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_id: HashMap<String, Arc<Running>>,
    oldest_first: VecDeque<String>,
    // What the results take that have come.
    bytes: usize,
    evicted: HashSet<String>,
    evicted_oldest_first: VecDeque<String>,
}

/// A query that runs, or has run.
pub(super) struct Running {
    dataset: String,
    pub(super) query: Json,
    // With the time at which it was there.
    outcome: OnceLock<(SystemTime, Outcome)>,
    done: Notify,
    asked_for: Mutex<Instant>,
}

/// `data` as JSON, or an error's text.
pub(super) type Outcome = Result<Bytes, String>;

impl Results {
    /// Keeps one that begins to run.
    pub(super) fn put(&self, id: String, running: Arc<Running>) {
        let Ok(mut kept) = self.kept.lock() else {
            return;
        };
        kept.by_id.insert(id.clone(), running);
        kept.oldest_first.push_back(id);
        kept.evict();
    }

    /// Keeps what came of it, unless it was evicted before.
    pub(super) fn finish(&self, id: &str, running: &Running, outcome: Outcome) {
        let bytes = outcome.as_ref().map_or(0, Bytes::len);
        let _ = running.outcome.set((SystemTime::now(), outcome));
        running.done.notify_waiters();
        let Ok(mut kept) = self.kept.lock() else {
            return;
        };
        if kept.by_id.contains_key(id) {
            kept.bytes += bytes;
            kept.evict();
        }
    }

    /// Returns the result under this id, if it is one of this dataset.
    pub(super) fn of_dataset(&self, dataset: &str, id: &str) -> Option<Arc<Running>> {
        let found = self.kept.lock().ok()?.by_id.get(id).cloned();
        found.filter(|running| running.dataset == slug(dataset))
    }

    /// Tells whether a result was there and had to leave.
    pub(super) fn is_evicted(&self, id: &str) -> bool {
        let kept = self.kept.lock();
        kept.is_ok_and(|kept| kept.evicted.contains(id))
    }
}

impl Kept {
    // The newest one stays, however large it is.
    fn evict(&mut self) {
        while (self.oldest_first.len() > MOST_RESULTS || self.bytes > MOST_RESULT_BYTES)
            && self.oldest_first.len() > 1
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            let data = self.by_id.remove(&oldest);
            let data = data.and_then(|running| running.bytes());
            self.bytes = self.bytes.saturating_sub(data.unwrap_or(0));
            self.evicted.insert(oldest.clone());
            self.evicted_oldest_first.push_back(oldest);
        }
        while self.evicted_oldest_first.len() > MOST_REMEMBERED
            && let Some(forgotten) = self.evicted_oldest_first.pop_front()
        {
            self.evicted.remove(&forgotten);
        }
    }
}

impl Running {
    /// One that begins.
    pub(super) fn new(dataset: String, query: Json) -> Running {
        Running {
            dataset,
            query,
            outcome: OnceLock::new(),
            done: Notify::new(),
            asked_for: Mutex::new(Instant::now()),
        }
    }

    /// Returns the slug of its dataset.
    pub(super) fn dataset(&self) -> &str {
        &self.dataset
    }

    /// Returns what came of it; waits for it a little while.
    pub(super) async fn wait(&self, patience: Duration) -> Option<&(SystemTime, Outcome)> {
        if let Ok(mut asked_for) = self.asked_for.lock() {
            *asked_for = Instant::now();
        }
        let done = self.done.notified();
        if self.outcome.get().is_none() {
            let _ = timeout(patience, done).await;
        }
        // Looked at once, so that it cannot become complete between the data and the word for it.
        self.outcome.get()
    }

    /// Returns when its result was not asked for during so long a time.
    pub(super) async fn is_abandoned(&self, after: Duration) {
        loop {
            let asked_for = self
                .asked_for
                .lock()
                .map_or_else(|_| Instant::now(), |it| *it);
            if asked_for.elapsed() >= after {
                return;
            }
            sleep_until(asked_for + after).await;
        }
    }

    /// Returns what came of it: `data` or an error's text; `None` while it runs.
    pub(super) fn outcome(&self) -> Option<Result<Json, &str>> {
        let (_, outcome) = self.outcome.get()?;
        let read = |data: &Bytes| serde_json::from_slice(data).unwrap_or_default();
        Some(outcome.as_ref().map(read).map_err(String::as_str))
    }

    /// Returns its `data`, if it has come to some.
    pub(super) fn data(&self) -> Option<Json> {
        self.outcome()?.ok()
    }

    fn bytes(&self) -> Option<usize> {
        let (_, outcome) = self.outcome.get()?;
        Some(outcome.as_ref().map_or(0, Bytes::len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_leave_when_there_are_many_or_they_are_large_but_the_newest_stays() {
        let results = Results::default();
        let is_there = |id: &str| results.of_dataset("d", id).is_some();
        let put = |id: &str| {
            let running = Arc::new(Running::new("d".to_string(), Json::Null));
            results.put(id.to_string(), running);
        };
        let finish = |id: &str, bytes: usize| {
            let running = results.of_dataset("d", id).unwrap();
            results.finish(id, &running, Ok(vec![b' '; bytes].into()));
        };
        ["a", "b", "c"].into_iter().for_each(put);
        finish("a", MOST_RESULT_BYTES / 2);
        finish("b", MOST_RESULT_BYTES / 2);
        assert!(is_there("a"));
        finish("c", 1);
        assert!(!is_there("a") && is_there("b") && is_there("c"));
        assert!(results.is_evicted("a") && !results.is_evicted("b") && !results.is_evicted("x"));
        put("d");
        finish("d", 2 * MOST_RESULT_BYTES);
        assert!(!is_there("b") && !is_there("c") && is_there("d"));
        for n in 0..MOST_RESULTS {
            put(&n.to_string());
        }
        assert!(!is_there("d") && is_there("0"));
        assert_eq!(results.kept.lock().unwrap().bytes, 0);
    }

    #[tokio::test]
    async fn a_query_whose_result_is_not_asked_for_is_abandoned() {
        let running = Running::new("d".to_string(), Json::Null);
        running.is_abandoned(Duration::ZERO).await;
        assert!(running.wait(Duration::ZERO).await.is_none());
        let not_yet = running.is_abandoned(Duration::from_secs(600));
        assert!(timeout(Duration::ZERO, not_yet).await.is_err());
    }
}
