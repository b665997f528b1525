//! The grammar of the commands about rules, groups and sampling.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{ArrivalsArg, OutputArg, TreeOutputArg, WhenArgs};
use crate::cli::duration::parse_duration;

/// What `xray rules` and `xray groups` take.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// The commands about sampling.
#[derive(Debug, Subcommand)]
pub enum SamplingCommand {
    /// Tell which sampling rule decides about a request, why, and what that costs a month
    Explain(ExplainArgs),
    /// Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps
    Simulate(SimulateArgs),
}

/// What a request is.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// The service, which is the segment's name
    #[arg(long, value_name = "NAME", default_value = "backend-flask")]
    pub service: String,
    /// The Host header
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1:4567")]
    pub host: String,
    /// The method
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub method: String,
    /// The path without its query
    #[arg(long, value_name = "PATH", default_value = "/api/activities/home")]
    pub path: String,
    /// The segment's origin, such as AWS::ECS::Container
    #[arg(long = "type", value_name = "TYPE", default_value = "")]
    pub service_type: String,
}

/// What `xray sampling explain` takes.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Take the request from this trace; its id in X-Ray's form, or the 32 digits of W3C's
    #[arg(long, value_name = "ID", conflicts_with_all = ["line", "service", "host", "method", "path", "service_type"])]
    pub trace: Option<String>,
    /// Take method and path from this log line of the back end; - reads it from standard input
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["method", "path"])]
    pub line: Option<String>,
    /// The request.
    #[command(flatten)]
    pub request: RequestArgs,
    /// How many such requests come in a second
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = parse_rps)]
    pub rps: f64,
    /// Ask the rules of this file instead of the rules of X-Ray
    #[arg(long, value_name = "FILE")]
    pub rule_file: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: TreeOutputArg,
}

/// What `xray sampling simulate` takes.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// How many requests come in a second
    #[arg(long, value_name = "N", required_unless_present = "replay", conflicts_with = "replay", value_parser = parse_rps)]
    pub rps: Option<f64>,
    /// For how long, such as 90s, 1h or 7d; no time passes meanwhile
    #[arg(long = "for", value_name = "TIME", default_value = "1h", conflicts_with = "replay", value_parser = parse_duration)]
    pub length: Duration,
    /// The request.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Send Cruddur's usual mix of requests, at random moments, instead of one request
    #[arg(long, conflicts_with_all = ["method", "path", "arrivals", "replay"])]
    pub mix: bool,
    /// How requests follow each other
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "HOW",
        conflicts_with = "replay"
    )]
    pub arrivals: ArrivalsArg,
    /// Replay what the local stack has recorded of --service, and compare P90 of what is kept with that of all
    #[arg(long, conflicts_with_all = ["host", "method", "path", "service_type"])]
    pub replay: bool,
    /// When that was recorded.
    #[command(flatten)]
    pub when: WhenArgs,
    /// Over how many instances of the service the requests go, one after the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MOST_INSTANCES))]
    pub instances: u16,
    /// What to make chance from
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// Take the rule of this file instead of the rules of X-Ray
    #[arg(long, value_name = "FILE")]
    pub rule_file: Option<PathBuf>,
    /// How to print what came out
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: SimulationOutputArg,
}

const MOST_INSTANCES: i64 = crate::xray::fleet::MOST_INSTANCES as i64;

/// How to print what came out of a simulation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SimulationOutputArg {
    /// A table and a picture in text
    #[default]
    Table,
    /// JSON
    Json,
    /// A picture for browsers
    Svg,
    /// The same as pixels, in the light scheme unless --theme says otherwise: --output png > sampling.png
    Png,
}

fn parse_rps(text: &str) -> Result<f64, String> {
    let rps: f64 = text
        .parse()
        .map_err(|_| format!("`{text}` is not a number"))?;
    if rps > 0.0 && rps <= 1e6 {
        Ok(rps)
    } else {
        Err("must be more than 0 and at most a million".to_string())
    }
}
