//! Which groups come first, and which are left out.

use std::cmp::Ordering;

use crate::model::answer::Row;
use crate::model::query::{Calculation, FilterOp, Having, Op, Order, OrderKey, QuerySpec};
use crate::model::span::Value;

/// Tells whether a row passes every HAVING; `columns` is what its cells are.
pub fn passes(havings: &[Having], columns: &[Calculation], row: &Row) -> bool {
    havings.iter().all(|having| {
        let tested = &having.calculation;
        let idx = columns.iter().position(|column| match &tested.name {
            Some(name) => column.name.as_ref() == Some(name),
            None => column.is_like(tested),
        });
        let number = idx.and_then(|idx| row.cells.get(idx)?.number());
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

/// Compares two rows as the query wants them ordered; `columns` is what their cells are.
///
/// Without orders: by the first answered column that is a number, largest first. Equal rows go by their
/// group, so that the same data always comes in the same order.
pub fn compare(spec: &QuerySpec, columns: &[Calculation], a: &Row, b: &Row) -> Ordering {
    let by_cell = |is_it: &dyn Fn(&Calculation) -> bool, descending| {
        let idx = columns.iter().position(is_it);
        let number = |row: &Row| idx.and_then(|idx| row.cells.get(idx)?.number());
        compare_numbers(number(a), number(b), descending)
    };
    let mut ordering = Ordering::Equal;
    for Order { key, descending } in &spec.orders {
        ordering = ordering.then_with(|| match key {
            OrderKey::Calculation(like) => by_cell(&|column| column.is_like(like), *descending),
            OrderKey::Named(name) => {
                by_cell(&|column| column.name.as_ref() == Some(name), *descending)
            }
            OrderKey::Breakdown(column) => {
                let idx = spec.breakdowns.iter().position(|known| known == column);
                let value = |row: &Row| idx.and_then(|idx| row.group.get(idx).cloned().flatten());
                let ordering = compare_values(&value(a), &value(b));
                if *descending {
                    ordering.reverse()
                } else {
                    ordering
                }
            }
        });
    }
    if spec.orders.is_empty() {
        let is_answered =
            |column: &Calculation| spec.formulas.is_empty() || column.op == Op::Formula;
        let is_first = |column: &Calculation| column.op != Op::Heatmap && is_answered(column);
        ordering = by_cell(&is_first, true);
    }
    let by_group = || {
        let pairs = a.group.iter().zip(&b.group);
        pairs.fold(Ordering::Equal, |so_far, (a, b)| {
            so_far.then_with(|| compare_values(a, b))
        })
    };
    ordering.then_with(by_group)
}

// Rows without a number come last in either direction.
fn compare_numbers(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn compare_values(a: &Option<Value>, b: &Option<Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (None, None) => a.to_string().cmp(&b.to_string()),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
