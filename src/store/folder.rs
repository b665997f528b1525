//! The data folder: its format version, its journal files and its segment files.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::document_log;
use crate::records::{checksum, sync_names};
use crate::whole_file::owner_only;

/// The format that this version writes.
pub const FORMAT: u64 = 3;
/// The oldest format that this version reads; opening such a folder brings it up to date.
pub const OLDEST_FORMAT: u64 = 2;

/// What FORMAT says: `3 SALT CHECKSUM`, the last two hexadecimal; `2` alone before there were salts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The version.
    pub version: u64,
    /// A random number that binds records to their folder; `None` before format 3.
    pub salt: Option<u64>,
    /// Whether FORMAT is damaged, so that this was read from the documents.
    pub is_damaged: bool,
}

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was written by a newer version; nothing in it was touched.
    #[error(
        "{folder} was written by a newer version (format {found}; this one knows {FORMAT} and older)",
        folder = folder.display()
    )]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// The format it has.
        found: u64,
    },
    /// It was written before the first release; nothing in it was touched.
    #[error(
        "{folder} was written by an early version (format {found}; this one knows {OLDEST_FORMAT} to {FORMAT})",
        folder = folder.display()
    )]
    Older {
        /// The folder.
        folder: PathBuf,
        /// The format it has.
        found: u64,
    },
    /// It has files, but none that says it is a data folder; nothing in it was touched.
    #[error("{} is not a data folder: its FORMAT file is missing or broken", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes the folder if it is missing, and checks that this version may write to it.
///
/// # Errors
/// `Newer`, `Older` and `Foreign` leave everything as it is.
pub fn prepare(folder: &Path) -> Result<(), OpenError> {
    create_folder(folder).map_err(failed("create", folder))?;
    let format_path = folder.join("FORMAT");
    if !format_path.exists() && document_log::salt(folder).is_none() {
        // FORMAT is there before the journal is, so both may have been made since it was looked for.
        if folder.join("journal").exists() {
            return match format_path.exists() {
                true => prepare(folder),
                false => Err(OpenError::Foreign {
                    folder: folder.into(),
                }),
            };
        }
        write_format(folder, rand::random())?;
    }
    format(folder)?;
    for inside in ["segments", "journal"] {
        let inside = folder.join(inside);
        create_folder(&inside).map_err(failed("create", &inside))?;
    }
    Ok(())
}

/// Returns the format of a folder that is there and that this version can read; changes nothing.
///
/// # Errors
/// See [`OpenError`].
pub fn format(folder: &Path) -> Result<Format, OpenError> {
    let path = folder.join("FORMAT");
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(failed("read", &path)(source)),
    };
    let found = match (format_of(&text), document_log::salt(folder)) {
        (Some(format), _) => format,
        (None, salt @ Some(_)) => Format {
            version: FORMAT,
            salt,
            is_damaged: true,
        },
        (None, None) if text.is_empty() && !path.exists() => {
            return Err(failed("read", &path)(io::ErrorKind::NotFound.into()));
        }
        (None, None) => {
            return Err(OpenError::Foreign {
                folder: folder.into(),
            });
        }
    };
    let (folder, version) = (folder.to_path_buf(), found.version);
    if version > FORMAT {
        return Err(OpenError::Newer {
            folder,
            found: version,
        });
    }
    if version < OLDEST_FORMAT {
        return Err(OpenError::Older {
            folder,
            found: version,
        });
    }
    Ok(found)
}

// A version by itself is format 2 or older; later ones have a salt and a checksum.
fn format_of(text: &str) -> Option<Format> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (version, salt) = match words.as_slice() {
        [version] => (version, None),
        [version, salt, sum] => {
            let head = format!("{version} {salt}");
            let its_own = u32::from_str_radix(sum, 16).ok()? == checksum(head.as_bytes());
            // Every byte of it: what reads the same and is not what was written is damage too.
            let is_whole = its_own && (**version != *FORMAT.to_string() || text == line(&head));
            let salt = u64::from_str_radix(salt, 16).ok()?;
            (version, Some(is_whole.then_some(salt)?))
        }
        _ => return None,
    };
    let version = version.parse().ok()?;
    let needs_salt = version == FORMAT;
    (salt.is_some() || !needs_salt).then_some(Format {
        version,
        salt,
        is_damaged: false,
    })
}

// What FORMAT says, with its checksum.
fn line(head: &str) -> String {
    format!("{head} {:08x}\n", checksum(head.as_bytes()))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_path_buf();
    move |source| OpenError::Io {
        action,
        path,
        source,
    }
}

/// The folder that was opened, whatever its path names later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
    identity: Option<(u64, u64)>,
}

impl Place {
    /// Remembers the folder that is there now.
    pub fn of(folder: &Path) -> Place {
        Place {
            folder: folder.into(),
            identity: identity(folder).ok().flatten(),
        }
    }

