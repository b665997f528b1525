//! The records of the write-ahead log, and how to read them back after a crash.
//!
//! A file starts with [`FILE_MAGIC`]. A record is `magic, length, checksum, kind, sequence, payload`,
//! all numbers little endian; the checksum (CRC-32) covers kind, sequence and payload. Records stand
//! alone: after damage the reader looks for the next magic whose checksum holds, so a flipped byte
//! costs one record and not the rest of the file.

/// The first bytes of every journal file.
pub const FILE_MAGIC: &[u8; 8] = b"CRUDJNL2";

const RECORD_MAGIC: [u8; 4] = [0xC5, b'R', b'E', b'C'];
// magic, length, checksum, kind, sequence
const HEADER: usize = 4 + 4 + 4 + 1 + 8;
/// The longest payload; longer lengths in a file are damage.
pub const MAX_PAYLOAD: usize = 256 << 20;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A part; the sequence is the smallest of its events.
    Part,
    /// Changes of documents, as JSON.
    Documents,
    /// All documents, as JSON; what was before does not count.
    Snapshot,
    /// A dataset whose events below the sequence are forgotten.
    Forget,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Kind::Part => 1,
            Kind::Documents => 2,
            Kind::Snapshot => 3,
            Kind::Forget => 4,
        }
    }

    fn of(code: u8) -> Option<Kind> {
        Some(match code {
            1 => Kind::Part,
            2 => Kind::Documents,
            3 => Kind::Snapshot,
            4 => Kind::Forget,
            _ => return None,
        })
    }
}

/// A record as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it holds.
    pub kind: Kind,
    /// Where in the order of all events it stands.
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

/// Appends a record to `out`.
pub fn put_record(out: &mut Vec<u8>, kind: Kind, sequence: u64, payload: &[u8]) {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&[kind.code()]);
    checksum.update(&sequence.to_le_bytes());
    checksum.update(payload);
    out.extend_from_slice(&RECORD_MAGIC);
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&checksum.finalize().to_le_bytes());
    out.push(kind.code());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(payload);
}

/// Returns how many bytes a record takes in a file.
pub fn length_of(record: &Record<'_>) -> usize {
    HEADER + record.payload.len()
}

/// Reads the records of a file's `bytes`, which start after [`FILE_MAGIC`].
pub fn records(bytes: &[u8]) -> impl Iterator<Item = Found<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        if let Some((record, length)) = record_at(rest) {
            at += length;
            return Some(Found::Record(record));
        }
        let next = (1..rest.len()).find(|&skip| rest.get(skip..).and_then(record_at).is_some());
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

fn record_at(bytes: &[u8]) -> Option<(Record<'_>, usize)> {
    let rest = bytes.strip_prefix(&RECORD_MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (checksum, checked) = rest.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_PAYLOAD {
        return None;
    }
    let checked = checked.get(..1 + 8 + length)?;
    if crc32fast::hash(checked) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (kind, rest) = checked.split_first()?;
    let (sequence, payload) = rest.split_first_chunk::<8>()?;
    let kind = Kind::of(*kind)?;
    let record = Record {
        kind,
        sequence: u64::from_le_bytes(*sequence),
        payload,
    };
    Some((record, HEADER + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> (Vec<u8>, usize) {
        let mut bytes = Vec::new();
        put_record(&mut bytes, Kind::Part, 1, b"first");
        let second_at = bytes.len();
        put_record(&mut bytes, Kind::Documents, 2, b"second");
        put_record(&mut bytes, Kind::Forget, 3, b"third");
        (bytes, second_at)
    }

    fn sequences(bytes: &[u8]) -> Vec<u64> {
        records(bytes)
            .filter_map(|found| match found {
                Found::Record(record) => Some(record.sequence),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn records_come_back_in_order() {
        let (bytes, _) = three();
        assert_eq!(sequences(&bytes), [1, 2, 3]);
    }

    #[test]
    fn a_flipped_byte_costs_one_record_and_no_other() {
        let (bytes, second_at) = three();
        for at in second_at..second_at + HEADER + 6 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            assert_eq!(sequences(&damaged), [1, 3], "byte {at}");
        }
    }

    #[test]
    fn a_cut_file_keeps_every_whole_record() {
        let (bytes, second_at) = three();
        for cut in second_at + 1..second_at + HEADER + 6 {
            assert_eq!(sequences(&bytes[..cut]), [1], "cut at {cut}");
            assert!(matches!(
                records(&bytes[..cut]).last(),
                Some(Found::Torn(_))
            ));
        }
    }
}
