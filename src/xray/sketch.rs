//! A trace with only as much of it as graphs need: who took part, who called whom, and how that went.
//!
//! It is made of a whole trace, or of what columns say of its documents, and then no document is read. Both
//! come to the same; `Trace::new` is where the rules are told.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::outline::{OutlinedCall, entries};
use super::segment::Outcome;
use super::trace::Trace;
use crate::model::time::SECOND;

/// A trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sketch<'s> {
    /// One for each segment, then one for each call to something that sent no segment of its own.
    pub nodes: Vec<SketchNode<'s>>,
    /// Calls from node to node, as indices of `nodes`.
    pub edges: Vec<(usize, usize)>,
    /// When the last arrival was that changed the trace, nanoseconds since the epoch.
    pub last_change: i64,
}

/// What one service did in the trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SketchNode<'s> {
    /// Its name.
    pub name: &'s str,
    /// What it is.
    pub kind: Kind<'s>,
    /// The account that it ran in.
    pub account_id: Option<&'s str>,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds since the epoch; `None` while it is in progress.
    pub end: Option<i64>,
    /// How it went.
    pub outcome: Outcome,
    /// Known only from the caller's subsegment.
    pub is_inferred: bool,
    /// A segment that says to be inside of nothing.
    pub is_root: bool,
}

/// The type of a service.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'s> {
    /// As it is written; `None` if it has none.
    Written(Option<&'s str>),
    /// `AWS::` and this name.
    Aws(&'s str),
}

impl Kind<'_> {
    /// Returns the type as it is written; `room` is where that is put together if need be.
    pub fn text<'r>(&'r self, room: &'r mut String) -> Option<&'r str> {
        match self {
            Kind::Written(text) => *text,
            Kind::Aws(name) => {
                room.clear();
                room.push_str("AWS::");
                room.push_str(name);
                Some(room)
            }
        }
    }
}

impl PartialEq for Kind<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text(&mut String::new()) == other.text(&mut String::new())
    }
}

impl<'s> Sketch<'s> {
    /// Returns the sketch of a whole trace.
    pub fn of(trace: &'s Trace) -> Sketch<'s> {
        let nodes = trace.nodes.iter().map(|node| SketchNode {
            name: &node.name,
            kind: Kind::Written(node.kind.as_deref()),
            account_id: node.account_id.as_deref(),
            start: node.start,
            end: node.end,
            outcome: node.outcome,
            is_inferred: node.is_inferred,
            is_root: node.is_root,
        });
        Sketch {
            nodes: nodes.collect(),
            edges: trace.edges.clone(),
            last_change: trace.last_change,
        }
    }

    /// Returns the node that the trace began with.
    pub fn root(&self) -> Option<&SketchNode<'s>> {
        self.nodes.iter().find(|node| node.is_root)
    }

    /// Returns in which second the trace began: when its root did, or without one its first node;
    /// nanoseconds since the epoch.
    pub fn second(&self) -> i64 {
        let starts = self.nodes.iter().map(|node| node.start);
        let start = self.root().map(|root| root.start).or_else(|| starts.min());
        let start = start.unwrap_or_default();
        start.saturating_sub(start.rem_euclid(SECOND))
    }
}

/// What columns say of a document.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'s> {
    /// Its id as a number.
    pub id: u64,
    /// The id of the segment or subsegment above.
    pub parent: Parent,
    /// Whether it is a subsegment sent on its own.
    pub is_subsegment: bool,
    /// In which order documents came.
    pub sequence: u64,
    /// When it came, nanoseconds since the epoch.
    pub arrival: i64,
    /// How many keys its annotations have.
    pub n_annotations: usize,
    /// What it is inside of, see [`entries`].
    pub outline: &'s [u8],
    /// The service that it is, if it is a segment.
    pub node: SketchNode<'s>,
}

/// What a document says that it hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// Nothing.
    None,
    /// The segment or subsegment with this id.
    Id(u64),
    /// Something whose id has a form that no id has.
    Odd,
}

/// Room for putting traces together, which is used again from one to the next.
#[derive(Default)]
pub struct Assembly<'s> {
    owners: HashMap<u64, usize, FixedState>,
    answered: HashSet<u64, FixedState>,
    calls: Vec<(u64, OutlinedCall<'s>)>,
}

