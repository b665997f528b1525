//! The local CloudWatch Logs: one door, `POST /` with an operation in the X-Amz-Target header.
//!
//! To add an operation, add its request to `wire`, its work to the `server_` file of its subject,
//! and a line to `OPERATIONS`.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::event_stream;
use super::server_refusal::Refusal;
use super::server_state::Call;
use super::wire::BATCH_MAX_BYTES;
use super::{
    server_describe, server_events as events, server_groups as groups, server_limits as limits,
    server_live_tail as live_tail, server_metric_filter as metric_filter, server_put as put,
    server_queries as queries, server_streams as streams, server_tags as tags,
};
use crate::clock;
use crate::door::frames::Frames;
use crate::model::left_out::HEADER;
use crate::model::log::LogEvent;
use crate::model::region::region_of_signature;
use crate::model::time::MILLISECOND;
use crate::store::Store;

/// What stands before the operation in X-Amz-Target.
pub const TARGET_PREFIX: &str = "Logs_20140328.";

pub use super::server_put::Taken;

/// The longest body of PutLogEvents: a batch of which every byte is written as `\\u0000`, and what stands around.
pub const LONGEST_BATCH_BODY: usize = 6 * BATCH_MAX_BYTES + (1 << 20);

/// Returns code and text for a body of PutLogEvents that is longer, of so many bytes if that is known.
pub fn too_long_a_batch(announced: Option<usize>) -> (&'static str, String) {
    let bytes = announced.unwrap_or(LONGEST_BATCH_BODY + 1);
    let refusal = Refusal::BatchTooLarge { bytes };
    (refusal.code(), refusal.to_string())
}

pub use super::server_state::{kept, restored};

/// What an operation answers.
#[derive(Debug)]
pub enum Answer {
    /// Operations without output answer with no body at all.
    Nothing,
    /// One object.
    Json(Value),
    /// An event stream that goes on.
    Stream(Frames),
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Refusal>> + Send + 'a>>;
type Run = for<'a> fn(&'a Call<'a>, &'a [u8]) -> Answering<'a>;

/// The operations that are answered here, by name.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[(&str, Run)] = &[
    ("AssociateKmsKey", |on, it| Box::pin(async { nothing(groups::associate_key(on, read(it)?).await) })),
    ("CreateLogGroup", |on, it| Box::pin(async { nothing(groups::create(on, read(it)?).await) })),
    ("CreateLogStream", |on, it| Box::pin(async { nothing(streams::create(on, read(it)?).await) })),
    ("DeleteLogGroup", |on, it| Box::pin(async { nothing(groups::delete(on, read(it)?).await) })),
    ("DeleteLogStream", |on, it| Box::pin(async { nothing(streams::delete(on, read(it)?).await) })),
    ("DeleteRetentionPolicy", |on, it| Box::pin(async { nothing(groups::delete_retention(on, read(it)?).await) })),
    ("DescribeLogGroups", |on, it| Box::pin(async { json(groups::describe(on, read(it)?).await) })),
    ("DescribeLogStreams", |on, it| Box::pin(async { json(streams::describe(on, read(it)?).await) })),
    ("DescribeQueries", |on, it| Box::pin(async { json(server_describe::describe(on, read(it)?).await) })),
    ("DisassociateKmsKey", |on, it| Box::pin(async { nothing(groups::disassociate_key(on, read(it)?).await) })),
    ("FilterLogEvents", |on, it| Box::pin(async { json(events::filter(on, read(it)?).await) })),
    ("GetLogEvents", |on, it| Box::pin(async { json(events::get(on, read(it)?).await) })),
    ("GetLogRecord", |on, it| Box::pin(async { json(queries::record(on, read(it)?).await) })),
    ("GetQueryResults", |on, it| Box::pin(async { json(queries::results(on, read(it)?).await) })),
    ("ListLogGroups", |on, it| Box::pin(async { json(groups::list(on, read(it)?)) })),
    ("ListLogGroupsForQuery", |on, it| Box::pin(async { json(queries::groups(on, read(it)?)) })),
    ("ListTagsForResource", |on, it| Box::pin(async { json(tags::list(on, read(it)?)) })),
    ("ListTagsLogGroup", |on, it| Box::pin(async { json(tags::list(on, read(it)?)) })),
    ("PutLogEvents", |on, it| Box::pin(async { json(put::put(on, read(it)?).await) })),
    ("PutLogGroupDeletionProtection", |on, it| Box::pin(async { nothing(groups::protect(on, read(it)?).await) })),
    ("PutRetentionPolicy", |on, it| Box::pin(async { nothing(groups::put_retention(on, read(it)?).await) })),
    ("StartLiveTail", |on, it| Box::pin(async { live_tail::start(on, read(it)?).map(Answer::Stream) })),
    ("StartQuery", |on, it| Box::pin(async { json(queries::start(on, read(it)?).await) })),
    ("StopQuery", |on, it| Box::pin(async { json(queries::stop(on, read(it)?).await) })),
    ("TagLogGroup", |on, it| Box::pin(async { nothing(tags::add(on, read(it)?).await) })),
    ("TagResource", |on, it| Box::pin(async { nothing(tags::add(on, read(it)?).await) })),
    ("TestMetricFilter", |_, it| Box::pin(async { json(metric_filter::test(read(it)?)) })),
    ("UntagLogGroup", |on, it| Box::pin(async { nothing(tags::remove(on, read(it)?).await) })),
    ("UntagResource", |on, it| Box::pin(async { nothing(tags::remove(on, read(it)?).await) })),
];

