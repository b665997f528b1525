//! The journal file that is written to.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::folder;
use super::journal::{Binding, HEAD_BYTES, Head};
use super::limits::Limits;
use crate::records::sync_names;

/// The open end of the journal.
pub struct Journal {
    /// The data folder.
    pub folder: PathBuf,
    /// The file that is written to.
    pub file: File,
    /// Its number.
    pub number: u64,
    /// The folder's salt.
    pub salt: u64,
    /// Its length in bytes, all of it whole records.
    pub length: u64,
    /// How many events it holds.
    pub n_events: u64,
    /// When the first of them came.
    pub since: Option<Instant>,
    /// Whether half a record stands at its end, which could not be cut off.
    pub is_torn: bool,
    /// How large it may become.
    pub limits: Limits,
}

impl Journal {
    /// Appends bytes durably, or leaves the file as it was.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
        }
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
                self.is_torn = self.file.set_len(self.length).is_err();
                Err(error)
            }
        }
    }

    /// Returns what the records of the open file are bound to.
    pub fn binding(&self) -> Binding {
        self.head(self.number, 0).binding()
    }

    /// Returns the head of the file that comes after the open one.
    pub fn next_head(&self, first_sequence: u64) -> Head {
        self.head(self.number + 1, first_sequence)
    }

    fn head(&self, number: u64, first_sequence: u64) -> Head {
        Head {
            number,
            salt: self.salt,
            first_sequence,
        }
    }

    /// Makes a journal file with no records, durably, in place of any that has its name.
    pub fn create(folder: &Path, head: Head) -> io::Result<File> {
        let path = folder::journal_path(folder, head.number);
        let created = folder::create_file(&path).and_then(|mut file| {
            file.write_all(&head.to_bytes())?;
            file.sync_data()?;
            sync_names(&folder.join("journal"))
        });
        if let Err(error) = created {
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        folder::append_file(&path)
    }

    pub fn start(&mut self, file: File, head: Head) {
        self.file = file;
        self.number = head.number;
        self.length = HEAD_BYTES as u64;
        self.n_events = 0;
        self.since = None;
        self.is_torn = false;
    }
}
