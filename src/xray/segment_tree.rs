//! A trace's documents, read into the tree that is shown.
//!
//! Anything is taken that another program may have sent: what is odd is said in the tree, not refused,
//! because a trace that looks wrong is looked at for that very reason.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::document::{flag, subsegments, text_of, times};
use super::trace::HttpFacts;
use crate::model::span::Value;
use crate::model::trace_summary::Marks;
use crate::model::trace_tree::{Exception, Piece, PieceKind, TraceTree, depth_first, window_of};

/// Puts a tree together from a trace's documents, each the JSON of a segment or of a subsegment that
/// was sent on its own.
///
/// Of several pieces with one id, the finished one counts, and among equals the last. What says to be
/// inside of a piece that is not there stands at the top. A segment that the service made up for a call
/// says nothing that the call does not, so that only its origin is taken, as a fact of the call.
pub fn segment_tree(trace_id: &str, documents: &[String], limit_exceeded: bool) -> TraceTree {
    let read = |text: &String| serde_json::from_str::<Json>(text).ok();
    let readable: Vec<Json> = documents
        .iter()
        .filter_map(read)
        .filter(|json| times(json).is_some())
        .collect();
    let n_unreadable = documents.len() - readable.len();
    let mut gathered = Gathered::default();
    let is_made_up = |json: &&Json| flag(json, "inferred");
    for json in readable.iter().filter(|json| !is_made_up(json)) {
        gathered.add(json);
    }
    for json in readable.iter().filter(is_made_up) {
        match text_of(json, "parent_id").and_then(|id| gathered.by_id.get(id)) {
            Some(call) => gathered.origins.push((*call, text_of(json, "origin"))),
            None => gathered.add(json),
        }
    }
    let pieces = gathered.in_order();
    TraceTree {
        trace_id: trace_id.to_string(),
        window: window_of(&pieces),
        pieces,
        limit_exceeded,
        n_unreadable,
    }
}

/// A piece before it has its place.
struct Loose<'d> {
    json: &'d Json,
    id: &'d str,
    /// What it says to be inside of.
    parent_id: Option<&'d str>,
    /// The piece whose document it stands in.
    container: Option<usize>,
    start: i64,
    end: Option<i64>,
}

#[derive(Default)]
struct Gathered<'d> {
    loose: Vec<Loose<'d>>,
    by_id: HashMap<&'d str, usize>,
    /// What the service says that calls went to, by the piece that is the call.
    origins: Vec<(usize, Option<&'d str>)>,
}

impl<'d> Gathered<'d> {
    /// Adds a document and everything in it, without recursion: depth is the sender's choice.
    fn add(&mut self, document: &'d Json) {
        let mut waiting = vec![(document, None)];
        while let Some((json, container)) = waiting.pop() {
            let Some((start, end)) = times(json) else {
                continue;
            };
            let idx = self.put(Loose {
                json,
                id: text_of(json, "id").unwrap_or_default(),
                parent_id: text_of(json, "parent_id").filter(|id| !id.is_empty()),
                container,
                start,
                end,
            });
            waiting.extend(subsegments(json).iter().map(|inner| (inner, Some(idx))));
        }
    }

    fn put(&mut self, loose: Loose<'d>) -> usize {
        if loose.id.is_empty() {
            self.loose.push(loose);
            return self.loose.len() - 1;
        }
        let next = self.loose.len();
        let idx = *self.by_id.entry(loose.id).or_insert(next);
        match self.loose.get_mut(idx) {
            None => self.loose.push(loose),
            // Datagrams overtake each other: one in progress never replaces a finished one.
            Some(known) if known.end.is_some() && loose.end.is_none() => {}
            Some(known) => *known = loose,
        }
        idx
    }

    /// Returns the parent that is there, and the id of one that is not.
    fn parent(&self, idx: usize) -> (Option<usize>, Option<&'d str>) {
        let Some(loose) = self.loose.get(idx) else {
            return (None, None);
        };
        let named = loose.parent_id.and_then(|id| self.by_id.get(id)).copied();
        let found = named.or(loose.container).filter(|parent| *parent != idx);
        match found {
            Some(parent) => (Some(parent), None),
            None => (None, loose.parent_id),
        }
    }

    /// Returns the pieces depth first.
    fn in_order(self) -> Vec<Piece> {
        let key = |idx: usize| self.loose.get(idx).map(|loose| (loose.start, loose.id));
        let placed = depth_first(self.loose.len(), key, |idx| self.parent(idx).0);
        let mut pieces: Vec<Piece> = Vec::with_capacity(placed.len());
        for (idx, place) in placed {
            let Some(loose) = self.loose.get(idx) else {
                continue;
            };
            let parent = place.and_then(|place| pieces.get(place));
            let mut piece = piece(loose, parent);
            let origins = self.origins.iter().filter(|(call, _)| *call == idx);
            let origins = origins.filter_map(|(_, origin)| *origin);
            piece
                .facts
                .extend(origins.map(|origin| ("origin", origin.to_string())));
            piece.parent = place;
            let missing = match place {
                Some(_) => None,
                None => self.parent(idx).1.or(loose.parent_id),
            };
            piece.missing_parent = missing.map(str::to_string);
            pieces.push(piece);
        }
        pieces
    }
}

