//! The X-Ray commands.

mod rule_file;
mod setup;

pub use rule_file::{RULE_FILE, check, wanted_rule};
pub use setup::plan_of;

use super::args::XrayCommand;
use super::context::Context;
use super::failure::Outcome;

/// Runs one of them.
pub async fn run(context: &Context, command: &XrayCommand) -> Outcome {
    match command {
        XrayCommand::Setup(args) => setup::setup(context, args).await,
        XrayCommand::Check(args) => check(context, args),
    }
}
