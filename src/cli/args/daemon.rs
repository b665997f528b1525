//! The grammar of the commands about the X-Ray daemon.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{KeepArgs, OutputArg};
use crate::cli::duration::{parse_duration, parse_size};

/// What `xray daemon` takes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DaemonArgs {
    /// What to ask about a daemon that runs; without it, one is started.
    #[command(subcommand)]
    pub command: Option<DaemonCommand>,
    /// How it is started.
    #[command(flatten)]
    pub run: DaemonRunArgs,
}

/// The commands about the X-Ray daemon, which a running stack has at port 2000.
#[derive(Debug, Subcommand)]
pub enum DaemonCommand {
    /// List the segments that the local stack refused, and why
    Rejects(RejectsArgs),
}

/// What `xray daemon rejects` takes.
#[derive(Debug, Args)]
pub struct RejectsArgs {
    /// Those of the last stretch of time, such as 90s, 15m, 2h or 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_duration)]
    pub last: Duration,
    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputArg,
}

/// How the daemon is started.
#[derive(Debug, Args)]
pub struct DaemonRunArgs {
    /// Where to listen, UDP for segments and TCP for everything else; port 0 lets the system choose
    #[arg(short, long, value_name = "ADDRESS", default_value = "127.0.0.1:2000")]
    pub bind: String,
    /// Where to listen with TCP, if not at the same address
    #[arg(short = 't', long, value_name = "ADDRESS")]
    pub bind_tcp: Option<String>,
    /// The port of both, in place of the ones in the addresses
    #[arg(long)]
    pub port: Option<u16>,
    /// Let other machines in; the daemon asks nobody who they are
    ///
    /// Whoever reaches a daemon can send segments through it and, with --forward, ask X-Ray with your
    /// credentials. In a container this is what is wanted; on a laptop it seldom is.
    #[arg(long)]
    pub allow_remote: bool,
    /// The AWS region [default: AWS_REGION; with --forward also the profile's]
    #[arg(short = 'n', long, value_name = "REGION")]
    pub region: Option<String>,
    /// Send segments to AWS, besides storing them in the local stack
    ///
    /// Credentials and region are the usual ones: variables, profile, web identity, container. Sampling rules and
    /// whatever else is asked over TCP then come from AWS, too. A side that is away, throttles or fails is tried
    /// again, a quarter of a second later and up to 15 seconds apart; what comes meanwhile waits in the spool.
    #[arg(long)]
    pub forward: bool,
    /// Send segments to AWS and store none locally; the stack only keeps what was refused
    #[arg(long, conflicts_with = "forward")]
    pub forward_only: bool,
    /// How much may wait on disk for each side, such as 64MiB; beyond it the oldest segments go, and are counted
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_spool_size)]
    pub spool_size: u64,
    /// How long to go on sending after Ctrl-C; what is left waits in the spool for the next start
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub grace: Duration,
    /// How much to say
    #[arg(short, long, value_enum, default_value_t, value_name = "LEVEL")]
    pub log_level: LogLevelArg,
    /// How much the local stack keeps, if this command has to start it.
    #[command(flatten)]
    pub keep: KeepArgs,
    /// What the real daemon takes besides.
    #[command(flatten)]
    pub foreign: ForeignArgs,
}

/// The real daemon's levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogLevelArg {
    /// As debug
    Dev,
    /// Every batch
    Debug,
    /// What is going on
    #[default]
    Info,
    /// Only what is not as it should be
    Warn,
    /// Only what is lost
    Error,
    /// As info
    Prod,
}

/// Flags of the real daemon that are not ours; each gets a word of its own.
#[derive(Debug, Args)]
pub struct ForeignArgs {
    /// What the real daemon needs outside of EC2
    #[arg(short = 'o', long, hide = true)]
    pub local_mode: bool,
    /// The real daemon's configuration file
    #[arg(short, long, hide = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The real daemon's log file
    #[arg(short = 'f', long, hide = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// The real daemon's buffer
    #[arg(short = 'm', long, hide = true, value_name = "MB")]
    pub buffer_memory: Option<String>,
    /// The real daemon's role
    #[arg(short, long, hide = true, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// The ARN of what the real daemon runs on
    #[arg(short = 'a', long, hide = true, value_name = "ARN")]
    pub resource_arn: Option<String>,
    /// The real daemon's proxy
    #[arg(short, long, hide = true, value_name = "URL")]
    pub proxy_address: Option<String>,
}

impl ForeignArgs {
    /// Returns the first flag that cannot be honoured, and what to do instead.
    pub fn first(&self) -> Option<(&'static str, &'static str)> {
        let all = [
            (
                self.config.is_some(),
                "--config",
                "say it with --bind, --region, --spool-size and --log-level; an endpoint with AWS_ENDPOINT_URL_XRAY",
            ),
            (
                self.log_file.is_some(),
                "--log-file",
                "everything is said on stderr: add 2>> FILE",
            ),
            (
                self.buffer_memory.is_some(),
                "--buffer-memory",
                "what waits is on disk: bound it with --spool-size",
            ),
            (
                self.role_arn.is_some(),
                "--role-arn",
                "give a profile of ~/.aws/config this role_arn, and name it in AWS_PROFILE",
            ),
            (
                self.resource_arn.is_some(),
                "--resource-arn",
                "leave it out: it is only for the daemon's own telemetry, which is not sent",
            ),
            (
                self.proxy_address.is_some(),
                "--proxy-address",
                "leave it out, and name an X-Ray that can be reached in AWS_ENDPOINT_URL_XRAY",
            ),
        ];
        let first = all.into_iter().find(|(is_there, ..)| *is_there);
        first.map(|(_, flag, instead)| (flag, instead))
    }
}

// Below this, a few long documents would push each other out.
const SMALLEST_SPOOL: u64 = 1 << 20;

fn parse_spool_size(text: &str) -> Result<u64, String> {
    let bytes = parse_size(text)?;
    if bytes < SMALLEST_SPOOL {
        return Err(format!("`{text}` is too small; the least is 1MiB"));
    }
    Ok(bytes)
}
