//! Requests as bytes, made once before the run.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::Rng;

use super::mix::Mix;

const USER_AGENT: &str = concat!("cruddurctl-load/", env!("CARGO_PKG_VERSION"));

/// A request that only has to be written.
#[derive(Debug)]
pub struct Prepared {
    /// Its route, an index into the mix's.
    pub route: usize,
    /// Whether a status from 400 to 499 is the right answer.
    pub is_refused: bool,
    bytes: Vec<u8>,
    // Where the blank line after the headers begins.
    head_end: usize,
}

impl Prepared {
    /// Prepares all that a mix may send to `host`, in the order of its variants; with `asks_sampled`, each asks
    /// whether it was sampled.
    pub fn all(mix: &Mix, host: &str, asks_sampled: bool) -> Vec<Prepared> {
        let variants = mix.variants().iter();
        let prepared = variants.map(|variant| {
            let mut text = format!(
                "{} {} HTTP/1.1\r\nhost: {host}\r\nuser-agent: {USER_AGENT}\r\naccept: */*\r\n",
                variant.method.name(),
                variant.path,
            );
            if asks_sampled {
                // Source: X-Ray Developer Guide, Tracing header.
                text.push_str("x-amzn-trace-id: Sampled=?\r\n");
            }
            let body = variant.body.as_ref().map(ToString::to_string);
            if let Some(body) = &body {
                let _ = write!(
                    text,
                    "content-type: application/json\r\ncontent-length: {}\r\n",
                    body.len()
                );
            }
            let head_end = text.len();
            text.push_str("\r\n");
            text.push_str(body.as_deref().unwrap_or_default());
            Prepared {
                route: variant.route,
                is_refused: variant.is_refused,
                bytes: text.into_bytes(),
                head_end,
            }
        });
        prepared.collect()
    }

    /// Returns the request's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the request with a `traceparent` of its own into `buffer`, and the trace's id into
    /// `trace_id`: 32 hexadecimal digits, of which the first eight are the present second, as X-Ray
    /// wants them.
    ///
    /// Source: W3C Trace Context, level 1; X-Ray Developer Guide, trace ids from OpenTelemetry.
    pub fn with_traceparent(&self, buffer: &mut Vec<u8>, trace_id: &mut String) {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let mut rng = rand::rng();
        // A span's id must not be zero.
        let (high, low, span) = (
            rng.random::<u32>(),
            rng.random::<u64>(),
            rng.random::<u64>() | 1,
        );
        trace_id.clear();
        let _ = write!(trace_id, "{:08x}{high:08x}{low:016x}", seconds as u32);
        let (head, rest) = self.bytes.split_at(self.head_end);
        buffer.clear();
        buffer.extend_from_slice(head);
        buffer.extend_from_slice(b"traceparent: 00-");
        buffer.extend_from_slice(trace_id.as_bytes());
        buffer.extend_from_slice(format!("-{span:016x}-01\r\n").as_bytes());
        buffer.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_say_where_they_go_who_sends_them_and_carry_their_json() {
        let mix = Mix::of_routes(&[("reply".to_string(), 1)]).unwrap();
        let prepared = Prepared::all(&mix, "cruddur.test:4567", false);
        assert_eq!(prepared.len(), mix.variants().len());
        let text = String::from_utf8(prepared[0].bytes().to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let lines: Vec<&str> = head.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "POST /api/activities/68f126b0-1ceb-4a33-88be-d90fa7109eee/reply HTTP/1.1",
                "host: cruddur.test:4567",
                &format!("user-agent: {USER_AGENT}"),
                "accept: */*",
                "content-type: application/json",
                "content-length: 27",
            ]
        );
        assert_eq!(body, r#"{"message":"Cloud is fun!"}"#);
    }

    #[test]
    fn every_request_gets_a_traceparent_of_its_own() {
        let mix = Mix::of_paths(&["/x".to_string()]);
        let prepared = Prepared::all(&mix, "h", false);
        let (mut buffer, mut trace_id) = (Vec::new(), String::new());
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..50 {
            prepared[0].with_traceparent(&mut buffer, &mut trace_id);
            let text = String::from_utf8(buffer.clone()).unwrap();
            let header = text
                .split("\r\n")
                .find(|line| line.starts_with("traceparent: "))
                .unwrap();
            assert_eq!(header.len(), "traceparent: ".len() + 55);
            assert!(header.contains(&format!("00-{trace_id}-")) && header.ends_with("-01"));
            assert!(text.ends_with("\r\n\r\n") && !trace_id.starts_with("00000000"));
            seen.insert(trace_id.clone());
        }
        assert_eq!(seen.len(), 50);
    }
}