fn piece(loose: &Loose<'_>, parent: Option<&Piece>) -> Piece {
    let json = loose.json;
    let name = text_of(json, "name").unwrap_or("unnamed").to_string();
    let is_alone = text_of(json, "type") == Some("subsegment") && loose.container.is_none();
    let kind = match (loose.container, is_alone) {
        (Some(_), _) => PieceKind::Subsegment,
        (None, true) => PieceKind::SentAlone,
        (None, false) if flag(json, "inferred") => PieceKind::Inferred,
        (None, false) => PieceKind::Segment,
    };
    let service = match parent {
        Some(parent) if !kind.is_segment() => parent.service.clone(),
        None if !kind.is_segment() => String::new(),
        _ => name.clone(),
    };
    let http = HttpFacts::of(json);
    Piece {
        id: loose.id.to_string(),
        parent: None,
        missing_parent: None,
        depth: parent.map_or(0, |parent| parent.depth + 1),
        name,
        service,
        kind,
        start: loose.start,
        // A clock that was put back ends nothing before it begins.
        end: loose.end.map(|end| end.max(loose.start)),
        marks: Marks {
            fault: flag(json, "fault"),
            error: flag(json, "error"),
            throttle: flag(json, "throttle"),
            partial: loose.end.is_none(),
        },
        exceptions: exceptions(json),
        annotations: annotations(json),
        facts: facts(json, &http),
        method: http.method,
        url: http.url,
        status: http.status,
    }
}

fn exceptions(json: &Json) -> Vec<Exception> {
    let list = json.pointer("/cause/exceptions").and_then(Json::as_array);
    let read = |exception: &Json| Exception {
        kind: text_of(exception, "type").unwrap_or_default().to_string(),
        message: text_of(exception, "message")
            .unwrap_or_default()
            .to_string(),
    };
    list.into_iter().flatten().map(read).collect()
}

fn annotations(json: &Json) -> Vec<(String, Value)> {
    let object = json.get("annotations").and_then(Json::as_object);
    let pairs = object.into_iter().flatten();
    pairs
        .filter_map(|(key, value)| Some((key.clone(), scalar(value)?)))
        .collect()
}

