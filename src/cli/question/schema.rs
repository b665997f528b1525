//! What a dataset has: its columns, their types, and the columns that are computed.

use super::calculation::calculation_named;
use super::formula_types::kind_of_value;
use super::names::other_names;
use super::quantity::units_in_a_second;

use crate::model::catalogue::Column;
use crate::model::formula::{Expression, Formula, Function, NamedFormula};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Numbers, whole ones or others.
    Number(NumberKind),
    /// True or false.
    Truth,
    /// It is not known.
    Any,
}

/// Which numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKind {
    /// Whole ones.
    Whole,
    /// Others.
    Fraction,
    /// The result of a calculation.
    Computed,
}

/// A dataset's columns, and those that the query computes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    /// The dataset.
    pub dataset: String,
    /// What events have.
    pub columns: Vec<Column>,
    /// What is computed: by the query, by the dataset, by the environment.
    pub computed: Vec<NamedFormula>,
    /// Names that are known, and nothing else about them.
    pub aliases: Vec<String>,
}

/// What a name means in a dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A column of this kind.
    Column(Kind),
    /// The column that another name of the same HTTP attribute has.
    Called(String),
    /// A column that comes with events which have not come; why it is not there yet.
    Later(&'static str),
    /// No column; a sentence that says so, with what may be meant.
    Nothing(String),
}

// Columns that come only with certain events, and with which. Source: how Honeycomb makes rows of spans, span
// events, links and log records.
const LATER: [(&str, &str); 23] = [
    ("error", WITH_FAILURE),
    ("status_message", WITH_FAILURE),
    ("exception.type", WITH_EXCEPTION),
    ("exception.message", WITH_EXCEPTION),
    ("exception.stacktrace", WITH_EXCEPTION),
    ("exception.escaped", WITH_EXCEPTION),
    ("error.type", WITH_FAILURE),
    (
        "trace.parent_id",
        "it comes with the first span inside of another",
    ),
    (
        "trace.trace_state",
        "it comes with the first trace that has a state",
    ),
    ("meta.annotation_type", WITH_EVENT),
    ("meta.time_since_span_start_ms", WITH_EVENT),
    ("parent_name", WITH_EVENT),
    ("trace.link.trace_id", WITH_LINK),
    ("trace.link.span_id", WITH_LINK),
    ("meta.invalid_duration", WITH_ODD_TIME),
    ("meta.invalid_time_since_span_start", WITH_ODD_TIME),
    ("severity", WITH_LINE),
    ("severity_text", WITH_LINE),
    ("severity_code", WITH_LINE),
    ("body", WITH_LINE),
    ("flags", WITH_LINE),
    ("event.name", WITH_LINE),
    (
        "url.query",
        "it comes with the first request that has a query",
    ),
];
const WITH_FAILURE: &str = "it comes with the first span that fails";
const WITH_EXCEPTION: &str = "it comes with the first exception that is recorded";
const WITH_EVENT: &str = "it comes with the first event or link of a span";
const WITH_LINK: &str = "it comes with the first link of a span";
const WITH_ODD_TIME: &str = "it comes with the first span whose times are odd";
const WITH_LINE: &str = "it comes with the first log record";

// What the time of an event is called elsewhere, which is no column.
const TIMES: [&str; 8] = [
    "time",
    "timestamp",
    "@timestamp",
    "ts",
    "date",
    "datetime",
    "start_time",
    "end_time",
];

// Another span of the trace, which only Honeycomb itself can find. Source: its OpenAPI document.
const RELATIONS: [&str; 7] = [
    "root.", "parent.", "child.", "any.", "any2.", "any3.", "none.",
];

impl Schema {
    /// Returns what `name` means.
    pub fn meaning(&self, name: &str) -> Meaning {
        if let Some(formula) = self.computed.iter().find(|it| it.name == name) {
            let formula = &formula.formula;
            return Meaning::Column(self.kind_of(formula, formula.root()));
        }
        if let Some(column) = self.column(name) {
            return Meaning::Column(kind_named(&column.kind));
        }
        // Without a single column nothing can be said: no event has come, or columns cannot be listed.
        let is_related = RELATIONS.iter().any(|it| name.starts_with(it));
        if self.columns.is_empty() || is_related || self.aliases.iter().any(|it| it == name) {
            return Meaning::Column(Kind::Any);
        }
        if let Some(other) = other_names(name).find(|other| self.column(other).is_some()) {
            return Meaning::Called(other.to_string());
        }
        if let Some((_, why)) = LATER.iter().find(|(later, _)| *later == name) {
            return Meaning::Later(why);
        }
        Meaning::Nothing(self.nothing(name))
    }

    /// Returns the kind of the column `name`; that of what is no column is not known.
    pub fn kind(&self, name: &str) -> Kind {
        match self.meaning(name) {
            Meaning::Column(kind) => kind,
            _ => Kind::Any,
        }
    }

