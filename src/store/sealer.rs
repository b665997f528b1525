//! The thread behind the writer: it seals full journal files, merges small segments, and lets the oldest
//! go. Neither writing nor reading waits for it.
//!
//! What makes it safe to be killed at any moment: a file is listed in the manifest only when it is whole and
//! on disk, in the same transaction in which those that it replaces are listed no more; and only then do
//! they leave.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use tokio::sync::oneshot;

use super::documents::{self, Change, Table};
use super::evict::expired;
use super::folder::{self, Place};
use super::left_out;
use super::limits::{Limits, StoreError};
use super::manifest::{self, Manifest};
use super::merge::{merged, merged_since};
use super::merge_choice::{place_of, run_to_merge};
use super::part::Part;
use super::retention::Arrived;
use super::segment_read::{self, SegmentError};
use super::segment_write::{self, Origin};
use super::shared::Shared;
use super::state::{DatasetKey, State};
use super::writer::{Request, Work, remove_file};
use crate::records::sync_names;
use crate::system;

/// What there is to do.
pub enum Job {
    /// Seal a full journal file, of so many bytes.
    Seal(u64, u64),
    /// Merge whatever can be merged, and say when it is done.
    Compact(oneshot::Sender<()>),
}

/// So many neighbours are merged; fewer only when somebody asks for it.
const MERGED_PARTS: usize = 4;

/// Where what the store counts is kept.
pub const COUNTERS: Table = Table("store/counters");
/// How many events have left for lack of room or for their age.
pub const EVICTED: &str = "evicted_events";

/// The sealing thread.
pub struct Sealer {
    pub folder: PathBuf,
    pub place: Place,
    pub shared: Arc<Shared>,
    pub limits: Limits,
    pub jobs: Receiver<Job>,
    pub requests: Sender<Request>,
    pub next_number: u64,
    /// Full journal files that are not sealed yet, oldest first, and their lengths.
    pub full: VecDeque<(u64, u64)>,
    /// The segments of the first of them that are not listed yet.
    pub unlisted: Vec<Change>,
}

