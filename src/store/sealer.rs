//! The thread behind the writer: it seals full journal files, merges small segments, and lets the oldest
//! go. Neither writing nor reading waits for it.
//!
//! What makes it safe to be killed at any moment: a file is listed in the manifest only when it is whole and
//! on disk, in the same transaction in which those that it replaces are listed no more; and only then do
//! they leave.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
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
use super::manifest;
use super::merge_choice::{Left, place_of, run_to_merge};
use super::part::Part;
use super::retention::Arrived;
use super::seal::{Full, Obstacle};
use super::segment_read::{self, SegmentError};
use super::segment_write::Origin;
use super::shared::Shared;
use super::state::State;
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

/// What came of merging one run.
enum Merged {
    Some,
    Nothing,
    Failed(io::Error),
}

/// The sealing thread.
pub struct Sealer {
    pub folder: PathBuf,
    pub place: Place,
    pub shared: Arc<Shared>,
    pub limits: Limits,
    pub jobs: Receiver<Job>,
    pub requests: Sender<Request>,
    pub next_number: u64,
    /// What writes a segment.
    pub write: WriteSegment,
    /// Full journal files that are not sealed yet, oldest first.
    pub full: VecDeque<Full>,
    /// Their segments that are not listed yet, by the file's number.
    pub unlisted: BTreeMap<u64, Vec<Change>>,
    /// The numbers of segments that could not be merged.
    pub unmergeable: HashSet<u64>,
    /// Dropped as soon as so much is sealed that writers need not wait.
    pub caught_up: Option<Sender<()>>,
}

/// Writes a part as a segment file, and returns what its bytes add up to.
pub type WriteSegment = fn(&Part, &Origin, &Path) -> io::Result<u32>;

impl Sealer {
    /// Works until the writer is gone.
    pub fn run(mut self) {
        system::go_last();
        let mut is_over = false;
        // What a sealer that was killed left behind comes first.
        let mut pause = Duration::ZERO;
        while !is_over {
            let mut waiting = None;
            match self.jobs.recv_timeout(pause) {
                Ok(Job::Seal(number, length)) => self.full.push_back(Full::new(number, length)),
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
            let sealed = self.seal_all(waiting.is_some());
            self.tick();
            self.expire();
            let merged = self.merge_all(fewest);
            let tidied = sealed.and(merged);
            self.shared.say_trouble(tidied.as_ref().err());
            self.evict();
            if let Some(done) = waiting {
                let _ = done.send(());
            }
            // What failed for want of room, and what grows old, is looked after now and then.
            let is_due = self.full.iter().any(Full::is_due);
            pause = Duration::from_secs(if is_due { 2 } else { 60 });
        }
    }

    // What cannot be merged stays as it is, and does not keep the rest from it.
    fn merge_all(&mut self, fewest: usize) -> io::Result<()> {
        let mut trouble = Ok(());
        while !self.is_stopping() {
            match self.merge_some(fewest)? {
                Merged::Some => {}
                Merged::Failed(error) => trouble = Err(error),
                Merged::Nothing => break,
            }
        }
        trouble
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.shared.is_stopping.load(Ordering::Relaxed)
    }

    // Writes a segment under its final name, and opens it.
    pub(super) fn segment(&mut self, part: &Part, mut origin: Origin) -> io::Result<Arc<Part>> {
        let number = self.next_number;
        self.next_number += 1;
        origin.number = number;
        let unfinished = folder::unfinished_segment(&self.folder, number);
        let written = (self.write)(part, &origin, &unfinished);
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
        match segment_read::open(&path, number, None) {
            Ok(opened) => Ok(Arc::new(opened.part)),
            Err(SegmentError::Io(error)) => Err(error),
            Err(damaged) => Err(io::Error::other(damaged.to_string())),
        }
    }

    // Merges one run of small neighbours, or takes what has expired out of one; tells whether there was one.
    fn merge_some(&mut self, fewest: usize) -> io::Result<Merged> {
        let found = {
            let state = self.shared.state.read().map_err(|_| io::ErrorKind::Other)?;
            let unsealed: Vec<u64> = self.full.iter().map(|file| file.number).collect();
            let left = Left {
                unsealed: &unsealed,
                unmergeable: &self.unmergeable,
            };
            run_to_merge(&state, fewest, left, self.limits, |key| {
                self.expired_before(&state, key)
            })
        };
        let Some((key, parts, oldest)) = found else {
            return Ok(Merged::Nothing);
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
        let numbers: Vec<u64> = origin.replaces.clone();
        let sealed = match self.made_of(&parts, oldest, origin) {
            Ok(Some(sealed)) => sealed,
            // The last of it expired just now, and leaves as a whole.
            Ok(None) => return Ok(Merged::Nothing),
            Err(error) if Obstacle::of(&error) == Obstacle::Contents => {
                self.unmergeable.extend(numbers);
                return Ok(Merged::Failed(error));
            }
            Err(error) => return Err(error),
        };
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
            return Ok(Merged::Some);
        };
        dataset
            .segments
            .splice(start..start + parts.len(), [sealed]);
        drop(state);
        parts.iter().for_each(|part| remove_file(part));
        Ok(Merged::Some)
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
                is_mapped: false,
                sum: None,
                journal: (number, number),
                level: 0,
                last_sequence: 0,
            });
            state.take_segment(Arc::new(part));
        }
        state
    }

    fn merged_files(state: &State, fewest: usize, unsealed: &[u64]) -> Vec<u64> {
        let left = Left {
            unsealed,
            unmergeable: &HashSet::from([100]),
        };
        let run = run_to_merge(state, fewest, left, Limits::default(), |_| None);
        let parts = run.map(|(_, parts, _)| parts).unwrap_or_default();
        parts
            .iter()
            .map(|part| part.file.as_ref().unwrap().number)
            .collect()
    }

    #[test]
    fn neighbours_are_merged_when_they_are_enough() {
        assert_eq!(merged_files(&state(&[1, 2, 3]), MERGED_PARTS, &[]), [0; 0]);
        assert_eq!(
            merged_files(&state(&[1, 2, 3, 4]), MERGED_PARTS, &[]),
            [1, 2, 3, 4]
        );
        assert_eq!(merged_files(&state(&[1, 2]), 2, &[]), [1, 2]);
    }

    #[test]
    fn nothing_is_merged_with_or_across_a_journal_file_that_is_not_sealed_whole() {
        let cases: [(&[u64], &[u64], &[u64]); 6] = [
            (&[1, 2, 3, 4], &[4], &[1, 2, 3]),
            (&[4, 5], &[4], &[]),
            (&[4, 6], &[5], &[]),
            (&[4, 6, 7], &[5], &[6, 7]),
            (&[4, 5, 6, 7], &[5, 9], &[6, 7]),
            (&[100, 101, 102], &[], &[101, 102]),
        ];
        for (files, unsealed, merged) in cases {
            assert_eq!(
                merged_files(&state(files), 2, unsealed),
                merged,
                "{files:?}"
            );
        }
    }
}
