//! `query --on local,cloud`: both sides are asked the same question, and how far they are apart is shown.

use serde_json::json;

use super::args::{AnswerOutputArg, QueryArgs, SideArg};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::query::{Asked, Asking, Posed, is_heatmap, no_such_dataset};
use super::query_assert;
use super::query_cloud;
use super::query_empty::why_empty;
use super::question::assertion::Assertion;
use super::question::condition::Condition;
use super::question::schema::Schema;
use super::render::beside::{both_csv, n_different, rows_json, table};
use super::render::clock::{duration, short_date_and_time};
use super::render::json::{SCHEMA_VERSION, json};
use crate::honeycomb::client::{HoneycombClient, HoneycombError};
use crate::model::answer::Answer;
use crate::model::query::QuerySpec;
use crate::settings::targets::Target;

const NAMES: [&str; 2] = ["local", "cloud"];

// One side: who answers, what it is asked, what its answer has to keep.
struct Side {
    name: &'static str,
    client: HoneycombClient,
    spec: QuerySpec,
    conditions: Vec<Condition>,
    schema: Schema,
    assertions: Vec<Assertion>,
}

/// Asks both and prints both answers with their differences; `now` is in nanoseconds since the epoch.
///
/// Whatever --assert says has to hold for both. A side that cannot be asked is named, and nothing is printed.
pub async fn run(context: &Context, args: &QueryArgs, asked: &Asked, now: i64) -> Outcome {
    check(args)?;
    let local = side(context, args, asked, (NAMES[0], Target::Local), now).await?;
    let cloud = side(context, args, asked, (NAMES[1], Target::Cloud), now).await?;
    query_cloud::check_length(&cloud.spec)?;
    let mut sides = [local, cloud];
    let mut answers = Vec::new();
    for side in &mut sides {
        answers.push(side.answer(context, args, now).await?);
    }
    let [local, cloud] = answers.as_slice() else {
        return Err(Failure::of(Exit::Bug, "two sides gave no two answers"));
    };
    let (here, there) = ((NAMES[0], local), (NAMES[1], cloud));
    context.print(&match args.output {
        AnswerOutputArg::Csv => both_csv(here, there),
        AnswerOutputArg::Json => {
            let dataset = &args.of.dataset;
            let whole = json!({
                "schema_version": SCHEMA_VERSION,
                "dataset": dataset,
                "local": json(local, dataset),
                "cloud": json(cloud, dataset),
                "axes_match": have_same_axes(local, cloud),
                "rows": rows_json(here, there),
            });
            format!("{whole:#}\n")
        }
        // Drawings were refused before.
        _ => table(here, there, &context.out),
    })?;
    let limit = sides.iter().map(|it| it.spec.limit).min();
    for (side, answer) in sides.iter().zip(&answers) {
        for warning in context.left_out_warnings(&answer.left_out) {
            context.note(&format!("{}: {warning}", side.name));
        }
    }
    for (side, answer) in sides.iter_mut().zip(&answers) {
        side.client.be_brief();
        if let Some(empty) = why_empty(&side.asking(context, args), answer).await {
            context.note(&format!("{}: {}", side.name, empty.text));
        }
    }
    for line in notes(context, limit.unwrap_or_default(), local, cloud) {
        context.note(&line);
    }
    let mut exit = Exit::Done;
    for (side, answer) in sides.iter().zip(&answers) {
        let (own, verdict) =
            query_assert::judge(context, &side.assertions, answer, side.spec.limit);
        for line in verdict {
            context.note(&format!("{}: {line}", side.name));
        }
        if own != Exit::Done {
            exit = own;
        }
    }
    Ok(exit)
}

fn check(args: &QueryArgs) -> Result<(), Failure> {
    let on = &args.cloud.on;
    if on.len() != 2 || !on.contains(&SideArg::Local) || !on.contains(&SideArg::Cloud) {
        let what = "--on asks both sides: --on local,cloud";
        return Err(Failure::of(Exit::Usage, what)
            .with_hint("one of them is asked with --target local or --target cloud"));
    }
    if args.output.is_drawing() {
        let what = "--on is shown as a table, JSON or CSV";
        return Err(Failure::of(Exit::Usage, what));
    }
    Ok(())
}

