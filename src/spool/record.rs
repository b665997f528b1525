//! A batch as it is written to disk: how many things it holds (4 bytes, little endian) and the things, in a
//! checksummed record.

use std::io;

use crate::records::{self, Found, MAX_PAYLOAD, put_head};

// The only kind of record here; their order is that in the file.
const BATCH: u8 = 2;
const COUNT_BYTES: usize = 4;

/// Returns what stands before the things in the record of a batch of `n_items`.
///
/// # Errors
/// If it is larger than a record may be.
pub fn head(n_items: u32, things: &[u8]) -> io::Result<Vec<u8>> {
    if COUNT_BYTES + things.len() > MAX_PAYLOAD {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let count = n_items.to_le_bytes();
    let mut head = Vec::with_capacity(64);
    put_head(&mut head, BATCH, 0, &[&count, things]);
    head.extend_from_slice(&count);
    Ok(head)
}

/// What lies at a place of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// A batch.
    Batch {
        /// How many things it holds.
        n_items: u32,
        /// The things, as they were given.
        things: &'a [u8],
    },
    /// What is no batch, with one after it.
    Damage,
    /// What is no batch, up to the end.
    Torn,
}

/// Returns what a piece is made of, and how many bytes each part of it takes.
pub fn parts(piece: &[u8]) -> impl Iterator<Item = (u64, Part<'_>)> {
    let found = records::records(piece, |kind| kind == BATCH);
    found.map(|found| match found {
        Found::Record(record) => {
            let part = match record.payload.split_first_chunk::<COUNT_BYTES>() {
                Some((count, things)) => Part::Batch {
                    n_items: u32::from_le_bytes(*count),
                    things,
                },
                None => Part::Damage,
            };
            (record.length() as u64, part)
        }
        Found::Damage(length) => (length as u64, Part::Damage),
        Found::Torn(length) => (length as u64, Part::Torn),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_back_the_same_and_every_other_byte_is_noticed() {
        let things = "é and \0 and what not".as_bytes();
        let record = [&head(3, things).unwrap(), things].concat();
        let whole: Vec<_> = parts(&record).collect();
        let batch = Part::Batch { n_items: 3, things };
        assert_eq!(whole, [(record.len() as u64, batch)]);
        for cut in 1..record.len() {
            let torn: Vec<_> = parts(&record[..cut]).collect();
            assert_eq!(torn, [(cut as u64, Part::Torn)], "cut at {cut}");
        }
        for at in 0..record.len() {
            let mut flipped = record.clone();
            flipped[at] ^= 0x10;
            let torn: Vec<_> = parts(&flipped).collect();
            assert_eq!(torn, [(record.len() as u64, Part::Torn)], "flipped at {at}");
        }
    }
}
