//! The records of the write-ahead log, and how to read them back after a crash.
//!
//! A file starts with [`FILE_MAGIC`]; what follows are [`crate::records`].

use crate::records;
pub use crate::records::MAX_PAYLOAD;

/// The first bytes of every journal file.
pub const FILE_MAGIC: &[u8; 8] = b"CRUDJNL2";

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
    records::put_record(out, kind.code(), sequence, payload);
}

/// Returns how many bytes a record takes in a file.
pub fn length_of(record: &Record<'_>) -> usize {
    records::Record {
        kind: record.kind.code(),
        sequence: record.sequence,
        payload: record.payload,
    }
    .length()
}

/// Reads the records of a file's `bytes`, which start after [`FILE_MAGIC`].
pub fn records(bytes: &[u8]) -> impl Iterator<Item = Found<'_>> {
    records::records(bytes, |code| Kind::of(code).is_some()).map(|found| match found {
        records::Found::Record(record) => match Kind::of(record.kind) {
            Some(kind) => Found::Record(Record {
                kind,
                sequence: record.sequence,
                payload: record.payload,
            }),
            None => Found::Damage(record.length()),
        },
        records::Found::Damage(n_bytes) => Found::Damage(n_bytes),
        records::Found::Torn(n_bytes) => Found::Torn(n_bytes),
    })
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

    fn length_of_second() -> usize {
        let mut bytes = Vec::new();
        put_record(&mut bytes, Kind::Documents, 2, b"second");
        bytes.len()
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
        for at in second_at..second_at + length_of_second() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            assert_eq!(sequences(&damaged), [1, 3], "byte {at}");
        }
    }

    #[test]
    fn a_cut_file_keeps_every_whole_record() {
        let (bytes, second_at) = three();
        for cut in second_at + 1..second_at + length_of_second() {
            assert_eq!(sequences(&bytes[..cut]), [1], "cut at {cut}");
            assert!(matches!(
                records(&bytes[..cut]).last(),
                Some(Found::Torn(_))
            ));
        }
    }
}
