//! `trace`: one request through its three lenses, drawn on one time axis.

use super::args::{PictureOutputArg, TraceArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::lenses::{Looked, Remotes, look, trace_id};
use super::picture;
use super::progress;
use super::render::{self, waterfall::Frame, waterfall_svg::waterfall_svg};
use super::trace_json::json_of;
use crate::clock::now;
use crate::honeycomb::client::Pick;
use crate::model::three_lenses::ThreeLenses;
use crate::model::time::{SECOND, TimeRange};
use crate::model::trace_id::xray_from_hex;
use crate::model::trace_summary::TraceSummary;

/// The most traces that X-Ray's slowest is looked for among.
const MOST_COMPARED: usize = 10_000;
const LENSES: usize = 3;

/// Draws the request.
pub async fn run(context: &Context, args: &TraceArgs) -> Outcome {
    picture::check_png(context, args.output == PictureOutputArg::Png, "trace")?;
    let typed = args.id.as_deref().map(trace_id).transpose()?;
    let remotes = Remotes::of(context, args.dataset.as_deref(), &args.log_group).await;
    let spinner = progress::spinner(context, "asking the three lenses");
    let now = now();
    let chosen = match typed {
        Some(id) => Ok((id, None)),
        None => chosen(context, &remotes, args, now).await,
    };
    let looked = match chosen {
        Ok((id, known)) => Ok(look(&remotes, &id, known, args.details, now).await),
        Err(failure) => Err(failure),
    };
    spinner.finish_and_clear();
    let looked = looked?;
    if !looked.lenses.is_found() {
        return Err(nowhere(context, &looked));
    }
    let frame = Frame {
        zone: context.zone(),
        has_details: args.details,
        most_pieces: usize::try_from(args.limit).unwrap_or(usize::MAX),
    };
    let lenses = &looked.lenses;
    match args.output {
        PictureOutputArg::Table => {
            context.print(&render::waterfall::waterfall(lenses, &frame, &context.out))?
        }
        PictureOutputArg::Json => {
            let mut whole = json_of(&looked);
            context.put_left_out(&mut whole);
            context.print(&format!("{whole:#}\n"))?
        }
        PictureOutputArg::Svg => picture::print_drawing(context, &waterfall_svg(lenses, &frame))?,
        PictureOutputArg::Png => picture::print_png(context, &waterfall_svg(lenses, &frame))?,
    };
    context.note_left_out();
    if let Some(link) = &looked.link {
        context.note(&format!("in the browser: {link}"));
    }
    context.note(&next(&looked.lenses, args));
    Ok(Exit::Done)
}

/// Returns the sentence that names the next useful command: more of this trace, or others like it.
fn next(lenses: &ThreeLenses, args: &TraceArgs) -> String {
    let root = lenses.root();
    let is_bad = root.is_some_and(|root| root.marks.fault);
    match root {
        Some(root) if is_bad && lenses.segments.found.is_some() && is_quotable(&root.service) => {
            format!(
                "next: cruddurctl xray traces --filter 'service(\"{}\") {{ fault }}'",
                root.service
            )
        }
        Some(_) if is_bad && lenses.spans.found.is_some() => {
            "next: cruddurctl query count --where 'error = true' --by name".to_string()
        }
        _ if !args.details => format!("next: cruddurctl trace {} --details", lenses.trace_id),
        _ => "next: cruddurctl xray graph".to_string(),
    }
}

// What could end the quotes of a shell or of a filter is not put between them.
fn is_quotable(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || " _.:/%&#=+@-".contains(c);
    !name.is_empty() && name.chars().all(is_plain)
}

/// Says of each lens why it has nothing, and returns the failure: that nobody could be asked, or else that
/// nobody has the trace.
fn nowhere(context: &Context, looked: &Looked) -> Failure {
    let ThreeLenses {
        trace_id,
        spans,
        segments,
        lines,
    } = &looked.lenses;
    for loss in spans
        .losses
        .iter()
        .chain(&segments.losses)
        .chain(&lines.losses)
    {
        context.note(&render::text::printable(loss));
    }
    if let Some(link) = &looked.link {
        context.note(&format!("in the browser: {link}"));
    }
    match looked.failures.first() {
        Some(first) if looked.failures.len() == LENSES => first.again(),
        _ => Failure::of(
            Exit::Failed,
            format!("there is no trace {trace_id} in any lens"),
        )
        .with_hint("`cruddurctl trace --last` shows the newest request; another region (AWS_REGION) or key (HONEYCOMB_API_KEY) may have this one"),
    }
}

/// One that could be meant.
struct Found {
    id: String,
    start: i64,
    seconds: f64,
}

/// Returns the newest or the slowest trace of both lenses that know when and how long, and when it was.
async fn chosen(
    context: &Context,
    remotes: &Remotes,
    args: &TraceArgs,
    now: i64,
) -> Result<(String, Option<i64>), Failure> {
    let (of_spans, of_segments) = tokio::join!(
        newest_or_slowest_span(remotes, args, now),
        newest_or_slowest_segment(context, remotes, args, now)
    );
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for asked in [of_spans, of_segments] {
        match asked {
            Ok(one) => found.extend(one),
            Err(failure) => failures.push(failure),
        }
    }
    let best = found.into_iter().max_by(|a, b| match args.last {
        true => a.start.cmp(&b.start),
        false => a.seconds.total_cmp(&b.seconds),
    });
    match (best, failures.first()) {
        (Some(best), failure) => {
            if let Some(failure) = failure {
                let which = if args.last { "newest" } else { "slowest" };
                context.note(&format!(
                    "the {which} is looked for in the other lens only: {}",
                    failure.words()
                ));
            }
            Ok((best.id, Some(best.start)))
        }
        (None, Some(failure)) => Err(failure.again()),
        (None, None) => Err(
            Failure::of(Exit::Failed, "there are no traces in this time")
                .with_hint("look further back with --within, or make some with `cruddurctl serve`"),
        ),
    }
}

async fn newest_or_slowest_span(
    remotes: &Remotes,
    args: &TraceArgs,
    now: i64,
) -> Result<Option<Found>, Failure> {
    let client = remotes.honeycomb.as_ref().map_err(Failure::again)?;
    let pick = if args.last {
        Pick::Newest
    } else {
        Pick::Slowest
    };
    let window = TimeRange::Last {
        seconds: seconds(args),
    }
    .window(now);
    let found = remotes.pick_of_spans(client, pick, window, now).await?;
    // What has another id than OpenTelemetry's is in one lens only, and cannot be asked for.
    Ok(found.and_then(|found| {
        Some(Found {
            id: xray_from_hex(&found.id)?,
            start: found.start,
            seconds: found.duration_ms / 1e3,
        })
    }))
}

async fn newest_or_slowest_segment(
    context: &Context,
    remotes: &Remotes,
    args: &TraceArgs,
    now: i64,
) -> Result<Option<Found>, Failure> {
    let (xray, _) = remotes.aws.as_ref().map_err(Failure::again)?;
    let window = TimeRange::Last {
        seconds: seconds(args),
    }
    .window(now);
    let most = if args.last { 1 } else { MOST_COMPARED };
    let (summaries, has_more) = xray.trace_summaries(window, None, most).await?;
    if has_more && args.slowest {
        context.note(&format!("the slowest of X-Ray's newest {most} traces"));
    }
    let slower = |a: &&TraceSummary, b: &&TraceSummary| a.seconds().total_cmp(&b.seconds());
    let found = match args.last {
        true => summaries.first(),
        false => summaries.iter().max_by(slower),
    };
    Ok(found.map(|summary| Found {
        id: summary.id.clone(),
        start: summary.start,
        seconds: summary.seconds(),
    }))
}

fn seconds(args: &TraceArgs) -> i64 {
    i64::try_from(args.within.as_secs()).unwrap_or(i64::MAX / SECOND)
}
