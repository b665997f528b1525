//! How far a file was read when its last line was put on disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::records::checksum;

// How much of a file's beginning tells it from another.
const HEAD_BYTES: u64 = 256;

/// A place in a file, that can be found again in the same file and in no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The file.
    pub file: PathBuf,
    /// The first byte that is in no line yet.
    pub offset: u64,
    // Of the file's beginning: what was put in its place begins otherwise.
    head: u32,
}

/// The beginning of a file that is being read.
#[derive(Debug, Clone)]
pub struct Head {
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Head {
    /// Reads the beginning of a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(file: &Path) -> io::Result<Head> {
        let mut bytes = Vec::new();
        File::open(file)?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
        Ok(Head {
            file: file.into(),
            bytes,
        })
    }

    /// Returns which file it is the beginning of.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the position at `offset`; `None` if more was read than the file had at first of what
    /// tells it from others.
    pub fn at(&self, offset: u64) -> Option<Position> {
        let n_bytes = usize::try_from(offset.min(HEAD_BYTES)).ok()?;
        Some(Position {
            file: self.file.clone(),
            offset,
            head: checksum(self.bytes.get(..n_bytes)?),
        })
    }
}

impl Position {
    /// Tells whether `file` is the one that was read, and has not become shorter since.
    pub fn is_in(&self, file: &Path) -> bool {
        let length = file.metadata().map(|about| about.len());
        self.file == file
            && length.is_ok_and(|length| length >= self.offset)
            && Head::of(file).is_ok_and(|head| head.at(self.offset).as_ref() == Some(self))
    }

    /// Tells whether the file has more behind this place.
    pub fn has_more(&self) -> bool {
        let length = self.file.metadata().map(|about| about.len());
        length.is_ok_and(|length| length > self.offset) && self.is_in(&self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_place_is_found_again_in_the_same_file_and_in_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log");
        for length in [10, 255, 256, 257, 5_000] {
            let text = "x".repeat(length);
            fs::write(&file, &text).unwrap();
            let head = Head::of(&file).unwrap();
            for offset in [0, 1, length as u64 / 2, length as u64] {
                let position = head.at(offset).unwrap();
                assert!(position.is_in(&file));
                assert_eq!(position.has_more(), offset < length as u64);
                assert!(!position.is_in(&folder.path().join("other")));
            }
            let end = head.at(length as u64).unwrap();
            fs::write(&file, text.clone() + "more").unwrap();
            assert!(end.has_more(), "what is appended is no other file");
            fs::write(&file, "y".to_string() + &text).unwrap();
            assert!(!end.is_in(&file), "another beginning");
            fs::write(&file, &text[1..]).unwrap();
            assert!(!end.is_in(&file), "shorter");
        }
        assert_eq!(
            Head::of(&file).map(|head| head.at(1).is_some()).ok(),
            Some(true)
        );
        fs::write(&file, "").unwrap();
        assert_eq!(Head::of(&file).unwrap().at(1), None);
    }
}
