//! One owner for each data folder.
//!
//! The lock is the system's, on `stack.lock`, so it ends with its process however that ends. On systems that can
//! lock a folder, the folder itself is locked too: deleting the file lets no second owner in. Beside
//! it, `stack.json` says where the owner listens; on a full disk that stands in `stack.lock`, which has room for it.
//! A folder in which nothing can be written has many readers and no owner.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::probe::Running;
use crate::store::Place;
use crate::whole_file::{WholeFile, owner_only};

/// A held lock; dropping it lets the next owner in.
#[derive(Debug)]
pub struct Lock {
    // `None` where nothing can be written.
    file: Option<File>,
    _folder: Option<File>,
    about: PathBuf,
    place: Place,
}

// So many bytes of `stack.lock` are kept for what else would stand in `stack.json`.
const KEPT_BYTES: usize = 512;

/// Why a folder cannot be owned.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it.
    Held,
    /// The file system refused.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock of `folder`, which must exist.
    pub fn take(folder: &Path) -> Result<Lock, LockError> {
        let path = lock_path(folder);
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        owner_only(&mut options);
        let file = match options.open(path) {
            Ok(file) => Some(file),
            Err(error) if cfg!(unix) && is_read_only(&error) => None,
            Err(error) => return Err(LockError::Io(error)),
        };
        match file.as_ref().map(File::try_lock) {
            None | Some(Ok(())) => {}
            Some(Err(TryLockError::WouldBlock)) => return Err(LockError::Held),
            Some(Err(TryLockError::Error(error))) => return Err(LockError::Io(error)),
        }
        let locked = match cfg!(unix) {
            true => Some(File::open(folder).map_err(LockError::Io)?),
            false => None,
        };
        let lock_folder = match file {
            Some(_) => File::try_lock,
            None => File::try_lock_shared,
        };
        // A file system that cannot lock a folder has locked the file.
        if let Some(Err(TryLockError::WouldBlock)) = locked.as_ref().map(lock_folder) {
            return Err(LockError::Held);
        }
        let lock = Lock {
            file,
            _folder: locked,
            about: about_path(folder),
            place: Place::of(folder),
        };
        lock.put_in_file("");
        Ok(lock)
    }

    /// Says where the owner listens. Readers see the old text or the new, never half of it.
    pub fn announce(&self, running: &Running) -> io::Result<()> {
        let about = json!({
            "address": running.address.to_string(),
            "grpc_address": running.grpc_address.map(|address| address.to_string()),
            "daemon_address": running.daemon_address.map(|address| address.to_string()),
            "pid": running.pid,
            "is_standing": running.is_standing,
        });
        let about = format!("{about}\n");
        let written = WholeFile::private(&self.about).and_then(|file| file.write(about.as_bytes()));
        match written {
            Err(_) if self.put_in_file(&about) => Ok(()),
            written => written,
        }
    }

    // Puts a text into the lock file, over what was there, and tells whether it is there now. That takes no space on
    // the disk but for the first time.
    fn put_in_file(&self, text: &str) -> bool {
        let Some(mut file) = self.file.as_ref().filter(|_| text.len() <= KEPT_BYTES) else {
            return false;
        };
        let text = format!("{text:<KEPT_BYTES$}");
        let put = file.rewind().and_then(|()| file.write_all(text.as_bytes()));
        put.is_ok()
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
    )
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only what is ours: where the folder was moved, another may have its place.
        let folder = self.about.parent().map(Place::of);
        if self.file.is_some() && folder.is_some_and(|folder| folder == self.place) {
            let _ = fs::remove_file(&self.about);
        }
        self.put_in_file("");
    }
}

/// Returns what the owner of `folder` said of itself; it may be gone since.
pub fn announced(folder: &Path) -> Option<Running> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(path).ok()?;
        serde_json::from_str::<Json>(&text).ok()
    };
    let about = read(about_path(folder)).or_else(|| read(lock_path(folder)))?;
    let door = |name: &str| {
        about[name]
            .as_str()
            .and_then(|address| address.parse().ok())
    };
    Some(Running {
        address: about["address"].as_str()?.parse().ok()?,
        grpc_address: door("grpc_address"),
        daemon_address: door("daemon_address"),
        pid: u32::try_from(about["pid"].as_u64()?).ok()?,
        is_standing: about["is_standing"].as_bool()?,
    })
}

fn about_path(folder: &Path) -> PathBuf {
    folder.join("stack.json")
}

fn lock_path(folder: &Path) -> PathBuf {
    folder.join("stack.lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let lock = Lock::take(temp.path()).unwrap();
        let running = Running {
            address: ([127, 0, 0, 1], 4318).into(),
            grpc_address: Some(([127, 0, 0, 1], 4317).into()),
            daemon_address: Some(([127, 0, 0, 1], 2000).into()),
            pid: 7,
            is_standing: true,
        };
        lock.announce(&running).unwrap();
        assert_eq!(announced(temp.path()), Some(running));
        assert!(matches!(Lock::take(temp.path()), Err(LockError::Held)));
        // Deleting the file lets no other in.
        if cfg!(unix) {
            fs::remove_file(temp.path().join("stack.lock")).unwrap();
            assert!(matches!(Lock::take(temp.path()), Err(LockError::Held)));
        }
        drop(lock);
        assert_eq!(announced(temp.path()), None);
        Lock::take(temp.path()).unwrap();
    }

    #[test]
    fn where_the_owner_listens_is_found_without_a_file_for_it() {
        let temp = tempfile::tempdir().unwrap();
        let lock = Lock::take(temp.path()).unwrap();
        // As on a full disk.
        let fresh = format!("stack.json.{}.new", std::process::id());
        fs::create_dir(temp.path().join(fresh)).unwrap();
        let running = Running {
            address: ([127, 0, 0, 1], 4318).into(),
            grpc_address: None,
            daemon_address: None,
            pid: 7,
            is_standing: true,
        };
        lock.announce(&running).unwrap();
        assert!(!temp.path().join("stack.json").exists());
        if cfg!(unix) {
            assert_eq!(announced(temp.path()), Some(running));
        }
        drop(lock);
        assert_eq!(announced(temp.path()), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_was_moved_has_the_same_owner_and_its_place_another() {
        let temp = tempfile::tempdir().unwrap();
        let (first, second) = (temp.path().join("a"), temp.path().join("b"));
        fs::create_dir(&first).unwrap();
        let lock = Lock::take(&first).unwrap();
        fs::rename(&first, &second).unwrap();
        fs::remove_file(second.join("stack.lock")).unwrap();
        assert!(matches!(Lock::take(&second), Err(LockError::Held)));
        fs::create_dir(&first).unwrap();
        let other = Lock::take(&first).unwrap();
        let running = Running {
            address: ([127, 0, 0, 1], 4318).into(),
            grpc_address: None,
            daemon_address: None,
            pid: 7,
            is_standing: true,
        };
        other.announce(&running).unwrap();
        drop(lock);
        assert_eq!(announced(&first), Some(running));
    }
}
