//! Carries lines from a queue to the service: one request at a time for each stream, so that they arrive
//! in order, again and again until each is settled.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::client::{LogsClient, Rejected};
use super::sink_batch::{Batch, is_enough};
use super::sink_delivery::{Tally, in_full};
use super::sink_queue::{Kept, SpoolError};
use super::sink_reader::{QueueReader, Taken};
use crate::aws::AwsError;

/// How long a line waits for others to travel with.
const LINGER: Duration = Duration::from_secs(1);
/// The first and the longest pause before trying again; each is twice the one before, and a part of it is
/// left to chance so that many sinks do not come back at once.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_LONGEST: Duration = Duration::from_secs(20);
/// How often a refused batch is halved at the most, to find the lines that it was refused for.
const HALVINGS_MAX: usize = 64;

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The log group; made if it is missing.
    pub group: String,
    /// The log stream; made if it is missing.
    pub stream: String,
    /// How long a group that had to be made keeps lines; for ever if `None`.
    pub retention_days: Option<u32>,
}

/// Sends the lines of one queue.
pub struct Courier {
    client: LogsClient,
    destination: Destination,
    reader: Option<QueueReader>,
    growth: watch::Receiver<Kept>,
    is_closing: watch::Receiver<bool>,
    tally: Arc<Tally>,
}

impl Courier {
    /// Makes one; it sends when it runs.
    pub fn new(
        client: LogsClient,
        destination: Destination,
        reader: QueueReader,
        is_closing: watch::Receiver<bool>,
        tally: Arc<Tally>,
    ) -> Courier {
        let growth = reader.shared().growth();
        Courier {
            client,
            destination,
            reader: Some(reader),
            growth,
            is_closing,
            tally,
        }
    }

    /// Sends until the sink is closing and everything that was kept is settled.
    pub async fn run(mut self) {
        let mut next = None;
        loop {
            let taken = match next.take() {
                Some(taken) => taken,
                None => {
                    let is_closing = self.gather().await;
                    match self.take().await {
                        Some(taken) => taken,
                        None if is_closing => return,
                        None => continue,
                    }
                }
            };
            // While the service works on one batch, the next is read.
            let is_more_there = self.has_enough();
            let (tally, destination) = (self.tally.clone(), self.destination.clone());
            let sender = Sender {
                client: &self.client,
                destination: &destination,
                tally: &tally,
                is_closing: self.is_closing.clone(),
                owes_retention: false,
            };
            let end_line = taken.end_line;
            let shared = self.reader.as_ref().map(|reader| reader.shared().clone());
            let reader = self.reader.take();
            let reading = async {
                match is_more_there {
                    true => take_from(reader).await,
                    false => (reader, Ok(None)),
                }
            };
            let (n_sent, (reader, read)) = tokio::join!(sender.deliver(taken.batch), reading);
            self.reader = reader;
            next = self.readable(read);
            if let Some(shared) = shared {
                let settled = tokio::task::spawn_blocking(move || shared.settle(end_line)).await;
                if let Ok(Err(error)) = settled {
                    self.tally.say_trouble(in_full(&error));
                }
            }
            self.tally.settle(n_sent);
        }
    }

    /// Waits until a batch is worth sending; returns whether the sink is closing.
    async fn gather(&mut self) -> bool {
        let mut leaves_at = None;
        loop {
            let waiting = self.waiting();
            if is_closed(&self.is_closing) || is_enough(waiting.lines, waiting.bytes) {
                break;
            }
            if waiting.lines > 0 && leaves_at.is_none() {
                leaves_at = Some(Instant::now() + LINGER);
            }
            let due = async {
                match leaves_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => break,
                Ok(()) = self.growth.changed() => {}
                () = closed(&mut self.is_closing) => break,
            }
        }
        is_closed(&self.is_closing)
    }

    fn waiting(&mut self) -> Kept {
        let kept = *self.growth.borrow_and_update();
        let taken = self.reader.as_ref().map(QueueReader::taken);
        let taken = taken.unwrap_or_default();
        Kept {
            lines: kept.lines.saturating_sub(taken.lines),
            bytes: kept.bytes.saturating_sub(taken.bytes),
        }
    }

    fn has_enough(&mut self) -> bool {
        let waiting = self.waiting();
        is_enough(waiting.lines, waiting.bytes)
    }

    async fn take(&mut self) -> Option<Taken> {
        let (reader, read) = take_from(self.reader.take()).await;
        self.reader = reader;
        let failed = read.is_err();
        let taken = self.readable(read);
        if failed {
            // The disk may come back.
            sleep(PAUSE_FIRST).await;
        }
        taken
    }

    fn readable(&self, read: Result<Option<Taken>, SpoolError>) -> Option<Taken> {
        read.unwrap_or_else(|error| {
            self.tally.say_trouble(in_full(&error));
            None
        })
    }
}

