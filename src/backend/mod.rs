//! The mock application of the bootcamp: its answers, its doors, and what is told of each request.
//!
//! `cruddur` knows no HTTP; `routes` knows no telemetry; `telemetry` is the one file that names
//! how spans are made, and `span_courier` how they are delivered. Knows no terminal.

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
#[cfg(test)]
mod receiver_double;
pub mod routes;
pub mod sampling_clock;
mod seen;
pub mod segments;
pub mod semconv;
pub mod serve;
mod span_batches;
mod span_courier;
mod span_encoding;
mod span_receiver;
pub mod telemetry;
mod watching;
