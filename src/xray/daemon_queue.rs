//! What was received and waits for its turn: bounded, and the oldest makes room for the newest.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A datagram as it came.
#[derive(Debug)]
pub struct Datagram {
    /// Who sent it.
    pub sender: SocketAddr,
    /// Header, newline, document.
    pub bytes: Box<[u8]>,
}

/// Datagrams that wait. One side puts them in, the other takes many at once.
pub struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
    most_bytes: usize,
}

#[derive(Default)]
struct Waiting {
    datagrams: VecDeque<Datagram>,
    n_bytes: usize,
    is_closed: bool,
    is_awaited: bool,
}

// What a datagram takes besides its bytes.
const OVERHEAD: usize = 64;

impl Queue {
    /// Makes a queue that holds so many bytes at most.
    pub fn new(most_bytes: usize) -> Queue {
        Queue {
            waiting: Mutex::default(),
            came: Condvar::new(),
            most_bytes,
        }
    }

    /// Puts a datagram in, and returns how many others had to leave for it: the oldest, as in the real
    /// daemon.
    pub fn put(&self, datagram: Datagram) -> u64 {
        let mut waiting = self.waiting();
        let mut n_spilled = 0;
        waiting.n_bytes += datagram.bytes.len() + OVERHEAD;
        waiting.datagrams.push_back(datagram);
        while waiting.n_bytes > self.most_bytes
            && waiting.datagrams.len() > 1
            && let Some(oldest) = waiting.datagrams.pop_front()
        {
            waiting.n_bytes -= oldest.bytes.len() + OVERHEAD;
            n_spilled += 1;
        }
        if waiting.is_awaited {
            self.came.notify_one();
        }
        n_spilled
    }

    /// Lets no more in; what waits can still be taken.
    pub fn close(&self) {
        self.waiting().is_closed = true;
        self.came.notify_all();
    }

    /// Returns how many wait.
    pub fn len(&self) -> usize {
        self.waiting().datagrams.len()
    }

    /// Takes the oldest datagrams, `most_bytes` of them and one more at the most, oldest first; waits for
    /// the first one as long as `patience` says. `None` once the queue is closed and empty.
    pub fn take(&self, most_bytes: usize, patience: Option<Duration>) -> Option<Vec<Datagram>> {
        let mut waiting = self.waiting();
        while waiting.datagrams.is_empty() {
            if waiting.is_closed {
                return None;
            }
            waiting.is_awaited = true;
            let is_over;
            (waiting, is_over) = match patience {
                None => {
                    let woken = self.came.wait(waiting);
                    (woken.unwrap_or_else(PoisonError::into_inner), false)
                }
                Some(patience) => {
                    let woken = self.came.wait_timeout(waiting, patience);
                    let (waiting, timeout) = woken.unwrap_or_else(PoisonError::into_inner);
                    (waiting, timeout.timed_out())
                }
            };
            waiting.is_awaited = false;
            if is_over && waiting.datagrams.is_empty() {
                return Some(Vec::new());
            }
        }
        if waiting.n_bytes <= most_bytes {
            waiting.n_bytes = 0;
            return Some(std::mem::take(&mut waiting.datagrams).into());
        }
        let mut taken = Vec::new();
        let mut n_bytes = 0;
        while n_bytes < most_bytes
            && let Some(oldest) = waiting.datagrams.pop_front()
        {
            n_bytes += oldest.bytes.len() + OVERHEAD;
            taken.push(oldest);
        }
        waiting.n_bytes = waiting.n_bytes.saturating_sub(n_bytes);
        Some(taken)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(n: u8) -> Datagram {
        Datagram {
            sender: ([127, 0, 0, 1], 1).into(),
            bytes: vec![n; 36].into(),
        }
    }

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let queue = Queue::new(1_000);
        let spilled: u64 = (0..15).map(|n| queue.put(datagram(n))).sum();
        assert_eq!((spilled, queue.len()), (5, 10));
        let taken = queue.take(usize::MAX, None).unwrap();
        let first: Vec<u8> = taken.iter().map(|datagram| datagram.bytes[0]).collect();
        assert_eq!(first, (5..15).collect::<Vec<u8>>());
    }

    #[test]
    fn a_closed_queue_gives_what_it_has_and_then_nothing() {
        let queue = Queue::new(10_000);
        (0..15).for_each(|n| {
            queue.put(datagram(n));
        });
        queue.close();
        assert_eq!(queue.take(1_000, None).map(|taken| taken.len()), Some(10));
        assert_eq!(queue.take(1_000, None).map(|taken| taken.len()), Some(5));
        assert!(queue.take(1_000, None).is_none());
    }

    #[test]
    fn a_datagram_larger_than_the_queue_is_held_alone() {
        let queue = Queue::new(10);
        queue.put(datagram(1));
        assert_eq!(queue.put(datagram(2)), 1);
        assert_eq!(queue.take(1, None).unwrap().len(), 1);
        assert_eq!(queue.take(1, Some(Duration::ZERO)).unwrap().len(), 0);
    }
}
