//! The shared words: time, events, questions, answers, rules and plans.
//!
//! Knows no clap, no terminal, no clock, no vendor's JSON and no I/O.

pub mod answer;
pub mod catalogue;
pub mod contrast;
pub mod counts;
pub mod diagnostic;
pub mod dynamic_name;
pub mod endpoint;
pub mod foreign;
pub mod formula;
pub mod known_services;
pub mod left_out;
pub mod log;
pub mod log_cost;
pub mod log_shape;
pub mod origin;
pub mod plan;
pub mod query;
pub mod rank_interval;
pub mod recorded;
pub mod region;
pub mod request_line;
pub mod sampling;
pub mod sampling_cost;
pub mod sampling_cover;
pub mod sampling_doubts;
pub mod sampling_explain;
pub mod sampling_match;
pub mod sampling_run;
pub mod sampling_target;
pub mod sampling_wildcard;
pub mod service_graph;
pub mod span;
pub mod span_tree;
pub mod tag_limits;
pub mod three_lenses;
pub mod time;
pub mod trace_id;
pub mod trace_summary;
pub mod trace_tree;
pub mod wanted;
pub mod why;
pub mod width;
pub mod written_time;
pub mod zone;
