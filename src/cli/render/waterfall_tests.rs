use super::*;
use crate::model::time::{SECOND, Window};
use crate::model::trace_summary::Marks;
use crate::model::trace_tree::{Exception, PieceKind, TraceTree};
use crate::model::width::cell_width;

pub(in super::super) const FRAME: Frame = Frame {
    zone: Zone::UTC,
    has_details: false,
    most_pieces: 200,
};

pub(in super::super) fn piece(
    name: &str,
    parent: Option<usize>,
    depth: usize,
    from: i64,
    to: Option<i64>,
) -> Piece {
    Piece {
        id: "70de5b6f19ff9a0a".to_string(),
        parent,
        missing_parent: None,
        depth,
        name: name.to_string(),
        service: "backend-flask".to_string(),
        kind: if depth == 0 {
            PieceKind::Segment
        } else {
            PieceKind::Subsegment
        },
        start: from * MILLISECOND,
        end: to.map(|to| to * MILLISECOND),
        marks: Marks {
            partial: to.is_none(),
            ..Marks::default()
        },
        method: None,
        url: None,
        status: None,
        exceptions: Vec::new(),
        annotations: Vec::new(),
        facts: Vec::new(),
    }
}

pub(in super::super) fn tree(pieces: Vec<Piece>, length_ms: i64) -> TraceTree {
    TraceTree {
        trace_id: "1-5759e988-bd862e3fe1be46a994272793".to_string(),
        window: Window {
            start: 0,
            end: length_ms * MILLISECOND,
        },
        pieces,
        limit_exceeded: false,
        n_unreadable: 0,
    }
}

/// Returns a request of which only X-Ray knows.
pub(in super::super) fn only(tree: TraceTree) -> ThreeLenses {
    fn view<T>(place: &str, found: Option<T>, loss: &str) -> View<T> {
        View {
            place: place.to_string(),
            losses: match found {
                Some(_) => Vec::new(),
                None => vec![loss.to_string()],
            },
            found,
        }
    }
    ThreeLenses {
        trace_id: tree.trace_id.clone(),
        spans: view("Honeycomb", None, "no span in any dataset has this id"),
        segments: view("X-Ray", Some(tree), ""),
        lines: view("CloudWatch Logs, group cruddur", None, "no log line"),
    }
}

