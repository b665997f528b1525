//! A folder of queues, each for one destination, and who has it.
//!
//! A queue is a numbered folder with `queue.json`, which says where its things go, and the same once more in
//! `queue-copy.json`: a line of JSON, and a line with its CRC-32. A folder that has lost both keeps its things. It belongs to the process
//! that holds its lock, and to nobody once that has ended; whoever comes next with things for the same
//! destination takes it over. `lock` in the folder itself is held only while queues are looked for, made and
//! removed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::records::{checksum, sync_names};
use crate::whole_file::owner_only;

/// The file system refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct QueueError {
    /// What was tried.
    pub action: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// A folder of queues.
#[derive(Debug, Clone)]
pub struct Queues {
    folder: PathBuf,
}

/// A queue that is this process's own.
#[derive(Debug)]
pub struct Claim<A> {
    /// Its number among all queues; it rises with time.
    pub number: u64,
    /// Its folder.
    pub folder: PathBuf,
    /// Where its things go.
    pub address: A,
    /// It is released with this.
    pub lock: File,
}

/// The queues as they are; nobody else looks for queues, makes or removes one meanwhile.
#[derive(Debug)]
pub struct Looking<'q> {
    queues: &'q Queues,
    folders: Vec<(u64, PathBuf)>,
    _guard: File,
}

// What is in a queue's folder besides its things.
const ABOUT: [&str; 2] = ["queue.json", "queue-copy.json"];
const LOCK: &str = "lock";

impl Queues {
    /// Names a folder, which is made when it is needed.
    pub fn new(folder: PathBuf) -> Queues {
        Queues { folder }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lists the queues. What was being made or removed when somebody was killed is none, and goes.
    ///
    /// # Errors
    /// If the folder cannot be made, locked or read.
    pub fn look(&self) -> Result<Looking<'_>, QueueError> {
        let guard = self.guard()?;
        let failed = |source| failed("list", &self.folder, source);
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let number = path
                .file_name()
                .and_then(|name| name.to_str()?.parse().ok());
            let Some(number) = number else { continue };
            if !is_half(&path).map_err(failed)? || fs::remove_dir_all(&path).is_err() {
                folders.push((number, path));
            }
        }
        folders.sort_unstable();
        Ok(Looking {
            queues: self,
            folders,
            _guard: guard,
        })
    }

    /// Removes a queue of this process's own.
    ///
    /// # Errors
    /// If the file system refuses; half a queue is then removed by whoever looks next.
    pub fn remove(&self, folder: &Path) -> Result<(), QueueError> {
        let _guard = self.guard()?;
        // First of all its things, then what makes it a queue: half a folder is an empty queue, or none.
        let removed = || {
            for name in things_in(folder)?
                .into_iter()
                .chain(ABOUT.map(str::to_string))
            {
                match fs::remove_file(folder.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            fs::remove_dir_all(folder)
        };
        removed().map_err(|source| failed("remove", folder, source))
    }

    fn guard(&self) -> Result<File, QueueError> {
        let guarded = create_folder(&self.folder).and_then(|()| {
            let lock = open_own(&self.folder.join(LOCK))?;
            lock.lock()?;
            Ok(lock)
        });
        guarded.map_err(|source| failed("write to", &self.folder, source))
    }
}

impl Looking<'_> {
    /// Returns the folders that have something, and nothing that says where it goes.
    pub fn unaddressed(&self) -> Vec<PathBuf> {
        let folders = self.folders.iter().map(|(_, folder)| folder);
        let is_lost = |folder: &&PathBuf| about::<serde_json::Value>(folder).is_none();
        folders.filter(is_lost).cloned().collect()
    }

    /// Locks the queues with higher numbers than `after` that are wanted for their address and that nobody
    /// has, one by one as they are asked for.
    pub fn claims<A: DeserializeOwned>(
        &self,
        after: u64,
        is_wanted: impl Fn(&A) -> bool,
    ) -> impl Iterator<Item = Result<Claim<A>, QueueError>> {
        let later = self
            .folders
            .iter()
            .filter(move |(number, _)| *number > after);
        later.filter_map(move |(number, folder)| {
            let address = about(folder).filter(|address| is_wanted(address))?;
            let claim = |lock| Claim {
                number: *number,
                folder: folder.clone(),
                address,
                lock,
            };
            match try_lock(folder) {
                Ok(lock) => lock.map(|lock| Ok(claim(lock))),
                Err(error) => Some(Err(error)),
            }
        })
    }

    /// Makes a queue, and claims it.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn make<A: Serialize>(&self, address: A) -> Result<Claim<A>, QueueError> {
        let number = self.folders.last().map_or(0, |(number, _)| *number) + 1;
        let folder = self.queues.folder.join(format!("{number:010}"));
        let make = || -> io::Result<Option<File>> {
            create_folder(&folder)?;
            let lock = open_own(&folder.join(LOCK))?;
            if lock.try_lock().is_err() {
                return Ok(None);
            }
            let text = serde_json::to_string(&address).unwrap_or_default();
            for name in ABOUT {
                write_about(&folder, name, &text)?;
            }
            sync_names(&folder)?;
            sync_names(&self.queues.folder)?;
            Ok(Some(lock))
        };
        match make() {
            Ok(Some(lock)) => Ok(Claim {
                number,
                folder,
                address,
                lock,
            }),
            Ok(None) => Err(failed("lock", &folder, io::ErrorKind::WouldBlock.into())),
            Err(source) => Err(failed("make", &folder, source)),
        }
    }

    /// Returns how many bytes all queues hold, except the one in `own`.
    pub fn bytes_beside(&self, own: Option<&Path>) -> u64 {
        let others = self.folders.iter().map(|(_, folder)| folder.as_path());
        others
            .filter(|folder| Some(*folder) != own)
            .map(bytes_in)
            .sum()
    }
}

