//! The grammar of the commands about rules, groups and sampling.

use clap::{Args, Subcommand};

use super::OutputArg;

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
}

/// What `xray sampling explain` takes.
#[derive(Debug, Args)]
pub struct ExplainArgs {
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
    /// How many such requests come in a second
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = parse_rps)]
    pub rps: f64,
    /// Ask the rules of this file instead of the rules of X-Ray
    #[arg(long, value_name = "FILE")]
    pub rule_file: Option<std::path::PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: super::TreeOutputArg,
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