#[test]
fn a_small_trace_is_drawn_in_its_place() {
    let mut root = piece("backend-flask", None, 0, 0, Some(100));
    root.method = Some("GET".to_string());
    root.url = Some("http://h/api/activities/home".to_string());
    root.status = Some(500);
    root.marks.fault = true;
    root.exceptions.push(Exception {
        kind: "KeyError".to_string(),
        message: "'handle'\u{1b}[2J".to_string(),
    });
    let pieces = vec![
        root,
        piece("mock-data", Some(0), 1, 50, Some(75)),
        piece("later", Some(0), 1, 75, None),
    ];
    assert_eq!(
        waterfall(&only(tree(pieces, 100)), &FRAME, &Terminal::plain(73)),
        "trace 1-5759e988-bd862e3fe1be46a994272793
GET  /api/activities/home  500  100 ms  1970-01-01 00:00:00.000

                                 0                   50 ms
spans  Honeycomb
  no span in any dataset has this id

segments  X-Ray
backend-flask F   500     100 ms ========================================
  KeyError: 'handle'\\u{1b}[2J
` mock-data                25 ms                     ==========
` later       .             open                               ----------

log lines  CloudWatch Logs, group cruddur
  no log line
"
    );
}

/// Returns a request that all three lenses know.
pub(in super::super) fn three() -> ThreeLenses {
    let mut span = piece("GET /api/activities/home", None, 0, 0, Some(100));
    (span.kind, span.method) = (PieceKind::EntrySpan, Some("GET".to_string()));
    (span.url, span.status) = (Some("/api/activities/home".to_string()), Some(200));
    let mut inner = piece("home-activities-mock-data", Some(0), 1, 20, Some(60));
    inner.kind = PieceKind::Span;
    let line = |ms: i64, message: &str| TraceLine {
        time: ms * MILLISECOND,
        stream: "s".to_string(),
        message: message.to_string(),
    };
    let mut lenses = only(tree(vec![piece("backend-flask", None, 0, 1, Some(99))], 99));
    lenses.spans.found = Some(tree(vec![span, inner], 100));
    lenses.spans.losses = vec!["parent missing: span 53995c3f42cd8ad8 of GET /api/activities/home is not there: its caller exports no spans, or they were lost".to_string()];
    lenses.lines.losses.clear();
    lenses.lines.found = Some(vec![
        line(
            20,
            "HomeActivities trace_id=5759e988bd862e3fe1be46a994272793",
        ),
        line(
            100,
            "[1970-Jan-01 00:00] 127.0.0.1 GET http /api/activities/home? 200 OK trace_id=5759e988bd862e3fe1be46a994272793",
        ),
        line(2_500, "ERROR after the fact"),
    ]);
    lenses
}

#[test]
fn three_lenses_share_one_axis() {
    assert_eq!(
        waterfall(&three(), &FRAME, &Terminal::plain(80)),
        "\
trace 1-5759e988-bd862e3fe1be46a994272793
GET  /api/activities/home  200  100 ms  1970-01-01 00:00:00.000

                                               0               50 ms
spans  Honeycomb
GET /api/activities/home        200     100 ms =================================
` home-activities-mock-data              40 ms       ==============
  parent missing: span 53995c3f42cd8ad8 of GET /api/activities/home is not
  there: its caller exports no spans, or they were lost

segments  X-Ray
backend-flask                            98 ms =================================

log lines  CloudWatch Logs, group cruddur
00:00:00.020                             20 ms       *
  HomeActivities
00:00:00.100                            100 ms                                 *
  [1970-Jan-01 00:00] 127.0.0.1 GET http /api/activities/home? 200 OK
00:00:02.500                F          2500 ms                                 >
  ERROR after the fact
"
    );
}

#[test]
fn of_several_services_each_span_that_entered_one_says_which() {
    let mut pieces = vec![
        piece("GET /a", None, 0, 0, Some(10)),
        piece("GET /b", Some(0), 1, 2, Some(8)),
        piece("select", Some(1), 2, 3, Some(4)),
    ];
    for piece in &mut pieces {
        piece.kind = PieceKind::EntrySpan;
    }
    pieces[2].kind = PieceKind::Span;
    assert_eq!(
        labels(&tree(pieces.clone(), 10)),
        ["GET /a", "GET /b", "select"]
    );
    pieces[1].service = "messages".to_string();
    assert_eq!(
        labels(&tree(pieces, 10)),
        ["backend-flask: GET /a", "messages: GET /b", "select"]
    );
}

#[test]
fn bars_lie_within_the_axis_and_no_line_is_wider_than_the_terminal() {
    for width in [20, 60, 61, 80, 120, 200] {
        for unicode in [false, true] {
            let terminal = Terminal {
                unicode,
                ..Terminal::plain(width)
            };
            for length in [0, 1, 7, 1000] {
                let pieces = (0..40)
                    .map(|i| {
                        let parent = (i > 0).then(|| i - 1);
                        let start = length * i as i64 / 40;
                        piece(&"x".repeat(i * 3), parent, i, start, Some(length))
                    })
                    .collect();
                let text = waterfall(&only(tree(pieces, length)), &FRAME, &terminal);
                for line in text.lines() {
                    assert!(cell_width(line) <= width.max(60), "{width}: {line}");
                }
                let n_bars = text
                    .lines()
                    .filter(|line| line.ends_with(['=', '━', '╸', '╺']));
                assert_eq!(n_bars.count(), 40, "{width} {length}\n{text}");
            }
        }
    }
}

#[test]
fn of_too_many_pieces_the_bad_and_the_longest_stay_and_all_are_counted() {
    let mut pieces = vec![piece("root", None, 0, 0, Some(20_000))];
    pieces.extend((0..10_000).map(|i| piece(&format!("p{i}"), Some(0), 1, i, Some(i + 1))));
    pieces[7_001].marks.fault = true;
    let tree = tree(pieces, 20_000);
    let frame = Frame {
        most_pieces: 5,
        ..FRAME
    };
    let lines = shown(&tree, 5);
    let n_drawn = lines.iter().filter(|line| line.n_hidden == 0).count();
    let n_hidden: usize = lines.iter().map(|line| line.n_hidden).sum();
    assert_eq!((n_drawn, n_hidden), (5, 9_996));
    let text = waterfall(&only(tree), &frame, &Terminal::plain(80));
    assert!(
        text.contains("p7000 ") && text.contains(" more, see --limit"),
        "{text}"
    );
    assert!(text.lines().count() < 25, "{text}");
}

#[test]
fn what_is_odd_is_said() {
    let mut lost = piece("lost", None, 0, 0, Some(10));
    lost.kind = PieceKind::SentAlone;
    lost.missing_parent = Some("ffff".to_string());
    let early = piece("early", Some(1), 1, 5, Some(90));
    let pieces = vec![lost, piece("root", None, 0, 20, Some(80)), early];
    let text = waterfall(&only(tree(pieces, 90)), &FRAME, &Terminal::plain(80));
    for said in [
        "lost: what it is inside of, ffff, is not there",
        "! early: begins 15 ms before what it is inside of; their clocks differ",
        "subsegments that were sent on their own: 1",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn steps_of_the_axis_are_round_and_few_enough() {
    assert_eq!(round(42 * MILLISECOND, 5), 10 * MILLISECOND);
    for length in [1, 999, SECOND, i64::MAX] {
        assert!(length / round(length, 4) <= 4, "{length}");
    }
}
