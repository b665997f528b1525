//! `stack`: the local stack alone, until it is stopped.

use std::net::SocketAddr;

use super::args::{PlanArg, StackArgs};
use super::context::{Context, standing_stack};
use super::env;
use super::failure::{Exit, Failure, Outcome};
use crate::stack::{DaemonCounts, DaemonDoor, GrpcDoor, Keep, Plan, Stack, StackError};

/// Runs the stack; prints its HTTP address on stdout when the doors are open.
pub async fn run(context: &Context, args: &StackArgs) -> Outcome {
    let host = args.reach.host(context)?;
    let address = SocketAddr::new(host, args.port);
    let keep = Keep {
        seal_events: args.seal_rows,
        ..args.keep.keep()
    };
    let mut options = standing_stack(context, address, keep)?;
    options.allowed_hosts = args.allow_host.clone();
    options.allowed_origins = args.allow_origin.clone();
    options.strict = args.strict.map(PlanArg::plan);
    options.longest_query = args.query_time;
    if let Some(port) = args.grpc_port {
        options.grpc = GrpcDoor::At(SocketAddr::new(host, port));
    }
    if let Some(port) = args.daemon_port {
        options.daemon = DaemonDoor::At(SocketAddr::new(host, port));
    }
    let folder = options.data_folder.clone();
    let stack = Stack::start(options).await.map_err(port_hint)?;
    context.note_stack(&stack);
    if stack.grpc_address().is_err() {
        context.note("hint: open it at another port with --grpc-port");
    }
    if stack.daemon_address().is_err() {
        context.note("hint: open it at another port with --daemon-port");
    }
    let address = stack.address();
    let daemon_address = stack.daemon_address().ok().flatten();
    let stop = stop_signal();
    let listening = context.print(&format!("http://{address}\n"));
    if listening.is_ok() {
        context.note(&format!("data: {}", folder.display()));
        context.note("stop with Ctrl-C; point any SDK here with:");
        context.note(&env::exports(context, address, daemon_address));
        stop.await;
    }
    let counts = stack.stop().await.daemon;
    if let Some(counts) = counts.filter(|counts| counts.received > 0) {
        context.note(&format!("x-ray daemon: {}", daemon_line(&counts)));
    }
    context.note("stack: stopped");
    listening
}

impl PlanArg {
    fn plan(self) -> Plan {
        match self {
            PlanArg::Enterprise => Plan::Enterprise,
            PlanArg::Free => Plan::Free,
        }
    }
}

/// Adds the flag that moves the stack to the failure of a taken port.
pub fn port_hint(error: StackError) -> Failure {
    let hint = match &error {
        StackError::Port(_) => "choose another port with --port, or --port 0 for any free one",
        StackError::GrpcPort(_) => {
            "choose another port with --grpc-port, or --grpc-port 0 for any free one"
        }
        StackError::DaemonPort(_) => {
            "choose another port with --daemon-port, or --daemon-port 0 for any free one"
        }
        _ => return Failure::from(error),
    };
    Failure::from(error).with_hint(hint)
}

/// Returns what a daemon's door did in its life, in one line: where every datagram went that came.
pub fn daemon_line(counts: &DaemonCounts) -> String {
    let mut line = format!("received {}, kept {}", counts.received, counts.taken);
    for (reason, n) in &counts.refused {
        line.push_str(&format!(", refused {n} ({reason})"));
    }
    for (n, what) in [
        (counts.spilled, "spilled because they came too fast"),
        (counts.failed, "not taken by the store"),
    ] {
        if n > 0 {
            line.push_str(&format!(", {n} {what}"));
        }
    }
    match counts.kernel_drops {
        Some(0) => {}
        Some(n) => line.push_str(&format!("; the system dropped {n} before we saw them")),
        None => line.push_str("; how many the system dropped before we saw them is unknown"),
    }
    line
}

/// Catches Ctrl-C and SIGTERM from now on. The future resolves at the first one; a second one ends the
/// process at once.
///
/// To be called before anybody is told that we are ready, since they may ask us to stop right then.
pub fn stop_signal() -> impl Future<Output = ()> + Send + 'static {
    let mut signals = Signals::catch();
    async move {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(Exit::Interrupted as i32);
        });
    }
}

#[cfg(unix)]
struct Signals {
    // `None` where the system does not let us catch it; it then ends the process as it always did.
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn catch() -> Signals {
        use tokio::signal::unix::{SignalKind, signal};
        Signals {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        use tokio::signal::unix::Signal;
        async fn one(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn catch() -> Signals {
        Signals
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
