//! A trace put together from its documents: who called whom, and how it went.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::annotations::{MOST_ANNOTATIONS, indexed};
use super::document::{Document, flag, subsegments, text_of, times};
use super::inferred::{call_namespace, type_of};
use super::segment::Outcome;
use crate::model::time::MILLISECOND;

/// How often subsegments that were sent on their own are looked through for what they hang on. Deeper
/// chains than this do not come from a person's program.
pub(super) const MOST_ROUNDS: usize = 64;

/// All documents of one trace, and the services in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// In X-Ray's form.
    pub id: String,
    /// By start; one for each id.
    pub documents: Vec<Document>,
    /// One for each segment, then one for each call to something that sent no segment of its own.
    pub nodes: Vec<Node>,
    /// Calls from node to node, as indices of `nodes`.
    pub edges: Vec<(usize, usize)>,
    /// The first segment without a parent; `None` if none arrived.
    pub root: Option<usize>,
    /// Whether something that a segment or subsegment says to be inside of is not there.
    pub is_partial: bool,
    /// How many arrivals changed the trace.
    pub revision: i64,
    /// When the last of them was, nanoseconds since the epoch.
    pub last_change: i64,
}

/// What one service did in the trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// The segment's name.
    pub name: String,
    /// The origin, such as `AWS::ECS::Container`, or `remote`.
    pub kind: Option<String>,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds since the epoch; `None` while it is in progress.
    pub end: Option<i64>,
    /// How it went.
    pub outcome: Outcome,
    /// Known only from the caller's subsegment.
    pub is_inferred: bool,
    /// Called over a network, and not known to be one of AWS's services.
    pub is_remote: bool,
    /// A segment that says to be inside of nothing.
    pub is_root: bool,
    /// The account that it ran in.
    pub account_id: Option<String>,
    /// The request and its answer.
    pub http: HttpFacts,
    /// Who asked.
    pub user: Option<String>,
    /// Key and value, from the segment and everything under it.
    pub annotations: Vec<(String, Value)>,
    /// Messages of exceptions, from the segment and everything under it.
    pub messages: Vec<String>,
    /// The machine.
    pub instance_id: Option<String>,
    /// Where the machine stands.
    pub availability_zone: Option<String>,
    /// The resource that it ran on.
    pub resource_arn: Option<String>,
}

/// What a document says of its HTTP request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpFacts {
    /// The address.
    pub url: Option<String>,
    /// GET, POST, …
    pub method: Option<String>,
    /// The status code of the answer.
    pub status: Option<i64>,
    /// What called.
    pub user_agent: Option<String>,
    /// Where from.
    pub client_ip: Option<String>,
}

impl Trace {
    /// Puts a trace together from its documents, in the order of their arrival.
    ///
    /// The first finished document of an id stays; one in progress gives way to what comes after it.
    pub fn new(id: &str, documents: Vec<Document>) -> Trace {
        let (mut documents, n_changes) = kept(documents);
        let arrivals = documents.iter().map(|document| document.arrival);
        let last_change = arrivals.max().unwrap_or_default();
        documents.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));

        let mut assembly = Assembly::default();
        assembly.add_segments(&documents);
        assembly.add_subsegments(&documents);
        assembly.connect(&documents);
        let owners = &assembly.owners;
        let is_orphan = |document: &Document| {
            let parent_id = document.parent_id.as_deref();
            parent_id.is_some_and(|parent_id| !owners.contains_key(parent_id))
        };
        let has_orphans = documents.iter().any(is_orphan);
        let Assembly {
            mut nodes, edges, ..
        } = assembly;
        drop_surplus(&mut nodes);
        let root = nodes.iter().position(|node| node.is_root);
        Trace {
            id: id.to_string(),
            is_partial: root.is_none() || has_orphans,
            root,
            documents,
            nodes,
            edges,
            revision: n_changes as i64,
            last_change,
        }
    }

    /// Returns the node that the trace began with.
    pub fn root_node(&self) -> Option<&Node> {
        self.nodes.get(self.root?)
    }

    /// Returns the earliest start, nanoseconds since the epoch.
    pub fn start(&self) -> i64 {
        self.documents.first().map_or(0, |first| first.start)
    }

    /// Returns seconds from the earliest start to the latest end of what is finished, subsegments too;
    /// `None` if nothing is.
    pub fn duration(&self) -> Option<f64> {
        let mut span: Option<(i64, i64)> = None;
        for document in &self.documents {
            let mut add = |(start, end): (i64, i64)| {
                let (first, last) = span.unwrap_or((start, end));
                span = Some((first.min(start), last.max(end)));
            };
            if let Some(end) = document.end {
                add((document.start, end));
            }
            finished_inside(&document.json).into_iter().for_each(add);
        }
        span.map(|(start, end)| rounded_seconds(end.saturating_sub(start)))
    }
}

