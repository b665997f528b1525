//! `serve`: the instrumented mock back end.

use std::net::SocketAddr;
use std::sync::Arc;

use super::args::ServeArgs;
use super::context::{Context, standing_stack};
use super::failure::{Exit, Failure, Outcome};
use super::on_purpose::{BreakArg, break_list};
use super::ship;
use super::stack::stop_signal;
use crate::aws::SdkConfig;
use crate::backend::faults::{FAULTS, Fault, WRONG_SERVICE_NAME};
use crate::backend::outgoing::Outgoing;
use crate::backend::pretence::{Pretence, pretend};
use crate::backend::routes::Backend;
use crate::backend::sampling_clock::SamplingClock;
use crate::backend::serve::{Delivered, ServeOptions, serve};
use crate::backend::telemetry::{Console, SpanDestination};
use crate::cloudwatch::sink::SinkOptions;
use crate::door::{accept, bind};
use crate::settings::env;
use crate::settings::targets::{self, HoneycombTarget};

/// Serves until Ctrl-C or SIGTERM, then sends what is left and says what was delivered.
pub async fn run(context: &Context, args: &ServeArgs) -> Outcome {
    if args.breaks.contains(&BreakArg::List) {
        return context.print(&break_list());
    }
    let faults = faults(context, args)?;
    let outgoing = match &args.call {
        Some(url) => Some(
            Outgoing::new(url)
                .map_err(|error| Failure::new(Exit::Usage, error).while_doing("--call"))?,
        ),
        None => None,
    };
    let address = SocketAddr::new(args.host, args.port);
    // First of all, so that nothing was set up for nothing.
    let listener = bind(address)
        .map_err(|error| Failure::from(error).with_hint("choose another port with --port"))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(Exit::Failed, error.into()))?;
    if needs_stack(context) {
        let door = SocketAddr::new(([127, 0, 0, 1]).into(), args.stack_port);
        let options = standing_stack(context, door, args.keep.keep())?;
        context.local_stack_as(options).await.map_err(|failure| {
            failure.with_hint("choose another port for the local stack with --stack-port")
        })?;
    }
    let (aws, is_cloud) = context.aws("x-ray and logs").await?;
    let mut spans = span_destination(context).await?;
    if faults.contains(&Fault::ColonHeader) {
        // `x-honeycomb-team:KEY` is no pair, so exporters send nothing.
        spans.key = None;
    }
    let service_name = if faults.contains(&Fault::WrongServiceName) {
        WRONG_SERVICE_NAME.to_string()
    } else {
        service_name(context)
    };
    let printing = |text: &str| {
        use std::io::Write;
        // Whoever read the lines may have gone; requests are answered all the same.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    };
    let echo: Console = Arc::new(printing);
    let seed = args.seed.unwrap_or_else(rand::random);
    let pretence = Pretence {
        latency: args.latency.clone(),
        errors: args.errors.clone(),
        seed,
    };
    let options = ServeOptions {
        sink: sink_options(context, &aws, is_cloud, &service_name)?,
        service_name,
        spans,
        aws,
        compat: args.compat(),
        semconv: args.semconv.into(),
        faults,
        outgoing,
        grace: args.grace,
        seed,
        sampling_clock: SamplingClock::Real,
        utc_offset: context.utc_offset,
        console: args.console.then(|| echo.clone()),
        echo: Some(echo),
    };
    let stop = stop_signal();
    context.note(&format!(
        "back end: http://{address}/api/activities/home, stop with Ctrl-C; what is left is then sent for {} s \
         at most",
        args.grace.as_secs_f64()
    ));
    let origins = origins(context);
    let delivered = serve(
        accept(listener),
        options,
        |lenses| {
            let backend = Backend {
                compat: args.compat(),
                ..Backend::new(origins, lenses)
            };
            pretend(backend, &pretence)
        },
        |text| context.note(text),
        stop,
    )
    .await
    .map_err(|error| Failure::new(Exit::Failed, error))?;
    context.note(&summary(&delivered));
    context.note("next: cruddurctl query p90 --by http.route");
    Ok(Exit::Done)
}

fn faults(context: &Context, args: &ServeArgs) -> Result<Vec<Fault>, Failure> {
    let mut faults = Vec::new();
    for explained in &FAULTS {
        if !args.breaks.contains(&BreakArg::Of(explained.fault)) {
            continue;
        }
        context.note(&format!(
            "broken on purpose: {}: {}",
            explained.name, explained.shows
        ));
        faults.push(explained.fault);
    }
    if faults.contains(&Fault::ColonHeader) {
        check_colon_header(context)?;
    }
    Ok(faults)
}

