//! `xray rules` and `xray groups`: what there is, whose it is, and what never works.

use std::path::Path;

use serde_json::json;

use super::RULE_FILE;
use super::rule_file::rule_doubt_words;
use super::services;
use crate::cli::args::{ListArgs, OutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Outcome};
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::csv;
use crate::cli::render::text::printable;
use crate::model::known_services::KnownServices;
use crate::model::plan::Owner;
use crate::model::sampling::{SamplingRule, evaluation_order};
use crate::model::sampling_cover::{Never, never_decides};
use crate::model::sampling_doubts::{RuleDoubt, rule_doubts};
use crate::model::time::{SECOND, rfc3339};
use crate::xray::client::{Group, KnownRule, XRayClient};
use crate::xray::filter::{filter_doubts, named_services};

/// Lists the sampling rules in the order in which they are asked.
pub async fn rules(context: &Context, args: &ListArgs) -> Outcome {
    let (config, _) = context.aws("x-ray").await?;
    let client = XRayClient::new(&config);
    let mut known = client.known_rules().await?;
    sort_by_evaluation(&mut known);
    let owners = owners(&client, known.iter().map(|known| known.arn.clone())).await;
    let rules: Vec<SamplingRule> = known.iter().map(|known| known.rule.clone()).collect();
    let nevers = never_decides(&rules);
    let mut expected = services::of_checkout(context, Path::new(RULE_FILE));
    expected.extend(services::of_segments(&client).await);
    let all: Vec<Listed> = known
        .iter()
        .zip(owners)
        .zip(nevers)
        .map(|((known, owner), never)| Listed {
            known,
            owner,
            // What never decides is said to, and why does not matter then.
            doubts: match never {
                Some(_) => Vec::new(),
                None => rule_doubts(&known.rule, &expected),
            },
            never,
        })
        .collect();
    const TITLES: [&str; 12] = [
        "priority",
        "name",
        "ours",
        "rate",
        "reservoir",
        "service",
        "type",
        "host",
        "method",
        "path",
        "created",
        "modified",
    ];
    let time = |time: Option<i64>| time.map(to_second).unwrap_or_default();
    let row = |it: &Listed| {
        let rule = &it.known.rule;
        vec![
            rule.priority.to_string(),
            rule.rule_name.clone(),
            ours(&rule.rule_name, &it.owner).to_string(),
            rule.fixed_rate.to_string(),
            rule.reservoir_size.to_string(),
            rule.service_name.clone(),
            rule.service_type.clone(),
            rule.host.clone(),
            rule.http_method.clone(),
            rule.url_path.clone(),
            time(it.known.created),
            time(it.known.modified),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let text = match args.output {
        OutputArg::Table => {
            let columns = TITLES.map(|title| match title {
                "priority" | "rate" | "reservoir" => Column::numbers(title),
                _ => Column::words(title),
            });
            in_columns(&columns, &rows, &context.out)
        }
        OutputArg::Json => format!(
            "{:#}\n",
            json!(all.iter().map(rule_json).collect::<Vec<_>>())
        ),
        OutputArg::Csv => csv::table(&TITLES, rows.into_iter()),
    };
    context.print(&text)?;
    for note in all.iter().flat_map(notes) {
        context.note(&note);
    }
    for it in &all {
        for doubt in &it.doubts {
            context.note(&rule_doubt_words(&it.known.rule, doubt));
        }
    }
    context.note("the first that matches decides; next: cruddurctl xray sampling explain");
    Ok(Exit::Done)
}

/// A rule, whose it is, and why it never decides.
struct Listed<'a> {
    known: &'a KnownRule,
    owner: Owner,
    never: Option<Never>,
    doubts: Vec<RuleDoubt>,
}

fn notes(it: &Listed<'_>) -> Vec<String> {
    let rule = &it.known.rule;
    let name = printable(&rule.rule_name);
    match &it.never {
        Some(Never::Ignored(field)) => vec![format!(
            "{name} never matches: the SDKs pass over rules with such a {}",
            field.name()
        )],
        Some(Never::Covered(by)) => vec![format!(
            "{name} never matches: {} is asked before it and matches all that it would",
            printable(by)
        )],
        None if traps(rule) => vec![format!(
            "{name} keeps every request up to {} a second; its rate of {} % is for what comes on top",
            rule.reservoir_size,
            rule.fixed_rate * 100.0
        )],
        None => Vec::new(),
    }
}

/// Tells whether somebody who reads the rate alone is wrong about the rule.
fn traps(rule: &SamplingRule) -> bool {
    rule.reservoir_size > 1 && rule.fixed_rate < 1.0
}

fn sort_by_evaluation(known: &mut [KnownRule]) {
    known.sort_by(|a, b| evaluation_order(&a.rule, &b.rule));
}

const DEFAULT: &str = "Default";

fn ours(name: &str, owner: &Owner) -> &'static str {
    match owner {
        _ if name == DEFAULT => "X-Ray's",
        Owner::Us => "yes",
        Owner::SomebodyElse => "no",
        Owner::Unknown { .. } => "unknown",
    }
}

fn owner_json(name: &str, owner: &Owner) -> &'static str {
    match owner {
        _ if name == DEFAULT => "xray",
        Owner::Us => "us",
        Owner::SomebodyElse => "somebody_else",
        Owner::Unknown { .. } => "unknown",
    }
}

/// So many resources are asked for their tags at once.
const AT_ONCE: usize = 8;

