//! The shape of a log line: what stays the same when the same thing is said again.
//!
//! Times, numbers, ids and addresses give way to placeholders. The status of a response stays, for
//! it is what tells a line that went well from one that did not.

/// The most characters of a shape; a longer line is cut, with a mark.
pub const SHAPE_MAX_CHARS: usize = 400;

const TIME: &str = "<time>";
const NUMBER: &str = "<n>";
const HEX: &str = "<hex>";
const ID: &str = "<id>";
const TRACE: &str = "<trace>";
const ADDRESS: &str = "<ip>";

/// Returns the shape of a line.
pub fn shape(line: &str) -> String {
    let mut scan = Scan {
        text: line,
        bytes: line.as_bytes(),
        at: 0,
        word: "",
    };
    let mut shape = String::new();
    let mut n_chars = 0;
    while scan.at < scan.bytes.len() {
        if n_chars >= SHAPE_MAX_CHARS {
            shape.push_str("...");
            break;
        }
        let before = shape.len();
        scan.step(&mut shape);
        n_chars += shape.get(before..).unwrap_or_default().chars().count();
    }
    shape
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The last word that was not a number.
    word: &'a str,
}

impl<'a> Scan<'a> {
    fn step(&mut self, shape: &mut String) {
        let special = [
            (TIME, self.moment()),
            (TRACE, self.xray_id()),
            (ID, self.uuid()),
            (ADDRESS, self.address()),
        ];
        for (placeholder, length) in special {
            if let Some(length) = length.filter(|length| self.is_border(self.at + length)) {
                shape.push_str(placeholder);
                self.at += length;
                return;
            }
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().take_while(|byte| is_word(*byte)).count();
        if length == 0 {
            let c = rest.chars().next().unwrap_or('\u{fffd}');
            shape.push(if c == '\n' || c == '\r' { ' ' } else { c });
            self.at += c.len_utf8();
            return;
        }
        let word = rest.get(..length).unwrap_or_default();
        self.at += length;
        if self.is_status(word) {
            shape.push_str(word);
            self.word = "";
            return;
        }
        self.push_word(word, shape);
        if !word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.word = word;
        }
    }

    fn push_word(&mut self, word: &str, shape: &mut String) {
        let n_digits = word.bytes().filter(u8::is_ascii_digit).count();
        let leading = word.bytes().take_while(u8::is_ascii_digit).count();
        let trailing = word.bytes().rev().take_while(u8::is_ascii_digit).count();
        let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (head, unit) = word.split_at(leading);
        if leading == word.len() {
            // With its fraction, if it has one.
            let fraction = self.digits_after(b'.');
            self.at += fraction;
            shape.push_str(NUMBER);
        } else if n_digits == 0 {
            shape.push_str(word);
        } else if word.starts_with("0x") || (is_hex && word.len() >= 8) {
            shape.push_str(HEX);
        } else if word.len() >= 16 && n_digits >= 3 {
            shape.push_str(ID);
        } else if !head.is_empty() && unit.len() <= 3 && n_digits == leading {
            // 12ms, 3rd, 5MB.
            shape.push_str(NUMBER);
            shape.push_str(unit);
        } else if trailing >= 2 {
            shape.push_str(word.get(..word.len() - trailing).unwrap_or_default());
            shape.push_str(NUMBER);
        } else {
            // s3, utf8, p99 is none of these.
            shape.push_str(word);
        }
    }

