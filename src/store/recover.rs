//! Reads a folder back, and says what was damaged.
//!
//! Which files count is what the [`Manifest`] lists. Where there is none, in a folder of format 2 or one
//! that has lost its documents, the files themselves say it. A segment that was merged counts in place of
//! those it replaces. A segment of a journal file that is still there was not finished: the journal counts,
//! unless something merged shows that the whole file had been sealed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document_log::{self, DocumentLog, Recovered};
use super::documents::{self, Change};
use super::folder::{self, Format, OpenError};
use super::gaps::{self, Follower, Gap, Reached, counted};
use super::journal::{self, Binding, Found, HEAD_BYTES, Head, OLD_MAGIC};
use super::left_out::{Lost, shown};
use super::limits::Limits;
use super::manifest::{self, JournalEntry, Manifest};
use super::part::Part;
use super::segment_read::{self, Opened, SegmentError};
use super::state::State;
use super::writer::Journal;
use crate::records;

/// What is in a folder.
pub struct Loaded {
    /// What readers see.
    pub state: State,
    /// One sentence for each damaged place, naming file and bytes.
    pub damage: Vec<String>,
    /// The journal files that count, oldest first.
    pub journal: Vec<JournalFile>,
    /// Files that do not count any more.
    pub leftovers: Vec<PathBuf>,
    /// A number that no segment file has or had.
    pub next_segment: u64,
    /// How many segment files count, and how long they are together.
    pub segment_files: (usize, u64),
    format: Format,
    // What the files of documents said; `None` where there are none yet.
    documents: Option<Recovered>,
    manifest: Manifest,
    // Listed segments whose events were forgotten by a record in the journal.
    forgotten: Vec<Arc<Part>>,
    /// What is missing in journal files that are there.
    pub gaps: Vec<Gap>,
    /// How far the numbers of events had come, by the documents.
    pub reached: Option<Reached>,
}

/// A journal file that was read.
#[derive(Debug, Clone, Copy)]
pub struct JournalFile {
    /// Its number.
    pub number: u64,
    /// Its length.
    pub length: u64,
    /// Its length up to the end of the last whole record; 0 if there is none and no head either.
    pub whole: u64,
    // The sequence of its first event, if it says so.
    first_sequence: Option<u64>,
    // What its records are bound to; `Free` for a file of format 2.
    binding: Binding,
}

/// What was opened for writing.
pub struct Owned {
    /// The journal.
    pub journal: Journal,
    /// The documents.
    pub documents: DocumentLog,
    /// Whether the documents do not say how the journal ended: see [`Reached`].
    pub is_begun: bool,
}

/// Reads everything; changes nothing on disk.
///
/// # Errors
/// If a file cannot be read. Damage is no error.
pub fn load(folder: &Path) -> Result<Loaded, OpenError> {
    let format = folder::format(folder)?;
    let mut loaded = Loaded {
        state: State::default(),
        damage: Vec::new(),
        journal: Vec::new(),
        leftovers: folder::unfinished_segments(folder)?,
        next_segment: 0,
        segment_files: (0, 0),
        format,
        documents: None,
        manifest: Manifest::default(),
        forgotten: Vec::new(),
        gaps: Vec::new(),
        reached: None,
    };
    let journal_files = folder::journal_files(folder)?;
    let segment_files = folder::segment_files(folder)?;
    if format.is_damaged {
        let path = folder.join("FORMAT");
        loaded.damage.push(format!(
            "{}: is damaged or missing; what it said stands in the documents too",
            path.display()
        ));
    }
    let is_new = journal_files.is_empty() && segment_files.is_empty();
    let is_listed = loaded.read_documents(folder, is_new)?;
    let segments = loaded.open_segments(segment_files)?;
    let (journal_files, segments) = match is_listed {
        true => loaded.choose_by_manifest(folder, journal_files, segments),
        false => loaded.choose_by_contents(journal_files, segments),
    };
    loaded.take_segments(segments);
    let beginnings = gaps::beginnings(&loaded.manifest, &journal_files);
    for (number, path) in journal_files {
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let later = beginnings.range(number + 1..).next();
        let next = later.map(|(_, first)| *first);
        loaded.read_journal(folder, &bytes, &path, (number, next));
    }
    loaded.name_missing_journals(folder);
    loaded.take_gaps(folder);
    Ok(loaded)
}

