//! One trace as a waterfall in a standalone SVG, readable on bright and dark pages alike.

use std::fmt::Write as _;

use super::axis::Unit;
use super::clock::{date_and_time, duration, time_of_day};
use super::sheet::{self, CHARACTER, SMALL_CHARACTER, class, escaped, text, word};
use super::text::{clipped, folded, printable};
use super::waterfall::{Frame, LINES, SEGMENTS, SPANS, letter, letters, round};
use super::waterfall_choice::{Shown, labels, shown};
use super::waterfall_lines::{Place, place_of, since_start, verdict_of_line, without_id};
use super::waterfall_notes::notes;
use crate::model::three_lenses::{ThreeLenses, TraceLine};
use crate::model::time::Window;
use crate::model::trace_summary::{Verdict, path_of};
use crate::model::trace_tree::{Piece, TraceTree};
use crate::model::width::cell_width;

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

/// Draws the request: for each lens a line for each piece, with its place on one time axis, what is odd about
/// them, and what is missing.
///
/// Letters beside the colours say the same as they do. Each bar has its numbers as a `<title>`, which
/// browsers show under the pointer.
pub fn waterfall_svg(lenses: &ThreeLenses, frame: &Frame) -> String {
    let sheet = Sheet {
        lenses,
        window: lenses.window(),
        frame,
    };
    let rows = sheet.rows();
    let bottom = TOP + rows.iter().map(Row::height).sum::<f64>();
    let height = bottom + 56.0;

    let mut svg = String::new();
    let title = format!("Trace {}", printable(&lenses.trace_id));
    sheet::open(&mut svg, (WIDTH, height), &title, &sheet.description());
    text(&mut svg, SIDE, 60.0, "s", &sheet.request());
    let start = date_and_time(sheet.window.start, frame.zone);
    text(&mut svg, WIDTH - SIDE, 36.0, "e", &start);
    sheet.axis(&mut svg, bottom);
    let mut y = TOP;
    for row in &rows {
        match row {
            Row::Piece(piece) => sheet.piece_row(&mut svg, piece, y),
            Row::Line(line) => sheet.line_row(&mut svg, line, y),
            Row::Title(title, place) => {
                let base = y + ROW;
                text(&mut svg, SIDE, base, "n", title);
                // Loud letters are wider.
                let x = SIDE + cell_width(title) as f64 * (CHARACTER + 1.0) + 10.0;
                text(&mut svg, x, base, "t", &printable(place));
            }
            Row::Words(depth, words, class) => {
                text(&mut svg, SIDE + indent(*depth), y + 12.0, class, words);
            }
        }
        y += row.height();
    }
    y = bottom + 28.0;
    sheet::legend(&mut svg, SIDE, y, &sheet.verdicts());
    svg.push_str("</svg>\n");
    svg
}

struct Sheet<'t> {
    lenses: &'t ThreeLenses,
    window: Window,
    frame: &'t Frame,
}

/// A piece that is drawn, and what it is called.
struct Drawn<'t> {
    tree: &'t TraceTree,
    shown: Shown,
    piece: &'t Piece,
    label: String,
}

/// A line of the drawing.
enum Row<'t> {
    Piece(Drawn<'t>),
    Line(&'t TraceLine),
    /// A lens, and where it was asked.
    Title(&'static str, &'t str),
    /// How deep it stands, its words, and their class.
    Words(usize, String, String),
}

impl Row<'_> {
    fn height(&self) -> f64 {
        match self {
            Row::Piece(..) | Row::Line(..) => ROW,
            Row::Title(..) => ROW + 8.0,
            Row::Words(..) => SMALL_ROW,
        }
    }
}

