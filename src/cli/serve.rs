//! `serve`: the instrumented mock back end.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::args::{BackEndArgs, LensArg, ServeArgs};
use super::context::{Context, note, standing_stack};
use super::dynamic_name;
use super::echo::Echo;
use super::failure::{Exit, Failure, Outcome};
use super::on_purpose::{BreakArg, break_list};
use super::ship;
use super::spool_note::note_unaddressed;
use super::stack::stop_signal;
use crate::aws::SdkConfig;
use crate::backend::faults::{FAULTS, Fault, WRONG_SERVICE_NAME};
use crate::backend::lenses::{Lenses, LensesOn};
use crate::backend::outgoing::Outgoing;
use crate::backend::pretence::{Pretence, pretend};
use crate::backend::routes::{Backend, Compat};
use crate::backend::sampling_clock::SamplingClock;
use crate::backend::serve::{Delivered, ServeOptions, serve};
use crate::backend::telemetry::{Console, SpanDestination};
use crate::cloudwatch::sink::SinkOptions;
use crate::door::{accept, bind};
use crate::model::endpoint::without_secrets;
use crate::model::origin::{Origin, OriginError};
use crate::settings::env;
use crate::settings::targets::{self, HoneycombTarget};
use crate::spool::Delivery;

/// Serves until Ctrl-C or SIGTERM, then sends what is left and says what was delivered.
pub async fn run(context: &Context, args: &ServeArgs) -> Outcome {
    if args.back_end.breaks.contains(&BreakArg::List) {
        return context.print(&break_list());
    }
    let wanted = BackEnd::of(context, &args.back_end, !spans_are_elsewhere(context))?;
    let address = SocketAddr::new(args.reach.host(context)?, args.port);
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
    let spans = span_destination(context).await?;
    let printing = Echo::start();
    let echo: Console = Arc::new(printing.taker(context.out.is_terminal));
    let options = ServeOptions {
        console: args.console.then(|| echo.clone()),
        echo: Some(echo),
        ..wanted.options(context, spans, aws, is_cloud)?
    };
    let stop = stop_signal();
    wanted.say_origins(context);
    context.note(&format!(
        "back end: http://{address}/api/activities/home, stop with Ctrl-C; what is left is then sent for {} s \
         at most",
        args.back_end.grace.as_secs_f64()
    ));
    let delivered = wanted.serve(context, listener, options, stop).await?;
    drop(printing);
    context.note(&summary(&delivered));
    context.note("next: cruddurctl query p90 --by http.route");
    Ok(Exit::Done)
}

/// A back end as the command line wants it.
pub struct BackEnd<'a> {
    args: &'a BackEndArgs,
    faults: Vec<Fault>,
    outgoing: Option<Outgoing>,
    origins: Vec<String>,
    seed: u64,
}

impl BackEnd<'_> {
    /// Says what is broken on purpose. `is_local`: whether spans go to the local stack.
    ///
    /// # Errors
    /// If an argument makes no sense.
    pub fn of<'a>(
        context: &Context,
        args: &'a BackEndArgs,
        is_local: bool,
    ) -> Result<BackEnd<'a>, Failure> {
        let outgoing = args.call.as_deref().map(Outgoing::new).transpose();
        Ok(BackEnd {
            args,
            faults: faults(context, args, is_local)?,
            outgoing: outgoing
                .map_err(|error| Failure::new(Exit::Usage, error).while_doing("--call"))?,
            origins: origins(context, args.compat())?,
            seed: args.seed.unwrap_or_else(rand::random),
        })
    }

    /// Says whose pages may call it from a browser.
    pub fn say_origins(&self, context: &Context) {
        let origins = listed(&self.origins);
        context.note(&format!("pages that may call it: {origins}"));
    }

    /// Returns what to start it with; nothing is printed.
    ///
    /// # Errors
    /// If there is no data folder.
    pub fn options(
        &self,
        context: &Context,
        mut spans: SpanDestination,
        aws: SdkConfig,
        is_cloud: bool,
    ) -> Result<ServeOptions, Failure> {
        if self.faults.contains(&Fault::ColonHeader) {
            // `x-honeycomb-team:KEY` is no pair, so exporters send nothing.
            spans.key = None;
        }
        let service_name = if self.faults.contains(&Fault::WrongServiceName) {
            WRONG_SERVICE_NAME.to_string()
        } else {
            service_name(context)
        };
        Ok(ServeOptions {
            sink: sink_options(context, &aws, is_cloud, &service_name)?,
            xray_place: xray_place(context, &aws, is_cloud),
            service_name,
            spans,
            aws,
            on: lenses_on(context, self.args),
            compat: self.args.compat(),
            semconv: self.args.semconv.into(),
            faults: self.faults.clone(),
            outgoing: self.outgoing.clone(),
            grace: self.args.grace,
            seed: self.seed,
            sampling_clock: SamplingClock::Real,
            dynamic_name: dynamic_name::of_environment(context),
            zone: context.zone(),
            console: None,
            echo: None,
        })
    }

    /// Serves until `stop` resolves.
    ///
    /// # Errors
    /// If telemetry cannot be set up or the door fails.
    pub async fn serve(
        &self,
        context: &Context,
        listener: TcpListener,
        options: ServeOptions,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Delivered, Failure> {
        let origins = self.origins.clone();
        let pretence = Pretence {
            latency: self.args.latency.clone(),
            errors: self.args.errors.clone(),
            seed: self.seed,
        };
        if let Some(naming) = options
            .dynamic_name
            .as_ref()
            .filter(|_| options.on.segments)
        {
            let (name, backend) = (&options.service_name, listener.local_addr().ok());
            dynamic_name::note(context, naming, name, backend, &options.aws).await;
        }
        note_unaddressed(context, &options.sink.spool);
        let compat = options.compat;
        let make_backend = |lenses: Arc<Lenses>| {
            let backend = Backend {
                compat,
                ..Backend::new(origins, lenses)
            };
            pretend(backend, &pretence)
        };
        serve(
            accept(listener),
            options,
            make_backend,
            Arc::new(note),
            stop,
        )
        .await
        .map_err(|error| Failure::new(Exit::Failed, error))
    }
}

