//! Why there are no spans, and what is odd about those that are there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{DAY, of_tenure, waiting};
use crate::cli::render::text::printable;
use crate::model::query::QuerySpec;
use crate::model::span_tree::SpanRow;
use crate::model::time::Window;
use crate::model::trace_tree::TraceTree;
use crate::stack::Tenure;

/// What is known of spans that are not there.
pub struct NoSpans<'a> {
    /// Where they were looked for: a dataset, or all of them.
    pub dataset: &'a str,
    /// When the request was, if that is known.
    pub when: Option<Window>,
    /// The present moment.
    pub now: i64,
    /// What the stack says of itself, if it is a local one.
    pub tenure: Option<Tenure>,
    /// How many traces there are of about that time; `None` if that is not known.
    pub n_near: Option<usize>,
    /// Where spans of this trace wait on disk.
    pub waits_in: Option<PathBuf>,
}

// Honeycomb's.
const SPANS_KEPT_DAYS: i64 = 60;
// No more of one kind are named.
const MOST_NAMED: usize = 3;

/// Says why there are no spans.
pub fn no_spans(known: &NoSpans<'_>) -> String {
    if let Some(folder) = &known.waits_in {
        return waiting("span", folder);
    }
    let place = match known.dataset {
        QuerySpec::ALL_DATASETS => "any dataset".to_string(),
        dataset => format!("dataset {}", printable(dataset)),
    };
    let of_tenure = match (&known.tenure, known.when) {
        (Some(tenure), Some(when)) => {
            of_tenure("span", tenure, when, known.now, known.n_near.unwrap_or(1))
        }
        // A cloud's: Honeycomb says how long it keeps events, and no more.
        (None, Some(when)) if when.end < known.now.saturating_sub(SPANS_KEPT_DAYS * DAY) => Some(
            format!("no span: they are kept for {SPANS_KEPT_DAYS} days, and this was before"),
        ),
        _ => None,
    };
    if let Some(sentence) = of_tenure {
        return sentence;
    }
    match known.n_near {
        Some(0) => format!(
            "no span in {place} has this id, and none is of that time: whether the application exports none (OTEL_SDK_DISABLED, `serve --without spans`), or they went elsewhere, cannot be known from here"
        ),
        Some(n) => format!(
            "no span in {place} has this id, and {n} other traces are of that time: the application exports spans, and whether its caller said not to (a traceparent that ends in 00), or they were lost, cannot be known from here"
        ),
        None => format!(
            "no span in {place} has this id: whether the application exports none, or with the key of another environment, or they are still on their way, cannot be known from here"
        ),
    }
}

/// Says what is odd about spans that are there.
pub fn odd_spans(
    rows: &[SpanRow],
    tree: &TraceTree,
    segments: Option<&TraceTree>,
    is_cut: bool,
) -> Vec<String> {
    let mut losses = Vec::new();
    // By parent: many may miss the same one.
    let mut orphans: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for piece in &tree.pieces {
        if let Some(parent) = &piece.missing_parent {
            orphans.entry(parent).or_default().push(&piece.name);
        }
    }
    for (parent, names) in orphans.iter().take(MOST_NAMED) {
        let of = match names.as_slice() {
            [name] => printable(name),
            [name, rest @ ..] => format!("{} and {} more", printable(name), rest.len()),
            [] => continue,
        };
        let is_segment =
            segments.is_some_and(|tree| tree.pieces.iter().any(|piece| piece.id == *parent));
        let why = if is_segment {
            "X-Ray has it, so its caller reports segments and no spans"
        } else {
            "its caller exports no spans, or they were lost"
        };
        losses.push(format!(
            "parent missing: span {} of {of} is not there: {why}",
            printable(parent)
        ));
    }
    if orphans.len() > MOST_NAMED {
        losses.push(format!(
            "{} more parents are missing",
            orphans.len() - MOST_NAMED
        ));
    }
    let twice = rows
        .iter()
        .filter(|row| row.id.is_some() && row.copies > 1)
        .count();
    if twice > 0 {
        losses.push(format!(
            "sent twice: {twice} of the spans came more than once; a second span processor does that, and so does a batch that is sent again"
        ));
    }
    if is_cut {
        losses.push(format!(
            "only the first {} spans are shown: Honeycomb's API answers no more",
            rows.len()
        ));
    }
    losses
}
