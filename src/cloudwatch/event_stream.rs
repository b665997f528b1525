//! AWS's event streams: messages with headers, one after another, each with its own checksums.
//!
//! A message is its length and that of its headers (u32, big-endian), the CRC-32 of these eight bytes,
//! the headers, the payload, and the CRC-32 of everything before. A header is its name with its length
//! in a byte, its type (7 for a text), and the text with its length in two bytes.
//! Source: Smithy, "Amazon Event Stream specification".

use bytes::{BufMut, Bytes, BytesMut};

/// The MIME type of a body of such messages.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// Of both lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
const TEXT: u8 = 7;

/// Returns an event with a JSON payload.
pub fn event(kind: &str, payload: &[u8]) -> Bytes {
    message([(":message-type", "event"), (":event-type", kind)], payload)
}

/// Returns an exception with a JSON payload; it is the last message of its stream.
pub fn exception(kind: &str, payload: &[u8]) -> Bytes {
    let kind = (":exception-type", kind);
    message([(":message-type", "exception"), kind], payload)
}

fn message(kind: [(&str, &str); 2], payload: &[u8]) -> Bytes {
    let mut headers = Vec::new();
    let content_type = (":content-type", "application/json");
    for (name, text) in kind.into_iter().chain([content_type]) {
        headers.put_u8(name.len() as u8);
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(text.len() as u16);
        headers.put_slice(text.as_bytes());
    }
    let length = PRELUDE_BYTES + headers.len() + payload.len() + 4;
    let mut message = BytesMut::with_capacity(length);
    message.put_u32(length as u32);
    message.put_u32(headers.len() as u32);
    message.put_u32(crc32fast::hash(&message));
    message.put_slice(&headers);
    message.put_slice(payload);
    message.put_u32(crc32fast::hash(&message));
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Written out from the specification; botocore and the Rust SDK read them in other tests.
    #[test]
    fn a_message_has_its_lengths_and_both_checksums() {
        let message = event("sessionStart", b"{}");
        let headers = b"\x0d:message-type\x07\x00\x05event\
            \x0b:event-type\x07\x00\x0csessionStart\
            \x0d:content-type\x07\x00\x10application/json";
        assert_eq!(message[..4], (message.len() as u32).to_be_bytes());
        assert_eq!(message[4..8], (headers.len() as u32).to_be_bytes());
        assert_eq!(message[8..12], crc32fast::hash(&message[..8]).to_be_bytes());
        let rest = &message[12..message.len() - 4];
        assert_eq!(rest, [&headers[..], b"{}"].concat());
        let end = message.len() - 4;
        assert_eq!(
            message[end..],
            crc32fast::hash(&message[..end]).to_be_bytes()
        );
    }
}
