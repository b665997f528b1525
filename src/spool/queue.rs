//! A spool that is filled and emptied at the same time, and the count of what became of its things.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::courier::Answer;
use super::piece::Found;
use super::pieces::{Batch, Spool};

/// What became of things so far; those of several queues may be counted together.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
}

/// What a tally counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Things that the other side has taken.
    pub delivered: u64,
    /// Things that it turned away for good.
    pub refused: u64,
    /// Things that are lost: there was no room, or the disk failed.
    pub dropped: u64,
    /// The last thing that went wrong, if anything did.
    pub trouble: Option<String>,
    /// Whether the other side does not take anything at the moment.
    pub is_away: bool,
}

impl Tally {
    /// Returns what was counted so far.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// Counts something.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock());
    }

    /// Counts a batch that is settled; nothing of one that is not.
    pub fn settle(&self, answer: Answer) {
        if let Answer::Settled {
            n_delivered,
            n_refused,
            trouble,
        } = answer
        {
            self.count(|counts| {
                counts.delivered += n_delivered;
                counts.refused += n_refused;
                counts.trouble = trouble.or(counts.trouble.take());
            });
        }
    }

    /// Counts things that are lost, and says why.
    pub fn lose(&self, n_items: u64, why: &str) {
        if n_items > 0 {
            self.count(|counts| {
                counts.dropped += n_items;
                counts.trouble = Some(why.to_string());
            });
        }
    }

    // A panic elsewhere leaves nothing half done here.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A spool with somebody at either end.
#[derive(Debug)]
pub struct Queue {
    spool: Mutex<Spool>,
    tally: Arc<Tally>,
    found: Found,
    came: Notify,
    is_complete: AtomicBool,
}

const FULL: &str = "the spool was full, and the oldest had to leave";

impl Queue {
    /// Joins a spool with whoever counts.
    pub fn new(spool: Spool, found: Found, tally: Arc<Tally>) -> Queue {
        Queue {
            spool: Mutex::new(spool),
            tally,
            found,
            came: Notify::new(),
            is_complete: AtomicBool::new(false),
        }
    }

    /// Adds a batch of `n_items` things to what waits.
    ///
    /// # Errors
    /// If the disk does not take it; then it is not in the queue, and is not counted.
    pub fn put(&self, n_items: u32, things: &Bytes) -> io::Result<()> {
        let n_dropped = self.spool().append(n_items, things)?;
        self.tally.lose(n_dropped, FULL);
        self.came.notify_one();
        Ok(())
    }

    /// Sees to it that what was put is on the disk itself.
    pub fn sync(&self) {
        let file = self.spool().unsynced();
        // A disk that cannot sync says so when it is written to.
        let _ = file.map(|file| file.sync_data());
    }

    /// Says that nothing will be put any more.
    pub fn no_more(&self) {
        self.is_complete.store(true, Ordering::Release);
        self.came.notify_one();
    }

    /// Returns what became of its things.
    pub fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Returns how many things were in it at first.
    pub fn from_before(&self) -> u64 {
        self.found.n_waiting
    }

    /// Returns how many bytes of it were damaged at first.
    pub fn damaged_bytes(&self) -> u64 {
        self.found.cut_bytes + self.found.lost_bytes
    }

    /// Returns how many things wait, with those that are being sent.
    pub fn n_waiting(&self) -> u64 {
        self.spool().n_waiting()
    }

    /// Returns its folder.
    pub fn folder(&self) -> PathBuf {
        self.spool().folder().to_path_buf()
    }

    /// Removes what was sent from the disk; what stays there in vain is removed by the next owner.
    pub fn tidy(&self) {
        let _ = self.spool().tidy();
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Acquire)
    }

    pub(super) async fn came(&self) {
        self.came.notified().await;
    }

    /// Returns the oldest batches, and how many things were found damaged.
    pub(super) fn oldest(&self, most: usize) -> io::Result<(Vec<Arc<Batch>>, u64)> {
        let (batches, n_lost) = self.spool().oldest(most)?;
        self.tally
            .lose(n_lost, "the spool was damaged, and lost some");
        Ok((batches, n_lost))
    }

    /// Forgets `batches` except the `unsettled`.
    pub(super) fn settle(
        &self,
        batches: &[Arc<Batch>],
        unsettled: &[Arc<Batch>],
    ) -> io::Result<()> {
        if unsettled.is_empty() {
            return self.spool().done(batches);
        }
        let n_dropped = self.spool().give_up(batches, unsettled)?;
        self.tally.lose(n_dropped, FULL);
        Ok(())
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
