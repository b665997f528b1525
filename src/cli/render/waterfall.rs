//! One request as a waterfall, lens below lens: spans and segments as trees, each piece with a bar in its place,
//! and log lines as marks, all on one time axis.

use super::clock::{date_and_time, duration, time_of_day};
use super::palette::Paint;
use super::terminal::Terminal;
use super::text::{Ink, Line, clipped, folded, milliseconds, printable};
use super::waterfall_choice::{Shown, labels, shown};
use super::waterfall_lines::{Place, place_of, since_start, verdict_of_line, without_id};
use super::waterfall_notes::notes;
use crate::model::three_lenses::{ThreeLenses, TraceLine, View};
use crate::model::time::{MILLISECOND, Window};
use crate::model::trace_summary::{Verdict, path_of};
use crate::model::trace_tree::{Overhang, Piece, TraceTree};
use crate::model::width::cell_width;
use crate::model::zone::Zone;

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Whose clock is shown.
    pub zone: Zone,
    /// Whether annotations, ids and origins are shown.
    pub has_details: bool,
    /// Of each lens, more pieces than this are counted instead of drawn.
    pub most_pieces: usize,
}

/// What the lenses are called.
pub(super) const SPANS: &str = "spans";
pub(super) const SEGMENTS: &str = "segments";
pub(super) const LINES: &str = "log lines";

const NARROWEST: usize = 60;
/// A time of day with milliseconds.
const CLOCK: usize = 12;
/// Marks, status and duration, with the blanks around them.
const MIDDLE: usize = 4 + 5 + 11;

/// Draws the request: a heading, an axis, and for each lens a line for each piece, what is odd about them, and
/// what is missing.
///
/// Marks are letters beside the colours: F fault, T throttle, E error, . in progress, ! outside its
/// parent. No line is wider than the terminal, or than 60 columns if that is narrower.
pub fn waterfall(lenses: &ThreeLenses, frame: &Frame, terminal: &Terminal) -> String {
    let picture = Picture::new(lenses, frame, terminal);
    let mut lines = picture.heading();
    lines.push(picture.axis());
    lines.extend(picture.trees(SPANS, &lenses.spans));
    lines.push(Line::new());
    lines.extend(picture.trees(SEGMENTS, &lenses.segments));
    lines.push(Line::new());
    lines.extend(picture.log_lines(&lenses.lines));
    let mut text = String::new();
    for mut line in lines {
        line.cut_to(picture.width);
        text.push_str(&line.text(terminal.colour));
        text.push('\n');
    }
    text
}

struct Picture<'t> {
    lenses: &'t ThreeLenses,
    window: Window,
    frame: &'t Frame,
    terminal: &'t Terminal,
    width: usize,
    names: usize,
    /// Characters of the axis.
    bars: usize,
}

/// A piece that is drawn, and what it is called.
struct Row<'t> {
    tree: &'t TraceTree,
    shown: Shown,
    piece: &'t Piece,
    label: &'t str,
}

