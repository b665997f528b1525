//! What became of the lines of a sink.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::client::Rejected;
use super::sink_queue::SpoolError;

/// What became of the lines, in the end or so far.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Put on disk by this sink.
    pub accepted: u64,
    /// Found on disk, left behind by others.
    pub from_before: u64,
    /// Taken by the service.
    pub delivered: u64,
    /// Turned away by the service, and why.
    pub rejected: Rejections,
    /// On disk, waiting for whoever comes next.
    pub kept: u64,
    /// Not accepted: there was no room, or the disk failed.
    pub dropped: u64,
    /// Bytes of the spool that were damaged and hold no line any more.
    pub n_damaged_bytes: u64,
    /// Whether the group was missing and was made.
    pub has_made_group: bool,
    /// The last thing that went wrong, if anything did.
    pub trouble: Option<String>,
}

/// What the service did not take, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejections {
    /// For their time.
    pub by_time: Rejected,
    /// For what the service said of them.
    pub refused: BTreeMap<String, u64>,
}

impl Rejections {
    /// Returns the number of all of them.
    pub fn total(&self) -> u64 {
        self.by_time.total() as u64 + self.refused.values().sum::<u64>()
    }

    /// Returns the reasons that there were, each with its number.
    pub fn reasons(&self) -> Vec<(String, u64)> {
        let Rejected {
            too_old,
            expired,
            too_new,
        } = self.by_time;
        let by_time = [
            ("more than 14 days old", too_old),
            ("older than the group keeps lines", expired),
            ("more than 2 hours ahead", too_new),
        ];
        let by_time = by_time
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .map(|(reason, n)| (reason.to_string(), n as u64));
        let refused = self.refused.iter();
        by_time
            .chain(refused.map(|(reason, n)| (reason.clone(), *n)))
            .collect()
    }
}

/// Counts what becomes of lines; shared by everybody who works for one sink.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
    settled: watch::Sender<u64>,
}

/// What a tally counts.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Lines that the service has taken.
    pub delivered: u64,
    /// Lines that it turned away.
    pub rejected: Rejections,
    /// Whether the group was missing and was made.
    pub has_made_group: bool,
    /// The last thing that went wrong, if anything did.
    pub trouble: Option<String>,
    /// Whether the service does not take lines at the moment.
    pub is_away: bool,
}

impl Tally {
    /// Returns what was counted so far.
    pub fn counts(&self) -> Counts {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Counts something.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Remembers something that went wrong.
    pub fn say_trouble(&self, trouble: String) {
        self.count(|counts| counts.trouble = Some(trouble));
    }

    /// Says that so many more lines are settled.
    pub fn settle(&self, n_lines: usize) {
        self.settled.send_modify(|n| *n += n_lines as u64);
    }

    /// Sees every [`Tally::settle`].
    pub fn settled(&self) -> watch::Receiver<u64> {
        self.settled.subscribe()
    }
}

/// Returns an error with its cause, in one line.
pub fn in_full(error: &SpoolError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
