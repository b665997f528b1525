//! Sends log lines in batches, in the background, and knows what became of each.
//!
//! Handing a line over never waits: while the service is slow or away, lines queue up to a bound and
//! are counted as dropped beyond it. A batch whose answer was lost is sent again, so the service may
//! have a line twice but never, silently, not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::client::LogsClient;
use super::sink_batch::Pending;
use crate::aws::AwsError;
use crate::model::log::LogEvent;

/// How long a line waits for others to travel with.
const LINGER: Duration = Duration::from_secs(1);
/// The most lines and bytes that wait.
const QUEUE_MAX_LINES: usize = 20_000;
const QUEUE_MAX_BYTES: usize = 16 << 20;
/// The first and the longest pause before trying again; each is twice the one before.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_LONGEST: Duration = Duration::from_secs(20);

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

/// What became of the lines.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Acknowledged by the service.
    pub delivered: u64,
    /// Turned away by the service: too old, too new, or in a batch that it refused for good.
    pub rejected: u64,
    /// Never acknowledged: the queue was full, or time ran out.
    pub dropped: u64,
    /// The last thing that went wrong, if anything did.
    pub trouble: Option<AwsError>,
}

/// Takes lines; as many copies as are needed feed one sink.
#[derive(Debug, Clone)]
pub struct LineSender {
    queue: mpsc::Sender<LogEvent>,
    counters: Arc<Counters>,
}