    /// Returns how many of a column's unit a second has; a column that is computed as another has its unit.
    pub fn per_second(&self, name: &str) -> Option<f64> {
        let formula = self.computed.iter().find(|it| it.name == name);
        if let Some(NamedFormula { formula, .. }) = formula
            && let Expression::Column(idx) = formula.root()
            && let Some(column) = formula.columns().get(*idx)
        {
            return units_in_a_second(column);
        }
        units_in_a_second(name)
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == name)
    }

    fn nothing(&self, name: &str) -> String {
        let mut what = format!("{} has no column {name}", self.dataset);
        let names = self.columns.iter().map(|it| it.name.as_str());
        let computed = self.computed.iter().map(|it| it.name.as_str());
        let aliases = self.aliases.iter().map(String::as_str);
        let near = similar(name, names.chain(computed).chain(aliases));
        if TIMES.contains(&&*name.to_ascii_lowercase()) {
            what.push_str("; the time of events is chosen by --since, --until and --last");
        } else if let Some(calculation) = calculation_named(name) {
            what.push_str(&format!(
                "; {calculation} is a calculation, and conditions on those go in --having"
            ));
        } else if !near.is_empty() {
            what.push_str(&format!("; did you mean {}?", near.join(" or ")));
        } else {
            what.push_str(&format!(
                "; `cruddurctl columns --dataset {}` lists them",
                self.dataset
            ));
        }
        what
    }

    /// Returns the kind of what a part of `formula` gives.
    pub fn kind_of(&self, formula: &Formula, part: &Expression) -> Kind {
        match part {
            Expression::Literal(Some(value)) => kind_of_value(value),
            Expression::Literal(None) | Expression::Pattern(_) => Kind::Any,
            Expression::Column(idx) => {
                let name = formula.columns().get(*idx).map_or("", String::as_str);
                if let Some(column) = self.column(name) {
                    return kind_named(&column.kind);
                }
                // Fields of fields are followed once, since two of them may name each other.
                let computed = self.computed.iter().find(|it| it.name == name);
                match computed.map(|it| it.formula.root()) {
                    Some(Expression::Call(function, _)) => kind_of_call(*function),
                    Some(Expression::Literal(Some(value))) => kind_of_value(value),
                    _ => Kind::Any,
                }
            }
            Expression::Call(function, _) => kind_of_call(*function),
        }
    }
}

fn kind_of_call(function: Function) -> Kind {
    use Function::*;
    match function {
        If | Switch | Coalesce | Min | Max => Kind::Any,
        Less | LessOrEqual | Greater | GreaterOrEqual | Equals | In | Exists | Not | And | Or
        | Bool | StartsWith | EndsWith | Contains | RegMatch => Kind::Truth,
        Sum | Sub | Mul | Div | Mod | Log10 | Int | Float | Length | RegCount | UnixTimestamp
        | EventTimestamp => Kind::Number(NumberKind::Computed),
        Bucket | String | Concat | ToLower | RegValue | FormatTime => Kind::Text,
    }
}

// Source: Honeycomb's OpenAPI document, schema Column.
fn kind_named(name: &str) -> Kind {
    match name {
        "string" => Kind::Text,
        "integer" => Kind::Number(NumberKind::Whole),
        "float" => Kind::Number(NumberKind::Fraction),
        "boolean" => Kind::Truth,
        _ => Kind::Any,
    }
}

impl Kind {
    /// Returns what the values are, in words with the API's name of the type.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Text => "text (string)",
            Kind::Number(NumberKind::Whole) => "whole numbers (integer)",
            Kind::Number(NumberKind::Fraction) => "numbers (float)",
            Kind::Number(NumberKind::Computed) => "numbers",
            Kind::Truth => "true or false (boolean)",
            Kind::Any => "values of any type",
        }
    }
}

// More suggestions are a list, and there is a command for that.
const MOST_SIMILAR: usize = 3;

/// Returns the known names that may be meant by `name`, the likeliest first.
pub fn similar<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Vec<&'a str> {
    let plain = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let wanted = plain(name);
    if wanted.is_empty() {
        return Vec::new();
    }
    let end = |text: &str| plain(text.rsplit(['.', '_']).next().unwrap_or_default());
    let is_long = wanted.chars().count() >= 4;
    let steps: [&dyn Fn(&str) -> bool; 4] = [
        &|it| plain(it) == wanted,
        &|it| end(it) == wanted || plain(it.rsplit('.').next().unwrap_or_default()) == wanted,
        &|it| is_near(name, it) || is_near(&wanted, &plain(it)),
        &|it| {
            is_long && (plain(it).contains(&wanted) || it.len() >= 4 && wanted.contains(&plain(it)))
        },
    ];
    for step in steps {
        let mut found: Vec<&str> = known.clone().filter(|it| step(it)).collect();
        if !found.is_empty() {
            found.sort_by_key(|it| (strsim::damerau_levenshtein(name, it), it.len()));
            found.dedup();
            found.truncate(MOST_SIMILAR);
            return found;
        }
    }
    Vec::new()
}

// One letter more, less, other or swapped in eight.
fn is_near(name: &str, known: &str) -> bool {
    let n_letters = name.chars().count().max(known.chars().count());
    let distance = strsim::damerau_levenshtein(name, known);
    // Of one letter, every other one is that near.
    distance < n_letters && distance <= (n_letters / 4).clamp(1, 4)
}

#[cfg(test)]
#[path = "schema_tests.rs"]
pub(super) mod tests;
