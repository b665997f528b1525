//! One trace as a waterfall in a standalone SVG, readable on bright and dark pages alike.

use std::fmt::Write as _;

use super::axis::Unit;
use super::clock::{date_and_time, duration};
use super::sheet::{self, CHARACTER, SMALL_CHARACTER, class, escaped, text, word};
use super::text::{clipped, printable};
use super::waterfall::{Frame, letters, round};
use super::waterfall_choice::{Shown, shown};
use super::waterfall_notes::notes;
use crate::model::segment_tree::{Piece, SegmentTree};
use crate::model::trace_summary::{Verdict, path_of};

const WIDTH: f64 = 1040.0;
const SIDE: f64 = 24.0;
/// Where the time axis begins and ends.
const LEFT: f64 = 372.0;
const RIGHT: f64 = WIDTH - SIDE - 16.0;
const AXIS: f64 = RIGHT - LEFT;
/// The ends of the columns of status and letters.
const STATUS: f64 = LEFT - 16.0;
const LETTERS: f64 = STATUS - 42.0;
/// The first line begins here.
const TOP: f64 = 104.0;
const ROW: f64 = 26.0;
const SMALL_ROW: f64 = 18.0;
const BAR: f64 = 13.0;
/// How far what is inside stands to the right; deeper than the last of these, depth is said and not drawn.
const INDENT: f64 = 14.0;
const MOST_INDENTS: usize = 10;

/// Draws the trace: a line for each piece with a bar in its place on one time axis, and what is odd about it.
///
/// Letters beside the colours say the same as they do. Each bar has its numbers as a `<title>`, which
/// browsers show under the pointer.
pub fn waterfall_svg(tree: &SegmentTree, frame: &Frame) -> String {
    let rows = rows(tree, frame);
    let notes = notes(tree);
    let bottom = TOP + rows.iter().map(Row::height).sum::<f64>();
    let height = bottom + 56.0 + notes.len() as f64 * SMALL_ROW;

    let mut svg = String::new();
    let title = format!("Trace {}", printable(&tree.trace_id));
    sheet::open(&mut svg, (WIDTH, height), &title, &description(tree));
    text(&mut svg, SIDE, 60.0, "s", &request(tree));
    let start = date_and_time(tree.window.start, frame.utc_offset_seconds);
    text(&mut svg, WIDTH - SIDE, 36.0, "e", &start);
    axis(&mut svg, tree, bottom);
    let mut y = TOP;
    for row in &rows {
        match row {
            Row::Piece(shown, piece) => piece_row(&mut svg, tree, shown, piece, y),
            Row::Words(depth, words, class) => {
                text(&mut svg, SIDE + indent(*depth), y + 12.0, class, words);
            }
        }
        y += row.height();
    }
    y = bottom + 28.0;
    let verdicts = verdicts(tree);
    sheet::legend(&mut svg, SIDE, y, &verdicts);
    for note in &notes {
        y += SMALL_ROW;
        text(&mut svg, SIDE, y + 4.0, "t", note);
    }
    svg.push_str("</svg>\n");
    svg
}

/// A line of the drawing.
enum Row<'t> {
    Piece(Shown, &'t Piece),
    /// How deep it stands, its words, and their class.
    Words(usize, String, String),
}

impl Row<'_> {
    fn height(&self) -> f64 {
        match self {
            Row::Piece(..) => ROW,
            Row::Words(..) => SMALL_ROW,
        }
    }
}

fn rows<'t>(tree: &'t SegmentTree, frame: &Frame) -> Vec<Row<'t>> {
    let mut rows = Vec::new();
    let quiet = || "t".to_string();
    for shown in shown(tree, frame.most_pieces) {
        let Some(piece) = tree.pieces.get(shown.piece) else {
            continue;
        };
        if shown.n_hidden > 0 {
            let words = format!("and {} more, see --limit", shown.n_hidden);
            rows.push(Row::Words(shown.depth, words, quiet()));
            continue;
        }
        rows.push(Row::Piece(shown, piece));
        let below = shown.depth + 1;
        let room = WIDTH - 2.0 * SIDE - indent(below);
        let fits = |words: &str| clipped(&printable(words), (room / SMALL_CHARACTER) as usize, '…');
        for exception in &piece.exceptions {
            let words = fits(&format!("{}: {}", exception.kind, exception.message));
            let class = format!("t {}", class(Verdict::Fault));
            rows.push(Row::Words(below, words, class));
        }
        if frame.has_details {
            let facts = piece.facts.iter();
            let facts = facts.map(|(name, text)| format!("{name}: {text}"));
            let annotations = piece.annotations.iter();
            let annotations = annotations.map(|(key, value)| format!("{key} = {value}"));
            let id = std::iter::once(format!("id: {}", piece.id));
            let mut line = String::new();
            for words in id.chain(facts).chain(annotations) {
                let words = fits(&words);
                let longer = line.chars().count() + 3 + words.chars().count();
                if !line.is_empty() && longer as f64 * SMALL_CHARACTER > room {
                    let full = std::mem::take(&mut line);
                    rows.push(Row::Words(below, full, quiet()));
                }
                if !line.is_empty() {
                    line.push_str(" · ");
                }
                line.push_str(&words);
            }
            rows.push(Row::Words(below, line, quiet()));
        }
    }
    rows
}

