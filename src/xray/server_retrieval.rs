//! Traces fetched in two steps: StartTraceRetrieval, ListRetrievedTraces, CancelTraceRetrieval,
//! GetRetrievedTracesGraph.
//!
//! X-Ray has them for traces that it keeps in CloudWatch Logs and has not indexed, and needs minutes.
//! Here every trace is at hand, so a retrieval is only its question, complete at once.

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::server::Context;
use super::server_errors::XRayError;
use super::server_graph;
use super::server_pages::{Pages, only_page};
use super::server_search::by_id;
use super::server_traces::{self, off_the_runtime};
use super::wire::{
    Nothing, RetrievalAnswer, RetrievalRequest, RetrievedGraphAnswer, RetrievedGraphRequest,
    RetrievedService, RetrievedTrace, RetrievedTracesAnswer, RetrievedTracesRequest,
    StartRetrievalRequest, TraceShape, epoch_seconds, nanoseconds,
};
use crate::store::{Change, Documents, Table};

const RETRIEVALS: Table = Table("xray/retrieval");
/// Retrievals that a region keeps; the oldest one leaves when another is started.
const MOST_RETRIEVALS: usize = 100;
/// Source: X-Ray API, RetrievedTrace.
const MOST_SPANS: usize = 100;

/// Source of the size: X-Ray API, ListRetrievedTraces.
const PAGES: Pages = Pages {
    name: "retrieved",
    size: 5,
};

/// What was asked for, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Retrieval {
    trace_ids: Vec<String>,
    /// Seconds since the epoch, both inclusive.
    start_time: f64,
    end_time: f64,
    is_cancelled: bool,
    /// Grows from one retrieval to the next.
    number: u64,
}

impl Retrieval {
    /// Returns each id once, in their order.
    fn ids(&self) -> Vec<String> {
        let mut ids = self.trace_ids.clone();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Tells whether a trace that began at `start`, seconds since the epoch, was asked for.
    fn is_meant(&self, start: f64) -> bool {
        (self.start_time..=self.end_time).contains(&start)
    }

    fn status(&self) -> &'static str {
        if self.is_cancelled {
            "CANCELLED"
        } else {
            "COMPLETE"
        }
    }
}

/// Keeps the question for traces.
pub async fn start(
    ctx: Context,
    request: StartRetrievalRequest,
) -> Result<RetrievalAnswer, XRayError> {
    let times = (
        nanoseconds(request.start_time),
        nanoseconds(request.end_time),
    );
    if !matches!(times, (Some(start), Some(end)) if start <= end) {
        return Err(XRayError::TimeRange);
    }
    let token = format!("{:032x}", rand::rng().random::<u128>());
    let answer = RetrievalAnswer {
        retrieval_token: token.clone(),
    };
    let region = ctx.region.clone();
    let decided = ctx.transact(move |documents| {
        let prefix = key(&region, "");
        let known: Vec<(&str, u64)> = documents
            .list(RETRIEVALS, &prefix)
            .filter_map(|(key, value)| Some((key, Retrieval::deserialize(value).ok()?.number)))
            .collect();
        let latest = known.iter().map(|(_, number)| *number).max();
        let retrieval = Retrieval {
            trace_ids: request.trace_ids,
            start_time: request.start_time,
            end_time: request.end_time,
            is_cancelled: false,
            number: latest.map_or(0, |latest| latest.saturating_add(1)),
        };
        let mut changes = vec![put(&region, &token, &retrieval)];
        if known.len() >= MOST_RETRIEVALS {
            let oldest = known.iter().min_by_key(|(_, number)| *number);
            changes.extend(oldest.map(|(key, _)| Change::Delete {
                table: RETRIEVALS,
                key: (*key).to_string(),
            }));
        }
        Ok((changes, answer))
    });
    decided.await
}

/// Makes a retrieval give out nothing more.
pub async fn cancel(ctx: Context, request: RetrievalRequest) -> Result<Nothing, XRayError> {
    let region = ctx.region.clone();
    let decided = ctx.transact(move |documents| {
        let token = request.retrieval_token;
        let mut retrieval = find(documents, &region, &token)?;
        retrieval.is_cancelled = true;
        Ok((vec![put(&region, &token, &retrieval)], Nothing {}))
    });
    decided.await
}

