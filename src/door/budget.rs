//! Memory for what is in flight: one budget in bytes, shared by all listeners of a process.
//!
//! A request has a [`Share`], from which its body, what comes out of it when it is unpacked, and what is made of that
//! are drawn before they are held; the share gives everything back when it is dropped. A request that finds too little waits
//! for a bounded time and is then refused. Writes come before reads, and small writes before large ones: each use has a
//! ceiling, and above it the rest of the budget is for those that go before. Health needs none.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// How much there is, and how long is waited for it.
#[derive(Debug, Clone, Copy)]
pub struct BudgetLimits {
    /// For everything in flight together, in bytes.
    pub total_bytes: usize,
    /// A write that has drawn no more than this may use the last of it.
    pub small_bytes: usize,
    /// How many large bodies are unpacked and decoded at once.
    pub unpacking: usize,
    /// How long a request waits for bytes that others hold.
    pub patience: Duration,
}

impl Default for BudgetLimits {
    fn default() -> BudgetLimits {
        BudgetLimits {
            total_bytes: 192 << 20,
            small_bytes: 1 << 20,
            unpacking: 2,
            patience: Duration::from_secs(3),
        }
    }
}

/// A bounded number of bytes.
#[derive(Clone)]
pub struct Budget(Arc<Shared>);

struct Shared {
    limits: BudgetLimits,
    used: AtomicUsize,
    n_waiting: AtomicUsize,
    n_refused: AtomicU64,
    freed: Notify,
    unpacking: Semaphore,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("limits", &self.0.limits)
            .field("used_bytes", &self.used_bytes())
            .finish_non_exhaustive()
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::new(BudgetLimits::default())
    }
}

/// What bytes are for; each has a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A body as it arrives: at most half of all, so that there are always bytes to work on those that have arrived.
    Body,
    /// What is made of a body.
    Work,
    /// What a read holds: at most half of all, so that writes go on.
    Read,
}

/// Why a request is refused that could be served at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// Others hold the memory that it needs.
    #[error("too much is in flight; try again in a second")]
    Memory,
    /// Its body comes too slowly.
    #[error("the body came too slowly, and was given up")]
    Slow,
    /// Too many queries wait for their turn.
    #[error("too many queries are waiting; try again in a second")]
    Queries,
    /// It took longer than a query may, in seconds.
    #[error("the query took longer than {0} s and was given up; a shorter time range takes less")]
    Time(u8),
}

impl Budget {
    /// A budget within `limits`.
    pub fn new(limits: BudgetLimits) -> Budget {
        Budget(Arc::new(Shared {
            limits,
            used: AtomicUsize::new(0),
            n_waiting: AtomicUsize::new(0),
            n_refused: AtomicU64::new(0),
            freed: Notify::new(),
            unpacking: Semaphore::new(limits.unpacking.max(1)),
        }))
    }

    /// Returns how many bytes are drawn.
    pub fn used_bytes(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Returns how many bytes there are in all.
    pub fn total_bytes(&self) -> usize {
        self.0.limits.total_bytes
    }

    /// Returns how many requests were refused since they lacked something.
    pub fn n_refused(&self) -> u64 {
        self.0.n_refused.load(Ordering::Relaxed)
    }

    /// Tells whether a request waits for bytes.
    pub fn is_short(&self) -> bool {
        self.0.n_waiting.load(Ordering::Relaxed) > 0
    }

    /// Returns the share of a request, which has nothing yet.
    pub fn share(&self) -> Arc<Share> {
        Arc::new(Share {
            budget: self.clone(),
            bytes: AtomicUsize::new(0),
            lack: AtomicU8::new(0),
            seconds: AtomicU8::new(0),
        })
    }

    fn try_take(&self, bytes: usize, ceiling: usize) -> bool {
        let used = &self.0.used;
        let take = |used: usize| {
            let then = used.checked_add(bytes)?;
            (then <= ceiling).then_some(then)
        };
        used.fetch_update(Ordering::AcqRel, Ordering::Relaxed, take)
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.0.used.fetch_sub(bytes, Ordering::AcqRel);
        if self.is_short() {
            self.0.freed.notify_waiters();
        }
    }
}

/// What one request has drawn; it is given back when the share is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    bytes: AtomicUsize,
    // The first lack, as a number, and what belongs to it.
    lack: AtomicU8,
    seconds: AtomicU8,
}

impl Share {
    /// Returns how many bytes it has.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns the budget.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Draws bytes if they are there.
    pub fn try_draw(&self, bytes: usize, purpose: Purpose) -> bool {
        let ceiling = self.ceiling(bytes, purpose);
        let is_taken = self.budget.try_take(bytes, ceiling);
        if is_taken {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        is_taken
    }

    /// Draws bytes; waits for a bounded time until others give them back.
    ///
    /// # Errors
    /// [`Lack::Memory`].
    pub async fn draw(&self, bytes: usize, purpose: Purpose) -> Result<(), Lack> {
        // What is made of a body is known only in the worst case: one that is very large has most of the budget, so that
        // there is one of its kind at a time, and the small ones go on beside it.
        let bytes = match purpose {
            Purpose::Work => {
                let most = self.ceiling(usize::MAX, Purpose::Work) / 4 * 3;
                bytes.min(most.saturating_sub(self.bytes()))
            }
            Purpose::Body | Purpose::Read => bytes,
        };
        if self.try_draw(bytes, purpose) {
            return Ok(());
        }
        let _waiting = Waiting::new(&self.budget);
        let drawn = async {
            loop {
                let freed = self.budget.0.freed.notified();
                let mut freed = std::pin::pin!(freed);
                // Registered before the second look, so that nothing is given back in between unseen.
                freed.as_mut().enable();
                if self.try_draw(bytes, purpose) {
                    return;
                }
                freed.await;
            }
        };
        let drawn = tokio::time::timeout(self.budget.0.limits.patience, drawn).await;
        drawn.map_err(|_| self.lacks(Lack::Memory))
    }

    /// Waits for its turn to unpack a large body.
    ///
    /// # Errors
    /// [`Lack::Memory`].
    pub async fn turn_to_unpack(&self) -> Result<SemaphorePermit<'_>, Lack> {
        let turn = self.budget.0.unpacking.acquire();
        match tokio::time::timeout(self.budget.0.limits.patience, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(self.lacks(Lack::Memory)),
        }
    }

