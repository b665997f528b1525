//! What waits to be sent, on disk: bounded, in order, and there again after a crash.
//!
//! A folder of numbered pieces that are only appended to, and beside them a note of how far they were sent.
//! The note may be a moment old after a crash, so that a few batches are sent twice; X-Ray takes a document
//! whose id it knows for the same one. When all pieces together are too large, the oldest goes.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::spool_record::{self, Part, Waiting};

/// A place between two records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    piece: u64,
    offset: u64,
}

/// A file of the spool.
#[derive(Debug)]
struct Piece {
    number: u64,
    bytes: u64,
    /// Documents in it that were not sent.
    n_waiting: u64,
}

/// A batch that was read to be sent.
#[derive(Debug)]
pub struct Batch {
    /// Its documents, oldest first.
    pub documents: Vec<Waiting>,
    end: Place,
}

/// What was found when a spool was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// How many documents wait from before.
    pub n_waiting: u64,
    /// How many bytes at the ends of pieces were damaged and cut off.
    pub cut_bytes: u64,
    /// How many bytes between batches were damaged and are passed over.
    pub lost_bytes: u64,
}

/// Why a spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Another process has it.
    #[error("the spool {} is in use by another daemon", folder.display())]
    Held {
        /// The folder.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("cannot use the spool {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Documents that wait, on disk.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    most_bytes: u64,
    pieces: VecDeque<Piece>,
    /// The last of the pieces, if more may be written to it.
    writer: Option<File>,
    sent: Place,
    next_number: u64,
    /// How many documents of which piece are being sent.
    in_flight: Vec<(u64, u64)>,
    is_unsynced: bool,
    _lock: File,
}

// Small enough that the oldest can leave without taking much along.
const PIECES: u64 = 16;
const MOST_PIECE_BYTES: u64 = 4 << 20;
// What was sent is not kept for longer than this, except in a piece that goes on.
const MOST_SENT_BYTES: u64 = 1 << 20;
const SENT: &str = "sent";

