//! Why there is no log line.

use std::path::PathBuf;

use super::{DAY, waiting};
use crate::cli::lenses::remotes::Neighbours;
use crate::cli::render::clock::date_and_time;
use crate::cli::render::text::printable;
use crate::model::time::{MILLISECOND, Window};
use crate::model::zone::Zone;

/// What is known of a log line that is not there.
pub struct NoLine<'a> {
    /// The log group.
    pub group: &'a str,
    /// Whether there is such a group.
    pub has_group: bool,
    /// When the group was made, nanoseconds since the epoch; `None` if that is not known.
    pub created: Option<i64>,
    /// How long it keeps lines; `None` for ever, or if that is not known.
    pub retention_days: Option<u32>,
    /// When the request was, if that is known.
    pub when: Option<Window>,
    /// The present moment.
    pub now: i64,
    /// The lines of about that time.
    pub neighbours: Option<Neighbours>,
    /// Where lines with this id wait on disk.
    pub waits_in: Option<PathBuf>,
}

/// Says why there is no log line.
pub fn no_line(known: &NoLine<'_>) -> String {
    let group = printable(known.group);
    if let Some(folder) = &known.waits_in {
        return waiting("log line", folder);
    }
    if !known.has_group {
        return format!(
            "no log line: there is no log group {group}; `cruddurctl logs setup` makes it, --log-group names another"
        );
    }
    let Some(when) = known.when else {
        return format!(
            "no log line of group {group} carries this id; when the request was is not known, so why cannot be known"
        );
    };
    if let Some(days) = known.retention_days
        && when.start
            < known
                .now
                .saturating_sub(i64::from(days).saturating_mul(DAY))
    {
        return format!(
            "no log line: group {group} keeps lines for {days} days, and this was before"
        );
    }
    match known.neighbours.unwrap_or_default() {
        Neighbours { lines: 0, .. } => match known.created {
            // A millisecond is as fine as the service says it.
            Some(created) if created > when.end.saturating_add(MILLISECOND) => format!(
                "no log line: group {group} was made at {} UTC, after this request",
                date_and_time(created, Zone::UTC)
            ),
            _ => format!(
                "no log line: group {group} has no line of that time; whether none was written (`serve --without lines`), or none was delivered, cannot be known from here"
            ),
        },
        Neighbours { lines, with_id: 0 } => format!(
            "no log line: {lines} of that time in group {group}, and none carries a trace id; end lines in trace_id=ID, as the module does that `cruddurctl init` writes"
        ),
        Neighbours { lines, .. } => format!(
            "no log line: {lines} of that time in group {group}, and all are of other requests"
        ),
    }
}
