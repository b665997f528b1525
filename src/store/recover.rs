//! Reads a folder back, and says what was damaged.
//!
//! Which files count when a crash left more than one copy of an event: a segment that was merged counts
//! in place of those it replaces. A segment of a journal file that is still there was not finished: the
//! journal counts, unless something merged shows that the whole file had been sealed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::Directory;
use super::folder::{self, OpenError};
use super::journal::{self, FILE_MAGIC, Found};
use super::limits::Limits;
use super::part::Part;
use super::segment_read::{self, SegmentError};
use super::state::State;
use super::writer::Journal;
use crate::records::sync_names;

/// What is in a folder.
#[derive(Default)]
pub struct Loaded {
    /// What readers see.
    pub state: State,
    /// One sentence for each damaged place, naming file and bytes.
    pub damage: Vec<String>,
    /// The journal files that count, oldest first: number, length, length of all whole records.
    pub journal: Vec<(u64, u64, u64)>,
    /// Files that do not count any more.
    pub leftovers: Vec<PathBuf>,
    /// A number that no segment file has or had.
    pub next_segment: u64,
    /// How many segment files count, and how long they are together.
    pub segment_files: (usize, u64),
}

/// Reads everything; changes nothing on disk.
///
/// # Errors
/// If a file cannot be read. Damage is no error.
pub fn load(folder: &Path) -> Result<Loaded, OpenError> {
    let mut loaded = Loaded {
        leftovers: folder::unfinished_segments(folder)?,
        ..Loaded::default()
    };
    let journal_files = folder::journal_files(folder)?;
    let mut segments = loaded.open_segments(folder)?;
    let replaced: BTreeSet<u64> = segments
        .iter()
        .flat_map(|(_, directory)| directory.replaces.iter().copied())
        .collect();
    let sealed_up_to = segments
        .iter()
        .filter(|(_, directory)| directory.level > 0)
        .map(|(_, directory)| directory.journal.1)
        .max();
    let (sealed, open): (Vec<_>, Vec<_>) = journal_files
        .into_iter()
        .partition(|(number, _)| Some(*number) <= sealed_up_to);
    loaded
        .leftovers
        .extend(sealed.into_iter().map(|(_, path)| path));

    segments.retain(|(part, directory)| {
        let Some(file) = &part.file else { return false };
        let is_unfinished = directory.level == 0
            && open
                .iter()
                .any(|(number, _)| *number == directory.journal.0);
        let counts = !replaced.contains(&file.number) && !is_unfinished;
        if !counts {
            loaded.leftovers.push(file.path.clone());
        }
        counts
    });
    segments.sort_by_key(|(part, _)| part.sequences.first);
    for (part, directory) in segments {
        loaded.segment_files.0 += 1;
        loaded.segment_files.1 += part.file.as_ref().map_or(0, |file| file.bytes());
        let next = directory.sequences.1.saturating_add(1);
        loaded.state.next_sequence = loaded.state.next_sequence.max(next);
        loaded.state.take_segment(Arc::new(part));
    }
    for (number, path) in open {
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        loaded.check_for_a_lost_end(folder, &bytes, number);
        let whole = loaded.replay(&bytes, &path, number);
        loaded.journal.push((number, bytes.len() as u64, whole));
    }
    Ok(loaded)
}

