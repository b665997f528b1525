//! Journal files that cannot be sealed. They are set aside: their events are served from memory, the files that come
//! after them are sealed all the same, and they are tried again when the store is opened the next time.

use std::path::Path;

use serde_json::{Value, json};

use super::documents::{Change, Documents, Table};
use super::folder;
use super::left_out::shown;
use super::manifest::Manifest;

/// What is set aside, by number.
const ASIDE: Table = Table("store/aside");

/// A journal file that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Its number.
    pub number: u64,
    /// The sequence of the first event that is not in it: the file that comes after it may be sealed and gone.
    pub end: Option<u64>,
    /// Why it cannot be sealed.
    pub reason: String,
}

impl Aside {
    /// Returns the file with the reason why, as long as the file after it is listed, or it was set aside before.
    pub fn new(documents: &Documents, number: u64, reason: String) -> Aside {
        let journals = Manifest::of(documents).journals;
        let next = journals.get(&(number + 1)).map(|next| next.first_sequence);
        let end = next.or_else(|| end_of(documents, number));
        Aside {
            number,
            end,
            reason,
        }
    }

    /// Returns the change that remembers it; `None` if it is remembered.
    pub fn put(&self, documents: &Documents) -> Option<Change> {
        let (key, value) = (
            key(self.number),
            json!({ "end": self.end, "reason": self.reason }),
        );
        let is_known = documents.get(ASIDE, &key) == Some(&value);
        (!is_known).then_some(Change::Put {
            table: ASIDE,
            key,
            value,
        })
    }

    /// Returns a sentence for people.
    pub fn sentence(&self) -> String {
        let (file, reason) = (name(self.number), &self.reason);
        format!(
            "{file} cannot be sealed and is set aside: {reason}; its events are served, and it is tried again at the next start"
        )
    }
}

/// Returns all that are set aside, by number.
pub fn all(documents: &Documents) -> Vec<Aside> {
    let read = |(key, value): (&str, &Value)| {
        Some(Aside {
            number: key.parse().ok()?,
            end: value["end"].as_u64(),
            reason: value["reason"].as_str()?.to_string(),
        })
    };
    documents.list(ASIDE, "").filter_map(read).collect()
}

/// Returns where the numbers of events end in a file that is set aside.
pub fn end_of(documents: &Documents, number: u64) -> Option<u64> {
    documents.get(ASIDE, &key(number))?["end"].as_u64()
}

/// Returns the change after which a file is not set aside; `None` if it is not.
pub fn forget(documents: &Documents, number: u64) -> Option<Change> {
    let (table, key) = (ASIDE, key(number));
    documents.get(table, &key)?;
    Some(Change::Delete { table, key })
}

/// Returns the changes that forget those whose files are not there any more.
pub fn without_files(documents: &Documents, is_there: impl Fn(u64) -> bool) -> Vec<Change> {
    let gone = all(documents).into_iter().filter(|it| !is_there(it.number));
    gone.filter_map(|it| forget(documents, it.number)).collect()
}

fn key(number: u64) -> String {
    format!("{number:010}")
}

fn name(number: u64) -> String {
    shown(&folder::journal_path(Path::new(""), number))
}
