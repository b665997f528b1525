//! What the local CloudWatch Logs remembers: documents of groups and streams, and where lines lie.
//!
//! Lines are events of [`Lens::Logs`] in the dataset `region/group`, with the fields `stream`,
//! `message` and `ingested_ms`. A stream's document says from which sequence on lines are its own:
//! so a stream that was deleted and made again does not show the lines of the old one, however late
//! they were written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::server_lines::FIELDS;
use super::server_refusal::{Refusal, required};
use super::wire::GroupName;
use crate::model::left_out::{Gone, GoneWhy, LeftOut};
use crate::model::region;
use crate::model::span::Lens;
use crate::model::time::{MILLISECOND, Window};
use crate::store::{Change, Documents, Part, Reads, Store, Table};

/// Log groups, by `region/group`.
pub const GROUPS: Table = Table("logs/group");
/// Log streams, by `region/group:stream`; neither name can hold a colon.
pub const STREAMS: Table = Table("logs/stream");

// The field of a line that names its stream.
const STREAM: &str = FIELDS[0];

/// Milliseconds in a day.
pub const DAY_MS: i64 = 24 * 3_600_000;

/// One request: what it is about and when it came.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where everything is kept.
    pub store: &'a Arc<Store>,
    /// The region that the request is for; regions never meet.
    pub region: &'a str,
    /// Now, in milliseconds since the epoch.
    pub now_ms: i64,
    /// What the answer leaves out, said by those who read lines.
    pub left_out: &'a Mutex<LeftOut>,
}

/// A log group's document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// How long lines are shown; for ever if `None`.
    pub retention_days: Option<u32>,
    /// STANDARD or another; nothing here depends on it.
    pub class: String,
    /// Given back as it came.
    pub kms_key_id: Option<String>,
    /// Whether the group cannot be deleted.
    pub is_protected: bool,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
}

/// A log stream's document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Lines with a lower sequence belong to an earlier stream of the same name.
    pub since_sequence: u64,
}

impl Call<'_> {
    /// Returns the key of a group's document, which is also the name of its dataset.
    pub fn group_key(&self, group: &str) -> String {
        format!("{}/{group}", self.region)
    }

    /// Returns the key of a stream's document.
    pub fn stream_key(&self, group: &str, stream: &str) -> String {
        format!("{}/{group}:{stream}", self.region)
    }

    /// Returns a group's document.
    ///
    /// # Errors
    /// `NoGroup`.
    pub fn group(&self, name: &str) -> Result<Group, Refusal> {
        let document = self.store.document(GROUPS, &self.group_key(name));
        document
            .and_then(|document| parsed(&document))
            .ok_or(Refusal::NoGroup)
    }

    /// Returns a stream's document.
    ///
    /// # Errors
    /// `NoStream`.
    pub fn stream(&self, group: &str, name: &str) -> Result<Stream, Refusal> {
        let document = self.store.document(STREAMS, &self.stream_key(group, name));
        document
            .and_then(|document| parsed(&document))
            .ok_or(Refusal::NoStream)
    }

    /// Returns a group's streams whose name starts with `prefix`, sorted by name.
    pub fn streams(&self, group: &str, prefix: &str) -> Vec<(String, Stream)> {
        let start = self.stream_key(group, "");
        let documents = self
            .store
            .documents(STREAMS, &self.stream_key(group, prefix));
        let named = |(key, document): (String, Arc<Value>)| {
            Some((key.strip_prefix(&start)?.to_string(), parsed(&document)?))
        };
        documents.into_iter().filter_map(named).collect()
    }

    /// Returns the blocks that hold a group's lines; whoever reads them asks whether they are sound.
    pub fn parts(&self, group: &str) -> Vec<Arc<Part>> {
        self.store.parts(Lens::Logs, &self.group_key(group))
    }

    /// Takes it that lines of a group from one time to another (inclusive) are being read for the answer; call it
    /// when they have been.
    pub fn leaves_out(&self, name: &str, group: &Group, (from_ms, until_ms): (i64, i64)) {
        let window = Window {
            start: from_ms.saturating_mul(MILLISECOND),
            end: until_ms.saturating_add(1).saturating_mul(MILLISECOND),
        };
        let key = self.group_key(name);
        let reads = Reads::Columns(&FIELDS);
        let mut left_out = self.store.left_out(Lens::Logs, Some(&key), window, reads);
        // Lines that are no longer shown, though they have not left yet.
        let shown_from = self.shown_from_ms(group).saturating_mul(MILLISECOND);
        let hidden = Window {
            end: shown_from.min(window.end),
            ..window
        };
        if let Some(days) = group.retention_days.filter(|_| hidden.start < hidden.end) {
            let parts = self.parts(name);
            let pieces = parts.iter().flat_map(Part::known_pieces);
            let hidden = pieces.filter(|part| part.meets(hidden));
            let events = hidden.map(|part| {
                let window = Window {
                    end: shown_from,
                    ..window
                };
                part.rows_within(window).len() as u64
            });
            let events = events.sum();
            if events > 0 {
                left_out.add_gone(Gone {
                    before: shown_from,
                    events,
                    why: GoneWhy::Old {
                        keep_seconds: u64::from(days) * 86_400,
                    },
                });
            }
        }
        if let Ok(mut all) = self.left_out.lock() {
            all.add(left_out);
        }
    }

    /// Returns the earliest time whose lines a group still shows, in milliseconds since the epoch.
    pub fn shown_from_ms(&self, group: &Group) -> i64 {
        match group.retention_days {
            // By the clock that lines expire by; see `store::retention`.
            Some(days) => {
                let retention_ms = self.store.retention_time() / MILLISECOND;
                self.now_ms.min(retention_ms) - i64::from(days) * DAY_MS
            }
            None => i64::MIN,
        }
    }

    /// Returns the name of the group that is named by name or by name or ARN.
    ///
    /// # Errors
    /// `NameAndIdentifier`, `Constraint` if neither is there, `NoGroup` for another region's ARN.
    pub fn group_name(&self, name: &GroupName) -> Result<String, Refusal> {
        match (&name.log_group_name, &name.log_group_identifier) {
            (Some(_), Some(_)) => Err(Refusal::NameAndIdentifier),
            (None, Some(identifier)) => Ok(self
                .name_of(identifier)
                .ok_or(Refusal::NoGroup)?
                .to_string()),
            (name, None) => Ok(required("logGroupName", name)?.clone()),
        }
    }

    /// Returns the group's name of an identifier; `None` for an ARN of something else.
    pub fn name_of<'a>(&self, identifier: &'a str) -> Option<&'a str> {
        if !identifier.starts_with("arn:") {
            return Some(identifier);
        }
        let start = self.group_arn("");
        let name = identifier.strip_prefix(start.as_str())?;
        Some(name.strip_suffix(":*").unwrap_or(name))
    }

    /// Returns a group's ARN, without the `:*` that some operations put behind it.
    pub fn group_arn(&self, group: &str) -> String {
        region::arn("logs", self.region, &format!("log-group:{group}"))
    }

    /// Changes a group's document.
    ///
    /// # Errors
    /// `NoGroup`, and what `change` returns.
    pub async fn change_group(
        &self,
        name: &str,
        change: impl FnOnce(&mut Group) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let key = self.group_key(name);
        let changed = self.store.transact(|documents: &Documents| {
            let mut group: Group = documents
                .get(GROUPS, &key)
                .and_then(parsed)
                .ok_or(Refusal::NoGroup)?;
            change(&mut group)?;
            Ok((vec![put(GROUPS, key.clone(), &group)?], ()))
        });
        changed.await?
    }
}

