//! Parses the command line, runs the command, and turns its outcome into an exit code.

use std::process::ExitCode;

// Spans and log lines are made on one thread and freed on another, at which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before any thread starts: the system's offset cannot be read safely afterwards.
    let utc_offset = time::UtcOffset::current_local_offset().unwrap_or(time::UtcOffset::UTC);
    cruddurctl::cli::main(std::env::args_os().collect(), utc_offset)
}