    /// Notes what it lacks, which is what its request is answered with; the first one counts.
    pub fn lacks(&self, lack: Lack) -> Lack {
        let number = match lack {
            Lack::Memory => 1,
            Lack::Slow => 2,
            Lack::Queries => 3,
            Lack::Time(seconds) => {
                self.seconds.store(seconds, Ordering::Relaxed);
                4
            }
        };
        let noted = self
            .lack
            .compare_exchange(0, number, Ordering::AcqRel, Ordering::Relaxed);
        if noted.is_ok() {
            self.budget.0.n_refused.fetch_add(1, Ordering::Relaxed);
        }
        lack
    }

    /// Returns what it lacks, if it lacks anything.
    pub fn lack(&self) -> Option<Lack> {
        match self.lack.load(Ordering::Acquire) {
            0 => None,
            1 => Some(Lack::Memory),
            2 => Some(Lack::Slow),
            3 => Some(Lack::Queries),
            _ => Some(Lack::Time(self.seconds.load(Ordering::Relaxed))),
        }
    }

    fn ceiling(&self, bytes: usize, purpose: Purpose) -> usize {
        let BudgetLimits {
            total_bytes: total,
            small_bytes,
            ..
        } = self.budget.0.limits;
        let is_small = self.bytes().saturating_add(bytes) <= small_bytes;
        match purpose {
            Purpose::Body | Purpose::Work if is_small => total,
            Purpose::Work => total - total / 8,
            Purpose::Body | Purpose::Read => total / 2,
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes());
    }
}

// Counts those that wait, also if they go away.
struct Waiting<'a>(&'a Budget);

impl Waiting<'_> {
    fn new(budget: &Budget) -> Waiting<'_> {
        budget.0.n_waiting.fetch_add(1, Ordering::AcqRel);
        Waiting(budget)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.n_waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(total_bytes: usize, patience: Duration) -> Budget {
        Budget::new(BudgetLimits {
            total_bytes,
            small_bytes: 10,
            unpacking: 1,
            patience,
        })
    }

    #[test]
    fn each_use_has_its_ceiling_and_small_writes_have_the_last_of_it() {
        let budget = budget(800, Duration::ZERO);
        for (purpose, most) in [
            (Purpose::Body, 400),
            (Purpose::Read, 400),
            (Purpose::Work, 700),
        ] {
            let (first, second) = (budget.share(), budget.share());
            let third = budget.share();
            assert!(third.try_draw(most / 2, purpose), "{purpose:?}");
            assert!(first.try_draw(most / 2 - 20, purpose), "{purpose:?}");
            assert!(!second.try_draw(21, purpose), "{purpose:?}");
            assert!(second.try_draw(20, purpose), "{purpose:?}");
        }
        assert_eq!(budget.used_bytes(), 0, "all of it is given back");
        let large = budget.share();
        assert!(large.try_draw(400, Purpose::Body));
        let other = budget.share();
        assert!(other.try_draw(300, Purpose::Work));
        let smalls: Vec<_> = (0..11).map(|_| budget.share()).collect();
        let n_drawn = smalls.iter().filter(|it| it.try_draw(10, Purpose::Body));
        assert_eq!(n_drawn.count(), 10);
        // A read is no small write.
        assert!(!budget.share().try_draw(1, Purpose::Read));
    }

    #[tokio::test]
    async fn what_is_larger_than_all_there_is_has_most_of_it_and_is_the_only_one() {
        let budget = budget(800, Duration::ZERO);
        let share = budget.share();
        assert!(share.try_draw(100, Purpose::Body));
        assert_eq!(share.draw(usize::MAX, Purpose::Work).await, Ok(()));
        assert_eq!(share.bytes(), 525);
        let other = budget.share();
        assert!(other.draw(usize::MAX, Purpose::Work).await.is_err());
        let small = budget.share();
        assert!(small.try_draw(100, Purpose::Work));
        // A read has no end of it: what grows past its bound is refused.
        assert!(!small.try_draw(400, Purpose::Read));
        assert!(!budget.share().try_draw(usize::MAX, Purpose::Read));
    }

    #[tokio::test]
    async fn who_finds_too_little_waits_for_others_and_is_refused_when_none_comes() {
        let impatient = budget(800, Duration::ZERO);
        let (first, second) = (impatient.share(), impatient.share());
        first.draw(400, Purpose::Body).await.unwrap();
        assert_eq!(second.draw(400, Purpose::Body).await, Err(Lack::Memory));
        assert_eq!(second.lack(), Some(Lack::Memory));
        assert_eq!(impatient.n_refused(), 1);
        assert!(!impatient.is_short());

        let patient = budget(800, Duration::from_secs(600));
        let first = patient.share();
        first.draw(400, Purpose::Body).await.unwrap();
        let second = patient.share();
        let waiting = second.clone();
        let waiting = tokio::spawn(async move { waiting.draw(400, Purpose::Body).await });
        while !patient.is_short() {
            tokio::task::yield_now().await;
        }
        drop(first);
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!(second.bytes(), 400);
    }
}
