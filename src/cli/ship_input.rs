//! What `logs ship` reads: bytes from a pipe or a file, cut into lines with their times, and handed over
//! no faster than they can be kept.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::clock;
use crate::cloudwatch::line_time::{LineTimes, OddTimes};
use crate::cloudwatch::lines::{Line, LineCutter};
use crate::cloudwatch::sink::{Chunk, Head, LineSender, Lines, Position};
use crate::model::time::MILLISECOND;

// What one read asks for.
const READ_BYTES: usize = 256 << 10;

/// Where bytes come from.
pub struct Input {
    bytes: Box<dyn Read + Send>,
    // The beginning of a file, by which it is known again; other inputs cannot be gone on with.
    head: Option<Head>,
    offset: u64,
}

/// What was read, as far as it was handed over.
#[derive(Debug, Clone, Copy, Default)]
pub struct InputCounts {
    /// Lines without any text.
    pub empty: u64,
    /// Lines and pieces with bytes that are not UTF-8.
    pub mended: u64,
    /// Lines that were longer than the service takes.
    pub split: u64,
    /// What they became.
    pub pieces: u64,
    /// Lines that did not say when they were, though they should.
    pub untimed: u64,
    /// Lines at local times with two readings or none.
    pub odd: OddTimes,
}

/// How reading came to its end.
#[derive(Debug)]
pub enum Ended {
    /// Everything was handed over.
    AtEnd,
    /// The sink takes no more.
    Closed,
    /// The system refused.
    Failed(io::Error),
}

/// A thread that reads.
pub struct Reading {
    /// Resolves when it has ended.
    pub ended: oneshot::Receiver<Ended>,
    counts: Arc<Mutex<InputCounts>>,
}

impl Input {
    /// Returns the standard input.
    pub fn stdin() -> Input {
        Input {
            bytes: Box::new(io::stdin()),
            head: None,
            offset: 0,
        }
    }

    /// Opens a file, at `known` if that is a place in it; returns whether it was.
    ///
    /// # Errors
    /// What the system says.
    pub fn file(path: &Path, known: Option<&Position>) -> io::Result<(Input, bool)> {
        let mut file = File::open(path)?;
        if !file.metadata()?.is_file() {
            let input = Input {
                bytes: Box::new(file),
                head: None,
                offset: 0,
            };
            return Ok((input, false));
        }
        // Under one name, from wherever it is called.
        let path = path.canonicalize()?;
        let known = known.filter(|known| known.is_in(&path));
        let offset = known.map_or(0, |known| known.offset);
        io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
        let input = Input {
            bytes: Box::new(file),
            head: Some(Head::of(&path)?),
            offset,
        };
        Ok((input, known.is_some()))
    }
}

impl Reading {
    /// Starts to read.
    pub fn start(input: Input, times: LineTimes, lines: LineSender) -> Reading {
        let (end, ended) = oneshot::channel();
        let counts = Arc::new(Mutex::new(InputCounts::default()));
        let reader = Reader {
            input,
            times,
            lines,
            counts: counts.clone(),
        };
        thread::spawn(move || {
            // Nobody listens any more once the command was interrupted.
            let _ = end.send(reader.read());
        });
        Reading { ended, counts }
    }

    /// Returns what was read so far.
    pub fn counts(&self) -> InputCounts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader {
    input: Input,
    times: LineTimes,
    lines: LineSender,
    counts: Arc<Mutex<InputCounts>>,
}

impl Reader {
    fn read(mut self) -> Ended {
        let mut cutter = LineCutter::default();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let n_bytes = match self.input.bytes.read(&mut buffer) {
                Ok(n_bytes) => n_bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ended::Failed(error),
            };
            let mut counts = self.counts();
            let mut chunk = Chunk::default();
            let now_ms = clock::now() / MILLISECOND;
            let times = &mut self.times;
            let mut take = |line| take_line(line, times, now_ms, &mut counts, &mut chunk.lines);
            match buffer.get(..n_bytes) {
                Some(bytes) if n_bytes > 0 => cutter.push(bytes, &mut take),
                _ => cutter.finish(&mut take),
            }
            self.input.offset += n_bytes as u64;
            if !chunk.lines.is_empty() {
                chunk.position = self.position(cutter.n_waiting() as u64);
                if self.lines.hand_over(chunk).is_err() {
                    return Ended::Closed;
                }
            }
            *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = counts;
            if n_bytes == 0 {
                return Ended::AtEnd;
            }
        }
    }

    fn counts(&self) -> InputCounts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // The place behind the last whole line.
    fn position(&mut self, n_waiting: u64) -> Option<Position> {
        let head = self.input.head.as_mut()?;
        let offset = self.input.offset - n_waiting;
        if let Some(position) = head.at(offset) {
            return Some(position);
        }
        // The file was shorter when it was opened.
        *head = Head::of(head.file()).ok()?;
        head.at(offset)
    }
}

fn take_line(
    line: Line,
    times: &mut LineTimes,
    now_ms: i64,
    counts: &mut InputCounts,
    lines: &mut Lines,
) {
    if line.text.is_empty() {
        counts.empty += 1;
        return;
    }
    counts.mended += u64::from(line.is_mended);
    counts.pieces += u64::from(line.piece.is_some());
    counts.split += u64::from(line.piece == Some(1));
    let timestamp_ms = if line.piece.is_some_and(|piece| piece > 1) {
        times.same_again(now_ms)
    } else {
        let (timestamp_ms, is_its_own) = times.time_of(&line.text, now_ms);
        counts.untimed += u64::from(!is_its_own);
        counts.odd = times.odd();
        timestamp_ms
    };
    lines.push(timestamp_ms, &line.text);
}
