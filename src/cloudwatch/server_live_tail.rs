//! StartLiveTail: lines as they come in, as a stream of events.
//!
//! The service tells every second what came. Here it is told at once, since a line that was just put
//! is on its way to a reader; and every second in any case, so that both sides know of each other.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::event_stream;
use super::pattern::{FilterPattern, PatternUse};
use super::server_lines::{FIELDS, Line};
use super::server_refusal::{Refusal, filter_pattern, required};
use super::server_state::Call;
use super::wire::{PAGE_MAX_BYTES, StartLiveTail};
use crate::door::frames::{Frames, frames};
use crate::model::span::Lens;
use crate::model::time::Window;
use crate::store::{Store, readable};

/// The most lines in one update.
const UPDATE_MAX_LINES: usize = 500;
/// The most lines that wait for a reader; of more, the oldest are left out.
/// Source: StartLiveTail, "buffers up to 10 LiveTailSessionUpdate events or 5000 log events".
const WAITING_MAX_LINES: usize = 5_000;
/// Lines that come so close together are told together.
const PAUSE: Duration = Duration::from_millis(50);
/// Something is told so often, even if there is nothing to tell.
const BEAT: Duration = Duration::from_secs(1);
/// A session lasts so long.
const SESSION: Duration = Duration::from_secs(3 * 3_600);

/// StartLiveTail: checks the request, and returns the body that goes on until somebody ends it.
///
/// # Errors
/// See [`Refusal`]; everything that can be wrong is found before the stream begins.
pub fn start(call: &Call<'_>, request: StartLiveTail) -> Result<Frames, Refusal> {
    start_lasting(call, request, SESSION)
}

/// The same with a session of another length.
pub fn start_lasting(
    call: &Call<'_>,
    request: StartLiveTail,
    length: Duration,
) -> Result<Frames, Refusal> {
    let identifiers = required("logGroupIdentifiers", &request.log_group_identifiers)?;
    let names = request.log_stream_names.clone().unwrap_or_default();
    let prefixes = request.log_stream_name_prefixes.clone().unwrap_or_default();
    if !names.is_empty() && !prefixes.is_empty() {
        return Err(Refusal::TailStreamsAndPrefixes);
    }
    if identifiers.len() > 1 && !(names.is_empty() && prefixes.is_empty()) {
        return Err(Refusal::TailStreamsOfManyGroups);
    }
    let pattern = request.log_event_filter_pattern.as_deref();
    let pattern = filter_pattern(pattern, PatternUse::Events)?;
    let mut groups = Vec::new();
    for identifier in identifiers {
        if !identifier.starts_with("arn:") || identifier.ends_with('*') {
            let identifier = identifier.clone();
            return Err(Refusal::TailOfNoArn { identifier });
        }
        let name = call.name_of(identifier).ok_or(Refusal::NoGroup)?;
        if call.group(name)?.class != "STANDARD" {
            return Err(Refusal::TailOfClass);
        }
        groups.push(Tailed {
            arn: identifier.clone(),
            dataset: call.group_key(name),
        });
    }

    let arrivals = call.store.arrivals();
    let since = arrivals.borrow().unwrap_or(u64::MAX);
    // A message waits in the channel and another for its place in it; the others are not yet made.
    let (sender, body) = frames(1);
    let session = Session {
        store: Arc::downgrade(call.store),
        asked: Arc::new(Asked {
            groups,
            names,
            prefixes,
            pattern,
        }),
        arrivals,
        since,
        sender,
        ends_at: Instant::now() + length,
    };
    let mut start = json!({
        "requestId": super::server::request_id(rand::random()),
        "sessionId": super::server::request_id(rand::random()),
        "logGroupIdentifiers": identifiers,
    });
    if let Some(names) = &request.log_stream_names {
        start["logStreamNames"] = json!(names);
    }
    if let Some(prefixes) = &request.log_stream_name_prefixes {
        start["logStreamNamePrefixes"] = json!(prefixes);
    }
    if let Some(pattern) = &request.log_event_filter_pattern {
        start["logEventFilterPattern"] = json!(pattern);
    }
    tokio::spawn(session.run(start));
    Ok(body)
}

struct Tailed {
    arn: String,
    dataset: String,
}

/// Which lines are asked for.
struct Asked {
    groups: Vec<Tailed>,
    names: Vec<String>,
    prefixes: Vec<String>,
    pattern: FilterPattern,
}

/// One reader.
struct Session {
    // Not the store itself: a reader must not keep it open after its owner closed it.
    store: Weak<Store>,
    asked: Arc<Asked>,
    arrivals: watch::Receiver<Option<u64>>,
    /// The first line that was not looked at.
    since: u64,
    sender: mpsc::Sender<Bytes>,
    ends_at: Instant,
}

/// Why a session ends.
enum End {
    /// The reader is gone.
    Left,
    /// It lasted as long as one may.
    Timeout,
    /// The stack is about to stop.
    Stopping,
}

impl Session {
    async fn run(mut self, start: Value) {
        let last = match self.tell(start).await {
            Ok(()) | Err(End::Left) => return,
            Err(End::Timeout) => exception(
                "SessionTimeoutException",
                "The session has been open for 3 hours; start another one.",
            ),
            Err(End::Stopping) => {
                exception("SessionStreamingException", "The local stack is stopping.")
            }
        };
        let _ = tokio::time::timeout(BEAT, self.sender.send(last)).await;
    }