impl Picture<'_> {
    fn new<'t>(lenses: &'t ThreeLenses, frame: &'t Frame, terminal: &'t Terminal) -> Picture<'t> {
        let width = terminal.width.clamp(NARROWEST, 400);
        let length = |tree: &TraceTree| {
            let depths = tree.pieces.iter().map(|piece| 2 * piece.depth);
            let labels = labels(tree);
            let lengths = labels.iter().map(|label| cell_width(label));
            lengths.zip(depths).map(|(a, b)| a + b).max()
        };
        let longest = lenses.trees().filter_map(length).max().unwrap_or(0);
        let names = longest.clamp(CLOCK, width * 35 / 100);
        Picture {
            lenses,
            window: lenses.window(),
            frame,
            terminal,
            width,
            names,
            bars: width - names - MIDDLE,
        }
    }

    fn heading(&self) -> Vec<Line> {
        let mut first = Line::new();
        first.push(
            &format!("trace {}", printable(&self.lenses.trace_id)),
            Ink::BOLD,
        );
        let mut second = Line::new();
        if let Some(root) = self.lenses.root() {
            let path = root.url.as_deref().map(|url| printable(path_of(url)));
            let status = root.status.map(|status| status.to_string());
            let words = [root.method.as_deref().map(printable), path, status];
            for word in words.into_iter().flatten() {
                second.push(&format!("{word}  "), Ink::PLAIN);
            }
        }
        let whole = self.window.length() as f64 / 1e9;
        second.push(&milliseconds(whole), Ink::PLAIN);
        let start = date_and_time(self.window.start, self.frame.zone);
        second.push(&format!("  {start}"), Ink::FAINT);
        vec![first, second, Line::new()]
    }

    fn trees(&self, title: &str, view: &View<TraceTree>) -> Vec<Line> {
        let mut lines = vec![self.title(title, &view.place)];
        if let Some(tree) = &view.found {
            let labels = labels(tree);
            for shown in shown(tree, self.frame.most_pieces) {
                if let (Some(piece), Some(label)) =
                    (tree.pieces.get(shown.piece), labels.get(shown.piece))
                {
                    lines.extend(self.lines_of(&Row {
                        tree,
                        shown,
                        piece,
                        label,
                    }));
                }
            }
            let notes = notes(tree);
            lines.extend(notes.iter().flat_map(|note| self.words(note, Ink::FAINT)));
        }
        lines.extend(self.losses(&view.losses));
        lines
    }

    fn log_lines(&self, view: &View<Vec<TraceLine>>) -> Vec<Line> {
        let mut lines = vec![self.title(LINES, &view.place)];
        let all = view.found.as_deref().unwrap_or_default();
        for line in all.iter().take(self.frame.most_pieces) {
            lines.extend(self.lines_of_line(line));
        }
        let n_hidden = all.len().saturating_sub(self.frame.most_pieces);
        if n_hidden > 0 {
            let words = format!("and {n_hidden} more, see --limit");
            lines.extend(self.words(&words, Ink::FAINT));
        }
        lines.extend(self.losses(&view.losses));
        lines
    }

    fn title(&self, title: &str, place: &str) -> Line {
        let mut line = Line::new();
        line.push(title, Ink::BOLD);
        line.push(&format!("  {}", printable(place)), Ink::FAINT);
        line
    }

    fn losses(&self, losses: &[String]) -> Vec<Line> {
        let sentences = losses.iter();
        sentences
            .flat_map(|loss| self.words(loss, Ink::PLAIN))
            .collect()
    }

    /// Returns a sentence under its title, in as many lines as it takes.
    fn words(&self, text: &str, ink: Ink) -> Vec<Line> {
        let folded = folded(&printable(text), self.width - 2);
        let line = |words: String| {
            let mut line = Line::new();
            line.pad_to(2);
            line.push(&words, ink);
            line
        };
        folded.into_iter().map(line).collect()
    }

    // When, how long after the beginning, and a mark there; below it, what it says.
    fn lines_of_line(&self, trace_line: &TraceLine) -> Vec<Line> {
        let zone = self.frame.zone;
        let ink = self.ink(verdict_of_line(&trace_line.message));
        let mut line = Line::new();
        line.push(&time_of_day(trace_line.time, zone), Ink::FAINT);
        line.pad_to(self.names + 1);
        line.push(
            letter(verdict_of_line(&trace_line.message)),
            Ink { bold: true, ..ink },
        );
        line.pad_to(self.names + 9);
        line.push(
            &format!("{:>10}", since_start(trace_line, self.window)),
            Ink::PLAIN,
        );
        let (place, glyph) = match place_of(trace_line, self.window) {
            Place::Before => (0, '<'),
            Place::After => (self.bars - 1, '>'),
            Place::At(since) => (
                self.column(since),
                if self.terminal.unicode { '◆' } else { '*' },
            ),
        };
        line.pad_to(self.names + MIDDLE + place);
        line.push(&glyph.to_string(), ink);
        let mut lines = vec![line];
        let said = without_id(&trace_line.message, &self.lenses.trace_id);
        lines.extend(self.words(&said, Ink::PLAIN));
        lines
    }

    fn axis(&self) -> Line {
        let mut line = Line::new();
        line.pad_to(self.names + MIDDLE);
        let length = self.window.length().max(1);
        // One label for every dozen of characters, each at a round time.
        let step = round(length, (self.bars / 12).max(1) as i64);
        for idx in 0.. {
            let moment = step.saturating_mul(idx);
            let at = self.names + MIDDLE + self.column(moment);
            let label = if idx == 0 {
                "0".to_string()
            } else {
                duration(moment)
            };
            if moment > length || at + cell_width(&label) > self.width {
                break;
            }
            line.pad_to(at);
            line.push(&label, Ink::FAINT);
        }
        line
    }

    /// Returns the character of a time since the start.
    fn column(&self, since: i64) -> usize {
        self.half(since) / 2
    }

    /// Returns the half character of a time since the start, below `2 * bars`.
    fn half(&self, since: i64) -> usize {
        let share = since.max(0) as f64 / self.window.length().max(1) as f64;
        let halves = 2 * self.bars;
        ((share * halves as f64) as usize).min(halves - 1)
    }

    fn lines_of(&self, row: &Row<'_>) -> Vec<Line> {
        let Row {
            tree,
            shown,
            piece,
            label,
        } = row;
        let lead = self.lead(shown.depth);
        if shown.n_hidden > 0 {
            let mut line = Line::new();
            let words = format!("{lead}and {} more, see --limit", shown.n_hidden);
            line.push(&words, Ink::FAINT);
            return vec![line];
        }
        let ink = self.ink(piece.marks.verdict());
        let mut line = Line::new();
        let cut = if self.terminal.unicode { '…' } else { '~' };
        line.push(&lead, Ink::FAINT);
        let name = clipped(label, self.names.saturating_sub(cell_width(&lead)), cut);
        line.push(
            &name,
            if piece.kind.is_entry() {
                Ink::BOLD
            } else {
                Ink::PLAIN
            },
        );
        line.pad_to(self.names + 1);
        line.push(
            &letters(piece, tree.overhang(piece)),
            Ink { bold: true, ..ink },
        );
        line.pad_to(self.names + 4);
        if let Some(status) = piece.status {
            line.push(&clipped(&format!("{status:>4}"), 5, cut), ink);
        }
        let took = match piece.duration() {
            Some(ns) => milliseconds(ns as f64 / 1e9),
            None => "open".to_string(),
        };
        line.pad_to(self.names + 9);
        line.push(&format!("{took:>10}"), Ink::PLAIN);
        line.pad_to(self.names + MIDDLE);
        self.draw(&mut line, piece, ink);
        let mut lines = vec![line];
        for exception in &piece.exceptions {
            let mut below = Line::new();
            below.pad_to(cell_width(&lead) + 2);
            let words = format!("{}: {}", exception.kind, exception.message);
            let room = self.width.saturating_sub(below.len());
            below.push(
                &clipped(&printable(&words), room, cut),
                self.ink(Verdict::Fault),
            );
            lines.push(below);
        }
        if self.frame.has_details {
            let facts = piece
                .facts
                .iter()
                .map(|(name, text)| format!("{name}: {text}"));
            let annotations = piece.annotations.iter();
            let annotations = annotations.map(|(key, value)| format!("{key} = {value}"));
            for words in [format!("id: {}", piece.id)]
                .into_iter()
                .chain(facts)
                .chain(annotations)
            {
                let mut below = Line::new();
                below.pad_to(cell_width(&lead) + 2);
                let room = self.width.saturating_sub(below.len());
                below.push(&clipped(&printable(&words), room, cut), Ink::FAINT);
                lines.push(below);
            }
        }
        lines
    }

    fn lead(&self, depth: usize) -> String {
        let branch = if self.terminal.unicode { "└ " } else { "` " };
        match depth {
            0 => String::new(),
            // Where the tree would leave no room for names, depth is said and not drawn.
            depth if 2 * depth + 6 <= self.names => format!("{}{branch}", "  ".repeat(depth - 1)),
            depth => format!("({depth}) "),
        }
    }

    fn draw(&self, line: &mut Line, piece: &Piece, ink: Ink) {
        let since = |moment: i64| moment.saturating_sub(self.window.start);
        let first = self.half(since(piece.start));
        let last = match piece.end {
            Some(end) => self.half(since(end).saturating_sub(1)).max(first),
            None => 2 * self.bars - 1,
        };
        line.pad_to(self.names + MIDDLE + first / 2);
        for cell in first / 2..=last / 2 {
            let (left, right) = (first <= 2 * cell, last > 2 * cell);
            let glyph = match (self.terminal.unicode, piece.end.is_some()) {
                (true, true) => match (left, right) {
                    (true, true) => '━',
                    (true, false) => '╸',
                    (false, _) => '╺',
                },
                (true, false) => '┅',
                (false, true) => '=',
                (false, false) => '-',
            };
            line.push(&glyph.to_string(), ink);
        }
    }

    fn ink(&self, verdict: Verdict) -> Ink {
        // The theme's own colours: cyan, bright black, yellow, magenta, red.
        Ink::of(Paint::Basic(match verdict {
            Verdict::Ok => 6,
            Verdict::Open => 8,
            Verdict::Error => 3,
            Verdict::Throttle => 5,
            Verdict::Fault => 1,
        }))
    }
}

/// Returns the letters beside the colours.
pub(super) fn letters(piece: &Piece, overhang: Overhang) -> String {
    let is_outside = overhang.before.max(overhang.after) >= MILLISECOND;
    let letter = letter(piece.marks.verdict());
    format!("{letter}{}", if is_outside { "!" } else { "" })
}

/// Returns the letter beside a colour.
pub(super) fn letter(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "",
        Verdict::Open => ".",
        Verdict::Error => "E",
        Verdict::Throttle => "T",
        Verdict::Fault => "F",
    }
}

/// Returns the shortest round time, nanoseconds, of which `length` has at most `most`.
pub(super) fn round(length: i64, most: i64) -> i64 {
    let least = (length / most.max(1)).max(1);
    let mut power = 1i64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step >= least {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
#[path = "waterfall_tests.rs"]
pub(super) mod tests;
