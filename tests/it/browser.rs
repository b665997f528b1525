//! What a page may send, and what its browser is told; the real browser is in `tests/clients`.

use serde_json::json;

use crate::http::{Answer, request};
use crate::otlp_text::{Export, Span};
use crate::place::{Place, Stack};
use crate::question::{at_ms, count};

const PAGE: &str = "http://localhost:3000";
const INTAKE: [&str; 6] = [
    "/v1/traces",
    "/v1/traces/",
    "/v1/logs",
    "/v1/metrics",
    "/1/events/pages",
    "/1/batch/pages",
];

fn preflight(stack: &Stack, path: &str, origin: &str) -> Answer {
    request(stack.address, "OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "baggage,content-type,traceparent,x-honeycomb-dataset,x-honeycomb-team",
        )
        .header("access-control-request-private-network", "true")
        .send(b"")
}

fn assert_granted(answer: &Answer, origin: &str, what: &str) {
    let header = |name| answer.header(name);
    assert_eq!(header("access-control-allow-origin"), origin, "{what}");
    assert_eq!(header("access-control-allow-credentials"), "true", "{what}");
    assert_eq!(
        header("access-control-expose-headers"),
        "Retry-After",
        "{what}"
    );
    let varies = answer.headers.iter().filter(|(name, _)| name == "vary");
    assert!(varies.clone().any(|(_, value)| value == "Origin"), "{what}");
}

#[test]
fn pages_of_this_machine_and_named_ones_may_send_and_are_told_so_before() {
    let place = Place::new();
    let named = "https://app.example.com";
    let stack = place.stack_with(&["--allow-origin", "https://App.Example.com:443"]);
    for origin in [
        PAGE,
        "https://localhost",
        "http://127.0.0.1:5173",
        "https://[::1]:8443",
        named,
    ] {
        for path in INTAKE {
            let answer = preflight(&stack, path, origin);
            assert_eq!(answer.status, 204, "{path} {origin}");
            assert_granted(&answer, origin, path);
            let header = |name| answer.header(name);
            assert_eq!(header("access-control-allow-methods"), "POST");
            assert_eq!(
                header("access-control-allow-headers"),
                "baggage,content-type,traceparent,x-honeycomb-dataset,x-honeycomb-team"
            );
            assert_eq!(header("access-control-allow-private-network"), "true");
        }
    }
    for origin in [
        "https://other.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "null",
    ] {
        let answer = preflight(&stack, "/v1/traces", origin);
        assert_eq!(answer.status, 403, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        let says = if origin == "null" {
            "http://localhost"
        } else {
            "--allow-origin "
        };
        assert!(answer.text().contains(says), "{}", answer.text());
    }
}

#[test]
fn a_page_reads_answers_and_refusals_alike() {
    let place = Place::new();
    let stack = place.stack();
    let export = Export::of("pages", vec![Span::named("click", at_ms(0))]);
    let json = export.json().to_string();
    let post = |path: &str, content_type: &str, body: &[u8]| {
        request(stack.address, "POST", path)
            .header("origin", PAGE)
            .header("content-type", content_type)
            .header("x-honeycomb-team", "any")
            .send(body)
    };
    let kind = "application/json";
    for (status, path, content_type, body) in [
        (200, "/v1/traces", kind, json.as_bytes()),
        (200, "/v1/metrics", kind, b"{}"),
        (200, "/1/events/pages", kind, br#"{"a":1}"#),
        (400, "/v1/traces", kind, b"{"),
        (400, "/v1/metrics", "application/x-protobuf", b"\x0a\xff"),
        (415, "/v1/logs", "text/plain", b"x"),
        (400, "/1/batch/pages", kind, b"{"),
    ] {
        let answer = post(path, content_type, body);
        assert_eq!(answer.status, status, "{path} {}", answer.text());
        assert_granted(&answer, PAGE, path);
    }
    assert_eq!(count(stack.address, "pages"), 1);
    let other_method = request(stack.address, "PUT", "/v1/traces").header("origin", PAGE);
    let answer = other_method.send(b"");
    assert_eq!(answer.status, 405);
    assert_granted(&answer, PAGE, "PUT");
    let no_page = request(stack.address, "POST", "/v1/traces").send(b"");
    assert_eq!(no_page.header("access-control-allow-origin"), "");
    assert_eq!(no_page.header("vary"), "Origin");
}

#[test]
fn no_page_reads_what_is_stored() {
    let place = Place::new();
    let stack = place.stack();
    for (method, path) in [
        ("GET", "/1/datasets"),
        ("OPTIONS", "/1/queries/pages"),
        ("POST", "/TraceSummaries"),
        ("POST", "/"),
        ("GET", "/healthz"),
    ] {
        let answer = request(stack.address, method, path)
            .header("origin", PAGE)
            .header("access-control-request-method", "POST")
            .header("x-honeycomb-team", "any")
            .send(b"{}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[test]
fn with_a_key_set_a_preflight_needs_none_and_what_follows_does() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "secret-of-the-class");
    let stack = place.stack();
    assert_eq!(preflight(&stack, "/v1/traces", PAGE).status, 204);
    let answer = request(stack.address, "POST", "/v1/traces")
        .header("origin", PAGE)
        .header("content-type", "application/json")
        .send(b"{}");
    assert_eq!(answer.status, 401);
    assert_granted(&answer, PAGE, "a refusal");
}

#[test]
fn an_origin_that_no_browser_says_is_refused_with_the_right_form() {
    let place = Place::new();
    for (origin, says) in [
        ("*", "name each origin"),
        ("localhost:3000", "write `http://localhost:3000`"),
        (
            "https://app.example.com/",
            "write `https://app.example.com`",
        ),
        ("https://*.example.com", "is a pattern"),
        ("null", "serve the page from"),
    ] {
        let ran = place.run(&["stack", "--port", "0", "--allow-origin", origin]);
        let ran = ran.expect_code(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn serve_allows_the_front_end_of_a_laptop_and_says_whom_it_allows() {
    let mut place = Place::new();
    let ask = |back_end, origin: &str| {
        request(back_end, "OPTIONS", "/api/activities/home")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "baggage,traceparent")
            .send(b"")
    };
    let arguments = ["serve", "--port", "0", "--stack-port", "0"];
    let running = place.start(&arguments);
    let said = running.stderr_line(|line| line.starts_with("pages that may call it: "));
    assert_eq!(said, "pages that may call it: http://localhost:3000");
    running.stop();

    place.set("FRONTEND_URL", "https://3000-cruddur.example.com/");
    let running = place.start(&arguments);
    let back_end = running.back_end();
    for origin in [PAGE, "https://3000-cruddur.example.com"] {
        let answer = ask(back_end, origin);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        let headers = answer.header("access-control-allow-headers");
        assert!(headers.contains("baggage"), "{headers}");
    }
    assert_eq!(
        ask(back_end, "http://localhost:3001").header("access-control-allow-origin"),
        ""
    );
    running.stop();

    place.set("FRONTEND_URL", "localhost:3000");
    let ran = place.run(&arguments).expect_code(2);
    assert!(ran.stderr.contains("FRONTEND_URL"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("write `http://localhost:3000`"),
        "{}",
        ran.stderr
    );
    assert_eq!(json!(ran.stdout), json!(""));
}
