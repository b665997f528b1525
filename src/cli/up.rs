//! `up`: the stack, the set-up and the back end, until Ctrl-C.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::args::{ApplyArgs, UpArgs};
use super::confirm::confirm;
use super::context::{Context, standing_stack};
use super::env;
use super::failure::{Exit, Failure, Outcome};
use super::on_purpose::{BreakArg, break_list};
use super::progress::Board;
use super::setup::{Whole, usual};
use super::stack::{daemon_line, stop_signal};
use super::{render, run as run_command, serve};
use crate::aws::SdkConfig;
use crate::door::bind;
use crate::model::plan::Claim;
use crate::settings::targets::Target;
use crate::stack::{DaemonDoor, GrpcDoor, Received, StackOptions, find, received};

// How often the counters are looked at, and how often they are said where nothing can be redrawn.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Runs all of it.
pub async fn run(context: &Context, args: &UpArgs) -> Outcome {
    if args.back_end.breaks.contains(&BreakArg::List) {
        return context.print(&break_list());
    }
    let is_cloud = context.target() == Target::Cloud;
    if is_cloud {
        return run_in(context, args, None).await;
    }
    // Whatever credentials there are: `up` is local unless the cloud was asked for by name.
    let own = context.at(context.data_folder()?);
    let options = stack_options(&own, args)?;
    let outcome = run_in(&own, args, Some(options)).await;
    let has_stack = own.has_own_stack();
    let stopped = own.close().await;
    if let Some(stopped) = stopped {
        if outcome.is_ok() {
            own.note(&format!(
                "came in: {}",
                run_command::words(stopped.received)
            ));
        }
        if let Some(counts) = stopped.daemon.filter(|counts| counts.received > 0) {
            own.note(&format!("x-ray daemon: {}", daemon_line(&counts)));
        }
    }
    if outcome.is_ok() {
        own.note(match has_stack {
            true => "stack: stopped",
            false => "stack: goes on, since it was not started here",
        });
        own.note("next: cruddurctl query p90 --by http.route");
    }
    outcome
}

async fn run_in(context: &Context, args: &UpArgs, stack: Option<StackOptions>) -> Outcome {
    let wanted = serve::BackEnd::of(context, &args.back_end, stack.is_some())?;
    // First of all, so that nothing was set up for nothing.
    let listener = bind(SocketAddr::new(args.reach.host(context)?, args.port))
        .map_err(|error| Failure::from(error).with_hint("choose another port with --port"))?;
    let backend = listener
        .local_addr()
        .map_err(|error| Failure::new(Exit::Failed, error.into()))?;
    // Before anybody is told that we are ready, since they may ask us to stop right then.
    let stop = stop_signal();
    let door = match stack {
        Some(options) => Some(context.local_stack_as(options).await.map_err(|failure| {
            failure.with_hint("choose other ports with --stack-port, --grpc-port and --daemon-port")
        })?),
        None => None,
    };
    let (aws, is_cloud) = context.aws("x-ray and logs").await?;
    set_up(context, args, &aws, is_cloud).await?;
    // Not `serve`'s way, which follows OTEL_* first: here all three lenses go to one place.
    let spans = serve::spans_at(context.honeycomb_target().await?);
    let options = wanted.options(context, spans, aws, is_cloud)?;

    if let Some(door) = door {
        let daemon = find(&context.data_folder()?).and_then(|running| running.daemon_address);
        context.note(&format!(
            "stack: http://{door}\npoint any SDK here with: eval \"$(cruddurctl env)\", or"
        ));
        context.note(&env::exports(context, door, daemon));
    }
    wanted.say_origins(context);
    context.note(&format!(
        "back end: http://{backend}/api/activities/home, stop with Ctrl-C"
    ));
    let watching = door.map(|door| tokio::spawn(watch(Counters::new(context, door))));
    let delivered = wanted.serve(context, listener, options, stop).await;
    if let Some(watching) = watching {
        watching.abort();
        // What it draws is taken away before anything else is said.
        let _ = watching.await;
    }
    context.note(&serve::summary(&delivered?));
    Ok(Exit::Done)
}

fn stack_options(context: &Context, args: &UpArgs) -> Result<StackOptions, Failure> {
    let address = SocketAddr::new(args.reach.host(context)?, args.stack_port);
    let mut options = standing_stack(context, address, args.keep.keep())?;
    if let Some(port) = args.grpc_port {
        options.grpc = GrpcDoor::At(SocketAddr::new(args.reach.host, port));
    }
    if let Some(port) = args.daemon_port {
        options.daemon = DaemonDoor::At(SocketAddr::new(args.reach.host, port));
    }
    Ok(options)
}

async fn set_up(
    context: &Context,
    args: &UpArgs,
    aws: &SdkConfig,
    is_cloud: bool,
) -> Result<(), Failure> {
    let wanted = usual(context)?;
    let claim = match is_cloud {
        true => Claim::Tagged,
        false => Claim::Everything,
    };
    let whole = Whole::plan(aws, wanted, claim).await?;
    if whole.plan.counts().not_ours > 0 {
        return Err(Failure::of(
            Exit::Failed,
            "nothing was changed: something is not ours and differs",
        )
        .with_hint(
            "look at it with `cruddurctl plan`, and take it over with `cruddurctl setup --adopt`",
        ));
    }
    if whole.plan.is_unchanged() {
        context.note("set up: all is there already");
        return Ok(());
    }
    context.print(&render::plan::plan(&whole.plan, &context.out))?;
    let apply = ApplyArgs {
        dry_run: false,
        yes: args.yes,
    };
    confirm(context, &apply, is_cloud)?;
    whole.apply().await?;
    context.note("set up: done");
    Ok(())
}

/// What is shown of the lenses while everything runs.
struct Counters {
    door: SocketAddr,
    is_terminal: bool,
    board: Board,
}

impl Counters {
    fn new(context: &Context, door: SocketAddr) -> Counters {
        Counters {
            door,
            is_terminal: context.err.is_terminal,
            board: Board::new(context),
        }
    }
}

async fn watch(counters: Counters) {
    let door = counters.door;
    let mut said = Received::default();
    let mut said_at = Instant::now();
    let (mut last, mut last_at) = (None, Instant::now());
    loop {
        let asked = tokio::task::spawn_blocking(move || received(door)).await;
        if let Ok(Some((now, _))) = asked {
            let since = now.since(last.unwrap_or(now));
            let passed = last_at.elapsed().as_secs_f64();
            (last, last_at) = (Some(now), Instant::now());
            counters.board.show(&board(now, since, passed));
            let is_due = said_at.elapsed() >= SAY_EVERY && now != said;
            if !counters.is_terminal && is_due {
                super::context::note(&format!("so far: {}", run_command::words(now)));
                (said, said_at) = (now, Instant::now());
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

// One line for each lens: how much it has, and how much comes in a second.
fn board(now: Received, since: Received, seconds: f64) -> [String; 3] {
    let line = |lens: &str, n: u64, more: u64, what: &str| {
        let rate = if seconds > 0.0 {
            more as f64 / seconds
        } else {
            0.0
        };
        format!("  {lens:<16}{n:>10} {what:<10}{rate:>8.1}/s")
    };
    [
        line("honeycomb", now.spans, since.spans, "spans"),
        line("x-ray", now.segments, since.segments, "segments"),
        line("cloudwatch logs", now.log_lines, since.log_lines, "lines"),
    ]
}
