//! Events by column, and small named documents, behind one write-ahead log.
//!
//! What `append` and `transact` acknowledged is on disk and survives `kill -9`. Knows no vendor and
//! no HTTP: a dataset is a lens and a name, an event is a time and fields.
//!
//! The way of an event: a [`PartBuilder`] makes a [`Part`] of those that came together; the writer puts
//! its bytes into the journal and shows it to readers; when the journal file is full, the sealer makes
//! one segment file of all its parts, and later one of several small segments. Readers see parts, and
//! never know where they are.

mod admit;
mod arrivals;
mod aside;
mod blocks;
mod build;
pub(crate) mod codec;
mod column;
mod cost;
pub(crate) mod directory;
mod document_file;
mod document_log;
mod documents;
mod evict;
mod export;
mod filling;
mod folder;
mod gaps;
mod handle;
mod health;
mod hex;
mod ids;
pub(crate) mod journal;
mod journal_file;
mod left_out;
mod limits;
mod manifest;
mod merge;
mod merge_choice;
mod notices;
mod open;
mod open_files;
mod part;
mod piece_columns;
mod piece_rare;
mod pieces;
mod rare;
mod recover;
mod recover_journal;
mod recover_losses;
mod retention;
mod seal;
mod sealer;
mod segment_found;
mod segment_rare;
pub(crate) mod segment_read;
mod segment_write;
mod shared;
mod state;
mod take_over;
mod texts;
mod writer;

pub use admit::{Excess, LONGEST_NAME, MOST_COLUMNS, MOST_DATASETS, Refused, RefusedCounts};
pub use arrivals::Received;
pub use build::{Field, PartBuilder, Prepared, ValueRef};
pub use column::{Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs};
pub use documents::{Change, Documents, Table};
pub use export::{ExportError, Exported, export};
pub use folder::{OpenError, Place};
pub use handle::{DatasetState, Store};
pub use hex::{bytes_of as hex_bytes, push_text as push_hex};
pub use ids::IdIndex;
pub use left_out::{Reads, unread_of_parts};
pub use limits::{Limits, StoreError};
pub use open::ReadOnly;
pub use part::{FieldKind, FieldSeen, Part, PartColumns, Rates, TextColumn};
pub use pieces::readable;
pub use retention::HeldBack;
pub use shared::Warnings;
pub use texts::Texts;

/// Returns the random number that binds the records of a data folder to it, for the fuzzer.
pub(crate) fn folder_salt(folder: &std::path::Path) -> Option<u64> {
    folder::format(folder).ok()?.salt
}
