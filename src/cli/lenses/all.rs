//! All requests of a stretch of time: what each lens has, by trace id.

use std::collections::BTreeMap;

use super::join::Seen;
use super::remotes::range_of;
use crate::cli::failure::Failure;
use crate::cloudwatch::client::{Filter, LogsClient, Streams};
use crate::honeycomb::client::HoneycombClient;
use crate::model::request_line::RequestLine;
use crate::model::time::{MILLISECOND, Window};
use crate::model::trace_id::{trace_ids_in, xray_from_hex};
use crate::xray::client::XRayClient;

/// Asks all three for everything in `window`.
///
/// # Errors
/// What keeps one of them from saying.
pub async fn seen_between(
    honeycomb: &HoneycombClient,
    dataset: &str,
    (xray, logs): (&XRayClient, &LogsClient),
    log_group: &str,
    window: Window,
    now: i64,
) -> Result<Seen, Failure> {
    let (roots, segments, lines) = tokio::join!(
        honeycomb.roots_by_trace(dataset, range_of(window), now),
        xray.trace_ids_between(window, None),
        request_lines(logs, log_group, window),
    );
    let roots = roots?.into_iter();
    let xray_form = |id: String| xray_from_hex(&id).unwrap_or(id);
    Ok(Seen {
        roots: roots.map(|(id, count)| (xray_form(id), count)).collect(),
        segments: segments?.into_iter().collect(),
        lines: lines?,
    })
}

// The lines of requests, by trace; those without a trace are all under the name of nothing.
async fn request_lines(
    logs: &LogsClient,
    group: &str,
    window: Window,
) -> Result<BTreeMap<String, u64>, Failure> {
    let filter = Filter {
        group: group.to_string(),
        streams: Streams::All,
        pattern: None,
        window_ms: Some(window.start / MILLISECOND..window.end / MILLISECOND + 1),
    };
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    let mut token = None;
    loop {
        let page = logs.find(&filter, token).await?;
        for line in page.lines {
            let message = &line.event.message;
            if RequestLine::parse(message).is_err() {
                continue;
            }
            let id = trace_ids_in(message).pop().map(|(_, id)| id);
            *lines.entry(id.unwrap_or_default()).or_default() += 1;
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(lines);
        }
    }
}
