//! What was refused goes to the local stack, where `xray daemon rejects` finds it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::side::Side;
use super::{Level, Tell};
use crate::stack;
use crate::xray::reject::Reject;

// A flood of bad documents is counted, and kept in part.
const MOST_WAITING: usize = 1_000;
// As many as the stack keeps of one second.
const BATCH: usize = 100;
const TRIES: u32 = 3;
const TRY_AGAIN: Duration = Duration::from_millis(300);

/// Where refused documents are put. Cheap to clone; when all clones are gone, the keeper ends.
#[derive(Clone)]
pub struct Rejects {
    into: mpsc::Sender<Reject>,
}

impl Rejects {
    /// Starts the keeper.
    pub fn start(local: Arc<Side>, tell: Tell) -> (Rejects, tokio::task::JoinHandle<()>) {
        let (into, from) = mpsc::channel(MOST_WAITING);
        (Rejects { into }, tokio::spawn(keep(local, from, tell)))
    }

    /// Takes a refused document, if there is room.
    pub fn put(&self, reject: Reject) {
        // It is counted in any case.
        let _ = self.into.try_send(reject);
    }
}

async fn keep(local: Arc<Side>, mut from: mpsc::Receiver<Reject>, tell: Tell) {
    let mut rejects = Vec::new();
    let mut has_told = false;
    while from.recv_many(&mut rejects, BATCH).await > 0 {
        let rejects: Arc<[Reject]> = std::mem::take(&mut rejects).into();
        let mut is_kept = false;
        for _ in 0..TRIES {
            let (Some(address), some) = (local.address(), rejects.clone()) else {
                break;
            };
            let key = local.key();
            let keeping = move || stack::keep_rejects(address, key.as_ref(), &some);
            let kept = tokio::task::spawn_blocking(keeping);
            is_kept = kept.await.unwrap_or(false);
            if is_kept {
                break;
            }
            tokio::time::sleep(TRY_AGAIN).await;
            local.look_again().await;
        }
        if !is_kept && !std::mem::replace(&mut has_told, true) {
            tell(
                Level::Warn,
                "the local stack does not answer, so what is refused is counted and cannot be listed",
            );
        }
    }
}
