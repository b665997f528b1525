//! Room for a body that is unpacked, which goes back to the system as soon as the body is dropped.
//!
//! An allocator keeps large blocks for a while after they are freed; where many large bodies come one after the other,
//! that is several times what is in use.

use std::io::{self, Read};

use axum::body::Bytes;
use memmap2::MmapMut;

/// What has been unpacked of a body so far.
#[derive(Debug, Default)]
pub struct Unpacked {
    // Pages of their own, of which the first `n_mapped` bytes are the body, for one that is large by what it says.
    map: Option<MmapMut>,
    n_mapped: usize,
    // All of it, if there are no such pages.
    bytes: Vec<u8>,
}

// Less is not worth pages of its own.
const WORTH_PAGES: usize = 1 << 20;
// How much room there is at first for what does not say how long it is, and how much it grows by at the most.
const FIRST_BYTES: usize = 4 << 10;
const MOST_GROWTH: usize = 1 << 20;

impl Unpacked {
    /// Makes room for a body that says that it has so many bytes. It may have more.
    pub fn with_room(n_bytes: usize) -> Unpacked {
        let mut unpacked = Unpacked::default();
        match n_bytes >= WORTH_PAGES {
            // What is mapped and not written to takes no memory.
            true => unpacked.map = MmapMut::map_anon(n_bytes).ok(),
            false => unpacked.bytes.reserve_exact(n_bytes),
        }
        unpacked
    }

    /// Returns how many bytes there are.
    pub fn len(&self) -> usize {
        match self.map {
            Some(_) => self.n_mapped,
            None => self.bytes.len(),
        }
    }

    /// Returns how many bytes may come next, `most` or fewer.
    pub fn step(&mut self, most: usize) -> usize {
        if let Some(map) = &self.map {
            let left = map.len() - self.n_mapped;
            if left > 0 {
                return left.min(most);
            }
            // It has more than it says.
            self.bytes = map.to_vec();
            self.map = None;
        }
        if self.bytes.len() == self.bytes.capacity() {
            // Doubling would hold twice as much as was drawn.
            let doubled = self.bytes.len().clamp(FIRST_BYTES, MOST_GROWTH);
            self.bytes.reserve_exact(doubled.max(self.bytes.len() / 4));
        }
        most.min(self.bytes.capacity() - self.bytes.len())
    }

    /// Reads as many bytes as [`Unpacked::step`] returned; fewer only where `reader` ends.
    ///
    /// # Errors
    /// What `reader` says.
    pub fn read(&mut self, mut reader: impl Read, step: usize) -> io::Result<usize> {
        let Some(map) = &mut self.map else {
            return reader.take(step as u64).read_to_end(&mut self.bytes);
        };
        let room = map.get_mut(self.n_mapped..).unwrap_or_default();
        let room = room.get_mut(..step).unwrap_or_default();
        let mut n_read = 0;
        while let Some(rest) = room.get_mut(n_read..).filter(|rest| !rest.is_empty()) {
            match reader.read(rest) {
                Ok(0) => break,
                Ok(n) => n_read += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.n_mapped += n_read;
        Ok(n_read)
    }

    /// Returns the body.
    pub fn into_bytes(self) -> Bytes {
        match self.map {
            Some(map) => Bytes::from_owner(map).slice(..self.n_mapped),
            None => self.bytes.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_whatever_it_says_of_its_length() {
        let body: Vec<u8> = (0..3 << 20).map(|n: u32| (n % 251) as u8).collect();
        for says in [
            0,
            1,
            5_000,
            WORTH_PAGES,
            body.len() - 1,
            body.len(),
            body.len() + 7,
        ] {
            let mut unpacked = Unpacked::with_room(says);
            let mut reader = body.as_slice();
            loop {
                let step = unpacked.step(300_000);
                assert!(step > 0 && step <= 300_000, "{says}");
                if unpacked.read(&mut reader, step).unwrap() < step {
                    break;
                }
            }
            assert_eq!(unpacked.len(), body.len(), "{says}");
            assert!(unpacked.into_bytes() == body, "{says}");
        }
        assert_eq!(Unpacked::with_room(WORTH_PAGES).into_bytes(), "");
    }
}
