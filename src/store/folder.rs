//! The data folder: its format version, its journal files and its segment files.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::records::sync_names;

/// The format that this version writes.
pub const FORMAT: u64 = 2;

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
        "{folder} was written by an early version (format {found}; this one knows {FORMAT})",
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
    create_folder(folder)?;
    let format_path = folder.join("FORMAT");
    match fs::read_to_string(&format_path) {
        Ok(text) => check_format(folder, &text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // FORMAT is there before the journal is, so both may have been made since it was read.
            if folder.join("journal").exists() {
                return match format_path.exists() {
                    true => prepare(folder),
                    false => Err(OpenError::Foreign {
                        folder: folder.into(),
                    }),
                };
            }
            write_format(folder, &format_path)?;
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(OpenError::Foreign {
                folder: folder.into(),
            });
        }
        Err(source) => {
            return Err(OpenError::Io {
                action: "read",
                path: format_path,
                source,
            });
        }
    }
    create_folder(&folder.join("segments"))?;
    create_folder(&folder.join("journal"))
}

/// Checks that the folder is there and that this version can read it; changes nothing.
pub fn check(folder: &Path) -> Result<(), OpenError> {
    let path = folder.join("FORMAT");
    match fs::read_to_string(&path) {
        Ok(text) => check_format(folder, &text),
        Err(source) => Err(OpenError::Io {
            action: "read",
            path,
            source,
        }),
    }
}

fn check_format(folder: &Path, text: &str) -> Result<(), OpenError> {
    match text.trim().parse::<u64>() {
        Ok(found) if found > FORMAT => Err(OpenError::Newer {
            folder: folder.into(),
            found,
        }),
        Ok(found) if found < FORMAT => Err(OpenError::Older {
            folder: folder.into(),
            found,
        }),
        Ok(_) => Ok(()),
        Err(_) => Err(OpenError::Foreign {
            folder: folder.into(),
        }),
    }
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

/// Opens a journal file for appending, making it if it is missing.
pub fn append_journal(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    owner_only(&mut options);
    options.open(path)
}

fn create_folder(folder: &Path) -> Result<(), OpenError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| OpenError::Io {
        action: "create",
        path: folder.into(),
        source,
    })
}

// First under another name, so that a crash between the two never leaves half a FORMAT behind. The
// name is the process's own: nobody has the folder's lock yet, and two may make it at once.
fn write_format(folder: &Path, path: &Path) -> Result<(), OpenError> {
    let fresh = folder.join(format!("FORMAT.{}", std::process::id()));
    fs::write(&fresh, format!("{FORMAT}\n"))
        .and_then(|()| File::open(&fresh)?.sync_all())
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| sync_names(folder))
        .map_err(|source| OpenError::Io {
            action: "write",
            path: path.into(),
            source,
        })
}

// Telemetry may hold what nobody else on the machine should read.
fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
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
    fn a_broken_format_file_is_refused() {
        for text in ["", "one", "-1", "99999999999999999999999"] {
            let temp = tempfile::tempdir().unwrap();
            fs::write(temp.path().join("FORMAT"), text).unwrap();
            assert!(
                matches!(prepare(temp.path()), Err(OpenError::Foreign { .. })),
                "{text:?}"
            );
        }
    }
}
