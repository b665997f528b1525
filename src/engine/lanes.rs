//! Filters asked of a stretch of rows, those on calculated fields among them.

use std::ops::Range;

use super::computed::{computed, name};
use super::condition::Condition;
use super::plan::{Joined, Plan};
use super::prepared::Prepared;
use super::select::{Scratch, retain, select};
use super::source::{Rows, Source};
use crate::model::query::Combination;
use crate::store::Part;

/// Tells whether all rows pass the query's filters; writes those that do to `list` otherwise.
///
/// Fields that had to be computed for it are left in `made`.
pub fn selection(
    plan: &Plan<'_>,
    prepared: &Prepared<'_>,
    rows: &Range<usize>,
    scratch: &mut Scratch,
    list: &mut Vec<u16>,
    made: &mut Option<Part>,
) -> bool {
    let joined = &plan.filters;
    let is_on_field = |(slot, _): &&(usize, _)| plan.is_calculated(*slot);
    let n_on_fields = joined.filters.iter().filter(is_on_field).count();
    if n_on_fields == 0 {
        return lane(
            plan,
            prepared,
            joined,
            &prepared.filters,
            rows,
            None,
            scratch,
            list,
        );
    }
    match joined.combination {
        Combination::Or => {
            let part = computed(plan, prepared, rows.clone(), Rows::All(rows.len()));
            let all = lane(
                plan,
                prepared,
                joined,
                &prepared.filters,
                rows,
                Some(&part),
                scratch,
                list,
            );
            *made = Some(part);
            all
        }
        Combination::And => {
            // Fields are computed only for what the other filters leave over.
            let stored = Stored::of(plan, joined, prepared, &prepared.filters, rows.start);
            let n = rows.len();
            let all = select(
                &stored.conditions,
                &stored.sources,
                joined.combination,
                n,
                scratch,
                list,
            );
            if all {
                list.clear();
                list.extend((0..n).map(|row| row as u16));
            }
            let part = computed(plan, prepared, rows.clone(), Rows::List(list));
            for (slot, filter) in joined.filters.iter().filter(is_on_field) {
                let source = field_source(plan, &part, *slot);
                retain(&Condition::new(filter, source.columns), source, list);
            }
            *made = Some(part);
            list.len() == n
        }
    }
}

/// Tells whether all rows of a stretch pass joined filters; writes those that do to `list` otherwise.
#[allow(
    clippy::too_many_arguments,
    reason = "each is one thing that the filters are about"
)]
pub fn lane(
    plan: &Plan<'_>,
    prepared: &Prepared<'_>,
    joined: &Joined<'_>,
    conditions: &[Option<Condition>],
    rows: &Range<usize>,
    computed: Option<&Part>,
    scratch: &mut Scratch,
    list: &mut Vec<u16>,
) -> bool {
    let mut stored = Stored::of(plan, joined, prepared, conditions, rows.start);
    let on_fields: Vec<(Condition, Source<'_>)> = joined
        .filters
        .iter()
        .filter(|(slot, _)| plan.is_calculated(*slot))
        .filter_map(|(slot, filter)| {
            let source = field_source(plan, computed?, *slot);
            Some((Condition::new(filter, source.columns), source))
        })
        .collect();
    for (condition, source) in &on_fields {
        stored.conditions.push(condition);
        stored.sources.push(*source);
    }
    select(
        &stored.conditions,
        &stored.sources,
        joined.combination,
        rows.len(),
        scratch,
        list,
    )
}

struct Stored<'a> {
    conditions: Vec<&'a Condition>,
    sources: Vec<Source<'a>>,
}

impl<'a> Stored<'a> {
    fn of(
        plan: &Plan<'_>,
        joined: &Joined<'_>,
        prepared: &'a Prepared<'_>,
        conditions: &'a [Option<Condition>],
        start: usize,
    ) -> Stored<'a> {
        let mut stored = Stored {
            conditions: Vec::new(),
            sources: Vec::new(),
        };
        for ((slot, _), condition) in joined.filters.iter().zip(conditions) {
            if let (Some(condition), false) = (condition, plan.is_calculated(*slot)) {
                stored.conditions.push(condition);
                stored.sources.push(Source {
                    columns: prepared.columns(*slot),
                    start,
                    version: 0,
                });
            }
        }
        stored
    }
}

fn field_source<'a>(plan: &Plan<'_>, part: &'a Part, slot: usize) -> Source<'a> {
    let field = plan.slots.get(slot).and_then(|slot| slot.field);
    Source {
        columns: field.map_or(&[], |field| part.columns_named(&name(field))),
        start: 0,
        version: 0,
    }
}
