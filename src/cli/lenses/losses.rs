//! What a lens lost, in sentences: each says what is not there, and the likeliest reason that can be known.

use std::collections::BTreeMap;

use super::id::{KEPT_SECONDS, began, began_lately};
use super::remotes::{Neighbours, Others};
use crate::cli::render::clock::day;
use crate::cli::render::text::{printable, significant};
use crate::model::query::QuerySpec;
use crate::model::recorded::RequestKind;
use crate::model::sampling::SamplingRule;
use crate::model::sampling_explain::Explanation;
use crate::model::sampling_match::{FieldMatch, Miss};
use crate::model::span_tree::SpanRow;
use crate::model::time::{SECOND, Window};
use crate::model::trace_tree::TraceTree;
use crate::model::zone::Zone;

/// What is known of a segment that is not there.
pub struct NoSegment<'a> {
    /// The trace, in X-Ray's form.
    pub id: &'a str,
    /// The present moment.
    pub now: i64,
    /// What the request was, if its span says.
    pub request: Option<&'a RequestKind>,
    /// All sampling rules.
    pub rules: Vec<SamplingRule>,
    /// Whose traces X-Ray has of about the same time.
    pub others: Others,
}

/// What is known of a log line that is not there.
pub struct NoLine<'a> {
    /// The log group.
    pub group: &'a str,
    /// Whether there is such a group.
    pub has_group: bool,
    /// How long it keeps lines; `None` for ever, or if nobody asked.
    pub retention_days: Option<u32>,
    /// When the request was, if anybody knows.
    pub when: Option<Window>,
    /// The present moment.
    pub now: i64,
    /// The lines of about that time.
    pub neighbours: Option<Neighbours>,
}

// Honeycomb's and the local stack's.
const SPANS_KEPT_DAYS: i64 = 60;
const DAY: i64 = 86_400 * SECOND;
// No more of one kind are named.
const MOST_NAMED: usize = 3;

/// Says that a lens could not be asked.
pub fn unasked(what: &str, words: &str) -> String {
    format!("{what} unknown: {words}")
}

