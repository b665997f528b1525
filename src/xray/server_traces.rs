//! Traces: PutTraceSegments, GetTraceSummaries, BatchGetTraces.

use super::document::{Fault, Refusal};
use super::filter;
use super::intake::{Incoming, Intake};
use super::server::Context;
use super::server_ahead::Question;
use super::server_errors::XRayError;
use super::server_groups::filter_of;
use super::server_search::{Position, RangeKind, Search, by_id, search};
use super::summary::summary;
use super::trace::Trace;
use super::wire::{
    PutSegmentsAnswer, PutSegmentsRequest, SamplingStrategy, SegmentShape, SummariesAnswer,
    SummariesRequest, TraceShape, TracesAnswer, TracesRequest, UnprocessedSegment, nanoseconds,
    whole_seconds,
};
use super::written;
use crate::door::query_pool;
use crate::model::time::{SECOND, Window};
use crate::store::StoreError;

/// Summaries on a page.
const PAGE: usize = 100;
/// How much earlier and later a change may be that TimeRangeType `Service` finds.
const SERVICE_SLACK: i64 = 60 * SECOND;

/// Keeps segment documents.
///
/// Good ones are on disk when this resolves; the others are named in the answer.
pub async fn put(
    ctx: Context,
    request: PutSegmentsRequest,
) -> Result<PutSegmentsAnswer, XRayError> {
    if request.trace_segment_documents.is_empty() {
        return Err(XRayError::NoSegments);
    }
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

/// Returns the traces of a time range that pass a filter, newest first.
///
/// The range is of the time in trace ids, or of the last arrival that changed a trace; see
/// [`RangeKind`].
pub async fn summaries(
    ctx: Context,
    request: SummariesRequest,
) -> Result<SummariesAnswer, XRayError> {
    let asked = asked_window(request.start_time, request.end_time)?;
    let (kind, slack) = match request.time_range_type.as_deref() {
        None | Some("TraceId") => (RangeKind::TraceId, 0),
        Some("Event") => (RangeKind::LastChange, 0),
        Some("Service") => (RangeKind::LastChange, SERVICE_SLACK),
        Some(other) => return Err(XRayError::TimeRangeType(other.to_string())),
    };
    let window = Window {
        start: asked.start.saturating_sub(slack),
        end: asked.end.saturating_add(slack),
    };
    let share = share(request.sampling_strategy)?;
    let expression = request.filter_expression.unwrap_or_default();
    let filter = filter::parse(&expression, &|group| filter_of(&ctx, group))?;
    let after = match request.next_token.as_deref() {
        Some(token) => {
            Some(Position::parse(token).ok_or_else(|| XRayError::InvalidToken(token.to_string()))?)
        }
        None => None,
    };
    let parts = ctx.parts(window);
    let question = Question {
        region: ctx.region.clone(),
        window,
        kind,
        filter,
        share,
    };
    let known = after.and_then(|after| ctx.service.ahead.find(&question, after));
    off_the_runtime(move || {
        let asked = Search {
            window,
            kind,
            filter: &question.filter,
            share,
            after,
            limit: PAGE,
        };
        let page = search(&parts, &asked, known);
        let last = page.traces.last().map(|(position, _)| *position);
        let is_of_changes = kind == RangeKind::LastChange;
        let summaries = page.traces.iter().map(|(_, trace)| {
            let mut summary = summary(trace);
            summary.matched_event_time = is_of_changes.then(|| whole_seconds(trace.last_change));
            summary
        });
        let answer = SummariesAnswer {
            trace_summaries: summaries.collect(),
            approximate_time: whole_seconds(window.start),
            traces_processed_count: page.n_processed,
            next_token: last
                .filter(|_| page.ahead.is_some())
                .map(|last| last.to_string()),
        };
        if let (Some(last), Some(ahead)) = (last, page.ahead) {
            ctx.service.ahead.keep(question, last, ahead);
        }
        answer
    })
    .await
}

/// Returns the window from one time to another, seconds since the epoch.
///
/// # Errors
/// `TimeOrder` if it would end before it begins, `TimeRange` for times that are none.
pub fn asked_window(start: f64, end: f64) -> Result<Window, XRayError> {
    let (Some(start), Some(end)) = (nanoseconds(start), nanoseconds(end)) else {
        return Err(XRayError::TimeRange);
    };
    if end < start {
        return Err(XRayError::TimeOrder);
    }
    Ok(Window { start, end })
}

/// Returns which part of all traces is asked for, 0 to 1.
///
/// Both strategies choose by the trace id, so that the pages of one search, and the same search later,
/// look at the same traces. `Sampling` alone says no number, and everything is looked at.
fn share(strategy: Option<SamplingStrategy>) -> Result<f64, XRayError> {
    let Some(strategy) = strategy else {
        return Ok(1.0);
    };
    let value = match (strategy.name.as_deref(), strategy.value) {
        (Some("FixedRate"), None) => return Err(XRayError::SamplingRate),
        (None | Some("PartialScan" | "FixedRate"), value) => value.unwrap_or(1.0),
        (Some(_), _) => return Err(XRayError::SamplingStrategy),
    };
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(XRayError::SamplingRate)
    }
}

/// Returns traces in full by their ids.
pub async fn batch_get(ctx: Context, request: TracesRequest) -> Result<TracesAnswer, XRayError> {
    if let Some(token) = request.next_token {
        return Err(XRayError::InvalidToken(token));
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
    let is_doubled = |(idx, id): (usize, &String)| {
        let before = request.trace_ids.get(..idx).unwrap_or_default();
        before.iter().any(|other| other.eq_ignore_ascii_case(id))
    };
    if request.trace_ids.iter().enumerate().any(is_doubled) {
        return Err(XRayError::DoubledTraceIds);
    }
    // What is not there is in neither list, as the service has it.
    Ok(TracesAnswer {
        next_token: (),
        unprocessed_trace_ids: Vec::new(),
        traces: whole(&ctx, request.trace_ids).await?,
    })
}

/// Returns those of the traces that are there, in the order of their ids.
pub async fn whole(ctx: &Context, trace_ids: Vec<String>) -> Result<Vec<TraceShape>, XRayError> {
    let parts = ctx.parts_of(&trace_ids);
    let read = move || {
        let traces = by_id(&parts, &trace_ids).into_iter();
        traces.map(shape).collect()
    };
    off_the_runtime(read).await
}

/// Reads documents on a thread where it holds nobody else up.
pub async fn off_the_runtime<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, XRayError> {
    // The task is lost only when the whole program stops, and the store with it.
    let read = query_pool::off_the_runtime(read).await;
    read.map_err(|_| XRayError::Store(StoreError::Closed))
}

// The wording of the message is the real service's.
fn unprocessed(refusal: Refusal) -> UnprocessedSegment {
    let id = match refusal.fault {
        Fault::NoId | Fault::Parse => None,
        _ => refusal.id,
    };
    UnprocessedSegment {
        id,
        error_code: refusal.fault.to_string(),
        message: format!("Invalid segment. ErrorCode: {}", refusal.fault),
    }
}

fn shape(trace: Trace) -> TraceShape {
    let segments = written::segments(&trace).into_iter();
    TraceShape {
        duration: trace.duration(),
        limit_exceeded: false,
        segments: segments
            .map(|segment| SegmentShape {
                id: segment.id,
                document: segment.document,
            })
            .collect(),
        id: trace.id,
    }
}
