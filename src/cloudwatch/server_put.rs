//! PutLogEvents: which lines are taken, and which are turned away and why.

use serde_json::{Value, json};

use super::server_limits::check_members;
use super::server_lines::{FIELDS, position_text};
use super::server_model::PUT_LOG_EVENTS;
use super::server_refusal::{Refusal, required};
use super::server_state::{Call, DAY_MS, Group};
use super::wire::{
    BATCH_MAX_BYTES, BATCH_MAX_EVENTS, BATCH_MAX_SPAN_MS, EVENT_MAX_BYTES, EVENT_OVERHEAD_BYTES,
    InputLogEvent, InputLogEvents, PutLogEvents, TOO_NEW_MS, TOO_OLD_MS,
};
use crate::model::log::LogEvent;
use crate::model::span::Lens;
use crate::model::time::MILLISECOND;
use crate::store::{PartBuilder, ValueRef};

/// PutLogEvents: answers when the lines are durable.
pub async fn put(call: &Call<'_>, request: PutLogEvents) -> Result<Value, Refusal> {
    check_names(&request)?;
    let group_name = required("logGroupName", &request.log_group_name)?;
    let stream_name = required("logStreamName", &request.log_stream_name)?;
    required("logEvents", &request.log_events)?;
    let events = checked(request.log_events.unwrap_or_default())?;
    let group = call.group(group_name)?;
    call.stream(group_name, stream_name)?;

    let sorting = Sorting::of(&events, &group, call.now_ms);
    let taken = events.get(sorting.taken()).unwrap_or_default();
    let first = taken.first().map_or(0, |event| event.timestamp_ms);
    let last = taken.last().map_or(0, |event| event.timestamp_ms);
    if last - first > BATCH_MAX_SPAN_MS {
        return Err(Refusal::SpanTooLong);
    }

    let part = part_of(call, group_name, stream_name, taken);
    call.store.append_parts(vec![part]).await?;

    // Nobody needs the token any more, but it is still given.
    let mut answer = json!({"nextSequenceToken": position_text(rand::random::<u64>().into())});
    if let Some(rejected) = sorting.rejected() {
        answer["rejectedLogEventsInfo"] = rejected;
    }
    Ok(answer)
}

fn check_names(request: &PutLogEvents) -> Result<(), Refusal> {
    let members = json!({
        "logGroupName": request.log_group_name,
        "logStreamName": request.log_stream_name,
        "sequenceToken": request.sequence_token,
        "entity": request.entity,
    });
    match members {
        Value::Object(members) => check_members(PUT_LOG_EVENTS, &members),
        _ => Ok(()),
    }
}

/// Lines that came by another door, ready to be stored.
pub struct Taken {
    /// Those that the group takes.
    pub part: PartBuilder,
    /// How many it does not take.
    pub n_rejected: usize,
    /// Why, if there are any.
    pub reason: String,
}

/// Returns what a log group keeps of lines, which are in chronological order.
///
/// # Errors
/// `NoGroup` and `NoStream`.
pub fn take(
    call: &Call<'_>,
    group: &str,
    stream: &str,
    mut lines: Vec<LogEvent>,
) -> Result<Taken, Refusal> {
    let document = call.group(group)?;
    call.stream(group, stream)?;
    let n_lines = lines.len();
    let fits = |line: &LogEvent| line.message.len() + EVENT_OVERHEAD_BYTES <= EVENT_MAX_BYTES;
    lines.retain(|line| fits(line) && line.timestamp_ms >= 0);
    let sorting = Sorting::of(&lines, &document, call.now_ms);
    let taken = lines.get(sorting.taken()).unwrap_or_default();
    Ok(Taken {
        n_rejected: n_lines - taken.len(),
        reason: format!(
            "the log group {group} takes no line that is older than 14 days or than its retention, more than 2 hours ahead, or longer than {EVENT_MAX_BYTES} bytes"
        ),
        part: part_of(call, group, stream, taken),
    })
}

fn part_of(call: &Call<'_>, group: &str, stream: &str, lines: &[LogEvent]) -> PartBuilder {
    let mut part = PartBuilder::new(Lens::Logs, &call.group_key(group));
    let [stream_field, message_field, ingested_field] = FIELDS;
    let stream = part.prepare(stream_field, ValueRef::Str(stream));
    let ingested_ms = part.prepare(ingested_field, ValueRef::Int(call.now_ms));
    let message = part.field(message_field);
    for line in lines {
        part.begin_row(line.timestamp_ms * MILLISECOND, 1);
        part.put_prepared(&stream);
        part.put_field(message, ValueRef::Str(&line.message));
        part.put_prepared(&ingested_ms);
    }
    part
}

