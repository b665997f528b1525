//! `xray sampling explain`: which rule decides about a request, and why.

use std::fmt::Write;

use serde_json::json;

use super::rules;
use super::subject::{Source, Subject, subject};
use crate::cli::args::{ExplainArgs, TreeOutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Outcome};
use crate::cli::render::json::SCHEMA_VERSION;
use crate::cli::render::text::{printable, shell_word};
use crate::model::recorded::RequestKind;
use crate::model::sampling::SamplingRule;
use crate::model::sampling_cost::{MonthlyCost, Prices, kept_per_second};
use crate::model::sampling_explain::{Asked, Explanation};
use crate::model::sampling_match::{FieldMatch, Miss};

/// Explains the decision.
pub async fn explain(context: &Context, args: &ExplainArgs) -> Outcome {
    let subject = subject(context, args).await?;
    let rules = rules(context, args.rule_file.as_deref()).await?;
    let explanation = Explanation::of(rules, &subject.kind.request());
    let text = match args.output {
        TreeOutputArg::Table => words(&explanation, &subject, args.rps),
        TreeOutputArg::Json => format!("{:#}\n", json_of(&explanation, &subject, args.rps)),
    };
    context.print(&text)?;
    context.note(&format!(
        "next: cruddurctl xray sampling simulate --rps {}{}",
        args.rps,
        flags(&subject.kind)
    ));
    Ok(Exit::Done)
}

/// Returns the flags that name a request, those that are the usual ones left out.
fn flags(kind: &RequestKind) -> String {
    let all = [
        ("--service", &kind.service_name, "backend-flask"),
        ("--host", &kind.host, "127.0.0.1:4567"),
        ("--method", &kind.http_method, "GET"),
        ("--path", &kind.url_path, "/api/activities/home"),
        ("--type", &kind.service_type, ""),
    ];
    let unusual = all.iter().filter(|(_, value, usual)| value != usual);
    unusual
        .map(|(flag, value, _)| format!(" {flag} {}", shell_word(&printable(value))))
        .collect()
}

fn words(explanation: &Explanation, subject: &Subject, rps: f64) -> String {
    let kind = &subject.kind;
    let mut text = format!(
        "{} at {}, service {}\n\n",
        request_words(kind),
        or_unknown(&kind.host),
        or_unknown(&kind.service_name)
    );
    for (place, it) in explanation.asked.iter().enumerate() {
        let rule = &it.rule;
        let is_decided = explanation.winner.is_some_and(|winner| place > winner);
        let verdict = match explanation.winner {
            Some(winner) if place == winner => "decides",
            Some(winner) if place > winner => "is not asked any more",
            _ => "does not match",
        };
        let name = printable(&rule.rule_name);
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{}. {name} (priority {}) {verdict}",
            place + 1,
            rule.priority
        );
        if !is_decided {
            for field in it.fields.iter().filter(|field| !field.matched()) {
                let _ = writeln!(text, "     {}", miss(field));
            }
            for field in it.fields.iter().filter(|field| !field.is_same_in_any_case) {
                let _ = writeln!(
                    text,
                    "     {}: the OpenTelemetry samplers, for which upper and lower case differ, decide otherwise",
                    field.field.name()
                );
            }
        }
    }
    text.push('\n');
    if let Source::Trace { recorded_rule, .. } = &subject.source {
        text.push_str(&recorded(recorded_rule.as_deref(), explanation));
        text.push('\n');
    }
    match explanation.deciding() {
        Some(rule) => text.push_str(&consequence(rule, rps)),
        None => text
            .push_str("no rule matches: a client takes 1 request a second and 5 % of the others\n"),
    }
    text
}

fn request_words(kind: &RequestKind) -> String {
    match (&*kind.http_method, &*kind.url_path) {
        ("", "") => "no HTTP request".to_string(),
        (method, path) => format!("{} {}", or_unknown(method), printable(path)),
    }
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() {
        "(unknown)".to_string()
    } else {
        printable(text)
    }
}

/// Says whether the rule that a segment recorded is the one that decides today.
fn recorded(recorded_rule: Option<&str>, explanation: &Explanation) -> String {
    let deciding = explanation.deciding().map(|rule| &*rule.rule_name);
    let Some(recorded) = recorded_rule else {
        return "the segment recorded no rule (aws.xray.sampling_rule_name): its caller had decided already, or its sampler had no rules\n".to_string();
    };
    let name = printable(recorded);
    if deciding == Some(recorded) {
        return format!(
            "the segment says so too: it recorded {name} (aws.xray.sampling_rule_name)\n"
        );
    }
    let is_known = explanation
        .asked
        .iter()
        .any(|it| it.rule.rule_name == recorded);
    let why = if is_known {
        "the rules have changed since, or its sampler had not fetched them yet: SDKs ask every 5 minutes"
    } else {
        "which is no longer among the rules"
    };
    format!("the segment says otherwise: it recorded {name} (aws.xray.sampling_rule_name); {why}\n")
}