fn scalar(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(text.as_str().into()),
        Json::Bool(bool) => Some((*bool).into()),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Some(int.into()),
            None => number.as_f64().map(Value::from),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn facts(json: &Json, http: &HttpFacts) -> Vec<(&'static str, String)> {
    let at = |pointer: &str| {
        let found = json.pointer(pointer).and_then(Json::as_str);
        found.map(str::to_string)
    };
    let all = [
        ("origin", at("/origin")),
        ("namespace", at("/namespace")),
        ("version", at("/service/version")),
        ("user", at("/user")),
        ("sampling rule", at("/aws/xray/sampling_rule_name")),
        ("sdk", at("/aws/xray/sdk")),
        ("operation", at("/aws/operation")),
        ("query", at("/sql/sanitized_query")),
        ("client", http.client_ip.clone()),
        ("user agent", http.user_agent.clone()),
    ];
    let set = all.into_iter();
    set.filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::MILLISECOND;
    use crate::model::trace_tree::Overhang;
    use serde_json::json;

    const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

    fn tree(documents: &[Json]) -> TraceTree {
        let documents: Vec<String> = documents.iter().map(Json::to_string).collect();
        segment_tree(TRACE, &documents, false)
    }

    fn document(id: &str, name: &str, from: f64, to: f64, more: Json) -> Json {
        let mut json = json!({
            "id": id, "name": name, "trace_id": TRACE,
            "start_time": 1000.0 + from, "end_time": 1000.0 + to,
        });
        for (key, value) in more.as_object().unwrap() {
            json[key] = value.clone();
        }
        json
    }

    fn outline(tree: &TraceTree) -> Vec<String> {
        let line = |piece: &Piece| format!("{}{}", "  ".repeat(piece.depth), piece.name);
        tree.pieces.iter().map(line).collect()
    }

    #[test]
    fn what_the_service_made_up_for_a_call_is_a_fact_of_the_call_and_no_second_bar() {
        let call = json!({"id": "b1", "name": "DynamoDB", "namespace": "aws", "start_time": 1000.1, "end_time": 1000.2});
        let documents = [
            document(
                "f1",
                "DynamoDB",
                0.1,
                0.2,
                json!({"inferred": true, "parent_id": "b1", "origin": "AWS::DynamoDB::Table"}),
            ),
            document("a1", "a", 0.0, 0.5, json!({"subsegments": [call]})),
            document(
                "f2",
                "lost",
                0.1,
                0.2,
                json!({"inferred": true, "parent_id": "ff"}),
            ),
        ];
        let tree = tree(&documents);
        assert_eq!(outline(&tree), ["a", "  DynamoDB", "lost"]);
        let fact = ("origin", "AWS::DynamoDB::Table".to_string());
        assert!(tree.pieces[1].facts.contains(&fact));
        assert_eq!(tree.pieces[2].kind, PieceKind::Inferred);
    }

    #[test]
    fn documents_of_any_order_make_one_tree_by_start() {
        let late = document("b1", "b", 0.3, 0.5, json!({"parent_id": "a2"}));
        let alone = document(
            "a3",
            "sent alone",
            0.25,
            0.28,
            json!({
                "parent_id": "a1", "type": "subsegment",
            }),
        );
        let root = document(
            "a1",
            "a",
            0.0,
            1.0,
            json!({"subsegments": [
                document("a2", "call b", 0.3, 0.6, json!({"namespace": "remote"})),
                document("a4", "first", 0.1, 0.2, json!({})),
            ]}),
        );
        let tree = tree(&[late, alone, root]);
        assert_eq!(
            outline(&tree),
            ["a", "  first", "  sent alone", "  call b", "    b"]
        );
        let services: Vec<&str> = tree.pieces.iter().map(|it| &*it.service).collect();
        assert_eq!(services, ["a", "a", "a", "a", "b"]);
        assert_eq!(tree.window.length(), 1000 * MILLISECOND);
        assert_eq!(tree.root().unwrap().name, "a");
        assert_eq!(tree.pieces[2].kind, PieceKind::SentAlone);
    }

    #[test]
    fn what_hangs_on_nothing_stands_at_the_top_and_says_so() {
        let orphan = json!({"parent_id": "ffff", "type": "subsegment"});
        let tree = tree(&[
            document("b1", "orphan", 0.0, 0.1, orphan),
            document("a1", "a", 0.1, 0.2, json!({})),
        ]);
        assert_eq!(outline(&tree), ["orphan", "a"]);
        assert_eq!(tree.pieces[0].missing_parent.as_deref(), Some("ffff"));
        assert_eq!(tree.root().unwrap().name, "a");
    }

    #[test]
    fn a_circle_is_cut_and_nothing_is_lost() {
        let tree = tree(&[
            document("a", "a", 0.0, 0.3, json!({"parent_id": "b"})),
            document("b", "b", 0.1, 0.2, json!({"parent_id": "a"})),
            document("c", "c", 0.2, 0.3, json!({"parent_id": "c"})),
        ]);
        assert_eq!(outline(&tree), ["c", "a", "  b"]);
        assert_eq!(tree.pieces[1].missing_parent.as_deref(), Some("b"));
    }

    #[test]
    fn a_finished_piece_replaces_the_one_in_progress_in_either_order() {
        let finished = document("a", "a", 0.0, 0.3, json!({"fault": true}));
        let open = json!({"id": "a", "name": "a", "start_time": 1000.0, "in_progress": true});
        for pair in [[finished.clone(), open.clone()], [open.clone(), finished]] {
            let tree = tree(&pair);
            assert_eq!(tree.pieces.len(), 1);
            assert!(tree.pieces[0].marks.fault && !tree.pieces[0].marks.partial);
        }
        assert!(tree(&[open]).pieces[0].marks.partial);
    }

    #[test]
    fn clocks_that_differ_are_measured() {
        let tree = tree(&[
            document("a", "a", 0.010, 0.100, json!({})),
            document("b", "b", 0.003, 0.105, json!({"parent_id": "a"})),
        ]);
        let found = tree.overhang(&tree.pieces[1]);
        let expected = Overhang {
            before: 7 * MILLISECOND,
            after: 5 * MILLISECOND,
        };
        assert_eq!(found, expected);
        assert_eq!(tree.overhang(&tree.pieces[0]), Overhang::default());
    }

    #[test]
    fn details_are_read_and_odd_ones_are_left_out() {
        let more = json!({
            "origin": "AWS::ECS::Container", "user": "andrew",
            "http": {"request": {"method": "GET", "url": "http://h/x"}, "response": {"status": 500}},
            "annotations": {"n": 3, "ok": true, "odd": [1]},
            "cause": {"exceptions": [{"type": "KeyError", "message": "'handle'"}]},
        });
        let tree = tree(&[document("a", "a", 0.0, 0.1, more)]);
        let piece = &tree.pieces[0];
        assert_eq!(piece.status, Some(500));
        assert_eq!(piece.annotations.len(), 2);
        assert_eq!(piece.exceptions[0].message, "'handle'");
        let origin = ("origin", "AWS::ECS::Container".to_string());
        assert_eq!(piece.facts, [origin, ("user", "andrew".to_string())]);
    }

    #[test]
    fn unreadable_documents_are_counted() {
        let found = segment_tree(TRACE, &["{".to_string(), "{}".to_string()], true);
        assert!(found.pieces.is_empty() && found.limit_exceeded);
        assert_eq!(found.n_unreadable, 2);
    }

    #[test]
    fn ten_thousand_pieces_inside_of_each_other_do_not_overflow_the_stack() {
        let documents: Vec<Json> = (0..10_000)
            .map(|i: u32| {
                let parent = json!({"parent_id": format!("{}", i.wrapping_sub(1))});
                document(&i.to_string(), "x", 0.0, 1.0, parent)
            })
            .collect();
        let tree = tree(&documents);
        assert_eq!(tree.pieces.last().unwrap().depth, 9_999);
    }
}
