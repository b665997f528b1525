//! Takes log lines, keeps them on disk, sends them in batches in the background, and knows what became
//! of each.
//!
//! A line is accepted when it is on disk, in the spool, and no failure of this process takes it back; [`WhenFull`]
//! says when none of the machine does either. From then on it is sent until the service has taken it or turned
//! it away, by this process or by the next one that has lines for the same group, whichever side is killed
//! meanwhile. A batch whose answer was lost is sent again, so the service may have one batch twice but never,
//! silently, a line not at all.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{self, JoinHandle};
use tokio::time::timeout;

use super::client::LogsClient;
use super::sink_courier::Courier;
pub use super::sink_courier::Destination;
pub use super::sink_delivery::{Delivery, Rejections};
use super::sink_delivery::{Tally, in_full};
pub use super::sink_files::Lines;
pub use super::sink_intake::{Chunk, Closed, LineSender, WhenFull};
use super::sink_intake::{Counters, Intake};
pub use super::sink_position::{Head, Position};
pub use super::sink_queue::SpoolError;
use super::sink_queue::{Queue, Shared};
use super::sink_spool::{Address, Claimed, LeftBehind, Spool};

/// How a sink works.
#[derive(Debug, Clone)]
pub struct SinkOptions {
    /// Where lines go.
    pub destination: Destination,
    /// Which service that is: `local` for the local stack, `aws`, or a URL. Lines that wait for one are
    /// never sent to another.
    pub place: String,
    /// The AWS region; likewise.
    pub region: String,
    /// The spool's folder.
    pub spool: PathBuf,
    /// How much may be in it.
    pub spool_bytes: u64,
    /// What happens to lines that come while it is full.
    pub when_full: WhenFull,
}

/// A running sink. One that is dropped without being closed stops sending; what is on disk stays there.
#[derive(Debug)]
pub struct LogSink {
    spool: Spool,
    progress: Progress,
    closing: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    own: Option<Own>,
    is_input_at_end: bool,
}

/// Looks at a sink while it works.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    tally: Arc<Tally>,
    intake: Option<Arc<Counters>>,
    found: Arc<Mutex<Found>>,
}

// The queues that this sink has, and what was in them.
#[derive(Debug, Default)]
struct Found {
    queues: Vec<Arc<Shared>>,
    from_before: u64,
    n_damaged_bytes: u64,
}

impl Progress {
    /// Returns what became of lines so far.
    pub fn so_far(&self) -> Delivery {
        let counts = self.tally.counts();
        let intake = self.intake.as_ref();
        let found = self.found();
        Delivery {
            accepted: intake.map_or(0, |intake| intake.accepted()),
            from_before: found.from_before,
            delivered: counts.delivered,
            rejected: counts.rejected,
            kept: found.queues.iter().map(|queue| queue.n_pending()).sum(),
            dropped: intake.map_or(0, |intake| intake.dropped()),
            n_damaged_bytes: found.n_damaged_bytes,
            has_made_group: counts.has_made_group,
            trouble: counts.trouble,
        }
    }

    /// Returns why the service does not take lines, if it does not at the moment.
    pub fn is_away(&self) -> Option<String> {
        let counts = self.tally.counts();
        counts.trouble.filter(|_| counts.is_away)
    }

    /// Tells whether lines wait for room in the spool.
    pub fn is_full(&self) -> bool {
        self.intake.as_ref().is_some_and(|intake| intake.is_full())
    }

    fn begin(&self, queue: &Queue) {
        let shared = queue.reader.shared();
        let mut found = self.found();
        found.from_before += shared.n_pending();
        found.n_damaged_bytes += shared.n_damaged_bytes();
        found.queues.push(shared.clone());
    }

    // Lets others have a queue; one in which nothing is pending is not looked at any more.
    fn end(&self, queue: &Arc<Shared>) {
        queue.let_go();
        let is_other = |other: &Arc<Shared>| !Arc::ptr_eq(other, queue) || other.n_pending() > 0;
        self.found().queues.retain(is_other);
    }

    // A panic elsewhere leaves nothing half done here.
    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Own {
    shared: Arc<Shared>,
    intake: Intake,
    position: Option<Position>,
}

impl LogSink {
    /// Starts sending, what others left behind for the same group too; needs a Tokio runtime.
    ///
    /// # Errors
    /// If the spool cannot be used.
    pub fn start(
        client: LogsClient,
        options: &SinkOptions,
    ) -> Result<(LineSender, LogSink), SpoolError> {
        let spool = Spool::new(options.spool.clone(), options.spool_bytes);
        let Claimed { own, left_behind } = spool.claim(&address(options))?;
        let mut sink = LogSink::of_left_behind(client.clone(), options, spool, left_behind);
        sink.progress.begin(&own);
        let shared = own.reader.shared().clone();
        let position = shared.position();
        let courier = Courier::new(
            client,
            options.destination.clone(),
            own.reader,
            sink.closing.subscribe(),
            sink.progress.tally.clone(),
        );
        sink.tasks.push(tokio::spawn(courier.run()));
        let tally = sink.progress.tally.clone();
        let intake = Intake::start(own.writer, options.when_full, tally);
        sink.progress.intake = Some(intake.counters().clone());
        let sender = intake.sender();
        sink.own = Some(Own {
            shared,
            intake,
            position,
        });
        Ok((sender, sink))
    }