fn miss(field: &FieldMatch) -> String {
    let (name, pattern) = (field.field.name(), printable(&field.pattern));
    match field.miss {
        Some(Miss::Ignored) => format!("{name} {pattern}: the SDKs pass over rules that have it"),
        Some(Miss::Unknown) => format!("{name} \"{pattern}\": the request does not say"),
        _ => format!(
            "{name} \"{pattern}\" does not match \"{}\"",
            printable(&field.value)
        ),
    }
}

fn consequence(rule: &SamplingRule, rps: f64) -> String {
    let reservoir = rule.reservoir_size as f64;
    let percent = rule.fixed_rate * 100.0;
    let kept = kept_per_second(rps, reservoir, rule.fixed_rate);
    let prices = Prices::known();
    let cost = MonthlyCost::of(kept * prices.seconds_in_a_month(), prices);
    let mut text = format!(
        "of each second, the first {reservoir} requests are kept (ReservoirSize), then {percent} % of the others (FixedRate)\n"
    );
    if reservoir > 0.0 && rps <= reservoir {
        text.push_str(&format!(
            "at {rps} rps every request is kept; FixedRate never applies until more than {reservoir} rps come\n"
        ));
    } else {
        text.push_str(&format!(
            "at {rps} rps, {kept:.2} a second are kept, {:.1} %\n",
            kept / rps * 100.0
        ));
    }
    text.push_str(&format!(
        "a month: {:.0} traces, {:.0} % of the {:.0} that are free, {:.2} {} (prices of {})\n",
        cost.traces,
        cost.share_of_free() * 100.0,
        cost.free_traces,
        cost.dollars,
        prices.currency,
        prices.as_of
    ));
    text
}

fn json_of(explanation: &Explanation, subject: &Subject, rps: f64) -> serde_json::Value {
    let deciding = explanation.deciding();
    let field_json = |field: &FieldMatch| {
        json!({
            "field": field.field.name(),
            "pattern": field.pattern,
            "value": field.value,
            "matches": field.matched(),
            "matches_alike_in_any_case": field.is_same_in_any_case,
        })
    };
    let rule_json = |(place, it): (usize, &Asked)| {
        json!({
            "name": it.rule.rule_name,
            "priority": it.rule.priority,
            "decides": explanation.winner == Some(place),
            "fields": it.fields.iter().map(field_json).collect::<Vec<_>>(),
        })
    };
    let (reservoir, rate) = deciding.map_or((1.0, 0.05), |rule| {
        (rule.reservoir_size as f64, rule.fixed_rate)
    });
    let kept = kept_per_second(rps, reservoir, rate);
    let prices = Prices::known();
    let cost = MonthlyCost::of(kept * prices.seconds_in_a_month(), prices);
    let deciding = deciding.map(|rule| &*rule.rule_name);
    let (source, trace_id, recorded_rule) = match &subject.source {
        Source::Flags => ("flags", None, None),
        Source::Line => ("line", None, None),
        Source::Trace { id, recorded_rule } => ("trace", Some(id), recorded_rule.as_deref()),
    };
    let kind = &subject.kind;
    json!({
        "schema_version": SCHEMA_VERSION,
        "request": {
            "source": source,
            "trace_id": trace_id,
            "service": kind.service_name,
            "type": kind.service_type,
            "host": kind.host,
            "method": kind.http_method,
            "path": kind.url_path,
        },
        "rules": explanation.asked.iter().enumerate().map(rule_json).collect::<Vec<_>>(),
        "decides": deciding,
        "recorded_rule": recorded_rule,
        "agrees": recorded_rule.map(|rule| deciding == Some(rule)),
        "requests_per_second": rps,
        "kept_per_second": kept,
        "rate_applies": rps > reservoir,
        "traces_a_month": cost.traces,
        "dollars_a_month": cost.dollars,
        "prices_as_of": prices.as_of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_command_names_what_is_unusual_and_quotes_it() {
        let usual = RequestKind {
            service_name: "backend-flask".to_string(),
            service_type: String::new(),
            host: "127.0.0.1:4567".to_string(),
            http_method: "GET".to_string(),
            url_path: "/api/activities/home".to_string(),
        };
        assert_eq!(flags(&usual), "");
        let unusual = RequestKind {
            host: String::new(),
            url_path: "/it's *".to_string(),
            ..usual
        };
        assert_eq!(flags(&unusual), " --host '' --path '/it'\\''s *'");
    }
}
