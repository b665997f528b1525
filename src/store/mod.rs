//! Events by column, and small named documents, behind one write-ahead log.
//!
//! What `append` and `transact` acknowledged is on disk and survives `kill -9`. Knows no vendor and
//! no HTTP: a dataset is a lens and a name, an event is a time and fields.

mod block;
mod build;
mod codec;
mod column;
mod documents;
mod filling;
mod folder;
mod handle;
mod hex;
mod ids;
mod journal;
mod merge;
mod part;
mod recover;
mod state;
mod texts;
mod writer;

pub use block::{Block, Column as BlockColumn, ColumnData as BlockData, TextColumn};
pub use build::{Field, PartBuilder, Prepared, ValueRef};
pub use column::{Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs};
pub use documents::{Change, Documents, Table};
pub use folder::OpenError;
pub use handle::{DatasetState, Limits, ReadOnly, Recovery, Store, StoreError};
pub use hex::{bytes_of as hex_bytes, push_text as push_hex};
pub use ids::IdIndex;
pub use part::{Part, Rates, TextColumn as PartText};
pub use texts::Texts;
