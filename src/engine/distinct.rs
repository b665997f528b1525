//! How many different values each place has.
//!
//! A value is known by 128 bits: ids and numbers by their own, texts by two hashes of 64 bits that have
//! nothing to do with each other, so that among a thousand million texts two that are taken for one are
//! as good as impossible. A value costs 28 to 56 bytes, and each place that has it up to 36 more if there
//! are several places.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use super::condition::value_at;
use super::group::{NONE, Short, Sought};
use super::places::Places;
use super::source::{Rows, Source};
use crate::store::{Codes, ColumnData, Texts, ValueRef};

type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mixed>>;
type Set<K> = std::collections::HashSet<K, BuildHasherDefault<Mixed>>;

// What one place has: so many pairs, or a bit for each number.
#[derive(Debug)]
enum OfPlace {
    Few(u32),
    Many(Vec<u64>),
}

impl Default for OfPlace {
    fn default() -> OfPlace {
        OfPlace::Few(0)
    }
}

// A place with fewer values has pairs; with more it has bits, when it has a value for every four words.
const FEW: u32 = if cfg!(test) { 4 } else { 1_024 };

fn set(bits: &mut [u64], number: u32) {
    if let Some(word) = bits.get_mut(number as usize / 64) {
        *word |= 1 << (number % 64);
    }
}

/// The different values of each place.
#[derive(Debug, Default)]
pub struct Distinct {
    numbers: Map<(u64, u64), u32>,
    // What each place has, if there is more than one.
    of_place: Vec<OfPlace>,
    // A place and the number of a value that it has, of places that have few.
    pairs: Set<(u32, u32)>,
    several: bool,
    // The version of the columns, and for each column by code the value's number.
    known: (usize, Vec<Vec<u32>>),
}

impl Distinct {
    /// Starts with nothing; `several` if there may be more than one place.
    pub fn new(several: bool) -> Distinct {
        Distinct {
            several,
            ..Distinct::default()
        }
    }

    /// Takes the values of rows into account. `n_rows` is the length of the stretch.
    ///
    /// `whole` says which part of the part's rows the stretch is, if all rows of the part are looked at
    /// and there is but one place: each text of a dictionary is some row's, so that it is enough to take
    /// as large a part of the dictionary, and no row is looked at.
    pub fn add(
        &mut self,
        source: Source<'_>,
        rows: Rows<'_>,
        places: Places<'_>,
        whole: Option<(usize, usize)>,
    ) {
        if self.known.0 != source.version {
            self.known = (source.version, vec![Vec::new(); source.columns.len()]);
        }
        let mut known = std::mem::take(&mut self.known.1);
        let whole = whole.filter(|_| !self.several);
        for (column, known) in source.columns.iter().zip(&mut known) {
            match (&column.data, whole) {
                (ColumnData::Str(strs), Some((done, all)))
                    if !matches!(strs.codes, Codes::Rows) =>
                {
                    self.add_texts(&strs.texts, source.start, done, all);
                }
                (ColumnData::Str(strs), None) if !matches!(strs.codes, Codes::Rows) => {
                    known.resize(strs.texts.len(), NONE);
                    rows.each_with_position(|position, row| {
                        let row = source.start + row;
                        let code = strs.codes.get(row).unwrap_or(usize::MAX);
                        let Some(known) = known.get_mut(code) else {
                            return;
                        };
                        if *known != NONE && !self.several || !column.present.has(row) {
                            return;
                        }
                        if *known == NONE {
                            let text = strs.texts.bytes_of(code);
                            *known = self.number(hash(text));
                        }
                        self.pair(places.get(position), *known);
                    });
                }
                (data, _) => {
                    let mut last = None;
                    rows.each_with_position(|position, row| {
                        let row = source.start + row;
                        if !column.present.has(row) {
                            return;
                        }
                        let Some(value) = value_at(data, row) else {
                            return;
                        };
                        let key = key_of(value);
                        let place = places.get(position);
                        if last != Some((place, key)) {
                            let number = self.number(key);
                            self.pair(place, number);
                            last = Some((place, key));
                        }
                    });
                }
            }
        }
        self.known.1 = known;
    }

    fn add_texts(&mut self, texts: &Texts, start: usize, n: usize, n_all: usize) {
        let share = |row: usize| row * texts.len() / n_all.max(1);
        for code in share(start)..share(start + n) {
            self.number(hash(texts.bytes_of(code)));
        }
    }

