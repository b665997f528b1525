//! Looks into a data folder without owning it.

use std::path::Path;

use crate::model::left_out::LeftOut;
use crate::model::span::Lens;
use crate::model::time::Window;
use crate::store::{self, ExportError, Exported, OpenError, Reads, Store};

/// What a data folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The datasets of all lenses, in the order of [`Lens`] and name.
    pub datasets: Vec<Held>,
    /// How many journal files there are, and how many bytes they have together.
    pub journal: (usize, u64),
    /// How many segment files there are, and how many bytes they have together.
    pub segments: (usize, u64),
    /// How many events have ever left for lack of room or for their age.
    pub evicted: u64,
    /// How many events can be read in full, if that was asked for.
    pub readable: Option<u64>,
    /// One sentence for each damaged place.
    pub damage: Vec<String>,
    /// One sentence for each journal file that cannot be sealed; its events are among those of the datasets.
    pub set_aside: Vec<String>,
    /// What has not expired since the system's clock is not believed, as a sentence.
    pub held_back: Option<String>,
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

/// Says what is in the folder; nothing on disk changes. Reads every byte if it is to find all damage.
///
/// # Errors
/// See [`OpenError`]; `Io` if there is no such folder.
pub fn inspect(folder: &Path, finds_all_damage: bool) -> Result<Inspection, OpenError> {
    let read = Store::read_only(folder)?;
    let readable = finds_all_damage.then(|| read.store.verify());
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
        journal: read.journal,
        segments: read.segments,
        evicted: read.store.evicted_events(),
        readable,
        damage: read.store.damage(),
        set_aside: read.store.set_aside(),
        held_back: read
            .store
            .held_back(crate::cloudwatch::server::kept)
            .map(|held_back| held_back.sentence()),
    })
}

/// Which events to export.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The lens.
    pub lens: Lens,
    /// The dataset's name.
    pub dataset: String,
    /// When.
    pub window: Window,
}

/// Writes events of a folder to a file, and returns how many and what is left out; `None` if there is no such dataset. Nothing in the folder changes.
///
/// `progress` is told how many events have been written, and of how many at the most.
///
/// # Errors
/// See [`OpenError`] and [`ExportError`].
pub fn export(
    folder: &Path,
    wanted: &Wanted,
    file: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<Result<Option<(Exported, LeftOut)>, ExportError>, OpenError> {
    let read = Store::read_only(folder)?;
    let parts = read.store.parts(wanted.lens, &wanted.dataset);
    let is_lost = read.store.misses_events(wanted.lens, &wanted.dataset);
    if parts.is_empty() && !is_lost {
        return Ok(Ok(None));
    }
    let most = parts
        .iter()
        .map(|part| part.rows_within(wanted.window).len() as u64)
        .sum();
    let exported = store::export(&parts, wanted.window, file, |written| {
        progress(written, most)
    });
    let (dataset, reads) = (Some(wanted.dataset.as_str()), Reads::Everything);
    let left_out = read
        .store
        .left_out(wanted.lens, dataset, wanted.window, reads);
    Ok(exported.map(|exported| Some((exported, left_out))))
}
