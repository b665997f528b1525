//! For readers that wait for new events.

use std::sync::Arc;

use tokio::sync::watch;

use super::handle::Store;
use super::part::Part;
use crate::model::span::Lens;

impl Store {
    /// Returns those parts of a dataset that may hold events with this number or a later one.
    pub fn parts_since(&self, lens: Lens, dataset: &str, sequence: u64) -> Vec<Arc<Part>> {
        let mut parts = self.parts(lens, dataset);
        parts.retain(|part| part.last_sequence() >= sequence);
        parts
    }

    /// Returns what says which number the next event will have, and hears of it as soon as others can be
    /// read. `None` once nobody should wait any more: see [`Store::dismiss`].
    pub fn arrivals(&self) -> watch::Receiver<Option<u64>> {
        self.shared.arrivals.subscribe()
    }

    /// Tells everybody who waits for new events to wait no longer; for a store that is to be closed.
    pub fn dismiss(&self) {
        self.shared.arrivals.send_replace(None);
    }
}
