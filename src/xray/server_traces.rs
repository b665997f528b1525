//! Traces: PutTraceSegments, GetTraceSummaries, BatchGetTraces.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{self, Document, Fault, Refusal};
use super::filter::{self, Filter};
use super::intake::{Incoming, Intake};
use super::server::Context;
use super::server_errors::XRayError;
use super::server_groups::filter_of;
use super::summary::summary;
use super::trace::{HttpFacts, Trace};
use super::wire::{
    PutSegmentsAnswer, PutSegmentsRequest, SegmentShape, SummariesAnswer, SummariesRequest,
    TraceShape, TracesAnswer, TracesRequest, UnprocessedSegment, epoch_seconds, nanoseconds,
};
use crate::model::span::{Event, Lens, Value};
use crate::model::time::Window;
use crate::store::{Part, StoreError};

/// Summaries on a page.
const PAGE: usize = 100;

/// Keeps segment documents.
///
/// Good ones are on disk when this resolves; the others are named in the answer.
pub async fn put(
    ctx: Context,
    request: PutSegmentsRequest,
) -> Result<PutSegmentsAnswer, XRayError> {
    let documents = request.trace_segment_documents.into_iter();
    let documents = documents.map(|text| Incoming { text, sender: None });
    let mut intake = Intake::read(&ctx.region, documents.collect(), ctx.now);
    intake.store(ctx.store()).await?;
    intake.keep_rejects(ctx.store(), ctx.now).await?;
    let refused = intake.refused.into_iter();
    let answer = PutSegmentsAnswer {
        unprocessed_trace_segments: refused.map(|(_, refusal)| unprocessed(refusal)).collect(),
    };
    Ok(answer)
}

/// Returns the traces that began in a time range and pass a filter, newest first.
pub async fn summaries(
    ctx: Context,
    request: SummariesRequest,
) -> Result<SummariesAnswer, XRayError> {
    let (start, end) = match (
        nanoseconds(request.start_time),
        nanoseconds(request.end_time),
    ) {
        (Some(start), Some(end)) if start <= end => (start, end),
        _ => return Err(XRayError::TimeRange),
    };
    let kind = match request.time_range_type.as_deref() {
        None | Some("TraceId") => RangeKind::Start,
        Some("Event") => RangeKind::AnySegment,
        Some(other) => return Err(XRayError::TimeRangeType(other.to_string())),
    };
    let expression = request.filter_expression.unwrap_or_default();
    let filter = filter::parse(&expression, &|group| filter_of(&ctx, group))?;
    let after = match request.next_token.as_deref() {
        Some(token) => Some(Position::parse(token).ok_or(XRayError::NextToken)?),
        None => None,
    };
    let parts = ctx.store().sound_parts(Lens::Segments, &ctx.region);
    off_the_runtime(move || page(&parts, Window { start, end }, kind, &filter, after)).await
}

/// Returns traces in full by their ids.
pub async fn batch_get(ctx: Context, request: TracesRequest) -> Result<TracesAnswer, XRayError> {
    if request.next_token.is_some() {
        return Err(XRayError::NextToken);
    }
    if !(1..=5).contains(&request.trace_ids.len()) {
        return Err(XRayError::Count {
            member: "TraceIds",
            fewest: 1,
            most: 5,
        });
    }
    if request
        .trace_ids
        .iter()
        .any(|id| !(1..=35).contains(&id.chars().count()))
    {
        return Err(XRayError::Length {
            member: "TraceIds",
            shortest: 1,
            longest: 35,
        });
    }
    let parts = ctx.store().sound_parts(Lens::Segments, &ctx.region);
    off_the_runtime(move || {
        let ids = request.trace_ids.iter().map(|id| Cow::from(id.as_str()));
        let ids: BTreeSet<Cow<'_, str>> = ids.collect();
        let found = find(&parts, &ids);
        let traces: Vec<Trace> = found.iter().map(|found| found.read(&parts)).collect();
        let is_missing = |id: &&Cow<'_, str>| !traces.iter().any(|trace| trace.id == ***id);
        let missing = ids.iter().filter(is_missing);
        TracesAnswer {
            unprocessed_trace_ids: missing.map(|id| id.to_string()).collect(),
            traces: traces.into_iter().map(whole).collect(),
        }
    })
    .await
}

/// Which traces lie in a time range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RangeKind {
    /// Those that began in it.
    Start,
    /// Those with any segment in it.
    AnySegment,
}

/// Reads documents on a thread where it holds nobody else up.
async fn off_the_runtime<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, XRayError> {
    // The task is lost only when the whole program stops, and the store with it.
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|_| XRayError::Store(StoreError::Closed))
}

