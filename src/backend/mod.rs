//! The mock application of the bootcamp: its answers, and the doors they are given through.
//!
//! `cruddur` knows no HTTP; `routes` knows no telemetry.

pub mod cruddur;
pub mod flask;
pub mod routes;
