//! Why an answer is empty: there are no events in the range, or a condition takes them all, or HAVING does.
//!
//! The same side is asked a few things more: how many events pass which conditions, in one query by fields
//! that are true where a condition holds, and what there is in the column of the one that is at fault.

use serde_json::{Value as Json, json};

use super::empty_words as words;
use super::query::Asking;
use super::question::condition::Condition;
use super::question::lower::{formula_of, put_conditions};
use super::question::schema::{Kind, NumberKind};
use crate::clock::now;
use crate::model::answer::{Answer, Cell};
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{Calculation, FilterOp, Op, QuerySpec};
use crate::model::span::Value;
use crate::model::time;
use crate::model::time::rfc3339;

/// Why an answer is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Empty {
    /// The reason.
    pub reason: Reason,
    /// How many events are in the range; `None` if that could not be asked.
    pub events: Option<u64>,
    /// All of it in a sentence or two.
    pub text: String,
}

/// What took the events.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Nothing: there are none in the range. With the newest event of the dataset, nanoseconds since the epoch.
    NoEvents(Option<i64>),
    /// Conditions, as they are typed.
    Conditions(Vec<Fault>),
    /// Conditions on groups.
    Having,
    /// No event that passes has a value to calculate with.
    NoValues,
    /// It could not be found out.
    Unknown,
}

/// A condition that takes events.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// As it is typed.
    pub condition: String,
    /// How many events would pass without it.
    pub without: u64,
    /// How many events pass it alone.
    pub alone: u64,
    /// What there is in its column.
    pub there: Vec<There>,
}

/// What the events have in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum There {
    /// Values and how many events have each, the most frequent first; `None` for no value.
    Values(String, Vec<(Option<Value>, u64)>),
    /// Numbers from the smallest to the largest.
    Range(String, f64, f64),
}

// Each condition doubles the combinations, and an answer has a thousand rows.
const MOST_CONDITIONS: usize = 8;
const MOST_GROUPS: usize = 1_000;
const MOST_VALUES: usize = 5;
const MOST_COLUMNS: usize = 2;

/// Returns why `answer` is empty; `None` if it is not.
pub async fn why_empty(asking: &Asking<'_>, answer: &Answer) -> Option<Empty> {
    if !is_empty(answer) {
        return None;
    }
    let unknown = || Empty {
        reason: Reason::Unknown,
        events: None,
        text: "no events match".to_string(),
    };
    // What a minute allows there is for the question itself.
    if !asking.client.is_local() && (asking.args.why || asking.args.watch.is_some()) {
        return Some(unknown());
    }
    Some(found(asking, answer).await.unwrap_or_else(unknown))
}

/// Tells whether nothing is in an answer.
pub fn is_empty(answer: &Answer) -> bool {
    let is_nothing = |cell: &Cell| matches!(cell, Cell::Absent | Cell::Count(0));
    if let Some(idx) = answer.calculation_idx(Op::Heatmap) {
        let has_picture = |cells: &[Cell]| matches!(cells.get(idx), Some(Cell::Histogram(_)));
        return !answer.rows.iter().any(|row| has_picture(&row.cells));
    }
    answer
        .rows
        .iter()
        .all(|row| row.cells.iter().all(is_nothing))
}

async fn found(asking: &Asking<'_>, answer: &Answer) -> Option<Empty> {
    let spec = asking.spec;
    if !spec.havings.is_empty() {
        let mut open = spec.clone();
        open.havings.clear();
        open.limit = MOST_GROUPS;
        let all = ask(asking, &open).await?;
        if !is_empty(&all) {
            return Some(Empty {
                reason: Reason::Having,
                events: None,
                text: words::having(&spec.havings, &all),
            });
        }
    }
    let conditions = asking.conditions;
    let is_few = conditions.len() <= MOST_CONDITIONS;
    let some = if is_few { conditions } else { &[] };
    let held = held(asking, some).await?;
    let total = held.iter().map(|it| it.1).sum();
    if total == 0 {
        return no_events(asking, answer).await;
    }
    let passing = count(&held, |holds| holds.iter().all(|it| *it));
    if passing > 0 && is_few {
        return Some(Empty {
            reason: Reason::NoValues,
            events: Some(total),
            text: words::no_values(asking, passing),
        });
    }
    let faults = faults(asking, conditions, &held).await;
    let text = words::conditions(asking, total, conditions.len(), &faults);
    Some(Empty {
        reason: Reason::Conditions(faults),
        events: Some(total),
        text,
    })
}

