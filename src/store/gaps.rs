//! Which events a journal file should have and has not: their numbers rise by one from event to event, so that
//! those that are missing are counted.
//!
//! Where a file should end is where the next one begins. Where the last one should end, the documents say: with
//! each change the number that had been reached, and after an ordered stop that nothing came after it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::documents::{Change, Documents, Table};
use super::journal::{HEAD_BYTES, Head};
use super::left_out::Lost;
use super::manifest::Manifest;
use super::sealer::COUNTERS;

/// Losses that were found, by the number of the first event that is missing: they stay known after their journal
/// file is gone.
const LOST: Table = Table("store/lost");
const REACHED: &str = "reached";
/// The entry among them that says that both copies of the documents were lost.
const DOCUMENTS: &str = "documents";

/// How far the numbers of events had come when documents were last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The number of the next event.
    pub sequence: u64,
    /// Whether nothing was written to the journal since.
    pub is_end: bool,
}

impl Reached {
    /// Returns what the documents say.
    pub fn of(documents: &Documents) -> Option<Reached> {
        let value = documents.get(COUNTERS, REACHED)?;
        Some(Reached {
            sequence: value["sequence"].as_u64()?,
            is_end: value["is_end"].as_bool()?,
        })
    }

    /// Returns the change that says it.
    pub fn put(self) -> Change {
        Change::Put {
            table: COUNTERS,
            key: REACHED.to_string(),
            value: json!({ "sequence": self.sequence, "is_end": self.is_end }),
        }
    }
}

/// A gap in the numbers of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The number of the first event that is missing.
    pub first: u64,
    /// How many are missing; 0 if there may be some all the same.
    pub events: u64,
    /// Whether there are no more.
    pub is_exact: bool,
    /// The file, inside the data folder.
    pub file: String,
    /// Why, as in `is missing`.
    pub reason: String,
}

impl Gap {
    /// Returns the events as those of any dataset and any time: a record that cannot be read does not say whose
    /// it is.
    pub fn lost(&self) -> Lost {
        Lost {
            of: None,
            times: None,
            events: self.events,
            is_exact: self.is_exact,
            file: self.file.clone(),
            reason: self.reason.clone(),
        }
    }

    /// Tells whether one of these files, in which it was not found, would show it. Where only bytes at the end were
    /// cut off, none would.
    pub fn is_healed_by(&self, files: &[String]) -> bool {
        self.events > 0 && files.contains(&self.file)
    }

    fn key(&self) -> String {
        format!("{:020}", self.first)
    }

    /// Returns the change that remembers it; `None` if it is remembered.
    pub fn put(&self, documents: &Documents, now: i64) -> Option<Change> {
        let key = self.key();
        let known = documents
            .get(LOST, &key)
            .and_then(|it| it["events"].as_u64());
        if known.is_some_and(|known| known >= self.events) {
            return None;
        }
        let value = json!({
            "events": self.events,
            "is_exact": self.is_exact,
            "file": self.file,
            "reason": self.reason,
            "found": now,
        });
        let table = LOST;
        Some(Change::Put { table, key, value })
    }
}

/// Returns the gaps that are remembered and not among `found`.
pub fn remembered(documents: &Documents, found: &[Gap]) -> Vec<Gap> {
    let all = documents.list(LOST, "");
    let read = |(key, value): (&str, &Value)| {
        Some(Gap {
            first: key.parse().ok()?,
            events: value["events"].as_u64()?,
            is_exact: value["is_exact"].as_bool()?,
            file: value["file"].as_str()?.to_string(),
            reason: value["reason"].as_str()?.to_string(),
        })
    };
    let is_found = |gap: &Gap| found.iter().any(|found| found.first == gap.first);
    all.filter_map(read).filter(|gap| !is_found(gap)).collect()
}

/// Returns the changes that forget gaps of these files, which are there and have none any more: they were put back
/// as they had been.
pub fn healed(documents: &Documents, found: &[Gap], files: &[String]) -> Vec<Change> {
    let healed = remembered(documents, found).into_iter();
    let healed = healed.filter(|gap| gap.is_healed_by(files));
    let delete = |gap: Gap| Change::Delete {
        table: LOST,
        key: gap.key(),
    };
    healed.map(delete).collect()
}

/// Returns the change that remembers that both copies of the documents were lost, and `said` of it.
pub fn put_documents_lost(said: &str, now: i64) -> Change {
    Change::Put {
        table: LOST,
        key: DOCUMENTS.to_string(),
        value: json!({ "said": said, "found": now }),
    }
}

/// Returns what is to be said of documents that were lost, if they were and that was not accepted.
pub fn documents_lost(documents: &Documents) -> Option<&str> {
    documents.get(LOST, DOCUMENTS)?["said"].as_str()
}

/// Returns the changes that forget all gaps, and a sentence for each.
pub fn accepted(documents: &Documents) -> (Vec<Change>, Vec<String>) {
    let of_documents = documents_lost(documents).map(|said| {
        let (table, key) = (LOST, DOCUMENTS.to_string());
        (Change::Delete { table, key }, format!("documents: {said}"))
    });
    let gaps = remembered(documents, &[]).into_iter();
    let accepted = gaps.map(|gap| {
        let said = format!("{}: {}: {}", gap.file, gap.reason, counted(gap.events));
        let key = gap.key();
        (Change::Delete { table: LOST, key }, said)
    });
    accepted.chain(of_documents).unzip()
}