impl<'t> Sheet<'t> {
    fn rows(&self) -> Vec<Row<'t>> {
        let mut rows = Vec::new();
        for (title, view) in [
            (SPANS, &self.lenses.spans),
            (SEGMENTS, &self.lenses.segments),
        ] {
            rows.push(Row::Title(title, &view.place));
            if let Some(tree) = &view.found {
                self.tree_rows(tree, &mut rows);
                rows.extend(notes(tree).iter().flat_map(|note| words_rows(note)));
            }
            rows.extend(view.losses.iter().flat_map(|loss| words_rows(loss)));
        }
        let view = &self.lenses.lines;
        rows.push(Row::Title(LINES, &view.place));
        let lines = view.found.as_deref().unwrap_or_default();
        let most = self.frame.most_pieces;
        for line in lines.iter().take(most) {
            rows.push(Row::Line(line));
            rows.extend(words_rows(&without_id(
                &line.message,
                &self.lenses.trace_id,
            )));
        }
        if lines.len() > most {
            let words = format!("and {} more, see --limit", lines.len() - most);
            rows.push(Row::Words(1, words, "t".to_string()));
        }
        rows.extend(view.losses.iter().flat_map(|loss| words_rows(loss)));
        rows
    }

    fn tree_rows(&self, tree: &'t TraceTree, rows: &mut Vec<Row<'t>>) {
        let quiet = || "t".to_string();
        let labels = labels(tree);
        for shown in shown(tree, self.frame.most_pieces) {
            let (Some(piece), Some(label)) =
                (tree.pieces.get(shown.piece), labels.get(shown.piece))
            else {
                continue;
            };
            if shown.n_hidden > 0 {
                let words = format!("and {} more, see --limit", shown.n_hidden);
                rows.push(Row::Words(shown.depth, words, quiet()));
                continue;
            }
            rows.push(Row::Piece(Drawn {
                tree,
                shown,
                piece,
                label: label.clone(),
            }));
            let below = shown.depth + 1;
            let room = WIDTH - 2.0 * SIDE - indent(below);
            let fits =
                |words: &str| clipped(&printable(words), (room / SMALL_CHARACTER) as usize, '…');
            for exception in &piece.exceptions {
                let words = fits(&format!("{}: {}", exception.kind, exception.message));
                let class = format!("t {}", class(Verdict::Fault));
                rows.push(Row::Words(below, words, class));
            }
            if self.frame.has_details {
                let facts = piece.facts.iter();
                let facts = facts.map(|(name, text)| format!("{name}: {text}"));
                let annotations = piece.annotations.iter();
                let annotations = annotations.map(|(key, value)| format!("{key} = {value}"));
                let id = std::iter::once(format!("id: {}", piece.id));
                let mut line = String::new();
                for words in id.chain(facts).chain(annotations) {
                    let words = fits(&words);
                    let longer = cell_width(&line) + 3 + cell_width(&words);
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
    }

    fn request(&self) -> String {
        let mut words = Vec::new();
        if let Some(root) = self.lenses.root() {
            let path = root.url.as_deref().map(|url| printable(path_of(url)));
            let path = path.map(|path| clipped(&path, 80, '…'));
            let request = [root.method.as_deref().map(printable), path];
            let request: Vec<String> = request.into_iter().flatten().collect();
            words.push(request.join(" "));
            words.extend(root.status.map(|status| status.to_string()));
        }
        words.push(latency(self.window.length()));
        words.retain(|word| !word.is_empty());
        words.join(" · ")
    }

    fn description(&self) -> String {
        const MOST: usize = 50;
        let mut parts = Vec::new();
        for (title, view) in [
            (SPANS, &self.lenses.spans),
            (SEGMENTS, &self.lenses.segments),
        ] {
            let pieces = view.found.iter().flat_map(|tree| &tree.pieces);
            let mut words: Vec<String> = pieces
                .clone()
                .take(MOST)
                .map(|piece| self.words_of(piece))
                .collect();
            let n_more = pieces.count().saturating_sub(MOST);
            if n_more > 0 {
                words.push(format!("And {n_more} more"));
            }
            words.extend(view.losses.iter().map(|loss| printable(loss)));
            parts.push(format!("{title}: {}", words.join(". ")));
        }
        let view = &self.lenses.lines;
        let n_lines = view.found.as_ref().map_or(0, Vec::len);
        let losses: Vec<String> = view.losses.iter().map(|loss| printable(loss)).collect();
        parts.push(format!("{LINES}: {n_lines}. {}", losses.join(". ")));
        format!("{}. {}", self.request(), parts.join(". "))
    }

    fn words_of(&self, piece: &Piece) -> String {
        let since = piece.start.saturating_sub(self.window.start);
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

    fn verdicts(&self) -> Vec<Verdict> {
        let pieces = self.lenses.trees().flat_map(|tree| &tree.pieces);
        let mut verdicts: Vec<Verdict> = pieces.map(|piece| piece.marks.verdict()).collect();
        verdicts.sort_unstable();
        verdicts.dedup();
        verdicts
    }

    /// Returns where a time since the start lies.
    fn place(&self, since: i64) -> f64 {
        let share = since.max(0) as f64 / self.window.length().max(1) as f64;
        LEFT + share.min(1.0) * AXIS
    }

    fn axis(&self, svg: &mut String, bottom: f64) {
        let length = self.window.length().max(1);
        // One label for every hundred units, each at a round time.
        let step = round(length, (AXIS / 100.0) as i64);
        for idx in 0.. {
            let moment = step.saturating_mul(idx);
            if moment > length {
                break;
            }
            let x = self.place(moment);
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

    fn piece_row(&self, svg: &mut String, drawn: &Drawn<'_>, y: f64) {
        let Drawn {
            tree,
            shown,
            piece,
            label,
        } = drawn;
        let verdict = piece.marks.verdict();
        let mut words = self.words_of(piece);
        if let Some(url) = &piece.url {
            words = format!("{words}, {}", printable(url));
        }
        let _ = writeln!(svg, "<g><title>{}</title>", escaped(&words));
        if piece.kind.is_entry() {
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
        let mut name = label.clone();
        if shown.depth > MOST_INDENTS {
            name = format!("({}) {name}", shown.depth);
        }
        let room = ((LETTERS - 14.0 - x) / CHARACTER) as usize;
        let name_class = if piece.kind.is_entry() { "n" } else { "s" };
        text(svg, x, base, name_class, &clipped(&name, room, '…'));
        let loud = format!("n e {}", class(verdict));
        let letters = letters(piece, tree.overhang(piece));
        if !letters.is_empty() {
            text(svg, LETTERS, base, &loud, &letters);
        }
        if let Some(status) = piece.status {
            text(svg, STATUS, base, &loud, &status.to_string());
        }
        self.bar(svg, piece, middle);
        svg.push_str("</g>\n");
    }

    fn bar(&self, svg: &mut String, piece: &Piece, middle: f64) {
        let since = |moment: i64| self.place(moment.saturating_sub(self.window.start));
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
        let long = cell_width(&label) as f64 * SMALL_CHARACTER;
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

    // When, how long after the beginning, and a mark there; what it says stands below.
    fn line_row(&self, svg: &mut String, line: &TraceLine, y: f64) {
        let after = since_start(line, self.window);
        let time = time_of_day(line.time, self.frame.zone);
        let verdict = verdict_of_line(&line.message);
        let middle = y + ROW / 2.0;
        let (base, loud) = (middle + 4.5, format!("n e {}", class(verdict)));
        let x = match place_of(line, self.window) {
            Place::Before => LEFT,
            Place::After => RIGHT,
            Place::At(since) => self.place(since),
        };
        let words = format!(
            "{time}, {after} after the start: {}",
            printable(&line.message)
        );
        let _ = writeln!(svg, "<g><title>{}</title>", escaped(&words));
        text(svg, SIDE, base, "s", &time);
        text(svg, LETTERS, base, &loud, letter(verdict));
        let mark = format!("M{x:.1} {:.1}l5 6l-5 6l-5 -6z", middle - 6.0);
        let _ = writeln!(svg, "<path class=\"{}\" d=\"{mark}\"/>", class(verdict));
        // Beside the mark, on the side where there is room.
        if x < LEFT + AXIS / 2.0 {
            text(svg, x + 9.0, middle + 4.0, "t k", &after);
        } else {
            text(svg, x - 9.0, middle + 4.0, "t e k", &after);
        }
        svg.push_str("</g>\n");
    }
}

fn indent(depth: usize) -> f64 {
    depth.min(MOST_INDENTS) as f64 * INDENT
}

/// Returns a sentence in as many rows as it takes.
fn words_rows(sentence: &str) -> Vec<Row<'static>> {
    let room = (WIDTH - 2.0 * SIDE - indent(1)) / SMALL_CHARACTER;
    let folded = folded(&printable(sentence), room as usize);
    let row = |words| Row::Words(1, words, "t".to_string());
    folded.into_iter().map(row).collect()
}

fn latency(ns: i64) -> String {
    Unit::Milliseconds.quantity(ns as f64 / 1e6)
}

#[cfg(test)]
#[path = "waterfall_svg_tests.rs"]
mod tests;
