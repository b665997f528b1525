//! The command line: the only room with clap, tables, colours and progress, and the only one that
//! prints.
//!
//! One short file for each command: arguments, a few lines of meaning, one call, one render. To add
//! a command, add it to `args::Command` and to `run_to_end`, or to `run_at_once` if it needs no network.

mod args;
mod catalogue;
mod checkout;
mod completions;
mod confirm;
mod context;
mod context_terminal;
mod demo;
mod demo_compare;
mod duration;
mod dynamic_name;
mod echo;
mod empty_words;
mod env;
mod failure;
mod init;
mod left_out;
mod lenses;
mod load;
mod logs;
mod on_purpose;
mod picture;
mod progress;
mod query;
mod query_assert;
mod query_both;
mod query_cloud;
mod query_compare;
mod query_empty;
mod query_roots;
mod query_schema;
mod query_show;
mod query_spec;
mod query_watch;
mod query_why;
mod question;
pub mod render;
mod run;
mod serve;
mod setup;
mod ship;
mod ship_input;
mod ship_words;
mod signals;
mod spool_note;
mod stack;
mod store;
mod temporary;
mod terminal_text;
mod trace;
mod trace_json;
mod up;
mod when;
mod when_error;
mod why;
mod xray;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

pub use args::{Cli, Command};
pub use completions::{COMPLETIONS, generated_files};
use context::{Context, note};
use failure::{Exit, Failure, Outcome};
use terminal_text::TerminalText;

use crate::settings::env::Environment;
use crate::system;

// What was typed, or stands in a variable, is in clap's words.
fn print_usage(error: &clap::Error) {
    let words = error.render();
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
    match error.use_stderr() {
        true if io::stderr().is_terminal() && !is_plain => {
            TerminalText::drawn(&words.ansi().to_string()).to_stderr();
        }
        true => TerminalText::plain(&words.to_string()).to_stderr(),
        false => drop(error.print()),
    }
}

/// Runs the command that `arguments` name (the first is the program) and returns its exit code.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::MissingSubcommand => {
            // A variable that stands for a flag counts as an argument, and for clap only no arguments
            // at all are a wish for help.
            let asking = arguments.into_iter().chain([OsString::from("-h")]);
            if let Err(help) = Cli::try_parse_from(asking) {
                TerminalText::plain(&help.render().to_string()).to_stderr();
            }
            return Exit::Usage.into();
        }
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            print_usage(&error);
            let words: Vec<String> = arguments
                .iter()
                .map(|it| it.to_string_lossy().into())
                .collect();
            if let (Exit::Usage, Some(hint)) = (exit, question::shell::hint(&words)) {
                note(&format!("hint: {hint}"));
            }
            return exit.into();
        }
    };
    let context = Context::new(cli.global, Environment::of_process());
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&context, cli.command)));
    match outcome {
        Ok(Ok(code)) => code,
        // The panic has said where; this says whose fault it is.
        Err(_) => {
            context
                .note("error: this is a bug in cruddurctl, not in what you did; please report it");
            Exit::Bug.into()
        }
        Ok(Err(failure)) => {
            failure.report(&context);
            failure.exit.into()
        }
    }
}

fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    if let Some(outcome) = run_at_once(context, &command) {
        return outcome.map(ExitCode::from);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, error.into()))?;
    let outcome = runtime.block_on(async {
        let outcome = match command {
            Command::Run(args) => run::run(context, &args).await,
            command => run_to_end(context, command).await.map(ExitCode::from),
        };
        context.note_left_out();
        context.close().await;
        outcome
    });
    // Whatever still runs belongs to nobody: all that must end has been waited for.
    runtime.shutdown_background();
    outcome
}

// What needs no network gets no runtime: it is over before one would have started.
fn run_at_once(context: &Context, command: &Command) -> Option<Outcome> {
    Some(match command {
        Command::Completions(args) => completions::completions(context, args),
        Command::Man => completions::man(context),
        Command::Env(args) => env::run(context, args),
        Command::Init(args) => init::run(context, args),
        Command::Xray(args::XrayCommand::Check(args)) => xray::check(context, args),
        Command::Store(args::StoreCommand::Stat(args)) => store::stat(context, args),
        Command::Store(args::StoreCommand::Verify) => store::verify(context),
        Command::Store(args::StoreCommand::Export(args)) => store::export(context, args),
        _ => return None,
    })
}

async fn run_to_end(context: &Context, command: Command) -> Outcome {
    if matches!(
        command,
        Command::Serve(_) | Command::Stack(_) | Command::Up(_)
    ) {
        system::stay_small();
    }
    match command {
        Command::Demo(args) => demo::run(context, &args).await,
        Command::Setup(args) => setup::setup(context, &args).await,
        Command::Plan(args) => setup::plan(context, &args).await,
        Command::Status(args) => setup::status(context, &args).await,
        Command::Teardown(args) => setup::teardown(context, &args).await,
        Command::Xray(command) => xray::run(context, &command).await,
        Command::Logs(command) => logs::run(context, &command).await,
        Command::Serve(args) => serve::run(context, &args).await,
        Command::Load(args) => load::run(context, &args).await,
        Command::Query(args) => query_cloud::until_interrupted(query::run(context, &args)).await,
        Command::Auth(args) => catalogue::auth(context, &args).await,
        Command::Datasets(args) => catalogue::datasets(context, &args).await,
        Command::Columns(args) => catalogue::columns(context, &args).await,
        Command::Markers(args::MarkersCommand::List(args)) => {
            catalogue::markers(context, &args).await
        }
        Command::Markers(args::MarkersCommand::Add(args)) => {
            catalogue::add_marker(context, &args).await
        }
        Command::Trace(args) => trace::run(context, &args).await,
        Command::Stack(args) => stack::run(context, &args).await,
        Command::Store(args::StoreCommand::Compact) => store::compact(context).await,
        Command::Store(args::StoreCommand::AcceptLosses) => store::accept_losses(context).await,
        Command::Store(args::StoreCommand::AcceptClock) => store::accept_clock(context).await,
        Command::Up(args) => up::run(context, &args).await,
        // These have been run elsewhere.
        Command::Completions(_)
        | Command::Man
        | Command::Env(_)
        | Command::Init(_)
        | Command::Run(_)
        | Command::Store(_) => Ok(Exit::Done),
    }
}
