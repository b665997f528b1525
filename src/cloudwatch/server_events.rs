//! GetLogEvents and FilterLogEvents: pages of lines.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::pattern::{FilterPattern, PatternUse};
use super::server_lines::{Asked, Line, position_of_text, position_text, start_of};
use super::server_pages::{Page, Place};
use super::server_refusal::{Refusal, filter_pattern, page_limit, required};
use super::server_state::Call;
use super::server_token::{open, position_in_stream, seal, stream_digits};
use super::wire::{FilterLogEvents, GetLogEvents, PAGE_MAX_EVENTS};
use crate::door::query_pool;
use crate::store::StoreError;

/// 2024-01-01T00:00:00Z, before which lines cannot be filtered newest first.
const NEWEST_FIRST_FROM_MS: i64 = 1_704_067_200_000;

/// GetLogEvents: one stream, `startTime <= time < endTime`, always oldest first in a page.
pub async fn get(call: &Call<'_>, request: GetLogEvents) -> Result<Value, Refusal> {
    let limit = page_limit(request.limit, PAGE_MAX_EVENTS)?;
    let name = required("logStreamName", &request.log_stream_name)?.clone();
    let group_name = call.group_name(&request.group)?;
    let group = call.group(&group_name)?;
    let stream = call.stream(&group_name, &name)?;
    let key = call.stream_key(&group_name, &name);
    let place = match &request.next_token {
        Some(token) => Place::of_text(token, |digits| position_in_stream(&key, digits))?,
        None if request.start_from_head == Some(true) => Place::After(0),
        None => Place::Before(u128::MAX),
    };
    // Where there is nothing yet, pages go on from there.
    let start = start_of(request.start_time.unwrap_or(0));
    let asked = Asked {
        streams: HashMap::from([(name, stream.since_sequence)]),
        from_ms: request
            .start_time
            .unwrap_or(0)
            .max(call.shown_from_ms(&group)),
        until_ms: request
            .end_time
            .map_or(i64::MAX, |end| end.saturating_sub(1)),
    };
    let parts = call.parts(&group_name);
    let range = (request.start_time.unwrap_or(0), asked.until_ms);
    let answer = in_background(move || {
        let mut lines = Page::find(parts, asked, &FilterPattern::default(), place, limit).lines;
        if matches!(place, Place::Before(_)) {
            lines.reverse();
        }
        let (first, last) = (lines.first(), lines.last());
        let (backward, forward) = match (first, last, place) {
            (Some(first), Some(last), _) => (first.position(), last.position()),
            (_, _, Place::After(0) | Place::Before(u128::MAX)) => (start, start.saturating_sub(1)),
            // Nothing more: the token that was sent comes back, and the other one turns round.
            (_, _, Place::After(position)) => (position.saturating_add(1), position),
            (_, _, Place::Before(position)) => (position, position.saturating_sub(1)),
        };
        let events = lines.iter().map(|line| {
            json!({
                "timestamp": line.time_ms(),
                "message": line.message(),
                "ingestionTime": line.ingested_ms(),
            })
        });
        let digits = |position| stream_digits(&key, position);
        json!({
            "events": events.collect::<Vec<Value>>(),
            "nextForwardToken": Place::After(forward).text(digits),
            "nextBackwardToken": Place::Before(backward).text(digits),
        })
    });
    let answer = answer.await?;
    call.leaves_out(&group_name, &group, range);
    Ok(answer)
}

/// FilterLogEvents: all or some streams, `startTime <= time <= endTime`.
///
/// There is a token only if another line matches, so the last page has none.
pub async fn filter(call: &Call<'_>, request: FilterLogEvents) -> Result<Value, Refusal> {
    let limit = page_limit(request.limit, PAGE_MAX_EVENTS)?;
    let pattern = filter_pattern(request.filter_pattern.as_deref(), PatternUse::Events)?;
    let group_name = call.group_name(&request.group)?;
    let group = call.group(&group_name)?;
    let oldest_first = request.start_from_head.unwrap_or(true);
    let is_recent = request
        .start_time
        .is_some_and(|start| start >= NEWEST_FIRST_FROM_MS);
    if !oldest_first && !is_recent {
        return Err(Refusal::NewestFirst);
    }
    let parameters = json!([
        call.group_key(&group_name),
        request.log_stream_names,
        request.log_stream_name_prefix,
        request.filter_pattern,
        request.start_time,
        request.end_time,
        oldest_first,
    ]);
    let place = match open(
        "FilterLogEvents",
        &parameters,
        request.next_token.as_deref(),
    )? {
        Some(place) => Place::of_text(&place, position_of_text)?,
        None if oldest_first => Place::After(0),
        None => Place::Before(u128::MAX),
    };
    let asked = Asked {
        streams: asked_streams(call, &group_name, &request)?,
        from_ms: request
            .start_time
            .unwrap_or(0)
            .max(call.shown_from_ms(&group)),
        until_ms: request.end_time.unwrap_or(i64::MAX),
    };
    let parts = call.parts(&group_name);
    let range = (request.start_time.unwrap_or(0), asked.until_ms);
    let answer = in_background(move || {
        let page = Page::find(parts, asked, &pattern, place, limit);
        let last = page.lines.last().map_or(0, Line::position);
        let events = page.lines.iter().map(|line| {
            json!({
                "logStreamName": line.stream(),
                "timestamp": line.time_ms(),
                "message": line.message(),
                "ingestionTime": line.ingested_ms(),
                "eventId": position_text(line.position()),
            })
        });
        let events: Vec<Value> = events.collect();
        let mut answer = json!({"events": events, "searchedLogStreams": []});
        if page.has_more {
            let next = place.moved_to(last).text(position_text);
            answer["nextToken"] = json!(seal("FilterLogEvents", &parameters, &next));
        }
        answer
    });
    let answer = answer.await?;
    call.leaves_out(&group_name, &group, range);
    Ok(answer)
}

fn asked_streams(
    call: &Call<'_>,
    group: &str,
    request: &FilterLogEvents,
) -> Result<HashMap<String, u64>, Refusal> {
    let prefix = request.log_stream_name_prefix.as_deref();
    let Some(names) = &request.log_stream_names else {
        let streams = call.streams(group, prefix.unwrap_or_default());
        return Ok(streams
            .into_iter()
            .map(|(name, it)| (name, it.since_sequence))
            .collect());
    };
    if prefix.is_some() {
        return Err(Refusal::StreamsAndPrefix);
    }
    let since = |name: &String| Ok((name.clone(), call.stream(group, name)?.since_sequence));
    names.iter().map(since).collect()
}

/// Reads many lines where it does not hold up other requests.
async fn in_background(read: impl FnOnce() -> Value + Send + 'static) -> Result<Value, Refusal> {
    query_pool::off_the_runtime(read)
        .await
        .map_err(|_| Refusal::Store(StoreError::Closed))
}