impl Loaded {
    fn open_segments(&mut self, folder: &Path) -> Result<Vec<(Part, Directory)>, OpenError> {
        let mut segments = Vec::new();
        for (number, path) in folder::segment_files(folder)? {
            self.next_segment = self.next_segment.max(number + 1);
            match segment_read::open(&path, number) {
                Ok(opened) => segments.push((opened.part, opened.directory)),
                Err(SegmentError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.damage.push(format!(
                    "{}: {error}; its events are left out",
                    path.display()
                )),
            }
        }
        Ok(segments)
    }

    // A file begins with what came before it. One that was cut between two records looks whole by itself.
    fn check_for_a_lost_end(&mut self, folder: &Path, bytes: &[u8], number: u64) {
        let Some(&(before, ..)) = self.journal.last() else {
            return;
        };
        let first = bytes.strip_prefix(FILE_MAGIC).map(journal::records);
        let Some(Found::Record(first)) = first.and_then(|mut records| records.next()) else {
            return;
        };
        let path = folder::journal_path(folder, before).display().to_string();
        let n_lost = first.sequence.saturating_sub(self.state.next_sequence);
        let is_named = self.damage.iter().any(|damage| damage.contains(&path));
        if before + 1 == number && n_lost > 0 && !is_named {
            let lost = format!("{path}: its last {n_lost} events are missing");
            self.damage.push(lost);
        }
    }

    /// Replays a file; returns the length up to the end of its last whole record, 0 if it is no journal.
    fn replay(&mut self, bytes: &[u8], path: &Path, number: u64) -> u64 {
        // A crash while the file was being made leaves a part of the magic, which is no damage. A magic
        // that was damaged later is passed over like any other bytes: the records stand alone.
        let (rest, mut at) = match bytes.strip_prefix(FILE_MAGIC) {
            Some(rest) => (rest, FILE_MAGIC.len()),
            None if FILE_MAGIC.starts_with(bytes) => return 0,
            None => (bytes, 0),
        };
        let mut whole = at;
        let damage = &mut self.damage;
        for found in journal::records(rest) {
            match found {
                Found::Record(record) => {
                    at += journal::length_of(&record);
                    whole = at;
                    let mut forgotten = Vec::new();
                    if !self.state.replay(&record, number, &mut forgotten) {
                        damage.push(format!(
                            "{}: the record that ends at byte {at} has an unknown form and is left out",
                            path.display()
                        ));
                    }
                    let files = forgotten.iter().filter_map(|part| part.file.as_ref());
                    self.leftovers.extend(files.map(|file| file.path.clone()));
                }
                Found::Damage(n) => {
                    damage.push(format!(
                        "{}: {n} damaged bytes at byte {at} are left out; what comes after them is used",
                        path.display()
                    ));
                    at += n;
                }
                Found::Torn(n) => damage.push(format!(
                    "{}: the last {n} bytes are not a whole record and are left out",
                    path.display()
                )),
            }
        }
        whole as u64
    }
}

/// Removes what does not count any more, and opens the last journal file for writing.
///
/// What a crash left half written at the end of the last file is cut off; damage elsewhere stays where
/// it is and is passed over.
///
/// # Errors
/// If a file cannot be opened.
pub fn take_over(folder: &Path, loaded: &Loaded, limits: Limits) -> Result<Journal, OpenError> {
    for path in &loaded.leftovers {
        // One that stays is found again the next time.
        let _ = fs::remove_file(path);
    }
    let (number, length) = match loaded.journal.last() {
        Some(&(number, length, whole)) => {
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
        None => (next_journal(loaded), 0),
    };
    let path = folder::journal_path(folder, number);
    let mut file = folder::append_journal(&path).map_err(failed("open", &path))?;
    let length = if length == 0 {
        io::Write::write_all(&mut file, FILE_MAGIC)
            .and_then(|()| file.sync_data())
            .and_then(|()| sync_names(&folder.join("journal")))
            .map_err(failed("write", &path))?;
        FILE_MAGIC.len() as u64
    } else {
        length
    };
    let n_events: u64 = loaded
        .state
        .every_dataset()
        .flat_map(|(_, dataset)| &dataset.recent)
        .filter(|(of_file, _)| *of_file == number)
        .map(|(_, part)| part.len() as u64)
        .sum();
    Ok(Journal {
        folder: folder.into(),
        file,
        number,
        length,
        n_events,
        since: (n_events > 0).then(std::time::Instant::now),
        limits,
    })
}

// A journal that somebody has deleted is not begun again under a number that segments name.
fn next_journal(loaded: &Loaded) -> u64 {
    let files = loaded
        .state
        .segments()
        .filter_map(|part| part.file.as_ref());
    files.map(|file| file.journal.1).max().unwrap_or(0) + 1
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_path_buf();
    move |source| OpenError::Io {
        action,
        path,
        source,
    }
}
