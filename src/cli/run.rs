//! `run`: a command whose SDKs all speak to the local stack.

use std::io;
use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::time::Duration;

use super::args::RunArgs;
use super::context::{Context, standing_stack};
use super::env;
use super::failure::{Exit, Failure};
use super::signals::{Passed, exit_code, wait};
use crate::settings::pointers::IN_THE_WAY;
use crate::settings::targets::Target;
use crate::stack::{Found, Received, find, find_or_start, received};

// What shells say of a command that is not there, and of one that cannot be run.
const NO_SUCH_COMMAND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;

/// Runs the command to its end and returns its exit code.
pub async fn run(context: &Context, args: &RunArgs) -> Result<ExitCode, Failure> {
    if context.target() == Target::Cloud {
        return Err(
            Failure::of(Exit::Usage, "run points a command at the local stack")
                .with_hint("for the cloud, run the command as it is"),
        );
    }
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::of(Exit::Usage, "there is no command to run"));
    };
    // Before there is anything that a signal could leave behind.
    let passed = Passed::catch();
    let folder = context.data_folder()?;
    let door = SocketAddr::from(([127, 0, 0, 1], 0));
    let found = find_or_start(&standing_stack(context, door, args.keep.keep())?).await?;
    let (address, own) = match found {
        Found::Running(address) => (address, None),
        Found::Started(stack) => (stack.address(), Some(stack)),
    };
    let gone = || Failure::of(Exit::Unreachable, "the local stack went away");
    let running = find(&folder).ok_or_else(gone)?;
    let before = match own {
        Some(_) => Received::default(),
        None => settled(address).await.ok_or_else(gone)?,
    };
    let kind = match own {
        Some(_) => "a local stack for this command",
        None => "local stack",
    };
    context.note(&format!("{kind}: http://{address}"));
    let mut command = Command::new(program);
    command.args(arguments);
    for name in IN_THE_WAY {
        command.env_remove(name);
    }
    command
        .envs(env::pointers(context, running.address, running.daemon_address).exposed())
        .envs(env::own_variables(context)?);
    let ended = match command.spawn() {
        Ok(child) => wait(child, passed).await.map(exit_code),
        Err(error) => Err(error),
    };
    let after = match own {
        Some(stack) => Some(stack.stop().await.received),
        None => settled(address).await,
    };
    let code = match ended {
        Ok(code) => code,
        Err(error) => {
            let code = match error.kind() {
                io::ErrorKind::NotFound => NO_SUCH_COMMAND,
                _ => NOT_RUNNABLE,
            };
            let what = format!("cannot run {}", program.to_string_lossy());
            let failure = Failure::new(Exit::Failed, error.into()).while_doing(what);
            failure
                .with_hint("name a program of PATH, and each of its arguments by itself")
                .report(context);
            return Ok(code.into());
        }
    };
    match after {
        Some(after) => context.note(&closing(after.since(before))),
        None => context.note("warning: the local stack went away meanwhile"),
    }
    Ok(code.into())
}

/// Returns what came in, in one line, and what to do next.
fn closing(came: Received) -> String {
    if came == Received::default() {
        return "nothing came in; next: cruddurctl run -- env, to see what the command was told"
            .to_string();
    }
    format!(
        "came in: {}; next: cruddurctl query count --by name",
        words(came)
    )
}

/// Returns how much there is for each lens.
pub fn words(received: Received) -> String {
    let counted = |n: u64, one: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    format!(
        "{}, {}, {}",
        counted(received.spans, "span"),
        counted(received.segments, "segment"),
        counted(received.log_lines, "log line")
    )
}

/// Asks a stack that others have started how much it got, once nothing waits there any more.
async fn settled(address: SocketAddr) -> Option<Received> {
    let ask = async || {
        let asked = tokio::task::spawn_blocking(move || received(address)).await;
        asked.ok().flatten()
    };
    let (mut last, _) = ask().await?;
    // Segments come without an answer: the last may still be on their way. A stack that is never at rest
    // has others to serve.
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (now, waiting) = ask().await?;
        if waiting == 0 && now == last {
            break;
        }
        last = now;
    }
    Some(last)
}
