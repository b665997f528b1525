//! Honeycomb's query API, both ends.
//!
//! `wire` is its JSON, `client` asks, `server` answers from the store; the two ends never name each
//! other.

pub mod client;
pub mod server;
mod server_datasets;
mod server_queries;
mod spec_clauses;
mod spec_reader;
pub mod wire;