/// Answers a request of CloudWatch Logs.
///
/// The region is that of the signature, which is checked before, if the stack has a key.
pub async fn handle(store: &Arc<Store>, headers: &HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let region = region_of_signature(text("authorization"));
    let left_out = Mutex::default();
    let call = Call {
        store,
        region,
        now_ms: clock::now() / MILLISECOND,
        left_out: &left_out,
    };
    let operation = text("x-amz-target").and_then(|target| target.strip_prefix(TARGET_PREFIX));
    let mut content_type = "application/x-amz-json-1.1";
    let (status, body) = match answer(&call, operation, &body).await {
        Ok(Answer::Json(answer)) => (StatusCode::OK, Body::from(answer.to_string())),
        Ok(Answer::Nothing) => (StatusCode::OK, Body::empty()),
        Ok(Answer::Stream(frames)) => {
            content_type = event_stream::CONTENT_TYPE;
            (StatusCode::OK, Body::new(frames))
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status());
            let mut body = json!({"__type": refusal.code(), "message": refusal.to_string()});
            if let Some((member, details)) = refusal.details() {
                body[member] = details;
            }
            let status = status.unwrap_or(StatusCode::BAD_REQUEST);
            (status, Body::from(body.to_string()))
        }
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), content_type),
        ("x-amzn-requestid", &request_id(rand::random())),
    ];
    let mut response = (status, headers, body).into_response();
    let left_out = left_out.into_inner().unwrap_or_default().header();
    if let Some(left_out) = left_out.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(HEADER, left_out);
    }
    response
}

/// Returns what a log group keeps of lines that came by another door, oldest first; to be stored.
///
/// # Errors
/// If there is no such group or stream.
pub fn take_lines(
    store: &Arc<Store>,
    region: &str,
    group: &str,
    stream: &str,
    lines: Vec<LogEvent>,
) -> Result<Taken, Refusal> {
    let call = Call {
        store,
        region,
        now_ms: clock::now() / MILLISECOND,
        left_out: &Mutex::default(),
    };
    put::take(&call, group, stream, lines)
}

/// Does what an operation asks.
///
/// # Errors
/// What the service refuses, with its code and text.
pub async fn answer(
    call: &Call<'_>,
    operation: Option<&str>,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let operation = operation.ok_or(Refusal::NoOperation)?;
    let found = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let Some((_, run)) = found else {
        let operation = operation.to_string();
        return Err(Refusal::NotAnswered { operation });
    };
    // Its many events are checked as they are read.
    if operation != "PutLogEvents" {
        limits::check(operation, &read(body)?)?;
    }
    run(call, body).await
}

fn nothing(done: Result<(), Refusal>) -> Result<Answer, Refusal> {
    done.map(|()| Answer::Nothing)
}

fn json(answer: Result<Value, Refusal>) -> Result<Answer, Refusal> {
    answer.map(Answer::Json)
}

/// Reads a request; no body at all is one without members.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    // A list would be taken for the members of a request in their order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Refusal::NoObject);
    }
    Ok(serde_json::from_slice(body)?)
}

/// Returns a request id in the form that AWS's have: hexadecimal digits in five groups.
pub fn request_id(random: u128) -> String {
    let hex = format!("{random:032x}");
    let mut id = String::new();
    for (idx, digit) in hex.chars().enumerate() {
        if [8, 12, 16, 20].contains(&idx) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}
