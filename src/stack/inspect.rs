//! Looks into a data folder without owning it.

use std::path::Path;

use crate::model::span::Lens;
use crate::store::{OpenError, Store};

/// What a data folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The datasets of all lenses, in the order of [`Lens`] and name.
    pub datasets: Vec<Held>,
    /// How many journal files there are.
    pub n_files: usize,
    /// How long they are together.
    pub n_bytes: u64,
    /// One sentence for each damaged place.
    pub damage: Vec<String>,
}

/// A dataset and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// `spans`, `log lines` or `segments`.
    pub lens: &'static str,
    /// Its name; `region/group` of a log group, the region of segments.
    pub name: String,
    /// How many events.
    pub events: u64,
    /// Time of the newest, nanoseconds since the epoch.
    pub newest: i64,
}

/// Reads the whole folder and says what is in it; nothing on disk changes.
///
/// # Errors
/// See [`OpenError`]; `Io` if there is no such folder.
pub fn inspect(folder: &Path) -> Result<Inspection, OpenError> {
    let read = Store::read_only(folder)?;
    let lenses = [
        (Lens::Spans, "spans"),
        (Lens::Logs, "log lines"),
        (Lens::Segments, "segments"),
    ];
    let mut datasets = Vec::new();
    for (lens, name) in lenses {
        datasets.extend(
            read.store
                .datasets(lens)
                .into_iter()
                .map(|(_, state)| Held {
                    lens: name,
                    name: state.name,
                    events: state.events,
                    newest: state.last_time,
                }),
        );
    }
    Ok(Inspection {
        datasets,
        n_files: read.n_files,
        n_bytes: read.n_bytes,
        damage: read.store.recovery().damage.clone(),
    })
}
