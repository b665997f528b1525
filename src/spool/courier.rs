//! Carries batches from a queue to the other side: in order, a few at a time, and again until each is settled.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};

use super::pieces::Batch;
use super::queue::Queue;

/// How long a side that fails is left alone, at first and at most, unless it says how long it wants to be.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause that a side may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// What the other side made of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has decided about every thing in it, and wants none of them again.
    Settled {
        /// How many it took.
        n_delivered: u64,
        /// How many it turned away.
        n_refused: u64,
        /// What there is to say of those.
        trouble: Option<String>,
    },
    /// It may take the batch later.
    Later {
        /// What happened.
        why: String,
        /// How long it asked to be left alone.
        after: Option<Duration>,
    },
    /// It takes nothing from us until somebody gives us other credentials or other rights.
    Barred {
        /// What it said.
        why: String,
    },
}

/// What a carrier hears besides its own calls.
#[derive(Debug)]
pub enum News<'n> {
    /// Nothing is taken; `is_new` if it was until now.
    Away {
        /// What happened.
        why: &'n str,
        /// Whether this is the first time in a row.
        is_new: bool,
    },
    /// The other side takes things again.
    Back,
    /// So many things in the spool were damaged.
    Lost(u64),
    /// The spool cannot be read, or what was sent cannot be noted.
    Disk {
        /// What was tried.
        action: &'n str,
        /// What the system said.
        error: &'n io::Error,
        /// Whether this is the first time in a row.
        is_new: bool,
    },
}

/// Takes batches to one other side.
pub trait Carrier: Send + Sync + 'static {
    /// Takes a batch there once.
    fn carry(&self, batch: &Batch) -> impl Future<Output = Answer> + Send;

    /// Looks whether a side that does not answer is somewhere else by now.
    fn look_again(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Hears how it goes.
    fn hear(&self, _news: News<'_>) {}
}

/// How far whoever sends has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Things come and go.
    Open,
    /// No more come; what is left is sent.
    Closing,
    /// What is not settled now stays on disk.
    Over,
}

/// How a side that fails is dealt with once we are closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    /// It gets one more try.
    OneMoreTry,
    /// It is tried again until time is over.
    AsLongAsThereIsTime,
}

/// Empties one queue.
pub struct Courier<C> {
    /// What is emptied.
    pub queue: Arc<Queue>,
    /// To whom.
    pub carrier: Arc<C>,
    /// How many batches are on the way at once, while all goes well.
    pub width: usize,
    /// What happens at the end.
    pub at_end: AtEnd,
    /// How far we are.
    pub stage: watch::Receiver<Stage>,
}

impl<C: Carrier> Courier<C> {
    /// Sends until no more will come, or until it is over; what is then unsettled stays in the queue.
    pub async fn run(mut self) {
        let mut trouble = Trouble::default();
        loop {
            let (width, stage) = (self.width_in(&trouble), *self.stage.borrow());
            let is_complete = self.queue.is_complete();
            let batches = match self.on_disk(move |queue| queue.oldest(width)).await {
                Ok((batches, n_lost)) => {
                    if n_lost > 0 {
                        self.carrier.hear(News::Lost(n_lost));
                    }
                    batches
                }
                Err(error) => {
                    self.hear_of_disk("read the spool", &error, &mut trouble);
                    if !self.pause(&mut trouble, stage, None, false).await {
                        return;
                    }
                    continue;
                }
            };
            if batches.is_empty() {
                if is_complete {
                    return;
                }
                tokio::select! {
                    () = self.queue.came() => {}
                    () = over(&mut self.stage) => return,
                }
                continue;
            }
            let unsettled = self.send(&batches, &mut trouble).await;
            let is_over = !unsettled.is_empty();
            let settled = self.on_disk(move |queue| queue.settle(&batches, &unsettled));
            if let Err(error) = settled.await {
                self.hear_of_disk("note in the spool what was sent", &error, &mut trouble);
            }
            if is_over {
                return;
            }
        }
    }

