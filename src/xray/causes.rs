//! Root causes: which way a fault, an error or the time of a trace went.
//!
//! How X-Ray finds them is not published; ours come to what it was seen to answer. There is one way for each
//! kind. The time is followed down to whatever takes more than half of what called it, and is no cause if
//! nothing does. A fault or error begins in the first service that has it and was not called by one that
//! has it too, and ends where it came from: at what a `cause` refers to, else at a called service that sent
//! no segment, else at the deepest exception. If it came from none of these, there is no cause.

use std::collections::HashMap;

use serde_json::Value;

use super::document::{subsegments, text_of, times};
use super::filter::CauseKind;
use super::inferred::{call_namespace, type_of};
use super::segment::Outcome;
use super::trace::{Trace, outcome};

/// One way through the services of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// From the caller down.
    pub services: Vec<CauseService>,
    /// Whether it begins where the trace began, so that whoever called noticed.
    pub is_client_impacting: bool,
}

/// A service on the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CauseService {
    /// Its name.
    pub name: String,
    /// Its origin.
    pub kind: Option<String>,
    /// The account that it ran in.
    pub account_id: Option<String>,
    /// Known only from its caller.
    pub is_inferred: bool,
    /// Its segment first, then the subsegments on the way.
    pub path: Vec<CauseEntity>,
}

/// A segment or subsegment on the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CauseEntity {
    /// Its name.
    pub name: String,
    /// How it went.
    pub outcome: Outcome,
    /// How long it took; `None` while it is in progress.
    pub seconds: Option<f64>,
    /// Its part of the time of the trace's first segment, 1 for all of it.
    pub coverage: Option<f64>,
    /// It is a call to elsewhere, as its caller saw it.
    pub is_remote: bool,
    /// Type and message of what was thrown there.
    pub exceptions: Vec<(Option<String>, Option<String>)>,
}

// A way is no longer than this; parents may stand in a circle.
const MOST_STEPS: usize = 200;
// What takes no more of its caller's time than this is not what the time went into.
const LEAST_SHARE: f64 = 0.5;

/// Returns the root causes of a kind: one or none.
pub fn causes(trace: &Trace, kind: CauseKind) -> Vec<Cause> {
    let work = Work::of(trace);
    let found = match kind {
        CauseKind::ResponseTime => work.slowest_way(),
        CauseKind::Fault => work.failed_way(&|json| outcome(json).fault),
        CauseKind::Error => work.failed_way(&|json| outcome(json).error),
    };
    found.into_iter().collect()
}

/// A segment or subsegment in the tree of all; or one that is made up for a call.
struct Entity<'t> {
    json: &'t Value,
    parent: Option<usize>,
    children: Vec<usize>,
    /// The node, if it is a segment.
    node: Option<usize>,
    is_inferred: bool,
}

struct Work<'t> {
    trace: &'t Trace,
    entities: Vec<Entity<'t>>,
}

