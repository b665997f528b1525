//! The files of a queue, byte by byte: its lines, its cursor, and what a crash leaves of them.
//!
//! `N.lines` is [`MAGIC`] and records of some lines each, so that a damaged byte costs those of one record.
//! What is appended at once may be several records; all but the last are of the kind [`MORE`], and without
//! the last none of them counts. A record's sequence is the number of its first line; its payload is the length of a position's JSON and the JSON (nothing for none), then for each
//! line its time in milliseconds (8 bytes), the length of its text (4 bytes) and the text. `cursor` has
//! two places of [`SLOT_BYTES`] that are written in turn, each with an empty record whose sequence is the
//! number of lines that are settled; the higher one counts.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::sink_position::Position;
use super::sink_queue::{Kept, SpoolError};
use super::wire::EVENT_OVERHEAD_BYTES;
use crate::records::{self, Found, Record, sync_names};
use crate::spool::open_own;
use crate::whole_file::owner_only;

/// A file is full when it would be larger than this.
pub const SEGMENT_BYTES: u64 = 8 << 20;
/// The name of the cursor's file.
pub const CURSOR: &str = "cursor";

const MAGIC: &[u8; 8] = b"CRUDSPL1";
const LINES: u8 = 1;
const SETTLED: u8 = 2;
// As `LINES`, and the record that follows belongs to it.
const MORE: u8 = 3;
// So many lines a damaged byte may cost.
const MOST_LINES_A_RECORD: usize = 64;
const SLOT_BYTES: u64 = 512;

/// A file of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Which one.
    pub number: u64,
    /// Its length, all of it whole records.
    pub bytes: u64,
    /// The number of the line after its last one.
    pub end_line: u64,
}

/// What is in a queue's folder.
#[derive(Debug)]
pub struct Recovered {
    /// Oldest first.
    pub segments: VecDeque<Segment>,
    /// Where to write what is settled.
    pub cursor: Cursor,
    /// How many lines are settled.
    pub n_settled: u64,
    /// How many lines there are, settled or not.
    pub n_lines: u64,
    /// Those that are there and not settled.
    pub pending: Kept,
    /// How many bytes are no records, though whole records follow.
    pub n_damaged_bytes: u64,
    /// The last position that was kept.
    pub position: Option<Position>,
}

/// Reads everything in a queue's folder.
///
/// # Errors
/// `Io`.
pub fn recover(folder: &Path) -> Result<Recovered, SpoolError> {
    let (cursor, n_settled) = Cursor::open(folder)?;
    let mut found = Recovered {
        segments: VecDeque::new(),
        cursor,
        n_settled,
        // Numbers below the cursor are never given again, whatever became of the files.
        n_lines: n_settled,
        pending: Kept::default(),
        n_damaged_bytes: 0,
        position: None,
    };
    for number in segment_numbers(folder)? {
        let mut segment = Segment {
            number,
            bytes: u64::MAX,
            end_line: 0,
        };
        let bytes = read(folder, &segment, 0)?;
        segment.bytes = whole_appends(&bytes) as u64;
        let whole = bytes.get(..segment.bytes as usize).unwrap_or_default();
        for record in found_in(whole, true) {
            match record {
                Found::Record(record) => {
                    let mut lines = VecDeque::new();
                    let position = lines_in(&record, 0, 0, &mut lines);
                    if record.kind == LINES {
                        found.position = position;
                    }
                    let n_lines = lines.len() as u64;
                    let end_line = record.sequence.saturating_add(n_lines);
                    segment.end_line = segment.end_line.max(end_line);
                    for line in lines.iter().filter(|line| line.number >= n_settled) {
                        found.pending.lines += 1;
                        found.pending.bytes += (line.text.len() + EVENT_OVERHEAD_BYTES) as u64;
                    }
                }
                Found::Damage(n_bytes) | Found::Torn(n_bytes) => {
                    found.n_damaged_bytes += n_bytes as u64;
                }
            }
        }
        found.n_lines = found.n_lines.max(segment.end_line);
        found.segments.push_back(segment);
    }
    Ok(found)
}