fn indent(depth: usize) -> f64 {
    depth.min(MOST_INDENTS) as f64 * INDENT
}

fn request(tree: &SegmentTree) -> String {
    let mut words = Vec::new();
    if let Some(root) = tree.root() {
        let path = root.url.as_deref().map(|url| printable(path_of(url)));
        let path = path.map(|path| clipped(&path, 80, '…'));
        let request = [root.method.as_deref().map(printable), path];
        let request: Vec<String> = request.into_iter().flatten().collect();
        words.push(request.join(" "));
        words.extend(root.status.map(|status| status.to_string()));
    }
    words.push(latency(tree.window.length()));
    words.retain(|word| !word.is_empty());
    words.join(" · ")
}

fn latency(ns: i64) -> String {
    Unit::Milliseconds.quantity(ns as f64 / 1e6)
}

fn description(tree: &SegmentTree) -> String {
    const MOST: usize = 50;
    let pieces = tree.pieces.iter().take(MOST);
    let pieces: Vec<String> = pieces.map(|piece| words_of(tree, piece)).collect();
    let more = match tree.pieces.len().saturating_sub(MOST) {
        0 => String::new(),
        n => format!(" And {n} more."),
    };
    format!("{}. {}.{more}", request(tree), pieces.join(". "))
}

fn words_of(tree: &SegmentTree, piece: &Piece) -> String {
    let since = piece.start.saturating_sub(tree.window.start);
    let took = match piece.duration() {
        Some(ns) => format!("took {}", latency(ns)),
        None => "in progress".to_string(),
    };
    let mut words = vec![
        printable(&piece.name),
        format!("at {}", latency(since)),
        took,
    ];
    words.extend(piece.status.map(|status| format!("status {status}")));
    let verdict = piece.marks.verdict();
    if !matches!(verdict, Verdict::Ok | Verdict::Open) {
        words.push(word(verdict).to_string());
    }
    words.join(", ")
}

fn verdicts(tree: &SegmentTree) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    for piece in &tree.pieces {
        let verdict = piece.marks.verdict();
        if !verdicts.contains(&verdict) {
            verdicts.push(verdict);
        }
    }
    verdicts.sort_unstable();
    verdicts
}

/// Returns where a time since the start lies.
fn place(tree: &SegmentTree, since: i64) -> f64 {
    let share = since.max(0) as f64 / tree.window.length().max(1) as f64;
    LEFT + share.min(1.0) * AXIS
}

fn axis(svg: &mut String, tree: &SegmentTree, bottom: f64) {
    let length = tree.window.length().max(1);
    // One label for every hundred units, each at a round time.
    let step = round(length, (AXIS / 100.0) as i64);
    for idx in 0.. {
        let moment = step.saturating_mul(idx);
        if moment > length {
            break;
        }
        let x = place(tree, moment);
        let _ = writeln!(
            svg,
            "<path class=\"r\" d=\"M{x:.1} {:.1}V{bottom:.1}\"/>",
            TOP - 8.0
        );
        let label = match idx {
            0 => "0".to_string(),
            _ => duration(moment),
        };
        text(svg, x, TOP - 15.0, "t m", &label);
    }
}

