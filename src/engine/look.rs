//! One look at an item: which of its rows pass, what is computed for them, and their places.

use std::sync::OnceLock;

use super::computed::{computed, name};
use super::group::Groups;
use super::items::Item;
use super::lanes::selection;
use super::places::{Placer, Places};
use super::plan::Plan;
use super::prepared::Prepared;
use super::seen::{Fields, Seen};
use super::select::{Kept, Scratch};
use super::source::{Rows, Source};
use super::steps::{Run, runs};

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
