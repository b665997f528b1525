//! Which groups come first, and which are left out.

use std::cmp::Ordering;

use super::group::Groups;
use crate::model::answer::Cell;
use crate::model::query::{Calculation, FilterOp, Having, Op, Order, OrderKey, QuerySpec};

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
                    let ordering =
                        idx.map_or(Ordering::Equal, |idx| self.compare_values(idx, a, b));
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
        let breakdowns = 0..self.groups.values.len();
        breakdowns.fold(Ordering::Equal, |so_far, idx| {
            so_far.then_with(|| self.compare_values(idx, a, b))
        })
    }

    fn compare_values(&self, idx: usize, a: u32, b: u32) -> Ordering {
        let number = |group| self.groups.number_of(group, idx);
        let values = self.groups.values.get(idx);
        values.map_or(Ordering::Equal, |values| {
            values.compare(number(a), number(b))
        })
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

// Rows without a number come last in either direction.
fn compare_numbers(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
