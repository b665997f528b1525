//! What a `query` command asks, as a query specification.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::args::{QueryArgs, RUN};
use super::context::Context;
use super::failure::{Exit, Failure};
use super::question::calculation::parse_calculations;
use super::question::condition::Condition;
use super::question::lower::put_conditions;
use super::question::names::{meant, other_names};
use super::question::order::{parse_having, parse_order};
use super::question::range::range;
use crate::honeycomb::client::{HoneycombClient, spec_from_json};
use crate::model::diagnostic::{Diagnostic, Severity, render};
use crate::model::query::{Calculation, Op, Percentile, QuerySpec};
use crate::model::time::{SECOND, TimeRange, round_step};

// No terminal is wider than this many columns of a picture.
const MOST_COLUMNS: i64 = 240;
// A specification is a page at most.
const LARGEST_SPEC: u64 = 1 << 20;

/// The parts of a question that name columns of events.
#[derive(Clone)]
pub struct Question {
    calculations: Vec<Calculation>,
    by: Vec<String>,
    conditions: Vec<Condition>,
}

impl Question {
    /// Reads the parts from the command line.
    ///
    /// # Errors
    /// Wrong usage; the parser of the command line has checked nearly all of it.
    pub fn of(args: &QueryArgs) -> Result<Question, Failure> {
        let typed = parse_calculations(&args.calculations).map_err(usage)?;
        let mut calculations: Vec<Calculation> =
            typed.into_iter().map(|it| it.over(&args.column)).collect();
        // A picture is drawn with its P90 over it and says how many events it shows.
        if let [heatmap] = calculations.as_slice()
            && heatmap.op == Op::Heatmap
        {
            let column = heatmap.column.clone();
            calculations.push(Calculation::new(Op::Percentile(Percentile::P90), column));
            calculations.push(Calculation::new(Op::Count, None));
        }
        Ok(Question {
            calculations,
            by: args.by.clone(),
            conditions: args.conditions.clone(),
        })
    }

    // Every column name in it.
    fn columns(&mut self) -> Vec<&mut String> {
        let calculations = self.calculations.iter_mut();
        let mut columns: Vec<&mut String> =
            calculations.filter_map(|it| it.column.as_mut()).collect();
        columns.extend(&mut self.by);
        columns.extend(self.conditions.iter_mut().flat_map(Condition::columns));
        columns
    }

    /// Puts the names that the dataset has in place of other names of the same HTTP attributes, and says so.
    ///
    /// Only a question that has such a name looks for the dataset's columns.
    pub async fn use_known_names(
        &mut self,
        context: &Context,
        client: &HoneycombClient,
        dataset: &str,
    ) {
        let has_twins = |name: &String| other_names(name).next().is_some();
        if !self.columns().into_iter().any(|name| has_twins(name)) {
            return;
        }
        // Whoever cannot list columns can ask all the same.
        let Ok(known) = client.column_names(dataset).await else {
            return;
        };
        say_other_names(context, &mut self.columns(), &known);
    }

    /// Returns the whole question; `now` is in nanoseconds since the epoch.
    ///
    /// # Errors
    /// Wrong usage.
    pub fn into_spec(
        self,
        context: &Context,
        args: &QueryArgs,
        now: i64,
    ) -> Result<QuerySpec, Failure> {
        let range = range(args.last, args.since, args.until, now, context.zone());
        let (range, notes) = range.map_err(usage)?;
        notes.iter().for_each(|it| context.note(it));
        let mut spec = QuerySpec::new(self.calculations, range);
        spec.breakdowns = self.by;
        spec.calculated_fields = args.computed.clone();
        put_conditions(&mut spec, self.conditions).map_err(|error| usage(error.to_string()))?;
        for text in &args.having {
            let having = parse_having(text, &spec, &args.column).map_err(usage)?;
            spec.havings.push(having);
        }
        for text in &args.order {
            let order = parse_order(text, &spec, &args.column).map_err(usage)?;
            spec.orders.push(order);
        }
        spec.limit = match args.limit {
            Some(limit) if !args.why => usize::from(limit),
            _ => QuerySpec::DEFAULT_LIMIT,
        };
        spec.granularity_seconds = match args.granularity {
            Some(step) => Some(i64::try_from(step.as_secs()).unwrap_or(i64::MAX)),
            None => usual_step(range),
        };
        Ok(spec)
    }
}

