//! What a browser is told, so that a page may send its telemetry here.
//!
//! Only the endpoints that take telemetry are for pages; what is stored cannot be read from one.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Tells whether pages may send to this path.
pub fn takes_pages(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    matches!(path, "/v1/traces" | "/v1/logs" | "/v1/metrics")
        || path.starts_with("/1/events/")
        || path.starts_with("/1/batch/")
}

/// Tells whether a browser asks first what it may send. Source: Fetch, "CORS-preflight request".
pub fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && (request.headers()).contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

// Source: Private Network Access, section 3.1; a page of the internet asks it of a loopback address.
const ASKS_PRIVATE: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOWS_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Answers a preflight of a page that may send: any header that it asks for, by POST.
///
/// What can be sent harms no more with one header than with another, and SDKs add headers of their own.
pub fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, "POST");
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    set(headers, header::ACCESS_CONTROL_MAX_AGE, "600");
    if asked.get(ASKS_PRIVATE).is_some_and(|value| value == "true") {
        set(headers, ALLOWS_PRIVATE, "true");
    }
    headers.append(
        header::VARY,
        HeaderValue::from_static("Access-Control-Request-Method, Access-Control-Request-Headers"),
    );
    response
}

/// Lets a page of `origin` read an answer, be it a refusal; without one, says that it depends on the page.
pub fn mark(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else {
        return;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    // `navigator.sendBeacon`, which exporters use when a page is left, sends in this mode alone. There are
    // no cookies here that it could carry.
    set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    // Exporters wait as long as it says.
    set(
        headers,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "Retry-After",
    );
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_send_telemetry_and_nothing_else() {
        for path in [
            "/v1/traces",
            "/v1/logs/",
            "/v1/metrics",
            "/1/events/a",
            "/1/batch/a",
        ] {
            assert!(takes_pages(path), "{path}");
        }
        for path in [
            "/",
            "/v1/tracesx",
            "/1/queries/a",
            "/1/auth",
            "/Traces",
            "/healthz",
            "/1/events",
        ] {
            assert!(!takes_pages(path), "{path}");
        }
    }
}
