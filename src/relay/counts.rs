//! Where every document went.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::xray::daemon::Counts;

/// What became of the documents of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The side's name.
    pub name: String,
    /// Whether it is a local stack.
    pub is_local: bool,
    /// Documents that it took.
    pub delivered: u64,
    /// Documents that it, or we for it, refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Documents that were lost: the spool was full, or the disk failed.
    pub dropped: u64,
    /// Documents that wait in its spool.
    pub spooled: u64,
    /// Those that waited in its spool when we started.
    pub from_before: u64,
}

/// What became of everything: for each side, what the door took and what was there from before is delivered,
/// refused, dropped or spooled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// What came to the door, and what was refused there for its header.
    pub door: Counts,
    /// For each side.
    pub deliveries: Vec<Delivery>,
}

impl Totals {
    /// Returns how many documents the local stack took.
    pub fn stored(&self) -> u64 {
        self.sum(|side| if side.is_local { side.delivered } else { 0 })
    }

    /// Returns how many documents AWS took.
    pub fn forwarded(&self) -> u64 {
        self.sum(|side| if side.is_local { 0 } else { side.delivered })
    }

    /// Returns how many wait, counted once for each side.
    pub fn spooled(&self) -> u64 {
        self.sum(|side| side.spooled)
    }

    /// Returns how many were refused and why: datagrams at the door, documents once for each side.
    pub fn refused(&self) -> BTreeMap<String, u64> {
        let at_door = self.door.refused.iter();
        let mut all: BTreeMap<String, u64> =
            at_door.map(|(why, n)| (why.to_string(), *n)).collect();
        for (why, n) in self.deliveries.iter().flat_map(|side| &side.refused) {
            *all.entry(why.clone()).or_default() += n;
        }
        all
    }

    /// Returns how many were lost: by the system before we saw them, as far as it says, in the queue, and
    /// for each side.
    pub fn dropped(&self) -> u64 {
        let by_us = self.sum(|side| side.dropped);
        by_us + self.door.spilled + self.door.kernel_drops.unwrap_or(0)
    }

    /// Returns them as `/healthz` shows them.
    pub fn to_json(&self) -> Value {
        let side = |side: &Delivery| {
            json!({
                "name": side.name,
                "delivered": side.delivered,
                "refused": side.refused,
                "dropped": side.dropped,
                "spooled": side.spooled,
                "from_before": side.from_before,
            })
        };
        json!({
            "door": self.door.to_json(),
            "sides": self.deliveries.iter().map(side).collect::<Vec<_>>(),
        })
    }

    fn sum(&self, part: impl Fn(&Delivery) -> u64) -> u64 {
        self.deliveries.iter().map(part).sum()
    }
}

/// The counters of one side, besides those of its queue.
#[derive(Default)]
pub struct Counters {
    pub dropped: AtomicU64,
    refused: Mutex<BTreeMap<String, u64>>,
}

// Reasons are the other side's words; there are few, and if there are not, we need not list them.
const MOST_REASONS: usize = 50;
const LONGEST_REASON: usize = 60;

impl Counters {
    /// Adds to one of the counters.
    pub fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts a refused document.
    pub fn refuse(&self, reason: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = &reason[..reason.floor_char_boundary(LONGEST_REASON)];
        let is_known = refused.contains_key(reason) || refused.len() < MOST_REASONS;
        let reason = if is_known { reason } else { "other" };
        *refused.entry(reason.to_string()).or_default() += 1;
    }

    /// Returns what was refused.
    pub fn refused(&self) -> BTreeMap<String, u64> {
        let refused = self.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
