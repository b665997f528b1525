//! The grammar of the X-Ray commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    DaemonCommand, FormArg, GraphArgs, ListArgs, PlanArgs, RuleFileArgs, SamplingCommand,
    SetupArgs, StatusArgs, TeardownArgs, TracesArgs,
};

/// The X-Ray commands.
#[derive(Debug, Subcommand)]
pub enum XrayCommand {
    /// Create groups and sampling rules, or bring them to what the file says
    Setup(SetupArgs<RuleFileArgs>),
    /// Show what setting up groups and sampling rules would change
    Plan(PlanArgs<RuleFileArgs>),
    /// Show whether groups and sampling rules are as they should be
    Status(StatusArgs<RuleFileArgs>),
    /// Delete the sampling rules and groups that the file names, as far as they are ours
    Teardown(TeardownArgs<RuleFileArgs>),
    /// Check a file of sampling rules and groups without sending anything
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
    /// The file
    #[arg(value_name = "FILE", default_value = crate::cli::xray::RULE_FILE)]
    pub file: PathBuf,
    /// Rewrite misspelt keys in the file, and nothing else
    #[arg(long)]
    pub fix: bool,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: FormArg,
}