type Numbered = (u64, PathBuf);

impl Loaded {
    // Tells whether the documents are whole, and so list every file.
    fn read_documents(&mut self, folder: &Path, is_new: bool) -> Result<bool, OpenError> {
        if self.format.version < folder::FORMAT {
            return Ok(false);
        }
        let path = folder.join(document_log::FOLDER);
        let read = document_log::read(folder, self.format.salt);
        let mut documents = read.map_err(failed("read", &path))?;
        // Killed while the folder was being made.
        if is_new && documents.sequence == 0 {
            documents.damage.clear();
            documents.is_whole = true;
        }
        self.damage.append(&mut documents.damage);
        self.state.documents = std::mem::take(&mut documents.documents);
        self.manifest = Manifest::of(&self.state.documents);
        let is_whole = documents.is_whole;
        self.reached = Reached::of(&self.state.documents);
        if !is_whole {
            self.state.take_lost(Lost {
                of: None,
                times: None,
                events: 0,
                is_exact: false,
                file: document_log::FOLDER.to_string(),
                reason: "both copies of the list of files are damaged, and a file that is missing is not noticed".to_string(),
            });
        }
        self.documents = Some(documents);
        Ok(is_whole)
    }

    fn open_segments(&mut self, files: Vec<Numbered>) -> Result<Vec<Opened>, OpenError> {
        let mut segments = Vec::new();
        // One that is missing keeps its number, or what takes it would hide that it is missing.
        let listed = self.manifest.segments.keys().next_back();
        self.next_segment = listed.map_or(0, |number| number + 1);
        for (number, path) in files {
            self.next_segment = self.next_segment.max(number + 1);
            let entry = self.manifest.segments.get(&number);
            match segment_read::open(&path, number, entry.map(|entry| entry.bytes)) {
                Ok(opened) => segments.push(opened),
                Err(SegmentError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let events = match entry {
                        Some(entry) => format!("its {} events", entry.events),
                        None => "its events".to_string(),
                    };
                    let lost = match entry {
                        Some(entry) => entry.lost(&error.to_string()),
                        None => Lost {
                            of: None,
                            times: None,
                            events: 0,
                            is_exact: false,
                            file: shown(&path),
                            reason: error.to_string(),
                        },
                    };
                    self.state.take_lost(lost);
                    let path = path.display();
                    self.damage
                        .push(format!("{path}: {error}; {events} are left out"));
                }
            }
            if let Some(entry) = self.manifest.segments.get(&number) {
                let length = fs::metadata(&path).map_or(0, |it| it.len());
                if length > entry.bytes {
                    self.damage.push(format!(
                        "{}: {} bytes were added to its end and are left out; all of its events are used",
                        path.display(),
                        length - entry.bytes
                    ));
                }
            }
        }
        Ok(segments)
    }

    fn choose_by_manifest(
        &mut self,
        folder: &Path,
        journal_files: Vec<Numbered>,
        segments: Vec<Opened>,
    ) -> (Vec<Numbered>, Vec<Opened>) {
        let listed = &self.manifest.segments;
        let sums: BTreeSet<u32> = listed.values().filter_map(|entry| entry.sum()).collect();
        let mut chosen = Vec::new();
        for opened in segments {
            let Some(file) = &opened.part.file else {
                continue;
            };
            if listed.contains_key(&file.number) {
                chosen.push(opened);
            } else if sums.contains(&crc32fast::hash(&file.map)) {
                self.damage.push(format!(
                    "{}: is a copy of another file; its {} events are not counted twice",
                    file.path.display(),
                    opened.part.len()
                ));
            } else {
                // Not finished before a crash, or left behind by one that came after it was replaced.
                self.leftovers.push(file.path.clone());
            }
        }
        for entry in listed.values() {
            let path = folder.join("segments").join(&entry.name);
            if !path.exists() {
                self.state.lost.push(entry.lost("is missing"));
                self.damage.push(format!(
                    "{}: is missing, with {} events of dataset {}",
                    path.display(),
                    entry.events,
                    entry.dataset
                ));
            }
        }
        let journals = &self.manifest.journals;
        let last_listed = journals.keys().next_back().copied();
        let (used, sealed): (Vec<_>, Vec<_>) =
            journal_files.into_iter().partition(|(number, _)| {
                // The newest may have been made just before it could be listed.
                journals.contains_key(number) || Some(*number) > last_listed
            });
        let sealed = sealed.into_iter().map(|(_, path)| path);
        self.leftovers.extend(sealed);
        (used, chosen)
    }

