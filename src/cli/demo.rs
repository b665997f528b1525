//! `demo`: everything once, on free ports and a temporary folder: set up, serve, load, query, compare.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::args::DemoArgs;
use super::context::{Context, standing_stack};
use super::failure::{Exit, Failure, Outcome};
use super::picture::{png_of, themed};
use super::query::{calculation, frame};
use super::render::reconcile::{Expected, Tally, reconciliation};
use super::setup::{Wanted, Whole};
use super::temporary::TemporaryFolder;
use super::{env, progress, render, serve, stack};
use crate::aws::SdkConfig;
use crate::backend::lenses::Lenses;
use crate::backend::lenses::LensesOn;
use crate::backend::pretence;
use crate::backend::routes::{Backend, Compat};
use crate::backend::semconv::Semconv;
use crate::backend::serve::{Delivered, GRACE, RuleTotals, ServeOptions, serve};
use crate::clock::now;
use crate::cloudwatch::client::LogsClient;
use crate::door::{accept, bind};
use crate::load::{Arrivals, LoadPlan, LoadReport, Mix, Model, Pace, Step, run as run_load};
use crate::model::answer::{Answer, Cell};
use crate::model::log::CRUDDUR_LOG_GROUP;
use crate::model::plan::Claim;
use crate::model::query::{Filter, FilterOp, Op, Percentile, QuerySpec};
use crate::model::time::{SECOND, TimeRange, Window};
use crate::model::wanted::{Tags, WantedLogGroup, XRayWanted};
use crate::settings::targets::Target;
use crate::stack::Keep;
use crate::xray::client::XRayClient;
use crate::xray::rule_file;

// Requests a second: enough to fill a picture in seconds, few enough for any laptop.
const RATE: f64 = 160.0;
const CONNECTIONS: usize = 32;
// A back end that hangs must not hang the demo.
const PATIENCE: Duration = Duration::from_secs(30);
const RETENTION_DAYS: u32 = 7;

/// Runs the whole of week 2 and checks that all three lenses saw the same thing.
pub async fn run(context: &Context, args: &DemoArgs) -> Outcome {
    if context.target() == Target::Cloud {
        return Err(
            Failure::of(Exit::Usage, "demo works offline, on a folder of its own")
                .with_hint("against the cloud, use setup, serve and query one after another"),
        );
    }
    let folder = TemporaryFolder::new()?;
    let own = context.at(folder.path().to_path_buf());
    let outcome = run_in(&own, args).await;
    own.close().await;
    outcome
}

async fn run_in(context: &Context, args: &DemoArgs) -> Outcome {
    let proved = tokio::select! {
        proved = prove(context, args) => proved?,
        () = stack::stop_signal() => return Err(Failure::of(Exit::Interrupted, "interrupted")),
    };
    if args.keep {
        keep(context, args, &proved).await?;
    }
    if let Some(what) = proved.disagreement {
        return Err(Failure::of(Exit::Failed, what));
    }
    context.note("all three lenses agree; next: cruddurctl serve");
    Ok(Exit::Done)
}

/// What a run showed.
struct Proved {
    door: SocketAddr,
    aws: SdkConfig,
    // What the lenses do not agree about, or what else went wrong.
    disagreement: Option<String>,
}

async fn prove(context: &Context, args: &DemoArgs) -> Result<Proved, Failure> {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    context
        .local_stack_as(standing_stack(context, loopback, Keep::ALL)?)
        .await?;

    context.note("1. set up");
    let (aws, _) = context.aws("x-ray and logs").await?;
    let wanted = Wanted {
        xray: Some(XRayWanted::of_rule(rule_file::built_in(), Tags::new())),
        logs: Some(vec![WantedLogGroup::keeping(
            CRUDDUR_LOG_GROUP,
            Some(RETENTION_DAYS),
        )]),
    };
    let whole = Whole::plan(&aws, wanted, Claim::Everything).await?;
    context.print(&render::plan::plan(&whole.plan, &context.out))?;
    whole.apply().await?;

    context.note("\n2. serve, and send requests");
    let begun = now();
    let (door, backend) = start_backend(context, args, &aws, loopback, Some(args.seed)).await?;
    let report = send(context, args, door).await?;
    let delivered = backend.stop().await?;
    context.note(&serve::summary(&delivered));
    let ended = now();

    context.note("\n3. query");
    let seen = ask(context, args, begun, ended).await?;

    context.note("\n4. compare");
    let tallies = compare(
        &aws,
        u64::from(args.requests),
        &report,
        &delivered,
        seen,
        Window {
            start: begun,
            end: ended + 1,
        },
    )
    .await?;
    context.print(&format!("\n{}", reconciliation(&tallies, &context.out)))?;
    let unlike = tallies.iter().find(|tally| !tally.agrees());
    let disagreement = unlike
        .map(|tally| format!("the lenses do not agree about {}", tally.what))
        .or_else(|| {
            report
                .first_fault
                .as_ref()
                .map(|error| format!("a request had no answer: {error}"))
        });
    Ok(Proved {
        door,
        aws,
        disagreement,
    })
}

