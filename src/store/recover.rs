//! Reads a folder's journal back, and says what was damaged.

use std::fs;
use std::io;
use std::path::Path;

use super::folder::{self, OpenError};
use super::handle::{Limits, Recovery};
use super::journal::{self, FILE_MAGIC, Found};
use super::state::State;
use super::writer::Journal;

/// Replays every journal file into `state`, and opens the last one for writing.
///
/// What a crash left half written at the end of the last file is cut off; damage elsewhere stays where
/// it is and is passed over. Both are said in `recovery`.
///
/// # Errors
/// If a file cannot be read or opened.
pub fn read_journal(
    folder: &Path,
    limits: Limits,
    state: &mut State,
    recovery: &mut Recovery,
) -> Result<Journal, OpenError> {
    let mut files = replay_files(folder, state, recovery)?;

    // Writing goes on in the last file, after its last whole record.
    let (number, length) = match files.pop() {
        Some((number, length, whole)) => {
            let path = folder::journal_path(folder, number);
            if whole < length {
                fs::OpenOptions::new()
                    .write(true)
                    .open(&path)
                    .and_then(|file| file.set_len(whole))
                    .map_err(failed("repair", &path))?;
            }
            (number, whole)
        }
        None => (1, 0),
    };
    let path = folder::journal_path(folder, number);
    let mut file = folder::append_journal(&path).map_err(failed("open", &path))?;
    let length = if length == 0 {
        io::Write::write_all(&mut file, FILE_MAGIC)
            .and_then(|()| file.sync_data())
            .and_then(|()| folder::sync_names(&folder.join("journal")))
            .map_err(failed("write", &path))?;
        FILE_MAGIC.len() as u64
    } else {
        length
    };
    let older = files
        .into_iter()
        .map(|(number, length, _)| (number, length))
        .collect();
    Ok(Journal {
        folder: folder.into(),
        file,
        number,
        length,
        older,
        limits,
    })
}

/// Replays every journal file, oldest first; changes nothing on disk.
///
/// Returns number, length, and length up to the end of the last whole record of each.
pub fn replay_files(
    folder: &Path,
    state: &mut State,
    recovery: &mut Recovery,
) -> Result<Vec<(u64, u64, u64)>, OpenError> {
    let mut files = Vec::new();
    for (number, path) in folder::journal_files(folder)? {
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let whole = replay_file(&bytes, &path, number, state, recovery);
        files.push((number, bytes.len() as u64, whole));
    }
    Ok(files)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_path_buf();
    move |source| OpenError::Io {
        action,
        path,
        source,
    }
}

/// Replays a file; returns the length up to the end of its last whole record, 0 if it is no journal.
fn replay_file(
    bytes: &[u8],
    path: &Path,
    number: u64,
    state: &mut State,
    recovery: &mut Recovery,
) -> u64 {
    // A crash while the file was being made leaves a part of the magic, which is no damage. A magic
    // that was damaged later is passed over like any other bytes: the records stand alone.
    let (rest, mut at) = match bytes.strip_prefix(FILE_MAGIC) {
        Some(rest) => (rest, FILE_MAGIC.len()),
        None if FILE_MAGIC.starts_with(bytes) => return 0,
        None => (bytes, 0),
    };
    let mut whole = at;
    for found in journal::records(rest) {
        match found {
            Found::Record(record) => {
                at += journal::length_of(&record);
                whole = at;
                if !state.replay(&record, number) {
                    recovery.damage.push(format!(
                        "{}: the record that ends at byte {at} has an unknown form and is left out",
                        path.display()
                    ));
                }
            }
            Found::Damage(n) => {
                recovery.damage.push(format!(
                    "{}: {n} damaged bytes at byte {at} are left out; what comes after them is used",
                    path.display()
                ));
                at += n;
            }
            Found::Torn(n) => {
                recovery.damage.push(format!(
                    "{}: the last {n} bytes are not a whole record and are left out",
                    path.display()
                ));
            }
        }
    }
    state.close_blocks();
    whole as u64
}
