//! What stands under a picture in the terminal: the count scale, the names of the lines, the summary.

use super::palette::Palette;
use super::picture::Picture;
use super::terminal::{Colour, Terminal};
use super::text::{Ink, Line};
use crate::model::width::cell_width;

/// Everything that the words under a picture are made of.
pub struct Legend<'a> {
    /// What was drawn.
    pub picture: &'a Picture,
    /// What it was drawn with.
    pub palette: Palette,
    /// Where.
    pub terminal: &'a Terminal,
}

impl Legend<'_> {
    /// Returns the count scale with numbers and the names of the lines; then the picture's summary.
    ///
    /// Begins at `indent`, unless a part is too long for that.
    pub fn lines(&self, indent: usize) -> Vec<Line> {
        let mut parts = if self.terminal.colour == Colour::None {
            self.glyph_scale()
        } else {
            vec![self.colour_scale()]
        };
        let mut words = Line::new();
        words.push("events per cell", Ink::FAINT);
        parts.push(words);
        for (line_idx, line) in self.picture.lines.iter().enumerate() {
            parts.push(self.line_name(line_idx, line.name));
        }
        let mut lines = wrapped(parts, "  ", indent, self.terminal.width);
        lines.extend(self.summary(indent));
        lines
    }

    /// Returns each character that can occur, with the smallest count that it stands for.
    fn glyph_scale(&self) -> Vec<Line> {
        let scale = self.picture.count_scale;
        let glyphs = self.palette.glyphs();
        let mut parts = Vec::new();
        for (idx, glyph) in glyphs.iter().enumerate() {
            let from = scale
                .count_at(idx as f64 / glyphs.len() as f64)
                .clamp(1, scale.largest());
            // A level into which no whole number falls is never drawn.
            if self.palette.glyph(scale.share(from)) == *glyph {
                let mut part = Line::new();
                part.push(&format!("{glyph} {from}"), Ink::PLAIN);
                parts.push(part);
            }
        }
        parts
    }

    /// Returns the ramp with the smallest, a middle and the largest count.
    fn colour_scale(&self) -> Line {
        const SWATCHES: u32 = 16;
        let scale = self.picture.count_scale;
        let mut part = Line::new();
        if scale.largest() == 1 {
            self.push_swatch(&mut part, scale.share(1));
            self.push_swatch(&mut part, scale.share(1));
            part.push(" 1", Ink::FAINT);
            return part;
        }
        let middle = scale.count_at(0.5);
        part.push("1 ", Ink::FAINT);
        for idx in 0..SWATCHES {
            if idx == SWATCHES / 2 && 1 < middle && middle < scale.largest() {
                part.push(&format!(" {middle} "), Ink::FAINT);
            }
            self.push_swatch(&mut part, f64::from(idx) / f64::from(SWATCHES - 1));
        }
        part.push(&format!(" {}", scale.largest()), Ink::FAINT);
        part
    }

    fn line_name(&self, line_idx: usize, name: &str) -> Line {
        let mut part = Line::new();
        match (self.palette.mark(line_idx), self.terminal.unicode) {
            (Some(paint), false) => part.push("  ", Ink::behind(paint)),
            (paint, _) => {
                let ink = paint.map_or(Ink::PLAIN, Ink::of);
                part.push(
                    &self.palette.mark_glyph(line_idx).to_string().repeat(2),
                    ink,
                );
            }
        }
        part.push(&format!(" {name}"), Ink::PLAIN);
        part
    }

    fn push_swatch(&self, line: &mut Line, share: f64) {
        match (self.palette.cell(share), self.terminal.unicode) {
            (Some(paint), true) => line.push("█", Ink::of(paint)),
            (Some(paint), false) => line.push(" ", Ink::behind(paint)),
            (None, _) => {}
        }
    }

    fn summary(&self, indent: usize) -> Vec<Line> {
        let separator = if self.terminal.unicode { " · " } else { ", " };
        let parts = self
            .picture
            .summary
            .iter()
            .map(|part| {
                let mut line = Line::new();
                let plain = if self.terminal.unicode {
                    part.clone()
                } else {
                    part.replace('×', "x")
                };
                line.push(&plain, Ink::PLAIN);
                line
            })
            .collect();
        wrapped(parts, separator, indent, self.terminal.width)
    }
}

/// Puts parts side by side under the plot, going on in the next line where the width ends.
fn wrapped(parts: Vec<Line>, separator: &str, indent: usize, width: usize) -> Vec<Line> {
    let is_too_long = |part: &Line| indent + part.len() > width;
    let indent = if parts.iter().any(is_too_long) {
        0
    } else {
        indent
    };
    let mut lines: Vec<Line> = Vec::new();
    for mut part in parts {
        part.cut_to(width);
        match lines.last_mut() {
            Some(line) if line.len() + cell_width(separator) + part.len() <= width => {
                line.push(separator, Ink::FAINT);
                line.append(part);
            }
            _ => {
                let mut line = Line::new();
                line.pad_to(indent);
                line.append(part);
                lines.push(line);
            }
        }
    }
    lines
}
