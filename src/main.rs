//! Parses the command line, runs the command, and turns its outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any thread starts: the system's offset cannot be read safely afterwards.
    let utc_offset = time::UtcOffset::current_local_offset().unwrap_or(time::UtcOffset::UTC);
    cruddurctl::cli::main(std::env::args_os().collect(), utc_offset)
}
