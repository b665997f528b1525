//! A trace's spans, put together to a tree.

use std::collections::HashMap;

use super::span::Value;
use super::trace_summary::Marks;
use super::trace_tree::{Exception, Piece, PieceKind, TraceTree, depth_first, window_of};

/// A span, or an event or a link of one, as Honeycomb has it: one row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanRow {
    /// 16 hexadecimal digits; events and links have none.
    pub id: Option<String>,
    /// The span that it is inside of.
    pub parent_id: Option<String>,
    /// What it is called.
    pub name: String,
    /// The service that did it.
    pub service: String,
    /// Whether it is an event or a link, which have no duration.
    pub is_annotation: bool,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds; `None` if it does not say.
    pub duration: Option<i64>,
    /// How many rows of this very span there are.
    pub copies: u64,
    /// Everything else that it says.
    pub attributes: Vec<(String, Value)>,
}

impl SpanRow {
    /// Returns the first of these attributes that it has.
    pub fn attribute(&self, names: &[&str]) -> Option<&Value> {
        let of = |name: &&str| {
            let mut all = self.attributes.iter();
            all.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        names.iter().find_map(of)
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        self.attribute(names).map(ToString::to_string)
    }

    fn status(&self) -> Option<i64> {
        match self.attribute(&STATUS)? {
            Value::Int(status) => Some(*status),
            Value::Float(status) => Some(*status as i64),
            Value::Str(text) => text.parse().ok(),
            Value::Bool(_) => None,
        }
    }

    // A server's or a consumer's span, by whatever it was called.
    fn is_entry(&self) -> bool {
        let kind = self.text(&["span.kind"]);
        self.parent_id.is_none() || matches!(kind.as_deref(), Some("server" | "consumer"))
    }
}

// The stable names first, then those of 2023. Source: OpenTelemetry, HTTP semantic convention migration.
const METHOD: [&str; 2] = ["http.request.method", "http.method"];
const PATH: [&str; 4] = ["url.path", "http.target", "http.route", "url.full"];
const STATUS: [&str; 2] = ["http.response.status_code", "http.status_code"];
const EXCEPTION: [&str; 2] = ["exception.type", "exception.message"];
/// Where a request's Host header is said, or its two halves.
pub const HOST: [&str; 3] = ["http.host", "server.address", "server.port"];
/// Who decided about the segment, as far as the application said it on its span: whether a caller's
/// `Sampled=0` or `Sampled=1` did, and whether X-Ray's SDK was on.
pub const DECIDED: [&str; 2] = ["xray.caller_sampled", "xray.sdk_enabled"];
const ERROR: &str = "error";
const STATUS_MESSAGE: &str = "status_message";

/// The attributes that the tree shows in places of their own.
pub const SHOWN: [&str; 12] = [
    METHOD[0],
    METHOD[1],
    PATH[0],
    PATH[1],
    PATH[2],
    PATH[3],
    STATUS[0],
    STATUS[1],
    EXCEPTION[0],
    EXCEPTION[1],
    ERROR,
    STATUS_MESSAGE,
];

/// Puts a tree together from a trace's rows (its id in X-Ray's form).
///
/// What says to be inside of a span that is not there stands at the top and names it. Of several rows with
/// one id, each is shown.
pub fn span_tree(trace_id: &str, rows: &[SpanRow], is_cut: bool) -> TraceTree {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    for (idx, row) in rows.iter().enumerate() {
        if let Some(id) = row.id.as_deref() {
            by_id.entry(id).or_insert(idx);
        }
    }
    let parent = |idx: usize| {
        let id = rows.get(idx)?.parent_id.as_deref()?;
        by_id.get(id).copied().filter(|parent| *parent != idx)
    };
    let key = |idx: usize| {
        rows.get(idx)
            .map(|row| (row.start, row.is_annotation, row.id.clone()))
    };
    let placed = depth_first(rows.len(), key, parent);
    let mut pieces: Vec<Piece> = Vec::with_capacity(placed.len());
    for (idx, place) in placed {
        if let Some(row) = rows.get(idx) {
            let outer = place.and_then(|place| pieces.get(place));
            pieces.push(piece(row, place, outer));
        }
    }
    TraceTree {
        trace_id: trace_id.to_string(),
        window: window_of(&pieces),
        pieces,
        limit_exceeded: is_cut,
        n_unreadable: 0,
    }
}

fn piece(row: &SpanRow, place: Option<usize>, outer: Option<&Piece>) -> Piece {
    let status = row.status();
    let kind = match (row.is_annotation, row.is_entry()) {
        (true, _) => PieceKind::SpanEvent,
        (false, true) => PieceKind::EntrySpan,
        (false, false) => PieceKind::Span,
    };
    let is_error = matches!(row.attribute(&[ERROR]), Some(Value::Bool(true)));
    let exceptions = match kind {
        // The span itself says it too, and an event's error is its span's.
        PieceKind::SpanEvent => Vec::new(),
        _ => exceptions(row, is_error),
    };
    let end = match (row.duration, row.is_annotation) {
        (Some(duration), false) => Some(row.start.saturating_add(duration)),
        (_, true) => Some(row.start),
        (None, false) => None,
    };
    let facts = [
        ("service", Some(row.service.clone())),
        ("kind", row.text(&["span.kind"])),
    ];
    Piece {
        id: row.id.clone().unwrap_or_default(),
        parent: place,
        missing_parent: row.parent_id.clone().filter(|_| place.is_none()),
        depth: outer.map_or(0, |outer| outer.depth + 1),
        name: row.name.clone(),
        service: row.service.clone(),
        kind,
        start: row.start,
        end,
        marks: Marks {
            fault: (is_error && kind != PieceKind::SpanEvent) || status.is_some_and(|it| it >= 500),
            error: status.is_some_and(|it| (400..500).contains(&it)),
            throttle: status == Some(429),
            partial: end.is_none(),
        },
        method: row.text(&METHOD),
        url: row.text(&PATH),
        status,
        exceptions,
        annotations: others(row),
        facts: facts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)))
            .collect(),
    }
}

