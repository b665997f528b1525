//! `query --compare`: the same question about an earlier window, beside the one that was asked.

use std::time::Duration;

use super::args::{AnswerOutputArg, QueryArgs};
use super::context::Context;
use super::failure::{Exit, Failure};
use super::query_cloud;
use super::query_empty::is_empty;
use super::render::clock::date_and_second;
use super::render::compare::{comparison_csv, comparison_json, table};
use super::render::json::json;
use crate::honeycomb::client::HoneycombClient;
use crate::model::answer::Answer;
use crate::model::query::{Op, QuerySpec};
use crate::model::time::{SECOND, TimeRange};

/// Refuses to compare what is no number, and to draw what is compared.
///
/// # Errors
/// Wrong usage.
pub fn check(args: &QueryArgs, spec: &QuerySpec) -> Result<(), Failure> {
    if args.cloud.compare.is_none() {
        return Ok(());
    }
    if spec.calculations.iter().any(|it| it.op == Op::Heatmap) {
        let what = "--compare takes numbers, and a heatmap is none";
        return Err(Failure::of(Exit::Usage, what).with_hint("ask for p50,p90,p99 instead"));
    }
    if args.output.is_drawing() {
        let what = "--compare is shown as a table, JSON or CSV";
        return Err(Failure::of(Exit::Usage, what));
    }
    Ok(())
}

/// Asks about the earlier window and returns the comparison as it is to be printed; `None` if none is wanted.
///
/// # Errors
/// As for any question.
pub async fn text(
    context: &Context,
    client: &mut HoneycombClient,
    args: &QueryArgs,
    spec: &QuerySpec,
    answer: &Answer,
    now: i64,
) -> Result<Option<String>, Failure> {
    let Some(ago) = args.cloud.compare else {
        return Ok(None);
    };
    let earlier = earlier(spec, ago, now);
    let cloud = &args.cloud;
    let asked = query_cloud::ask(
        context,
        client,
        cloud,
        &args.of.dataset,
        &earlier,
        false,
        now,
    );
    let before = asked.await??;
    let ago = words(ago);
    if is_empty(&before) && !is_empty(answer) {
        let shown = |moment: i64| date_and_second(moment, context.zone());
        let (start, end) = (before.window.start, before.window.end);
        context.note(&format!(
            "no events match from {} to {}, which is compared with",
            shown(start),
            shown(end)
        ));
    }
    Ok(Some(match args.output {
        AnswerOutputArg::Json => {
            let mut whole = json(answer, &args.of.dataset);
            whole["compare"] = comparison_json(answer, &before);
            format!("{whole:#}\n")
        }
        AnswerOutputArg::Csv => comparison_csv(answer, &before, &ago),
        // Drawings were refused before.
        _ => table(answer, &before, &ago, &context.out),
    }))
}

fn earlier(spec: &QuerySpec, ago: Duration, now: i64) -> QuerySpec {
    let window = spec.time_range.window(now);
    let ago = i64::try_from(ago.as_secs()).unwrap_or(i64::MAX);
    let start = window.start.div_euclid(SECOND).saturating_sub(ago);
    let mut earlier = spec.clone();
    earlier.time_range = TimeRange::Between {
        start,
        end: start.saturating_add(spec.time_range.seconds()),
    };
    earlier
}

/// Returns a stretch of time as it is typed.
pub fn words(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let fits = units
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = fits.unwrap_or((1, "s"));
    format!("{}{name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_window_is_as_long() {
        let spec = QuerySpec::new(Vec::new(), TimeRange::Last { seconds: 600 });
        let earlier = earlier(&spec, Duration::from_secs(86_400), 100_000 * SECOND);
        let window = TimeRange::Between {
            start: 13_000,
            end: 13_600,
        };
        assert_eq!(earlier.time_range, window);
        assert_eq!(words(Duration::from_secs(172_800)), "2d");
        assert_eq!(words(Duration::from_secs(90)), "90s");
    }
}
