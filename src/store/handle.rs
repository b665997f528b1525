//! The store: one owner, many readers.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, RwLock};

use tokio::sync::oneshot;

use super::block::Block;
use super::codec::{self, Encoded};
use super::documents::{self, Change, Documents, Table};
use super::folder::{self, OpenError};
use super::journal;
use super::recover::{read_journal, replay_files};
use super::state::State;
use super::writer::{self, Request, Work};
use crate::model::span::{Batch, Event, Lens};

/// How much a store may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A journal file is closed when it is larger than this.
    pub file_bytes: u64,
    /// The oldest file leaves, with its events, when all together are larger than this.
    pub total_bytes: u64,
    /// More than this waiting to be written is refused with [`StoreError::Full`].
    pub waiting_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 32 << 20,
            total_bytes: 256 << 20,
            waiting_bytes: 64 << 20,
        }
    }
}

/// Why something was not stored; it was not acknowledged and is not there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting to be written; trying again in a second helps.
    #[error("the store cannot keep up: too much is waiting to be written")]
    Full,
    /// A single batch is larger than a record may be.
    #[error("a batch of {bytes} bytes is too large to be stored at once")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The disk refused.
    #[error("cannot write to the data folder")]
    Io(#[source] Arc<io::Error>),
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}

/// A store that was read and not opened.
pub struct ReadOnly {
    /// Its events and documents as they were.
    pub store: Store,
    /// How many journal files there are.
    pub n_files: usize,
    /// How long they are together.
    pub n_bytes: u64,
}

/// What reading the folder found besides whole records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// One sentence for each damaged place, naming file and bytes.
    pub damage: Vec<String>,
}

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
    state: Arc<RwLock<State>>,
    requests: Option<Sender<Request>>,
    writer: Option<std::thread::JoinHandle<()>>,
    waiting_bytes: Arc<AtomicUsize>,
    transactions: Arc<tokio::sync::Mutex<()>>,
    limits: Limits,
    recovery: Recovery,
}

impl Store {
    /// Opens the store in `folder`, making it if it is missing, and reads back what is there.
    ///
    /// The caller sees to it that a folder has one owner at a time.
    ///
    /// # Errors
    /// See [`OpenError`]. Damage is no error: see [`Store::recovery`].
    pub fn open(folder: &Path, limits: Limits) -> Result<Store, OpenError> {
        folder::prepare(folder)?;
        let mut state = State::default();
        let mut recovery = Recovery::default();
        let journal = read_journal(folder, limits, &mut state, &mut recovery)?;
        let state = Arc::new(RwLock::new(state));
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = channel();
        let writer = std::thread::Builder::new()
            .name("journal".to_string())
            .spawn({
                let (state, waiting_bytes) = (state.clone(), waiting_bytes.clone());
                move || writer::run(journal, state, waiting_bytes, receiver)
            })
            .map_err(|source| OpenError::Io {
                action: "start a thread for",
                path: folder.into(),
                source,
            })?;
        Ok(Store {
            state,
            requests: Some(sender),
            writer: Some(writer),
            waiting_bytes,
            transactions: Arc::default(),
            limits,
            recovery,
        })
    }

    /// Makes the folder if it is missing, and checks that this version may write to it.
    ///
    /// # Errors
    /// `Newer` and `Foreign` leave everything as it is; see [`OpenError`].
    pub fn prepare(folder: &Path) -> Result<(), OpenError> {
        folder::prepare(folder)
    }

    /// Reads the store in `folder` without owning it: nothing on disk changes, and nothing can be
    /// appended. What another owner writes meanwhile may be missing.
    ///
    /// # Errors
    /// See [`OpenError`]; `Io` if there is no such folder.
    pub fn read_only(folder: &Path) -> Result<ReadOnly, OpenError> {
        folder::check(folder)?;
        let mut state = State::default();
        let mut recovery = Recovery::default();
        let files = replay_files(folder, &mut state, &mut recovery)?;
        let store = Store {
            state: Arc::new(RwLock::new(state)),
            requests: None,
            writer: None,
            waiting_bytes: Arc::default(),
            transactions: Arc::default(),
            limits: Limits::default(),
            recovery,
        };
        let n_bytes = files.iter().map(|(_, length, _)| length).sum();
        Ok(ReadOnly {
            store,
            n_files: files.len(),
            n_bytes,
        })
    }