/// Reads no more documents than the page needs: a trace's start is known without them.
fn page(
    parts: &[Arc<Part>],
    window: Window,
    kind: RangeKind,
    filter: &Filter,
    after: Option<Position>,
) -> SummariesAnswer {
    let mut found = find(parts, &ids_meeting(parts, window));
    found.retain(|found| kind == RangeKind::AnySegment || window.contains(found.position.start));
    found.sort_by(|a, b| b.position.cmp(&a.position));
    let traces_processed_count = found.len() as u64;

    let mut trace_summaries = Vec::new();
    let mut next_token = None;
    let mut last: Option<&Position> = None;
    for found in &found {
        if after.as_ref().is_some_and(|after| found.position >= *after) {
            continue;
        }
        let trace = found.read(parts);
        if !filter.matches(&trace) {
            continue;
        }
        if trace_summaries.len() == PAGE {
            next_token = last.map(Position::to_string);
            break;
        }
        trace_summaries.push(summary(&trace));
        last = Some(&found.position);
    }
    let approximate_time = last.map_or(window.start, |last| last.start);
    SummariesAnswer {
        trace_summaries,
        approximate_time: epoch_seconds(approximate_time),
        traces_processed_count,
        next_token,
    }
}

/// Returns the event that a document is stored as.
pub fn event(document: &Document, text: String) -> Event {
    let mut fields: Vec<(Arc<str>, Value)> = vec![
        ("trace_id".into(), document.trace_id.as_str().into()),
        ("id".into(), document.id.as_str().into()),
        ("name".into(), document.name.as_str().into()),
        ("document".into(), text.into()),
    ];
    let mut put = |name: &str, value: Option<Value>| {
        fields.extend(value.map(|value| (name.into(), value)));
    };
    put("parent_id", document.parent_id.as_deref().map(Value::from));
    put(
        "end_time",
        document.end.map(|end| Value::Float(end as f64 / 1e9)),
    );
    for name in ["error", "throttle", "fault"] {
        put(
            name,
            document::flag(&document.json, name).then_some(Value::Bool(true)),
        );
    }
    let http = HttpFacts::of(&document.json);
    put("http.status", http.status.map(Value::Int));
    put("http.method", http.method.map(Value::from));
    put("http.url", http.url.map(Value::from));
    Event {
        time: document.start,
        sample_rate: 1,
        fields,
    }
}

// The wording of the message is the real service's.
fn unprocessed(refusal: Refusal) -> UnprocessedSegment {
    let id = match refusal.fault {
        Fault::Id => None,
        _ => refusal.id,
    };
    UnprocessedSegment {
        id,
        error_code: refusal.fault.to_string(),
        message: format!("Invalid segment. ErrorCode: {}", refusal.fault),
    }
}

/// Returns the ids of the traces that have any segment in `window`.
fn ids_meeting(parts: &[Arc<Part>], window: Window) -> BTreeSet<Cow<'_, str>> {
    let mut ids = BTreeSet::new();
    for part in parts.iter().filter(|part| part.meets(window)) {
        let trace_ids = part.text("trace_id");
        ids.extend(
            part.rows_within(window)
                .filter_map(|row| trace_ids.get(row)),
        );
    }
    ids
}

/// Where the segments of a trace are.
struct Found {
    position: Position,
    /// Index of the part and of the row in it, in the order of arrival.
    rows: Vec<(usize, usize)>,
}

/// Finds all segments of the traces.
fn find(parts: &[Arc<Part>], ids: &BTreeSet<Cow<'_, str>>) -> Vec<Found> {
    let mut by_id: BTreeMap<Cow<'_, str>, Found> = BTreeMap::new();
    for (part_idx, part) in parts.iter().enumerate() {
        let trace_ids = part.text("trace_id");
        for (row, &time) in part.times().iter().enumerate() {
            let Some(id) = trace_ids.get(row).filter(|id| ids.contains(id)) else {
                continue;
            };
            let start = Position {
                start: time,
                id: id.to_string(),
            };
            let found = by_id.entry(id).or_insert_with(|| Found {
                position: start,
                rows: Vec::new(),
            });
            found.position.start = found.position.start.min(time);
            found.rows.push((part_idx, row));
        }
    }
    let mut found: Vec<Found> = by_id.into_values().collect();
    // Parts are sorted by time; the later of two documents of one segment is the one that came later.
    let arrival =
        |(part_idx, row): &(usize, usize)| parts.get(*part_idx).map(|part| part.sequence(*row));
    found
        .iter_mut()
        .for_each(|found| found.rows.sort_by_key(arrival));
    found
}

impl Found {
    fn read(&self, parts: &[Arc<Part>]) -> Trace {
        let texts = self
            .rows
            .iter()
            .filter_map(|(part_idx, row)| parts.get(*part_idx)?.text("document").get(*row));
        let documents = texts.filter_map(|text| document::read(&text).ok());
        Trace::new(&self.position.id, documents.collect())
    }
}

fn whole(trace: Trace) -> TraceShape {
    let duration = trace.duration();
    let segment = |document: Document| SegmentShape {
        id: document.id,
        document: document.json.to_string(),
    };
    TraceShape {
        duration,
        limit_exceeded: false,
        segments: trace.documents.into_iter().map(segment).collect(),
        id: trace.id,
    }
}

/// A place in the order of traces, which stays valid while new traces arrive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    start: i64,
    id: String,
}

impl Position {
    fn parse(token: &str) -> Option<Position> {
        let (start, id) = token.split_once('.')?;
        Some(Position {
            start: start.parse().ok()?,
            id: id.to_string(),
        })
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.start, self.id)
    }
}
