//! Prints lines as they come, and remembers what there is to say about them at the end.

use std::collections::HashSet;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Outcome;
use crate::cli::render::log_line::{Level, LogLine, level, log_line, moment, raw_line};
use crate::cli::render::text::Ink;
use crate::cli::render::{clock, csv, text::Line};
use crate::clock::now;
use crate::cloudwatch::tail::TailLine;
use crate::model::time::MILLISECOND;
use crate::model::trace_id::trace_ids_in;
use crate::model::zone::Zone;

/// The most streams that are told apart in the count at the end.
const MOST_STREAMS: usize = 10_000;

/// The titles of lines as CSV.
const TITLES: [&str; 5] = ["timestamp", "group", "stream", "message", "event_id"];

/// How lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineForm {
    /// Time, stream and message.
    Text,
    /// An object a line.
    JsonLines,
    /// The elements of one list.
    JsonList,
    /// Comma-separated values.
    Csv,
    /// The message alone.
    Raw,
}

/// See the module.
pub struct LinePrinter<'a> {
    context: &'a Context,
    groups: &'a [String],
    form: LineForm,
    day: String,
    tally: Tally,
}

/// What there is to say about lines at the end.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many.
    pub n_lines: u64,
    /// The group and stream of each; the first [`MOST_STREAMS`].
    streams: HashSet<(usize, String)>,
    /// Milliseconds since the epoch.
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    last_trace: Option<String>,
    last_failed_trace: Option<String>,
}

impl<'a> LinePrinter<'a> {
    /// Prints lines of `groups` to stdout.
    pub fn new(context: &'a Context, groups: &'a [String], form: LineForm) -> LinePrinter<'a> {
        let day = clock::day(now(), context.zone());
        LinePrinter {
            context,
            groups,
            form,
            day,
            tally: Tally::default(),
        }
    }

    /// Prints lines, all at once and at once.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub fn print(&mut self, lines: &[TailLine]) -> Outcome {
        let mut text = String::new();
        for line in lines {
            if self.form == LineForm::Csv && self.tally.n_lines == 0 {
                text.push_str(&csv::line(TITLES.iter().map(ToString::to_string)));
            }
            let is_first = self.tally.n_lines == 0;
            self.push(&mut text, line, is_first);
            self.tally.add(line);
        }
        self.context.print(&text)
    }

    /// Returns what was printed.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn push(&mut self, text: &mut String, line: &TailLine, is_first: bool) {
        let out = &self.context.out;
        let group = self.groups.get(line.group_idx).map_or("", String::as_str);
        let time_ms = line.event.timestamp_ms;
        let message = &line.event.message;
        match self.form {
            LineForm::Text => {
                let zone = self.context.zone();
                if out.is_terminal {
                    self.push_day(text, time_ms, zone);
                }
                let shown = LogLine {
                    group: Some(group).filter(|_| self.groups.len() > 1),
                    stream: &line.stream,
                    time_ms,
                    message,
                };
                text.push_str(&log_line(&shown, out, zone));
            }
            LineForm::JsonLines => {
                text.push_str(&json_of(group, line));
                text.push('\n');
            }
            LineForm::JsonList => {
                text.push_str(if is_first { "\n    " } else { ",\n    " });
                text.push_str(&json_of(group, line));
            }
            LineForm::Csv => {
                let id = line.id.clone().unwrap_or_default();
                let fields = [
                    moment(time_ms),
                    group.to_string(),
                    line.stream.clone(),
                    message.clone(),
                    id,
                ];
                text.push_str(&csv::line(fields.into_iter()));
            }
            LineForm::Raw => text.push_str(&raw_line(message, out)),
        }
    }

    /// Says which day it is, when it is another than that of the line before, or than today.
    fn push_day(&mut self, text: &mut String, time_ms: i64, zone: Zone) {
        let day = clock::day(time_ms.saturating_mul(MILLISECOND), zone);
        if day != self.day {
            let mut line = Line::new();
            line.push(&day, Ink::FAINT);
            text.push_str(&line.text(self.context.out.colour));
            text.push('\n');
            self.day = day;
        }
    }
}

