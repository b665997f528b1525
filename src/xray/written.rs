//! A trace's documents as X-Ray gives them out: written anew, with what it made up.
//!
//! Subsegments that were sent alone stand inside of what they hang on; one that hangs on nothing is left
//! out. What was called and sent no segment gets one, see [`inferred`]. Members have an order of their own,
//! null and empty ones are dropped, and numbers with a fraction are written as Java writes them.

use std::collections::{HashMap, HashSet};
use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Map, Value};

use super::annotations::indexed;
use super::document::{flag, member, subsegments, text_of};
use super::inferred::{self, call_namespace};
use super::trace::Trace;

/// How many subsegments may stand inside of each other. Each is two levels of JSON, of which common readers
/// follow 128; what lies deeper stands at this depth and keeps its `parent_id`.
const DEEPEST: usize = 56;

/// The order of members; others stand before `subsegments`, in their own order.
const FIRST: [&str; 17] = [
    "id",
    "name",
    "start_time",
    "trace_id",
    "end_time",
    "parent_id",
    "in_progress",
    "inferred",
    "fault",
    "error",
    "throttle",
    "http",
    "aws",
    "annotations",
    "metadata",
    "origin",
    "namespace",
];
/// What is written by its own rules, or not at all.
const APART: [&str; 2] = ["type", "subsegments"];

/// A segment as it is given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSegment {
    /// Its id.
    pub id: String,
    /// Its JSON.
    pub document: String,
}

/// Returns the segments of a trace, by their start; then those that are made up.
pub fn segments(trace: &Trace) -> Vec<WrittenSegment> {
    let mut alone: HashMap<&str, Vec<&Value>> = HashMap::new();
    let mut answered = HashSet::new();
    for document in &trace.documents {
        match (document.is_subsegment, document.parent_id.as_deref()) {
            (true, Some(parent_id)) => alone.entry(parent_id).or_default().push(&document.json),
            (false, Some(parent_id)) => {
                answered.insert(parent_id);
            }
            (_, None) => {}
        }
    }
    let mut writer = Writer {
        alone,
        calls: Vec::new(),
    };
    let mut written = Vec::new();
    for document in trace.documents.iter().filter(|it| !it.is_subsegment) {
        let mut json = members(&document.json, Place::Top);
        writer.put_inside(&mut json, &document.json, 0);
        written.push(WrittenSegment {
            id: document.id.clone(),
            document: text(&json.into()),
        });
    }
    for call in writer.calls {
        let is_answered = text_of(&call, "id").is_none_or(|id| answered.contains(id));
        if !is_answered {
            let made = inferred::segment(&call, &trace.id);
            written.push(WrittenSegment {
                id: text_of(&made, "id").unwrap_or_default().to_string(),
                document: text(&made),
            });
        }
    }
    written
}

/// Where a document or a part of one stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'p> {
    /// It is a segment.
    Top,
    /// It is a subsegment inside of what it hangs on.
    Inside,
    /// It is a subsegment that stands elsewhere than inside of what it hangs on, which has this id.
    Apart(&'p str),
}

struct Writer<'d> {
    /// Subsegments that were sent alone, by what they say to hang on.
    alone: HashMap<&'d str, Vec<&'d Value>>,
    /// Calls to elsewhere, without what is inside of them.
    calls: Vec<Value>,
}

impl<'d> Writer<'d> {
    // Recursion ends at `DEEPEST`.
    fn put_inside(&mut self, into: &mut Map<String, Value>, json: &'d Value, depth: usize) {
        let mut written = Vec::new();
        if depth < DEEPEST {
            for child in self.children(json) {
                let mut members = self.subsegment(child, Place::Inside);
                self.put_inside(&mut members, child, depth + 1);
                written.push(Value::Object(members));
            }
        } else {
            let mut waiting: Vec<(&'d Value, Place<'d>)> = Vec::new();
            let below = |parent: &'d Value, children: Vec<&'d Value>| {
                let place = text_of(parent, "id").map_or(Place::Inside, Place::Apart);
                children.into_iter().rev().map(move |child| (child, place))
            };
            let children = self.children(json);
            waiting.extend(children.into_iter().rev().map(|it| (it, Place::Inside)));
            while let Some((child, place)) = waiting.pop() {
                written.push(Value::Object(self.subsegment(child, place)));
                let children = self.children(child);
                waiting.extend(below(child, children));
            }
        }
        if !written.is_empty() {
            into.insert("subsegments".to_string(), Value::Array(written));
        }
    }

    fn subsegment(&mut self, json: &Value, place: Place<'_>) -> Map<String, Value> {
        let mut members = members(json, place);
        if let (Some(resource), Some(aws)) = (
            inferred::resource(json),
            members.get_mut("aws").and_then(Value::as_object_mut),
        ) {
            let one = Value::Array(vec![resource.into()]);
            aws.insert("resource_names".to_string(), one);
        }
        if call_namespace(json).is_some() {
            self.calls.push(Value::Object(members.clone()));
        }
        members
    }

