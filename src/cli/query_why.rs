//! `query --select`: a box in the picture, and with `--why` what is different about the events in it.

use indicatif::ProgressBar;

use super::args::{AnswerOutputArg, QueryArgs};
use super::context::Context;
use super::failure::{Exit, Failure};
use super::progress;
use super::query::{Asking, is_heatmap, print_shown};
use super::query_cloud::words as notice_words;
use super::query_show::{Shown, shown, shown_with};
use super::query_spec::say_once;
use super::question::schema::{Meaning, Schema};
use super::question::selection::Chosen;
use super::render;
use super::render::mark::Mark;
use super::render::selected::Selected;
use super::why::ask::{Comparison, compare};
use super::why::words;
use crate::honeycomb::client::HoneycombClient;
use crate::model::answer::Answer;
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::time::{SECOND, TimeRange};
use crate::model::why::Why;

// A ranking that is longer is not read.
const USUAL_LIMIT: u16 = 10;

/// What is selected of a question.
pub struct Selecting {
    /// The events.
    pub chosen: Chosen,
    /// The column whose values are in the picture, if it is one.
    pub column: Option<String>,
}

impl Selecting {
    /// Returns what is to be drawn.
    pub fn drawn(&self) -> Selected {
        let (low, high) = self.chosen.values();
        Selected {
            start: self.chosen.start,
            end: self.chosen.end,
            low,
            high,
        }
    }
}

/// Returns what is selected of `spec`, if anything is; `now` is in nanoseconds.
///
/// # Errors
/// Wrong usage: what makes no sense for this question, and a selection that nothing would be made of.
pub fn selecting(
    context: &Context,
    args: &QueryArgs,
    spec: &QuerySpec,
    schema: &Schema,
    now: i64,
) -> Result<Option<Selecting>, Failure> {
    if args.selections.is_empty() {
        return Ok(None);
    }
    let usage = |what: String| Failure::of(Exit::Usage, what);
    let over = |it: &Calculation| it.column.clone().filter(|_| it.op == Op::Heatmap);
    let heatmap = spec.calculations.iter().find_map(over);
    let asked = spec.calculations.iter().find_map(|it| it.column.clone());
    // A question without a picture may be about a column all the same: p90 of duration_ms.
    let column = heatmap.clone().or(asked);
    let window = spec.time_range.window(now);
    let mut chosen = Chosen::default();
    for name in &args.among {
        if let Meaning::Nothing(what) = schema.meaning(name) {
            return Err(usage(format!("--among: {what}")));
        }
    }
    let mut notes = Vec::new();
    for selection in &args.selections {
        let mut selection = selection.clone();
        let resolved = selection.resolve(schema);
        notes.extend(resolved.map_err(|what| usage(format!("--select: {what}")))?);
        let some = selection.chosen(column.as_deref(), window, now, context.zone());
        chosen.add(some.map_err(|what| usage(format!("--select: {what}")))?);
    }
    say_once(context, notes);
    let is_region = args.selections.iter().any(|it| it.is_region()) || !chosen.bounds.is_empty();
    if !(args.why || is_region && is_heatmap(spec)) {
        let what = "--select draws a box in a heatmap, and there is none to draw";
        return Err(usage(what.to_string())
            .with_hint("add --why to see what is different about the selected events"));
    }
    let picture = heatmap.or_else(|| chosen.bounds.first().map(|it| it.column.clone()));
    Ok(Some(Selecting {
        chosen,
        column: picture,
    }))
}

/// Returns the same time in whole seconds that do not go on, since the many questions of a comparison are
/// to be about the same events.
pub fn pinned(range: TimeRange, now: i64) -> TimeRange {
    let window = range.window(now);
    let second = |moment: i64| moment.div_euclid(SECOND) + i64::from(moment.rem_euclid(SECOND) > 0);
    TimeRange::Between {
        start: second(window.start),
        end: second(window.end),
    }
}

/// Returns the bar that shows how far a comparison is, and lets `client` speak past it.
pub fn bar(context: &Context, client: &mut HoneycombClient) -> ProgressBar {
    let bar = progress::bar(context, "questions");
    let shown = bar.clone();
    client.tell_with(move |notice| {
        shown.suspend(|| super::context::note(&notice_words(notice)));
    });
    bar
}

/// Compares what is selected with the rest and prints both the answer and the ranking.
///
/// Returns the sentences that are to follow, and the command that looks closer.
///
/// # Errors
/// As for any question; and if nothing is selected, or everything, with what there is.
pub async fn explain(
    asking: &Asking<'_>,
    selecting: &Selecting,
    answer: Answer,
    marks: &[Mark],
    bar: &ProgressBar,
    now: i64,
) -> Result<(Vec<String>, Option<String>), Failure> {
    let context = asking.context;
    let is_table = asking.args.output == AnswerOutputArg::Table;
    let mut notes = Vec::new();
    // A picture is there at once; the ranking may take a minute more.
    if is_table {
        let Shown { text, notes: more } = shown(asking, answer.clone(), marks, &context.out);
        context.print(&text)?;
        notes.extend(more);
    }
    let comparison = Comparison {
        asking,
        chosen: &selecting.chosen,
        column: selecting.column.as_deref(),
        now,
        bar,
    };
    let outcome = compare(&comparison).await;
    bar.finish_and_clear();
    let zone = context.zone();
    let selection = words::selection(&selecting.chosen, zone);
    let why = words::compared(outcome?, &selection, &answer, zone)?;
    let next = words::next(asking.args, &answer, &why);
    let limit = limit(asking.args);
    if is_table {
        notes.extend(render::why::notes(&why, limit));
        let list = render::why::list(&why, &selection, limit, &context.out);
        context.print(&format!("\n{list}"))?;
    } else {
        let explained = Explained {
            why: &why,
            selection: &selection,
            limit,
        };
        let Shown { text, notes: more } =
            shown_with(asking, answer, marks, &context.out, Some(&explained));
        print_shown(context, asking.args.output, &text)?;
        notes.extend(more);
    }
    Ok((notes, next))
}

/// A comparison that is to be shown with the answer.
pub struct Explained<'a> {
    /// What it gave.
    pub why: &'a Why,
    /// What was selected, in words.
    pub selection: &'a str,
    /// At most this many attributes.
    pub limit: usize,
}

fn limit(args: &QueryArgs) -> usize {
    usize::from(args.limit.unwrap_or(USUAL_LIMIT))
}
