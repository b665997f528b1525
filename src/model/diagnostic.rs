//! What is wrong in a text file, where, and what to do about it.

use std::fmt::Write;

use super::width::{cell_width, glyphs};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file is used, but not as it is written.
    Warning,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// One finding in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: a fragment in lower case without a full stop.
    pub message: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters; a byte order mark at the start does not count.
    pub column: usize,
    /// How many characters of the line are meant; at least 1.
    pub length: usize,
    /// What one can do about it.
    pub help: Option<String>,
}

/// Returns the finding with the source line and a caret under it, in the manner of rustc.
///
/// Plain text without colour, each line ended. Characters that would move the cursor or turn the
/// writing direction are replaced, and a very long line is cut around the caret, so that any file
/// can be shown. `text` is the whole file; a file that is not UTF-8 is passed with its bad bytes
/// replaced, which leaves everything before them in place.
pub fn render(diagnostic: &Diagnostic, file_name: &str, text: &str) -> String {
    let Diagnostic {
        severity,
        message,
        line,
        column,
        ..
    } = diagnostic;
    let number = line.to_string();
    let gutter = " ".repeat(number.len());

    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{severity}: {message}");
    let _ = writeln!(out, "{gutter}--> {file_name}:{line}:{column}");
    if let Some((source, underline)) = source_and_underline(diagnostic, text) {
        let _ = writeln!(out, "{gutter} |");
        let _ = writeln!(out, "{number} | {source}");
        let _ = writeln!(out, "{gutter} | {underline}");
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{gutter} = help: {help}");
    }
    out
}

/// Lines longer than this many characters are cut.
const LONGEST_LINE: usize = 160;
/// How much of a cut line is shown before the caret, and in all.
const SHOWN_BEFORE: usize = 40;
const SHOWN: usize = 100;

fn source_and_underline(diagnostic: &Diagnostic, text: &str) -> Option<(String, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.split('\n').nth(diagnostic.line.checked_sub(1)?)?;
    let line: Vec<char> = line.strip_suffix('\r').unwrap_or(line).chars().collect();
    if line.is_empty() {
        return None;
    }

    let caret = diagnostic.column.saturating_sub(1).min(line.len());
    let (first, last) = if line.len() > LONGEST_LINE {
        let first = caret.saturating_sub(SHOWN_BEFORE);
        (first, (first + SHOWN).min(line.len()))
    } else {
        (0, line.len())
    };
    let dots = |cut: bool| if cut { "..." } else { "" };

    let mut source = dots(first > 0).to_string();
    let mut underline = " ".repeat(source.len());
    let caret_end = caret + diagnostic.length.max(1);
    let whole: String = line.iter().collect();
    let glyphs = glyphs(&whole).enumerate();
    for (idx, glyph) in glyphs.take(last).skip(first) {
        let shown = Shown::from(glyph);
        source.push_str(&shown.text);
        let mark = if (caret..caret_end).contains(&idx) {
            "^"
        } else {
            " "
        };
        underline.push_str(&mark.repeat(shown.width));
    }
    source.push_str(dots(last < line.len()));
    let mut underline = underline.trim_end().to_string();
    if caret >= line.len() {
        // The finding is the end of the line itself, for example a missing bracket.
        underline = format!("{}^", " ".repeat(cell_width(&source)));
    }
    Some((source, underline))
}

/// A character as a terminal shows it.
struct Shown {
    text: String,
    width: usize,
}

impl From<(char, usize)> for Shown {
    fn from((character, n_cells): (char, usize)) -> Shown {
        let turns_direction =
            matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let (text, width) = match character {
            '\t' => ("    ".to_string(), 4),
            c if c.is_control() || turns_direction => ("\u{fffd}".to_string(), 1),
            c => (c.to_string(), n_cells),
        };
        Shown { text, width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(line: usize, column: usize, length: usize) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: "something is wrong".to_string(),
            line,
            column,
            length,
            help: None,
        }
    }

    #[test]
    fn the_caret_stands_under_the_word() {
        let mut warning = diagnostic(2, 3, 5);
        warning.severity = Severity::Warning;
        warning.help = Some("write it right".to_string());
        let shown = render(&warning, "a.json", "{\n  \"abc\": 1\n}\n");
        assert_eq!(
            shown,
            "warning: something is wrong\n --> a.json:2:3\n  |\n2 |   \"abc\": 1\n  |   ^^^^^\n  = help: write it right\n"
        );
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_caret_in_place() {
        let shown = render(&diagnostic(1, 5, 1), "f", "\t日本\u{301}x");
        assert!(shown.contains("1 |     日本\u{301}x\n"), "{shown}");
        assert!(shown.contains("  |         ^\n"), "{shown}");
    }

    #[test]
    fn the_end_of_a_line_has_a_caret_after_it() {
        let shown = render(&diagnostic(1, 4, 1), "f", "{  \r\n");
        assert!(shown.contains("1 | {  \n  |    ^\n"), "{shown}");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_caret() {
        let text = format!("{}XYZ{}", "a".repeat(5000), "b".repeat(5000));
        let shown = render(&diagnostic(1, 5001, 3), "f", &text);
        assert!(shown.len() < 400, "{shown}");
        assert!(shown.contains("...aaa") && shown.contains("bbb..."));
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[3].find("XYZ"), lines[4].find("^^^"));
    }

    #[test]
    fn escape_sequences_and_direction_marks_are_not_printed() {
        let shown = render(&diagnostic(1, 1, 1), "f", "\u{1b}[2J\u{202e}abc");
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
    }

    #[test]
    fn places_outside_the_text_have_no_source_line() {
        for (line, column) in [(0, 1), (9, 1), (1, 1)] {
            let shown = render(&diagnostic(line, column, 1), "f", "");
            assert!(!shown.contains('|'), "{shown}");
        }
    }
}
