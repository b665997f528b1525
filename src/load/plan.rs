//! What is to be sent, when, and where.

use std::net::SocketAddr;
use std::time::Duration;

use super::mix::Mix;
use super::pace::Pace;

/// A run of load before it happens.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadPlan {
    /// The back end.
    pub address: SocketAddr,
    /// What requests call it: `127.0.0.1:4567`.
    pub host: String,
    /// What is asked for.
    pub mix: Mix,
    /// What makes a request due.
    pub model: Model,
    /// What chance is made from: the same seed sends the same requests in the same order.
    pub seed: u64,
    /// How long a request may take from when a connection is free for it; also how long it waits for
    /// one at most.
    pub timeout: Duration,
    /// Whether every request starts a trace of its own.
    pub has_traceparent: bool,
    /// Whether the trace of every answer is remembered, and what the back end decided about it, which it is
    /// then asked for.
    pub follows_traces: bool,
}

/// What makes a request due.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Time does, however slow the back end is.
    Open {
        /// When.
        pace: Pace,
        /// The most requests that are under way at once. At least 1.
        most_connections: usize,
    },
    /// The answer to the one before does: each connection sends the next when it has its answer. A
    /// stall of the back end thus hides in it.
    Closed {
        /// How many connections there are. At least 1.
        connections: usize,
        /// For how long new requests are sent.
        length: Duration,
    },
}

impl Model {
    /// Returns for how long new requests are sent.
    pub fn length(&self) -> Duration {
        match self {
            Model::Open { pace, .. } => pace.length(),
            Model::Closed { length, .. } => *length,
        }
    }
}
