//! A query over records that come one by one, the newest first.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::FixedState;

use super::discover::json_of;
use super::expression::{Expr, Times, member};
use super::functions_json::structure;
use super::pattern::Shapes;
use super::rows::{self, Budget, Row};
use super::stats::{Groups, Stats, add_to_key, put};
use super::steps::{Origin, PatternStep, Step};
use super::take_apart::MAX_ROWS_OF_ONE;
use super::value::Value;
use super::{ANSWER_MAX_ROWS, Query, USUAL_ROWS};

/// The most rows that are made of the records of one query.
const MAX_MADE_ROWS: u64 = 50_000_000;

/// A line.
pub struct Record<'a> {
    /// Milliseconds since the epoch.
    pub time_ms: i64,
    /// Milliseconds since the epoch.
    pub ingested_ms: i64,
    /// What it says.
    pub message: Cow<'a, str>,
    /// The name of its stream.
    pub stream: Cow<'a, str>,
    /// The log group, as `account:group`.
    pub log: &'a str,
    /// What finds the line again; made only if it is needed.
    pub pointer: &'a dyn Fn() -> String,
}

/// What a query comes to.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// Names and values.
    pub rows: Vec<Vec<(String, String)>>,
    /// How many records passed every filter that stands before rows are gathered.
    pub n_matched: u64,
    /// Whether there was more than is kept.
    pub is_too_much: bool,
}

/// A query while records come.
pub struct Run<'q> {
    query: &'q Query,
    times: Times,
    /// The steps that take rows one by one, and the others.
    streaming: &'q [Step],
    rest: &'q [Step],
    gathering: Gathering<'q>,
    /// The most rows of the answer.
    limit: usize,
    budget: Budget,
    n_matched: u64,
    n_made: u64,
    is_too_much: bool,
}

