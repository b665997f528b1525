//! The CloudWatch Logs commands.

use super::args::LogsCommand;
use super::context::Context;
use super::failure::Outcome;
use super::{setup, ship};
use crate::cloudwatch::plan;
use crate::model::log::{CRUDDUR_LOG_GROUP, LogGroup, RETENTION_DAYS};

/// Runs one of them.
pub async fn run(context: &Context, command: &LogsCommand) -> Outcome {
    match command {
        LogsCommand::Setup(args) => setup::setup(context, args).await,
        LogsCommand::Plan(args) => setup::plan(context, args).await,
        LogsCommand::Status(args) => setup::status(context, args).await,
        LogsCommand::Teardown(args) => setup::teardown(context, args).await,
        LogsCommand::Ship(args) => ship::run(context, args).await,
    }
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
