//! What `query` takes.

use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::OutputArg;
use crate::cli::condition::parse_condition;
use crate::cli::duration::parse_duration;
use crate::model::query::Filter;

/// What `query` takes.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// What to calculate
    #[arg(value_name = "CALCULATION", value_parser = PossibleValuesParser::new(crate::cli::query::CALCULATIONS))]
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
