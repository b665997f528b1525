//! Runs the back end: rules first, then requests, then everything that is left, in this order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::model::dynamic_name::DynamicName;
use crate::model::zone::Zone;
use anyhow::Context;
use tokio::net::UdpSocket;
use tokio::runtime::{EnterGuard, Runtime};

use super::faults::{Fault, other_region};
use super::lenses::{Lenses, LensesOn};
use super::outgoing::Outgoing;
use super::routes::{Backend, Compat, routes};
use super::sampling_clock::SamplingClock;
use super::segments::{Destination, SegmentAddress, SegmentSink};
use super::semconv::Semconv;
use super::telemetry::{Console, SpanDestination, SpanSettings, Telemetry};
use super::watching::{self, Lens, State};
use crate::aws::{SdkConfig, in_region};
use crate::clock;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::sink::{self, LogSink, SinkOptions};
use crate::door::{Listening, serve_http1};
use crate::spool::{Delivery, OutboxOptions};
use crate::system;
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
    /// How log lines are kept until they are there; spans and segments wait beside them, and may take as
    /// much room.
    pub sink: SinkOptions,
    /// Which lenses are on.
    pub on: LensesOn,
    /// Which X-Ray segments go to: `local` for the local stack, `aws`, or a URL.
    pub xray_place: String,
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
    /// What time it is for sampling. By any but the real one, no share of a reservoir is asked for.
    pub sampling_clock: SamplingClock,
    /// After which Host headers segments are named.
    pub dynamic_name: Option<DynamicName>,
    /// The clock that log lines show.
    pub zone: Zone,
    /// Sees every finished span.
    pub console: Option<Console>,
    /// Sees every log line.
    pub echo: Option<Console>,
}

/// What was delivered, lens by lens.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Spans.
    pub spans: Delivery,
    /// Log lines.
    pub lines: sink::Delivery,
    /// Segments.
    pub segments: Delivery,
    /// Which lenses were on.
    pub on: LensesOn,
    /// The folder where what is kept waits for the next run.
    pub folder: PathBuf,
    /// What each sampling rule chose.
    pub sampled: Vec<RuleTotals>,
}

/// What is left is usually sent for this long; a student who pressed Ctrl-C does not wait longer.
pub const GRACE: Duration = Duration::from_secs(10);
// Source: the X-Ray SDKs, which ask for rules and report targets as often.
const RULES_EVERY: Duration = Duration::from_secs(300);
const TARGETS_EVERY: Duration = Duration::from_secs(10);
// How many calls are under way at once. A batch of spans is large; of segments one call takes few.
const SPAN_CALLS: usize = 4;
const SEGMENT_CALLS: usize = 8;

