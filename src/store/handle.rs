//! The store: one owner, many readers.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::admit::{self, Refused, RefusedCounts};
use super::arrivals::Received;
use super::build::PartBuilder;
use super::codec;
use super::documents::{self, Change, Documents, Table};
use super::journal;
use super::limits::{Limits, StoreError};
use super::open::Owned;
use super::part::Part;
use super::retention::{self, HeldBack};
use super::sealer::Job;
use super::shared::{Shared, Warnings};
use super::writer::{Request, Work};
use crate::model::span::{Batch, Lens};

/// A dataset as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetState {
    /// The name as it was spelt first.
    pub name: String,
    /// How many events it holds.
    pub events: u64,
    /// Time of the newest event, nanoseconds since the epoch.
    pub last_time: i64,
}

/// Events and documents in one folder.
///
/// Share it as `Arc<Store>`. Dropping the last one finishes what was handed over before.
pub struct Store {
    pub(super) shared: Arc<Shared>,
    // What only a store that can be written to has.
    pub(super) owned: Option<Owned>,
    pub(super) limits: Limits,
    // What was found when the folder was read: one sentence for each damaged place, naming file and bytes.
    pub(super) found_damage: Vec<String>,
}

impl Store {
    /// Appends batches; resolves when they are durable and visible to readers.
    ///
    /// # Errors
    /// See [`StoreError`]; on an error none of the batches is stored.
    pub async fn append(&self, batches: Vec<Batch>) -> Result<(), StoreError> {
        self.take(batches).await.map(drop)
    }

    /// Does the same, and returns what was not taken: see [`Refused`].
    ///
    /// # Errors
    /// See [`StoreError`]; on an error nothing of it is stored.
    pub async fn take(&self, batches: Vec<Batch>) -> Result<Vec<Refused>, StoreError> {
        self.append_parts(batches.iter().map(PartBuilder::of).collect())
            .await
    }

    /// Appends what was built; resolves when it is durable and visible to readers.
    ///
    /// # Errors
    /// See [`StoreError`]; on an error nothing of it is stored.
    pub async fn append_parts(&self, parts: Vec<PartBuilder>) -> Result<Vec<Refused>, StoreError> {
        let (mut refused, mut made) = (Vec::new(), HashSet::new());
        let mut encoded: Vec<(Part, Vec<u8>)> = Vec::with_capacity(parts.len());
        for (idx, part) in parts.into_iter().enumerate() {
            if part.is_empty() {
                continue;
            }
            let part = part.finish();
            let (taken, its_refused) = {
                let state = self.shared.state.read().map_err(|_| StoreError::Closed)?;
                admit::admit(&state, part, idx, &mut made)
            };
            refused.extend(its_refused);
            encoded.extend(taken.map(|part| {
                let bytes = codec::encode(&part);
                (part, bytes)
            }));
        }
        self.shared.refused.add(&refused);
        if encoded.is_empty() {
            return Ok(refused);
        }
        let bytes = encoded.iter().map(|(_, bytes)| bytes.len()).sum();
        if bytes > journal::MAX_PAYLOAD {
            return Err(StoreError::TooLarge { bytes });
        }
        if self.shared.unsealed_bytes.load(Ordering::Relaxed) > self.limits.unsealed_bytes {
            return Err(StoreError::Full);
        }
        let stored = Received::of(encoded.iter().map(|(part, _)| part));
        self.write(Work::Parts(encoded), bytes).await?;
        self.shared.received.add(stored);
        Ok(refused)
    }

    /// Returns how many events were not taken since the store was opened, and why.
    pub fn refused(&self) -> &RefusedCounts {
        &self.shared.refused
    }

    /// Changes documents in a transaction.
    ///
    /// `decide` sees all documents as they are and returns the changes and a result; no other
    /// transaction comes between. If it returns an error, nothing changes. Resolves when the
    /// changes are durable.
    ///
    /// # Errors
    /// The outer result is the store's, the inner one is what `decide` returned.
    pub async fn transact<R, E>(
        &self,
        decide: impl FnOnce(&Documents) -> Result<(Vec<Change>, R), E>,
    ) -> Result<Result<R, E>, StoreError> {
        // The guard travels with the work: if our caller goes away while we wait for the disk, the
        // next transaction still starts only after this one is visible.
        let guard = self.shared.transactions.clone().lock_owned().await;
        let decided = {
            let state = self.shared.state.read().map_err(|_| StoreError::Closed)?;
            decide(&state.documents)
        };
        let (changes, result) = match decided {
            Ok(decided) => decided,
            Err(error) => return Ok(Err(error)),
        };
        if !changes.is_empty() {
            let changes = documents::encode(changes);
            self.write(Work::Documents(changes, guard), 1024).await?;
        }
        Ok(Ok(result))
    }

