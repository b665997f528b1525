//! The records of the write-ahead log, and how to read them back after a crash.
//!
//! A file starts with a [`Head`]; what follows are [`crate::records`], bound to the file and their place in
//! it. A file of format 2 starts with [`OLD_MAGIC`], and its records are bound to nothing.

use crate::records;
pub use crate::records::{Binding, MAX_PAYLOAD};

/// The first bytes of every journal file.
pub const MAGIC: &[u8; 8] = b"CRUDJNL3";
/// The first bytes, and the whole head, of a journal file of format 2.
pub const OLD_MAGIC: &[u8; 8] = b"CRUDJNL2";
/// How long a [`Head`] is: the magic, three numbers and a checksum.
pub const HEAD_BYTES: usize = 8 + 3 * 8 + 4;

/// What a journal file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The file's number.
    pub number: u64,
    /// The folder's salt.
    pub salt: u64,
    /// The sequence of the first event in it.
    pub first_sequence: u64,
}

impl Head {
    /// Returns the head's bytes.
    pub fn to_bytes(self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let numbers = [self.number, self.salt, self.first_sequence];
        let head = MAGIC.iter().copied();
        let head = head.chain(numbers.into_iter().flat_map(u64::to_le_bytes));
        let head: Vec<u8> = head.collect();
        let sum = records::checksum(&head).to_le_bytes();
        bytes
            .iter_mut()
            .zip(head.into_iter().chain(sum))
            .for_each(|(to, from)| *to = from);
        bytes
    }

    /// Reads the head at the beginning of a file; `None` if it is not whole.
    pub fn of(bytes: &[u8]) -> Option<Head> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (salt, rest) = rest.split_first_chunk::<8>()?;
        let first_sequence = rest.first_chunk::<8>()?;
        let head = Head {
            number: u64::from_le_bytes(*number),
            salt: u64::from_le_bytes(*salt),
            first_sequence: u64::from_le_bytes(*first_sequence),
        };
        bytes.starts_with(&head.to_bytes()).then_some(head)
    }

    /// Returns what the file's records are bound to.
    pub fn binding(self) -> Binding {
        Binding::To {
            salt: self.salt,
            file: self.number,
        }
    }
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A part; the sequence is the smallest of its events.
    Part,
    /// Changes of documents, as JSON; only in files of format 2.
    Documents,
    /// All documents, as JSON; what was before does not count; only in files of format 2.
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

/// Appends a record to `out`, whose first byte will be byte `start.1` of the file that `start.0` names.
pub fn put_record(
    out: &mut Vec<u8>,
    start: (Binding, u64),
    kind: Kind,
    sequence: u64,
    payload: &[u8],
) {
    records::put_bound_record(out, start, kind.code(), sequence, payload);
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

/// Reads the records of a file; the first of `bytes` is byte `start.1` of the file that `start.0` names.
pub fn records(bytes: &[u8], start: (Binding, u64)) -> impl Iterator<Item = Found<'_>> {
    let found = records::bound_records(bytes, start, |code| Kind::of(code).is_some());
    found.map(|found| match found {
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

    const START: (Binding, u64) = (Binding::To { salt: 7, file: 1 }, 36);

    fn three() -> (Vec<u8>, usize) {
        let mut bytes = Vec::new();
        put_record(&mut bytes, START, Kind::Part, 1, b"first");
        let second_at = bytes.len();
        put_record(&mut bytes, START, Kind::Documents, 2, b"second");
        put_record(&mut bytes, START, Kind::Forget, 3, b"third");
        (bytes, second_at)
    }

    fn length_of_second() -> usize {
        let mut bytes = Vec::new();
        put_record(&mut bytes, START, Kind::Documents, 2, b"second");
        bytes.len()
    }

    fn sequences(bytes: &[u8]) -> Vec<u64> {
        records(bytes, START)
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
                records(&bytes[..cut], START).last(),
                Some(Found::Torn(_))
            ));
        }
    }

    #[test]
    fn a_record_counts_only_in_its_file_and_at_its_place() {
        let (bytes, second_at) = three();
        let n_records = |start, bytes: &[u8]| {
            let found = records(bytes, start);
            found
                .filter(|found| matches!(found, Found::Record(_)))
                .count()
        };
        assert_eq!(n_records(START, &bytes), 3);
        let other_file = Binding::To { salt: 7, file: 2 };
        let other_folder = Binding::To { salt: 8, file: 1 };
        for binding in [other_file, other_folder, Binding::Free] {
            assert_eq!(n_records((binding, START.1), &bytes), 0);
        }
        assert_eq!(n_records(START, &bytes[second_at..]), 0);
    }

    #[test]
    fn bytes_of_a_client_that_look_like_a_record_are_never_one() {
        let mut forged = Vec::new();
        put_record(&mut forged, (Binding::Free, 0), Kind::Forget, 9, b"\0spans");
        let mut bytes = Vec::new();
        put_record(&mut bytes, START, Kind::Part, 1, &forged);
        put_record(&mut bytes, START, Kind::Part, 2, b"after");
        bytes[12] ^= 1;
        assert_eq!(sequences(&bytes), [2]);
    }

    #[test]
    fn a_head_comes_back_the_same_and_any_other_byte_is_noticed() {
        let head = Head {
            number: 3,
            salt: u64::MAX - 5,
            first_sequence: 70_000,
        };
        let bytes = head.to_bytes();
        assert_eq!(Head::of(&bytes), Some(head));
        for at in 0..bytes.len() {
            let mut damaged = bytes;
            damaged[at] ^= 1;
            assert_eq!(Head::of(&damaged), None, "byte {at}");
            assert_eq!(Head::of(&bytes[..at]), None, "{at} bytes");
        }
    }
}
