//! Runs the back end: rules first, then requests, then everything that is left, in this order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::middleware;
use time::UtcOffset;
use tokio::net::UdpSocket;

use super::faults::{Fault, other_region};
use super::lenses::{self, Lenses};
use super::outgoing::Outgoing;
use super::routes::{Backend, Compat, routes, served};
use super::segments::{Carrier, SegmentDelivery, SegmentSink};
use super::semconv::Semconv;
use super::telemetry::{Console, SpanDelivery, SpanDestination, SpanSettings, Telemetry};
use crate::aws::{SdkConfig, in_region};
use crate::clock;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::sink::{Delivery, LogSink, SinkOptions};
use crate::door::{Listening, Peer};
use crate::xray::client::XRayClient;
use crate::xray::sampler::Sampler;

pub use crate::xray::sampler::RuleTotals;

/// What the back end is started with.
pub struct ServeOptions {
    /// The service's name: `backend-flask`.
    pub service_name: String,
    /// Where spans go.
    pub spans: SpanDestination,
    /// Where log lines and segments go.
    pub aws: SdkConfig,
    /// How log lines are kept until they are there.
    pub sink: SinkOptions,
    /// Whose behaviour is shown.
    pub compat: Compat,
    /// How HTTP attributes are named.
    pub semconv: Semconv,
    /// What is broken on purpose.
    pub faults: Vec<Fault>,
    /// The service that the notifications ask.
    pub outgoing: Option<Outgoing>,
    /// How long what is left is sent for.
    pub grace: Duration,
    /// What sampling makes chance from.
    pub seed: u64,
    /// The clock that log lines show.
    pub utc_offset: UtcOffset,
    /// Sees every finished span.
    pub console: Option<Console>,
    /// Sees every log line.
    pub echo: Option<Console>,
}

/// What was delivered, lens by lens.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Spans.
    pub spans: SpanDelivery,
    /// Log lines.
    pub lines: Delivery,
    /// Segments.
    pub segments: SegmentDelivery,
    /// What each sampling rule chose.
    pub sampled: Vec<RuleTotals>,
}

/// What is left is usually sent for this long; a student who pressed Ctrl-C does not wait longer.
pub const GRACE: Duration = Duration::from_secs(10);
// Source: the X-Ray SDKs, which ask for rules and report targets as often.
const RULES_EVERY: Duration = Duration::from_secs(300);
const TARGETS_EVERY: Duration = Duration::from_secs(10);

