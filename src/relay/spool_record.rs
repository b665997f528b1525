//! A batch of documents as it is written to disk: the JSON of them in a checksummed record.

use std::io;
use std::net::SocketAddr;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::records::{self, Found, MAX_PAYLOAD, put_record};

/// A document that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// When it came, nanoseconds since the epoch.
    pub time: i64,
    /// Who sent it.
    pub sender: SocketAddr,
    /// The document, as it was sent.
    pub text: String,
}

// The only kind of record here; their order is that in the file.
const BATCH: u8 = 1;

/// Writes a batch as a record.
///
/// # Errors
/// If it is larger than a record may be.
pub fn encode(documents: &[Waiting]) -> io::Result<Vec<u8>> {
    let payload = serde_json::to_vec(documents)?;
    if payload.len() > MAX_PAYLOAD {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut record = Vec::with_capacity(payload.len() + 64);
    put_record(&mut record, BATCH, 0, &payload);
    Ok(record)
}

/// What lies at a place of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// A batch, whose [`documents`] these are.
    Batch(&'a [u8]),
    /// What is no batch, with one after it.
    Damage,
    /// What is no batch, up to the end.
    Torn,
}

/// Returns what a piece is made of, and how many bytes each part of it takes.
pub fn parts(piece: &[u8]) -> impl Iterator<Item = (u64, Part<'_>)> {
    let found = records::records(piece, |kind| kind == BATCH);
    found.map(|found| match found {
        Found::Record(record) => (record.length() as u64, Part::Batch(record.payload)),
        Found::Damage(length) => (length as u64, Part::Damage),
        Found::Torn(length) => (length as u64, Part::Torn),
    })
}

/// Returns the documents of a batch.
///
/// # Errors
/// If it was not written by [`encode`].
pub fn documents(batch: &[u8]) -> io::Result<Vec<Waiting>> {
    Ok(serde_json::from_slice(batch)?)
}

/// Returns how many documents a batch has.
///
/// # Errors
/// As [`documents`].
pub fn n_documents(batch: &[u8]) -> io::Result<u64> {
    Ok(serde_json::from_slice::<Vec<IgnoredAny>>(batch)?.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_back_the_same_and_every_other_byte_is_noticed() {
        let batch: Vec<Waiting> = (0..3)
            .map(|n| Waiting {
                time: n,
                sender: ([127, 0, 0, 1], 9).into(),
                text: format!("{{\"n\": \"{n} é\"}}"),
            })
            .collect();
        let record = encode(&batch).unwrap();
        let whole: Vec<_> = parts(&record).collect();
        let [(length, Part::Batch(payload))] = whole.as_slice() else {
            panic!("{whole:?}");
        };
        assert_eq!(documents(payload).unwrap(), batch);
        assert_eq!(
            (n_documents(payload).unwrap(), *length),
            (3, record.len() as u64)
        );
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
