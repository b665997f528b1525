//! Requests and answers in Flask's form, so that clients of the real back end see no difference.

use std::fmt::Write;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde::Serialize;
use serde_json::Value;

use super::exception::Exception;

/// A request that gets one of Flask's pages.
#[derive(Debug)]
pub enum Refused {
    /// The page for this status.
    Status(StatusCode),
    /// The page for a handler that died.
    Crash(Exception),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Refused::Status(status) => page(status),
            Refused::Crash(exception) => crash(exception),
        }
    }
}

/// Returns the page for a handler that died, which carries the exception as an extension.
pub fn crash(exception: Exception) -> Response {
    let mut response = page(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(exception);
    response
}

/// Returns the body as a JSON object.
///
/// # Errors
/// The status that Flask gives instead; `BAD_REQUEST` for what is no object.
pub fn object(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value, Refused> {
    match any_json(headers, body)? {
        request @ Value::Object(_) => Ok(request),
        _ => Err(Refused::Status(StatusCode::BAD_REQUEST)),
    }
}

/// Returns the body as JSON of any kind.
///
/// # Errors
/// The status that Flask gives instead.
pub fn any_json(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, Refused> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok());
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let body = body.map_err(|rejection| Refused::Status(rejection.status()))?;
    if essence != "application/json" && !essence.ends_with("+json") {
        return Err(Refused::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    serde_json::from_slice(&body).map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))
}

/// Returns a field that must be text where it is there; missing and null are alike.
///
/// # Errors
/// `BAD_REQUEST` if the field is there and is not text.
pub fn text<'a>(request: &'a Value, name: &str) -> Result<Option<&'a str>, Refused> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refused::Status(StatusCode::BAD_REQUEST)),
    }
}

/// Returns a payload in Flask's form, which ends in a line feed.
pub fn json<T: Serialize + ?Sized>(status: StatusCode, payload: &T) -> Response {
    match serde_json::to_string(payload) {
        Ok(text) => {
            let text = ascii(text) + "\n";
            (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Err(_) => page(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

// Flask's JSON is ASCII: everything else is escaped in UTF-16, and so is DEL. Only texts hold such
// characters, so that what stands between needs no look.
fn ascii(text: String) -> String {
    if text.bytes().all(|byte| byte < 0x7f) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if c < '\u{7f}' {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

/// Returns what Flask calls a status. Source: Werkzeug, `HTTP_STATUS_CODES`.
pub fn reason(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        status => status.canonical_reason().unwrap_or("Unknown Error"),
    }
}

/// Returns the answer with the status line as Flask writes it: in capitals.
pub fn in_capitals(mut response: Response) -> Response {
    if response.status().is_redirection() {
        // The router adds this to what a route answers to another route's method.
        response.headers_mut().remove(header::ALLOW);
    }
    if response.status() != StatusCode::OK {
        let reason = reason(response.status()).to_uppercase();
        // Letters and blanks are always well formed.
        if let Ok(reason) = ReasonPhrase::try_from(reason) {
            response.extensions_mut().insert(reason);
        }
    }
    response
}

/// Returns Flask's page for a status. Source: Werkzeug, `HTTPException.get_body`.
pub fn page(status: StatusCode) -> Response {
    let name = reason(status);
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

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn json_is_ascii_as_pythons_is() {
        let text = ascii("\"é \u{1f984}\u{7f} ok\"".to_string());
        assert_eq!(text, r#""\u00e9 \ud83e\udd84\u007f ok""#);
    }
}
