//! `query`: one or more calculations, as a table, a picture, a page, JSON or CSV.

use std::time::Duration;

use super::args::{AnswerOutputArg, QueryArgs, ScaleArg};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::picture;
use super::query_assert;
use super::query_both;
use super::query_cloud;
use super::query_compare;
use super::query_show::{Shown, advice, shown, wants_marks};
use super::query_spec::{Question, read_spec, spec_file};
use super::query_watch::{check_watch, watch};
use super::query_why;
use super::render::mark::Mark;
use super::render::picture::{Frame, Scale};
use super::render::selected::Selected;
use crate::clock::now;
use crate::honeycomb::client::{HoneycombClient, HoneycombError, spec_to_json};
use crate::model::answer::Answer;
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::time::SECOND;

/// Asks the question and prints the answer.
pub async fn run(context: &Context, args: &QueryArgs) -> Outcome {
    if args.watch.is_some() {
        check_watch(context, args)?;
    }
    let prints_words = args.print_spec || args.cloud.url || args.cloud.open;
    let is_png = args.output == AnswerOutputArg::Png && !prints_words;
    picture::check_png(context, is_png, "query")?;
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
    if !args.cloud.on.is_empty() {
        return query_both::run(context, args, &question, now).await;
    }
    let mut client = context.honeycomb().await?;
    query_cloud::check(&client, &args.cloud)?;
    let mut spec = question.spec_for(context, &client, args, now).await?;
    if args.cloud.url || args.cloud.open {
        return query_cloud::link(context, &client, &args.cloud, &args.of.dataset, &spec).await;
    }
    let assertions = query_assert::assertions(&args.cloud.assertions, &spec, &args.column)?;
    query_compare::check(args, &spec)?;
    let mut selecting = query_why::selecting(context, args, &spec, now)?;
    if let Some(selecting) = &mut selecting {
        let dataset = &args.of.dataset;
        selecting.use_known_names(context, &client, dataset).await;
        spec.time_range = query_why::pinned(spec.time_range, now);
    }
    if let Some(pause) = args.watch {
        let asking = Asking {
            context,
            client: &client,
            args,
            spec: &spec,
            selected: None,
        };
        return watch(&asking, pause).await;
    }
    let with_series = is_heatmap(&spec) || args.output.has_series();
    let (cloud, dataset) = (&args.cloud, &args.of.dataset);
    let answered = query_cloud::ask(
        context,
        &mut client,
        cloud,
        dataset,
        &spec,
        with_series,
        now,
    );
    let answered = answered.await?;
    let answer = match answered {
        Ok(answer) => answer,
        Err(HoneycombError::NoSuchDataset { address, dataset }) => {
            return Err(no_such_dataset(&client, &address, &dataset).await);
        }
        Err(error) => return Err(error.into()),
    };
    let compared = query_compare::text(context, &mut client, args, &spec, &answer, now).await?;
    let bar = args.why.then(|| query_why::bar(context, &mut client));
    let asking = Asking {
        context,
        client: &client,
        args,
        spec: &spec,
        selected: selecting.as_ref().map(query_why::Selecting::drawn),
    };
    if let Some(advice) = advice(&asking, &answer).await {
        context.note(&advice);
    }
    let marks = asking.marks().await;
    let (exit, verdict) = query_assert::judge(&assertions, &answer, spec.limit);
    let (notes, next) = match (&selecting, &bar) {
        (Some(selecting), Some(bar)) => {
            query_why::explain(&asking, selecting, answer, &marks, bar, now).await?
        }
        _ => {
            let Shown { text, notes } = shown(&asking, answer, &marks, &context.out);
            match compared {
                Some(compared) => context.print(&compared)?,
                None => print_shown(context, args.output, &text)?,
            };
            (notes, Some(next(&spec).to_string()))
        }
    };
    for note in notes {
        context.note(&note);
    }
    for line in &verdict {
        context.note(line);
    }
    if let Some(next) = next.filter(|_| exit == Exit::Done) {
        context.note(&format!("next: {next}"));
    }
    Ok(exit)
}

