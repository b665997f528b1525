//! One look at an item: which of its rows pass, what is computed for them, and their places.

use std::ops::Range;
use std::sync::OnceLock;

use super::computed::{computed, name};
use super::condition::Condition;
use super::group::Groups;
use super::items::Item;
use super::places::{Placer, Places};
use super::plan::{Joined, Plan};
use super::prepared::Prepared;
use super::select::{Kept, Scratch, retain, select};
use super::source::{Rows, Source};
use super::steps::{Run, runs};
use crate::model::query::Combination;
use crate::store::Part;

/// Looks at items, one after another, and numbers the groups and places that it comes upon.
#[derive(Debug)]
pub struct Looker<'q> {
    plan: &'q Plan<'q>,
    parts: &'q [Prepared<'q>],
    // The rows of each item that pass, if another pass over the items needs them again.
    kept: Option<&'q [OnceLock<Kept>]>,
    /// The groups and places so far.
    pub groups: Groups,
    placer: Placer,
    select: Scratch,
    list: Vec<u16>,
    runs: Vec<Run>,
    n_looks: usize,
}

/// What a look has shown.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    fields: Fields<'a>,
    /// How many rows the item has.
    pub n: usize,
    /// The rows that pass.
    pub rows: Rows<'a>,
    /// Their places.
    pub places: Places<'a>,
    /// The weights of all rows of the item.
    pub rates: Option<&'a [u32]>,
    /// The groups and places so far.
    pub groups: &'a Groups,
}

// Where the fields of an item are.
#[derive(Debug, Clone, Copy)]
struct Fields<'a> {
    plan: &'a Plan<'a>,
    prepared: &'a Prepared<'a>,
    // The item's first row in the part.
    start: usize,
    computed: Option<&'a Part>,
    names: &'a [String],
    // Another one for each part, and another one for each item, for what is computed.
    version: usize,
    item_version: usize,
}

impl<'q> Looker<'q> {
    /// Starts with the groups of an earlier pass, or with none.
    pub fn new(
        plan: &'q Plan<'q>,
        parts: &'q [Prepared<'q>],
        kept: Option<&'q [OnceLock<Kept>]>,
        groups: Groups,
    ) -> Looker<'q> {
        Looker {
            plan,
            parts,
            kept,
            groups,
            placer: Placer::default(),
            select: Scratch::default(),
            list: Vec::new(),
            runs: Vec::new(),
            n_looks: 0,
        }
    }

    /// Looks at an item, the `idx`-th of all, and hands what it sees to `take`, unless no row passes.
    ///
    /// Without `with_places` all rows are in place 0.
    pub fn look(
        &mut self,
        idx: usize,
        item: &Item,
        with_places: bool,
        mut take: impl FnMut(Seen<'_>),
    ) {
        let Looker {
            plan,
            parts,
            kept,
            groups,
            placer,
            select,
            list,
            runs: all_runs,
            n_looks,
        } = self;
        let Some(prepared) = parts.get(item.part) else {
            return;
        };
        *n_looks += 1;
        let n = item.rows.len();
        let known = kept.and_then(|kept| kept.get(idx));
        let mut made = None;
        let rows = match known.and_then(OnceLock::get) {
            Some(kept) => kept.rows(list),
            None => {
                let all_pass = selection(plan, prepared, &item.rows, select, list, &mut made);
                match all_pass {
                    true => Rows::All(n),
                    false => Rows::List(list),
                }
            }
        };
        if let Some(known) = known {
            known.get_or_init(|| Kept::of(rows, n));
        }
        if rows.len() == 0 {
            return;
        }
        if plan.has_fields() && made.is_none() {
            made = Some(computed(plan, prepared, item.rows.clone(), rows));
        }
        let names: Vec<String> = match &made {
            Some(_) => (0..plan.fields.len()).map(name).collect(),
            None => Vec::new(),
        };
        let fields = Fields {
            plan,
            prepared,
            start: item.rows.start,
            computed: made.as_ref(),
            names: &names,
            version: item.part + 1,
            item_version: usize::MAX - *n_looks,
        };
        let seen = |rows, groups| Seen {
            fields,
            n,
            rows,
            places: Places::One(0),
            rates: prepared.rates(plan, item.rows.clone()),
            groups,
        };
        if !with_places {
            take(seen(rows, groups));
            return;
        }
        if plan.by_step {
            let times = prepared.part.times().get(item.rows.clone());
            runs(rows, times.unwrap_or_default(), plan.granularity, all_runs);
        } else {
            all_runs.clear();
            all_runs.push(Run {
                start: 0,
                end: rows.len(),
                step: 0,
            });
        }
        if plan.breakdowns.is_empty() && made.is_none() {
            // Each step is looked at for itself, in one place. Only what is computed is not cut.
            let places = all_runs.iter().map(|run| groups.place_of(run.step, 0));
            let places: Vec<u32> = places.collect();
            for (run, place) in all_runs.iter().zip(places) {
                take(Seen {
                    places: Places::One(place),
                    ..seen(rows, groups).cut(*run)
                });
            }
            return;
        }
        let breakdowns = plan.breakdowns.iter().map(|slot| fields.source(*slot));
        let breakdowns: Vec<Source<'_>> = breakdowns.collect();
        let places = placer.places(groups, &breakdowns, rows, n, all_runs);
        take(Seen {
            places,
            ..seen(rows, groups)
        });
    }
}

