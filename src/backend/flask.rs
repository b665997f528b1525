//! Requests and answers in Flask's form, so that clients of the real back end see no difference.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

/// A request that gets Flask's page for this status.
#[derive(Debug)]
pub struct Refused(pub StatusCode);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        page(self.0)
    }
}

/// Returns the body as a JSON object, or the status that Flask gives instead.
pub fn object(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value, Refused> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok());
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let body = body.map_err(|rejection| Refused(rejection.status()))?;
    if essence != "application/json" && !essence.ends_with("+json") {
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    match serde_json::from_slice(&body) {
        Ok(request @ Value::Object(_)) => Ok(request),
        _ => Err(Refused(StatusCode::BAD_REQUEST)),
    }
}

/// Returns a field that must be text where it is there; missing and null are alike.
///
/// # Errors
/// `BAD_REQUEST` if the field is there and is not text.
pub fn text<'a>(request: &'a Value, name: &str) -> Result<Option<&'a str>, Refused> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refused(StatusCode::BAD_REQUEST)),
    }
}

/// Returns a payload in Flask's form, which ends in a line feed.
pub fn json<T: Serialize + ?Sized>(status: StatusCode, payload: &T) -> Response {
    match serde_json::to_string(payload) {
        Ok(mut text) => {
            text.push('\n');
            (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Err(_) => page(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Returns Flask's page for a status. Source: Werkzeug, `HTTPException.get_body`.
pub fn page(status: StatusCode) -> Response {
    let name = status.canonical_reason().unwrap_or("Unknown Error");
    let why = match status {
        StatusCode::NOT_FOUND => {
            "The requested URL was not found on the server. If you entered the URL manually \
             please check your spelling and try again."
        }
        StatusCode::METHOD_NOT_ALLOWED => "The method is not allowed for the requested URL.",
        StatusCode::PAYLOAD_TOO_LARGE => "The data value transmitted exceeds the capacity limit.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "Did not attempt to load JSON data because the request Content-Type was not \
             &#39;application/json&#39;."
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            "The server encountered an internal error and was unable to complete your request. \
             Either the server is overloaded or there is an error in the application."
        }
        _ => "The browser (or proxy) sent a request that this server could not understand.",
    };
    let code = status.as_u16();
    html(
        status,
        format!(
            "<!doctype html>\n<html lang=en>\n<title>{code} {name}</title>\n<h1>{name}</h1>\n<p>{why}</p>\n"
        ),
    )
}

/// Returns a page.
pub fn html(status: StatusCode, text: String) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        text,
    )
        .into_response()
}
