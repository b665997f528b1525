//! Earlier filters of groups: a changed filter is not applied to traces that arrived before it was.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::server::Context;
use crate::model::time::Window;
use crate::store::{Change, Documents, Table};

const VERSIONS: Table = Table("xray/group-filter");
/// Versions of a group that are kept; the oldest leaves when another is added. A graph is of six hours.
const MOST_VERSIONS: usize = 50;

/// A filter that a group had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OldFilter {
    /// When another took its place, nanoseconds since the epoch.
    until: i64,
    expression: String,
}

/// A filter of a group, and the time in which it was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterVersion {
    /// When.
    pub window: Window,
    /// Which traces it means.
    pub expression: String,
}

/// Returns what keeps the filter `old` of a group for what arrived before `now`, nanoseconds since the
/// epoch; nothing if the filter stays as it was.
pub fn replaced(
    documents: &Documents,
    arn: &str,
    (old, new): (Option<&str>, Option<&str>),
    now: i64,
) -> Option<Change> {
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    if old == new {
        return None;
    }
    let stored = documents.get(VERSIONS, arn);
    let mut versions = stored.map(old_filters).unwrap_or_default();
    versions.push(OldFilter {
        until: now,
        expression: old.to_string(),
    });
    let n_surplus = versions.len().saturating_sub(MOST_VERSIONS);
    versions.drain(..n_surplus);
    Some(Change::Put {
        table: VERSIONS,
        key: arn.to_string(),
        value: json!(versions),
    })
}

/// Returns what forgets the earlier filters of a group.
pub fn gone(documents: &Documents, arn: &str) -> Option<Change> {
    documents.get(VERSIONS, arn).map(|_| Change::Delete {
        table: VERSIONS,
        key: arn.to_string(),
    })
}

/// Returns the filters that a group had within a window, the oldest first; `current` is its filter of
/// today.
pub fn within(ctx: &Context, arn: &str, current: &str, window: Window) -> Vec<FilterVersion> {
    let stored = ctx.store().document(VERSIONS, arn);
    let old = stored.map(|stored| old_filters(&stored));
    divided(old.unwrap_or_default(), current, window)
}

fn old_filters(value: &serde_json::Value) -> Vec<OldFilter> {
    Deserialize::deserialize(value).unwrap_or_default()
}

fn divided(old: Vec<OldFilter>, current: &str, window: Window) -> Vec<FilterVersion> {
    let mut versions = Vec::new();
    let mut start = window.start;
    for OldFilter { until, expression } in old {
        let end = until.min(window.end);
        if end > start {
            let window = Window { start, end };
            versions.push(FilterVersion { window, expression });
            start = end;
        }
    }
    if start < window.end || versions.is_empty() {
        versions.push(FilterVersion {
            window: Window {
                start,
                end: window.end,
            },
            expression: current.to_string(),
        });
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_divided_at_each_change_of_the_filter() {
        let old = |until, expression: &str| OldFilter {
            until,
            expression: expression.to_string(),
        };
        let all = vec![old(10, "a"), old(20, "b")];
        for (start, end, expected) in [
            (0, 5, vec![(0, 5, "a")]),
            (0, 30, vec![(0, 10, "a"), (10, 20, "b"), (20, 30, "c")]),
            (12, 20, vec![(12, 20, "b")]),
            (20, 30, vec![(20, 30, "c")]),
            (25, 25, vec![(25, 25, "c")]),
        ] {
            let found = divided(all.clone(), "c", Window { start, end });
            let found: Vec<_> = found
                .iter()
                .map(|it| (it.window.start, it.window.end, &*it.expression))
                .collect();
            assert_eq!(found, expected, "{start} {end}");
        }
    }
}
