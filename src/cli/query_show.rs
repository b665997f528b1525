//! An answer in the form that was asked for.

use std::borrow::Cow;

use super::args::AnswerOutputArg;
use super::query::{Asking, frame, is_heatmap};
use super::query_why::Explained;
use super::render;
use super::render::mark::Mark;
use super::render::page::{Page, page};
use super::render::picture::Frame;
use super::render::terminal::Terminal;
use crate::honeycomb::client::spec_to_json;
use crate::model::answer::{Answer, PercentileMethod, Row};
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::span::Value;

// More pictures than this are scrolled past, not looked at.
const MOST_PICTURES: usize = 6;

/// What to print, and what to say about it.
pub struct Shown {
    /// The data; for a PNG, the SVG that it is made of.
    pub text: String,
    /// Sentences.
    pub notes: Vec<String>,
}

/// Tells whether markers are drawn in the form that was asked for.
pub fn wants_marks(asking: &Asking<'_>) -> bool {
    match asking.args.output {
        AnswerOutputArg::Svg | AnswerOutputArg::Png | AnswerOutputArg::Html => true,
        AnswerOutputArg::Table => is_heatmap(asking.spec),
        AnswerOutputArg::Json | AnswerOutputArg::Csv => false,
    }
}

/// Writes an answer in the form that was asked for; `terminal` is where a table or a picture goes.
pub fn shown(asking: &Asking<'_>, answer: Answer, marks: &[Mark], terminal: &Terminal) -> Shown {
    shown_with(asking, answer, marks, terminal, None)
}

/// The same, with what a comparison of the selection gave.
pub fn shown_with(
    asking: &Asking<'_>,
    answer: Answer,
    marks: &[Mark],
    terminal: &Terminal,
    explained: Option<&Explained<'_>>,
) -> Shown {
    let title = title(&asking.args.of.dataset, asking.spec);
    let frame = Frame {
        scale: asking.args.scale.into(),
        marks,
        selected: asking.selected,
        ..frame(asking.context, &title)
    };
    let mut notes = notes(asking, &answer);
    if let Some(Explained { why, limit, .. }) = explained {
        notes.extend(render::why::notes(why, *limit));
    }
    let text = match asking.args.output {
        AnswerOutputArg::Json => {
            let mut whole = render::json::json(&answer, &asking.args.of.dataset);
            if let Some(empty) = asking.empty {
                whole["empty_because"] = empty.json();
            }
            if let Some(Explained { why, selection, .. }) = explained {
                whole["why"] = render::why::why_json(why, selection);
                // Of all answers that the comparison is made of.
                asking.context.put_left_out(&mut whole);
            }
            format!("{whole:#}\n")
        }
        AnswerOutputArg::Csv => match explained {
            Some(explained) => render::why::why_csv(explained.why),
            None => render::csv::csv(&answer),
        },
        AnswerOutputArg::Table if is_heatmap(asking.spec) => heatmaps(&answer, &frame, terminal),
        AnswerOutputArg::Table => render::table::table(&answer, terminal),
        AnswerOutputArg::Svg | AnswerOutputArg::Png => svg(asking, &answer, &frame, explained),
        AnswerOutputArg::Html => {
            let (columns, rows) = match explained {
                Some(Explained { why, limit, .. }) => render::why::cells(why, *limit),
                None => render::table::cells(&answer, &Terminal::plain(Terminal::DEFAULT_WIDTH)),
            };
            page(&Page {
                title: &title,
                svg: &svg(asking, &answer, &frame, explained),
                columns: &columns,
                rows: &rows,
                notes: &std::mem::take(&mut notes),
                question: &format!("{:#}", spec_to_json(asking.spec)),
            })
        }
    };
    Shown { text, notes }
}

// One picture, or one for each of the first groups; all share their value buckets.
fn parts<'t>(answer: &Answer, title: &'t str) -> Vec<(Answer, Cow<'t, str>)> {
    if answer.breakdowns.is_empty() {
        return vec![(answer.clone(), title.into())];
    }
    let name = |value: &Option<Value>| value.as_ref().map_or("-".to_string(), Value::to_string);
    let part = |row: &Row| {
        let group: Vec<String> = row.group.iter().map(name).collect();
        let of_group = answer.of_group(&row.group);
        (of_group, group.join(", ").into())
    };
    answer.rows.iter().take(MOST_PICTURES).map(part).collect()
}

