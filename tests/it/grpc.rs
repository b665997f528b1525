//! OTLP over gRPC: the same rows as over HTTP, and refusals in gRPC's own form.

use std::net::{SocketAddr, TcpListener};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;

use crate::compression::{gzip, zstd};
use crate::http::get;
use crate::otlp_text::{Export, LogExport, Record, Span};
use crate::place::{Place, Stack};
use crate::question::{at_ms, count};

pub const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
pub const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
pub const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// How a call went: HTTP's status, the message's bytes, and the headers and trailers together.
pub struct Called {
    pub http: u16,
    pub body: Bytes,
    metadata: HeaderMap,
}

impl Called {
    pub fn text(&self, name: &str) -> &str {
        let value = self.metadata.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }
}

pub fn grpc_address(stack: &Stack) -> SocketAddr {
    let health = get(stack.address, "/healthz").json();
    health["grpc_address"].as_str().unwrap().parse().unwrap()
}

pub fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u32).to_be_bytes();
    [&[flag], &length[..], message].concat()
}

pub fn call(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Called {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut request = Request::post(format!("http://{address}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let collected = body.collect().await.unwrap();
        let mut metadata = head.headers;
        metadata.extend(collected.trailers().cloned().unwrap_or_default());
        Called {
            http: head.status.as_u16(),
            body: collected.to_bytes(),
            metadata,
        }
    })
}

pub const GRPC: (&str, &str) = ("content-type", "application/grpc");

pub fn export(service: &str) -> Vec<u8> {
    Export::of(service, vec![Span::named("work", at_ms(0))]).protobuf()
}

#[test]
fn spans_and_log_records_come_in_plain_and_compressed() {
    let place = Place::new();
    let stack = place.stack();
    let address = grpc_address(&stack);
    let proto = ("content-type", "application/grpc+proto");
    let called = call(address, TRACES, &[proto], framed(0, &export("plain")));
    assert_eq!((called.http, called.text("grpc-status")), (200, "0"));
    assert_eq!(called.text("content-type"), "application/grpc");
    assert_eq!(called.body, [0; 5].as_slice());
    for (encoding, message) in [
        ("gzip", gzip(&export("gzip"))),
        ("zstd", zstd(&export("zstd"))),
    ] {
        let headers = [GRPC, ("grpc-encoding", encoding)];
        let called = call(address, TRACES, &headers, framed(1, &message));
        assert_eq!(called.text("grpc-status"), "0", "{encoding}");
    }
    let record = Record {
        time: at_ms(0),
        body: "hello".into(),
        ..Record::default()
    };
    let logs = LogExport::of("", vec![record]).protobuf();
    let headers = [GRPC, ("x-honeycomb-dataset", "logs")];
    let called = call(address, LOGS, &headers, framed(0, &logs));
    assert_eq!(called.text("grpc-status"), "0");
    for dataset in ["plain", "gzip", "zstd", "logs"] {
        assert_eq!(count(stack.address, dataset), 1, "{dataset}");
    }
    let wide = (0..2_001).fold(Span::named("wide", at_ms(0)), |span, idx| {
        span.with(&format!("a{idx}"), idx)
    });
    let export = Export::of("plain", vec![wide]).protobuf();
    let called = call(address, TRACES, &[GRPC], framed(0, &export));
    assert_eq!(called.text("grpc-status"), "0");
    // A message in field 1, in which field 1 says how many.
    assert_eq!(called.body[5..10], [0x0a, 46, 0x08, 1, 0x12]);
    assert_eq!(count(stack.address, "plain"), 1);
    stack.running.stop();
}

#[test]
fn refusals_are_statuses_and_the_door_stays_open() {
    let place = Place::new();
    let stack = place.stack();
    let address = grpc_address(&stack);
    let refused = |path: &str, headers: &[(&str, &str)], body: Vec<u8>| {
        let called = call(address, path, headers, body);
        assert_eq!(called.http, 200);
        let message = called.text("grpc-message");
        (called.text("grpc-status").to_string(), message.to_string())
    };
    let (code, message) = refused(TRACES, &[GRPC], framed(0, b"\x0a\xff"));
    assert_eq!(code, "3");
    assert!(message.starts_with("failed to parse OTLP"), "{message}");
    assert_eq!(refused(TRACES, &[GRPC], vec![0, 0]).0, "3");
    let twice = framed(0, &export("twice")).repeat(2);
    assert_eq!(refused(TRACES, &[GRPC], twice).0, "3");
    assert_eq!(
        refused("/odd.Service/Call", &[GRPC], framed(0, b"")).0,
        "12"
    );
    let snappy = [GRPC, ("grpc-encoding", "snappy")];
    let called = call(address, TRACES, &snappy, framed(1, b"x"));
    assert_eq!(called.text("grpc-status"), "12");
    assert_eq!(called.text("grpc-accept-encoding"), "identity,gzip,zstd");
    let bomb = gzip(&vec![0; 80 << 20]);
    let headers = [GRPC, ("grpc-encoding", "gzip")];
    assert_eq!(refused(TRACES, &headers, framed(1, &bomb)).0, "3");
    assert_eq!(
        refused(TRACES, &[GRPC], framed(0, &vec![0; 21 << 20])).0,
        "3"
    );
    let json = [("content-type", "application/json")];
    assert_eq!(call(address, TRACES, &json, b"{}".to_vec()).http, 415);
    let called = call(address, TRACES, &[GRPC], framed(0, &export("goes-on")));
    assert_eq!(called.text("grpc-status"), "0");
    assert_eq!(count(stack.address, "goes-on"), 1);
    assert_eq!(get(stack.address, "/1/datasets").status, 401);
}

#[test]
fn with_a_key_set_calls_need_it() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "secret-of-the-class");
    let stack = place.stack();
    let address = grpc_address(&stack);
    for (headers, code) in [
        (vec![GRPC], "16"),
        (vec![GRPC, ("x-honeycomb-team", "wrong")], "16"),
        (vec![GRPC, ("x-honeycomb-team", "secret-of-the-class")], "0"),
        (vec![GRPC, ("x-hny-team", "secret-of-the-class")], "0"),
    ] {
        let called = call(address, TRACES, &headers, framed(0, &export("keyed")));
        assert_eq!(called.text("grpc-status"), code, "{headers:?}");
        assert!(!called.text("grpc-message").contains("secret"));
    }
}

