//! `xray sampling explain`: which rule decides about a request, and why.

use std::fmt::Write;

use serde_json::json;

use super::wanted;
use crate::cli::args::{ExplainArgs, RuleFileArgs, TreeOutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::render::text::printable;
use crate::model::sampling::{SamplingRequest, SamplingRule, sort_for_evaluation};
use crate::model::sampling_cost::{MonthlyCost, Prices, kept_per_second};
use crate::model::sampling_match::{FieldMatch, Matcher, Miss};
use crate::xray::client::XRayClient;

/// A rule, in its place, and what each of its fields says of the request.
struct Asked {
    rule: SamplingRule,
    fields: Vec<FieldMatch>,
    is_winner: bool,
}

/// Explains the decision.
pub async fn explain(context: &Context, args: &ExplainArgs) -> Outcome {
    let rules = rules(context, args).await?;
    let request = SamplingRequest {
        service_name: &args.service,
        service_type: &args.service_type,
        host: &args.host,
        http_method: &args.method,
        url_path: &args.path,
    };
    let mut has_winner = false;
    let asked: Vec<Asked> = rules
        .into_iter()
        .map(|rule| {
            let fields = Matcher::new(&rule).fields(&request);
            let matched = fields.iter().all(FieldMatch::matched);
            let is_winner = matched && !has_winner;
            has_winner |= matched;
            Asked {
                rule,
                fields,
                is_winner,
            }
        })
        .collect();
    let text = match args.output {
        TreeOutputArg::Table => words(&asked, args),
        TreeOutputArg::Json => format!("{:#}\n", json_of(&asked, args)),
    };
    context.print(&text)?;
    context.note("next: cruddurctl xray rules");
    Ok(Exit::Done)
}

async fn rules(context: &Context, args: &ExplainArgs) -> Result<Vec<SamplingRule>, Failure> {
    let mut rules = match &args.rule_file {
        Some(file) => {
            let rule_file = Some(file.clone());
            let wanted = wanted(context, &RuleFileArgs { rule_file })?;
            let rules = wanted.xray.rules.into_iter().map(|wanted| wanted.rule);
            rules.chain([SamplingRule::default_rule()]).collect()
        }
        None => {
            let (config, _) = context.aws("x-ray").await?;
            XRayClient::new(&config).rules().await?
        }
    };
    sort_for_evaluation(&mut rules);
    Ok(rules)
}

fn words(asked: &[Asked], args: &ExplainArgs) -> String {
    let mut text = format!(
        "{} {} at {}, service {}\n\n",
        printable(&args.method),
        printable(&args.path),
        printable(&args.host),
        printable(&args.service)
    );
    let mut is_decided = false;
    for (place, it) in asked.iter().enumerate() {
        let rule = &it.rule;
        let verdict = match (it.is_winner, is_decided) {
            (true, _) => "decides",
            (false, true) => "is not asked any more",
            (false, false) => "does not match",
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
        is_decided |= it.is_winner;
    }
    text.push('\n');
    match asked.iter().find(|it| it.is_winner) {
        Some(it) => text.push_str(&consequence(&it.rule, args.rps)),
        None => text
            .push_str("no rule matches: a client takes 1 request a second and 5 % of the others\n"),
    }
    text
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

fn json_of(asked: &[Asked], args: &ExplainArgs) -> serde_json::Value {
    let winner = asked.iter().find(|it| it.is_winner);
    let field_json = |field: &FieldMatch| {
        json!({
            "field": field.field.name(),
            "pattern": field.pattern,
            "value": field.value,
            "matches": field.matched(),
            "matches_alike_in_any_case": field.is_same_in_any_case,
        })
    };
    let rule_json = |it: &Asked| {
        json!({
            "name": it.rule.rule_name,
            "priority": it.rule.priority,
            "decides": it.is_winner,
            "fields": it.fields.iter().map(field_json).collect::<Vec<_>>(),
        })
    };
    let (reservoir, rate) = winner.map_or((1.0, 0.05), |it| {
        (it.rule.reservoir_size as f64, it.rule.fixed_rate)
    });
    let kept = kept_per_second(args.rps, reservoir, rate);
    let prices = Prices::known();
    let cost = MonthlyCost::of(kept * prices.seconds_in_a_month(), prices);
    json!({
        "rules": asked.iter().map(rule_json).collect::<Vec<_>>(),
        "decides": winner.map(|it| &it.rule.rule_name),
        "requests_per_second": args.rps,
        "kept_per_second": kept,
        "rate_applies": args.rps > reservoir,
        "traces_a_month": cost.traces,
        "dollars_a_month": cost.dollars,
        "prices_as_of": prices.as_of,
    })
}
