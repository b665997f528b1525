//! The stand-in for AWS's X-Ray daemon: takes segments over UDP, and passes them on in batches to the local
//! stack, to AWS, or to both; what is asked over TCP it passes on signed.
//!
//! Whatever came is written to a spool first and sent from there, one for each side, so that neither a side
//! that is away nor a crash of ours loses it. The order is that of the data: `batches` fill the spools,
//! `sending` empties them, `proxy` is the TCP side, `daemon` starts and stops all of it.

mod batches;
mod counts;
mod daemon;
mod proxy;
mod rejects;
mod sending;
mod side;
mod waiting;

use std::sync::Arc;

pub use counts::{Delivery, Totals};
pub use daemon::{Daemon, DaemonOptions, RelayError};
pub use side::Side;

/// How much a word matters. Smaller ones matter more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something is lost.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What is going on.
    Info,
    /// Every batch.
    Debug,
}

/// Whom to tell.
pub type Tell = Arc<dyn Fn(Level, &str) + Send + Sync>;
