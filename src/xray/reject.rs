//! A document that was refused, and what a person should know about it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::datagram::DatagramFault;
use super::document::{self, Fault, Refusal};
use super::segment::is_name_character;

/// How much of a refused document is kept, in bytes.
pub const PIECE_BYTES: usize = 400;

/// A document that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// When it came, nanoseconds since the epoch.
    pub time: i64,
    /// The region that it was for.
    pub region: String,
    /// `udp` or `http`.
    pub via: String,
    /// Who sent it, if the door could tell.
    pub sender: Option<String>,
    /// Why, in one word.
    pub reason: String,
    /// Why, so that one can mend it.
    pub explanation: String,
    /// Its trace, as far as it could be read.
    pub trace_id: Option<String>,
    /// Its id, as far as it could be read.
    pub segment_id: Option<String>,
    /// How long it was.
    pub n_bytes: usize,
    /// Its beginning, at most [`PIECE_BYTES`] long.
    pub document: String,
}

/// Where a document came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'o> {
    /// When, nanoseconds since the epoch.
    pub time: i64,
    /// The region.
    pub region: &'o str,
    /// Who sent a datagram; `None` for a request.
    pub sender: Option<std::net::SocketAddr>,
}

impl Reject {
    /// Tells of a datagram whose document was not even looked at.
    pub fn of_datagram(origin: Origin<'_>, datagram: &[u8], fault: DatagramFault) -> Reject {
        let text = String::from_utf8_lossy(datagram);
        Reject::new(origin, fault.code(), fault.to_string(), &text, None, None)
    }

    /// Tells of a refused document.
    pub fn of_document(origin: Origin<'_>, text: &str, refusal: &Refusal) -> Reject {
        let explanation = explanation(refusal.fault, text);
        let reason = refusal.fault.to_string();
        let trace_id = refusal.trace_id.as_deref();
        Reject::new(
            origin,
            &reason,
            explanation,
            text,
            trace_id,
            refusal.id.as_deref(),
        )
    }

    /// Tells of an OTLP request that could not be read.
    pub fn of_otlp(origin: Origin<'_>, text: &str, why: String) -> Reject {
        Reject::new(origin, "ParseError", why, text, None, None)
    }

    /// Reports spans of an OTLP request that went past a limit of the store.
    pub fn of_spans(origin: Origin<'_>, why: String) -> Reject {
        Reject::new(origin, "LimitExceeded", why, "", None, None)
    }

    /// Tells of a document that X-Ray itself refused, in its words.
    pub fn of_service(origin: Origin<'_>, text: &str, code: &str, message: &str) -> Reject {
        let explanation = format!("X-Ray refused it: {message}");
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        let member = |key| document::text_of(&json, key);
        let (trace_id, id) = (member("trace_id"), member("id"));
        Reject::new(origin, code, explanation, text, trace_id, id)
    }

    fn new(
        origin: Origin<'_>,
        reason: &str,
        explanation: String,
        text: &str,
        trace_id: Option<&str>,
        segment_id: Option<&str>,
    ) -> Reject {
        let trace_id = trace_id.or_else(|| trace_id_in(text));
        Reject {
            time: origin.time,
            region: origin.region.to_string(),
            via: if origin.sender.is_some() {
                "udp"
            } else {
                "http"
            }
            .to_string(),
            sender: origin.sender.map(|sender| sender.to_string()),
            reason: reason.to_string(),
            explanation: piece(&explanation),
            trace_id: trace_id.map(piece),
            segment_id: segment_id.map(piece),
            n_bytes: text.len(),
            document: piece(text),
        }
    }
}

fn piece(text: &str) -> String {
    text[..text.floor_char_boundary(PIECE_BYTES)].to_string()
}

/// Finds what looks like a trace id in a text that cannot be read: a cut document often still has one.
fn trace_id_in(text: &str) -> Option<&str> {
    let candidates = text
        .match_indices("1-")
        .filter_map(|(at, _)| text.get(at..at + 35));
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    candidates.into_iter().find(|id| {
        let mut parts = id.split('-').skip(1);
        let lengths = [8, 24].map(|length| {
            let part = parts.next().unwrap_or_default();
            part.len() == length && is_hex(part)
        });
        lengths == [true, true]
    })
}

