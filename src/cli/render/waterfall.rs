//! One trace as a waterfall: its pieces as a tree, each with a bar in its place on one time axis.

use super::clock::{date_and_time, duration};
use super::palette::Paint;
use super::terminal::Terminal;
use super::text::{Ink, Line, clipped, milliseconds, printable};
use super::waterfall_choice::{Shown, shown};
use super::waterfall_notes::notes;
use crate::model::segment_tree::{Overhang, Piece, SegmentTree};
use crate::model::time::MILLISECOND;
use crate::model::trace_summary::{Verdict, path_of};

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The clock that is shown, seconds east of Greenwich.
    pub utc_offset_seconds: i32,
    /// Whether annotations, ids and origins are shown.
    pub has_details: bool,
    /// More pieces than this are counted instead of drawn.
    pub most_pieces: usize,
}

const NARROWEST: usize = 60;
/// Marks, status and duration, with the blanks around them.
const MIDDLE: usize = 4 + 5 + 11;

/// Draws the trace: a heading, an axis, a line for each piece, and what is odd about it.
///
/// Marks are letters beside the colours: F fault, T throttle, E error, . in progress, ! outside its
/// parent. No line is wider than the terminal, or than 60 columns if that is narrower.
pub fn waterfall(tree: &SegmentTree, frame: &Frame, terminal: &Terminal) -> String {
    let picture = Picture::new(tree, frame, terminal);
    let mut lines = picture.heading();
    lines.push(picture.axis());
    for shown in shown(tree, frame.most_pieces) {
        lines.extend(picture.lines_of(&shown));
    }
    lines.extend(picture.notes());
    let mut text = String::new();
    for mut line in lines {
        line.cut_to(picture.width);
        text.push_str(&line.text(terminal.colour));
        text.push('\n');
    }
    text
}

struct Picture<'t> {
    tree: &'t SegmentTree,
    frame: &'t Frame,
    terminal: &'t Terminal,
    width: usize,
    names: usize,
    /// Characters of the axis.
    bars: usize,
}

impl Picture<'_> {
    fn new<'t>(tree: &'t SegmentTree, frame: &'t Frame, terminal: &'t Terminal) -> Picture<'t> {
        let width = terminal.width.clamp(NARROWEST, 400);
        let longest = tree
            .pieces
            .iter()
            .map(|piece| printable(&piece.name).chars().count() + 2 * piece.depth)
            .max()
            .unwrap_or(0);
        let names = longest.clamp(10, width * 35 / 100);
        Picture {
            tree,
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
            &format!("trace {}", printable(&self.tree.trace_id)),
            Ink::BOLD,
        );
        let mut second = Line::new();
        if let Some(root) = self.tree.root() {
            let path = root.url.as_deref().map(|url| printable(path_of(url)));
            let status = root.status.map(|status| status.to_string());
            let words = [root.method.as_deref().map(printable), path, status];
            for word in words.into_iter().flatten() {
                second.push(&format!("{word}  "), Ink::PLAIN);
            }
        }
        let whole = self.tree.window.length() as f64 / 1e9;
        second.push(&milliseconds(whole), Ink::PLAIN);
        let start = date_and_time(self.tree.window.start, self.frame.utc_offset_seconds);
        second.push(&format!("  {start}"), Ink::FAINT);
        vec![first, second, Line::new()]
    }

    fn axis(&self) -> Line {
        let mut line = Line::new();
        line.pad_to(self.names + MIDDLE);
        let length = self.tree.window.length().max(1);
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
            if moment > length || at + label.chars().count() > self.width {
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
        let share = since.max(0) as f64 / self.tree.window.length().max(1) as f64;
        let halves = 2 * self.bars;
        ((share * halves as f64) as usize).min(halves - 1)
    }

    fn lines_of(&self, shown: &Shown) -> Vec<Line> {
        let Some(piece) = self.tree.pieces.get(shown.piece) else {
            return Vec::new();
        };
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
        let name = clipped(
            &printable(&piece.name),
            self.names.saturating_sub(lead.chars().count()),
            cut,
        );
        line.push(
            &name,
            if piece.kind.is_segment() {
                Ink::BOLD
            } else {
                Ink::PLAIN
            },
        );
        line.pad_to(self.names + 1);
        line.push(
            &letters(piece, self.tree.overhang(piece)),
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
            below.pad_to(lead.chars().count() + 2);
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
                below.pad_to(lead.chars().count() + 2);
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
        let since = |moment: i64| moment.saturating_sub(self.tree.window.start);
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

    fn notes(&self) -> Vec<Line> {
        let lines = notes(self.tree).into_iter().map(|note| {
            let mut line = Line::new();
            line.push(&note, Ink::FAINT);
            line
        });
        let lines: Vec<Line> = lines.collect();
        match lines.is_empty() {
            true => lines,
            false => std::iter::once(Line::new()).chain(lines).collect(),
        }
    }
}

/// Returns the letters beside the colours.
pub(super) fn letters(piece: &Piece, overhang: Overhang) -> String {
    let verdict = match piece.marks.verdict() {
        Verdict::Ok => "",
        Verdict::Open => ".",
        Verdict::Error => "E",
        Verdict::Throttle => "T",
        Verdict::Fault => "F",
    };
    let is_outside = overhang.before.max(overhang.after) >= MILLISECOND;
    format!("{verdict}{}", if is_outside { "!" } else { "" })
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
