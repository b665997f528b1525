//! The grammar of the CloudWatch Logs commands.

use clap::Subcommand;

use super::{PlanArgs, RetentionArgs, SetupArgs, StatusArgs, TeardownArgs};

/// The CloudWatch Logs commands.
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Create the log group, or bring its retention up to date
    Setup(SetupArgs<RetentionArgs>),
    /// Show what setting up the log group would change
    Plan(PlanArgs<RetentionArgs>),
    /// Show whether the log group is as it should be
    Status(StatusArgs<RetentionArgs>),
    /// Delete the log group with all its lines
    Teardown(TeardownArgs<RetentionArgs>),
}
