//! Finds the stack over a folder, or starts one.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use super::lock;
use super::options::{StackError, StackOptions};
use super::probe::{self, Running};
use super::run::Stack;

/// Returns the standing stack over `folder`, if one answers.
pub fn find(folder: &Path) -> Option<Running> {
    lock::announced(folder).filter(|running| running.is_standing && probe::is_alive(running))
}

/// What a command with a local target works with.
pub enum Found {
    /// A stack that was there before and stays.
    Running(SocketAddr),
    /// Our own, to be stopped when the command is done.
    Started(Box<Stack>),
}

/// Finds the stack over the folder, or starts one as `options` say.
///
/// Two commands at the same moment take turns: a short-lived stack is waited for, since it would be
/// gone before we are done with it.
///
/// # Errors
/// See [`StackError`]; `Held` when the owner neither answers nor leaves within ten seconds.
pub async fn find_or_start(options: &StackOptions) -> Result<Found, StackError> {
    let begun = Instant::now();
    loop {
        if let Some(running) = find(&options.data_folder) {
            return Ok(Found::Running(running.address));
        }
        match Stack::start(options.clone()).await {
            Err(StackError::Held { .. }) if begun.elapsed() < Duration::from_secs(10) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            started => return started.map(|stack| Found::Started(Box::new(stack))),
        }
    }
}
