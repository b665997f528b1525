//! Who may call what speaks AWS's protocols, once the stack has a key: whoever signs with it, or shows it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;

use super::check::{MOST_BODY_BYTES, too_large};
use super::identity;
use super::signature::{self, SignatureError};
use crate::honeycomb::server::key_of;
use crate::settings::secret::Secret;

/// Lets requests pass that are signed with the key, or have it in `x-honeycomb-team`; all, if there is none.
pub async fn check(key: Arc<Option<Secret>>, request: Request, next: Next) -> Response {
    let Some(key) = key.as_ref() else {
        return next.run(scoped(request)).await;
    };
    if is_about_us(&request) || shows(key, request.headers()) {
        return next.run(scoped(request)).await;
    }
    let dialect = Dialect::of(&request);
    let path = request.uri().path().to_string();
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BODY_BYTES as usize).await else {
        return too_large(&path);
    };
    match signature::verify(&head, &body, key, Timestamp::now()) {
        Ok(()) => {
            let request = Request::from_parts(head, Body::from(body));
            next.run(scoped(request)).await
        }
        Err(error) => refuse(dialect, &error),
    }
}

/// Tells whether a request shows the key as it is.
pub fn shows(key: &Secret, headers: &HeaderMap) -> bool {
    key_of(headers).is_some_and(|shown| key.is(shown))
}

// The page at `/` says what speaks here, and has nothing of what is stored.
fn is_about_us(request: &Request) -> bool {
    let is_read = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    is_read && request.uri().path() == "/" && !identity::is_asked(request.uri().query())
}

// Handlers look for the region in the header, and a signature in the query says it there.
fn scoped(mut request: Request) -> Request {
    let query = request.uri().query().unwrap_or_default();
    if query.is_empty() || request.headers().contains_key(header::AUTHORIZATION) {
        return request;
    }
    let scope = signature::scope_in_query(query);
    if let Some(scope) = scope.and_then(|scope| HeaderValue::from_str(&scope).ok()) {
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, scope);
    }
    request
}

/// The form in which a service refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// X-Ray's.
    Json,
    /// CloudWatch Logs'.
    AmzJson,
    /// STS's.
    Xml,
}

impl Dialect {
    pub(super) fn of(request: &Request) -> Dialect {
        if request.headers().contains_key("x-amz-target") {
            Dialect::AmzJson
        } else if request.uri().path() == "/" {
            Dialect::Xml
        } else {
            Dialect::Json
        }
    }
}

// Source: AWS common errors, and the same of the STS API, whose codes have other names. The texts are the
// services' own, with what to do here after them.
fn refuse(dialect: Dialect, error: &SignatureError) -> Response {
    let here = "Here the secret access key is the stack's key, CRUDDUR_STACK_KEY; x-honeycomb-team may carry it, too.";
    let (code, code_in_xml, message) = match error {
        SignatureError::Missing => (
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
            format!("Missing Authentication Token. {here}"),
        ),
        SignatureError::Incomplete(what) => (
            "IncompleteSignatureException",
            "IncompleteSignature",
            what.clone(),
        ),
        SignatureError::Time(what) => (
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            what.clone(),
        ),
        SignatureError::Body => (
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            error.to_string(),
        ),
        SignatureError::Mismatch => (
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            format!(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details. {here}"
            ),
        ),
    };
    let (content_type, body) = match dialect {
        Dialect::Xml => ("text/xml", identity::refusal(code_in_xml, &message)),
        dialect => {
            let content_type = match dialect {
                Dialect::AmzJson => "application/x-amz-json-1.1",
                _ => "application/json",
            };
            let body = serde_json::json!({ "__type": code, "message": message });
            (content_type, body.to_string())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}
