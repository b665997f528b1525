//! The doors of the mock application: its routes, and Flask's pages where something is wrong.
//!
//! To add a route, add it to `catalogue`, to `openapi` and a line to [`routes`].

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use jiff::Timestamp;
use serde::Serialize;

use super::catalogue::{Route, Template, route_of};
use super::cors::cors;
use super::cruddur::{self, Codes, USER_HANDLE};
use super::exception::Exception;
use super::flask::{Refused, crash, html, in_capitals, json, page};
use super::openapi;
use super::paths::{OPENAPI, as_werkzeug_finds, as_werkzeug_reads, template_of};
use super::posted::{self, Posted};

/// The largest body that is read, in bytes.
pub const BODY_LIMIT_BYTES: usize = 1 << 20;

/// Whose behaviour is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compat {
    /// The bootcamp's with its crashes mended, and the routes of later weeks.
    #[default]
    Mended,
    /// Week 2 as it was published, crashes and all.
    Upstream,
}

/// What the handlers need.
pub struct Backend {
    /// Whose behaviour is shown.
    pub compat: Compat,
    /// The front end's and the back end's own address; only these may read answers in a browser.
    pub origins: Vec<String>,
    /// The time that answers are made around.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Who watches the home feed being made.
    pub observe: Arc<dyn Observer>,
    /// How long to wait before answering a request for a template; none is not at all.
    pub latency: Option<Arc<dyn Fn(&'static str) -> Duration + Send + Sync>>,
    /// Whether this request for a template is to fail with status 500.
    pub failure: Option<Arc<dyn Fn(&'static str) -> bool + Send + Sync>>,
}

impl Backend {
    /// Returns a back end on the system's clock that answers at once and never fails.
    pub fn new(origins: Vec<String>, observe: Arc<dyn Observer>) -> Backend {
        Backend {
            compat: Compat::Mended,
            origins,
            clock: Arc::new(Timestamp::now),
            observe,
            latency: None,
            failure: None,
        }
    }
}

/// A response that is being made.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// Watches requests, and the home feed being made, so that spans can be opened around them.
pub trait Observer: Send + Sync {
    /// Watches a request from beginning to end. Calls `answer` exactly once.
    fn request<'a>(
        &'a self,
        request: Request,
        answer: Box<dyn FnOnce(Request) -> Answer<'a> + Send + 'a>,
    ) -> Answer<'a> {
        answer(request)
    }

    /// Calls `run` exactly once. `now_iso` is the time the feed is for; `run` returns its length.
    fn home_activities(&self, now_iso: &str, run: &mut dyn FnMut() -> usize);

