//! Expressions whose names are known, and what they come to for a row.

use std::borrow::Cow;
use std::cmp::Ordering;

use memchr::memmem::Finder;
use regex::Regex;
use serde_json::Value as Json;

use super::period::Period;
use super::tree::Operator;
use super::value::Value;

/// An expression, ready to be evaluated.
#[derive(Debug, Clone)]
pub enum Expr {
    Constant(Value<'static>),
    /// The value in a place of the row.
    Slot(usize),
    /// What is in a map or a list, step by step.
    Path(Box<Expr>, Vec<String>),
    Negated(Box<Expr>),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Contains(Box<Expr>, Box<Finder<'static>>),
    Fits(Box<Expr>, Regex),
    In(Box<Expr>, Vec<Expr>),
    /// The time cut down to the beginning of a period, or moved up to the next one.
    Floor(Box<Expr>, Period, bool),
    RegexReplace(Box<Expr>, Regex, Box<Expr>),
    Call(Pure, Vec<Expr>),
}

/// A function of its arguments alone, and of the times of the query.
pub type Pure = for<'v> fn(&[Value<'v>], &Times) -> Value<'v>;

/// What a query knows of time, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// When it was started.
    pub now_ms: i64,
    /// Where the range begins that is queried.
    pub start_ms: i64,
    /// Where it ends.
    pub end_ms: i64,
}

