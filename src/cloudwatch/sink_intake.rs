//! From whoever has lines to the disk: a bounded channel, and a thread that writes what waits in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::lines::pieces;
use super::sink_delivery::{Tally, in_full};
use super::sink_position::Position;
use super::sink_queue::{QueueWriter, SpoolError};
use crate::model::log::LogEvent;

// The most chunks and bytes that wait to be written, where nobody waits for that.
const LIVE_MAX_CHUNKS: usize = 20_000;
const LIVE_MAX_BYTES: usize = 16 << 20;
// The most chunks, where somebody does.
const PATIENT_MAX_CHUNKS: usize = 4;
// So much is written and made durable at once, unless one chunk is more.
const RECORD_BYTES: usize = 1 << 20;
const RECORD_LINES: usize = 10_000;
// Lines of live traffic are written twenty times a second at most: who hands one over then wakes nobody, and
// one write to the disk serves all that came meanwhile. Killed with `kill -9`, a service loses that much.
const LIVE_PAUSE: Duration = Duration::from_millis(50);

/// What happens to lines that come while the spool has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// They are dropped, and counted; handing over never waits.
    Drop,
    /// Whoever hands them over waits.
    Wait,
}

/// Some lines on their way to the disk.
#[derive(Debug, Default)]
pub struct Chunk {
    /// In the order in which they came; none is empty or longer than the service takes.
    pub lines: Vec<LogEvent>,
    /// How far their file was read when they had been.
    pub position: Option<Position>,
}

/// The sink takes no more lines: it was closed, or its disk failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sink takes no more lines")]
pub struct Closed;

/// Takes lines; as many copies as are needed feed one sink.
#[derive(Debug, Clone)]
pub struct LineSender {
    queue: SyncSender<Message>,
    counters: Arc<Counters>,
}

#[derive(Debug)]
enum Message {
    Line(LogEvent),
    Lines(Chunk),
    Close,
}

/// Counts what becomes of lines up to the disk.
#[derive(Debug, Default)]
pub struct Counters {
    waiting_bytes: AtomicUsize,
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
}

impl LineSender {
    /// Hands a line over without waiting; it is counted as dropped if there is no room for it.
    ///
    /// An empty one is skipped, since the service takes none; a longer one than the service takes is
    /// split into pieces.
    pub fn send(&self, event: LogEvent) {
        let counters = &self.counters;
        let timestamp_ms = event.timestamp_ms;
        if event.message.is_empty() {
            return;
        }
        for message in pieces(event.message) {
            let bytes = message.len();
            let waiting = counters.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
            let line = LogEvent {
                timestamp_ms,
                message,
            };
            let has_room = waiting + bytes <= LIVE_MAX_BYTES;
            if !has_room || self.queue.try_send(Message::Line(line)).is_err() {
                counters.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
                counters.dropped.fetch_add(1, Ordering::Release);
            }
        }
    }

    /// Hands lines over, and waits while there is no room for them. Not for asynchronous code.
    ///
    /// # Errors
    /// If the sink takes no more.
    pub fn hand_over(&self, chunk: Chunk) -> Result<(), Closed> {
        let bytes = bytes_of(&chunk);
        self.counters
            .waiting_bytes
            .fetch_add(bytes, Ordering::Relaxed);
        self.queue.send(Message::Lines(chunk)).map_err(|_| Closed)
    }
}

/// The writing thread, and what it has done.
#[derive(Debug)]
pub struct Intake {
    queue: SyncSender<Message>,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

impl Intake {
    /// Starts writing to a queue.
    pub fn start(writer: QueueWriter, when_full: WhenFull, tally: Arc<Tally>) -> Intake {
        let bound = match when_full {
            WhenFull::Drop => LIVE_MAX_CHUNKS,
            WhenFull::Wait => PATIENT_MAX_CHUNKS,
        };
        let (queue, messages) = sync_channel(bound);
        let counters = Arc::new(Counters::default());
        let writing = Writing {
            writer,
            when_full,
            counters: counters.clone(),
            tally,
        };
        Intake {
            queue,
            counters,
            thread: Some(thread::spawn(move || writing.run(&messages))),
        }
    }

    /// Returns an end to hand lines over at.
    pub fn sender(&self) -> LineSender {
        LineSender {
            queue: self.queue.clone(),
            counters: self.counters.clone(),
        }
    }

    /// Returns what is counted.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Writes what has been handed over, and takes no more. Waits, so not for asynchronous code.
    pub fn close(&mut self) {
        // It fails if the thread has gone already.
        let _ = self.queue.send(Message::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Writing {
    writer: QueueWriter,
    when_full: WhenFull,
    counters: Arc<Counters>,
    tally: Arc<Tally>,
}

impl Writing {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut is_open = true;
        while is_open {
            let mut group = match messages.recv() {
                Ok(Message::Line(line)) => Chunk {
                    lines: vec![line],
                    position: None,
                },
                Ok(Message::Lines(group)) => group,
                Ok(Message::Close) | Err(_) => break,
            };
            if self.when_full == WhenFull::Drop {
                thread::sleep(LIVE_PAUSE);
            }
            let mut bytes = bytes_of(&group);
            while bytes < RECORD_BYTES && group.lines.len() < RECORD_LINES {
                match messages.try_recv() {
                    Ok(Message::Line(line)) => {
                        bytes += line.message.len();
                        group.lines.push(line);
                    }
                    Ok(Message::Lines(next)) => {
                        bytes += bytes_of(&next);
                        group.lines.extend(next.lines);
                        group.position = next.position;
                    }
                    Ok(Message::Close) => {
                        is_open = false;
                        break;
                    }
                    Err(_) => break,
                }
            }
            let is_kept = self.keep(&group);
            self.counters
                .waiting_bytes
                .fetch_sub(bytes, Ordering::Relaxed);
            if !is_kept {
                let n_lines = group.lines.len() as u64;
                self.counters.dropped.fetch_add(n_lines, Ordering::Release);
                // Whoever waits must not get lines in behind those that are missing.
                is_open &= self.when_full == WhenFull::Drop;
            }
        }
        while let Ok(late) = messages.try_recv() {
            let n_lines = match late {
                Message::Line(_) => 1,
                Message::Lines(late) => late.lines.len() as u64,
                Message::Close => 0,
            };
            self.counters.dropped.fetch_add(n_lines, Ordering::Release);
        }
    }

    fn keep(&mut self, group: &Chunk) -> bool {
        loop {
            let kept = self.writer.append(&group.lines, group.position.clone());
            let is_full = matches!(kept, Err(SpoolError::Full { .. }));
            self.counters.is_full.store(is_full, Ordering::Release);
            match kept {
                Ok(()) => {
                    let n_lines = group.lines.len() as u64;
                    self.counters.accepted.fetch_add(n_lines, Ordering::Release);
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

fn bytes_of(chunk: &Chunk) -> usize {
    chunk.lines.iter().map(|line| line.message.len()).sum()
}
