//! The one way to a terminal: text that cannot steer it, and shows no password.

use std::io::{self, Write};

use crate::model::endpoint::without_users;
use crate::model::foreign::is_steering;

/// Text that is safe to write to a terminal. Only this module makes it, and only it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalText(String);

impl TerminalText {
    /// Sentences for people: every character that steers is written out, but ends of lines and tabs. Users and
    /// passwords of addresses are left out.
    pub fn plain(text: &str) -> TerminalText {
        TerminalText(written_out(&without_users(text), false))
    }

    /// A picture or a table of ours: it keeps its colours, and nothing else that steers.
    pub fn drawn(text: &str) -> TerminalText {
        TerminalText(written_out(text, true))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Writes it to stderr. A reader that has gone away is no error.
    pub fn to_stderr(&self) {
        let _ = io::stderr().lock().write_all(self.0.as_bytes());
    }
}

// Where it stands in a JSON text it is still JSON: characters that steer are written as JSON writes them.
fn written_out(text: &str, keeps_colours: bool) -> String {
    let may_stay = |c: char| matches!(c, '\n' | '\t') || !is_steering(c);
    if text.chars().all(may_stay) {
        return text.to_string();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let n_colour = match keeps_colours {
            true => colour_length(rest),
            false => 0,
        };
        // An end of line as CSV has it.
        let is_line_end = rest.starts_with("\r\n");
        let n = match (n_colour, is_line_end) {
            (0, false) => c.len_utf8(),
            (0, true) => 2,
            (n, _) => n,
        };
        let (piece, behind) = rest.split_at(n);
        match n_colour > 0 || is_line_end || may_stay(c) {
            true => shown.push_str(piece),
            false => shown.push_str(&format!("\\u{:04x}", c as u32)),
        }
        rest = behind;
    }
    shown
}

// The length of the colour sequence that `text` begins with: ESC [ digits and semicolons m; 0 if there is none.
// Source: ECMA-48, SGR.
fn colour_length(text: &str) -> usize {
    let Some(inner) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let is_of_it = |c: char| c.is_ascii_digit() || c == ';';
    let end = inner.find(|c| !is_of_it(c)).unwrap_or(inner.len());
    match inner[end..].starts_with('m') {
        true => "\x1b[".len() + end + 1,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_steer_nothing_and_name_no_password() {
        for (text, shown) in [
            ("two\nlines\tof text\n", "two\nlines\tof text\n"),
            ("\x1b[31mred", "\\u001b[31mred"),
            ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
            ("c1 \u{9b}2J, bidi \u{202e}", "c1 \\u009b2J, bidi \\u202e"),
            ("over\rwritten", "over\\u000dwritten"),
            ("to http://me:secret@host/", "to http://***@host/"),
        ] {
            assert_eq!(TerminalText::plain(text).as_str(), shown);
        }
    }

    #[test]
    fn drawings_keep_colours_and_nothing_else() {
        for (text, shown) in [
            ("\x1b[0;38;5;208mx\x1b[0m\n", "\x1b[0;38;5;208mx\x1b[0m\n"),
            ("\x1b[2J\x1b[H", "\\u001b[2J\\u001b[H"),
            ("\x1b[31", "\\u001b[31"),
            ("a,b\r\n", "a,b\r\n"),
            ("{\"a\":\"\u{9c}\"}", "{\"a\":\"\\u009c\"}"),
        ] {
            assert_eq!(TerminalText::drawn(text).as_str(), shown);
        }
    }
}