/// Returns whose the resources are, in their order.
async fn owners(client: &XRayClient, arns: impl Iterator<Item = String>) -> Vec<Owner> {
    let arns: Vec<String> = arns.collect();
    let mut owners = Vec::with_capacity(arns.len());
    for some in arns.chunks(AT_ONCE) {
        let asked = some.iter().map(|arn| {
            let (client, arn) = (client.clone(), arn.clone());
            tokio::spawn(async move { client.tags(&arn).await })
        });
        // All are on their way before the first is waited for.
        for answer in asked.collect::<Vec<_>>() {
            owners.push(match answer.await {
                Ok(Ok(tags)) => Owner::by(&tags),
                Ok(Err(error)) => Owner::Unknown {
                    reason: error.to_string(),
                },
                Err(error) => Owner::Unknown {
                    reason: error.to_string(),
                },
            });
        }
    }
    owners
}

// `2026-11-22T07:09:00Z`: a service that counts fractions of seconds means nothing by them here.
fn to_second(time: i64) -> String {
    rfc3339(time - time.rem_euclid(SECOND))
}

/// Lists the groups.
pub async fn groups(context: &Context, args: &ListArgs) -> Outcome {
    let (config, _) = context.aws("x-ray").await?;
    let client = XRayClient::new(&config);
    let groups = client.groups().await?;
    let owners = owners(&client, groups.iter().map(|group| group.arn.clone())).await;
    let all: Vec<(&Group, Owner)> = groups.iter().zip(owners).collect();
    const TITLES: [&str; 5] = ["name", "ours", "filter", "insights", "arn"];
    let row = |(group, owner): &(&Group, Owner)| {
        let insights = match (group.insights.is_enabled, group.insights.notifies) {
            (false, _) => "off",
            (true, false) => "on",
            (true, true) => "on, notifies",
        };
        let filter = group.filter_expression.clone();
        vec![
            group.name.clone(),
            ours(&group.name, owner).to_string(),
            filter.unwrap_or_else(|| "all traces".to_string()),
            insights.to_string(),
            group.arn.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let text = match args.output {
        OutputArg::Table => in_columns(&TITLES.map(Column::words), &rows, &context.out),
        OutputArg::Json => format!(
            "{:#}\n",
            json!(all.iter().map(group_json).collect::<Vec<_>>())
        ),
        OutputArg::Csv => csv::table(&TITLES, rows.into_iter()),
    };
    context.print(&text)?;
    let mut known = services::of_checkout(context, Path::new(RULE_FILE));
    known.extend(services::of_segments(&client).await);
    for note in groups.iter().flat_map(|group| group_notes(group, &known)) {
        context.note(&printable(&note));
    }
    context.note("next: cruddurctl xray traces --group Cruddur");
    Ok(Exit::Done)
}

/// Returns why a group can have no traces, or hardly those that were meant.
fn group_notes(group: &Group, known: &KnownServices) -> Vec<String> {
    let Some(filter) = &group.filter_expression else {
        return Vec::new();
    };
    let begin = format!("warning: group {}", group.name);
    let with_help = |message: String, help: Option<String>| match help {
        Some(help) => format!("{begin}: {message}; {help}"),
        None => format!("{begin}: {message}"),
    };
    let doubts = filter_doubts(filter, Some(&group.name));
    let is_doubted = |start: usize| doubts.iter().any(|doubt| doubt.start == start);
    let services = named_services(filter);
    let unknown = services
        .iter()
        .filter(|it| !is_doubted(it.start))
        .filter_map(|service| {
            let unknown = known.unknown_name(&service.name)?;
            let message = format!(
                "{} is the name of no service: {}",
                service.name, unknown.known
            );
            let near = unknown.near.map(|near| format!("did you mean {near}?"));
            Some(with_help(message, near))
        });
    let unknown: Vec<String> = unknown.collect();
    let doubts = doubts.into_iter().map(|it| with_help(it.message, it.help));
    doubts.chain(unknown).collect()
}

fn rule_json(it: &Listed<'_>) -> serde_json::Value {
    let rule = &it.known.rule;
    let boost = rule.rate_boost.map(
        |boost| json!({"max_rate": boost.max_rate, "cooldown_minutes": boost.cooldown_minutes}),
    );
    let (ignored_for, covered_by) = match &it.never {
        Some(Never::Ignored(field)) => (Some(field.name()), None),
        Some(Never::Covered(by)) => (None, Some(by)),
        None => (None, None),
    };
    json!({
        "name": rule.rule_name,
        "arn": it.known.arn,
        "owner": owner_json(&rule.rule_name, &it.owner),
        "priority": rule.priority,
        "fixed_rate": rule.fixed_rate,
        "reservoir_size": rule.reservoir_size,
        "resource_arn": rule.resource_arn,
        "service_name": rule.service_name,
        "service_type": rule.service_type,
        "host": rule.host,
        "http_method": rule.http_method,
        "url_path": rule.url_path,
        "attributes": rule.attributes,
        "rate_boost": boost,
        "created": it.known.created.map(to_second),
        "modified": it.known.modified.map(to_second),
        "can_match": it.never.is_none(),
        "warnings": it.doubts.iter().map(doubt_json).collect::<Vec<_>>(),
        "ignored_for": ignored_for,
        "covered_by": covered_by,
        "keeps_all_up_to_rps": rule.reservoir_size,
    })
}

fn doubt_json(doubt: &RuleDoubt) -> serde_json::Value {
    json!({"field": doubt.key, "message": doubt.message, "suggestion": doubt.help})
}

fn group_json((group, owner): &(&Group, Owner)) -> serde_json::Value {
    json!({
        "name": group.name,
        "arn": group.arn,
        "owner": owner_json(&group.name, owner),
        "filter_expression": group.filter_expression,
        "insights_enabled": group.insights.is_enabled,
        "notifications_enabled": group.insights.notifies,
    })
}
