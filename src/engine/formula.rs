//! What comes out of a formula.
//!
//! Null is a column that the event lacks. Arithmetic with null is null, and so is a division by zero or
//! a result that is no finite number. Texts in arithmetic count as the number they spell, or as zero;
//! truths count as zero. A condition holds for `true`, for numbers but zero, and for the text `true`.
//! Whole numbers stay whole but in a division, until they outgrow 64 bits.
//! Source: Honeycomb's calculated-field reference. It lets null count as zero in places and be handed
//! through in others; here it is always handed through.

use std::cmp::Ordering;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::model::formula::{Expression, Function};
use crate::model::span::Value;

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
                let texts = self.values().flatten().map(|value| value.to_string());
                Some(texts.collect::<String>().into())
            }
            Function::StartsWith => text(|text, part| text.starts_with(part)),
            Function::EndsWith => text(|text, part| text.ends_with(part)),
            Function::Contains => text(|text, part| text.contains(part)),
            Function::ToLower => Some(self.value(0)?.text()?.to_lowercase().into()),
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
            Function::UnixTimestamp => {
                let moment = OffsetDateTime::parse(self.value(0)?.text()?, &Rfc3339).ok()?;
                Some((moment.unix_timestamp_nanos() as f64 / 1e9).into())
            }
            Function::EventTimestamp => Some((self.time as f64 / 1e9).into()),
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
mod tests {
    use super::*;
    use crate::model::formula::Formula;

    // One event: n = 5, f = 2.5, s = "Text", t = "true", b = true; everything else is null.
    fn of(text: &str) -> Option<Value> {
        let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let column = |idx: usize| match formula.columns()[idx].as_str() {
            "n" => Some(Value::Int(5)),
            "f" => Some(Value::Float(2.5)),
            "s" => Some("Text".into()),
            "t" => Some("true".into()),
            "b" => Some(true.into()),
            _ => None,
        };
        value(formula.root(), &column, 1_500_549_764_888_000_000)
    }

    fn check<T: Into<Value>>(cases: impl IntoIterator<Item = (&'static str, T)>) {
        for (text, expected) in cases {
            assert_eq!(of(text), Some(expected.into()), "{text}");
        }
    }

    #[test]
    fn whole_numbers_stay_whole_but_in_a_division() {
        check(
            [
                ("$n + 1", 6),
                ("$n - 7", -2),
                ("$n * 2 + 1", 11),
                ("$n % 3", 2),
                ("SUM(1, \"2\", \"x\", true)", 3),
                ("INT($f)", 2),
                ("INT(-2.9)", -2),
                ("INT(\"7.9\")", 7),
                ("LENGTH(\"né\")", 2),
                ("LENGTH(\"né\", \"bytes\")", 3),
            ]
            .map(|(text, int)| (text, int as i64)),
        );
        check([
            ("$n / 2", 2.5),
            ("$n + $f", 7.5),
            ("$f % 2", 0.5),
            ("1.0 + 5 + \"2.3\"", 8.3),
            ("9223372036854775807 + 1", 9_223_372_036_854_775_808.0),
            ("LOG10(1000)", 3.0),
            ("FLOAT(\"3.5\")", 3.5),
            ("FLOAT($s)", 0.0),
            ("EVENT_TIMESTAMP()", 1_500_549_764.888),
            (
                "UNIX_TIMESTAMP(\"2017-07-20T11:22:44.888Z\")",
                1_500_549_764.888,
            ),
        ]);
    }

    #[test]
    fn null_and_division_by_zero_are_null() {
        for text in [
            "$none",
            "$none + 1",
            "1 - $none",
            "SUM(1, $none)",
            "$n / 0",
            "$n / \"x\"",
            "$n % 0",
            "$f % 0",
            "-9223372036854775807 % 0",
            "LOG10(0)",
            "LOG10(-1)",
            "LOG10($s)",
            "1e308 * 10",
            "INT($none)",
            "TO_LOWER($n)",
            "LENGTH($none)",
            "UNIX_TIMESTAMP($s)",
            "IF(false, 1)",
            "IF($none, 1)",
            "SWITCH($s, \"a\", 1)",
            "COALESCE($none, null)",
            "MIN($none)",
            "BUCKET($s, 10)",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn conditions_hold_or_do_not() {
        check([
            ("$n < 6", true),
            ("$n >= 5.0", true),
            ("$n = 5.0", true),
            ("$n = \"5\"", false),
            ("$n != \"5\"", true),
            ("$n < \"6\"", false),
            ("$none < 1", false),
            ("$none = null", true),
            ("$s > \"Test\"", true),
            ("$b = true", true),
            ("IN($n, 1, 5)", true),
            ("IN($n, 1, \"5\")", false),
            ("EXISTS($n)", true),
            ("EXISTS($none)", false),
            ("!$none", true),
            ("NOT($t)", false),
            ("BOOL($s)", false),
            ("$t AND $b AND $n", true),
            ("$none OR 0", false),
            ("0 OR $f", true),
            ("STARTS_WITH($s, \"Te\")", true),
            ("ENDS_WITH($s, \"Te\")", false),
            ("CONTAINS($s, \"ex\")", true),
            ("CONTAINS($n, \"5\")", false),
        ]);
    }

    #[test]
    fn texts_are_made_and_chosen() {
        check([
            ("IF($n > 9, \"a\", $n > 4, \"b\", \"c\")", "b"),
            ("IF($n > 9, \"a\", \"c\")", "c"),
            ("SWITCH($s, \"x\", \"a\", \"Text\", \"b\", \"c\")", "b"),
            ("SWITCH($s, \"x\", \"a\", \"c\")", "c"),
            ("COALESCE($none, $s, \"x\")", "Text"),
            ("CONCAT($s, \" \", $n, $none, $b)", "Text 5true"),
            ("STRING($f)", "2.5"),
            ("STRING($none)", ""),
            ("TO_LOWER($s)", "text"),
            ("MIN($none, \"b\", 1, \"a\")", "a"),
        ]);
        assert_eq!(of("MAX($n, $f, \"9\")"), Some(Value::Int(5)));
    }

    #[test]
    fn buckets_are_named_by_their_edges_and_edges_fall_down() {
        check([
            ("BUCKET(-1, 10, 0, 30)", "< 0"),
            ("BUCKET(0, 10, 0, 30)", "0 - 10"),
            ("BUCKET(10, 10, 0, 30)", "0 - 10"),
            ("BUCKET(10.5, 10, 0, 30)", "10 - 20"),
            ("BUCKET(30, 10, 0, 30)", "20 - 30"),
            ("BUCKET(31, 10, 0, 30)", "> 30"),
            ("BUCKET(24, 10, 0, 25)", "20 - 25"),
            ("BUCKET(500, 100, 0)", "400 - 500"),
            ("BUCKET($f, 0.5)", "2 - 2.5"),
            ("BUCKET(-7, 5)", "-10 - -5"),
        ]);
    }
}