impl Expr {
    /// Returns what it comes to for a row.
    pub fn value<'v>(&'v self, row: &[Value<'v>], times: &Times) -> Value<'v> {
        match self {
            Expr::Constant(value) => borrowed(value),
            Expr::Slot(slot) => row.get(*slot).cloned().unwrap_or(Value::Null),
            Expr::Path(of, steps) => match of.value(row, times) {
                Value::Structure(json) => {
                    let found = steps
                        .iter()
                        .try_fold(&*json, |json, step| member(json, step));
                    found.map_or(Value::Null, Value::of_json)
                }
                _ => Value::Null,
            },
            Expr::Negated(of) => match of.value(row, times).number() {
                Some(number) => Value::of_number(-number),
                None => Value::Null,
            },
            Expr::Binary(operator, a, b) => {
                binary(*operator, &a.value(row, times), &b.value(row, times))
            }
            Expr::Floor(of, period, is_ceil) => match of.value(row, times).number() {
                Some(ms) if *is_ceil => Value::Time(period.ceil(ms as i64)),
                Some(ms) => Value::Time(period.floor(ms as i64)),
                None => Value::Null,
            },
            Expr::RegexReplace(of, regex, with) => {
                let (of, with) = (of.value(row, times), with.value(row, times));
                match (of.text(), with.text()) {
                    (Some(text), Some(with)) => replaced(regex, &text, &with),
                    _ => Value::Null,
                }
            }
            Expr::Call(pure, arguments) => {
                let values: Vec<Value<'v>> =
                    arguments.iter().map(|it| it.value(row, times)).collect();
                pure(&values, times)
            }
            condition => Value::Bool(condition.holds(row, times)),
        }
    }

    /// Tells whether a condition holds for a row. Of a value that is not there only `!=` holds, and what is
    /// negated.
    pub fn holds(&self, row: &[Value<'_>], times: &Times) -> bool {
        match self {
            Expr::All(all) => all.iter().all(|it| it.holds(row, times)),
            Expr::Any(any) => any.iter().any(|it| it.holds(row, times)),
            Expr::Not(of) => !of.holds(row, times),
            Expr::Contains(of, part) => {
                let contains = |value: &Value<'_>| {
                    value
                        .text()
                        .is_some_and(|text| part.find(text.as_bytes()).is_some())
                };
                of.with(row, times, contains)
            }
            Expr::Fits(of, regex) => {
                let fits = |value: &Value<'_>| value.text().is_some_and(|it| regex.is_match(&it));
                of.with(row, times, fits)
            }
            Expr::In(of, list) => of.with(row, times, |value| {
                list.iter().any(|it| value.equals(&it.value(row, times)))
            }),
            other => other.value(row, times).is_true(),
        }
    }

    // What a slot holds is looked at where it is.
    fn with<'v, T>(
        &'v self,
        row: &[Value<'v>],
        times: &Times,
        look: impl FnOnce(&Value<'_>) -> T,
    ) -> T {
        match self {
            Expr::Slot(slot) => look(row.get(*slot).unwrap_or(&Value::Null)),
            other => look(&other.value(row, times)),
        }
    }

    /// Tells whether it may depend on the times of the query: functions without arguments do.
    pub fn asks_time(&self) -> bool {
        match self {
            Expr::Call(_, arguments) => {
                arguments.is_empty() || arguments.iter().any(Expr::asks_time)
            }
            Expr::Negated(of) | Expr::Floor(of, ..) => of.asks_time(),
            Expr::Binary(_, a, b) => a.asks_time() || b.asks_time(),
            _ => false,
        }
    }

    /// Adds the slots that it reads.
    pub fn add_reads(&self, slots: &mut Vec<usize>) {
        match self {
            Expr::Constant(_) => {}
            Expr::Slot(slot) => slots.push(*slot),
            Expr::Path(of, _)
            | Expr::Negated(of)
            | Expr::Not(of)
            | Expr::Contains(of, _)
            | Expr::Fits(of, _)
            | Expr::Floor(of, ..) => of.add_reads(slots),
            Expr::All(list) | Expr::Any(list) | Expr::Call(_, list) => {
                list.iter().for_each(|it| it.add_reads(slots));
            }
            Expr::Binary(_, a, b) | Expr::RegexReplace(a, _, b) => {
                a.add_reads(slots);
                b.add_reads(slots);
            }
            Expr::In(of, list) => {
                of.add_reads(slots);
                list.iter().for_each(|it| it.add_reads(slots));
            }
        }
    }

    /// Returns the slots that it reads.
    pub fn reads(&self) -> Vec<usize> {
        let mut slots = Vec::new();
        self.add_reads(&mut slots);
        slots
    }
}

// A constant text is that of the query.
fn borrowed<'v>(value: &'v Value<'static>) -> Value<'v> {
    match value {
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        other => other.clone(),
    }
}

/// Returns what a map has by a name, or a list by an index.
pub fn member<'j>(json: &'j Json, step: &str) -> Option<&'j Json> {
    match json {
        Json::Object(map) => map.get(step),
        Json::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

fn binary<'v>(operator: Operator, a: &Value<'_>, b: &Value<'_>) -> Value<'v> {
    let ordered = |holds: fn(Ordering) -> bool| Value::Bool(a.compare(b).is_some_and(holds));
    let computed = |compute: fn(f64, f64) -> f64| match (a.number(), b.number()) {
        (Some(a), Some(b)) => Value::of_number(compute(a, b)),
        _ => Value::Null,
    };
    match operator {
        Operator::Add => computed(|a, b| a + b),
        Operator::Subtract => computed(|a, b| a - b),
        Operator::Multiply => computed(|a, b| a * b),
        Operator::Divide => computed(|a, b| a / b),
        Operator::Remainder => computed(|a, b| a % b),
        Operator::Power => computed(f64::powf),
        Operator::Equal => Value::Bool(a.equals(b)),
        // A map or a list compared with anything is false.
        Operator::Unequal => {
            let has_structure = [a, b].iter().any(|it| matches!(it, Value::Structure(_)));
            Value::Bool(!has_structure && !a.equals(b))
        }
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

/// The most bytes of a text that a function makes.
pub const MADE_MAX_BYTES: usize = 4 << 20;

fn replaced<'v>(regex: &Regex, text: &str, with: &str) -> Value<'v> {
    // RE2's `\1` is what the engine calls `${1}`.
    let mut template = String::new();
    let mut characters = with.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek().copied()) {
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                template.push_str(&format!("${{{digit}}}"));
                characters.next();
            }
            ('\\', Some('\\')) => {
                template.push('\\');
                characters.next();
            }
            (c, _) => template.push(c),
        }
    }
    let n_matches = regex.find_iter(text).count();
    if n_matches.saturating_mul(template.len() + text.len().min(1 << 10)) > 16 * MADE_MAX_BYTES {
        return Value::Null;
    }
    Value::of_text(regex.replace_all(text, template.as_str()))
}
