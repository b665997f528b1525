//! Batches on their way to one destination: put on disk first, carried over in the background, counted.
//!
//! What was [`put`](Outbox::put) is on its way for good: this process delivers it, or the next one for the
//! same destination does. Sent twice is at most what was under way when this process was killed, when the
//! other side's answer got lost, or when time was over: as many batches as travel at once. A failure of the
//! whole machine may also take back what was put in the last moments, since the disk is told to keep
//! something only once it has to wait.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::courier::{Answer, AtEnd, Carrier, Courier, Stage};
use super::pieces::{Batch, Spool, SpoolError};
use super::queue::{Queue, Tally};
use super::queues::{Claim, Queues};

/// Where batches are kept.
#[derive(Debug, Clone)]
pub struct OutboxOptions {
    /// The folder of queues, for this kind of thing alone.
    pub folder: PathBuf,
    /// About how large one queue may become, in bytes; when it is full, the oldest leave.
    pub most_bytes: u64,
    /// How many batches are on the way at once.
    pub width: usize,
}

/// What became of the things, in the end or so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Things that were found on disk.
    pub from_before: u64,
    /// Bytes on disk that were damaged; what was in them is lost, and nobody knows how much that was.
    pub damaged_bytes: u64,
    /// Things that the other side took.
    pub delivered: u64,
    /// Things that it turned away for good.
    pub refused: u64,
    /// Things that wait on disk.
    pub kept: u64,
    /// Things that are lost.
    pub dropped: u64,
    /// Whether the other side takes nothing at the moment.
    pub is_away: bool,
    /// The last thing that went wrong, if anything did.
    pub trouble: Option<String>,
}

impl Delivery {
    /// Returns it with `n_lost` more things that are lost, and why, unless there is other trouble.
    pub fn with_lost(self, n_lost: u64, why: &str) -> Delivery {
        let why = (n_lost > 0).then(|| why.to_string());
        Delivery {
            dropped: self.dropped + n_lost,
            trouble: self.trouble.or(why),
            ..self
        }
    }
}

/// Takes batches to one destination.
pub struct Outbox<C> {
    own: Arc<Queue>,
    left_behind: Vec<Arc<Queue>>,
    tally: Arc<Tally>,
    carrier: Arc<C>,
    queues: Queues,
    stage: watch::Sender<Stage>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    runtime: Handle,
}

/// How many queues of others are taken over at once at the most; each one keeps two files open.
const MOST_LEFT_BEHIND: usize = 200;
/// How long something that the disk does not take is tried to be delivered at once.
const LOOSE_PATIENCE: Duration = Duration::from_secs(10);

impl<C: Carrier> Outbox<C> {
    /// Starts sending, what others left behind for the same `address` too; needs a Tokio runtime.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub fn open<A: Serialize + DeserializeOwned + PartialEq>(
        options: &OutboxOptions,
        address: A,
        carrier: C,
    ) -> Result<Outbox<C>, SpoolError> {
        let queues = Queues::new(options.folder.clone());
        let tally = Arc::new(Tally::default());
        let open = |claim: Claim<A>| -> Result<Arc<Queue>, SpoolError> {
            let (spool, found) = Spool::of(&claim.folder, claim.lock, options.most_bytes)?;
            Ok(Arc::new(Queue::new(spool, found, tally.clone())))
        };
        let (own, left_behind) = {
            let looking = queues.look()?;
            let mut found = looking.claims(0, |known: &A| *known == address);
            let own = found.next().transpose()?;
            let left_behind: Vec<Claim<A>> =
                found.take(MOST_LEFT_BEHIND).collect::<Result<_, _>>()?;
            let own = match own {
                Some(own) => own,
                None => looking.make(address)?,
            };
            (own, left_behind)
        };
        let own = open(own)?;
        let left_behind: Vec<Arc<Queue>> = left_behind
            .into_iter()
            .map(open)
            .collect::<Result<_, _>>()?;
        let (stage, _) = watch::channel(Stage::Open);
        let outbox = Outbox {
            own,
            left_behind,
            tally,
            carrier: Arc::new(carrier),
            queues,
            stage,
            tasks: Mutex::default(),
            runtime: Handle::current(),
        };
        outbox.start(options.width);
        Ok(outbox)
    }

    fn start(&self, width: usize) {
        let courier = |queue: &Arc<Queue>| Courier {
            queue: queue.clone(),
            carrier: self.carrier.clone(),
            width,
            at_end: AtEnd::AsLongAsThereIsTime,
            stage: self.stage.subscribe(),
        };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(tokio::spawn(courier(&self.own).run()));
        let couriers: Vec<_> = self.left_behind.iter().map(courier).collect();
        tasks.push(tokio::spawn(async move {
            for courier in couriers {
                // Nothing is added to it.
                courier.queue.no_more();
                courier.run().await;
            }
        }));
    }

    /// Puts a batch of `n_items` things on disk and on its way. Where the disk does not take it, it is sent
    /// at once or lost, and counted. Waits for the disk, so not for asynchronous code.
    pub fn put(&self, n_items: u32, things: Bytes) {
        let Err(error) = self.own.put(n_items, &things) else {
            return;
        };
        let folder = self.queues.folder().display();
        let why = format!("cannot write to {folder}: {error}");
        let batch = Batch::loose(n_items, things);
        let carrying = async { timeout(LOOSE_PATIENCE, self.carrier.carry(&batch)).await };
        match self.runtime.block_on(carrying) {
            Ok(answer @ Answer::Settled { .. }) => {
                self.tally.settle(answer);
                self.tally.count(|counts| counts.trouble = Some(why));
            }
            _ => self.tally.lose(u64::from(n_items), &why),
        }
    }

    /// Returns the folder where batches wait.
    pub fn folder(&self) -> &Path {
        self.queues.folder()
    }

    /// Returns what became of everything so far.
    pub fn so_far(&self) -> Delivery {
        let counts = self.tally.counts();
        Delivery {
            from_before: self.all().map(|queue| queue.from_before()).sum(),
            damaged_bytes: self.all().map(|queue| queue.damaged_bytes()).sum(),
            delivered: counts.delivered,
            refused: counts.refused,
            kept: self.all().map(|queue| queue.n_waiting()).sum(),
            dropped: counts.dropped,
            is_away: counts.is_away,
            trouble: counts.trouble,
        }
    }

    /// Sends what is left until `deadline`, and says what became of everything. What is not settled then
    /// stays on disk. Nothing may be put any more.
    pub async fn close(&self, deadline: Instant) -> Delivery {
        self.own.no_more();
        // The tasks may have gone already; then there is nobody to tell.
        let _ = self.stage.send(Stage::Closing);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            if timeout_at(deadline, &mut task).await.is_err() {
                let _ = self.stage.send(Stage::Over);
                // It only puts back what it could not deliver.
                let _ = task.await;
            }
        }
        let queues: Vec<Arc<Queue>> = self.all().cloned().collect();
        let folders = self.queues.clone();
        let tidying = tokio::task::spawn_blocking(move || {
            for queue in queues {
                queue.sync();
                queue.tidy();
                if queue.n_waiting() == 0 {
                    // What cannot be removed is found empty by the next one.
                    let _ = folders.remove(&queue.folder());
                }
            }
        });
        // It fails only if the runtime is going down.
        let _ = tidying.await;
        self.so_far()
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Queue>> {
        std::iter::once(&self.own).chain(&self.left_behind)
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
