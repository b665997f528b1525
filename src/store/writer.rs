//! The one thread that writes the journal.
//!
//! It takes everything that is waiting, writes it in one go, makes it durable with one fdatasync
//! (group commit), shows it to readers, and only then answers. Changed documents go into files of their own
//! in the same way. When a journal file is full it starts the next one, and hands the full one over to be
//! sealed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedMutexGuard, oneshot};

use serde_json::Value;

use super::cost::Cost;
use super::document_log::DocumentLog;
use super::documents;
use super::folder::{self, Place};
use super::gaps::Reached;
use super::journal::{self, Kind};
use super::journal_file::Journal;
use super::left_out;
use super::limits::StoreError;
use super::manifest::{self, JournalEntry};
use super::merge::merged;
use super::part::Part;
use super::sealer::Job;
use super::shared::Shared;
use super::state::{self, State};
use crate::model::span::Lens;

/// What a caller wants written.
pub enum Work {
    /// Parts, with their bytes for the journal.
    Parts(Vec<(Part, Vec<u8>)>),
    /// Changed documents in the journal's form; the guard keeps other transactions out until then.
    Documents(Value, OwnedMutexGuard<()>),
    /// A dataset to forget.
    Forget(Lens, String),
    /// Start a new file, so that everything is sealed.
    Rotate,
    /// Write what came before, and no more.
    Stop,
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

// Above this many bytes, what is waiting is written before more is taken.
const GROUP_BYTES: usize = 8 << 20;
// So many small parts in memory become one, of so many events at most: readers want few parts, and
// what becomes one is copied only two or three times before it is sealed.
const SMALL_PARTS: usize = 16;
const SMALL_ROWS: usize = 32_768;
const JOINED_BYTES: usize = 32 << 20;

/// The writing thread.
pub struct Writer {
    pub place: Place,
    pub journal: Journal,
    pub documents: DocumentLog,
    /// What is to be listed no more and could not be written yet; each value is the changes of one dataset.
    pub owed: Vec<Value>,
    /// Whether anything was written, so that the documents do not say any more that the journal has ended.
    pub is_begun: bool,
    pub shared: Arc<Shared>,
    pub requests: Receiver<Request>,
    pub sealer: Sender<Job>,
}

impl Writer {
    /// Writes until it is told to stop, or every sender is gone.
    pub fn run(mut self) {
        loop {
            let first = match self.requests.recv_timeout(Duration::from_secs(30)) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.rotate_if_old();
                    self.try_again();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut group_bytes = first.bytes;
            let mut group = vec![first];
            while group_bytes < GROUP_BYTES
                && let Ok(next) = self.requests.try_recv()
            {
                group_bytes += next.bytes;
                group.push(next);
            }
            let is_last = group
                .iter()
                .any(|request| matches!(request.work, Work::Stop));
            self.commit(group);
            self.shared
                .waiting_bytes
                .fetch_sub(group_bytes, Ordering::Relaxed);
            if is_last {
                if self.is_begun {
                    // Without it only less is known of what may be missing one day.
                    let limits = self.journal.limits;
                    let clock = self.shared.clock(limits).put(limits);
                    let clock = documents::encode(vec![clock]);
                    let clock = clock.as_array().cloned().unwrap_or_default();
                    let _ = self.append_documents(clock, true);
                }
                return;
            }
        }
    }

    fn commit(&mut self, mut group: Vec<Request>) {
        let events = self.number_and_encode(&mut group);
        if !events.is_empty() && !self.is_begun {
            // What is said of the end of the journal is true no more. If that cannot be written, the journal
            // most likely cannot either, and says so.
            let _ = self.append_documents(Vec::new(), false);
        }
        let journal = match events.is_empty() {
            true => Ok(()),
            false => self
                .place
                .check()
                .and_then(|()| self.journal.append(&events)),
        };
        let documents = self.write_documents(&group);
        match journal.as_ref().err().or(documents.as_ref().err()) {
            Some(error) => self.shared.tell_refusal(Some(error.to_string())),
            None if events.is_empty() && !has_documents(&group) => {}
            None => self.shared.tell_refusal(None),
        }
        let failure = |work: &Work| match work {
            Work::Parts(_) | Work::Forget(..) => journal.as_ref().err(),
            Work::Documents(..) => documents.as_ref().err(),
            Work::Rotate | Work::Stop => None,
        };
        let (mut written, mut failed) = (Vec::with_capacity(group.len()), Vec::new());
        for request in group {
            match failure(&request.work) {
                None => written.push(request),
                Some(error) => {
                    let error = io::Error::new(error.kind(), error.to_string());
                    failed.push((request.answer, StoreError::Io(Arc::new(error))));
                }
            }
        }
        for (answer, error) in failed {
            let _ = answer.send(Err(error));
        }
        self.show(written);
    }

