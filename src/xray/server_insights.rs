//! Insights: GetInsightSummaries, GetInsight, GetInsightEvents, GetInsightImpactGraph.
//!
//! X-Ray finds insights by watching a group for days, which nobody does here. So there are none, and
//! none has the id that is asked for; what is asked is checked all the same.

use super::server::Context;
use super::server_errors::XRayError;
use super::server_groups;
use super::server_pages::only_page;
use super::wire::{
    InsightGraphRequest, InsightSummariesAnswer, InsightSummariesRequest, Nothing, nanoseconds,
};

/// Returns the insights of a group: none.
pub async fn summaries(
    ctx: Context,
    request: InsightSummariesRequest,
) -> Result<InsightSummariesAnswer, XRayError> {
    check_times(request.start_time, request.end_time)?;
    only_page(request.next_token.as_deref())?;
    server_groups::find(server_groups::all(&ctx), &request.group)?;
    Ok(InsightSummariesAnswer {
        insight_summaries: [],
        next_token: None,
    })
}

/// Refuses to return an insight.
pub async fn get(_: Context, _: Nothing) -> Result<Nothing, XRayError> {
    Err(XRayError::InsightNotFound)
}

/// Refuses to return the events of an insight.
pub async fn events(_: Context, _: Nothing) -> Result<Nothing, XRayError> {
    Err(XRayError::InsightNotFound)
}

/// Refuses to return the graph of an insight.
pub async fn graph(_: Context, request: InsightGraphRequest) -> Result<Nothing, XRayError> {
    check_times(request.start_time, request.end_time)?;
    Err(XRayError::InsightNotFound)
}

fn check_times(start: f64, end: f64) -> Result<(), XRayError> {
    match (nanoseconds(start), nanoseconds(end)) {
        (Some(start), Some(end)) if start <= end => Ok(()),
        _ => Err(XRayError::TimeRange),
    }
}