/// Returns the traces of a retrieval that began in its time, in the order of their ids.
pub async fn list(
    ctx: Context,
    request: RetrievedTracesRequest,
) -> Result<RetrievedTracesAnswer, XRayError> {
    if request.trace_format.as_deref() == Some("OTEL") {
        return Err(XRayError::OtelFormat);
    }
    let retrieval = known(&ctx, &request.retrieval_token)?;
    let parts = if retrieval.is_cancelled {
        Vec::new()
    } else {
        parts(&ctx, &retrieval).await?
    };
    let place = |(number, trace): &(usize, RetrievedTrace)| format!("{}.{number:06}", trace.id);
    let page = PAGES.turn(request.next_token.as_deref(), parts, place)?;
    Ok(RetrievedTracesAnswer {
        retrieval_status: retrieval.status().to_string(),
        trace_format: "XRAY",
        traces: page.items.into_iter().map(|(_, trace)| trace).collect(),
        next_token: page.next_token,
    })
}

/// Returns the services of a retrieval's traces, and their calls.
pub async fn graph(
    ctx: Context,
    request: RetrievedGraphRequest,
) -> Result<RetrievedGraphAnswer, XRayError> {
    only_page(request.next_token.as_deref())?;
    let retrieval = known(&ctx, &request.retrieval_token)?;
    let retrieval_status = retrieval.status().to_string();
    if retrieval.is_cancelled {
        return Ok(RetrievedGraphAnswer {
            retrieval_status,
            services: Vec::new(),
        });
    }
    let stored = ctx.parts_of(&retrieval.ids());
    let services = off_the_runtime(move || {
        let mut traces = by_id(&stored, &retrieval.ids());
        traces.retain(|trace| retrieval.is_meant(epoch_seconds(trace.start())));
        server_graph::of_traces(&traces)
    });
    let services = services.await?.into_iter();
    let retrieved = |service| RetrievedService {
        service,
        links: Vec::new(),
    };
    Ok(RetrievedGraphAnswer {
        retrieval_status,
        services: services.map(retrieved).collect(),
    })
}

/// Reads the traces, and divides those that are too long for one element of the answer.
async fn parts(
    ctx: &Context,
    retrieval: &Retrieval,
) -> Result<Vec<(usize, RetrievedTrace)>, XRayError> {
    let mut parts = Vec::new();
    // As many as BatchGetTraces takes at once.
    for ids in retrieval.ids().chunks(5) {
        for trace in server_traces::whole(ctx, ids.to_vec()).await? {
            if start_of(&trace).is_some_and(|start| retrieval.is_meant(start)) {
                parts.extend(divided(trace).into_iter().enumerate());
            }
        }
    }
    parts.sort_by(|(a, one), (b, other)| (&one.id, a).cmp(&(&other.id, b)));
    Ok(parts)
}

fn divided(trace: TraceShape) -> Vec<RetrievedTrace> {
    let spans = trace.segments.chunks(MOST_SPANS);
    let part = |spans: &[super::wire::SegmentShape]| RetrievedTrace {
        id: trace.id.clone(),
        duration: trace.duration,
        spans: spans.to_vec(),
    };
    spans.map(part).collect()
}

/// Returns when the first document began, seconds since the epoch, rounded as all times here.
fn start_of(trace: &TraceShape) -> Option<f64> {
    #[derive(Deserialize)]
    struct Start {
        start_time: f64,
    }
    let starts = trace.segments.iter().filter_map(|segment| {
        let start: Start = serde_json::from_str(&segment.document).ok()?;
        nanoseconds(start.start_time)
    });
    starts.min().map(epoch_seconds)
}

fn known(ctx: &Context, token: &str) -> Result<Retrieval, XRayError> {
    let stored = ctx.store().document(RETRIEVALS, &key(&ctx.region, token));
    let retrieval = stored.and_then(|value| Retrieval::deserialize(&*value).ok());
    retrieval.ok_or_else(|| not_there(token))
}

fn find(documents: &Documents, region: &str, token: &str) -> Result<Retrieval, XRayError> {
    let stored = documents.get(RETRIEVALS, &key(region, token));
    let retrieval = stored.and_then(|value| Retrieval::deserialize(value).ok());
    retrieval.ok_or_else(|| not_there(token))
}

fn not_there(token: &str) -> XRayError {
    XRayError::NotThere {
        kind: "the trace retrieval",
        name: token.to_string(),
    }
}

fn put(region: &str, token: &str, retrieval: &Retrieval) -> Change {
    Change::Put {
        table: RETRIEVALS,
        key: key(region, token),
        value: json!(retrieval),
    }
}

fn key(region: &str, token: &str) -> String {
    format!("{region}/{token}")
}
