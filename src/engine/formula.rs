//! What comes out of a formula.
//!
//! Null is a column that the event lacks. Arithmetic with null is null, and so is a division by zero or
//! a result that is no finite number. Texts in arithmetic count as the number they spell, or as zero;
//! truths count as zero. A condition holds for `true`, for numbers but zero, and for the text `true`.
//! Whole numbers stay whole but in a division, until they outgrow 64 bits.
//! Source: Honeycomb's calculated-field reference. It lets null count as zero in places and be handed
//! through in others; here it is always handed through.

use std::cmp::Ordering;

use crate::model::formula::{Expression, Function, Pattern, time_format};
use crate::model::span::Value;
use crate::model::time::parse_rfc3339;

// A text that is made is no longer than one that is sent may be; formulas of formulas would else double it
// without end. Source: Honeycomb's OpenAPI document, strings of 64 KB.
const LONGEST_TEXT: usize = 65_535;

fn cut(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
    }
    text
}

/// Evaluates an expression, which recurses as deep as the expression is.
///
/// `column` gives the value of a column by its index in the formula; `time` is the event's, in
/// nanoseconds since the epoch. `None` is null.
pub fn value(
    expression: &Expression,
    column: &dyn Fn(usize) -> Option<Value>,
    time: i64,
) -> Option<Value> {
    match expression {
        Expression::Literal(value) => value.clone(),
        Expression::Column(idx) => column(*idx),
        // Only the functions that match texts look at it, and they do not ask for its value.
        Expression::Pattern(_) => None,
        Expression::Call(function, arguments) => {
            let call = Call {
                arguments,
                column,
                time,
            };
            call.result(*function)
        }
    }
}

struct Call<'a> {
    arguments: &'a [Expression],
    column: &'a dyn Fn(usize) -> Option<Value>,
    time: i64,
}

