//! Checksummed records in a file, and how to find them again after a crash.
//!
//! A record is `magic, length, checksum, kind, sequence, payload`, all numbers little endian; the
//! checksum (CRC-32) covers kind, sequence and payload. Records stand alone: after damage the reader
//! looks for the next magic whose checksum holds, so a flipped byte costs one record and not the rest
//! of the file.
//!
//! A payload may hold bytes that a client chose, and those may look like a record. Where that matters the
//! checksum is bound to a secret of the folder, to the file and to the place in it: see [`Binding`].

use std::fs::File;
use std::io;
use std::path::Path;

const RECORD_MAGIC: [u8; 4] = [0xC5, b'R', b'E', b'C'];
// magic, length, checksum, kind, sequence
const HEADER: usize = 4 + 4 + 4 + 1 + 8;
/// The longest payload; longer lengths in a file are damage.
pub const MAX_PAYLOAD: usize = 256 << 20;

/// What a record's checksum covers besides the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Nothing: the record may stand in any file, at any place.
    Free,
    /// The file that it was written to, and the place in it.
    To {
        /// A random number of the folder, which no client is ever told.
        salt: u64,
        /// The file's number in the folder.
        file: u64,
    },
}

impl Binding {
    // The checksum of what a record at byte `at` of the file says besides kind, sequence and payload.
    fn checksum(self, at: u64) -> crc32fast::Hasher {
        let mut checksum = crc32fast::Hasher::new();
        if let Binding::To { salt, file } = self {
            for number in [salt, file, at] {
                checksum.update(&number.to_le_bytes());
            }
        }
        checksum
    }
}

/// A record as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it holds, in its owner's own numbers.
    pub kind: u8,
    /// Where in its owner's order it stands.
    pub sequence: u64,
    /// Its content.
    pub payload: &'a [u8],
}

/// What lies at one place of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A whole record.
    Record(Record<'a>),
    /// This many bytes that are not a record, with a record after them.
    Damage(usize),
    /// This many bytes that are not a record, up to the end of the file.
    Torn(usize),
}

impl Record<'_> {
    /// Returns how many bytes the record takes in a file.
    pub fn length(&self) -> usize {
        HEADER + self.payload.len()
    }
}

/// Appends a record to `out`.
pub fn put_record(out: &mut Vec<u8>, kind: u8, sequence: u64, payload: &[u8]) {
    put_head(out, kind, sequence, &[payload]);
    out.extend_from_slice(payload);
}

/// Appends a record to `out`, whose first byte will be byte `start` of the file that `binding` names.
pub fn put_bound_record(
    out: &mut Vec<u8>,
    (binding, start): (Binding, u64),
    kind: u8,
    sequence: u64,
    payload: &[u8],
) {
    let checksum = binding.checksum(start + out.len() as u64);
    put_head_with(out, checksum, kind, sequence, &[payload]);
    out.extend_from_slice(payload);
}

/// Appends what stands in a record before its payload, which is in `parts`, to `out`.
pub fn put_head(out: &mut Vec<u8>, kind: u8, sequence: u64, parts: &[&[u8]]) {
    put_head_with(out, Binding::Free.checksum(0), kind, sequence, parts);
}

fn put_head_with(
    out: &mut Vec<u8>,
    mut checksum: crc32fast::Hasher,
    kind: u8,
    sequence: u64,
    parts: &[&[u8]],
) {
    checksum.update(&[kind]);
    checksum.update(&sequence.to_le_bytes());
    parts.iter().for_each(|part| checksum.update(part));
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(&RECORD_MAGIC);
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out.extend_from_slice(&checksum.finalize().to_le_bytes());
    out.push(kind);
    out.extend_from_slice(&sequence.to_le_bytes());
}

/// Reads the records of `bytes`; those of a kind that `is_known` does not know count as damage.
pub fn records(bytes: &[u8], is_known: fn(u8) -> bool) -> impl Iterator<Item = Found<'_>> {
    bound_records(bytes, (Binding::Free, 0), is_known)
}

/// The same for records that are bound; the first of `bytes` is byte `start` of its file.
pub fn bound_records(
    bytes: &[u8],
    (binding, start): (Binding, u64),
    is_known: fn(u8) -> bool,
) -> impl Iterator<Item = Found<'_>> {
    let mut at = 0;
    let record_at = move |at: usize| {
        let checksum = || binding.checksum(start + at as u64);
        record_at(bytes.get(at..)?, checksum).filter(|record| is_known(record.kind))
    };
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        if let Some(record) = record_at(at) {
            at += record.length();
            return Some(Found::Record(record));
        }
        let next = (1..rest.len()).find(|&skip| record_at(at + skip).is_some());
        Some(match next {
            Some(skip) => {
                at += skip;
                Found::Damage(skip)
            }
            None => {
                at = bytes.len();
                Found::Torn(rest.len())
            }
        })
    })
}

/// Tells whether bytes that are no record are one that was written whole and is damaged, and not one that was cut off:
/// they end where its head says, or its head itself is damaged and more than a head is there.
pub fn is_written_whole(torn: &[u8]) -> bool {
    let Some((head, rest)) = torn.split_at_checked(HEADER) else {
        return false;
    };
    let (magic, length) = (
        head.get(..4),
        head.get(4..8).and_then(|it| it.try_into().ok()),
    );
    let length = u32::from_le_bytes(length.unwrap_or_default()) as usize;
    // A file that grew without its bytes having come is nothing but zeros.
    let has_come = torn.iter().any(|byte| *byte != 0);
    has_come && (magic != Some(&RECORD_MAGIC) || rest.len() >= length)
}

/// Returns the checksum that records have, of any bytes.
pub fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// Makes a folder's list of names durable, so that a new file is still there after a crash.
pub fn sync_names(folder: &Path) -> io::Result<()> {
    // Windows has no such call and needs none.
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Tells whether these may be the first bytes of a record whose end is not there.
pub fn is_beginning(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(&RECORD_MAGIC) else {
        return RECORD_MAGIC.starts_with(bytes);
    };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else {
        return true;
    };
    let length = u32::from_le_bytes(*length) as usize;
    length <= MAX_PAYLOAD && rest.len() < HEADER - 4 - 4 + length
}

fn record_at(bytes: &[u8], checksum_of: impl Fn() -> crc32fast::Hasher) -> Option<Record<'_>> {
    let rest = bytes.strip_prefix(&RECORD_MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (checksum, checked) = rest.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_PAYLOAD {
        return None;
    }
    let checked = checked.get(..1 + 8 + length)?;
    let mut found = checksum_of();
    found.update(checked);
    if found.finalize() != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (kind, rest) = checked.split_first()?;
    let (sequence, payload) = rest.split_first_chunk::<8>()?;
    Some(Record {
        kind: *kind,
        sequence: u64::from_le_bytes(*sequence),
        payload,
    })
}