/// Returns the times from the earliest start to the latest end of what is finished inside of a document;
/// `None` if nothing is.
pub(super) fn finished_inside(json: &Value) -> Option<(i64, i64)> {
    let mut span: Option<(i64, i64)> = None;
    // Without recursion: depth is the sender's choice.
    let mut waiting: Vec<&Value> = subsegments(json).iter().collect();
    while let Some(json) = waiting.pop() {
        if let Some((start, Some(end))) = times(json) {
            let (first, last) = span.unwrap_or((start, end));
            span = Some((first.min(start), last.max(end)));
        }
        waiting.extend(subsegments(json));
    }
    span
}

/// Returns nanoseconds as seconds, rounded to the millisecond as X-Ray rounds them; a time that ends before
/// it began is 0.
pub(super) fn rounded_seconds(nanoseconds: i64) -> f64 {
    let half = MILLISECOND / 2;
    let milliseconds = nanoseconds.max(0).saturating_add(half) / MILLISECOND;
    milliseconds as f64 / 1e3
}

// What counts of documents in the order of their arrival, and how many arrivals changed that.
fn kept(documents: Vec<Document>) -> (Vec<Document>, usize) {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Document> = Vec::with_capacity(documents.len());
    let mut changes = BTreeSet::new();
    for document in documents {
        let known = places.get(&document.id);
        match known.and_then(|place| kept.get_mut(*place)) {
            Some(known) if known.end.is_some() => continue,
            Some(known) => {
                changes.insert(document.arrival);
                *known = document;
            }
            None => {
                changes.insert(document.arrival);
                places.insert(document.id.clone(), kept.len());
                kept.push(document);
            }
        }
    }
    (kept, changes.len())
}

// Of more annotations than a trace can have the first are kept.
fn drop_surplus(nodes: &mut [Node]) {
    let mut keys: HashSet<String> = HashSet::new();
    for node in nodes {
        node.annotations.retain(|(key, _)| {
            let is_kept = keys.contains(key) || keys.len() < MOST_ANNOTATIONS;
            if is_kept {
                keys.insert(key.clone());
            }
            is_kept
        });
    }
}

impl Node {
    /// Returns seconds from start to end, to the millisecond; `None` while it is in progress.
    pub fn response_time(&self) -> Option<f64> {
        Some(rounded_seconds(self.end?.saturating_sub(self.start)))
    }

    fn of_segment(document: &Document) -> Node {
        let json = &document.json;
        let ec2 = |key| json.pointer("/aws/ec2").and_then(|ec2| owned(ec2, key));
        Node {
            name: document.name.clone(),
            kind: owned(json, "origin"),
            start: document.start,
            end: document.end,
            outcome: outcome(json),
            is_root: document.parent_id.is_none(),
            account_id: json.get("aws").and_then(|aws| owned(aws, "account_id")),
            http: HttpFacts::of(json),
            user: owned(json, "user"),
            instance_id: ec2("instance_id"),
            availability_zone: ec2("availability_zone"),
            resource_arn: resource_arn(json),
            ..Node::default()
        }
    }

    /// Makes the node for what `subsegment` called.
    fn inferred(subsegment: &Value, namespace: &str) -> Node {
        let name = text_of(subsegment, "name").unwrap_or_default();
        let (start, end) = times(subsegment).unwrap_or_default();
        let is_remote = namespace == "remote";
        Node {
            name: name.to_string(),
            kind: Some(type_of(subsegment, namespace)),
            start,
            end,
            outcome: outcome(subsegment),
            is_inferred: true,
            is_remote,
            http: HttpFacts::of(subsegment),
            ..Node::default()
        }
    }

