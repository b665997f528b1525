//! The folder where lines wait on their way to CloudWatch Logs: a queue for each stream, and who has it.
//!
//! A queue belongs to the process that holds its lock, and to nobody once that has ended; whoever comes
//! next with lines for the same group takes it over. `lock` in the folder itself is held only while
//! queues are looked for, made and removed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sink_files::{SEGMENT_BYTES, open_own};
use super::sink_queue::{Queue, Shared, SpoolError};
use crate::records::sync_names;

/// Where the lines of a queue go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Which service: `local` for the local stack, `aws`, or a URL.
    pub place: String,
    /// The AWS region.
    pub region: String,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
}

/// A folder of queues.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    max_bytes: u64,
}

/// The queues that nobody else has.
pub struct Claimed {
    /// The one for the stream that was asked for.
    pub own: Queue,
    /// Those for other streams of the group, or the same, left behind by others.
    pub left_behind: Vec<LeftBehind>,
}

/// A queue that somebody left behind.
pub struct LeftBehind {
    /// Its number among all queues; it rises with time.
    pub number: u64,
    /// Where its lines go.
    pub address: Address,
    /// Its two ends.
    pub queue: Queue,
}

/// How many queues are claimed at once at the most; each one keeps two files open.
const MOST_AT_ONCE: usize = 200;

// What is in a queue's folder besides its files of lines.
const ABOUT: &str = "queue.json";
const LOCK: &str = "lock";

impl Spool {
    /// Names a folder, which is made when it is needed; `max_bytes` is for all its queues together.
    pub fn new(folder: PathBuf, max_bytes: u64) -> Spool {
        Spool { folder, max_bytes }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Claims the queue for `address`, making it if there is none, and those for the same group.
    ///
    /// # Errors
    /// `Io`.
    pub fn claim(&self, address: &Address) -> Result<Claimed, SpoolError> {
        let _guard = self.guard()?;
        let folders = self.queue_folders()?;
        let own = match claimed(&folders, |found| found == address).next() {
            Some(own) => {
                let (_, folder, lock, _) = own?;
                let max_bytes = self.room_beside(&folders, Some(&folder));
                Queue::open(folder, lock, max_bytes)?
            }
            None => {
                let last = folders.last().map_or(0, |(number, _)| *number);
                self.make(last + 1, address, self.room_beside(&folders, None))?
            }
        };
        let left_behind = left_behind(&folders, address)?;
        Ok(Claimed { own, left_behind })
    }

    /// Claims the queues for the group of `address`, whatever their stream, with higher numbers than
    /// `after`; not all of them if they are many.
    ///
    /// # Errors
    /// `Io`.
    pub fn claim_left_behind(
        &self,
        address: &Address,
        after: u64,
    ) -> Result<Vec<LeftBehind>, SpoolError> {
        let _guard = self.guard()?;
        let mut folders = self.queue_folders()?;
        folders.retain(|(number, _)| *number > after);
        left_behind(&folders, address)
    }

    /// Removes a queue, unless something in it is pending, or says how far a file was read that goes on
    /// and is not known to have been read to its end.
    ///
    /// # Errors
    /// `Io`.
    pub fn tidy(&self, queue: &Shared, is_input_at_end: bool) -> Result<(), SpoolError> {
        let position = queue.position().filter(|_| !is_input_at_end);
        if position.is_some_and(|position| position.has_more()) || queue.n_pending() > 0 {
            return Ok(());
        }
        let _guard = self.guard()?;
        let folder = queue.folder();
        // First of all what makes it a queue, so that half a folder is none.
        fs::remove_file(folder.join(ABOUT))
            .and_then(|()| fs::remove_dir_all(folder))
            .map_err(|source| failed("remove", folder, source))
    }

    // Returns how much a queue may hold beside all others; never less than it takes to move on.
    fn room_beside(&self, folders: &[(u64, PathBuf)], own: Option<&Path>) -> u64 {
        let others = folders
            .iter()
            .filter(|(_, folder)| Some(folder.as_path()) != own);
        let used: u64 = others.map(|(_, folder)| bytes_in(folder)).sum();
        self.max_bytes.saturating_sub(used).max(2 * SEGMENT_BYTES)
    }

    fn make(&self, number: u64, address: &Address, max_bytes: u64) -> Result<Queue, SpoolError> {
        let folder = self.folder.join(format!("{number:010}"));
        let make = || -> io::Result<Option<File>> {
            create_folder(&folder)?;
            let lock = open_own(&folder.join(LOCK))?;
            if lock.try_lock().is_err() {
                return Ok(None);
            }
            let fresh = folder.join("queue.json.new");
            let text = serde_json::to_string(address).unwrap_or_default();
            fs::write(&fresh, format!("{text}\n"))?;
            File::open(&fresh)?.sync_all()?;
            fs::rename(&fresh, folder.join(ABOUT))?;
            sync_names(&folder)?;
            sync_names(&self.folder)?;
            Ok(Some(lock))
        };
        match make() {
            Ok(Some(lock)) => Queue::open(folder, lock, max_bytes),
            Ok(None) => Err(failed("lock", &folder, io::ErrorKind::WouldBlock.into())),
            Err(source) => Err(failed("make", &folder, source)),
        }
    }

    // Nobody looks for queues, makes or removes one while the file that is returned is open.
    fn guard(&self) -> Result<File, SpoolError> {
        let guarded = create_folder(&self.folder).and_then(|()| {
            let lock = open_own(&self.folder.join(LOCK))?;
            lock.lock()?;
            Ok(lock)
        });
        guarded.map_err(|source| failed("write to", &self.folder, source))
    }

    // What was being made or removed when somebody was killed is no queue, and goes; nobody else makes or
    // removes one meanwhile.
    fn queue_folders(&self) -> Result<Vec<(u64, PathBuf)>, SpoolError> {
        let failed = |source| failed("list", &self.folder, source);
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let number = path
                .file_name()
                .and_then(|name| name.to_str()?.parse().ok());
            let Some(number) = number else { continue };
            let is_half = !fs::exists(path.join(ABOUT)).map_err(failed)?;
            if !is_half || fs::remove_dir_all(&path).is_err() {
                folders.push((number, path));
            }
        }
        folders.sort_unstable();
        Ok(folders)
    }
}