/// Returns how long the lines of a group are kept, by its document; for ever if `None`.
///
/// For [`crate::store::Limits`]: `dataset` is that of a group's lines.
pub fn kept(documents: &Documents, lens: Lens, dataset: &str) -> Option<Duration> {
    if lens != Lens::Logs {
        return None;
    }
    let group: Group = parsed(documents.get(GROUPS, dataset)?)?;
    Some(Duration::from_secs(
        u64::from(group.retention_days?) * 86_400,
    ))
}

/// Returns the documents of a group and its streams as far as its lines say them: for a folder that has lost all
/// documents.
///
/// For [`crate::store::Limits`]: `dataset` is that of a group's lines.
pub fn restored(lens: Lens, dataset: &str, parts: &[Arc<Part>]) -> Vec<Change> {
    if lens != Lens::Logs || !dataset.contains('/') {
        return Vec::new();
    }
    let mut streams: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.is_sound([STREAM])) {
        let names = part.text(STREAM);
        for row in 0..part.len() {
            let Some(name) = names.get(row) else { continue };
            let (sequence, time_ms) = (part.sequence(row), part.times().get(row).copied());
            let time_ms = time_ms.unwrap_or_default() / MILLISECOND;
            let first = streams
                .entry(name.to_string())
                .or_insert((sequence, time_ms));
            *first = (first.0.min(sequence), first.1.min(time_ms));
        }
    }
    let first_ms = parts.iter().map(|part| part.first_time() / MILLISECOND);
    let group = Group {
        created_ms: first_ms.min().unwrap_or_default(),
        retention_days: None,
        class: "STANDARD".to_string(),
        kms_key_id: None,
        is_protected: false,
        tags: BTreeMap::new(),
    };
    let streams = streams.into_iter().filter_map(|(name, first)| {
        let (since_sequence, created_ms) = first;
        let stream = Stream {
            created_ms,
            since_sequence,
        };
        put(STREAMS, format!("{dataset}:{name}"), &stream).ok()
    });
    let group = put(GROUPS, dataset.to_string(), &group).ok();
    group.into_iter().chain(streams).collect()
}

/// Returns the change that keeps a document.
///
/// # Errors
/// `Unreadable` if it cannot be written as JSON.
pub fn put<T: Serialize>(table: Table, key: String, document: &T) -> Result<Change, Refusal> {
    Ok(Change::Put {
        table,
        key,
        value: serde_json::to_value(document)?,
    })
}

/// Reads a document; `None` if it has another form.
pub fn parsed<T: for<'de> Deserialize<'de>>(document: &Value) -> Option<T> {
    T::deserialize(document).ok()
}
