//! The mock application of the bootcamp: its answers, its doors, and what is told of each request.
//!
//! `cruddur` knows no HTTP; `routes` knows no telemetry; `telemetry` is the one file that names
//! OpenTelemetry's SDK. Knows no terminal.

pub mod cruddur;
pub mod flask;
pub mod lenses;
pub mod pretence;
pub mod routes;
pub mod segments;
pub mod serve;
pub mod telemetry;
