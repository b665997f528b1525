//! Log streams of the local CloudWatch Logs.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::server_lines::{
    Asked, Block, FIELDS, Line, blocks, ints_of_all, position_text, texts_of_all,
};
use super::server_refusal::{Refusal, page_limit, required};
use super::server_state::{Call, GROUPS, STREAMS, Stream, put};
use super::server_token::{open, seal};
use super::wire::{DescribeLogStreams, PAGE_MAX_NAMES, StreamName};
use crate::door::query_pool;
use crate::store::{Change, Part, StoreError, readable};

/// CreateLogStream.
pub async fn create(call: &Call<'_>, request: StreamName) -> Result<(), Refusal> {
    let group = required("logGroupName", &request.log_group_name)?;
    let name = required("logStreamName", &request.log_stream_name)?;
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
    let by_event_time = request.order_by.as_deref() == Some("LastEventTime");
    if by_event_time && request.log_stream_name_prefix.is_some() {
        return Err(Refusal::PrefixByEventTime);
    }
    let limit = page_limit(request.limit, PAGE_MAX_NAMES)?;
    let group = call.group_name(&request.group)?;
    let descending = request.descending == Some(true);
    let prefix = request.log_stream_name_prefix.unwrap_or_default();
    let parameters = json!([call.group_key(&group), prefix, by_event_time, descending]);
    let token = request.next_token.as_deref();
    let document = call.group(&group)?;
    let shown_from_ms = call.shown_from_ms(&document);
    let mut streams = call.streams(&group, &prefix);
    let states = states(call, &group, &streams, shown_from_ms).await?;
    call.leaves_out(&group, &document, (shown_from_ms, i64::MAX));

    // Sorting is stable, so streams whose newest event is of the same time stay in order of name.
    let last_ms = |name: &String| states.get(name).map(|state| state.last.time_ms());
    match (by_event_time, descending) {
        (false, false) => {}
        (false, true) => streams.reverse(),
        (true, false) => streams.sort_by_key(|(name, _)| last_ms(name)),
        (true, true) => streams.sort_by_key(|(name, _)| Reverse(last_ms(name))),
    }
    let start = match open("DescribeLogStreams", &parameters, token)? {
        None => 0,
        Some(last) => {
            let last = streams.iter().position(|(name, _)| *name == last);
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
        answer["nextToken"] = json!(seal("DescribeLogStreams", &parameters, last));
    }
    Ok(answer)
}

/// What a stream's lines say about it.
struct State {
    first: Line,
    last: Line,
    last_ingested_ms: i64,
}

async fn states(
    call: &Call<'_>,
    group: &str,
    streams: &[(String, Stream)],
    shown_from_ms: i64,
) -> Result<HashMap<String, State>, Refusal> {
    let since = streams
        .iter()
        .map(|(name, it)| (name.clone(), it.since_sequence));
    let asked = Arc::new(Asked {
        streams: since.collect(),
        from_ms: shown_from_ms,
        until_ms: i64::MAX,
    });
    let parts = call.parts(group);
    let scanned = query_pool::off_the_runtime(move || {
        let mut states: HashMap<String, State> = HashMap::new();
        let parts = readable(parts, asked.window(), &FIELDS);
        for block in blocks(&parts, &asked) {
            if query_pool::is_over() {
                break;
            }
            if block.part.is_sound(FIELDS) {
                scan(&block, &mut states);
            }
        }
        states
    });
    scanned
        .await
        .map_err(|_| Refusal::Store(StoreError::Closed))
}

/// What the rows of one stream in one block come to.
#[derive(Clone, Copy)]
struct Seen {
    first: usize,
    last: usize,
    last_ingested_ms: i64,
}

fn scan(block: &Block, states: &mut HashMap<String, State>) {
    let part = &block.part;
    let ingested = ints_of_all(part, "ingested_ms");
    let seen = |row: usize| Seen {
        first: row,
        last: row,
        last_ingested_ms: ingested.and_then(|ints| ints.get(row)).unwrap_or(0),
    };
    let rows = block.rows.clone().filter(|&row| block.has(row));
    let Some(names) = texts_of_all(part, "stream") else {
        for row in rows {
            let name = part.text("stream").get(row).unwrap_or_default();
            add(states, part, &name, seen(row));
        }
        return;
    };
    let mut by_code: Vec<Option<Seen>> = vec![None; names.texts.len()];
    for row in rows {
        let code = names.codes.get(row).and_then(|code| by_code.get_mut(code));
        let Some(place) = code else { continue };
        let new = seen(row);
        let place = place.get_or_insert(new);
        // Rows come in the order of their positions.
        place.last = row;
        place.last_ingested_ms = place.last_ingested_ms.max(new.last_ingested_ms);
    }
    for (code, seen) in by_code.into_iter().enumerate() {
        if let Some(seen) = seen {
            add(states, part, names.texts.get(code), seen);
        }
    }
}

fn add(states: &mut HashMap<String, State>, part: &Arc<Part>, name: &str, seen: Seen) {
    let (first, last) = (Line::of(part, seen.first), Line::of(part, seen.last));
    let Some(state) = states.get_mut(name) else {
        let last_ingested_ms = seen.last_ingested_ms;
        let state = State {
            first,
            last,
            last_ingested_ms,
        };
        states.insert(name.to_string(), state);
        return;
    };
    if first.position() < state.first.position() {
        state.first = first;
    }
    if last.position() > state.last.position() {
        state.last = last;
    }
    state.last_ingested_ms = state.last_ingested_ms.max(seen.last_ingested_ms);
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
        entry["firstEventTimestamp"] = json!(state.first.time_ms());
        entry["lastEventTimestamp"] = json!(state.last.time_ms());
        entry["lastIngestionTime"] = json!(state.last_ingested_ms);
        entry["uploadSequenceToken"] = json!(position_text(state.last.position()));
    }
    entry
}