fn heatmaps(answer: &Answer, frame: &Frame<'_>, terminal: &Terminal) -> String {
    let parts = parts(answer, frame.title);
    if parts.is_empty() {
        return render::heatmap::heatmap(answer, frame, terminal);
    }
    let mut text = String::new();
    if !answer.breakdowns.is_empty() {
        text = render::heatmap::heading(frame.title, terminal);
    }
    for (part, frame) in framed(answer, &parts, frame) {
        if !answer.breakdowns.is_empty() {
            text.push('\n');
        }
        text.push_str(&render::heatmap::heatmap(part, &frame, terminal));
    }
    text
}

fn framed<'p>(
    whole: &Answer,
    parts: &'p [(Answer, Cow<'p, str>)],
    frame: &Frame<'p>,
) -> Vec<(&'p Answer, Frame<'p>)> {
    let answers: Vec<&Answer> = parts.iter().map(|(part, _)| part).collect();
    let shared = frame.shared(whole, &answers);
    let framed = parts
        .iter()
        .map(|(part, title)| (part, Frame { title, ..shared }));
    framed.collect()
}

fn svg(
    asking: &Asking<'_>,
    answer: &Answer,
    frame: &Frame<'_>,
    explained: Option<&Explained<'_>>,
) -> String {
    let is_heatmap = is_heatmap(asking.spec);
    let parts = match is_heatmap {
        true => parts(answer, frame.title),
        false => Vec::new(),
    };
    let framed = framed(answer, &parts, frame);
    match explained {
        Some(Explained {
            why,
            selection,
            limit,
        }) => render::why_svg::why_svg(frame.title, &framed, why, selection, *limit),
        None if !is_heatmap => render::chart_svg::chart_svg(answer, frame),
        None if framed.is_empty() || answer.breakdowns.is_empty() => {
            render::svg::heatmap_svg(answer, frame)
        }
        None => render::svg::heatmaps_svg(frame.title, &framed),
    }
}

fn notes(asking: &Asking<'_>, answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    let n_groups = answer.rows.len();
    let are_pictures = is_heatmap(asking.spec) && wants_marks(asking);
    if are_pictures && !answer.breakdowns.is_empty() && n_groups > MOST_PICTURES {
        notes.push(format!(
            "the first {MOST_PICTURES} of {n_groups} groups; narrow them with --where"
        ));
    }
    if let PercentileMethod::Sketch { error } = answer.percentiles {
        let percent = error * 100.0;
        notes.push(format!(
            "percentiles are of too many numbers to be exact: within {percent:.1} %"
        ));
    }
    notes.extend(asking.context.left_out_warnings(&answer.left_out));
    notes
}

fn title(dataset: &str, spec: &QuerySpec) -> String {
    let is_picture = is_heatmap(spec);
    let is_told = |it: &&Calculation| it.op != Op::Count || !is_picture;
    let told: Vec<&Calculation> = spec.calculations.iter().filter(is_told).collect();
    let column = told.first().and_then(|it| it.column.as_deref());
    let share_a_column = told
        .iter()
        .all(|it| it.name.is_none() && it.column.as_deref() == column);
    let listed = |words: Vec<String>| match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        words => words.concat(),
    };
    let what = match column {
        // Three times the same column would be longer than any picture is wide.
        Some(column) if told.len() > 2 && share_a_column => {
            let ops = told.iter().map(|it| it.op.name().to_string()).collect();
            format!("{} of {column}, {dataset}", listed(ops))
        }
        _ => {
            let labels = told.iter().map(|it| it.label()).collect();
            format!("{} of {dataset}", listed(labels))
        }
    };
    match spec.breakdowns.is_empty() {
        false => format!("{what} by {}", spec.breakdowns.join(", ")),
        true => what,
    }
}
