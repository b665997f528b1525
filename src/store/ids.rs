//! Where in a column an id may be: a Bloom filter for each zone of rows.
//!
//! The spans of a trace lie close together in time, and so in a column sorted by time; one of a hundred
//! zones is read for an id, not all of them.

use std::ops::Range;

use super::column::Hexes;

/// Rows in a zone.
const ZONE: usize = 8_192;
// Words of 64 bits for each zone: 4 bits for each row, so 20 for each of the traces of five spans.
const WORDS: usize = ZONE * 4 / 64;
const PROBES: u32 = 4;

/// A Bloom filter for each zone of a column.
#[derive(Debug)]
pub struct IdIndex {
    // `WORDS` words for each zone.
    words: Vec<u64>,
    n_rows: usize,
}

impl IdIndex {
    pub(super) fn new(hexes: &Hexes) -> IdIndex {
        let width = hexes.width.max(1);
        let n_rows = hexes.bytes.len() / width;
        let mut words = vec![0; n_rows.div_ceil(ZONE) * WORDS];
        let mut last: &[u8] = &[];
        for (row, id) in hexes.bytes.as_slice().chunks_exact(width).enumerate() {
            // Spans of a trace often follow each other; a new zone begins with an empty filter.
            if id == last && row % ZONE != 0 {
                continue;
            }
            last = id;
            let zone = row / ZONE * WORDS;
            for bit in bits(id) {
                if let Some(word) = words.get_mut(zone + bit / 64) {
                    *word |= 1 << (bit % 64);
                }
            }
        }
        IdIndex { words, n_rows }
    }

    /// Returns the ranges of rows, ascending, in which `id` may be; it is in no other row.
    pub fn zones(&self, id: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let bits: Vec<usize> = bits(id).collect();
        let zones = self.words.chunks_exact(WORDS).enumerate();
        zones.filter_map(move |(zone, words)| {
            let is_set = |bit: &usize| {
                words
                    .get(bit / 64)
                    .is_some_and(|word| word >> (bit % 64) & 1 == 1)
            };
            let start = zone * ZONE;
            bits.iter()
                .all(is_set)
                .then(|| start..(start + ZONE).min(self.n_rows))
        })
    }
}

// Ids are random where they come from a tracer; the multiplication is for those that do not.
fn bits(id: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let hash = id.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..PROBES).map(move |probe| (hash >> (16 * probe)) as usize % (WORDS * 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_buffer::Buffer;

    #[test]
    fn every_id_is_found_where_it_is_and_hardly_anywhere_else() {
        let n = 3 * ZONE + 5;
        let id = |row: usize| {
            ((row / 5) as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        };
        let bytes: Vec<u8> = (0..n).flat_map(|row| id(row).to_be_bytes()).collect();
        let hexes = Hexes {
            width: 16,
            bytes: Buffer::from_vec(bytes),
        };
        let index = IdIndex::new(&hexes);
        let mut n_zones = 0;
        for row in (0..n).step_by(7) {
            let zones: Vec<_> = index.zones(&id(row).to_be_bytes()).collect();
            assert!(zones.iter().any(|zone| zone.contains(&row)), "row {row}");
            n_zones += zones.len();
        }
        let n_asked = n.div_ceil(7);
        assert!(
            n_zones < n_asked + n_asked / 50,
            "{n_zones} zones for {n_asked} ids"
        );
    }
}