fn left_behind(
    folders: &[(u64, PathBuf)],
    address: &Address,
) -> Result<Vec<LeftBehind>, SpoolError> {
    let is_for_group = |found: &Address| {
        (&found.place, &found.region, &found.group)
            == (&address.place, &address.region, &address.group)
    };
    let claimed = claimed(folders, is_for_group).take(MOST_AT_ONCE);
    let opened = claimed.map(|claimed| {
        let (number, folder, lock, address) = claimed?;
        Ok(LeftBehind {
            number,
            address,
            // Nothing is added to it.
            queue: Queue::open(folder, lock, 0)?,
        })
    });
    opened.collect()
}

// Locks the queues that are wanted and that no other process has.
fn claimed(
    folders: &[(u64, PathBuf)],
    is_wanted: impl Fn(&Address) -> bool,
) -> impl Iterator<Item = Result<(u64, PathBuf, File, Address), SpoolError>> {
    folders.iter().filter_map(move |(number, folder)| {
        let address = about(folder).filter(|address| is_wanted(address))?;
        match try_lock(folder) {
            Ok(lock) => Some(Ok((*number, folder.clone(), lock?, address))),
            Err(error) => Some(Err(error)),
        }
    })
}

fn about(folder: &Path) -> Option<Address> {
    serde_json::from_str(&fs::read_to_string(folder.join(ABOUT)).ok()?).ok()
}

// `None` if another process has it.
fn try_lock(folder: &Path) -> Result<Option<File>, SpoolError> {
    let failed = |source| failed("lock", folder, source);
    let lock = open_own(&folder.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> SpoolError {
    SpoolError::Io {
        action,
        path: path.into(),
        source,
    }
}