    /// Starts sending what others left behind for the same group, and nothing else.
    ///
    /// # Errors
    /// If the spool cannot be used.
    pub fn drain(client: LogsClient, options: &SinkOptions) -> Result<LogSink, SpoolError> {
        let spool = Spool::new(options.spool.clone(), options.spool_bytes);
        let left_behind = spool.claim_left_behind(&address(options), 0)?;
        Ok(LogSink::of_left_behind(client, options, spool, left_behind))
    }

    fn of_left_behind(
        client: LogsClient,
        options: &SinkOptions,
        spool: Spool,
        left_behind: Vec<LeftBehind>,
    ) -> LogSink {
        let (closing, _) = watch::channel(false);
        let mut sink = LogSink {
            spool,
            progress: Progress::default(),
            closing,
            tasks: Vec::new(),
            own: None,
            is_input_at_end: false,
        };
        for left_behind in &left_behind {
            sink.progress.begin(&left_behind.queue);
        }
        if !left_behind.is_empty() {
            let sending = SendLeftBehind {
                client,
                options: options.clone(),
                spool: sink.spool.clone(),
                progress: sink.progress.clone(),
            };
            sink.tasks.push(tokio::spawn(sending.run(left_behind)));
        }
        sink
    }

    /// Returns how far a file had been read when the stream's last line was kept, by a sink before this
    /// one whose lines or file were not at their end.
    pub fn position(&self) -> Option<&Position> {
        self.own.as_ref()?.position.as_ref()
    }

    /// Returns the folder where lines wait.
    pub fn folder(&self) -> &Path {
        self.spool.folder()
    }

    /// Returns what can be looked at while the sink works and while it closes.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Says that the input of our own stream was read to its end, so that how far it was need not be
    /// remembered once everything is delivered.
    pub fn input_ended(&mut self) {
        self.is_input_at_end = true;
    }

    /// Resolves when for so long no line has been settled.
    pub fn idle(&self, patience: Duration) -> impl Future<Output = ()> + Send + use<> {
        let mut settled = self.progress.tally.settled();
        async move { while let Ok(Ok(())) = timeout(patience, settled.changed()).await {} }
    }

    /// Sends what is left until `give_up` resolves, and says what became of every line.
    ///
    /// Lines that are handed over from now on are dropped. What is not settled in the end stays on disk,
    /// a batch that was under way too, though the service may have it.
    pub async fn close(mut self, give_up: impl Future<Output = ()>) -> Delivery {
        tokio::pin!(give_up);
        let mut is_over = false;
        if let Some(mut own) = self.own.take() {
            let shared = own.shared.clone();
            let mut closing = task::spawn_blocking(move || {
                own.intake.close();
                own
            });
            let closed = tokio::select! {
                closed = &mut closing => closed,
                () = &mut give_up => {
                    is_over = true;
                    shared.stop_waiting();
                    closing.await
                }
            };
            // It fails only if the runtime is going down.
            self.own = closed.ok();
        }
        // The tasks may have gone already; then there is nobody to tell.
        let _ = self.closing.send(true);
        for mut sending in std::mem::take(&mut self.tasks) {
            if !is_over {
                tokio::select! {
                    sent = &mut sending => {
                        // A sender that panicked must not look like a service that is away.
                        if let Err(error) = sent && error.is_panic() {
                            std::panic::resume_unwind(error.into_panic());
                        }
                        continue;
                    }
                    () = &mut give_up => is_over = true,
                }
            }
            sending.abort();
            // Wait until it has stopped, so that the counts no longer move.
            let _ = sending.await;
        }
        if let Some(own) = &self.own {
            // What cannot be removed is looked at again by the next sink.
            let _ = self.spool.tidy(&own.shared, self.is_input_at_end);
        }
        let delivery = self.progress.so_far();
        let queues = self.progress.found().queues.clone();
        queues.iter().for_each(|queue| self.progress.end(queue));
        delivery
    }
}

/// Sends what others left behind, one queue after the other.
struct SendLeftBehind {
    client: LogsClient,
    options: SinkOptions,
    spool: Spool,
    progress: Progress,
}

impl SendLeftBehind {
    async fn run(self, mut left_behind: Vec<LeftBehind>) {
        // Nothing comes in any more, so nothing is waited for.
        let (_closing, is_closing) = watch::channel(true);
        while let Some(last) = left_behind.last().map(|last| last.number) {
            for LeftBehind { address, queue, .. } in left_behind {
                let shared = queue.reader.shared().clone();
                let destination = Destination {
                    stream: address.stream,
                    ..self.options.destination.clone()
                };
                let courier = Courier::new(
                    self.client.clone(),
                    destination,
                    queue.reader,
                    is_closing.clone(),
                    self.progress.tally.clone(),
                );
                courier.run().await;
                // What cannot be removed is looked at again by the next sink.
                let _ = self.spool.tidy(&shared, false);
                self.progress.end(&shared);
            }
            // There may be more than are claimed at once.
            let claimed = self.spool.claim_left_behind(&address(&self.options), last);
            left_behind = claimed.unwrap_or_else(|error| {
                self.progress.tally.say_trouble(in_full(&error));
                Vec::new()
            });
            for left_behind in &left_behind {
                self.progress.begin(&left_behind.queue);
            }
        }
    }
}

fn address(options: &SinkOptions) -> Address {
    Address {
        place: options.place.clone(),
        region: options.region.clone(),
        group: options.destination.group.clone(),
        stream: options.destination.stream.clone(),
    }
}
