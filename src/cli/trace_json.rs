//! A request through its three lenses, as JSON.

use serde_json::{Map, Value as Json, json};

use super::lenses::Looked;
use super::render::json::SCHEMA_VERSION;
use super::xray::value;
use crate::model::three_lenses::{TraceLine, View};
use crate::model::time::{Window, rfc3339};
use crate::model::trace_id::hex_from_xray;
use crate::model::trace_tree::{Piece, PieceKind, TraceTree};

/// Returns everything that is known.
pub fn json_of(looked: &Looked) -> Json {
    let lenses = &looked.lenses;
    let window = lenses.window();
    json!({
        "schema_version": SCHEMA_VERSION,
        "id": lenses.trace_id,
        "hex_id": hex_from_xray(&lenses.trace_id),
        "start": rfc3339(window.start),
        "end": rfc3339(window.end),
        "link": looked.link,
        "spans": tree_json(&lenses.spans),
        "segments": tree_json(&lenses.segments),
        "log_lines": lines_json(&lenses.lines, window),
    })
}

fn tree_json(view: &View<TraceTree>) -> Json {
    let tree = view.found.as_ref();
    let pieces = tree.map(|tree| {
        let pieces = tree.pieces.iter();
        pieces
            .map(|piece| piece_json(tree, piece))
            .collect::<Vec<_>>()
    });
    json!({
        "found": tree.is_some(),
        "place": view.place,
        "pieces": pieces.unwrap_or_default(),
        "limit_exceeded": tree.is_some_and(|tree| tree.limit_exceeded),
        "unreadable_documents": tree.map_or(0, |tree| tree.n_unreadable),
        "losses": view.losses,
    })
}

fn lines_json(view: &View<Vec<TraceLine>>, window: Window) -> Json {
    let line = |line: &TraceLine| {
        json!({
            "time": rfc3339(line.time),
            "after_start_seconds": line.time.saturating_sub(window.start) as f64 / 1e9,
            "stream": line.stream,
            "message": line.message,
        })
    };
    let lines = view.found.iter().flatten();
    json!({
        "found": view.found.is_some(),
        "place": view.place,
        "lines": lines.map(line).collect::<Vec<_>>(),
        "losses": view.losses,
    })
}

fn piece_json(tree: &TraceTree, piece: &Piece) -> Json {
    let annotations: Map<String, Json> = piece
        .annotations
        .iter()
        .map(|(key, found)| (key.clone(), value(found)))
        .collect();
    let facts: Map<String, Json> = piece
        .facts
        .iter()
        .map(|(key, text)| (key.replace(' ', "_"), text.as_str().into()))
        .collect();
    let exceptions = piece.exceptions.iter();
    let overhang = tree.overhang(piece);
    json!({
        "id": piece.id,
        // Its place in this very list.
        "parent": piece.parent,
        "missing_parent": piece.missing_parent,
        "name": piece.name,
        "service": piece.service,
        "kind": match piece.kind {
            PieceKind::Segment => "segment",
            PieceKind::Inferred => "inferred",
            PieceKind::Subsegment => "subsegment",
            PieceKind::SentAlone => "subsegment_sent_alone",
            PieceKind::EntrySpan => "entry_span",
            PieceKind::Span => "span",
            PieceKind::SpanEvent => "span_event",
        },
        "start": rfc3339(piece.start),
        "end": piece.end.map(rfc3339),
        "duration_seconds": piece.duration().map(|ns| ns as f64 / 1e9),
        "method": piece.method,
        "url": piece.url,
        "status": piece.status,
        "fault": piece.marks.fault,
        "error": piece.marks.error,
        "throttle": piece.marks.throttle,
        "in_progress": piece.marks.partial,
        "before_parent_seconds": overhang.before as f64 / 1e9,
        "after_parent_seconds": overhang.after as f64 / 1e9,
        "exceptions": exceptions
            .map(|it| json!({ "type": it.kind, "message": it.message }))
            .collect::<Vec<_>>(),
        "annotations": annotations,
        "facts": facts,
    })
}
