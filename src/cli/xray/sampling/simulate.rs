//! `xray sampling simulate`: the real sampler on made-up or recorded requests, on a clock of its own.

use serde_json::{Value as Json, json};

use super::finding::{Cost, P90, has_trap, traps};
use super::rules;
use super::traffic::{Made, Traffic};
use crate::cli::args::{ArrivalsArg, SimulateArgs, SimulationOutputArg, WhenArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::picture;
use crate::cli::progress::Late;
use crate::cli::render::clock::{date_and_time, duration};
use crate::cli::render::json::SCHEMA_VERSION;
use crate::cli::render::sampling::{Times, by_rule, json as run_json, plot};
use crate::cli::render::sampling_svg::sampling_svg;
use crate::cli::render::text::{printable, significant};
use crate::cli::xray::traces::window;
use crate::model::recorded::Recording;
use crate::model::sampling::SamplingRule;
use crate::model::sampling_run::{Fate, SamplingRun};
use crate::model::time::{SECOND, rfc3339};
use crate::stack::{self, MOST_REQUESTS, StackError};
use crate::xray::fleet::Fleet;

/// The most steps of time that are counted apart.
const MOST_STEPS: usize = 60;

/// Simulates.
pub async fn simulate(context: &Context, args: &SimulateArgs) -> Outcome {
    picture::check_png(context, args.output == SimulationOutputArg::Png, "sampling")?;
    let traffic = match args.rps {
        Some(_) if has_time(&args.when) => {
            let message = "--last, --since and --until say what to replay, so they need --replay";
            return Err(
                Failure::of(Exit::Usage, message).with_hint("--for says how long to simulate")
            );
        }
        Some(rps) => Traffic::made(args, rps)?,
        None => Traffic::Recorded(recording(context, args)?),
    };
    let rules = rules(context, args.rule_file.as_deref()).await?;
    let simulated = run(context, args, rules, &traffic);
    let times = match &traffic {
        Traffic::Made(_) => Times::SinceStart,
        Traffic::Recorded(_) => Times::Clock(context.zone()),
    };
    let title = title(context, args, &traffic);
    let Simulated { run, p90 } = &simulated;
    let svg = || {
        let words = p90.words(run);
        sampling_svg(run, times, &title, words.lines().next().unwrap_or_default())
    };
    match args.output {
        SimulationOutputArg::Table => {
            let out = &context.out;
            let parts = [
                format!("{title}\n\n"),
                by_rule(run, out),
                "\n".to_string(),
                plot(run, times, out),
                "\n".to_string(),
                traps(run),
                p90.words(run),
                Cost::of(run).words(),
            ];
            context.print(&parts.concat())?
        }
        SimulationOutputArg::Json => {
            context.print(&format!("{:#}\n", json_of(&simulated, args, &traffic)))?
        }
        SimulationOutputArg::Svg => picture::print_drawing(context, &svg())?,
        SimulationOutputArg::Png => picture::print_png(context, &svg())?,
    };
    context.note(next(args, run));
    Ok(Exit::Done)
}

fn has_time(when: &WhenArgs) -> bool {
    when.last.is_some() || when.since.is_some() || when.until.is_some()
}

/// What was simulated.
struct Simulated {
    run: SamplingRun,
    p90: P90,
}

fn run(
    context: &Context,
    args: &SimulateArgs,
    rules: Vec<SamplingRule>,
    traffic: &Traffic,
) -> Simulated {
    let window = traffic.window();
    let n_instances = usize::from(args.instances);
    let mut fleet = Fleet::new(rules, n_instances, args.seed, window.start);
    let known = fleet.rules().iter();
    let known = known.map(|rule| (rule.rule_name.clone(), rule.reservoir_size, rule.fixed_rate));
    let mut run = SamplingRun::new(window, MOST_STEPS, known);
    let (mut all, mut kept) = (Vec::new(), Vec::new());
    let mut bar = Late::new(context, "requests", traffic.n_requests());
    let mut n_done = 0;
    traffic.each(&mut |at, request, duration_ms| {
        let (rule, fate) = fleet.decide(at, request);
        run.count(at, rule, fate);
        all.extend(duration_ms);
        kept.extend(duration_ms.filter(|_| fate != Fate::Dropped));
        n_done += 1;
        bar.at(n_done);
    });
    bar.end();
    let p90 = P90::of(&run, all, kept);
    Simulated { run, p90 }
}

fn recording(context: &Context, args: &SimulateArgs) -> Result<Recording, Failure> {
    let window = window(context, &args.when)?;
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    let service = &args.request.service;
    let recording = if folder.exists() {
        stack::recording(&folder, service, window).map_err(StackError::from)?
    } else {
        Recording::default()
    };
    context.left_out.take(&recording.left_out);
    context.note_left_out();
    if recording.requests.is_empty() {
        let message = format!("there is no recorded request of {service} in this time");
        return Err(Failure::of(Exit::Failed, message).with_hint(
            "send some to `cruddurctl serve`, look further back with --last, or name another --service: `cruddurctl store stat` lists them",
        ));
    }
    if recording.is_of_segments {
        context.note("there are no spans of it, so its X-Ray segments are replayed: of requests that were sampled already");
    }
    if recording.n_left_out > 0 {
        context.note(&format!(
            "the newest {MOST_REQUESTS} are replayed, and {} older ones left out",
            recording.n_left_out
        ));
    }
    Ok(recording)
}

fn title(context: &Context, args: &SimulateArgs, traffic: &Traffic) -> String {
    let instances = match args.instances {
        1 => String::new(),
        n => format!(", over {n} instances"),
    };
    let service = printable(&args.request.service);
    match traffic {
        Traffic::Made(made) => {
            let rps = significant(made.rps, 4);
            let length = duration(i64::try_from(made.length.as_nanos()).unwrap_or(i64::MAX));
            let what = if made.is_mix {
                "Cruddur's usual mix".to_string()
            } else {
                let (method, path) = (&args.request.method, &args.request.path);
                format!("{} {}", printable(method), printable(path))
            };
            let how = how(made);
            format!("{service}: {what}, {rps} a second, {how}, for {length}{instances}")
        }
        Traffic::Recorded(recording) => {
            let window = traffic.window();
            let n = recording.requests.len();
            let what = if recording.is_of_segments {
                "segments"
            } else {
                "requests"
            };
            let zone = context.zone();
            let rps = n as f64 * SECOND as f64 / window.length() as f64;
            format!(
                "{service}: {n} recorded {what} from {} on, {} in all, {} a second{instances}",
                date_and_time(window.start, zone),
                duration(window.length()),
                significant(rps, 3)
            )
        }
    }
}

fn how(made: &Made) -> &'static str {
    match made.arrivals {
        ArrivalsArg::Even if !made.is_mix => "evenly",
        _ => "at random",
    }
}