/// Returns a number of events in words.
pub fn counted(n_events: u64) -> String {
    match n_events {
        0 => "it is not known how many events".to_string(),
        1 => "1 event".to_string(),
        n_events => format!("{n_events} events"),
    }
}

/// Returns the changes that forget what was found before `oldest`: events that old are not kept anyway.
pub fn outlived(documents: &Documents, oldest: i64) -> Vec<Change> {
    let is_old = |value: &Value| value["found"].as_i64().is_some_and(|found| found < oldest);
    let old = documents.list(LOST, "").filter(|(_, value)| is_old(value));
    old.map(|(key, _)| Change::Delete {
        table: LOST,
        key: key.to_string(),
    })
    .collect()
}

/// Where each journal file's numbers begin, by what is listed and by what the files say.
pub fn beginnings(manifest: &Manifest, files: &[(u64, PathBuf)]) -> BTreeMap<u64, u64> {
    let mut beginnings = BTreeMap::new();
    for (number, path) in files {
        let mut head = [0; HEAD_BYTES];
        let read = std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
        let head = read.ok().and_then(|()| Head::of(&head));
        if let Some(head) = head.filter(|head| head.number == *number) {
            beginnings.insert(*number, head.first_sequence);
        }
    }
    let listed = manifest.journals.iter();
    beginnings.extend(listed.map(|(number, entry)| (*number, entry.first_sequence)));
    beginnings
}

/// Follows the numbers in one journal file.
pub struct Follower {
    file: String,
    expected: Option<u64>,
    // What was wrong since the last whole record.
    trouble: Option<String>,
    /// What is missing.
    pub gaps: Vec<Gap>,
}

impl Follower {
    /// Begins at the file's first number, if it is known.
    pub fn new(path: &std::path::Path, first: Option<u64>) -> Follower {
        Follower {
            file: super::left_out::shown(path),
            expected: first,
            trouble: None,
            gaps: Vec::new(),
        }
    }

    /// Returns the number of the next event, once it is known.
    pub fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// Takes it that something cannot be read here.
    pub fn take_trouble(&mut self, what: String) {
        self.trouble.get_or_insert(what);
    }

    /// Takes a record with the number it begins with, and how many events it has.
    pub fn take(&mut self, sequence: u64, n_events: u64) {
        let expected = self.expected.unwrap_or(sequence);
        let trouble = self.trouble.take();
        if sequence > expected {
            let reason = trouble.unwrap_or_else(|| "records are missing in it".to_string());
            self.push(expected, sequence - expected, true, reason);
        } else if let Some(trouble) = trouble {
            // No event is missing. The deletion of a dataset may be.
            self.push(expected, 0, false, trouble);
        }
        let next = sequence.saturating_add(n_events);
        self.expected = Some(expected.max(next));
    }

    /// Ends the file: `next` is where the numbers go on, if that is known, and `is_end` whether that is all.
    pub fn end(&mut self, next: Option<u64>, is_end: bool) {
        let trouble = self.trouble.take();
        let Some(expected) = self.expected else {
            // Not even where it begins is known.
            if let Some(trouble) = trouble {
                self.push(next.unwrap_or(0), 0, false, trouble);
            }
            return;
        };
        match (next.filter(|next| *next > expected), trouble) {
            (Some(next), trouble) => {
                let reason = trouble.unwrap_or_else(|| "its end is missing".to_string());
                self.push(expected, next - expected, is_end, reason);
            }
            (None, Some(trouble)) if !is_end => self.push(expected, 0, false, trouble),
            (None, _) => {}
        }
    }

    fn push(&mut self, first: u64, events: u64, is_exact: bool, reason: String) {
        self.gaps.push(Gap {
            first,
            events,
            is_exact,
            file: self.file.clone(),
            reason,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower() -> Follower {
        Follower::new(std::path::Path::new("d/journal/1.log"), Some(10))
    }

    fn missing(follower: &Follower) -> Vec<(u64, u64, bool)> {
        let gaps = follower.gaps.iter();
        gaps.map(|gap| (gap.first, gap.events, gap.is_exact))
            .collect()
    }

    #[test]
    fn whole_files_have_no_gaps() {
        let mut whole = follower();
        whole.take(10, 5);
        whole.take(15, 0);
        whole.take(15, 1);
        whole.end(Some(16), true);
        assert_eq!(missing(&whole), []);
        assert_eq!(whole.file, "journal/1.log");
    }

    #[test]
    fn what_is_missing_at_the_beginning_in_the_middle_and_at_the_end_is_counted() {
        let mut damaged = follower();
        damaged.take(12, 1);
        damaged.take_trouble("7 damaged bytes".to_string());
        damaged.take(20, 1);
        damaged.end(Some(30), true);
        assert_eq!(
            missing(&damaged),
            [(10, 2, true), (13, 7, true), (21, 9, true)]
        );
        assert_eq!(damaged.gaps[1].reason, "7 damaged bytes");
        assert_eq!(damaged.gaps[2].reason, "its end is missing");
    }

    #[test]
    fn damage_that_costs_no_event_for_certain_is_said_all_the_same() {
        let mut damaged = follower();
        damaged.take_trouble("1 damaged byte".to_string());
        damaged.take(10, 1);
        damaged.take_trouble("3 damaged bytes".to_string());
        let mut closed = follower();
        closed.take_trouble("3 bytes were added".to_string());
        damaged.end(None, false);
        closed.end(Some(10), true);
        assert_eq!(missing(&damaged), [(10, 0, false), (11, 0, false)]);
        assert_eq!(missing(&closed), []);
    }
}