fn exceptions(row: &SpanRow, is_error: bool) -> Vec<Exception> {
    let message = row.text(&EXCEPTION[1..]);
    match (row.text(&EXCEPTION[..1]), row.text(&[STATUS_MESSAGE])) {
        (Some(kind), said) => vec![Exception {
            kind,
            message: message.or(said).unwrap_or_default(),
        }],
        (None, Some(message)) if is_error => vec![Exception {
            kind: "error".to_string(),
            message,
        }],
        (None, _) => Vec::new(),
    }
}

fn others(row: &SpanRow) -> Vec<(String, Value)> {
    let mut others: Vec<(String, Value)> = row.attributes.clone();
    others.retain(|(name, _)| !SHOWN.contains(&name.as_str()) && name != "span.kind");
    others.sort_by(|(a, _), (b, _)| a.cmp(b));
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

    fn row(id: &str, parent: Option<&str>, start: i64, duration: i64) -> SpanRow {
        SpanRow {
            id: Some(id.to_string()),
            parent_id: parent.map(str::to_string),
            name: id.to_string(),
            service: "backend-flask".to_string(),
            start,
            duration: Some(duration),
            copies: 1,
            ..SpanRow::default()
        }
    }

    #[test]
    fn rows_become_a_tree_whatever_their_order() {
        let rows = [
            row("c", Some("b"), 30, 10),
            row("b", Some("a"), 20, 40),
            row("d", Some("a"), 70, 5),
            row("a", None, 10, 90),
        ];
        let tree = span_tree(TRACE, &rows, false);
        let shown: Vec<(&str, usize, Option<usize>)> = tree
            .pieces
            .iter()
            .map(|piece| (piece.name.as_str(), piece.depth, piece.parent))
            .collect();
        assert_eq!(
            shown,
            [
                ("a", 0, None),
                ("b", 1, Some(0)),
                ("c", 2, Some(1)),
                ("d", 1, Some(0))
            ]
        );
        assert_eq!((tree.window.start, tree.window.end), (10, 100));
        assert!(
            tree.pieces
                .iter()
                .all(|piece| piece.missing_parent.is_none())
        );
    }

    #[test]
    fn a_parent_that_is_not_there_is_named_and_circles_end() {
        let rows = [
            row("a", Some("gone"), 10, 5),
            row("x", Some("y"), 20, 5),
            row("y", Some("x"), 21, 5),
        ];
        let tree = span_tree(TRACE, &rows, false);
        assert_eq!(tree.pieces.len(), 3);
        assert_eq!(tree.pieces[0].missing_parent.as_deref(), Some("gone"));
        assert_eq!(tree.pieces[2].parent, Some(1));
    }

    #[test]
    fn errors_statuses_and_exceptions_are_read_by_either_name() {
        let mut failed = row("a", None, 0, 10);
        failed.attributes = vec![
            ("http.method".to_string(), "GET".into()),
            ("http.target".to_string(), "/api/x?y=1".into()),
            ("http.status_code".to_string(), 500.into()),
            ("error".to_string(), true.into()),
            ("exception.type".to_string(), "KeyError".into()),
            ("exception.message".to_string(), "'x'".into()),
            ("app.now".to_string(), "today".into()),
        ];
        let mut event = row("e", Some("a"), 5, 0);
        (event.id, event.duration, event.is_annotation) = (None, None, true);
        let tree = span_tree(TRACE, &[failed, event], false);
        let [span, event] = &tree.pieces[..] else {
            panic!("{tree:?}")
        };
        assert_eq!((span.status, span.marks.fault), (Some(500), true));
        assert_eq!(span.url.as_deref(), Some("/api/x?y=1"));
        assert_eq!(span.exceptions[0].kind, "KeyError");
        assert_eq!(span.annotations, [("app.now".to_string(), "today".into())]);
        assert_eq!(
            (event.kind, event.duration()),
            (PieceKind::SpanEvent, Some(0))
        );
        assert!(!event.marks.fault && event.exceptions.is_empty());
    }

    #[test]
    fn a_server_s_span_is_an_entry_even_inside_of_another() {
        let mut inner = row("b", Some("a"), 1, 1);
        inner
            .attributes
            .push(("span.kind".to_string(), "server".into()));
        let tree = span_tree(
            TRACE,
            &[row("a", None, 0, 9), inner, row("c", Some("a"), 2, 1)],
            false,
        );
        let kinds: Vec<PieceKind> = tree.pieces.iter().map(|piece| piece.kind).collect();
        assert_eq!(
            kinds,
            [PieceKind::EntrySpan, PieceKind::EntrySpan, PieceKind::Span]
        );
    }
}
