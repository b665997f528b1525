//! `logs setup`.

use super::args::LogsSetupArgs;
use super::context::Context;
use super::failure::Outcome;
use super::setup::{self, Settled};
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::plan;
use crate::model::log::{CRUDDUR_LOG_GROUP, LogGroup, RETENTION_DAYS};
use crate::model::plan::Plan;

/// Creates the log group, or brings its retention up to date.
pub async fn setup(context: &Context, args: &LogsSetupArgs) -> Outcome {
    let (config, is_cloud) = context.aws("logs").await?;
    let client = LogsClient::new(&config);
    let wanted = wanted_group(args.retention.retention_days);
    let step = plan::plan(&client, &wanted).await?;
    let plan = Plan {
        steps: vec![step.clone()],
    };
    let settled = setup::confirm(context, &plan, &args.apply, is_cloud)?;
    if settled == Settled::Apply {
        plan::apply(&client, &wanted, &step).await?;
        note_cost(context, args.retention.retention_days);
    }
    setup::conclude(context, &plan, settled, "cruddurctl serve")
}

/// Returns the log group as it should be.
pub fn wanted_group(retention_days: u32) -> LogGroup {
    LogGroup {
        name: CRUDDUR_LOG_GROUP.to_string(),
        retention_days: Some(retention_days),
    }
}

/// Says what keeping events costs.
pub fn note_cost(context: &Context, retention_days: u32) {
    let days = if retention_days == 1 {
        "1 day".to_string()
    } else {
        format!("{retention_days} days")
    };
    context.note(&format!(
        "log events leave after {days}; CloudWatch's own default keeps them for ever, and bills them for ever"
    ));
}

/// Reads a number of days that CloudWatch Logs allows.
///
/// # Errors
/// The nearest allowed number and the whole list.
pub fn parse_retention(text: &str) -> Result<u32, String> {
    let days: u32 = text
        .parse()
        .map_err(|_| format!("`{text}` is not a number of days"))?;
    plan::check_retention_days(days).map_err(|error| {
        let all: Vec<String> = RETENTION_DAYS.iter().map(ToString::to_string).collect();
        format!("{error}; allowed are {}", all.join(", "))
    })
}
