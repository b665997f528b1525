//! The segment document as the service reads it: anybody's JSON, checked before it is kept.

use serde_json::Value;

use super::segment::is_name_character;
use super::trace_header::is_id;
use crate::model::time::SECOND;
use crate::model::trace_id::hex_from_xray;

/// A segment, or a subsegment that was sent on its own, and its whole document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// 16 hexadecimal digits.
    pub id: String,
    /// The trace in X-Ray's form.
    pub trace_id: String,
    /// The service, or what was done.
    pub name: String,
    /// The segment or subsegment above.
    pub parent_id: Option<String>,
    /// When it began, nanoseconds since the epoch.
    pub start: i64,
    /// When it ended; `None` while it is in progress. A clock that was put back may make it lie before
    /// the start, as the service takes it.
    pub end: Option<i64>,
    /// When the server received it, nanoseconds since the epoch; see [`Document::received`].
    pub arrival: i64,
    /// Whether it is a subsegment sent on its own.
    pub is_subsegment: bool,
    /// Everything it says.
    pub json: Value,
}

impl Document {
    /// Returns the document as it was received at `arrival`, nanoseconds since the epoch.
    ///
    /// What [`read`] returns is taken to have come when it ended, because a document is sent then; so is
    /// what was stored before arrivals were.
    pub fn received(self, arrival: i64) -> Document {
        Document { arrival, ..self }
    }
}

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its id, as far as it could be read.
    pub id: Option<String>,
    /// Its trace's id as it was written, whatever its form; at most 64 characters of it.
    pub trace_id: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a document. Displays as X-Ray's error code.
///
/// The first five are codes that the real service was seen to answer with; it has no published list, so
/// the others are ours. `InvalidName` is seen in an issue of aws-xray-daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not a JSON object.
    Parse,
    /// It has no id.
    NoId,
    /// Its id is not 16 hexadecimal digits.
    Id,
    /// Its trace id is missing or has another form.
    TraceId,
    /// It does not say when it began.
    NoStart,
    /// It neither ended nor is in progress.
    NoEnd,
    /// Its name, or a subsegment's, is missing, too long, or has characters that are not allowed.
    Name,
    /// A time is not a number of seconds since the epoch.
    Time,
    /// A subsegment on its own without the id of what it belongs to.
    ParentId,
    /// It is longer than 64 kB.
    Size,
    /// What is in it lies too many levels deep.
    Depth,
}

impl Fault {
    /// Returns X-Ray's error code.
    pub fn code(self) -> &'static str {
        match self {
            Fault::Parse => "ParseError",
            Fault::NoId => "MissingId",
            Fault::Id => "InvalidId",
            Fault::TraceId => "InvalidTraceId",
            Fault::NoStart => "MissingStartTime",
            Fault::NoEnd => "MissingEndTime",
            Fault::Name => "InvalidName",
            Fault::Time => "InvalidTime",
            Fault::ParentId => "MissingParentId",
            Fault::Size => "DocumentTooLarge",
            Fault::Depth => "TooDeep",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// The longest document that X-Ray takes. Source: AWS X-Ray endpoints and quotas.
pub const MAX_BYTES: usize = 64 * 1024;

/// How deep subsegments are followed; each is two levels of JSON.
pub const MAX_NESTING: usize = 64;
/// How many levels of JSON serde_json reads.
pub const MAX_LEVELS: usize = 128;

/// Reads a document.
///
/// # Errors
/// The first fault, with the id if there is one.
pub fn read(text: &str) -> Result<Document, Refusal> {
    let unread = |fault| Refusal {
        id: None,
        trace_id: None,
        fault,
    };
    let json: Value = match serde_json::from_str(text) {
        Ok(json @ Value::Object(_)) => json,
        Err(error) if is_too_deep(&error) => return Err(unread(Fault::Depth)),
        _ => return Err(unread(Fault::Parse)),
    };
    let id = text_of(&json, "id");
    let refuse = |fault| Refusal {
        id: id.map(str::to_string),
        trace_id: text_of(&json, "trace_id").map(|id| id.chars().take(64).collect()),
        fault,
    };

    if text.len() > MAX_BYTES {
        return Err(refuse(Fault::Size));
    }
    let id = match id {
        Some(id) if is_id(id) => id,
        Some(_) => return Err(refuse(Fault::Id)),
        None if member(&json, "id").is_some() => return Err(refuse(Fault::Id)),
        None => return Err(refuse(Fault::NoId)),
    };
    let trace_id = text_of(&json, "trace_id")
        .filter(|trace_id| hex_from_xray(trace_id).is_some())
        .ok_or_else(|| refuse(Fault::TraceId))?;
    let name = text_of(&json, "name").ok_or_else(|| refuse(Fault::Name))?;
    if let Some(fault) = fault_of_names(&json, 0) {
        return Err(refuse(fault));
    }
    if member(&json, "start_time").is_none() {
        return Err(refuse(Fault::NoStart));
    }
    let (start, end) = times(&json).ok_or_else(|| refuse(Fault::Time))?;
    if end.is_none() && !flag(&json, "in_progress") {
        return Err(refuse(Fault::NoEnd));
    }
    let parent_id = text_of(&json, "parent_id").filter(|id| !id.is_empty());
    let is_subsegment = text_of(&json, "type") == Some("subsegment");
    if is_subsegment && parent_id.is_none() {
        return Err(refuse(Fault::ParentId));
    }
    Ok(Document {
        id: id.to_string(),
        trace_id: trace_id.to_string(),
        name: name.to_string(),
        parent_id: parent_id.map(str::to_string),
        start,
        end,
        arrival: end.unwrap_or(start),
        is_subsegment,
        json,
    })
}

/// Returns start and end of a segment or subsegment, nanoseconds since the epoch.
///
/// `None` if it does not say when it began, or a time is no number of seconds; the end is `None` while it
/// is in progress.
pub fn times(json: &Value) -> Option<(i64, Option<i64>)> {
    let start = nanoseconds(member(json, "start_time")?)?;
    match member(json, "end_time") {
        Some(end) => Some((start, Some(nanoseconds(end)?))),
        None => Some((start, None)),
    }
}

/// Returns the member `key`; one that is null is absent.
pub fn member<'j>(json: &'j Value, key: &str) -> Option<&'j Value> {
    json.get(key).filter(|value| !value.is_null())
}

