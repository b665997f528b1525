//! AWS X-Ray: the rule file, sampling, segments, the service's wire, and both of its ends.

pub mod causes;
pub mod client;
pub mod document;
pub mod filter;
pub mod filter_error;
mod filter_holds;
mod filter_keywords;
mod filter_parser;
mod filter_tokens;
mod findings;
pub(crate) mod json_spans;
pub mod plan;
pub mod rule_file;
mod rule_keys;
mod rule_limits;
mod rule_reader;
pub mod sampler;
pub mod segment;
mod segment_tree;
pub mod server;
mod server_columns;
mod server_errors;
mod server_groups;
mod server_insights;
mod server_pages;
mod server_policies;
mod server_prune;
mod server_retrieval;
mod server_row_tests;
mod server_rules;
mod server_search;
mod server_settings;
mod server_sharing;
mod server_statistics;
mod server_tags;
mod server_targets;
mod server_telemetry;
mod server_traces;
pub(crate) mod summary;
mod tag_limits;
pub mod trace;
pub(crate) mod trace_header;
pub mod wire;

#[cfg(test)]
mod tests;
