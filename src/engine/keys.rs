//! Values as keys of 128 bits, and how many different ones there are.
//!
//! Ids and numbers are known by their own bits, texts by two hashes of 64 bits that have nothing to do
//! with each other: among a thousand million texts two that are taken for one are as good as impossible.

use std::hash::{BuildHasherDefault, Hasher};

use super::group::{Short, Sought};
use super::items::each;

/// A value.
pub type Key = (u64, u64);

/// A map from keys, or from what is as random.
pub type KeyMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mixed>>;

impl From<Sought<'_>> for Key {
    fn from(value: Sought<'_>) -> Key {
        match value {
            Sought::Text(text) => hash(text.as_bytes()),
            Sought::Long(id) => of_id(&id),
            // What fits into one half has a name in the other, which no id that is random ever has.
            Sought::Short(Short::Id, bits) => (0x9ae1_6a3b_2f90_404f, bits),
            Sought::Short(Short::Int, bits) => (0xc3a5_c85c_97cb_3127, bits),
            Sought::Short(Short::Float, bits) => (0xb492_b66f_be98_f273, bits),
            Sought::Short(Short::Bool, bits) => (0x8445_d61a_4e77_4912, bits),
        }
    }
}

/// Returns the key of an id of 16 bytes.
pub fn of_id(id: &[u8; 16]) -> Key {
    let id = u128::from_le_bytes(*id);
    (id as u64, (id >> 64) as u64)
}

/// Returns the key of a text that is no id.
///
/// Sixteen bytes at a time are multiplied and both halves of the product kept, as wyhash and its
/// descendants do, with other constants for each of the two hashes.
pub fn hash(text: &[u8]) -> Key {
    let read = |at: usize| {
        let bytes = text.get(at..at + 8).and_then(|it| it.try_into().ok());
        u64::from_le_bytes(bytes.unwrap_or_default())
    };
    let n = text.len();
    // The length is spread over all bits, or it could be outweighed by a difference in the text.
    let length = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (mut a, mut b) = (
        length ^ 0x2d35_8dcc_aa6c_78a5,
        length ^ 0x8bb8_4b93_962e_acc9,
    );
    let mut at = 0;
    while n - at > 16 {
        let (first, second) = (read(at), read(at + 8));
        a = folded(a ^ first, second ^ 0x4b33_a62e_d433_d4a3);
        b = folded(b ^ second, first ^ 0x4d5a_2da5_1de1_aa47);
        at += 16;
    }
    let (first, second) = if n >= 8 {
        // The last sixteen bytes, which may be read a second time.
        (read(at.min(n - 8)), read(n - 8))
    } else if n >= 4 {
        let read = |at: usize| {
            let bytes = text.get(at..at + 4).and_then(|it| it.try_into().ok());
            u64::from(u32::from_le_bytes(bytes.unwrap_or_default()))
        };
        (read(0), read(n - 4))
    } else {
        let byte = |at: usize| text.get(at).copied().map_or(0, u64::from);
        (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
    };
    (
        folded(a ^ first, second ^ 0xa076_1d64_78bd_642f),
        folded(b ^ second, first ^ 0xe703_7ed1_a0b4_28db),
    )
}

fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Where a key that is random enough goes: one multiplication for those that are not.
#[derive(Debug, Default)]
pub struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64((*byte).into());
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = folded(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15, 0xa076_1d64_78bd_642f);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Keys to be counted, each once.
///
/// They are divided among drawers by their hash, so that each drawer is small enough for the processor's
/// second cache when it is looked through for what is there twice; that is done whenever it has doubled.
/// A key costs 16 to 36 bytes.
#[derive(Debug)]
pub struct KeySet {
    drawers: Vec<Drawer>,
}

#[derive(Debug, Default, Clone)]
struct Drawer {
    keys: Vec<Key>,
    // The first so many are all different.
    n_different: usize,
}

const DRAWERS: usize = 64;
const FEW: usize = if cfg!(test) { 4 } else { 1_024 };

impl Default for KeySet {
    fn default() -> KeySet {
        KeySet {
            drawers: vec![Drawer::default(); DRAWERS],
        }
    }
}

impl KeySet {
    /// Returns how many keys are kept, some of them twice.
    pub fn len(&self) -> usize {
        self.drawers.iter().map(|drawer| drawer.keys.len()).sum()
    }

    /// Adds a key.
    #[inline]
    pub fn add(&mut self, key: Key) {
        let drawer = (mixed(key) >> 58) as usize;
        if let Some(drawer) = self.drawers.get_mut(drawer) {
            drawer.keys.push(key);
            if drawer.keys.len() >= 2 * drawer.n_different.max(FEW) {
                drawer.tidy();
            }
        }
    }

    /// Adds all keys of another.
    pub fn take_over(&mut self, other: KeySet) {
        for (own, other) in self.drawers.iter_mut().zip(other.drawers) {
            if own.keys.is_empty() {
                *own = other;
            } else {
                own.keys.extend(other.keys);
            }
        }
    }

    /// Returns how many different keys there are; threads share the work.
    pub fn count(&self) -> usize {
        let n_keys = self.drawers.iter().map(|drawer| drawer.keys.len()).sum();
        let n_different = |idx: usize| {
            let mut drawer = self.drawers.get(idx).cloned().unwrap_or_default();
            drawer.tidy();
            drawer.n_different
        };
        each(DRAWERS, n_keys, n_different).into_iter().sum()
    }
}

impl Drawer {
    // Leaves each key once.
    fn tidy(&mut self) {
        if self.n_different == self.keys.len() {
            return;
        }
        // For each place the number of a key plus one, 0 for none; at most half of them are taken.
        let mask = (2 * self.keys.len()).next_power_of_two() - 1;
        let mut table = vec![0u32; mask + 1];
        let mut n = 0;
        for idx in 0..self.keys.len() {
            let key = self.keys[idx];
            let mut place = mixed(key) as usize & mask;
            loop {
                match table[place] {
                    0 => {
                        table[place] = n as u32 + 1;
                        self.keys[n] = key;
                        n += 1;
                        break;
                    }
                    known if self.keys[known as usize - 1] == key => break,
                    _ => place = (place + 1) & mask,
                }
            }
        }
        self.keys.truncate(n);
        self.n_different = n;
    }
}

fn mixed((a, b): Key) -> u64 {
    folded(a ^ 0x9e37_79b9_7f4a_7c15, b ^ 0xa076_1d64_78bd_642f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_one_byte_have_other_hashes_in_both_halves() {
        let mut seen = std::collections::HashSet::new();
        let mut n = 0;
        for length in 0..40 {
            let text = vec![b'a'; length];
            let mut texts = vec![text.clone()];
            for at in 0..length {
                let mut other = text.clone();
                other[at] = b'b';
                texts.push(other);
            }
            for text in texts {
                let (a, b) = hash(&text);
                seen.insert(a);
                seen.insert(b);
                n += 2;
            }
        }
        assert_eq!(seen.len(), n);
    }

    #[test]
    fn keys_are_counted_once_however_often_they_come() {
        let mut all = KeySet::default();
        for part in 0..3 {
            let mut keys = KeySet::default();
            for n in 0..10_000u64 {
                keys.add((n % 700 + part * 100, 7));
                keys.add(hash((n % 30).to_string().as_bytes()));
            }
            all.take_over(keys);
        }
        assert_eq!(all.count(), 900 + 30);
        assert_eq!(KeySet::default().count(), 0);
    }
}
