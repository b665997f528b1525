//! What the tasks of a tail share: the question, what was shown, whether the other side answers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};

use super::client::LogsClient;
use super::tail::{TailEvent, TailLine, TailOptions};
use super::tail_seen::Seen;
use crate::aws::AwsError;

/// How many pages of a group may wait for other groups.
const PAGES_AHEAD: usize = 2;
/// The first and the longest pause before trying again; each is twice the one before.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_LONGEST: Duration = Duration::from_secs(20);

/// What a task tells the tail.
#[derive(Debug)]
pub enum Report {
    /// New lines of a group, in order; needs a permit of [`Shared::pages`].
    Page {
        /// Which group.
        group_idx: usize,
        /// Not empty.
        lines: Vec<TailLine>,
    },
    /// A group was read up to now.
    CaughtUp {
        /// Which group.
        group_idx: usize,
    },
    /// For whoever reads the tail.
    Event(TailEvent),
    /// This will not pass.
    Failed(AwsError),
}

/// How a group gets its new lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Not decided: a live session is being started.
    Starting,
    /// From a live session. A poll is due whenever the number changes.
    Live(u64),
    /// By polling.
    Polling,
}

/// See the module.
#[derive(Debug)]
pub struct Shared {
    /// Asks.
    pub client: LogsClient,
    /// What to read.
    pub options: TailOptions,
    reports: mpsc::Sender<Report>,
    groups: Vec<Group>,
    has_answered: AtomicBool,
    has_throttled: AtomicBool,
    n_in_trouble: AtomicUsize,
}

#[derive(Debug)]
struct Group {
    seen: Mutex<Seen>,
    feed: watch::Sender<Feed>,
    pages: Semaphore,
}

impl Shared {
    /// Begins with nothing shown.
    pub fn new(client: LogsClient, options: TailOptions, reports: mpsc::Sender<Report>) -> Shared {
        let is_live = options.follow.is_some_and(|it| it.is_live);
        let feed = if is_live {
            Feed::Starting
        } else {
            Feed::Polling
        };
        let group = |_| Group {
            seen: Mutex::new(Seen::new(options.window_ms.start)),
            feed: watch::Sender::new(feed),
            pages: Semaphore::new(PAGES_AHEAD),
        };
        Shared {
            groups: options.groups.iter().map(group).collect(),
            client,
            options,
            reports,
            has_answered: AtomicBool::new(false),
            has_throttled: AtomicBool::new(false),
            n_in_trouble: AtomicUsize::new(0),
        }
    }

    /// Returns the memory of a group; it is never held while waiting.
    pub fn seen(&self, group_idx: usize) -> MutexGuard<'_, Seen> {
        // Groups are numbered by us, and a task that panicked has left counts that are right.
        let seen = &self.groups[group_idx].seen;
        seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how a group gets its lines, and is told when that changes.
    pub fn feed(&self, group_idx: usize) -> watch::Receiver<Feed> {
        self.groups[group_idx].feed.subscribe()
    }

    /// Sets how groups get their lines.
    pub fn set_feed(&self, groups: &[usize], feed: Feed) {
        for group_idx in groups {
            self.groups[*group_idx].feed.send_replace(feed);
        }
    }

    /// Has groups polled once, because their live session begins or has left lines out.
    pub fn catch_up(&self, groups: &[usize]) {
        for group_idx in groups {
            self.groups[*group_idx].feed.send_modify(|feed| {
                *feed = match *feed {
                    Feed::Live(n) => Feed::Live(n.wrapping_add(1)),
                    Feed::Starting => Feed::Live(0),
                    Feed::Polling => Feed::Polling,
                };
            });
        }
    }

    /// Tells whether all groups have live sessions.
    pub fn is_live(&self) -> bool {
        let mut groups = self.groups.iter();
        groups.all(|group| matches!(*group.feed.borrow(), Feed::Live(_)))
    }

    /// Lets a group's task send one more page.
    pub fn allow_page(&self, group_idx: usize) {
        self.groups[group_idx].pages.add_permits(1);
    }

    /// Sends new lines, once a page of the group is allowed; `Err` if nobody reads any more.
    pub async fn send_page(&self, group_idx: usize, lines: Vec<TailLine>) -> Result<(), Gone> {
        let permit = self.groups[group_idx].pages.acquire().await;
        permit.map_err(|_| Gone)?.forget();
        self.send(Report::Page { group_idx, lines }).await
    }

    /// Tells the tail; `Err` if nobody reads any more.
    pub async fn send(&self, report: Report) -> Result<(), Gone> {
        self.reports.send(report).await.map_err(|_| Gone)
    }

    /// Tells whether the other side has ever answered.
    pub fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// Takes note that it has.
    pub fn note_answer(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Takes note that one task cannot go on; says so if it is the first.
    pub async fn fall_into(&self, trouble: &mut Trouble, error: AwsError) -> Result<(), Gone> {
        trouble.n_tries += 1;
        if matches!(error, AwsError::Throttled { .. }) {
            // Slower is not broken: it is said once and passes by itself.
            let is_news = !self.has_throttled.swap(true, Ordering::Relaxed);
            if is_news {
                self.send(Report::Event(TailEvent::Trouble(error))).await?;
            }
        } else if !trouble.is_counted {
            trouble.is_counted = true;
            if self.n_in_trouble.fetch_add(1, Ordering::Relaxed) == 0 {
                self.send(Report::Event(TailEvent::Trouble(error))).await?;
            }
        }
        Ok(())
    }

    /// Takes note that a task goes on; says so if it was the last in trouble.
    pub async fn come_out_of(&self, trouble: &mut Trouble) -> Result<(), Gone> {
        trouble.n_tries = 0;
        if trouble.is_counted {
            trouble.is_counted = false;
            if self.n_in_trouble.fetch_sub(1, Ordering::Relaxed) == 1 {
                self.send(Report::Event(TailEvent::Recovered)).await?;
            }
        }
        Ok(())
    }
}

/// Nobody reads the tail any more.
#[derive(Debug)]
pub struct Gone;

/// Whether a task cannot go on, and since how many tries.
#[derive(Debug, Default)]
pub struct Trouble {
    n_tries: u32,
    is_counted: bool,
}

impl Trouble {
    /// Returns how often it was tried in vain.
    pub fn n_tries(&self) -> u32 {
        self.n_tries
    }

    /// Waits before the next try: longer each time, and by chance, so that many do not try together.
    pub async fn pause(&self) {
        let doubled = PAUSE_FIRST.saturating_mul(1 << self.n_tries.saturating_sub(1).min(16));
        let longest = doubled.min(PAUSE_LONGEST);
        tokio::time::sleep(longest.mul_f64(rand::random_range(0.5..1.0))).await;
    }
}

/// Tells whether the same call may go through later.
pub fn may_pass(error: &AwsError) -> bool {
    const OF_THE_SERVICE: [&str; 4] = [
        "ServiceUnavailableException",
        "InternalServerException",
        "InternalFailure",
        "SessionStreamingException",
    ];
    match error {
        // An answer that was cut.
        AwsError::Odd { .. } => true,
        AwsError::Refused { code, .. } => {
            OF_THE_SERVICE.contains(&code.raw()) || code.raw().starts_with("HTTP status 5")
        }
        other => other.is_passing(),
    }
}
