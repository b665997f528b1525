//! What `load` takes.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::duration::parse_short_duration;
use crate::cli::load::mix::{MixArg, parse_mix, parse_path};
use crate::cli::load::site::{Site, parse_site};
use crate::load::{Arrivals, Threshold};

/// What `load` takes.
#[derive(Debug, Args)]
#[command(
    long_about = "Send traffic to a back end at a steady rate, and tell honestly how long it took\n\n\
        Requests are due at their times, however slow the back end is, and the response time counts from \
        then: what a visitor feels. The service time counts from when the request was really sent. With \
        --connections the next request waits for the answer to the one before, which hides a stall.\n\n\
        The run is marked in Honeycomb, or on the local stack if one is running, so that graphs show when \
        it was. Exit code 1 if an --assert does not hold."
)]
pub struct LoadArgs {
    /// The back end; a path in it stands for --path
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:4567", value_parser = parse_site)]
    pub site: Site,
    /// Requests a second, or several rates one after another, such as 10,50,100 [default: 50]
    #[arg(long, value_name = "RATE", value_delimiter = ',', value_parser = parse_rate, conflicts_with = "connections")]
    pub rps: Vec<f64>,
    /// How long in all; several rates share it evenly [default: 30s]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_short_duration)]
    pub length: Option<Duration>,
    /// How long each of several rates lasts
    #[arg(long, value_name = "TIME", value_parser = parse_short_duration, conflicts_with_all = ["length", "connections"])]
    pub step: Option<Duration>,
    /// How requests are spread over time
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "HOW",
        conflicts_with = "connections"
    )]
    pub arrivals: ArrivalsArg,
    /// Send over N connections, each as fast as it is answered, instead of at a rate
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub connections: Option<u32>,
    /// At a rate: how many requests may be under way at once
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "connections")]
    pub max_connections: u32,
    /// Which routes, and how often each in relation to the others, such as home=6,search=2; `list` lists them
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_mix, conflicts_with = "path")]
    pub mix: Option<MixArg>,
    /// Get this path instead; may be given several times
    #[arg(long, value_name = "PATH", value_parser = parse_path)]
    pub path: Vec<String>,
    /// What to make chance from: the same seed sends the same requests in the same order
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// How long to wait for an answer, or for a free connection
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_short_duration)]
    pub timeout: Duration,
    /// Begin a trace with every request, so that the slowest can be looked at with `cruddurctl trace`
    #[arg(long)]
    pub traceparent: bool,
    /// Fail unless this holds, such as 'p99<250ms', 'errors<1%', 'rps>90' or 'home.p90<80ms'
    #[arg(long = "assert", value_name = "CONDITION", value_parser = Threshold::parse)]
    pub thresholds: Vec<Threshold>,
    /// The dataset to mark the run in [default: OTEL_SERVICE_NAME, or backend-flask]
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// Do not mark the run
    #[arg(long, conflicts_with = "dataset")]
    pub no_marker: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: ReportOutputArg,
}

/// How requests are spread over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ArrivalsArg {
    /// All gaps are alike
    #[default]
    Even,
    /// At random, as from visitors who know nothing of each other
    Random,
}

impl ArrivalsArg {
    /// Returns what the load generator calls it.
    pub fn arrivals(self) -> Arrivals {
        match self {
            ArrivalsArg::Even => Arrivals::Even,
            ArrivalsArg::Random => Arrivals::Random,
        }
    }
}

/// How to print a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportOutputArg {
    /// Tables
    #[default]
    Table,
    /// JSON
    Json,
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.trim().parse::<f64>().ok();
    rate.filter(|rate| (0.001..=1_000_000.0).contains(rate))
        .ok_or_else(|| {
            format!(
                "`{text}` is not a rate; write requests a second, such as 50, from 0.001 to 1000000"
            )
        })
}