impl LineSender {
    /// Hands a line over without waiting; it is counted as dropped if there is no room for it.
    pub fn send(&self, event: LogEvent) {
        let counters = &self.counters;
        let bytes = event.message.len();
        counters.sent.fetch_add(1, Ordering::Relaxed);
        let waiting = counters.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let has_room = waiting + bytes <= QUEUE_MAX_BYTES;
        if !has_room || self.queue.try_send(event).is_err() {
            counters.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

/// The sending task.
#[derive(Debug)]
pub struct LogSink {
    task: JoinHandle<()>,
    closing: watch::Sender<bool>,
    trouble: watch::Receiver<Option<AwsError>>,
    counters: Arc<Counters>,
}

impl LogSink {
    /// Starts sending to `destination`; needs a Tokio runtime.
    pub fn start(client: LogsClient, destination: Destination) -> (LineSender, LogSink) {
        let (queue, lines) = mpsc::channel(QUEUE_MAX_LINES);
        let (closing, is_closing) = watch::channel(false);
        let (report, trouble) = watch::channel(None);
        let counters = Arc::new(Counters::default());
        let courier = Courier {
            client,
            destination,
            is_closing,
            report,
            counters: counters.clone(),
        };
        let task = tokio::spawn(courier.run(lines));
        let sender = LineSender {
            queue,
            counters: counters.clone(),
        };
        (
            sender,
            LogSink {
                task,
                closing,
                trouble,
                counters,
            },
        )
    }

    /// Sends what is left, for `deadline` at most, and says what became of every line.
    ///
    /// Lines that are handed over from now on are dropped. A batch that was under way when time ran
    /// out is counted as dropped, though the service may have it.
    pub async fn close(mut self, deadline: Duration) -> Delivery {
        // The task may have gone already; then there is nobody to tell.
        let _ = self.closing.send(true);
        if timeout(deadline, &mut self.task).await.is_err() {
            self.task.abort();
            // Wait until it has stopped, so that the counters no longer move.
            let _ = (&mut self.task).await;
        }
        let sent = self.counters.sent.load(Ordering::Acquire);
        let delivered = self.counters.delivered.load(Ordering::Acquire);
        let rejected = self.counters.rejected.load(Ordering::Acquire);
        let dropped = sent.saturating_sub(delivered + rejected);
        let trouble = self.trouble.borrow().clone();
        Delivery {
            delivered,
            rejected,
            dropped,
            trouble,
        }
    }
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    delivered: AtomicU64,
    rejected: AtomicU64,
    waiting_bytes: AtomicUsize,
}

/// Carries lines from the queue to the service.
struct Courier {
    client: LogsClient,
    destination: Destination,
    is_closing: watch::Receiver<bool>,
    report: watch::Sender<Option<AwsError>>,
    counters: Arc<Counters>,
}

/// Why the courier looks up.
enum Wake {
    Line(LogEvent),
    Due,
    Close,
}

impl Courier {
    async fn run(mut self, mut lines: mpsc::Receiver<LogEvent>) {
        let mut pending = Pending::default();
        let mut leaves_at = Instant::now();
        loop {
            let wake = tokio::select! {
                line = lines.recv() => line.map_or(Wake::Close, Wake::Line),
                () = sleep_until(leaves_at), if !pending.is_empty() => Wake::Due,
                _ = self.is_closing.wait_for(|closing| *closing) => Wake::Close,
            };
            match wake {
                Wake::Close => break,
                Wake::Due => {}
                Wake::Line(line) => {
                    if pending.is_empty() {
                        leaves_at = Instant::now() + LINGER;
                    }
                    self.take(&mut pending, line);
                }
            }
            if pending.is_full() || (!pending.is_empty() && Instant::now() >= leaves_at) {
                self.deliver(pending.take_batch()).await;
                leaves_at = Instant::now() + LINGER;
            }
        }

        lines.close();
        while let Some(line) = lines.recv().await {
            self.take(&mut pending, line);
            if pending.is_full() {
                self.deliver(pending.take_batch()).await;
            }
        }
        while !pending.is_empty() {
            self.deliver(pending.take_batch()).await;
        }
    }

    /// Tells whether the sink is closing or has been let go.
    fn is_closed(&self) -> bool {
        *self.is_closing.borrow() || self.is_closing.has_changed().is_err()
    }

    fn take(&self, pending: &mut Pending, line: LogEvent) {
        self.counters
            .waiting_bytes
            .fetch_sub(line.message.len(), Ordering::Relaxed);
        pending.push(line);
    }

    /// Sends a batch until the service has taken it or refused it for good.
    async fn deliver(&mut self, batch: Vec<LogEvent>) {
        let n_lines = batch.len() as u64;
        let mut pause = PAUSE_FIRST;
        loop {
            let error = match self.attempt(&batch).await {
                Ok(n_rejected) => {
                    self.counters
                        .rejected
                        .fetch_add(n_rejected, Ordering::Release);
                    let n_delivered = n_lines.saturating_sub(n_rejected);
                    self.counters
                        .delivered
                        .fetch_add(n_delivered, Ordering::Release);
                    return;
                }
                Err(error) => error,
            };
            let is_final = is_final(&error);
            self.report.send_replace(Some(error));
            if is_final {
                self.counters.rejected.fetch_add(n_lines, Ordering::Release);
                return;
            }
            // Closing cuts a long pause short once; from then on its deadline rules.
            if self.is_closed() {
                sleep(pause).await;
            } else {
                tokio::select! {
                    () = sleep(pause) => {}
                    _ = self.is_closing.wait_for(|closing| *closing) => pause = PAUSE_FIRST,
                }
            }
            pause = (pause * 2).min(PAUSE_LONGEST);
        }
    }

    /// Sends a batch once, making group and stream if they are missing; returns how many lines the
    /// service turned away.
    async fn attempt(&self, batch: &[LogEvent]) -> Result<u64, AwsError> {
        let Destination {
            group,
            stream,
            retention_days,
        } = &self.destination;
        let put = self.client.put_events(group, stream, batch.to_vec()).await;
        let rejected = match put {
            Err(error) if error.is_code("ResourceNotFoundException") => {
                if self.client.create_group(group).await?
                    && let Some(days) = retention_days
                {
                    self.client.put_retention(group, *days).await?;
                }
                self.client.ensure_stream(group, stream).await?;
                self.client
                    .put_events(group, stream, batch.to_vec())
                    .await?
            }
            other => other?,
        };
        Ok(rejected.total() as u64)
    }
}

/// Tells whether sending the same batch again cannot help.
fn is_final(error: &AwsError) -> bool {
    match error {
        // Everything else that is refused is about the service, the account or the credentials,
        // and those can be put right while we wait.
        AwsError::Refused { code, .. } => matches!(
            code.as_str(),
            "InvalidParameterException" | "ValidationException" | "SerializationException"
        ),
        _ => false,
    }
}
