//! gRPC on the HTTP port, and HTTP on the gRPC port.

use crate::grpc::{GRPC, LOGS, METRICS, TRACES, call, export, framed, grpc_address};
use crate::http::{get, request};
use crate::otlp_text::{LogExport, Record};
use crate::place::Place;
use crate::question::{at_ms, count};

#[test]
fn every_signal_comes_over_grpc_at_either_port() {
    let place = Place::new();
    let stack = place.stack();
    for (dataset, address) in [("http", stack.address), ("grpc", grpc_address(&stack))] {
        let called = call(address, TRACES, &[GRPC], framed(0, &export(dataset)));
        assert_eq!((called.http, called.text("grpc-status")), (200, "0"));
        let record = Record {
            time: at_ms(0),
            body: "hello".into(),
            ..Record::default()
        };
        let logs = LogExport::of(dataset, vec![record]).protobuf();
        let called = call(address, LOGS, &[GRPC], framed(0, &logs));
        assert_eq!(called.text("grpc-status"), "0");
        let called = call(address, METRICS, &[GRPC], framed(0, b""));
        assert_eq!(called.text("grpc-status"), "0");
        let called = call(address, "/odd.Service/Call", &[GRPC], framed(0, b""));
        assert_eq!(called.text("grpc-status"), "12");
        assert_eq!(count(stack.address, dataset), 2, "{dataset}");
    }
    stack.running.stop();
}

#[test]
fn http2_without_grpc_is_served_as_http1_is() {
    let place = Place::new();
    let stack = place.stack();
    let json = [("content-type", "application/json")];
    let called = call(stack.address, "/v1/traces", &json, b"{}".to_vec());
    assert_eq!((called.http, called.body.as_ref()), (200, &b"{}"[..]));
    let called = call(stack.address, "/1/datasets", &json, b"{}".to_vec());
    assert_eq!(called.http, 401);
    let stranger = [("content-type", "application/json"), ("host", "evil.test")];
    let called = call(stack.address, "/v1/traces", &stranger, b"{}".to_vec());
    assert_eq!(called.http, 403);
}

#[test]
fn the_grpc_port_takes_otlp_over_http_and_says_where_the_rest_is() {
    let place = Place::new();
    let stack = place.stack();
    let address = grpc_address(&stack);
    let answer = request(address, "POST", "/v1/traces")
        .header("content-type", "application/x-protobuf")
        .send(&export("misdirected"));
    assert_eq!(answer.status, 200);
    assert_eq!(count(stack.address, "misdirected"), 1);
    for path in ["/", "/1/datasets", "/Traces"] {
        let answer = get(address, path);
        assert_eq!(answer.status, 404, "{path}");
        let there = format!("http://{}", stack.address);
        assert!(answer.text().contains(&there), "{}", answer.text());
    }
}

#[test]
fn a_key_guards_grpc_at_the_http_port_too() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "secret-of-the-class");
    let stack = place.stack();
    for path in [TRACES, LOGS, METRICS] {
        let called = call(stack.address, path, &[GRPC], framed(0, b""));
        assert_eq!(called.text("grpc-status"), "16", "{path}");
        let keyed = [GRPC, ("x-honeycomb-team", "secret-of-the-class")];
        let called = call(stack.address, path, &keyed, framed(0, b""));
        assert_eq!(called.text("grpc-status"), "0", "{path}");
    }
}