async fn side(
    context: &Context,
    args: &QueryArgs,
    asked: &Asked,
    (name, target): (&'static str, Target),
    now: i64,
) -> Result<Side, Failure> {
    let reached = context.honeycomb_on(target).await;
    let client = reached.map_err(|failure| failure.while_doing(name))?;
    let posed = asked.posed_to(context, &client, args, now).await;
    let Posed {
        spec,
        conditions,
        schema,
    } = posed.map_err(|failure| failure.while_doing(name))?;
    if is_heatmap(&spec) {
        let what = "--on takes numbers, and a heatmap is none";
        return Err(Failure::of(Exit::Usage, what).with_hint("ask for p50,p90,p99 instead"));
    }
    let assertions =
        query_assert::assertions(&args.cloud.assertions, &spec, &args.column, &schema)?;
    Ok(Side {
        name,
        client,
        // Honeycomb's API cuts both ends down, so the local stack is asked about just that, too.
        spec: query_cloud::cut_to_edges(&spec, now),
        conditions,
        schema,
        assertions,
    })
}

impl Side {
    fn asking<'a>(&'a self, context: &'a Context, args: &'a QueryArgs) -> Asking<'a> {
        Asking {
            context,
            client: &self.client,
            args,
            spec: &self.spec,
            conditions: &self.conditions,
            schema: &self.schema,
            selected: None,
            empty: None,
        }
    }

    async fn answer(
        &mut self,
        context: &Context,
        args: &QueryArgs,
        now: i64,
    ) -> Result<Answer, Failure> {
        let (cloud, dataset) = (&args.cloud, &args.of.dataset);
        let (client, spec) = (&mut self.client, &self.spec);
        let with_series = args.output == AnswerOutputArg::Json;
        let asking = query_cloud::ask(context, client, cloud, dataset, spec, with_series, now);
        let answered = match asking.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(HoneycombError::NoSuchDataset { address, dataset })) => {
                no_such_dataset(client, &address, &dataset).await
            }
            Ok(Err(error)) => error.into(),
            Err(failure) => failure,
        };
        Err(answered.while_doing(self.name))
    }
}

fn have_same_axes(local: &Answer, cloud: &Answer) -> bool {
    local.window == cloud.window && local.granularity == cloud.granularity
}

fn notes(context: &Context, limit: usize, local: &Answer, cloud: &Answer) -> Vec<String> {
    let zone = context.zone();
    let axes = |answer: &Answer| {
        let shown = [answer.window.start, answer.window.end]
            .map(|moment| short_date_and_time(moment, zone));
        let step = duration(answer.granularity);
        format!("{}, in steps of {step}", shown.join(" to "))
    };
    let mut notes = match have_same_axes(local, cloud) {
        true => vec![format!("both answered {}", axes(local))],
        false => vec![
            format!("local answered {}", axes(local)),
            format!("cloud answered {}", axes(cloud)),
            "warning: the axes differ, so that differences may come from other events".to_string(),
        ],
    };
    let (n, all) = n_different(local, cloud);
    let groups = |n: usize| if n == 1 { "group" } else { "groups" };
    match (n, all) {
        (0, 0) => notes.push("neither side has events there".to_string()),
        (0, _) if local.breakdowns.is_empty() => notes.push("they say the same".to_string()),
        (0, _) => notes.push(format!("they say the same of {all} {}", groups(all))),
        _ => {
            let what = match local.breakdowns.is_empty() {
                true => "they differ".to_string(),
                false => format!("they differ in {n} of {all} {}", groups(all)),
            };
            notes.push(format!(
                "{what}: one side may not have got all events (sampled away, still under way, sent elsewhere, or older than the plan keeps them), and Honeycomb estimates distinct values"
            ));
        }
    }
    if !local.breakdowns.is_empty() && (local.rows.len() >= limit || cloud.rows.len() >= limit) {
        notes.push(format!(
            "warning: each side gave its first {limit} groups, which need not be the same; --limit takes more"
        ));
    }
    notes
}
