//! The grammar of the CloudWatch Logs commands.

use clap::Subcommand;

use super::{LogGroupArgs, LogGroupName, PlanArgs, SetupArgs, StatusArgs, TeardownArgs};

/// The CloudWatch Logs commands.
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Create the log group, or bring it up to date
    Setup(SetupArgs<LogGroupArgs>),
    /// Show what setting up the log group would change
    Plan(PlanArgs<LogGroupArgs>),
    /// Show whether the log group is as it should be
    Status(StatusArgs<LogGroupArgs>),
    /// Delete the log group with all its lines
    Teardown(TeardownArgs<LogGroupName>),
}
