//! A log line as a person reads it: when, where, what; coloured by level, stream and route.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use super::clock;
use super::palette::Paint;
use super::terminal::{Colour, Terminal, Theme};
use super::text::{Ink, Line, printable};
use crate::model::time::{MILLISECOND, rfc3339};
use crate::model::trace_id::trace_ids_in;
use crate::model::width::{cell_width, clusters};
use crate::model::zone::Zone;

/// The most characters of a stream's name on a terminal; its end tells more than its beginning.
const NAME_WIDTH: usize = 24;
/// Before the second and later lines of a message.
const INDENT: &str = "    ";
/// How far into a message its level is looked for.
const LEVEL_WITHIN: usize = 400;

/// A line to show.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// The group, where there are several.
    pub group: Option<&'a str>,
    /// The stream.
    pub stream: &'a str,
    /// Milliseconds since the epoch.
    pub time_ms: i64,
    /// What it says.
    pub message: &'a str,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For who looks for a fault.
    Debug,
    /// As it should be.
    Info,
    /// The caller's fault, or soon ours.
    Warning,
    /// Our fault.
    Error,
}

/// What a part of a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Level(Level),
    Route,
    Trace,
}

/// Returns the line with its line end. A pipe gets the whole moment in UTC and whole names; a terminal
/// the time of day by the clock of `zone`, and names that fit.
///
/// Control characters are written out where a terminal would obey them.
pub fn log_line(line: &LogLine<'_>, terminal: &Terminal, zone: Zone) -> String {
    let message = line.message.trim_end_matches(['\n', '\r']);
    let time = line.time_ms.saturating_mul(MILLISECOND);
    if !terminal.is_terminal && terminal.colour == Colour::None {
        let mut text = moment(line.time_ms);
        for name in line.group.into_iter().chain([line.stream]) {
            text.push(' ');
            text.push_str(name);
        }
        text.push(' ');
        push_indented(&mut text, message);
        return text;
    }
    let mut out = Line::new();
    if terminal.is_terminal {
        let time_of_day = clock::time_of_day(time, zone);
        out.push(&time_of_day, Ink::FAINT);
    } else {
        out.push(&moment(line.time_ms), Ink::FAINT);
    }
    for name in line.group.into_iter().chain([line.stream]) {
        out.push(" ", Ink::PLAIN);
        let shown = if terminal.is_terminal {
            shortened(&printable(name), terminal.unicode)
        } else {
            printable(name)
        };
        out.push(&shown, ink_of_name(name, terminal));
    }
    out.push(" ", Ink::PLAIN);
    let mut text = String::new();
    let base = match level(message) {
        Some(Level::Debug) => Ink::FAINT,
        _ => Ink::PLAIN,
    };
    for (idx, part) in message.split('\n').enumerate() {
        if idx > 0 {
            text.push_str(&out.text(terminal.colour));
            text.push('\n');
            out = Line::new();
            out.push(INDENT, Ink::PLAIN);
        }
        push_painted(&mut out, part.trim_end_matches('\r'), base, terminal);
    }
    text.push_str(&out.text(terminal.colour));
    text.push('\n');
    text
}

/// Returns a message alone with its line end, safe for the terminal if it is one.
pub fn raw_line(message: &str, terminal: &Terminal) -> String {
    let message = message.strip_suffix('\n').unwrap_or(message);
    if !terminal.is_terminal {
        return format!("{message}\n");
    }
    let mut text = String::new();
    for part in message.split('\n') {
        text.push_str(&safe(part.trim_end_matches('\r')));
        text.push('\n');
    }
    text
}

/// Returns a moment in RFC 3339 with all three digits of its milliseconds.
pub fn moment(time_ms: i64) -> String {
    let whole = rfc3339(
        time_ms
            .div_euclid(1_000)
            .saturating_mul(1_000 * MILLISECOND),
    );
    let seconds = whole.strip_suffix('Z').unwrap_or(&whole);
    format!("{seconds}.{:03}Z", time_ms.rem_euclid(1_000))
}

/// Returns how bad a line is, if it says so: by a word, by a field, by a response's status.
pub fn level(message: &str) -> Option<Level> {
    let levels = parts(message)
        .into_iter()
        .filter_map(|(_, kind)| match kind {
            Kind::Level(level) => Some(level),
            _ => None,
        });
    levels.max()
}

