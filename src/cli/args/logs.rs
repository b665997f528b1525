//! The grammar of the CloudWatch Logs commands.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{LogGroupArgs, LogGroupName, PlanArgs, SetupArgs, ShipArgs, StatusArgs, TeardownArgs};
use crate::cli::duration::parse_duration;
use crate::cli::when::{When, parse_when};
use crate::model::log::CRUDDUR_LOG_GROUP;

/// The CloudWatch Logs commands.
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Create the log group, or bring it up to date
    Setup(SetupArgs<LogGroupArgs>),
    /// Show what setting up the log group would change
    Plan(PlanArgs<LogGroupArgs>),
    /// Show whether the log group is as it should be
    Status(StatusArgs<LogGroupArgs>),
    /// Delete the log group with all its lines
    Teardown(TeardownArgs<LogGroupName>),
    /// Print lines of log groups in order of time, and follow them
    ///
    /// Lines of all groups and streams come in one order of time. While following, a fresh line waits
    /// until it is 1 second old (0.1 seconds with --live), in case an older one of another stream is on
    /// its way. Lines that come up to 90 seconds late are shown too, no line is shown twice, and new
    /// streams are picked up; a group that is not there yet is waited for. A lost connection is taken up again where it broke off.
    ///
    /// On a terminal, the time is that of the local clock and control characters of messages are
    /// written out; a pipe gets whole moments in UTC and the lines as they are, each as soon as it
    /// comes.
    Tail(TailArgs),
    /// Find lines of a stretch of time, or count them
    ///
    /// Without a pattern, every line is meant. One pattern prints the lines that match it; several are
    /// counted, each for itself. --count groups the lines by their shape, in which times, numbers, ids
    /// and addresses are left open, the most frequent first.
    Filter(FilterArgs),
    /// Run a query of CloudWatch Logs Insights
    ///
    /// Commands joined by `|`: 'filter status >= 500 | stats count(*) as n by bin(5m), route | sort n desc'. The whole
    /// language of the guide is answered by the local stack, but for what a laptop cannot know; docs/semantics.md
    /// lists all of it. A query that means nothing is not sent, and a caret stands under the place.
    ///
    /// A query that finds nothing says why: no events in the range, a condition that none passes, or a field that
    /// none has.
    Query(LogsQueryArgs),
    /// Send lines from a pipe or a file to a log stream, and lose none
    ///
    /// A line is accepted when it is on disk, in the folder `spool` of the data folder. From then on it
    /// is sent until CloudWatch Logs, or the local stack in its place, has taken it or turned it away: by
    /// this command, or by the next `logs ship` or `serve` with the same group, whatever is killed
    /// meanwhile. It arrives at least once; what arrives twice is, for each kill, one batch at the most.
    ///
    /// A run that ended before the end of its file goes on from there when it is repeated with the same
    /// file and stream. How far that was is known only from the spool: a run that reached the end and
    /// delivered everything starts from the beginning next time.
    ///
    /// Lines longer than CloudWatch Logs takes, a megabyte, are split into pieces that are numbered at
    /// their ends. Empty lines, which it does not take, are skipped. What is not UTF-8 is replaced. All
    /// three are counted.
    ///
    /// Ends with 0 if every line was delivered or is safe in the spool, and says which; with 1 if the
    /// service turned lines away for good or the input could not be read to its end.
    Ship(ShipArgs),
}

/// What `logs tail` takes.
#[derive(Debug, Args)]
pub struct TailArgs {
    /// The log groups
    #[arg(value_name = "GROUP", default_value = CRUDDUR_LOG_GROUP)]
    pub groups: Vec<String>,
    /// From when on: 90s, 15m or 2h ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_when, allow_hyphen_values = true)]
    pub since: When,
    /// Before this time, written alike
    #[arg(long, value_name = "TIME", value_parser = parse_when, allow_hyphen_values = true, conflicts_with_all = ["follow", "live"])]
    pub until: Option<When>,
    /// Go on with new lines until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Follow by a live session, which is faster than polling; in the cloud it is billed by the minute
    #[arg(long)]
    pub live: bool,
    /// Only lines that match this filter pattern, such as 'ERROR -debug', '{ $.status >= 500 }' or '[..., status = 5*]'
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// In which streams.
    #[command(flatten)]
    pub streams: StreamArgs,
    /// How to print lines
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: LineOutputArg,
}

/// Some streams of a group.
#[derive(Debug, Args)]
pub struct StreamArgs {
    /// Only this stream; may be given more than once
    #[arg(long, value_name = "NAME", conflicts_with = "stream_prefix")]
    pub stream: Vec<String>,
    /// Only streams whose name begins so
    #[arg(long, value_name = "BEGINNING")]
    pub stream_prefix: Option<String>,
}

/// How to print lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LineOutputArg {
    /// Time, stream and message
    #[default]
    Text,
    /// A JSON object for each line; its event_id is null where a live session told it
    Json,
    /// The message alone
    Raw,
}

/// What `logs filter` takes.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Filter patterns, such as ERROR, '"NOT FOUND"', '{ $.status >= 500 }' or '?WARN ?ERROR'
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// The log group; may be given more than once
    #[arg(long = "group", value_name = "NAME", default_value = CRUDDUR_LOG_GROUP)]
    pub groups: Vec<String>,
    /// In which streams.
    #[command(flatten)]
    pub streams: StreamArgs,
    /// In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with_all = ["since", "until"])]
    pub last: Option<Duration>,
    /// From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_when, allow_hyphen_values = true)]
    pub since: Option<When>,
    /// Before this time, written alike; without --since, the hour before it
    #[arg(long, value_name = "TIME", value_parser = parse_when, allow_hyphen_values = true)]
    pub until: Option<When>,
    /// Count lines by their shape instead of printing them
    #[arg(long)]
    pub count: bool,
    /// With --count, at most this many shapes
    #[arg(long, value_name = "N", default_value_t = 20, requires = "count", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// How to print lines or counts
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: FoundOutputArg,
}

/// What `logs query` takes.
#[derive(Debug, Args)]
pub struct LogsQueryArgs {
    /// The query, such as 'fields @timestamp, @message | filter @message like /ERROR/ | limit 20'
    #[arg(value_name = "QUERY")]
    pub query: String,
    /// The log group; may be given more than once [default: cruddur]
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,
    /// In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with_all = ["since", "until"])]
    pub last: Option<Duration>,
    /// From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_when)]
    pub since: Option<When>,
    /// Before this time, written alike; without --since, the hour before it
    #[arg(long, value_name = "TIME", value_parser = parse_when)]
    pub until: Option<When>,
    /// At most this many rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: Option<u32>,
    /// How to print rows
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: RowsOutputArg,
}

/// How to print rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RowsOutputArg {
    /// Columns
    #[default]
    Table,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
}

/// How to print what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FoundOutputArg {
    /// Lines as `logs tail` prints them, counts as a table
    #[default]
    Table,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
    /// The messages alone; with counts, each count and what was counted
    Raw,
}
