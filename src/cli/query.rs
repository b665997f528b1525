//! `query`: one calculation, as a table, a picture, JSON or CSV.

use std::time::Duration;

use super::args::{OutputArg, QueryArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::progress;
use super::render;
use super::render::picture::{Frame, Scale};
use crate::clock::now;
use crate::honeycomb::client::{HoneycombClient, HoneycombError};
use crate::model::answer::{Answer, Cell, PercentileMethod};
use crate::model::query::{Calculation, Op, Percentile, QuerySpec};
use crate::model::span::Value;
use crate::model::time::{SECOND, TimeRange, round_step};

/// What can be calculated, as it is typed.
pub const CALCULATIONS: [&str; 24] = [
    "count",
    "p90",
    "heatmap",
    "sum",
    "avg",
    "min",
    "max",
    "count-distinct",
    "concurrency",
    "rate-avg",
    "rate-sum",
    "rate-max",
    "p001",
    "p01",
    "p05",
    "p10",
    "p20",
    "p25",
    "p50",
    "p75",
    "p80",
    "p95",
    "p99",
    "p999",
];

// No terminal is wider than this many columns of a picture.
const MOST_COLUMNS: i64 = 240;
// More pictures than this are scrolled past, not looked at.
const MOST_PICTURES: usize = 6;

/// Asks the question and prints the answer.
pub async fn run(context: &Context, args: &QueryArgs) -> Outcome {
    let spec = spec_of(args)?;
    let client = context.honeycomb().await?;
    let is_picture = wants_picture(args);
    if !context.is_embedded() && client.is_local() {
        first_spans(&client, &args.dataset).await?;
    }
    let now = now();
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
    if let Some(advice) = advice(&client, args, &answer).await {
        context.note(&advice);
    }
    let sketch_error = match answer.percentiles {
        PercentileMethod::Exact => None,
        PercentileMethod::Sketch { error } => Some(error),
    };
    let text = match args.output {
        OutputArg::Json => format!("{:#}\n", render::json::json(&answer, &args.dataset)),
        OutputArg::Csv => render::csv::csv(&answer),
        OutputArg::Table if is_picture => pictures(context, args, &spec, answer),
        OutputArg::Table => render::table::table(&answer, &context.out),
    };
    context.print(&text)?;
    if let Some(error) = sketch_error {
        let percent = error * 100.0;
        context.note(&format!(
            "percentiles are of too many numbers to be exact: within {percent:.1} %"
        ));
    }
    context.note(&format!("next: {}", next(args)));
    Ok(Exit::Done)
}

// What one would want to see after this.
fn next(args: &QueryArgs) -> &'static str {
    match args.calculation.as_str() {
        "heatmap" => "cruddurctl query p90 --by http.route",
        _ if args.by.is_empty() => "cruddurctl query p90 --by http.route",
        _ => "cruddurctl query heatmap --last 15m",
    }
}

// One picture, or one for each of the first groups; all share their value buckets.
fn pictures(context: &Context, args: &QueryArgs, spec: &QuerySpec, answer: Answer) -> String {
    let title = title(args, spec);
    let draw = |answer: &Answer, title: &str| {
        render::heatmap::heatmap(answer, &frame(context, title), &context.out)
    };
    if args.by.is_empty() {
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
        match client.columns(dataset).await {
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

fn spec_of(args: &QueryArgs) -> Result<QuerySpec, Failure> {
    let name = args.calculation.to_uppercase().replace('-', "_");
    let op = Op::named(&name).ok_or_else(|| {
        Failure::of(
            Exit::Usage,
            format!("{} is not a calculation", args.calculation),
        )
    })?;
    let mut calculations = vec![calculation(op, &args.column)];
    if op == Op::Heatmap {
        calculations.push(calculation(Op::Percentile(Percentile::P90), &args.column));
        calculations.push(calculation(Op::Count, &args.column));
    }
    let seconds = i64::try_from(args.last.as_secs()).unwrap_or(i64::MAX);
    let mut spec = QuerySpec::new(calculations, TimeRange::Last { seconds });
    spec.breakdowns = args.by.clone();
    spec.filters = args.conditions.clone();
    spec.limit = usize::from(args.limit);
    // Asked for by name, so that every Honeycomb answers in the steps that the picture has.
    // Steps under a second have no name, so a minute or less leaves them to the other side.
    let step = round_step(seconds.saturating_mul(SECOND), MOST_COLUMNS) / SECOND;
    spec.granularity_seconds = (seconds > 60).then_some(step.max(1));
    Ok(spec)
}

fn wants_picture(args: &QueryArgs) -> bool {
    args.calculation == "heatmap"
}

// A table draws a small line for each group, and JSON has the series; CSV has rows only.
fn wants_series(args: &QueryArgs) -> bool {
    args.output != OutputArg::Csv
}

fn title(args: &QueryArgs, spec: &QuerySpec) -> String {
    let labels: Vec<String> = spec
        .calculations
        .iter()
        .take(2)
        .map(Calculation::label)
        .collect();
    format!("{} of {}", labels.join(" and "), args.dataset)
}

// An empty answer is an answer, but a misspelt column should not look like one.
async fn advice(client: &HoneycombClient, args: &QueryArgs, answer: &Answer) -> Option<String> {
    let is_empty = answer.rows.iter().all(|row| {
        row.cells
            .iter()
            .all(|cell| matches!(cell, Cell::Absent | Cell::Count(0)))
    });
    if !is_empty {
        return None;
    }
    let known = client.columns(&args.dataset).await.ok()?;
    let mut asked: Vec<&String> = args.by.iter().collect();
    asked.extend(args.conditions.iter().map(|filter| &filter.column));
    if args.calculation != "count" {
        asked.push(&args.column);
    }
    let unknown = asked.into_iter().find(|column| !known.contains(column));
    Some(match unknown {
        None => {
            "no events match; ask about a longer time with --last, or make some with `cruddurctl serve`".to_string()
        }
        Some(column) => {
            let near = nearest(column, &known);
            let near = near
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            format!("warning: {} has no column {column}{near}", args.dataset)
        }
    })
}

async fn no_such_dataset(client: &HoneycombClient, address: &str, dataset: &str) -> Failure {
    let known = client.datasets().await.unwrap_or_default();
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

/// Returns the known name with the fewest differing letters, if it is close.
pub fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let distance = |known: &String| edit_distance(name, known);
    let best = known.iter().min_by_key(|known| distance(known))?;
    // Two letters in the wrong order are two that differ.
    let most = if name.len() < 4 {
        1
    } else {
        2.max(name.len() / 3)
    };
    (distance(best) <= most).then_some(best)
}

// Source: Levenshtein distance, one row at a time.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(ca != *cb))
                .min(above + 1)
                .min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_calculation_that_can_be_typed_exists() {
        for name in CALCULATIONS {
            assert!(
                Op::named(&name.to_uppercase().replace('-', "_")).is_some(),
                "{name}"
            );
        }
    }

    #[test]
    fn a_misspelt_column_finds_the_one_that_was_meant() {
        let known = ["duration_ms".to_string(), "http.route".to_string()];
        assert_eq!(nearest("duration", &known), None);
        assert_eq!(nearest("duraton_ms", &known), Some(&known[0]));
        assert_eq!(nearest("http.rout", &known), Some(&known[1]));
        assert_eq!(nearest("zzz", &known), None);
    }
}
