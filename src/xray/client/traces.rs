//! Traces: sending segment documents, finding traces and reading them.

use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types;

use super::pieces::Pieces;
use super::{XRayClient, epoch_nanoseconds, odd};
use crate::aws::{AwsError, classify};
use crate::model::span::Value;
use crate::model::time::{SECOND, Window};
use crate::model::trace_id::hex_from_xray;
use crate::model::trace_summary::{Marks, TraceSummary};
use crate::model::trace_tree::TraceTree;
use crate::xray::segment_tree::segment_tree;

/// The most documents in one PutTraceSegments. Source: opentelemetry-collector, awsxrayexporter.
pub const SEGMENTS_PER_CALL: usize = 50;
/// The most traces in one BatchGetTraces. Source: X-Ray API.
const TRACES_PER_CALL: usize = 5;

/// A segment document that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSegment {
    /// Its id, if the service could read it.
    pub id: Option<String>,
    /// Why, in one word.
    pub code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// A trace and its documents.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTrace {
    /// Its id in X-Ray's form.
    pub id: String,
    /// Seconds from its first start to its last end.
    pub duration_seconds: f64,
    /// Each is the JSON of a segment or of a subsegment that was sent on its own.
    pub documents: Vec<String>,
}

impl XRayClient {
    /// Sends segment documents and returns those that were refused.
    ///
    /// On an error, some of the documents may have been taken.
    pub async fn put_segments(
        &self,
        documents: Vec<String>,
    ) -> Result<Vec<RefusedSegment>, AwsError> {
        let mut refused = Vec::new();
        for batch in documents.chunks(SEGMENTS_PER_CALL) {
            let call = self.client.put_trace_segments();
            let sent = call
                .set_trace_segment_documents(Some(batch.to_vec()))
                .send()
                .await;
            let unprocessed = sent.map_err(classify)?.unprocessed_trace_segments;
            refused.extend(
                unprocessed
                    .into_iter()
                    .flatten()
                    .map(|segment| RefusedSegment {
                        id: segment.id,
                        code: segment.error_code.unwrap_or_default(),
                        message: segment.message.unwrap_or_default(),
                    }),
            );
        }
        Ok(refused)
    }

    /// Returns the ids of the traces that began in `window` and pass the filter, newest first.
    pub async fn trace_ids_between(
        &self,
        window: Window,
        filter_expression: Option<&str>,
    ) -> Result<Vec<String>, AwsError> {
        let call = self
            .client
            .get_trace_summaries()
            .start_time(DateTime::from_nanos(second_of(window.start).into()).map_err(odd)?)
            .end_time(DateTime::from_nanos(window.end.into()).map_err(odd)?)
            .set_filter_expression(filter_expression.map(str::to_string));
        let mut ids = Vec::new();
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let summaries = page
                .map_err(classify)?
                .trace_summaries
                .into_iter()
                .flatten();
            ids.extend(summaries.filter_map(|summary| summary.id));
        }
        Ok(ids)
    }

    /// Returns at most `most` of the traces that began in `window` and pass the filter, newest first,
    /// and whether there are more.
    ///
    /// A window that is too long for the service is asked about in pieces.
    pub async fn trace_summaries(
        &self,
        window: Window,
        filter_expression: Option<&str>,
        most: usize,
    ) -> Result<(Vec<TraceSummary>, bool), AwsError> {
        let mut summaries = Vec::new();
        let mut pieces = Pieces::new(window);
        while let Some(piece) = pieces.next() {
            let asked = self.summaries_of(piece, filter_expression, most, &mut summaries);
            match asked.await {
                Err(error) => pieces.split(piece, error)?,
                Ok(true) => {
                    newest_first(&mut summaries);
                    summaries.truncate(most);
                    return Ok((summaries, true));
                }
                Ok(false) => {}
            }
        }
        newest_first(&mut summaries);
        Ok((summaries, false))
    }

    /// Adds the summaries of one window until there are more than `most`, and tells whether there are.
    async fn summaries_of(
        &self,
        window: Window,
        filter_expression: Option<&str>,
        most: usize,
        summaries: &mut Vec<TraceSummary>,
    ) -> Result<bool, AwsError> {
        let call = self
            .client
            .get_trace_summaries()
            .start_time(DateTime::from_nanos(second_of(window.start).into()).map_err(odd)?)
            .end_time(DateTime::from_nanos(window.end.into()).map_err(odd)?)
            .set_filter_expression(filter_expression.map(str::to_string));
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?.trace_summaries;
            summaries.extend(page.into_iter().flatten().map(read_summary));
            if summaries.len() > most {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns one trace (X-Ray's form of the id) as a tree; `None` if it is not there, and a tree without
    /// pieces if only subsegments of it are, which hang on nothing.
    pub async fn segment_tree(&self, id: &str) -> Result<Option<TraceTree>, AwsError> {
        let call = self.client.batch_get_traces().trace_ids(id);
        let mut documents = Vec::new();
        let (mut is_there, mut limit_exceeded) = (false, false);
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            for trace in page.map_err(classify)?.traces.into_iter().flatten() {
                is_there = true;
                limit_exceeded |= trace.limit_exceeded.unwrap_or(false);
                let segments = trace.segments.into_iter().flatten();
                documents.extend(segments.filter_map(|segment| segment.document));
            }
        }
        Ok(is_there.then(|| segment_tree(id, &documents, limit_exceeded)))
    }

    /// Returns those of the traces (X-Ray's form of ids) that are there, in no particular order.
    pub async fn traces(&self, ids: &[String]) -> Result<Vec<StoredTrace>, AwsError> {
        let mut traces = Vec::new();
        for batch in ids.chunks(TRACES_PER_CALL) {
            let call = self.client.batch_get_traces();
            let mut pages = call
                .set_trace_ids(Some(batch.to_vec()))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(classify)?;
                traces.extend(page.traces.into_iter().flatten().map(|trace| {
                    StoredTrace {
                        id: trace.id.unwrap_or_default(),
                        duration_seconds: trace.duration.unwrap_or_default(),
                        documents: trace
                            .segments
                            .into_iter()
                            .flatten()
                            .filter_map(|segment| segment.document)
                            .collect(),
                    }
                }));
            }
        }
        Ok(traces)
    }
}

