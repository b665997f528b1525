//! What `trace`, `xray traces` and `xray graph` take.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::OutputArg;
use crate::cli::duration::parse_duration;
use crate::cli::when::{When, parse_when};
use crate::model::log::CRUDDUR_LOG_GROUP;

/// What `xray traces` takes.
#[derive(Debug, Args)]
pub struct TracesArgs {
    /// Only traces that this filter expression means, such as 'service("backend-flask") { fault }'
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Only traces of this group
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// When.
    #[command(flatten)]
    pub when: WhenArgs,
    /// At most this many traces, the newest
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// What `xray graph` takes.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// Only traces of this group
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// When.
    #[command(flatten)]
    pub when: WhenArgs,
    /// How to print the graph
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: PictureOutputArg,
}

/// When traces began.
#[derive(Debug, Args)]
pub struct WhenArgs {
    /// In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with_all = ["since", "until"])]
    pub last: Option<Duration>,
    /// At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub since: Option<When>,
    /// Before this moment; without --since, the hour before it
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub until: Option<When>,
}

/// What `trace` takes.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The trace id: X-Ray's form, W3C's 32 hexadecimal digits, or a header that has it
    #[arg(value_name = "ID", required_unless_present_any = ["last", "slowest"], conflicts_with_all = ["last", "slowest"])]
    pub id: Option<String>,
    /// The newest request
    #[arg(long, conflicts_with = "slowest")]
    pub last: bool,
    /// The slowest request
    #[arg(long)]
    pub slowest: bool,
    /// How far back --last and --slowest look
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_duration)]
    pub within: Duration,
    /// Whose spans: a dataset [default: all of them]
    #[arg(
        long,
        value_name = "NAME",
        env = "HONEYCOMB_DATASET",
        hide_env_values = true
    )]
    pub dataset: Option<String>,
    /// Whose log lines
    #[arg(long, value_name = "NAME", default_value = CRUDDUR_LOG_GROUP)]
    pub log_group: String,
    /// Show attributes, annotations, ids and origins too
    #[arg(long)]
    pub details: bool,
    /// Draw at most this many pieces of each lens; the longest, and what went wrong, are kept
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// How to print the trace
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: PictureOutputArg,
}

/// How to print what can be drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PictureOutputArg {
    /// A drawing in text
    #[default]
    Table,
    /// JSON
    Json,
    /// A picture for a browser or a page
    Svg,
    /// The same as pixels, in the light scheme unless --theme says otherwise: --output png > trace.png
    Png,
}

/// How to print what is no list and no picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TreeOutputArg {
    /// A drawing in text
    #[default]
    Table,
    /// JSON
    Json,
}
