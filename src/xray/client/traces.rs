//! Traces: sending segment documents, finding traces and reading them.

use aws_sdk_xray::primitives::DateTime;

use super::{XRayClient, odd};
use crate::aws::{AwsError, classify};
use crate::model::time::Window;

/// The most documents in one PutTraceSegments. Source: opentelemetry-collector, awsxrayexporter.
const SEGMENTS_PER_CALL: usize = 50;
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
            .start_time(DateTime::from_nanos(window.start.into()).map_err(odd)?)
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
