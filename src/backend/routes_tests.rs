//! The routes over real HTTP.

use super::*;
use crate::backend::catalogue::{ROUTES, Route};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn fixed() -> Backend {
    Backend {
        clock: Arc::new(|| Timestamp::constant(1_795_331_352, 0)),
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
    let rest = format!("content-length: {length}\r\n{headers}\r\n{body}");
    let answer = exchange(address, line, &rest).await;
    server.abort();
    answer
}

async fn exchange(address: SocketAddr, line: &str, rest: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{rest}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
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
    assert!(body.contains(r#""expires_at":"2026-11-23T07:09:12+00:00","handle":"andrewbrown""#));
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
        answer.to_lowercase().contains("allow: get, head, options"),
        "{answer}"
    );
    assert!(answer.contains("<h1>Method Not Allowed</h1>"), "{answer}");
}

#[tokio::test]
async fn a_known_origin_passes_the_preflight_and_a_stranger_does_not() {
    let ask = |origin| {
        format!("OPTIONS /api/activities\norigin: {origin}\naccess-control-request-method: POST")
    };
    let answer = send(fixed(), &ask("http://localhost:3000"), "")
        .await
        .to_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    for line in [
        "access-control-allow-origin: http://localhost:3000",
        "access-control-allow-methods: options, get, head, post",
        "access-control-allow-headers: authorization, baggage, content-type, if-modified-since, traceparent, tracestate, x-amzn-trace-id",
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
    for Route {
        template, method, ..
    } in ROUTES
    {
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
            .replace("{activity_uuid}", "u1")
            .replace("{message_group_uuid}", "u1");
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

#[tokio::test]
async fn a_path_of_no_template_is_not_found_and_any_other_goes_where_it_belongs() {
    let words = [
        "home", "@", "@a", "a", "reply", "@a@b", "short", "search", "",
    ];
    let mut paths = ["/", "/openapi.json", "/rollbar/test", "/api"]
        .map(str::to_string)
        .to_vec();
    for first in [
        "activities",
        "messages",
        "message_groups",
        "users",
        "profile",
    ] {
        paths.push(format!("/api/{first}"));
        for second in words {
            paths.push(format!("/api/{first}/{second}"));
            paths.extend(words.map(|third| format!("/api/{first}/{second}/{third}")));
        }
    }
    // Two slashes are another matter.
    paths.retain(|path| !path.contains("//"));
    for compat in [Compat::Mended, Compat::Upstream] {
        let mut router = Router::new();
        let templates = ROUTES
            .iter()
            .filter(|it| !it.is_later || compat == Compat::Mended);
        let mut templates: Vec<_> = templates.map(|it| it.template).collect();
        templates.extend((compat == Compat::Mended).then_some(OPENAPI));
        for template in templates {
            router = router.route(template, get(move || async move { template }));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        for path in &paths {
            let backend = Backend { compat, ..fixed() };
            let answer = send(backend, &format!("GET {path}"), "").await;
            let Some(template) = template_of(path, compat) else {
                assert!(
                    answer.starts_with("HTTP/1.1 404 NOT FOUND\r\n"),
                    "{path}: {answer}"
                );
                continue;
            };
            assert!(!answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
            let answer = exchange(address, &format!("GET {path}"), "\r\n").await;
            assert!(
                answer.ends_with(&format!("\r\n\r\n{template}")),
                "{path}: {answer}"
            );
        }
        server.abort();
    }
}
