//! How many different values each place has.
//!
//! With one place a value costs 16 to 36 bytes; with several 28 to 56, and up to 36 more for each place
//! that has it.

use std::collections::HashSet;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;

use super::condition::value_at;
use super::group::{NONE, Sought};
use super::keys::{Key, KeyMap, KeySet, Mixed, hash, of_id};
use super::places::Places;
use super::source::{Rows, Source};
use crate::store::{Codes, ColumnData, Presence, Texts};

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
    // All values, if there is but one place.
    all: KeySet,
    // Their numbers, if there are several.
    numbers: KeyMap<Key, u32>,
    // What each place has, if there is more than one.
    of_place: Vec<OfPlace>,
    // A place and the number of a value that it has, of places that have few.
    pairs: HashSet<(u32, u32), BuildHasherDefault<Mixed>>,
    several: bool,
    // The version of the columns, and for each column by code the value's number.
    known: (usize, Vec<Vec<u32>>),
}

impl Distinct {
    /// Returns about how much memory it takes.
    pub fn memory_bytes(&self) -> usize {
        let of_place = |it: &OfPlace| match it {
            OfPlace::Few(_) => 0,
            OfPlace::Many(bits) => bits.len() * 8,
        };
        let of_places: usize = self.of_place.iter().map(of_place).sum();
        let places = self.of_place.len() * size_of::<OfPlace>();
        self.all.len() * 24 + self.numbers.len() * 42 + self.pairs.len() * 24 + places + of_places
    }

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
                            *known = self.number(hash(strs.texts.bytes_of(code)));
                        }
                        self.pair(places.get(position), *known);
                    });
                }
                (ColumnData::Hex(hexes), _)
                    if !self.several
                        && hexes.width == 16
                        && matches!(column.present, Presence::All) =>
                {
                    let ids = hexes.bytes.as_slice().as_chunks::<16>().0;
                    let mut last = None;
                    rows.each(|row| {
                        let id = ids.get(source.start + row);
                        // The spans of a trace often follow each other.
                        if let Some(id) = id.filter(|id| last != Some(**id)) {
                            self.all.add(of_id(id));
                            last = Some(*id);
                        }
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
                        let key = Key::from(Sought::from(value));
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
            self.all.add(hash(texts.bytes_of(code)));
        }
    }

    // Without several places there is no need of a number.
    fn number(&mut self, key: Key) -> u32 {
        if !self.several {
            self.all.add(key);
            return 0;
        }
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
    pub fn take_over(&mut self, other: Distinct, places: &[u32]) {
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
        self.all.take_over(other.all);
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
            n_all: self.all.count(),
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
