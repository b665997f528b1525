//! The words of a JSON text, one after another, checked as strictly as serde checks them and made only on
//! demand: most of a line is of no interest to a filter.

use std::borrow::Cow;

/// A text, and how far it has been read.
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// A text in double quotes, as it stands.
#[derive(Clone, Copy)]
pub struct Quoted<'a> {
    /// With its quotes.
    raw: &'a str,
    has_escapes: bool,
}

impl<'a> Quoted<'a> {
    /// Returns what it says; `None` if an escape is half a character.
    pub fn plain(self) -> Option<Cow<'a, str>> {
        if self.has_escapes {
            return serde_json::from_str(self.raw).ok().map(Cow::Owned);
        }
        let inner = self.raw.get(1..self.raw.len() - 1)?;
        Some(Cow::Borrowed(inner))
    }
}

impl<'a> Scanner<'a> {
    /// Begins with a text.
    pub fn of(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    /// Returns how many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Passes over blanks, and returns the byte behind them without passing over it.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes().get(self.at)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Passes over blanks and the byte behind them, and returns that.
    pub fn next_byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Tells whether nothing but blanks is left.
    pub fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// Reads the rest of a literal.
    pub fn literal<T>(&mut self, rest: &str, value: T) -> Option<T> {
        let end = self.at + rest.len();
        let is_it = self.bytes().get(self.at..end)? == rest.as_bytes();
        self.at = end;
        is_it.then_some(value)
    }

    /// Reads the rest of a number that begins with `first`, and returns all of it.
    pub fn number(&mut self, first: u8) -> Option<&'a str> {
        let start = self.at - 1;
        let leading = match first {
            b'-' => {
                self.at += 1;
                *self.bytes().get(self.at - 1)?
            }
            first => first,
        };
        match leading {
            b'0' => {}
            b'1'..=b'9' => {
                self.digits();
            }
            _ => return None,
        }
        if self.eats(b".") {
            self.digits().then_some(())?;
        }
        if self.eats(b"eE") {
            self.eats(b"+-");
            self.digits().then_some(())?;
        }
        self.text.get(start..self.at)
    }

    /// Reads the rest of a text whose first quote was read.
    pub fn text(&mut self) -> Option<Quoted<'a>> {
        let start = self.at - 1;
        let mut has_escapes = false;
        loop {
            self.at += plain_bytes(self.bytes().get(self.at..)?);
            match self.bytes().get(self.at)? {
                b'"' => {
                    self.at += 1;
                    let raw = self.text.get(start..self.at)?;
                    return Some(Quoted { raw, has_escapes });
                }
                b'\\' => {
                    has_escapes = true;
                    self.at += 2;
                    match self.bytes().get(self.at - 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.bytes().get(self.at..self.at + 4)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                // A control character, which must be escaped.
                _ => return None,
            }
        }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn eats(&mut self, any: &[u8]) -> bool {
        let is_there = self
            .bytes()
            .get(self.at)
            .is_some_and(|byte| any.contains(byte));
        self.at += usize::from(is_there);
        is_there
    }

    // Tells whether there was at least one.
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at > start
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

// Returns how many bytes come before a quote, a backslash or a control character. Eight at a time.
fn plain_bytes(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (idx, chunk) in chunks.iter().enumerate() {
        let chunk = u64::from_le_bytes(*chunk);
        // The lowest bit that is set is right: a borrow only ever disturbs what is above it.
        let equals = |byte: u8| {
            let differs = chunk ^ (ONES * u64::from(byte));
            differs.wrapping_sub(ONES) & !differs
        };
        let is_control = chunk.wrapping_sub(ONES * 0x20) & !chunk;
        let special = (equals(b'"') | equals(b'\\') | is_control) & HIGHS;
        if special != 0 {
            return idx * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
    let in_rest = rest.iter().position(is_special).unwrap_or(rest.len());
    chunks.len() * 8 + in_rest
}
