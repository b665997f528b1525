//! Opening a store and closing it.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::folder::{self, OpenError, Place};
use super::handle::Store;
use super::limits::Limits;
use super::recover::{self, Loaded};
use super::retention::{HeldBack, RetentionClock};
use super::seal::Full;
use super::sealer::{Job, Sealer, WriteSegment};
use super::segment_write;
use super::shared::Shared;
use super::take_over;
use super::writer::{Request, Work, Writer};

// How long opening waits for the sealer to make room for writers.
const LONGEST_CATCHING_UP: Duration = Duration::from_secs(20);

/// A store that was read and not opened.
pub struct ReadOnly {
    /// Its events and documents as they were.
    pub store: Store,
    /// How many journal files there are, and how long they are together.
    pub journal: (usize, u64),
    /// How many segment files there are, and how long they are together.
    pub segments: (usize, u64),
}

/// What only a store that can be written to has.
pub(super) struct Owned {
    pub requests: Sender<Request>,
    pub jobs: Sender<Job>,
    pub threads: Vec<JoinHandle<()>>,
}

impl Store {
    /// Opens the store in `folder`, making it if it is missing, and reads back what is there.
    ///
    /// The caller sees to it that a folder has one owner at a time.
    ///
    /// # Errors
    /// See [`OpenError`]. Damage is no error: see [`Store::damage`].
    pub fn open(folder: &Path, limits: Limits) -> Result<Store, OpenError> {
        Store::open_with(folder, limits, segment_write::write)
    }

    /// Does the same, with segments written by `write`.
    pub(super) fn open_with(
        folder: &Path,
        limits: Limits,
        write: WriteSegment,
    ) -> Result<Store, OpenError> {
        let limits = limits.fitting();
        let prepared = folder::prepare(folder);
        let place = Place::of(folder);
        let mut loaded = match (prepared, recover::load(folder)) {
            (Ok(()), loaded) => loaded?,
            // What cannot be written to may be there to be read.
            (Err(OpenError::Io { .. }), Ok(loaded)) => loaded,
            (Err(error), _) => return Err(error),
        };
        let clock = loaded.clock(limits);
        let restored = loaded.restore(limits);
        let owned = match take_over::take_over(folder, &mut loaded, limits, clock, restored) {
            Err(OpenError::Io { source, path, .. }) => {
                let reason = format!("{}: {source}", path.display());
                return Ok(Store::refusing(loaded, limits, clock, reason));
            }
            owned => owned?,
        };
        let take_over::Owned {
            journal,
            documents,
            owed,
            is_begun,
        } = owned;
        let Loaded {
            state,
            damage: found_damage,
            journal: files,
            next_segment,
            ..
        } = loaded;
        let full = files.iter().map(|file| Full::new(file.number, file.length));
        let full: VecDeque<Full> = full.filter(|file| file.number != journal.number).collect();
        let shared = Shared::new(state, clock);
        if !owed.is_empty() {
            shared.tell_refusal(Some(
                io::Error::from(io::ErrorKind::StorageFull).to_string(),
            ));
        }
        if let Ok(state) = shared.state.read() {
            shared.tell_held_back(HeldBack::of(&state, clock, limits));
        }
        let (requests, requested) = channel();
        let (jobs, todo) = channel();
        let (catching_up, caught_up) = channel();
        let sealer = Sealer {
            folder: folder.into(),
            write,
            place: place.clone(),
            shared: shared.clone(),
            limits,
            jobs: todo,
            requests: requests.clone(),
            next_number: next_segment.max(1),
            full,
            unlisted: BTreeMap::new(),
            unmergeable: HashSet::new(),
            caught_up: Some(catching_up),
        };
        let unsealed_bytes = sealer.full.iter().map(|file| file.length).sum();
        shared
            .unsealed_bytes
            .store(unsealed_bytes, Ordering::Relaxed);
        let writer = Writer {
            place,
            journal,
            documents,
            owed,
            is_begun,
            shared: shared.clone(),
            requests: requested,
            sealer: jobs.clone(),
        };
        let threads = vec![
            spawn("journal", folder, || writer.run())?,
            spawn("sealer", folder, || sealer.run())?,
        ];
        if unsealed_bytes > limits.unsealed_bytes {
            // Or nothing would be taken at first; and one that is killed soon each time would never take anything.
            let _ = caught_up.recv_timeout(LONGEST_CATCHING_UP);
        }
        Ok(Store {
            shared,
            owned: Some(Owned {
                requests,
                jobs,
                threads,
            }),
            limits,
            found_damage,
        })
    }

    // What can be read of a folder that cannot be written to.
    fn refusing(loaded: Loaded, limits: Limits, clock: RetentionClock, reason: String) -> Store {
        let shared = Shared::new(loaded.state, clock);
        shared.tell_refusal(Some(reason));
        Store {
            shared,
            owned: None,
            limits,
            found_damage: loaded.damage,
        }
    }

    /// Makes the folder if it is missing, and checks that this version may write to it.
    ///
    /// # Errors
    /// `Newer`, `Older` and `Foreign` leave everything as it is; see [`OpenError`].
    pub fn prepare(folder: &Path) -> Result<(), OpenError> {
        folder::prepare(folder)
    }

    /// Reads the store in `folder` without owning it: nothing on disk changes, and nothing can be
    /// appended. What another owner writes meanwhile may be missing.
    ///
    /// # Errors
    /// See [`OpenError`]; `Io` if there is no such folder.
    pub fn read_only(folder: &Path) -> Result<ReadOnly, OpenError> {
        let loaded = recover::load(folder)?;
        let limits = Limits::default();
        let clock = loaded.clock(limits);
        let n_bytes = loaded.journal.iter().map(|file| file.length).sum();
        Ok(ReadOnly {
            journal: (loaded.journal.len(), n_bytes),
            segments: loaded.segment_files,
            store: Store {
                shared: Shared::new(loaded.state, clock),
                owned: None,
                limits,
                found_damage: loaded.damage,
            },
        })
    }
}

fn spawn(
    name: &str,
    folder: &Path,
    run: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, OpenError> {
    let thread = std::thread::Builder::new().name(name.to_string());
    thread.spawn(run).map_err(|source| OpenError::Io {
        action: "start a thread for",
        path: folder.into(),
        source,
    })
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(owned) = self.owned.take() else {
            return;
        };
        let (answer, _) = oneshot::channel();
        let stop = Request {
            work: Work::Stop,
            bytes: 0,
            answer,
        };
        // What is not sealed yet is sealed when the store is opened again.
        self.shared.is_stopping.store(true, Ordering::Relaxed);
        let _ = owned.requests.send(stop);
        drop(owned.jobs);
        for thread in owned.threads {
            let _ = thread.join();
        }
    }
}
