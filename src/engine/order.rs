//! Which groups come first, and which are left out.

use std::cmp::Ordering;

use super::group::Groups;
use crate::model::answer::Cell;
use crate::model::query::{Calculation, FilterOp, Having, Op, Order, OrderKey, QuerySpec};
use crate::model::span::Value;

/// Tells whether a group's cells, one for each of `columns`, pass every HAVING.
pub fn passes(havings: &[Having], columns: &[Calculation], cells: &[Cell]) -> bool {
    havings.iter().all(|having| {
        let tested = &having.calculation;
        let idx = columns.iter().position(|column| match &tested.name {
            Some(name) => column.name.as_ref() == Some(name),
            None => column.is_like(tested),
        });
        let number = idx.and_then(|idx| cells.get(idx)?.number());
        number.is_some_and(|number| match having.op {
            FilterOp::Equal => number == having.value,
            FilterOp::NotEqual => number != having.value,
            FilterOp::Greater => number > having.value,
            FilterOp::GreaterOrEqual => number >= having.value,
            FilterOp::Less => number < having.value,
            FilterOp::LessOrEqual => number <= having.value,
            _ => false,
        })
    })
}

/// The order of all groups.
///
/// Without orders: by the first answered column that is a number, largest first. Equal ones go by their
/// group, so that the same data always comes in the same order.
pub struct Ranking<'a> {
    terms: Vec<(Term, bool)>,
    cells: &'a [Vec<Cell>],
    groups: &'a Groups,
    // For each breakdown, by the number of a value its place in the order of values.
    ranks: Vec<Vec<u32>>,
}

enum Term {
    Cell(Option<usize>),
    Breakdown(Option<usize>),
}

impl<'a> Ranking<'a> {
    /// Prepares the order that `spec` asks for; `cells` has the cells of each group, and `columns` says
    /// what they are.
    pub fn new(
        spec: &QuerySpec,
        columns: &[Calculation],
        cells: &'a [Vec<Cell>],
        groups: &'a Groups,
    ) -> Ranking<'a> {
        let term = |Order { key, descending }: &Order| {
            let term = match key {
                OrderKey::Calculation(like) => {
                    Term::Cell(columns.iter().position(|column| column.is_like(like)))
                }
                OrderKey::Named(name) => {
                    let is_it = |column: &Calculation| column.name.as_ref() == Some(name);
                    Term::Cell(columns.iter().position(is_it))
                }
                OrderKey::Breakdown(column) => {
                    Term::Breakdown(spec.breakdowns.iter().position(|known| known == column))
                }
            };
            (term, *descending)
        };
        let mut terms: Vec<(Term, bool)> = spec.orders.iter().map(term).collect();
        if terms.is_empty() {
            let is_first = |column: &Calculation| {
                let is_answered = spec.formulas.is_empty() || column.op == Op::Formula;
                column.op != Op::Heatmap && is_answered
            };
            terms.push((Term::Cell(columns.iter().position(is_first)), true));
        }
        Ranking {
            terms,
            cells,
            groups,
            ranks: groups
                .values
                .iter()
                .map(|values| ranks(values.all()))
                .collect(),
        }
    }

    /// Compares two groups.
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        let number = |group: u32, idx: &Option<usize>| {
            self.cells.get(group as usize)?.get((*idx)?)?.number()
        };
        for (term, descending) in &self.terms {
            let ordering = match term {
                Term::Cell(idx) => compare_numbers(number(a, idx), number(b, idx), *descending),
                Term::Breakdown(idx) => {
                    let rank = |group| {
                        let ranks = self.ranks.get((*idx)?)?;
                        let number = self.groups.number_of(group, (*idx)?);
                        ranks.get(number as usize).copied()
                    };
                    let ordering = rank(a).cmp(&rank(b));
                    if *descending {
                        ordering.reverse()
                    } else {
                        ordering
                    }
                }
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        for (idx, ranks) in self.ranks.iter().enumerate() {
            let rank = |group| ranks.get(self.groups.number_of(group, idx) as usize);
            let ordering = rank(a).cmp(&rank(b));
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    }

    /// Puts the first `n` of `groups` to the front, in order.
    pub fn sort(&self, groups: &mut [u32], n: usize) {
        if n > 0 && n < groups.len() {
            groups.select_nth_unstable_by(n - 1, |a, b| self.compare(*a, *b));
        }
        let n = n.min(groups.len());
        if let Some(first) = groups.get_mut(..n) {
            first.sort_unstable_by(|a, b| self.compare(*a, *b));
        }
    }
}

// The place of each value in the order of all; of no value, which is number 0, behind all.
fn ranks(values: Vec<Value>) -> Vec<u32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |idx: usize| values.get(idx);
    order.sort_by(|a, b| match (value(*a), value(*b)) {
        (Some(a), Some(b)) => compare_values(a, b),
        _ => Ordering::Equal,
    });
    let mut ranks = vec![u32::MAX; values.len() + 1];
    for (rank, idx) in order.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(idx + 1) {
            *place = rank as u32;
        }
    }
    ranks
}

// Rows without a number come last in either direction.
fn compare_numbers(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

// Numbers before texts; what is equal but for its type goes by that, so that no two are equal.
fn compare_values(a: &Value, b: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Int(_) => 0,
        Value::Float(_) => 1,
        Value::Bool(_) => 2,
        Value::Str(_) => 3,
    };
    let ordering = match (a.number(), b.number()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (None, None) => match (a.text(), b.text()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => a.to_string().cmp(&b.to_string()),
        },
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    let whole = || match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => kind(a).cmp(&kind(b)),
    };
    ordering.then_with(whole)
}