fn push_indented(text: &mut String, message: &str) {
    for (idx, part) in message.split('\n').enumerate() {
        if idx > 0 {
            text.push('\n');
            text.push_str(INDENT);
        }
        text.push_str(part.strip_suffix('\r').unwrap_or(part));
    }
    text.push('\n');
}

fn push_painted(out: &mut Line, message: &str, base: Ink, terminal: &Terminal) {
    if terminal.colour == Colour::None {
        out.push(&safe(message), Ink::PLAIN);
        return;
    }
    let mut at = 0;
    for (range, kind) in parts(message) {
        let (before, part) = (message.get(at..range.start), message.get(range.clone()));
        let (Some(before), Some(part)) = (before, part) else {
            continue;
        };
        out.push(&safe(before), base);
        let ink = match kind {
            Kind::Level(level) => ink_of_level(level, terminal),
            Kind::Route => ink_of_name(part.split('?').next().unwrap_or(part), terminal),
            Kind::Trace => Ink::BOLD,
        };
        out.push(&safe(part), ink);
        at = range.end;
    }
    out.push(&safe(message.get(at..).unwrap_or_default()), base);
}

/// A tab is what it is; whatever else would steer the terminal is written out.
fn safe(text: &str) -> String {
    let parts: Vec<String> = text.split('\t').map(printable).collect();
    parts.join("\t")
}

fn shortened(name: &str, unicode: bool) -> String {
    if cell_width(name) <= NAME_WIDTH {
        return name.to_string();
    }
    let mark = if unicode { '…' } else { '~' };
    let kept: Vec<&str> = clusters(name).collect();
    let mut n_cells = 1;
    let fits = |cluster: &&&str| {
        n_cells += cell_width(cluster);
        n_cells <= NAME_WIDTH
    };
    let n_kept = kept.iter().rev().take_while(fits).count();
    let end = kept.get(kept.len() - n_kept..).unwrap_or_default();
    format!("{mark}{}", end.concat())
}

fn ink_of_level(level: Level, terminal: &Terminal) -> Ink {
    // xterm's 256, then the terminal's own 16; each for dark and bright ground.
    let (dark, light, dark_16, light_16) = match level {
        Level::Debug => return Ink::FAINT,
        Level::Info => (114, 28, 10, 2),
        Level::Warning => (221, 130, 11, 3),
        Level::Error => (203, 160, 9, 1),
    };
    Ink {
        bold: level == Level::Error,
        ..ink(terminal, [dark, light], [dark_16, light_16])
    }
}

/// The same name has the same colour in every line, and in every run.
fn ink_of_name(name: &str, terminal: &Terminal) -> Ink {
    // None of the colours of levels.
    const DARK: [u8; 6] = [80, 147, 176, 110, 180, 115];
    const LIGHT: [u8; 6] = [30, 61, 127, 25, 94, 23];
    const DARK_16: [u8; 3] = [14, 13, 12];
    const LIGHT_16: [u8; 3] = [6, 5, 4];
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let hash = hasher.finish();
    let nth = |colours: &[u8]| {
        let idx = usize::try_from(hash % colours.len() as u64).unwrap_or(0);
        colours.get(idx).copied().unwrap_or(0)
    };
    ink(
        terminal,
        [nth(&DARK), nth(&LIGHT)],
        [nth(&DARK_16), nth(&LIGHT_16)],
    )
}

fn ink(terminal: &Terminal, of_256: [u8; 2], of_16: [u8; 2]) -> Ink {
    let by_theme = |[dark, light]: [u8; 2]| match terminal.theme {
        Theme::Dark => dark,
        Theme::Light => light,
    };
    match terminal.colour {
        Colour::None => Ink::PLAIN,
        Colour::Ansi16 => Ink::of(Paint::Basic(by_theme(of_16))),
        Colour::Ansi256 | Colour::True => Ink::of(Paint::Indexed(by_theme(of_256))),
    }
}

