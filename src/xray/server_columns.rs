//! What of a segment document stands in columns, so that a search seldom reads documents.
//!
//! | column | what it is |
//! |---|---|
//! | `trace_id` | 32 hexadecimal digits, as the spans' |
//! | `id`, `parent_id`, `name` | as in the document |
//! | `document` | all of it |
//! | `is_subsegment` | true if it was sent on its own |
//! | `duration_ns` | from start to end; absent while it is in progress |
//! | `inner_start_ns`, `inner_end_ns` | of what is finished inside, where it lies outside of the document's own time |
//! | `arrival_ns` | when the server received it |
//! | `error`, `throttle`, `fault` | true, or absent |
//! | `error_inside`, `fault_inside` | true if some subsegment has it, or absent |
//! | `origin`, `account_id`, `user`, `instance_id`, `availability_zone`, `resource_arn` | as a node has it |
//! | `http.url`, `http.method`, `http.status`, `http.useragent`, `http.clientip` | as in the document |
//! | `messages` | of all exceptions in it, by line |
//! | `calls` | the calls in it, see [`call_of`] |
//! | `outline` | what is in it, by id, see [`outline`] |
//! | `subsegments` | how many there are inside, at any depth |
//! | `annotation.KEY` | its value, if it has one value in the document |
//! | `annotations` | how many keys they have |
//! | `more_annotations` | true if some annotations have no column |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::annotations::{MOST_ANNOTATIONS, indexed};
use super::document::{self, Document, subsegments, text_of};
use super::inferred::call_namespace;
use super::outline::{self, said_origin};
use super::segment::Outcome;
use super::trace::{HttpFacts, finished_inside, outcome, resource_arn};
use crate::model::span::{Event, Value};
use crate::model::trace_id::hex_from_xray;

/// What stands between two calls; no name has it.
pub const BETWEEN_CALLS: char = '\u{1f}';
/// What stands between a call's name and its origin; no name has it.
const BEFORE_ORIGIN: char = '\u{1e}';

/// A call to elsewhere, as the column `calls` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'c> {
    /// Whom.
    pub name: &'c str,
    /// Not one of AWS's services.
    pub is_remote: bool,
    /// What it is, if that is not `AWS::` and its name, or `remote`.
    pub origin: Option<&'c str>,
    /// Whether its origin is known: what was stored earlier did not say it.
    pub has_origin: bool,
    /// How it went.
    pub outcome: Outcome,
    /// It is in progress, or its times make no sense.
    pub is_open: bool,
}

/// Reads a call: letters for what it is, a colon, and its name.
pub fn call_of(text: &str) -> Option<Call<'_>> {
    let (letters, name) = text.split_once(':')?;
    let has = |letter: char| letters.contains(letter);
    let (name, origin) = match name.split_once(BEFORE_ORIGIN) {
        Some((name, origin)) => (name, Some(origin)),
        None => (name, None),
    };
    Some(Call {
        name,
        is_remote: has('r'),
        origin,
        has_origin: has('r') || has('k'),
        outcome: Outcome {
            error: has('e'),
            throttle: has('t'),
            fault: has('f'),
        },
        is_open: has('o'),
    })
}

fn call_text(json: &Json, namespace: &str) -> String {
    let how = outcome(json);
    let has_end = document::times(json).is_some_and(|(_, end)| end.is_some());
    let letters = [
        (namespace == "remote", 'r'),
        (how.error, 'e'),
        (how.throttle, 't'),
        (how.fault, 'f'),
        (!has_end, 'o'),
        (namespace == "aws", 'k'),
    ];
    let letters = letters.iter().filter(|(is_set, _)| *is_set);
    let mut text: String = letters.map(|(_, letter)| letter).collect();
    text.push(':');
    text.push_str(text_of(json, "name").unwrap_or_default());
    text.extend(said_origin(json, namespace).map(|origin| format!("{BEFORE_ORIGIN}{origin}")));
    text
}

