//! CloudWatch Logs: the local service, and the client that sends to any.
//!
//! `pattern` and `insights` know no I/O; the `server` files know no client, and the client no server.

pub mod client;
mod event_stream;
pub mod insights;
mod json_scanner;
mod json_values;
pub mod pattern;
pub mod plan;
pub mod server;
mod server_events;
mod server_groups;
mod server_lines;
mod server_live_tail;
#[cfg(test)]
mod server_live_tail_tests;
#[cfg(test)]
mod server_page_tests;
mod server_pages;
mod server_put;
mod server_queries;
#[cfg(test)]
mod server_query_tests;
mod server_refusal;
mod server_state;
mod server_streams;
mod server_tags;
#[cfg(test)]
mod server_tests;
pub mod sink;
mod sink_batch;
#[cfg(test)]
mod sink_tests;
pub mod wire;