// Returns how many bytes of a file are whole appends, damaged or not. What follows is half of one, which was not
// acknowledged.
fn whole_appends(bytes: &[u8]) -> usize {
    let mut at = bytes.len() - without_magic(bytes, true).len();
    let mut end = at;
    for found in found_in(bytes, true) {
        match found {
            Found::Record(record) => {
                at += record.length();
                if record.kind == LINES {
                    end = at;
                }
            }
            // A record of another append may follow; then this one was whole.
            Found::Damage(n_bytes) => at += n_bytes,
            Found::Torn(_) => {
                let torn = bytes.get(at..).unwrap_or_default();
                if records::is_written_whole(torn) {
                    return bytes.len();
                }
            }
        }
    }
    end
}

/// Lines as they stand in a record, one behind the other.
#[derive(Debug, Default, Clone)]
pub struct Lines {
    bytes: Vec<u8>,
    n_lines: usize,
}

// What a record has of a line besides its text.
const LINE_HEAD_BYTES: usize = 12;

impl Lines {
    /// Adds a line.
    pub fn push(&mut self, timestamp_ms: i64, text: &str) {
        self.bytes.extend_from_slice(&timestamp_ms.to_le_bytes());
        self.bytes
            .extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.n_lines += 1;
    }

    /// Adds what is in others.
    pub fn append(&mut self, others: &Lines) {
        self.bytes.extend_from_slice(&others.bytes);
        self.n_lines += others.n_lines;
    }

    /// Forgets all of them, but not the room that they took.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.n_lines = 0;
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n_lines == 0
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.n_lines
    }

    /// Returns how much of a record they are.
    pub fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    // Returns them in pieces of so many lines, each with its number of lines.
    fn pieces(&self, most: usize) -> impl Iterator<Item = (&[u8], usize)> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let whole = rest;
            let mut n_lines = 0;
            while n_lines < most
                && let Some((_, _, after)) = line_at(rest)
            {
                rest = after;
                n_lines += 1;
            }
            let (piece, _) = whole.split_at(whole.len() - rest.len());
            (n_lines > 0).then_some((piece, n_lines))
        })
    }

    /// Returns what they count towards batches.
    pub fn kept(&self) -> Kept {
        let texts = self.bytes.len() - self.n_lines * LINE_HEAD_BYTES;
        Kept {
            lines: self.n_lines as u64,
            bytes: (texts + self.n_lines * EVENT_OVERHEAD_BYTES) as u64,
        }
    }
}

/// Appends the records of one append to `out`; the first of `lines` is number `first_line`.
pub fn put_lines(out: &mut Vec<u8>, first_line: u64, lines: &Lines, position: Option<&Position>) {
    let position = position.and_then(|position| serde_json::to_vec(position).ok());
    let position = position.unwrap_or_default();
    let mut number = first_line;
    let mut n_left = lines.len();
    for (piece, n_lines) in lines.pieces(MOST_LINES_A_RECORD) {
        n_left -= n_lines;
        // The position is behind all of them.
        let (kind, position) = match n_left {
            0 => (LINES, position.as_slice()),
            _ => (MORE, &[][..]),
        };
        let length = (position.len() as u32).to_le_bytes();
        let parts = [&length, position, piece];
        records::put_head(out, kind, number, &parts);
        parts.iter().for_each(|part| out.extend_from_slice(part));
        number += n_lines as u64;
    }
}

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAt {
    /// Its number.
    pub number: u64,
    /// Milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// Its text, in the bytes that were read.
    pub text: Range<usize>,
}

/// Adds the lines from number `from` on that are in `bytes` of a file; `is_start` if they are its first.
pub fn lines_of(bytes: &[u8], is_start: bool, from: u64, out: &mut VecDeque<LineAt>) {
    let mut at = bytes.len() - without_magic(bytes, is_start).len();
    for found in found_in(bytes, is_start) {
        at += match found {
            Found::Record(record) => {
                lines_in(
                    &record,
                    at + record.length() - record.payload.len(),
                    from,
                    out,
                );
                record.length()
            }
            Found::Damage(n_bytes) | Found::Torn(n_bytes) => n_bytes,
        };
    }
}

/// Reads a file from `start` to the end that `segment` knows, or to its own if that comes first.
///
/// # Errors
/// `Io`.
pub fn read(folder: &Path, segment: &Segment, start: u64) -> Result<Vec<u8>, SpoolError> {
    let path = segment_path(folder, segment.number);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.take(segment.bytes.saturating_sub(start))
            .read_to_end(&mut bytes)
    });
    match read {
        Ok(_) => Ok(bytes),
        Err(source) => Err(SpoolError::Io {
            action: "read",
            path,
            source,
        }),
    }
}

