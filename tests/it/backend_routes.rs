//! What the back end answers, as a browser, a front end and other services ask it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value as Json, json};

use crate::http::{Answer, get, post_json, request};
use crate::place::Place;
use crate::serve::serve;

const SHOWN: &str = "/api/activities/68f126b0-1ceb-4a33-88be-d90fa7109eee";

#[test]
fn every_operation_of_the_openapi_document_answers_as_it_says() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    let document = get(serving.address, "/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut called = BTreeSet::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let answer = call(serving.address, template, method, operation);
            let said = &operation["responses"][answer.status.to_string()]["content"];
            assert_eq!(answer.status, 200, "{method} {template}: {}", answer.text());
            let kind = answer.header("content-type").split(';').next().unwrap();
            let schema = &said[kind]["schema"];
            assert!(schema.is_object(), "{method} {template} is {kind}");
            if kind == "application/json" {
                fits(&document, schema, &answer.json(), template);
            }
            called.insert(operation["operationId"].as_str().unwrap().to_string());
            if operation["requestBody"].is_object() {
                refuses(serving.address, template, operation);
            }
        }
    }
    assert_eq!(called.len(), 15, "{called:?}");
}

fn path_of(template: &str, operation: &Json) -> String {
    let mut path = template.to_string();
    for parameter in operation["parameters"].as_array().unwrap() {
        let (name, example) = (
            parameter["name"].as_str().unwrap(),
            parameter["example"].as_str().unwrap(),
        );
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), example);
        } else {
            path = format!("{path}?{name}={example}");
        }
    }
    assert!(!path.contains('{'), "{path}");
    path
}

fn call(address: SocketAddr, template: &str, method: &str, operation: &Json) -> Answer {
    let path = path_of(template, operation);
    if method == "get" {
        return get(address, &path);
    }
    let body = &operation["requestBody"]["content"]["application/json"]["example"];
    post_json(address, &path, body)
}

/// Each refusal that the document has is one that can be had.
fn refuses(address: SocketAddr, template: &str, operation: &Json) {
    let path = path_of(template, operation);
    let send = |kind: &str, body: &[u8]| {
        let request = request(address, "POST", &path).header("content-type", kind);
        request.send(body).status.to_string()
    };
    for (status, kind, body) in [
        ("400", "application/json", "{"),
        ("415", "text/plain", "{}"),
        ("422", "application/json", "{}"),
    ] {
        assert_eq!(send(kind, body.as_bytes()), status, "{path}");
        assert!(
            operation["responses"][status].is_object(),
            "{path} {status}"
        );
    }
}

/// Checks a value against the few words of JSON Schema that the document uses.
fn fits(document: &Json, schema: &Json, value: &Json, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return fits(document, document.pointer(pointer).unwrap(), value, at);
    }
    match schema["type"].as_str() {
        Some("array") => {
            for item in value.as_array().unwrap_or_else(|| panic!("{at}: {value}")) {
                fits(document, &schema["items"], item, at);
            }
        }
        Some("object") => {
            let fields = value.as_object().unwrap_or_else(|| panic!("{at}: {value}"));
            for name in schema["required"].as_array().unwrap() {
                assert!(fields.contains_key(name.as_str().unwrap()), "{at}: {value}");
            }
            for (name, field) in fields {
                let known = &schema["properties"][name];
                assert!(known.is_object(), "{at}: {name} is not described");
                fits(document, known, field, at);
            }
        }
        Some("string") => assert!(value.is_string(), "{at}: {value}"),
        Some("integer") => assert!(value.is_u64(), "{at}: {value}"),
        _ => assert_eq!(*value, schema["const"], "{at}"),
    }
}

