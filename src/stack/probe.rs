//! Asks an address whether a stack of ours is there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value as Json;

/// A stack that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// Its HTTP door.
    pub address: SocketAddr,
    /// Its gRPC door, if it has one.
    pub grpc_address: Option<SocketAddr>,
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

// A few lines of HTTP instead of a client: this runs before every command that has a local target.
fn health(address: SocketAddr) -> Option<Json> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.take(64 << 10).read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200")
        .then(|| serde_json::from_str(body).ok())?
}
