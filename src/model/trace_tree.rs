//! One trace as a tree, of X-Ray's segments or of OpenTelemetry's spans: what was done inside of what, when,
//! and how it went.

use std::collections::{HashMap, HashSet};

use super::span::Value;
use super::time::Window;
use super::trace_summary::Marks;

/// A trace as a tree of pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceTree {
    /// In X-Ray's form.
    pub trace_id: String,
    /// From the earliest start to the latest end that are known; `end` may be the latest start.
    pub window: Window,
    /// Depth first: each stands somewhere behind its parent, and siblings stand by their start.
    pub pieces: Vec<Piece>,
    /// Whether the service keeps, or answers with, less of the trace than was sent.
    pub limit_exceeded: bool,
    /// How many documents could not be read.
    pub n_unreadable: usize,
}

/// A segment or a subsegment of X-Ray's, or a span of OpenTelemetry's or an event in one.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// 16 hexadecimal digits; empty if it has no id.
    pub id: String,
    /// Index of the piece that it is inside of.
    pub parent: Option<usize>,
    /// The id of the piece that it says to be inside of, if that one is not there.
    pub missing_parent: Option<String>,
    /// How many pieces it is inside of.
    pub depth: usize,
    /// The service of a segment; what a subsegment or a span did.
    pub name: String,
    /// The service that did it.
    pub service: String,
    /// What kind of piece it is.
    pub kind: PieceKind,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds since the epoch; `None` while it is in progress.
    pub end: Option<i64>,
    /// How it went; `partial` while it is in progress.
    pub marks: Marks,
    /// The request's method.
    pub method: Option<String>,
    /// The request's address, or its path alone.
    pub url: Option<String>,
    /// The answer's status.
    pub status: Option<i64>,
    /// What went wrong.
    pub exceptions: Vec<Exception>,
    /// What can be searched for.
    pub annotations: Vec<(String, Value)>,
    /// What else is worth knowing, such as origin, user and sampling rule.
    pub facts: Vec<(&'static str, String)>,
}

/// What kind of piece it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// What a service says of one request.
    Segment,
    /// What the X-Ray service made up for a called one that said nothing.
    Inferred,
    /// A part of a segment.
    Subsegment,
    /// A part of a segment that was sent on its own.
    SentAlone,
    /// A span by which a service was entered.
    EntrySpan,
    /// A span inside of a service.
    Span,
    /// Something that happened at one moment of a span.
    SpanEvent,
}

/// An exception that ended a piece, or was seen in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exception {
    /// Its class.
    pub kind: String,
    /// What it says.
    pub message: String,
}

/// By how much a piece lies outside the one that it is inside of, nanoseconds; both 0 if it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overhang {
    /// How long before its parent it began.
    pub before: i64,
    /// How long after its parent it ended.
    pub after: i64,
}

impl PieceKind {
    /// Tells whether it is a whole segment.
    pub fn is_segment(self) -> bool {
        matches!(self, PieceKind::Segment | PieceKind::Inferred)
    }

    /// Tells whether it is OpenTelemetry's, and not X-Ray's.
    pub fn is_span(self) -> bool {
        matches!(
            self,
            PieceKind::EntrySpan | PieceKind::Span | PieceKind::SpanEvent
        )
    }

    /// Tells whether it is the whole of what one service says of the request.
    pub fn is_entry(self) -> bool {
        self.is_segment() || self == PieceKind::EntrySpan
    }
}

impl Piece {
    /// Returns nanoseconds from start to end; `None` while it is in progress.
    pub fn duration(&self) -> Option<i64> {
        Some(self.end?.saturating_sub(self.start))
    }
}

impl TraceTree {
    /// Returns the piece that the trace began with.
    pub fn root(&self) -> Option<&Piece> {
        let tops = || self.pieces.iter().filter(|piece| piece.parent.is_none());
        tops()
            .find(|piece| piece.kind.is_entry())
            .or_else(|| tops().next())
    }

    /// Returns by how much a piece lies outside its parent.
    ///
    /// A piece whose parent is on another machine lies outside when the machines' clocks differ; one
    /// of the same service goes on after its parent when nobody waited for it.
    pub fn overhang(&self, piece: &Piece) -> Overhang {
        let Some(parent) = piece.parent.and_then(|idx| self.pieces.get(idx)) else {
            return Overhang::default();
        };
        let after = match (piece.end, parent.end) {
            (Some(end), Some(parent_end)) => end.saturating_sub(parent_end).max(0),
            _ => 0,
        };
        Overhang {
            before: parent.start.saturating_sub(piece.start).max(0),
            after,
        }
    }
}

/// Returns the time from the earliest start to the latest end that are known.
pub fn window_of(pieces: &[Piece]) -> Window {
    let start = pieces.iter().map(|piece| piece.start).min().unwrap_or(0);
    let ends = pieces.iter().map(|piece| piece.end.unwrap_or(piece.start));
    let end = ends.max().unwrap_or(start);
    Window {
        start,
        end: end.max(start),
    }
}

/// Returns `n` items depth first: the index of each, and the place in this very order of what it is inside
/// of.
///
/// Siblings stand in the order of their `key`. `parent` gives the index of what an item is inside of.
/// Behind the tops come items that are inside of each other in a circle; the first of a circle becomes a
/// top. Without recursion: depth is the sender's choice.
pub fn depth_first<K: Ord>(
    n: usize,
    key: impl Fn(usize) -> K,
    parent: impl Fn(usize) -> Option<usize>,
) -> Vec<(usize, Option<usize>)> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_cached_key(|idx| key(*idx));
    let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for &idx in &order {
        children.entry(parent(idx)).or_default().push(idx);
    }
    let mut placed: Vec<(usize, Option<usize>)> = Vec::with_capacity(n);
    let mut seen = HashSet::new();
    let tops = children.get(&None).cloned().unwrap_or_default();
    for top in tops.into_iter().chain(order) {
        let mut waiting = vec![(top, None)];
        while let Some((idx, place)) = waiting.pop() {
            if !seen.insert(idx) {
                continue;
            }
            let own_place = placed.len();
            placed.push((idx, place));
            let inner = children.get(&Some(idx)).into_iter().flatten().rev();
            waiting.extend(inner.map(|inner| (*inner, Some(own_place))));
        }
    }
    placed
}