impl Sealer {
    /// Works until the writer is gone.
    pub fn run(mut self) {
        system::go_last();
        let mut is_over = false;
        while !is_over {
            // What failed for want of room, and what grows old, is looked after now and then.
            let pause = if self.full.is_empty() { 60 } else { 2 };
            let mut waiting = None;
            match self.jobs.recv_timeout(Duration::from_secs(pause)) {
                Ok(Job::Seal(number, length)) => self.full.push_back((number, length)),
                Ok(Job::Compact(done)) => waiting = Some(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => is_over = true,
            }
            if self.is_stopping() {
                break;
            }
            if let Err(error) = self.place.check() {
                self.shared.say_trouble(Some(&error));
                continue;
            }
            let fewest = if waiting.is_some() { 2 } else { MERGED_PARTS };
            let sealed = self.seal_all();
            self.tick();
            self.expire();
            let tidied = sealed.and_then(|()| self.merge_all(fewest));
            self.shared.say_trouble(tidied.as_ref().err());
            self.evict();
            if let Some(done) = waiting {
                let _ = done.send(());
            }
        }
    }

    // What could not be sealed stays in the list.
    fn seal_all(&mut self) -> io::Result<()> {
        while let Some((number, length)) = self.full.front().copied() {
            if self.is_stopping() {
                return Ok(());
            }
            self.seal(number)?;
            self.full.pop_front();
            let unsealed_bytes = &self.shared.unsealed_bytes;
            unsealed_bytes.fetch_sub(length, Ordering::Relaxed);
        }
        Ok(())
    }

    fn merge_all(&mut self, fewest: usize) -> io::Result<()> {
        while !self.is_stopping() && self.merge_some(fewest)? {}
        Ok(())
    }

    fn is_stopping(&self) -> bool {
        self.shared.is_stopping.load(Ordering::Relaxed)
    }

    // Makes one segment of each dataset's events in a journal file, and lets the file go.
    fn seal(&mut self, journal_file: u64) -> io::Result<()> {
        let found: Vec<(DatasetKey, u64, Vec<Arc<Part>>)> = {
            let state = self.shared.state.read().map_err(|_| io::ErrorKind::Other)?;
            let parts_of = |(key, dataset): (&DatasetKey, &super::state::Dataset)| {
                let of_file = dataset
                    .recent
                    .iter()
                    .filter(|(number, _)| *number == journal_file);
                let parts: Vec<Arc<Part>> = of_file.map(|(_, part)| part.clone()).collect();
                (!parts.is_empty()).then(|| (key.clone(), dataset.made, parts))
            };
            state.every_dataset().filter_map(parts_of).collect()
        };
        let clock = self.shared.clock(self.limits);
        let arrived = {
            let state = self.shared.state.read().map_err(|_| io::ErrorKind::Other)?;
            Manifest::of(&state.documents).arrived_in(journal_file, clock.arrival())
        };
        for (key, made, parts) in found {
            let origin = Origin {
                journal: (journal_file, journal_file),
                ..Origin::default()
            };
            let refs: Vec<&Part> = parts.iter().map(|part| &**part).collect();
            let sealed = self.segment(&merged(&refs), origin)?;
            let Ok(mut state) = self.shared.state.write() else {
                return Err(io::ErrorKind::Other.into());
            };
            match state
                .dataset_mut(&key)
                .filter(|dataset| dataset.made == made)
            {
                Some(dataset) => {
                    let listed = manifest::put_segment(&sealed, Some(arrived));
                    self.unlisted.extend(listed);
                    dataset.recent.retain(|(number, _)| *number != journal_file);
                    dataset.segments.push(sealed);
                }
                // Forgotten meanwhile.
                None => remove_file(&sealed),
            }
        }
        sync_names(&self.folder.join("segments"))?;
        let mut changes = self.unlisted.clone();
        changes.push(manifest::delete_journal(journal_file));
        self.change(|state| {
            let mut changes = still_there(state, changes);
            changes.push(clock.put(self.limits));
            changes
        })?;
        self.unlisted.clear();
        match std::fs::remove_file(folder::journal_path(&self.folder, journal_file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_names(&self.folder.join("journal")),
        }
    }

    // Writes a segment under its final name, and opens it.
    fn segment(&mut self, part: &Part, mut origin: Origin) -> io::Result<Arc<Part>> {
        let number = self.next_number;
        origin.number = number;
        let unfinished = folder::unfinished_segment(&self.folder, number);
        let written = segment_write::write(part, &origin, &unfinished);
        let named = written.and_then(|sum| {
            let path = folder::segment_path(&self.folder, number, sum);
            std::fs::rename(&unfinished, &path).map(|()| path)
        });
        let path = match named {
            Ok(path) => path,
            Err(error) => {
                let _ = std::fs::remove_file(&unfinished);
                return Err(error);
            }
        };
        self.next_number += 1;
        match segment_read::open(&path, number, None) {
            Ok(opened) => Ok(Arc::new(opened.part)),
            Err(SegmentError::Io(error)) => Err(error),
            Err(damaged) => Err(io::Error::other(damaged.to_string())),
        }
    }

    // Merges one run of small neighbours, or takes what has expired out of one; tells whether there was one.
    fn merge_some(&mut self, fewest: usize) -> io::Result<bool> {
        let found = {
            let state = self.shared.state.read().map_err(|_| io::ErrorKind::Other)?;
            let unsealed = self.full.front().map(|(number, _)| *number);
            run_to_merge(&state, fewest, unsealed, self.limits, |key| {
                self.expired_before(&state, key)
            })
        };
        let Some((key, parts, oldest)) = found else {
            return Ok(false);
        };
        let files: Vec<_> = parts.iter().filter_map(|part| part.file.as_ref()).collect();
        let origin = Origin {
            journal: (
                files.iter().map(|file| file.journal.0).min().unwrap_or(0),
                files.iter().map(|file| file.journal.1).max().unwrap_or(0),
            ),
            level: files.iter().map(|file| file.level).max().unwrap_or(0) + 1,
            replaces: files.iter().map(|file| file.number).collect(),
            ..Origin::default()
        };
        let refs: Vec<&Part> = parts.iter().map(|part| &**part).collect();
        let kept = merged_since(&refs, oldest);
        if kept.is_empty() {
            // The last of it expired just now, and leaves as a whole.
            return Ok(false);
        }
        let sealed = self.segment(&kept, origin)?;
        drop(kept);
        sync_names(&self.folder.join("segments"))?;
        // Listed and shown in one go, as long as those that it replaces have not been forgotten meanwhile.
        let now = self.shared.clock(self.limits).time;
        let expired = expired(&parts, &sealed, oldest, now);
        let changed = self.change(|state| {
            place_of(state, &key, &parts).map_or_else(Vec::new, |_| {
                let listed_no_more = parts
                    .iter()
                    .filter_map(|part| manifest::delete_segment(part));
                let arrived = parts
                    .iter()
                    .filter_map(|part| manifest::arrived(&state.documents, part));
                manifest::put_segment(&sealed, arrived.reduce(Arrived::and))
                    .into_iter()
                    .chain(listed_no_more)
                    .chain(left_out::remembered(&state.documents, expired))
                    .collect()
            })
        });
        if let Err(error) = changed {
            remove_file(&sealed);
            return Err(error);
        }
        let Ok(mut state) = self.shared.state.write() else {
            return Err(io::ErrorKind::Other.into());
        };
        let place = place_of(&state, &key, &parts);
        let Some((start, dataset)) = place.zip(state.dataset_mut(&key)) else {
            drop(state);
            self.change(|_| manifest::delete_segment(&sealed).into_iter().collect())?;
            remove_file(&sealed);
            return Ok(true);
        };
        dataset
            .segments
            .splice(start..start + parts.len(), [sealed]);
        drop(state);
        parts.iter().for_each(|part| remove_file(part));
        Ok(true)
    }

    // Changes documents in a transaction of our own, durably.
    pub(super) fn change(&self, decide: impl FnOnce(&State) -> Vec<Change>) -> io::Result<()> {
        let closed = || io::Error::from(io::ErrorKind::Other);
        let guard = self.shared.transactions.clone().blocking_lock_owned();
        let changes = {
            let state = self.shared.state.read().map_err(|_| closed())?;
            decide(&state)
        };
        if changes.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let request = Request {
            work: Work::Documents(documents::encode(changes), guard),
            bytes: 0,
            answer,
        };
        self.requests.send(request).map_err(|_| closed())?;
        match answered.blocking_recv() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(StoreError::Io(error))) => Err(io::Error::new(error.kind(), error.to_string())),
            _ => Err(closed()),
        }
    }
}

