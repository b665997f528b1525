//! Honeycomb's API for events and queries, both ends.
//!
//! `wire` is its JSON, `client` asks, `server` answers from the store; the two ends never name each
//! other.

pub mod client;
pub(crate) mod event;
mod msgpack;
pub mod server;
mod server_annotations;
mod server_columns;
mod server_datasets;
mod server_definitions;
mod server_derived;
mod server_events;
mod server_fields;
pub mod server_limits;
mod server_marker_settings;
mod server_markers;
mod server_queries;
mod server_refusal;
mod server_result_page;
mod server_results;
mod server_snapshot;
mod server_stored;
mod server_unserved;
mod server_unstored;
mod spec_clauses;
pub(crate) mod spec_reader;
mod spec_rules;
pub mod wire;
