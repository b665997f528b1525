//! Log streams of the local CloudWatch Logs.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::server_lines::{Asked, Lines, position_text};
use super::server_refusal::{Refusal, check_stream_name, page_limit, required};
use super::server_state::{Call, GROUPS, STREAMS, Stream, put};
use super::wire::{DescribeLogStreams, PAGE_MAX_NAMES, StreamName};
use crate::store::{Change, StoreError};

/// CreateLogStream.
pub async fn create(call: &Call<'_>, request: StreamName) -> Result<(), Refusal> {
    let group = required("logGroupName", &request.log_group_name)?;
    let name = required("logStreamName", &request.log_stream_name)?;
    check_stream_name(name)?;
    // Whatever is written already belongs to streams that were here before.
    let parts = call.parts(group);
    let ends = parts.iter().map(|part| part.last_sequence() + 1);
    let stream = Stream {
        created_ms: call.now_ms,
        since_sequence: ends.max().unwrap_or(0),
    };
    let (group_key, key) = (call.group_key(group), call.stream_key(group, name));
    let created = call.store.transact(|documents| {
        if documents.get(GROUPS, &group_key).is_none() {
            return Err(Refusal::NoGroup);
        }
        if documents.get(STREAMS, &key).is_some() {
            return Err(Refusal::StreamExists);
        }
        Ok((vec![put(STREAMS, key.clone(), &stream)?], ()))
    });
    created.await?
}

/// DeleteLogStream: its lines are hidden at once and leave with their group or their age.
pub async fn delete(call: &Call<'_>, request: StreamName) -> Result<(), Refusal> {
    let group = required("logGroupName", &request.log_group_name)?;
    let name = required("logStreamName", &request.log_stream_name)?;
    call.group(group)?;
    let key = call.stream_key(group, name);
    let deleted = call.store.transact(|documents| {
        if documents.get(STREAMS, &key).is_none() {
            return Err(Refusal::NoStream);
        }
        Ok((
            vec![Change::Delete {
                table: STREAMS,
                key: key.clone(),
            }],
            (),
        ))
    });
    deleted.await?
}

/// DescribeLogStreams: by name or by the newest event; the token is the last name given.
pub async fn describe(call: &Call<'_>, request: DescribeLogStreams) -> Result<Value, Refusal> {
    let by_event_time = match request.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => {
            let constraint = "Member must satisfy enum value set: [LogStreamName, LastEventTime]";
            return Err(Refusal::constraint(other, "orderBy", constraint));
        }
    };
    if by_event_time && request.log_stream_name_prefix.is_some() {
        return Err(Refusal::PrefixByEventTime);
    }
    let limit = page_limit(request.limit, PAGE_MAX_NAMES)?;
    let group = call.group_name(&request.group)?;
    let shown_from_ms = call.shown_from_ms(&call.group(&group)?);
    let prefix = request.log_stream_name_prefix.unwrap_or_default();
    let mut streams = call.streams(&group, &prefix);
    let states = states(call, &group, &streams, shown_from_ms).await?;

    // Sorting is stable, so streams whose newest event is of the same time stay in order of name.
    let last_ms = |name: &String| states.get(name).map(|state| state.last_ms);
    match (by_event_time, request.descending == Some(true)) {
        (false, false) => {}
        (false, true) => streams.reverse(),
        (true, false) => streams.sort_by_key(|(name, _)| last_ms(name)),
        (true, true) => streams.sort_by_key(|(name, _)| Reverse(last_ms(name))),
    }
    let start = match &request.next_token {
        None => 0,
        Some(token) => {
            let last = streams.iter().position(|(name, _)| name == token);
            last.ok_or(Refusal::BadToken)? + 1
        }
    };
    let page: Vec<_> = streams.iter().skip(start).take(limit).collect();
    let entries: Vec<Value> = page
        .iter()
        .map(|(name, stream)| entry(call, &group, name, stream, states.get(name)))
        .collect();
    let mut answer = json!({"logStreams": entries});
    let has_more = start + page.len() < streams.len();
    if let (true, Some((last, _))) = (has_more, page.last()) {
        answer["nextToken"] = json!(last);
    }
    Ok(answer)
}

/// What a stream's lines say about it.
struct State {
    first_ms: i64,
    last_ms: i64,
    last_ingested_ms: i64,
    last_position: u128,
}

async fn states(
    call: &Call<'_>,
    group: &str,
    streams: &[(String, Stream)],
    shown_from_ms: i64,
) -> Result<HashMap<String, State>, Refusal> {
    let asked = Asked {
        streams: streams
            .iter()
            .map(|(name, it)| (name.clone(), it.since_sequence))
            .collect(),
        from_ms: shown_from_ms,
        until_ms: i64::MAX,
    };
    let parts = call.parts(group);
    let scanned = tokio::task::spawn_blocking(move || {
        let lines = Lines::find(parts, &asked);
        let mut states: HashMap<String, State> = HashMap::new();
        for line in lines.iter() {
            let state = states
                .entry(line.stream().to_string())
                .or_insert_with(|| State {
                    first_ms: line.time_ms(),
                    last_ms: line.time_ms(),
                    last_ingested_ms: line.ingested_ms(),
                    last_position: line.position(),
                });
            // Lines come by time, so the last one seen is the newest.
            state.last_ms = line.time_ms();
            state.last_position = line.position();
            state.last_ingested_ms = state.last_ingested_ms.max(line.ingested_ms());
        }
        states
    });
    scanned
        .await
        .map_err(|_| Refusal::Store(StoreError::Closed))
}

fn entry(
    call: &Call<'_>,
    group: &str,
    name: &str,
    stream: &Stream,
    state: Option<&State>,
) -> Value {
    let mut entry = json!({
        "arn": format!("{}:log-stream:{name}", call.group_arn(group)),
        "creationTime": stream.created_ms,
        "logStreamName": name,
        // Always 0 in the service too, since 2019.
        "storedBytes": 0,
    });
    if let Some(state) = state {
        entry["firstEventTimestamp"] = json!(state.first_ms);
        entry["lastEventTimestamp"] = json!(state.last_ms);
        entry["lastIngestionTime"] = json!(state.last_ingested_ms);
        entry["uploadSequenceToken"] = json!(position_text(state.last_position));
    }
    entry
}