/// Says what is wrong with a document, and what would be right.
pub fn explanation(fault: Fault, text: &str) -> String {
    let json: Result<Value, _> = serde_json::from_str(text);
    let json = match (fault, json) {
        (Fault::Parse, Ok(other)) => {
            let kind = kind_of(&other);
            return format!("the document is JSON, but {kind} and not an object");
        }
        (Fault::Parse, Err(error)) => return format!("the document is not JSON: {error}"),
        (_, json) => json.unwrap_or_default(),
    };
    let shown = |key: &str| match json.get(key) {
        None => format!("there is no {key}"),
        Some(value) => format!("{key} is {}", short(value)),
    };
    match fault {
        Fault::Parse => "the document is not JSON".to_string(),
        Fault::NoId | Fault::Id => {
            format!("{}; it must be 16 hexadecimal digits", shown("id"))
        }
        Fault::TraceId => format!(
            "{}; it must be 1-, 8 hexadecimal digits of the time, -, and 24 more",
            shown("trace_id")
        ),
        Fault::Name => name_fault(&json, 0).unwrap_or_else(|| shown("name")),
        Fault::NoStart => format!("{}; it is seconds since 1970", shown("start_time")),
        Fault::NoEnd => format!(
            "{}; it is seconds since 1970, or in_progress is true instead",
            shown("end_time")
        ),
        Fault::Time => format!(
            "{}, {}; both are seconds since 1970",
            shown("start_time"),
            shown("end_time")
        ),
        Fault::ParentId => {
            "a subsegment on its own needs the parent_id of the segment that it belongs to"
                .to_string()
        }
        Fault::Size => format!(
            "the document has {} bytes, and X-Ray takes {} at most; send subsegments on their own",
            text.len(),
            document::MAX_BYTES
        ),
        Fault::Depth => format!(
            "what is in it lies more than {} levels of JSON deep, two for each subsegment; send inner subsegments on their own",
            document::MAX_LEVELS
        ),
    }
}

fn name_fault(json: &Value, depth: usize) -> Option<String> {
    const ALLOWED: &str = "letters, digits, spaces and _ . : / % & # = + \\ - @";
    let what = if depth == 0 {
        "the name"
    } else {
        "a subsegment's name"
    };
    let Some(name) = document::text_of(json, "name").filter(|name| !name.is_empty()) else {
        return Some(format!("{what} is missing"));
    };
    let n_characters = name.chars().count();
    if n_characters > 200 {
        return Some(format!(
            "{what} has {n_characters} characters, and 200 are allowed"
        ));
    }
    if let Some(odd) = name.chars().find(|c| !is_name_character(*c)) {
        return Some(format!(
            "{what} {name:?} has the character {odd:?}; allowed are {ALLOWED}"
        ));
    }
    // What is nested deeper was not followed when the document was refused, either.
    let below = document::subsegments(json).iter();
    below
        .filter(|_| depth < document::MAX_NESTING)
        .find_map(|below| name_fault(below, depth + 1))
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    let end = text.floor_char_boundary(80);
    let cut = if end < text.len() { "…" } else { "" };
    format!("{}{cut}", &text[..end])
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> (String, Option<String>, String) {
        let origin = Origin {
            time: 1,
            region: "r",
            sender: None,
        };
        let refusal = document::read(text).unwrap_err();
        let reject = Reject::of_document(origin, text, &refusal);
        (reject.reason, reject.trace_id, reject.explanation)
    }

    #[test]
    fn every_reason_says_what_would_be_right() {
        let trace = "1-581cf771-a006649127e371903a2de979";
        let with =
            |more: &str| format!(r#"{{"id":"70de5b6f19ff9a0a","trace_id":"{trace}"{more}}}"#);
        for (text, reason, word) in [
            (
                with(r#","name":"a*b","start_time":1,"end_time":2"#),
                "InvalidName",
                "'*'; allowed are letters",
            ),
            (
                with(r#","name":"a","subsegments":[{"name":"<x>"}]"#),
                "InvalidName",
                "a subsegment's name \"<x>\"",
            ),
            (
                with(&format!(r#","name":"{}""#, "x".repeat(201))),
                "InvalidName",
                "201 characters",
            ),
            (with(""), "InvalidName", "the name is missing"),
            (
                with(r#","name":"a","start_time":2,"end_time":"1""#),
                "InvalidTime",
                "end_time is \"1\"",
            ),
            (
                with(r#","name":"a","start_time":1"#),
                "MissingEndTime",
                "there is no end_time",
            ),
            (
                with(r#","name":"a","end_time":1"#),
                "MissingStartTime",
                "there is no start_time",
            ),
            (with(","), "ParseError", "at line 1 column"),
            ("[1]".to_string(), "ParseError", "an array"),
            (r#"{"id":"7"}"#.to_string(), "InvalidId", "id is \"7\""),
            ("{}".to_string(), "MissingId", "there is no id"),
        ] {
            let explained = explained(&text);
            assert_eq!(explained.0, reason, "{text}");
            assert!(explained.2.contains(word), "{explained:?}");
            let has_trace = text.contains(trace);
            assert_eq!(explained.1.as_deref(), has_trace.then_some(trace), "{text}");
        }
    }

    #[test]
    fn what_is_kept_of_a_document_is_bounded() {
        let text = "é".repeat(70_000);
        let origin = Origin {
            time: 1,
            region: "r",
            sender: None,
        };
        let reject = Reject::of_datagram(origin, text.as_bytes(), DatagramFault::Header);
        assert!(serde_json::to_string(&reject).unwrap().len() < 4 * PIECE_BYTES);
        assert_eq!(reject.n_bytes, 140_000);
    }
}