    /// Calls another service, if there is one to be called.
    fn other_service(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

/// Watches nothing.
pub struct Unobserved;

impl Observer for Unobserved {
    fn home_activities(&self, _now_iso: &str, run: &mut dyn FnMut() -> usize) {
        run();
    }
}

/// Returns all routes of the mock application, with all that every request goes through.
pub fn routes(backend: Arc<Backend>) -> Router {
    let compat = backend.compat;
    let router = Router::new()
        .route("/api/activities/home", reads(get(home)))
        .route("/api/activities/notifications", reads(get(notifications)))
        .route("/api/activities/search", reads(get(search)))
        .route("/api/activities/@{handle}", reads(get(user_feed)))
        .route("/api/activities", writes(post(create)))
        .route("/api/activities/{activity_uuid}", reads(get(show)))
        .route("/api/activities/{activity_uuid}/reply", writes(post(reply)))
        .route("/api/message_groups", reads(get(message_groups)))
        .route("/api/messages/@{handle}", reads(get(messages)))
        .route("/api/messages", writes(post(create_message)))
        .route("/rollbar/test", reads(get(rollbar_test)));
    let router = match compat {
        Compat::Upstream => router,
        Compat::Mended => router
            .route("/api/health-check", reads(get(health_check)))
            .route("/api/activities/@", reads(get(nobodys_feed)))
            .route("/api/messages/{message_group_uuid}", reads(get(messages)))
            .route("/api/users/@{handle}/short", reads(get(user_short)))
            .route("/api/profile/update", writes(post(update_profile)))
            .route(OPENAPI, reads(get(openapi))),
    };
    let router = match backend.latency.is_some() || backend.failure.is_some() {
        true => router.route_layer(from_fn_with_state(backend.clone(), pretend)),
        false => router,
    };
    let router = router
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(backend.clone());
    // One layer, around a router that is shared: axum copies all that is below a layer for each request, and once
    // more for each layer above it.
    Router::new()
        .fallback_service(router)
        .layer(from_fn_with_state(backend, answered))
}

type Shared = State<Arc<Backend>>;
type Body = Result<Bytes, BytesRejection>;
type Outcome = Result<Response, Refused>;
type Pairs = Query<Vec<(String, String)>>;

async fn health_check() -> Response {
    json(StatusCode::OK, &serde_json::json!({"success": true}))
}

async fn home(State(backend): Shared) -> Response {
    let now = (backend.clock)();
    let mut feed = Vec::new();
    backend
        .observe
        .home_activities(&cruddur::aware(now), &mut || {
            feed = cruddur::home(now);
            feed.len()
        });
    json(StatusCode::OK, &feed)
}

async fn notifications(State(backend): Shared) -> Response {
    backend.observe.other_service().await;
    json(StatusCode::OK, &cruddur::notifications((backend.clock)()))
}

async fn search(State(backend): Shared, Query(pairs): Pairs) -> Response {
    let term = pairs.iter().find(|(name, _)| name == "term");
    let term = term.map(|(_, value)| value.as_str());
    answer(cruddur::search((backend.clock)(), term))
}

async fn nobodys_feed(State(backend): Shared) -> Response {
    answer(cruddur::user_feed((backend.clock)(), ""))
}

async fn user_feed(State(backend): Shared, Path(handle): Path<String>) -> Response {
    answer(cruddur::user_feed((backend.clock)(), &handle))
}

async fn show(State(backend): Shared) -> Response {
    if backend.compat == Compat::Upstream {
        return crash(posted::crash_of_show());
    }
    json(StatusCode::OK, &cruddur::show((backend.clock)()))
}

async fn create(State(backend): Shared, headers: HeaderMap, body: Body) -> Outcome {
    let asked = Posted::read(&backend, &headers, body, "data_activities")?;
    let (message, ttl) = (asked.text("message")?, asked.word("ttl")?);
    let now = (backend.clock)();
    let written = cruddur::create(now, uuid(), USER_HANDLE, message, ttl);
    Ok(answer(written))
}

async fn reply(
    State(backend): Shared,
    Path(activity_uuid): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    let asked = Posted::read(&backend, &headers, body, "data_activities_reply")?;
    let message = asked.text("message")?;
    let now = (backend.clock)();
    let written = cruddur::reply(now, uuid(), USER_HANDLE, &activity_uuid, message);
    if written.is_err() && backend.compat == Compat::Upstream {
        return Err(Refused::Crash(posted::crash_of_reply()));
    }
    Ok(answer(written))
}

async fn message_groups(State(backend): Shared) -> Response {
    json(StatusCode::OK, &cruddur::message_groups((backend.clock)()))
}

async fn messages(State(backend): Shared) -> Response {
    json(StatusCode::OK, &cruddur::messages((backend.clock)()))
}

async fn create_message(State(backend): Shared, headers: HeaderMap, body: Body) -> Outcome {
    let asked = Posted::read(&backend, &headers, body, "data_create_message")?;
    let (mut receiver, message) = (asked.text("user_receiver_handle")?, asked.text("message")?);
    if backend.compat == Compat::Mended {
        // Later weeks name the conversation, or the other person by `handle`.
        for name in ["handle", "message_group_uuid"] {
            let other = asked.text(name)?;
            receiver = receiver.filter(|it| !it.is_empty()).or(other);
        }
    }
    let now = (backend.clock)();
    let written = cruddur::create_message(now, uuid(), USER_HANDLE, receiver, message);
    Ok(answer(written))
}

async fn user_short(Path(handle): Path<String>) -> Response {
    json(StatusCode::OK, &cruddur::user_short(&handle))
}

async fn update_profile(State(backend): Shared, headers: HeaderMap, body: Body) -> Outcome {
    let asked = Posted::read(&backend, &headers, body, "data_update_profile")?;
    // Nothing shows it again, but it has to be text.
    asked.text("bio")?;
    Ok(answer(cruddur::update_profile(asked.text("display_name")?)))
}

async fn openapi() -> Response {
    json(StatusCode::OK, &openapi::document())
}

async fn method_not_allowed(template: Option<Extension<Template>>) -> Response {
    method_not_allowed_of(template.and_then(|Extension(template)| route_of(template.0)))
}

/// Returns the page for a method that a route does not have, with those that it has.
pub fn method_not_allowed_of(route: Option<&Route>) -> Response {
    let mut response = page(StatusCode::METHOD_NOT_ALLOWED);
    let is_written = route.is_some_and(|route| route.method == "POST");
    let allowed = HeaderValue::from_static(if is_written { WRITES } else { READS });
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

async fn rollbar_test() -> Response {
    html(StatusCode::OK, "Hello World!".to_string())
}

async fn answered(State(backend): Shared, request: Request, next: Next) -> Response {
    let mut request = as_werkzeug_reads(request);
    if let Some(template) = template_of(request.uri().path(), backend.compat) {
        request.extensions_mut().insert(Template(template));
    }
    let observe = backend.observe.clone();
    let compat = backend.compat;
    let found = move |request| as_werkzeug_finds(compat, request, next);
    let answer = move |request| -> Answer<'_> { Box::pin(cors(backend, request, found)) };
    in_capitals(observe.request(request, Box::new(answer)).await)
}

/// Lets a route take its configured time and fail at its configured rate.
async fn pretend(State(backend): Shared, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<Template>();
    let route = template.and_then(|template| route_of(template.0));
    let is_preflight = request.method() == Method::OPTIONS;
    let response = next.run(request).await;
    let Some(template) = route.map(|it| it.template).filter(|_| !is_preflight) else {
        return response;
    };
    if let Some(latency) = &backend.latency {
        tokio::time::sleep(latency(template)).await;
    }
    if backend
        .failure
        .as_ref()
        .is_some_and(|fails| fails(template))
    {
        return crash(Exception {
            kind: "RuntimeError",
            message: format!("failed on purpose: {template}"),
            place: ("app.py", "dispatch_request"),
        });
    }
    response
}

const READS: &str = "GET, HEAD, OPTIONS";
const WRITES: &str = "OPTIONS, POST";

fn reads(methods: MethodRouter<Arc<Backend>>) -> MethodRouter<Arc<Backend>> {
    methods.options(|| async { options(READS) })
}

fn writes(methods: MethodRouter<Arc<Backend>>) -> MethodRouter<Arc<Backend>> {
    methods
        .options(|| async { options(WRITES) })
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
}

fn options(allowed: &'static str) -> Response {
    let mut response = html(StatusCode::OK, String::new());
    let allowed = HeaderValue::from_static(allowed);
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn uuid() -> String {
    cruddur::uuid4(rand::random())
}

fn answer<T: Serialize>(result: Result<T, Codes>) -> Response {
    match result {
        Ok(payload) => json(StatusCode::OK, &payload),
        Err(codes) => json(StatusCode::UNPROCESSABLE_ENTITY, &codes),
    }
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
