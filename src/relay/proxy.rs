//! The TCP side: whatever is asked of X-Ray goes there signed, and the answer comes back as it is.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::side::Side;
use crate::aws::AwsError;
use crate::stack::Allowed;
use crate::xray::client::{Answer, Carried};

// As the stack's own door.
const MOST_BODY_BYTES: usize = 20 << 20;
// What belongs to one connection and not to the answer. Source: RFC 9110, 7.6.1.
const OF_THE_CONNECTION: [&str; 6] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// Programs on this machine.
    Local,
    /// Programs that reach us, by whatever name.
    Any,
}

/// Returns the routes: `/healthz`, which says what `health` says, and everything else.
pub fn routes(
    side: Arc<Side>,
    callers: Callers,
    health: impl Fn() -> Value + Clone + Send + Sync + 'static,
) -> Router {
    let healthy = move || {
        let health = health();
        async move { answer(StatusCode::OK, "", &health) }
    };
    Router::new()
        .route("/healthz", get(healthy))
        .fallback(move |request| carry(side.clone(), callers, request))
}

async fn carry(side: Arc<Side>, callers: Callers, request: Request) -> Response {
    let refuse = |status, code, message: &str| {
        answer(status, code, &json!({ "__type": code, "message": message }))
    };
    // Requests are signed with our credentials, so no page may make them: neither by a name of its own that
    // points here, nor across sites. Browsers send an Origin with every POST; no SDK does.
    if let Some(why) = stranger(request.headers(), callers) {
        return refuse(StatusCode::FORBIDDEN, "AccessDeniedException", &why);
    }
    if request.method() != Method::POST {
        let message = "X-Ray's operations are POSTs; GET /healthz says how the daemon is";
        let code = "UnknownOperationException";
        return refuse(StatusCode::METHOD_NOT_ALLOWED, code, message);
    }
    let path = request.uri().path_and_query();
    let path = path.map_or("/", |path| path.as_str()).to_string();
    let content_type = text(request.headers(), header::CONTENT_TYPE.as_str());
    let content_type = content_type.map(str::to_string);
    let Ok(body) = to_bytes(request.into_body(), MOST_BODY_BYTES).await else {
        let message = format!("the body is larger than {} MiB", MOST_BODY_BYTES >> 20);
        let code = "RequestEntityTooLargeException";
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, code, &message);
    };
    let carried = Carried {
        path,
        content_type,
        body: body.into(),
    };
    let mut carried_back = side.client().carry(carried.clone()).await;
    if let (true, Err(AwsError::Unreachable { .. })) = (side.is_local(), &carried_back) {
        side.look_again().await;
        carried_back = side.client().carry(carried).await;
    }
    match carried_back {
        Ok(answer) => as_it_came(answer),
        Err(error) => {
            let message = format!("{}: {error}", side.name());
            let code = "ServiceUnavailableException";
            refuse(StatusCode::BAD_GATEWAY, code, &message)
        }
    }
}

fn stranger(headers: &HeaderMap, callers: Callers) -> Option<String> {
    if let Some(origin) = text(headers, header::ORIGIN.as_str()) {
        return Some(format!("pages from {origin} may not call this daemon"));
    }
    let host = text(headers, header::HOST.as_str()).unwrap_or_default();
    let is_known = callers == Callers::Any || host.is_empty() || Allowed::default().has(host);
    (!is_known).then(|| {
        format!("the host {host} is not allowed here; start the daemon with --allow-remote")
    })
}

fn as_it_came(came: Answer) -> Response {
    let mut response = Response::new(Body::from(came.body));
    *response.status_mut() = StatusCode::from_u16(came.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = came.headers.into_iter();
    for (name, value) in headers.filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str())) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn answer(status: StatusCode, code: &'static str, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if !code.is_empty() {
        let code = HeaderValue::from_static(code);
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_strangers_everywhere_and_other_names_only_at_home() {
        let of = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )])
        };
        let remote = of("host", "xray-daemon:2000");
        assert!(stranger(&remote, Callers::Local).is_some());
        assert!(stranger(&remote, Callers::Any).is_none());
        for host in ["localhost:2000", "127.0.0.1:2000", "[::1]:2000"] {
            assert!(
                stranger(&of("host", host), Callers::Local).is_none(),
                "{host}"
            );
        }
        for callers in [Callers::Local, Callers::Any] {
            assert!(stranger(&of("origin", "http://localhost:3000"), callers).is_some());
        }
    }
}
