//! Traces: PutTraceSegments, GetTraceSummaries, BatchGetTraces.

use super::document::{Document, Fault, Refusal};
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
    SummariesRequest, TraceShape, TracesAnswer, TracesRequest, UnprocessedSegment, epoch_seconds,
    nanoseconds,
};
use crate::model::span::Lens;
use crate::model::time::Window;
use crate::store::StoreError;

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
    // X-Ray does not say what an event or a service time is besides the time of a segment.
    let kind = match request.time_range_type.as_deref() {
        None | Some("TraceId") => RangeKind::Start,
        Some("Event" | "Service") => RangeKind::AnySegment,
        Some(other) => return Err(XRayError::TimeRangeType(other.to_string())),
    };
    let share = share(request.sampling_strategy)?;
    let expression = request.filter_expression.unwrap_or_default();
    let filter = filter::parse(&expression, &|group| filter_of(&ctx, group))?;
    let after = match request.next_token.as_deref() {
        Some(token) => Some(Position::parse(token).ok_or(XRayError::NextToken)?),
        None => None,
    };
    let parts = ctx.store().sound_parts(Lens::Segments, &ctx.region);
    let question = Question {
        region: ctx.region.clone(),
        window: Window { start, end },
        kind,
        filter,
        share,
    };
    let known = after.and_then(|after| ctx.service.ahead.find(&question, after));
    off_the_runtime(move || {
        let window = question.window;
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
        let is_event = kind == RangeKind::AnySegment;
        let summaries = page.traces.iter().map(|(_, trace)| {
            let mut summary = summary(trace);
            if is_event {
                let starts = trace.documents.iter().map(|document| document.start);
                let matched = starts.filter(|start| window.contains(*start)).min();
                summary.matched_event_time = matched.map(epoch_seconds);
            }
            summary
        });
        let answer = SummariesAnswer {
            trace_summaries: summaries.collect(),
            approximate_time: epoch_seconds(last.map_or(start, |last| last.start)),
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

/// Returns which part of all traces is asked for, 0 to 1.
///
/// Both strategies choose by the trace id, so that the pages of one search, and the same search later,
/// look at the same traces. `Sampling` alone says no number, and everything is looked at.
fn share(strategy: Option<SamplingStrategy>) -> Result<f64, XRayError> {
    let Some(strategy) = strategy else {
        return Ok(1.0);
    };
    let is_known = matches!(
        strategy.name.as_deref(),
        None | Some("PartialScan" | "FixedRate")
    );
    let value = strategy.value.unwrap_or(1.0);
    if is_known && (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(XRayError::SamplingStrategy)
    }
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
        let mut ids = request.trace_ids;
        ids.sort();
        ids.dedup();
        let traces = by_id(&parts, &ids);
        let is_missing =
            |id: &&String| !traces.iter().any(|trace| trace.id.eq_ignore_ascii_case(id));
        let missing: Vec<String> = ids.iter().filter(is_missing).cloned().collect();
        TracesAnswer {
            unprocessed_trace_ids: missing,
            traces: traces.into_iter().map(whole).collect(),
        }
    })
    .await
}

/// Reads documents on a thread where it holds nobody else up.
pub async fn off_the_runtime<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, XRayError> {
    // The task is lost only when the whole program stops, and the store with it.
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|_| XRayError::Store(StoreError::Closed))
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