/// Says why there are no spans.
pub fn no_spans(dataset: &str, began: Option<i64>, now: i64) -> String {
    if began.is_some_and(|began| began < now.saturating_sub(SPANS_KEPT_DAYS * DAY)) {
        return format!("no span: they are kept for {SPANS_KEPT_DAYS} days, and this was before");
    }
    let place = match dataset {
        QuerySpec::ALL_DATASETS => "any dataset".to_string(),
        dataset => format!("dataset {}", printable(dataset)),
    };
    format!(
        "no span in {place} has this id: the application exports none, or with the key of another environment, or they are still on their way"
    )
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
            "sent twice: {twice} of the spans; a second span processor does that"
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

/// Says why there is no segment.
pub fn no_segment(known: NoSegment<'_>) -> Vec<String> {
    let days = KEPT_SECONDS / 86_400;
    let (id, now) = (known.id, known.now);
    if began_lately(id, days, now).is_none() {
        let said = day(began(id).unwrap_or_default(), Zone::UTC);
        return vec![match began(id) {
            Some(began) if began < now && began > now.saturating_sub(400 * DAY) => {
                format!("no segment: X-Ray keeps traces for {days} days, and this id is of {said}")
            }
            _ => format!(
                "no segment: X-Ray wants ids that begin with the second they were made in, and this one says {said}; the SDK needs X-Ray's id generator"
            ),
        }];
    }
    let Some(request) = known.request else {
        return vec![
            "no segment: the request may not have been sampled; without its span nobody knows which rule decided".to_string(),
        ];
    };
    let is_by_host = !request.host.is_empty()
        && matches!(&known.others, Others::Named(name) if *name == request.host);
    let has_others = is_by_host || known.others == Others::Same;
    // Source: aws-xray-sdk-python, default_dynamic_naming: the sampler is asked with that name too.
    let name = match is_by_host {
        true => &request.host,
        false => &request.service_name,
    };
    let request = &RequestKind {
        service_name: name.clone(),
        ..request.clone()
    };
    let explanation = Explanation::of(known.rules, &request.request());
    let Some(rule) = explanation.deciding() else {
        return vec![
            "no segment: no sampling rule matches this request, so the SDK took 1 a second and 5 % of the rest; this request was of the others".to_string(),
        ];
    };
    let rule_name = printable(&rule.rule_name);
    let takes_none = rule.reservoir_size <= 0 && rule.fixed_rate <= 0.0;
    let mut losses = vec![if takes_none {
        format!("no segment: rule `{rule_name}` takes no request")
    } else if rule.fixed_rate >= 1.0 {
        format!(
            "no segment: rule `{rule_name}` takes every request, so this segment was lost or is on its way; is the daemon reachable?"
        )
    } else if !has_others {
        format!(
            "no segment: rule `{rule_name}` takes {}, and X-Ray has no trace of {} of that time at all; is the daemon reachable?",
            takes(rule),
            printable(&request.service_name)
        )
    } else {
        format!(
            "no segment: rule `{rule_name}` takes {}; this request was of the others, or its caller had decided so",
            takes(rule)
        )
    }];
    if is_by_host {
        losses.push(format!(
            "segments of that time are named `{}`, after the Host header (dynamic_naming): rules and groups that name the service do not match them",
            printable(name)
        ));
    }
    // A rule that somebody wrote and that does not match is what they look for.
    let passed = explanation.winner.unwrap_or_default();
    let before = explanation.asked.iter().take(passed);
    for asked in before.take(MOST_NAMED) {
        if let Some(miss) = asked.fields.iter().find(|field| !field.matched()) {
            losses.push(format!(
                "rule `{}` does not match: {}",
                printable(&asked.rule.rule_name),
                why_not(miss)
            ));
        }
    }
    losses
}

fn takes(rule: &SamplingRule) -> String {
    let percent = format!("{} %", significant(rule.fixed_rate * 100.0, 3));
    // Source: X-Ray Developer Guide: a client without a share of the reservoir borrows one a second.
    let first = match rule.reservoir_size {
        ..=0 => return format!("{percent} of all"),
        1 => "1 a second".to_string(),
        n => format!("{n} a second (1 until X-Ray has granted a share)"),
    };
    match rule.fixed_rate > 0.0 {
        true => format!("{first} and {percent} of the rest"),
        false => first,
    }
}

fn why_not(field: &FieldMatch) -> String {
    let (name, pattern) = (field.field.name(), printable(&field.pattern));
    match field.miss {
        Some(Miss::Ignored) => format!("SDKs take no rule with {name} {pattern}"),
        Some(Miss::Unknown) => {
            format!("it wants {name} `{pattern}`, which the request does not say")
        }
        _ => format!(
            "it wants {name} `{pattern}`, and this is `{}`",
            printable(&field.value)
        ),
    }
}

/// Says why there is no log line.
pub fn no_line(known: &NoLine<'_>) -> String {
    let group = printable(known.group);
    if !known.has_group {
        return format!(
            "no log line: there is no log group {group}; `cruddurctl logs setup` makes it, --log-group names another"
        );
    }
    let Some(when) = known.when else {
        return format!("no log line of group {group} carries this id");
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
        Neighbours { lines: 0, .. } => format!(
            "no log line: nobody wrote to group {group} at that time, or what was written is on its way"
        ),
        Neighbours { lines, with_id: 0 } => format!(
            "no log line: {lines} of that time in group {group}, and none carries a trace id; end lines in trace_id=ID, as the module does that `cruddurctl init` writes"
        ),
        Neighbours { lines, .. } => format!(
            "no log line: {lines} of that time in group {group}, and all are of other requests"
        ),
    }
}

#[cfg(test)]
#[path = "losses_tests.rs"]
mod tests;
