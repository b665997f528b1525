//! The X-Ray commands.

mod rule_file;

pub use rule_file::{RULE_FILE, check, wanted_rule};

use super::args::XrayCommand;
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
    }
}
