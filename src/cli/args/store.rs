//! The grammar of the commands on the data folder.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::OutputArg;
use crate::cli::duration::parse_duration;
use crate::cli::when::{When, parse_when};

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
    /// Take it that missing events never come back, so that answers no longer say that they leave them out
    ///
    /// Files that are there and damaged stay as they are, and named: remove one first if it is to be forgotten too.
    AcceptLosses,
    /// Take it that the system's clock is right, so that events expire by it
    ///
    /// A clock that is more than a day ahead of when the folder was last in use may be wrong, so nothing expires by it
    /// until it is accepted here, or the clock of the data folder has caught up: it gains two days in each day that a
    /// stack runs.
    AcceptClock,
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
    /// Only events of this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub since: Option<When>,
    /// Only events before this moment
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub until: Option<When>,
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

/// What `store stat` takes.
#[derive(Debug, Args)]
pub struct StoreStatArgs {
    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}
