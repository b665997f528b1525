//! The checks that every HTTP request passes before any server sees it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::cors;
use crate::model::origin::{Origin, is_loopback_name};

/// The names that a request may call us by, and the pages that may send.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    hosts: Vec<String>,
    origins: Vec<Origin>,
}

impl Allowed {
    /// Allows these names and these pages besides loopback ones; letters of a name count alike in either
    /// case.
    pub fn new(hosts: &[String], origins: Vec<Origin>) -> Allowed {
        Allowed {
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            origins,
        }
    }

    /// Tells whether a request may call us by this, a `Host` header's value.
    pub fn has(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        is_loopback_name(&name)
            || self.hosts.contains(&name)
            || without_prefix(&name).is_some_and(|rest| {
                // A name with a dot may be somebody's domain, and with a prefix somebody else's.
                is_loopback_name(rest)
                    || !rest.contains('.') && self.hosts.iter().any(|it| it == rest)
            })
    }

    /// Returns the value of the header by which a page that asks is told that it may send; `None` if it is
    /// no page, or may not.
    fn granted(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let value = headers.get(header::ORIGIN)?;
        let origin = Origin::parse(value.to_str().ok()?).ok()?;
        (origin.is_loopback() || self.origins.contains(&origin)).then(|| value.clone())
    }

    // Our own pages are called by our own names, and their browser says so with every POST.
    fn refusal_of_page(&self, headers: &HeaderMap) -> Option<String> {
        let text = text(headers, header::ORIGIN.as_str());
        if text.is_empty() || self.granted(headers).is_some() {
            return None;
        }
        match Origin::parse(text) {
            Ok(origin) if self.hosts.iter().any(|host| host == origin.host()) => None,
            Ok(origin) => Some(format!(
                "pages from {origin} may not call this stack; start it with --allow-origin {origin}"
            )),
            Err(_) => Some(format!(
                "pages from {text} may not call this stack; serve the page from http://localhost"
            )),
        }
    }
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

/// Refuses requests that call us by a strange name, come from a strange page, or are too long; lets the
/// pages that may send read the answers.
///
/// A page from elsewhere could otherwise reach a loopback address through a name that it points
/// there (DNS rebinding), or by a plain cross-site POST.
pub async fn check(allowed: Arc<Allowed>, request: Request, next: Next) -> Response {
    let takes_pages = cors::takes_pages(request.uri().path());
    let granted = match takes_pages {
        true => allowed.granted(request.headers()),
        false => None,
    };
    let mut response = match refusal(&allowed, &request) {
        Some(refused) => refused,
        None if granted.is_some() && cors::is_preflight(&request) => {
            cors::preflight(request.headers())
        }
        None => next.run(request).await,
    };
    if takes_pages {
        cors::mark(response.headers_mut(), granted);
    }
    response
}

fn refusal(allowed: &Allowed, request: &Request) -> Option<Response> {
    let headers = request.headers();
    let path = request.uri().path();
    let denied = |message: &str| {
        let code = "AccessDeniedException";
        Some(refuse(path, StatusCode::FORBIDDEN, code, message))
    };
    // Over HTTP/2 the name is part of the address.
    let authority = request.uri().authority().map(|it| it.as_str());
    let host = match text(headers, header::HOST.as_str()) {
        "" => authority.unwrap_or_default(),
        host => host,
    };
    // HTTP/1.0 has no Host; browsers, whom this is about, always send one.
    if !host.is_empty() && !allowed.has(host) {
        return denied(&format!(
            "the host {host} is not allowed here; start the stack with --allow-host {}",
            name_of(host)
        ));
    }
    if let Some(message) = allowed.refusal_of_page(headers) {
        return denied(&message);
    }
    let length = text(headers, header::CONTENT_LENGTH.as_str()).parse::<u64>();
    if length.is_ok_and(|length| length > MOST_BODY_BYTES) && !path.starts_with("/v1/") {
        return Some(too_large(path));
    }
    None
}

/// Refuses a body that is too long for any request.
pub fn too_large(path: &str) -> Response {
    let message = format!("the body is larger than {} MiB", MOST_BODY_BYTES >> 20);
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    refuse(path, status, "RequestEntityTooLargeException", &message)
}

// One body that every vendor's client finds its message in: `error` is Honeycomb's, `__type` and
// `message` are CloudWatch Logs' and X-Ray's, and OTLP's is `message` too.
/// Refuses a request to `path`.
pub(super) fn refuse(
    path: &str,
    status: StatusCode,
    code: &'static str,
    message: &str,
) -> Response {
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
        let allowed = Allowed::new(&["Stack.Test".to_string(), "box".to_string()], Vec::new());
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
