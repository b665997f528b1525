//! Which files the folder has, so that one that is missing, or that was never written here, is noticed.
//!
//! The list stands among the documents, in a table of its own, and so on disk twice; it changes in the same
//! transaction as what it is about. A file that is not listed was not finished, or is not ours.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::codec;
use super::documents::{Change, Documents, Table};
use super::folder;
use super::gaps::counted;
use super::left_out::{Lost, shown};
use super::part::Part;
use super::retention::Arrived;
use super::state::dataset_key;
use crate::model::span::Lens;

/// Where the list is.
const FILES: Table = Table("store/files");

/// The files that are listed.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Segment files by number.
    pub segments: BTreeMap<u64, SegmentEntry>,
    /// Journal files by number.
    pub journals: BTreeMap<u64, JournalEntry>,
}

/// A segment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentEntry {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many events.
    pub events: u64,
    /// Their dataset.
    pub dataset: String,
    /// Its lens; `None` in entries of earlier versions.
    pub lens: Option<Lens>,
    /// The time of the first and of the last.
    pub times: Option<(i64, i64)>,
    /// When they arrived; `None` in entries of earlier versions.
    pub arrived: Option<Arrived>,
}

/// A journal file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalEntry {
    /// The sequence of the first event in it.
    pub first_sequence: u64,
    /// How many events went with it, if it was found to be missing.
    pub missing_events: Option<u64>,
    /// When it was made, by the clock that events arrive by; `None` in entries of earlier versions.
    pub made: Option<i64>,
}

impl SegmentEntry {
    /// Returns what the file's bytes add up to, by its name.
    pub fn sum(&self) -> Option<u32> {
        folder::sum_of_segment(Path::new(&self.name))
    }

    /// Returns its events as those that no part has.
    pub fn lost(&self, reason: &str) -> Lost {
        let of = self
            .lens
            .map(|lens| (lens, dataset_key(lens, &self.dataset)));
        Lost {
            of,
            times: self.times,
            events: self.events,
            is_exact: true,
            file: format!("segments/{}", self.name),
            reason: reason.to_string(),
        }
    }
}

impl Manifest {
    /// Returns what the documents list.
    pub fn of(documents: &Documents) -> Manifest {
        let mut manifest = Manifest::default();
        for (key, value) in documents.list(FILES, "") {
            match key.split_once('/') {
                Some(("segment", number)) => {
                    let entry = number.parse().ok().zip(segment_of(value));
                    manifest.segments.extend(entry);
                }
                Some(("journal", number)) => {
                    let entry = number.parse().ok().zip(journal_of(value));
                    manifest.journals.extend(entry);
                }
                _ => {}
            }
        }
        manifest
    }

    /// Returns the newest time at which something is known to have arrived.
    pub fn newest_arrival(&self) -> Option<i64> {
        let segments = self.segments.values().filter_map(|it| it.arrived);
        let made = self.journals.values().filter_map(|it| it.made);
        segments.map(|arrived| arrived.last).chain(made).max()
    }

    /// Returns when the events of a journal file arrived: from when it was made to when the next one was.
    pub fn arrived_in(&self, journal: u64, now: i64) -> Arrived {
        let made = |number| self.journals.get(&number).and_then(|entry| entry.made);
        let last = made(journal + 1).unwrap_or(now);
        Arrived {
            first: made(journal).map_or(last, |first| first.min(last)),
            last,
        }
    }
}

fn segment_of(value: &Value) -> Option<SegmentEntry> {
    Some(SegmentEntry {
        name: value["name"].as_str()?.to_string(),
        bytes: value["bytes"].as_u64()?,
        events: value["events"].as_u64()?,
        dataset: value["dataset"].as_str()?.to_string(),
        lens: value["lens"]
            .as_u64()
            .and_then(|code| codec::lens_of(u8::try_from(code).ok()?)),
        times: value["times"][0].as_i64().zip(value["times"][1].as_i64()),
        arrived: Arrived::of(value),
    })
}

fn journal_of(value: &Value) -> Option<JournalEntry> {
    Some(JournalEntry {
        first_sequence: value["first_sequence"].as_u64()?,
        missing_events: value["missing_events"].as_u64(),
        made: value["made"].as_i64(),
    })
}

