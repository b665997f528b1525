//! The mock application of the bootcamp: its answers, its doors, and what is told of each request.
//!
//! `cruddur` knows no HTTP; `routes` knows no telemetry; `telemetry` is the one file that names
//! OpenTelemetry's SDK. Knows no terminal.

pub mod catalogue;
mod cors;
pub mod cruddur;
pub mod exception;
pub mod faults;
pub mod flask;
pub mod lenses;
pub mod openapi;
pub mod outgoing;
mod paths;
mod posted;
pub mod pretence;
pub mod routes;
mod seen;
pub mod segments;
pub mod semconv;
pub mod serve;
pub mod telemetry;