impl<'t> Work<'t> {
    fn of(trace: &'t Trace) -> Work<'t> {
        let mut entities: Vec<Entity<'t>> = Vec::new();
        let mut by_id: HashMap<&str, usize> = HashMap::new();
        let mut tops = Vec::new();
        let mut n_segments = 0;
        for document in &trace.documents {
            tops.push(entities.len());
            let mut waiting = vec![(&document.json, None)];
            // Nodes begin with the segments, in the order of the documents.
            let mut node = (!document.is_subsegment).then_some(n_segments);
            n_segments += usize::from(!document.is_subsegment);
            while let Some((json, parent)) = waiting.pop() {
                let idx = entities.len();
                if let Some(id) = text_of(json, "id") {
                    by_id.entry(id).or_insert(idx);
                }
                entities.push(Entity {
                    json,
                    parent,
                    children: Vec::new(),
                    node: node.take(),
                    is_inferred: false,
                });
                let below = subsegments(json).iter().rev();
                waiting.extend(below.map(|json| (json, Some(idx))));
            }
        }
        for (document, top) in trace.documents.iter().zip(tops) {
            let parent = document.parent_id.as_deref().and_then(|id| by_id.get(id));
            if let (Some(parent), Some(entity)) = (parent, entities.get_mut(top)) {
                entity.parent = Some(*parent).filter(|parent| *parent != top);
            }
        }
        for idx in 0..entities.len() {
            let parent = entities.get(idx).and_then(|entity| entity.parent);
            if let Some(parent) = parent.and_then(|parent| entities.get_mut(parent)) {
                parent.children.push(idx);
            }
        }
        let mut work = Work { trace, entities };
        work.make_up();
        work
    }

    // Adds a segment below each call that no segment answers.
    fn make_up(&mut self) {
        for idx in 0..self.entities.len() {
            let Some(entity) = self.entities.get(idx) else {
                continue;
            };
            let is_call = entity.node.is_none() && call_namespace(entity.json).is_some();
            let is_answered = entity.children.iter().any(|child| self.is_segment(*child));
            if is_call && !is_answered {
                let made = Entity {
                    json: entity.json,
                    parent: Some(idx),
                    children: Vec::new(),
                    node: None,
                    is_inferred: true,
                };
                let place = self.entities.len();
                self.entities.push(made);
                if let Some(entity) = self.entities.get_mut(idx) {
                    entity.children.push(place);
                }
            }
        }
    }

    fn is_segment(&self, idx: usize) -> bool {
        let entity = self.entities.get(idx);
        entity.is_some_and(|entity| entity.node.is_some() || entity.is_inferred)
    }

    fn slowest_way(&self) -> Option<Cause> {
        let root = self.trace.root?;
        let mut at = self
            .entities
            .iter()
            .position(|entity| entity.node == Some(root))?;
        let mut way = vec![at];
        while way.len() < MOST_STEPS {
            let entity = self.entities.get(at)?;
            let (start, end) = finished(entity.json)?;
            let length = end.saturating_sub(start);
            // The first of several that take equally long.
            let mut longest: Option<(usize, i64)> = None;
            for child in &entity.children {
                let child_entity = self.entities.get(*child)?;
                let Some((child_start, child_end)) = finished(child_entity.json) else {
                    continue;
                };
                // What nobody waited for cost no time.
                let is_within = child_start >= start && child_end <= end;
                let took = child_end.saturating_sub(child_start);
                if is_within && longest.is_none_or(|(_, most)| took > most) {
                    longest = Some((*child, took));
                }
            }
            match longest {
                Some((child, took)) if took as f64 > length as f64 * LEAST_SHARE => {
                    at = child;
                    way.push(at);
                }
                _ => break,
            }
        }
        if way.len() == 1 {
            return None;
        }
        self.cause(&way)
    }

    fn failed_way(&self, has: &dyn Fn(&Value) -> bool) -> Option<Cause> {
        let begins = |idx: usize| {
            let is_failed = self.entities.get(idx).is_some_and(|it| has(it.json));
            let caller = self.caller(idx);
            let is_passed_on =
                caller.is_some_and(|it| self.entities.get(it).is_some_and(|it| has(it.json)));
            self.is_segment(idx) && is_failed && !is_passed_on
        };
        let first = (0..self.entities.len()).filter(|idx| begins(*idx));
        let mut found = first.filter_map(|first| self.way_to_origin(first, has));
        self.cause(&found.next()?)
    }

    /// Returns the segment that called a segment.
    fn caller(&self, idx: usize) -> Option<usize> {
        let mut at = self.entities.get(idx)?.parent?;
        for _ in 0..MOST_STEPS {
            if self.is_segment(at) {
                return Some(at);
            }
            at = self.entities.get(at)?.parent?;
        }
        None
    }

    /// Returns the way from a failed segment to where the failure came from, if that is said.
    fn way_to_origin(&self, first: usize, has: &dyn Fn(&Value) -> bool) -> Option<Vec<usize>> {
        // Everything below that failed too, with how deep it is, in the order of the documents.
        let mut failed: Vec<(usize, usize)> = Vec::new();
        let mut waiting = vec![(first, 0)];
        while let Some((idx, depth)) = waiting.pop() {
            let entity = self.entities.get(idx)?;
            failed.push((idx, depth));
            if depth >= MOST_STEPS || failed.len() > self.entities.len() {
                continue;
            }
            let below = entity.children.iter().rev();
            let below = below.filter(|it| self.entities.get(**it).is_some_and(|it| has(it.json)));
            waiting.extend(below.map(|child| (*child, depth + 1)));
        }
        let meant = failed.iter().find_map(|(idx, _)| {
            let id = self.entities.get(*idx)?.json.get("cause")?.as_str()?;
            self.owner_of_exception(id)
        });
        let meant = meant.map(|owner| self.made_up_below(owner).unwrap_or(owner));
        if let Some(way) = meant.and_then(|meant| self.way(first, meant)) {
            return Some(way);
        }
        let made_up =
            |(idx, _): &&(usize, usize)| self.entities.get(*idx).is_some_and(|it| it.is_inferred);
        if let Some((inferred, _)) = failed.iter().find(made_up) {
            return self.way(first, *inferred);
        }
        let mut deepest: Option<(usize, usize)> = None;
        for (idx, depth) in failed {
            let has_thrown = !thrown(self.entities.get(idx)?.json).is_empty();
            if has_thrown && deepest.is_none_or(|(_, most)| depth > most) {
                deepest = Some((idx, depth));
            }
        }
        self.way(first, deepest?.0)
    }

    fn owner_of_exception(&self, id: &str) -> Option<usize> {
        self.entities.iter().position(|entity| {
            let thrown = thrown(entity.json);
            !entity.is_inferred && thrown.iter().any(|it| text_of(it, "id") == Some(id))
        })
    }

    // The segment that is made up for a call, so that a way does not end at the call itself.
    fn made_up_below(&self, idx: usize) -> Option<usize> {
        let children = self.entities.get(idx)?.children.iter();
        let mut made =
            children.filter(|it| self.entities.get(**it).is_some_and(|it| it.is_inferred));
        made.next().copied()
    }

    fn way(&self, first: usize, last: usize) -> Option<Vec<usize>> {
        let mut way = vec![last];
        let mut at = last;
        while at != first {
            at = self.entities.get(at)?.parent?;
            way.push(at);
            if way.len() > MOST_STEPS {
                return None;
            }
        }
        way.reverse();
        Some(way)
    }

    /// Returns the services of a way that begins with a segment.
    fn cause(&self, way: &[usize]) -> Option<Cause> {
        let first = *way.first()?;
        let root = self.trace.root_node();
        let root_length = root.and_then(|root| Some(root.end?.saturating_sub(root.start)));
        let mut services: Vec<CauseService> = Vec::new();
        for idx in way {
            let entity = self.entities.get(*idx)?;
            if self.is_segment(*idx) {
                services.push(self.service(entity));
            }
            services
                .last_mut()?
                .path
                .push(described(entity, root_length));
        }
        Some(Cause {
            is_client_impacting: root.is_some()
                && self.entities.get(first)?.node == self.trace.root,
            services,
        })
    }

    fn service(&self, entity: &Entity<'_>) -> CauseService {
        if entity.is_inferred {
            let namespace = call_namespace(entity.json).unwrap_or_default();
            return CauseService {
                name: owned(entity.json, "name").unwrap_or_default(),
                kind: Some(type_of(entity.json, namespace)),
                account_id: None,
                is_inferred: true,
                path: Vec::new(),
            };
        }
        let Some(node) = entity.node.and_then(|node| self.trace.nodes.get(node)) else {
            return CauseService::default();
        };
        CauseService {
            name: node.name.clone(),
            kind: node.kind.clone(),
            account_id: node.account_id.clone(),
            is_inferred: false,
            path: Vec::new(),
        }
    }
}

fn described(entity: &Entity<'_>, root_length: Option<i64>) -> CauseEntity {
    let length = finished(entity.json).map(|(start, end)| end.saturating_sub(start));
    // What was thrown is the caller's to tell.
    let thrown = match entity.is_inferred {
        true => &[],
        false => thrown(entity.json),
    };
    let is_call = entity.node.is_none() && call_namespace(entity.json).is_some();
    CauseEntity {
        name: owned(entity.json, "name").unwrap_or_default(),
        outcome: outcome(entity.json),
        seconds: length.map(|length| length as f64 / 1e9),
        coverage: match (length, root_length) {
            (Some(part), Some(whole)) if whole > 0 => Some(part as f64 / whole as f64),
            _ => None,
        },
        is_remote: is_call && !entity.is_inferred,
        exceptions: thrown
            .iter()
            .map(|exception| (owned(exception, "type"), owned(exception, "message")))
            .collect(),
    }
}

fn owned(json: &Value, key: &str) -> Option<String> {
    text_of(json, key).map(str::to_string)
}

fn thrown(json: &Value) -> &[Value] {
    let thrown = json.pointer("/cause/exceptions").and_then(Value::as_array);
    thrown.map(Vec::as_slice).unwrap_or_default()
}

fn finished(json: &Value) -> Option<(i64, i64)> {
    let (start, end) = times(json)?;
    Some((start, end?))
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::{three_services, trace_of};
    use super::*;
    use serde_json::json;

    fn names(cause: &Cause) -> Vec<(&str, Vec<&str>)> {
        let path = |service: &CauseService| service.path.len();
        assert!(cause.services.iter().all(|service| path(service) > 0));
        let services = cause.services.iter();
        services
            .map(|service| {
                let path = service.path.iter().map(|entity| &*entity.name);
                (&*service.name, path.collect())
            })
            .collect()
    }

    const A: &str = "00000000000000aa";
    const B: &str = "00000000000000bb";

    // A root that lasts 10 s and has the two branches that a failure could have come through.
    fn branches(root: &Value, a: &Value, b: &Value) -> Trace {
        let with = |mut json: Value, more: &Value| {
            for (key, value) in more.as_object().unwrap() {
                json[key] = value.clone();
            }
            json
        };
        let exception =
            |name: &str| json!({"exceptions": [{"id": name, "type": "T", "message": name}]});
        let a = with(
            json!({"id": A, "name": "A", "start_time": 1001.0, "end_time": 1007.0, "fault": true, "cause": exception(A)}),
            a,
        );
        let b = with(
            json!({"id": B, "name": "B", "start_time": 1002.0, "end_time": 1009.0, "fault": true, "cause": exception(B)}),
            b,
        );
        let root_json = json!({
            "id": "000000000000000a", "name": "root", "start_time": 1000.0, "end_time": 1010.0, "fault": true,
            "subsegments": [a, b],
        });
        trace_of(&[with(root_json, root)])
    }

    #[test]
    fn a_failure_leads_to_where_it_came_from() {
        let (remote, silent) = (json!({"namespace": "remote"}), json!({"cause": null}));
        let none = json!({});
        let to = |name: &'static str| vec![("root", vec!["root", name])];
        let to_call = |name: &'static str| vec![("root", vec!["root", name]), (name, vec![name])];
        for (root, a, b, expected) in [
            // Only one has an exception, or failed at all.
            (&none, &none, &silent, to("A")),
            (&none, &silent, &none, to("B")),
            (&none, &none, &json!({"fault": false}), to("A")),
            (&none, &json!({"fault": false}), &none, to("B")),
            // A cause that refers to an exception leads to its owner.
            (&json!({ "cause": A }), &none, &none, to("A")),
            (&json!({ "cause": B }), &none, &none, to("B")),
            (&json!({ "cause": B }), &remote, &none, to("B")),
            // What was called elsewhere goes before what was thrown here.
            (&none, &remote, &none, to_call("A")),
            (&none, &none, &remote, to_call("B")),
            // Nothing says where it came from.
            (&none, &silent, &silent, vec![]),
            // The deepest owner of an exception, not the first.
            (
                &json!({"cause": {"exceptions": [{"id": "00000000000000cc"}]}}),
                &none,
                &silent,
                to("A"),
            ),
            (
                &json!({"cause": {"exceptions": [{"id": "00000000000000cc"}]}}),
                &silent,
                &silent,
                vec![("root", vec!["root"])],
            ),
            // A service that did not fail has no part in it.
            (&json!({"fault": false}), &none, &none, vec![]),
        ] {
            let trace = branches(root, a, b);
            let found = causes(&trace, CauseKind::Fault);
            let found: Vec<_> = found.iter().flat_map(names).collect();
            assert_eq!(found, expected, "{root} {a} {b}");
        }
        let errors = json!({"fault": false, "error": true});
        let trace = branches(&errors, &errors, &json!({"fault": false}));
        assert_eq!(names(&causes(&trace, CauseKind::Error)[0]), to("A"));
        assert!(causes(&trace, CauseKind::Fault).is_empty());
    }

    #[test]
    fn of_a_call_the_caller_tells_what_was_thrown_and_the_called_service_nothing() {
        let trace = branches(
            &json!({}),
            &json!({"namespace": "remote"}),
            &json!({"cause": null}),
        );
        let found = causes(&trace, CauseKind::Fault);
        assert!(found[0].is_client_impacting);
        let told: Vec<(bool, usize)> = found[0]
            .services
            .iter()
            .flat_map(|it| &it.path)
            .map(|it| (it.is_remote, it.exceptions.len()))
            .collect();
        assert_eq!(told, [(false, 0), (true, 1), (false, 0)]);
        let called = &found[0].services[1];
        assert_eq!(
            (called.kind.as_deref(), called.is_inferred),
            (Some("remote"), true)
        );
    }

    #[test]
    fn a_fault_is_followed_through_the_services_that_have_it_too() {
        let trace = trace_of(&[
            json!({
                "id": "000000000000000a", "fault": true,
                "subsegments": [{
                    "id": "000000000000000b", "name": "call", "namespace": "remote", "fault": true,
                    "start_time": 1000.1, "end_time": 1000.2,
                }],
            }),
            json!({
                "id": "000000000000000c", "name": "api", "parent_id": "000000000000000b", "fault": true,
                "start_time": 1000.1, "end_time": 1000.2,
                "subsegments": [{
                    "id": "000000000000000d", "name": "DynamoDB", "namespace": "aws", "fault": true,
                    "start_time": 1000.1, "end_time": 1000.2,
                    "cause": {"exceptions": [{"type": "Gone", "message": "no such table"}]},
                }],
            }),
        ]);
        let causes = causes(&trace, CauseKind::Fault);
        assert_eq!(causes.len(), 1);
        assert!(causes[0].is_client_impacting);
        assert_eq!(
            names(&causes[0]),
            [
                ("backend-flask", vec!["backend-flask", "call"]),
                ("api", vec!["api", "DynamoDB"]),
                ("DynamoDB", vec!["DynamoDB"]),
            ]
        );
        let thrown = &causes[0].services[1].path[1].exceptions;
        assert_eq!(
            *thrown,
            [(Some("Gone".to_string()), Some("no such table".to_string()))]
        );
    }

    #[test]
    fn a_fault_that_was_handled_begins_where_its_caller_had_none() {
        let faults = causes(&three_services(), CauseKind::Fault);
        assert_eq!(faults.len(), 1);
        assert!(!faults[0].is_client_impacting);
        assert_eq!(names(&faults[0]), [("DynamoDB", vec!["DynamoDB"])]);
        let called = trace_of(&[
            json!({"id": "000000000000000a", "subsegments": [
                {"id": "000000000000000b", "name": "api", "namespace": "remote", "fault": true,
                 "start_time": 1000.1, "end_time": 1000.2},
            ]}),
            json!({"id": "000000000000000c", "name": "api", "parent_id": "000000000000000b", "fault": true,
                   "cause": {"exceptions": [{"message": "m"}]}}),
        ]);
        let faults = causes(&called, CauseKind::Fault);
        assert_eq!(names(&faults[0]), [("api", vec!["api"])]);
    }

    #[test]
    fn the_time_is_followed_to_what_takes_more_than_half_of_it() {
        let taking = |seconds: f64, namespace: &str| {
            trace_of(&[json!({
                "id": "000000000000000a", "start_time": 1000.0, "end_time": 1004.0,
                "subsegments": [
                    {"id": "000000000000000b", "name": "quick", "start_time": 1000.0, "end_time": 1000.1},
                    {"id": "000000000000000c", "name": "slow", "start_time": 1000.5, "end_time": 1000.5 + seconds,
                     "namespace": namespace},
                ],
            })])
        };
        let root = |then: &'static str| ("backend-flask", vec!["backend-flask", then]);
        for (seconds, namespace, expected) in [
            (3.0, "local", vec![root("slow")]),
            (2.0, "local", vec![]),
            (2.0, "remote", vec![]),
            (3.0, "remote", vec![root("slow"), ("slow", vec!["slow"])]),
            // It went on when the answer was given.
            (9.0, "remote", vec![]),
        ] {
            let trace = taking(seconds, namespace);
            let found = causes(&trace, CauseKind::ResponseTime);
            let found_names: Vec<_> = found.iter().flat_map(names).collect();
            assert_eq!(found_names, expected, "{seconds} {namespace}");
            for cause in &found {
                let told: Vec<_> = cause.services.iter().flat_map(|it| &it.path).collect();
                assert_eq!(told[0].coverage, Some(1.0));
                assert_eq!(told[1].coverage, Some(0.75));
                let remote: Vec<bool> = told.iter().map(|it| it.is_remote).collect();
                assert_eq!(
                    remote,
                    [
                        &[false][..],
                        &[namespace == "remote", false][..told.len() - 1]
                    ]
                    .concat()
                );
            }
        }
    }

    #[test]
    fn circles_of_parents_have_an_end() {
        let thrown = json!({"exceptions": [{"message": "m"}]});
        let trace = trace_of(&[
            json!({"id": "0000000000000001", "parent_id": "0000000000000002", "fault": true, "cause": thrown}),
            json!({"id": "0000000000000002", "parent_id": "0000000000000001", "fault": true}),
            json!({"id": "0000000000000003", "parent_id": "0000000000000001", "fault": true}),
            json!({"id": "0000000000000004"}),
        ]);
        assert_eq!(causes(&trace, CauseKind::Fault).len(), 0);
        assert_eq!(causes(&trace, CauseKind::ResponseTime).len(), 0);
    }
}
