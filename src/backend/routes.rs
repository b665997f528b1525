//! The doors of the mock application: its routes, CORS, and Flask's pages where something is wrong.
//!
//! To add a route, add its template to [`TEMPLATES`] and a line to [`routes`].

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, MatchedPath, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde::Serialize;
use time::OffsetDateTime;

use super::cruddur::{self, Codes, USER_HANDLE};
use super::flask::{Refused, html, json, object, page, text};

/// The largest body that is read, in bytes.
pub const BODY_LIMIT_BYTES: usize = 1 << 20;

/// Every route's template, as `MatchedPath` reports it.
pub const TEMPLATES: [&str; 13] = [
    "/api/health-check",
    "/api/activities/home",
    "/api/activities/notifications",
    "/api/activities/search",
    "/api/activities/@",
    "/api/activities/@{handle}",
    "/api/activities",
    "/api/activities/{activity_uuid}",
    "/api/activities/{activity_uuid}/reply",
    "/api/message_groups",
    "/api/messages/@{handle}",
    "/api/messages",
    "/rollbar/test",
];

/// What the handlers need.
pub struct Backend {
    /// The front end's and the back end's own address; only these may read answers in a browser.
    pub origins: Vec<String>,
    /// The time that answers are made around.
    pub clock: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
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
            origins,
            clock: Arc::new(OffsetDateTime::now_utc),
            observe,
            latency: None,
            failure: None,
        }
    }
}

/// Watches the home feed being made, so that a span can be opened around it.
pub trait Observer: Send + Sync {
    /// Calls `run` exactly once. `now_iso` is the time the feed is for; `run` returns its length.
    fn home_activities(&self, now_iso: &str, run: &mut dyn FnMut() -> usize);
}

/// Watches nothing.
pub struct Unobserved;

impl Observer for Unobserved {
    fn home_activities(&self, _now_iso: &str, run: &mut dyn FnMut() -> usize) {
        run();
    }
}

