//! Whole runs of the binary, and of its doors over real HTTP.

mod layers;
mod rust_source;