/// Opens a file for writing and reading, for its owner only; makes it if it is missing.
///
/// # Errors
/// What the system says.
pub fn open_own(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    options.open(path)
}

/// Makes a folder, and those above it, for its owner only.
///
/// # Errors
/// What the system says.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn about<A: DeserializeOwned>(folder: &Path) -> Option<A> {
    let copies = ABOUT.map(|name| read_about(folder, name));
    let (_, text) = copies
        .iter()
        .flatten()
        // One that says its own sum before one that was written without.
        .max_by_key(|(has_sum, _)| *has_sum)?;
    for (name, copy) in ABOUT.iter().zip(&copies) {
        if copy.as_ref().is_none_or(|(_, its_text)| its_text != text) {
            // One that cannot be written anew is missed the next time, too.
            let _ = write_about(folder, name, text);
        }
    }
    serde_json::from_str(text).ok()
}

// Returns the JSON, and whether it was written with its sum, as it is since there are two copies.
fn read_about(folder: &Path, name: &str) -> Option<(bool, String)> {
    let whole = fs::read_to_string(folder.join(name)).ok()?;
    let mut lines = whole.lines();
    let text = lines.next()?;
    let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
    let sum = lines.next();
    let is_right = sum.is_none_or(|sum| sum == sum_of(text));
    (is_json && is_right).then(|| (sum.is_some(), text.to_string()))
}

fn write_about(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let fresh = folder.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    owner_only(&mut options);
    let mut file = options.open(&fresh)?;
    writeln!(file, "{text}\n{}", sum_of(text))?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(name))
}

fn sum_of(text: &str) -> String {
    format!("{:08x}", checksum(text.as_bytes()))
}

// Tells whether a folder was being made or removed when its process was killed: it says nothing of itself, and has
// nothing that waits.
fn is_half(folder: &Path) -> io::Result<bool> {
    for name in ABOUT {
        if fs::exists(folder.join(name))? {
            return Ok(false);
        }
    }
    Ok(things_in(folder)?.is_empty())
}

// The names of what waits in a queue, whatever it is.
fn things_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_ours = name == LOCK || name.starts_with("queue");
        // What says how far it was read is worth nothing by itself.
        if !is_ours && name != "cursor" {
            names.push(name);
        }
    }
    Ok(names)
}

// `None` if another process has it.
fn try_lock(folder: &Path) -> Result<Option<File>, QueueError> {
    let failed = |source| failed("lock", folder, source);
    let lock = open_own(&folder.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> QueueError {
    QueueError {
        action,
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: &str = "group/stream";

    fn claimed(queues: &Queues) -> Vec<String> {
        let looking = queues.look().unwrap();
        let all = looking.claims(0, |_: &String| true);
        all.map(|claim| claim.unwrap().address).collect()
    }

    fn with_one_queue() -> (tempfile::TempDir, Queues, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let queues = Queues::new(folder.path().join("spool"));
        let made = queues.look().unwrap().make(TO.to_string()).unwrap();
        fs::write(made.folder.join("0000000001.lines"), "things").unwrap();
        let path = made.folder.clone();
        (folder, queues, path)
    }

    #[test]
    fn where_a_queue_goes_is_known_though_a_copy_is_damaged_or_gone() {
        for name in ABOUT {
            let (_folder, queues, path) = with_one_queue();
            let file = path.join(name);
            let whole = fs::read(&file).unwrap();
            for at in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[at] ^= 4;
                fs::write(&file, &bytes).unwrap();
                assert_eq!(claimed(&queues), [TO], "byte {at} of {name}");
            }
            fs::remove_file(&file).unwrap();
            assert_eq!(claimed(&queues), [TO], "{name} is gone");
            // It was written anew.
            assert_eq!(fs::read(&file).unwrap(), whole);
        }
    }

    #[test]
    fn what_waits_is_never_removed_though_nothing_says_where_it_goes() {
        let (_folder, queues, path) = with_one_queue();
        for name in ABOUT {
            fs::remove_file(path.join(name)).unwrap();
        }
        assert_eq!(claimed(&queues), [""; 0]);
        assert_eq!(
            queues.look().unwrap().unaddressed(),
            std::slice::from_ref(&path)
        );
        assert_eq!(fs::read(path.join("0000000001.lines")).unwrap(), b"things");
        // One that has nothing is half a queue.
        fs::remove_file(path.join("0000000001.lines")).unwrap();
        queues.look().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_queue_of_before_there_were_two_copies_is_one_still() {
        let (_folder, queues, path) = with_one_queue();
        fs::remove_file(path.join(ABOUT[1])).unwrap();
        fs::write(path.join(ABOUT[0]), "\"group/stream\"\n").unwrap();
        assert_eq!(claimed(&queues), [TO]);
        assert!(path.join(ABOUT[1]).exists());
    }
}