async fn ask(asking: &Asking<'_>, spec: &QuerySpec) -> Option<Answer> {
    let (dataset, now) = (&asking.args.of.dataset, now());
    let asked = asking.client.ask(dataset, spec, false, true, now).await;
    asked.ok().map(|it| it.answer)
}

// A question about the same events, before any condition.
fn open(spec: &QuerySpec, calculations: Vec<Calculation>) -> QuerySpec {
    let mut open = QuerySpec::new(calculations, spec.time_range);
    open.calculated_fields = spec.calculated_fields.clone();
    open.granularity_seconds = spec.granularity_seconds;
    open.usage_mode = spec.usage_mode;
    open
}

// How many events there are for which these conditions hold and those do not.
async fn held(asking: &Asking<'_>, conditions: &[Condition]) -> Option<Vec<(Vec<bool>, u64)>> {
    let mut spec = open(asking.spec, vec![Calculation::new(Op::Count, None)]);
    spec.limit = MOST_GROUPS;
    for (idx, condition) in conditions.iter().enumerate() {
        let name = format!("condition {idx}");
        let formula = Formula::parse(&formula_of(condition)).ok()?;
        spec.breakdowns.push(name.clone());
        spec.calculated_fields.push(NamedFormula { name, formula });
    }
    let answer = ask(asking, &spec).await?;
    let row = |row: &crate::model::answer::Row| {
        let holds = row.group.iter().map(|it| it.as_ref().is_some_and(is_true));
        (holds.collect(), row.cells.first().map_or(0, as_count))
    };
    Some(answer.rows.iter().map(row).collect())
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Int(number) => *number == 1,
        Value::Str(text) => &**text == "true",
        Value::Float(_) => false,
    }
}

/// Returns a count.
pub fn as_count(cell: &Cell) -> u64 {
    match cell {
        Cell::Count(count) => *count,
        cell => cell.number().map_or(0, |it| it.max(0.0) as u64),
    }
}

fn count(held: &[(Vec<bool>, u64)], is_it: impl Fn(&[bool]) -> bool) -> u64 {
    let matching = held.iter().filter(|(holds, _)| is_it(holds));
    matching.map(|(_, n)| n).sum()
}

async fn no_events(asking: &Asking<'_>, answer: &Answer) -> Option<Empty> {
    let written = asking.schema.columns.iter();
    let mut times: Vec<String> = written.filter_map(|it| it.last_written.clone()).collect();
    if times.is_empty() {
        let datasets = asking.client.datasets().await.unwrap_or_default();
        let dataset = &asking.args.of.dataset;
        let is_asked = |slug: &str| slug == dataset || dataset == QuerySpec::ALL_DATASETS;
        let asked = datasets.into_iter().filter(|it| is_asked(&it.slug));
        times.extend(asked.filter_map(|it| it.last_written));
    }
    let last = times.iter().filter_map(|it| time::parse_rfc3339(it)).max();
    Some(Empty {
        reason: Reason::NoEvents(last),
        events: Some(0),
        text: words::no_events(asking, answer.window, last, now()),
    })
}

// The conditions that take events which all others let pass; where there is none, those that none passes.
async fn faults(
    asking: &Asking<'_>,
    conditions: &[Condition],
    held: &[(Vec<bool>, u64)],
) -> Vec<Fault> {
    let mut found: Vec<(usize, u64, u64)> = Vec::new();
    for idx in 0..conditions.len().min(MOST_CONDITIONS) {
        let others = |holds: &[bool]| {
            let mut others = holds.iter().enumerate().filter(|(nth, _)| *nth != idx);
            others.all(|(_, holds)| *holds)
        };
        let without = count(held, others);
        let alone = count(held, |holds| holds.get(idx) == Some(&true));
        found.push((idx, without, alone));
    }
    let has_guilty = found.iter().any(|(_, without, _)| *without > 0);
    found.retain(|(_, without, alone)| {
        if has_guilty {
            *without > 0
        } else {
            *alone == 0
        }
    });
    // One that no event passes is at fault in any case.
    if found.iter().any(|(_, _, alone)| *alone == 0) {
        found.retain(|(_, _, alone)| *alone == 0);
    }
    let mut faults = Vec::new();
    for (nth, (idx, without, alone)) in found.into_iter().enumerate() {
        let Some(condition) = conditions.get(idx) else {
            continue;
        };
        let mut there = Vec::new();
        if nth < MOST_COLUMNS {
            let others = conditions.iter().enumerate().filter(|(nth, _)| *nth != idx);
            let others = others.map(|(_, it)| it.clone());
            let others = if without > 0 {
                others.collect()
            } else {
                Vec::new()
            };
            there = what_is_there(asking, condition, others).await;
        }
        faults.push(Fault {
            condition: super::question::written::written(condition),
            without,
            alone,
            there,
        });
    }
    faults
}