impl<'s> Assembly<'s> {
    /// Puts a trace together from what columns say of its documents, in any order.
    pub fn sketch(&mut self, documents: &mut Vec<Facts<'s>>, sketch: &mut Sketch<'s>) {
        self.owners.clear();
        self.answered.clear();
        self.calls.clear();
        sketch.nodes.clear();
        sketch.edges.clear();
        sketch.last_change = keep_first_finished(documents);
        // Ids of 16 digits each have the order of their numbers.
        documents.sort_unstable_by_key(|document| (document.node.start, document.id));

        for document in documents.iter().filter(|document| !document.is_subsegment) {
            let idx = sketch.nodes.len();
            sketch.nodes.push(document.node);
            self.owners.insert(document.id, idx);
            self.add_entries(document, idx);
        }
        if documents.iter().any(|document| document.is_subsegment) {
            self.add_subsegments(documents);
        }
        self.connect(documents, sketch);
    }

    /// Tells whether everything that documents say to be inside of is there, once [`Assembly::sketch`] has
    /// put them together.
    pub fn has_all_parents(&self, documents: &[Facts<'_>]) -> bool {
        documents.iter().all(|document| match document.parent {
            Parent::None => true,
            Parent::Id(parent) => self.owners.contains_key(&parent),
            Parent::Odd => false,
        })
    }

    fn add_entries(&mut self, document: &Facts<'s>, owner: usize) {
        for entry in entries(document.outline, document.node.start) {
            self.owners.insert(entry.id, owner);
            self.calls.extend(entry.call.map(|call| (entry.id, call)));
        }
    }

    // The same rounds as when the documents are read.
    fn add_subsegments(&mut self, documents: &[Facts<'s>]) {
        let subsegments = documents.iter().filter(|document| document.is_subsegment);
        let mut waiting: Vec<&Facts<'s>> = subsegments.collect();
        for _ in 0..super::trace::MOST_ROUNDS {
            let before = waiting.len();
            waiting.retain(|document| {
                let owner = match document.parent {
                    Parent::Id(parent) => self.owners.get(&parent).copied(),
                    Parent::None | Parent::Odd => None,
                };
                let Some(owner) = owner else {
                    return true;
                };
                self.owners.insert(document.id, owner);
                self.add_entries(document, owner);
                false
            });
            if waiting.is_empty() || waiting.len() == before {
                return;
            }
        }
    }

    fn connect(&mut self, documents: &[Facts<'s>], sketch: &mut Sketch<'s>) {
        for document in documents.iter().filter(|document| !document.is_subsegment) {
            let Parent::Id(parent) = document.parent else {
                continue;
            };
            self.answered.insert(parent);
            let ends = (self.owners.get(&parent), self.owners.get(&document.id));
            if let (Some(&from), Some(&to)) = ends
                && from != to
            {
                sketch.edges.push((from, to));
            }
        }
        for (id, call) in &self.calls {
            if self.answered.contains(id) {
                continue;
            }
            if let Some(&from) = self.owners.get(id) {
                sketch.edges.push((from, sketch.nodes.len()));
                sketch.nodes.push(SketchNode::inferred(call));
            }
        }
    }
}

impl<'s> SketchNode<'s> {
    fn inferred(call: &OutlinedCall<'s>) -> SketchNode<'s> {
        SketchNode {
            name: call.name,
            kind: match call.origin {
                _ if call.is_remote => Kind::Written(Some("remote")),
                Some(origin) => Kind::Written(Some(origin)),
                None => Kind::Aws(call.name),
            },
            account_id: None,
            start: call.start,
            end: call.end,
            outcome: call.outcome,
            is_inferred: true,
            is_root: false,
        }
    }
}

// Keeps the documents that count, as `Trace::new` does, and returns when the last of them came that changed
// anything.
fn keep_first_finished(documents: &mut Vec<Facts<'_>>) -> i64 {
    let mut last_change = i64::MIN;
    if documents.len() > 1 {
        documents.sort_unstable_by_key(|document| (document.id, document.sequence));
        documents.dedup_by(|later, kept| {
            let is_same = later.id == kept.id;
            if is_same && kept.node.end.is_none() {
                *kept = *later;
            }
            is_same
        });
    }
    for document in documents.iter() {
        last_change = last_change.max(document.arrival);
    }
    last_change
}
