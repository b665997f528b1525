//! What `env`, `run`, `up` and `init` take.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{BackEndArgs, KeepArgs, ReachArgs};

/// What `env` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "In bash or zsh: eval \"$(cruddurctl env)\"\nIn fish: cruddurctl env --shell fish | source\nIn PowerShell: cruddurctl env --shell powershell | Out-String | Invoke-Expression"
)]
pub struct EnvArgs {
    /// The shell that is to read it; zsh and sh read bash's form [default: bash, on Windows powershell]
    #[arg(long, value_enum, value_name = "SHELL", conflicts_with = "output")]
    pub shell: Option<EnvShellArg>,
    /// In a form that is for no shell
    #[arg(long, value_enum, value_name = "FORM")]
    pub output: Option<EnvOutputArg>,
}

/// Shells that set variables in ways of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvShellArg {
    /// bash, zsh, and every other POSIX shell
    Bash,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// Forms that are for no shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvOutputArg {
    /// A JSON object
    Json,
    /// A service's part of a compose file, for containers on this machine
    DockerCompose,
}

/// What `run` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "For example: cruddurctl run -- flask run --port 4567\n\nEnds with the command's exit code, or 128 and the signal's number if a signal ended it; 127 if there is no such command, 126 if it cannot be run."
)]
pub struct RunArgs {
    /// How much the stack keeps, if it has to be started.
    #[command(flatten)]
    pub keep: KeepArgs,
    /// The command, and what it takes
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "CMD"
    )]
    pub command: Vec<OsString>,
}

/// What `up` takes.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Who can reach it.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// The port of the back end; 0 lets the system choose
    #[arg(long, default_value_t = 4567)]
    pub port: u16,
    /// The port of the local stack, if it has to be started; 0 lets the system choose
    #[arg(long, value_name = "PORT", default_value_t = crate::stack::DEFAULT_PORT)]
    pub stack_port: u16,
    /// The stack's port for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]
    #[arg(long, value_name = "PORT")]
    pub grpc_port: Option<u16>,
    /// The stack's port of the X-Ray daemon's door; 0 lets the system choose [default: 2000, if it is free]
    #[arg(long, value_name = "PORT")]
    pub daemon_port: Option<u16>,
    /// With --target cloud, set up there without asking
    #[arg(long)]
    pub yes: bool,
    /// What the back end is like.
    #[command(flatten)]
    pub back_end: BackEndArgs,
    /// How much the stack keeps.
    #[command(flatten)]
    pub keep: KeepArgs,
}

/// What `init` takes.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The checkout of Cruddur
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write without asking, also in place of files that are there already and differ
    #[arg(long)]
    pub yes: bool,
}
