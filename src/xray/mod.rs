//! AWS X-Ray: the rule file, sampling, segments, the service's wire, and both of its ends.

pub mod client;
pub mod daemon;
mod daemon_counts;
mod daemon_queue;
pub mod datagram;
pub mod document;
pub mod filter;
mod filter_parser;
mod filter_tokens;
mod findings;
mod intake;
pub(crate) mod json_spans;
mod otlp_spans;
pub mod plan;
pub mod reject;
pub mod rule_file;
mod rule_keys;
mod rule_limits;
mod rule_reader;
pub mod sampler;
pub mod segment;
pub mod server;
mod server_errors;
mod server_groups;
pub mod server_rejects;
mod server_rules;
mod server_targets;
mod server_traces;
pub(crate) mod summary;
pub mod trace;
pub(crate) mod trace_header;
pub mod wire;

#[cfg(test)]
mod tests;