    fn add_details(&mut self, json: &Value) {
        let annotations = indexed(json);
        self.annotations
            .extend(annotations.map(|(key, value)| (key.to_string(), value.clone())));
        let exceptions = json.pointer("/cause/exceptions").and_then(Value::as_array);
        for exception in exceptions.into_iter().flatten() {
            self.messages.extend(owned(exception, "message"));
        }
    }
}

impl HttpFacts {
    /// Reads what a segment or subsegment says.
    pub fn of(json: &Value) -> HttpFacts {
        let request = |key| {
            json.pointer("/http/request")
                .and_then(|request| owned(request, key))
        };
        HttpFacts {
            url: request("url"),
            method: request("method"),
            status: json
                .pointer("/http/response/status")
                .and_then(Value::as_i64),
            user_agent: request("user_agent"),
            client_ip: request("client_ip"),
        }
    }
}

fn owned(json: &Value, key: &str) -> Option<String> {
    text_of(json, key).map(str::to_string)
}

/// Returns the resource that a segment names: its own member, which the AWS services send, or what runs it.
pub(super) fn resource_arn(json: &Value) -> Option<String> {
    let places = [
        "/resource_arn",
        "/aws/resource_arn",
        "/aws/ecs/container_arn",
    ];
    let mut found = places
        .into_iter()
        .filter_map(|place| json.pointer(place)?.as_str());
    found.next().map(str::to_string)
}

/// Returns how a segment or subsegment says that it went.
pub(super) fn outcome(json: &Value) -> Outcome {
    Outcome {
        error: flag(json, "error"),
        throttle: flag(json, "throttle"),
        fault: flag(json, "fault"),
    }
}

/// A trace while it is put together.
#[derive(Default)]
struct Assembly<'d> {
    nodes: Vec<Node>,
    edges: Vec<(usize, usize)>,
    /// The node that a segment or subsegment id belongs to.
    owners: HashMap<&'d str, usize>,
    /// Calls to elsewhere: the subsegment and its namespace.
    calls: Vec<(&'d Value, &'d str)>,
}

impl<'d> Assembly<'d> {
    fn add_segments(&mut self, documents: &'d [Document]) {
        for document in documents.iter().filter(|document| !document.is_subsegment) {
            let idx = self.nodes.len();
            self.nodes.push(Node::of_segment(document));
            self.owners.insert(&document.id, idx);
            self.add_inside(&document.json, idx);
        }
    }

    /// Adds subsegments that were sent on their own, under whatever they hang on.
    fn add_subsegments(&mut self, documents: &'d [Document]) {
        let mut waiting: Vec<&Document> = documents
            .iter()
            .filter(|document| document.is_subsegment)
            .collect();
        // One may hang on another that started in the same instant, so go round until no more fit.
        for _ in 0..MOST_ROUNDS {
            let before = waiting.len();
            waiting.retain(|document| {
                let parent_id = document.parent_id.as_deref().unwrap_or_default();
                let Some(&owner) = self.owners.get(parent_id) else {
                    return true;
                };
                self.owners.insert(&document.id, owner);
                self.add_call(&document.json);
                self.add_inside(&document.json, owner);
                false
            });
            if waiting.is_empty() || waiting.len() == before {
                return;
            }
        }
    }

    fn add_call(&mut self, subsegment: &'d Value) {
        let namespace = call_namespace(subsegment);
        self.calls
            .extend(namespace.map(|namespace| (subsegment, namespace)));
    }

    // A document is no deeper than its reader lets it be.
    fn add_inside(&mut self, json: &'d Value, owner: usize) {
        if let Some(node) = self.nodes.get_mut(owner) {
            node.add_details(json);
        }
        for subsegment in subsegments(json) {
            if let Some(id) = text_of(subsegment, "id") {
                self.owners.insert(id, owner);
            }
            self.add_call(subsegment);
            self.add_inside(subsegment, owner);
        }
    }

