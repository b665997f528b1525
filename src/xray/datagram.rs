//! What an SDK sends to the daemon: a header line, and a document after it.
//!
//! Source: aws-xray-daemon, `tracesegment.go` and `daemon.go`.

use serde::Deserialize;

/// Why a datagram is not taken, before anybody looks at its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatagramFault {
    /// Its first line is no JSON object with a `format` and a `version`.
    #[error("the first line is not the daemon's header, {{\"format\": \"json\", \"version\": 1}}")]
    Header,
    /// The header asks for another format than JSON.
    #[error("the header's format is not json, and the daemon knows no other")]
    Format,
    /// The header asks for another version than 1.
    #[error("the header's version is not 1, and the daemon knows no other")]
    Version,
    /// Nothing comes after the header's line, or the line does not end.
    #[error("there is nothing after the header's line: header, one newline, document")]
    Empty,
    /// What comes after it is not UTF-8.
    #[error("the document is not UTF-8 text")]
    Text,
}

impl DatagramFault {
    /// Returns it in one word, in the manner of X-Ray's error codes. The words are ours: the real daemon only
    /// counts.
    pub fn code(self) -> &'static str {
        match self {
            DatagramFault::Header | DatagramFault::Format | DatagramFault::Version => {
                "InvalidHeader"
            }
            DatagramFault::Empty => "EmptyDatagram",
            DatagramFault::Text => "NotText",
        }
    }
}

/// What stands before documents that are sent to a daemon.
pub const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";

/// What stands before an OTLP trace request in base64 that takes the place of a document: of spans that
/// were sampled, and of spans that were not.
///
/// Source: aws-otel-python-instrumentation, otlp_udp_exporter.
pub const OTLP_PREFIXES: [&str; 2] = ["T1S", "T1U"];

/// Tells whether a document is an OTLP request.
pub fn is_otlp(text: &str) -> bool {
    OTLP_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Returns the document of a datagram, as it was sent.
///
/// # Errors
/// The first fault; the document itself is not looked into.
pub fn document(datagram: &[u8]) -> Result<&str, DatagramFault> {
    let end = datagram.iter().position(|byte| *byte == b'\n');
    let (header, document) = match end {
        Some(end) => (datagram.get(..end), datagram.get(end + 1..)),
        None => (Some(datagram), None),
    };
    // Serde would take an array for a struct, member by member.
    let header = header.unwrap_or_default().trim_ascii();
    if !header.starts_with(b"{") {
        return Err(DatagramFault::Header);
    }
    let header: Header = serde_json::from_slice(header).map_err(|_| DatagramFault::Header)?;
    if !header.format.eq_ignore_ascii_case("json") {
        return Err(DatagramFault::Format);
    }
    if header.version != 1 {
        return Err(DatagramFault::Version);
    }
    let document = document.filter(|document| !document.is_empty());
    let document = document.ok_or(DatagramFault::Empty)?;
    std::str::from_utf8(document).map_err(|_| DatagramFault::Text)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Header {
    format: String,
    version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_not_compared() {
        for header in [
            r#"{"format":"json","version":1}"#,
            r#"{"format": "json", "version": 1}"#,
            r#" {"version": 1, "format": "JSON", "more": [1]} "#,
        ] {
            let datagram = format!("{header}\n{{}}");
            assert_eq!(document(datagram.as_bytes()), Ok("{}"), "{header}");
        }
        let sent = format!("{HEADER}T1Sabc\n");
        assert_eq!(document(sent.as_bytes()), Ok("T1Sabc\n"));
    }

    #[test]
    fn what_the_real_daemon_rejects_is_rejected_by_name() {
        for (datagram, fault) in [
            (&b""[..], DatagramFault::Header),
            (b"\n{}", DatagramFault::Header),
            (b"{}\n{}", DatagramFault::Format),
            (b"[\"json\",1]\n{}", DatagramFault::Header),
            (
                b"{\"format\":\"json\",\"version\":1.5}\n{}",
                DatagramFault::Header,
            ),
            (
                b"{\"format\":\"xml\",\"version\":1}\n{}",
                DatagramFault::Format,
            ),
            (
                b"{\"format\":\"json\",\"version\":2}\n{}",
                DatagramFault::Version,
            ),
            (b"{\"format\":\"json\"}\n{}", DatagramFault::Version),
            (b"{\"format\":\"json\",\"version\":1}", DatagramFault::Empty),
            (
                b"{\"format\":\"json\",\"version\":1}\n",
                DatagramFault::Empty,
            ),
            (
                b"{\"format\":\"json\",\"version\":1}\n\xff",
                DatagramFault::Text,
            ),
        ] {
            assert_eq!(
                document(datagram),
                Err(fault),
                "{}",
                String::from_utf8_lossy(datagram)
            );
        }
    }
}