    // What stands in the document, and what was sent alone; the first finished one of an id.
    fn children(&mut self, json: &'d Value) -> Vec<&'d Value> {
        let mut children: Vec<&Value> = subsegments(json).iter().collect();
        let id = text_of(json, "id");
        for alone in id
            .and_then(|id| self.alone.remove(id))
            .into_iter()
            .flatten()
        {
            let own_id = text_of(alone, "id");
            match children.iter_mut().find(|it| text_of(it, "id") == own_id) {
                None => children.push(alone),
                Some(known) if member(known, "end_time").is_none() => *known = alone,
                Some(_) => {}
            }
        }
        children
    }
}

// The members of a segment or subsegment, but for what is inside of it.
fn members(json: &Value, place: Place<'_>) -> Map<String, Value> {
    let mut written = Map::new();
    let Some(object) = json.as_object() else {
        return written;
    };
    let first = FIRST.iter().map(|key| (*key, json.get(*key)));
    let first = first.filter_map(|(key, value)| Some((key, value?)));
    let others = object.iter().map(|(key, value)| (key.as_str(), value));
    let others = others.filter(|(key, _)| !FIRST.contains(key) && !APART.contains(key));
    for (key, value) in first.chain(others) {
        let value = match key {
            "start_time" | "end_time" => value.as_f64().map(Value::from),
            "trace_id" | "parent_id" if place != Place::Top => None,
            "namespace" if place == Place::Top => None,
            "in_progress" => {
                let is_open = flag(json, key) && member(json, "end_time").is_none();
                is_open.then_some(Value::Bool(true))
            }
            "annotations" => {
                let pairs = indexed(json).map(|(key, value)| (key.to_string(), value.clone()));
                Some(Value::Object(pairs.collect()))
            }
            "cause" => Some(cause(value)),
            _ => Some(value.clone()),
        };
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            written.insert(key.to_string(), value);
        }
    }
    if let Place::Apart(parent_id) = place {
        written.insert("parent_id".to_string(), parent_id.into());
    }
    written
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

// An exception's id comes first, and an empty stack is dropped.
fn cause(json: &Value) -> Value {
    let Some(members) = json.as_object() else {
        return json.clone();
    };
    let mut written = members.clone();
    written.retain(|_, value| !is_empty(value));
    let exceptions = written.get_mut("exceptions").and_then(Value::as_array_mut);
    for exception in exceptions.into_iter().flatten() {
        let Some(members) = exception.as_object() else {
            continue;
        };
        let mut ordered = Map::new();
        let first = ["id", "message", "type"];
        let first = first.iter().filter_map(|key| members.get_key_value(*key));
        for (key, value) in first.chain(members) {
            if !is_empty(value) && !ordered.contains_key(key) {
                ordered.insert(key.clone(), value.clone());
            }
        }
        *exception = Value::Object(ordered);
    }
    Value::Object(written)
}

fn text(json: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, JavaNumbers);
    // A value always becomes JSON, and memory takes all of it.
    let _ = json.serialize(&mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes numbers with a fraction as Java's `Double.toString` does.
struct JavaNumbers;

impl Formatter for JavaNumbers {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let size = value.abs();
        if size == 0.0 || (1e-3..1e7).contains(&size) {
            return write!(writer, "{value:?}");
        }
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if digits.contains('.') { "" } else { ".0" };
        write!(writer, "{digits}{point}E{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::trace_of;
    use super::*;
    use serde_json::json;

    fn written(documents: &[Value]) -> Vec<Value> {
        let segments = segments(&trace_of(documents)).into_iter();
        segments
            .map(|it| {
                let json: Value = serde_json::from_str(&it.document).unwrap();
                assert_eq!(json["id"], *it.id);
                json
            })
            .collect()
    }

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        for (number, expected) in [
            (1_790_149_878.783_249, "1.790149878783249E9"),
            (1_790_159_305.0, "1.790159305E9"),
            (2.0, "2.0"),
            (0.25, "0.25"),
            (0.0, "0.0"),
            (1e-4, "1.0E-4"),
            (1e7, "1.0E7"),
            (9_999_999.5, "9999999.5"),
            (-3.5e21, "-3.5E21"),
        ] {
            assert_eq!(text(&json!(number)), expected);
        }
        assert_eq!(text(&json!([1, "a", true])), "[1,\"a\",true]");
    }

    #[test]
    fn members_have_their_order_and_what_is_empty_is_dropped() {
        let trace = trace_of(&[json!({
            "subsegments": [{
                "namespace": "remote", "trace_id": "x", "parent_id": "000000000000000a", "type": "subsegment",
                "start_time": 1000, "end_time": 1001, "name": "b", "id": "000000000000000b",
                "cause": {"exceptions": [{"stack": [], "type": "T", "id": "00000000000000ee", "message": "m"}], "paths": []},
            }],
            "cause": "00000000000000ee", "http": {}, "annotations": {"a": 1, "b c": 2}, "user": null,
            "namespace": "remote", "in_progress": false, "fault": true, "id": "000000000000000a",
        })]);
        let segments = segments(&trace);
        assert_eq!(
            segments[0].document,
            format!(
                concat!(
                    r#"{{"id":"000000000000000a","name":"backend-flask","start_time":1000.0,"trace_id":"{}","#,
                    r#""end_time":1001.5,"fault":true,"annotations":{{"a":1}},"cause":"00000000000000ee","#,
                    r#""subsegments":[{{"id":"000000000000000b","name":"b","start_time":1000.0,"end_time":1001.0,"#,
                    r#""namespace":"remote","cause":{{"exceptions":[{{"id":"00000000000000ee","message":"m","type":"T"}}]}}}}]}}"#
                ),
                trace.id
            )
        );
        assert_eq!(segments.len(), 2);
    }

    #[test]
    fn what_was_sent_alone_stands_inside_and_what_hangs_on_nothing_is_left_out() {
        let alone = |id: &str, parent: &str, more: &Value| {
            let mut json = json!({"id": id, "type": "subsegment", "parent_id": parent, "name": id});
            for (key, value) in more.as_object().unwrap() {
                json[key] = value.clone();
            }
            json
        };
        let found = written(&[
            alone(
                "00000000000000c1",
                "00000000000000b1",
                &json!({"namespace": "aws"}),
            ),
            json!({"id": "000000000000000a", "subsegments": [
                {"id": "00000000000000b2", "name": "first", "start_time": 1000, "end_time": 1001},
                {"id": "00000000000000b3", "name": "open", "start_time": 1000, "in_progress": true},
            ]}),
            alone("00000000000000b1", "000000000000000a", &json!({})),
            alone("00000000000000b2", "000000000000000a", &json!({})),
            alone("00000000000000b3", "000000000000000a", &json!({})),
            alone(
                "00000000000000d1",
                "00000000000000ff",
                &json!({"namespace": "aws"}),
            ),
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
        let inside = &found[0]["subsegments"];
        let names: Vec<&Value> = inside
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["name"])
            .collect();
        assert_eq!(names, ["first", "00000000000000b3", "00000000000000b1"]);
        let deep = &inside[2]["subsegments"][0];
        assert_eq!(deep["namespace"], "aws");
        for key in ["type", "trace_id", "parent_id"] {
            assert_eq!(deep.get(key), None);
        }
        assert_eq!(found[1]["parent_id"], "00000000000000c1");
        assert_eq!(found[1]["inferred"], true);
    }

    #[test]
    fn a_call_that_a_segment_answers_gets_no_other_and_names_its_one_resource() {
        let call = |id: &str, more: Value| {
            let mut call = json!({"id": id, "name": "DynamoDB", "namespace": "aws", "start_time": 1000, "end_time": 1001});
            for (key, value) in more.as_object().unwrap() {
                call[key] = value.clone();
            }
            call
        };
        let aws = json!({"table_name": "t", "operation": "Query", "resource_names": ["a", "b"]});
        let found = written(&[
            json!({"id": "000000000000000a", "subsegments": [
                call("00000000000000b1", json!({})),
                call("00000000000000b2", json!({"aws": aws, "throttle": true, "cause": "00000000000000ee"})),
            ]}),
            json!({"id": "000000000000000d", "parent_id": "00000000000000b1"}),
        ]);
        assert_eq!(found.len(), 3);
        let made = &found[2];
        assert_eq!(made["origin"], "AWS::DynamoDB::Table");
        assert_eq!(made["aws"]["resource_names"], json!(["t"]));
        assert_eq!(found[0]["subsegments"][1]["aws"], made["aws"]);
        assert_eq!((made.get("cause"), &made["throttle"]), (None, &json!(true)));
    }

    #[test]
    fn a_long_chain_of_lone_subsegments_stays_readable_and_says_what_each_hangs_on() {
        let mut documents = vec![json!({"id": "0000000000000001"})];
        for number in 2..=300u64 {
            documents.push(json!({
                "id": format!("{number:016x}"), "type": "subsegment", "parent_id": format!("{:016x}", number - 1),
            }));
        }
        let found = written(&documents);
        let mut at = &found[0];
        for _ in 0..DEEPEST {
            assert_eq!(at["subsegments"].as_array().unwrap().len(), 1);
            at = &at["subsegments"][0];
        }
        let apart = at["subsegments"].as_array().unwrap();
        assert_eq!(apart.len(), 299 - DEEPEST);
        assert_eq!(apart[0].get("parent_id"), None);
        assert_eq!(apart[1]["parent_id"], apart[0]["id"]);
    }
}
