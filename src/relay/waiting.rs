//! Documents on their way from a door to a side, and how a batch of them is written to the spool.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// A document that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// When it came, nanoseconds since the epoch.
    pub time: i64,
    /// Who sent it.
    pub sender: SocketAddr,
    /// The document, as it was sent.
    pub text: String,
}

/// Writes a batch.
///
/// # Errors
/// None in practice: there is nothing in it that JSON cannot say.
pub fn encode(documents: &[Waiting]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(documents)
}

/// Returns the documents of a batch.
///
/// # Errors
/// If it was not written by [`encode`].
pub fn decode(batch: &[u8]) -> serde_json::Result<Vec<Waiting>> {
    serde_json::from_slice(batch)
}
