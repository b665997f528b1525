//! Spans by the SDK, through the batches, and against the SDK's own exporter.

use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::{SdkTracerProvider, SimpleSpanProcessor};

use super::*;

fn batching(full: usize, most: usize, copies: u32) -> Batching {
    Batching {
        // Only what is full goes, and what is left at the end.
        every: Duration::from_secs(3600),
        full,
        most,
        copies,
    }
}

fn started(batching: Batching) -> (SdkTracerProvider, Ended, Receiver<(u32, Vec<u8>)>) {
    let (tell, requests) = channel();
    let ended = Ended::default();
    let take: Take = Box::new(move |n, request| tell.send((n, request)).unwrap());
    let processor = SpanBatches::start(batching, ended.clone(), None, take);
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("a").build())
        .with_span_processor(processor)
        .build();
    (provider, ended, requests)
}

#[test]
fn a_full_request_goes_at_once_and_the_rest_at_the_end() {
    let (provider, ended, requests) = started(batching(4, 1000, 1));
    let tracer = provider.tracer("t");
    for _ in 0..4 {
        drop(tracer.start("span"));
    }
    // It blocks until one comes.
    assert_eq!(requests.recv().unwrap().0, 4);
    drop(tracer.start("span"));
    provider.force_flush().unwrap();
    assert_eq!(requests.try_recv().unwrap().0, 1);
    drop(tracer.start("span"));
    provider.shutdown().unwrap();
    assert_eq!(requests.iter().map(|(n, _)| n).sum::<u32>(), 1);
    assert_eq!(ended.number(), 6);
}

#[test]
fn spans_go_as_often_as_they_are_meant_to() {
    let (provider, ended, requests) = started(batching(100, 1000, 2));
    drop(provider.tracer("t").start("span"));
    provider.shutdown().unwrap();
    assert_eq!(requests.iter().map(|(n, _)| n).collect::<Vec<_>>(), [2]);
    assert_eq!(ended.number(), 2);
}

#[test]
fn more_than_may_wait_are_lost_and_counted() {
    // Nobody takes any until the end, since a request is never full.
    let (provider, ended, requests) = started(batching(100, 3, 1));
    let tracer = provider.tracer("t");
    for _ in 0..10 {
        drop(tracer.start("span"));
    }
    provider.shutdown().unwrap();
    assert_eq!(requests.iter().map(|(n, _)| n).collect::<Vec<_>>(), [3]);
    assert_eq!(ended.number(), 10);
}

#[test]
fn spans_of_many_threads_all_come() {
    let (provider, _, requests) = started(batching(64, 100_000, 1));
    thread::scope(|scope| {
        for who in 0..4 {
            let provider = &provider;
            scope.spawn(move || {
                let tracer = provider.tracer(["one", "two"][who % 2]);
                for _ in 0..1_000 {
                    drop(tracer.start("span"));
                }
            });
        }
    });
    provider.shutdown().unwrap();
    assert_eq!(requests.iter().map(|(n, _)| n).sum::<u32>(), 4_000);
}

#[derive(Debug, Clone, Default)]
struct Bodies(Arc<Mutex<Vec<Vec<u8>>>>);

impl HttpClient for Bodies {
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        self.0.lock().unwrap().push(request.into_body().to_vec());
        Box::pin(std::future::ready(Ok(Response::new(Bytes::new()))))
    }
}

// The nth of a few spans that have all there is.
fn odd_span(provider: &SdkTracerProvider, n: usize) {
    let scope = InstrumentationScope::builder("home.activities")
        .with_version("1.2")
        .with_attributes([KeyValue::new("of", "scope")])
        .build();
    let tracer = provider.tracer_with_scope(scope);
    let other = |is_remote| {
        SpanContext::new(
            TraceId::from(0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793_u128),
            SpanId::from(0x5399_5c3f_42cd_8ad8),
            TraceFlags::SAMPLED,
            is_remote,
            TraceState::from_key_value([("a", "b"), ("c", "d")]).unwrap(),
        )
    };
    let long = "\u{e9}".repeat(20_000);
    let strings: Vec<StringValue> = vec!["".into(), "x".into(), long.clone().into()];
    let attributes = vec![
        KeyValue::new("text", long),
        KeyValue::new("empty", ""),
        KeyValue::new("no", false),
        KeyValue::new("yes", true),
        KeyValue::new("zero", 0),
        KeyValue::new("least", i64::MIN),
        KeyValue::new("half", 0.5),
        KeyValue::new("nothing", f64::NAN),
        KeyValue::new("bools", Value::Array(Array::Bool(vec![true, false]))),
        KeyValue::new("ints", Value::Array(Array::I64(vec![0, -1, i64::MAX]))),
        KeyValue::new("floats", Value::Array(Array::F64(vec![0.0, -0.0, 1e300]))),
        KeyValue::new("strings", Value::Array(Array::String(strings))),
        KeyValue::new("none", Value::Array(Array::I64(Vec::new()))),
    ];
    let kind = [SpanKind::Server, SpanKind::Internal, SpanKind::Client][n].clone();
    let status = [
        Status::Unset,
        Status::Ok,
        Status::error("it \u{1f980} broke"),
    ][n]
        .clone();
    let parent = Context::new().with_remote_span_context(other(n > 0));
    let span = tracer
        .span_builder(["", "a span", "another"][n])
        .with_kind(kind)
        .with_links(vec![Link::new(other(true), attributes.clone(), 3)])
        .with_attributes(attributes.clone())
        .start_with_context(&tracer, &parent);
    let context = Context::new().with_span(span);
    context.span().add_event("exception", attributes);
    context.span().set_status(status);
}

fn both_bodies(end: impl Fn(&SdkTracerProvider)) -> (Vec<u8>, Vec<u8>) {
    let bodies = Bodies::default();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(bodies.clone())
        .with_endpoint("http://localhost/v1/traces")
        .build()
        .unwrap();
    let (tell, requests) = channel();
    let take: Take = Box::new(move |_, request| tell.send(request).unwrap());
    let batches = SpanBatches::start(batching(1, 1000, 1), Ended::default(), None, take);
    let name = KeyValue::new("service.name", "a");
    let resource = Resource::builder_empty()
        .with_schema_url([name], "https://example.com/resource")
        .build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_span_processor(SimpleSpanProcessor::new(exporter))
        .with_span_processor(batches)
        .build();
    end(&provider);
    provider.shutdown().unwrap();
    let theirs = bodies.0.lock().unwrap().concat();
    (requests.iter().flatten().collect(), theirs)
}

#[test]
fn the_bytes_are_those_of_the_sdks_own_exporter() {
    for n in 0..3 {
        let (ours, theirs) = both_bodies(|provider| odd_span(provider, n));
        assert!(!ours.is_empty());
        assert!(ours == theirs, "span {n}");
    }
    let (ours, theirs) = both_bodies(|provider| drop(provider.tracer("").start("")));
    assert_eq!(ours, theirs);
}
