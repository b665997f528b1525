//! The X-Ray commands.

mod daemon;
mod graph;
mod lists;
mod rejects;
mod rule_file;
mod sampling;
mod services;
mod traces;

pub use rule_file::{RULE_FILE, RuleSource, check, wanted, warn_of_unknown_services};
pub use traces::value;

use super::args::{DaemonCommand, SamplingCommand, XrayCommand};
use super::context::Context;
use super::failure::Outcome;
use super::setup;

/// Runs one of them.
pub async fn run(context: &Context, command: &XrayCommand) -> Outcome {
    match command {
        XrayCommand::Setup(args) => setup::setup(context, args).await,
        XrayCommand::Plan(args) => setup::plan(context, args).await,
        XrayCommand::Status(args) => setup::status(context, args).await,
        XrayCommand::Teardown(args) => setup::teardown(context, args).await,
        XrayCommand::Check(args) => check(context, args),
        XrayCommand::Traces(args) => traces::traces(context, args).await,
        XrayCommand::Graph(args) => graph::graph(context, args).await,
        XrayCommand::Rules(args) => lists::rules(context, args).await,
        XrayCommand::Groups(args) => lists::groups(context, args).await,
        XrayCommand::Sampling(SamplingCommand::Explain(args)) => {
            sampling::explain(context, args).await
        }
        XrayCommand::Sampling(SamplingCommand::Simulate(args)) => {
            sampling::simulate(context, args).await
        }
        XrayCommand::Daemon(args) => match &args.command {
            Some(DaemonCommand::Rejects(args)) => rejects::rejects(context, args).await,
            None => daemon::run(context, &args.run).await,
        },
    }
}
