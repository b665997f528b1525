//! What a signal lost, in sentences. Each is computed from what is stored, what waits on disk and the rules
//! that are in force; where that does not tell, the sentence says that it cannot be known.

mod lines;
mod segments;
mod spans;

pub use lines::{NoLine, no_line};
pub use segments::{NoSegment, no_segment};
pub use spans::{NoSpans, no_spans, odd_spans};

use std::path::Path;

use crate::cli::render::clock::date_and_time;
use crate::cli::render::text::printable;
use crate::model::time::{SECOND, Window};
use crate::model::zone::Zone;
use crate::stack::Tenure;

const DAY: i64 = 86_400 * SECOND;

/// Says that a signal could not be read.
pub fn unasked(what: &str, words: &str) -> String {
    format!("{what} unknown: {words}")
}

/// Says that a trace's batch is on disk still, and where.
fn waiting(what: &str, folder: &Path) -> String {
    format!(
        "no {what} yet: it waits on disk, in {}, until its receiver takes it",
        printable(&folder.display().to_string())
    )
}

/// Says what the local stack knows of itself that explains why it has nothing of a time.
///
/// `n_near` is how many it has of about the same time.
fn of_tenure(what: &str, tenure: &Tenure, when: Window, now: i64, n_near: usize) -> Option<String> {
    if let Some(seconds) = tenure.keep_seconds
        && when.end < now.saturating_sub(seconds.saturating_mul(SECOND))
    {
        return Some(format!(
            "no {what}: this stack keeps events for {}, and this was before",
            span_of(seconds)
        ));
    }
    if let Some(started) = tenure.started.filter(|started| *started > when.end)
        && n_near == 0
    {
        let started = date_and_time(started, Zone::UTC);
        return Some(format!(
            "no {what}: this stack runs since {started} UTC, after this request, and has nothing of that time"
        ));
    }
    None
}

fn span_of(seconds: i64) -> String {
    let (n, unit) = match seconds {
        seconds if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        seconds if seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
        seconds => (seconds, "second"),
    };
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {unit}{plural}")
}

#[cfg(test)]
mod tests;
