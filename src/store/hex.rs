//! Hexadecimal ids: texts of 16 or 32 lower-case digits, kept as 8 or 16 bytes.
//!
//! Span ids and trace ids are most of the bytes of a span, and half of them are for nothing. Every text
//! of this form is kept so, whatever its field: there is one representation for each text, so that equal
//! texts are equal bytes.

/// Reads a text of 16 or 32 lower-case hexadecimal digits; `None` for any other text.
///
/// Returns the bytes in the first half or all of an array, and how many they are.
pub fn bytes_of(text: &str) -> Option<([u8; 16], usize)> {
    let digits = text.as_bytes();
    if digits.len() != 16 && digits.len() != 32 {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some((bytes, digits.len() / 2))
}

/// Appends the digits of `bytes` to `text`.
pub fn push_text(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(half)]));
        }
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_the_same() {
        for text in ["00f067aa0ba902b7", "4bf92f3577b34da6a3ce929d0e0e4736"] {
            let (bytes, length) = bytes_of(text).unwrap();
            let mut again = String::new();
            push_text(&mut again, &bytes[..length]);
            assert_eq!(again, text);
        }
    }

    #[test]
    fn other_texts_stay_texts() {
        for text in [
            "",
            "00F067aa0ba902b7",
            "00f067aa0ba902b",
            "00f067aa0ba902bé",
            "zzf067aa0ba902b7",
        ] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }
}
