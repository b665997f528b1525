//! The grammar of the X-Ray commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    DaemonCommand, GraphArgs, ListArgs, PlanArgs, RuleFileArgs, SamplingCommand, SetupArgs,
    StatusArgs, TeardownArgs, TracesArgs,
};

/// The X-Ray commands.
#[derive(Debug, Subcommand)]
pub enum XrayCommand {
    /// Create the group and the sampling rule, or bring them to what the rule file says
    Setup(SetupArgs<RuleFileArgs>),
    /// Show what setting up the group and the sampling rule would change
    Plan(PlanArgs<RuleFileArgs>),
    /// Show whether the group and the sampling rule are as they should be
    Status(StatusArgs<RuleFileArgs>),
    /// Delete the sampling rule and the group
    Teardown(TeardownArgs<RuleFileArgs>),
    /// Check a sampling rule file without sending anything
    Check(CheckArgs),
    /// List traces, the newest first
    Traces(TracesArgs),
    /// Show which service calls which, and how that went
    Graph(GraphArgs),
    /// Ask about the X-Ray daemon that a local stack is
    #[command(subcommand)]
    Daemon(DaemonCommand),
    /// List the sampling rules in the order in which they are asked
    Rules(ListArgs),
    /// List the groups
    Groups(ListArgs),
    /// Tell how requests are sampled
    #[command(subcommand)]
    Sampling(SamplingCommand),
}

/// What `xray check` takes.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The sampling rule file
    #[arg(value_name = "FILE", default_value = crate::cli::xray::RULE_FILE)]
    pub file: PathBuf,
    /// Rewrite misspelt keys in the file, and nothing else
    #[arg(long)]
    pub fix: bool,
}
