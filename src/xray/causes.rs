//! Root causes: which way a fault, an error or the time of a trace went.
//!
//! How X-Ray finds them is not published; only their form is. Ours: a fault or error is followed from the
//! first piece of work that has it to the last below it that has it too; the time is followed down to
//! whatever takes the larger part of what called it.

use std::collections::HashMap;

use serde_json::Value;

use super::document::{subsegments, text_of, times};
use super::filter::CauseKind;
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
    /// It is a call over a network.
    pub is_remote: bool,
    /// Type and message of what was thrown there.
    pub exceptions: Vec<(Option<String>, Option<String>)>,
}

// More ways than these are of no use to a reader, and a trace may have thousands.
const MOST_CAUSES: usize = 20;
// A way is no longer than this; parents may stand in a circle.
const MOST_STEPS: usize = 200;
// What takes less of its caller's time than this is not what the time went into.
const LEAST_SHARE: f64 = 0.5;

/// Returns the root causes of a kind, at most twenty, in the order in which they began.
pub fn causes(trace: &Trace, kind: CauseKind) -> Vec<Cause> {
    let work = Work::of(trace);
    let has = |entity: &Entity<'_>| match kind {
        CauseKind::Fault => outcome(entity.json).fault,
        CauseKind::Error => outcome(entity.json).error,
        CauseKind::ResponseTime => false,
    };
    if kind == CauseKind::ResponseTime {
        return work.slowest_way().into_iter().collect();
    }
    let mut causes = Vec::new();
    for (idx, entity) in work.entities.iter().enumerate() {
        let goes_on = entity
            .children
            .iter()
            .filter_map(|child| work.entities.get(*child));
        if !has(entity) || goes_on.into_iter().any(has) {
            continue;
        }
        let mut way = vec![idx];
        let mut parent = entity.parent;
        while let Some(above) = parent.filter(|above| work.entities.get(*above).is_some_and(has)) {
            if way.len() == MOST_STEPS {
                break;
            }
            way.push(above);
            parent = work.entities.get(above).and_then(|entity| entity.parent);
        }
        way.reverse();
        causes.extend(work.cause(&way));
        if causes.len() == MOST_CAUSES {
            break;
        }
    }
    causes
}