    /// Returns what was damaged when the store was opened.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Appends batches; resolves when they are durable and visible to readers.
    ///
    /// # Errors
    /// See [`StoreError`]; on an error none of the batches is stored.
    pub async fn append(&self, batches: Vec<Batch>) -> Result<(), StoreError> {
        let with_events = batches.iter().filter(|batch| !batch.events.is_empty());
        let encoded: Vec<Encoded> = with_events.map(codec::encode).collect();
        if encoded.is_empty() {
            return Ok(());
        }
        let bytes = encoded.iter().map(|batch| batch.bytes.len()).sum();
        if bytes > journal::MAX_PAYLOAD {
            return Err(StoreError::TooLarge { bytes });
        }
        self.write(Work::Batches(encoded), bytes).await
    }

    /// Appends events by column; resolves when they are durable and visible to readers.
    ///
    /// A bridge: the journal still takes events one by one, so they are taken apart again here. It goes when
    /// the store takes parts.
    ///
    /// # Errors
    /// See [`StoreError`]; on an error nothing is stored.
    pub async fn append_parts(&self, parts: Vec<super::PartBuilder>) -> Result<(), StoreError> {
        let mut batches = Vec::new();
        let mut bytes = 0;
        for part in parts {
            batches.push(bridged(&part.finish(), &mut bytes)?);
        }
        self.append(batches).await
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
        let guard = self.transactions.clone().lock_owned().await;
        let decided = {
            let state = self.state.read().map_err(|_| StoreError::Closed)?;
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

    /// Returns a document.
    pub fn document(&self, table: Table, key: &str) -> Option<Arc<serde_json::Value>> {
        self.state
            .read()
            .ok()?
            .documents
            .shared(table, key)
            .cloned()
    }

    /// Returns the documents whose key starts with `prefix`, sorted by key.
    pub fn documents(&self, table: Table, prefix: &str) -> Vec<(String, Arc<serde_json::Value>)> {
        let Ok(state) = self.state.read() else {
            return Vec::new();
        };
        let found = state.documents.list_shared(table, prefix);
        found
            .map(|(key, value)| (key.to_string(), value.clone()))
            .collect()
    }

    /// Returns the blocks of a dataset as they are now; later events do not appear in them.
    pub fn blocks(&self, lens: Lens, dataset: &str) -> Vec<Arc<Block>> {
        self.state
            .read()
            .map(|state| state.blocks(lens, dataset))
            .unwrap_or_default()
    }

    /// Returns the blocks of every dataset of a lens.
    pub fn all_blocks(&self, lens: Lens) -> Vec<Arc<Block>> {
        self.state
            .read()
            .map(|state| state.all_blocks(lens))
            .unwrap_or_default()
    }

    /// Returns the parts of a dataset as they are now; later events do not appear in them.
    pub fn parts(&self, lens: Lens, dataset: &str) -> Vec<Arc<super::part::Part>> {
        parts_of(lens, dataset, &self.blocks(lens, dataset))
    }

    /// Returns the parts of every dataset of a lens.
    pub fn all_parts(&self, lens: Lens) -> Vec<Arc<super::part::Part>> {
        parts_of(lens, "all", &self.all_blocks(lens))
    }

    /// Returns the datasets of a lens by key: a span dataset's key is its slug.
    pub fn datasets(&self, lens: Lens) -> Vec<(String, DatasetState)> {
        self.state
            .read()
            .map(|state| state.datasets(lens))
            .unwrap_or_default()
    }

    /// Returns how many events have left because the store was full, since it was opened.
    pub fn evicted_events(&self) -> u64 {
        self.state.read().map_or(0, |state| state.evicted_events())
    }

    async fn write(&self, work: Work, bytes: usize) -> Result<(), StoreError> {
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        // A batch larger than the whole allowance is taken when nothing else waits.
        if waiting > 0 && waiting + bytes > self.limits.waiting_bytes {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(StoreError::Full);
        }
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(StoreError::Closed)?;
        requests
            .send(Request {
                work,
                bytes,
                answer,
            })
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

// Part of the bridge. Each row repeats its texts, so what one request may make of itself is bounded here.
fn bridged(part: &super::Part, bytes: &mut usize) -> Result<Batch, StoreError> {
    let mut events: Vec<(u64, Event)> = Vec::with_capacity(part.len());
    for (row, &time) in part.times().iter().enumerate() {
        let mut fields = Vec::new();
        for column in part.columns() {
            if let Some(value) = column.value(row) {
                *bytes += 2 + value.text().map_or(8, str::len);
                fields.push((column.name.clone(), value));
            }
        }
        if *bytes > journal::MAX_PAYLOAD {
            return Err(StoreError::TooLarge { bytes: *bytes });
        }
        let event = Event {
            time,
            sample_rate: part.rates().get(row),
            fields,
        };
        events.push((part.sequence(row), event));
    }
    events.sort_by_key(|(sequence, _)| *sequence);
    Ok(Batch {
        lens: part.lens,
        dataset: part.dataset.to_string(),
        events: events.into_iter().map(|(_, event)| event).collect(),
    })
}

fn parts_of(lens: Lens, dataset: &str, blocks: &[Arc<Block>]) -> Vec<Arc<super::part::Part>> {
    let part = |block: &Arc<Block>| {
        let mut builder = super::build::PartBuilder::new(lens, dataset);
        for row in 0..block.len() {
            let time = block.times().get(row).copied().unwrap_or(0);
            builder.begin_row(time, block.sample_rates().get(row).copied().unwrap_or(1));
            for column in block.columns() {
                if let Some(value) = column.value(row) {
                    builder.put(&column.name, super::build::ValueRef::from(&value));
                }
            }
        }
        Arc::new(builder.finish())
    };
    blocks.iter().map(part).collect()
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::Value;
    use std::fs;

    const GROUPS: Table = Table("xray/group");

    fn batch(lens: Lens, dataset: &str, n: i64) -> Batch {
        let events = (0..n).map(|time| Event {
            time,
            sample_rate: 1,
            fields: vec![
                ("n".into(), Value::Int(time)),
                ("name".into(), "home".into()),
            ],
        });
        Batch {
            lens,
            dataset: dataset.into(),
            events: events.collect(),
        }
    }

    fn open(folder: &Path) -> Store {
        Store::open(folder, Limits::default()).unwrap()
    }

    fn n_events(store: &Store, dataset: &str) -> usize {
        store
            .blocks(Lens::Spans, dataset)
            .iter()
            .map(|block| block.len())
            .sum()
    }

    async fn put(store: &Store, key: &str, value: i64) {
        let change = Change::Put {
            table: GROUPS,
            key: key.into(),
            value: value.into(),
        };
        store
            .transact(|_| Ok::<_, ()>((vec![change], ())))
            .await
            .unwrap()
            .unwrap();
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_reopening() {
        let temp = tempfile::tempdir().unwrap();
        let store = open(temp.path());
        store
            .append(vec![batch(Lens::Spans, "Backend Flask", 70_000)])
            .await
            .unwrap();
        put(&store, "a", 1).await;
        // Not dropped in order: the journal alone has to do.
        std::mem::forget(store);

        let store = open(temp.path());
        assert_eq!(store.recovery(), &Recovery::default());
        assert_eq!(n_events(&store, "backend-flask"), 70_000);
        assert_eq!(store.document(GROUPS, "a").as_deref(), Some(&1.into()));
        let blocks = store.blocks(Lens::Spans, "backend-flask");
        assert_eq!(blocks.last().unwrap().sequence(0), Block::MAX_ROWS as u64);
    }

    #[tokio::test]
    async fn sequences_go_on_after_reopening() {
        let temp = tempfile::tempdir().unwrap();
        for expected in [0, 3, 6] {
            let store = open(temp.path());
            store.append(vec![batch(Lens::Logs, "g", 3)]).await.unwrap();
            let last = store.blocks(Lens::Logs, "g").last().unwrap().clone();
            assert_eq!(last.sequence(0), expected);
        }
    }

    #[tokio::test]
    async fn forgotten_events_stay_forgotten_and_new_ones_stay() {
        let temp = tempfile::tempdir().unwrap();
        let store = open(temp.path());
        store
            .append(vec![batch(Lens::Spans, "a", 5)])
            .await
            .unwrap();
        store.delete_events(Lens::Spans, "A").await.unwrap();
        store
            .append(vec![batch(Lens::Spans, "a", 2)])
            .await
            .unwrap();
        assert_eq!(n_events(&store, "a"), 2);
        drop(store);
        assert_eq!(n_events(&open(temp.path()), "a"), 2);
    }

    #[tokio::test]
    async fn a_refused_transaction_changes_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let store = open(temp.path());
        put(&store, "a", 1).await;
        let refused = store
            .transact(|documents| {
                assert_eq!(documents.get(GROUPS, "a"), Some(&1.into()));
                Err::<(Vec<Change>, ()), _>("exists")
            })
            .await
            .unwrap();
        assert_eq!(refused, Err("exists"));
        assert_eq!(store.documents(GROUPS, "").len(), 1);
    }

    #[tokio::test]
    async fn the_oldest_file_leaves_first_and_documents_stay() {
        let temp = tempfile::tempdir().unwrap();
        let limits = Limits {
            file_bytes: 2_000,
            total_bytes: 8_000,
            waiting_bytes: 1 << 20,
        };
        let store = Store::open(temp.path(), limits).unwrap();
        put(&store, "a", 1).await;
        for _ in 0..60 {
            store
                .append(vec![batch(Lens::Spans, "a", 40)])
                .await
                .unwrap();
        }
        let (kept, evicted) = (n_events(&store, "a") as u64, store.evicted_events());
        assert_eq!(kept + evicted, 60 * 40);
        assert!(evicted > 0 && kept > 0, "kept {kept}, evicted {evicted}");
        drop(store);
        let store = Store::open(temp.path(), limits).unwrap();
        assert_eq!(n_events(&store, "a") as u64, kept);
        assert_eq!(store.document(GROUPS, "a").as_deref(), Some(&1.into()));
    }

    #[tokio::test]
    async fn damage_is_said_and_everything_else_is_served() {
        let temp = tempfile::tempdir().unwrap();
        let store = open(temp.path());
        for _ in 0..3 {
            store
                .append(vec![batch(Lens::Spans, "a", 10)])
                .await
                .unwrap();
        }
        drop(store);
        let path = folder::journal_path(temp.path(), 1);
        let whole = fs::read(&path).unwrap();

        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(&path, &flipped).unwrap();
        let store = open(temp.path());
        assert_eq!(n_events(&store, "a"), 20);
        assert_eq!(store.recovery().damage.len(), 1);
        drop(store);

        // Also when the very first byte of the file is the one that was hit.
        let mut headless = whole.clone();
        headless[0] ^= 1;
        fs::write(&path, &headless).unwrap();
        let store = open(temp.path());
        assert_eq!(n_events(&store, "a"), 30);
        assert_eq!(store.recovery().damage.len(), 1);
        drop(store);

        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let store = open(temp.path());
        assert_eq!(n_events(&store, "a"), 20);
        assert!(
            store.recovery().damage[0].contains("not a whole record"),
            "{:?}",
            store.recovery()
        );
        store
            .append(vec![batch(Lens::Spans, "a", 10)])
            .await
            .unwrap();
        drop(store);
        let store = open(temp.path());
        assert_eq!(n_events(&store, "a"), 30);
        assert_eq!(store.recovery(), &Recovery::default());
    }

    #[tokio::test]
    async fn a_reader_keeps_what_it_saw_while_events_arrive() {
        let temp = tempfile::tempdir().unwrap();
        let store = open(temp.path());
        store
            .append(vec![batch(Lens::Spans, "a", 10)])
            .await
            .unwrap();
        let seen = store.blocks(Lens::Spans, "a");
        store
            .append(vec![batch(Lens::Spans, "a", 10)])
            .await
            .unwrap();
        assert_eq!(seen[0].len(), 10);
        assert_eq!(n_events(&store, "a"), 20);
    }
}
