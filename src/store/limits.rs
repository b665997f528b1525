//! How much a store may hold, and why something was not stored.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::documents::{Change, Documents};
use super::part::Part;
use super::retention::nanoseconds;
use crate::clock;
use crate::model::span::Lens;

/// How much a store may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A journal file is full, and is sealed, when it is larger than this.
    pub file_bytes: u64,
    /// Or when it holds more events than this.
    pub file_events: u64,
    /// Or when its first event is older than this.
    pub file_age: Duration,
    /// The oldest segment leaves, with its events, when all together are larger than this.
    pub total_bytes: u64,
    /// A segment leaves when the last of its events arrived longer ago than this.
    pub most_age: Option<Duration>,
    /// How long the events of a dataset are kept, by what the documents say; as long as the others if
    /// `None`. What has left that way is not counted as evicted: somebody asked for it.
    pub kept: fn(&Documents, Lens, &str) -> Option<Duration>,
    /// More than this waiting to be written is refused with [`StoreError::Full`].
    pub waiting_bytes: usize,
    /// More than this in full journal files that wait to be sealed, likewise.
    pub unsealed_bytes: u64,
    /// The system's clock: nanoseconds since the epoch.
    pub clock: fn() -> i64,
    /// A clock that is never set: nanoseconds since any moment.
    pub passed: fn() -> i64,
    /// Which documents are made again where both copies are lost: what the events of a dataset say of it.
    pub restored: fn(Lens, &str, &[Arc<Part>]) -> Vec<Change>,
}

// A journal file is never smaller than this, however little is kept.
const LEAST_FILE_BYTES: u64 = 64 << 10;
// How many bytes the parts of a merged segment have at the most.
const MERGED_BYTES: u64 = 48 << 20;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 32 << 20,
            file_events: 1 << 19,
            file_age: Duration::from_secs(600),
            total_bytes: 4 << 30,
            // As long as Honeycomb keeps events.
            most_age: Some(Duration::from_secs(60 * 86_400)),
            kept: |_, _, _| None,
            waiting_bytes: 64 << 20,
            unsealed_bytes: 96 << 20,
            clock: clock::now,
            passed: clock::passed,
            restored: |_, _, _| Vec::new(),
        }
    }
}

impl Limits {
    /// Returns these limits with journal files small enough that what is kept is many segments: the oldest leaves,
    /// not all.
    pub(super) fn fitting(self) -> Limits {
        let most = (self.total_bytes / 8).max(LEAST_FILE_BYTES);
        Limits {
            file_bytes: self.file_bytes.min(most),
            ..self
        }
    }

    /// Returns how many bytes the parts of a merged segment have at the most.
    pub(super) fn merged_bytes(&self) -> u64 {
        MERGED_BYTES.min(self.total_bytes / 4)
    }

    /// Returns within how many nanoseconds the events of a merged segment arrived: it leaves as a whole, so none of
    /// them stays for much longer than it should.
    pub(super) fn merged_range(&self) -> i64 {
        self.most_age
            .map_or(i64::MAX, |age| nanoseconds(age) / MERGED_SHARE)
    }
}

// A merged segment spans at most one part in so many of the time that events are kept.
const MERGED_SHARE: i64 = 12;

/// Why something was not stored; it was not acknowledged and is not there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting to be written; trying again in a second helps.
    #[error("the store cannot keep up: too much is waiting to be written")]
    Full,
    /// A single batch is larger than a record may be.
    #[error("a batch of {bytes} bytes is too large to be stored at once")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The disk refused. The reason is in the sentence, since servers answer with that alone.
    #[error("cannot write to the data folder: {0}")]
    Io(Arc<io::Error>),
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}
