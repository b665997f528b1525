//! Text that is safe to show, and lines made of coloured characters.

use super::palette::Paint;
use super::terminal::Colour;
pub use crate::model::foreign::printable;
use crate::model::width::{beginning, cell_width, clusters, glyphs};

/// Returns at most `width` cells of `text`; what is cut is marked with `mark`.
pub fn clipped(text: &str, width: usize, mark: char) -> String {
    if cell_width(text) <= width {
        return text.to_string();
    }
    let mut short = beginning(text, width.saturating_sub(1)).to_string();
    if width > 0 {
        short.push(mark);
    }
    short
}

/// Returns `text` in lines of at most `width` cells, cut between words; a longer word is cut too.
pub fn folded(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let mut rest = word;
        if !line.is_empty() && length + 1 + cell_width(rest) > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        while cell_width(rest) > width {
            // A character that is wider than the line stands on one all the same.
            let fits = beginning(rest, width).len();
            let end = fits.max(clusters(rest).next().map_or(rest.len(), str::len));
            let (part, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
            lines.push(part.to_string());
            rest = behind;
        }
        if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        length += cell_width(rest);
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns a word as a POSIX shell takes it: as it is, or in single quotes, where only the quote itself is
/// special.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Returns a number with `digits` significant digits, without zeros at the end of its fraction.
///
/// Whole digits are never rounded away: 1234 stays 1234 with three digits. Numbers whose size needs
/// many digits get an exponent.
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if is_far(value) {
        return format!("{value:.0$e}", digits.saturating_sub(1));
    }
    let magnitude = if value == 0.0 {
        0.0
    } else {
        value.abs().log10().floor()
    };
    let n_decimals = (digits as f64 - 1.0 - magnitude).clamp(0.0, 15.0) as usize;
    let text = format!("{value:.n_decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Returns a number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns seconds as milliseconds with three significant digits: `42.1 ms`.
pub fn milliseconds(seconds: f64) -> String {
    format!("{} ms", significant(seconds * 1000.0, 3))
}

/// Tells whether a number is so large or so small that it is written with an exponent.
pub fn is_far(value: f64) -> bool {
    value != 0.0 && !(1e-6..1e12).contains(&value.abs())
}

/// How characters look. The default is the terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ink {
    /// The colour of the character.
    pub fg: Option<Paint>,
    /// The colour behind it.
    pub bg: Option<Paint>,
    /// Bold.
    pub bold: bool,
    /// Less bright.
    pub faint: bool,
}

impl Ink {
    /// The terminal's own.
    pub const PLAIN: Ink = Ink {
        fg: None,
        bg: None,
        bold: false,
        faint: false,
    };
    /// For titles.
    pub const BOLD: Ink = Ink {
        bold: true,
        ..Ink::PLAIN
    };
    /// For what comes.
    pub const GREEN: Ink = Ink {
        fg: Some(Paint::Basic(2)),
        ..Ink::PLAIN
    };
    /// For what goes.
    pub const RED: Ink = Ink {
        fg: Some(Paint::Basic(1)),
        ..Ink::PLAIN
    };
    /// For what changes.
    pub const YELLOW: Ink = Ink {
        fg: Some(Paint::Basic(3)),
        ..Ink::PLAIN
    };
    /// For axes and asides.
    pub const FAINT: Ink = Ink {
        faint: true,
        ..Ink::PLAIN
    };

    /// Returns characters in one colour.
    pub fn of(fg: Paint) -> Ink {
        Ink {
            fg: Some(fg),
            ..Ink::PLAIN
        }
    }

    /// Returns characters on a coloured ground.
    pub fn behind(bg: Paint) -> Ink {
        Ink {
            bg: Some(bg),
            ..Ink::PLAIN
        }
    }

    /// Returns the escape sequence that changes from any ink to this one.
    ///
    /// Source: ECMA-48, SGR; ISO 8613-6 for indexed and direct colours.
    fn sgr(self) -> String {
        let mut codes = String::from("\x1b[0");
        if self.bold {
            codes.push_str(";1");
        }
        if self.faint {
            codes.push_str(";2");
        }
        if let Some(paint) = self.fg {
            codes.push_str(&paint.foreground());
        }
        if let Some(paint) = self.bg {
            codes.push_str(&paint.background());
        }
        codes.push('m');
        codes
    }
}

/// One line of text, each character with its ink.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    glyphs: Vec<Glyph>,
    n_cells: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Glyph {
    c: char,
    ink: Ink,
    n_cells: usize,
}

impl Line {
    /// Returns an empty line.
    pub fn new() -> Line {
        Line::default()
    }

    /// Returns the number of cells.
    pub fn len(&self) -> usize {
        self.n_cells
    }

    /// Tells whether there is nothing on the line.
    pub fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }

    /// Appends `text`.
    pub fn push(&mut self, text: &str, ink: Ink) {
        for (c, n_cells) in glyphs(text) {
            self.glyphs.push(Glyph { c, ink, n_cells });
            self.n_cells += n_cells;
        }
    }

    /// Appends another line.
    pub fn append(&mut self, mut other: Line) {
        self.glyphs.append(&mut other.glyphs);
        self.n_cells += other.n_cells;
    }

    /// Appends blanks up to `len` cells.
    pub fn pad_to(&mut self, len: usize) {
        let blank = Glyph {
            c: ' ',
            ink: Ink::PLAIN,
            n_cells: 1,
        };
        let n_missing = len.saturating_sub(self.n_cells);
        self.glyphs.extend(std::iter::repeat_n(blank, n_missing));
        self.n_cells += n_missing;
    }

    /// Leaves out what goes beyond `len` cells.
    pub fn cut_to(&mut self, len: usize) {
        let mut taken = 0;
        let fits = |glyph: &Glyph| {
            taken += glyph.n_cells;
            taken <= len
        };
        let n_glyphs = self.glyphs.iter().copied().take_while(fits).count();
        self.glyphs.truncate(n_glyphs);
        self.n_cells = self.glyphs.iter().map(|glyph| glyph.n_cells).sum();
    }

    /// Returns the line's text, with escape sequences unless `colour` is none; blanks at its end are
    /// left out, and no line end is added.
    pub fn text(&self, colour: Colour) -> String {
        let blank_end = |glyph: &&Glyph| glyph.c == ' ' && glyph.ink.bg.is_none();
        let n_blank = self.glyphs.iter().rev().take_while(blank_end).count();
        let mut text = String::new();
        let mut current = Ink::PLAIN;
        for Glyph { c, ink, .. } in self.glyphs.iter().take(self.glyphs.len() - n_blank) {
            if *ink != current && colour != Colour::None {
                text.push_str(&ink.sgr());
                current = *ink;
            }
            text.push(*c);
        }
        if current != Ink::PLAIN {
            text.push_str(&Ink::PLAIN.sgr());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_text_is_cut_between_words_and_nothing_is_lost() {
        assert_eq!(folded("one two three", 7), ["one two", "three"]);
        assert_eq!(folded("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        assert_eq!(folded("", 5), [""]);
        let text = "no segment: rule `Cruddur` takes 5 a second and 10 % of the rest";
        for width in 1..80 {
            let lines = folded(text, width);
            assert!(
                lines.iter().all(|line| cell_width(line) <= width),
                "{width}"
            );
            assert_eq!(
                lines.concat().replace(' ', ""),
                text.replace(' ', ""),
                "{width}"
            );
        }
    }

    #[test]
    fn wide_characters_take_two_cells_of_a_line() {
        let mut line = Line::new();
        line.push("日本e\u{301}", Ink::PLAIN);
        assert_eq!(line.len(), 5);
        line.pad_to(7);
        line.push("|", Ink::PLAIN);
        assert_eq!(line.text(Colour::None), "日本e\u{301}  |");
        line.cut_to(3);
        assert_eq!((line.text(Colour::None).as_str(), line.len()), ("日", 2));
        assert_eq!(folded("日本語 x", 4), ["日本", "語 x"]);
        assert_eq!(folded("日本", 1), ["日", "本"]);
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(printable("a\x1b[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(printable("\u{9b}31m\u{202e}x"), "\\u{9b}31m\\u{202e}x");
        assert_eq!(printable("größe 高"), "größe 高");
    }

    #[test]
    fn clipping_counts_cells_and_marks_the_cut() {
        assert_eq!(clipped("日本語", 6, '…'), "日本語");
        assert_eq!(clipped("日本語", 5, '…'), "日本…");
        assert_eq!(clipped("日本語", 4, '…'), "日…");
        assert_eq!(clipped("héllo", 5, '…'), "héllo");
        assert_eq!(clipped("héllo", 3, '…'), "hé…");
        assert_eq!(clipped("héllo", 0, '…'), "");
    }

    #[test]
    fn significant_digits_keep_whole_numbers_whole() {
        for (value, expected) in [
            (0.0, "0"),
            (1234.0, "1234"),
            (12.5, "12.5"),
            (0.012345, "0.0123"),
            (2.0, "2"),
            (-1.678, "-1.68"),
            (-1.5e300, "-1.50e300"),
            (1.5e-9, "1.50e-9"),
        ] {
            assert_eq!(significant(value, 3), expected);
        }
    }

    #[test]
    fn escape_sequences_come_only_where_the_ink_changes_and_end_with_the_line() {
        let mut line = Line::new();
        line.push("ab", Ink::BOLD);
        line.push("c  ", Ink::PLAIN);
        assert_eq!(line.text(Colour::None), "abc");
        assert_eq!(line.text(Colour::Ansi16), "\x1b[0;1mab\x1b[0mc");
        let mut line = Line::new();
        line.push(
            "x ",
            Ink {
                bg: Some(Paint::Basic(4)),
                ..Ink::PLAIN
            },
        );
        assert_eq!(line.text(Colour::Ansi16), "\x1b[0;44mx \x1b[0m");
    }
}
