//! Many short texts in one piece of memory, and the dictionary that grows while events come in.

use std::hash::BuildHasher;

use arrow_buffer::{Buffer, ScalarBuffer};
use foldhash::fast::FixedState;

/// Texts one after another.
///
/// `offsets` has one entry more than there are texts, ascending from 0; text `i` is
/// `bytes[offsets[i]..offsets[i + 1]]`, UTF-8.
#[derive(Debug, Clone)]
pub struct Texts {
    offsets: ScalarBuffer<i32>,
    bytes: Buffer,
}

impl Texts {
    /// Returns texts over memory that is somebody else's; what is wrong with it reads as empty texts.
    pub fn new(offsets: ScalarBuffer<i32>, bytes: Buffer) -> Texts {
        Texts { offsets, bytes }
    }

    /// Returns how many texts there are.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns text `idx`; empty if there is none.
    pub fn get(&self, idx: usize) -> &str {
        std::str::from_utf8(self.bytes_of(idx)).unwrap_or_default()
    }

    /// Returns the bytes of text `idx`; none if there is no such text.
    pub fn bytes_of(&self, idx: usize) -> &[u8] {
        let range = || {
            let start = usize::try_from(*self.offsets.get(idx)?).ok()?;
            let end = usize::try_from(*self.offsets.get(idx + 1)?).ok()?;
            self.bytes.as_slice().get(start..end)
        };
        range().unwrap_or_default()
    }

    /// Returns all texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|idx| self.get(idx))
    }

    /// Returns the offsets, as described above.
    pub fn offsets(&self) -> &ScalarBuffer<i32> {
        &self.offsets
    }

    /// Returns the bytes of all texts.
    pub fn bytes(&self) -> &Buffer {
        &self.bytes
    }
}

/// A dictionary that grows: each different text has a code, counted from 0 in the order of arrival.
#[derive(Debug)]
pub struct Dictionary {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    // Codes plus one by hash, 0 for an empty place; a power of two long, at most half full.
    table: Vec<u32>,
    hasher: FixedState,
}

/// The most bytes that the texts of one dictionary take; Arrow's offsets reach no further.
pub const MOST_BYTES: usize = i32::MAX as usize;

impl Default for Dictionary {
    fn default() -> Dictionary {
        Dictionary {
            offsets: vec![0],
            bytes: Vec::new(),
            table: Vec::new(),
            hasher: FixedState::with_seed(0x0c2d_d072),
        }
    }
}

impl Dictionary {
    /// Returns how many texts there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns the code of `text`, adding it if it is new.
    ///
    /// A text that would make the dictionary longer than [`MOST_BYTES`] is kept empty; what may come
    /// in at once is far smaller.
    pub fn code(&mut self, text: &str) -> u32 {
        let last = self.len().wrapping_sub(1);
        if self.text(last) == Some(text.as_bytes()) {
            return last as u32;
        }
        if (self.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let place = self.place_of(text.as_bytes());
        match self.table.get(place) {
            Some(&code) if code > 0 => code - 1,
            _ => self.add(text, place),
        }
    }

    /// Returns the text of a code; empty if there is none.
    pub fn get(&self, code: u32) -> &str {
        let bytes = self.text(code as usize).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Returns the texts.
    pub fn finish(self) -> Texts {
        Texts::new(self.offsets.into(), Buffer::from_vec(self.bytes))
    }

    /// Returns about how many bytes it takes.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.len() + 4 * (self.offsets.len() + self.table.len())
    }

    fn add(&mut self, text: &str, place: usize) -> u32 {
        let code = self.len() as u32;
        if self.bytes.len() + text.len() <= MOST_BYTES {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.offsets.push(self.bytes.len() as i32);
        if let Some(entry) = self.table.get_mut(place) {
            *entry = code + 1;
        }
        code
    }

    fn text(&self, code: usize) -> Option<&[u8]> {
        let start = *self.offsets.get(code)? as usize;
        let end = *self.offsets.get(code.checked_add(1)?)? as usize;
        self.bytes.get(start..end)
    }

    // The place where the text is, or the empty one where it belongs.
    fn place_of(&self, text: &[u8]) -> usize {
        let mask = self.table.len() - 1;
        let mut place = self.hasher.hash_one(text) as usize & mask;
        loop {
            match self.table.get(place) {
                Some(&code) if code > 0 && self.text(code as usize - 1) != Some(text) => {
                    place = (place + 1) & mask;
                }
                _ => return place,
            }
        }
    }

    fn grow(&mut self) {
        self.table = vec![0; (self.table.len() * 2).max(16)];
        for code in 0..self.len() {
            let text = self.text(code).unwrap_or_default();
            let mask = self.table.len() - 1;
            let mut place = self.hasher.hash_one(text) as usize & mask;
            while self.table.get(place).is_some_and(|&code| code > 0) {
                place = (place + 1) & mask;
            }
            if let Some(entry) = self.table.get_mut(place) {
                *entry = code as u32 + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_codes_however_many_there_are() {
        let mut dictionary = Dictionary::default();
        for round in 0..3 {
            for n in 0..5_000u32 {
                let text = format!("text {n}");
                assert_eq!(dictionary.code(&text), n, "round {round}");
            }
        }
        assert_eq!(dictionary.code(""), 5_000);
        let texts = dictionary.finish();
        assert_eq!(texts.len(), 5_001);
        assert_eq!(texts.get(4_999), "text 4999");
        assert_eq!(texts.get(5_000), "");
        assert_eq!(texts.get(5_001), "");
        assert_eq!(texts.iter().next(), Some("text 0"));
    }

    #[test]
    fn broken_texts_read_as_empty() {
        let texts = Texts::new(
            vec![0, 2, 9, -1].into(),
            Buffer::from_vec(vec![0xff, 0xfe, b'a']),
        );
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "", ""]);
    }
}