#[test]
fn the_second_address_is_on_stderr_and_in_healthz_and_can_be_chosen() {
    let place = Place::new();
    let stack = place.stack_with(&["--grpc-port", "0"]);
    let address = grpc_address(&stack);
    let said = stack
        .running
        .stderr_line(|line| line.starts_with("otlp/grpc: "));
    assert_eq!(said, format!("otlp/grpc: http://{address}"));
    assert_ne!(address, stack.address);
    let about = std::fs::read_to_string(place.data().join("stack.json")).unwrap();
    assert!(
        about.contains(&format!("\"grpc_address\":\"{address}\"")),
        "{about}"
    );
    stack.running.stop();

    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap();
    let port = taken.port().to_string();
    let ran = place.run(&["stack", "--port", "0", "--grpc-port", &port]);
    let ran = ran.expect_code(1);
    let said = format!("error: cannot bind {taken}");
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    assert!(ran.stderr.contains("--grpc-port"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_stack_for_one_command_has_no_second_door() {
    let place = Place::new();
    let ran = place.run(&["query", "count"]);
    assert!(!ran.stderr.contains("grpc"), "{}", ran.stderr);
}

#[test]
fn a_stack_stops_although_a_caller_stays_connected() {
    let place = Place::new();
    let stack = place.stack();
    let address = grpc_address(&stack);
    let silent = std::net::TcpStream::connect(address).unwrap();
    let called = call(address, TRACES, &[GRPC], framed(0, &export("kept")));
    assert_eq!(called.text("grpc-status"), "0");
    let ended = stack.running.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    drop(silent);
    assert_eq!(count(place.stack().address, "kept"), 1);
    assert_eq!(json!(called.body.to_vec()), json!([0, 0, 0, 0, 0]));
}
