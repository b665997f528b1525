//! OpenTelemetry for a service: everything one needs to copy, in one file.
//!
//! A provider with X-Ray-compatible trace ids, a batching exporter over OTLP/HTTP that counts what it
//! delivered, and a server span with the stable HTTP attributes. The standard OTEL_* variables hold.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, IdGenerator, Sampler, SdkTracer, SdkTracerProvider,
    Span, SpanData, SpanExporter, SpanProcessor,
};

use super::exception::Exception;
use super::semconv::Semconv;
use crate::model::trace_id::hex_from_xray;
use crate::settings::secret::Secret;
use crate::xray::segment::TraceHeader;

/// Where spans go.
#[derive(Debug, Clone)]
pub struct SpanDestination {
    /// The whole address; `None` leaves it to OTEL_EXPORTER_OTLP_(TRACES_)ENDPOINT.
    pub url: Option<String>,
    /// Whether that is the local stack, which no proxy stands before.
    pub is_local: bool,
    /// Honeycomb's key; `None` leaves headers to OTEL_EXPORTER_OTLP_(TRACES_)HEADERS.
    pub key: Option<Secret>,
}

/// Takes a line of text about a finished span.
pub type Console = Arc<dyn Fn(&str) + Send + Sync>;

/// What became of the spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanDelivery {
    /// Acknowledged by the other side.
    pub delivered: u64,
    /// Refused, or never acknowledged.
    pub failed: u64,
    /// Ended, but never handed to the exporter: its queue was full.
    pub dropped: u64,
}

/// The spans of one service.
pub struct Telemetry {
    provider: SdkTracerProvider,
    http: SdkTracer,
    home: SdkTracer,
    counts: Arc<Counts>,
    settings: SpanSettings,
}

/// What spans are like.
#[derive(Debug, Clone, Copy)]
pub struct SpanSettings {
    /// How HTTP attributes are named.
    pub semconv: Semconv,
    /// How the span of the home feed is named.
    pub home_span: &'static str,
    /// Whether every span is exported twice, as by a batch processor that was added twice.
    pub is_doubled: bool,
    /// Whether there are any.
    pub is_on: bool,
}

#[derive(Debug, Default)]
struct Counts {
    ended: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
}

// A student waits for the first span; the SDK's own five seconds are long for that.
const EXPORT_EVERY: Duration = Duration::from_millis(250);
// The SDK's own default. Source: OpenTelemetry specification, OTEL_EXPORTER_OTLP_TIMEOUT.
const EXPORT_PATIENCE: Duration = Duration::from_secs(10);
// Room for what arrives while one batch is on its way, at full speed.
const QUEUE: usize = 65_536;
// About half a megabyte; the SDK's own 512 make four times as many requests of the same work.
const BATCH: usize = 2_048;

impl Telemetry {
    /// Starts exporting; the exporter has a thread of its own.
    ///
    /// # Errors
    /// If an OTEL_* variable or the address makes no sense.
    pub fn start(
        service_name: &str,
        destination: &SpanDestination,
        settings: SpanSettings,
        console: Option<Console>,
    ) -> anyhow::Result<Telemetry> {
        // The exporter's HTTP client asks rustls for the process's provider; this is the only one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let counts = Arc::new(Counts::default());
        let mut provider = SdkTracerProvider::builder()
            .with_resource(
                Resource::builder()
                    .with_service_name(service_name.to_string())
                    .build(),
            )
            .with_id_generator(TimedIds);
        if !settings.is_on {
            provider = provider.with_sampler(Sampler::AlwaysOff);
        }
        let n_exporters = usize::from(settings.is_on) * (1 + usize::from(settings.is_doubled));
        let mut exporters = Vec::new();
        for _ in 0..n_exporters {
            exporters.push(batching(destination, counts.clone())?);
        }
        let provider = provider.with_span_processor(Watching {
            counts: counts.clone(),
            console,
            exporters,
        });
        let provider = provider.build();
        let http = provider.tracer("cruddurctl.http");
        let home = provider.tracer("home.activities");
        Ok(Telemetry {
            provider,
            http,
            home,
            counts,
            settings,
        })
    }