    // Tells that there is room again, without waiting for something to store.
    fn try_again(&mut self) {
        let is_refusing = self.shared.warnings.borrow().refusal.is_some();
        if is_refusing && self.append_documents(Vec::new(), false).is_ok() {
            self.shared.tell_refusal(None);
        }
    }

    // All changes of a group are one transaction on disk.
    fn write_documents(&mut self, group: &[Request]) -> io::Result<()> {
        let of_group = group.iter().filter_map(|request| match &request.work {
            Work::Documents(changes, _) => Some(changes),
            _ => None,
        });
        let all: Vec<Value> = self
            .owed
            .iter()
            .chain(of_group)
            .filter_map(Value::as_array)
            .flatten()
            .cloned()
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        self.append_documents(all, false)
    }

    // With each change stands how far events had come by then, so that it is noticed when the newest are missing.
    fn append_documents(&mut self, mut all: Vec<Value>, is_end: bool) -> io::Result<()> {
        self.place.check()?;
        let state = self.shared.state.read();
        let sequence = state.map_err(|_| io::ErrorKind::Other)?.next_sequence;
        let reached = documents::encode(vec![Reached { sequence, is_end }.put()]);
        all.extend(reached.as_array().into_iter().flatten().cloned());
        self.documents.append(&Value::Array(all))?;
        self.is_begun |= !is_end;
        let owed = std::mem::take(&mut self.owed);
        if let Ok(mut state) = self.shared.state.write() {
            owed.into_iter()
                .for_each(|changes| state.documents.apply(changes));
            state.documents.apply(reached);
        }
        Ok(())
    }

    // Shows what was written to readers, and answers.
    fn show(&mut self, group: Vec<Request>) {
        let mut is_asked_to_rotate = false;
        let mut has_documents = false;
        let mut forgotten = Vec::new();
        let mut listed_no_more = Vec::new();
        let mut answers = Vec::with_capacity(group.len());
        if let Ok(mut state) = self.shared.state.write() {
            for request in group {
                match request.work {
                    Work::Parts(parts) => {
                        for (part, _) in parts {
                            self.journal.n_events += part.len() as u64;
                            state.next_sequence += part.len() as u64;
                            state.take_recent(Arc::new(part), self.journal.number);
                        }
                        self.journal.since.get_or_insert_with(Instant::now);
                    }
                    Work::Documents(changes, guard) => {
                        has_documents = true;
                        state.documents.apply(changes);
                        drop(guard);
                    }
                    Work::Forget(lens, dataset) => {
                        let parts = state.forget(lens, &dataset);
                        let is_there = |number| {
                            let mut files = state.segments().chain(&parts);
                            files.any(|part| {
                                part.file.as_ref().is_some_and(|it| it.number == number)
                            })
                        };
                        let documents = &state.documents;
                        let missing = manifest::delete_lost(documents, lens, &dataset, is_there);
                        listed_no_more.extend(missing);
                        listed_no_more.extend(left_out::forgotten(documents, lens, &dataset));
                        forgotten.extend(parts);
                    }
                    Work::Rotate => is_asked_to_rotate = true,
                    Work::Stop => {}
                }
                answers.push(request.answer);
            }
            let next_sequence = state.next_sequence;
            drop(state);
            self.shared.arrivals.send_if_modified(|arrivals| {
                let is_news = arrivals.is_some_and(|before| before != next_sequence);
                if is_news {
                    *arrivals = Some(next_sequence);
                }
                is_news
            });
        }
        let files = forgotten.iter();
        listed_no_more.extend(files.filter_map(|part| manifest::delete_segment(part)));
        if !listed_no_more.is_empty() {
            // The record in the journal file keeps them gone until this is written.
            self.owed.push(documents::encode(listed_no_more));
            let _ = self.write_documents(&[]);
        }
        // Before anybody is told that they are gone: only the record in this file keeps them gone.
        for part in &forgotten {
            remove_file(part);
        }
        let limits = &self.journal.limits;
        let is_full =
            self.journal.length >= limits.file_bytes || self.journal.n_events >= limits.file_events;
        if is_full || is_asked_to_rotate {
            // A file that cannot be started leaves the full one in use; the next commit tries again.
            let _ = self.rotate();
        }
        if has_documents
            && self.place.check().is_ok()
            && let Ok(state) = self.shared.state.read()
        {
            // Tried again after the next change; until then the file is only longer than it has to be.
            let _ = self.documents.compact(&state.documents);
        }
        for answer in answers {
            // Whoever asked may be gone; what was written stays written.
            let _ = answer.send(Ok(()));
        }
        self.join_small_parts();
    }