/// A segment or subsegment in the tree of all.
struct Entity<'t> {
    json: &'t Value,
    parent: Option<usize>,
    children: Vec<usize>,
    /// The node, if it is a segment.
    node: Option<usize>,
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
        Work { trace, entities }
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
            let length = seconds(entity.json)?;
            let children = entity.children.iter();
            let timed = children
                .filter_map(|child| Some((*child, seconds(self.entities.get(*child)?.json)?)));
            // The first of several that take equally long.
            let mut longest: Option<(usize, f64)> = None;
            for (child, seconds) in timed {
                if longest.is_none_or(|(_, most)| seconds > most) {
                    longest = Some((child, seconds));
                }
            }
            match longest {
                Some((child, seconds)) if seconds >= length * LEAST_SHARE && seconds > 0.0 => {
                    at = child;
                    way.push(at);
                }
                _ => break,
            }
        }
        self.cause(&way)
    }

    /// Returns the services of a way; `None` if what it begins in belongs to no segment.
    fn cause(&self, way: &[usize]) -> Option<Cause> {
        let first = *way.first()?;
        let root_seconds = self.trace.root_node()?.response_time();
        let mut services = vec![self.service(self.owner(first)?)];
        for idx in way {
            let entity = self.entities.get(*idx)?;
            if let (Some(node), true) = (entity.node, *idx != first) {
                services.push(self.service(node));
            }
            let named = self.entity(entity.json, root_seconds);
            let is_unanswered_call =
                matches!(text_of(entity.json, "namespace"), Some("remote" | "aws"))
                    && entity.children.iter().all(|child| {
                        let child = self.entities.get(*child);
                        child.is_none_or(|child| child.node.is_none())
                    });
            services.last_mut()?.path.push(named.clone());
            if is_unanswered_call && way.last() == Some(idx) {
                let is_remote = named.is_remote;
                services.push(CauseService {
                    name: named.name.clone(),
                    kind: Some(if is_remote {
                        "remote".to_string()
                    } else {
                        format!("AWS::{}", named.name)
                    }),
                    account_id: None,
                    is_inferred: true,
                    path: vec![named],
                });
            }
        }
        Some(Cause {
            is_client_impacting: self.entities.get(first)?.node == self.trace.root,
            services,
        })
    }

    fn owner(&self, idx: usize) -> Option<usize> {
        let mut idx = idx;
        for _ in 0..MOST_STEPS {
            let entity = self.entities.get(idx)?;
            if entity.node.is_some() {
                return entity.node;
            }
            idx = entity.parent?;
        }
        None
    }

    fn service(&self, node: usize) -> CauseService {
        let Some(node) = self.trace.nodes.get(node) else {
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

    fn entity(&self, json: &Value, root_seconds: Option<f64>) -> CauseEntity {
        let text = |json: &Value, key: &str| text_of(json, key).map(str::to_string);
        let thrown = json.pointer("/cause/exceptions").and_then(Value::as_array);
        let thrown = thrown.map(Vec::as_slice).unwrap_or_default();
        let seconds = seconds(json);
        CauseEntity {
            name: text(json, "name").unwrap_or_default(),
            outcome: outcome(json),
            seconds,
            coverage: match (seconds, root_seconds) {
                (Some(part), Some(whole)) if whole > 0.0 => Some(part / whole),
                _ => None,
            },
            is_remote: text_of(json, "namespace") == Some("remote"),
            exceptions: thrown
                .iter()
                .map(|exception| (text(exception, "type"), text(exception, "message")))
                .collect(),
        }
    }
}

fn seconds(json: &Value) -> Option<f64> {
    let (start, end) = times(json)?;
    Some(end?.saturating_sub(start) as f64 / 1e9)
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

    #[test]
    fn a_fault_is_followed_from_where_the_trace_began_to_where_it_happened() {
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
        assert!(causes[0].services[2].is_inferred);
        let thrown = &causes[0].services[2].path[0].exceptions;
        assert_eq!(
            *thrown,
            [(Some("Gone".to_string()), Some("no such table".to_string()))]
        );
    }

    #[test]
    fn a_fault_that_was_handled_does_not_impact_the_client() {
        let faults = causes(&three_services(), CauseKind::Fault);
        assert_eq!(faults.len(), 1);
        assert!(!faults[0].is_client_impacting);
        assert_eq!(
            names(&faults[0]),
            [
                ("backend-flask", vec!["DynamoDB"]),
                ("DynamoDB", vec!["DynamoDB"])
            ]
        );
        let errors = causes(&three_services(), CauseKind::Error);
        assert_eq!(names(&errors[0]), [("api", vec!["api"])]);
    }

    #[test]
    fn the_time_is_followed_to_what_takes_most_of_it() {
        let trace = trace_of(&[json!({
            "id": "000000000000000a",
            "subsegments": [
                {"id": "000000000000000b", "name": "quick", "start_time": 1000.0, "end_time": 1000.1},
                {"id": "000000000000000c", "name": "slow", "start_time": 1000.0, "end_time": 1001.2},
            ],
        })]);
        let causes = causes(&trace, CauseKind::ResponseTime);
        assert_eq!(
            names(&causes[0]),
            [("backend-flask", vec!["backend-flask", "slow"])]
        );
        assert_eq!(causes[0].services[0].path[1].coverage, Some(1.2 / 1.5));
    }

    #[test]
    fn circles_of_parents_have_an_end() {
        let trace = trace_of(&[
            json!({"id": "0000000000000001", "parent_id": "0000000000000002", "fault": true}),
            json!({"id": "0000000000000002", "parent_id": "0000000000000001", "fault": true}),
            json!({"id": "0000000000000003", "parent_id": "0000000000000001", "fault": true}),
            json!({"id": "0000000000000004"}),
        ]);
        let found = causes(&trace, CauseKind::Fault);
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_client_impacting);
    }
}
