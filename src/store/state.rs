//! What readers see: datasets by part, documents, and how records change them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::codec;
use super::documents::Documents;
use super::handle::DatasetState;
use super::journal::{Kind, Record};
use super::left_out::Lost;
use super::part::Part;
use super::sealer::{COUNTERS, EVICTED};
use crate::model::span::{Lens, slug};

/// A dataset's place among all: its lens, and its name as names are told apart there.
pub type DatasetKey = (Lens, String);

/// What readers see.
#[derive(Default)]
pub struct State {
    pub documents: Documents,
    pub next_sequence: u64,
    /// Events that no part has.
    pub lost: Vec<Lost>,
    datasets: BTreeMap<DatasetKey, Dataset>,
    // Counts datasets that were made, so that one made anew is not taken for the one before.
    n_made: u64,
}

/// The parts of one dataset, each list in the order of arrival.
pub struct Dataset {
    /// The name as it was spelt first.
    pub name: Arc<str>,
    /// Which of all datasets ever made this is.
    pub made: u64,
    // The names of all columns that any part has had.
    names: HashSet<Arc<str>>,
    /// What is in files.
    pub segments: Vec<Arc<Part>>,
    /// What is in memory, with the journal file that holds it.
    pub recent: Vec<(u64, Arc<Part>)>,
}

impl Dataset {
    /// Returns all parts, in the order of arrival.
    pub fn parts(&self) -> impl Iterator<Item = &Arc<Part>> {
        self.segments
            .iter()
            .chain(self.recent.iter().map(|(_, part)| part))
    }

    /// Takes a part that was sealed, in its place by arrival: one before it may have been set aside until now.
    pub fn take_sealed(&mut self, part: Arc<Part>) {
        let first = part.first_sequence();
        let place = |other: &Arc<Part>| other.first_sequence() <= first;
        let place = self.segments.partition_point(place);
        self.segments.insert(place, part);
    }

    fn state(&self) -> DatasetState {
        DatasetState {
            name: self.name.to_string(),
            events: self.parts().map(|part| part.len() as u64).sum(),
            last_time: self.parts().map(|part| part.last_time()).max().unwrap_or(0),
        }
    }
}

impl State {
    /// Returns the parts of a dataset.
    pub fn parts(&self, lens: Lens, dataset: &str) -> Vec<Arc<Part>> {
        let dataset = self.datasets.get(&(lens, dataset_key(lens, dataset)));
        dataset.map_or_else(Vec::new, |dataset| dataset.parts().cloned().collect())
    }

    /// Returns the parts of every dataset of a lens.
    pub fn all_parts(&self, lens: Lens) -> Vec<Arc<Part>> {
        let datasets = self.datasets.iter().filter(|((of, _), _)| *of == lens);
        datasets
            .flat_map(|(_, dataset)| dataset.parts().cloned())
            .collect()
    }

    /// Returns the datasets of a lens by key.
    pub fn datasets(&self, lens: Lens) -> Vec<(String, DatasetState)> {
        let datasets = self.datasets.iter().filter(|((of, _), _)| *of == lens);
        datasets
            .map(|((_, key), dataset)| (key.clone(), dataset.state()))
            .collect()
    }

    /// Returns every dataset of every lens.
    pub fn every_dataset(&self) -> impl Iterator<Item = (&DatasetKey, &Dataset)> {
        self.datasets.iter()
    }

    /// Returns a dataset.
    pub fn dataset(&self, key: &DatasetKey) -> Option<&Dataset> {
        self.datasets.get(key)
    }

    /// Returns a dataset, to change it.
    pub fn dataset_mut(&mut self, key: &DatasetKey) -> Option<&mut Dataset> {
        self.datasets.get_mut(key)
    }

    /// Returns every part that is mapped from a file.
    pub fn segments(&self) -> impl Iterator<Item = &Arc<Part>> {
        self.datasets.values().flat_map(|dataset| &dataset.segments)
    }

    /// Returns how many events have left for lack of room or for their age.
    pub fn evicted_events(&self) -> u64 {
        let count = self.documents.get(COUNTERS, EVICTED);
        count.and_then(|count| count.as_u64()).unwrap_or(0)
    }

    /// Takes a part whose events are in a journal file.
    pub fn take_recent(&mut self, part: Arc<Part>, journal_file: u64) {
        self.dataset_of(&part).recent.push((journal_file, part));
    }