enum Gathering<'q> {
    Stats(&'q Stats, Box<Groups>),
    Pattern(&'q PatternStep, Shapes),
    /// Rows that come first by these, and how many are wanted.
    Sorted(&'q [(Expr, bool)], usize, Vec<Row>),
    /// The first rows that come, how many are wanted, and by what each may be there once.
    First(usize, Vec<Row>, Option<(&'q [Expr], Seen)>),
}

type Seen = HashSet<Vec<u8>, FixedState>;

impl<'q> Run<'q> {
    /// Begins to run a query; `limit` is what the caller wants at the most.
    pub fn new(query: &'q Query, limit: Option<usize>, times: Times) -> Run<'q> {
        let n = query
            .steps
            .iter()
            .take_while(|it| it.is_streaming())
            .count();
        let (streaming, rest) = query.steps.split_at(n);
        // A limit that is written down counts though it is more than there are without one.
        let usual = query.limit.map_or(USUAL_ROWS, |_| ANSWER_MAX_ROWS);
        let limit = limit.unwrap_or(usual).min(ANSWER_MAX_ROWS);
        let wanted = |rest: &[Step]| match rest.first() {
            Some(Step::Limit(n)) => *n,
            _ if rest
                .iter()
                .all(|it| matches!(it, Step::Assign(_) | Step::Limit(_))) =>
            {
                limit
            }
            _ => usize::MAX,
        };
        let (gathering, rest) = match rest.split_first() {
            Some((Step::Stats(stats), rest)) => (Gathering::Stats(stats, Box::default()), rest),
            Some((Step::Pattern(step), rest)) => {
                (Gathering::Pattern(step, Shapes::default()), rest)
            }
            Some((Step::Sort(by), rest)) => (Gathering::Sorted(by, wanted(rest), Vec::new()), rest),
            Some((Step::Dedup(by), rest)) => {
                let seen = Some((by.as_slice(), Seen::default()));
                (Gathering::First(wanted(rest), Vec::new(), seen), rest)
            }
            _ => (Gathering::First(wanted(rest), Vec::new(), None), rest),
        };
        Run {
            query,
            times,
            streaming,
            rest,
            gathering,
            limit,
            budget: Budget::default(),
            n_matched: 0,
            n_made: 0,
            is_too_much: false,
        }
    }

    /// Takes the next record; `false` if no other one is needed.
    pub fn take(&mut self, record: &Record<'_>) -> bool {
        let query = self.query;
        let times = self.times;
        let mut row = query.system_row(record);
        let mut has_fields = !query.needs_fields();
        // Most rows are left out by a filter, and cost no more than that needs.
        let mut steps = self.streaming;
        while let Some((Step::Filter(condition), rest)) = steps.split_first() {
            if !has_fields && query.reads_fields(condition) {
                query.fill_fields(record, &mut row);
                has_fields = true;
            }
            if !condition.holds(&row, &times) {
                return true;
            }
            steps = rest;
        }
        if !has_fields {
            query.fill_fields(record, &mut row);
        }
        let mut has_passed = false;
        let mut is_done = false;
        let mut n_made = 0;
        stream(steps, row, &times, &mut |row| {
            has_passed = true;
            n_made += 1;
            is_done = !self.gather(row);
            !is_done
        });
        self.n_made += n_made;
        self.is_too_much |= self.n_made > MAX_MADE_ROWS;
        self.n_matched += u64::from(has_passed);
        !is_done && !self.is_too_much
    }

    // Returns whether another row is wanted.
    fn gather(&mut self, mut row: Vec<Value<'_>>) -> bool {
        let times = &self.times;
        if matches!(self.gathering, Gathering::First(..) | Gathering::Sorted(..)) {
            // Nothing is kept that no later step reads.
            for (value, is_kept) in row.iter_mut().zip(&self.query.kept) {
                if !is_kept {
                    *value = Value::Null;
                }
            }
        }
        match &mut self.gathering {
            Gathering::Stats(stats, groups) => {
                self.is_too_much |= groups.add(stats, &row, times).is_err();
            }
            Gathering::Pattern(step, shapes) => {
                self.is_too_much |= !shapes.add(step, &row, times);
            }
            Gathering::First(wanted, rows, seen) => {
                if let Some((by, seen)) = seen
                    && !is_new(by, seen, &row, times, &mut self.budget)
                {
                    return true;
                }
                rows.push(self.budget.kept(row));
                if rows.len() >= *wanted {
                    return false;
                }
            }
            Gathering::Sorted(by, wanted, rows) => {
                rows.push(self.budget.kept(row));
                if rows.len() >= wanted.saturating_mul(2).saturating_add(1_000) {
                    rows::sort(rows, by, times);
                    rows.truncate(*wanted);
                    self.budget = Budget::of(rows);
                }
            }
        }
        self.is_too_much |= self.budget.is_spent();
        !self.is_too_much
    }

    /// Returns the answer.
    pub fn finish(mut self) -> Answer {
        let n_slots = self.query.slots.len();
        let times = self.times;
        let mut rows = match self.gathering {
            Gathering::Stats(stats, groups) => groups.finish(stats, n_slots, &times),
            Gathering::Pattern(step, shapes) => shapes.finish(step, n_slots),
            Gathering::First(_, rows, _) => rows,
            Gathering::Sorted(by, wanted, mut rows) => {
                rows::sort(&mut rows, by, &times);
                rows.truncate(wanted);
                rows
            }
        };
        // What needs many rows at once is done to those that are kept.
        for step in self.rest {
            if self.is_too_much {
                break;
            }
            rows = match step {
                Step::Stats(stats) => {
                    let mut groups = Groups::default();
                    let is_whole = rows
                        .iter()
                        .all(|row| groups.add(stats, row, &times).is_ok());
                    self.is_too_much |= !is_whole;
                    groups.finish(stats, n_slots, &times)
                }
                Step::Pattern(step) => {
                    let mut shapes = Shapes::default();
                    let is_whole = rows.iter().all(|row| shapes.add(step, row, &times));
                    self.is_too_much |= !is_whole;
                    shapes.finish(step, n_slots)
                }
                Step::Sort(by) => {
                    rows::sort(&mut rows, by, &times);
                    rows
                }
                Step::Limit(limit) => {
                    rows.truncate(*limit);
                    rows
                }
                Step::Dedup(by) => {
                    let (mut seen, mut budget) = (Seen::default(), Budget::default());
                    rows.retain(|row| is_new(by, &mut seen, row, &times, &mut budget));
                    rows
                }
                Step::Rows(step) => {
                    let made = rows::apply(step, rows, n_slots, &times);
                    self.is_too_much |= made.is_none();
                    made.unwrap_or_default()
                }
                streaming => {
                    let mut budget = Budget::default();
                    let mut made = Vec::new();
                    for row in rows {
                        stream(std::slice::from_ref(streaming), row, &times, &mut |row| {
                            made.push(budget.kept(row));
                            !budget.is_spent()
                        });
                    }
                    self.is_too_much |= budget.is_spent();
                    made
                }
            };
        }
        if self.is_too_much {
            rows.clear();
        }
        rows.truncate(self.limit);
        let mut shown = Vec::with_capacity(rows.len());
        let mut budget = Budget::default();
        for row in rows {
            let row = self.query.shown_row(&row);
            budget.add(
                row.iter()
                    .map(|(name, value)| name.len() + value.len() + 48)
                    .sum(),
            );
            if budget.is_spent() {
                self.is_too_much = true;
                shown.clear();
                break;
            }
            shown.push(row);
        }
        Answer {
            rows: shown,
            n_matched: self.n_matched,
            is_too_much: self.is_too_much,
        }
    }
}

// Tells whether a row is the first of its values; one that lacks any of them always is.
fn is_new(
    by: &[Expr],
    seen: &mut Seen,
    row: &[Value<'_>],
    times: &Times,
    budget: &mut Budget,
) -> bool {
    let mut key = Vec::new();
    for value in by.iter().map(|it| it.value(row, times)) {
        if value.is_null() {
            return true;
        }
        add_to_key(&mut key, &value);
    }
    if seen.contains(&key) {
        return false;
    }
    budget.add(key.len() + 32);
    seen.insert(key)
}

impl Query {
    fn system_row<'v>(&self, record: &'v Record<'_>) -> Vec<Value<'v>> {
        let slots = self.slots.iter().map(|slot| match &slot.origin {
            Origin::Timestamp => Value::Time(record.time_ms),
            Origin::IngestionTime => Value::Time(record.ingested_ms),
            Origin::Message => Value::Text(Cow::Borrowed(&record.message)),
            Origin::LogStream => Value::Text(Cow::Borrowed(&record.stream)),
            Origin::Log => Value::Text(Cow::Borrowed(record.log)),
            Origin::Pointer | Origin::Discovered(..) | Origin::Computed => Value::Null,
        });
        slots.collect()
    }

    fn needs_fields(&self) -> bool {
        self.slots
            .iter()
            .any(|slot| matches!(slot.origin, Origin::Discovered(..) | Origin::Pointer))
    }

    fn reads_fields(&self, condition: &Expr) -> bool {
        let is_field = |slot: &usize| {
            let origin = self.slots.get(*slot).map(|slot| &slot.origin);
            matches!(origin, Some(Origin::Discovered(..) | Origin::Pointer))
        };
        condition.reads().iter().any(is_field)
    }

    fn fill_fields<'v>(&self, record: &'v Record<'_>, row: &mut [Value<'v>]) {
        let json = match self.paths.is_empty() {
            true => None,
            false => json_of(&record.message, record.log),
        };
        let found = json.and_then(|(text, is_fragment)| self.paths.find(text, is_fragment));
        let found = found.unwrap_or_default();
        for (slot, place) in self.slots.iter().zip(row) {
            match &slot.origin {
                Origin::Pointer => *place = Value::of_text((record.pointer)()),
                Origin::Discovered(paths, line) => {
                    let mut values = paths.iter().filter_map(|path| found.get(*path));
                    let value = values.find(|it| !it.is_null()).cloned();
                    let of_line = || line.map_or(Value::Null, |it| it.value(&record.message));
                    *place = value.unwrap_or_else(of_line);
                }
                _ => {}
            }
        }
    }

    fn shown_row(&self, row: &[Value<'_>]) -> Vec<(String, String)> {
        let pointer = self.pointer.filter(|slot| !self.shown.contains(slot));
        let pairs = self
            .shown
            .iter()
            .copied()
            .chain(pointer)
            .filter_map(|slot| {
                let name = &self.slots.get(slot)?.name;
                Some((name.clone(), row.get(slot)?.shown()?.into_owned()))
            });
        pairs.collect()
    }
}

/// Passes a row through steps that take rows one by one; `sink` returns whether it wants another one.
fn stream<'v>(
    steps: &'v [Step],
    mut row: Vec<Value<'v>>,
    times: &Times,
    sink: &mut dyn FnMut(Vec<Value<'v>>) -> bool,
) -> bool {
    let mut steps = steps;
    while let Some((step, rest)) = steps.split_first() {
        match step {
            Step::Filter(condition) if !condition.holds(&row, times) => return true,
            Step::Filter(_) => {}
            Step::Assign(list) => {
                for (slot, expr) in list {
                    let value = expr.value(&row, times);
                    put(&mut row, *slot, value);
                }
            }
            Step::Parse(parse) => {
                let further = parse.fill(&mut row, times);
                if !further.is_empty() {
                    let rows = std::iter::once(row).chain(further);
                    return rows.into_iter().all(|row| stream(rest, row, times, sink));
                }
            }
            Step::Unnest {
                list,
                slot,
                is_list_of_one,
            } => {
                let value = list.value(&row, times);
                let elements = match (&value, is_list_of_one) {
                    (Value::Structure(_), _) => structure(Some(&value)),
                    (_, true) => None,
                    (value, false) => structure(Some(value)),
                };
                if let Some(serde_json::Value::Array(list)) = elements.as_deref() {
                    for idx in 0..list.len().min(MAX_ROWS_OF_ONE) {
                        let element = elements
                            .as_deref()
                            .and_then(|it| member(it, &idx.to_string()));
                        let mut row = row.clone();
                        put(&mut row, *slot, element.map_or(Value::Null, Value::of_json));
                        if !stream(rest, row, times, sink) {
                            return false;
                        }
                    }
                    return true;
                }
                put(&mut row, *slot, value);
            }
            _ => {}
        }
        steps = rest;
    }
    sink(row)
}