// As the SDKs have it. Source: OpenTelemetry's specification, OTEL_SDK_DISABLED; the X-Ray SDKs, AWS_XRAY_SDK_ENABLED.
fn lenses_on(context: &Context, args: &BackEndArgs) -> LensesOn {
    let says = |name, word: &str| {
        let value = context.environment.get(name);
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
    };
    let has = |lens| !args.without.contains(&lens);
    LensesOn {
        spans: has(LensArg::Spans) && !says(env::OTEL_SDK_DISABLED, "true"),
        lines: has(LensArg::Logs),
        segments: has(LensArg::Segments) && !says(env::AWS_XRAY_SDK_ENABLED, "false"),
    }
}

fn faults(context: &Context, args: &BackEndArgs, is_local: bool) -> Result<Vec<Fault>, Failure> {
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
        check_colon_header(context, is_local)?;
    }
    Ok(faults)
}

// Without a key nobody may refuse, or the header would be sent all the same, and nothing would be seen.
fn check_colon_header(context: &Context, is_local: bool) -> Result<(), Failure> {
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
        context.note(&format!("spans: {}", without_secrets(place)));
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
    context.note(&format!("spans: {kind}{}", without_secrets(&target.base)));
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

/// Returns the closing lines of a back end: what each lens delivered, what it kept on disk, and what it lost
/// and why.
pub fn summary(delivered: &Delivered) -> String {
    let Delivered {
        spans,
        lines,
        segments,
        on,
        folder,
        ..
    } = delivered;
    let part_of_lines = part(
        "log line",
        lines.delivered,
        &[
            ("rejected", lines.rejected.total()),
            (KEPT, lines.kept),
            ("dropped", lines.dropped),
        ],
        lines.trouble.as_deref(),
    );
    // A lens that is off may still have had what waited from before.
    let parts = [
        (on.spans, spans.from_before, kept_or_not("span", spans)),
        (on.lines, lines.from_before, part_of_lines),
        (
            on.segments,
            segments.from_before,
            kept_or_not("segment", segments),
        ),
    ];
    let mut said: Vec<String> = parts
        .into_iter()
        .filter_map(|(is_on, n_before, part)| (is_on || n_before > 0).then_some(part))
        .collect();
    if spans.kept + lines.kept + segments.kept > 0 {
        said.push(format!(
            "what is on disk waits in {} and goes with the next `cruddurctl serve` to the same place",
            folder.display()
        ));
    }
    said.join("\n")
}

const KEPT: &str = "on disk for the next run";

fn kept_or_not(what: &str, delivery: &Delivery) -> String {
    let lost = [
        ("refused", delivery.refused),
        (KEPT, delivery.kept),
        ("dropped", delivery.dropped),
    ];
    part(what, delivery.delivered, &lost, delivery.trouble.as_deref())
}

fn part(what: &str, delivered: u64, lost: &[(&str, u64)], trouble: Option<&str>) -> String {
    let plural = if delivered == 1 { "" } else { "s" };
    let mut text = format!("delivered {delivered} {what}{plural}");
    for (how, n) in lost.iter().filter(|(_, n)| *n > 0) {
        text.push_str(&format!(", {n} {how}"));
    }
    // What went wrong meanwhile, and is right again, was said when it did.
    let has_lost = lost.iter().any(|(_, n)| *n > 0);
    if let Some(trouble) = trouble.filter(|_| has_lost) {
        text.push_str(&format!(" ({trouble})"));
    }
    text
}

/// Returns which X-Ray the segments of a back end go to.
pub fn xray_place(context: &Context, aws: &SdkConfig, is_cloud: bool) -> String {
    ship::place(context, aws, is_cloud, env::AWS_ENDPOINT_URL_XRAY)
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

/// The front end of Cruddur on a laptop, as its compose file and `npm start` serve it.
const FRONT_END: &str = "http://localhost:3000";

/// Returns the origins that may call the back end from a browser: those that are named, and the front end of
/// a laptop, which upstream has to be told too.
///
/// # Errors
/// If one is named that no browser would ever say.
pub fn origins(context: &Context, compat: Compat) -> Result<Vec<String>, Failure> {
    let mut origins = Vec::new();
    for name in [env::FRONTEND_URL, env::BACKEND_URL] {
        let Some(named) = context.environment.get(name) else {
            continue;
        };
        let named = named.trim_end_matches('/');
        match (Origin::parse(named), compat) {
            (Ok(origin), Compat::Mended) => origins.push(origin.to_string()),
            // As Flask has it, letter by letter.
            (_, Compat::Upstream) => origins.push(named.to_string()),
            (Err(OriginError::Everything), _) => origins.push(named.to_string()),
            (Err(error), _) => {
                let message = format!("{name} is `{named}`, which no page has as its origin");
                return Err(Failure::of(Exit::Usage, message).with_hint(error.to_string()));
            }
        }
    }
    let has_it = origins.iter().any(|origin| origin == FRONT_END);
    if compat == Compat::Mended && !has_it {
        origins.push(FRONT_END.to_string());
    }
    Ok(origins)
}

fn listed(origins: &[String]) -> String {
    match origins {
        [] => format!("none; set {} to the front end's address", env::FRONTEND_URL),
        origins if origins.iter().any(|it| it == "*") => "all".to_string(),
        origins => origins.join(", "),
    }
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
