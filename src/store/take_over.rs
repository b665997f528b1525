//! Opens a folder that was read for writing.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::aside;
use super::document_file;
use super::document_log::DocumentLog;
use super::documents::{self, Change};
use super::folder::{self, OpenError};
use super::gaps::Reached;
use super::journal::{Binding, HEAD_BYTES, Head};
use super::journal_file::Journal;
use super::limits::Limits;
use super::manifest::{self, JournalEntry};
use super::part::Part;
use super::recover::{JournalFile, Loaded, failed};
use super::retention::{Arrived, RetentionClock};

/// What was opened for writing.
pub struct Owned {
    /// The journal.
    pub journal: Journal,
    /// The documents.
    pub documents: DocumentLog,
    /// Changes that could not be written, since the disk is full.
    pub owed: Vec<Value>,
    /// Whether the documents do not say how the journal ended: see [`Reached`].
    pub is_begun: bool,
}

/// Removes what does not count any more, opens the documents and begins a new journal file, unless the last
/// one can be gone on with. A folder of format 2 is brought up to date.
///
/// What a crash left half written at the end of the last file is cut off; damage elsewhere stays where
/// it is and is passed over.
///
/// # Errors
/// If a file cannot be opened.
pub fn take_over(
    folder: &Path,
    loaded: &mut Loaded,
    limits: Limits,
    clock: RetentionClock,
    mut restored: Vec<Change>,
) -> Result<Owned, OpenError> {
    let salt = loaded.salt().unwrap_or_else(rand::random);
    let (journal, is_listed) = open_journal(folder, loaded, salt, limits)?;
    let mut changes = loaded.unlisted();
    changes.extend(loaded.losses(limits));
    changes.append(&mut restored);
    if !is_listed {
        let first_sequence = loaded.state.next_sequence;
        let entry = JournalEntry {
            first_sequence,
            missing_events: None,
            made: Some(clock.arrival()),
        };
        changes.push(manifest::put_journal(journal.number, entry));
    }
    let path = folder.join(document_file::FOLDER);
    let state = &mut loaded.state;
    let documents = match &loaded.documents {
        Some(recovered) => DocumentLog::open(folder, salt, recovered, &state.documents),
        None => DocumentLog::create(folder, salt, &state.documents),
    };
    let mut documents = documents.map_err(failed("write", &path))?;
    let mut owed = Vec::new();
    if !changes.is_empty() {
        let changes = documents::encode(changes);
        state.documents.apply(changes.clone());
        match documents.append(&changes) {
            Ok(()) => {}
            Err(error) if is_full(&error) => owed.push(changes),
            Err(error) => return Err(failed("write", &path)(error)),
        }
    }
    if loaded.format.is_damaged || loaded.format.version < folder::FORMAT {
        folder::write_format(folder, salt)?;
    }
    let forgotten = loaded
        .forgotten
        .iter()
        .filter_map(|part| part.file.as_ref());
    let forgotten = forgotten.map(|file| file.path.clone());
    // As long as they are listed, only the record in the journal keeps them gone.
    let forgotten = forgotten.filter(|_| owed.is_empty());
    for path in loaded.leftovers.iter().cloned().chain(forgotten) {
        // One that stays is found again the next time.
        let _ = fs::remove_file(path);
    }
    let is_begun = !Reached::of(&loaded.state.documents).is_some_and(|reached| reached.is_end);
    Ok(Owned {
        journal,
        documents,
        owed,
        is_begun,
    })
}

impl Loaded {
    // What has to be changed so that the list says what is there. What is missing stays listed, and named.
    fn unlisted(&self) -> Vec<Change> {
        let listed = &self.manifest;
        let mut changes: Vec<Change> = self
            .forgotten
            .iter()
            .filter_map(|part| manifest::delete_segment(part))
            .collect();
        let number_of = |part: &Arc<Part>| part.file.as_ref().map(|file| file.number);
        let unlisted = self.state.segments().filter(|part| {
            number_of(part).is_some_and(|number| !listed.segments.contains_key(&number))
        });
        changes.extend(unlisted.filter_map(|part| {
            let arrived = Arrived::of_file(&part.file.as_ref()?.path);
            manifest::put_segment(part, arrived)
        }));
        for file in &self.journal {
            if !listed.journals.contains_key(&file.number) {
                let first_sequence = file.first_sequence.unwrap_or(self.state.next_sequence);
                let entry = JournalEntry {
                    first_sequence,
                    missing_events: None,
                    made: None,
                };
                changes.push(manifest::put_journal(file.number, entry));
            }
        }
        let is_read = |number| self.journal.iter().any(|file| file.number == number);
        changes.extend(aside::without_files(&self.state.documents, is_read));
        for (&number, entry) in &listed.journals {
            let is_there = self.journal.iter().any(|file| file.number == number);
            if !is_there && entry.missing_events.is_none() {
                let missing_events = self.missing_events(number, *entry);
                let missing_events = missing_events.or(Some(0));
                let entry = JournalEntry {
                    missing_events,
                    ..*entry
                };
                changes.push(manifest::put_journal(number, entry));
            }
        }
        changes
    }
}

// Tells whether there may be room later; anything else is not changed by waiting.
fn is_full(error: &io::Error) -> bool {
    let kind = error.kind();
    matches!(
        kind,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

// Returns the journal and whether its file is listed, or will be with the others.
fn open_journal(
    folder: &Path,
    loaded: &Loaded,
    salt: u64,
    limits: Limits,
) -> Result<(Journal, bool), OpenError> {
    let is_bound = |file: &&JournalFile| file.binding != Binding::Free && file.whole > 0;
    let last = loaded.journal.last();
    if let Some(last) = last {
        let path = folder::journal_path(folder, last.number);
        if last.whole < last.length {
            fs::OpenOptions::new()
                .write(true)
                .open(&path)
                .and_then(|file| file.set_len(last.whole))
                .map_err(failed("repair", &path))?;
        }
    }
    if let Some(last) = last.filter(is_bound) {
        let path = folder::journal_path(folder, last.number);
        let file = folder::append_file(&path).map_err(failed("open", &path))?;
        let datasets = loaded.state.every_dataset();
        let recent = datasets.flat_map(|(_, dataset)| &dataset.recent);
        let n_events: u64 = recent
            .filter(|(of_file, _)| *of_file == last.number)
            .map(|(_, part)| part.len() as u64)
            .sum();
        let journal = Journal {
            folder: folder.into(),
            file,
            number: last.number,
            salt,
            length: last.whole,
            n_events,
            since: (n_events > 0).then(std::time::Instant::now),
            is_torn: false,
            limits,
        };
        return Ok((journal, true));
    }
    let number = next_journal(loaded);
    let path = folder::journal_path(folder, number);
    let head = Head {
        number,
        salt,
        first_sequence: loaded.state.next_sequence,
    };
    let file = Journal::create(folder, head).map_err(failed("write", &path))?;
    let journal = Journal {
        folder: folder.into(),
        file,
        number,
        salt,
        length: HEAD_BYTES as u64,
        n_events: 0,
        since: None,
        is_torn: false,
        limits,
    };
    Ok((journal, false))
}

// A number that no journal file has or had.
fn next_journal(loaded: &Loaded) -> u64 {
    let files = loaded
        .state
        .segments()
        .filter_map(|part| part.file.as_ref());
    let sealed = files.map(|file| file.journal.1);
    let listed = loaded.manifest.journals.keys().copied();
    let there = loaded.journal.iter().map(|file| file.number);
    sealed.chain(listed).chain(there).max().unwrap_or(0) + 1
}
