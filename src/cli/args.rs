//! The command line's grammar.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::completions::Shell;
use super::condition::parse_condition;
use super::duration::{parse_duration, parse_moment, parse_size};
use crate::model::query::Filter;

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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything once, offline: set up, serve, load, query, compare
    Demo(DemoArgs),
    /// Create the X-Ray group, the sampling rule and the log group, or bring them up to date
    Setup(SetupArgs),
    /// Work with X-Ray: its group and its sampling rule
    #[command(subcommand)]
    Xray(XrayCommand),
    /// Work with CloudWatch Logs
    #[command(subcommand)]
    Logs(LogsCommand),
    /// Run the instrumented mock back end of Cruddur
    Serve(ServeArgs),
    /// Ask Honeycomb, or the local stack in its place
    Query(QueryArgs),
    /// Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address
    Stack(StackArgs),
    /// Look into the local stack's data folder
    #[command(subcommand)]
    Store(StoreCommand),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// The X-Ray commands.
#[derive(Debug, Subcommand)]
pub enum XrayCommand {
    /// Create the group and the sampling rule, or bring them to what the rule file says
    Setup(XraySetupArgs),
    /// Check a sampling rule file without sending anything
    Check(CheckArgs),
}

/// The CloudWatch Logs commands.
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Create the log group, or bring its retention up to date
    Setup(LogsSetupArgs),
}

/// The commands on the data folder.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// List the datasets and how many events they hold
    Stat(StoreStatArgs),
    /// Read everything and name what is damaged; nothing is changed
    Verify,
    /// Seal what has just come in and merge small segments, so that queries have less to open
    ///
    /// A stack that runs does so by itself; this is for a folder that nobody uses at the moment.
    Compact,
    /// Write a dataset's events to a file that other tools read
    Export(StoreExportArgs),
}

/// What `store export` takes.
#[derive(Debug, Args)]
pub struct StoreExportArgs {
    /// The file to write: an Arrow IPC file, or Parquet if the name ends in .parquet
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The dataset
    #[arg(long, value_name = "NAME", default_value = "backend-flask")]
    pub dataset: String,
    /// Which kind of dataset
    #[arg(long, value_enum, default_value_t, value_name = "LENS")]
    pub lens: LensArg,
    /// Only the last stretch of time, such as 90s, 15m, 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with_all = ["since", "until"])]
    pub last: Option<Duration>,
    /// Only events of this moment and later, such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    pub since: Option<i64>,
    /// Only events before this moment
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    pub until: Option<i64>,
}

/// A kind of dataset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LensArg {
    /// Spans: Honeycomb's datasets
    #[default]
    Spans,
    /// Log lines: `region/group`
    Logs,
    /// X-Ray segment documents: the region
    Segments,
}

/// How much a stack keeps.
#[derive(Debug, Args)]
pub struct KeepArgs {
    /// Let the oldest events go when the segments are larger than this, such as 500MB or 20GiB
    #[arg(long, value_name = "SIZE", default_value = "4GiB", env = "CRUDDUR_KEEP_SIZE", hide_env_values = true, value_parser = parse_size)]
    pub keep_size: u64,
    /// Let events go that are older than this, such as 12h or 7d
    #[arg(long, value_name = "TIME", default_value = "60d", env = "CRUDDUR_KEEP_AGE", hide_env_values = true, value_parser = parse_duration)]
    pub keep_age: Duration,
}

impl KeepArgs {
    /// Returns what the stack is told.
    pub fn keep(&self) -> crate::stack::Keep {
        crate::stack::Keep {
            bytes: self.keep_size,
            age: Some(self.keep_age),
            seal_events: None,
        }
    }
}

/// What `store stat` takes.
#[derive(Debug, Args)]
pub struct StoreStatArgs {
    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

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
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = super::logs::parse_retention)]
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

/// What `xray check` takes.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The sampling rule file
    #[arg(value_name = "FILE", default_value = super::xray::RULE_FILE)]
    pub file: PathBuf,
    /// Rewrite misspelt keys in the file, and nothing else
    #[arg(long)]
    pub fix: bool,
}

/// What `serve` takes.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub host: std::net::IpAddr,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = 4567)]
    pub port: u16,
    /// The port of the local stack, if this command has to start it
    #[arg(long, value_name = "PORT", default_value_t = crate::stack::DEFAULT_PORT)]
    pub stack_port: u16,
    /// Print every span too
    #[arg(long)]
    pub console: bool,
    /// How much that stack keeps.
    #[command(flatten)]
    pub keep: KeepArgs,
}

/// What `stack` takes.
#[derive(Debug, Args)]
pub struct StackArgs {
    /// The address to listen on; anything but loopback lets others in
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub host: std::net::IpAddr,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = crate::stack::DEFAULT_PORT)]
    pub port: u16,
    /// The port to listen on for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]
    ///
    /// Without this flag, a stack with --port 0 lets the system choose this port too, and one that finds 4317
    /// taken goes on without OTLP/gRPC.
    #[arg(long, value_name = "PORT")]
    pub grpc_port: Option<u16>,
    /// Let requests call the stack by this name too
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// Keep to the real Honeycomb's limits, to test a client against them
    ///
    /// Ten runs of a query in a minute, ranges of at most 7 days that are cut downward to 1, 5 or 30
    /// minutes, and an error for a run that takes longer than 10 seconds. On the Free plan, `--strict=free`,
    /// no query can be run at all; without a plan, `--strict` is for a team on the Enterprise plan.
    #[arg(
        long,
        value_enum,
        value_name = "PLAN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "enterprise"
    )]
    pub strict: Option<PlanArg>,
    /// How much is kept.
    #[command(flatten)]
    pub keep: KeepArgs,
    /// Seal the journal after so many events, so that tests see segments soon
    #[arg(long, value_name = "N", hide = true)]
    pub seal_rows: Option<u64>,
}

/// The plan of a Honeycomb team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanArg {
    /// Queries can be run through the API
    Enterprise,
    /// Queries can be made and not run: 403
    Free,
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
}

/// What `query` takes.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// What to calculate
    #[arg(value_name = "CALCULATION", value_parser = PossibleValuesParser::new(super::query::CALCULATIONS))]
    pub calculation: String,
    /// The column to calculate over
    #[arg(long, value_name = "COLUMN", default_value = "duration_ms")]
    pub column: String,
    /// Over the last stretch of time, such as 90s, 15m, 2h, 1h30m or 7d
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = parse_duration)]
    pub last: Duration,
    /// Group by this column; may be given more than once
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Only events for which this holds, such as 'http.route = /api/activities/home'; may be given more than once, then all must hold
    #[arg(long = "where", value_name = "CONDITION", value_parser = parse_condition)]
    pub conditions: Vec<Filter>,
    /// The dataset to ask, or __all__
    #[arg(
        long,
        env = "HONEYCOMB_DATASET",
        default_value = "backend-flask",
        hide_env_values = true
    )]
    pub dataset: String,
    /// At most this many groups
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
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