    fn choose_by_contents(
        &mut self,
        journal_files: Vec<Numbered>,
        mut segments: Vec<Opened>,
    ) -> (Vec<Numbered>, Vec<Opened>) {
        let replaced: BTreeSet<u64> = segments
            .iter()
            .flat_map(|opened| opened.directory.replaces.iter().copied())
            .collect();
        let merged = segments.iter().map(|opened| &opened.directory);
        let sealed_up_to = merged
            .filter(|directory| directory.level > 0)
            .map(|directory| directory.journal.1)
            .max();
        let (sealed, open): (Vec<_>, Vec<_>) = journal_files
            .into_iter()
            .partition(|(number, _)| Some(*number) <= sealed_up_to);
        let sealed = sealed.into_iter().map(|(_, path)| path);
        self.leftovers.extend(sealed);
        segments.retain(|Opened { part, directory }| {
            let Some(file) = &part.file else { return false };
            let is_unfinished = directory.level == 0
                && open
                    .iter()
                    .any(|(number, _)| *number == directory.journal.0);
            let counts = !replaced.contains(&file.number) && !is_unfinished;
            if !counts {
                self.leftovers.push(file.path.clone());
            }
            counts
        });
        (open, segments)
    }

    fn take_segments(&mut self, mut segments: Vec<Opened>) {
        segments.sort_by_key(|opened| opened.part.sequences.first);
        for Opened { part, directory } in segments {
            self.segment_files.0 += 1;
            self.segment_files.1 += part.file.as_ref().map_or(0, |file| file.bytes());
            let next = directory.sequences.1.saturating_add(1);
            self.state.next_sequence = self.state.next_sequence.max(next);
            self.state.take_segment(Arc::new(part));
        }
    }