    fn number(&mut self, key: (u64, u64)) -> u32 {
        let next = self.numbers.len() as u32;
        match self.numbers.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => *place.insert(next),
        }
    }

    #[inline]
    fn pair(&mut self, place: u32, number: u32) {
        if !self.several {
            return;
        }
        let idx = place as usize;
        if let Some(OfPlace::Many(bits)) = self.of_place.get_mut(idx)
            && let Some(word) = bits.get_mut(number as usize / 64)
        {
            *word |= 1 << (number % 64);
            return;
        }
        self.pair_rarely(idx, number);
    }

    // Of a place that has few values yet, or of a value that is new to all.
    #[inline(never)]
    fn pair_rarely(&mut self, idx: usize, number: u32) {
        if self.of_place.len() <= idx {
            self.of_place.resize_with(idx + 1, OfPlace::default);
        }
        let n_words = self
            .numbers
            .len()
            .next_power_of_two()
            .max(number as usize + 1)
            .div_ceil(64);
        let place = idx as u32;
        match self.of_place.get_mut(idx) {
            Some(OfPlace::Few(n)) => {
                *n += u32::from(self.pairs.insert((place, number)));
                if *n < FEW || (*n as usize) < n_words / 4 {
                    return;
                }
                let mut bits = vec![0; n_words];
                // Some of the first numbers may be another place's: all are looked for.
                for number in 0..self.numbers.len() as u32 {
                    if self.pairs.remove(&(place, number)) {
                        set(&mut bits, number);
                    }
                }
                if let Some(of_place) = self.of_place.get_mut(idx) {
                    *of_place = OfPlace::Many(bits);
                }
            }
            Some(OfPlace::Many(bits)) => {
                bits.resize(n_words.max(bits.len()), 0);
                set(bits, number);
            }
            None => {}
        }
    }

    /// Takes over what another has seen; `places` are the places here of its places.
    pub fn take_over(&mut self, other: &Distinct, places: &[u32]) {
        let mut numbers = vec![0; other.numbers.len()];
        for (key, number) in &other.numbers {
            if let Some(place) = numbers.get_mut(*number as usize) {
                *place = self.number(*key);
            }
        }
        other.each_pair(|place, number| {
            let place = places.get(place as usize).copied().unwrap_or(0);
            let number = numbers.get(number as usize).copied().unwrap_or(0);
            self.pair(place, number);
        });
    }

    fn each_pair(&self, mut take: impl FnMut(u32, u32)) {
        self.pairs
            .iter()
            .for_each(|(place, number)| take(*place, *number));
        for (place, of_place) in (0..).zip(&self.of_place) {
            let OfPlace::Many(bits) = of_place else {
                continue;
            };
            for (idx, word) in (0..).zip(bits) {
                let mut word = *word;
                while word != 0 {
                    take(place, idx * 64 + word.trailing_zeros());
                    word &= word - 1;
                }
            }
        }
    }

    /// Ends it: what is asked for then are unions of places.
    pub fn finish(&self, n_places: usize) -> DistinctByPlace {
        let mut by_place = vec![Vec::new(); if self.several { n_places } else { 0 }];
        self.each_pair(|place, number| {
            if let Some(numbers) = by_place.get_mut(place as usize) {
                numbers.push(number);
            }
        });
        DistinctByPlace {
            n_all: self.numbers.len(),
            by_place,
        }
    }
}

/// The numbers of each place's values.
#[derive(Debug)]
pub struct DistinctByPlace {
    n_all: usize,
    // Empty if there is but one place.
    by_place: Vec<Vec<u32>>,
}

impl DistinctByPlace {
    /// Returns how many different values some places have together.
    pub fn over(&self, places: &[u32]) -> usize {
        if self.by_place.is_empty() {
            return if places.is_empty() { 0 } else { self.n_all };
        }
        let numbers = |place: &u32| self.by_place.get(*place as usize);
        match places {
            [place] => numbers(place).map_or(0, Vec::len),
            _ => {
                let numbers = places.iter().filter_map(numbers);
                let mut all: Vec<u32> = numbers.flatten().copied().collect();
                all.sort_unstable();
                all.dedup();
                all.len()
            }
        }
    }
}

fn key_of(value: ValueRef<'_>) -> (u64, u64) {
    match Sought::from(value) {
        Sought::Text(text) => hash(text.as_bytes()),
        Sought::Long(id) => {
            let half = |at: usize| id.get(at..at + 8).and_then(|it| it.try_into().ok());
            let [first, second] = [0, 8].map(|at| u64::from_le_bytes(half(at).unwrap_or_default()));
            (first, second)
        }
        // What fits into one half has a name in the other, which no id that is random ever has.
        Sought::Short(Short::Id, bits) => (0x9ae1_6a3b_2f90_404f, bits),
        Sought::Short(Short::Int, bits) => (0xc3a5_c85c_97cb_3127, bits),
        Sought::Short(Short::Float, bits) => (0xb492_b66f_be98_f273, bits),
        Sought::Short(Short::Bool, bits) => (0x8445_d61a_4e77_4912, bits),
    }
}

// Two hashes of a text: sixteen bytes at a time are multiplied and both halves of the product kept, as
// wyhash and its descendants do, with other constants for each of the two.
fn hash(text: &[u8]) -> (u64, u64) {
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
struct Mixed(u64);

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
}
