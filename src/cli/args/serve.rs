//! What `serve` takes, and what every back end does.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{KeepArgs, LensArg, ReachArgs};
use crate::backend::pretence::{For, Latency};
use crate::backend::routes::Compat;
use crate::backend::semconv::Semconv;
use crate::cli::duration::parse_short_duration;
use crate::cli::on_purpose::{BreakArg, parse_break, parse_errors, parse_latency};

/// What `serve` takes.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Who can reach it.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = 4567)]
    pub port: u16,
    /// The port of the local stack, if this command has to start it
    #[arg(long, value_name = "PORT", default_value_t = crate::stack::DEFAULT_PORT)]
    pub stack_port: u16,
    /// Print every span too
    #[arg(long)]
    pub console: bool,
    /// What the back end is like.
    #[command(flatten)]
    pub back_end: BackEndArgs,
    /// How much that stack keeps.
    #[command(flatten)]
    pub keep: KeepArgs,
}

/// What the back end is like, for `serve` and `up`.
#[derive(Debug, Args)]
pub struct BackEndArgs {
    /// `upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended
    #[arg(long, value_name = "WHAT")]
    pub compat: Option<CompatArg>,
    /// Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too
    #[arg(long, value_enum, value_name = "LENS,...", value_delimiter = ',')]
    pub without: Vec<LensArg>,
    /// How HTTP attributes of spans are named
    #[arg(long, value_enum, default_value_t)]
    pub semconv: SemconvArg,
    /// How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be
    /// repeated
    #[arg(long, value_name = "ROUTE=TIME", value_parser = parse_latency)]
    pub latency: Vec<For<Latency>>,
    /// The share of a route's requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated
    #[arg(long, value_name = "ROUTE=SHARE", value_parser = parse_errors)]
    pub errors: Vec<For<f64>>,
    /// What to make the chance of --latency, --errors and sampling from; without, it is another every time
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Cause a classic failure of week 2, or `list` to explain them; can be repeated
    #[arg(long = "break", value_name = "NAME", value_parser = parse_break)]
    pub breaks: Vec<BreakArg>,
    /// Call this address of another service whenever notifications are asked for
    #[arg(long, value_name = "URL")]
    pub call: Option<String>,
    /// How long to go on sending what is left when stopped; the rest waits on disk for the next start
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_short_duration)]
    pub grace: Duration,
}

/// What to be the same as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompatArg {
    /// The bootcamp's week 2
    Upstream,
}

impl BackEndArgs {
    /// Returns whose behaviour is shown.
    pub fn compat(&self) -> Compat {
        match self.compat {
            Some(CompatArg::Upstream) => Compat::Upstream,
            None => Compat::Mended,
        }
    }
}

/// How HTTP attributes are named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SemconvArg {
    /// http.request.method
    #[default]
    Stable,
    /// http.method, as Flask wrote it in 2023
    Legacy,
    /// Both
    Dup,
}

impl From<SemconvArg> for Semconv {
    fn from(semconv: SemconvArg) -> Semconv {
        match semconv {
            SemconvArg::Stable => Semconv::Stable,
            SemconvArg::Legacy => Semconv::Legacy,
            SemconvArg::Dup => Semconv::Dup,
        }
    }
}
