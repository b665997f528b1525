//! Parses the command line, runs the command, and turns its outcome into an exit code.

use std::process::ExitCode;

// Spans and log lines are made on one thread and freed on another, at which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cruddurctl::cli::main(std::env::args_os().collect())
}