    // Gives every event its number, and returns the records of everything.
    fn number_and_encode(&self, group: &mut [Request]) -> Vec<u8> {
        let start = (self.journal.binding(), self.journal.length);
        let mut bytes = Vec::new();
        let mut sequence = self
            .shared
            .state
            .read()
            .map_or(0, |state| state.next_sequence);
        for request in group {
            match &mut request.work {
                Work::Parts(parts) => {
                    for (part, encoded) in parts {
                        journal::put_record(&mut bytes, start, Kind::Part, sequence, encoded);
                        part.sequences.first = sequence;
                        sequence += part.len() as u64;
                        *encoded = Vec::new();
                    }
                }
                Work::Forget(lens, dataset) => {
                    let payload = state::forget_payload(*lens, dataset);
                    journal::put_record(&mut bytes, start, Kind::Forget, sequence, &payload);
                }
                Work::Documents(..) | Work::Rotate | Work::Stop => {}
            }
        }
        bytes
    }

    fn rotate_if_old(&mut self) {
        let is_old = |since: Instant| since.elapsed() >= self.journal.limits.file_age;
        if self.journal.since.is_some_and(is_old) {
            let _ = self.rotate();
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.place.check()?;
        let (full, length) = (self.journal.number, self.journal.length);
        let state = self.shared.state.read();
        let first_sequence = state.map_err(|_| io::ErrorKind::Other)?.next_sequence;
        let head = self.journal.next_head(first_sequence);
        let file = Journal::create(&self.journal.folder, head)?;
        let entry = JournalEntry {
            first_sequence,
            missing_events: None,
            made: Some(self.shared.clock(self.journal.limits).arrival()),
        };
        let listed = documents::encode(vec![manifest::put_journal(head.number, entry)]);
        self.owed.push(listed);
        if let Err(error) = self.write_documents(&[]) {
            self.owed.pop();
            let _ = std::fs::remove_file(folder::journal_path(&self.journal.folder, head.number));
            return Err(error);
        }
        self.journal.start(file, head);
        let unsealed_bytes = &self.shared.unsealed_bytes;
        unsealed_bytes.fetch_add(length, Ordering::Relaxed);
        // The sealer is gone only when the store closes, and then the file is sealed after opening.
        let _ = self.sealer.send(Job::Seal(full, length));
        Ok(())
    }

    // Only parts of the open file are joined: those of a full one belong to the sealer.
    fn join_small_parts(&self) {
        loop {
            let number = self.journal.number;
            let found = self
                .shared
                .state
                .read()
                .ok()
                .and_then(|state| small_parts(&state, number));
            let Some((key, parts)) = found else { return };
            let refs: Vec<&Part> = parts.iter().map(|part| &**part).collect();
            let joined = Arc::new(merged(&refs));
            let Ok(mut state) = self.shared.state.write() else {
                return;
            };
            let Some(dataset) = state.dataset_mut(&key) else {
                return;
            };
            let start = dataset.recent.len().saturating_sub(parts.len());
            dataset.recent.truncate(start);
            dataset.recent.push((number, joined));
        }
    }
}

fn has_documents(group: &[Request]) -> bool {
    let mut work = group.iter().map(|request| &request.work);
    work.any(|work| matches!(work, Work::Documents(..)))
}

// The last parts of a dataset, if they are many and alike in size.
fn small_parts(state: &State, journal_file: u64) -> Option<(state::DatasetKey, Vec<Arc<Part>>)> {
    let size_class = |part: &Part| part.len().max(1).ilog2() / 4;
    for (key, dataset) in state.every_dataset() {
        let Some((_, last)) = dataset.recent.last() else {
            continue;
        };
        let class = size_class(last);
        let is_small = |(number, part): &&(u64, Arc<Part>)| {
            *number == journal_file && size_class(part) <= class
        };
        let small: Vec<&(u64, Arc<Part>)> =
            dataset.recent.iter().rev().take_while(is_small).collect();
        let n_rows: usize = small.iter().map(|(_, part)| part.len()).sum();
        // Looked at now and then only, if they are too large to be joined.
        let is_time = small.len() >= SMALL_PARTS && small.len().is_multiple_of(SMALL_PARTS);
        let parts = || small.iter().map(|(_, part)| &**part);
        if is_time && n_rows <= SMALL_ROWS && Cost::of(parts()).bytes() <= JOINED_BYTES {
            let parts = small.into_iter().rev().map(|(_, part)| part.clone());
            return Some((key.clone(), parts.collect()));
        }
    }
    None
}

/// Removes the file of a part. If that fails the file comes back when the store is opened: as long as
/// its record is in the journal it is removed then.
pub fn remove_file(part: &Part) {
    if let Some(file) = &part.file {
        let _ = std::fs::remove_file(&file.path);
    }
}
