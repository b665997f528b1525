//! What is inside of a segment document, as short text: enough to tell who called whom and how that went.
//!
//! A service graph of a million traces reads these texts instead of a million documents.

use serde_json::Value as Json;

use super::document::{Document, flag, subsegments, text_of, times};
use super::inferred::{call_namespace, origin};
use super::segment::Outcome;

/// What an outline begins with: the number of its form. It also keeps a lone id from being taken for one.
const FORM: &str = "2";
/// The form before, which did not say the origin of what was called in AWS, and took segments for calls.
const OLD_FORM: &str = "1";
/// What stands before each entry; no name has it.
const BEFORE: u8 = 0x1f;
/// What stands between a name and the origin that does not follow from it; no name has it.
const BEFORE_ORIGIN: char = '\u{1e}';

/// The segment itself, or something inside of it, that has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'o> {
    /// Its id as a number.
    pub id: u64,
    /// What it called, if it is a call to elsewhere.
    pub call: Option<OutlinedCall<'o>>,
}

/// A call to elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlinedCall<'o> {
    /// Whom.
    pub name: &'o str,
    /// Not one of AWS's services.
    pub is_remote: bool,
    /// What it is; `None` if that is `AWS::` and its name, or `remote`.
    pub origin: Option<&'o str>,
    /// How it went.
    pub outcome: Outcome,
    /// Nanoseconds since the epoch; 0 if its times make no sense.
    pub start: i64,
    /// Nanoseconds since the epoch; `None` while it is in progress.
    pub end: Option<i64>,
}

/// Returns the outline of a document: the document itself if it is a call, then what is inside of it and
/// has an id, each before what is inside of that.
///
/// `None` if there is nothing, or if an id has another form than 16 lower-case digits, so that only the
/// document tells.
pub fn outline(document: &Document) -> Option<String> {
    let mut text = FORM.to_string();
    if document.is_subsegment && call_namespace(&document.json).is_some() {
        add(&mut text, &document.json, document.start)?;
    }
    add_inside(&mut text, &document.json, document.start)?;
    (text != FORM).then_some(text)
}

// A document is no deeper than its reader lets it be.
fn add_inside(text: &mut String, json: &Json, since: i64) -> Option<()> {
    for subsegment in subsegments(json) {
        if text_of(subsegment, "id").is_some() {
            add(text, subsegment, since)?;
        }
        add_inside(text, subsegment, since)?;
    }
    Some(())
}

fn add(text: &mut String, json: &Json, since: i64) -> Option<()> {
    let id = text_of(json, "id")?;
    number_of(id.as_bytes())?;
    text.push(char::from(BEFORE));
    text.push_str(id);
    let Some(namespace) = call_namespace(json) else {
        return Some(());
    };
    let letters = [
        (namespace == "remote", 'r'),
        (flag(json, "error"), 'e'),
        (flag(json, "throttle"), 't'),
        (flag(json, "fault"), 'f'),
    ];
    let letters = letters.iter().filter(|(is_set, _)| *is_set);
    text.push(':');
    text.extend(letters.map(|(_, letter)| letter));
    let (start, took) = match times(json) {
        Some((start, end)) => (
            start.wrapping_sub(since).to_string(),
            end.map(|end| end.wrapping_sub(start).to_string()),
        ),
        None => (String::new(), None),
    };
    let name = text_of(json, "name").unwrap_or_default();
    text.push_str(&format!(":{start}:{}:{name}", took.unwrap_or_default()));
    text.extend(said_origin(json, namespace).map(|origin| format!("{BEFORE_ORIGIN}{origin}")));
    Some(())
}

/// Returns the origin of what a call went to, unless it is `AWS::` and its name.
pub fn said_origin(json: &Json, namespace: &str) -> Option<String> {
    let origin = (namespace == "aws").then(|| origin(json))?;
    let name = text_of(json, "name").unwrap_or_default();
    (origin.strip_prefix("AWS::") != Some(name)).then_some(origin)
}

/// Tells whether the outline says all that one of a document says today.
pub fn is_current(text: &[u8]) -> bool {
    let is_old = text.starts_with(OLD_FORM.as_bytes());
    // What has no call in it is the same in both forms.
    !is_old || !text.contains(&b':')
}

/// Reads the outline of a document that began at `since`, nanoseconds since the epoch.
///
/// `text` is UTF-8, of which only names are looked at as such.
pub fn entries(text: &[u8], since: i64) -> impl Iterator<Item = Entry<'_>> {
    let form = text.strip_prefix(FORM.as_bytes());
    let form = form.or_else(|| text.strip_prefix(OLD_FORM.as_bytes()));
    let mut rest = form.unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.strip_prefix(&[BEFORE])?;
        let (entry, after) = read(rest, since)?;
        rest = after;
        Some(entry)
    })
}

// An entry, and what comes after it.
fn read(text: &[u8], since: i64) -> Option<(Entry<'_>, &[u8])> {
    let (id, rest) = text.split_at_checked(16)?;
    let id = number_of(id)?;
    let Some(rest) = rest.strip_prefix(b":") else {
        return Some((Entry { id, call: None }, rest));
    };
    let (letters, rest) = until(rest, b':')?;
    let (start, rest) = until(rest, b':')?;
    let (took, rest) = until(rest, b':')?;
    let (name, rest) = match rest.iter().position(|byte| *byte == BEFORE) {
        Some(end) => rest.split_at(end),
        None => (rest, &[][..]),
    };
    let has = |letter: u8| letters.contains(&letter);
    let name = std::str::from_utf8(name).ok()?;
    let (name, origin) = match name.split_once(BEFORE_ORIGIN) {
        Some((name, origin)) => (name, Some(origin)),
        None => (name, None),
    };
    let start = integer(start).map(|offset| since.wrapping_add(offset));
    let call = OutlinedCall {
        name,
        is_remote: has(b'r'),
        origin,
        outcome: Outcome {
            error: has(b'e'),
            throttle: has(b't'),
            fault: has(b'f'),
        },
        start: start.unwrap_or(0),
        end: start
            .zip(integer(took))
            .map(|(start, took)| start.wrapping_add(took)),
    };
    let call = Some(call);
    Some((Entry { id, call }, rest))
}

