//! The command line's grammar; the larger commands have files of their own.

mod catalogue;
mod daemon;
mod env;
mod load;
mod logs;
mod query;
mod query_cloud;
mod reach;
mod sampling;
mod serve;
mod setup;
mod ship;
mod stack;
mod store;
mod trace;
mod xray;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::completions::Shell;
pub use catalogue::*;
pub use daemon::*;
pub use env::*;
pub use load::*;
pub use logs::*;
pub use query::*;
pub use query_cloud::*;
pub use reach::*;
pub use sampling::*;
pub use serve::*;
pub use setup::*;
pub use ship::*;
pub use stack::*;
pub use store::*;
pub use trace::*;
pub use xray::*;

/// Set up, see and prove the observability of the Cruddur application
///
/// On a laptop with no account, or in the cloud, with the same commands. Without credentials in the
/// environment, every command works with a local stack that speaks Honeycomb's query API, X-Ray,
/// CloudWatch Logs and OTLP. Nothing phones home.
#[derive(Debug, Parser)]
#[command(
    name = "cruddurctl",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = "Start with `cruddurctl demo`: everything once, offline, in a few seconds.")]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Where to work: the local stack, the cloud, or what the environment's credentials say
    #[arg(
        long,
        global = true,
        env = "CRUDDUR_TARGET",
        value_enum,
        default_value_t,
        hide_env_values = true
    )]
    pub target: TargetArg,
    /// The folder of the local stack's data
    #[arg(
        long,
        global = true,
        env = "CRUDDUR_DATA_DIR",
        value_name = "FOLDER",
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorArg,
    /// The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself,
    /// SVG and HTML follow the page, and PNG is light
    #[arg(long, global = true, value_enum, default_value_t, value_name = "THEME")]
    pub theme: ThemeArg,
}

/// Where to work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    /// The local stack
    Local,
    /// AWS and Honeycomb
    Cloud,
    /// The cloud if the environment has credentials for it, else the local stack
    #[default]
    Auto,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal that can, unless NO_COLOR says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The ground that is drawn for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    /// As the terminal or the page is
    #[default]
    Auto,
    /// Dark on a bright ground
    Light,
    /// Bright on a dark ground
    Dark,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything once, offline: set up, serve, load, query, compare
    Demo(DemoArgs),
    /// Run the local stack, what is set up in it, and the back end, all in one
    Up(UpArgs),
    /// Create the X-Ray group, the sampling rule and the log group, or bring them up to date
    Setup(SetupArgs<AllThings>),
    /// Show what setting up would change
    Plan(PlanArgs<AllThings>),
    /// Show whether the X-Ray group, the sampling rule and the log group are as they should be
    Status(StatusArgs<AllThings>),
    /// Delete the X-Ray group, the sampling rule and the log group with all its lines
    Teardown(TeardownArgs<AllNames>),
    /// Work with X-Ray: its group and its sampling rule
    #[command(subcommand)]
    Xray(XrayCommand),
    /// Work with CloudWatch Logs
    #[command(subcommand)]
    Logs(LogsCommand),
    /// Run the instrumented mock back end of Cruddur
    ///
    /// Spans, log lines and segments that nobody takes wait on disk, in the folder `spool` of the data
    /// folder, up to 256 MiB of each, and the oldest leave when there are more. They go when their receiver is
    /// back, or with the next start that has the same destination; a receiver that wants another key counts as
    /// away. When it is stopped, this command says of each how many were delivered, wait on disk, or are lost.
    Serve(ServeArgs),
    /// Send traffic to a back end at a steady rate, and tell honestly how long it took
    Load(LoadArgs),
    /// Ask Honeycomb, or the local stack in its place
    Query(QueryArgs),
    /// Say whose Honeycomb key is used, and what it may do
    Auth(AuthArgs),
    /// List the datasets
    Datasets(DatasetsArgs),
    /// List the columns of a dataset
    Columns(ColumnsArgs),
    /// List and make markers, which graphs show
    #[command(subcommand)]
    Markers(MarkersCommand),
    /// Draw one request through its three lenses: spans, segments and log lines on one time axis
    ///
    /// OpenTelemetry's spans come from Honeycomb or the local stack, segments from X-Ray, and log lines from
    /// CloudWatch Logs, where they are found by the trace id that they carry. Letters beside the bars say how it
    /// went: F fault, T throttle, E error, . in progress, ! outside of what it is inside of. What is missing is
    /// said under each lens, and why: by which sampling rule there is no segment, whose parent is not there, why
    /// no line is found. A lens that cannot be asked does not keep the others away.
    ///
    /// Ends with 0 if one of the lenses has the trace, with 1 if none has.
    Trace(TraceArgs),
    /// Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address
    Stack(StackArgs),
    /// Print the variables that point any SDK at the running local stack
    Env(EnvArgs),
    /// Run a command with these variables, on a stack of its own if none is running
    Run(RunArgs),
    /// Write what week 2 adds to a checkout of Cruddur
    Init(InitArgs),
    /// Look into the local stack's data folder
    #[command(subcommand)]
    Store(StoreCommand),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many requests to send
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub requests: u32,
    /// What to make chance from
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// Leave stack and back end running until Ctrl-C
    #[arg(long)]
    pub keep: bool,
    /// Write the heatmap as an SVG picture too
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Write the heatmap as a PNG picture too
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}

/// How to print an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputArg {
    /// A table; a picture, where there is one
    #[default]
    Table,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
}

/// What `completions` takes.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}
