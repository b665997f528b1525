//! Whole runs of the binary, and of its doors over real HTTP.
//!
//! One module for each topic. `place` gives every test a home, a data folder and an environment of
//! its own; `http` and `otlp_text` are small clients that share no code with the servers;
//! `compression` packs what they send; `odd_logs` and `odd_honeycomb` are services that misbehave; `traffic` sends
//! numbered spans from many sides at once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml allows these inside tests only; here everything serves one"
)]

mod compression;
mod http;
mod known_data;
mod odd_honeycomb;
mod odd_logs;
mod otlp_logs;
mod otlp_text;
mod place;
mod question;
mod rust_source;
mod slow_aws;
mod traffic;

mod annotations;
mod backend_faults;
mod backend_routes;
mod both;
mod browser;
mod columns;
mod completions;
mod crash;
mod daemon;
mod damage;
mod damage_live;
mod damage_trials;
mod datasets;
mod demo;
mod derived;
mod env_run;
mod events;
mod full_disk;
mod fuzz_seeds;
mod grpc;
mod honeycomb;
mod honeycomb_cloud;
mod init;
mod intake_limits;
mod keyed;
mod layers;
mod left_out;
mod load;
mod logs;
mod logs_query;
mod marker_settings;
mod markers;
mod metrics;
mod mistakes;
mod odd_segments;
mod one_port;
mod otlp;
mod outage;
mod pictures;
mod readme;
mod sampling;
mod scenes;
mod serve;
mod set_up_once;
mod setup;
mod ship;
mod stack;
mod store;
mod strangers;
mod strict;
mod tail;
mod trace_lenses;
mod traces;
mod unserved;
mod usage;
mod verdicts;
mod why;
mod xray;
mod zones;
