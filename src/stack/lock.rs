//! One owner for each data folder.
//!
//! The lock is the system's, on `stack.lock`, so it ends with its process however that ends. On systems that can
//! lock a folder, the folder itself is locked too: deleting the file lets no second owner in. Beside
//! it, `stack.json` says where the owner listens.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::probe::Running;

/// A held lock; dropping it lets the next owner in.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    _folder: Option<File>,
    about: PathBuf,
}

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
        let path = folder.join("stack.lock");
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(path);
        let file = file.map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held),
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let locked = match cfg!(unix) {
            true => Some(File::open(folder).map_err(LockError::Io)?),
            false => None,
        };
        // A file system that cannot lock a folder has locked the file.
        if let Some(Err(TryLockError::WouldBlock)) = locked.as_ref().map(File::try_lock) {
            return Err(LockError::Held);
        }
        Ok(Lock {
            _file: file,
            _folder: locked,
            about: about_path(folder),
        })
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
        let fresh = self.about.with_extension("json.new");
        fs::write(&fresh, format!("{about}\n"))?;
        fs::rename(fresh, &self.about)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.about);
    }
}

/// Returns what the owner of `folder` said of itself; it may be gone since.
pub fn announced(folder: &Path) -> Option<Running> {
    let about: Json = serde_json::from_str(&fs::read_to_string(about_path(folder)).ok()?).ok()?;
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
}
