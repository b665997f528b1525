//! Parts of formulas that can never hold, or that count as zero whatever the event has.
//!
//! Only what the columns' types and the constants tell is judged; a column whose type is not known can be anything.

use super::schema::{Kind, NumberKind, Schema};
use crate::model::formula::{Expression, Formula, Function};
use crate::model::span::Value;

/// What is wrong with a part of a formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// How the part may be spelt in the formula; empty if it is none that can be pointed at.
    pub spellings: Vec<String>,
    /// What it is.
    pub what: String,
}

/// Returns the first part of a formula whose type makes it mean nothing.
pub fn mismatch(formula: &Formula, schema: &Schema) -> Option<Mismatch> {
    Types { formula, schema }.within(formula.root())
}

struct Types<'a> {
    formula: &'a Formula,
    schema: &'a Schema,
}

/// What a function takes.
enum Takes {
    /// Two values, or more, that are compared.
    Compared,
    /// These arguments are texts.
    Texts(usize),
    /// All arguments are numbers.
    Numbers,
    /// These arguments are conditions: all, or those before their values.
    Conditions { are_pairs: bool },
}

impl Types<'_> {
    fn within(&self, expression: &Expression) -> Option<Mismatch> {
        let Expression::Call(function, arguments) = expression else {
            return None;
        };
        let own = takes(*function).and_then(|takes| self.checked(*function, takes, arguments));
        own.or_else(|| arguments.iter().find_map(|it| self.within(it)))
    }

    fn checked(
        &self,
        function: Function,
        takes: Takes,
        arguments: &[Expression],
    ) -> Option<Mismatch> {
        match takes {
            Takes::Compared => {
                let (first, others) = arguments.split_first()?;
                others
                    .iter()
                    .find_map(|it| self.compared(function, first, it))
            }
            Takes::Texts(n) => arguments.iter().take(n).find_map(|it| {
                let is_odd = matches!(self.kind(it), Kind::Number(_) | Kind::Truth);
                let advice = "STRING(…) makes a text of it";
                is_odd.then(|| self.refused(function, "texts", it, advice))
            }),
            Takes::Numbers => arguments.iter().find_map(|it| {
                let is_odd = match it {
                    Expression::Literal(Some(Value::Str(text))) => !is_number(text),
                    it => matches!(self.kind(it), Kind::Text | Kind::Truth),
                };
                let advice = match self.kind(it) {
                    Kind::Truth => "IF(…, 1, 0) makes a number of it",
                    _ => "FLOAT(…) makes a number of a text that spells one, and 0 of any other",
                };
                is_odd.then(|| self.refused(function, "numbers", it, advice))
            }),
            Takes::Conditions { are_pairs } => {
                // The last of an odd number of arguments is the value for no condition.
                let n_pairs = arguments.len() / 2;
                let is_condition =
                    |idx: usize| !are_pairs || idx.is_multiple_of(2) && idx / 2 < n_pairs;
                let mut conditions = arguments
                    .iter()
                    .enumerate()
                    .filter(|(idx, _)| is_condition(*idx));
                conditions.find_map(|(_, it)| {
                    let advice = "compare it, as in $column = \"text\", or ask whether it is there: EXISTS($column)";
                    let is_odd = self.kind(it) == Kind::Text && !is_truth(it);
                    is_odd.then(|| self.refused(function, "conditions", it, advice))
                })
            }
        }
    }

    // Values of two types are never equal, and neither is before the other.
    fn compared(
        &self,
        function: Function,
        one: &Expression,
        other: &Expression,
    ) -> Option<Mismatch> {
        let (kind, other_kind) = (self.kind(one), self.kind(other));
        let is_order = !matches!(function, Function::Equals | Function::In);
        let is_same = match (kind, other_kind) {
            (Kind::Any, _) | (_, Kind::Any) => true,
            (Kind::Number(_), Kind::Number(_)) | (Kind::Text, Kind::Text) => true,
            (Kind::Truth, Kind::Truth) => !is_order,
            _ => false,
        };
        if is_same {
            return None;
        }
        // What was written out is what is wrong, and a column what it is wrong for.
        let (column, value) = match (one, other) {
            (Expression::Literal(_), _) => (other, one),
            _ => (one, other),
        };
        let what = match (kind, other_kind) {
            (Kind::Truth, Kind::Truth) => format!(
                "{}, and neither of true and false is before the other",
                self.is_of(column)
            ),
            _ => match value {
                Expression::Literal(Some(Value::Str(text))) => match self.kind(column) {
                    Kind::Truth => format!("{}: use true or false", self.is_of(column)),
                    _ if is_number(text) => {
                        format!("{}, and a number has no quotes: {text}", self.is_of(column))
                    }
                    _ => format!("{}, and `{text}` is no number", self.is_of(column)),
                },
                Expression::Literal(Some(literal)) if self.kind(column) == Kind::Text => {
                    format!(
                        "{}, and a text stands in quotes: \"{literal}\"",
                        self.is_of(column)
                    )
                }
                value => format!(
                    "{}, and {}: one is never compared with the other",
                    self.is_of(column),
                    self.is_of(value)
                ),
            },
        };
        let spellings = [value, column]
            .into_iter()
            .flat_map(|it| self.spellings(it));
        Some(Mismatch {
            spellings: spellings.collect(),
            what,
        })
    }

    fn refused(
        &self,
        function: Function,
        takes: &str,
        argument: &Expression,
        advice: &str,
    ) -> Mismatch {
        let named = Function::ALL.iter().find(|(_, it, ..)| *it == function);
        let name = named.map_or("a function", |(name, ..)| *name);
        Mismatch {
            spellings: self.spellings(argument),
            what: format!(
                "{name} takes {takes}, and {}; {advice}",
                self.is_of(argument)
            ),
        }
    }

    fn kind(&self, expression: &Expression) -> Kind {
        self.schema.kind_of(self.formula, expression)
    }

    fn is_of(&self, expression: &Expression) -> String {
        let kind = self.kind(expression);
        match expression {
            Expression::Column(idx) => {
                let column = self
                    .formula
                    .columns()
                    .get(*idx)
                    .map_or("it", String::as_str);
                format!("{column} is a column of {}", kind.words())
            }
            Expression::Literal(Some(value)) => match kind {
                Kind::Text => format!("\"{value}\" is text"),
                Kind::Number(_) => format!("{value} is a number"),
                _ => format!("{value} is neither number nor text"),
            },
            Expression::Call(function, _) => {
                let named = Function::ALL.iter().find(|(_, it, ..)| it == function);
                let name = named.map_or("a function", |(name, ..)| *name);
                format!("{name} gives {}", kind.words())
            }
            Expression::Literal(None) | Expression::Pattern(_) => "it is nothing".to_string(),
        }
    }

    fn spellings(&self, expression: &Expression) -> Vec<String> {
        match expression {
            Expression::Column(idx) => match self.formula.columns().get(*idx) {
                Some(name) => vec![format!("${name}"), format!("$\"{name}\"")],
                None => Vec::new(),
            },
            Expression::Literal(Some(Value::Str(text))) => vec![format!("\"{text}\"")],
            _ => Vec::new(),
        }
    }
}

