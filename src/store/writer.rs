//! The one thread that writes the journal.
//!
//! It takes everything that is waiting, writes it in one go, makes it durable with one fdatasync
//! (group commit), shows it to readers, and only then answers. When a file is full it starts the
//! next one with a snapshot of all documents, so that the oldest file can go without losing any.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, RwLock};

use tokio::sync::{OwnedMutexGuard, oneshot};

use super::codec::Encoded;
use super::folder;
use super::handle::{Limits, StoreError};
use super::journal::{self, FILE_MAGIC, Kind};
use super::state::{self, State};
use crate::model::span::Lens;

/// What a caller wants written.
pub enum Work {
    /// Events.
    Batches(Vec<Encoded>),
    /// Changed documents in the journal's form; the guard keeps other transactions out until then.
    Documents(serde_json::Value, OwnedMutexGuard<()>),
    /// A dataset to forget.
    Forget(Lens, String),
}

/// Work with somebody waiting for it.
pub struct Request {
    /// What to write.
    pub work: Work,
    /// How many bytes it counts for in the queue.
    pub bytes: usize,
    /// Whom to answer.
    pub answer: oneshot::Sender<Result<(), StoreError>>,
}

/// The open end of the journal.
pub struct Journal {
    /// The data folder.
    pub folder: PathBuf,
    /// The file that is written to.
    pub file: File,
    /// Its number.
    pub number: u64,
    /// Its length in bytes, all of it whole records.
    pub length: u64,
    /// The older files and their lengths, oldest first.
    pub older: Vec<(u64, u64)>,
    /// How large all of it may become.
    pub limits: Limits,
}

// Above this many bytes, what is waiting is written before more is taken.
const GROUP_BYTES: usize = 8 << 20;

/// Writes until every sender is gone.
pub fn run(
    mut journal: Journal,
    state: Arc<RwLock<State>>,
    waiting_bytes: Arc<AtomicUsize>,
    requests: Receiver<Request>,
) {
    while let Ok(first) = requests.recv() {
        let mut group_bytes = first.bytes;
        let mut group = vec![first];
        while group_bytes < GROUP_BYTES
            && let Ok(next) = requests.try_recv()
        {
            group_bytes += next.bytes;
            group.push(next);
        }
        commit(&mut journal, &state, group);
        waiting_bytes.fetch_sub(group_bytes, Ordering::Relaxed);
    }
}

fn commit(journal: &mut Journal, state: &RwLock<State>, group: Vec<Request>) {
    let mut bytes = Vec::new();
    let mut sequence = state.read().map_or(0, |state| state.next_sequence);
    for request in &group {
        match &request.work {
            Work::Batches(batches) => {
                for batch in batches {
                    journal::put_record(&mut bytes, Kind::Batch, sequence, &batch.bytes);
                    sequence += batch.n_events;
                }
            }
            Work::Documents(changes, _) => {
                let payload = changes.to_string();
                journal::put_record(&mut bytes, Kind::Documents, sequence, payload.as_bytes());
            }
            Work::Forget(lens, dataset) => {
                let payload = state::forget_payload(*lens, dataset);
                journal::put_record(&mut bytes, Kind::Forget, sequence, &payload);
            }
        }
    }
    if let Err(error) = journal.append(&bytes) {
        let error = Arc::new(error);
        for request in group {
            let _ = request.answer.send(Err(StoreError::Io(error.clone())));
        }
        return;
    }
    let mut answers = Vec::with_capacity(group.len());
    if let Ok(mut state) = state.write() {
        for request in group {
            match request.work {
                Work::Batches(batches) => {
                    for batch in batches {
                        let sequence = state.next_sequence;
                        state.take_batch(&batch.bytes, sequence, journal.number);
                    }
                }
                Work::Documents(changes, guard) => {
                    state.documents.apply(changes);
                    drop(guard);
                }
                Work::Forget(lens, dataset) => state.forget(lens, &dataset),
            }
            answers.push(request.answer);
        }
        // A file that cannot be started leaves the full one in use; the next commit tries again.
        if journal.length >= journal.limits.file_bytes {
            let _ = journal.rotate(&mut state);
        }
    }
    for answer in answers {
        // Whoever asked may be gone; what was written stays written.
        let _ = answer.send(Ok(()));
    }
}

impl Journal {
    /// Appends bytes durably, or leaves the file as it was.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = self
            .file
            .write_all(bytes)
            .and_then(|()| self.file.sync_data());
        match result {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a record would be skipped when reading; better that it is not there at all.
                let _ = self.file.set_len(self.length);
                Err(error)
            }
        }
    }

    fn rotate(&mut self, state: &mut State) -> io::Result<()> {
        let number = self.number + 1;
        let path = folder::journal_path(&self.folder, number);
        let mut head = FILE_MAGIC.to_vec();
        let snapshot = state.documents.to_changes().to_string();
        journal::put_record(
            &mut head,
            Kind::Snapshot,
            state.next_sequence,
            snapshot.as_bytes(),
        );
        let started = folder::append_journal(&path).and_then(|mut file| {
            file.write_all(&head)?;
            file.sync_data()?;
            folder::sync_names(&self.folder.join("journal"))?;
            Ok(file)
        });
        let file = match started {
            Ok(file) => file,
            Err(error) => {
                let _ = std::fs::remove_file(&path);
                return Err(error);
            }
        };
        self.older.push((self.number, self.length));
        self.file = file;
        self.number = number;
        self.length = head.len() as u64;
        state.close_blocks();
        self.evict(state);
        Ok(())
    }

    // Takes the oldest files away until the rest fits.
    fn evict(&mut self, state: &mut State) {
        let mut total = self.length + self.older.iter().map(|(_, length)| length).sum::<u64>();
        while total > self.limits.total_bytes && !self.older.is_empty() {
            let (number, length) = self.older.remove(0);
            if std::fs::remove_file(folder::journal_path(&self.folder, number)).is_err() {
                return;
            }
            state.evict_file(number);
            total -= length;
        }
    }
}
