//! Lines on disk on their way to one log stream: appended at one end, taken at the other.
//!
//! A queue is a folder. `queue.json` says where its lines go; `N.lines` are its files, each a magic and
//! [`crate::records`] of some lines; `cursor` says which line is the first that is not settled. A line
//! is settled when the service has taken it or turned it away. Files whose lines are all settled are
//! removed, except the last, which says how far the input was read.
//!
//! Both ends may be killed at any moment: an append is there or not, as a whole, and the cursor moves
//! only once the service has answered, so that at most what was under way is sent again. Of a failure of the
//! whole machine that is true for what was appended durably.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::sink_files::{self, Cursor, Lines, Segment};
use super::sink_position::Position;
use super::sink_reader::QueueReader;
use crate::spool::QueueError;

/// Why lines cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It holds as much as it may, or as the disk can.
    #[error("the spool is full: {} holds {bytes} bytes", folder.display())]
    Full {
        /// The spool's folder, or a queue's.
        folder: PathBuf,
        /// How much is in it.
        bytes: u64,
    },
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<QueueError> for SpoolError {
    fn from(error: QueueError) -> SpoolError {
        let QueueError {
            action,
            path,
            source,
        } = error;
        SpoolError::Io {
            action,
            path,
            source,
        }
    }
}

/// How many lines and bytes have been kept in all; bytes with each line's overhead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Lines.
    pub lines: u64,
    /// What they count towards batches.
    pub bytes: u64,
}

/// A queue's two ends, and what was found in it.
pub struct Queue {
    /// Takes lines.
    pub writer: QueueWriter,
    /// Gives them back.
    pub reader: QueueReader,
}

/// What both ends know of a queue.
#[derive(Debug)]
pub struct Shared {
    folder: PathBuf,
    max_bytes: u64,
    state: Mutex<State>,
    settled: Condvar,
    kept: watch::Sender<Kept>,
    // It ends with the process however that ends.
    lock: File,
}

#[derive(Debug)]
struct State {
    segments: VecDeque<Segment>,
    cursor: Cursor,
    // Lines below are settled.
    n_settled: u64,
    // Lines below are on disk.
    n_kept: u64,
    n_damaged_bytes: u64,
    // How far a file was read, if the last lines came from one.
    position: Option<Position>,
    // Whether the last lines are durable, so that what is settled of them has to be.
    is_durable: bool,
    is_closing: bool,
}

impl Queue {
    /// Opens the queue of a folder whose lock is `lock`; whatever was half written is left out.
    ///
    /// # Errors
    /// `Io`.
    pub fn open(folder: PathBuf, lock: File, max_bytes: u64) -> Result<Queue, SpoolError> {
        let found = sink_files::recover(&folder)?;
        let (kept, _) = watch::channel(found.pending);
        let next_file = found.segments.back().map_or(1, |last| last.number + 1);
        let shared = Arc::new(Shared {
            folder,
            max_bytes,
            state: Mutex::new(State {
                segments: found.segments,
                cursor: found.cursor,
                n_settled: found.n_settled,
                n_kept: found.n_lines,
                n_damaged_bytes: found.n_damaged_bytes,
                position: found.position,
                is_durable: true,
                is_closing: false,
            }),
            settled: Condvar::new(),
            kept,
            lock,
        });
        let writer = QueueWriter {
            shared: shared.clone(),
            file: None,
            next_file,
            is_broken: false,
            bytes: Vec::new(),
        };
        let reader = QueueReader::new(shared, found.n_settled);
        Ok(Queue { writer, reader })
    }
}

impl Shared {
    /// Returns the queue's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns how many lines are not settled.
    pub fn n_pending(&self) -> u64 {
        let state = self.state();
        state.n_kept.saturating_sub(state.n_settled)
    }

    /// Returns how many bytes of the queue's files were damaged and are left out.
    pub fn n_damaged_bytes(&self) -> u64 {
        self.state().n_damaged_bytes
    }

    /// Returns how far a file was read, if the last lines came from one.
    pub fn position(&self) -> Option<Position> {
        self.state().position.clone()
    }

    /// Sees every growth of the queue; what was found in it at first counts.
    pub fn growth(&self) -> watch::Receiver<Kept> {
        self.kept.subscribe()
    }

    /// Returns what was counted so far; all of it can be read from now on.
    pub fn kept(&self) -> Kept {
        *self.kept.borrow()
    }

    /// Returns the file to be read after `place`, which is a file's number and how far that was read.
    pub fn file_after(&self, place: Option<(u64, u64)>) -> Option<Segment> {
        let is_after = |segment: &&Segment| {
            place.is_none_or(|(number, offset)| {
                segment.number > number || (segment.number == number && segment.bytes > offset)
            })
        };
        self.state().segments.iter().find(is_after).copied()
    }

