//! Files that appear whole or not at all, and never at the other end of a link.
//!
//! What is written goes to a new file beside the wanted one, and takes its name when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that is being written. One that is dropped before it is whole leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    fresh: PathBuf,
    path: PathBuf,
    is_whole: bool,
}

impl WholeFile {
    /// Begins a file that only its owner can read, since it may hold what others should not.
    ///
    /// # Errors
    /// If `path` is a link, or is there and no file; and what the system says.
    pub fn private(path: &Path) -> io::Result<WholeFile> {
        match fs::symlink_metadata(path) {
            Ok(about) if about.is_symlink() => {
                let target = fs::read_link(path)?;
                let what = format!("it is a link to {}; name that file", target.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
            Ok(about) if !about.is_file() => {
                let what = "there is something of that name that is no file";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
            Ok(_) | Err(_) => {}
        }
        WholeFile::begin(path.to_path_buf(), true)
    }

    /// Begins a file in place of one that people keep, such as in a checkout: it has the rights of the old one, and
    /// a link stays a link to it.
    ///
    /// # Errors
    /// What the system says.
    pub fn instead_of(path: &Path) -> io::Result<WholeFile> {
        let path = match fs::symlink_metadata(path) {
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_path_buf(),
        };
        let rights = fs::metadata(&path).map(|it| it.permissions());
        let begun = WholeFile::begin(path, false)?;
        if let Ok(rights) = rights {
            fs::set_permissions(&begun.fresh, rights)?;
        }
        Ok(begun)
    }

    fn begin(path: PathBuf, is_private: bool) -> io::Result<WholeFile> {
        let mut fresh = path.clone().into_os_string();
        fresh.push(format!(".{}.new", std::process::id()));
        let fresh = PathBuf::from(fresh);
        // What an earlier process of this number left; a link is taken away and not followed.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if is_private {
            owner_only(&mut options);
        }
        Ok(WholeFile {
            file: options.open(&fresh)?,
            fresh,
            path,
            is_whole: false,
        })
    }

    /// Ends the file: it is on disk and has its name.
    ///
    /// # Errors
    /// What the system says; then there is no such file, or the old one.
    pub fn end(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.fresh, &self.path)?;
        self.is_whole = true;
        Ok(())
    }

    /// Writes all of it and ends it.
    ///
    /// # Errors
    /// As [`WholeFile::end`].
    pub fn write(mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.end()
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = fs::remove_file(&self.fresh);
        }
    }
}

/// Lets a file that is made be its owner's alone, whatever the process lets others do.
pub fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a");
        let mut file = WholeFile::private(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(names(temp.path()), [""; 0]);
        WholeFile::private(&path).unwrap().write(b"all").unwrap();
        WholeFile::private(&path).unwrap().write(b"anew").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"anew");
        assert_eq!(names(temp.path()), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_alone_and_follows_no_link() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let temp = tempfile::tempdir().unwrap();
        let (target, link, own) = (
            temp.path().join("target"),
            temp.path().join("link"),
            temp.path().join("own"),
        );
        fs::write(&target, "theirs").unwrap();
        symlink(&target, &link).unwrap();
        let refused = WholeFile::private(&link).unwrap_err().to_string();
        assert!(refused.contains("link to"), "{refused}");
        // Neither the file itself nor the one that it is written to first.
        symlink(
            &target,
            temp.path().join(format!("own.{}.new", std::process::id())),
        )
        .unwrap();
        fs::write(&own, "old").unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).unwrap();
        WholeFile::private(&own).unwrap().write(b"mine").unwrap();
        assert_eq!(mode(&own), 0o600);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        // A folder and a device are no files.
        assert!(WholeFile::private(temp.path()).is_err());
        assert!(WholeFile::private(Path::new("/dev/null")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_people_keep_keeps_its_rights_and_its_link() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let temp = tempfile::tempdir().unwrap();
        let (target, link) = (temp.path().join("target"), temp.path().join("link"));
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&target, &link).unwrap();
        WholeFile::instead_of(&link).unwrap().write(b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