impl Call<'_> {
    fn value(&self, idx: usize) -> Option<Value> {
        value(self.arguments.get(idx)?, self.column, self.time)
    }

    fn values(&self) -> impl Iterator<Item = Option<Value>> {
        (0..self.arguments.len()).map(|idx| self.value(idx))
    }

    fn result(&self, function: Function) -> Option<Value> {
        let ordered = |accepts: fn(Ordering) -> bool| {
            let ordering = ordering(&self.value(0), &self.value(1));
            Some(ordering.is_some_and(accepts).into())
        };
        let text = |accepts: fn(&str, &str) -> bool| {
            let holds = match (self.value(0), self.value(1)) {
                (Some(Value::Str(text)), Some(Value::Str(part))) => accepts(&text, &part),
                _ => false,
            };
            Some(holds.into())
        };
        match function {
            Function::If => self.first_that_holds(),
            Function::Switch => self.first_case(),
            Function::Coalesce => self.values().flatten().next(),
            Function::Less => ordered(Ordering::is_lt),
            Function::LessOrEqual => ordered(Ordering::is_le),
            Function::Greater => ordered(Ordering::is_gt),
            Function::GreaterOrEqual => ordered(Ordering::is_ge),
            Function::Equals => Some(equal(&self.value(0), &self.value(1)).into()),
            Function::In => {
                let wanted = self.value(0);
                let is_there = self.values().skip(1).any(|it| equal(&wanted, &it));
                Some(is_there.into())
            }
            Function::Exists => Some(self.value(0).is_some().into()),
            Function::Not => Some((!holds(&self.value(0))).into()),
            Function::And => Some(self.values().all(|it| holds(&it)).into()),
            Function::Or => Some(self.values().any(|it| holds(&it)).into()),
            Function::Bool => Some(holds(&self.value(0)).into()),
            Function::Min => self.extreme(Ordering::is_lt),
            Function::Max => self.extreme(Ordering::is_gt),
            Function::Sum => self.fold(i64::checked_add, |a, b| a + b),
            Function::Mul => self.fold(i64::checked_mul, |a, b| a * b),
            Function::Sub => self.fold(i64::checked_sub, |a, b| a - b),
            Function::Mod => self.fold(i64::checked_rem, |a, b| a % b),
            Function::Div => {
                let (above, below) = (number(self.value(0)?), number(self.value(1)?));
                finite(above.float() / below.float())
            }
            Function::Log10 => match self.value(0)? {
                Value::Str(text) => finite(text.trim().parse::<f64>().ok()?.log10()),
                value => finite(number(value).float().log10()),
            },
            Function::Int => Some(match number(self.value(0)?) {
                Number::Int(int) => int.into(),
                // Beyond 64 bits this saturates.
                Number::Float(float) => (float as i64).into(),
            }),
            Function::Float => finite(number(self.value(0)?).float()),
            Function::Bucket => self.bucket(),
            Function::String => Some(match self.value(0) {
                None => "".into(),
                Some(value) => value.to_string().into(),
            }),
            Function::Concat => {
                let mut all = String::new();
                for value in self.values().flatten() {
                    all.push_str(&value.to_string());
                    if all.len() > LONGEST_TEXT {
                        break;
                    }
                }
                Some(cut(all).into())
            }
            Function::StartsWith => text(|text, part| text.starts_with(part)),
            Function::EndsWith => text(|text, part| text.ends_with(part)),
            Function::Contains => text(|text, part| text.contains(part)),
            Function::ToLower => Some(cut(self.value(0)?.text()?.to_lowercase()).into()),
            Function::Length => {
                let text = self.value(0)?;
                let text = text.text()?;
                let is_in_bytes = self.value(1).is_some_and(|it| it.text() == Some("bytes"));
                let length = if is_in_bytes {
                    text.len()
                } else {
                    text.chars().count()
                };
                Some((length as i64).into())
            }
            // What is no text has no match.
            Function::RegMatch => {
                let is_match = self.matched(|pattern, text| pattern.matches(text));
                Some(is_match.unwrap_or(false).into())
            }
            Function::RegValue => {
                self.matched(|pattern, text| pattern.value(text).map(Value::from))?
            }
            Function::RegCount => {
                let n_matches = self.matched(|pattern, text| pattern.count(text) as i64);
                Some(n_matches.unwrap_or(0).into())
            }
            Function::FormatTime => {
                let (format, moment) = (self.value(0)?, self.value(1)?);
                let text = time_format::formatted(format.text()?, moment.number()?)?;
                Some(text.into())
            }
            Function::UnixTimestamp => {
                let moment = parse_rfc3339(self.value(0)?.text()?)?;
                Some((moment as f64 / 1e9).into())
            }
            Function::EventTimestamp => Some((self.time as f64 / 1e9).into()),
        }
    }

    // What `look` finds in the first argument with the pattern that is the second; `None` if the first is
    // no text.
    fn matched<T>(&self, look: impl FnOnce(&Pattern, &str) -> T) -> Option<T> {
        let text = self.value(0)?;
        match self.arguments.get(1) {
            Some(Expression::Pattern(pattern)) => Some(look(pattern, text.text()?)),
            _ => None,
        }
    }

    fn first_that_holds(&self) -> Option<Value> {
        let n_pairs = self.arguments.len() / 2;
        let found = (0..n_pairs).find(|pair| holds(&self.value(2 * pair)));
        match found {
            Some(pair) => self.value(2 * pair + 1),
            None if self.arguments.len() % 2 == 1 => self.value(2 * n_pairs),
            None => None,
        }
    }

    fn first_case(&self) -> Option<Value> {
        let asked = self.value(0);
        let n_pairs = (self.arguments.len() - 1) / 2;
        let found = (0..n_pairs).find(|pair| equal(&asked, &self.value(2 * pair + 1)));
        match found {
            Some(pair) => self.value(2 * pair + 2),
            None if self.arguments.len().is_multiple_of(2) => self.value(2 * n_pairs + 1),
            None => None,
        }
    }

    // Nulls are passed over, and so is what cannot be compared with the first value.
    fn extreme(&self, is_better: fn(Ordering) -> bool) -> Option<Value> {
        self.values().flatten().reduce(|best, value| {
            let better = matches!(compare(&value, &best), Some(ordering) if is_better(ordering));
            if better { value } else { best }
        })
    }

    fn fold(
        &self,
        whole: fn(i64, i64) -> Option<i64>,
        float: fn(f64, f64) -> f64,
    ) -> Option<Value> {
        let mut so_far: Option<Number> = None;
        for value in self.values() {
            let next = number(value?);
            so_far = Some(match so_far {
                None => next,
                Some(so_far) => both(so_far, next, whole, float),
            });
        }
        match so_far? {
            Number::Int(int) => Some(int.into()),
            Number::Float(float) => finite(float),
        }
    }

    // `< 0`, `0 - 10`, `10 - 20`, `> 20`: a number on the edge of two bins is in the lower one, but the
    // least itself is in the first bin, because `< 0` would be untrue of it.
    fn bucket(&self) -> Option<Value> {
        let value = self.value(0)?.number()?;
        let argument = |idx: usize| self.value(idx).and_then(|it| it.number());
        let (size, least, most) = (argument(1)?, argument(2), argument(3));
        if let Some(least) = least.filter(|least| value < *least) {
            return Some(format!("< {least}").into());
        }
        if let Some(most) = most.filter(|most| value > *most) {
            return Some(format!("> {most}").into());
        }
        let start = least.unwrap_or(0.0);
        let mut bin = ((value - start) / size).ceil() - 1.0;
        if least.is_some() {
            bin = bin.max(0.0);
        }
        let (low, high) = (start + bin * size, start + (bin + 1.0) * size);
        let high = most.map_or(high, |most| high.min(most));
        Some(format!("{low} - {high}").into())
    }
}

#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    fn float(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Float(float) => float,
        }
    }
}

fn number(value: Value) -> Number {
    match value {
        Value::Int(int) => Number::Int(int),
        Value::Float(float) => Number::Float(float),
        Value::Str(text) => {
            let text = text.trim();
            match (text.parse(), text.parse::<f64>()) {
                (Ok(int), _) => Number::Int(int),
                (_, Ok(float)) if float.is_finite() => Number::Float(float),
                _ => Number::Int(0),
            }
        }
        Value::Bool(_) => Number::Int(0),
    }
}

fn both(
    a: Number,
    b: Number,
    whole: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Number {
    if let (Number::Int(a), Number::Int(b)) = (a, b)
        && let Some(int) = whole(a, b)
    {
        return Number::Int(int);
    }
    Number::Float(float(a.float(), b.float()))
}

fn finite(float: f64) -> Option<Value> {
    float.is_finite().then_some(float.into())
}

fn holds(value: &Option<Value>) -> bool {
    match value {
        None => false,
        Some(Value::Bool(bool)) => *bool,
        Some(Value::Str(text)) => &**text == "true",
        Some(Value::Int(int)) => *int != 0,
        Some(Value::Float(float)) => *float != 0.0,
    }
}

// Null equals null only; a number never equals a text.
fn equal(a: &Option<Value>, b: &Option<Value>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a == b,
        _ => ordering(a, b).is_some_and(Ordering::is_eq),
    }
}

fn ordering(a: &Option<Value>, b: &Option<Value>) -> Option<Ordering> {
    compare(a.as_ref()?, b.as_ref()?)
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ => a.number()?.partial_cmp(&b.number()?),
    }
}

#[cfg(test)]
#[path = "formula_tests.rs"]
mod tests;