// Tells whether all rows pass; writes those that do to `list` otherwise. Fields that had to be computed
// for it are left in `made`.
fn selection(
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
                    columns: prepared.columns.get(*slot).copied().unwrap_or_default(),
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

// The rows of a stretch that pass joined filters: `true` if all do, else they are in `list`.
#[allow(
    clippy::too_many_arguments,
    reason = "each is one thing that the filters are about"
)]
fn lane(
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

/// What narrowing to a lane needs to write on.
#[derive(Debug, Default)]
pub struct LaneScratch {
    select: Scratch,
    list: Vec<u16>,
    rows: Vec<u16>,
    places: Vec<u32>,
}

impl<'a> Fields<'a> {
    fn source(&self, slot: usize) -> Source<'a> {
        let field = self.plan.slots.get(slot).and_then(|slot| slot.field);
        match (field, self.computed) {
            (Some(field), Some(computed)) => Source {
                columns: self
                    .names
                    .get(field)
                    .map_or(&[], |name| computed.columns_named(name)),
                start: 0,
                version: self.item_version,
            },
            _ => Source {
                columns: self.prepared.columns.get(slot).copied().unwrap_or_default(),
                start: self.start,
                version: self.version,
            },
        }
    }
}

impl<'a> Seen<'a> {
    /// Returns a field in the item's rows.
    pub fn source(&self, slot: usize) -> Source<'a> {
        self.fields.source(slot)
    }

    // The same with the rows of one run only.
    fn cut(self, run: Run) -> Seen<'a> {
        match self.rows {
            Rows::All(_) => Seen {
                fields: Fields {
                    start: self.fields.start + run.start,
                    ..self.fields
                },
                n: run.end - run.start,
                rows: Rows::All(run.end - run.start),
                rates: self.rates.and_then(|rates| rates.get(run.start..run.end)),
                ..self
            },
            Rows::List(rows) => Seen {
                rows: Rows::List(rows.get(run.start..run.end).unwrap_or_default()),
                ..self
            },
        }
    }

    /// Returns the times of the item's rows.
    pub fn times(&self) -> &'a [i64] {
        let Fields {
            prepared, start, ..
        } = self.fields;
        let times = prepared.part.times();
        times.get(start..start + self.n).unwrap_or_default()
    }

    /// Returns how many rows the part has, if all of them are looked at.
    pub fn whole(&self) -> Option<usize> {
        let prepared = self.fields.prepared;
        prepared.is_whole.then(|| prepared.part.len())
    }

    /// Returns the weight of all rows, if they are all of the part's and it is known.
    pub fn whole_weight(&self) -> Option<u64> {
        let Fields { plan, prepared, .. } = self.fields;
        let is_whole = self.whole() == Some(self.n);
        (is_whole && !plan.spec.usage_mode).then(|| prepared.part.weight())
    }

    /// Returns the same with only the rows that pass the filters of a lane.
    pub fn lane<'b>(&self, idx: usize, scratch: &'b mut LaneScratch) -> Seen<'b>
    where
        'a: 'b,
    {
        let Fields {
            plan,
            prepared,
            start,
            computed,
            ..
        } = self.fields;
        let (Some(joined), Some(conditions)) = (plan.lanes.get(idx), prepared.lanes.get(idx))
        else {
            return *self;
        };
        if joined.filters.is_empty() {
            return *self;
        }
        let LaneScratch {
            select,
            list,
            rows,
            places,
        } = scratch;
        let range = start..start + self.n;
        if lane(
            plan, prepared, joined, conditions, &range, computed, select, list,
        ) {
            return *self;
        }
        rows.clear();
        places.clear();
        let mut passing = list.iter().copied().peekable();
        self.rows.each_with_position(|position, row| {
            while passing.next_if(|it| usize::from(*it) < row).is_some() {}
            if passing.next_if(|it| usize::from(*it) == row).is_some() {
                rows.push(row as u16);
                places.push(self.places.get(position));
            }
        });
        Seen {
            rows: Rows::List(rows),
            places: match self.places {
                Places::One(place) => Places::One(place),
                Places::Each(_) => Places::Each(places),
            },
            ..*self
        }
    }
}
