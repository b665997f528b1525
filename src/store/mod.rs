//! Events by column, and small named documents, behind one write-ahead log.
//!
//! What `append` and `transact` acknowledged is on disk and survives `kill -9`. Knows no vendor and
//! no HTTP: a dataset is a lens and a name, an event is a time and fields.

mod block;
pub(crate) mod codec;
mod documents;
mod folder;
mod handle;
pub(crate) mod journal;
mod recover;
mod state;
mod writer;

pub use block::{Block, Column, ColumnData, TextColumn};
pub use documents::{Change, Documents, Table};
pub use folder::OpenError;
pub use handle::{DatasetState, Limits, ReadOnly, Recovery, Store, StoreError};