/// Returns the row of a document.
pub fn event(document: &Document, text: String) -> Event {
    let json = &document.json;
    let mut details = Details::default();
    details.add(json, document.is_subsegment);

    let mut fields: Vec<(Arc<str>, Value)> = Vec::with_capacity(24);
    let mut put = |name: &str, value: Option<Value>| {
        fields.extend(value.map(|value| (name.into(), value)));
    };
    let text_value = |text: Option<String>| text.map(Value::from);
    put("trace_id", text_value(hex_from_xray(&document.trace_id)));
    put("id", Some(document.id.as_str().into()));
    put("name", Some(document.name.as_str().into()));
    put("parent_id", document.parent_id.as_deref().map(Value::from));
    put(
        "is_subsegment",
        document.is_subsegment.then_some(Value::Bool(true)),
    );
    let duration = document.end.map(|end| end.saturating_sub(document.start));
    put("duration_ns", duration.map(Value::Int));
    if let Some((start, end)) = finished_inside(json) {
        let own_end = document.end.unwrap_or(document.start);
        let early = (start < document.start).then_some(Value::Int(start));
        put("inner_start_ns", early);
        put("inner_end_ns", (end > own_end).then_some(Value::Int(end)));
    }
    put("arrival_ns", Some(Value::Int(document.arrival)));
    for name in ["error", "throttle", "fault"] {
        put(
            name,
            document::flag(json, name).then_some(Value::Bool(true)),
        );
    }
    let inside = [
        ("error_inside", details.inside.error),
        ("fault_inside", details.inside.fault),
    ];
    for (name, is_set) in inside {
        put(name, is_set.then_some(Value::Bool(true)));
    }
    let pointed = |place: &str| json.pointer(place).and_then(Json::as_str).map(Value::from);
    put("origin", pointed("/origin"));
    put("user", pointed("/user"));
    put("account_id", pointed("/aws/account_id"));
    put("instance_id", pointed("/aws/ec2/instance_id"));
    put("availability_zone", pointed("/aws/ec2/availability_zone"));
    put("resource_arn", text_value(resource_arn(json)));
    let http = HttpFacts::of(json);
    put("http.status", http.status.map(Value::Int));
    put("http.method", text_value(http.method));
    put("http.url", text_value(http.url));
    put("http.useragent", text_value(http.user_agent));
    put("http.clientip", text_value(http.client_ip));
    let n_subsegments = Some(details.n_subsegments).filter(|n| *n > 0);
    put("subsegments", n_subsegments.map(Value::Int));
    if !details.messages.is_empty() {
        put("messages", Some(details.messages.join("\n").into()));
    }
    if !details.calls.is_empty() {
        let calls: Vec<String> = details.calls.into_iter().collect();
        put("calls", Some(calls.join(&BETWEEN_CALLS.to_string()).into()));
    }
    put("outline", text_value(outline::outline(document)));
    let n_annotations = Some(details.annotations.len()).filter(|n| *n > 0);
    put("annotations", n_annotations.map(|n| Value::Int(n as i64)));
    let mut has_more = details.has_more;
    for (n_columns, (key, value)) in details.annotations.into_iter().enumerate() {
        match value {
            Some(value) if n_columns < MOST_ANNOTATIONS => {
                put(&format!("annotation.{key}"), Some(value));
            }
            _ => has_more = true,
        }
    }
    put("more_annotations", has_more.then_some(Value::Bool(true)));
    put("document", Some(text.into()));
    Event {
        time: document.start,
        sample_rate: 1,
        fields,
    }
}

/// What a document and everything under it says.
#[derive(Default)]
struct Details<'d> {
    calls: BTreeSet<String>,
    messages: Vec<&'d str>,
    /// The value by key; `None` if there are several, or one that is no plain value.
    annotations: BTreeMap<&'d str, Option<Value>>,
    has_more: bool,
    n_subsegments: i64,
    /// What subsegments have.
    inside: Outcome,
}

impl<'d> Details<'d> {
    // A document is no deeper than its reader lets it be.
    fn add(&mut self, json: &'d Json, is_subsegment: bool) {
        if is_subsegment && let Some(namespace) = call_namespace(json) {
            self.calls.insert(call_text(json, namespace));
        }
        let exceptions = json.pointer("/cause/exceptions").and_then(Json::as_array);
        let messages = exceptions.into_iter().flatten();
        self.messages
            .extend(messages.filter_map(|it| text_of(it, "message")));
        for (key, value) in indexed(json) {
            let value = plain(value);
            let known = self.annotations.entry(key).or_insert_with(|| value.clone());
            if *known != value {
                *known = None;
                self.has_more = true;
            }
        }
        for subsegment in subsegments(json) {
            let how = outcome(subsegment);
            self.n_subsegments += 1;
            self.inside.error |= how.error;
            self.inside.fault |= how.fault;
            self.add(subsegment, true);
        }
    }
}

fn plain(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(text.as_str().into()),
        Json::Bool(bool) => Some((*bool).into()),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Some(int.into()),
            None => number.as_f64().map(Value::from),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_reads_as_it_was_written() {
        let json = json!({
            "name": "a:b", "namespace": "remote", "fault": true, "start_time": 1, "end_time": 2,
        });
        let text = call_text(&json, "remote");
        let call = call_of(&text).unwrap();
        assert_eq!(
            (call.name, call.is_remote, call.is_open),
            ("a:b", true, false)
        );
        assert!(call.outcome.fault && !call.outcome.error && call.has_origin);
        let json = json!({
            "name": "SQS", "namespace": "aws", "start_time": 1, "end_time": 2,
            "aws": {"operation": "SendMessage", "queue_url": "q"},
        });
        let text = call_text(&json, "aws");
        let call = call_of(&text).unwrap();
        assert_eq!((call.name, call.origin), ("SQS", Some("AWS::SQS::Queue")));
        assert!(call.has_origin && !call_of("f:SQS").unwrap().has_origin);
    }

    #[test]
    fn an_annotation_with_two_values_or_no_plain_one_has_no_column() {
        let text = json!({
            "name": "a", "id": "000000000000000a", "trace_id": "1-581cf771-a006649127e371903a2de979",
            "start_time": 1, "end_time": 2,
            "annotations": {"one": 1, "same": "x", "two": 1, "list": [1]},
            "subsegments": [{
                "name": "b", "id": "000000000000000b", "start_time": 1, "end_time": 2,
                "annotations": {"same": "x", "two": 2},
            }],
        })
        .to_string();
        let row = event(&document::read(&text).unwrap(), text);
        assert_eq!(row.field("annotation.one"), Some(&Value::Int(1)));
        assert_eq!(row.field("annotation.same"), Some(&"x".into()));
        assert_eq!(row.field("annotation.two"), None);
        assert_eq!(row.field("annotation.list"), None);
        assert_eq!(row.field("annotations"), Some(&Value::Int(3)));
        assert_eq!(row.field("more_annotations"), Some(&Value::Bool(true)));
        assert_eq!(row.field("subsegments"), Some(&Value::Int(1)));
        let id = "581cf771a006649127e371903a2de979";
        assert_eq!(row.field("trace_id"), Some(&id.into()));
    }
}
