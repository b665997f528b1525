//! A part made ready for a query: its columns, its filters, and the rows that may matter.

use std::ops::Range;

use super::condition::Condition;
use super::plan::{Joined, Plan};
use crate::model::query::Combination;
use crate::store::{Column, Part, PartColumns, Rates};

/// A part as one query sees it.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// The part.
    pub part: &'a Part,
    /// The stored columns of each slot; none for calculated fields.
    pub columns: Vec<PartColumns<'a>>,
    /// The query's filters, in its order; `None` for those on calculated fields.
    pub filters: Vec<Option<Condition>>,
    /// The filters of each lane, likewise.
    pub lanes: Vec<Vec<Option<Condition>>>,
    /// The stretches of rows that may pass; all others do not.
    pub ranges: Vec<Range<usize>>,
    /// Whether all of the part's rows are looked at.
    pub is_whole: bool,
}

impl<'a> Prepared<'a> {
    /// Returns the stored columns of a slot.
    pub fn columns(&self, slot: usize) -> &[Column] {
        self.columns.get(slot).map(|it| &**it).unwrap_or_default()
    }

    /// Prepares a part; `None` if none of its rows can matter, or if it is damaged.
    pub fn new(plan: &Plan<'a>, part: &'a Part) -> Option<Prepared<'a>> {
        let rows = part.rows_within(plan.window);
        if rows.is_empty() || !part.is_sound(plan.stored()) {
            return None;
        }
        let columns: Vec<PartColumns<'a>> = plan
            .slots
            .iter()
            .map(|slot| match slot.field {
                None => part.columns_of(slot.name),
                Some(_) => PartColumns::Stored(&[]),
            })
            .collect();
        let conditions = |joined: &Joined<'_>| -> Vec<Option<Condition>> {
            let filters = joined.filters.iter();
            filters
                .map(|(slot, filter)| {
                    let columns = columns.get(*slot).map(|it| &**it).unwrap_or_default();
                    (!plan.is_calculated(*slot)).then(|| Condition::new(filter, columns))
                })
                .collect()
        };
        let filters = conditions(&plan.filters);
        let known = |passes| {
            let verdicts = filters.iter().flatten().map(|it| it.verdict);
            verdicts.filter(|verdict| *verdict == Some(passes)).count()
        };
        let (is_decided, is_open) = match plan.filters.combination {
            _ if filters.is_empty() => (true, true),
            Combination::And => (known(true) == filters.len(), known(false) == 0),
            Combination::Or => (known(true) > 0, known(false) < filters.len()),
        };
        if !is_open {
            return None;
        }
        let is_whole = is_decided && rows.len() == part.len();
        let ranges = match plan.filters.combination {
            Combination::And => narrowed(rows, plan, &filters, &columns),
            Combination::Or => vec![rows],
        };
        let lanes = plan.lanes.iter().map(conditions).collect();
        Some(Prepared {
            part,
            columns,
            filters,
            lanes,
            ranges,
            is_whole,
        })
    }

    /// Returns how many events each row of a stretch stands for; `None` if all stand for one.
    pub fn rates(&self, plan: &Plan<'_>, rows: Range<usize>) -> Option<&'a [u32]> {
        match self.part.rates() {
            Rates::Each(rates) if !plan.spec.usage_mode => rates.get(rows),
            _ => None,
        }
    }
}

// An id that is looked for is in few zones of a part, and a zone is some thousand rows.
fn narrowed(
    rows: Range<usize>,
    plan: &Plan<'_>,
    filters: &[Option<Condition>],
    columns: &[PartColumns<'_>],
) -> Vec<Range<usize>> {
    let mut ranges = vec![rows];
    for ((slot, _), condition) in plan.filters.filters.iter().zip(filters) {
        let ids = condition.as_ref().and_then(Condition::ids);
        let column = columns.get(*slot).and_then(|columns| columns.first());
        let (Some(ids), Some(column)) = (ids, column) else {
            continue;
        };
        let Some((index, width)) = column.id_index().zip(column.id_width()) else {
            continue;
        };
        let zones = ids
            .iter()
            .flat_map(|id| index.zones(id.get(..width).unwrap_or_default()));
        let mut zones: Vec<Range<usize>> = zones.collect();
        zones.sort_by_key(|zone| zone.start);
        zones.dedup();
        let mut both = Vec::new();
        for range in &ranges {
            for zone in &zones {
                let (start, end) = (range.start.max(zone.start), range.end.min(zone.end));
                if start < end {
                    both.push(start..end);
                }
            }
        }
        ranges = both;
    }
    ranges
}