// Files are read on a thread that may wait for the disk.
async fn take_from(
    reader: Option<QueueReader>,
) -> (Option<QueueReader>, Result<Option<Taken>, SpoolError>) {
    let Some(mut reader) = reader else {
        return (None, Ok(None));
    };
    let taking = tokio::task::spawn_blocking(move || {
        let taken = reader.take();
        (Some(reader), taken)
    });
    // It fails only if the runtime is going down.
    taking.await.unwrap_or((None, Ok(None)))
}

struct Sender<'a> {
    client: &'a LogsClient,
    destination: &'a Destination,
    tally: &'a Tally,
    is_closing: watch::Receiver<bool>,
    // A group was made, and how long it keeps lines is not said yet.
    owes_retention: bool,
}

impl Sender<'_> {
    /// Sends lines until the service has taken them or refused them for good; returns how many there
    /// were.
    async fn deliver(mut self, batch: Batch) -> usize {
        let mut n_halvings = 0;
        let mut runs: Vec<_> = std::iter::once(0..batch.len()).collect();
        while let Some(run) = runs.pop() {
            let error = match self.until_settled(&batch, run.clone()).await {
                Ok(rejected) => {
                    self.tally.count(|counts| {
                        counts.delivered += run.len().saturating_sub(rejected.total()) as u64;
                        counts.rejected.by_time = counts.rejected.by_time + rejected;
                    });
                    continue;
                }
                Err(error) => error,
            };
            // One odd line must not cost the others.
            if run.len() > 1 && n_halvings < HALVINGS_MAX {
                n_halvings += 1;
                let middle = run.start + run.len() / 2;
                runs.push(middle..run.end);
                runs.push(run.start..middle);
                continue;
            }
            self.tally.count(|counts| {
                let refused = counts.rejected.refused.entry(error.to_string());
                *refused.or_default() += run.len() as u64;
                counts.trouble = Some(error.to_string());
            });
        }
        batch.len()
    }

    /// Sends lines as one request, over and over while that may help.
    ///
    /// # Errors
    /// Only one that does not pass.
    async fn until_settled(
        &mut self,
        batch: &Batch,
        run: Range<usize>,
    ) -> Result<Rejected, AwsError> {
        let mut pause = PAUSE_FIRST;
        loop {
            let error = match self.attempt(batch, run.clone()).await {
                Ok(rejected) => {
                    self.tally.count(|counts| counts.is_away = false);
                    return Ok(rejected);
                }
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => error,
            };
            self.tally.count(|counts| {
                counts.trouble = Some(error.to_string());
                counts.is_away = true;
            });
            let jittered = pause.mul_f64(rand::random_range(0.5..1.0));
            // Closing cuts a long pause short once; from then on its deadline rules.
            if is_closed(&self.is_closing) {
                sleep(jittered).await;
            } else {
                tokio::select! {
                    () = sleep(jittered) => {}
                    () = closed(&mut self.is_closing) => pause = PAUSE_FIRST,
                }
            }
            pause = (pause * 2).min(PAUSE_LONGEST);
        }
    }

    /// Sends lines once, making group and stream if they are missing.
    async fn attempt(&mut self, batch: &Batch, run: Range<usize>) -> Result<Rejected, AwsError> {
        let Destination {
            group,
            stream,
            retention_days,
        } = self.destination;
        let events = batch.events(run.clone());
        match self.client.put_events(group, stream, events).await {
            Err(error) if error.is_code("ResourceNotFoundException") => {}
            other => return other,
        }
        if self.client.create_group(group).await? {
            self.tally.count(|counts| counts.has_made_group = true);
            self.owes_retention = true;
        }
        if self.owes_retention
            && let Some(days) = retention_days
        {
            self.client.put_retention(group, *days).await?;
            self.owes_retention = false;
        }
        self.client.ensure_stream(group, stream).await?;
        let events = batch.events(run);
        self.client.put_events(group, stream, events).await
    }
}

/// Tells whether sending the same lines again cannot help.
fn is_final(error: &AwsError) -> bool {
    match error {
        // Everything else that is refused is about the service, the account or the credentials,
        // and those can be put right while we wait.
        AwsError::Refused { code, .. } => matches!(
            code.raw(),
            "InvalidParameterException"
                | "ValidationException"
                | "SerializationException"
                | "HTTP status 413"
        ),
        _ => false,
    }
}

// Closing, or let go.
fn is_closed(is_closing: &watch::Receiver<bool>) -> bool {
    *is_closing.borrow() || is_closing.has_changed().is_err()
}

async fn closed(is_closing: &mut watch::Receiver<bool>) {
    // An error says that the sink was let go.
    let _ = is_closing.wait_for(|closing| *closing).await;
}
