//! The way from a log record that names a log group to that group: the one room makes lines, the other keeps
//! them.

use std::sync::Arc;

use crate::cloudwatch;
use crate::model::log::LogEvent;
use crate::otlp::receiver_intake::{Lines, LogStream};
use crate::store::Store;

/// Returns what log groups make of log records that name one of them.
pub fn lines_into(
    store: Arc<Store>,
) -> impl Fn(&LogStream, Vec<LogEvent>) -> Result<Lines, String> + Send + Sync {
    move |to, lines| {
        let (region, group, stream) = (&to.region, &to.group, &to.stream);
        let taken = cloudwatch::server::take_lines(&store, region, group, stream, lines);
        let taken = taken.map_err(|refusal| refusal.to_string())?;
        Ok(Lines {
            part: taken.part,
            n_rejected: taken.n_rejected,
            reason: taken.reason,
        })
    }
}