async fn keep(context: &Context, args: &DemoArgs, proved: &Proved) -> Result<(), Failure> {
    let door = proved.door;
    let (_, backend) = start_backend(context, args, &proved.aws, door, None).await?;
    context.note(&format!(
        "\nback end: http://{door}/api/activities/home\nlocal stack:"
    ));
    context.note(&env::exports(context, context.local_stack().await?, None));
    context.note("both stop with Ctrl-C");
    stack::stop_signal().await;
    context.note(&serve::summary(&backend.stop().await?));
    Ok(())
}

/// A back end that serves in the background.
struct Serving {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<anyhow::Result<Delivered>>,
}

impl Serving {
    async fn stop(self) -> Result<Delivered, Failure> {
        let _ = self.stop.send(());
        let served = self
            .task
            .await
            .map_err(|error| Failure::new(Exit::Failed, error.into()))?;
        served.map_err(|error| Failure::new(Exit::Failed, error))
    }
}

// With a seed, the back end takes its time and fails now and then; without, it is as fast as it can be.
async fn start_backend(
    context: &Context,
    args: &DemoArgs,
    aws: &SdkConfig,
    address: SocketAddr,
    pretence: Option<u64>,
) -> Result<(SocketAddr, Serving), Failure> {
    let listener = bind(address)?;
    let door = listener
        .local_addr()
        .map_err(|error| Failure::new(Exit::Failed, error.into()))?;
    let service_name = serve::service_name(context);
    let options = ServeOptions {
        sink: serve::sink_options(context, aws, false, &service_name)?,
        xray_place: serve::xray_place(context, aws, false),
        service_name,
        spans: serve::spans_at(context.honeycomb_target().await?),
        aws: aws.clone(),
        on: LensesOn::ALL,
        compat: Compat::Mended,
        semconv: Semconv::Stable,
        faults: Vec::new(),
        outgoing: None,
        grace: GRACE,
        seed: args.seed,
        utc_offset: context.utc_offset,
        console: None,
        echo: None,
    };
    let (stop, stopped) = oneshot::channel();
    let make_backend = move |lenses: Arc<Lenses>| match pretence {
        Some(seed) => pretence::like_a_database(Backend::new(Vec::new(), lenses), seed),
        None => Backend::new(Vec::new(), lenses),
    };
    let until = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(
        accept(listener),
        options,
        make_backend,
        Arc::new(|_: &str| {}),
        until,
    ));
    Ok((door, Serving { stop, task }))
}

async fn send(
    context: &Context,
    args: &DemoArgs,
    address: SocketAddr,
) -> Result<LoadReport, Failure> {
    let n_requests = u64::from(args.requests);
    let bar = progress::bar(context, "requests");
    bar.set_length(n_requests);
    let step = Step {
        rate: RATE,
        length: Duration::MAX,
    };
    let plan = LoadPlan {
        address,
        host: address.to_string(),
        mix: Mix::cruddur(),
        model: Model::Open {
            pace: Pace {
                steps: vec![step],
                arrivals: Arrivals::Random,
                most: Some(n_requests),
            },
            most_connections: CONNECTIONS,
        },
        seed: args.seed,
        timeout: PATIENCE,
        has_traceparent: false,
    };
    let report = run_load(plan, std::future::pending(), |so_far| {
        bar.set_position(so_far.requests);
    })
    .await
    .map_err(|error| Failure::new(Exit::Failed, error.into()).while_doing("cannot send"))?;
    bar.finish_and_clear();
    let errors: u64 = report.by_class(4) + report.by_class(5);
    let mut line = format!(
        "sent {} requests in {:.1} s, {errors} answered with an error",
        report.sent,
        report.elapsed.as_secs_f64()
    );
    let times = &report.all.response_time;
    if let (Some(p50), Some(p90), Some(max)) = (times.at(0.5), times.at(0.9), times.max()) {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        line.push_str(&format!(
            ", P50 {:.0} ms, P90 {:.0} ms, slowest {:.0} ms",
            ms(p50),
            ms(p90),
            ms(max)
        ));
    }
    context.note(&line);
    Ok(report)
}

/// What the queries found: how many root spans there are.
struct Seen {
    root_spans: u64,
}

