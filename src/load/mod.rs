//! Open-model traffic against a back end, and its honest statistics.
//!
//! Names nothing of ours. One thread hands requests out when they are due (`pace`, `run`), one or more send
//! them (`worker`, `connection`) and count (`tally`); a `LoadReport` says what came of it.

mod chunks;
mod connection;
mod fault;
mod mix;
mod pace;
mod plan;
mod report;
mod request;
mod run;
#[cfg(test)]
mod run_tests;
mod spread;
mod tally;
mod threshold;
mod worker;

pub use fault::Fault;
pub use mix::{Method, Mix, NoSuchRoute, Route, Variant};
pub use pace::{Arrivals, Pace, Step};
pub use plan::{LoadPlan, Model};
pub use report::{LoadReport, StepReport};
pub use run::{Glance, run};
pub use spread::{Spread, needed};
pub use tally::{Counts, Followed, Slow};
pub use threshold::{Judged, Measure, Threshold};
