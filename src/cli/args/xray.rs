//! The grammar of the X-Ray commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    DaemonArgs, FormArg, GraphArgs, ListArgs, PlanArgs, RuleFileArgs, SamplingCommand, SetupArgs,
    StatusArgs, TeardownArgs, TracesArgs,
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
    /// Stand in for AWS's X-Ray daemon, in the foreground; or ask what was refused
    ///
    /// Takes segments by UDP and passes them on in batches of 50, or a second after they came, to the local
    /// stack (a running one, or its own), to AWS with --forward, and only there with --forward-only. What is asked
    /// over TCP, such as sampling rules, is passed on signed. Whatever came is on disk before it is sent, so that
    /// nothing is lost while a side is away. A running stack has a daemon's door of its own at port 2000: this
    /// command is for forwarding, for containers, and in the place of the real daemon, whose usual flags it takes.
    Daemon(Box<DaemonArgs>),
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
    /// The file; - is standard input, and with --fix the fixed file goes to standard output
    #[arg(value_name = "FILE", default_value = crate::cli::xray::RULE_FILE)]
    pub file: PathBuf,
    /// Rewrite misspelt keys in the file, and nothing else
    #[arg(long)]
    pub fix: bool,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: FormArg,
}