    async fn tell(&mut self, start: Value) -> Result<(), End> {
        self.send(event_stream::event("initial-response", b"{}"))
            .await?;
        self.send(event("sessionStart", &start)).await?;
        let mut told_at = Instant::now();
        loop {
            tokio::select! {
                arrived = self.arrivals.changed() => arrived.map_err(|_| End::Stopping)?,
                () = sleep_until(told_at + BEAT) => {}
                () = self.sender.closed() => return Err(End::Left),
                () = sleep_until(self.ends_at) => return Err(End::Timeout),
            }
            sleep_until(told_at + PAUSE).await;
            let arrived = self.arrivals.borrow_and_update().ok_or(End::Stopping)?;
            let found = self.find(arrived).await?;
            if found.lines.is_empty() && told_at.elapsed() < BEAT {
                continue;
            }
            let mut begin = 0;
            loop {
                let (update, end) = found.update(begin);
                self.send(update).await?;
                begin = end;
                if begin >= found.lines.len() {
                    break;
                }
            }
            told_at = Instant::now();
        }
    }

    /// Finds the lines before `arrived` that were not looked at.
    async fn find(&mut self, arrived: u64) -> Result<Found, End> {
        let range = self.since..arrived;
        self.since = self.since.max(arrived);
        let store = self.store.upgrade().ok_or(End::Stopping)?;
        let asked = self.asked.clone();
        let find = move || {
            let mut found = Found::default();
            for (group_idx, group) in asked.groups.iter().enumerate() {
                found.look_into(&store, &asked, group_idx, group, &range);
            }
            found.arns = asked.groups.iter().map(|group| group.arn.clone()).collect();
            found
        };
        let found = tokio::task::spawn_blocking(find).await;
        found.map_err(|_| End::Stopping)
    }

    /// Hands a message to the reader, who may take its time, but not more than everybody has.
    async fn send(&mut self, message: Bytes) -> Result<(), End> {
        let mut arrivals = self.arrivals.clone();
        tokio::select! {
            sent = self.sender.send(message) => sent.map_err(|_| End::Left),
            _ = arrivals.wait_for(Option::is_none) => Err(End::Stopping),
        }
    }
}

/// Lines to be told, in the order in which they came; their texts stay in the store until then.
#[derive(Default)]
struct Found {
    arns: Vec<String>,
    lines: VecDeque<FoundLine>,
    is_sampled: bool,
}

struct FoundLine {
    group_idx: usize,
    line: Line,
}

impl Found {
    fn look_into(
        &mut self,
        store: &Store,
        asked: &Asked,
        group_idx: usize,
        group: &Tailed,
        range: &std::ops::Range<u64>,
    ) {
        let parts = store.parts_since(Lens::Logs, &group.dataset, range.start);
        for part in readable(parts, Window::ALL, &FIELDS) {
            if !part.is_sound(FIELDS) {
                continue;
            }
            let (streams, messages) = (part.text("stream"), part.text("message"));
            for row in (0..part.len()).filter(|&row| range.contains(&part.sequence(row))) {
                let stream = streams.get(row).unwrap_or_default();
                let is_named = asked.names.is_empty() || asked.names.iter().any(|it| *it == stream);
                let starts = |prefix: &String| stream.starts_with(prefix.as_str());
                let is_asked = is_named
                    && (asked.prefixes.is_empty() || asked.prefixes.iter().any(starts))
                    && asked
                        .pattern
                        .matches(&messages.get(row).unwrap_or_default());
                if is_asked {
                    let line = Line::of(&part, row);
                    self.lines.push_back(FoundLine { group_idx, line });
                }
            }
        }
        self.lines
            .make_contiguous()
            .sort_by_key(|found| found.line.sequence());
        let excess = self.lines.len().saturating_sub(WAITING_MAX_LINES);
        self.is_sampled |= excess > 0;
        self.lines.drain(..excess);
    }

    /// Returns the update that begins with line `begin`, and the line with which the next begins.
    fn update(&self, begin: usize) -> (Bytes, usize) {
        let mut results = Vec::new();
        let mut bytes = 0;
        for found in self.lines.range(begin..).take(UPDATE_MAX_LINES) {
            let line = &found.line;
            let message = line.message();
            bytes += message.len();
            if bytes > PAGE_MAX_BYTES && !results.is_empty() {
                break;
            }
            results.push(json!({
                "logStreamName": line.stream(),
                "logGroupIdentifier": self.arns.get(found.group_idx),
                "message": message,
                "timestamp": line.time_ms(),
                "ingestionTime": line.ingested_ms(),
            }));
        }
        let end = begin + results.len();
        let update = json!({
            "sessionMetadata": {"sampled": self.is_sampled},
            "sessionResults": results,
        });
        (event("sessionUpdate", &update), end)
    }
}

fn event(kind: &str, payload: &Value) -> Bytes {
    event_stream::event(kind, payload.to_string().as_bytes())
}

fn exception(kind: &str, message: &str) -> Bytes {
    let payload = json!({"message": message}).to_string();
    event_stream::exception(kind, payload.as_bytes())
}
