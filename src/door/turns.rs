//! Turns at work of which only so much may run at once, shared fairly among callers.
//!
//! Callers take turns one after the other, however many requests each of them has waiting; a caller's own requests are
//! served in their order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

/// Who sends a request, as far as it can be told; handlers find it in the request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Caller(pub Arc<str>);

/// Gives turns.
#[derive(Clone)]
pub struct Turns(Arc<Shared>);

struct Shared {
    most_at_once: usize,
    most_waiting: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    n_running: usize,
    n_waiting: usize,
    // Whose turn is next comes first.
    callers: VecDeque<(String, VecDeque<oneshot::Sender<Turn>>)>,
}

/// A turn, which ends when it is dropped.
pub struct Turn(Option<Arc<Shared>>);

/// Too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyWait;

impl Turns {
    /// So many turns at once, while no more than so many wait.
    pub fn new(most_at_once: usize, most_waiting: usize) -> Turns {
        Turns(Arc::new(Shared {
            most_at_once: most_at_once.max(1),
            most_waiting,
            line: Mutex::default(),
        }))
    }

    /// Queues for a turn at once, and returns what waits for it; who does not wait any longer leaves the queue.
    ///
    /// # Errors
    /// [`TooManyWait`].
    pub fn queue(
        &self,
        caller: &str,
    ) -> Result<impl Future<Output = Turn> + Send + use<>, TooManyWait> {
        let (sender, receiver) = oneshot::channel();
        let mut first = None;
        if let Ok(mut line) = self.0.line.lock() {
            if line.n_running < self.0.most_at_once {
                line.n_running += 1;
                first = Some(Turn(Some(self.0.clone())));
            } else {
                line.tidy();
                if line.n_waiting >= self.0.most_waiting {
                    return Err(TooManyWait);
                }
                line.push(caller, sender);
            }
        }
        Ok(async move {
            match first {
                Some(turn) => turn,
                // Senders are dropped only with the line itself, and then no turn is of use.
                None => receiver.await.unwrap_or(Turn(None)),
            }
        })
    }

    /// Returns how many wait.
    #[cfg(test)]
    fn n_waiting(&self) -> usize {
        self.0.line.lock().unwrap().n_waiting
    }
}

impl Line {
    fn push(&mut self, caller: &str, sender: oneshot::Sender<Turn>) {
        self.n_waiting += 1;
        match self.callers.iter_mut().find(|(name, _)| name == caller) {
            Some((_, waiting)) => waiting.push_back(sender),
            None => self
                .callers
                .push_back((caller.to_string(), VecDeque::from([sender]))),
        }
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (caller, mut waiting) = self.callers.pop_front()?;
        let sender = waiting.pop_front();
        if !waiting.is_empty() {
            self.callers.push_back((caller, waiting));
        }
        self.n_waiting -= usize::from(sender.is_some());
        sender
    }

    // Forgets those that do not wait any longer.
    fn tidy(&mut self) {
        self.callers.retain_mut(|(_, waiting)| {
            waiting.retain(|sender| !sender.is_closed());
            !waiting.is_empty()
        });
        self.n_waiting = self.callers.iter().map(|(_, waiting)| waiting.len()).sum();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        loop {
            let next = {
                let Ok(mut line) = shared.line.lock() else {
                    return;
                };
                let next = line.pop();
                if next.is_none() {
                    line.n_running -= 1;
                    return;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn(Some(shared.clone()))) {
                Ok(()) => return,
                // It has left; the turn is another's, and not given back a second time.
                Err(mut turn) => drop(turn.0.take()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_caller_with_many_requests_does_not_keep_another_waiting() {
        let turns = Turns::new(1, 100);
        let mut turn = turns.queue("flood").unwrap().await;
        let flood: Vec<_> = (0..50).map(|_| turns.queue("flood").unwrap()).collect();
        let mut other = Box::pin(turns.queue("other").unwrap());
        let mut flood = flood.into_iter().map(Box::pin);
        for _ in 0..2 {
            drop(turn);
            tokio::select! {
                biased;
                it = other.as_mut() => { drop(it); return; }
                it = flood.next().unwrap() => turn = it,
            }
        }
        panic!("the other one has waited for two of the flood");
    }

    #[tokio::test]
    async fn who_leaves_is_passed_over_and_too_many_are_refused() {
        let turns = Turns::new(1, 2);
        let turn = turns.queue("a").unwrap().await;
        let (left, stays) = (turns.queue("a").unwrap(), turns.queue("a").unwrap());
        assert_eq!(turns.queue("b").err(), Some(TooManyWait));
        drop(left);
        let last = turns.queue("b").unwrap();
        drop(turn);
        drop(stays.await);
        drop(last.await);
        assert_eq!(turns.n_waiting(), 0);
        // All of them are given back.
        drop(turns.queue("c").unwrap().await);
    }
}
