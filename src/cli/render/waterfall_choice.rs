//! Which pieces of a trace are drawn, when there are too many.

use super::text::printable;
use crate::model::trace_summary::Verdict;
use crate::model::trace_tree::{Piece, PieceKind, TraceTree};

/// A line of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The piece; where others are counted instead of drawn, the last piece of them.
    pub piece: usize,
    /// How deep it stands.
    pub depth: usize,
    /// How many pieces are counted here instead of drawn; 0 for a piece that is drawn.
    pub n_hidden: usize,
}

/// Returns what each piece is called, safe to show: a span by which one of several services was entered with
/// its service.
pub fn labels(tree: &TraceTree) -> Vec<String> {
    let first = tree.pieces.first().map(|piece| &piece.service);
    let has_several = tree
        .pieces
        .iter()
        .any(|piece| Some(&piece.service) != first);
    let label = |piece: &Piece| match piece.kind {
        PieceKind::EntrySpan if has_several && !piece.service.is_empty() => {
            printable(&format!("{}: {}", piece.service, piece.name))
        }
        _ => printable(&piece.name),
    };
    tree.pieces.iter().map(label).collect()
}

/// Returns at most `most` pieces and what they are inside of, in the tree's order; where others are
/// left out, one line counts them.
///
/// What went wrong is kept first, then whole segments, then what took longest.
pub fn shown(tree: &TraceTree, most: usize) -> Vec<Shown> {
    let is_kept = kept(tree, most);
    let mut lines: Vec<Shown> = Vec::new();
    for (idx, (piece, is_kept)) in tree.pieces.iter().zip(&is_kept).enumerate() {
        match lines.last_mut() {
            _ if *is_kept => lines.push(Shown {
                piece: idx,
                depth: piece.depth,
                n_hidden: 0,
            }),
            Some(last) if last.n_hidden > 0 => {
                last.piece = idx;
                last.n_hidden += 1;
                last.depth = last.depth.min(piece.depth);
            }
            _ => lines.push(Shown {
                piece: idx,
                depth: piece.depth,
                n_hidden: 1,
            }),
        }
    }
    lines
}

fn kept(tree: &TraceTree, most: usize) -> Vec<bool> {
    let n_pieces = tree.pieces.len();
    if n_pieces <= most {
        return vec![true; n_pieces];
    }
    let weight = |piece: &Piece| {
        let is_bad = piece.marks.verdict() > Verdict::Ok;
        (is_bad, piece.kind.is_entry(), piece.duration())
    };
    let mut by_weight: Vec<usize> = (0..n_pieces).collect();
    by_weight.sort_by_key(|idx| std::cmp::Reverse(tree.pieces.get(*idx).map(weight)));
    let mut is_kept = vec![false; n_pieces];
    let mut n_kept = 0;
    for idx in by_weight {
        // A piece is no use without what it is inside of.
        let mut path = Vec::new();
        let mut next = Some(idx);
        while let Some(place) = next.filter(|place| is_kept.get(*place) == Some(&false)) {
            path.push(place);
            next = tree.pieces.get(place).and_then(|piece| piece.parent);
            if n_kept + path.len() > most {
                break;
            }
        }
        if n_kept + path.len() > most {
            continue;
        }
        n_kept += path.len();
        for place in path {
            if let Some(kept) = is_kept.get_mut(place) {
                *kept = true;
            }
        }
    }
    is_kept
}
