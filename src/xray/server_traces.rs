//! Traces: PutTraceSegments, GetTraceSummaries, BatchGetTraces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{self, Document, Fault, Refusal};
use super::filter;
use super::server::Context;
use super::server_errors::XRayError;
use super::server_groups::filter_of;
use super::summary::summary;
use super::trace::{HttpFacts, Trace};
use super::wire::{
    PutSegmentsAnswer, PutSegmentsRequest, SegmentShape, SummariesAnswer, SummariesRequest,
    TraceShape, TracesAnswer, TracesRequest, UnprocessedSegment, epoch_seconds, nanoseconds,
};
use crate::model::span::{Batch, Event, Lens, Value};
use crate::model::time::Window;
use crate::store::Block;

/// Summaries on a page.
const PAGE: usize = 100;

/// Keeps segment documents.
///
/// Good ones are on disk when this resolves; the others are named in the answer.
pub async fn put(
    ctx: Context,
    request: PutSegmentsRequest,
) -> Result<PutSegmentsAnswer, XRayError> {
    let mut events = Vec::new();
    let mut answer = PutSegmentsAnswer::default();
    for text in request.trace_segment_documents {
        match document::read(&text) {
            Ok(document) => events.push(event(&document, text)),
            Err(refusal) => answer.unprocessed_trace_segments.push(unprocessed(refusal)),
        }
    }
    let (lens, dataset) = (Lens::Segments, ctx.region.clone());
    ctx.store()
        .append(vec![Batch {
            lens,
            dataset,
            events,
        }])
        .await?;
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
    let by_event = match request.time_range_type.as_deref() {
        None | Some("TraceId") => false,
        Some("Event") => true,
        Some(other) => return Err(XRayError::TimeRangeType(other.to_string())),
    };
    let expression = request.filter_expression.unwrap_or_default();
    let filter = filter::parse(&expression, &|group| filter_of(&ctx, group))?;
    let after = match request.next_token.as_deref() {
        Some(token) => Some(Position::parse(token).ok_or(XRayError::NextToken)?),
        None => None,
    };

    let window = Window { start, end };
    let blocks = ctx.store().blocks(Lens::Segments, &ctx.region);
    let mut traces = traces_meeting(&blocks, window);
    traces.retain(|trace| by_event || window.contains(trace.start()));
    let traces_processed_count = traces.len() as u64;
    traces.retain(|trace| filter.matches(trace));
    traces.sort_by_key(|trace| std::cmp::Reverse(Position::of(trace)));
    if let Some(after) = after {
        traces.retain(|trace| Position::of(trace) < after);
    }
    let next_token = match (traces.get(PAGE), traces.get(PAGE - 1)) {
        (Some(_), Some(last)) => Some(Position::of(last).to_string()),
        _ => None,
    };
    traces.truncate(PAGE);
    Ok(SummariesAnswer {
        trace_summaries: traces.iter().map(summary).collect(),
        approximate_time: epoch_seconds(traces.first().map_or(start, Trace::start)),
        traces_processed_count,
        next_token,
    })
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
    let ids: BTreeSet<&str> = request.trace_ids.iter().map(String::as_str).collect();
    let blocks = ctx.store().blocks(Lens::Segments, &ctx.region);
    let traces = assemble(&blocks, &ids);
    let is_missing = |id: &&str| !traces.iter().any(|trace| trace.id == **id);
    let missing = ids.iter().copied().filter(is_missing);
    Ok(TracesAnswer {
        unprocessed_trace_ids: missing.map(str::to_string).collect(),
        traces: traces.into_iter().map(whole).collect(),
    })
}

fn event(document: &Document, text: String) -> Event {
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

/// Puts the traces together that have any segment in `window`, with all their segments.
fn traces_meeting(blocks: &[Arc<Block>], window: Window) -> Vec<Trace> {
    let mut ids = BTreeSet::new();
    for block in blocks.iter().filter(|block| block.meets(window)) {
        let Some(trace_ids) = block.text("trace_id") else {
            continue;
        };
        let rows = block.times().iter().enumerate();
        let inside = rows.filter(|(_, time)| window.contains(**time));
        ids.extend(inside.filter_map(|(row, _)| trace_ids.get(row)));
    }
    assemble(blocks, &ids)
}

fn assemble(blocks: &[Arc<Block>], ids: &BTreeSet<&str>) -> Vec<Trace> {
    let mut documents: BTreeMap<&str, Vec<Document>> = BTreeMap::new();
    for block in blocks {
        let (Some(trace_ids), Some(texts)) = (block.text("trace_id"), block.text("document"))
        else {
            continue;
        };
        for row in 0..block.len() {
            let Some(id) = trace_ids.get(row).filter(|id| ids.contains(id)) else {
                continue;
            };
            let document = texts.get(row).and_then(|text| document::read(text).ok());
            documents.entry(id).or_default().extend(document);
        }
    }
    let traces = documents
        .into_iter()
        .map(|(id, documents)| Trace::new(id, documents));
    traces.collect()
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
    fn of(trace: &Trace) -> Position {
        Position {
            start: trace.start(),
            id: trace.id.clone(),
        }
    }

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