async fn ask(context: &Context, args: &DemoArgs, begun: i64, ended: i64) -> Result<Seen, Failure> {
    let client = context.honeycomb().await?;
    let dataset = serve::service_name(context);
    let range = TimeRange::Between {
        start: begun.div_euclid(SECOND),
        end: ended.div_euclid(SECOND) + 1,
    };
    let p90 = calculation(Op::Percentile(Percentile::P90), "duration_ms");
    let count = calculation(Op::Count, "");
    let roots = [
        Filter {
            column: "trace.parent_id".into(),
            op: FilterOp::DoesNotExist,
            values: Vec::new(),
        },
        Filter {
            column: "meta.annotation_type".into(),
            op: FilterOp::DoesNotExist,
            values: Vec::new(),
        },
    ];
    let run =
        async |spec: &QuerySpec, with_series| client.run(&dataset, spec, with_series, ended).await;

    let mut of_roots = QuerySpec::new(vec![count.clone()], range);
    of_roots.filters = roots.to_vec();
    let counted = run(&of_roots, false).await?;
    context.print(&format!(
        "\ncount of root spans\n{}",
        render::table::table(&counted, &context.out)
    ))?;

    let mut by_route = QuerySpec::new(vec![p90.clone(), count], range);
    by_route.filters = roots.to_vec();
    by_route.breakdowns = vec!["http.route".into()];
    let routes = run(&by_route, true).await?;
    context.print(&format!(
        "\nP90 by route\n{}\n",
        render::table::table(&routes, &context.out)
    ))?;

    // A picture of the traffic itself, not of the second before and after it.
    let mut picture = QuerySpec::new(vec![calculation(Op::Heatmap, "duration_ms"), p90], range);
    picture.filters = roots.to_vec();
    let drawn = run(&picture, true).await?.trimmed();
    let title = format!("HEATMAP(duration_ms) and P90(duration_ms) of {dataset}");
    let frame = frame(context, &title);
    context.print(&render::heatmap::heatmap(&drawn, &frame, &context.out))?;
    if let Some(path) = &args.svg {
        let svg = render::svg::heatmap_svg(&drawn, &frame);
        write_picture(context, path, themed(context, &svg).as_bytes())?;
    }
    if let Some(path) = &args.png {
        let svg = render::svg::heatmap_svg(&drawn, &frame);
        write_picture(context, path, &png_of(context, &svg)?)?;
    }
    Ok(Seen {
        root_spans: first_count(&counted),
    })
}

fn first_count(answer: &Answer) -> u64 {
    match answer.rows.first().and_then(|row| row.cells.first()) {
        Some(Cell::Count(count)) => *count,
        _ => 0,
    }
}

fn write_picture(context: &Context, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| {
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot write {}", path.display()))
    })?;
    context.note(&format!("wrote {}", path.display()));
    Ok(())
}

async fn compare(
    aws: &SdkConfig,
    n_planned: u64,
    report: &LoadReport,
    delivered: &Delivered,
    seen: Seen,
    window: Window,
) -> Result<Vec<Tally>, Failure> {
    let (from_ms, until_ms) = (window.start / 1_000_000, window.end / 1_000_000 + 1);
    let logs = LogsClient::new(aws);
    let lines = logs
        .count_events(CRUDDUR_LOG_GROUP, None, from_ms..until_ms)
        .await?;
    // The home feed says a line of its own, as in the lesson, and so does a request that fails; the other
    // lines are one for each request.
    let home = logs
        .count_events(CRUDDUR_LOG_GROUP, Some("HomeActivities"), from_ms..until_ms)
        .await?;
    let failed = logs
        .count_events(
            CRUDDUR_LOG_GROUP,
            Some("\"failed on purpose\""),
            from_ms..until_ms,
        )
        .await?;
    let xray = XRayClient::new(aws);
    let (traces, rules) = (
        xray.trace_ids_between(window, None).await?,
        xray.rules().await?,
    );
    let chosen: u64 = delivered.sampled.iter().map(RuleTotals::sampled).sum();
    let tally = |what: &str, expected, found| Tally {
        what: what.to_string(),
        expected,
        found,
    };
    let mut tallies = vec![
        tally("requests sent", Expected::Exactly(n_planned), report.sent),
        tally(
            "root spans",
            Expected::Exactly(report.answered()),
            seen.root_spans,
        ),
        tally(
            "log lines",
            Expected::Exactly(report.answered()),
            lines.saturating_sub(home + failed),
        ),
        tally(
            "X-Ray segments",
            Expected::Exactly(chosen),
            traces.len() as u64,
        ),
    ];
    for rule in delivered.sampled.iter().filter(|rule| rule.matched > 0) {
        let name = rule.rule_name.as_deref().unwrap_or("no rule");
        // The rate is asked of the service, not of the sampler that is being judged. Without a rule
        // there is nothing to judge by: the back end never got any.
        let known = rules.iter().find(|known| known.rule_name == name);
        let expected = known.map_or(Expected::Exactly(0), |known| likely(rule, known.fixed_rate));
        tallies.push(tally(
            &format!("sampled by {name}"),
            expected,
            rule.sampled(),
        ));
    }
    Ok(tallies)
}

// How many requests a rule should have sampled: its reservoir, and of the rest a binomial number. Five
// standard deviations are left once in two million runs.
fn likely(rule: &RuleTotals, rate: f64) -> Expected {
    let rest = rule.matched.saturating_sub(rule.reservoir) as f64;
    let (mean, deviation) = (rest * rate, (rest * rate * (1.0 - rate)).sqrt());
    let least = rule.reservoir + (mean - 5.0 * deviation).max(0.0).floor() as u64;
    let most = rule.reservoir + (mean + 5.0 * deviation).min(rest).ceil() as u64;
    Expected::Between(least, most)
}
