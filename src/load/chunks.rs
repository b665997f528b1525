//! The end of a chunked body, found without keeping the body.

/// Where in a chunked body we are.
///
/// Source: RFC 9112, section 7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunks {
    /// In the digits of a chunk's size, which is this so far.
    Size(u64, bool),
    /// Behind the digits, before the line's end.
    Extension(u64),
    /// This many bytes are left of a chunk.
    Inside(u64),
    /// Behind a chunk, before its line's end.
    Behind,
    /// In a trailer's line, of which there are this many bytes so far.
    Trailer(u64),
    /// The body is over.
    Over,
}

/// The body is not chunked as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadChunk;

impl Chunks {
    /// The beginning of a body.
    pub const START: Chunks = Chunks::Size(0, false);

    /// Goes on over `bytes`; returns how many of them belong to the body.
    ///
    /// # Errors
    /// If a size is not a hexadecimal number, or a chunk does not end where it said.
    pub fn skip(&mut self, bytes: &[u8]) -> Result<usize, BadChunk> {
        let mut at = 0;
        while let (Some(byte), false) = (bytes.get(at), *self == Chunks::Over) {
            if let Chunks::Inside(left) = *self {
                let there = (bytes.len() - at) as u64;
                let passed = left.min(there);
                at += usize::try_from(passed).unwrap_or(bytes.len() - at);
                *self = match left - passed {
                    0 => Chunks::Behind,
                    left => Chunks::Inside(left),
                };
                continue;
            }
            *self = self.after(*byte)?;
            at += 1;
        }
        Ok(at)
    }

    fn after(self, byte: u8) -> Result<Chunks, BadChunk> {
        let begun = |size| match size {
            0 => Chunks::Trailer(0),
            size => Chunks::Inside(size),
        };
        Ok(match (self, byte) {
            (Chunks::Size(size, true), b'\n') => begun(size),
            (Chunks::Size(size, true), b'\r' | b';' | b' ' | b'\t') => Chunks::Extension(size),
            (Chunks::Size(size, _), byte) => {
                let digit = char::from(byte).to_digit(16).ok_or(BadChunk)?;
                let size = size.checked_mul(16).ok_or(BadChunk)? + u64::from(digit);
                Chunks::Size(size, true)
            }
            (Chunks::Extension(size), b'\n') => begun(size),
            (Chunks::Extension(size), _) => Chunks::Extension(size),
            (Chunks::Behind, b'\r') => Chunks::Behind,
            (Chunks::Behind, b'\n') => Chunks::START,
            (Chunks::Behind, _) => return Err(BadChunk),
            (Chunks::Trailer(0), b'\n') => Chunks::Over,
            (Chunks::Trailer(_), b'\n') => Chunks::Trailer(0),
            (Chunks::Trailer(length), b'\r') => Chunks::Trailer(length),
            (Chunks::Trailer(length), _) => Chunks::Trailer(length.saturating_add(1)),
            (Chunks::Inside(_) | Chunks::Over, _) => self,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] =
        b"5\r\nhello\r\n1A;x=1\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nEtag: 7\r\n\r\n";

    #[test]
    fn the_end_is_found_however_the_bytes_are_cut() {
        for cut in 1..BODY.len() {
            let mut chunks = Chunks::START;
            let mut passed = 0;
            for piece in BODY.chunks(cut) {
                assert_ne!(chunks, Chunks::Over, "{cut}");
                passed += chunks.skip(piece).unwrap();
            }
            assert_eq!((chunks, passed), (Chunks::Over, BODY.len()), "{cut}");
        }
    }

    #[test]
    fn what_comes_behind_the_end_is_left() {
        let mut chunks = Chunks::START;
        assert_eq!(chunks.skip(b"0\r\n\r\nHTTP"), Ok(5));
        assert_eq!(chunks.skip(b"HTTP"), Ok(0));
    }

    #[test]
    fn odd_sizes_and_ends_are_errors() {
        for body in [
            &b"\r\n"[..],
            b"x\r\n",
            b"2\r\nabc\r\n",
            b"fffffffffffffffff\r\n",
        ] {
            assert_eq!(Chunks::START.clone().skip(body), Err(BadChunk), "{body:?}");
        }
    }
}
