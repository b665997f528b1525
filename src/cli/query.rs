//! `query`: one or more calculations, as a table, a picture, a page, JSON or CSV.

use super::args::{AnswerOutputArg, QueryArgs, ScaleArg};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::picture;
use super::query_assert;
use super::query_both;
use super::query_cloud;
use super::query_compare;
use super::query_empty::{Empty, why_empty};
use super::query_roots;
use super::query_schema::schema;
use super::query_show::{Shown, shown, wants_marks};
use super::query_spec::{Question, read_spec, say_once, spec_file};
use super::query_watch::{check_watch, watch};
use super::query_why;
use super::question::condition::Condition;
use super::question::resolve::resolve_spec;
use super::question::schema::Schema;
use super::render::mark::Mark;
use super::render::picture::{Frame, Scale};
use super::render::selected::Selected;
use crate::clock::now;
use crate::honeycomb::client::{HoneycombClient, HoneycombError, spec_to_json};
use crate::model::answer::Answer;
use crate::model::query::{Calculation, Combination, Op, QuerySpec};
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
            // Nobody is asked, so units go by the columns' names alone.
            Asked::Words(mut words) => {
                let schema = Schema {
                    computed: args.computed.clone(),
                    ..Schema::default()
                };
                words.resolve(context, args, &schema)?;
                words.into_spec(context, args, &schema, now)?
            }
        };
        return context.print(&format!("{:#}\n", spec_to_json(&spec)));
    }
    if !args.cloud.on.is_empty() {
        return query_both::run(context, args, &question, now).await;
    }
    let mut client = context.honeycomb().await?;
    client.tell_left_out(false);
    query_cloud::check(&client, &args.cloud)?;
    let Posed {
        mut spec,
        conditions,
        schema,
    } = question.posed_to(context, &client, args, now).await?;
    if args.cloud.url || args.cloud.open {
        return query_cloud::link(context, &client, &args.cloud, &args.of.dataset, &spec).await;
    }
    let texts = &args.cloud.assertions;
    let assertions = query_assert::assertions(texts, &spec, &args.column, &schema)?;
    query_compare::check(args, &spec)?;
    let selecting = query_why::selecting(context, args, &spec, &schema, now)?;
    if selecting.is_some() {
        spec.time_range = query_why::pinned(spec.time_range, now);
    }
    if let Some(pause) = args.watch {
        let asking = Asking {
            context,
            client: &client,
            args,
            spec: &spec,
            conditions: &conditions,
            schema: &schema,
            selected: None,
            empty: None,
        };
        return watch(&asking, pause).await;
    }
    let with_series = is_heatmap(&spec) || args.output.has_series();
    let (cloud, dataset) = (&args.cloud, &args.of.dataset);
    client.tell_left_out(true);
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
            context.left_out.take(&client.described_left_out());
            return Err(no_such_dataset(&client, &address, &dataset).await);
        }
        Err(error) => return Err(error.into()),
    };
    let compared = query_compare::text(context, &mut client, args, &spec, &answer, now).await?;
    client.tell_left_out(false);
    if !args.why {
        // What is asked from here on is not worth a minute's wait.
        client.be_brief();
    }
    let bar = args.why.then(|| query_why::bar(context, &mut client));
    let asking = Asking {
        context,
        client: &client,
        args,
        spec: &spec,
        conditions: &conditions,
        schema: &schema,
        selected: selecting.as_ref().map(query_why::Selecting::drawn),
        empty: None,
    };
    let empty = why_empty(&asking, &answer).await;
    if let Some(empty) = &empty {
        context.note(&empty.text);
    } else if let Some(note) = query_roots::note(&asking, &answer).await {
        context.note(&note);
    }
    let asking = Asking {
        empty: empty.as_ref(),
        ..asking
    };
    let marks = asking.marks().await;
    let (exit, verdict) = query_assert::judge(context, &assertions, &answer, spec.limit);
    let (notes, next) = match (&selecting, &bar) {
        (Some(selecting), Some(bar)) => {
            client.tell_left_out(true);
            query_why::explain(&asking, selecting, answer, &marks, bar, now).await?
        }
        _ => {
            let Shown { text, notes } = shown(&asking, answer, &marks, &context.out);
            match compared {
                Some(compared) => context.print(&compared)?,
                None => print_shown(context, args.output, &text)?,
            };
            let next = empty.is_none().then(|| next(&spec).to_string());
            (notes, next)
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
    /// What all has to hold for an event, as it was typed.
    pub conditions: &'a [Condition],
    /// What the dataset has.
    pub schema: &'a Schema,
    /// What is selected of it.
    pub selected: Option<Selected>,
    /// Why the answer is empty, if it is.
    pub empty: Option<&'a Empty>,
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

/// A question as whoever answers it understands it.
pub struct Posed {
    /// The specification.
    pub spec: QuerySpec,
    /// What all has to hold for an event.
    pub conditions: Vec<Condition>,
    /// What the dataset has.
    pub schema: Schema,
}

impl Asked {
    /// Returns the question as `client` understands it: by the names that its dataset has, with values of
    /// its columns' types.
    ///
    /// # Errors
    /// Wrong usage, and what a local stack that has only just got its first spans may say.
    pub async fn posed_to(
        &self,
        context: &Context,
        client: &HoneycombClient,
        args: &QueryArgs,
        now: i64,
    ) -> Result<Posed, Failure> {
        let dataset = &args.of.dataset;
        match self {
            Asked::Spec(spec) => {
                let mut spec = spec.clone();
                check_length_at(client, args, &spec)?;
                let names: Vec<String> = spec.columns().into_iter().map(str::to_string).collect();
                let computed = spec.calculated_fields.clone();
                let schema = schema(context, client, dataset, &computed, &names).await?;
                let resolved = resolve_spec(&mut spec, &schema);
                say_once(
                    context,
                    resolved.map_err(|problems| wrong_spec(context, &problems))?,
                );
                let conditions = conditions_of(&spec);
                Ok(Posed {
                    spec,
                    conditions,
                    schema,
                })
            }
            Asked::Words(words) => {
                let mut words = words.clone();
                let unchecked = Schema::default();
                let rough = words.clone().into_spec(context, args, &unchecked, now);
                if let Ok(spec) = &rough {
                    check_length_at(client, args, spec)?;
                }
                let names = words.names(args);
                let schema = schema(context, client, dataset, &args.computed, &names).await?;
                words.resolve(context, args, &schema)?;
                let conditions = words.conditions();
                Ok(Posed {
                    spec: words.into_spec(context, args, &schema, now)?,
                    conditions,
                    schema,
                })
            }
        }
    }
}

// A range that Honeycomb's API does not answer is refused before anything is asked; a link has no such limit.
fn check_length_at(
    client: &HoneycombClient,
    args: &QueryArgs,
    spec: &QuerySpec,
) -> Result<(), Failure> {
    let is_link = args.cloud.url || args.cloud.open;
    match client.is_local() || is_link {
        true => Ok(()),
        false => query_cloud::check_length(spec),
    }
}

fn wrong_spec(context: &Context, problems: &[String]) -> Failure {
    for problem in problems {
        context.note(&format!("error: {problem}"));
    }
    let what = match problems.len() {
        1 => "the specification has a mistake".to_string(),
        n => format!("the specification has {n} mistakes"),
    };
    Failure::of(Exit::Usage, what)
}

// The filters of a specification are one condition each, or one together.
fn conditions_of(spec: &QuerySpec) -> Vec<Condition> {
    let tests: Vec<Condition> = spec.filters.iter().cloned().map(Condition::Test).collect();
    match spec.combination {
        Combination::Or if tests.len() > 1 => vec![Condition::Any(tests)],
        _ => tests,
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