    /// Checks that it still is where it was: files that are made by its path would be another folder's.
    ///
    /// # Errors
    /// If it was moved or removed.
    pub fn check(&self) -> io::Result<()> {
        if self.identity.is_some() && identity(&self.folder).ok().flatten() == self.identity {
            return Ok(());
        }
        if cfg!(not(unix)) {
            return Ok(());
        }
        let folder = self.folder.display();
        Err(io::Error::other(format!(
            "{folder} was moved or removed while it was in use; move it back, or start the stack again"
        )))
    }
}

#[cfg(unix)]
fn identity(folder: &Path) -> io::Result<Option<(u64, u64)>> {
    use std::os::unix::fs::MetadataExt;
    let about = fs::metadata(folder)?;
    Ok(Some((about.dev(), about.ino())))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> io::Result<Option<(u64, u64)>> {
    Ok(None)
}

/// Returns the journal files, oldest first: `(number, path)`.
pub fn journal_files(folder: &Path) -> Result<Vec<(u64, PathBuf)>, OpenError> {
    numbered_files(&folder.join("journal"), ".log")
}

/// Returns the segment files, oldest first: `(number, path)`.
pub fn segment_files(folder: &Path) -> Result<Vec<(u64, PathBuf)>, OpenError> {
    numbered_files(&folder.join("segments"), SEGMENT)
}

/// Returns what the bytes of a segment file add up to, by its name: `0000000012.1c291ca3.arrow`.
pub fn sum_of_segment(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_suffix(SEGMENT)?;
    u32::from_str_radix(name.split_once('.')?.1, 16).ok()
}

/// Returns the segment files that a crash left half written.
pub fn unfinished_segments(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let files = numbered_files(&folder.join("segments"), UNFINISHED)?;
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

fn numbered_files(folder: &Path, ending: &str) -> Result<Vec<(u64, PathBuf)>, OpenError> {
    let failed = |source| OpenError::Io {
        action: "list",
        path: folder.into(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let number = path.file_name().and_then(|name| {
            name.to_str()?
                .strip_suffix(ending)?
                .split('.')
                .next()?
                .parse::<u64>()
                .ok()
        });
        if let Some(number) = number {
            files.push((number, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Returns the path of journal file `number`.
pub fn journal_path(folder: &Path, number: u64) -> PathBuf {
    folder.join("journal").join(format!("{number:010}.log"))
}

const SEGMENT: &str = ".arrow";
const UNFINISHED: &str = ".unfinished";

/// Returns the path under which segment file `number` is written first.
pub fn unfinished_segment(folder: &Path, number: u64) -> PathBuf {
    let name = format!("{number:010}{UNFINISHED}");
    folder.join("segments").join(name)
}

/// Returns the path of segment file `number` whose bytes add up to `sum`.
pub fn segment_path(folder: &Path, number: u64, sum: u32) -> PathBuf {
    let name = format!("{number:010}.{sum:08x}{SEGMENT}");
    folder.join("segments").join(name)
}

/// Makes a file, or empties it, for writing and reading back.
pub fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).read(true);
    owner_only(&mut options);
    options.open(path)
}

/// Opens a file for appending, making it if it is missing.
pub fn append_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    owner_only(&mut options);
    options.open(path)
}

/// Makes a folder that only its owner can read.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes FORMAT for this version, durably, in place of what it said.
///
/// # Errors
/// `Io`.
pub fn write_format(folder: &Path, salt: u64) -> Result<(), OpenError> {
    // First under another name, so that a crash between the two never leaves half a FORMAT behind. The
    // name is the process's own: there is no lock on the folder yet, and two may make it at once.
    let fresh = folder.join(format!("FORMAT.{}", std::process::id()));
    let path = folder.join("FORMAT");
    let text = line(&format!("{FORMAT} {salt:016x}"));
    create_file(&fresh)
        .and_then(|mut file| {
            io::Write::write_all(&mut file, text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&fresh, &path))
        .and_then(|()| sync_names(folder))
        .map_err(failed("write", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_from_a_newer_version_is_refused_untouched() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("FORMAT"), "99\n").unwrap();
        assert!(matches!(
            prepare(temp.path()),
            Err(OpenError::Newer { found: 99, .. })
        ));
        let names: Vec<_> = fs::read_dir(temp.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["FORMAT"]);
    }

    #[test]
    fn a_folder_of_an_early_version_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("FORMAT"), "1\n").unwrap();
        assert!(matches!(
            prepare(temp.path()),
            Err(OpenError::Older { found: 1, .. })
        ));
    }

    #[test]
    fn a_format_file_that_reads_the_same_and_is_not_what_was_written_is_damaged() {
        let whole = line("3 00000000000000ab");
        assert!(format_of(&whole).is_some());
        assert_eq!(format_of(whole.trim_end()), None);
        assert_eq!(format_of(&whole.replace(' ', "\t")), None);
        assert_eq!(format_of(&whole.to_uppercase()), None);
    }

    #[test]
    fn a_broken_format_file_is_refused() {
        for text in ["", "one", "-1", "99999999999999999999999", "3", "3 12 34"] {
            let temp = tempfile::tempdir().unwrap();
            fs::write(temp.path().join("FORMAT"), text).unwrap();
            assert!(
                matches!(prepare(temp.path()), Err(OpenError::Foreign { .. })),
                "{text:?}"
            );
        }
    }
}
