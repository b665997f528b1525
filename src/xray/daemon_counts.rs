//! What a daemon's door says about itself: how much came, and where each datagram went.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// How many datagrams came and what became of them.
///
/// `received` is the sum of the others and of those that still wait; `kernel_drops` come on top, since
/// those never reached us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Datagrams that were read from the socket.
    pub received: u64,
    /// Those that went where they should.
    pub taken: u64,
    /// Those that were refused, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Those that made room for newer ones because we could not keep up.
    pub spilled: u64,
    /// Those that the store did not take.
    pub failed: u64,
    /// Those that the system dropped because its buffer was full; `None` where it does not say.
    pub kernel_drops: Option<u64>,
    /// Those that wait for their turn.
    pub waiting: u64,
    /// How many bytes of datagrams, with what the system needs for each, its buffer holds.
    pub receive_buffer_bytes: u64,
}

impl Counts {
    /// Returns how many were refused.
    pub fn n_refused(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Returns them as `/healthz` shows them.
    pub fn to_json(&self) -> Value {
        json!({
            "received": self.received,
            "taken": self.taken,
            "refused": self.refused,
            "spilled": self.spilled,
            "failed": self.failed,
            "kernel_drops": self.kernel_drops,
            "waiting": self.waiting,
            "receive_buffer_bytes": self.receive_buffer_bytes,
        })
    }
}

/// The counters as the threads of a door keep them.
#[derive(Default)]
pub struct Counters {
    pub received: AtomicU64,
    pub taken: AtomicU64,
    pub spilled: AtomicU64,
    pub failed: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counters {
    /// Counts refused datagrams; reasons are words of ours, so there are few.
    pub fn refuse(&self, reason: &'static str, n: u64) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry(reason).or_default() += n;
    }

    /// Returns what was counted so far.
    pub fn counts(&self) -> Counts {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        Counts {
            received: self.received.load(Ordering::Relaxed),
            taken: self.taken.load(Ordering::Relaxed),
            refused: refused.clone(),
            spilled: self.spilled.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            ..Counts::default()
        }
    }
}

/// Returns how many datagrams the system has dropped for this socket because its buffer was full.
///
/// `None` where the system does not say: everywhere but on Linux, whose table of sockets has a column for it.
#[cfg(target_os = "linux")]
pub fn kernel_drops(socket: &UdpSocket) -> Option<u64> {
    use std::os::fd::AsRawFd;
    let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).ok()?;
    let inode = link
        .to_str()?
        .strip_prefix("socket:[")?
        .strip_suffix(']')?
        .to_string();
    ["/proc/self/net/udp", "/proc/self/net/udp6"]
        .iter()
        .find_map(|path| {
            let table = std::fs::read_to_string(path).ok()?;
            let row = table
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>());
            // sl local rem st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
            let row = row
                .into_iter()
                .find(|columns| columns.get(9) == Some(&&*inode))?;
            row.get(12)?.parse().ok()
        })
}

/// As on Linux, but the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn kernel_drops(_socket: &UdpSocket) -> Option<u64> {
    None
}
