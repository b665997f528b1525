//! What is to be sent, and when.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

/// Requests with their times, and where they go.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadPlan {
    /// The back end.
    pub address: SocketAddr,
    /// What is sent, by time.
    pub requests: Vec<PlannedRequest>,
    /// How many connections are kept; the most requests that are under way at once. At least 1.
    pub connections: usize,
}

/// One request and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRequest {
    /// How it is sent.
    pub method: Method,
    /// Path and query, percent-encoded: `/api/activities/@worf`.
    pub path: String,
    /// What its latency is counted under: `GET /api/activities/@{handle}`.
    pub label: &'static str,
    /// Sent as JSON.
    pub body: Option<Value>,
    /// When it is due, from the start of the run.
    pub at: Duration,
}

/// The methods that Cruddur's routes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}