// Leaves out what lists a segment that was forgotten after it had been sealed.
fn still_there(state: &State, changes: Vec<Change>) -> Vec<Change> {
    let is_there = |change: &Change| match change {
        Change::Put { .. } => state.segments().any(|part| manifest::is_of(change, part)),
        Change::Delete { .. } => true,
    };
    changes.into_iter().filter(is_there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event, Lens};
    use crate::store::part::SegmentFile;

    // Segments of one event each, of these journal files.
    fn state(journal_files: &[u64]) -> State {
        let mut state = State::default();
        for &number in journal_files {
            let event = Event {
                time: 1,
                sample_rate: 1,
                fields: Vec::new(),
            };
            let mut part = Part::of(&Batch {
                lens: Lens::Spans,
                dataset: "d".into(),
                events: vec![event],
            });
            part.file = Some(SegmentFile {
                path: PathBuf::new(),
                number,
                map: arrow_buffer::Buffer::from_vec(vec![0u8]),
                sum: None,
                journal: (number, number),
                level: 0,
                last_sequence: 0,
            });
            state.take_segment(Arc::new(part));
        }
        state
    }

    fn merged_files(state: &State, fewest: usize, unsealed: Option<u64>) -> Vec<u64> {
        let run = run_to_merge(state, fewest, unsealed, Limits::default(), |_| None);
        let parts = run.map(|(_, parts, _)| parts).unwrap_or_default();
        parts
            .iter()
            .map(|part| part.file.as_ref().unwrap().number)
            .collect()
    }

    #[test]
    fn neighbours_are_merged_when_they_are_enough() {
        assert_eq!(merged_files(&state(&[1, 2, 3]), MERGED_PARTS, None), [0; 0]);
        assert_eq!(
            merged_files(&state(&[1, 2, 3, 4]), MERGED_PARTS, None),
            [1, 2, 3, 4]
        );
        assert_eq!(merged_files(&state(&[1, 2]), 2, None), [1, 2]);
    }

    #[test]
    fn what_comes_from_a_journal_file_that_is_not_sealed_whole_is_not_merged() {
        assert_eq!(merged_files(&state(&[1, 2, 3, 4]), 2, Some(4)), [1, 2, 3]);
        assert_eq!(merged_files(&state(&[4, 5]), 2, Some(4)), [0; 0]);
    }
}
