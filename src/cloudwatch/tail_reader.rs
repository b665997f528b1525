//! The task that polls one group.

use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::client::{Filter, FoundLine, FoundPage};
use super::tail::{TailEvent, TailLine};
use super::tail_seen::{RecentIds, Source};
use super::tail_shared::{Feed, Gone, Report, Shared, Trouble, may_pass};
use crate::aws::AwsError;
use crate::clock::now;
use crate::model::time::MILLISECOND;

/// Tries before a tail that does not follow gives up.
const MOST_TRIES: u32 = 6;
/// With a live session, how often to make sure all the same that it left nothing out.
const CHECK_LIVE_EVERY: Duration = Duration::from_secs(60);
/// The most times that the pause between polls is doubled under throttling.
const MOST_DOUBLINGS: u32 = 5;

/// Reads a group until it is read, or for as long as somebody follows.
pub async fn read(shared: Arc<Shared>, group_idx: usize) {
    let reader = Reader {
        shared: shared.clone(),
        group_idx,
        trouble: Trouble::default(),
        n_passes: 0,
        n_doublings: 0,
        is_missing: false,
    };
    if let Err(Stop::Failed(error)) = reader.run().await {
        // Whoever reads the tail may have gone; then nobody wants to know.
        let _ = shared.send(Report::Failed(error)).await;
    }
}

struct Reader {
    shared: Arc<Shared>,
    group_idx: usize,
    trouble: Trouble,
    n_passes: u64,
    /// How often throttling has doubled the pause between polls.
    n_doublings: u32,
    /// Whether it was said that the group or a stream is not there.
    is_missing: bool,
}

enum Stop {
    Gone,
    Failed(AwsError),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Stop {
        Stop::Gone
    }
}

impl Reader {
    async fn run(mut self) -> Result<(), Stop> {
        let (shared, group_idx) = (self.shared.clone(), self.group_idx);
        let mut feed = shared.feed(group_idx);
        // What is written before a session begins must be read after it has begun.
        let decided = feed.wait_for(|it| *it != Feed::Starting).await;
        decided.map_err(|_| Stop::Gone)?;
        loop {
            let current = *feed.borrow_and_update();
            let from_ms = shared.seen(group_idx).resume_from(now() / MILLISECOND);
            self.pass(from_ms).await?;
            shared.send(Report::CaughtUp { group_idx }).await?;
            let Some(follow) = shared.options.follow else {
                return Ok(());
            };
            let pause = if current == Feed::Polling {
                let longer = follow.poll_every.saturating_mul(1 << self.n_doublings);
                longer.mul_f64(rand::random_range(0.9..1.1))
            } else {
                CHECK_LIVE_EVERY
            };
            // Over early if the session begins anew, has left lines out, or will not be.
            if let Ok(Err(_)) = timeout(pause, feed.changed()).await {
                return Ok(());
            }
        }
    }

    /// Reads all pages from `from_ms` on.
    async fn pass(&mut self, from_ms: i64) -> Result<(), Stop> {
        let (shared, options) = (self.shared.clone(), &self.shared.clone().options);
        let mut filter = Filter {
            group: options.groups[self.group_idx].clone(),
            streams: options.streams.clone(),
            pattern: options.pattern.clone(),
            window_ms: Some(from_ms..options.window_ms.end.max(from_ms)),
        };
        self.n_passes += 1;
        let mut ids = RecentIds::default();
        let mut token = None;
        let mut n_restarts = 0;
        loop {
            let page = match shared.client.find(&filter, token.clone()).await {
                Ok(page) => {
                    let was_throttled = self.trouble.n_tries() > 0;
                    if !was_throttled {
                        self.n_doublings = self.n_doublings.saturating_sub(1);
                    }
                    shared.note_answer();
                    shared.come_out_of(&mut self.trouble).await?;
                    page
                }
                Err(error)
                    if error.is_code("InvalidParameterException")
                        && token.is_some()
                        && n_restarts < MOST_TRIES =>
                {
                    // Tokens live for a day, or shorter where the other side was started anew.
                    n_restarts += 1;
                    let from_ms = shared.seen(self.group_idx).resume_from(now() / MILLISECOND);
                    filter.window_ms = Some(from_ms..options.window_ms.end.max(from_ms));
                    self.n_passes += 1;
                    (ids, token) = (RecentIds::default(), None);
                    self.wait_after(error).await?;
                    continue;
                }
                Err(error) => match self.bear(error).await? {
                    Continue(()) => continue,
                    Break(()) => return Ok(()),
                },
            };
            let FoundPage { lines, next_token } = page;
            let fresh = self.fresh(lines, &mut ids);
            if !fresh.is_empty() {
                shared.send_page(self.group_idx, fresh).await?;
            }
            // A token that leads nowhere would lead there for ever.
            if next_token.is_none() || next_token == token {
                return Ok(());
            }
            token = next_token;
        }
    }

    /// Waits until a failed call may be tried again; breaks off the pass if there is nothing to read.
    async fn bear(&mut self, error: AwsError) -> Result<ControlFlow<()>, Stop> {
        let shared = self.shared.clone();
        let is_following = shared.options.follow.is_some();
        let is_throttling = matches!(error, AwsError::Throttled { .. });
        if is_following && error.is_code("ResourceNotFoundException") {
            shared.note_answer();
            shared.come_out_of(&mut self.trouble).await?;
            if !self.is_missing {
                self.is_missing = true;
                let event = TailEvent::Missing {
                    group_idx: self.group_idx,
                    is_stream: error.to_string().contains("log stream"),
                };
                shared.send(Report::Event(event)).await?;
            }
            return Ok(Break(()));
        }
        let is_known = shared.has_answered() || is_throttling;
        let has_tries = is_following || self.trouble.n_tries() + 1 < MOST_TRIES;
        if !(may_pass(&error) && is_known && has_tries) {
            return Err(Stop::Failed(error));
        }
        self.wait_after(error).await?;
        Ok(Continue(()))
    }

    async fn wait_after(&mut self, error: AwsError) -> Result<(), Stop> {
        if matches!(error, AwsError::Throttled { .. }) {
            self.n_doublings = (self.n_doublings + 1).min(MOST_DOUBLINGS);
        }
        self.shared.fall_into(&mut self.trouble, error).await?;
        self.trouble.pause().await;
        Ok(())
    }

    /// Returns the lines that were not shown yet, oldest first.
    fn fresh(&self, found: Vec<FoundLine>, ids: &mut RecentIds) -> Vec<TailLine> {
        let group_idx = self.group_idx;
        let mut seen = self.shared.seen(group_idx);
        let mut lines: Vec<TailLine> = found
            .into_iter()
            .filter(|line| ids.is_new(&line.id))
            .filter(|line| seen.is_new(Source::Poll, self.n_passes, &line.stream, &line.event))
            .map(|line| TailLine {
                group_idx,
                stream: line.stream,
                id: Some(line.id).filter(|id| !id.is_empty()),
                event: line.event,
            })
            .collect();
        lines.sort_by_key(|line| line.event.timestamp_ms);
        lines
    }
}
