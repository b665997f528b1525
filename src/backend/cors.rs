//! Who may read answers in a browser, as flask-cors says it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;

use super::catalogue::{Template, route_of};
use super::routes::{Backend, Compat};

/// Adds the headers that let the front end's pages read the answers under `/api/`.
pub async fn cors<Answer: Future<Output = Response>>(
    backend: Arc<Backend>,
    request: Request,
    answer_to: impl FnOnce(Request) -> Answer,
) -> Response {
    // Upstream's pattern, `/api/*`, is a regular expression: the last slash may be missing.
    if !request.uri().path().starts_with("/api") {
        return answer_to(request).await;
    }
    let mut asked = Asked::of(&request);
    let mut response = answer_to(request).await;
    // A view that died never came back to its decorator.
    asked.is_decorated &= matches!(response.status().as_u16(), 200 | 422);
    match backend.compat {
        Compat::Mended => answer(response.headers_mut(), &asked, &backend.origins),
        Compat::Upstream => answer_as_upstream(response.headers_mut(), &asked, &backend.origins),
    }
    response
}

/// What a browser asks.
struct Asked {
    origin: Option<HeaderValue>,
    /// What it wants to send; present only in a preflight.
    preflight: Option<Preflight>,
    /// Whether the route is one that upstream decorates with `cross_origin()`.
    is_decorated: bool,
}

struct Preflight {
    /// In capitals.
    method: String,
    /// With commas between them.
    headers: String,
}

impl Asked {
    fn of(request: &Request) -> Asked {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
        let preflight = text(header::ACCESS_CONTROL_REQUEST_METHOD)
            .filter(|method| request.method() == Method::OPTIONS && !method.is_empty())
            .map(|method| Preflight {
                method: method.to_ascii_uppercase(),
                headers: text(header::ACCESS_CONTROL_REQUEST_HEADERS)
                    .unwrap_or_default()
                    .to_string(),
            });
        let template = request.extensions().get::<Template>();
        let route = template.and_then(|template| route_of(template.0));
        Asked {
            origin: headers.get(header::ORIGIN).cloned(),
            preflight,
            is_decorated: route.is_some_and(|route| route.method == "POST"),
        }
    }
}

fn is_known(origin: &HeaderValue, origins: &[String]) -> bool {
    origins
        .iter()
        .any(|it| it == "*" || it.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
}

fn answer(headers: &mut HeaderMap, asked: &Asked, origins: &[String]) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = asked.origin.clone().filter(|it| is_known(it, origins)) else {
        return;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    set(
        headers,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "location,link",
    );
    if asked.preflight.is_some() {
        let methods = "OPTIONS, GET, HEAD, POST";
        set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        // A page that traces its calls sends traceparent; upstream's preflight refuses it. From week
        // 3 on the pages send whom they are logged in as.
        let allowed = "authorization, baggage, content-type, if-modified-since, traceparent, \
                       tracestate, x-amzn-trace-id";
        set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
}

// Source: flask-cors, core.py, with upstream's options. What is odd here is so there.
fn answer_as_upstream(headers: &mut HeaderMap, asked: &Asked, origins: &[String]) {
    let is_any = asked.is_decorated || origins.iter().any(|it| it == "*");
    match &asked.origin {
        Some(origin) if is_any || is_known(origin, origins) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        Some(_) => return,
        // `always_send`: all of them, but only the first is ever written.
        None if is_any => set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        None => {
            let Some(value) = origins
                .iter()
                .min()
                .and_then(|it| HeaderValue::from_str(it).ok())
            else {
                return;
            };
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        }
    }
    if !asked.is_decorated {
        set(
            headers,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "location,link",
        );
    }
    let methods = if asked.is_decorated {
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    } else {
        "OPTIONS,GET,HEAD,POST"
    };
    // The list is one text, and whatever is part of it is taken for a method in it.
    if let Some(preflight) = (asked.preflight.as_ref()).filter(|it| methods.contains(&it.method)) {
        // So is upstream's list of headers, but there the whole is compared, so that no header is ever
        // allowed; the decorated routes allow any.
        let mut wanted: Vec<&str> = preflight.headers.split(',').map(str::trim).collect();
        wanted.retain(|it| asked.is_decorated && !it.is_empty());
        wanted.sort_unstable();
        if let Ok(value) = HeaderValue::from_str(&wanted.join(", "))
            && !wanted.is_empty()
        {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, value);
        }
        set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    let says_any = headers
        .get(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        .is_some_and(|it| it == "*");
    if !says_any && (is_any || origins.len() > 1) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