/// Returns when the events of a part arrived, by the list or else by its file; `None` for a part in memory.
pub fn arrived(documents: &Documents, part: &Part) -> Option<Arrived> {
    let file = part.file.as_ref()?;
    let listed = documents.get(FILES, &segment_key(file.number));
    listed
        .and_then(Arrived::of)
        .or_else(|| Arrived::of_file(&file.path))
}

/// Returns what is listed of the file of a part.
pub fn listed(documents: &Documents, part: &Part) -> Option<SegmentEntry> {
    let number = part.file.as_ref()?.number;
    segment_of(documents.get(FILES, &segment_key(number))?)
}

/// Tells whether a change lists the file of a part.
pub fn is_of(change: &Change, part: &Part) -> bool {
    let Change::Put { table, key, .. } = change else {
        return false;
    };
    let file = part.file.as_ref();
    *table == FILES && file.is_some_and(|file| *key == segment_key(file.number))
}

/// Returns the change that lists the file of a part; `None` for a part in memory.
pub fn put_segment(part: &Part, arrived: Option<Arrived>) -> Option<Change> {
    let file = part.file.as_ref()?;
    let name = file.path.file_name()?.to_string_lossy();
    let value = json!({
        "name": name,
        "bytes": file.bytes(),
        "events": part.len(),
        "lens": codec::lens_code(part.lens),
        "dataset": &*part.dataset,
        "times": [part.first_time(), part.last_time()],
        "arrived": arrived.map(|arrived| [arrived.first, arrived.last]),
    });
    Some(put(segment_key(file.number), value))
}

/// Returns under which key the file of a part is listed; `None` for a part in memory.
pub fn key_of_segment(part: &Part) -> Option<String> {
    Some(segment_key(part.file.as_ref()?.number))
}

/// Returns the change that lists the file of a part no more; `None` for a part in memory.
pub fn delete_segment(part: &Part) -> Option<Change> {
    let file = part.file.as_ref()?;
    Some(delete(segment_key(file.number)))
}

/// Returns the changes that list no more what is missing of a dataset.
pub fn delete_lost(
    documents: &Documents,
    lens: Lens,
    dataset: &str,
    is_there: impl Fn(u64) -> bool,
) -> Vec<Change> {
    let key = dataset_key(lens, dataset);
    let listed = Manifest::of(documents).segments.into_iter();
    let of_dataset = listed.filter(|(number, entry)| {
        entry.lens == Some(lens) && dataset_key(lens, &entry.dataset) == key && !is_there(*number)
    });
    of_dataset
        .map(|(number, _)| delete(segment_key(number)))
        .collect()
}

/// Returns the changes that list no more what is missing in the folder, and a sentence for each.
pub fn accepted(documents: &Documents, folder: &Path) -> (Vec<Change>, Vec<String>) {
    let Manifest { segments, journals } = Manifest::of(documents);
    let segments = segments.into_iter().filter_map(|(number, entry)| {
        let (name, events) = (&entry.name, counted(entry.events));
        let is_missing = !folder.join("segments").join(name).exists();
        let said = format!(
            "segments/{name}: is missing, with {events} of {}",
            entry.dataset
        );
        is_missing.then(|| (delete(segment_key(number)), said))
    });
    let journals = journals.into_iter().filter_map(|(number, entry)| {
        let path = folder::journal_path(folder, number);
        let events = counted(entry.missing_events?);
        let said = format!("{}: is missing, with {events}", shown(&path));
        (!path.exists()).then(|| (delete_journal(number), said))
    });
    segments.chain(journals).unzip()
}

/// Returns the change that lists a journal file.
pub fn put_journal(number: u64, entry: JournalEntry) -> Change {
    let mut value = json!({ "first_sequence": entry.first_sequence });
    if let Some(events) = entry.missing_events {
        value["missing_events"] = events.into();
    }
    if let Some(made) = entry.made {
        value["made"] = made.into();
    }
    put(journal_key(number), value)
}

/// Returns the change that lists a journal file no more.
pub fn delete_journal(number: u64) -> Change {
    delete(journal_key(number))
}

fn segment_key(number: u64) -> String {
    format!("segment/{number:010}")
}

fn journal_key(number: u64) -> String {
    format!("journal/{number:010}")
}

fn put(key: String, value: Value) -> Change {
    Change::Put {
        table: FILES,
        key,
        value,
    }
}

fn delete(key: String) -> Change {
    Change::Delete { table: FILES, key }
}