/// Puts known names in place of other names of the same attributes, and says so.
pub fn say_other_names(context: &Context, names: &mut [&mut String], known: &[String]) {
    for name in names {
        if let Some(other) = meant(name, known) {
            context.note(&format!(
                "{name} is called {other} here: OpenTelemetry renamed its HTTP attributes"
            ));
            **name = other.to_string();
        }
    }
}

/// Returns the time step for `range` that a picture wants, in seconds.
///
/// It is asked for by name, so that every Honeycomb answers in the steps that the picture has. Steps under a
/// second have no name, so a minute or less leaves them to the other side.
pub fn usual_step(range: TimeRange) -> Option<i64> {
    let seconds = range.seconds();
    let step = round_step(seconds.saturating_mul(SECOND), MOST_COLUMNS) / SECOND;
    (seconds > 60).then_some(step.max(1))
}

/// Tells whether the command asks what a file says.
///
/// # Errors
/// Wrong usage, if only one of `run` and `--spec` is there.
pub fn spec_file(args: &QueryArgs) -> Result<Option<&Path>, Failure> {
    match (args.calculations.as_str(), &args.spec) {
        (RUN, None) => Err(usage(
            "`query run` needs --spec FILE, or --spec - for standard input".to_string(),
        )),
        (RUN, Some(path)) => Ok(Some(path)),
        (_, Some(path)) => Err(usage(format!(
            "{} has its own calculations; ask with `query run --spec {}`",
            path.display(),
            path.display()
        ))),
        (_, None) => Ok(None),
    }
}

/// Reads a specification in Honeycomb's JSON; `-` is standard input.
///
/// # Errors
/// A file that cannot be read, and everything that is wrong with it.
pub fn read_spec(context: &Context, path: &Path) -> Result<QuerySpec, Failure> {
    let is_standard_input = path == Path::new("-");
    let name = if is_standard_input {
        "standard input".to_string()
    } else {
        path.display().to_string()
    };
    let mut bytes = Vec::new();
    let read = if is_standard_input {
        io::stdin()
            .lock()
            .take(LARGEST_SPEC + 1)
            .read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(LARGEST_SPEC + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::new(Exit::Failed, error.into()).while_doing(format!("cannot read {name}"))
    })?;
    if bytes.len() as u64 > LARGEST_SPEC {
        return Err(Failure::of(
            Exit::Failed,
            format!("{name} is no query specification: it is larger than 1 MiB"),
        ));
    }
    let json = serde_json::from_slice(&bytes).map_err(|error| {
        let finding = Diagnostic {
            severity: Severity::Error,
            message: error.to_string(),
            line: error.line().max(1),
            column: error.column().max(1),
            length: 1,
            help: None,
        };
        context.note(render(&finding, &name, &String::from_utf8_lossy(&bytes)).trim_end());
        Failure::of(Exit::Failed, format!("{name} is not JSON"))
    })?;
    spec_from_json(&json).map_err(|problems| {
        for problem in &problems {
            context.note(&format!(
                "error: {}: {}",
                problem.field, problem.description
            ));
        }
        Failure::of(
            Exit::Failed,
            format!("{name} has {} mistakes", problems.len()),
        )
        .with_hint("`cruddurctl query p90 --by http.route --print-spec` prints one that is right")
    })
}

fn usage(what: String) -> Failure {
    Failure::of(Exit::Usage, what)
}
