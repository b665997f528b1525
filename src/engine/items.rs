//! Work in pieces, and the threads that share it.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::memory::Memory;
use super::prepared::Prepared;

/// A stretch of a part's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which of the prepared parts.
    pub part: usize,
    /// The rows.
    pub rows: Range<usize>,
}

/// Rows in an item: what one look at them needs stays in the processor's second cache, and a row within
/// an item is a number of 16 bits.
pub const ITEM_ROWS: usize = if cfg!(test) { 100 } else { 16_384 };

// For less than so many rows, starting a thread takes longer than it saves.
const ROWS_FOR_THREADS: usize = 100_000;
const MOST_THREADS: usize = 8;

/// The run was stopped from outside; there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Everything there is to look at, in items.
#[derive(Debug)]
pub struct Work<'s> {
    /// The items, those of a part together.
    pub items: Vec<Item>,
    n_threads: usize,
    stop: Option<&'s AtomicBool>,
    memory: Option<&'s Memory<'s>>,
}

impl<'s> Work<'s> {
    /// Cuts the prepared parts into items of at most `item_rows` rows.
    ///
    /// `threads` is how many to use; `None` leaves it to the processor's cores and the amount of work.
    pub fn new(
        parts: &[Prepared<'_>],
        item_rows: usize,
        threads: Option<usize>,
        stop: Option<&'s AtomicBool>,
    ) -> Work<'s> {
        let mut items = Vec::new();
        for (part, prepared) in parts.iter().enumerate() {
            for range in &prepared.ranges {
                let mut start = range.start;
                while start < range.end {
                    let end = start.saturating_add(item_rows).min(range.end);
                    items.push(Item {
                        part,
                        rows: start..end,
                    });
                    start = end;
                }
            }
        }
        let n_rows = items.iter().map(|item| item.rows.len()).sum();
        let n_threads = threads
            .unwrap_or_else(|| thread_count(n_rows))
            .min(items.len().max(1));
        Work {
            items,
            n_threads,
            stop,
            memory: None,
        }
    }

    /// Ends the work, too, when there is no memory left for it.
    pub fn within(self, memory: &'s Memory<'s>) -> Work<'s> {
        Work {
            memory: Some(memory),
            ..self
        }
    }

    /// Has every item looked at once; each thread has a worker of its own.
    ///
    /// A worker stays with a part as long as it can, since it has learnt the part's dictionaries.
    ///
    /// # Errors
    /// [`Stopped`] if the run was stopped.
    pub fn share<W: Send>(
        &self,
        new_worker: impl Fn() -> W + Sync,
        take: impl Fn(&mut W, usize, &Item) + Sync,
    ) -> Result<Vec<W>, Stopped> {
        let queue = Queue::new(&self.items);
        let is_stopped = || {
            self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
                || self.memory.is_some_and(Memory::is_exceeded)
        };
        let run = || {
            let mut worker = new_worker();
            let mut part = None;
            while let Some(idx) = queue.next(&mut part) {
                if is_stopped() {
                    break;
                }
                if let Some(item) = self.items.get(idx) {
                    take(&mut worker, idx, item);
                }
            }
            worker
        };
        let workers = on_threads(self.n_threads, &run);
        if is_stopped() {
            Err(Stopped)
        } else {
            Ok(workers)
        }
    }
}

/// Does `run` for each of `0..n`, on several threads if `n_rows` is worth it; results are in order.
pub fn each<T: Send>(n: usize, n_rows: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            if idx >= n {
                return done;
            }
            done.push((idx, run(idx)));
        }
    };
    let results = on_threads(thread_count(n_rows).min(n), &worker);
    let mut results: Vec<(usize, T)> = results.into_iter().flatten().collect();
    results.sort_by_key(|(idx, _)| *idx);
    results.into_iter().map(|(_, result)| result).collect()
}

fn thread_count(n_rows: usize) -> usize {
    if n_rows < ROWS_FOR_THREADS {
        return 1;
    }
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    cores.min(MOST_THREADS)
}

fn on_threads<W: Send>(n: usize, run: &(impl Fn() -> W + Sync)) -> Vec<W> {
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..n).map(|_| scope.spawn(run)).collect();
        let mut workers = vec![run()];
        for other in others {
            match other.join() {
                Ok(worker) => workers.push(worker),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        workers
    })
}

// Which item is next: first the parts that nobody has begun, then what is left of the others.
struct Queue {
    parts: Vec<PartQueue>,
    next: AtomicUsize,
}

struct PartQueue {
    next: AtomicUsize,
    end: usize,
}

impl Queue {
    fn new(items: &[Item]) -> Queue {
        let mut parts = Vec::new();
        let mut start = 0;
        for of_part in items.chunk_by(|a, b| a.part == b.part) {
            let end = start + of_part.len();
            parts.push(PartQueue {
                next: AtomicUsize::new(start),
                end,
            });
            start = end;
        }
        Queue {
            parts,
            next: AtomicUsize::new(0),
        }
    }

    fn next(&self, part: &mut Option<usize>) -> Option<usize> {
        loop {
            if let Some(idx) = part.and_then(|part| self.parts.get(part)?.next()) {
                return Some(idx);
            }
            let fresh = self.next.fetch_add(1, Ordering::Relaxed);
            if fresh >= self.parts.len() {
                break;
            }
            *part = Some(fresh);
        }
        self.parts.iter().find_map(PartQueue::next)
    }
}

impl PartQueue {
    fn next(&self) -> Option<usize> {
        // Asked again and again when it is empty, it must not count on for ever.
        if self.next.load(Ordering::Relaxed) >= self.end {
            return None;
        }
        let idx = self.next.fetch_add(1, Ordering::Relaxed);
        (idx < self.end).then_some(idx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_taken_once_however_many_threads_there_are() {
        let items: Vec<Item> = (0..100)
            .map(|n| Item {
                part: n / 7,
                rows: n..n + 1,
            })
            .collect();
        for n_threads in 1..5 {
            let stop = AtomicBool::new(false);
            let work = Work {
                items: items.clone(),
                n_threads,
                stop: Some(&stop),
                memory: None,
            };
            let take = |taken: &mut Vec<usize>, idx: usize, _: &Item| taken.push(idx);
            let workers = work.share(Vec::new, take).unwrap();
            let mut taken: Vec<usize> = workers.into_iter().flatten().collect();
            taken.sort_unstable();
            assert_eq!(taken, (0..100).collect::<Vec<_>>());
            stop.store(true, Ordering::Relaxed);
            assert_eq!(work.share(Vec::new, take), Err(Stopped));
        }
    }
}
