//! `demo`: everything once, on free ports and a temporary folder: set up, serve, load, query, compare.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::args::DemoArgs;
use super::context::{Context, standing_stack};
use super::demo_compare::{Run, compare};
use super::failure::{Exit, Failure, Outcome};
use super::picture::{png_of, themed};
use super::query::{calculation, frame};
use super::render::reconcile::reconciliation;
use super::setup::{Wanted, Whole};
use super::temporary::TemporaryFolder;
use super::{env, progress, render, serve, stack};
use crate::aws::SdkConfig;
use crate::backend::lenses::Lenses;
use crate::backend::lenses::LensesOn;
use crate::backend::pretence;
use crate::backend::routes::{Backend, Compat};
use crate::backend::sampling_clock::SamplingClock;
use crate::backend::semconv::Semconv;
use crate::backend::serve::{Delivered, GRACE, ServeOptions, serve};
use crate::clock::now;
use crate::door::{accept, bind};
use crate::honeycomb::client::HoneycombClient;
use crate::load::{Arrivals, LoadPlan, LoadReport, Mix, Model, Pace, Step, run as run_load};
use crate::model::plan::Claim;
use crate::model::query::{Filter, FilterOp, Op, Percentile, QuerySpec};
use crate::model::time::{SECOND, TimeRange, Window};
use crate::model::wanted::{Tags, WantedLogGroup, XRayWanted};
use crate::settings::targets::Target;
use crate::stack::Keep;
use crate::whole_file::WholeFile;
use crate::xray::rule_file;

// Requests a second: enough to fill a picture in seconds, few enough for any laptop.
const RATE: f64 = 160.0;
const CONNECTIONS: usize = 32;
// A back end that hangs must not hang the demo.
const PATIENCE: Duration = Duration::from_secs(30);

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
        logs: Some(vec![WantedLogGroup::of_week_2()]),
    };
    let whole = Whole::plan(&aws, wanted, Claim::Everything).await?;
    context.print(&render::plan::plan(&whole.plan, &context.out))?;
    whole.apply().await?;

    context.note(&format!(
        "\n2. serve, and send {} requests (seed {})",
        args.requests, args.seed
    ));
    let begun = now();
    let (door, backend) = start_backend(context, args, &aws, loopback, Some(args.seed)).await?;
    let report = send(context, args, door).await?;
    let delivered = backend.stop().await?;
    context.note(&serve::summary(&delivered));
    let ended = now();

    context.note("\n3. query");
    let honeycomb = context.honeycomb().await?;
    ask(context, args, &honeycomb, (begun, ended)).await?;

    context.note("\n4. compare, by trace id");
    let window = Window {
        start: begun,
        end: ended + 1,
    };
    let run = Run {
        n_planned: u64::from(args.requests),
        rate: RATE,
        report: &report,
        sampled: &delivered.sampled,
    };
    let compared = compare(context, &honeycomb, &aws, &run, window).await?;
    context.print(&format!(
        "\n{}",
        reconciliation(&compared.tallies, &context.out)
    ))?;
    for odd in &compared.odd {
        context.note(odd);
    }
    context.note(&format!(
        "seed {0}: --seed {0} gives the same counts again",
        args.seed
    ));
    let unlike = compared.tallies.iter().find(|tally| !tally.agrees());
    let disagreement = unlike
        .map(|tally| format!("the lenses do not agree about {}", tally.words()))
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
        // With a seed, how many are sampled must not depend on how fast the machine is.
        sampling_clock: match pretence {
            Some(_) => SamplingClock::even(RATE),
            None => SamplingClock::Real,
        },
        // The demonstration counts by the service's name.
        dynamic_name: None,
        zone: context.zone(),
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
        follows_traces: true,
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

async fn ask(
    context: &Context,
    args: &DemoArgs,
    client: &HoneycombClient,
    (begun, ended): (i64, i64),
) -> Result<(), Failure> {
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
    Ok(())
}

fn write_picture(context: &Context, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = WholeFile::private(path).and_then(|file| file.write(bytes));
    written.map_err(|error| {
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot write {}", path.display()))
    })?;
    context.note(&format!("wrote {}", path.display()));
    Ok(())
}
