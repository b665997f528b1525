//! Asks an address whether a stack of ours is there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::model::time::SECOND;
use crate::settings::secret::Secret;
use crate::store::Received;
use crate::xray::reject::Reject;
use crate::xray::server_dropped::DroppedKey;
use crate::xray::server_rejects;

/// A stack that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// Its HTTP door.
    pub address: SocketAddr,
    /// Its gRPC door, if it has one.
    pub grpc_address: Option<SocketAddr>,
    /// Its X-Ray daemon's door, UDP and TCP, if it has one.
    pub daemon_address: Option<SocketAddr>,
    /// Its process.
    pub pid: u32,
    /// Whether it stays when the command that found it ends.
    pub is_standing: bool,
}

// A loopback address answers in well under a millisecond; a stopped process never does.
const PATIENCE: Duration = Duration::from_millis(500);

/// Tells whether the stack that `running` speaks of answers at its address.
pub fn is_alive(running: &Running) -> bool {
    health(running.address).is_some_and(|health| {
        health["service"] == "cruddurctl" && health["pid"].as_u64() == Some(u64::from(running.pid))
    })
}

fn health(address: SocketAddr) -> Option<Json> {
    get(address, "/healthz", None, 64 << 10)
}

/// Returns how much the stack at `address` has stored since it started, and how many datagrams still wait
/// there for their turn; `None` if it does not answer.
pub fn received(address: SocketAddr) -> Option<(Received, u64)> {
    let health = health(address)?;
    let count = |name: &str| health["received"][name].as_u64();
    let received = Received {
        spans: count("spans")?,
        segments: count("segments")?,
        log_lines: count("log_lines")?,
    };
    let waiting = health["daemon"]["waiting"].as_u64().unwrap_or_default();
    Some((received, waiting))
}

/// What a stack says of itself that bears on what it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    /// Since when it runs, nanoseconds since the epoch; `None` if it is there for this command only.
    pub started: Option<i64>,
    /// How long it keeps events; `None` is for ever.
    pub keep_seconds: Option<i64>,
}

/// Returns since when the stack at `address` runs and what it keeps; `None` if it does not answer.
pub fn tenure(address: SocketAddr) -> Option<Tenure> {
    let health = health(address)?;
    let is_our_own = health["pid"].as_u64() == Some(u64::from(std::process::id()));
    let started = health["started"].as_i64().filter(|_| !is_our_own);
    Some(Tenure {
        started: started.map(|seconds| seconds.saturating_mul(SECOND)),
        keep_seconds: health["keep_seconds"].as_i64(),
    })
}

/// Returns the form in which a stack says that.
pub(super) fn received_json(received: Received) -> Json {
    json!({
        "spans": received.spans,
        "segments": received.segments,
        "log_lines": received.log_lines,
    })
}

/// Returns the segments that the stack at `address` refused at `since` or later (nanoseconds since the
/// epoch), oldest first; `None` if it does not answer.
pub fn rejects(address: SocketAddr, key: Option<&Secret>, since: i64) -> Option<Vec<Reject>> {
    let path = format!("{}?since={since}", server_rejects::PATH);
    let mut answer = get(address, &path, key, 8 << 20)?;
    serde_json::from_value(answer["rejects"].take()).ok()
}

/// Returns the keys of which the stack at `address` dropped annotations at `since` or later (nanoseconds
/// since the epoch), the last first; `None` if it does not answer.
pub fn dropped_annotations(
    address: SocketAddr,
    key: Option<&Secret>,
    since: i64,
) -> Option<Vec<DroppedKey>> {
    let path = format!("{}?since={since}", server_rejects::PATH);
    let mut answer = get(address, &path, key, 8 << 20)?;
    serde_json::from_value(answer["dropped_annotations"].take()).ok()
}

/// Has the stack at `address` keep what somebody in front of it refused; tells whether it did.
pub fn keep_rejects(address: SocketAddr, key: Option<&Secret>, rejects: &[Reject]) -> bool {
    let Ok(body) = serde_json::to_string(rejects) else {
        return false;
    };
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        server_rejects::PATH,
        shown(key),
        body.len()
    );
    asked(address, &format!("{head}{body}"), 64 << 10).is_some()
}

fn get(address: SocketAddr, path: &str, key: Option<&Secret>, most_bytes: u64) -> Option<Json> {
    let key = shown(key);
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{key}\r\n");
    asked(address, &request, most_bytes)
}

// No stack starts with a key that a header cannot carry.
fn shown(key: Option<&Secret>) -> String {
    let header = |key: &Secret| format!("x-honeycomb-team: {}\r\n", key.expose());
    key.map(header).unwrap_or_default()
}

// A few lines of HTTP instead of a client: this runs before every command that has a local target.
fn asked(address: SocketAddr, request: &str, most_bytes: u64) -> Option<Json> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.take(most_bytes).read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200")
        .then(|| serde_json::from_str(body).ok())?
}
