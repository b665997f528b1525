//! A batch of documents as it is written to disk, so that half of one is known for what it is.
//!
//! Four bytes for the length of the body, four for the number of documents, four for the checksum of both
//! and of the body; all little-endian. The body is JSON.

use std::io::{self, Read};
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

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

/// How long what stands before a body is.
pub const HEAD_BYTES: usize = 12;

/// What the head of a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How long the body is.
    pub body_bytes: u32,
    /// How many documents are in it.
    pub n_documents: u32,
    checksum: u32,
}

/// Writes a batch as a record.
pub fn encode(documents: &[Waiting]) -> io::Result<Vec<u8>> {
    let mut record = vec![0; HEAD_BYTES];
    serde_json::to_writer(&mut record, documents)?;
    let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let body_bytes = u32::try_from(record.len() - HEAD_BYTES).map_err(too_long)?;
    let n_documents = u32::try_from(documents.len()).map_err(too_long)?;
    let (head, body) = record.split_at_mut(HEAD_BYTES);
    let checksum = checksum(body_bytes, n_documents, body);
    let words = [body_bytes, n_documents, checksum];
    for (place, word) in head.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    Ok(record)
}

/// Reads the next record of a file of which `bytes_left` are left, and whether it is whole: its head and its
/// body. `None` where the file ends, or goes on with something that was not written by [`encode`].
pub fn read(from: &mut impl Read, bytes_left: u64) -> io::Result<Option<(Head, Vec<u8>)>> {
    let mut head = [0; HEAD_BYTES];
    if bytes_left < HEAD_BYTES as u64 {
        return Ok(None);
    }
    from.read_exact(&mut head)?;
    let mut words = head
        .chunks_exact(4)
        .map(|word| word.try_into().map_or(0, u32::from_le_bytes));
    let mut word = || words.next().unwrap_or_default();
    let head = Head {
        body_bytes: word(),
        n_documents: word(),
        checksum: word(),
    };
    if u64::from(head.body_bytes) > bytes_left - HEAD_BYTES as u64 {
        return Ok(None);
    }
    let mut body = vec![0; head.body_bytes as usize];
    from.read_exact(&mut body)?;
    let is_whole = head.checksum == checksum(head.body_bytes, head.n_documents, &body);
    Ok(is_whole.then_some((head, body)))
}

/// Returns the documents of a body.
pub fn documents(body: &[u8]) -> io::Result<Vec<Waiting>> {
    Ok(serde_json::from_slice(body)?)
}

impl Head {
    /// Returns how long the whole record is.
    pub fn record_bytes(&self) -> u64 {
        HEAD_BYTES as u64 + u64::from(self.body_bytes)
    }
}

fn checksum(body_bytes: u32, n_documents: u32, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&body_bytes.to_le_bytes());
    hasher.update(&n_documents.to_le_bytes());
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_the_same_and_every_other_byte_is_noticed() {
        let batch: Vec<Waiting> = (0..3)
            .map(|n| Waiting {
                time: n,
                sender: ([127, 0, 0, 1], 9).into(),
                text: format!("{{\"n\": \"{n} é\"}}"),
            })
            .collect();
        let record = encode(&batch).unwrap();
        let read_all = |bytes: &[u8]| read(&mut &*bytes, bytes.len() as u64).unwrap();
        let (head, body) = read_all(&record).unwrap();
        assert_eq!(documents(&body).unwrap(), batch);
        assert_eq!(
            (head.n_documents, head.record_bytes()),
            (3, record.len() as u64)
        );
        for cut in 0..record.len() {
            assert_eq!(read_all(&record[..cut]), None, "cut at {cut}");
        }
        for at in 0..record.len() {
            let mut flipped = record.clone();
            flipped[at] ^= 0x10;
            assert_eq!(read_all(&flipped), None, "flipped at {at}");
        }
    }
}