async fn what_is_there(
    asking: &Asking<'_>,
    condition: &Condition,
    others: Vec<Condition>,
) -> Vec<There> {
    let mut columns: Vec<&str> = condition.columns();
    columns.dedup();
    let mut there = Vec::new();
    for column in columns.into_iter().take(MOST_COLUMNS) {
        let found = match is_range(asking.schema.kind(column), condition) {
            true => range_of(asking, column, &others).await,
            false => values_of(asking, column, &others).await,
        };
        there.extend(found);
    }
    there
}

// Of numbers that are compared by order, and of fractions, the ends say more than the most frequent ones.
fn is_range(kind: Kind, condition: &Condition) -> bool {
    let is_equality = |op: FilterOp| {
        matches!(
            op,
            FilterOp::Equal | FilterOp::NotEqual | FilterOp::In | FilterOp::NotIn
        )
    };
    match (kind, condition) {
        (Kind::Number(NumberKind::Whole), Condition::Test(filter)) => !is_equality(filter.op),
        (Kind::Number(_), _) => true,
        _ => false,
    }
}

async fn values_of(asking: &Asking<'_>, column: &str, others: &[Condition]) -> Option<There> {
    let mut spec = open(asking.spec, vec![Calculation::new(Op::Count, None)]);
    put_conditions(&mut spec, others.to_vec()).ok()?;
    spec.breakdowns.push(column.to_string());
    spec.limit = MOST_VALUES;
    let answer = ask(asking, &spec).await?;
    let value = |row: &crate::model::answer::Row| {
        let value = row.group.first().cloned().flatten();
        (value, row.cells.first().map_or(0, as_count))
    };
    let values = answer.rows.iter().map(value).collect();
    Some(There::Values(column.to_string(), values))
}

async fn range_of(asking: &Asking<'_>, column: &str, others: &[Condition]) -> Option<There> {
    let ends = [Op::Min, Op::Max].map(|op| Calculation::new(op, Some(column.to_string())));
    let mut spec = open(asking.spec, ends.to_vec());
    put_conditions(&mut spec, others.to_vec()).ok()?;
    let answer = ask(asking, &spec).await?;
    let cells = &answer.rows.first()?.cells;
    let end = |idx: usize| cells.get(idx).and_then(Cell::number);
    match (end(0), end(1)) {
        (Some(low), Some(high)) => Some(There::Range(column.to_string(), low, high)),
        _ => Some(There::Values(column.to_string(), vec![(None, 0)])),
    }
}

impl Empty {
    /// Returns it as JSON: `reason` is `no_events`, `conditions`, `having`, `no_values` or `unknown`;
    /// `events` are those in the range, before any condition.
    pub fn json(&self) -> Json {
        let mut object = json!({ "events": self.events, "message": self.text });
        object["reason"] = match &self.reason {
            Reason::NoEvents(last) => {
                object["last_event"] = last.map(rfc3339).into();
                "no_events"
            }
            Reason::Conditions(faults) => {
                object["conditions"] = faults.iter().map(Fault::json).collect();
                "conditions"
            }
            Reason::Having => "having",
            Reason::NoValues => "no_values",
            Reason::Unknown => "unknown",
        }
        .into();
        object
    }
}

impl Fault {
    fn json(&self) -> Json {
        let there: Vec<Json> = self.there.iter().map(There::json).collect();
        json!({
            "condition": self.condition,
            "events_without_it": self.without,
            "events_that_pass_it": self.alone,
            "there": there,
        })
    }
}

impl There {
    fn json(&self) -> Json {
        match self {
            There::Range(column, low, high) => {
                json!({ "column": column, "min": low, "max": high })
            }
            There::Values(column, values) => {
                let values = values.iter().map(|(value, n)| {
                    let value = value
                        .as_ref()
                        .map_or(Json::Null, super::render::json::value_json);
                    json!({ "value": value, "events": n })
                });
                json!({ "column": column, "values": values.collect::<Vec<_>>() })
            }
        }
    }
}
