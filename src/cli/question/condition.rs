//! Conditions: `http.route = /api/activities/home and (duration_ms > 250 or error exists)`.

use super::pointed;
pub use super::reader::parse_stated;
use crate::model::query::{Filter, FilterOp};

/// A condition as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One comparison.
    Test(Filter),
    /// All of them hold.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
}

/// A condition with the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    /// What was typed; for a part of a selection, all of it.
    pub text: String,
    /// What it says.
    pub condition: Condition,
    // One for each comparison, from left to right.
    places: Vec<Places>,
}

/// Where the parts of one comparison are in the text, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    /// The column.
    pub column: usize,
    /// The operator.
    pub op: usize,
    /// Each value.
    pub values: Vec<ValuePlace>,
}

/// Where a value is in the text, and how it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuePlace {
    /// In bytes.
    pub at: usize,
    /// What was typed without quotes; `None` for a text in quotes.
    pub bare: Option<String>,
}

impl Places {
    /// Returns what was typed as the value with an index, if it was without quotes.
    pub fn bare(&self, idx: usize) -> Option<&str> {
        self.values.get(idx)?.bare.as_deref()
    }
}

/// Reads a condition; see [`parse_stated`].
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_condition(text: &str) -> Result<Condition, String> {
    parse_stated(text).map(|stated| stated.condition)
}

impl Stated {
    /// Returns a condition whose comparisons are at `places` of `text`.
    pub fn new(text: &str, condition: Condition, places: Vec<Places>) -> Stated {
        let text = text.to_string();
        Stated {
            text,
            condition,
            places,
        }
    }

    /// Calls `change` with every comparison and its places, from left to right.
    ///
    /// # Errors
    /// The first of `change`, a place and what is wrong there, with a caret under it.
    pub fn each(
        &mut self,
        mut change: impl FnMut(&mut Filter, &Places) -> Result<(), (usize, String)>,
    ) -> Result<(), String> {
        let tests = self.condition.tests();
        for (filter, places) in tests.into_iter().zip(&self.places) {
            if let Err((position, what)) = change(filter, places) {
                return Err(pointed(&self.text, position, &what));
            }
        }
        Ok(())
    }
}

impl Condition {
    /// Returns the opposite: every comparison becomes its own, and `and` becomes `or`.
    pub fn opposite(self) -> Condition {
        let all = |parts: Vec<Condition>| parts.into_iter().map(Condition::opposite).collect();
        match self {
            Condition::Test(filter) => Condition::Test(Filter {
                op: opposite(filter.op),
                ..filter
            }),
            Condition::All(parts) => Condition::Any(all(parts)),
            Condition::Any(parts) => Condition::All(all(parts)),
        }
    }

    /// Returns the parts that all have to hold.
    pub fn conjuncts(&self) -> Vec<&Condition> {
        match self {
            Condition::All(parts) => parts.iter().flat_map(Condition::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// Returns every comparison, from left to right.
    pub fn tests(&mut self) -> Vec<&mut Filter> {
        match self {
            Condition::Test(filter) => vec![filter],
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter_mut().flat_map(Condition::tests).collect()
            }
        }
    }

    /// Returns the column of every comparison, from left to right.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Condition::Test(filter) => vec![&filter.column],
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().flat_map(Condition::columns).collect()
            }
        }
    }
}

fn opposite(op: FilterOp) -> FilterOp {
    match op {
        FilterOp::Equal => FilterOp::NotEqual,
        FilterOp::NotEqual => FilterOp::Equal,
        FilterOp::Greater => FilterOp::LessOrEqual,
        FilterOp::GreaterOrEqual => FilterOp::Less,
        FilterOp::Less => FilterOp::GreaterOrEqual,
        FilterOp::LessOrEqual => FilterOp::Greater,
        FilterOp::StartsWith => FilterOp::DoesNotStartWith,
        FilterOp::DoesNotStartWith => FilterOp::StartsWith,
        FilterOp::EndsWith => FilterOp::DoesNotEndWith,
        FilterOp::DoesNotEndWith => FilterOp::EndsWith,
        FilterOp::Exists => FilterOp::DoesNotExist,
        FilterOp::DoesNotExist => FilterOp::Exists,
        FilterOp::Contains => FilterOp::DoesNotContain,
        FilterOp::DoesNotContain => FilterOp::Contains,
        FilterOp::In => FilterOp::NotIn,
        FilterOp::NotIn => FilterOp::In,
    }
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