fn piece_row(svg: &mut String, tree: &SegmentTree, shown: &Shown, piece: &Piece, y: f64) {
    let verdict = piece.marks.verdict();
    let mut words = words_of(tree, piece);
    if let Some(url) = &piece.url {
        words = format!("{words}, {}", printable(url));
    }
    let _ = writeln!(svg, "<g><title>{}</title>", escaped(&words));
    if piece.kind.is_segment() {
        // A band for each service's own segment.
        let _ = writeln!(
            svg,
            "<rect class=\"p\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{ROW}\" rx=\"5\"/>",
            SIDE - 8.0,
            WIDTH - 2.0 * SIDE + 16.0
        );
    }
    let middle = y + ROW / 2.0;
    let base = middle + 4.5;
    let x = SIDE + indent(shown.depth);
    if shown.depth > 0 {
        let _ = writeln!(
            svg,
            "<path class=\"o\" d=\"M{:.1} {:.1}v7.5h6\"/>",
            x - 9.0,
            middle - 7.5
        );
    }
    let mut name = printable(&piece.name);
    if shown.depth > MOST_INDENTS {
        name = format!("({}) {name}", shown.depth);
    }
    let room = ((LETTERS - 14.0 - x) / CHARACTER) as usize;
    let name_class = if piece.kind.is_segment() { "n" } else { "s" };
    text(svg, x, base, name_class, &clipped(&name, room, '…'));
    let loud = format!("n e {}", class(verdict));
    let letters = letters(piece, tree.overhang(piece));
    if !letters.is_empty() {
        text(svg, LETTERS, base, &loud, &letters);
    }
    if let Some(status) = piece.status {
        text(svg, STATUS, base, &loud, &status.to_string());
    }
    bar(svg, tree, piece, middle);
    svg.push_str("</g>\n");
}

fn bar(svg: &mut String, tree: &SegmentTree, piece: &Piece, middle: f64) {
    let since = |moment: i64| place(tree, moment.saturating_sub(tree.window.start));
    let (start, end) = (since(piece.start), piece.end.map_or(RIGHT, since));
    // An instant is drawn too, inside of the axis.
    let width = (end - start).max(2.0);
    let start = start.min(RIGHT - width);
    let class = class(piece.marks.verdict());
    let y = middle - BAR / 2.0;
    let shape =
        format!("x=\"{start:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"3\"");
    let _ = match piece.end {
        Some(_) => writeln!(svg, "<rect class=\"{class}\" {shape}/>"),
        None => writeln!(
            svg,
            "<rect class=\"l{class}\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\" {shape}/>"
        ),
    };
    let label = piece.duration().map_or("open".to_string(), latency);
    let long = label.chars().count() as f64 * SMALL_CHARACTER;
    let base = middle + 4.0;
    if start + width + 8.0 + long <= WIDTH - SIDE {
        text(svg, start + width + 6.0, base, "t k", &label);
    } else if start - 8.0 - long >= LEFT {
        text(svg, start - 6.0, base, "t e k", &label);
    } else {
        // No room beside it: the bar fills the axis.
        let inside = if piece.end.is_some() { "t e i" } else { "t e" };
        text(svg, start + width - 6.0, base, inside, &label);
    }
}

#[cfg(test)]
mod tests {
    use super::super::waterfall::tests::{FRAME, piece, tree};
    use super::*;
    use crate::model::segment_tree::Exception;

    #[test]
    fn every_piece_has_a_bar_in_its_place_and_its_numbers_in_words() {
        let mut root = piece("backend-flask", None, 0, 0, Some(100));
        root.status = Some(500);
        root.marks.fault = true;
        root.exceptions.push(Exception {
            kind: "KeyError".to_string(),
            message: "'<handle>'".to_string(),
        });
        let child = piece("DynamoDB", Some(0), 1, 25, Some(75));
        let open = piece("later", Some(0), 1, 90, None);
        let svg = waterfall_svg(&tree(vec![root, child, open], 100), &FRAME);
        assert!(
            svg.contains("<title>DynamoDB, at 25 ms, took 50 ms</title>"),
            "{svg}"
        );
        assert!(svg.contains("KeyError: '&lt;handle&gt;'"), "{svg}");
        let x = LEFT + AXIS / 4.0;
        let bar = format!("<rect class=\"vo\" x=\"{x:.1}\"");
        assert!(svg.contains(&bar), "{svg}");
        assert!(svg.contains(">open</text>") && svg.contains("stroke-dasharray"));
        assert!(svg.contains("status 500, fault"), "{svg}");
    }

    #[test]
    fn a_chain_of_hundreds_stays_inside_of_the_page() {
        let chain = (0..300)
            .map(|depth: usize| piece("x", depth.checked_sub(1), depth, depth as i64, Some(300)));
        let svg = waterfall_svg(&tree(chain.collect(), 300), &FRAME);
        assert!(svg.contains("(150) x"), "{svg}");
        let number = |text: &str| text.split('"').next().unwrap().parse::<f64>().unwrap();
        let places = svg.split(" x=\"").skip(1).map(number);
        assert!(places.clone().count() > 500);
        for x in places {
            assert!((0.0..WIDTH).contains(&x), "{x}");
        }
    }

    #[test]
    fn an_empty_trace_is_drawn() {
        let svg = waterfall_svg(&tree(Vec::new(), 0), &FRAME);
        assert!(svg.ends_with("</svg>\n"), "{svg}");
    }
}
