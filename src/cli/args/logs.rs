//! The grammar of the CloudWatch Logs commands.

use clap::Subcommand;

use super::LogsSetupArgs;

/// The CloudWatch Logs commands.
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Create the log group, or bring its retention up to date
    Setup(LogsSetupArgs),
}
