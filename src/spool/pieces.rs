//! What waits to be sent, on disk: bounded, in order, and there again after a crash.
//!
//! A folder of numbered pieces that are only appended to, and beside them a note of how far they were sent.
//! The note may be a moment old after a crash, so that a few batches are sent twice. When all pieces
//! together are too large, the oldest goes.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::piece::{Found, Note, Piece, Place, piece_numbers, piece_path, remove_piece};
use super::queues::{QueueError, create_folder, open_own};
use super::record::{self, Part};
use crate::whole_file::owner_only;

/// A batch that was read to be sent.
#[derive(Debug, Clone)]
pub struct Batch {
    /// How many things it holds.
    pub n_items: u64,
    /// The things, as they were appended.
    pub things: Bytes,
    end: Place,
}

impl Batch {
    /// Returns a batch that is in no spool.
    pub fn loose(n_items: u32, things: Bytes) -> Batch {
        Batch {
            n_items: u64::from(n_items),
            things,
            end: Place::default(),
        }
    }
}

/// Why a spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Another process has it.
    #[error("the spool {} is in use by another process", folder.display())]
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

impl From<QueueError> for SpoolError {
    fn from(error: QueueError) -> SpoolError {
        let QueueError { path, source, .. } = error;
        SpoolError::Io { path, source }
    }
}

/// Batches that wait, on disk.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    most_bytes: u64,
    pieces: VecDeque<Piece>,
    /// The last of the pieces, if more may be written to it.
    writer: Option<File>,
    sent: Place,
    note: Note,
    /// What was appended lately and is not sent, with its places, so that it need not be read again.
    fresh: VecDeque<(Place, Arc<Batch>)>,
    next_number: u64,
    /// How many things of which piece are being sent.
    in_flight: Vec<(u64, u64)>,
    is_unsynced: bool,
    _lock: File,
}

