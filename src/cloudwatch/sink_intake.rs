//! From whoever has lines to the disk: a bounded buffer, and a thread that writes what waits in it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::lines::{MESSAGE_MAX_BYTES, pieces};
use super::sink_delivery::{Tally, in_full};
use super::sink_files::Lines;
use super::sink_position::Position;
use super::sink_queue::{QueueWriter, SpoolError};

// The most bytes that wait to be written, where nobody waits for that.
const LIVE_MAX_BYTES: usize = 16 << 20;
// The most chunks, where somebody does.
const PATIENT_MAX_CHUNKS: usize = 4;
// So much is written at once, unless one chunk is more.
const RECORD_BYTES: usize = 1 << 20;
const RECORD_LINES: usize = 10_000;
// Lines of live traffic are written twenty times a second at most: who hands one over then wakes nobody, and
// one write to the disk serves all that came meanwhile. Killed with `kill -9`, a service loses that much.
const LIVE_PAUSE: Duration = Duration::from_millis(50);

/// What happens to lines that come while the spool has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// They are dropped, and counted; handing over never waits. While the service takes lines, those on disk are
    /// there for a moment only, which is not worth a sync.
    Drop,
    /// Whoever hands them over waits. What is accepted is durable.
    Wait,
}

/// Some lines on their way to the disk.
#[derive(Debug, Default)]
pub struct Chunk {
    /// In the order in which they came; none is empty or longer than the service takes.
    pub lines: Lines,
    /// How far their file was read when they had been.
    pub position: Option<Position>,
}

/// The sink takes no more lines: it was closed, or its disk failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sink takes no more lines")]
pub struct Closed;

/// Takes lines; as many copies as are needed feed one sink.
#[derive(Debug, Clone)]
pub struct LineSender(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    has_come: Condvar,
    has_room: Condvar,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Waiting {
    chunks: VecDeque<Chunk>,
    // With what is being written.
    n_bytes: usize,
    // Room that was written out and can be filled again.
    spare: Option<Lines>,
    is_asleep: bool,
    is_closed: bool,
}

/// Counts what becomes of lines up to the disk.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    dropped: AtomicU64,
    is_full: AtomicBool,
}

impl Counters {
    /// Returns how many lines are on disk.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Acquire)
    }

    /// Returns how many were handed over and are not.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Acquire)
    }

    /// Tells whether lines wait for room in the spool.
    pub fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Acquire)
    }

    fn lose(&self, n_lines: usize) {
        self.dropped.fetch_add(n_lines as u64, Ordering::Release);
    }
}

impl Shared {
    // A panic elsewhere leaves nothing half done here.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, mut waiting: MutexGuard<'_, Waiting>) {
        if std::mem::take(&mut waiting.is_asleep) {
            drop(waiting);
            self.has_come.notify_one();
        }
    }

    fn close(&self) {
        let mut waiting = self.waiting();
        waiting.is_closed = true;
        self.has_room.notify_all();
        self.wake(waiting);
    }
}

impl LineSender {
    /// Hands a line over without waiting; it is counted as dropped if there is no room for it.
    ///
    /// An empty one is skipped, since the service takes none; a longer one than the service takes is
    /// split into pieces.
    pub fn send(&self, timestamp_ms: i64, text: &str) {
        if text.len() <= MESSAGE_MAX_BYTES {
            self.send_piece(timestamp_ms, text);
            return;
        }
        for piece in pieces(text) {
            self.send_piece(timestamp_ms, &piece);
        }
    }

    fn send_piece(&self, timestamp_ms: i64, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut waiting = self.0.waiting();
        if waiting.is_closed || waiting.n_bytes + text.len() > LIVE_MAX_BYTES {
            self.0.counters.lose(1);
            return;
        }
        if waiting.chunks.back().is_none_or(Chunk::is_record) {
            let lines = waiting.spare.take().unwrap_or_default();
            waiting.chunks.push_back(Chunk {
                lines,
                position: None,
            });
        }
        if let Some(last) = waiting.chunks.back_mut() {
            let before = last.lines.n_bytes();
            last.lines.push(timestamp_ms, text);
            let after = last.lines.n_bytes();
            waiting.n_bytes += after - before;
        }
        self.0.wake(waiting);
    }