#[test]
fn methods_are_answered_as_flask_answers_them() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    let ask = |method, path| request(serving.address, method, path).send(b"");
    let whole = get(serving.address, "/api/health-check");
    let head = ask("HEAD", "/api/health-check");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    for (method, path, status, allow) in [
        ("OPTIONS", "/api/activities/home", 200, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/api/messages", 200, "OPTIONS, POST"),
        ("DELETE", "/api/activities/home", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/api/activities", 405, "OPTIONS, POST"),
        ("OPTIONS", "/nope", 404, ""),
        ("GET", "/api/activities/home/", 404, ""),
        ("GET", "/api/activities/a%2Fb", 404, ""),
        ("GET", "//api/activities/home", 200, ""),
        ("GET", "/api//activities/home", 308, ""),
        ("POST", "/api//activities/home", 405, "GET, HEAD, OPTIONS"),
    ] {
        let answer = ask(method, path);
        assert_eq!(
            (answer.status, answer.header("allow")),
            (status, allow),
            "{method} {path}"
        );
    }
    let later = get(serving.address, "/api/users/@worf/short").json();
    assert_eq!(
        (&later["display_name"], &later["handle"]),
        (&json!("Worf"), &json!("worf"))
    );
    let posted = post_json(serving.address, "/api/profile/update", &json!({"bio": "x"}));
    assert_eq!(posted.json(), json!(["display_name_blank"]));
}

#[test]
fn upstream_keeps_its_crashes_and_the_mended_one_does_not() {
    let place = Place::new();
    let serving = serve(&place, &["--compat", "upstream"]);
    let post = |path, body: Json| post_json(serving.address, path, &body);
    let crashed = get(serving.address, SHOWN);
    assert_eq!(
        (crashed.status, crashed.text()),
        (500, "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>\n".to_string())
    );
    let reply = format!("{SHOWN}/reply");
    assert_eq!(post(&reply, json!({"message": ""})).status, 500);
    assert_eq!(post(&reply, json!({"message": "é"})).status, 200);
    assert_eq!(post("/api/activities", json!({"ttl": "1-day"})).status, 500);
    assert_eq!(
        post("/api/activities", json!({"message": 7, "ttl": "1-day"})).status,
        500
    );
    let blank = post(
        "/api/messages",
        json!({"message": "m", "user_receiver_handle": null}),
    );
    assert_eq!(blank.text(), "[\"user_reciever_handle_blank\"]\n");
    for path in [
        "/api/health-check",
        "/api/users/@worf/short",
        "/openapi.json",
    ] {
        assert_eq!(get(serving.address, path).status, 404, "{path}");
    }
    get(serving.address, "/api/activities/home");
    let ended = serving.running.stop();
    assert!(
        ended
            .stdout
            .contains("ERROR NameError: name 'ShowActivity' is not defined [GET "),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("ERROR KeyError: 'message' [POST "));
    // Week 2's lines as they were published have no id.
    assert!(ended.stdout.lines().any(|line| line == "HomeActivities"));
    assert!(
        ended
            .stdout
            .contains(" GET http /api/activities/home? 200 OK\n")
    );
    assert!(!ended.stdout.contains("trace_id="), "{}", ended.stdout);
    let named = place.run(&[
        "query",
        "count",
        "--where",
        "name = home-activites-mock-data",
        "--output",
        "csv",
    ]);
    assert_eq!(named.expect_code(0).stdout.lines().nth(1), Some("1"));

    let serving = serve(&place, &[]);
    assert_eq!(
        get(serving.address, SHOWN).json()[0]["replies"]["handle"],
        "Worf"
    );
    let written = request(serving.address, "POST", &reply)
        .header("content-type", "application/json")
        .send("{\"message\": \"é🦄\"}".as_bytes());
    assert!(
        written.text().contains(r#""message":"\u00e9\ud83e\udd84""#),
        "{}",
        written.text()
    );
    let refused = post_json(serving.address, &reply, &json!({"message": ""}));
    assert_eq!(
        (refused.status, refused.json()),
        (422, json!(["message_blank"]))
    );
}

#[test]
fn a_page_may_read_answers_where_the_front_ends_address_says_so() {
    let mut place = Place::new();
    place.set("FRONTEND_URL", "http://localhost:3000");
    place.set("BACKEND_URL", "http://localhost:4567");
    let ask = |address, method, path, origin: &str| {
        let request = request(address, method, path)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "traceparent,content-type");
        if origin.is_empty() {
            request.send(b"")
        } else {
            request.header("origin", origin).send(b"")
        }
    };
    let serving = serve(&place, &[]);
    let answer = ask(
        serving.address,
        "OPTIONS",
        "/api/activities",
        "http://localhost:3000",
    );
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "http://localhost:3000"
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("traceparent")
    );
    assert_eq!(answer.header("vary"), "Origin");
    let stranger = ask(
        serving.address,
        "GET",
        "/api/activities/home",
        "http://evil.example",
    );
    assert_eq!(
        (
            stranger.status,
            stranger.header("access-control-allow-origin")
        ),
        (200, "")
    );
    serving.running.stop();

    // Upstream: any page may post, and what is only read refuses traceparent.
    let serving = serve(&place, &["--compat", "upstream"]);
    let posting = ask(
        serving.address,
        "OPTIONS",
        "/api/activities",
        "http://evil.example",
    );
    assert_eq!(
        posting.header("access-control-allow-origin"),
        "http://evil.example"
    );
    assert_eq!(
        posting.header("access-control-allow-headers"),
        "content-type, traceparent"
    );
    let reading = ask(
        serving.address,
        "OPTIONS",
        "/api/activities/home",
        "http://localhost:3000",
    );
    assert_eq!(reading.header("access-control-allow-headers"), "");
    assert_eq!(
        reading.header("access-control-allow-methods"),
        "OPTIONS,GET,HEAD,POST"
    );
    let plain = ask(serving.address, "GET", "/api/activities/home", "");
    let all = plain
        .headers
        .iter()
        .filter(|(name, _)| name == "access-control-allow-origin");
    assert_eq!(all.count(), 1);
}