    fn connect(&mut self, documents: &'d [Document]) {
        let mut answered: HashSet<&str> = HashSet::new();
        for document in documents.iter().filter(|document| !document.is_subsegment) {
            let Some(parent_id) = document.parent_id.as_deref() else {
                continue;
            };
            answered.insert(parent_id);
            let ends = (self.owners.get(parent_id), self.owners.get(&*document.id));
            if let (Some(&from), Some(&to)) = ends
                && from != to
            {
                self.edges.push((from, to));
            }
        }
        for (subsegment, namespace) in std::mem::take(&mut self.calls) {
            let Some(id) = text_of(subsegment, "id") else {
                continue;
            };
            if let (Some(&from), false) = (self.owners.get(id), answered.contains(id)) {
                self.edges.push((from, self.nodes.len()));
                self.nodes.push(Node::inferred(subsegment, namespace));
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::xray::document;
    use serde_json::json;

    const ID: &str = "1-581cf771-a006649127e371903a2de979";

    /// Puts a trace together from partial documents; what they lack is filled in.
    pub fn trace_of(documents: &[Value]) -> Trace {
        let documents = documents.iter().map(|given| {
            let mut json = json!({
                "name": "backend-flask", "trace_id": ID, "start_time": 1000.0, "end_time": 1001.5,
            });
            for (key, value) in given.as_object().unwrap() {
                json[key] = value.clone();
            }
            document::read(&json.to_string()).unwrap()
        });
        Trace::new(ID, documents.collect())
    }

    /// A back end that calls a segment-sending service and a table that sends nothing.
    pub fn three_services() -> Trace {
        trace_of(&[
            json!({
                "id": "000000000000000a", "user": "andrew",
                "annotations": {"age": 30, "plan": "free", "beta": true},
                "http": {"request": {"method": "GET", "url": "http://x/api/activities/home"},
                         "response": {"status": 200}},
                "subsegments": [
                    {"id": "000000000000000b", "name": "api.example.com", "namespace": "remote",
                     "start_time": 1000.1, "end_time": 1000.2},
                    {"id": "000000000000000c", "name": "DynamoDB", "namespace": "aws",
                     "start_time": 1000.2, "end_time": 1000.3, "fault": true,
                     "cause": {"exceptions": [{"message": "no such table"}]}},
                ],
            }),
            json!({
                "id": "000000000000000d", "name": "api", "parent_id": "000000000000000b",
                "start_time": 1000.12, "end_time": 1000.19, "error": true, "throttle": true,
                "origin": "AWS::ECS::Container",
            }),
        ])
    }

    #[test]
    fn calls_join_segments_and_what_sent_none_is_inferred() {
        let trace = three_services();
        let names: Vec<&str> = trace.nodes.iter().map(|node| &*node.name).collect();
        assert_eq!(names, ["backend-flask", "api", "DynamoDB"]);
        assert_eq!(trace.edges, [(0, 1), (0, 2)]);
        assert_eq!(trace.root, Some(0));
        assert_eq!(trace.duration(), Some(1.5));
        assert_eq!(trace.nodes[2].kind.as_deref(), Some("AWS::DynamoDB"));
        assert!(trace.nodes[2].outcome.fault && trace.nodes[2].is_inferred);
        assert!(!trace.is_partial);
    }

    #[test]
    fn a_subsegment_sent_alone_belongs_to_its_segment_in_any_order() {
        let alone = |id: &str, parent: &str| json!({"id": id, "type": "subsegment", "parent_id": parent, "annotations": {id: 1}});
        let trace = trace_of(&[
            alone("0000000000000001", "0000000000000002"),
            alone("0000000000000002", "0000000000000003"),
            json!({"id": "0000000000000003"}),
        ]);
        assert_eq!(trace.nodes.len(), 1);
        assert_eq!(trace.nodes[0].annotations.len(), 2);
    }

    #[test]
    fn the_first_finished_document_stays_whichever_comes_before_or_after_it() {
        let document = |times: &str, user: &str| {
            let text = format!(
                r#"{{"name": "a", "id": "0000000000000001", "trace_id": "{ID}", "user": "{user}", {times}}}"#
            );
            document::read(&text).unwrap()
        };
        let open = |user| document(r#""start_time": 1, "in_progress": true"#, user);
        let finished = |user| document(r#""start_time": 1, "end_time": 2"#, user);
        for (order, user, revision) in [
            (vec![finished("done"), open("open")], "done", 1),
            (vec![open("open"), finished("done")], "done", 2),
            (vec![finished("first"), finished("second")], "first", 1),
            (
                vec![open("open"), finished("first"), finished("second")],
                "first",
                2,
            ),
            (vec![open("one"), open("two")], "two", 2),
        ] {
            let arrived = order.into_iter().zip(10..);
            let arrived = arrived.map(|(document, arrival)| document.received(arrival));
            let trace = Trace::new(ID, arrived.collect());
            assert_eq!(trace.nodes[0].user.as_deref(), Some(user));
            assert_eq!(trace.revision, revision, "{user}");
            assert_eq!(trace.last_change, 9 + revision);
        }
    }

    #[test]
    fn the_duration_spans_what_is_finished_wherever_it_is() {
        let inner = |from: f64, to: f64| json!([{"id": "00000000000000bb", "name": "b", "start_time": from, "end_time": to}]);
        for (documents, expected) in [
            (
                vec![
                    json!({"id": "0000000000000001", "start_time": 100.0, "end_time": null, "in_progress": true,
                           "subsegments": inner(97.0, 102.0)}),
                ],
                Some(5.0),
            ),
            (
                vec![
                    json!({"id": "0000000000000001", "start_time": 100.0, "end_time": 104.0}),
                    json!({"id": "0000000000000002", "parent_id": "0000000000000001", "start_time": 101.0, "end_time": 108.0}),
                ],
                Some(8.0),
            ),
            (
                vec![
                    json!({"id": "0000000000000001", "start_time": 100.0, "end_time": null, "in_progress": true}),
                ],
                None,
            ),
            (
                vec![json!({"id": "0000000000000001", "start_time": 100.0, "end_time": 100.4147})],
                Some(0.415),
            ),
            (
                vec![json!({"id": "0000000000000001", "start_time": 100.0, "end_time": 99.0})],
                Some(0.0),
            ),
        ] {
            assert_eq!(trace_of(&documents).duration(), expected, "{documents:?}");
        }
    }

    #[test]
    fn a_trace_is_partial_if_a_parent_is_missing_and_has_no_root_without_a_segment_at_the_top() {
        let orphan = json!({"id": "0000000000000001", "parent_id": "00000000000000ff"});
        let top = json!({"id": "0000000000000002"});
        let open = json!({"id": "0000000000000002", "end_time": null, "in_progress": true});
        for (documents, is_partial, has_root) in [
            (vec![orphan.clone()], true, false),
            (vec![orphan, top.clone()], true, true),
            (vec![top], false, true),
            (vec![open], false, true),
        ] {
            let trace = trace_of(&documents);
            assert_eq!(
                (trace.is_partial, trace.root.is_some()),
                (is_partial, has_root)
            );
        }
    }

    #[test]
    fn fifty_annotations_of_a_trace_count_and_those_with_odd_keys_do_not() {
        let mut first = json!({"id": "0000000000000001", "annotations": {"a b": 1, "a:b": 1}});
        for number in 0..30 {
            first["annotations"][format!("first_{number}")] = json!(number);
        }
        let mut second =
            json!({"id": "0000000000000002", "start_time": 1001.0, "annotations": {"first_1": 7}});
        for number in 0..30 {
            second["annotations"][format!("second_{number}")] = json!(number);
        }
        let trace = trace_of(&[first, second]);
        let n_annotations: Vec<usize> = trace.nodes.iter().map(|it| it.annotations.len()).collect();
        assert_eq!(n_annotations, [30, 21]);
    }

    #[test]
    fn the_namespace_of_a_segment_says_nothing() {
        let trace = trace_of(&[json!({"id": "0000000000000001", "namespace": "remote"})]);
        assert_eq!(trace.nodes.len(), 1);
    }

    #[test]
    fn circles_of_parents_end() {
        let trace = trace_of(&[
            json!({"id": "0000000000000001", "parent_id": "0000000000000002"}),
            json!({"id": "0000000000000002", "parent_id": "0000000000000001"}),
            json!({"id": "0000000000000003", "parent_id": "0000000000000003"}),
        ]);
        assert_eq!(trace.nodes.len(), 3);
        assert_eq!(trace.root, None);
    }
}