    // The events of the next file begin at `next`, if there is one.
    fn read_journal(
        &mut self,
        folder: &Path,
        bytes: &[u8],
        path: &Path,
        (number, next): (u64, Option<u64>),
    ) {
        let shown = path.display();
        let salt = self.salt();
        let (binding, start, first_sequence) = match Head::of(bytes) {
            Some(head) if head.number != number => {
                self.damage.push(format!(
                    "{shown}: is a copy of journal file {}; its events are not counted twice",
                    head.number
                ));
                return;
            }
            Some(head) => (head.binding(), HEAD_BYTES, Some(head.first_sequence)),
            None if bytes.starts_with(OLD_MAGIC) => (Binding::Free, OLD_MAGIC.len(), None),
            // Killed while the file was being made.
            None if is_beginning(bytes) => (Binding::Free, bytes.len(), None),
            None => self.without_a_head(bytes, number, salt),
        };
        let rest = bytes.get(start..).unwrap_or_default();
        let records = || journal::records(rest, (binding, start as u64));
        let first_record = match records().next() {
            Some(Found::Record(record)) => Some(record.sequence),
            _ => None,
        };
        self.check_for_a_lost_end(folder, first_sequence.or(first_record), number);
        let entry = self.manifest.journals.get(&number);
        let listed = entry.map(|entry| entry.first_sequence);
        let mut follower = Follower::new(path, first_sequence.or(listed));
        let mut file = JournalFile {
            number,
            length: bytes.len() as u64,
            whole: if Head::of(bytes).is_some() || bytes.starts_with(OLD_MAGIC) {
                start as u64
            } else {
                0
            },
            first_sequence,
            binding,
        };
        let mut at = start;
        let has_documents = self.documents.is_none();
        for found in records() {
            match found {
                Found::Record(record) => {
                    at += journal::length_of(&record);
                    file.whole = at as u64;
                    let forgotten = &mut self.forgotten;
                    match self.state.replay(&record, number, has_documents, forgotten) {
                        Some(n_events) => follower.take(record.sequence, n_events),
                        None => {
                            follower.take_trouble(format!(
                                "the record that ends at byte {at} has an unknown form"
                            ));
                            self.damage.push(format!(
                                "{shown}: the record that ends at byte {at} has an unknown form and is left out"
                            ));
                        }
                    }
                }
                Found::Damage(n) => {
                    // A head has no events.
                    if at > 0 || n > HEAD_BYTES || listed.is_none() {
                        follower.take_trouble(format!("{n} damaged bytes at byte {at}"));
                    }
                    self.damage.push(format!(
                        "{shown}: {n} damaged bytes at byte {at} are left out; what comes after them is used"
                    ));
                    at += n;
                }
                Found::Torn(n) => {
                    let torn = bytes.get(at..).unwrap_or_default();
                    if next.is_some() || !records::is_beginning(torn) {
                        follower.take_trouble(format!("the last {n} bytes are not a whole record"));
                    }
                    self.damage.push(format!(
                        "{shown}: the last {n} bytes are not a whole record and are left out"
                    ));
                }
            }
        }
        match (next, self.reached) {
            (Some(next), _) => follower.end(Some(next), true),
            (None, Some(Reached { sequence, is_end })) => {
                // Unless more came after it: then it says nothing of where this file ends.
                let is_end = is_end && follower.expected() <= Some(sequence);
                follower.end(Some(sequence), is_end);
            }
            (None, None) => follower.end(None, false),
        }
        self.gaps.append(&mut follower.gaps);
        self.journal.push(file);
    }

    // A head that is damaged says nothing, but the records may be whole; which form they have shows itself.
    fn without_a_head(
        &mut self,
        bytes: &[u8],
        number: u64,
        salt: Option<u64>,
    ) -> (Binding, usize, Option<u64>) {
        let entry = self.manifest.journals.get(&number);
        let first_sequence = entry.map(|entry| entry.first_sequence);
        let bound = salt.map(|salt| Binding::To { salt, file: number });
        let is_record = |start: (Binding, u64)| {
            let mut found = journal::records(bytes, start);
            found.any(|found| matches!(found, Found::Record(_)))
        };
        match bound {
            Some(bound) if is_record((bound, 0)) || first_sequence.is_some() => {
                (bound, 0, first_sequence)
            }
            _ => (Binding::Free, 0, None),
        }
    }

    /// Returns the folder's salt, from wherever it can be read.
    fn salt(&self) -> Option<u64> {
        let documents = self.documents.as_ref();
        self.format
            .salt
            .or_else(|| documents.and_then(|documents| documents.salt))
    }

    // A file begins where the one before it ended. One that was cut between two records looks whole by itself.
    fn check_for_a_lost_end(&mut self, folder: &Path, first_sequence: Option<u64>, number: u64) {
        let (Some(before), Some(first_sequence)) = (self.journal.last(), first_sequence) else {
            return;
        };
        let path = folder::journal_path(folder, before.number)
            .display()
            .to_string();
        let n_lost = first_sequence.saturating_sub(self.state.next_sequence);
        let is_named = self.damage.iter().any(|damage| damage.contains(&path));
        if before.number + 1 == number && n_lost > 0 && !is_named {
            let lost = format!("{path}: its last {n_lost} events are missing");
            self.damage.push(lost);
        }
    }