/// Returns the parts of a message that have a meaning of their own, in order and apart.
fn parts(message: &str) -> Vec<(Range<usize>, Kind)> {
    let mut found = Vec::new();
    // The last two words, for what they say about the next.
    let (mut last, mut last_but_one) = ("", "");
    let mut at = 0;
    while at < message.len() {
        let rest = message.get(at..).unwrap_or_default();
        if rest.starts_with('/') && (is_before_route(last) || is_method(last_but_one)) {
            let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ')' | ']');
            let length = rest.find(end).unwrap_or(rest.len());
            found.push((at..at + length, Kind::Route));
            (last, last_but_one) = ("", "");
            at += length;
            continue;
        }
        let length = rest.bytes().take_while(|byte| is_word(*byte)).count();
        if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let word = rest.get(..length).unwrap_or_default();
        let before = message.get(..at).unwrap_or_default();
        let after = rest.get(length..).unwrap_or_default();
        let mut end = at + length;
        if let Some(level) = level_of_status(word, last, after) {
            end += phrase(after);
            found.push((at..end, Kind::Level(level)));
        } else if at < LEVEL_WITHIN
            && let Some(level) = level_of_word(word, last, before, after)
        {
            found.push((at..end, Kind::Level(level)));
        }
        (last_but_one, last) = (last, word);
        at = end;
    }
    let is_apart = |range: &Range<usize>, found: &[(Range<usize>, Kind)]| {
        found
            .iter()
            .all(|(it, _)| it.end <= range.start || range.end <= it.start)
    };
    for (range, _) in trace_ids_in(message) {
        if is_apart(&range, &found) {
            found.push((range, Kind::Trace));
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_method(word: &str) -> bool {
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"].contains(&word)
}

fn is_before_route(word: &str) -> bool {
    // `http` may stand between the method and the path, as in the course's line.
    is_method(word) || ["route", "path", "full_path", "target", "url", "uri"].contains(&word)
}

fn level_of_word(word: &str, last: &str, before: &str, after: &str) -> Option<Level> {
    let level = match word.to_ascii_uppercase().as_str() {
        "TRACE" | "DEBUG" => Level::Debug,
        "INFO" | "NOTICE" => Level::Info,
        "WARN" | "WARNING" => Level::Warning,
        "ERROR" | "FATAL" | "CRITICAL" | "PANIC" | "EMERGENCY" => Level::Error,
        _ => return None,
    };
    let is_upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_field = ["level", "levelname", "lvl", "severity", "severity_text"].contains(&last);
    let is_marked = (before.ends_with('[') && after.starts_with(']'))
        || (before.is_empty() && after.starts_with(':'));
    (is_upper || is_field || is_marked).then_some(level)
}

fn level_of_status(word: &str, last: &str, after: &str) -> Option<Level> {
    let is_one = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let says_so = last == "status" || last == "status_code" || last == "statusCode";
    if !is_one || !(says_so || phrase(after) > 0) {
        return None;
    }
    match word.as_bytes().first() {
        Some(b'1'..=b'3') => Some(Level::Info),
        Some(b'4') => Some(Level::Warning),
        Some(b'5') => Some(Level::Error),
        _ => None,
    }
}

/// Returns the length of the words in capitals that follow a status, as Flask writes them.
fn phrase(after: &str) -> usize {
    let mut length = 0;
    for word in after.split_inclusive(' ').skip(1) {
        let bare = word.trim_end();
        let is_part = bare.len() > 1
            && bare
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'\'');
        if !is_part || !after.starts_with(' ') {
            break;
        }
        length += if length == 0 { 1 } else { 0 } + word.len();
    }
    after.get(..length).unwrap_or_default().trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(message: &str) -> Vec<(&str, Kind)> {
        let parts = parts(message).into_iter();
        parts.map(|(range, kind)| (&message[range], kind)).collect()
    }

    fn line(message: &str) -> LogLine<'_> {
        LogLine {
            group: None,
            stream: "backend-flask/7",
            // 2026-11-22 14:03:20.007 UTC.
            time_ms: 1_795_356_200_007,
            message,
        }
    }

    const SCREEN: Terminal = Terminal {
        width: 80,
        height: None,
        colour: Colour::Ansi256,
        unicode: true,
        theme: Theme::Dark,
        is_terminal: true,
    };

    #[test]
    fn the_line_of_the_course_has_its_route_and_its_status() {
        assert_eq!(
            named("[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home?x=1 200 OK"),
            [
                ("/api/activities/home?x=1", Kind::Route),
                ("200 OK", Kind::Level(Level::Info))
            ]
        );
        let failed = "127.0.0.1 GET http /api/boom? 500 INTERNAL SERVER ERROR";
        assert_eq!(
            named(failed)[1],
            ("500 INTERNAL SERVER ERROR", Kind::Level(Level::Error))
        );
        assert_eq!(
            level("127.0.0.1 GET http /nope? 404 NOT FOUND"),
            Some(Level::Warning)
        );
    }

    #[test]
    fn levels_are_read_from_words_fields_and_marks_and_from_no_other_word() {
        for (message, expected) in [
            ("ERROR in app: boom", Some(Level::Error)),
            ("2026-11-22 WARNING: disk", Some(Level::Warning)),
            (
                r#"{"msg":"x","level":"error","status":200}"#,
                Some(Level::Error),
            ),
            (r#"{"status":503}"#, Some(Level::Error)),
            ("level=debug msg=x", Some(Level::Debug)),
            ("[info] started", Some(Level::Info)),
            ("warning: unused", Some(Level::Warning)),
            ("no error was found", None),
            ("took 500 ms, 12 errors", None),
            ("order 404 shipped", None),
            ("", None),
        ] {
            assert_eq!(level(message), expected, "{message}");
        }
    }

    #[test]
    fn ids_are_found_and_parts_never_overlap() {
        let id = "1-5759e988-bd862e3fe1be46a994272793";
        let message = format!("GET /api?t={id} then {id} ERROR");
        let parts = parts(&message);
        assert_eq!(parts.len(), 3, "{parts:?}");
        assert!(parts.windows(2).all(|two| two[0].0.end <= two[1].0.start));
    }

    #[test]
    fn a_pipe_gets_whole_names_and_moments_and_no_colour() {
        let text = log_line(
            &line("one\r\ntwo\x1b[2J\n"),
            &Terminal::plain(80),
            Zone::fixed(3600),
        );
        assert_eq!(
            text,
            "2026-11-22T14:03:20.007Z backend-flask/7 one\n    two\x1b[2J\n"
        );
        let with_group = LogLine {
            group: Some("cruddur"),
            ..line("x")
        };
        let text = log_line(&with_group, &Terminal::plain(80), Zone::UTC);
        assert_eq!(text, "2026-11-22T14:03:20.007Z cruddur backend-flask/7 x\n");
    }

    #[test]
    fn a_terminal_gets_the_time_of_day_and_nothing_that_steers_it() {
        let plain = Terminal {
            colour: Colour::None,
            ..SCREEN
        };
        let text = log_line(
            &line("a\tb\x1b[2J\u{9b}31m\u{202e}\n  c"),
            &plain,
            Zone::fixed(3600),
        );
        assert_eq!(
            text,
            "15:03:20.007 backend-flask/7 a\tb\\u{1b}[2J\\u{9b}31m\\u{202e}\n      c\n"
        );
        assert_eq!(raw_line("a\x1bb\r\nc\n", &plain), "a\\u{1b}b\nc\n");
        assert_eq!(raw_line("a\x1bb\n", &Terminal::plain(80)), "a\x1bb\n");
    }

    #[test]
    fn colours_follow_level_name_and_ground_and_end_with_the_line() {
        let text = log_line(&line("ERROR x"), &SCREEN, Zone::UTC);
        assert!(
            text.contains("\x1b[0;1;38;5;203mERROR\x1b[0m x"),
            "{text:?}"
        );
        let light = Terminal {
            theme: Theme::Light,
            ..SCREEN
        };
        assert!(log_line(&line("ERROR x"), &light, Zone::UTC).contains("38;5;160m"));
        let own = Terminal {
            colour: Colour::Ansi16,
            ..SCREEN
        };
        assert!(log_line(&line("ERROR x"), &own, Zone::UTC).contains(";91m"));
        assert_eq!(
            log_line(&line("DEBUG x"), &SCREEN, Zone::UTC)
                .matches("\x1b[0;2m")
                .count(),
            2
        );
        // Forced into a pipe, the text around the colours is the pipe's.
        let forced = Terminal {
            is_terminal: false,
            ..SCREEN
        };
        let text = log_line(&line("x"), &forced, Zone::UTC);
        assert!(
            text.contains("2026-11-22T14:03:20.007Z") && text.ends_with("x\n"),
            "{text:?}"
        );
    }

    #[test]
    fn long_names_keep_their_end() {
        let stream = "gitpod-workspace-4567/flask/app/812";
        let long = LogLine {
            stream,
            ..line("x")
        };
        let plain = Terminal {
            colour: Colour::None,
            ..SCREEN
        };
        assert_eq!(
            log_line(&long, &plain, Zone::UTC),
            "14:03:20.007 …pace-4567/flask/app/812 x\n"
        );
    }
}
