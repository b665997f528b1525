//! A folder that goes away with what was done in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::{Exit, Failure};

/// A folder that goes away when this is dropped.
pub struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    /// Makes an empty folder where the system keeps what is temporary.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new() -> Result<TemporaryFolder, Failure> {
        let name = format!(
            "cruddurctl-demo-{}-{:08x}",
            std::process::id(),
            rand::random::<u32>()
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).map_err(|error| {
            Failure::new(Exit::Failed, error.into())
                .while_doing(format!("cannot create {}", path.display()))
        })?;
        Ok(TemporaryFolder { path })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
