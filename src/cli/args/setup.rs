//! What set-ups, their plans, their state and their undoing take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::wanted::KmsKey;

/// What is set up: its settings for X-Ray, and those for the log group, as far as they are meant.
pub trait Things {
    /// X-Ray's part.
    fn rule(&self) -> Option<&RuleFileArgs>;
    /// The log group's part.
    fn log_group(&self) -> Option<&LogGroupArgs>;
}

/// Both parts.
#[derive(Debug, Args)]
pub struct AllThings {
    /// X-Ray's part.
    #[command(flatten)]
    pub rule: RuleFileArgs,
    /// The log group's part.
    #[command(flatten)]
    pub log_group: LogGroupArgs,
}

impl Things for AllThings {
    fn rule(&self) -> Option<&RuleFileArgs> {
        Some(&self.rule)
    }

    fn log_group(&self) -> Option<&LogGroupArgs> {
        Some(&self.log_group)
    }
}

/// The log group as it is without any flag.
static PLAIN_LOG_GROUP: LogGroupArgs = LogGroupArgs {
    retention_days: None,
    class: None,
    kms_key: None,
    deletion_protection: None,
};

/// Both parts, by name alone.
#[derive(Debug, Args)]
pub struct AllNames {
    /// X-Ray's part.
    #[command(flatten)]
    pub rule: RuleFileArgs,
}

impl Things for AllNames {
    fn rule(&self) -> Option<&RuleFileArgs> {
        Some(&self.rule)
    }

    fn log_group(&self) -> Option<&LogGroupArgs> {
        Some(&PLAIN_LOG_GROUP)
    }
}

/// The log group, by name alone.
#[derive(Debug, Args)]
pub struct LogGroupName {}

impl Things for LogGroupName {
    fn rule(&self) -> Option<&RuleFileArgs> {
        None
    }

    fn log_group(&self) -> Option<&LogGroupArgs> {
        Some(&PLAIN_LOG_GROUP)
    }
}

/// What a set-up takes.
#[derive(Debug, Args)]
pub struct SetupArgs<T: Args> {
    /// What is set up.
    #[command(flatten)]
    pub things: T,
    /// What it is tagged with.
    #[command(flatten)]
    pub tags: TagArgs,
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
    /// What it is tagged with.
    #[command(flatten)]
    pub tags: TagArgs,
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
    /// What it is tagged with.
    #[command(flatten)]
    pub tags: TagArgs,
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

/// Where rules and groups come from.
#[derive(Debug, Args)]
pub struct RuleFileArgs {
    /// The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]
    ///
    /// One rule as the AWS CLI takes it, or {"SamplingRules": [{...}], "Groups": [{"GroupName": ..., "FilterExpression": ..., "InsightsConfiguration": {...}, "Tags": [...]}], "LogGroups": [{"logGroupName": ..., "retentionInDays": ...}]}. Beside a rule alone, the group is the one of the lesson.
    #[arg(long = "file", visible_alias = "rule-file", value_name = "FILE")]
    pub rule_file: Option<PathBuf>,
}

impl Things for RuleFileArgs {
    fn rule(&self) -> Option<&RuleFileArgs> {
        Some(self)
    }

    fn log_group(&self) -> Option<&LogGroupArgs> {
        None
    }
}

/// How the log group should be.
#[derive(Debug, Args)]
pub struct LogGroupArgs {
    /// Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]
    #[arg(long, value_name = "DAYS", value_parser = crate::cli::logs::parse_retention)]
    pub retention_days: Option<u32>,
    /// The class of a new log group; one that is there keeps its class for life
    #[arg(long, value_enum, value_name = "CLASS")]
    pub class: Option<LogClassArg>,
    /// Encrypt log events with the KMS key of this ARN; `none` goes back to the service's own key
    #[arg(long, value_name = "ARN", value_parser = crate::cli::logs::parse_key)]
    pub kms_key: Option<KmsKey>,
    /// Keep the log group from being deleted, or with `=false` let it be again
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub deletion_protection: Option<bool>,
}

impl LogGroupArgs {
    /// Tells whether no flag was given.
    pub fn is_plain(&self) -> bool {
        self.retention_days.is_none()
            && self.class.is_none()
            && self.kms_key.is_none()
            && self.deletion_protection.is_none()
    }
}

impl Things for LogGroupArgs {
    fn rule(&self) -> Option<&RuleFileArgs> {
        None
    }

    fn log_group(&self) -> Option<&LogGroupArgs> {
        Some(self)
    }
}

/// A class of log groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogClassArg {
    /// Everything
    Standard,
    /// Half the price to take lines in, without live tail, metric filters and others
    InfrequentAccess,
    /// Only passed on to other services
    Delivery,
    /// A part of the features
    Essentials,
}

/// What things are tagged with.
#[derive(Debug, Args)]
pub struct TagArgs {
    /// Tag everything that is set up; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::cli::setup::parse_tag)]
    pub tag: Vec<(String, String)>,
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
