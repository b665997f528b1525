//! The end of a queue that gives lines, a batch at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use super::sink_batch::Batch;
use super::sink_files::{self, LineAt};
use super::sink_queue::{Kept, Shared, SpoolError};

/// Lines that were taken to be sent.
#[derive(Debug)]
pub struct Taken {
    /// In chronological order; within every limit of PutLogEvents.
    pub batch: Batch,
    /// Settles these lines and all before.
    pub end_line: u64,
}

/// The end that gives lines.
#[derive(Debug)]
pub struct QueueReader {
    shared: Arc<Shared>,
    // The next line to be read from a file.
    next_line: u64,
    // The file that is read, and how far it was.
    place: Option<(u64, u64)>,
    // What was read of it last, and the lines of that that are not taken yet.
    bytes: Vec<u8>,
    waiting: VecDeque<LineAt>,
    taken: Kept,
}

impl QueueReader {
    /// Makes the reader of a queue of which all lines below `n_settled` are settled.
    pub fn new(shared: Arc<Shared>, n_settled: u64) -> QueueReader {
        QueueReader {
            shared,
            next_line: n_settled,
            place: None,
            bytes: Vec::new(),
            waiting: VecDeque::new(),
            taken: Kept::default(),
        }
    }

    /// Returns what both ends know.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Returns what was taken since the queue was opened.
    pub fn taken(&self) -> Kept {
        self.taken
    }

    /// Takes the next lines that make a batch; `None` if there are none.
    ///
    /// # Errors
    /// `Io`; nothing was taken then.
    pub fn take(&mut self) -> Result<Option<Taken>, SpoolError> {
        let mut batch = Batch::default();
        let kept = self.shared.kept();
        loop {
            let Some(line) = self.waiting.front() else {
                match self.read_more() {
                    Ok(true) => continue,
                    Ok(false) => break,
                    Err(error) if batch.is_empty() => return Err(error),
                    // It fails again, or not, when nothing else is left to take.
                    Err(_) => break,
                }
            };
            let text = self.bytes.get(line.text.clone()).unwrap_or_default();
            if !batch.push(line.timestamp_ms, &String::from_utf8_lossy(text)) {
                break;
            }
            self.waiting.pop_front();
        }
        if batch.is_empty() {
            // What was counted and is not there was lost to damage; nobody need wait for it.
            self.taken = kept;
            return Ok(None);
        }
        self.taken.lines += batch.len() as u64;
        self.taken.bytes += batch.n_bytes() as u64;
        batch.sort();
        let next = self.waiting.front();
        Ok(Some(Taken {
            batch,
            end_line: next.map_or(self.next_line, |line| line.number),
        }))
    }

    // Reads on in the files, once everything that was read is taken; `false` at their end.
    fn read_more(&mut self) -> Result<bool, SpoolError> {
        loop {
            let Some(segment) = self.shared.file_after(self.place) else {
                return Ok(false);
            };
            let start = match self.place {
                Some((number, offset)) if number == segment.number => offset,
                _ => 0,
            };
            self.bytes = sink_files::read(self.shared.folder(), &segment, start)?;
            self.place = Some((segment.number, segment.bytes));
            let is_start = start == 0;
            sink_files::lines_of(&self.bytes, is_start, self.next_line, &mut self.waiting);
            if !self.waiting.is_empty() {
                self.next_line = segment.end_line;
                return Ok(true);
            }
        }
    }
}
