//! `load`: traffic at a steady rate, and what came of it.

mod json;
mod mark;
pub mod mix;
pub mod site;
mod table;
mod warnings;

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::ProgressBar;

use super::args::{LoadArgs, ReportOutputArg};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::progress;
use super::question::nearest;
use super::render::text::{milliseconds, significant};
use super::stack::stop_signal;
use crate::clock::now;
use crate::load::{Glance, Judged, LoadPlan, LoadReport, Mix, Model, Pace, Step, run as run_load};
use mix::MixArg;

const DEFAULT_RATE: f64 = 50.0;
const DEFAULT_LENGTH: Duration = Duration::from_secs(30);

/// The most steps of a pace; each has counts of its own.
const MOST_STEPS: usize = 100;

/// A run that is over.
struct Ran<'a> {
    plan: &'a LoadPlan,
    /// What was sent, in a few words: `50 requests a second for 30 s`.
    pace: &'a str,
    /// The mix as it was typed, or what stands for it.
    mix: &'a str,
    /// Nanoseconds since the epoch.
    began: i64,
    ended: i64,
    report: LoadReport,
    judged: Vec<Judged>,
    warnings: Vec<String>,
}

impl Ran<'_> {
    /// Returns the moment of something that was due so long after the start, in nanoseconds since the
    /// epoch.
    fn moment(&self, due: Duration) -> i64 {
        let since = i64::try_from(due.as_nanos()).unwrap_or(i64::MAX);
        self.began.saturating_add(since)
    }
}

/// Sends the traffic, and prints what came of it.
pub async fn run(context: &Context, args: &LoadArgs) -> Outcome {
    if args.mix == Some(MixArg::List) {
        return context.print(&mix::list(&context.out));
    }
    let (mix, mix_words) = mix_of(args)?;
    check_thresholds(args, &mix)?;
    let (model, pace) = model_of(args)?;
    // Before anybody waits for it, as it may be wished to end right away.
    let stop = stop_signal();
    let address = args.site.reach().await?;
    let plan = LoadPlan {
        address,
        host: args.site.host.clone(),
        mix,
        model,
        seed: args.seed,
        timeout: args.timeout,
        has_traceparent: args.traceparent,
        follows_traces: false,
    };
    context.note(&format!(
        "load: http://{}, {pace}, {mix_words}, seed {}; end it with Ctrl-C",
        plan.host, plan.seed
    ));
    let clock = progress::clock(context, plan.model.length());
    let mut recent = VecDeque::new();
    let report = run_load(plan.clone(), stop, |so_far| {
        show(&clock, &mut recent, so_far)
    })
    .await
    .map_err(|error| Failure::new(Exit::Failed, error.into()).while_doing("cannot send"))?;
    clock.finish_and_clear();
    let judged: Vec<Judged> = args.thresholds.iter().map(|it| it.judge(&report)).collect();
    let ran = Ran {
        plan: &plan,
        pace: &pace,
        mix: &mix_words,
        began: nanoseconds(report.start),
        ended: now(),
        warnings: warnings::warnings(&plan, &report, &judged),
        report,
        judged,
    };
    context.print(&match args.output {
        ReportOutputArg::Table => table::tables(&ran, &context.out),
        ReportOutputArg::Json => format!("{:#}\n", json::json(&ran)),
    })?;
    for warning in &ran.warnings {
        context.note(&format!("warning: {warning}"));
    }
    if !args.no_marker {
        mark::mark(context, args.dataset.as_deref(), &ran).await;
    }
    closing(context, &ran)
}

fn closing(context: &Context, ran: &Ran) -> Outcome {
    if ran.report.was_stopped {
        return Err(Failure::of(Exit::Interrupted, "interrupted"));
    }
    let n_broken = ran.judged.iter().filter(|judged| !judged.holds).count();
    if n_broken > 0 {
        let message = format!("{n_broken} of {} assertions do not hold", ran.judged.len());
        return Err(Failure::of(Exit::Failed, message));
    }
    if ran.report.answered() == 0 {
        let failure = Failure::of(Exit::Failed, "no request was answered");
        return Err(match &ran.report.first_fault {
            Some(fault) => failure.with_hint(format!("the first one: {fault}")),
            None => failure,
        });
    }
    let slowest = ran.report.slowest.first();
    let trace = slowest.and_then(|slow| slow.trace_id.as_deref());
    context.note(&match trace {
        Some(id) => format!("next: cruddurctl trace {id}"),
        None => "next: cruddurctl query heatmap".to_string(),
    });
    Ok(Exit::Done)
}

