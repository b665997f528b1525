//! The local CloudWatch Logs: one door, `POST /` with an operation in the X-Amz-Target header.
//!
//! To add an operation, add its request to `wire`, its work to the `server_` file of its subject,
//! and a line to [`answer`].

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::server_refusal::Refusal;
use super::server_state::Call;
use super::{server_events as events, server_groups as groups, server_streams as streams};
use super::{server_group_settings as settings, server_put as put, server_tags as tags};
use crate::clock;
use crate::model::region::region_of_signature;
use crate::model::time::MILLISECOND;
use crate::store::Store;

/// What stands before the operation in X-Amz-Target.
pub const TARGET_PREFIX: &str = "Logs_20140328.";

/// Answers a request of CloudWatch Logs.
///
/// The region is that of the signature; signatures are not checked, since any key will do here.
pub async fn handle(store: &Arc<Store>, headers: &HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let region = region_of_signature(text("authorization"));
    let call = Call {
        store,
        region,
        now_ms: clock::now() / MILLISECOND,
    };
    let operation = text("x-amz-target").and_then(|target| target.strip_prefix(TARGET_PREFIX));
    let (status, body) = match answer(&call, operation, &body).await {
        Ok(Some(answer)) => (StatusCode::OK, answer.to_string()),
        // Operations without output answer with no body at all.
        Ok(None) => (StatusCode::OK, String::new()),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status());
            let body = json!({"__type": refusal.code(), "message": refusal.to_string()});
            (status.unwrap_or(StatusCode::BAD_REQUEST), body.to_string())
        }
    };
    let headers = [
        (
            header::CONTENT_TYPE.as_str(),
            "application/x-amz-json-1.1".to_string(),
        ),
        ("x-amzn-requestid", request_id(rand::random())),
    ];
    (status, headers, body).into_response()
}

/// Does what an operation asks; `None` where it has no output.
///
/// # Errors
/// What the service refuses, with its code and text.
pub async fn answer(
    call: &Call<'_>,
    operation: Option<&str>,
    body: &[u8],
) -> Result<Option<Value>, Refusal> {
    let operation = operation.ok_or(Refusal::NoOperation)?;
    Ok(match operation {
        "CreateLogGroup" => nothing(groups::create(call, read(body)?).await?),
        "DescribeLogGroups" => Some(groups::describe(call, read(body)?).await?),
        "DeleteLogGroup" => nothing(groups::delete(call, read(body)?).await?),
        "PutRetentionPolicy" => nothing(groups::put_retention(call, read(body)?).await?),
        "DeleteRetentionPolicy" => nothing(groups::delete_retention(call, read(body)?).await?),
        "AssociateKmsKey" => nothing(settings::associate_key(call, read(body)?).await?),
        "DisassociateKmsKey" => nothing(settings::disassociate_key(call, read(body)?).await?),
        "PutLogGroupDeletionProtection" => {
            nothing(settings::put_protection(call, read(body)?).await?)
        }
        "TagResource" | "TagLogGroup" => nothing(tags::add(call, read(body)?).await?),
        "UntagResource" | "UntagLogGroup" => nothing(tags::remove(call, read(body)?).await?),
        "ListTagsForResource" | "ListTagsLogGroup" => Some(tags::list(call, read(body)?)?),
        "CreateLogStream" => nothing(streams::create(call, read(body)?).await?),
        "DescribeLogStreams" => Some(streams::describe(call, read(body)?).await?),
        "DeleteLogStream" => nothing(streams::delete(call, read(body)?).await?),
        "PutLogEvents" => Some(put::put(call, read(body)?).await?),
        "GetLogEvents" => Some(events::get(call, read(body)?).await?),
        "FilterLogEvents" => Some(events::filter(call, read(body)?).await?),
        other => {
            return Err(Refusal::NotAnswered {
                operation: other.to_string(),
            });
        }
    })
}

fn nothing(_done: ()) -> Option<Value> {
    None
}

/// Reads a request; no body at all is one without members.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    Ok(serde_json::from_slice(body)?)
}

/// Returns a request id in the form that AWS's have: hexadecimal digits in five groups.
fn request_id(random: u128) -> String {
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
