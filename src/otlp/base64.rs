//! Base64, as protobuf's JSON and Honeycomb write bytes.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the base64 form of `bytes`, with padding.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0u32, |all, i| {
            all << 8 | u32::from(chunk.get(i).copied().unwrap_or(0))
        });
        for i in 0..4 {
            let is_padding = i > chunk.len();
            let letter = ALPHABET[(number >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if is_padding { '=' } else { letter });
        }
    }
    text
}

/// Reads base64 in either alphabet, with or without padding, as protobuf's JSON allows.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let letters = text.trim_end_matches('=');
    // One letter alone has six bits, which are no byte.
    if letters.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3 + 2);
    let mut bits = 0u32;
    let mut n_bits = 0;
    for letter in letters.bytes() {
        bits = bits << 6 | u32::from(six_bits(letter)?);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
            bits &= (1 << n_bits) - 1;
        }
    }
    Some(bytes)
}

fn six_bits(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn any_bytes_come_back_the_same_in_both_alphabets_with_and_without_padding() {
        let mut rng = StdRng::seed_from_u64(4);
        for length in 0..200 {
            let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
            let text = to_base64(&bytes);
            let urls = text.replace('+', "-").replace('/', "_");
            for text in [&text, text.trim_end_matches('='), &urls] {
                assert_eq!(from_base64(text).as_ref(), Some(&bytes), "{text}");
            }
        }
    }

    #[test]
    fn the_letters_are_those_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(to_base64(bytes.as_bytes()), text);
        }
        assert_eq!(to_base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn what_is_not_base64_is_none() {
        for text in ["A", "AAAAA", "A=", "AA=A", "AA A", "é", "AA\n"] {
            assert_eq!(from_base64(text), None, "{text:?}");
        }
    }
}