/// Checks what makes the whole batch wrong, in the order in which it is checked.
fn checked(events: InputLogEvents) -> Result<Vec<LogEvent>, Refusal> {
    let InputLogEvents { events, n_events } = events;
    if n_events == 0 || n_events > BATCH_MAX_EVENTS {
        let (side, bound) = if n_events == 0 {
            ("greater", 1)
        } else {
            ("less", BATCH_MAX_EVENTS)
        };
        let constraint = format!("Member must have length {side} than or equal to {bound}");
        let value = match n_events {
            0 => "[]".to_string(),
            n_events => format!("[{n_events} events]"),
        };
        return Err(Refusal::constraint(value, "logEvents", constraint));
    }
    let errors = event_errors(&events);
    if !errors.is_empty() {
        return Err(Refusal::Validation { errors });
    }
    let mut batch_bytes = 0;
    let mut checked: Vec<LogEvent> = Vec::with_capacity(n_events);
    for event in events {
        let (Some(timestamp_ms), Some(message)) = (event.timestamp, event.message) else {
            continue;
        };
        let bytes = message.len() + EVENT_OVERHEAD_BYTES;
        if bytes > EVENT_MAX_BYTES {
            return Err(Refusal::EventTooLarge { bytes });
        }
        batch_bytes += bytes;
        if checked
            .last()
            .is_some_and(|before| before.timestamp_ms > timestamp_ms)
        {
            return Err(Refusal::OutOfOrder);
        }
        checked.push(LogEvent {
            timestamp_ms,
            message,
        });
    }
    if batch_bytes > BATCH_MAX_BYTES {
        return Err(Refusal::BatchTooLarge { bytes: batch_bytes });
    }
    Ok(checked)
}

// More sentences about one batch than these would only make the answer longer than the request.
const MOST_LISTED: usize = 100;

/// Returns what breaks the limits of the service's model, a sentence each.
fn event_errors(events: &[InputLogEvent]) -> Vec<String> {
    let (mut errors, mut n_errors) = (Vec::new(), 0);
    for (idx, event) in events.iter().enumerate() {
        // A sentence is made only where it is needed: there may be ten thousand events.
        let mut fail = |value: String, member: &str, constraint: &str| {
            let number = idx + 1;
            n_errors += 1;
            if n_errors > MOST_LISTED {
                return;
            }
            errors.push(format!(
                "Value {value} at 'logEvents.{number}.member.{member}' failed to satisfy constraint: {constraint}"
            ));
        };
        match event.timestamp {
            None => fail("null".to_string(), "timestamp", "Member must not be null"),
            Some(timestamp_ms) if timestamp_ms < 0 => fail(
                format!("'{timestamp_ms}'"),
                "timestamp",
                "Member must have value greater than or equal to 0",
            ),
            Some(_) => {}
        }
        match event.message.as_deref() {
            None => fail("null".to_string(), "message", "Member must not be null"),
            Some("") => fail(
                "''".to_string(),
                "message",
                "Member must have length greater than or equal to 1",
            ),
            Some(_) => {}
        }
    }
    if n_errors > MOST_LISTED {
        errors.push(format!(
            "and {} more of the same kinds",
            n_errors - MOST_LISTED
        ));
    }
    errors
}

/// Where, in a batch that is in chronological order, the lines begin and end that are taken.
struct Sorting {
    n_events: usize,
    /// Lines before this one are more than 14 days old.
    too_old_end: usize,
    /// Lines before this one are older than the group keeps lines.
    expired_end: usize,
    /// Lines from this one on are more than 2 hours ahead.
    too_new_start: usize,
}

impl Sorting {
    fn of(events: &[LogEvent], group: &Group, now_ms: i64) -> Sorting {
        let before = |limit_ms: i64| events.partition_point(|event| event.timestamp_ms < limit_ms);
        let kept_ms = group.retention_days.map(|days| i64::from(days) * DAY_MS);
        Sorting {
            n_events: events.len(),
            too_old_end: before(now_ms - TOO_OLD_MS),
            expired_end: kept_ms.map_or(0, |kept_ms| before(now_ms - kept_ms)),
            too_new_start: before(now_ms + TOO_NEW_MS + 1),
        }
    }

    fn taken(&self) -> std::ops::Range<usize> {
        self.too_old_end.max(self.expired_end)..self.too_new_start
    }

    /// Returns `rejectedLogEventsInfo`; `None` if every line is taken.
    fn rejected(&self) -> Option<Value> {
        let mut rejected = json!({});
        if self.too_old_end > 0 {
            rejected["tooOldLogEventEndIndex"] = json!(self.too_old_end);
        }
        if self.expired_end > 0 {
            rejected["expiredLogEventEndIndex"] = json!(self.expired_end);
        }
        if self.too_new_start < self.n_events {
            rejected["tooNewLogEventStartIndex"] = json!(self.too_new_start);
        }
        (self.taken().len() < self.n_events).then_some(rejected)
    }
}