impl Tally {
    /// Counts a line.
    pub fn add(&mut self, line: &TailLine) {
        let time_ms = line.event.timestamp_ms;
        self.n_lines += 1;
        self.first_ms = Some(self.first_ms.map_or(time_ms, |first| first.min(time_ms)));
        self.last_ms = Some(self.last_ms.map_or(time_ms, |last| last.max(time_ms)));
        let stream = (line.group_idx, line.stream.clone());
        if self.streams.len() < MOST_STREAMS {
            self.streams.insert(stream);
        }
        if let Some((_, id)) = trace_ids_in(&line.event.message).pop() {
            if level(&line.event.message) >= Some(Level::Error) {
                self.last_failed_trace = Some(id.clone());
            }
            self.last_trace = Some(id);
        }
    }

    /// Returns the lines in words: `3 lines of 2 streams in cruddur, 14:03:20 to 14:05:00`.
    pub fn words(&self, groups: &[String], zone: Zone) -> String {
        let plural = |n: u64, what: &str| match n {
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        let groups = groups.join(", ");
        let (Some(first), Some(last)) = (self.first_ms, self.last_ms) else {
            return format!("no lines in {groups}");
        };
        let axis = clock::TimeAxis {
            start: first.div_euclid(1_000).saturating_mul(1_000 * MILLISECOND),
            end: last.div_euclid(1_000).saturating_mul(1_000 * MILLISECOND),
            zone,
        };
        let lines = plural(self.n_lines, "line");
        let streams = plural(self.streams.len() as u64, "stream");
        format!("{lines} of {streams} in {groups}, {}", axis.span())
    }

    /// Returns the trace that is worth a look: the last of a line that tells of an error, else the last.
    pub fn trace(&self) -> Option<&str> {
        let failed = self.last_failed_trace.as_deref();
        failed.or(self.last_trace.as_deref())
    }
}

/// Returns a line as JSON without a line end.
fn json_of(group: &str, line: &TailLine) -> String {
    let json = json!({
        "group": group,
        "stream": line.stream,
        "timestamp": moment(line.event.timestamp_ms),
        "message": line.event.message,
        "event_id": line.id,
    });
    ascii_controls(&json.to_string())
}

/// Writes out the control characters that JSON allows in strings, which a terminal may obey.
pub fn ascii_controls(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        let steers =
            matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogEvent;

    fn line(stream: &str, timestamp_ms: i64, message: &str) -> TailLine {
        TailLine {
            group_idx: 0,
            stream: stream.to_string(),
            id: None,
            event: LogEvent {
                timestamp_ms,
                message: message.to_string(),
            },
        }
    }

    #[test]
    fn json_comes_back_the_same_and_steers_no_terminal() {
        let message = "\u{1b}[2J \u{9b}31m \u{202e} \"größe\"\n{\"a\":1}";
        let text = json_of("g", &line("s", 1_795_356_200_007, message));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["message"], message);
        assert_eq!(back["timestamp"], "2026-11-22T14:03:20.007Z");
        assert!(
            !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{text}"
        );
    }

    #[test]
    fn the_end_tells_of_the_last_trace_that_failed_or_else_of_the_last() {
        let id = |n: u8| format!("1-5759e988-bd862e3fe1be46a9942727{n:02}");
        let groups = ["cruddur".to_string()];
        let mut tally = Tally::default();
        assert_eq!(tally.words(&groups, Zone::UTC), "no lines in cruddur");
        tally.add(&line("a", 1_795_356_200_007, &format!("one {}", id(1))));
        assert_eq!(
            tally.words(&groups, Zone::UTC),
            "1 line of 1 stream in cruddur, 2026-11-22 14:03:20 to 14:03:20 UTC"
        );
        assert_eq!(tally.trace(), Some(&*id(1)));
        tally.add(&line("b", 1_795_356_260_007, &format!("ERROR {}", id(2))));
        tally.add(&line("b", 1_795_356_230_007, &format!("three {}", id(3))));
        assert_eq!(tally.trace(), Some(&*id(2)));
        assert_eq!(
            tally.words(&groups, Zone::UTC),
            "3 lines of 2 streams in cruddur, 2026-11-22 14:03:20 to 14:04:20 UTC"
        );
    }
}