// The service goes by the whole second that an id says.
fn second_of(time: i64) -> i64 {
    time.saturating_sub(time.rem_euclid(SECOND))
}

// The service's pages are newest first, but inside of a page the order is not promised. Starts are whole
// seconds; those of one second stay in the order of the page.
fn newest_first(summaries: &mut [TraceSummary]) {
    summaries.sort_by_key(|summary| std::cmp::Reverse(summary.start));
}

fn read_summary(summary: types::TraceSummary) -> TraceSummary {
    let id = summary.id.unwrap_or_default();
    let start = summary.start_time.as_ref().and_then(epoch_nanoseconds);
    let mut services: Vec<String> = Vec::new();
    // The caller of a service is listed under the service's own name.
    for name in summary
        .service_ids
        .into_iter()
        .flatten()
        .filter_map(|it| it.name)
    {
        if !services.contains(&name) {
            services.push(name);
        }
    }
    let entry = summary.entry_point.and_then(|entry| entry.name);
    let http = summary
        .http
        .unwrap_or_else(|| types::Http::builder().build());
    let users = summary.users.into_iter().flatten();
    TraceSummary {
        start: start.or_else(|| start_of_id(&id)).unwrap_or_default(),
        response_seconds: summary.response_time,
        duration_seconds: summary.duration.unwrap_or_default(),
        method: http.http_method,
        url: http.http_url,
        status: http.http_status.map(i64::from),
        service: entry.or_else(|| services.first().cloned()),
        marks: Marks {
            fault: summary.has_fault.unwrap_or(false),
            error: summary.has_error.unwrap_or(false),
            throttle: summary.has_throttle.unwrap_or(false),
            partial: summary.is_partial.unwrap_or(false),
        },
        annotations: annotations(summary.annotations.into_iter().flatten()),
        users: users.filter_map(|user| user.user_name).collect(),
        services,
        id,
    }
}

fn annotations(
    all: impl Iterator<Item = (String, Vec<types::ValueWithServiceIds>)>,
) -> Vec<(String, Vec<Value>)> {
    let value = |value: types::ValueWithServiceIds| match value.annotation_value? {
        types::AnnotationValue::NumberValue(number) => Some(Value::Float(number)),
        types::AnnotationValue::BooleanValue(bool) => Some(Value::Bool(bool)),
        types::AnnotationValue::StringValue(text) => Some(Value::from(text)),
        _ => None,
    };
    let mut read: Vec<(String, Vec<Value>)> = all
        .map(|(key, values)| (key, values.into_iter().filter_map(value).collect()))
        .collect();
    read.sort_by(|(a, _), (b, _)| a.cmp(b));
    read
}

// An id says in which second its trace began.
fn start_of_id(id: &str) -> Option<i64> {
    let hex = hex_from_xray(id)?;
    let seconds = i64::from_str_radix(hex.get(..8)?, 16).ok()?;
    seconds.checked_mul(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_when_its_trace_began() {
        let start = start_of_id("1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(start, Some(1_465_510_280 * SECOND));
        assert_eq!(start_of_id("1-2-3"), None);
    }

    #[test]
    fn what_the_service_leaves_out_is_absent_and_not_made_up() {
        let summary = types::TraceSummary::builder()
            .id("1-5759e988-bd862e3fe1be46a994272793")
            .build();
        let read = read_summary(summary);
        assert_eq!(read.start, 1_465_510_280 * SECOND);
        assert_eq!(
            (read.response_seconds, read.status, read.service),
            (None, None, None)
        );
        assert_eq!(read.marks, Marks::default());
    }
}
