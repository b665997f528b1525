//! The grammar of the CloudWatch Logs commands.

use clap::Subcommand;

use super::{PlanArgs, RetentionArgs, SetupArgs, ShipArgs, StatusArgs, TeardownArgs};

/// The CloudWatch Logs commands.
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Create the log group, or bring its retention up to date
    Setup(SetupArgs<RetentionArgs>),
    /// Show what setting up the log group would change
    Plan(PlanArgs<RetentionArgs>),
    /// Show whether the log group is as it should be
    Status(StatusArgs<RetentionArgs>),
    /// Delete the log group with all its lines
    Teardown(TeardownArgs<RetentionArgs>),
    /// Send lines from a pipe or a file to a log stream, and lose none
    ///
    /// A line is accepted when it is on disk, in the folder `spool` of the data folder. From then on it
    /// is sent until CloudWatch Logs, or the local stack in its place, has taken it or turned it away: by
    /// this command, or by the next `logs ship` or `serve` with the same group, whatever is killed
    /// meanwhile. It arrives at least once; what arrives twice is, for each kill, one batch at the most.
    ///
    /// A run that ended before the end of its file goes on from there when it is repeated with the same
    /// file and stream. How far that was is known only from the spool: a run that reached the end and
    /// delivered everything starts from the beginning next time.
    ///
    /// Lines longer than CloudWatch Logs takes, a megabyte, are split into pieces that are numbered at
    /// their ends. Empty lines, which it does not take, are skipped. What is not UTF-8 is replaced. All
    /// three are counted.
    ///
    /// Ends with 0 if every line was delivered or is safe in the spool, and says which; with 1 if the
    /// service turned lines away for good or the input could not be read to its end.
    Ship(ShipArgs),
}