    /// Hands lines over, and waits while there is no room for them. Not for asynchronous code.
    ///
    /// # Errors
    /// If the sink takes no more.
    pub fn hand_over(&self, chunk: Chunk) -> Result<(), Closed> {
        let mut waiting = self.0.waiting();
        while waiting.chunks.len() >= PATIENT_MAX_CHUNKS && !waiting.is_closed {
            let woken = self.0.has_room.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.is_closed {
            return Err(Closed);
        }
        waiting.n_bytes += chunk.lines.n_bytes();
        waiting.chunks.push_back(chunk);
        self.0.wake(waiting);
        Ok(())
    }
}

impl Chunk {
    // Whether it is enough to be written.
    fn is_record(&self) -> bool {
        self.lines.n_bytes() >= RECORD_BYTES || self.lines.len() >= RECORD_LINES
    }
}

/// The writing thread, and what it has done.
#[derive(Debug)]
pub struct Intake {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Intake {
    /// Starts writing to a queue.
    pub fn start(writer: QueueWriter, when_full: WhenFull, tally: Arc<Tally>) -> Intake {
        let shared = Arc::new(Shared::default());
        let writing = Writing {
            shared: shared.clone(),
            writer,
            when_full,
            tally,
        };
        Intake {
            shared,
            thread: Some(thread::spawn(move || writing.run())),
        }
    }

    /// Returns an end to hand lines over at.
    pub fn sender(&self) -> LineSender {
        LineSender(self.shared.clone())
    }

    /// Returns what is counted.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.shared.counters
    }

    /// Writes what has been handed over, and takes no more. Waits, so not for asynchronous code.
    pub fn close(&mut self) {
        self.shared.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        // The thread ends by itself.
        self.shared.close();
    }
}

struct Writing {
    shared: Arc<Shared>,
    writer: QueueWriter,
    when_full: WhenFull,
    tally: Arc<Tally>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        // However the thread ends: whoever waits for room must hear that there will be none.
        self.shared.close();
    }
}

impl Writing {
    fn run(mut self) {
        while let Some(mut chunk) = self.next() {
            let is_kept = self.keep(&chunk);
            let mut waiting = self.shared.waiting();
            waiting.n_bytes -= chunk.lines.n_bytes();
            if !is_kept {
                self.shared.counters.lose(chunk.lines.len());
                // Whoever waits must not get lines in behind those that are missing.
                if self.when_full == WhenFull::Wait {
                    waiting.is_closed = true;
                    let late = std::mem::take(&mut waiting.chunks);
                    let n_late = late.iter().map(|chunk| chunk.lines.len()).sum();
                    self.shared.counters.lose(n_late);
                    self.shared.has_room.notify_all();
                    return;
                }
            }
            chunk.lines.clear();
            waiting.spare = Some(chunk.lines);
        }
    }

    // Fetches what makes a record; none if there will be no more.
    fn next(&self) -> Option<Chunk> {
        let mut waiting = self.shared.waiting();
        while waiting.chunks.is_empty() {
            if waiting.is_closed {
                return None;
            }
            waiting.is_asleep = true;
            let woken = self.shared.has_come.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        let is_record = waiting.chunks.front().is_some_and(Chunk::is_record);
        if self.when_full == WhenFull::Drop && !is_record && !waiting.is_closed {
            drop(waiting);
            thread::sleep(LIVE_PAUSE);
            waiting = self.shared.waiting();
        }
        let mut chunk = waiting.chunks.pop_front()?;
        while !chunk.is_record()
            && let Some(next) = waiting.chunks.pop_front()
        {
            chunk.lines.append(&next.lines);
            chunk.position = next.position;
        }
        self.shared.has_room.notify_all();
        Some(chunk)
    }

    fn keep(&mut self, chunk: &Chunk) -> bool {
        let counters = &self.shared.counters;
        loop {
            let is_durable = self.when_full == WhenFull::Wait || self.tally.counts().is_away;
            let kept = self
                .writer
                .append(&chunk.lines, chunk.position.clone(), is_durable);
            let is_full = matches!(kept, Err(SpoolError::Full { .. }));
            counters.is_full.store(is_full, Ordering::Release);
            match kept {
                Ok(()) => {
                    let n_lines = chunk.lines.len() as u64;
                    counters.accepted.fetch_add(n_lines, Ordering::Release);
                    return true;
                }
                Err(SpoolError::Full { .. })
                    if self.when_full == WhenFull::Wait && self.writer.shared().wait_for_room() => {
                }
                Err(error) => {
                    self.tally.say_trouble(in_full(&error));
                    return false;
                }
            }
        }
    }
}
