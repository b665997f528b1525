//! What is odd about a trace, in sentences.

use super::clock::duration;
use super::text::printable;
use crate::model::time::MILLISECOND;
use crate::model::trace_tree::{Overhang, PieceKind, TraceTree};

/// The most notes about odd times and missing parents.
const MOST_NOTES: usize = 5;

/// Returns a sentence for each thing that is odd, safe to show.
pub fn notes(tree: &TraceTree) -> Vec<String> {
    let mut notes = Vec::new();
    let mut n_alone = 0;
    for piece in &tree.pieces {
        n_alone += usize::from(piece.kind == PieceKind::SentAlone);
        let name = printable(&piece.name);
        // Of spans, the losses say it, and why.
        let is_span = piece.kind.is_span();
        if let Some(missing) = piece.missing_parent.as_ref().filter(|_| !is_span) {
            let missing = printable(missing);
            notes.push(format!(
                "{name}: what it is inside of, {missing}, is not there"
            ));
        }
        let Overhang { before, after } = tree.overhang(piece);
        if before >= MILLISECOND {
            let words = "before what it is inside of; their clocks differ";
            notes.push(format!("! {name}: begins {} {words}", duration(before)));
        } else if after >= MILLISECOND {
            let words = "after what it is inside of";
            notes.push(format!("! {name}: ends {} {words}", duration(after)));
        }
    }
    let n_more = notes.len().saturating_sub(MOST_NOTES);
    notes.truncate(MOST_NOTES);
    if n_more > 0 {
        notes.push(format!("and {n_more} more like these"));
    }
    if n_alone > 0 {
        notes.push(format!(
            "subsegments that were sent on their own: {n_alone}"
        ));
    }
    let is_of_spans = tree
        .pieces
        .first()
        .is_some_and(|piece| piece.kind.is_span());
    if tree.limit_exceeded && !is_of_spans {
        notes.push("the trace is larger than X-Ray keeps; parts of it are missing".to_string());
    }
    if tree.n_unreadable > 0 {
        let n = tree.n_unreadable;
        notes.push(format!("documents that could not be read: {n}"));
    }
    notes
}
