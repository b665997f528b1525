//! What the environment says: variables, secrets, and where a command goes.
//!
//! Reads the environment once and never writes it; knows no terminal and opens no connection.

pub mod env;
pub mod pointers;
pub mod secret;
pub mod targets;
pub mod zone;
