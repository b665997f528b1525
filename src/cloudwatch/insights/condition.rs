//! What `filter` asks of a row.

use std::cmp::Ordering;

use regex_lite::Regex;

use super::datum::Datum;

/// A condition on a row.
#[derive(Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// A value compared with another one.
    Compares(Operand, Op, Operand),
    /// `like "text"`: the text occurs in the value.
    Contains(Operand, String),
    /// `like /expression/` and `=~ /expression/`.
    Fits(Operand, Regex),
    /// `in [1, "two"]`
    In(Operand, Vec<Datum>),
    /// `ispresent(field)`
    IsPresent(usize),
}

#[derive(Debug)]
pub enum Operand {
    Slot(usize),
    Value(Datum),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Tells whether it holds for a row. Of a value that is not there only `!=` holds, and what is negated.
    pub fn holds(&self, row: &[Option<Datum>]) -> bool {
        let get = |operand: &'_ Operand| match operand {
            Operand::Slot(slot) => row.get(*slot).and_then(Option::as_ref).cloned(),
            Operand::Value(datum) => Some(datum.clone()),
        };
        match self {
            Condition::All(all) => all.iter().all(|it| it.holds(row)),
            Condition::Any(any) => any.iter().any(|it| it.holds(row)),
            Condition::Not(it) => !it.holds(row),
            Condition::Compares(left, op, right) => match (get(left), get(right)) {
                (Some(left), Some(right)) => op.holds(left.compare(&right)),
                _ => *op == Op::Unequal,
            },
            Condition::Contains(operand, text) => {
                get(operand).is_some_and(|it| it.text().contains(text.as_str()))
            }
            Condition::Fits(operand, regex) => {
                get(operand).is_some_and(|it| regex.is_match(&it.text()))
            }
            Condition::In(operand, values) => {
                get(operand).is_some_and(|it| values.iter().any(|value| it.compare(value).is_eq()))
            }
            Condition::IsPresent(slot) => row.get(*slot).is_some_and(Option::is_some),
        }
    }
}

impl Op {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Op::Equal => ordering.is_eq(),
            Op::Unequal => ordering.is_ne(),
            Op::Less => ordering.is_lt(),
            Op::LessOrEqual => ordering.is_le(),
            Op::Greater => ordering.is_gt(),
            Op::GreaterOrEqual => ordering.is_ge(),
        }
    }
}