    /// Whether the digits are a response's status: after a word that says so, or before its phrase.
    fn is_status(&self, word: &str) -> bool {
        let is_one =
            word.len() == 3 && matches!(word.as_bytes(), [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9']);
        // `"status":503`, `HTTP/1.1" 200`.
        let says_so = self.word == "HTTP" || self.word.to_ascii_lowercase().contains("status");
        let after = self.bytes.get(self.at..).unwrap_or_default();
        let has_phrase = matches!(
            after,
            [b' ', b'A'..=b'Z', b'A'..=b'Z' | b'a'..=b'z' | b'\'', ..]
        );
        is_one && (says_so || has_phrase)
    }

    fn is_border(&self, at: usize) -> bool {
        let after = self.bytes.get(at).copied();
        // What stands before was taken as a whole, so a border is there already.
        !after.is_some_and(is_word)
    }

    fn byte(&self, offset: usize) -> u8 {
        self.bytes.get(self.at + offset).copied().unwrap_or(0)
    }

    /// Tells whether the next bytes are as `form` says: `d` a digit, `a` a letter, `x` a hexadecimal
    /// digit, any other itself.
    fn fits(&self, offset: usize, form: &str) -> bool {
        form.bytes().enumerate().all(|(i, wanted)| {
            let byte = self.byte(offset + i);
            match wanted {
                b'd' => byte.is_ascii_digit(),
                b'a' => byte.is_ascii_alphabetic(),
                b'x' => byte.is_ascii_hexdigit(),
                other => byte == other,
            }
        })
    }

    /// Returns the length of a point (or what `mark` is) with digits behind it; 0 if there is none.
    fn digits_after(&self, mark: u8) -> usize {
        if self.byte(0) != mark {
            return 0;
        }
        let digits = self.bytes.iter().skip(self.at + 1);
        match digits.take_while(|byte| byte.is_ascii_digit()).count() {
            0 => 0,
            n => n + 1,
        }
    }

    fn moment(&self) -> Option<usize> {
        // The Common Log Format.
        if self.fits(0, "dd/aaa/dddd:dd:dd:dd") {
            return Some(if self.fits(20, " +dddd") || self.fits(20, " -dddd") {
                26
            } else {
                20
            });
        }
        let date = ["dddd-dd-dd", "dddd-aaa-dd", "dddd/dd/dd"]
            .into_iter()
            .find(|form| self.fits(0, form))
            .map_or(0, str::len);
        let has_mark = date > 0 && matches!(self.byte(date), b'T' | b' ');
        let from = date + usize::from(has_mark);
        match self.clock(from) {
            Some(length) => Some(from + length),
            None => Some(date).filter(|date| *date > 0),
        }
    }

    fn clock(&self, offset: usize) -> Option<usize> {
        if !self.fits(offset, "dd:dd") {
            return None;
        }
        let mut end = offset + 5;
        if self.fits(end, ":dd") {
            end += 3;
            if matches!(self.byte(end), b'.' | b',') && self.byte(end + 1).is_ascii_digit() {
                end += 1;
                while self.byte(end).is_ascii_digit() {
                    end += 1;
                }
            }
        }
        for (zone, length) in [
            ("Z", 1),
            ("+dd:dd", 6),
            ("-dd:dd", 6),
            ("+dddd", 5),
            ("-dddd", 5),
        ] {
            if self.fits(end, zone) {
                end += length;
                break;
            }
        }
        Some(end - offset)
    }

    fn xray_id(&self) -> Option<usize> {
        let form = "1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx";
        self.fits(0, form).then_some(form.len())
    }

    fn uuid(&self) -> Option<usize> {
        let form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
        self.fits(0, form).then_some(form.len())
    }

    fn address(&self) -> Option<usize> {
        let mut end = 0;
        for part in 0..4 {
            if part > 0 {
                if self.byte(end) != b'.' {
                    return None;
                }
                end += 1;
            }
            let n_digits = (0..4)
                .take_while(|i| self.byte(end + i).is_ascii_digit())
                .count();
            if !(1..=3).contains(&n_digits) {
                return None;
            }
            end += n_digits;
        }
        if self.byte(end) == b':' && self.byte(end + 1).is_ascii_digit() {
            end += 1;
            while self.byte(end).is_ascii_digit() {
                end += 1;
            }
        }
        Some(end)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn what_changes_gives_way_and_what_is_meant_stays() {
        for (line, expected) in [
            (
                "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home?x=12 200 OK",
                "[<time>] <ip> GET http /api/activities/home?x=<n> 200 OK",
            ),
            (
                "[2026-Nov-22 07:09] 10.1.2.3:4567 GET http /api/boom? 500 INTERNAL SERVER ERROR",
                "[<time>] <ip> GET http /api/boom? 500 INTERNAL SERVER ERROR",
            ),
            (
                r#"{"time":"2026-11-22T07:09:00.123Z","level":"error","status":503,"took_ms":12.5}"#,
                r#"{"time":"<time>","level":"error","status":503,"took_ms":<n>}"#,
            ),
            (
                r#"127.0.0.1 - - [22/Nov/2026:07:09:00 +0000] "GET / HTTP/1.1" 200 612"#,
                r#"<ip> - - [<time>] "GET / HTTP/<n>" 200 <n>"#,
            ),
            (
                "activity 68f126b0-1ceb-4a33-88be-d90fa7109eee of user42 took 12ms",
                "activity <id> of user<n> took <n>ms",
            ),
            (
                "Root=1-5759e988-bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 at 0x7fff12",
                "Root=<trace> span <hex> at <hex>",
            ),
            (
                "2026/11/22 07:09:00,5 s3 utf8 http2",
                "<time> s3 utf8 http2",
            ),
            ("größe 5 高 -3.25e", "größe <n> 高 -<n>e"),
            ("a\nb", "a b"),
            ("", ""),
        ] {
            assert_eq!(shape(line), expected, "{line}");
        }
    }

    #[test]
    fn any_text_has_a_shape_of_bounded_length_and_the_same_again_has_the_same() {
        let mut rng = StdRng::seed_from_u64(11);
        let pieces = [
            "2026-11-", "07:09", "1-", "-", ".", "127.0.0", "é", "ab12", "\0", " ", "status", "500",
        ];
        for _ in 0..2_000 {
            let n = rng.random_range(0..200);
            let line: String = (0..n)
                .map(|_| pieces[rng.random_range(0..pieces.len())])
                .collect();
            let once = shape(&line);
            assert!(once.chars().count() <= SHAPE_MAX_CHARS + line.len().min(1_000));
            assert_eq!(shape(&line), once);
        }
        assert!(shape(&"é ".repeat(10_000)).chars().count() <= SHAPE_MAX_CHARS + 3);
    }
}