    /// Sends batches side by side until each is settled; returns those that are not when it is over.
    async fn send(&mut self, batches: &[Arc<Batch>], trouble: &mut Trouble) -> Vec<Arc<Batch>> {
        let mut open: Vec<Option<Arc<Batch>>> = batches.iter().cloned().map(Some).collect();
        loop {
            let (width, stage) = (self.width_in(trouble), *self.stage.borrow());
            let due = open.iter().enumerate();
            let due = due.filter_map(|(place, batch)| Some((place, batch.clone()?)));
            let mut calls = JoinSet::new();
            for (place, batch) in due.take(width) {
                let carrier = self.carrier.clone();
                calls.spawn(async move { (place, carrier.carry(&batch).await) });
            }
            if calls.is_empty() {
                return Vec::new();
            }
            let mut failure = None;
            loop {
                let call = tokio::select! {
                    biased;
                    call = calls.join_next() => call,
                    () = over(&mut self.stage) => return open.into_iter().flatten().collect(),
                };
                let Some(call) = call else { break };
                match call {
                    Ok((place, answer @ Answer::Settled { .. })) => {
                        self.queue.tally().settle(answer);
                        if let Some(batch) = open.get_mut(place) {
                            *batch = None;
                        }
                    }
                    Ok((_, Answer::Later { why, after })) => failure = Some((why, after, false)),
                    Ok((_, Answer::Barred { why })) => failure = Some((why, None, true)),
                    // It panicked, which was said; the batch is tried again as after any failure.
                    Err(error) => failure = Some((error.to_string(), None, false)),
                }
            }
            let Some((why, after, is_barred)) = failure else {
                if trouble.end() {
                    self.queue.tally().count(|counts| counts.is_away = false);
                    self.carrier.hear(News::Back);
                }
                continue;
            };
            self.carrier.hear(News::Away {
                why: &why,
                is_new: trouble.is_first(),
            });
            self.queue.tally().count(|counts| {
                counts.trouble = Some(why);
                counts.is_away = true;
            });
            // While all goes well, what is on disk is there for a moment only, and is not worth a sync.
            self.on_disk(|queue| queue.sync()).await;
            if !self.pause(trouble, stage, after, is_barred).await {
                return open.into_iter().flatten().collect();
            }
            self.carrier.look_again().await;
        }
    }

    fn width_in(&self, trouble: &Trouble) -> usize {
        if trouble.is_over() { self.width } else { 1 }
    }

    // The disk may be slow, and others work on this thread.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Queue) -> T + Send + 'static,
    ) -> T {
        let queue = self.queue.clone();
        match spawn_blocking(move || work(&queue)).await {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is going down, and this task with it.
            Err(_) => std::future::pending().await,
        }
    }

    fn hear_of_disk(&self, action: &str, error: &io::Error, trouble: &mut Trouble) {
        let is_new = trouble.is_first();
        self.queue
            .tally()
            .count(|counts| counts.trouble = Some(format!("cannot {action}: {error}")));
        self.carrier.hear(News::Disk {
            action,
            error,
            is_new,
        });
    }

    /// Waits a while, longer each time, after a try that was begun in `stage`; `false` if there is no more
    /// time. Whoever closes interrupts it, so that there is one more try at least.
    async fn pause(
        &mut self,
        trouble: &mut Trouble,
        stage: Stage,
        asked: Option<Duration>,
        is_barred: bool,
    ) -> bool {
        let is_last = is_barred || self.at_end == AtEnd::OneMoreTry;
        if stage == Stage::Over || stage == Stage::Closing && is_last {
            return false;
        }
        let pause = trouble.next_pause();
        let pause = pause.max(asked.unwrap_or_default().min(LONGEST_ASKED));
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            now = self.stage.wait_for(|now| *now != stage) => {
                trouble.start_over();
                // An error says that nobody waits for us any more.
                now.is_ok_and(|now| *now != Stage::Over)
            }
        }
    }
}

async fn over(stage: &mut watch::Receiver<Stage>) {
    // An error says that nobody waits for us any more.
    let _ = stage.wait_for(|stage| *stage == Stage::Over).await;
}

/// How often a side has failed in a row.
#[derive(Default)]
struct Trouble {
    n_failures: u32,
    has_told: bool,
}

impl Trouble {
    fn is_over(&self) -> bool {
        self.n_failures == 0
    }

    /// Returns whether it is the first time in a row that there is something to tell.
    fn is_first(&mut self) -> bool {
        !std::mem::replace(&mut self.has_told, true)
    }

    /// Returns whether there was any, and that it was said.
    fn end(&mut self) -> bool {
        let was_told = self.has_told && self.n_failures > 0;
        *self = Trouble::default();
        was_told
    }

    fn next_pause(&mut self) -> Duration {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.n_failures.min(10));
        self.n_failures += 1;
        // Not everybody whom the same failure has sent away comes back in the same moment.
        pause
            .min(LONGEST_PAUSE)
            .mul_f64(rand::random_range(0.5..1.0))
    }

    /// Lets the next pause be a short one again.
    fn start_over(&mut self) {
        self.n_failures = self.n_failures.min(1);
    }
}

#[cfg(test)]
#[path = "courier_tests.rs"]
mod tests;
