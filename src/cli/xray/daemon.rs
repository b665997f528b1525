//! `xray daemon`: a stand-in for AWS's own, until it is stopped.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use crate::aws;
use crate::cli::args::{DaemonRunArgs, LogLevelArg};
use crate::cli::context::{Context, note, standing_stack};
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::stack::stop_signal;
use crate::model::endpoint::without_secrets;
use crate::relay::{Daemon, DaemonOptions, Level, RelayError, Side, Tell, Totals};
use crate::settings::env;
use crate::settings::targets::Target;
use crate::stack::{DaemonDoor, GrpcDoor};

/// Runs the daemon; prints on stdout what AWS_XRAY_DAEMON_ADDRESS should be when the doors are open.
pub async fn run(context: &Context, args: &DaemonRunArgs) -> Outcome {
    let does_forward = args.forward || args.forward_only;
    check(context, args, does_forward)?;
    let (udp, tcp) = addresses(args)?;
    let tell = tell(args.log_level);
    if args.foreign.local_mode {
        tell(
            Level::Info,
            "-o: EC2's metadata is never asked here, with or without it",
        );
    }
    let config = match does_forward {
        true => Some(aws::relay_configuration(args.region.clone()).await?),
        false => None,
    };
    let region = config.as_ref().and_then(|config| config.region());
    let region = region.map(ToString::to_string);
    let region = region.or_else(|| args.region.clone());
    let region = region.unwrap_or_else(|| context.environment.region().to_string());
    let folder = context.data_folder()?;

    let mut stack = standing_stack(context, ([127, 0, 0, 1], 0).into(), args.keep.keep())?;
    // Others find it through the data folder, and the daemon's door is ours.
    (stack.grpc, stack.daemon) = (GrpcDoor::None, DaemonDoor::None);
    let address = context.local_stack_as(stack).await?;
    let cloud = match &config {
        Some(config) => {
            let name = place(context, config.endpoint_url());
            if name.contains(&address.to_string()) {
                let message =
                    format!("{name} is the local stack itself, so there is no forwarding to it");
                return Err(Failure::of(Exit::Usage, message)
                    .with_hint("leave --forward out, or unset AWS_ENDPOINT_URL"));
            }
            Some(Side::cloud(name, config))
        }
        None => None,
    };
    let local = Side::local(folder.clone(), address, region.clone(), context.stack_key()).await?;
    let local_place = format!("local stack at {address}");
    let (to, asked) = match (&cloud, args.forward_only) {
        (None, _) => (local_place.clone(), local_place),
        (Some(cloud), true) => (cloud.name().to_string(), cloud.name().to_string()),
        (Some(cloud), false) => (
            format!("{local_place} and {}", cloud.name()),
            cloud.name().to_string(),
        ),
    };
    let stop = stop_signal();
    let daemon = Daemon::start(DaemonOptions {
        udp,
        tcp,
        allows_remote: args.allow_remote,
        spools: folder.join("spool"),
        spool_bytes: args.spool_size,
        region: region.clone(),
        local,
        stores: !args.forward_only,
        cloud,
        tell: tell.clone(),
    });
    let daemon = daemon.map_err(|error| hinted(context, error))?;
    let variable = match (daemon.udp(), daemon.tcp()) {
        (udp, tcp) if udp == tcp => udp.to_string(),
        (udp, tcp) => format!("tcp:{tcp} udp:{udp}"),
    };
    tell(
        Level::Info,
        &format!("segments go to: {to}, region {region}"),
    );
    tell(Level::Info, &format!("sampling rules come from: {asked}"));
    tell(
        Level::Info,
        "stop with Ctrl-C; point any X-Ray SDK here with:",
    );
    let export = format!("  export AWS_XRAY_DAEMON_ADDRESS='{variable}'");
    tell(Level::Info, &export);
    let listening = context.print(&format!("{variable}\n"));
    if listening.is_ok() {
        stop.await;
    }
    let totals = daemon.stop(args.grace).await;
    for line in closing_lines(&totals) {
        context.note(&line);
    }
    listening
}

// What cannot be meant is refused before anything is opened.
fn check(context: &Context, args: &DaemonRunArgs, does_forward: bool) -> Result<(), Failure> {
    if let Some((flag, instead)) = args.foreign.first() {
        let message = format!("{flag} of AWS's daemon is not for this one");
        return Err(Failure::of(Exit::Usage, message).with_hint(instead));
    }
    match (context.target(), does_forward) {
        (Target::Local, true) => Err(Failure::of(
            Exit::Usage,
            "--target local keeps everything on this machine, and --forward does not",
        )
        .with_hint("leave one of them out; the target may come from CRUDDUR_TARGET")),
        (Target::Cloud, false) => Err(Failure::of(
            Exit::Usage,
            "--target cloud alone does not say what becomes of segments",
        )
        .with_hint("say --forward-only to send them to AWS, or --forward to store them here, too")),
        _ => Ok(()),
    }
}