fn json_of(simulated: &Simulated, args: &SimulateArgs, traffic: &Traffic) -> Json {
    let Simulated { run, p90 } = simulated;
    let made = match traffic {
        Traffic::Made(made) => json!({
            "source": "made",
            "arrivals": if how(made) == "evenly" { "even" } else { "random" },
            "is_mix": made.is_mix,
        }),
        Traffic::Recorded(recording) => json!({
            "source": if recording.is_of_segments { "segments" } else { "spans" },
            "start": rfc3339(run.window.start),
            "end": rfc3339(run.window.end),
            "left_out": recording.n_left_out,
            // As in answers of queries; nothing if all could be read.
            "unread_events": recording.left_out.unread_events(),
        }),
    };
    let total = run.total();
    let mut json = json!({
        "schema_version": SCHEMA_VERSION,
        "service": args.request.service,
        "traffic": made,
        "seconds": run.seconds(),
        "requests_per_second": total.total() as f64 / run.seconds(),
        "instances": args.instances,
        "seed": args.seed,
        "fixed_rate_never_applies": has_trap(run) && run.rules.iter().all(|rule| rule.with_quota.left_to_rate() == 0),
        "p90": p90.json(),
        "cost": Cost::of(run).json(),
    });
    if let (Json::Object(json), Json::Object(run)) = (&mut json, run_json(run)) {
        json.extend(run);
    }
    json
}

fn next(args: &SimulateArgs, run: &SamplingRun) -> &'static str {
    match () {
        () if has_trap(run) => {
            "next: lower ReservoirSize in aws/json/xray.json, look at it with --rule-file aws/json/xray.json, then cruddurctl xray setup"
        }
        () if args.replay => "next: cruddurctl xray rules",
        () => "next: cruddurctl xray sampling simulate --replay",
    }
}
