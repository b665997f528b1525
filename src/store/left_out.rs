//! What an answer of this store leaves out: events that cannot be read, were evicted, or have expired.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::codec;
use super::documents::{Change, Documents, Table};
use super::gaps;
use super::handle::Store;
use super::limits::StoreError;
use super::manifest;
use super::part::Part;
use super::state::{State, dataset_key};
use crate::model::left_out::{Gone, GoneWhy, LeftOut, Unread};
use crate::model::span::Lens;
use crate::model::time::Window;

/// What has left each dataset and why, by `LENS/REASON/DATASET`.
const GONE: Table = Table("store/gone");

/// Events that no part has: those of a file that is missing or damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Of which dataset, by lens and key; `None` if that is not known.
    pub of: Option<(Lens, String)>,
    /// From when to when; `None` if that is not known.
    pub times: Option<(i64, i64)>,
    /// How many.
    pub events: u64,
    /// Whether it is known that there are no more.
    pub is_exact: bool,
    /// The file, inside the data folder.
    pub file: String,
    /// Why, as in `is missing`.
    pub reason: String,
}

impl Lost {
    fn may_be_of(&self, lens: Lens, key: Option<&str>, window: Window) -> bool {
        let is_of =
            |(its, name): &(Lens, String)| *its == lens && key.is_none_or(|key| key == name);
        let is_then = |(first, last): (i64, i64)| window.meets(first, last);
        self.of.as_ref().is_none_or(is_of) && self.times.is_none_or(is_then)
    }

    fn unread(&self, window: Window) -> Unread {
        let is_within = |(first, last)| window.contains(first) && window.contains(last);
        Unread {
            file: self.file.clone(),
            events: self.events,
            may_be_more: !self.is_exact,
            may_be_elsewhere: self.of.is_none() || !self.times.is_some_and(is_within),
            reason: self.reason.clone(),
        }
    }
}

/// What an answer reads of the parts that it looks at.
#[derive(Debug, Clone, Copy)]
pub enum Reads<'n> {
    /// Times and these columns, as far as they have been read by now: what has not is not in the answer either.
    Columns(&'n [&'n str]),
    /// All columns, whether they have been read or not.
    Everything,
    /// What files say of themselves, such as which columns they have.
    Heads,
}

impl Store {
    /// Returns what an answer about `window` of a dataset, or of all datasets of a lens, leaves out.
    ///
    /// This is the one place that says it; whatever reads parts asks here for the same range, afterwards.
    pub fn left_out(
        &self,
        lens: Lens,
        dataset: Option<&str>,
        window: Window,
        reads: Reads<'_>,
    ) -> LeftOut {
        let parts = match (reads, dataset) {
            (Reads::Heads, _) => Vec::new(),
            (_, Some(dataset)) => self.parts(lens, dataset),
            (_, None) => self.all_parts(lens),
        };
        let mut left_out = unread_of_parts(&parts, window, reads);
        let Ok(state) = self.shared.state.read() else {
            return left_out;
        };
        let key = dataset.map(|dataset| dataset_key(lens, dataset));
        let lost = state.lost.iter();
        lost.filter(|lost| lost.may_be_of(lens, key.as_deref(), window))
            .for_each(|lost| left_out.add_unread(lost.unread(window)));
        gone(
            &state.documents,
            lens,
            key.as_deref(),
            window,
            &mut left_out,
        );
        left_out
    }

    /// Takes it that files which are missing, and what was missing in files that are gone, never come back, so that
    /// nothing says it any more; resolves when that is durable. `folder` is the store's own. Returns a sentence for
    /// each. Files that are there and damaged stay as they are, and named.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn accept_losses(&self, folder: &Path) -> Result<Vec<String>, StoreError> {
        let accepted = self.transact(|documents| {
            let (mut changes, mut said) = gaps::accepted(documents);
            let (missing, more) = manifest::accepted(documents, folder);
            changes.extend(missing);
            said.extend(more);
            Ok::<_, StoreError>((changes, said))
        });
        accepted.await?
    }

    /// Tells whether there were events of a dataset that are not there any more: they cannot be read, were evicted,
    /// or have expired.
    pub fn misses_events(&self, lens: Lens, dataset: &str) -> bool {
        let Ok(state) = self.shared.state.read() else {
            return false;
        };
        let key = dataset_key(lens, dataset);
        let is_gone = |reason: &str| {
            let key = gone_key(lens, reason, &key);
            state.documents.get(GONE, &key).is_some()
        };
        let of = Some((lens, key.clone()));
        state.lost.iter().any(|lost| lost.of == of) || is_gone("full") || is_gone("old")
    }
}