    /// Takes a part that is mapped from a file; it comes after those that are already there.
    pub fn take_segment(&mut self, part: Arc<Part>) {
        self.dataset_of(&part).segments.push(part);
    }

    fn dataset_of(&mut self, part: &Part) -> &mut Dataset {
        let key = (part.lens, dataset_key(part.lens, &part.dataset));
        let dataset = self.datasets.entry(key).or_insert_with(|| {
            self.n_made += 1;
            Dataset {
                name: part.dataset.clone(),
                made: self.n_made,
                names: HashSet::new(),
                segments: Vec::new(),
                recent: Vec::new(),
            }
        });
        for name in part.names() {
            if !dataset.names.contains(name) {
                dataset.names.insert(name.clone());
            }
        }
        dataset
    }

    /// Returns the names of a dataset's columns; `None` if there is no such dataset.
    pub fn names(&self, lens: Lens, dataset: &str) -> Option<&HashSet<Arc<str>>> {
        let dataset = self.datasets.get(&(lens, dataset_key(lens, dataset)))?;
        Some(&dataset.names)
    }

    /// Returns how many datasets of a lens there are.
    pub fn n_datasets(&self, lens: Lens) -> usize {
        let of_lens = (lens, String::new())..;
        let keys = self.datasets.range(of_lens).map(|((of, _), _)| of);
        keys.take_while(|of| **of == lens).count()
    }

    /// Forgets a dataset; returns the parts of it that are mapped from files.
    pub fn forget(&mut self, lens: Lens, dataset: &str) -> Vec<Arc<Part>> {
        let key = (lens, dataset_key(lens, dataset));
        self.lost.retain(|lost| lost.of.as_ref() != Some(&key));
        let forgotten = self.datasets.remove(&key);
        forgotten.map_or_else(Vec::new, |dataset| dataset.segments)
    }

    /// Leaves segments out, and the datasets that have no part any more.
    pub fn drop_segments(&mut self, leaves: impl Fn(&Arc<Part>) -> bool) {
        for dataset in self.datasets.values_mut() {
            dataset.segments.retain(|part| !leaves(part));
        }
        self.datasets
            .retain(|_, dataset| dataset.parts().next().is_some());
    }

    /// Applies a record as it was applied when it was written, and returns how many events it has; `None` if its
    /// content is unknown.
    ///
    /// What a record forgets in files is added to `forgotten`. Documents count only if `has_documents`: in
    /// folders of format 2 they stand in the journal.
    pub fn replay(
        &mut self,
        record: &Record<'_>,
        journal_file: u64,
        has_documents: bool,
        forgotten: &mut Vec<Arc<Part>>,
    ) -> Option<u64> {
        self.next_sequence = self.next_sequence.max(record.sequence);
        let json = || serde_json::from_slice::<serde_json::Value>(record.payload).ok();
        match record.kind {
            Kind::Part => {
                let part = codec::decode(record.payload, record.sequence).ok()?;
                let n_events = part.len() as u64;
                let next = record.sequence.saturating_add(n_events);
                self.next_sequence = self.next_sequence.max(next);
                self.take_recent(Arc::new(part), journal_file);
                return Some(n_events);
            }
            Kind::Documents | Kind::Snapshot if !has_documents => {}
            Kind::Documents => self.documents.apply(json()?),
            Kind::Snapshot => {
                let changes = json()?;
                self.documents = Documents::default();
                self.documents.apply(changes);
            }
            Kind::Forget => {
                let (lens, dataset) = to_forget(record.payload)?;
                forgotten.extend(self.forget(lens, dataset));
            }
        }
        Some(0)
    }
}

/// Returns the payload of a record that forgets a dataset.
pub fn forget_payload(lens: Lens, dataset: &str) -> Vec<u8> {
    let mut payload = vec![codec::lens_code(lens)];
    payload.extend_from_slice(dataset.as_bytes());
    payload
}

fn to_forget(payload: &[u8]) -> Option<(Lens, &str)> {
    let (lens, dataset) = payload.split_first()?;
    Some((codec::lens_of(*lens)?, std::str::from_utf8(dataset).ok()?))
}

/// Returns the key of a dataset: span datasets are told apart as Honeycomb does it, by slug; the others by their
/// exact name.
pub fn dataset_key(lens: Lens, name: &str) -> String {
    match lens {
        Lens::Spans => slug(name),
        Lens::Logs | Lens::Segments => name.to_string(),
    }
}
