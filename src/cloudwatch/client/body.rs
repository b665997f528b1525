//! What is sent to put lines, written without a copy of each.

use bytes::Bytes;
use serde::Serialize;

/// Returns the body of PutLogEvents. Source: CloudWatch Logs API.
pub fn of_put<'e>(
    group: &str,
    stream: &str,
    events: impl Iterator<Item = (i64, &'e str)>,
) -> Bytes {
    let mut body = b"{\"logGroupName\":".to_vec();
    put_text(&mut body, group);
    body.extend_from_slice(b",\"logStreamName\":");
    put_text(&mut body, stream);
    body.extend_from_slice(b",\"logEvents\":[");
    for (idx, (timestamp_ms, text)) in events.enumerate() {
        if idx > 0 {
            body.push(b',');
        }
        body.extend_from_slice(b"{\"timestamp\":");
        put_json(&mut body, &timestamp_ms);
        body.extend_from_slice(b",\"message\":");
        put_text(&mut body, text);
        body.push(b'}');
    }
    body.extend_from_slice(b"]}");
    body.into()
}

// Most lines have nothing to escape, which is quickly seen.
fn put_text(body: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        body.push(b'"');
        body.extend_from_slice(text.as_bytes());
        body.push(b'"');
    } else {
        put_json(body, text);
    }
}

fn put_json<T: Serialize + ?Sized>(body: &mut Vec<u8>, value: &T) {
    // Texts and numbers can always be written to memory.
    let _ = serde_json::to_writer(body, value);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_text_comes_back_from_a_body_as_it_was() {
        let texts = [
            "plain",
            "\"\\/\n\t\u{0}\u{1f}\u{7f}",
            "\u{e9} \u{1f984}",
            "",
        ];
        let events = (1..).zip(texts);
        let body = of_put("a \"group\"", "stream", events);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let events: Vec<Value> = (1..)
            .zip(texts)
            .map(|(at, text)| json!({ "timestamp": at, "message": text }))
            .collect();
        let whole = json!({
            "logGroupName": "a \"group\"", "logStreamName": "stream", "logEvents": events
        });
        assert_eq!(body, whole);
    }
}
