//! What `query` takes besides the question: how it is asked, and what the answer has to keep.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::duration::parse_duration;

/// How Honeycomb is asked.
#[derive(Debug, Args)]
pub struct QueryCloudArgs {
    /// Ask Honeycomb anew, even if the same question was answered within its time step
    #[arg(long)]
    pub fresh: bool,
    /// Give up if the query is not done after this time
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub timeout: Duration,
    /// Fail unless this holds for every group, such as 'p90 < 250ms' or 'count > 100'; may be given more than once
    #[arg(long = "assert", value_name = "CONDITION")]
    pub assertions: Vec<String>,
    /// Ask the same about the window so much earlier too, such as 1d, and show what changed for each group
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub compare: Option<Duration>,
    /// Ask the local stack and Honeycomb, whatever --target says, and show how far they are apart for each group
    #[arg(long, value_enum, value_name = "SIDES", value_delimiter = ',', conflicts_with_all = ["compare", "print_spec", "url", "open", "watch"])]
    pub on: Vec<SideArg>,
    /// Print the link that runs this question in Honeycomb's own pages, and do not ask it
    #[arg(long, conflicts_with = "print_spec")]
    pub url: bool,
    /// Open that link in the browser
    #[arg(long, conflicts_with = "print_spec")]
    pub open: bool,
}

/// One of the two that can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The local stack
    Local,
    /// Honeycomb
    Cloud,
}
