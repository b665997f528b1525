//! The grammar of `logs ship`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::FormArg;
use crate::cli::duration::{parse_duration, parse_size};
use crate::cloudwatch::line_time::check_format;
use crate::model::log::{
    CRUDDUR_LOG_GROUP, CRUDDUR_RETENTION_DAYS, check_group_name, check_stream_name,
};
use crate::model::zone::Zone;
use crate::settings::zone::{advice, named};

/// What `logs ship` takes.
#[derive(Debug, Args)]
pub struct ShipArgs {
    /// The log group; made if it is missing
    #[arg(long, value_name = "NAME", default_value = CRUDDUR_LOG_GROUP, value_parser = group_name)]
    pub group: String,
    /// The log stream; made if it is missing
    #[arg(
        long,
        value_name = "NAME",
        value_parser = stream_name,
        required_unless_present = "drain"
    )]
    pub stream: Option<String>,
    /// Read this file, not the standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Lines are JSON objects, and say when they were in the member `timestamp`, or the one that --timestamp-field names
    #[arg(long)]
    pub json: bool,
    /// The member of a JSON line that says when it was: seconds, milliseconds, microseconds or nanoseconds since 1970, or a text such as RFC 3339; names with dots between for one that lies deeper
    #[arg(long, value_name = "NAME", requires = "json")]
    pub timestamp_field: Option<String>,
    /// Lines begin with their time: `[2026-Nov-22 07:09]`, as Cruddur's back end writes it, RFC 3339, syslog's or another usual form, in local time if it has no offset
    #[arg(long, conflicts_with = "json")]
    pub leading_time: bool,
    /// Whose clock wrote times without an offset, such as Europe/Berlin or UTC [default: the local one]
    #[arg(long, value_name = "ZONE", value_parser = timezone)]
    pub timezone: Option<Zone>,
    /// How times are written, as strftime does it, such as '%d.%m.%Y %H:%M:%S' [default: any usual form]
    #[arg(long, value_name = "FORMAT", value_parser = time_format)]
    pub time_format: Option<String>,
    /// Only deliver what waits in the spool for this group
    #[arg(long, conflicts_with_all = ["stream", "file", "json", "leading_time", "timezone", "time_format"])]
    pub drain: bool,
    /// How long to go on when the input has ended and nothing gets through; what is left then stays in the spool
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub patience: Duration,
    /// How much the spool may hold; while it is full, no more is read
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_spool_size)]
    pub spool_size: u64,
    /// If the group has to be made, keep its log events for this many days
    #[arg(long, value_name = "DAYS", default_value_t = CRUDDUR_RETENTION_DAYS, value_parser = crate::cli::logs::parse_retention)]
    pub retention_days: u32,
    /// How to print what became of the lines
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: FormArg,
}

fn group_name(text: &str) -> Result<String, String> {
    check_group_name(text).map(|()| text.to_string())
}

fn stream_name(text: &str) -> Result<String, String> {
    check_stream_name(text).map(|()| text.to_string())
}

fn timezone(text: &str) -> Result<Zone, String> {
    named(text).ok_or_else(|| format!("`{text}` is not a time zone; {}", advice(text)))
}

fn time_format(text: &str) -> Result<String, String> {
    check_format(text).map(|()| text.to_string())
}

fn parse_spool_size(text: &str) -> Result<u64, String> {
    const LEAST: u64 = 32 << 20;
    match parse_size(text)? {
        bytes if bytes < LEAST => Err(format!("`{text}` is too small; 32MiB is the least")),
        bytes => Ok(bytes),
    }
}
