//! Lines of log groups as they come: several groups and streams in one order, none twice, none lost.
//!
//! A task for each group asks FilterLogEvents, first for what was written before, then for what is
//! new. With live sessions it asks only at their beginning and where they say that they left lines out.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::{LogsClient, Streams};
use super::tail_live::read_live;
use super::tail_order::{Held, History};
use super::tail_reader::read;
use super::tail_shared::{Report, Shared};
use crate::aws::AwsError;
use crate::clock::now;
use crate::model::log::LogEvent;
use crate::model::time::MILLISECOND;

/// How long a fresh line waits for older ones of other streams while polling, and with live sessions.
pub const POLL_WINDOW: Duration = Duration::from_secs(1);
/// See [`POLL_WINDOW`].
pub const LIVE_WINDOW: Duration = Duration::from_millis(100);

/// What to read.
#[derive(Debug, Clone)]
pub struct TailOptions {
    /// At least one.
    pub groups: Vec<String>,
    /// In which streams of each.
    pub streams: Streams,
    /// A filter pattern; every line if `None`.
    pub pattern: Option<String>,
    /// Milliseconds since the epoch, start included, end not; `i64::MAX` has no end.
    pub window_ms: Range<i64>,
    /// How to go on after that, if at all.
    pub follow: Option<Follow>,
}

/// How to go on when everything that was there has been read.
#[derive(Debug, Clone, Copy)]
pub struct Follow {
    /// Whether to try live sessions.
    pub is_live: bool,
    /// How long to wait between two polls of a group.
    pub poll_every: Duration,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailLine {
    /// Which of the groups.
    pub group_idx: usize,
    /// Its stream.
    pub stream: String,
    /// Its id, which live sessions do not tell.
    pub id: Option<String>,
    /// Its time and its words.
    pub event: LogEvent,
}

/// What a tail has to tell.
#[derive(Debug, Clone)]
pub enum TailEvent {
    /// Lines in order of time.
    Lines(Vec<TailLine>),
    /// Everything that was there has been read; from now on we follow.
    Following {
        /// Whether by live sessions.
        is_live: bool,
    },
    /// The connection was lost, or the service asks for fewer calls; we go on trying.
    Trouble(AwsError),
    /// It works again.
    Recovered,
    /// There are no live sessions, so we poll.
    NotLive(AwsError),
    /// Something that was named is not there; while following we wait for it.
    Missing {
        /// Which of the groups.
        group_idx: usize,
        /// Whether the group is there, and only a stream is not.
        is_stream: bool,
    },
    /// A live session left lines out because there were too many; they are asked for.
    Sampled,
}

/// A reading of log groups; it stops when it is dropped.
#[derive(Debug)]
pub struct Tail {
    shared: Arc<Shared>,
    reports: mpsc::Receiver<Report>,
    live: Option<mpsc::Receiver<Vec<TailLine>>>,
    history: History,
    held: Held,
    is_following: bool,
    // Dropping it ends the tasks.
    _tasks: JoinSet<()>,
}

impl Tail {
    /// Starts to read; needs a Tokio runtime.
    pub fn start(client: LogsClient, options: TailOptions) -> Tail {
        let (report, reports) = mpsc::channel(64);
        let n_groups = options.groups.len();
        let is_live = options.follow.is_some_and(|it| it.is_live);
        let window = if is_live { LIVE_WINDOW } else { POLL_WINDOW };
        let has_some_streams = options.streams != Streams::All;
        let shared = Arc::new(Shared::new(client, options, report));
        let mut tasks = JoinSet::new();
        for group_idx in 0..n_groups {
            tasks.spawn(read(shared.clone(), group_idx));
        }
        let mut live = None;
        if is_live {
            // Sources: StartLiveTail, `logGroupIdentifiers` and `logStreamNames`.
            let n_at_once = if has_some_streams { 1 } else { 10 };
            let (sender, receiver) = mpsc::channel(64);
            live = Some(receiver);
            let all: Vec<usize> = (0..n_groups).collect();
            for groups in all.chunks(n_at_once) {
                tasks.spawn(read_live(shared.clone(), groups.to_vec(), sender.clone()));
            }
        }
        Tail {
            shared,
            reports,
            live,
            history: History::new(n_groups),
            held: Held::new(window),
            is_following: false,
            _tasks: tasks,
        }
    }

    /// Waits for what comes next; `None` when everything was read and we do not follow.
    ///
    /// # Errors
    /// What will not pass: a group that is not there, a pattern that the service does not take.
    pub async fn next(&mut self) -> Result<Option<TailEvent>, AwsError> {
        loop {
            if let Some(event) = self.ready() {
                return Ok(Some(event));
            }
            if self.shared.options.follow.is_none() && self.history.is_over() {
                return Ok(None);
            }
            let due = self.held.next_due().filter(|_| self.is_following);
            tokio::select! {
                report = self.reports.recv() => match report {
                    // Not while we hold a sender ourselves.
                    None => return Ok(None),
                    Some(Report::Page { group_idx, lines }) => self.add(group_idx, lines),
                    Some(Report::CaughtUp { group_idx }) => self.history.finish(group_idx),
                    Some(Report::Event(event)) => {
                        if matches!(event, TailEvent::NotLive(_)) {
                            self.held.lengthen(POLL_WINDOW);
                        }
                        return Ok(Some(event));
                    }
                    Some(Report::Failed(error)) => return Err(error),
                },
                lines = live_lines(&mut self.live), if self.is_following => match lines {
                    None => {
                        self.live = None;
                    }
                    Some(lines) => self.hold(lines),
                },
                () = until(due) => {}
            }
        }
    }

    fn ready(&mut self) -> Option<TailEvent> {
        if !self.is_following {
            let (lines, used_up) = self.history.take();
            for group_idx in used_up {
                self.shared.allow_page(group_idx);
            }
            if !lines.is_empty() {
                return Some(TailEvent::Lines(lines));
            }
            let is_live = self.shared.is_live();
            self.is_following = self.shared.options.follow.is_some() && self.history.is_over();
            return self
                .is_following
                .then_some(TailEvent::Following { is_live });
        }
        let lines = self.held.take(Instant::now());
        (!lines.is_empty()).then_some(TailEvent::Lines(lines))
    }

    fn add(&mut self, group_idx: usize, lines: Vec<TailLine>) {
        if self.is_following {
            self.shared.allow_page(group_idx);
            self.hold(lines);
        } else {
            self.history.add(group_idx, lines);
        }
    }

    fn hold(&mut self, lines: Vec<TailLine>) {
        let (instant, now_ms) = (Instant::now(), now() / MILLISECOND);
        for line in lines {
            self.held.add(line, instant, now_ms);
        }
    }
}

async fn live_lines(live: &mut Option<mpsc::Receiver<Vec<TailLine>>>) -> Option<Vec<TailLine>> {
    match live {
        Some(live) => live.recv().await,
        None => std::future::pending().await,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
