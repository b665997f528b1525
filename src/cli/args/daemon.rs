//! The grammar of the commands about the X-Ray daemon.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::OutputArg;
use crate::cli::duration::parse_duration;

/// The commands about the X-Ray daemon, which a running stack has at port 2000.
#[derive(Debug, Subcommand)]
pub enum DaemonCommand {
    /// List the segments that the local stack refused, and why
    Rejects(RejectsArgs),
}

/// What `xray daemon rejects` takes.
#[derive(Debug, Args)]
pub struct RejectsArgs {
    /// Those of the last stretch of time, such as 90s, 15m, 2h or 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_duration)]
    pub last: Duration,
    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}
