//! Paths that Werkzeug, Flask's router, reads otherwise than ours: with escapes or two slashes in them.
//!
//! Two slashes are what a front end sends whose REACT_APP_BACKEND_URL ends in one.

use axum::extract::Request;
use axum::http::header::{HOST, LOCATION};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::catalogue::{ROUTES, Route, Template};
use super::flask::{html, page};
use super::routes::{Compat, method_not_allowed_of};

/// Returns the request with the path that Werkzeug's own server hands to Flask: one of two slashes at the
/// beginning is dropped, and what need not be escaped is not. Must come before the router.
///
/// Source: Werkzeug, `WSGIRequestHandler.make_environ`.
pub fn as_werkzeug_reads(mut request: Request) -> Request {
    let path = request.uri().path();
    let is_doubled = path.starts_with("//");
    if !is_doubled && !path.contains('%') {
        return request;
    }
    let path = unescaped(&path[usize::from(is_doubled)..]);
    if let Some(uri) = with_path(request.uri(), &path) {
        *request.uri_mut() = uri;
    }
    request
}

// Source: RFC 3986, `pchar`, and the slash.
fn unescaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let byte = after
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let is_plain = |it: &u8| it.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(it);
        rest = match byte.filter(is_plain) {
            Some(byte) => {
                text.push(char::from(byte));
                &after[2..]
            }
            None => {
                text.push('%');
                after
            }
        };
    }
    text + rest
}

/// Answers what is of no route: with a redirection where slashes stand beside one another and one would do.
/// A parameter is never empty, which it may be for our router.
///
/// Source: Werkzeug, `StateMachineMatcher.match` and `redirect`.
pub async fn as_werkzeug_finds(compat: Compat, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.contains("//") {
        return match request.extensions().get::<Template>() {
            Some(_) => next.run(request).await,
            None => page(StatusCode::NOT_FOUND),
        };
    }
    let mut merged = path.to_string();
    while merged.contains("//") {
        merged = merged.replace("//", "/");
    }
    let Some(route) = find(&merged, compat) else {
        return page(StatusCode::NOT_FOUND);
    };
    let method = request.method();
    let is_taken = *method == Method::OPTIONS
        || method.as_str() == route.method
        || (*method == Method::HEAD && route.method == "GET");
    if !is_taken {
        return method_not_allowed_of(Some(route));
    }
    let host = request.headers().get(HOST);
    let host = host.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let query = request.uri().query().map(|it| format!("?{it}"));
    let address = format!("http://{host}{merged}{}", query.unwrap_or_default());
    redirection(&address)
}

fn redirection(address: &str) -> Response {
    let shown = address
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;");
    let mut response = html(
        StatusCode::PERMANENT_REDIRECT,
        format!(
            "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You \
             should be redirected automatically to the target URL: <a href=\"{shown}\">{shown}</a>. If not, \
             click the link.\n"
        ),
    );
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// Returns the template that a path is of.
pub fn template_of(path: &str, compat: Compat) -> Option<&'static str> {
    match find(path, compat) {
        Some(route) => Some(route.template),
        // It is about the application and not of it.
        None => (path == OPENAPI && compat == Compat::Mended).then_some(OPENAPI),
    }
}

/// Where the application is described.
pub const OPENAPI: &str = "/openapi.json";

fn find(path: &str, compat: Compat) -> Option<&'static Route> {
    ROUTES
        .iter()
        .filter(|route| compat == Compat::Mended || !route.is_later)
        .filter(|route| route.fits(path))
        .max_by_key(|route| route.precision())
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_string(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str, compat: Compat) -> Option<&'static str> {
        find(path, compat).map(|route| route.name)
    }

    #[test]
    fn what_need_not_be_escaped_is_not() {
        for (path, read) in [
            ("/a%2Fb%2fc%40", "/a/b/c@"),
            ("/%20%ff%22%25%41", "/%20%ff%22%25A"),
            ("/%", "/%"),
            ("/%4", "/%4"),
            ("/%+1%é", "/%+1%é"),
        ] {
            assert_eq!(unescaped(path), read);
        }
    }

    #[test]
    fn a_path_is_of_the_route_that_the_router_would_choose() {
        for (path, found) in [
            ("/api/activities/home", Some("home")),
            ("/api/activities/@a", Some("user")),
            ("/api/activities/a", Some("show")),
            ("/api/activities/a/reply", Some("reply")),
            ("/api/activities", Some("create")),
            ("/api/activities/", None),
            ("/api/messages/@a", Some("messages")),
            ("/api/messages/a", None),
            ("/rollbar/test", Some("rollbar")),
            ("/", None),
        ] {
            assert_eq!(name(path, Compat::Upstream), found, "{path}");
        }
        assert_eq!(
            name("/api/messages/a", Compat::Mended),
            Some("message-group")
        );
        assert_eq!(name("/api/activities/@", Compat::Mended), Some("user"));
        assert_eq!(name("/api/activities/@", Compat::Upstream), Some("show"));
    }
}
