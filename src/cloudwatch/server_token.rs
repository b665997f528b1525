//! Page tokens: each belongs to the request that it continues, and no other request takes it.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::server_lines::{position_of_text, position_text};
use super::server_refusal::Refusal;

/// Digits of a position in a token of GetLogEvents; of 56, the first 17 say of which stream it is.
const POSITION_DIGITS: usize = 39;
const MARK_DIGITS: usize = 56 - POSITION_DIGITS;

/// Returns the token that goes on at `place`. `parameters` are those of the request that decide what its pages hold.
pub fn seal(operation: &str, parameters: &Value, place: &str) -> String {
    let place: String = place.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mark = mark(&[operation, &parameters.to_string(), &place]);
    format!("{mark:016x}{place}")
}

/// Returns the place of a token; `None` if there is no token.
///
/// # Errors
/// `BadToken` for one of another operation or of other parameters.
pub fn open(
    operation: &str,
    parameters: &Value,
    token: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let Some(token) = token else { return Ok(None) };
    let (_, hex) = token.split_at_checked(16).ok_or(Refusal::BadToken)?;
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else {
        return Err(Refusal::BadToken);
    };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    let place = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = place.ok_or(Refusal::BadToken)?;
    if seal(operation, parameters, &place) == token {
        Ok(Some(place))
    } else {
        Err(Refusal::BadToken)
    }
}

/// Returns the digits of a GetLogEvents token of a stream: 56, as the service's have.
pub fn stream_digits(stream_key: &str, position: u128) -> String {
    let mark = mark(&[stream_key]) % 10_u64.pow(MARK_DIGITS as u32);
    let position = position_text(position);
    let digits = position.get(MARK_DIGITS..).unwrap_or_default();
    format!("{mark:017}{digits}")
}

/// Reads what [`stream_digits`] wrote; `None` if it is of another stream.
pub fn position_in_stream(stream_key: &str, digits: &str) -> Option<u128> {
    let digits_of_position = digits.get(MARK_DIGITS..)?;
    let position = position_of_text(&format!("{digits_of_position:0>56}"))?;
    (stream_digits(stream_key, position) == digits).then_some(position)
}

fn mark(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    let first = hash.first_chunk::<8>().copied().unwrap_or_default();
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_opens_only_what_it_was_sealed_for() {
        let parameters = json!(["g", null]);
        let token = seal("FilterLogEvents", &parameters, "f/é");
        let open = |operation: &str, parameters: &Value, token: &str| {
            open(operation, parameters, Some(token)).ok().flatten()
        };
        assert_eq!(
            open("FilterLogEvents", &parameters, &token),
            Some("f/é".to_string())
        );
        assert_eq!(open("DescribeLogGroups", &parameters, &token), None);
        assert_eq!(open("FilterLogEvents", &json!(["h", null]), &token), None);
        for odd in [
            "",
            "x",
            "é",
            &token[1..],
            &format!("{token}0"),
            &format!("{token}00"),
        ] {
            assert_eq!(open("FilterLogEvents", &parameters, odd), None, "{odd}");
        }
    }

    #[test]
    fn the_digits_of_a_stream_are_no_other_streams() {
        for position in [0, 1, 7 << 64, u128::MAX] {
            let digits = stream_digits("r/g:s", position);
            assert_eq!(digits.len(), 56);
            assert_eq!(position_in_stream("r/g:s", &digits), Some(position));
            assert_eq!(position_in_stream("r/g:t", &digits), None);
        }
        for odd in ["", "x", "éééééééééé", &"9".repeat(56), &"1".repeat(60)] {
            assert_eq!(position_in_stream("r/g:s", odd), None, "{odd}");
        }
    }
}