fn takes(function: Function) -> Option<Takes> {
    use Function::*;
    Some(match function {
        Less | LessOrEqual | Greater | GreaterOrEqual | Equals | In => Takes::Compared,
        StartsWith | EndsWith | Contains => Takes::Texts(2),
        ToLower | Length | RegMatch | RegValue | RegCount | UnixTimestamp => Takes::Texts(1),
        Sum | Sub | Mul | Div | Mod | Log10 | Bucket => Takes::Numbers,
        And | Or | Not => Takes::Conditions { are_pairs: false },
        If => Takes::Conditions { are_pairs: true },
        Switch | Coalesce | Exists | Min | Max | Int | Float | Bool | String | Concat
        | EventTimestamp | FormatTime => return None,
    })
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_truth(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(Some(Value::Str(text))) if matches!(&**text, "true" | "false"))
}

/// Returns the kind of a constant.
pub fn kind_of_value(value: &Value) -> Kind {
    match value {
        Value::Str(_) => Kind::Text,
        Value::Bool(_) => Kind::Truth,
        Value::Int(_) | Value::Float(_) => Kind::Number(NumberKind::Computed),
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::tests::schema;
    use super::*;

    fn of(text: &str) -> Option<Mismatch> {
        mismatch(&Formula::parse(text).unwrap(), &schema())
    }

    #[test]
    fn what_a_type_makes_meaningless_is_said_with_the_right_form() {
        for (text, at, says) in [
            (
                "GT($duration_ms, \"abc\")",
                "\"abc\"",
                "and `abc` is no number",
            ),
            (
                "GT($duration_ms, \"250\")",
                "\"250\"",
                "a number has no quotes: 250",
            ),
            (
                "AND($app.retried, $duration_ms > \"abc\")",
                "\"abc\"",
                "duration_ms is a column of numbers (float)",
            ),
            (
                "IN($app.queue_depth, 3, \"abc\")",
                "\"abc\"",
                "`abc` is no number",
            ),
            (
                "$http.route > 3",
                "$http.route",
                "a text stands in quotes: \"3\"",
            ),
            (
                "EQUALS($http.route, true)",
                "$http.route",
                "stands in quotes: \"true\"",
            ),
            (
                "$duration_ms = true",
                "$duration_ms",
                "true is neither number nor text",
            ),
            ("$app.retried = \"yes\"", "\"yes\"", "use true or false"),
            (
                "$app.retried > false",
                "$app.retried",
                "neither of true and false",
            ),
            (
                "$app.retried = 1",
                "$app.retried",
                "true or false (boolean), and 1 is a number",
            ),
            (
                "$duration_ms = $http.route",
                "$http.route",
                "is never compared with the other",
            ),
            (
                "LENGTH($http.route) = \"abc\"",
                "\"abc\"",
                "LENGTH gives numbers",
            ),
            (
                "$slow = 1",
                "$slow",
                "slow is a column of true or false (boolean)",
            ),
            (
                "STARTS_WITH($duration_ms, \"3\")",
                "$duration_ms",
                "STARTS_WITH takes texts",
            ),
            ("LENGTH($duration_ms)", "$duration_ms", "STRING(…)"),
            ("LOG10($http.route)", "$http.route", "LOG10 takes numbers"),
            ("$http.route + 3", "$http.route", "FLOAT(…)"),
            (
                "SUM($duration_ms, \"x\")",
                "\"x\"",
                "SUM takes numbers, and \"x\" is text",
            ),
            ("$app.retried * 2", "$app.retried", "IF(…, 1, 0)"),
            ("AND($http.route, true)", "$http.route", "EXISTS($column)"),
            (
                "IF($http.route, 1, 2)",
                "$http.route",
                "IF takes conditions",
            ),
        ] {
            let found = of(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                found.spellings.first().map(String::as_str),
                Some(at),
                "{text}"
            );
            assert!(found.what.contains(says), "{text}: {}", found.what);
        }
    }

    #[test]
    fn what_can_mean_something_is_left_alone() {
        for text in [
            "EQUALS($http.route, \"abc\")",
            "GT($duration_ms, 250)",
            "IF($duration_ms > 3, \"slow\", \"fast\")",
            "IF($app.retried, $http.route)",
            "FLOAT($http.route) > 3",
            "INT($http.route) + 3",
            "STRING($duration_ms) = \"3\"",
            "CONTAINS(STRING($duration_ms), \"3\")",
            "EXISTS($http.route) AND NOT(EXISTS($duration_ms))",
            "AND($duration_ms, $app.retried)",
            "COALESCE($http.route, 3) > 3",
            "SUM($duration_ms, \"3\")",
            "SWITCH($http.route, \"/a\", 1, 2)",
            "$later > \"abc\"",
            "$http.route > \"/b\"",
            "$http.route = null",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