    /// Settles all lines below `n_settled`, for ever, as durably as the last lines were appended.
    ///
    /// # Errors
    /// `Io`; the lines are then sent again after a restart.
    pub fn settle(&self, n_settled: u64) -> Result<(), SpoolError> {
        let mut state = self.state();
        state.n_settled = state.n_settled.max(n_settled);
        let is_durable = state.is_durable;
        let written = state.cursor.write(n_settled, is_durable);
        while state.segments.len() > 1
            && state
                .segments
                .front()
                .is_some_and(|first| first.end_line <= n_settled)
        {
            if let Some(first) = state.segments.pop_front() {
                // What cannot be removed is settled all the same.
                let _ = fs::remove_file(sink_files::segment_path(&self.folder, first.number));
            }
        }
        drop(state);
        self.settled.notify_all();
        written.map_err(|source| SpoolError::Io {
            action: "write",
            path: self.folder.join(sink_files::CURSOR),
            source,
        })
    }

    /// Lets a writer that waits for room give up.
    pub fn stop_waiting(&self) {
        self.state().is_closing = true;
        self.settled.notify_all();
    }

    /// Waits until lines have been settled; `false` if there is nothing to wait for.
    ///
    /// Looks up now and then by itself, for the disk may get room from elsewhere.
    pub fn wait_for_room(&self) -> bool {
        let state = self.state();
        if state.is_closing || state.n_kept == state.n_settled {
            return false;
        }
        let waited = self.settled.wait_timeout(state, Duration::from_secs(1));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.is_closing
    }

    /// Lets others have the queue; neither end is to be used any more.
    pub fn let_go(&self) {
        // What cannot be unlocked is let go when the file is closed.
        let _ = self.lock.unlock();
    }

    // A panic elsewhere leaves nothing half done here: every change is one assignment.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that takes lines.
#[derive(Debug)]
pub struct QueueWriter {
    shared: Arc<Shared>,
    file: Option<(File, Segment)>,
    next_file: u64,
    // A file has something at its end that could not be taken back: what is written behind it would
    // not be found.
    is_broken: bool,
    // Used again, so that it is made once.
    bytes: Vec<u8>,
}

impl QueueWriter {
    /// Returns what both ends know.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Keeps lines; returns when they are on disk, or if that need not be durable, when the system has them
    /// for it.
    ///
    /// # Errors
    /// `Full` and `Io`; the lines are then not there.
    pub fn append(
        &mut self,
        lines: &Lines,
        position: Option<Position>,
        is_durable: bool,
    ) -> Result<(), SpoolError> {
        let (first_line, used) = {
            let state = self.shared.state();
            let used: u64 = state.segments.iter().map(|segment| segment.bytes).sum();
            (state.n_kept, used)
        };
        self.bytes.clear();
        sink_files::put_lines(&mut self.bytes, first_line, lines, position.as_ref());
        let bytes = self.bytes.len() as u64;
        if used + bytes > self.shared.max_bytes {
            return Err(self.full(used));
        }
        if let Some((_, segment)) = &self.file
            && segment.bytes + bytes > sink_files::SEGMENT_BYTES
        {
            self.file = None;
        }
        let mut segment = match self.write(is_durable) {
            Ok(segment) => segment,
            // A disk without room is a full spool: either may pass.
            Err((_, source)) if source.kind() == io::ErrorKind::StorageFull => {
                return Err(self.full(used));
            }
            Err((action, source)) => {
                return Err(SpoolError::Io {
                    action,
                    path: self.shared.folder.clone(),
                    source,
                });
            }
        };
        segment.end_line = first_line + lines.len() as u64;
        if let Some((_, known)) = &mut self.file {
            *known = segment;
        }
        let mut state = self.shared.state();
        match state.segments.back_mut() {
            Some(last) if last.number == segment.number => *last = segment,
            _ => state.segments.push_back(segment),
        }
        state.n_kept = segment.end_line;
        state.position = position;
        state.is_durable = is_durable;
        drop(state);
        let more = lines.kept();
        self.shared.kept.send_modify(|kept| {
            kept.lines += more.lines;
            kept.bytes += more.bytes;
        });
        Ok(())
    }

    // Writes what is in `bytes`, starting a file if there is none; all of it or nothing.
    fn write(&mut self, is_durable: bool) -> Result<Segment, (&'static str, io::Error)> {
        if self.is_broken {
            return Err(("write to", io::ErrorKind::InvalidData.into()));
        }
        let Some((file, segment)) = &mut self.file else {
            // Durable in any case: what is appended to it durably later needs its name.
            let started =
                sink_files::start_segment(&self.shared.folder, self.next_file, &self.bytes);
            let (file, segment) = started.map_err(|source| ("start a file in", source))?;
            self.file = Some((file, segment));
            self.next_file += 1;
            return Ok(segment);
        };
        let written = file.write_all(&self.bytes);
        let written = match is_durable {
            true => written.and_then(|()| file.sync_data()),
            false => written,
        };
        if let Err(source) = written {
            // Lines that are not accepted are better not there at all.
            self.is_broken = file.set_len(segment.bytes).is_err();
            return Err(("write to", source));
        }
        Ok(Segment {
            bytes: segment.bytes + self.bytes.len() as u64,
            ..*segment
        })
    }

    fn full(&self, bytes: u64) -> SpoolError {
        SpoolError::Full {
            folder: self.shared.folder.clone(),
            bytes,
        }
    }
}
