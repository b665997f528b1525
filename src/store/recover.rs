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

use super::aside;
use super::document_file;
use super::document_log::{self, Recovered};
use super::folder::{self, Format, OpenError};
use super::gaps::{self, Gap, Reached};
use super::journal::Binding;
use super::left_out::{Lost, shown};
use super::manifest::Manifest;
use super::part::Part;
use super::segment_read::{self, Opened, SegmentError};
use super::state::State;

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
    pub(super) format: Format,
    // What the files of documents said; `None` where there are none yet.
    pub(super) documents: Option<Recovered>,
    pub(super) manifest: Manifest,
    // Listed segments whose events were forgotten by a record in the journal.
    pub(super) forgotten: Vec<Arc<Part>>,
    // What is missing in journal files that are there.
    pub gaps: Vec<Gap>,
    // How far the numbers of events had come, by the documents.
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
    pub(super) first_sequence: Option<u64>,
    // What its records are bound to; `Free` for a file of format 2.
    pub(super) binding: Binding,
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
        let end = aside::end_of(&loaded.state.documents, number);
        let next = end.or(later.map(|(_, first)| *first));
        loaded.read_journal(folder, &bytes, &path, (number, next));
    }
    loaded.name_missing_journals(folder);
    loaded.take_gaps(folder);
    Ok(loaded)
}

pub(super) type Numbered = (u64, PathBuf);

impl Loaded {
    // Tells whether the documents are whole, and so list every file.
    pub(super) fn read_documents(
        &mut self,
        folder: &Path,
        is_new: bool,
    ) -> Result<bool, OpenError> {
        if self.format.version < folder::FORMAT {
            return Ok(false);
        }
        let path = folder.join(document_file::FOLDER);
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
        let known = gaps::documents_lost(&self.state.documents);
        if let Some(known) = known.filter(|_| is_whole) {
            self.damage.push(format!("{}: {known}", path.display()));
        }
        if !is_whole || known.is_some() {
            self.state.take_lost(Lost {
                of: None,
                times: None,
                events: 0,
                is_exact: false,
                file: document_file::FOLDER.to_string(),
                reason: "both copies of the list of files are damaged, and a file that is missing is not noticed".to_string(),
            });
        }
        self.documents = Some(documents);
        Ok(is_whole)
    }

    pub(super) fn open_segments(&mut self, files: Vec<Numbered>) -> Result<Vec<Opened>, OpenError> {
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

    pub(super) fn choose_by_manifest(
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

    pub(super) fn choose_by_contents(
        &mut self,
        journal_files: Vec<Numbered>,
        mut segments: Vec<Opened>,
    ) -> (Vec<Numbered>, Vec<Opened>) {
        let replaced: BTreeSet<u64> = segments
            .iter()
            .flat_map(|opened| opened.directory.replaces.iter().copied())
            .collect();
        let merged = segments.iter().map(|opened| &opened.directory);
        let merged: Vec<(u64, u64)> = merged
            .filter(|directory| directory.level > 0)
            .map(|directory| directory.journal)
            .collect();
        let (sealed, open): (Vec<_>, Vec<_>) =
            journal_files.into_iter().partition(|(number, _)| {
                let mut merged = merged.iter();
                merged.any(|(first, last)| (first..=last).contains(&number))
            });
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

    pub(super) fn take_segments(&mut self, mut segments: Vec<Opened>) {
        segments.sort_by_key(|opened| opened.part.sequences.first);
        for Opened { part, directory } in segments {
            self.segment_files.0 += 1;
            self.segment_files.1 += part.file.as_ref().map_or(0, |file| file.bytes());
            let next = directory.sequences.1.saturating_add(1);
            self.state.next_sequence = self.state.next_sequence.max(next);
            self.state.take_segment(Arc::new(part));
        }
    }
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_path_buf();
    move |source| OpenError::Io {
        action,
        path,
        source,
    }
}