/// Makes a file with `record` in it, durable with its name.
pub fn start_segment(folder: &Path, number: u64, record: &[u8]) -> io::Result<(File, Segment)> {
    let path = segment_path(folder, number);
    let started = create(&path).and_then(|mut file| {
        file.write_all(&[MAGIC, record].concat())?;
        file.sync_data()?;
        sync_names(folder)?;
        Ok(file)
    });
    if started.is_err() {
        let _ = fs::remove_file(&path);
    }
    let segment = Segment {
        number,
        bytes: (MAGIC.len() + record.len()) as u64,
        end_line: 0,
    };
    Ok((started?, segment))
}

/// Returns the path of a file of lines.
pub fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.lines"))
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    owner_only(&mut options);
    options.open(path)
}

fn segment_numbers(folder: &Path) -> Result<Vec<u64>, SpoolError> {
    let failed = |source| SpoolError::Io {
        action: "list",
        path: folder.into(),
        source,
    };
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".lines"));
        numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn found_in(bytes: &[u8], is_start: bool) -> impl Iterator<Item = Found<'_>> {
    let is_known = |kind| matches!(kind, LINES | MORE);
    records::records(without_magic(bytes, is_start), is_known)
}

// A file whose magic was damaged still has its records.
fn without_magic(bytes: &[u8], is_start: bool) -> &[u8] {
    match is_start {
        true => bytes.strip_prefix(MAGIC).unwrap_or(bytes),
        false => bytes,
    }
}

// Adds a record's lines from number `from` on, and returns its position. Its payload stands at `start`.
fn lines_in(
    record: &Record<'_>,
    start: usize,
    from: u64,
    out: &mut VecDeque<LineAt>,
) -> Option<Position> {
    let (length, rest) = record.payload.split_first_chunk::<4>()?;
    let (position, mut rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let end = start + record.payload.len();
    let mut number = record.sequence;
    while let Some((timestamp_ms, text, after)) = line_at(rest) {
        if number >= from {
            let text_end = end - after.len();
            out.push_back(LineAt {
                number,
                timestamp_ms,
                text: text_end - text.len()..text_end,
            });
        }
        number = number.saturating_add(1);
        rest = after;
    }
    serde_json::from_slice(position).ok()
}

fn line_at(bytes: &[u8]) -> Option<(i64, &[u8], &[u8])> {
    let (timestamp_ms, rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((i64::from_le_bytes(*timestamp_ms), text, rest))
}

/// Says durably which lines are settled.
#[derive(Debug)]
pub struct Cursor {
    file: File,
    next_slot: u64,
}

impl Cursor {
    fn open(folder: &Path) -> Result<(Cursor, u64), SpoolError> {
        let path = folder.join(CURSOR);
        let mut slots = Vec::new();
        let opened = open_own(&path).and_then(|mut file| {
            (&mut file).take(2 * SLOT_BYTES).read_to_end(&mut slots)?;
            Ok(file)
        });
        let file = opened.map_err(|source| SpoolError::Io {
            action: "open",
            path,
            source,
        })?;
        let mut best = (0, 1);
        for (slot, bytes) in (0..).zip(slots.chunks(SLOT_BYTES as usize)) {
            let first = records::records(bytes, |kind| kind == SETTLED).next();
            if let Some(Found::Record(record)) = first
                && record.sequence >= best.0
            {
                best = (record.sequence, slot);
            }
        }
        let (n_settled, slot) = best;
        let cursor = Cursor {
            file,
            next_slot: 1 - slot,
        };
        Ok((cursor, n_settled))
    }

    /// Writes it; what was written before stays until this is there.
    pub fn write(&mut self, n_settled: u64, is_durable: bool) -> io::Result<()> {
        let mut record = Vec::new();
        records::put_record(&mut record, SETTLED, n_settled, &[]);
        self.file
            .seek(SeekFrom::Start(self.next_slot * SLOT_BYTES))?;
        self.file.write_all(&record)?;
        if is_durable {
            self.file.sync_data()?;
        }
        self.next_slot = 1 - self.next_slot;
        Ok(())
    }
}
