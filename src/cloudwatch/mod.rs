//! CloudWatch Logs: the local service, and the client that sends to any.
//!
//! `pattern`, `insights`, `lines` and `line_time` know no I/O; the `server` files know no client, and the
//! client no server. `sink` takes lines, `sink_intake` puts them on disk, `sink_queue` and `sink_files` are
//! what is there, `sink_spool` the folder of it, and `sink_courier` sends what waits.

pub mod client;
mod event_stream;
pub mod insights;
mod json_scanner;
mod line_moment;
pub mod line_time;
pub mod lines;
pub mod pattern;
pub mod plan;
pub mod server;
mod server_events;
mod server_groups;
mod server_limits;
mod server_lines;
mod server_live_tail;
#[cfg(test)]
mod server_live_tail_tests;
mod server_metric_filter;
mod server_model;
#[cfg(test)]
mod server_model_tests;
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
mod server_token;
pub mod sink;
mod sink_batch;
mod sink_courier;
mod sink_delivery;
mod sink_files;
mod sink_intake;
mod sink_position;
mod sink_queue;
#[cfg(test)]
mod sink_queue_tests;
mod sink_reader;
mod sink_spool;
#[cfg(test)]
mod sink_tests;
pub mod tail;
mod tail_live;
mod tail_order;
mod tail_reader;
mod tail_seen;
mod tail_shared;
pub mod wire;
