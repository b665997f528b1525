//! What of a segment document stands in columns, so that a search seldom reads documents.
//!
//! | column | what it is |
//! |---|---|
//! | `trace_id` | 32 hexadecimal digits, as the spans' |
//! | `id`, `parent_id`, `name` | as in the document |
//! | `document` | all of it |
//! | `is_subsegment` | true if it was sent on its own |
//! | `duration_ns` | from start to end; absent while it is in progress |
//! | `error`, `throttle`, `fault` | true, or absent |
//! | `error_inside`, `fault_inside` | true if some subsegment has it, or absent |
//! | `origin`, `account_id`, `user`, `instance_id`, `availability_zone`, `resource_arn` | as a node has it |
//! | `http.url`, `http.method`, `http.status`, `http.useragent`, `http.clientip` | as in the document |
//! | `messages` | of all exceptions in it, by line |
//! | `calls` | the calls in it, see [`call_of`] |
//! | `outline` | what is in it, by id, see [`outline`] |
//! | `subsegments` | how many there are inside, at any depth |
//! | `annotation.KEY` | its value, if it has one value in the document |
//! | `more_annotations` | true if some annotations have no column |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::document::{self, Document, subsegments, text_of};
use super::outline;
use super::segment::Outcome;
use super::trace::{HttpFacts, outcome, resource_arn};
use crate::model::span::{Event, Value};
use crate::model::trace_id::hex_from_xray;

/// The most annotations of one document that get columns. Source: AWS X-Ray endpoints and quotas.
pub const MOST_ANNOTATIONS: usize = 50;

/// What stands between two calls; no name has it.
pub const BETWEEN_CALLS: char = '\u{1f}';

/// A call to elsewhere, as the column `calls` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'c> {
    /// Whom.
    pub name: &'c str,
    /// Not one of AWS's services.
    pub is_remote: bool,
    /// How it went.
    pub outcome: Outcome,
    /// It is in progress, or its times make no sense.
    pub is_open: bool,
}

/// Reads a call: letters for what it is, a colon, and its name.
pub fn call_of(text: &str) -> Option<Call<'_>> {
    let (letters, name) = text.split_once(':')?;
    let has = |letter: char| letters.contains(letter);
    Some(Call {
        name,
        is_remote: has('r'),
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
    ];
    let letters = letters.iter().filter(|(is_set, _)| *is_set);
    let mut text: String = letters.map(|(_, letter)| letter).collect();
    text.push(':');
    text.push_str(text_of(json, "name").unwrap_or_default());
    text
}

/// Returns the row of a document.
pub fn event(document: &Document, text: String) -> Event {
    let json = &document.json;
    let mut details = Details::default();
    details.add(json, true);

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
    fn add(&mut self, json: &'d Json, is_top: bool) {
        if !is_top {
            let how = outcome(json);
            self.n_subsegments += 1;
            self.inside.error |= how.error;
            self.inside.fault |= how.fault;
        }
        if let Some(namespace @ ("remote" | "aws")) = text_of(json, "namespace") {
            self.calls.insert(call_text(json, namespace));
        }
        let exceptions = json.pointer("/cause/exceptions").and_then(Json::as_array);
        let messages = exceptions.into_iter().flatten();
        self.messages
            .extend(messages.filter_map(|it| text_of(it, "message")));
        let annotations = json.get("annotations").and_then(Json::as_object);
        for (key, value) in annotations.into_iter().flatten() {
            let value = plain(value);
            let known = self.annotations.entry(key).or_insert_with(|| value.clone());
            if *known != value {
                *known = None;
                self.has_more = true;
            }
        }
        for subsegment in subsegments(json) {
            self.add(subsegment, false);
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
        assert!(call.outcome.fault && !call.outcome.error);
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
        assert_eq!(row.field("more_annotations"), Some(&Value::Bool(true)));
        assert_eq!(row.field("subsegments"), Some(&Value::Int(1)));
        let id = "581cf771a006649127e371903a2de979";
        assert_eq!(row.field("trace_id"), Some(&id.into()));
    }
}