/// Returns all routes of the mock application.
pub fn routes(backend: Arc<Backend>) -> Router {
    Router::new()
        .route("/api/health-check", reads(get(health_check)))
        .route("/api/activities/home", reads(get(home)))
        .route("/api/activities/notifications", reads(get(notifications)))
        .route("/api/activities/search", reads(get(search)))
        // Without a handle nobody's feed is asked for; the general route below would show an
        // activity called "@" instead.
        .route("/api/activities/@", reads(get(nobodys_feed)))
        .route("/api/activities/@{handle}", reads(get(user_feed)))
        .route("/api/activities", writes(post(create)))
        .route("/api/activities/{activity_uuid}", reads(get(show)))
        .route("/api/activities/{activity_uuid}/reply", writes(post(reply)))
        .route("/api/message_groups", reads(get(message_groups)))
        .route("/api/messages/@{handle}", reads(get(messages)))
        .route("/api/messages", writes(post(create_message)))
        .route("/rollbar/test", reads(get(rollbar_test)))
        .route_layer(from_fn_with_state(backend.clone(), pretend))
        .fallback(|| async { page(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { page(StatusCode::METHOD_NOT_ALLOWED) })
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(backend.clone(), cors))
        .with_state(backend)
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
    json(StatusCode::OK, &cruddur::show((backend.clock)()))
}

async fn create(State(backend): Shared, headers: HeaderMap, body: Body) -> Outcome {
    let request = object(&headers, body)?;
    let (message, ttl) = (text(&request, "message")?, text(&request, "ttl")?);
    Ok(answer(cruddur::create(
        (backend.clock)(),
        uuid(),
        USER_HANDLE,
        message,
        ttl,
    )))
}

async fn reply(
    State(backend): Shared,
    Path(activity_uuid): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    let request = object(&headers, body)?;
    let message = text(&request, "message")?;
    Ok(answer(cruddur::reply(
        (backend.clock)(),
        uuid(),
        USER_HANDLE,
        &activity_uuid,
        message,
    )))
}

async fn message_groups(State(backend): Shared) -> Response {
    json(StatusCode::OK, &cruddur::message_groups((backend.clock)()))
}

async fn messages(State(backend): Shared) -> Response {
    json(StatusCode::OK, &cruddur::messages((backend.clock)()))
}

async fn create_message(State(backend): Shared, headers: HeaderMap, body: Body) -> Outcome {
    let request = object(&headers, body)?;
    let (receiver, message) = (
        text(&request, "user_receiver_handle")?,
        text(&request, "message")?,
    );
    let now = (backend.clock)();
    Ok(answer(cruddur::create_message(
        now,
        uuid(),
        USER_HANDLE,
        receiver,
        message,
    )))
}

async fn rollbar_test() -> Response {
    html(StatusCode::OK, "Hello World!".to_string())
}

/// Lets a route take its configured time and fail at its configured rate.
async fn pretend(State(backend): Shared, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().and_then(|path| {
        TEMPLATES
            .into_iter()
            .find(|template| *template == path.as_str())
    });
    let is_preflight = request.method() == Method::OPTIONS;
    let response = next.run(request).await;
    let Some(template) = template.filter(|_| !is_preflight) else {
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
        return page(StatusCode::INTERNAL_SERVER_ERROR);
    }
    response
}

/// Adds the headers that let the front end's pages read the answers under `/api/`.
async fn cors(State(backend): Shared, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let asks_for = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_METHOD)
        .cloned();
    let is_preflight = request.method() == Method::OPTIONS && asks_for.is_some();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    if !is_api {
        return response;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let known = |origin: &HeaderValue| backend.origins.iter().any(|it| it.as_bytes() == origin);
    let Some(origin) = origin.filter(known) else {
        return response;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, "location,link");
    if is_preflight {
        set(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "OPTIONS, GET, HEAD, POST",
        );
        set(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "content-type, if-modified-since, traceparent",
        );
    }
    response
}

fn reads(methods: MethodRouter<Arc<Backend>>) -> MethodRouter<Arc<Backend>> {
    methods.options(|| async { [(header::ALLOW, "GET, HEAD, OPTIONS")] })
}

fn writes(methods: MethodRouter<Arc<Backend>>) -> MethodRouter<Arc<Backend>> {
    methods.options(|| async { [(header::ALLOW, "OPTIONS, POST")] })
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
mod tests {
    use super::*;
    use std::sync::Mutex;
    use time::macros::datetime;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    fn fixed() -> Backend {
        Backend {
            clock: Arc::new(|| datetime!(2026-11-22 07:09:12 UTC)),
            ..Backend::new(
                vec!["http://localhost:3000".to_string()],
                Arc::new(Unobserved),
            )
        }
    }

    /// Sends one request over real HTTP and returns the whole answer as text.
    async fn send(backend: Backend, head: &str, body: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            axum::serve(listener, routes(Arc::new(backend)))
                .await
                .unwrap();
        });
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let headers: String = headers
            .lines()
            .map(|line| format!("{}\r\n", line.trim()))
            .collect();
        let length = body.len();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        server.abort();
        answer
    }

    async fn post(path: &str, body: &str) -> (String, String) {
        let head = format!("POST {path}\ncontent-type: application/json");
        let answer = send(fixed(), &head, body).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].to_string(), body.to_string())
    }

    #[tokio::test]
    async fn every_feed_answers() {
        for (path, starts) in [
            ("/api/health-check", "{\"success\":true}\n"),
            (
                "/api/activities/home",
                "[{\"created_at\":\"2026-11-20T07:09:12+00:00\",",
            ),
            ("/api/activities/notifications", "[{\"created_at\":"),
            (
                "/api/activities/@andrewbrown",
                "[{\"created_at\":\"2026-11-21T07:09:12\",",
            ),
            ("/api/activities/search?term=cloud", "[{\"created_at\":"),
            (
                "/api/activities/68f126b0-1ceb-4a33-88be-d90fa7109eee",
                "[{\"created_at\":",
            ),
            ("/api/message_groups", "[{\"created_at\":"),
            (
                "/api/messages/@worf?user_reciever_handle=worf",
                "[{\"created_at\":",
            ),
            ("/rollbar/test", "Hello World!"),
        ] {
            let answer = send(fixed(), &format!("GET {path}"), "").await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK"), "{path}: {head}");
            assert!(body.starts_with(starts), "{path}: {body}");
        }
    }

    #[tokio::test]
    async fn wrong_questions_get_upstreams_codes() {
        for (path, code) in [
            ("/api/activities/@", "[\"blank_user_handle\"]\n"),
            ("/api/activities/search", "[\"search_term_blank\"]\n"),
            ("/api/activities/search?term=", "[\"search_term_blank\"]\n"),
        ] {
            let answer = send(fixed(), &format!("GET {path}"), "").await;
            assert!(answer.starts_with("HTTP/1.1 422"), "{path}: {answer}");
            assert!(answer.ends_with(code), "{path}: {answer}");
        }
    }

    #[tokio::test]
    async fn what_is_posted_comes_back() {
        let (status, body) = post("/api/activities", r#"{"message":"hi","ttl":"1-day"}"#).await;
        assert_eq!(status, "200");
        assert!(
            body.contains(r#""expires_at":"2026-11-23T07:09:12+00:00","handle":"andrewbrown""#)
        );
        let (_, body) = post("/api/activities/abc/reply", r#"{"message":"hi"}"#).await;
        assert!(body.contains(r#""reply_to_activity_uuid":"abc""#), "{body}");
        let (_, body) = post(
            "/api/messages",
            r#"{"message":"hi","user_receiver_handle":"worf"}"#,
        )
        .await;
        assert!(body.contains(r#""display_name":"Andrew Brown""#), "{body}");
    }

    #[tokio::test]
    async fn wrong_posts_are_refused_and_not_crashed_on() {
        for (path, body, status, says) in [
            ("/api/activities", r#"{"message":"hi"}"#, "422", "ttl_blank"),
            ("/api/activities/abc/reply", "{}", "422", "message_blank"),
            (
                "/api/messages",
                r#"{"message":"hi"}"#,
                "422",
                "user_reciever_handle_blank",
            ),
            (
                "/api/messages",
                r#"{"message":7}"#,
                "400",
                "<h1>Bad Request</h1>",
            ),
            ("/api/messages", "[1]", "400", "<h1>Bad Request</h1>"),
            ("/api/messages", "{", "400", "<h1>Bad Request</h1>"),
        ] {
            let (got, answer) = post(path, body).await;
            assert_eq!(got, status, "{path} {body}");
            assert!(answer.contains(says), "{path} {body}: {answer}");
        }
        let answer = send(
            fixed(),
            "POST /api/messages\ncontent-type: text/plain",
            "{}",
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    }

    #[tokio::test]
    async fn a_body_past_the_limit_is_413() {
        let (status, _) = post("/api/messages", &" ".repeat(BODY_LIMIT_BYTES + 1)).await;
        assert_eq!(status, "413");
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_get_flasks_pages() {
        let answer = send(fixed(), "GET /nope", "").await;
        assert!(answer.contains("<title>404 Not Found</title>"), "{answer}");
        let answer = send(fixed(), "DELETE /api/activities/home", "").await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
        assert!(
            answer.to_lowercase().contains("allow: get,head,options"),
            "{answer}"
        );
        assert!(answer.contains("<h1>Method Not Allowed</h1>"), "{answer}");
    }

    #[tokio::test]
    async fn a_known_origin_passes_the_preflight_and_a_stranger_does_not() {
        let ask = |origin| {
            format!(
                "OPTIONS /api/activities\norigin: {origin}\naccess-control-request-method: POST"
            )
        };
        let answer = send(fixed(), &ask("http://localhost:3000"), "")
            .await
            .to_lowercase();
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        for line in [
            "access-control-allow-origin: http://localhost:3000",
            "access-control-allow-methods: options, get, head, post",
            "access-control-allow-headers: content-type, if-modified-since, traceparent",
            "access-control-expose-headers: location,link",
            "vary: origin",
        ] {
            assert!(answer.contains(line), "{line} in {answer}");
        }
        let answer = send(fixed(), &ask("http://evil.example"), "")
            .await
            .to_lowercase();
        assert!(!answer.contains("access-control"), "{answer}");
    }

    #[tokio::test]
    async fn a_configured_failure_is_flasks_500_for_its_own_route_only() {
        let failing = || Backend {
            failure: Some(Arc::new(|template| template == "/api/activities/@{handle}")),
            latency: Some(Arc::new(|_| Duration::ZERO)),
            ..fixed()
        };
        let answer = send(failing(), "GET /api/activities/@worf", "").await;
        assert!(
            answer.contains("<title>500 Internal Server Error</title>"),
            "{answer}"
        );
        let answer = send(failing(), "GET /api/activities/home", "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    #[tokio::test]
    async fn every_template_is_a_route_and_is_reported_as_such() {
        for template in TEMPLATES {
            let asked = Arc::new(Mutex::new(Vec::new()));
            let seen = asked.clone();
            let backend = Backend {
                latency: Some(Arc::new(move |template| {
                    seen.lock().unwrap().push(template);
                    Duration::ZERO
                })),
                ..fixed()
            };
            let path = template
                .replace("{handle}", "worf")
                .replace("{activity_uuid}", "u1");
            let is_written = matches!(template, "/api/activities" | "/api/messages")
                || template.ends_with("/reply");
            let method = if is_written { "POST" } else { "GET" };
            send(backend, &format!("{method} {path}"), "").await;
            assert_eq!(*asked.lock().unwrap(), [template]);
        }
    }

    #[tokio::test]
    async fn the_home_feed_is_made_under_observation() {
        struct Notes(Mutex<Vec<(String, usize)>>);
        impl Observer for Notes {
            fn home_activities(&self, now_iso: &str, run: &mut dyn FnMut() -> usize) {
                self.0.lock().unwrap().push((now_iso.to_string(), run()));
            }
        }
        let notes = Arc::new(Notes(Mutex::new(Vec::new())));
        let backend = Backend {
            observe: notes.clone(),
            ..fixed()
        };
        send(backend, "GET /api/activities/home", "").await;
        let expected = ("2026-11-22T07:09:12+00:00".to_string(), 3);
        assert_eq!(*notes.0.lock().unwrap(), [expected]);
    }
}