/// Returns what is asked for, and that in words.
fn mix_of(args: &LoadArgs) -> Result<(Mix, String), Failure> {
    let mut paths: Vec<String> = args.site.path.iter().cloned().collect();
    paths.extend(args.path.iter().cloned());
    let words = |words: &str| format!("mix {words}");
    match (&args.mix, paths.is_empty()) {
        (Some(MixArg::Of(typed, mix)), true) => Ok((mix.clone(), words(typed))),
        (Some(_), _) => Err(Failure::of(
            Exit::Usage,
            "--mix asks for routes, and the URL has a path of its own",
        )
        .with_hint(format!("write http://{} alone", args.site.host))),
        (None, true) => Ok((Mix::cruddur(), "the usual mix".to_string())),
        (None, false) => Ok((
            Mix::of_paths(&paths),
            format!("only {}", paths.join(" and ")),
        )),
    }
}

/// Returns what makes requests due, and that in words.
fn model_of(args: &LoadArgs) -> Result<(Model, String), Failure> {
    let length = args.length.unwrap_or(DEFAULT_LENGTH);
    if let Some(connections) = args.connections {
        let words = format!(
            "{connections} connections without pause for {}",
            seconds(length)
        );
        let connections = usize::try_from(connections).unwrap_or(usize::MAX);
        return Ok((
            Model::Closed {
                connections,
                length,
            },
            words,
        ));
    }
    let rates = if args.rps.is_empty() {
        vec![DEFAULT_RATE]
    } else {
        args.rps.clone()
    };
    if rates.len() > MOST_STEPS {
        let message = format!("--rps takes at most {MOST_STEPS} rates");
        return Err(Failure::of(Exit::Usage, message));
    }
    let n = u32::try_from(rates.len()).unwrap_or(1).max(1);
    let each = args.step.unwrap_or(length / n);
    let named: Vec<String> = rates.iter().map(f64::to_string).collect();
    let pace = Pace {
        steps: rates
            .into_iter()
            .map(|rate| Step { rate, length: each })
            .collect(),
        arrivals: args.arrivals.arrivals(),
        most: None,
    };
    let words = match n {
        1 => format!("{} requests a second for {}", named.join(""), seconds(each)),
        _ => format!(
            "{} requests a second for {} each",
            named.join(", then "),
            seconds(each)
        ),
    };
    let most_connections = usize::try_from(args.max_connections).unwrap_or(usize::MAX);
    Ok((
        Model::Open {
            pace,
            most_connections,
        },
        words,
    ))
}

fn check_thresholds(args: &LoadArgs, mix: &Mix) -> Result<(), Failure> {
    let known: Vec<String> = mix.routes().iter().map(|it| it.name.clone()).collect();
    let mut named = args.thresholds.iter().filter_map(|it| it.route());
    let Some(unknown) = named.find(|name| !known.iter().any(|it| it == name)) else {
        return Ok(());
    };
    let failure = Failure::of(
        Exit::Usage,
        format!("--assert: no route `{unknown}` is sent"),
    );
    Err(
        failure.with_hint(match nearest(unknown, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        }),
    )
}

/// Shows how it goes; `recent` has the times and counts of the last second.
fn show(clock: &ProgressBar, recent: &mut VecDeque<Glance>, so_far: &Glance) {
    recent.push_back(*so_far);
    let is_old = |it: &Glance| so_far.elapsed.saturating_sub(it.elapsed) > Duration::from_secs(1);
    while recent.len() > 2 && recent.front().is_some_and(is_old) {
        recent.pop_front();
    }
    let before = recent.front().unwrap_or(so_far);
    let time = so_far.elapsed.saturating_sub(before.elapsed).as_secs_f64();
    let n = so_far.requests.saturating_sub(before.requests) as f64;
    let rate = if time > 0.0 { n / time } else { 0.0 };
    let p99 = so_far
        .p99
        .map_or_else(|| "-".to_string(), |p99| milliseconds(p99.as_secs_f64()));
    clock.set_position(so_far.elapsed.as_secs());
    clock.set_message(format!(
        "{rate:.0} requests/s now, {} errors, P99 {p99}",
        so_far.errors
    ));
}

fn nanoseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Returns a duration for people: `30 s`, `250 ms`.
fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        milliseconds(seconds)
    } else {
        format!("{} s", significant(seconds, 4))
    }
}