/// Returns which events of these parts an answer about `window` leaves out.
pub fn unread_of_parts(parts: &[Arc<Part>], window: Window, reads: Reads<'_>) -> LeftOut {
    let mut left_out = LeftOut::default();
    for part in parts.iter().filter(|part| part.meets(window)) {
        let is_damaged = match reads {
            Reads::Heads => false,
            Reads::Columns(names) => part.has_failed(names.iter().copied()),
            Reads::Everything => !part.is_wholly_sound(),
        };
        if !is_damaged {
            continue;
        }
        // Whatever reads a damaged part reads its pieces.
        if let Some(pieces) = part.pieces() {
            left_out.add(unread_of_parts(pieces, window, reads));
            continue;
        }
        // Without times, all of them may be in the window.
        let are_times_known = part.is_sound([]);
        let is_within = window.contains(part.first_time()) && window.contains(part.last_time());
        let n_events = match are_times_known {
            true => part.rows_within(window).len(),
            false => part.len(),
        };
        if n_events == 0 {
            continue;
        }
        let file = part.file.as_ref().map(|file| shown(&file.path));
        left_out.add_unread(Unread {
            file: file.unwrap_or_else(|| "memory".to_string()),
            events: n_events as u64,
            may_be_more: false,
            may_be_elsewhere: !are_times_known && !is_within,
            reason: "some of its bytes are not what was written".to_string(),
        });
    }
    left_out
}

/// Returns a file's name inside the data folder.
pub fn shown(path: &Path) -> String {
    let mut names: Vec<_> = path.iter().rev().take(2).collect();
    names.reverse();
    let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

/// Events that are about to leave, and why.
pub struct Leaving<'p> {
    /// Of which dataset, by lens and name.
    pub of: (Lens, &'p str),
    /// How many.
    pub events: u64,
    /// The time of the oldest and of the newest.
    pub times: (i64, i64),
    /// Why.
    pub why: GoneWhy,
}

impl<'p> Leaving<'p> {
    /// Returns all events of a part.
    pub fn all_of(part: &'p Part, why: GoneWhy) -> Leaving<'p> {
        Leaving {
            of: (part.lens, &part.dataset),
            events: part.len() as u64,
            times: (part.first_time(), part.last_time()),
            why,
        }
    }
}

/// Returns the changes that remember what leaves.
pub fn remembered<'p>(
    documents: &Documents,
    leaving: impl IntoIterator<Item = Leaving<'p>>,
) -> Vec<Change> {
    let mut changes: Vec<(String, Value)> = Vec::new();
    for Leaving {
        of: (lens, dataset),
        events,
        times: (first, last),
        why,
    } in leaving
    {
        let (reason, limit) = match why {
            GoneWhy::Full { keep_bytes } => ("full", keep_bytes),
            GoneWhy::Old { keep_seconds } => ("old", keep_seconds),
        };
        let key = gone_key(lens, reason, &dataset_key(lens, dataset));
        let place = changes.iter().position(|(known, _)| *known == key);
        let known = place.and_then(|place| changes.get(place));
        let known = known.map(|(_, value)| value);
        let known = known.or_else(|| documents.get(GONE, &key)).cloned();
        let known = known.unwrap_or(Value::Null);
        let time = |name: &str, of: fn(i64, i64) -> i64, time: i64| {
            known[name].as_i64().map_or(time, |known| of(known, time))
        };
        let value = json!({
            "events": known["events"].as_u64().unwrap_or(0).saturating_add(events),
            "oldest": time("oldest", i64::min, first),
            "newest": time("newest", i64::max, last),
            "limit": limit,
        });
        match place.and_then(|place| changes.get_mut(place)) {
            Some(change) => change.1 = value,
            None => changes.push((key, value)),
        }
    }
    let put = |(key, value)| Change::Put {
        table: GONE,
        key,
        value,
    };
    changes.into_iter().map(put).collect()
}

/// Returns the changes after which a dataset that was deleted has never lost anything.
pub fn forgotten(documents: &Documents, lens: Lens, dataset: &str) -> Vec<Change> {
    let keys = ["full", "old"].map(|reason| gone_key(lens, reason, &dataset_key(lens, dataset)));
    let known = keys
        .into_iter()
        .filter(|key| documents.get(GONE, key).is_some());
    known
        .map(|key| Change::Delete { table: GONE, key })
        .collect()
}

fn gone_key(lens: Lens, reason: &str, dataset: &str) -> String {
    format!("{}/{reason}/{dataset}", codec::lens_code(lens))
}

fn gone(
    documents: &Documents,
    lens: Lens,
    dataset: Option<&str>,
    window: Window,
    left_out: &mut LeftOut,
) {
    for reason in ["full", "old"] {
        let prefix = gone_key(lens, reason, dataset.unwrap_or_default());
        let found = documents.list(GONE, &prefix);
        for (_, value) in found.filter(|(key, _)| dataset.is_none() || *key == prefix) {
            let number = |name: &str| value[name].as_u64().unwrap_or(0);
            let (oldest, newest) = (value["oldest"].as_i64(), value["newest"].as_i64());
            let Some((oldest, newest)) = oldest.zip(newest) else {
                continue;
            };
            if !window.meets(oldest, newest) {
                continue;
            }
            let why = match reason {
                "full" => GoneWhy::Full {
                    keep_bytes: number("limit"),
                },
                _ => GoneWhy::Old {
                    keep_seconds: number("limit"),
                },
            };
            left_out.add_gone(Gone {
                before: newest.saturating_add(1),
                events: number("events"),
                why,
            });
        }
    }
}

impl State {
    /// Takes it that events are lost.
    pub fn take_lost(&mut self, lost: Lost) {
        self.lost.push(lost);
    }
}
