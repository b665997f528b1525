//! Where reads run: on threads of their own that give way to others, so that writes and health never wait for them.
//!
//! What reads a lot takes turns. It ends when its time is over or its caller has left: code that works for long looks at
//! [`is_over`] now and then and stops, whatever it has by then, since the answer is not given.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};

use super::budget::Lack;
use super::turns::{Turn, Turns};

// Each may work on all cores; a second one fills the gaps of the first.
const MOST_AT_ONCE: usize = 2;
// More than that many callers are not served within a query's time.
const MOST_WAITING: usize = 1_000;
// Who is told to end needs a moment to say so in its own words.
const GRACE: Duration = Duration::from_secs(1);

/// Runs reads.
pub struct QueryPool {
    runtime: Option<Runtime>,
    turns: Turns,
    longest: Duration,
}

impl QueryPool {
    /// Starts the threads, each of which calls `begin` first; a read may take as long as `longest`.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn start(
        longest: Duration,
        begin: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<QueryPool> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(MOST_AT_ONCE)
            .max_blocking_threads(2 * MOST_AT_ONCE)
            .thread_name("query")
            .on_thread_start(begin)
            .enable_all()
            .build()?;
        Ok(QueryPool {
            runtime: Some(runtime),
            turns: Turns::new(MOST_AT_ONCE, MOST_WAITING),
            longest,
        })
    }

    /// Returns what gives turns, for reads that go on after their request is answered.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Runs a read; one that reads a lot names its caller, and takes its turn.
    ///
    /// # Errors
    /// `Queries` if its turn did not come, `Time` if it took too long.
    pub async fn run<F>(&self, caller: Option<&str>, read: F) -> Result<F::Output, Lack>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let until = Instant::now() + self.longest;
        let turn = match caller {
            Some(caller) => {
                let turn = self.turns.queue(caller).map_err(|_| Lack::Queries)?;
                Some(timeout_at(until, turn).await.map_err(|_| Lack::Queries)?)
            }
            None => None,
        };
        let handle = self.runtime.as_ref().map(Runtime::handle).cloned();
        let handle = handle.unwrap_or_else(Handle::current);
        let query = Arc::new(Query {
            until,
            has_left: AtomicBool::new(false),
            was_cut: AtomicBool::new(false),
            _turn: turn,
        });
        let task = handle.spawn(CURRENT.scope(query.clone(), read));
        let mut running = Running { query, task };
        let read = match timeout_at(until + GRACE, &mut running.task).await {
            Ok(Ok(read)) => Some(read),
            Ok(Err(ended)) if ended.is_panic() => panic::resume_unwind(ended.into_panic()),
            Ok(Err(_)) | Err(_) => None,
        };
        let seconds = u8::try_from(self.longest.as_secs()).unwrap_or(u8::MAX);
        read.filter(|_| !running.query.was_cut.load(Ordering::Acquire))
            .ok_or(Lack::Time(seconds))
    }
}

impl Drop for QueryPool {
    fn drop(&mut self) {
        // Dropping it as it is would wait, which asynchronous code must not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Query {
    until: Instant,
    has_left: AtomicBool,
    // Some of the work has stopped early, so that the answer is not complete.
    was_cut: AtomicBool,
    // Kept by everything that works for it, on whichever thread.
    _turn: Option<Turn>,
}

impl Query {
    fn is_over(&self) -> bool {
        let is_over = self.has_left.load(Ordering::Relaxed) || Instant::now() >= self.until;
        if is_over {
            self.was_cut.store(true, Ordering::Release);
        }
        is_over
    }
}

// The request that waits for the answer; dropped when its caller has left.
struct Running<R> {
    query: Arc<Query>,
    task: JoinHandle<R>,
}

impl<R> Drop for Running<R> {
    fn drop(&mut self) {
        self.query.has_left.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

tokio::task_local! {
    static CURRENT: Arc<Query>;
}

/// The read that the code works for, for threads that it starts; none outside of one.
#[derive(Clone)]
pub struct Current(Option<Arc<Query>>);

impl Current {
    /// Returns it.
    pub fn here() -> Current {
        Current(CURRENT.try_with(Arc::clone).ok())
    }

    /// Tells whether its time is over or its caller has left.
    pub fn is_over(&self) -> bool {
        self.0.as_ref().is_some_and(|query| query.is_over())
    }
}

/// Says that the answer itself tells of the time being over, and is to be given.
pub fn says_so_itself() {
    let _ = CURRENT.try_with(|query| query.was_cut.store(false, Ordering::Release));
}

/// Tells whether the time of the read that the code works for is over, or its caller has left.
pub fn is_over() -> bool {
    CURRENT.try_with(|query| query.is_over()).unwrap_or(false)
}

/// Does long work on a thread where it holds up no others; it still belongs to its read.
///
/// # Errors
/// If it panics, or the program stops.
pub async fn off_the_runtime<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, JoinError> {
    match CURRENT.try_with(Arc::clone) {
        Ok(query) => spawn_blocking(move || CURRENT.sync_scope(query, work)).await,
        Err(_) => spawn_blocking(work).await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn until_over() -> bool {
        while !is_over() {
            std::thread::yield_now();
        }
        true
    }

    #[tokio::test]
    async fn a_read_that_takes_too_long_ends_and_its_turn_with_it() {
        let pool = QueryPool::start(Duration::ZERO, || {}).unwrap();
        let (sender, ended) = mpsc::channel();
        let read = async move {
            let over = off_the_runtime(until_over).await;
            let _ = sender.send(over.is_ok());
        };
        assert_eq!(pool.run(Some("a"), read).await, Err(Lack::Time(0)));
        assert!(ended.recv().unwrap());
    }

    #[tokio::test]
    async fn a_read_whose_caller_leaves_is_over() {
        let pool = QueryPool::start(Duration::from_secs(600), || {}).unwrap();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (sender, ended) = mpsc::channel();
        let read = async move {
            let work = move || {
                let _ = begun.send(());
                let _ = sender.send(until_over());
            };
            let _ = off_the_runtime(work).await;
        };
        tokio::select! {
            _ = pool.run(Some("a"), read) => panic!("it has no end of its own"),
            _ = begins => {}
        }
        assert!(ended.recv().unwrap());
    }

    #[tokio::test]
    async fn a_read_that_says_itself_that_its_time_was_over_is_answered() {
        let pool = QueryPool::start(Duration::ZERO, || {}).unwrap();
        let read = async {
            let over = is_over();
            says_so_itself();
            over
        };
        assert_eq!(pool.run(None, read).await, Ok(true));
        assert!(!is_over(), "outside of a read nothing is over");
    }
}
