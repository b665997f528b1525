//! CloudWatch Logs Insights, the part of its query language that is answered here.
//!
//! Commands joined by `|`: `fields`, `display`, `filter`, `parse` with a glob, `stats`, `sort`, `limit`, and
//! `SOURCE` in front. Everything else is refused with its place in the text.
//! Source: CloudWatch Logs user guide, "CloudWatch Logs Insights query syntax". Knows no store and no HTTP:
//! records come one by one, the newest first.

mod condition;
mod datum;
mod lexer;
mod parse_condition;
mod parse_stats;
mod parser;
mod run;
mod stats;

use super::json_values::Paths;
use condition::Condition;
pub use datum::{Datum, timestamp};
pub use run::{Answer, Record, Run};
use stats::Stats;

/// The most characters of a query. Source: StartQuery, `queryString`.
pub const QUERY_MAX_CHARS: usize = 10_000;
/// The most rows of an answer, and how many there are if nobody says. Source: the `limit` command.
pub const ANSWER_MAX_ROWS: usize = 100_000;
const USUAL_ROWS: usize = 10_000;

/// A query, ready to be run.
#[derive(Debug)]
pub struct Query {
    /// The log groups that it names itself, with `SOURCE`.
    pub sources: Vec<String>,
    commands: Vec<Command>,
    slots: Vec<Slot>,
    paths: Paths,
}

/// Why a text is no query, or none that is answered here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct QueryError {
    /// What is wrong, and what would be right.
    pub what: String,
    /// Where it begins, in characters from 0.
    pub start: usize,
    /// Where it ends: the first character that is no longer part of it.
    pub end: usize,
}

/// A value that a row has: what it is called, and where it comes from.
#[derive(Debug)]
struct Slot {
    name: String,
    origin: Origin,
}

#[derive(Debug, Clone, PartialEq)]
enum Origin {
    Timestamp,
    IngestionTime,
    Message,
    LogStream,
    Log,
    Pointer,
    /// At the end of the first of these paths that leads anywhere, in a message that is JSON.
    Json(Vec<usize>),
    /// A command puts it there.
    Computed,
}

#[derive(Debug)]
enum Command {
    /// Shows these besides what is shown.
    Fields(Vec<Shown>),
    /// Shows these and nothing else.
    Display(Vec<Shown>),
    Filter(Condition),
    Parse(Glob),
    Stats(Stats),
    /// By slot, and whether the largest comes first.
    Sort(Vec<(usize, bool)>),
    Limit(usize),
}

/// A slot that is shown, after it was filled from another one if it is called differently.
#[derive(Debug)]
struct Shown {
    slot: usize,
    from: usize,
}

/// `parse @message "[*] * *" as a, b, c`.
#[derive(Debug)]
struct Glob {
    from: usize,
    /// The texts before, between and after the stars.
    pieces: Vec<String>,
    slots: Vec<usize>,
}

impl Glob {
    /// Returns what the stars stand for; `None` if the text is not like the glob.
    fn split<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, others) = self.pieces.split_first()?;
        let (_, mut rest) = text.split_once(first.as_str())?;
        let mut found = Vec::with_capacity(others.len());
        for (idx, piece) in others.iter().enumerate() {
            // A star at the end takes everything.
            if piece.is_empty() && idx + 1 == others.len() {
                found.push(rest);
                return Some(found);
            }
            let (before, after) = rest.split_once(piece.as_str())?;
            found.push(before);
            rest = after;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests;
