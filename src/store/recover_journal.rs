//! Reads the journal files of a folder back, and says what is missing between them.

use std::path::Path;

use super::aside;
use super::folder;
use super::gaps::{Follower, Reached, counted};
use super::journal::{self, Binding, Found, HEAD_BYTES, Head, OLD_MAGIC};
use super::left_out::{Lost, shown};
use super::manifest::JournalEntry;
use super::recover::{JournalFile, Loaded};
use crate::records;

impl Loaded {
    // The events of the next file begin at `next`, if there is one.
    pub(super) fn read_journal(
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
    pub(super) fn without_a_head(
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
    pub(super) fn salt(&self) -> Option<u64> {
        let documents = self.documents.as_ref();
        self.format
            .salt
            .or_else(|| documents.and_then(|documents| documents.salt))
    }

    // A file begins where the one before it ended. One that was cut between two records looks whole by itself.
    pub(super) fn check_for_a_lost_end(
        &mut self,
        folder: &Path,
        first_sequence: Option<u64>,
        number: u64,
    ) {
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
    pub(super) fn name_missing_journals(&mut self, folder: &Path) {
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
    pub(super) fn missing_events(&self, number: u64, entry: JournalEntry) -> Option<u64> {
        if let Some(n_events) = entry.missing_events {
            return Some(n_events);
        }
        let mut later = self.manifest.journals.range(number + 1..);
        let end = aside::end_of(&self.state.documents, number);
        let next = match end.or(later.next().map(|(_, next)| next.first_sequence)) {
            Some(next) => next,
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
