//! What the commands about keys, datasets, columns and markers take.

use clap::{Args, Subcommand};

use super::OutputArg;
use crate::cli::when::{When, parse_when};

/// What `auth` takes.
#[derive(Debug, Args)]
pub struct AuthArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// What `datasets` takes.
#[derive(Debug, Args)]
pub struct DatasetsArgs {
    /// Print the names alone, one a line
    #[arg(long, conflicts_with = "output")]
    pub names: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// Which dataset.
#[derive(Debug, Args)]
pub struct DatasetArgs {
    /// The dataset, or __all__ for all of them
    #[arg(
        long,
        env = "HONEYCOMB_DATASET",
        default_value = "backend-flask",
        hide_env_values = true
    )]
    pub dataset: String,
}

/// What `columns` takes.
#[derive(Debug, Args)]
pub struct ColumnsArgs {
    /// Which dataset.
    #[command(flatten)]
    pub of: DatasetArgs,
    /// Print the names alone, one a line
    #[arg(long, conflicts_with = "output")]
    pub names: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// The commands about markers.
#[derive(Debug, Subcommand)]
pub enum MarkersCommand {
    /// List the markers, the oldest first
    List(MarkersArgs),
    /// Mark a moment, or a span of time, on the graphs of a dataset
    Add(MarkerArgs),
}

/// What `markers list` takes.
#[derive(Debug, Args)]
pub struct MarkersArgs {
    /// Which dataset.
    #[command(flatten)]
    pub of: DatasetArgs,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// What `markers add` takes.
#[derive(Debug, Args)]
pub struct MarkerArgs {
    /// What happened
    #[arg(value_name = "MESSAGE")]
    pub message: String,
    /// What kind of thing happened
    #[arg(long = "type", value_name = "TYPE", default_value = "note")]
    pub kind: String,
    /// When it happened or began: 15m, 10:30, yesterday 14:00 or RFC 3339 [default: now]
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub since: Option<When>,
    /// When it ended, if it took a while
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub until: Option<When>,
    /// Where to read more
    #[arg(long, value_name = "URL", default_value = "")]
    pub url: String,
    /// Which dataset.
    #[command(flatten)]
    pub of: DatasetArgs,
}
