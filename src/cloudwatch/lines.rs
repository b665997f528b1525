//! From bytes as they come in to lines that CloudWatch Logs can hold. No I/O.
//!
//! A line ends with `\n`; a `\r` before it belongs to the end. What is not UTF-8 becomes U+FFFD, and is
//! counted. A line that is longer than an event may be is split between characters into pieces, each
//! with a mark at its end that numbers it, so that nothing is lost and memory stays bounded however
//! long a line goes on. NUL bytes stay as they are.

use super::wire::{EVENT_MAX_BYTES, EVENT_OVERHEAD_BYTES};

/// The longest message of one event, in bytes.
pub const MESSAGE_MAX_BYTES: usize = EVENT_MAX_BYTES - EVENT_OVERHEAD_BYTES;
// What a piece has of its line; the rest is for the mark.
const PIECE_BYTES: usize = MESSAGE_MAX_BYTES - 64;

/// A line, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// At most [`MESSAGE_MAX_BYTES`] long; empty if the line was.
    pub text: String,
    /// Whether it had bytes that are not UTF-8.
    pub is_mended: bool,
    /// Which piece it is, counted from 1; `None` for a whole line.
    pub piece: Option<usize>,
}

/// Cuts a stream of bytes into lines; holds one event's worth of bytes at most.
#[derive(Debug, Default)]
pub struct LineCutter {
    // What has come of the line under way and is in no piece yet.
    buffer: Vec<u8>,
    // How many pieces of it were given already.
    n_pieces: usize,
}

