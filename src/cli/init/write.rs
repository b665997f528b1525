//! Files, written whole or not at all, and never outside of the checkout.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::failure::{Exit, Failure};
use crate::whole_file::WholeFile;

/// Refuses a path that a link leads out of the checkout, or nowhere.
///
/// # Errors
/// Where it leads.
pub fn check(root: &Path, path: &Path) -> Result<(), Failure> {
    let refused = |what: String| {
        Err(
            Failure::of(Exit::Failed, format!("nothing was written: {what}"))
                .with_hint("take the link away, or name the folder that it leads to"),
        )
    };
    let Ok(root) = fs::canonicalize(root) else {
        return refused(format!("{} cannot be read", root.display()));
    };
    // What is not there yet has a folder that is, further up.
    for part in path.ancestors() {
        if fs::symlink_metadata(part).is_err() {
            continue;
        }
        return match fs::canonicalize(part) {
            Ok(real) if real.starts_with(&root) => Ok(()),
            Ok(real) => refused(format!(
                "{} leads out of the checkout, to {}",
                part.display(),
                real.display()
            )),
            Err(_) => refused(format!("{} is a link to nothing", part.display())),
        };
    }
    Ok(())
}

/// Writes a file beside it and renames it, so that no one ever finds half of it.
///
/// # Errors
/// What the operating system says.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        WholeFile::instead_of(path)?.write(text.as_bytes())
    };
    written().map_err(|error| {
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot write {}", path.display()))
            .with_hint("what is not written yet will be by another `cruddurctl init`")
    })
}
