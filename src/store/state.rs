//! What readers see: datasets by block, documents, and how records change them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{Block, Places};
use super::codec;
use super::documents::Documents;
use super::handle::DatasetState;
use super::journal::{Kind, Record};
use crate::model::span::{Lens, slug};

/// What readers see.
#[derive(Default)]
pub struct State {
    pub documents: Documents,
    pub next_sequence: u64,
    datasets: BTreeMap<(Lens, String), Dataset>,
    evicted_events: u64,
}

struct Dataset {
    name: String,
    // All but the last are full or closed. Appending to the last copies it only while somebody
    // reads it.
    blocks: Vec<Arc<Block>>,
    is_last_open: bool,
}

impl Dataset {
    fn state(&self) -> DatasetState {
        DatasetState {
            name: self.name.clone(),
            events: self.blocks.iter().map(|block| block.len() as u64).sum(),
            last_time: self
                .blocks
                .iter()
                .map(|block| block.last_time())
                .max()
                .unwrap_or(0),
        }
    }
}

impl State {
    /// Returns the blocks of a dataset.
    pub fn blocks(&self, lens: Lens, dataset: &str) -> Vec<Arc<Block>> {
        let key = (lens, dataset_key(lens, dataset));
        self.datasets
            .get(&key)
            .map(|dataset| dataset.blocks.clone())
            .unwrap_or_default()
    }

    /// Returns the blocks of every dataset of a lens.
    pub fn all_blocks(&self, lens: Lens) -> Vec<Arc<Block>> {
        let datasets = self.datasets.iter().filter(|((of, _), _)| *of == lens);
        datasets
            .flat_map(|(_, dataset)| dataset.blocks.iter().cloned())
            .collect()
    }

    /// Returns the datasets of a lens by key.
    pub fn datasets(&self, lens: Lens) -> Vec<(String, DatasetState)> {
        let datasets = self.datasets.iter().filter(|((of, _), _)| *of == lens);
        datasets
            .map(|((_, key), dataset)| (key.clone(), dataset.state()))
            .collect()
    }

    /// Returns how many events have left because the store was full.
    pub fn evicted_events(&self) -> u64 {
        self.evicted_events
    }

    /// Takes an encoded batch whose first event has number `sequence`; `false` if it is not a batch.
    pub fn take_batch(&mut self, bytes: &[u8], sequence: u64, journal_file: u64) -> bool {
        self.try_take_batch(bytes, sequence, journal_file).is_ok()
    }

    fn try_take_batch(
        &mut self,
        bytes: &[u8],
        first_sequence: u64,
        journal_file: u64,
    ) -> Result<(), codec::NotABatch> {
        let mut reader = codec::Reader::new(bytes)?;
        self.next_sequence = self
            .next_sequence
            .max(first_sequence.saturating_add(reader.n_events));
        let key = (reader.lens, dataset_key(reader.lens, reader.dataset));
        let dataset = self.datasets.entry(key).or_insert_with(|| Dataset {
            name: reader.dataset.to_string(),
            blocks: Vec::new(),
            is_last_open: false,
        });
        let names = reader.names.clone();
        let mut places = vec![Places::default(); names.len()];
        let mut sequence = first_sequence;
        while let Some(head) = reader.next_event()? {
            let needs_block =
                !dataset.is_last_open || dataset.blocks.last().is_none_or(|block| block.is_full());
            if needs_block {
                dataset.blocks.push(Arc::new(Block::new(journal_file)));
                dataset.is_last_open = true;
                places.fill(Places::default());
            }
            let Some(block) = dataset.blocks.last_mut() else {
                break;
            };
            // Copied only while somebody reads it.
            let block = Arc::make_mut(block);
            block.begin_row(sequence, head.time, head.sample_rate);
            sequence = sequence.saturating_add(1);
            for _ in 0..head.n_fields {
                let (name, value) = reader.next_field()?;
                if let (Some(text), Some(places)) = (names.get(name), places.get_mut(name)) {
                    block.put(text, places, value);
                }
            }
        }
        Ok(())
    }

    pub fn forget(&mut self, lens: Lens, dataset: &str) {
        self.datasets.remove(&(lens, dataset_key(lens, dataset)));
    }

    /// Applies a record as it was applied when it was written; `false` if its content is unknown.
    pub fn replay(&mut self, record: &Record<'_>, journal_file: u64) -> bool {
        self.next_sequence = self.next_sequence.max(record.sequence);
        let json = || serde_json::from_slice::<serde_json::Value>(record.payload).ok();
        match record.kind {
            Kind::Batch => return self.take_batch(record.payload, record.sequence, journal_file),
            Kind::Documents => {
                let Some(changes) = json() else { return false };
                self.documents.apply(changes);
            }
            Kind::Snapshot => {
                let Some(changes) = json() else { return false };
                self.documents = Documents::default();
                self.documents.apply(changes);
            }
            Kind::Forget => {
                let Some((lens, dataset)) = forgotten(record.payload) else {
                    return false;
                };
                self.forget(lens, dataset);
            }
        }
        true
    }

    pub fn close_blocks(&mut self) {
        for dataset in self.datasets.values_mut() {
            dataset.is_last_open = false;
        }
    }

    pub fn evict_file(&mut self, journal_file: u64) {
        for dataset in self.datasets.values_mut() {
            dataset.blocks.retain(|block| {
                let stays = block.journal_file != journal_file;
                if !stays {
                    self.evicted_events += block.len() as u64;
                }
                stays
            });
        }
        self.datasets
            .retain(|_, dataset| !dataset.blocks.is_empty());
    }
}

/// Returns the payload of a record that forgets a dataset.
pub fn forget_payload(lens: Lens, dataset: &str) -> Vec<u8> {
    let mut payload = vec![codec::lens_code(lens)];
    payload.extend_from_slice(dataset.as_bytes());
    payload
}

fn forgotten(payload: &[u8]) -> Option<(Lens, &str)> {
    let (lens, dataset) = payload.split_first()?;
    Some((codec::lens_of(*lens)?, std::str::from_utf8(dataset).ok()?))
}

// Span datasets are told apart as Honeycomb does it, by slug; the others by their exact name.
fn dataset_key(lens: Lens, name: &str) -> String {
    match lens {
        Lens::Spans => slug(name),
        Lens::Logs | Lens::Segments => name.to_string(),
    }
}
