//! `xray rules` and `xray groups`: what there is.

use serde_json::json;

use crate::cli::args::{ListArgs, OutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Outcome};
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::csv;
use crate::model::sampling::{SamplingRule, sort_for_evaluation};
use crate::xray::client::{Group, XRayClient};

/// Lists the sampling rules in the order in which they are asked.
pub async fn rules(context: &Context, args: &ListArgs) -> Outcome {
    let (config, _) = context.aws("x-ray").await?;
    let mut rules = XRayClient::new(&config).rules().await?;
    sort_for_evaluation(&mut rules);
    const TITLES: [&str; 9] = [
        "priority",
        "name",
        "rate",
        "reservoir",
        "service",
        "type",
        "host",
        "method",
        "path",
    ];
    let row = |rule: &SamplingRule| {
        vec![
            rule.priority.to_string(),
            rule.rule_name.clone(),
            rule.fixed_rate.to_string(),
            rule.reservoir_size.to_string(),
            rule.service_name.clone(),
            rule.service_type.clone(),
            rule.host.clone(),
            rule.http_method.clone(),
            rule.url_path.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = rules.iter().map(row).collect();
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
            json!(rules.iter().map(rule_json).collect::<Vec<_>>())
        ),
        OutputArg::Csv => csv::table(&TITLES, rows.into_iter()),
    };
    context.print(&text)?;
    context.note("the first that matches decides; next: cruddurctl xray sampling explain");
    Ok(Exit::Done)
}

/// Lists the groups.
pub async fn groups(context: &Context, args: &ListArgs) -> Outcome {
    let (config, _) = context.aws("x-ray").await?;
    let groups = XRayClient::new(&config).groups().await?;
    const TITLES: [&str; 4] = ["name", "filter", "insights", "arn"];
    let row = |group: &Group| {
        let insights = match (group.insights.is_enabled, group.insights.notifies) {
            (false, _) => "off",
            (true, false) => "on",
            (true, true) => "on, notifies",
        };
        let filter = group.filter_expression.clone();
        vec![
            group.name.clone(),
            filter.unwrap_or_else(|| "all traces".to_string()),
            insights.to_string(),
            group.arn.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
    let text = match args.output {
        OutputArg::Table => in_columns(&TITLES.map(Column::words), &rows, &context.out),
        OutputArg::Json => format!(
            "{:#}\n",
            json!(groups.iter().map(group_json).collect::<Vec<_>>())
        ),
        OutputArg::Csv => csv::table(&TITLES, rows.into_iter()),
    };
    context.print(&text)?;
    context.note("next: cruddurctl xray traces --group Cruddur");
    Ok(Exit::Done)
}

fn rule_json(rule: &SamplingRule) -> serde_json::Value {
    json!({
        "name": rule.rule_name,
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
    })
}

fn group_json(group: &Group) -> serde_json::Value {
    json!({
        "name": group.name,
        "arn": group.arn,
        "filter_expression": group.filter_expression,
        "insights_enabled": group.insights.is_enabled,
        "notifications_enabled": group.insights.notifies,
    })
}
