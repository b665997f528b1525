//! Set up, see and prove the observability of the Cruddur application.

pub mod model;
pub mod store;
