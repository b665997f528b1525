//! For readers that wait for new events, and how many came.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::handle::Store;
use super::part::Part;
use crate::model::span::Lens;

/// How much was stored since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Spans, without the events and links that they carry.
    pub spans: u64,
    /// X-Ray documents: segments, and subsegments that came on their own.
    pub segments: u64,
    /// Log lines.
    pub log_lines: u64,
}

/// The counters behind [`Received`].
#[derive(Default)]
pub(super) struct Counters {
    spans: AtomicU64,
    segments: AtomicU64,
    log_lines: AtomicU64,
}

impl Received {
    /// Returns what these parts hold.
    pub(super) fn of<'p>(parts: impl Iterator<Item = &'p Part>) -> Received {
        let mut received = Received::default();
        for part in parts {
            let n_rows = part.len() as u64;
            match part.lens {
                Lens::Spans => received.spans += n_rows - n_annotations(part),
                Lens::Segments => received.segments += n_rows,
                Lens::Logs => received.log_lines += n_rows,
            }
        }
        received
    }

    /// Returns how much more this is than `earlier`.
    pub fn since(self, earlier: Received) -> Received {
        Received {
            spans: self.spans.saturating_sub(earlier.spans),
            segments: self.segments.saturating_sub(earlier.segments),
            log_lines: self.log_lines.saturating_sub(earlier.log_lines),
        }
    }
}

// A span's events and links are rows of their own, and say so.
fn n_annotations(part: &Part) -> u64 {
    let columns = part.columns_named("meta.annotation_type").iter();
    let n: usize = columns.map(|it| it.present.count(part.len())).sum();
    (n as u64).min(part.len() as u64)
}

impl Counters {
    pub fn add(&self, more: Received) {
        self.spans.fetch_add(more.spans, Ordering::Relaxed);
        self.segments.fetch_add(more.segments, Ordering::Relaxed);
        self.log_lines.fetch_add(more.log_lines, Ordering::Relaxed);
    }

    pub fn read(&self) -> Received {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Received {
            spans: of(&self.spans),
            segments: of(&self.segments),
            log_lines: of(&self.log_lines),
        }
    }
}

impl Store {
    /// Returns how much was stored since the store was opened.
    pub fn received(&self) -> Received {
        self.shared.received.read()
    }

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