    // Names journal files that are listed and not there.
    fn name_missing_journals(&mut self, folder: &Path) {
        for (&number, entry) in &self.manifest.journals {
            let is_there = folder::journal_path(folder, number).exists();
            if is_there && entry.missing_events.is_none() {
                continue;
            }
            let path = folder::journal_path(folder, number);
            let n_missing = self.missing_events(number, *entry);
            self.state.lost.push(Lost {
                of: None,
                times: None,
                events: n_missing.unwrap_or(0),
                is_exact: n_missing.is_some(),
                file: shown(&path),
                reason: "is missing".to_string(),
            });
            let events = n_missing.map_or("the newest events".to_string(), counted);
            let missing = format!("{}: is missing, with {events}", path.display());
            self.damage.push(missing);
        }
    }

    // How many events a missing journal file had: up to where the next one begins.
    fn missing_events(&self, number: u64, entry: JournalEntry) -> Option<u64> {
        if let Some(n_events) = entry.missing_events {
            return Some(n_events);
        }
        let mut later = self.manifest.journals.range(number + 1..);
        let next = match later.next() {
            Some((_, next)) => next.first_sequence,
            None => self.reached.filter(|reached| reached.is_end)?.sequence,
        };
        Some(next.saturating_sub(entry.first_sequence))
    }
}

// Tells whether these are the first bytes of a head, and no more.
fn is_beginning(bytes: &[u8]) -> bool {
    bytes.len() < HEAD_BYTES
        && (journal::MAGIC.starts_with(bytes) || bytes.starts_with(journal::MAGIC))
}

/// Removes what does not count any more, opens the documents and begins a new journal file, unless the last
/// one can be gone on with. A folder of format 2 is brought up to date.
///
/// What a crash left half written at the end of the last file is cut off; damage elsewhere stays where
/// it is and is passed over.
///
/// # Errors
/// If a file cannot be opened.
pub fn take_over(folder: &Path, loaded: &mut Loaded, limits: Limits) -> Result<Owned, OpenError> {
    let salt = loaded.salt().unwrap_or_else(rand::random);
    let (journal, is_listed) = open_journal(folder, loaded, salt, limits)?;
    let mut changes = loaded.unlisted();
    changes.extend(loaded.losses(limits));
    if !is_listed {
        let first_sequence = loaded.state.next_sequence;
        let entry = JournalEntry {
            first_sequence,
            missing_events: None,
        };
        changes.push(manifest::put_journal(journal.number, entry));
    }
    let path = folder.join(document_log::FOLDER);
    let state = &mut loaded.state;
    let documents = match &loaded.documents {
        Some(recovered) => DocumentLog::open(folder, salt, recovered, &state.documents),
        None => DocumentLog::create(folder, salt, &state.documents),
    };
    let documents = documents.and_then(|mut log| {
        if !changes.is_empty() {
            let changes = documents::encode(changes);
            log.append(&changes)?;
            state.documents.apply(changes);
        }
        Ok(log)
    });
    let documents = documents.map_err(failed("write", &path))?;
    if loaded.format.is_damaged || loaded.format.version < folder::FORMAT {
        folder::write_format(folder, salt)?;
    }
    let forgotten = loaded
        .forgotten
        .iter()
        .filter_map(|part| part.file.as_ref());
    let forgotten = forgotten.map(|file| file.path.clone());
    for path in loaded.leftovers.iter().cloned().chain(forgotten) {
        // One that stays is found again the next time.
        let _ = fs::remove_file(path);
    }
    let is_begun = !Reached::of(&loaded.state.documents).is_some_and(|reached| reached.is_end);
    Ok(Owned {
        journal,
        documents,
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
        changes.extend(unlisted.filter_map(|part| manifest::put_segment(part)));
        for file in &self.journal {
            if !listed.journals.contains_key(&file.number) {
                let first_sequence = file.first_sequence.unwrap_or(self.state.next_sequence);
                let entry = JournalEntry {
                    first_sequence,
                    missing_events: None,
                };
                changes.push(manifest::put_journal(file.number, entry));
            }
        }
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

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_path_buf();
    move |source| OpenError::Io {
        action,
        path,
        source,
    }
}