impl Spool {
    /// Opens the spool in `folder`, and makes it if there is none; it holds about `most_bytes`.
    ///
    /// # Errors
    /// See [`SpoolError`].
    pub fn open(folder: &Path, most_bytes: u64) -> Result<(Spool, Found), SpoolError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| SpoolError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let lock_path = folder.join("lock");
        let mut options = OpenOptions::new();
        let lock = options.create(true).write(true).truncate(false);
        let lock = lock.open(&lock_path).map_err(failed(&lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SpoolError::Held {
                folder: folder.to_path_buf(),
            },
            TryLockError::Error(source) => failed(&lock_path)(source),
        })?;
        let mut spool = Spool {
            folder: folder.to_path_buf(),
            most_bytes,
            pieces: VecDeque::new(),
            writer: None,
            sent: read_sent(&folder.join(SENT)),
            next_number: 0,
            in_flight: Vec::new(),
            is_unsynced: false,
            _lock: lock,
        };
        let found = spool.recover().map_err(failed(folder))?;
        Ok((spool, found))
    }

    /// Returns how many documents wait, with those that are being sent.
    pub fn n_waiting(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.n_waiting).sum()
    }

    /// Appends a batch, and returns how many older documents had to leave for it.
    ///
    /// # Errors
    /// If the disk does not take it; then it is not in the spool.
    pub fn append(&mut self, documents: &[Waiting]) -> io::Result<u64> {
        let record = spool_record::encode(documents)?;
        let piece_bytes = (self.most_bytes / PIECES).clamp(64 << 10, MOST_PIECE_BYTES);
        let is_full = self
            .pieces
            .back()
            .is_none_or(|piece| piece.bytes >= piece_bytes);
        if is_full || self.writer.is_none() {
            self.begin_piece()?;
        }
        let (Some(writer), Some(piece)) = (&mut self.writer, self.pieces.back_mut()) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if let Err(error) = writer.write_all(&record) {
            // What was written of it lies behind the end that we know; the next batch begins a new piece.
            let _ = writer.set_len(piece.bytes);
            self.writer = None;
            return Err(error);
        }
        piece.bytes += record.len() as u64;
        piece.n_waiting += documents.len() as u64;
        self.is_unsynced = true;
        self.drop_oldest()
    }

    /// Returns the oldest batches, `most` at the most, and how many documents could not be read. They stay
    /// where they are until [`Spool::done`] is called with them.
    ///
    /// # Errors
    /// If a piece cannot be read at all.
    pub fn oldest(&mut self, most: usize) -> io::Result<(Vec<Batch>, u64)> {
        let (mut batches, mut n_lost) = (Vec::new(), 0);
        let mut place = self.sent;
        self.in_flight.clear();
        for piece in &mut self.pieces {
            if piece.number > place.piece {
                place = Place {
                    piece: piece.number,
                    offset: 0,
                };
            }
            if piece.number < place.piece || place.offset >= piece.bytes {
                continue;
            }
            let mut file = File::open(piece_path(&self.folder, piece.number))?;
            file.seek(SeekFrom::Start(place.offset))?;
            let mut bytes = Vec::new();
            file.take(piece.bytes - place.offset)
                .read_to_end(&mut bytes)?;
            let mut n_read = 0;
            for (length, part) in spool_record::parts(&bytes) {
                if batches.len() >= most {
                    break;
                }
                place.offset += length;
                // Where the disk has changed what it was given, the next batch is looked for.
                let Part::Batch(batch) = part else { continue };
                let Ok(documents) = spool_record::documents(batch) else {
                    continue;
                };
                n_read += documents.len() as u64;
                batches.push(Batch {
                    documents,
                    end: place,
                });
            }
            if place.offset >= piece.bytes {
                n_lost += piece.n_waiting.saturating_sub(n_read);
                piece.n_waiting = n_read;
            }
            self.in_flight.push((piece.number, n_read));
            if batches.len() >= most {
                break;
            }
        }
        if batches.is_empty() && place != self.sent {
            self.sent = place;
            self.write_sent()?;
        }
        Ok((batches, n_lost))
    }

    /// Forgets batches that [`Spool::oldest`] returned: they are where they should be.
    ///
    /// # Errors
    /// If it cannot be noted; they may then be sent once more, after a restart.
    pub fn done(&mut self, batches: &[Batch]) -> io::Result<()> {
        self.in_flight.clear();
        let Some(last) = batches.last() else {
            return Ok(());
        };
        for batch in batches {
            let number = batch.end.piece;
            if let Some(piece) = self.pieces.iter_mut().find(|piece| piece.number == number) {
                let n_documents = batch.documents.len() as u64;
                piece.n_waiting = piece.n_waiting.saturating_sub(n_documents);
            }
        }
        self.sent = self.sent.max(last.end);
        self.remove_sent(MOST_SENT_BYTES)
    }

    /// Gives up on what is being sent: it stays in the spool. Returns how many documents do not, since their
    /// piece had to leave meanwhile.
    pub fn keep(&mut self) -> u64 {
        let in_flight = std::mem::take(&mut self.in_flight);
        let is_gone = |number: u64| self.pieces.iter().all(|piece| piece.number != number);
        let gone = in_flight.into_iter().filter(|(number, _)| is_gone(*number));
        gone.map(|(_, n)| n).sum()
    }

    /// Returns the file that was written to since the last call, to be synced without holding the spool up.
    pub fn unsynced(&mut self) -> Option<File> {
        if !std::mem::take(&mut self.is_unsynced) {
            return None;
        }
        self.writer.as_ref()?.try_clone().ok()
    }

    /// Removes what was sent, as far as it can be told from the rest.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn tidy(&mut self) -> io::Result<()> {
        self.remove_sent(0)
    }

    fn begin_piece(&mut self) -> io::Result<()> {
        if let Some(writer) = self.writer.take() {
            // What is not synced here would be forgotten.
            let _ = writer.sync_data();
        }
        let number = self.next_number;
        let path = piece_path(&self.folder, number);
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(path)?;
        self.next_number += 1;
        self.pieces.push_back(Piece {
            number,
            bytes: 0,
            n_waiting: 0,
        });
        self.writer = Some(file);
        Ok(())
    }

    fn drop_oldest(&mut self) -> io::Result<u64> {
        let mut n_dropped = 0;
        while self.pieces.len() > 1
            && self.pieces.iter().map(|piece| piece.bytes).sum::<u64>() > self.most_bytes
            && let Some(oldest) = self.pieces.pop_front()
        {
            let in_flight = self.in_flight.iter();
            let in_flight = in_flight.filter(|(number, _)| *number == oldest.number);
            let n_in_flight: u64 = in_flight.map(|(_, n)| n).sum();
            n_dropped += oldest.n_waiting.saturating_sub(n_in_flight);
            let next = Place {
                piece: oldest.number + 1,
                offset: 0,
            };
            self.sent = self.sent.max(next);
            self.write_sent()?;
            remove(&piece_path(&self.folder, oldest.number))?;
        }
        Ok(n_dropped)
    }

    // The note comes first: a piece below it is rubbish, and one that it names may not be there yet.
    fn remove_sent(&mut self, most_sent_bytes: u64) -> io::Result<()> {
        if let Some(last) = self.pieces.back()
            && last.number == self.sent.piece
            && last.bytes == self.sent.offset
            && last.bytes > most_sent_bytes
        {
            self.sent = Place {
                piece: last.number + 1,
                offset: 0,
            };
            self.writer = None;
        }
        self.write_sent()?;
        while let Some(piece) = self.pieces.front()
            && piece.number < self.sent.piece
        {
            remove(&piece_path(&self.folder, piece.number))?;
            self.pieces.pop_front();
        }
        Ok(())
    }

    fn write_sent(&self) -> io::Result<()> {
        let path = self.folder.join(SENT);
        let fresh = self.folder.join("sent.new");
        fs::write(
            &fresh,
            format!("{} {}\n", self.sent.piece, self.sent.offset),
        )?;
        fs::rename(fresh, path)
    }

    fn recover(&mut self) -> io::Result<Found> {
        let mut found = Found::default();
        let mut numbers: Vec<u64> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            numbers.extend(
                name.strip_suffix(".spool")
                    .and_then(|it| it.parse::<u64>().ok()),
            );
        }
        numbers.sort_unstable();
        self.next_number = numbers
            .last()
            .map_or(0, |last| last + 1)
            .max(self.sent.piece);
        for number in numbers {
            let path = piece_path(&self.folder, number);
            if number < self.sent.piece {
                remove(&path)?;
                continue;
            }
            let bytes = fs::read(&path)?;
            let length = bytes.len() as u64;
            let sent_bytes = match number == self.sent.piece {
                true => self.sent.offset.min(length),
                false => 0,
            };
            let mut piece = Piece {
                number,
                bytes: 0,
                n_waiting: 0,
            };
            for (length, part) in spool_record::parts(&bytes) {
                match part {
                    Part::Batch(batch) if piece.bytes >= sent_bytes => {
                        piece.n_waiting += spool_record::n_documents(batch).unwrap_or(0);
                    }
                    Part::Batch(_) => {}
                    Part::Damage => found.lost_bytes += length,
                    Part::Torn => break,
                }
                piece.bytes += length;
            }
            if piece.bytes < length {
                found.cut_bytes += length - piece.bytes;
                OpenOptions::new()
                    .write(true)
                    .open(&path)?
                    .set_len(piece.bytes)?;
            }
            found.n_waiting += piece.n_waiting;
            self.pieces.push_back(piece);
        }
        // A note that lies behind a cut.
        if let Some(piece) = self.pieces.front()
            && piece.number == self.sent.piece
        {
            self.sent.offset = self.sent.offset.min(piece.bytes);
        }
        self.remove_sent(0)?;
        Ok(found)
    }
}

fn piece_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.spool"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

// A note that cannot be read is none: everything that is there is sent.
fn read_sent(path: &Path) -> Place {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(piece)), Some(Ok(offset))) => Place { piece, offset },
        _ => Place::default(),
    }
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
