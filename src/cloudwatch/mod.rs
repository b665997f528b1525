//! CloudWatch Logs: the local service, and the client that sends to any.
//!
//! `pattern` knows no I/O; the `server` files know no client, and the client no server.

pub mod pattern;
