//! `query`: one or more calculations, as a table, a picture, JSON or CSV.

use std::time::Duration;

use super::args::{OutputArg, QueryArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::progress;
use super::query_spec::{Question, read_spec, spec_file};
use super::question::nearest;
use super::render;
use super::render::picture::{Frame, Scale};
use crate::clock::now;
use crate::honeycomb::client::{HoneycombClient, HoneycombError, spec_to_json};
use crate::model::answer::{Answer, Cell, PercentileMethod};
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::span::Value;

// More pictures than this are scrolled past, not looked at.
const MOST_PICTURES: usize = 6;

/// Asks the question and prints the answer.
pub async fn run(context: &Context, args: &QueryArgs) -> Outcome {
    let now = now();
    let question = match spec_file(args)? {
        Some(path) => Asked::Spec(read_spec(context, path)?),
        None => Asked::Words(Question::of(args)?),
    };
    if args.print_spec {
        let spec = match question {
            Asked::Spec(spec) => spec,
            Asked::Words(words) => words.into_spec(context, args, now)?,
        };
        return context.print(&format!("{:#}\n", spec_to_json(&spec)));
    }
    let client = context.honeycomb().await?;
    if !context.is_embedded() && client.is_local() {
        first_spans(&client, &args.dataset).await?;
    }
    let spec = match question {
        Asked::Spec(spec) => spec,
        Asked::Words(mut words) => {
            words.use_known_names(context, &client, &args.dataset).await;
            words.into_spec(context, args, now)?
        }
    };
    let is_picture = is_heatmap(&spec);
    let spinner = progress::spinner(context, "waiting for the answer");
    let answered = client
        .run(&args.dataset, &spec, is_picture || wants_series(args), now)
        .await;
    spinner.finish_and_clear();
    let answer = match answered {
        Ok(answer) => answer,
        Err(HoneycombError::NoSuchDataset { address, dataset }) => {
            return Err(no_such_dataset(&client, &address, &dataset).await);
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(advice) = advice(&client, &args.dataset, &spec, &answer).await {
        context.note(&advice);
    }
    let sketch_error = match answer.percentiles {
        PercentileMethod::Exact => None,
        PercentileMethod::Sketch { error } => Some(error),
    };
    let text = match args.output {
        OutputArg::Json => format!("{:#}\n", render::json::json(&answer, &args.dataset)),
        OutputArg::Csv => render::csv::csv(&answer),
        OutputArg::Table if is_picture => pictures(context, &args.dataset, &spec, answer),
        OutputArg::Table => render::table::table(&answer, &context.out),
    };
    context.print(&text)?;
    if let Some(error) = sketch_error {
        let percent = error * 100.0;
        context.note(&format!(
            "percentiles are of too many numbers to be exact: within {percent:.1} %"
        ));
    }
    context.note(&format!("next: {}", next(&spec)));
    Ok(Exit::Done)
}

// What was asked, from a file or from the command line.
enum Asked {
    Spec(QuerySpec),
    Words(Question),
}

// What one would want to see after this.
fn next(spec: &QuerySpec) -> &'static str {
    if is_heatmap(spec) || spec.breakdowns.is_empty() {
        "cruddurctl query p90 --by http.route"
    } else {
        "cruddurctl query heatmap --last 15m"
    }
}

// One picture, or one for each of the first groups; all share their value buckets.
fn pictures(context: &Context, dataset: &str, spec: &QuerySpec, answer: Answer) -> String {
    let title = title(dataset, spec);
    let draw = |answer: &Answer, title: &str| {
        render::heatmap::heatmap(answer, &frame(context, title), &context.out)
    };
    if spec.breakdowns.is_empty() {
        return draw(&answer, &title);
    }
    let n_groups = answer.rows.len();
    let mut text = String::new();
    for row in answer.rows.iter().take(MOST_PICTURES) {
        let name = |value: &Option<Value>| value.as_ref().map_or("-".to_string(), Value::to_string);
        let group: Vec<String> = row.group.iter().map(name).collect();
        let of_group = answer.of_group(&row.group);
        text.push_str(&draw(&of_group, &format!("{}: {title}", group.join(", "))));
        text.push('\n');
    }
    if n_groups > MOST_PICTURES {
        context.note(&format!(
            "the first {MOST_PICTURES} of {n_groups} groups; narrow them with --where"
        ));
    }
    text
}

// Whoever has just called a back end for the first time asks before its first spans are exported;
// the dataset is there a moment later.
async fn first_spans(client: &HoneycombClient, dataset: &str) -> Result<(), Failure> {
    for _ in 0..20 {
        match client.column_names(dataset).await {
            Err(HoneycombError::NoSuchDataset { .. }) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok(_) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Returns the frame of a picture in the user's own clock.
pub fn frame<'a>(context: &Context, title: &'a str) -> Frame<'a> {
    let utc_offset_seconds = context.utc_offset.whole_seconds();
    Frame {
        title,
        utc_offset_seconds,
        scale: Scale::Auto,
    }
}

/// Returns a calculation by Honeycomb's name, over `column` if it takes one.
pub fn calculation(op: Op, column: &str) -> Calculation {
    Calculation::new(op, op.needs_column().then(|| column.to_string()))
}

fn is_heatmap(spec: &QuerySpec) -> bool {
    spec.calculations.iter().any(|it| it.op == Op::Heatmap)
}

// A table draws a small line for each group, and JSON has the series; CSV has rows only.
fn wants_series(args: &QueryArgs) -> bool {
    args.output != OutputArg::Csv
}

fn title(dataset: &str, spec: &QuerySpec) -> String {
    let labels: Vec<String> = spec
        .calculations
        .iter()
        .filter(|it| it.op != Op::Count)
        .map(Calculation::label)
        .collect();
    format!("{} of {dataset}", labels.join(" and "))
}

// An empty answer is an answer, but a misspelt column should not look like one.
async fn advice(
    client: &HoneycombClient,
    dataset: &str,
    spec: &QuerySpec,
    answer: &Answer,
) -> Option<String> {
    let is_empty = answer.rows.iter().all(|row| {
        row.cells
            .iter()
            .all(|cell| matches!(cell, Cell::Absent | Cell::Count(0)))
    });
    if !is_empty {
        return None;
    }
    let known = client.column_names(dataset).await.ok()?;
    let is_computed = |name: &str| spec.calculated_fields.iter().any(|it| it.name == name);
    let mut asked = spec.columns().into_iter();
    let unknown = asked.find(|&name| !is_computed(name) && !known.iter().any(|it| it == name));
    Some(match unknown {
        None => {
            "no events match; ask about a longer time with --last, or make some with `cruddurctl serve`".to_string()
        }
        Some(column) => {
            let near = nearest(column, known.iter().map(String::as_str));
            let near = near
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            format!("warning: {dataset} has no column {column}{near}")
        }
    })
}

/// Says that there is no such dataset, and which ones there are.
pub async fn no_such_dataset(client: &HoneycombClient, address: &str, dataset: &str) -> Failure {
    let known = client.datasets().await.unwrap_or_default();
    let known: Vec<String> = known.into_iter().map(|it| it.slug).collect();
    let failure = Failure::of(Exit::Failed, format!("{address} has no dataset {dataset}"));
    if known.is_empty() {
        return failure.with_hint(
            "nothing has sent spans there yet; start `cruddurctl serve` and call http://127.0.0.1:4567/api/activities/home",
        );
    }
    failure.with_hint(format!(
        "it has {}; choose with --dataset",
        known.join(", ")
    ))
}
