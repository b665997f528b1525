//! Why there is no segment.

use std::path::PathBuf;

use super::{DAY, of_tenure, waiting};
use crate::cli::lenses::id::{KEPT_SECONDS, began, began_lately};
use crate::cli::lenses::remotes::Others;
use crate::cli::render::clock::{date_and_time, day};
use crate::cli::render::text::{printable, significant};
use crate::model::recorded::RequestKind;
use crate::model::sampling::SamplingRule;
use crate::model::sampling_explain::Explanation;
use crate::model::sampling_match::{FieldMatch, Miss};
use crate::model::time::{SECOND, Window};
use crate::model::zone::Zone;
use crate::stack::Tenure;
use crate::xray::client::KnownRule;

/// What is known of a segment that is not there.
pub struct NoSegment<'a> {
    /// The trace, in X-Ray's form.
    pub id: &'a str,
    /// The present moment.
    pub now: i64,
    /// When the request was, as its spans or lines say; `None` if only the id may tell.
    pub when: Option<Window>,
    /// What the request was, if its span says.
    pub request: Option<&'a RequestKind>,
    /// What its caller decided, if its span says that.
    pub caller_sampled: Option<bool>,
    /// Whether the span says that X-Ray's SDK was off.
    pub is_sdk_off: bool,
    /// All sampling rules, and when they were changed.
    pub rules: Vec<KnownRule>,
    /// Whose traces X-Ray has of about the same time.
    pub others: Others,
    /// Why the local stack refused a segment of this trace.
    pub refused: Option<String>,
    /// What the stack says of itself, if it is a local one.
    pub tenure: Option<Tenure>,
    /// Where segments of this trace wait on disk.
    pub waits_in: Option<PathBuf>,
}

// No more of one kind are named.
const MOST_NAMED: usize = 3;

/// Says why there is no segment.
pub fn no_segment(known: NoSegment<'_>) -> Vec<String> {
    if let Some(sentence) = without_a_rule(&known) {
        return vec![sentence];
    }
    let Some(request) = known.request else {
        return vec![
            "no segment: without its span it cannot be known which rule decided, or whether the request was sampled".to_string(),
        ];
    };
    let is_by_host = !request.host.is_empty()
        && matches!(&known.others, Others::Named(name) if *name == request.host);
    // Source: aws-xray-sdk-python, default_dynamic_naming: the sampler is asked with that name too.
    let name = match is_by_host {
        true => &request.host,
        false => &request.service_name,
    };
    let request = &RequestKind {
        service_name: name.clone(),
        ..request.clone()
    };
    let changed = changed_after(&known.rules, known.when);
    let rules = known.rules.into_iter().map(|known| known.rule).collect();
    let explanation = Explanation::of(rules, &request.request());
    let decided = match explanation.deciding() {
        Some(rule) => decided_by(rule, request, is_by_host || known.others == Others::Same),
        None => "no sampling rule matches this request; the SDK takes 1 a second and 5 % of the rest by itself then, and this request was of the others".to_string(),
    };
    let mut losses = vec![match changed {
        Some((rule, when)) => format!(
            "no segment: rule `{}` was changed at {} UTC, {} this request, so which rule decided cannot be known; now it would be that {decided}",
            printable(&rule),
            date_and_time(when, Zone::UTC),
            if known.when.is_some_and(|request| when > request.start) {
                "after"
            } else {
                "in the second of"
            },
        ),
        None => format!("no segment: {decided}"),
    }];
    if is_by_host {
        losses.push(format!(
            "segments of that time are named `{}`, after the Host header (dynamic_naming): rules and groups that name the service do not match them",
            printable(name)
        ));
    }
    // A rule that does not match is the one that is looked for.
    let passed = explanation.winner.unwrap_or(explanation.asked.len());
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

/// Says it where no rule is to blame.
fn without_a_rule(known: &NoSegment<'_>) -> Option<String> {
    let (days, now) = (KEPT_SECONDS / 86_400, known.now);
    if let Some(folder) = &known.waits_in {
        return Some(waiting("segment", folder));
    }
    if let Some(refused) = &known.refused {
        return Some(format!(
            "no segment: one came and was refused: {}; `cruddurctl xray daemon rejects` has it",
            printable(refused)
        ));
    }
    if let Some(when) = known.when {
        if when.end < now.saturating_sub(days.saturating_mul(DAY)) {
            return Some(format!(
                "no segment: X-Ray keeps traces for {days} days, and this was before, on {}",
                day(when.start, Zone::UTC)
            ));
        }
    } else if let Some(made) = began(known.id)
        && began_lately(known.id, days, now).is_none()
        && (now.saturating_sub(400 * DAY)..now).contains(&made)
    {
        return Some(format!(
            "no segment: if the id begins with the second it was made in, as those of X-Ray's SDKs do, it is of {}, and X-Ray keeps traces for {days} days; ids of others are random, and then why cannot be known",
            day(made, Zone::UTC)
        ));
    }
    if known.is_sdk_off {
        return Some(
            "no segment: X-Ray was off in the application (AWS_XRAY_SDK_ENABLED=false, or `serve --without segments`)".to_string(),
        );
    }
    match known.caller_sampled {
        Some(false) => {
            return Some(
                "no segment: its caller had decided so, with Sampled=0 in X-Amzn-Trace-Id, and no rule was asked".to_string(),
            );
        }
        Some(true) => {
            return Some(
                "no segment: its caller asked for one, with Sampled=1 in X-Amzn-Trace-Id, and none came; is the daemon reachable?".to_string(),
            );
        }
        None => {}
    }
    let n_near = usize::from(known.others != Others::None);
    let (tenure, when) = (known.tenure.as_ref()?, known.when?);
    of_tenure("segment", tenure, when, now, n_near)
}

/// Returns the last rule that was changed after the request, or in the same second: X-Ray says whole seconds of it.
fn changed_after(rules: &[KnownRule], when: Option<Window>) -> Option<(String, i64)> {
    let when = when?;
    let changed = rules.iter().filter_map(|known| {
        let modified = known
            .modified
            .filter(|modified| modified.saturating_add(SECOND) > when.start)?;
        Some((known.rule.rule_name.clone(), modified))
    });
    changed.max_by_key(|(_, modified)| *modified)
}

fn decided_by(rule: &SamplingRule, request: &RequestKind, has_others: bool) -> String {
    let rule_name = printable(&rule.rule_name);
    let takes_none = rule.reservoir_size <= 0 && rule.fixed_rate <= 0.0;
    let service = printable(&request.service_name);
    if takes_none {
        format!("rule `{rule_name}` takes no request")
    } else if !has_others {
        format!(
            "rule `{rule_name}` takes {}, and X-Ray has no trace of {service} of that time at all; is the daemon reachable? Whether the SDK was off instead cannot be known from here",
            takes(rule)
        )
    } else if rule.fixed_rate >= 1.0 {
        format!(
            "rule `{rule_name}` takes every request, and X-Ray has others of {service} of that time: this one was lost, or the application still went by older rules, or its caller had decided (Sampled=0), which its span does not say"
        )
    } else {
        format!(
            "rule `{rule_name}` takes {}; this request was of the others, unless its caller had decided (Sampled=0), which its span does not say",
            takes(rule)
        )
    }
}

fn takes(rule: &SamplingRule) -> String {
    if rule.fixed_rate >= 1.0 {
        return "every request".to_string();
    }
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
