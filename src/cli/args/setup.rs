//! What set-ups take.

use std::path::PathBuf;

use clap::Args;

/// What `setup` takes.
#[derive(Debug, Args)]
pub struct SetupArgs {
    /// X-Ray's part.
    #[command(flatten)]
    pub rule: RuleFileArgs,
    /// The log group's part.
    #[command(flatten)]
    pub retention: RetentionArgs,
    /// Whether to change anything.
    #[command(flatten)]
    pub apply: ApplyArgs,
}

/// What `xray setup` takes.
#[derive(Debug, Args)]
pub struct XraySetupArgs {
    /// The rule.
    #[command(flatten)]
    pub rule: RuleFileArgs,
    /// Whether to change anything.
    #[command(flatten)]
    pub apply: ApplyArgs,
}

/// What `logs setup` takes.
#[derive(Debug, Args)]
pub struct LogsSetupArgs {
    /// How long events are kept.
    #[command(flatten)]
    pub retention: RetentionArgs,
    /// Whether to change anything.
    #[command(flatten)]
    pub apply: ApplyArgs,
}

/// Where the rule comes from.
#[derive(Debug, Args)]
pub struct RuleFileArgs {
    /// The sampling rule file [default: aws/json/xray.json if it is there, else the built-in rule]
    #[arg(long, value_name = "FILE")]
    pub rule_file: Option<PathBuf>,
}

/// How long events are kept.
#[derive(Debug, Args)]
pub struct RetentionArgs {
    /// Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = crate::cli::logs::parse_retention)]
    pub retention_days: u32,
}

/// Whether to change anything.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Change things in the cloud without asking
    #[arg(long)]
    pub yes: bool,
}
