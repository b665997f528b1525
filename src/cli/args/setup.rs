//! What set-ups, their plans, their state and their undoing take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is set up: its settings for X-Ray, and those for the log group, as far as they are meant.
pub trait Things {
    /// X-Ray's part.
    fn rule(&self) -> Option<&RuleFileArgs>;
    /// The log group's part.
    fn retention(&self) -> Option<&RetentionArgs>;
}

/// Both parts.
#[derive(Debug, Args)]
pub struct AllThings {
    /// X-Ray's part.
    #[command(flatten)]
    pub rule: RuleFileArgs,
    /// The log group's part.
    #[command(flatten)]
    pub retention: RetentionArgs,
}

impl Things for AllThings {
    fn rule(&self) -> Option<&RuleFileArgs> {
        Some(&self.rule)
    }

    fn retention(&self) -> Option<&RetentionArgs> {
        Some(&self.retention)
    }
}

/// What a set-up takes.
#[derive(Debug, Args)]
pub struct SetupArgs<T: Args> {
    /// What is set up.
    #[command(flatten)]
    pub things: T,
    /// Whether to change anything.
    #[command(flatten)]
    pub apply: ApplyArgs,
    /// Whether to take over.
    #[command(flatten)]
    pub adopt: AdoptArgs,
}

/// What a plan takes.
#[derive(Debug, Args)]
pub struct PlanArgs<T: Args> {
    /// What would be set up.
    #[command(flatten)]
    pub things: T,
    /// Whether to take over.
    #[command(flatten)]
    pub adopt: AdoptArgs,
    /// End with exit code 2 if there are changes to apply
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: FormArg,
}

/// What a state takes.
#[derive(Debug, Args)]
pub struct StatusArgs<T: Args> {
    /// What should be there.
    #[command(flatten)]
    pub things: T,
    /// How to print the state
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: FormArg,
}

/// What an undoing takes.
#[derive(Debug, Args)]
pub struct TeardownArgs<T: Args> {
    /// What is to go.
    #[command(flatten)]
    pub things: T,
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

impl Things for RuleFileArgs {
    fn rule(&self) -> Option<&RuleFileArgs> {
        Some(self)
    }

    fn retention(&self) -> Option<&RetentionArgs> {
        None
    }
}

/// How long events are kept.
#[derive(Debug, Args)]
pub struct RetentionArgs {
    /// Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = crate::cli::logs::parse_retention)]
    pub retention_days: u32,
}

impl Things for RetentionArgs {
    fn rule(&self) -> Option<&RuleFileArgs> {
        None
    }

    fn retention(&self) -> Option<&RetentionArgs> {
        Some(self)
    }
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

/// Whether to take over.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date
    #[arg(long)]
    pub adopt: bool,
}

/// How to print a plan or a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FormArg {
    /// For people
    #[default]
    Table,
    /// JSON
    Json,
}
