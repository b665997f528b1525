//! Honeycomb's API for events and queries, both ends.
//!
//! `wire` is its JSON, `client` asks, `server` answers from the store; the two ends never name each
//! other.

pub mod client;
pub(crate) mod event;
pub mod server;
mod server_datasets;
mod server_events;
pub mod server_limits;
mod server_markers;
mod server_queries;
mod server_unstored;
mod spec_clauses;
pub(crate) mod spec_reader;
pub mod wire;
