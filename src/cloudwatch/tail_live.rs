//! The task that keeps a live session for some groups.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::client::{LiveSession, LiveUpdate};
use super::tail::{TailEvent, TailLine};
use super::tail_seen::Source;
use super::tail_shared::{Feed, Gone, Report, Shared, Trouble, may_pass};
use crate::aws::AwsError;

/// A session speaks every second, also when there is nothing to say. Source: StartLiveTail.
const SILENCE: Duration = Duration::from_secs(15);

/// Keeps a session for as long as somebody follows; where there are none, has the groups polled.
pub async fn read_live(
    shared: Arc<Shared>,
    groups: Vec<usize>,
    lines: mpsc::Sender<Vec<TailLine>>,
) {
    let keeper = Keeper {
        shared,
        groups,
        lines,
        n_sessions: 0,
        has_sampled: false,
        trouble: Trouble::default(),
    };
    // It ends only when nobody reads any more.
    let _ = keeper.run().await;
}

struct Keeper {
    shared: Arc<Shared>,
    groups: Vec<usize>,
    lines: mpsc::Sender<Vec<TailLine>>,
    n_sessions: u64,
    has_sampled: bool,
    trouble: Trouble,
}

impl Keeper {
    async fn run(mut self) -> Result<(), Gone> {
        let shared = self.shared.clone();
        loop {
            match self.session().await {
                Ok(None) => return shared.come_out_of(&mut self.trouble).await,
                Ok(Some(session)) => {
                    self.n_sessions += 1;
                    shared.catch_up(&self.groups);
                    if let Err(error) = self.listen(session).await? {
                        shared.fall_into(&mut self.trouble, error).await?;
                    }
                }
                Err(error) if self.n_sessions > 0 && may_pass(&error) => {
                    shared.fall_into(&mut self.trouble, error).await?;
                }
                Err(error) => {
                    shared.come_out_of(&mut self.trouble).await?;
                    shared.set_feed(&self.groups, Feed::Polling);
                    return shared.send(Report::Event(TailEvent::NotLive(error))).await;
                }
            }
            self.trouble.pause().await;
        }
    }

    /// Starts a session for the groups that are there; the others are polled until they are.
    async fn session(&mut self) -> Result<Option<LiveSession>, AwsError> {
        let shared = self.shared.clone();
        let (client, options) = (&shared.client, &shared.options);
        let mut arns = Vec::new();
        let mut present = Vec::new();
        for group_idx in &self.groups {
            let name = options.groups.get(*group_idx).map_or("", String::as_str);
            match client.known_group(name).await? {
                Some(known) => {
                    arns.push(known.arn);
                    present.push(*group_idx);
                }
                None => shared.set_feed(&[*group_idx], Feed::Polling),
            }
        }
        self.groups = present;
        if arns.is_empty() {
            return Ok(None);
        }
        let pattern = options.pattern.as_deref();
        let session = client.live(&arns, &options.streams, pattern).await?;
        Ok(Some(session))
    }

    /// Passes lines on until the session ends; with what, if not in order.
    async fn listen(&mut self, mut session: LiveSession) -> Result<Result<(), AwsError>, Gone> {
        loop {
            match timeout(SILENCE, session.next()).await {
                Ok(Ok(Some(update))) => {
                    // Not earlier: a session may begin and break off again and again.
                    self.shared.come_out_of(&mut self.trouble).await?;
                    self.pass_on(update).await?;
                }
                // After three hours every session ends.
                Ok(Ok(None) | Err(AwsError::Timeout)) => return Ok(Ok(())),
                Ok(Err(error)) => return Ok(Err(error)),
                Err(_) => return Ok(Err(AwsError::Timeout)),
            }
        }
    }

    async fn pass_on(&mut self, update: LiveUpdate) -> Result<(), Gone> {
        let shared = self.shared.clone();
        if update.is_sampled {
            if !self.has_sampled {
                self.has_sampled = true;
                shared.send(Report::Event(TailEvent::Sampled)).await?;
            }
            shared.catch_up(&self.groups);
        }
        let mut lines = Vec::new();
        for line in update.lines {
            let mut groups = self.groups.iter();
            let group = groups.find(|idx| shared.options.groups.get(**idx) == Some(&line.group));
            let Some(&group_idx) = group else { continue };
            let is_asked = shared.options.window_ms.contains(&line.event.timestamp_ms);
            let mut seen = shared.seen(group_idx);
            if is_asked && seen.is_new(Source::Live, self.n_sessions, &line.stream, &line.event) {
                lines.push(TailLine {
                    group_idx,
                    stream: line.stream,
                    id: None,
                    event: line.event,
                });
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.lines.send(lines).await.map_err(|_| Gone)
    }
}
