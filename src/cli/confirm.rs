//! Asks on the terminal before something is changed.

use std::io::{self, BufRead, IsTerminal};

use super::args::ApplyArgs;
use super::context::Context;
use super::failure::{Exit, Failure};
use super::terminal_text::TerminalText;

/// Asks before anything in the cloud is changed.
///
/// # Errors
/// If nobody said yes.
pub fn confirm(context: &Context, args: &ApplyArgs, is_cloud: bool) -> Result<(), Failure> {
    if !is_cloud || args.yes || says_yes(context, "change this in the cloud?") {
        return Ok(());
    }
    Err(
        Failure::of(Exit::Failed, "nothing was changed in the cloud")
            .with_hint("say yes with --yes, or work locally with --target local"),
    )
}

/// Asks a question on the terminal, and tells whether the answer was yes; without a terminal it is no.
pub fn says_yes(context: &Context, question: &str) -> bool {
    if !io::stdin().is_terminal() || !context.err.is_terminal {
        return false;
    }
    TerminalText::plain(&format!("{question} [y/N] ")).to_stderr();
    let mut answer = String::new();
    // No answer is no.
    let _ = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}