// Without a key nobody may refuse, or the header would be sent all the same, and nothing would be seen.
fn check_colon_header(context: &Context) -> Result<(), Failure> {
    let environment = &context.environment;
    let refuse = |what: String, hint: String| {
        Err(Failure::of(Exit::Usage, format!("--break colon-header: {what}")).with_hint(hint))
    };
    let headers = [env::OTEL_HEADERS, env::OTEL_TRACES_HEADERS];
    if let Some(name) = headers.iter().find(|name| environment.get(name).is_some()) {
        // The exporter reads the variable by itself.
        let what = format!("{name} is set, and its header would be sent");
        return refuse(what, format!("unset {name}"));
    }
    let is_local = !spans_are_elsewhere(context);
    if is_local && environment.get(env::STACK_KEY).is_none() {
        let what = "the local stack takes spans without a key as long as it has none".to_string();
        let hint = format!("set {}, for the queries too", env::STACK_KEY);
        return refuse(what, hint);
    }
    Ok(())
}

/// Returns where spans go: where OTEL_* says, else to Honeycomb or the local stack, as targets say.
///
/// # Errors
/// If the local stack cannot be had, or Honeycomb has no key.
pub async fn span_destination(context: &Context) -> Result<SpanDestination, Failure> {
    let environment = &context.environment;
    let named = [env::OTEL_TRACES_ENDPOINT, env::OTEL_ENDPOINT]
        .iter()
        .find_map(|name| environment.get(name));
    if let Some(place) = named {
        context.note(&format!("spans: {place}"));
        return Ok(SpanDestination {
            url: None,
            is_local: false,
            key: None,
        });
    }
    let target = context.honeycomb_target().await?;
    let kind = if target.is_local {
        "local stack at "
    } else {
        ""
    };
    context.note(&format!("spans: {kind}{}", target.base));
    Ok(spans_at(target))
}

/// Returns the place where a Honeycomb takes spans.
pub fn spans_at(target: HoneycombTarget) -> SpanDestination {
    SpanDestination {
        url: Some(format!("{}/v1/traces", target.base)),
        is_local: target.is_local,
        key: Some(target.key),
    }
}

/// Returns the closing lines of a back end: what each lens delivered, and what it lost and why.
pub fn summary(delivered: &Delivered) -> String {
    let Delivered {
        spans,
        lines,
        segments,
        ..
    } = delivered;
    let part = |what: &str, delivered: u64, lost: &[(&str, u64)], trouble: Option<String>| {
        let plural = if delivered == 1 { "" } else { "s" };
        let mut text = format!("delivered {delivered} {what}{plural}");
        for (how, n) in lost.iter().filter(|(_, n)| *n > 0) {
            text.push_str(&format!(", {n} {how}"));
        }
        if let Some(trouble) = trouble {
            text.push_str(&format!(" ({trouble})"));
        }
        text
    };
    [
        part(
            "span",
            spans.delivered,
            &[("refused", spans.failed), ("dropped", spans.dropped)],
            None,
        ),
        part(
            "log line",
            lines.delivered,
            &[
                ("rejected", lines.rejected.total()),
                ("on disk for the next run", lines.kept),
                ("dropped", lines.dropped),
            ],
            lines.trouble.clone(),
        ),
        part(
            "segment",
            segments.delivered,
            &[
                ("rejected", segments.rejected),
                ("dropped", segments.dropped),
            ],
            segments.trouble.clone(),
        ),
    ]
    .join("\n")
}

/// Returns the service's name: OTEL_SERVICE_NAME, or the bootcamp's.
pub fn service_name(context: &Context) -> String {
    context
        .environment
        .get(env::OTEL_SERVICE_NAME)
        .unwrap_or("backend-flask")
        .to_string()
}

/// Returns how a back end keeps and sends its log lines: to a stream of its own, with what waits on disk
/// meanwhile.
///
/// # Errors
/// If there is no data folder.
pub fn sink_options(
    context: &Context,
    aws: &SdkConfig,
    is_cloud: bool,
    service_name: &str,
) -> Result<SinkOptions, Failure> {
    let mut options = ship::sink_options(context, aws, is_cloud)?;
    options.destination.stream = log_stream(service_name);
    Ok(options)
}

/// Returns a log stream's name that no other process has: service and process.
fn log_stream(service_name: &str) -> String {
    // A stream's name has no colon and no asterisk.
    format!(
        "{}/{}",
        service_name.replace([':', '*'], "-"),
        std::process::id()
    )
}

/// Returns the origins that may call the back end from a browser.
pub fn origins(context: &Context) -> Vec<String> {
    let named = [env::FRONTEND_URL, env::BACKEND_URL]
        .iter()
        .filter_map(|name| context.environment.get(name));
    named
        .map(|origin| origin.trim_end_matches('/').to_string())
        .collect()
}

fn needs_stack(context: &Context) -> bool {
    let is_cloud = targets::aws_is_cloud(context.target(), &context.environment);
    !is_cloud || !spans_are_elsewhere(context)
}

fn spans_are_elsewhere(context: &Context) -> bool {
    let environment = &context.environment;
    targets::honeycomb_is_cloud(context.target(), environment)
        || environment.get(env::OTEL_TRACES_ENDPOINT).is_some()
        || environment.get(env::OTEL_ENDPOINT).is_some()
}
