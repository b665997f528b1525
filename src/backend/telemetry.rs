//! OpenTelemetry for a service: everything one needs to copy, in one file.
//!
//! A provider with X-Ray-compatible trace ids, a batching exporter over OTLP/HTTP whose requests wait on disk
//! while nobody takes them, and a server span with the stable HTTP attributes. The standard OTEL_* variables
//! hold.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{IdGenerator, Sampler, SdkTracer, SdkTracerProvider, SpanData};
use tokio::time::Instant;

use super::exception::Exception;
use super::semconv::Semconv;
use super::span_batches::{Batching, Ended, SpanBatches};
use super::span_courier::{Look, SpanCourier};
use crate::model::trace_id::hex_from_xray;
use crate::settings::secret::Secret;
use crate::spool::{Delivery, OutboxOptions};
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

/// The spans of one service.
pub struct Telemetry {
    provider: SdkTracerProvider,
    http: SdkTracer,
    home: SdkTracer,
    courier: SpanCourier,
    ended: Ended,
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

// A student waits for the first span; the SDK's own five seconds are long for that.
const EXPORT_EVERY: Duration = Duration::from_millis(250);
// The SDK's own default. Source: OpenTelemetry specification, OTEL_EXPORTER_OTLP_TIMEOUT.
const EXPORT_PATIENCE: Duration = Duration::from_secs(10);
// Room for what arrives while one batch is written, at full speed.
const QUEUE: usize = 65_536;
// About half a megabyte; the SDK's own 512 make four times as many requests of the same work.
const BATCH: usize = 2_048;

impl Telemetry {
    /// Starts exporting; the exporter has a thread of its own. Needs a Tokio runtime.
    ///
    /// # Errors
    /// If an OTEL_* variable or the address makes no sense, or spans cannot be kept on disk.
    pub fn start(
        service_name: &str,
        destination: &SpanDestination,
        outbox: &OutboxOptions,
        settings: SpanSettings,
        console: Option<Console>,
    ) -> anyhow::Result<Telemetry> {
        // The courier's HTTP client asks rustls for the process's provider; this is the only one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let make = |client| exporter(destination, client);
        let courier = SpanCourier::start(&make, destination.is_local, outbox, patience())?;
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
        let ended = Ended::default();
        let batching = batching(settings.copies());
        let provider = provider.with_span_processor(SpanBatches::start(
            batching,
            ended.clone(),
            console,
            courier.taker(),
        ));
        let provider = provider.build();
        let http = provider.tracer("cruddurctl.http");
        let home = provider.tracer("home.activities");
        Ok(Telemetry {
            provider,
            http,
            home,
            courier,
            ended,
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

    /// Returns what became of spans so far; of those that are still in memory, nothing.
    pub fn so_far(&self) -> Delivery {
        self.courier.so_far()
    }

    /// Exports what is left until `deadline`, and says what became of every span. What could not be delivered
    /// by then is on disk. Spans that end later are lost.
    pub async fn close(&self, deadline: Instant) -> Delivery {
        let provider = self.provider.clone();
        let left = deadline.saturating_duration_since(Instant::now());
        let flush = move || provider.shutdown_with_timeout(left);
        // A failure shows in the counts, and shutting down twice does not happen.
        let _ = tokio::task::spawn_blocking(flush).await;
        let n_lost = self.ended.number().saturating_sub(self.courier.n_handed());
        let delivery = self.courier.close(deadline).await;
        delivery.with_lost(n_lost, "they came faster than the disk took them")
    }
}

impl SpanSettings {
    fn copies(&self) -> u32 {
        u32::from(self.is_on) * (1 + u32::from(self.is_doubled))
    }
}

// What knows every OTEL_EXPORTER_OTLP_* variable. Without `with_http_client` it would send by itself, and lose
// what is not taken within seconds.
fn exporter(destination: &SpanDestination, client: Look) -> anyhow::Result<SpanExporter> {
    let mut exporter = SpanExporter::builder().with_http().with_http_client(client);
    if let Some(url) = &destination.url {
        exporter = exporter.with_endpoint(url);
    }
    if let Some(key) = &destination.key {
        let header = ("x-honeycomb-team".to_string(), key.expose().to_string());
        exporter = exporter.with_headers(HashMap::from([header]));
    }
    Ok(exporter.build()?)
}

// How long a receiver has to answer, which is the client's business.
fn patience() -> Duration {
    let variables = [
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    ];
    let said = variables.iter().find_map(|name| std::env::var(name).ok());
    let milliseconds = said.and_then(|text| text.trim().parse().ok());
    milliseconds.map_or(EXPORT_PATIENCE, Duration::from_millis)
}

// As OTEL_BSP_* says.
fn batching(copies: u32) -> Batching {
    let number = |name| -> Option<u64> { std::env::var(name).ok()?.trim().parse().ok() };
    let count = |name, default| match number(name) {
        Some(number) => usize::try_from(number.max(1)).unwrap_or(usize::MAX),
        None => default,
    };
    let (full, most) = ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE");
    let every = number("OTEL_BSP_SCHEDULE_DELAY");
    Batching {
        every: every.map_or(EXPORT_EVERY, Duration::from_millis),
        full: count(full, BATCH),
        most: count(most, QUEUE),
        copies,
    }
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

/// Returns a finished span as a line of text.
pub fn line_of(span: &SpanData) -> String {
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