/// Serves until `stop` resolves; then takes no more requests, finishes those under way, and sends all
/// that is left.
///
/// `make_backend` gets the observer that the routes are to be watched by. What waits from before, and a lens
/// whose other side is away, are told to `note`; so is a rule service that cannot be reached, and requests are
/// then sampled by the SDKs' local fallback.
///
/// # Errors
/// If telemetry cannot be set up or the door fails.
pub async fn serve(
    listener: Listening,
    options: ServeOptions,
    make_backend: impl FnOnce(Arc<Lenses>) -> Backend,
    note: Console,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<Delivered> {
    let is_broken = |fault| options.faults.contains(&fault);
    let xray_configuration = xray_configuration(&options);
    let xray = XRayClient::new(&xray_configuration);
    let sampler = Arc::new(Sampler::new(options.seed));
    let on = options.on;
    let has_daemon = !is_broken(Fault::DaemonUnreachable);
    let polling = if has_daemon && on.segments {
        match xray.rules().await {
            Ok(rules) => sampler.set_rules(rules),
            Err(error) => note(&format!(
                "warning: no sampling rules, one request a second and 5 % of the rest get a segment: {error}"
            )),
        }
        let is_real = options.sampling_clock.is_real();
        is_real.then(|| tokio::spawn(poll(xray.clone(), sampler.clone())))
    } else {
        None
    };
    let destination = if has_daemon {
        let region = xray_configuration.region().map(ToString::to_string);
        Destination::Service {
            client: xray,
            address: SegmentAddress {
                place: options.xray_place.clone(),
                region: region.unwrap_or_default(),
            },
            outbox: outbox(&options.sink, "segments", SEGMENT_CALLS),
        }
    } else {
        Destination::Daemon(closed_port().await.context("no free UDP port")?)
    };

    let deliverers = Deliverers::start().context("cannot start a thread")?;
    let entered = deliverers.runtime();
    let (lines, log_sink) = LogSink::start(LogsClient::new(&options.aws), &options.sink)
        .context("log lines cannot be kept on their way to CloudWatch Logs")?;
    let (segments, segment_sink) = SegmentSink::start(destination)?;
    let settings = SpanSettings {
        semconv: options.semconv,
        home_span: match options.compat {
            Compat::Mended => "home-activities-mock-data",
            Compat::Upstream => "home-activites-mock-data",
        },
        is_doubled: is_broken(Fault::DuplicateSpans),
        is_on: on.spans,
    };
    let dynamic_name = match is_broken(Fault::DynamicNaming) {
        true => Some(DynamicName::new("*")),
        false => options.dynamic_name,
    };
    let service_name = options.service_name;
    let telemetry = Arc::new(Telemetry::start(
        &service_name,
        &options.spans,
        &outbox(&options.sink, "spans", SPAN_CALLS),
        settings,
        options.console,
    )?);
    drop(entered);
    let of_spans = telemetry.so_far();
    let of_lines = log_sink.progress().so_far();
    let of_segments = segment_sink.so_far();
    for (what, n_waiting, damaged_bytes) in [
        ("spans", of_spans.from_before, of_spans.damaged_bytes),
        ("log lines", of_lines.from_before, of_lines.n_damaged_bytes),
        (
            "segments",
            of_segments.from_before,
            of_segments.damaged_bytes,
        ),
    ] {
        if damaged_bytes > 0 {
            note(&format!(
                "warning: {what}: {damaged_bytes} bytes of the spool were damaged; what was in them is lost"
            ));
        }
        if n_waiting > 0 {
            note(&format!("{what}: {n_waiting} wait from before and go too"));
        }
    }
    let watching = tokio::spawn(watching::watch(
        lenses_of(&telemetry, &log_sink, &segment_sink),
        note,
    ));
    let lenses = Arc::new(Lenses {
        on,
        service_name,
        dynamic_name,
        compat: options.compat,
        outgoing: options.outgoing,
        telemetry: telemetry.clone(),
        lines,
        sampler: sampler.clone(),
        sampling_clock: options.sampling_clock,
        segments,
        zone: options.zone,
        echo: options.echo,
    });
    let backend = Arc::new(make_backend(lenses));
    let router = routes(backend);
    serve_until(listener, router, stop).await?;

    for task in polling.into_iter().chain([watching]) {
        task.abort();
        let _ = task.await;
    }
    // A request that outlives our patience still has its share of the telemetry, which ends all the same.
    let deadline = tokio::time::Instant::now() + options.grace;
    let (spans, lines, segments) = tokio::join!(
        telemetry.close(deadline),
        log_sink.close(tokio::time::sleep_until(deadline)),
        segment_sink.close(deadline)
    );
    Ok(Delivered {
        spans,
        lines,
        segments,
        on,
        folder: options.sink.spool,
        sampled: sampler.totals(),
    })
}

fn outbox(sink: &SinkOptions, what: &str, width: usize) -> OutboxOptions {
    OutboxOptions {
        folder: sink.spool.join(what),
        most_bytes: sink.spool_bytes,
        width,
    }
}

fn lenses_of(
    telemetry: &Arc<Telemetry>,
    log_sink: &LogSink,
    segment_sink: &SegmentSink,
) -> Vec<Lens> {
    let state = |delivery: Delivery| State {
        is_away: delivery.is_away,
        refused: delivery.refused,
        dropped: delivery.dropped,
        trouble: delivery.trouble,
    };
    let (telemetry, segment_sink) = (telemetry.clone(), segment_sink.clone());
    let progress = log_sink.progress().clone();
    let of_lines = move || {
        let so_far = progress.so_far();
        State {
            is_away: progress.is_away().is_some(),
            refused: so_far.rejected.total(),
            dropped: so_far.dropped,
            trouble: so_far.trouble,
        }
    };
    let lens = |name, state| Lens { name, state };
    vec![
        lens("spans", Box::new(move || state(telemetry.so_far()))),
        lens("log lines", Box::new(of_lines)),
        lens("segments", Box::new(move || state(segment_sink.so_far()))),
    ]
}

/// Where the tasks run that deliver: on a thread of their own that gives way to those that answer, since a request
/// should not wait while a batch of thousands of lines is written out.
struct Deliverers(Option<Runtime>);

impl Deliverers {
    fn start() -> std::io::Result<Deliverers> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime
            .worker_threads(1)
            .thread_name("delivery")
            .on_thread_start(system::go_later);
        Ok(Deliverers(Some(runtime.enable_all().build()?)))
    }

    /// Until the guard is dropped, tasks are started there.
    fn runtime(&self) -> Option<EnterGuard<'_>> {
        self.0.as_ref().map(Runtime::enter)
    }
}

impl Drop for Deliverers {
    fn drop(&mut self) {
        // Dropping it as it is would wait, which asynchronous code must not.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
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
    router: axum::Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = stopping.send(());
    };
    let mut serving = tokio::spawn(serve_http1(listener, router, stop));
    tokio::select! {
        served = &mut serving => return Ok(served?),
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

async fn poll(xray: XRayClient, sampler: Arc<Sampler>) {
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
