//! One request as its three lenses tell it: spans, segments, log lines, and what each of them lost.

use super::time::Window;
use super::trace_tree::{Piece, TraceTree};

/// One request through its three lenses.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreeLenses {
    /// In X-Ray's form.
    pub trace_id: String,
    /// OpenTelemetry's spans.
    pub spans: View<TraceTree>,
    /// X-Ray's segments.
    pub segments: View<TraceTree>,
    /// Log lines, the oldest first.
    pub lines: View<Vec<TraceLine>>,
}

/// What one lens has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View<T> {
    /// Where it was looked for: `dataset backend-flask`.
    pub place: String,
    /// What is there; `None` if nothing is.
    pub found: Option<T>,
    /// What is not there that should be, and why: each a sentence without a full stop.
    pub losses: Vec<String>,
}

/// A log line that carries the trace's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLine {
    /// Nanoseconds since the epoch; known to a millisecond.
    pub time: i64,
    /// Its log stream.
    pub stream: String,
    /// What it says.
    pub message: String,
}

impl ThreeLenses {
    /// Tells whether any of the lenses has the trace.
    pub fn is_found(&self) -> bool {
        self.trees().next().is_some() || self.lines.found.is_some()
    }

    /// Returns the trees that are there, the spans' first.
    pub fn trees(&self) -> impl Iterator<Item = &TraceTree> {
        let both = [&self.spans.found, &self.segments.found];
        both.into_iter().flatten()
    }

    /// Returns the time axis that all three share: that of spans and segments, or else that of the lines.
    pub fn window(&self) -> Window {
        let windows = || self.trees().map(|tree| tree.window);
        let (start, end) = (
            windows().map(|it| it.start).min(),
            windows().map(|it| it.end).max(),
        );
        if let (Some(start), Some(end)) = (start, end) {
            return Window { start, end };
        }
        let times = || self.lines.found.iter().flatten().map(|line| line.time);
        let start = times().min().unwrap_or_default();
        Window {
            start,
            end: times().max().unwrap_or(start),
        }
    }

    /// Returns what the request began with, as the first lens that knows it tells.
    pub fn root(&self) -> Option<&Piece> {
        self.trees().find_map(TraceTree::root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span_tree::{SpanRow, span_tree};

    fn view<T>(found: Option<T>) -> View<T> {
        View {
            place: String::new(),
            found,
            losses: Vec::new(),
        }
    }

    fn tree(start: i64, end: i64) -> TraceTree {
        let row = SpanRow {
            start,
            duration: Some(end - start),
            ..SpanRow::default()
        };
        span_tree("1-5759e988-bd862e3fe1be46a994272793", &[row], false)
    }

    #[test]
    fn the_axis_is_of_spans_and_segments_and_of_lines_only_without_them() {
        let line = |time| TraceLine {
            time,
            stream: String::new(),
            message: String::new(),
        };
        let mut lenses = ThreeLenses {
            trace_id: String::new(),
            spans: view(Some(tree(10, 50))),
            segments: view(Some(tree(12, 60))),
            lines: view(Some(vec![line(5), line(99)])),
        };
        let of = |lenses: &ThreeLenses| (lenses.window().start, lenses.window().end);
        assert_eq!(of(&lenses), (10, 60));
        lenses.spans = view(None);
        assert_eq!(of(&lenses), (12, 60));
        lenses.segments = view(None);
        assert_eq!(of(&lenses), (5, 99));
        assert!(lenses.is_found());
        lenses.lines = view(None);
        assert_eq!((of(&lenses), lenses.is_found()), ((0, 0), false));
    }
}