fn until(text: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == end)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn integer(text: &[u8]) -> Option<i64> {
    let (is_below, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0i64;
    for digit in digits {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        number = number.checked_mul(10)?.checked_sub(digit)?;
    }
    if is_below {
        Some(number)
    } else {
        number.checked_neg()
    }
}

/// Returns the id as a number if it is 16 lower-case hexadecimal digits.
pub fn number_of(id: &[u8]) -> Option<u64> {
    let digits: &[u8; 16] = id.try_into().ok()?;
    let mut number = 0;
    for digit in digits {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        number = number << 4 | u64::from(digit);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::document;
    use serde_json::json;

    fn document(more: Json) -> Document {
        let mut json = json!({
            "name": "a", "id": "000000000000000a", "trace_id": "1-581cf771-a006649127e371903a2de979",
            "start_time": 1000.0, "end_time": 1001.0,
        });
        for (key, value) in more.as_object().unwrap() {
            json[key] = value.clone();
        }
        document::read(&json.to_string()).unwrap()
    }

    #[test]
    fn an_outline_reads_as_it_was_written() {
        let document = document(json!({"subsegments": [
            {"name": "work", "id": "000000000000000b", "start_time": 1000.1, "end_time": 1000.9, "subsegments": [
                {"name": "db: main", "id": "00000000000000ff", "namespace": "remote", "fault": true,
                 "start_time": 999.9, "end_time": 1000.4},
                {"name": "S3", "id": "000000000000000d", "namespace": "aws", "throttle": true,
                 "start_time": 1000.5, "in_progress": true},
                {"name": "DynamoDB", "id": "000000000000000f", "namespace": "aws", "start_time": 1000.5, "end_time": 1000.6,
                 "aws": {"operation": "Query", "table_name": "t"}},
                {"name": "odd", "id": "000000000000000e", "namespace": "aws", "start_time": "then"},
                {"name": "nameless", "start_time": 1, "end_time": 2},
            ]},
        ]}));
        let text = outline(&document).unwrap();
        let found: Vec<Entry<'_>> = entries(text.as_bytes(), document.start).collect();
        let calls: Vec<_> = found.iter().map(|entry| (entry.id, entry.call)).collect();
        let call = |name, is_remote, outcome, start: i64, end: Option<i64>| OutlinedCall {
            name,
            is_remote,
            origin: (name == "DynamoDB").then_some("AWS::DynamoDB::Table"),
            outcome,
            start: start * 1_000_000,
            end: end.map(|end| end * 1_000_000),
        };
        let fault = Outcome {
            fault: true,
            ..Outcome::default()
        };
        let throttle = Outcome {
            throttle: true,
            ..Outcome::default()
        };
        assert_eq!(
            calls,
            [
                (0xb, None),
                (
                    0xff,
                    Some(call("db: main", true, fault, 999_900, Some(1_000_400)))
                ),
                (0xd, Some(call("S3", false, throttle, 1_000_500, None))),
                (
                    0xf,
                    Some(call(
                        "DynamoDB",
                        false,
                        Outcome::default(),
                        1_000_500,
                        Some(1_000_600)
                    ))
                ),
                (0xe, Some(call("odd", false, Outcome::default(), 0, None))),
            ]
        );
    }

    #[test]
    fn an_outline_of_the_old_form_is_current_only_without_calls() {
        for (text, expected) in [
            ("1\u{1f}000000000000000a", true),
            ("1\u{1f}000000000000000a:r:1:2:a", false),
            ("2\u{1f}000000000000000a:r:1:2:a", true),
        ] {
            assert_eq!(is_current(text.as_bytes()), expected, "{text}");
            assert_eq!(entries(text.as_bytes(), 0).count(), 1, "{text}");
        }
    }

    #[test]
    fn a_segment_with_a_namespace_is_no_call() {
        assert_eq!(outline(&document(json!({"namespace": "remote"}))), None);
    }

    #[test]
    fn a_document_with_odd_ids_inside_has_none() {
        let inside = |id: &str| json!({"subsegments": [{"name": "b", "id": id, "start_time": 1, "end_time": 2}]});
        assert_eq!(outline(&document(inside("00000000000000FF"))), None);
        assert_eq!(outline(&document(inside("\u{1f}"))), None);
        assert_eq!(outline(&document(json!({}))), None);
    }

    #[test]
    fn the_first_and_last_moments_are_integers() {
        for number in [0, -1, 17, i64::MIN, i64::MAX] {
            assert_eq!(integer(number.to_string().as_bytes()), Some(number));
        }
        for text in ["", "-", "1x", "9223372036854775808", "--1"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn broken_text_is_no_entry() {
        for text in ["x", "000000000000000a:r", "000000000000000a:r:1", "::::"] {
            let text = format!("2\u{1f}{text}");
            assert_eq!(entries(text.as_bytes(), 0).count(), 0, "{text}");
        }
    }
}
