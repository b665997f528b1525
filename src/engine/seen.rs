//! What a look at an item has shown.

use super::group::Groups;
use super::lanes::lane;
use super::places::Places;
use super::plan::Plan;
use super::prepared::Prepared;
use super::select::Scratch;
use super::source::{Rows, Source};
use super::steps::Run;
use crate::store::Part;

/// What a look has shown.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Where its fields are.
    pub fields: Fields<'a>,
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

/// Where the fields of an item are.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// The query.
    pub plan: &'a Plan<'a>,
    /// The part.
    pub prepared: &'a Prepared<'a>,
    /// The item's first row in the part.
    pub start: usize,
    /// The calculated fields, if any is read.
    pub computed: Option<&'a Part>,
    /// What they are called there.
    pub names: &'a [String],
    /// Another number for each part.
    pub version: usize,
    /// Another number for each item, for what is computed.
    pub item_version: usize,
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
    /// Returns a field in the item's rows.
    pub fn source(&self, slot: usize) -> Source<'a> {
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
                columns: self.prepared.columns(slot),
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

    /// Returns the same with the rows of one run only.
    pub fn cut(self, run: Run) -> Seen<'a> {
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