fn addresses(args: &DaemonRunArgs) -> Result<(SocketAddr, SocketAddr), Failure> {
    let address = |flag: &str, text: &str| {
        let mut address = resolved(text).map_err(|why| {
            let message = format!("{flag} {text}: {why}");
            Failure::of(Exit::Usage, message)
                .with_hint("write an address and a port: 127.0.0.1:2000")
        })?;
        if let Some(port) = args.port {
            address.set_port(port);
        }
        if !address.ip().is_loopback() && !args.allow_remote {
            let message = format!(
                "{address} lets other machines in, and the daemon asks nobody who they are"
            );
            return Err(Failure::of(Exit::Usage, message)
                .with_hint("add --allow-remote if that is what you want, as in a container"));
        }
        Ok(address)
    };
    let udp = address("--bind", &args.bind)?;
    let tcp = match &args.bind_tcp {
        Some(text) => address("--bind-tcp", text)?,
        None => udp,
    };
    Ok((udp, tcp))
}

fn resolved(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map_err(|error| error.to_string())?;
    // A name such as localhost may stand for IPv6 first, and SDKs speak IPv4.
    let mut found: Vec<SocketAddr> = found.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    found
        .into_iter()
        .next()
        .ok_or_else(|| "no such host".to_string())
}

fn place(context: &Context, endpoint: Option<&str>) -> String {
    let own = context.environment.get(env::AWS_ENDPOINT_URL_XRAY);
    match own.or(endpoint) {
        Some(endpoint) => without_secrets(endpoint),
        None => "AWS".to_string(),
    }
}

fn tell(level: LogLevelArg) -> Tell {
    let most = match level {
        LogLevelArg::Dev | LogLevelArg::Debug => Level::Debug,
        LogLevelArg::Info | LogLevelArg::Prod => Level::Info,
        LogLevelArg::Warn => Level::Warn,
        LogLevelArg::Error => Level::Error,
    };
    Arc::new(move |level, text| {
        if level > most {
            return;
        }
        let kind = match level {
            Level::Error => "error: ",
            Level::Warn => "warning: ",
            Level::Info | Level::Debug => "",
        };
        note(&format!("{kind}{text}"));
    })
}

fn hinted(context: &Context, error: RelayError) -> Failure {
    let hint = match &error {
        RelayError::Port(taken) => {
            let folder = context.data_folder().ok();
            let running = folder.and_then(|folder| crate::stack::find(&folder));
            match running.and_then(|running| running.daemon_address) {
                Some(door) if door.port() == taken.address.port() => {
                    "the local stack is a daemon already: point SDKs there; or choose another port with --port"
                }
                _ => "choose another port with --port, or --port 0 for any free one",
            }
        }
        RelayError::Spool(_) => "stop the other daemon, or choose another folder with --data-dir",
        RelayError::Thread(_) => return Failure::new(Exit::Failed, error.into()),
    };
    Failure::new(Exit::Failed, error.into()).with_hint(hint)
}

/// Returns where everything went: one line that always has the same parts, and lines for what went wrong.
fn closing_lines(totals: &Totals) -> Vec<String> {
    let refused = totals.refused();
    let mut lines = vec![format!(
        "x-ray daemon: received {}, stored {}, forwarded {}, spooled {}, refused {}, dropped {}",
        totals.door.received,
        totals.stored(),
        totals.forwarded(),
        totals.spooled(),
        refused.values().sum::<u64>(),
        totals.dropped()
    )];
    if !refused.is_empty() {
        let reasons: Vec<String> = refused
            .iter()
            .map(|(why, n)| format!("{n} {why}"))
            .collect();
        lines.push(format!(
            "refused: {}; next: cruddurctl xray daemon rejects",
            reasons.join(", ")
        ));
    }
    for side in &totals.deliveries {
        if side.from_before > 0 {
            let (n, name) = (side.from_before, &side.name);
            lines.push(format!("{n} for {name} were in the spool from before"));
        }
        if side.spooled > 0 {
            let (n, name) = (side.spooled, &side.name);
            lines.push(format!(
                "{n} for {name} wait in the spool until the next start"
            ));
        }
        if side.dropped > 0 {
            let (n, name) = (side.dropped, &side.name);
            lines.push(format!(
                "{n} for {name} were lost: the spool was full or damaged"
            ));
        }
    }
    if totals.door.spilled > 0 {
        lines.push(format!(
            "{} came faster than they could be spooled, and were lost",
            totals.door.spilled
        ));
    }
    match totals.door.kernel_drops {
        Some(0) => {}
        Some(n) => lines.push(format!("the system dropped {n} before we saw them")),
        None => {
            let unknown = "how many the system dropped before we saw them is unknown";
            lines.push(unknown.to_string());
        }
    }
    lines
}