    /// Starts the span of a request that came with `headers`. Its parent is the caller's span, if the
    /// caller sent a `traceparent`, or else an `X-Amzn-Trace-Id`.
    pub fn server_span(
        &self,
        headers: &impl Extractor,
        xray: &TraceHeader,
        name: String,
        attributes: Vec<KeyValue>,
    ) -> Context {
        // The caller alone decides whose child this is, whatever this thread did before.
        let mut caller =
            TraceContextPropagator::new().extract_with_context(&Context::new(), headers);
        if !caller.span().span_context().is_valid() {
            caller = caller_by_xray(xray);
        }
        let span = self
            .http
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes)
            .start_with_context(&self.http, &caller);
        NEXT_TRACE.set(None);
        caller.with_span(span)
    }

    /// Ends the span of a request that was answered with `status`, and says what it died of.
    ///
    /// Only 5xx is an error of the server. Source: OpenTelemetry semantic conventions, HTTP spans.
    pub fn end_server_span(&self, context: &Context, status: u16, exception: Option<&Exception>) {
        let span = context.span();
        span.set_attributes(self.settings.semconv.of_status(status));
        if let Some(exception) = exception {
            span.add_event(
                "exception",
                vec![
                    KeyValue::new("exception.type", exception.kind),
                    KeyValue::new("exception.message", exception.message.clone()),
                    KeyValue::new("exception.stacktrace", exception.stack_trace()),
                ],
            );
        }
        if status >= 500 {
            let kind = exception.map_or_else(|| status.to_string(), |it| it.kind.to_string());
            span.set_attribute(KeyValue::new("error.type", kind));
            span.set_status(Status::error(
                exception.map_or_else(String::new, Exception::to_string),
            ));
        }
        span.end();
    }

    /// Returns how HTTP attributes are named.
    pub fn semconv(&self) -> Semconv {
        self.settings.semconv
    }

    /// Starts the span of a call that the current request makes, and returns the headers that tell the
    /// other service of it.
    pub fn client_span(&self, attributes: Vec<KeyValue>) -> (Context, HashMap<String, String>) {
        let outer = Context::current();
        let span = self
            .http
            .span_builder("GET")
            .with_kind(SpanKind::Client)
            .with_attributes(attributes)
            .start_with_context(&self.http, &outer);
        let context = outer.with_span(span);
        let mut headers = HashMap::new();
        TraceContextPropagator::new().inject_context(&context, &mut headers);
        headers.retain(|_, value| !value.is_empty());
        (context, headers)
    }

    /// Ends the span of a call. From 400 on it is an error of the caller's.
    pub fn end_client_span(&self, context: &Context, answer: &Result<u16, String>) {
        let span = context.span();
        match answer {
            Ok(status) => {
                span.set_attributes(self.settings.semconv.of_status(*status));
                if *status >= 400 {
                    span.set_attribute(KeyValue::new("error.type", status.to_string()));
                    span.set_status(Status::error(""));
                }
            }
            Err(why) => {
                span.set_attribute(KeyValue::new("error.type", "_OTHER"));
                span.add_event(
                    "exception",
                    vec![
                        KeyValue::new("exception.type", "ConnectionError"),
                        KeyValue::new("exception.message", why.clone()),
                    ],
                );
                span.set_status(Status::error(why.clone()));
            }
        }
        span.end();
    }

    /// Runs `work` inside the span that the bootcamp's lesson makes by hand.
    ///
    /// `work` returns how many activities the feed has.
    pub fn home_span(&self, now_iso: &str, work: &mut dyn FnMut() -> usize) {
        self.home.in_span(self.settings.home_span, |context| {
            context
                .span()
                .set_attribute(KeyValue::new("app.now", now_iso.to_string()));
            let length = work();
            context
                .span()
                .set_attribute(KeyValue::new("app.result_length", length as i64));
        });
    }

    /// Exports what is left and says what became of every span.
    ///
    /// Blocks for `deadline` at most; call it where blocking is allowed.
    pub fn close(self, deadline: Duration) -> SpanDelivery {
        // A failure shows in the counts, and shutting down twice does not happen.
        let _ = self.provider.shutdown_with_timeout(deadline);
        let load = |count: &AtomicU64| count.load(Ordering::Acquire);
        let (delivered, failed) = (load(&self.counts.delivered), load(&self.counts.failed));
        let dropped = load(&self.counts.ended).saturating_sub(delivered + failed);
        SpanDelivery {
            delivered,
            failed,
            dropped,
        }
    }
}

