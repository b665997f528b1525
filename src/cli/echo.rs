//! Lines for standard output from many threads: whoever has one hands it over, and a thread of its own writes.
//!
//! A request then costs no call to the system for each of its lines, and as many lines as have come meanwhile
//! are written at once.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::terminal_text::TerminalText;

// So much may wait; who has more waits too, as with a terminal that is slow.
const MOST_BYTES: usize = 1 << 20;
// Nobody sees a hundredth of a second, and who hands a line over meanwhile wakes nobody.
const PAUSE: Duration = Duration::from_millis(10);

/// The writing thread. One that is dropped has written all that it was given.
pub struct Echo {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    has_come: Condvar,
    has_room: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    is_asleep: bool,
    is_closed: bool,
}

impl Echo {
    /// Starts writing to standard output.
    pub fn start() -> Echo {
        Echo::to(io::stdout())
    }

    fn to(out: impl Write + Send + 'static) -> Echo {
        let shared = Arc::new(Shared::default());
        let thread = {
            let shared = shared.clone();
            thread::spawn(move || shared.write_all(out))
        };
        Echo {
            shared,
            thread: Some(thread),
        }
    }

    /// Returns what takes lines, without their ends. On a terminal nothing in them can steer.
    pub fn taker(&self, is_terminal: bool) -> impl Fn(&str) + Send + Sync + 'static {
        let shared = self.shared.clone();
        move |line| match is_terminal {
            true => shared.take(TerminalText::plain(line).as_str()),
            false => shared.take(line),
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.shared.waiting().is_closed = true;
        self.shared.has_come.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    // A panic elsewhere leaves nothing half done here.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, line: &str) {
        let mut waiting = self.waiting();
        while waiting.text.len() > MOST_BYTES && !waiting.is_closed {
            let woken = self.has_room.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.is_closed {
            return;
        }
        waiting.text.extend_from_slice(line.as_bytes());
        waiting.text.push(b'\n');
        if waiting.is_asleep {
            waiting.is_asleep = false;
            self.has_come.notify_one();
        }
    }

    fn write_all(&self, mut out: impl Write) {
        let mut text = Vec::new();
        loop {
            {
                let mut waiting = self.waiting();
                while waiting.text.is_empty() {
                    if waiting.is_closed {
                        return;
                    }
                    waiting.is_asleep = true;
                    let woken = self.has_come.wait(waiting);
                    waiting = woken.unwrap_or_else(PoisonError::into_inner);
                }
                text.clear();
                std::mem::swap(&mut text, &mut waiting.text);
            }
            self.has_room.notify_all();
            // Whoever read the lines may have gone; requests are answered all the same.
            let _ = out.write_all(&text).and_then(|()| out.flush());
            if !self.waiting().is_closed {
                thread::sleep(PAUSE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Slow(Arc<Mutex<Vec<u8>>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // A terminal takes little at a time.
            let taken = bytes.len().min(1000);
            self.0.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_of_every_thread_is_written_whole_and_in_order() {
        let out = Slow::default();
        let echo = Echo::to(out.clone());
        let take = echo.taker(false);
        let filler = "x".repeat(500);
        thread::scope(|scope| {
            for who in 0..4 {
                let (take, filler) = (&take, &filler);
                scope.spawn(move || {
                    for n in 0..2_000 {
                        take(&format!("{who} {n} {filler}"));
                    }
                });
            }
        });
        drop(echo);
        let written = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let mut next = [0; 4];
        for line in written.lines() {
            let mut words = line.split(' ');
            let who: usize = words.next().unwrap().parse().unwrap();
            assert_eq!(words.next().unwrap(), next[who].to_string());
            assert_eq!(words.next().unwrap(), filler);
            next[who] += 1;
        }
        assert_eq!(next, [2_000; 4]);
    }
}