    /// Forgets all events of a dataset; resolves when that is durable.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_events(&self, lens: Lens, dataset: &str) -> Result<(), StoreError> {
        self.write(Work::Forget(lens, dataset.to_string()), 1024)
            .await
    }

    /// Seals what is in the journal and merges whatever can be merged; resolves when that is done.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn compact(&self) -> Result<(), StoreError> {
        self.write(Work::Rotate, 0).await?;
        let (done, is_done) = oneshot::channel();
        let jobs = self.owned.as_ref().map(|owned| &owned.jobs);
        let jobs = jobs.ok_or_else(|| self.refusal())?;
        jobs.send(Job::Compact(done))
            .map_err(|_| StoreError::Closed)?;
        is_done.await.map_err(|_| StoreError::Closed)?;
        match self.trouble() {
            Some(trouble) => Err(StoreError::Io(Arc::new(io::Error::other(trouble)))),
            None => Ok(()),
        }
    }

    /// Returns a document.
    pub fn document(&self, table: Table, key: &str) -> Option<Arc<serde_json::Value>> {
        let state = self.shared.state.read().ok()?;
        state.documents.shared(table, key).cloned()
    }

    /// Returns the documents whose key starts with `prefix`, sorted by key.
    pub fn documents(&self, table: Table, prefix: &str) -> Vec<(String, Arc<serde_json::Value>)> {
        let Ok(state) = self.shared.state.read() else {
            return Vec::new();
        };
        let found = state.documents.list_shared(table, prefix);
        found
            .map(|(key, value)| (key.to_string(), value.clone()))
            .collect()
    }

    /// Returns the parts of a dataset as they are now; later events do not appear in them.
    ///
    /// Whoever reads a column asks [`Part::is_sound`] first.
    pub fn parts(&self, lens: Lens, dataset: &str) -> Vec<Arc<Part>> {
        let state = self.shared.state.read();
        state.map_or_else(|_| Vec::new(), |state| state.parts(lens, dataset))
    }

    /// Returns the parts of a dataset that are wholly as they were written, and such pieces of the others; reads
    /// those that were not read before.
    pub fn sound_parts(&self, lens: Lens, dataset: &str) -> Vec<Arc<Part>> {
        let parts = self.parts(lens, dataset).into_iter();
        let pieces = parts.flat_map(|part| part.wholly_readable());
        pieces.filter(|piece| piece.is_wholly_sound()).collect()
    }

    /// Returns the parts of every dataset of a lens, as [`Store::parts`] does.
    pub fn all_parts(&self, lens: Lens) -> Vec<Arc<Part>> {
        let state = self.shared.state.read();
        state.map_or_else(|_| Vec::new(), |state| state.all_parts(lens))
    }

    /// Returns the datasets of a lens by key: a span dataset's key is its slug.
    pub fn datasets(&self, lens: Lens) -> Vec<(String, DatasetState)> {
        let state = self.shared.state.read();
        state.map_or_else(|_| Vec::new(), |state| state.datasets(lens))
    }

    /// Returns how many events have ever left because the store was full or they were too old.
    pub fn evicted_events(&self) -> u64 {
        let state = self.shared.state.read();
        state.map_or(0, |state| state.evicted_events())
    }

    /// Returns what says what the owner should know of the store, and hears of it when that changes.
    pub fn warnings(&self) -> watch::Receiver<Warnings> {
        self.shared.warnings.subscribe()
    }

    /// Returns the time by the clock that events expire by, nanoseconds since the epoch: see [`Limits::clock`] for
    /// the system's.
    pub fn retention_time(&self) -> i64 {
        self.shared.clock(self.limits).time
    }

    /// Returns what has not expired since the system's clock is not believed. For a store that was read and is not
    /// owned, by how long its owner kept events and `kept`.
    pub fn held_back(
        &self,
        kept: fn(&Documents, Lens, &str) -> Option<Duration>,
    ) -> Option<HeldBack> {
        let state = self.shared.state.read().ok()?;
        let most_age = retention::known_keep_seconds(&state.documents).map(Duration::from_secs);
        let limits = Limits {
            most_age,
            kept,
            ..self.limits
        };
        HeldBack::of(&state, self.shared.clock(limits), limits)
    }

    /// Takes it that the system's clock is right, so that what has expired by it leaves; resolves when that is
    /// durable. Returns what stayed until now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn accept_clock(&self) -> Result<Option<HeldBack>, StoreError> {
        let held_back = self.held_back(self.limits.kept);
        self.shared.clock(self.limits);
        self.shared.accept_clock();
        let accepted = self.transact(|documents| {
            let most_age = retention::known_keep_seconds(documents).map(Duration::from_secs);
            let limits = Limits {
                most_age,
                ..self.limits
            };
            Ok::<_, StoreError>((vec![self.shared.known_clock().put(limits)], ()))
        });
        accepted.await??;
        Ok(held_back)
    }

    // Why nothing can be written to a store that has no writer.
    fn refusal(&self) -> StoreError {
        match &self.shared.warnings.borrow().refusal {
            Some(reason) => {
                let reason = format!("the data folder is open for reading only: {reason}");
                StoreError::Io(Arc::new(io::Error::other(reason)))
            }
            None => StoreError::Closed,
        }
    }

    async fn write(&self, work: Work, bytes: usize) -> Result<(), StoreError> {
        let waiting = self
            .shared
            .waiting_bytes
            .fetch_add(bytes, Ordering::Relaxed);
        // A batch larger than the whole allowance is taken when nothing else waits.
        if waiting > 0 && waiting + bytes > self.limits.waiting_bytes {
            self.shared
                .waiting_bytes
                .fetch_sub(bytes, Ordering::Relaxed);
            return Err(StoreError::Full);
        }
        let (answer, answered) = oneshot::channel();
        let Some(owned) = &self.owned else {
            self.shared
                .waiting_bytes
                .fetch_sub(bytes, Ordering::Relaxed);
            return Err(self.refusal());
        };
        owned
            .requests
            .send(Request {
                work,
                bytes,
                answer,
            })
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
