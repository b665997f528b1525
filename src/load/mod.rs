//! Open-model traffic against a back end, and its honest statistics.
//!
//! Knows hyper, and nothing of ours.

mod mix;
mod plan;
mod report;
mod run;

pub use mix::cruddur_mix;
pub use plan::{LoadPlan, Method, PlannedRequest};
pub use report::{Latencies, LoadReport, TransportError};
pub use run::run;
