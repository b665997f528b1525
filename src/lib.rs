//! Set up, see and prove the observability of the Cruddur application.

pub mod aws;
pub mod backend;
pub mod cli;
pub mod cloudwatch;
pub mod door;
pub mod engine;
pub mod honeycomb;
pub mod load;
pub mod model;
pub mod otlp;
pub mod settings;
pub mod stack;
pub mod store;
pub mod xray;