/// Prints an answer in the form that was asked for.
///
/// # Errors
/// As [`Context::print`], and if a picture cannot be drawn.
pub fn print_shown(context: &Context, output: AnswerOutputArg, text: &str) -> Outcome {
    match output {
        AnswerOutputArg::Png => picture::print_png(context, text),
        output if output.is_drawing() => picture::print_drawing(context, text),
        _ => context.print(text),
    }
}

/// A question, and whom it is asked.
pub struct Asking<'a> {
    /// What every command works with.
    pub context: &'a Context,
    /// Who answers.
    pub client: &'a HoneycombClient,
    /// How it is to be shown.
    pub args: &'a QueryArgs,
    /// What is asked.
    pub spec: &'a QuerySpec,
    /// What is selected of it.
    pub selected: Option<Selected>,
}

impl Asking<'_> {
    /// Asks as of now; with the dataset's markers, if they are drawn.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn answer(&self) -> Result<(Answer, Vec<Mark>), Failure> {
        let dataset = &self.args.of.dataset;
        let with_series = is_heatmap(self.spec) || self.args.output.has_series();
        let answered = self.client.run(dataset, self.spec, with_series, now());
        let (answered, marks) = tokio::join!(answered, self.marks());
        match answered {
            Ok(answer) => Ok((answer, marks)),
            Err(HoneycombError::NoSuchDataset { address, dataset }) => {
                Err(no_such_dataset(self.client, &address, &dataset).await)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the dataset's markers, if they are drawn; those that cannot be had are none.
    pub async fn marks(&self) -> Vec<Mark> {
        if !wants_marks(self) {
            return Vec::new();
        }
        let markers = self.client.markers(&self.args.of.dataset).await;
        let nanoseconds = |second: i64| second.saturating_mul(SECOND);
        let marks = markers.unwrap_or_default().into_iter().map(|it| {
            let end = it.end.map(nanoseconds);
            Mark::new(nanoseconds(it.start), end, &it.kind, &it.message)
        });
        marks.collect()
    }
}

/// What was asked.
pub enum Asked {
    /// By a file.
    Spec(QuerySpec),
    /// On the command line.
    Words(Question),
}

impl Asked {
    /// Returns the question as `client` understands it: by the names that its dataset has.
    ///
    /// # Errors
    /// Wrong usage, and what a local stack that has only just got its first spans may say.
    pub async fn spec_for(
        &self,
        context: &Context,
        client: &HoneycombClient,
        args: &QueryArgs,
        now: i64,
    ) -> Result<QuerySpec, Failure> {
        let dataset = &args.of.dataset;
        if !context.is_embedded() && client.is_local() {
            first_spans(client, dataset).await?;
        }
        match self {
            Asked::Spec(spec) => Ok(spec.clone()),
            Asked::Words(words) => {
                let mut words = words.clone();
                words.use_known_names(context, client, dataset).await;
                words.into_spec(context, args, now)
            }
        }
    }
}

// What one would want to see after this.
fn next(spec: &QuerySpec) -> &'static str {
    if is_heatmap(spec) || spec.breakdowns.is_empty() {
        "cruddurctl query p90 --by http.route"
    } else {
        "cruddurctl query heatmap --last 15m"
    }
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
    Frame {
        zone: context.zone(),
        ..Frame::new(title)
    }
}

/// Returns a calculation by Honeycomb's name, over `column` if it takes one.
pub fn calculation(op: Op, column: &str) -> Calculation {
    Calculation::new(op, op.needs_column().then(|| column.to_string()))
}

/// Tells whether a heatmap is asked for.
pub fn is_heatmap(spec: &QuerySpec) -> bool {
    spec.calculations.iter().any(|it| it.op == Op::Heatmap)
}

impl From<ScaleArg> for Scale {
    fn from(scale: ScaleArg) -> Scale {
        match scale {
            ScaleArg::Auto => Scale::Auto,
            ScaleArg::Linear => Scale::Linear,
            ScaleArg::Log => Scale::Log,
        }
    }
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