impl LineCutter {
    /// Gives every line, and every piece of a long one, that `bytes` complete.
    pub fn push(&mut self, bytes: &[u8], give: &mut impl FnMut(Line)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let (line, after) = rest.split_at(end);
            if self.buffer.is_empty() && self.n_pieces == 0 && line.len() <= MESSAGE_MAX_BYTES {
                self.give_text(without_return(line), true, give);
            } else {
                self.extend(line, give);
                self.end_line(give);
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.extend(rest, give);
    }

    /// Gives what is left when the input ends without an end of line.
    pub fn finish(&mut self, give: &mut impl FnMut(Line)) {
        if !self.buffer.is_empty() || self.n_pieces > 0 {
            self.end_line(give);
        }
    }

    /// Returns how many bytes were pushed that are in no line yet.
    pub fn n_waiting(&self) -> usize {
        self.buffer.len()
    }

    fn extend(&mut self, mut part: &[u8], give: &mut impl FnMut(Line)) {
        while self.buffer.len() + part.len() > MESSAGE_MAX_BYTES {
            let room = MESSAGE_MAX_BYTES - self.buffer.len();
            let (fits, rest) = part.split_at(room);
            self.buffer.extend_from_slice(fits);
            part = rest;
            let piece_end = before_character(&self.buffer, PIECE_BYTES);
            let later = self.buffer.split_off(piece_end);
            let piece = std::mem::replace(&mut self.buffer, later);
            self.give_text(&piece, false, give);
        }
        self.buffer.extend_from_slice(part);
    }

    fn end_line(&mut self, give: &mut impl FnMut(Line)) {
        let line = std::mem::take(&mut self.buffer);
        self.give_text(without_return(&line), true, give);
        // The room stays for the next line that comes in parts.
        self.buffer = line;
        self.buffer.clear();
    }

    fn give_text(&mut self, bytes: &[u8], is_end: bool, give: &mut impl FnMut(Line)) {
        let mut is_mended = false;
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => {
                is_mended = true;
                String::from_utf8_lossy(bytes).into_owned()
            }
        };
        if is_end && self.n_pieces == 0 && text.len() <= MESSAGE_MAX_BYTES {
            give(Line {
                text,
                is_mended,
                piece: None,
            });
            return;
        }
        // What was mended may be three times as long.
        let mut rest = text.as_str();
        loop {
            let (piece, after) = rest.split_at(floor_char_boundary(rest, PIECE_BYTES));
            let is_last = is_end && after.is_empty();
            self.n_pieces += 1;
            give(Line {
                text: format!("{piece}{}", mark(self.n_pieces, is_last)),
                is_mended,
                piece: Some(self.n_pieces),
            });
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        if is_end {
            self.n_pieces = 0;
        }
    }
}

/// Returns a message as it is if it fits into an event, else as numbered pieces that do.
pub fn pieces(message: &str) -> Vec<String> {
    if message.len() <= MESSAGE_MAX_BYTES {
        return vec![message.to_string()];
    }
    let mut pieces = Vec::new();
    let mut cutter = LineCutter::default();
    // As one line, whatever is in it.
    cutter.give_text(message.as_bytes(), true, &mut |line| pieces.push(line.text));
    pieces
}

fn mark(piece: usize, is_last: bool) -> String {
    if is_last {
        format!(" [piece {piece}, the last of this line]")
    } else {
        format!(" [piece {piece} of a longer line]")
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

// Returns the last place up to `at` where a character begins, if that can be told.
fn before_character(bytes: &[u8], at: usize) -> usize {
    let is_inside = |place: usize| bytes.get(place).is_some_and(|byte| byte & 0xC0 == 0x80);
    (0..4)
        .filter_map(|back| at.checked_sub(back))
        .find(|&place| !is_inside(place))
        .unwrap_or(at)
}

fn floor_char_boundary(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn lines(parts: &[&[u8]]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut cutter = LineCutter::default();
        for part in parts {
            cutter.push(part, &mut |line| lines.push(line));
            assert!(cutter.n_waiting() <= MESSAGE_MAX_BYTES);
        }
        cutter.finish(&mut |line| lines.push(line));
        lines
    }

    fn texts(parts: &[&[u8]]) -> Vec<String> {
        lines(parts).into_iter().map(|line| line.text).collect()
    }

    fn joined(pieces: &[Line]) -> String {
        let mut whole = String::new();
        for (idx, piece) in pieces.iter().enumerate() {
            assert_eq!(piece.piece, Some(idx + 1));
            assert!(piece.text.len() <= MESSAGE_MAX_BYTES);
            let mark = mark(idx + 1, idx + 1 == pieces.len());
            whole.push_str(piece.text.strip_suffix(&mark).unwrap());
        }
        whole
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_come() {
        let text = "one\n\ntwo \u{e9}\r\nthree\rstill\n\u{1f980}\0nul\n\n last".as_bytes();
        let whole = texts(&[text]);
        assert_eq!(
            whole,
            [
                "one",
                "",
                "two \u{e9}",
                "three\rstill",
                "\u{1f980}\0nul",
                "",
                " last"
            ]
        );
        for cut in 0..text.len() {
            let (before, after) = text.split_at(cut);
            assert_eq!(texts(&[before, after]), whole, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_not_text_is_mended_and_counted() {
        let found = lines(&[b"good\nb\xffad \xc3\nfine\n"]);
        let mended: Vec<bool> = found.iter().map(|line| line.is_mended).collect();
        assert_eq!(mended, [false, true, false]);
        assert_eq!(found[1].text, "b\u{fffd}ad \u{fffd}");
    }

    #[test]
    fn a_long_line_comes_in_numbered_pieces_that_make_it_whole_again() {
        let mut rng = StdRng::seed_from_u64(3);
        for character in ["x", "\u{e9}", "\u{1f980}"] {
            for length in [MESSAGE_MAX_BYTES + 9, 3_000_000, 5 * PIECE_BYTES] {
                let line: String = "ab".to_string() + &character.repeat(length / character.len());
                let bytes = format!("{line}\nnext\n").into_bytes();
                let parts: Vec<&[u8]> = bytes.chunks(rng.random_range(1_000..400_000)).collect();
                let mut found = lines(&parts);
                assert_eq!(found.pop().unwrap().text, "next");
                assert!(joined(&found) == line, "{character} {length}");
            }
        }
    }

    #[test]
    fn the_longest_line_that_fits_stays_whole() {
        let line = "x".repeat(MESSAGE_MAX_BYTES);
        let bytes = format!("{line}\n").into_bytes();
        for parts in [vec![&bytes[..]], bytes.chunks(70_000).collect()] {
            let found = lines(&parts);
            assert_eq!((found.len(), found[0].piece), (1, None));
        }
    }

    #[test]
    fn a_long_line_of_garbage_fits_too() {
        let garbage = vec![0xff; 2 * MESSAGE_MAX_BYTES];
        let found = lines(&[&garbage]);
        assert_eq!(joined(&found), "\u{fffd}".repeat(garbage.len()));
        assert!(found.iter().all(|piece| piece.is_mended));
    }

    #[test]
    fn a_message_is_cut_as_a_line_is() {
        assert_eq!(pieces("short"), ["short"]);
        let long = "\u{1f980}\n".repeat(500_000);
        let cut = pieces(&long);
        let as_lines: Vec<Line> = cut
            .iter()
            .enumerate()
            .map(|(idx, text)| Line {
                text: text.clone(),
                is_mended: false,
                piece: Some(idx + 1),
            })
            .collect();
        assert!(joined(&as_lines) == long);
    }
}
