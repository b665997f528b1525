//! `demo`: everything once.
use super::args::DemoArgs;
use super::context::Context;
use super::failure::{Exit, Outcome};
/// Runs.
pub async fn run(_context: &Context, _args: &DemoArgs) -> Outcome { Ok(Exit::Done) }