// Sends spans in batches, from a thread of its own.
fn batching(
    destination: &SpanDestination,
    counts: Arc<Counts>,
) -> anyhow::Result<BatchSpanProcessor> {
    let mut exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_retry_policy(opentelemetry_otlp::RetryPolicy::recommended());
    if let Some(url) = &destination.url {
        exporter = exporter.with_endpoint(url);
    }
    if let Some(key) = &destination.key {
        let header = ("x-honeycomb-team".to_string(), key.expose().to_string());
        exporter = exporter.with_headers(HashMap::from([header]));
    }
    if destination.is_local {
        // HTTP_PROXY would otherwise send loopback traffic to the company's proxy.
        let direct = reqwest::blocking::Client::builder()
            .no_proxy()
            .timeout(EXPORT_PATIENCE);
        exporter = exporter.with_http_client(direct.build()?);
    }
    let exporter = Counting {
        exporter: exporter.build()?,
        counts,
    };
    let mut batching = BatchConfigBuilder::default();
    if std::env::var_os("OTEL_BSP_SCHEDULE_DELAY").is_none() {
        batching = batching.with_scheduled_delay(EXPORT_EVERY);
    }
    if std::env::var_os("OTEL_BSP_MAX_EXPORT_BATCH_SIZE").is_none() {
        batching = batching.with_max_export_batch_size(BATCH);
    }
    if std::env::var_os("OTEL_BSP_MAX_QUEUE_SIZE").is_none() {
        batching = batching.with_max_queue_size(QUEUE);
    }
    Ok(BatchSpanProcessor::builder(exporter)
        .with_batch_config(batching.build())
        .build())
}

// The caller's segment. A load balancer names the trace alone; its id is then taken for the new one.
fn caller_by_xray(header: &TraceHeader) -> Context {
    let root = header.root.as_deref().and_then(hex_from_xray);
    let Some(trace) = root.and_then(|hex| TraceId::from_hex(&hex).ok()) else {
        return Context::new();
    };
    let parent = header.parent.as_deref();
    match parent.and_then(|hex| SpanId::from_hex(hex).ok()) {
        // Every request has a span, whether X-Ray's caller traces it or not.
        Some(parent) if parent != SpanId::INVALID => {
            Context::new().with_remote_span_context(SpanContext::new(
                trace,
                parent,
                TraceFlags::SAMPLED,
                true,
                TraceState::default(),
            ))
        }
        _ => {
            NEXT_TRACE.set(Some(trace));
            Context::new()
        }
    }
}

/// Counts what an exporter delivers.
#[derive(Debug)]
struct Counting<E> {
    exporter: E,
    counts: Arc<Counts>,
}

impl<E: SpanExporter> SpanExporter for Counting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let n_spans = batch.len() as u64;
        let result = self.exporter.export(batch).await;
        let count = if result.is_ok() {
            &self.counts.delivered
        } else {
            &self.counts.failed
        };
        count.fetch_add(n_spans, Ordering::AcqRel);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Counts spans as they end, and prints them if somebody wants to see them, on their way to the exporters.
///
/// As a processor beside theirs it would cost every span a copy.
struct Watching {
    counts: Arc<Counts>,
    console: Option<Console>,
    exporters: Vec<BatchSpanProcessor>,
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watching")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl SpanProcessor for Watching {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.counts.ended.fetch_add(1, Ordering::AcqRel);
        if let Some(console) = &self.console {
            console(&line_of(&span));
        }
        if let Some((last, others)) = self.exporters.split_last() {
            for exporter in others {
                exporter.on_end(span.clone());
            }
            last.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporters
            .iter()
            .try_for_each(BatchSpanProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let shut = |exporter: &BatchSpanProcessor| exporter.shutdown_with_timeout(timeout);
        self.exporters.iter().try_for_each(shut)
    }

    fn set_resource(&mut self, resource: &Resource) {
        for exporter in &mut self.exporters {
            exporter.set_resource(resource);
        }
    }
}

fn line_of(span: &SpanData) -> String {
    let duration = span
        .end_time
        .duration_since(span.start_time)
        .unwrap_or_default();
    let parent = match span.parent_span_id {
        SpanId::INVALID => String::new(),
        parent => format!(" parent={parent}"),
    };
    let attributes: Vec<String> = span
        .attributes
        .iter()
        .map(|pair| format!(" {}={}", pair.key, pair.value))
        .collect();
    format!(
        "span {} {:.3} ms trace={} span={}{parent}{}",
        span.name,
        duration.as_secs_f64() * 1e3,
        span.span_context.trace_id(),
        span.span_context.span_id(),
        attributes.concat()
    )
}

thread_local! {
    // The id of the next trace that begins on this thread, since a span's builder takes none.
    static NEXT_TRACE: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// Trace ids that begin with the time in seconds, so that one id serves X-Ray too.
///
/// Source: X-Ray Developer Guide, "Trace IDs".
#[derive(Debug)]
struct TimedIds;

impl IdGenerator for TimedIds {
    fn new_trace_id(&self) -> TraceId {
        if let Some(trace) = NEXT_TRACE.take() {
            return trace;
        }
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let random: u128 = rand::random();
        TraceId::from(u128::from(seconds as u32) << 96 | random >> 32)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(rand::random_range(1..=u64::MAX))
    }
}
