//! A question answered from stored events.
//!
//! Pure: takes blocks and a moment, returns an answer; no I/O, no clock, no vendor's JSON.

mod accumulate;
mod filter;
pub(crate) mod formula;
mod gather;
mod granularity;
mod group;
mod heatmap;
mod order;
mod outcome;
mod percentile;
mod run;
#[cfg(test)]
mod truth;
mod view;

pub use granularity::{GranularityError, granularity};
pub use run::{Detail, answer, answer_with_aggregates};
