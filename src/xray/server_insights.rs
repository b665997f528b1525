//! Insights: GetInsightSummaries, GetInsight, GetInsightEvents, GetInsightImpactGraph.
//!
//! X-Ray finds insights by watching a group for days, which nobody does here. So there are none, and
//! none has the id that is asked for; what is asked is checked all the same.

use super::server::Context;
use super::server_errors::XRayError;
use super::server_groups;
use super::server_pages::only_page;
use super::wire::{
    InsightGraphRequest, InsightRequest, InsightSummariesAnswer, InsightSummariesRequest, Nothing,
    nanoseconds,
};

/// Returns the insights of a group: none.
pub async fn summaries(
    ctx: Context,
    request: InsightSummariesRequest,
) -> Result<InsightSummariesAnswer, XRayError> {
    check_times(request.start_time, request.end_time)?;
    let states = request.states.unwrap_or_default();
    let is_known = |state: &String| state == "ACTIVE" || state == "CLOSED";
    if states.len() > 1 || !states.iter().all(is_known) {
        return Err(XRayError::Value {
            member: "States",
            allowed: "ACTIVE or CLOSED",
        });
    }
    check_number(request.max_results, 100)?;
    only_page(request.next_token.as_deref())?;
    server_groups::find(server_groups::all(&ctx), &request.group)?;
    Ok(InsightSummariesAnswer {
        insight_summaries: [],
    })
}

/// Refuses to return an insight.
pub async fn get(_: Context, request: InsightRequest) -> Result<Nothing, XRayError> {
    Err(unknown(&request.insight_id))
}

/// Refuses to return the events of an insight.
pub async fn events(_: Context, request: InsightRequest) -> Result<Nothing, XRayError> {
    check_number(request.max_results, 50)?;
    Err(unknown(&request.insight_id))
}

/// Refuses to return the graph of an insight.
pub async fn graph(_: Context, request: InsightGraphRequest) -> Result<Nothing, XRayError> {
    check_times(request.start_time, request.end_time)?;
    Err(unknown(&request.insight_id))
}

fn check_times(start: f64, end: f64) -> Result<(), XRayError> {
    match (nanoseconds(start), nanoseconds(end)) {
        (Some(start), Some(end)) if start <= end => Ok(()),
        _ => Err(XRayError::TimeRange),
    }
}

fn check_number(asked: Option<i64>, most: i64) -> Result<(), XRayError> {
    if asked.is_none_or(|asked| (1..=most).contains(&asked)) {
        return Ok(());
    }
    let allowed = if most == 50 { "1 to 50" } else { "1 to 100" };
    Err(XRayError::Value {
        member: "MaxResults",
        allowed,
    })
}

fn unknown(insight_id: &str) -> XRayError {
    if is_insight_id(insight_id) {
        return XRayError::InsightNotFound;
    }
    XRayError::Value {
        member: "InsightId",
        allowed: "a UUID of version 1 to 5",
    }
}

/// Tells whether `text` is a UUID as the API wants it: versions 1 to 5 of the usual variant.
fn is_insight_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_hex = parts
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let version = parts.get(2).and_then(|part| part.bytes().next());
    let variant = parts.get(3).and_then(|part| part.bytes().next());
    lengths == [8, 4, 4, 4, 12]
        && is_hex
        && version.is_some_and(|byte| (b'1'..=b'5').contains(&byte))
        && variant.is_some_and(|byte| b"89abAB".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insight_is_named_by_a_uuid() {
        for (text, expected) in [
            ("a7d1c5e0-1f3b-4c2d-9e8f-0123456789ab", true),
            ("A7D1C5E0-1F3B-1C2D-BE8F-0123456789AB", true),
            ("a7d1c5e0-1f3b-6c2d-9e8f-0123456789ab", false),
            ("a7d1c5e0-1f3b-4c2d-7e8f-0123456789ab", false),
            ("a7d1c5e0-1f3b-4c2d-9e8f-0123456789a", false),
            ("g7d1c5e0-1f3b-4c2d-9e8f-0123456789ab", false),
            ("", false),
        ] {
            assert_eq!(is_insight_id(text), expected, "{text}");
        }
    }
}