/// Serves until `stop` resolves; then takes no more requests, finishes those under way, and sends all
/// that is left.
///
/// `make_backend` gets the observer that the routes are to be watched by. A rule service that cannot
/// be reached is told to `note`; requests are then sampled by the SDKs' local fallback.
///
/// # Errors
/// If telemetry cannot be set up or the door fails.
pub async fn serve(
    listener: Listening,
    options: ServeOptions,
    make_backend: impl FnOnce(Arc<Lenses>) -> Backend,
    note: impl Fn(&str),
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<Delivered> {
    let is_broken = |fault| options.faults.contains(&fault);
    let xray = Arc::new(XRayClient::new(&xray_configuration(&options)));
    let sampler = Arc::new(Sampler::new(options.seed));
    let has_daemon = !is_broken(Fault::DaemonUnreachable);
    let polling = if has_daemon {
        match xray.rules().await {
            Ok(rules) => sampler.set_rules(rules),
            Err(error) => note(&format!(
                "warning: no sampling rules, one request a second and 5 % of the rest get a segment: {error}"
            )),
        }
        Some(tokio::spawn(poll(xray.clone(), sampler.clone())))
    } else {
        None
    };
    let carrier = if has_daemon {
        Carrier::Service(xray)
    } else {
        Carrier::Daemon(closed_port().await.context("no free UDP port")?)
    };

    let (lines, log_sink) = LogSink::start(LogsClient::new(&options.aws), &options.sink)
        .context("log lines cannot be kept on their way to CloudWatch Logs")?;
    let waiting = log_sink.progress().so_far();
    if waiting.from_before > 0 {
        note(&format!(
            "log lines: {} wait from before and go too",
            waiting.from_before
        ));
    }
    let (segments, segment_sink) = SegmentSink::start(carrier);
    let settings = SpanSettings {
        semconv: options.semconv,
        home_span: match options.compat {
            Compat::Mended => "home-activities-mock-data",
            Compat::Upstream => "home-activites-mock-data",
        },
        is_doubled: is_broken(Fault::DuplicateSpans),
    };
    let has_dynamic_naming = is_broken(Fault::DynamicNaming);
    let (service_name, spans, console) = (options.service_name, options.spans, options.console);
    // The exporter's HTTP client blocks, and must not be made on an asynchronous thread.
    let telemetry = {
        let service_name = service_name.clone();
        tokio::task::spawn_blocking(move || {
            Telemetry::start(&service_name, &spans, settings, console)
        })
        .await??
    };
    let telemetry = Arc::new(telemetry);
    let lenses = Arc::new(Lenses {
        service_name,
        has_dynamic_naming,
        compat: options.compat,
        outgoing: options.outgoing,
        telemetry: telemetry.clone(),
        lines,
        sampler: sampler.clone(),
        segments,
        utc_offset: options.utc_offset,
        echo: options.echo,
    });
    let backend = Arc::new(make_backend(lenses.clone()));
    let watched = routes(backend).layer(middleware::from_fn_with_state(lenses, lenses::watch));
    let router = served(watched).into_make_service_with_connect_info::<Peer>();
    serve_until(listener, router, stop).await?;

    if let Some(polling) = polling {
        polling.abort();
        let _ = polling.await;
    }
    let grace = options.grace;
    // Every handler is gone, and with it every other owner of the telemetry.
    let flush_spans = tokio::task::spawn_blocking(move || {
        Arc::into_inner(telemetry)
            .map(|telemetry| telemetry.close(grace))
            .unwrap_or_default()
    });
    let (spans, lines, segments) = tokio::join!(
        flush_spans,
        log_sink.close(tokio::time::sleep(grace)),
        segment_sink.close(grace)
    );
    Ok(Delivered {
        spans: spans?,
        lines,
        segments,
        sampled: sampler.totals(),
    })
}

fn xray_configuration(options: &ServeOptions) -> SdkConfig {
    if !options.faults.contains(&Fault::WrongRegion) {
        return options.aws.clone();
    }
    let own = options.aws.region().map(ToString::to_string);
    in_region(&options.aws, other_region(&own.unwrap_or_default()))
}

// A port that was free a moment ago, so that nobody is there.
async fn closed_port() -> std::io::Result<SocketAddr> {
    UdpSocket::bind("127.0.0.1:0").await?.local_addr()
}

async fn serve_until(
    listener: Listening,
    router: axum::extract::connect_info::IntoMakeServiceWithConnectInfo<axum::Router, Peer>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let mut serving = tokio::spawn(
        axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                stop.await;
                let _ = stopping.send(());
            })
            .into_future(),
    );
    tokio::select! {
        served = &mut serving => return Ok(served??),
        _ = stopped => {}
    }
    // A browser that keeps its connection open does not keep us.
    if tokio::time::timeout(Duration::from_secs(3), &mut serving)
        .await
        .is_err()
    {
        serving.abort();
        let _ = serving.await;
    }
    Ok(())
}

async fn poll(xray: Arc<XRayClient>, sampler: Arc<Sampler>) {
    // An instance has an id of its own, 96 bits in hexadecimal.
    let client_id = format!("{:024x}", rand::random::<u128>() >> 32);
    let mut next_rules = tokio::time::Instant::now() + RULES_EVERY;
    let mut known_since = None;
    loop {
        tokio::time::sleep(TARGETS_EVERY).await;
        let statistics = sampler.statistics();
        let mut is_stale = tokio::time::Instant::now() >= next_rules;
        if !statistics.is_empty() {
            match xray
                .sampling_targets(&client_id, clock::now(), &statistics)
                .await
            {
                Ok(granted) => {
                    sampler.apply_targets(&granted.targets);
                    is_stale |= granted.rules_modified != known_since;
                    known_since = granted.rules_modified;
                }
                // They are reported next time.
                Err(_) => sampler.restore_statistics(&statistics),
            }
        }
        if is_stale && let Ok(rules) = xray.rules().await {
            sampler.set_rules(rules);
            next_rules = tokio::time::Instant::now() + RULES_EVERY;
        }
    }
}
