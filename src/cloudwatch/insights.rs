//! CloudWatch Logs Insights: its query language, and rows that it makes of records.
//!
//! A text becomes tokens with their places (`token`), a syntax tree (`parse`, `tree`), a plan in which every name and
//! function means something (`plan`, `scope`, `steps`), and rows (`run`, `rows`, `stats`). What there is of the
//! language is in `catalogue` and `functions`. To add a function, add it to the table of its group; to add a command,
//! add it to the catalogue, the tree, the parser and the plan.
//! Source: CloudWatch Logs user guide, "CloudWatch Logs Insights query syntax". Knows no store and no HTTP: records
//! come one by one, the newest first.

mod catalogue;
mod discover;
mod expression;
mod functions;
mod functions_address;
mod functions_json;
mod functions_text;
mod functions_time;
mod json_fields;
mod md5;
mod never;
mod order;
mod parse;
mod parse_command;
mod parse_expression;
mod pattern;
mod period;
mod plan;
mod plan_call;
mod plan_expression;
mod plan_parse;
mod plan_stats;
mod rows;
mod run;
mod scope;
mod stats;
mod steps;
mod take_apart;
mod token;
mod tree;
mod value;

use json_fields::Paths;
use steps::{Origin, Slot, Step};

pub use catalogue::tables;
pub use expression::Times;
pub use run::{Answer, Record, Run};
pub use tree::Source;

/// The most characters of a query. Source: StartQuery, `queryString`.
pub const QUERY_MAX_CHARS: usize = 10_000;
/// The most rows of an answer, and how many there are if nothing says. Source: the `limit` command.
pub const ANSWER_MAX_ROWS: usize = 100_000;
/// How many rows there are without `limit`.
pub const USUAL_ROWS: usize = 10_000;

/// A query, ready to be run.
#[derive(Debug)]
pub struct Query {
    /// The log groups that it names itself, with `SOURCE`.
    pub source: Source,
    /// What its author should know though it is no mistake.
    pub notes: Vec<String>,
    steps: Vec<Step>,
    slots: Vec<Slot>,
    paths: Paths,
    /// The slots that are shown, in order.
    shown: Vec<usize>,
    /// The slot of what finds an event again, if rows are events.
    pointer: Option<usize>,
    /// Which slots a later step reads of rows that are kept.
    kept: Vec<bool>,
    /// What the last `limit` says.
    limit: Option<usize>,
    /// Where its conditions stand before anything is counted: `start..end` in characters.
    pub filters: Vec<(usize, usize)>,
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
    /// Whether the service answers it, and only the local stack does not.
    pub is_of_stack: bool,
}

impl Query {
    /// Reads a query; an empty one shows time and message of every line.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        plan::query(parse::tree(text)?)
    }

    /// Returns the fields that the query looks for in events, and that an event may lack.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let is_found = |slot: &&Slot| matches!(slot.origin, Origin::Discovered(..));
        self.slots
            .iter()
            .filter(is_found)
            .map(|slot| slot.name.as_str())
    }

    /// Returns what the columns are called that are shown, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let slots = self.shown.iter().filter_map(|slot| self.slots.get(*slot));
        slots.map(|slot| slot.name.as_str())
    }

    /// Returns the number of rows that `limit` allows, if it is there.
    pub fn limit(&self) -> Option<usize> {
        self.limit
    }
}

#[cfg(test)]
mod tests;