/// Returns the text member `key`.
pub fn text_of<'j>(json: &'j Value, key: &str) -> Option<&'j str> {
    json.get(key)?.as_str()
}

/// Tells whether the member `key` is true.
pub fn flag(json: &Value, key: &str) -> bool {
    json.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Returns the subsegments inside a segment or subsegment.
pub fn subsegments(json: &Value) -> &[Value] {
    let subsegments = json.get("subsegments").and_then(Value::as_array);
    subsegments.map(Vec::as_slice).unwrap_or_default()
}

// Seconds since the epoch with a fraction; up to the year 2262, where 64 bits of nanoseconds end.
fn nanoseconds(seconds: &Value) -> Option<i64> {
    let seconds = seconds.as_f64().filter(|s| *s >= 0.0 && *s < 9.2e9)?;
    let whole = seconds.trunc() as i64;
    // A double holds microseconds of this size and no more; rounding takes off the noise below.
    let microseconds = (seconds.fract() * 1e6).round() as i64;
    Some(whole * SECOND + microseconds * 1000)
}

// serde_json has no kind of error for it.
fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("recursion limit exceeded")
}

fn fault_of_names(json: &Value, depth: usize) -> Option<Fault> {
    let name = text_of(json, "name").unwrap_or_default();
    let is_valid = (1..=200).contains(&name.chars().count()) && name.chars().all(is_name_character);
    if !is_valid {
        return Some(Fault::Name);
    }
    let below = subsegments(json);
    if depth >= MAX_NESTING && !below.is_empty() {
        return Some(Fault::Depth);
    }
    let mut faults = below
        .iter()
        .filter_map(|subsegment| fault_of_names(subsegment, depth + 1));
    faults.next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::segment::{Segment, Subsegment};
    use serde_json::json;

    fn document() -> Value {
        json!({
            "name": "backend-flask", "id": "70de5b6f19ff9a0a",
            "trace_id": "1-581cf771-a006649127e371903a2de979",
            "start_time": 1478293361.271, "end_time": 1478293361.449,
        })
    }

    fn with(key: &str, value: Value) -> String {
        let mut changed = document();
        changed[key] = value;
        changed.to_string()
    }

    fn without(key: &str) -> String {
        let mut changed = document();
        changed.as_object_mut().unwrap().remove(key);
        changed.to_string()
    }

    #[test]
    fn what_our_back_end_writes_is_read() {
        let trace = "1-5759e988-bd862e3fe1be46a994272793";
        let start = 1_795_331_345_123_456_000;
        let mut segment = Segment::new("a", 1, trace, start, start + 1_000);
        segment
            .subsegments
            .push(Subsegment::new("b", 2, start, start));
        let read = read(&segment.to_json()).unwrap();
        assert_eq!((read.start, read.end), (start, Some(start + 1_000)));
        assert_eq!((&*read.trace_id, &*read.name), (trace, "a"));
    }

    #[test]
    fn faults_have_the_service_s_codes_and_the_id() {
        let id = Some("70de5b6f19ff9a0a".to_string());
        for (text, id, code) in [
            ("{".to_string(), None, "ParseError"),
            ("[]".to_string(), None, "ParseError"),
            ("T1Sabc".to_string(), None, "ParseError"),
            (without("id"), None, "MissingId"),
            (with("id", json!(null)), None, "MissingId"),
            (
                with("id", json!("70de")),
                Some("70de".to_string()),
                "InvalidId",
            ),
            (with("id", json!(7)), None, "InvalidId"),
            (without("trace_id"), id.clone(), "InvalidTraceId"),
            (
                with("trace_id", json!("1-2-3")),
                id.clone(),
                "InvalidTraceId",
            ),
            (without("name"), id.clone(), "InvalidName"),
            (with("name", json!("a*b")), id.clone(), "InvalidName"),
            (
                with("subsegments", json!([{"name": ""}])),
                id.clone(),
                "InvalidName",
            ),
            (without("start_time"), id.clone(), "MissingStartTime"),
            (
                with("start_time", json!(null)),
                id.clone(),
                "MissingStartTime",
            ),
            (without("end_time"), id.clone(), "MissingEndTime"),
            (with("end_time", json!(null)), id.clone(), "MissingEndTime"),
            (with("end_time", json!("now")), id.clone(), "InvalidTime"),
            (with("start_time", json!("now")), id.clone(), "InvalidTime"),
            (with("start_time", json!(-5.0)), id.clone(), "InvalidTime"),
            (
                with("type", json!("subsegment")),
                id.clone(),
                "MissingParentId",
            ),
            (
                with("metadata", json!("x".repeat(MAX_BYTES))),
                id.clone(),
                "DocumentTooLarge",
            ),
        ] {
            let refusal = read(&text).unwrap_err();
            assert_eq!(refusal.fault.code(), code);
            assert_eq!(
                (refusal.id, refusal.fault.to_string()),
                (id, code.to_string())
            );
        }
    }

    #[test]
    fn a_refusal_keeps_the_trace_as_it_was_written() {
        let trace_id = |text: String| read(&text).unwrap_err().trace_id;
        let written = Some("1-581cf771-a006649127e371903a2de979".to_string());
        assert_eq!(trace_id(without("id")), written);
        assert_eq!(trace_id(without("end_time")), written);
        assert_eq!(
            trace_id(with("trace_id", json!("1-2-3"))),
            Some("1-2-3".to_string())
        );
        assert_eq!(
            trace_id(with("trace_id", json!("x".repeat(1000)))),
            Some("x".repeat(64))
        );
        assert_eq!(trace_id(without("trace_id")), None);
        assert_eq!(trace_id("{".to_string()), None);
    }

    #[test]
    fn a_segment_in_progress_has_no_end() {
        let mut open = document();
        open.as_object_mut().unwrap().remove("end_time");
        open["in_progress"] = json!(true);
        assert_eq!(read(&open.to_string()).unwrap().end, None);
    }

    #[test]
    fn an_end_before_the_start_is_taken_as_it_is() {
        let read = read(&with("end_time", json!(1.0))).unwrap();
        assert_eq!(read.end, Some(SECOND));
        assert!(read.start > SECOND);
    }

    #[test]
    fn null_for_an_optional_member_means_absent() {
        let mut open = document();
        for key in [
            "end_time",
            "parent_id",
            "type",
            "subsegments",
            "annotations",
        ] {
            open[key] = json!(null);
        }
        open["in_progress"] = json!(true);
        let read = read(&open.to_string()).unwrap();
        assert_eq!((read.end, read.parent_id), (None, None));
        assert!(!read.is_subsegment);
    }

    #[test]
    fn very_deep_documents_are_refused_and_do_not_overflow_the_stack() {
        let deep = format!(
            "{}{}",
            "{\"subsegments\":[".repeat(50_000),
            "]}".repeat(50_000)
        );
        assert_eq!(read(&deep).unwrap_err().fault, Fault::Depth);
    }
}
