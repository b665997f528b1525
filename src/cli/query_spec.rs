//! What a `query` command asks, as a query specification.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::args::{QueryArgs, RUN};
use super::context::Context;
use super::failure::{Exit, Failure};
use super::question::calculation::parse_calculations;
use super::question::condition::{Condition, Stated};
use super::question::formula_types::mismatch;
use super::question::having::parse_having;
use super::question::lower::put_conditions;
use super::question::operators::advice_at;
use super::question::order::parse_order;
use super::question::pointed;
use super::question::range::range;
use super::question::resolve::{rename, resolve};
use super::question::schema::{Meaning, Schema};
use crate::honeycomb::client::spec_from_json;
use crate::model::diagnostic::{Diagnostic, Severity, render};
use crate::model::formula::NamedFormula;
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
    conditions: Vec<Stated>,
}

impl Question {
    /// Reads the parts from the command line.
    ///
    /// # Errors
    /// Wrong usage; the parser of the command line has checked nearly all of it.
    pub fn of(args: &QueryArgs) -> Result<Question, Failure> {
        let typed = parse_calculations(&args.calculations).map_err(usage)?;
        if args.of.dataset.trim().is_empty() {
            return Err(usage(
                "--dataset: expected a dataset; `cruddurctl datasets` lists them".to_string(),
            ));
        }
        if args.by.iter().any(|it| it.trim().is_empty()) {
            return Err(usage(
                "--by: expected a column on both sides of a comma".to_string(),
            ));
        }
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
            by: args.by.iter().map(|it| it.trim().to_string()).collect(),
            conditions: args.conditions.clone(),
        })
    }

    /// Returns every name of a column in it.
    pub fn names(&self, args: &QueryArgs) -> Vec<String> {
        let calculations = self.calculations.iter().filter_map(|it| it.column.clone());
        let conditions = self.conditions.iter().flat_map(|it| it.condition.columns());
        let formulas = args.computed.iter().flat_map(|it| it.formula.columns());
        let selections = args.selections.iter().flat_map(|it| it.names());
        calculations
            .chain(self.by.iter().cloned())
            .chain(conditions.map(str::to_string))
            .chain(formulas.cloned())
            .chain(selections)
            .collect()
    }

    /// Puts the names that the dataset has in place of other names of the same HTTP attributes, and values of
    /// the columns' types and units in place of those that were typed, and says what there is to say.
    ///
    /// # Errors
    /// Wrong usage: a column that is not there, a value that its column never has.
    pub fn resolve(
        &mut self,
        context: &Context,
        args: &QueryArgs,
        schema: &Schema,
    ) -> Result<(), Failure> {
        let mut notes: Vec<String> = Vec::new();
        for field in &args.computed {
            check_formula(field, schema)?;
        }
        for calculation in &mut self.calculations {
            let Some(column) = &mut calculation.column else {
                continue;
            };
            let typed = column.clone();
            let renamed = rename(column, schema).map_err(|what| {
                let text = &args.calculations;
                match text.find(&format!("({typed})")) {
                    Some(at) => usage(pointed(text, at + 1, &what)),
                    None => usage(format!("--column: {what}")),
                }
            })?;
            notes.extend(renamed);
        }
        for column in &mut self.by {
            let renamed = rename(column, schema);
            notes.extend(renamed.map_err(|what| usage(format!("--by: {what}")))?);
        }
        for stated in &mut self.conditions {
            let resolved = resolve(stated, schema);
            notes.extend(resolved.map_err(|what| usage(format!("--where: {what}")))?);
        }
        notes.extend(args.computed.iter().filter_map(|field| {
            let is_used = self.uses(args, &field.name);
            (!is_used).then(|| {
                let name = &field.name;
                format!("--calc: nothing here asks for {name}; --by {name} groups by it, and --where '{name} = …' takes events by it")
            })
        }));
        say_once(context, notes);
        Ok(())
    }

    // Whether anything names a column that is not its own formula.
    fn uses(&self, args: &QueryArgs, name: &str) -> bool {
        let formulas = args.computed.iter().filter(|it| it.name != name);
        let mut in_formulas = formulas.flat_map(|it| it.formula.columns());
        let calculations = self
            .calculations
            .iter()
            .filter_map(|it| it.column.as_deref());
        let conditions = self.conditions.iter().flat_map(|it| it.condition.columns());
        let by = self.by.iter().chain(&args.among).map(String::as_str);
        let mut selections = args.selections.iter().flat_map(|it| it.names());
        calculations
            .chain(conditions)
            .chain(by)
            .any(|it| it == name)
            || in_formulas.any(|it| it == name)
            || selections.any(|it| it == name)
    }

    /// Returns what all has to hold for an event, one condition each.
    pub fn conditions(&self) -> Vec<Condition> {
        let conjuncts = self
            .conditions
            .iter()
            .flat_map(|it| it.condition.conjuncts());
        conjuncts.cloned().collect()
    }

    /// Returns the whole question; `now` is in nanoseconds since the epoch.
    ///
    /// # Errors
    /// Wrong usage.
    pub fn into_spec(
        self,
        context: &Context,
        args: &QueryArgs,
        schema: &Schema,
        now: i64,
    ) -> Result<QuerySpec, Failure> {
        let conditions = self.conditions();
        let range = range(args.last, args.since, args.until, now, context.zone());
        let (range, notes) = range.map_err(usage)?;
        // What is said of a schema of nothing is said again of the right one.
        if args.print_spec || !schema.dataset.is_empty() {
            notes.iter().for_each(|it| context.note(it));
        }
        let mut spec = QuerySpec::new(self.calculations, range);
        spec.breakdowns = self.by;
        spec.calculated_fields = args.computed.clone();
        put_conditions(&mut spec, conditions).map_err(|error| usage(error.to_string()))?;
        for text in &args.having {
            let having = parse_having(text, &spec, &args.column, schema);
            let having = having.map_err(|what| usage(format!("--having: {what}")))?;
            spec.havings.push(having);
        }
        for text in &args.order {
            let order = parse_order(text, &spec, &args.column);
            let order = order.map_err(|what| usage(format!("--order: {what}")))?;
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

// A formula is read by whoever answers, so the names in it have to be the dataset's own.
fn check_formula(field: &NamedFormula, schema: &Schema) -> Result<(), Failure> {
    let text = field.formula.text();
    for column in field.formula.columns() {
        let what = match schema.meaning(column) {
            Meaning::Column(_) | Meaning::Later(_) => continue,
            Meaning::Nothing(what) => what,
            Meaning::Called(other) => format!(
                "{} has no column {column}; it is called {other} here",
                schema.dataset
            ),
        };
        let spellings = [format!("${column}"), format!("$\"{column}\"")];
        let at = spellings.iter().find_map(|it| text.find(it));
        let what = pointed(
            text.trim(),
            at.unwrap_or(0).saturating_sub(leading(text)),
            &what,
        );
        return Err(usage(format!("--calc: {what}")));
    }
    if let Some(mismatch) = mismatch(&field.formula, schema) {
        let at = mismatch.spellings.iter().find_map(|it| text.find(it));
        let at = at.unwrap_or(0).saturating_sub(leading(text));
        let what = pointed(text.trim(), at, &mismatch.what);
        return Err(usage(format!("--calc: {what}")));
    }
    if schema.columns.iter().any(|it| it.name == field.name) {
        return Err(usage(format!(
            "--calc: {} has a column {} already, which the calculated one would hide: choose another name",
            schema.dataset, field.name
        )));
    }
    Ok(())
}

fn leading(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Prints each of `notes` once, in their order.
pub fn say_once(context: &Context, mut notes: Vec<String>) {
    let mut said: Vec<String> = Vec::new();
    for note in notes.drain(..) {
        if !said.contains(&note) {
            context.note(&note);
            said.push(note);
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
            let what = described(&problem.description);
            context.note(&match problem.field.is_empty() {
                true => format!("error: {what}"),
                false => format!("error: {}: {what}", problem.field),
            });
        }
        let what = match problems.len() {
            1 => format!("{name} has a mistake"),
            n => format!("{name} has {n} mistakes"),
        };
        Failure::of(Exit::Failed, what).with_hint(
            "`cruddurctl query p90 --by http.route --print-spec` prints one that is right",
        )
    })
}

// With what an operator of another language is called here.
fn described(what: &str) -> String {
    let named = what.strip_suffix("` is not a filter operator");
    let advice = named
        .and_then(|it| it.strip_prefix('`'))
        .and_then(|typed| advice_at("COLUMN", typed));
    match advice {
        Some((_, advice)) => advice,
        None => what.to_string(),
    }
}

fn usage(what: String) -> Failure {
    Failure::of(Exit::Usage, what)
}