// Small enough that the oldest can leave without taking much along.
const PIECES: u64 = 16;
const MOST_PIECE_BYTES: u64 = 4 << 20;
// What was sent is not kept for longer than this, except in a piece that goes on.
const MOST_SENT_BYTES: u64 = 1 << 20;
const MOST_FRESH_BYTES: usize = 4 << 20;

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
        create_folder(folder).map_err(failed(folder))?;
        let lock_path = folder.join("lock");
        let lock = open_own(&lock_path).map_err(failed(&lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SpoolError::Held {
                folder: folder.to_path_buf(),
            },
            TryLockError::Error(source) => failed(&lock_path)(source),
        })?;
        Spool::of(folder, lock, most_bytes)
    }

    /// Opens the spool in a folder whose lock is `lock`, as [`Spool::open`] does.
    ///
    /// # Errors
    /// `Io`.
    pub fn of(folder: &Path, lock: File, most_bytes: u64) -> Result<(Spool, Found), SpoolError> {
        let failed = |source| SpoolError::Io {
            path: folder.to_path_buf(),
            source,
        };
        let (note, sent) = Note::open(folder).map_err(failed)?;
        let mut spool = Spool {
            folder: folder.to_path_buf(),
            most_bytes,
            pieces: VecDeque::new(),
            writer: None,
            sent,
            note,
            fresh: VecDeque::new(),
            next_number: 0,
            in_flight: Vec::new(),
            is_unsynced: false,
            _lock: lock,
        };
        let found = spool.recover().map_err(failed)?;
        Ok((spool, found))
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns how many things wait, with those that are being sent.
    pub fn n_waiting(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.n_waiting).sum()
    }

    /// Appends a batch of `n_items` things, and returns how many older things had to leave for it.
    ///
    /// # Errors
    /// If the disk does not take it; then it is not in the spool.
    pub fn append(&mut self, n_items: u32, things: &Bytes) -> io::Result<u64> {
        let head = record::head(n_items, things)?;
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
        let written = writer.write_all(&head);
        if let Err(error) = written.and_then(|()| writer.write_all(things)) {
            // What was written of it lies behind the end that we know; the next batch begins a new piece.
            let _ = writer.set_len(piece.bytes);
            self.writer = None;
            return Err(error);
        }
        let at = |offset| Place {
            piece: piece.number,
            offset,
        };
        let start = at(piece.bytes);
        piece.bytes += (head.len() + things.len()) as u64;
        piece.n_waiting += u64::from(n_items);
        self.is_unsynced = true;
        let fresh_bytes: usize = self.fresh.iter().map(|(_, it)| it.things.len()).sum();
        if fresh_bytes + things.len() <= MOST_FRESH_BYTES {
            let batch = Batch {
                n_items: u64::from(n_items),
                things: things.clone(),
                end: at(piece.bytes),
            };
            self.fresh.push_back((start, Arc::new(batch)));
        }
        self.drop_oldest()
    }

    /// Returns the oldest batches, `most` at the most, and how many things could not be read. They stay
    /// where they are until [`Spool::done`] is called with them.
    ///
    /// # Errors
    /// If a piece cannot be read at all.
    pub fn oldest(&mut self, most: usize) -> io::Result<(Vec<Arc<Batch>>, u64)> {
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
            let mut n_read = 0;
            while batches.len() < most
                && let Some((_, batch)) = self.fresh.iter().find(|(start, _)| *start == place)
            {
                place = batch.end;
                n_read += batch.n_items;
                batches.push(batch.clone());
            }
            let mut bytes = Vec::new();
            if batches.len() < most && place.offset < piece.bytes {
                let mut file = File::open(piece_path(&self.folder, piece.number))?;
                file.seek(SeekFrom::Start(place.offset))?;
                file.take(piece.bytes - place.offset)
                    .read_to_end(&mut bytes)?;
            }
            for (length, part) in record::parts(&bytes) {
                if batches.len() >= most {
                    break;
                }
                place.offset += length;
                // Where the disk has changed what it was given, the next batch is looked for.
                let Part::Batch { n_items, things } = part else {
                    continue;
                };
                n_read += u64::from(n_items);
                batches.push(Arc::new(Batch {
                    n_items: u64::from(n_items),
                    things: Bytes::copy_from_slice(things),
                    end: place,
                }));
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
            self.note.write(place)?;
        }
        Ok((batches, n_lost))
    }

    /// Forgets batches that [`Spool::oldest`] returned: they are where they should be.
    ///
    /// # Errors
    /// If it cannot be noted; they may then be sent once more, after a restart.
    pub fn done(&mut self, batches: &[Arc<Batch>]) -> io::Result<()> {
        self.in_flight.clear();
        let Some(last) = batches.last() else {
            return Ok(());
        };
        for batch in batches {
            let number = batch.end.piece;
            if let Some(piece) = self.pieces.iter_mut().find(|piece| piece.number == number) {
                piece.n_waiting = piece.n_waiting.saturating_sub(batch.n_items);
            }
        }
        self.sent = self.sent.max(last.end);
        let sent = self.sent;
        while self
            .fresh
            .pop_front_if(|(start, _)| *start < sent)
            .is_some()
        {}
        self.remove_sent(MOST_SENT_BYTES)
    }

    /// Gives up on the `unsettled` of `batches` that are being sent, and forgets the others. Returns how many
    /// older things had to leave for them.
    ///
    /// Where a later batch was settled before an earlier one, the earlier one goes to the end, since the note
    /// of what was sent is one place.
    ///
    /// # Errors
    /// As [`Spool::done`].
    pub fn give_up(&mut self, batches: &[Arc<Batch>], unsettled: &[Arc<Batch>]) -> io::Result<u64> {
        let (settled, rest) = batches.split_at(batches.len().saturating_sub(unsettled.len()));
        let is_there = |batch: &Arc<Batch>| {
            let mut pieces = self.pieces.iter();
            pieces.any(|piece| piece.number == batch.end.piece)
        };
        let are_last = rest.iter().zip(unsettled).all(|(a, b)| Arc::ptr_eq(a, b));
        if are_last && unsettled.iter().all(is_there) {
            return self.done(settled).map(|()| 0);
        }
        let mut n_dropped = 0;
        for batch in unsettled {
            let n_items = u32::try_from(batch.n_items).unwrap_or(u32::MAX);
            match self.append(n_items, &batch.things) {
                Ok(n) => n_dropped += n,
                // Then all of them stay where they are, and the settled ones are sent once more.
                Err(_) => return Ok(n_dropped + self.keep()),
            }
        }
        self.done(batches).map(|()| n_dropped)
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

    // Gives up on all that is being sent: it stays in the spool. Returns how many things do not, since their
    // piece had to leave meanwhile.
    fn keep(&mut self) -> u64 {
        let in_flight = std::mem::take(&mut self.in_flight);
        let is_gone = |number: u64| self.pieces.iter().all(|piece| piece.number != number);
        let gone = in_flight.into_iter().filter(|(number, _)| is_gone(*number));
        gone.map(|(_, n)| n).sum()
    }

    fn begin_piece(&mut self) -> io::Result<()> {
        if let Some(writer) = self.writer.take() {
            // What is not synced here would be forgotten.
            let _ = writer.sync_data();
        }
        let number = self.next_number;
        let path = piece_path(&self.folder, number);
        let mut options = OpenOptions::new();
        options.create_new(true).append(true);
        owner_only(&mut options);
        let file = options.open(path)?;
        self.next_number += 1;
        self.pieces.push_back(Piece::new(number));
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
            self.sent = self.sent.max(Place::after(oldest.number));
            self.note.write(self.sent)?;
            remove_piece(&self.folder, oldest.number)?;
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
            self.sent = Place::after(last.number);
            self.writer = None;
        }
        self.note.write(self.sent)?;
        while let Some(piece) = self.pieces.front()
            && piece.number < self.sent.piece
        {
            remove_piece(&self.folder, piece.number)?;
            self.pieces.pop_front();
        }
        Ok(())
    }

    fn recover(&mut self) -> io::Result<Found> {
        let mut found = Found::default();
        let numbers = piece_numbers(&self.folder)?;
        let after_last = numbers.last().map_or(0, |last| last + 1);
        self.next_number = after_last.max(self.sent.piece);
        for number in numbers {
            if number < self.sent.piece {
                remove_piece(&self.folder, number)?;
                continue;
            }
            let piece = Piece::recover(&self.folder, number, self.sent, &mut found)?;
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

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
