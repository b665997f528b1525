//! The checks that every HTTP request passes before any server sees it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// The names that a request may call us by.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    hosts: Vec<String>,
}

impl Allowed {
    /// Allows these names besides loopback ones; letters count alike in either case.
    pub fn new(hosts: &[String]) -> Allowed {
        Allowed {
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }
    }

    /// Tells whether a request may call us by this, a `Host` header's value.
    pub fn has(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        is_loopback(&name)
            || self.hosts.contains(&name)
            || without_prefix(&name).is_some_and(|rest| {
                // A name with a dot may be somebody's domain, and with a prefix somebody else's.
                is_loopback(rest) || !rest.contains('.') && self.hosts.iter().any(|it| it == rest)
            })
    }
}

fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

// What AWS's clients put before a host for StartLiveTail, even if it is an address of ours; SDKs from
// before April 2026 have the longer one.
fn without_prefix(name: &str) -> Option<&str> {
    let prefixes = ["stream-", "streaming-"];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))
}

// `localhost:4318`, `[::1]:4318` and `127.0.0.1` without what belongs to the port.
fn name_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

/// The longest body of any request; each receiver may have a lower bound of its own.
pub const MOST_BODY_BYTES: u64 = 20 << 20;

/// Refuses requests that call us by a strange name, come from a strange page, or are too long.
///
/// A page from elsewhere could otherwise reach a loopback address through a name that it points
/// there (DNS rebinding), or by a plain cross-site POST.
pub async fn check(allowed: Arc<Allowed>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST.as_str());
    // HTTP/1.0 has no Host; browsers, whom this is about, always send one.
    if !host.is_empty() && !allowed.has(host) {
        let message = format!(
            "the host {host} is not allowed here; start the stack with --allow-host {}",
            name_of(host)
        );
        return refuse(
            request.uri().path(),
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            &message,
        );
    }
    let origin = text(headers, header::ORIGIN.as_str());
    let origin_host = origin.split_once("://").map_or(origin, |(_, host)| host);
    if !origin.is_empty() && !allowed.has(origin_host) {
        let message = format!("pages from {origin} may not call this stack");
        return refuse(
            request.uri().path(),
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            &message,
        );
    }
    let length = text(headers, header::CONTENT_LENGTH.as_str()).parse::<u64>();
    if length.is_ok_and(|length| length > MOST_BODY_BYTES)
        && !request.uri().path().starts_with("/v1/")
    {
        let message = format!("the body is larger than {} MiB", MOST_BODY_BYTES >> 20);
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return refuse(
            request.uri().path(),
            status,
            "RequestEntityTooLargeException",
            &message,
        );
    }
    next.run(request).await
}

// One body that every vendor's client finds its message in: `error` is Honeycomb's, `__type` and
// `message` are CloudWatch Logs' and X-Ray's, and OTLP's is `message` too.
fn refuse(path: &str, status: StatusCode, code: &'static str, message: &str) -> Response {
    let body = if path.starts_with("/1/") {
        serde_json::json!({ "error": message })
    } else {
        serde_json::json!({ "__type": code, "message": message })
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_are_allowed_and_others_only_when_named() {
        let allowed = Allowed::new(&["Stack.Test".to_string(), "box".to_string()]);
        for host in [
            "localhost",
            "localhost:4318",
            "127.0.0.1:1",
            "[::1]:4318",
            "127.9.9.9",
            "stack.test:80",
            "a.localhost",
            "stream-127.0.0.1:4318",
            "streaming-localhost:4318",
            "stream-box:4318",
        ] {
            assert!(allowed.has(host), "{host}");
        }
        for host in [
            "evil.test",
            "localhost.evil.test",
            "10.0.0.1",
            "",
            "127.0.0.1.evil.test",
            "stream-10.0.0.1",
            "stream-stack.test",
            "stream-evil",
        ] {
            assert!(!allowed.has(host), "{host}");
        }
    }
}
