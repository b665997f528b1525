//! What `stack` takes, and how much a stack keeps.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::ReachArgs;
use crate::cli::duration::{parse_duration, parse_size};
use crate::model::origin::Origin;

/// What `stack` takes.
#[derive(Debug, Args)]
pub struct StackArgs {
    /// Who can reach it.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = crate::stack::DEFAULT_PORT)]
    pub port: u16,
    /// The port to listen on for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]
    ///
    /// Without this flag, a stack with --port 0 lets the system choose this port too, and one that finds 4317
    /// taken goes on without OTLP/gRPC.
    #[arg(long, value_name = "PORT")]
    pub grpc_port: Option<u16>,
    /// The port of the X-Ray daemon's door, UDP and TCP; 0 lets the system choose [default: 2000, if it is free]
    ///
    /// Without this flag, a stack with --port 0 lets the system choose this port too, and one that finds 2000
    /// taken goes on without the door. What comes through it is of the region in AWS_REGION.
    #[arg(long, value_name = "PORT")]
    pub daemon_port: Option<u16>,
    /// Let requests call the stack by this name too
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// Let pages of this origin send telemetry from a browser, such as https://app.example.com
    ///
    /// Pages of this machine, such as http://localhost:3000, may do so without it. No page can read what is
    /// stored.
    #[arg(long, value_name = "ORIGIN", value_parser = Origin::parse)]
    pub allow_origin: Vec<Origin>,
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
    /// The longest time that a query may take, such as 30s or 5m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub query_time: Duration,
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

/// How much a stack keeps.
#[derive(Debug, Args)]
pub struct KeepArgs {
    /// Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB
    ///
    /// The newest segment always stays. Segments are made small enough that an eighth of this at most leaves at once.
    #[arg(long, value_name = "SIZE", default_value = "4GiB", env = "CRUDDUR_KEEP_SIZE", hide_env_values = true, value_parser = parse_size)]
    pub keep_size: u64,
    /// Let events go that arrived longer ago than this, such as 12h or 7d
    ///
    /// Times inside of events do not matter. Nothing expires by a clock that has jumped ahead by more than a day: see
    /// `store accept-clock`.
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
