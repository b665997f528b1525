//! What the columns of segments say of a filter before any document is read.
//!
//! A filter becomes an expression over traces whose leaves ask for rows. Each row gets two bits for each
//! leaf, and a trace those of all its rows. So it is known of most traces that they cannot match; the
//! others are decided by their documents. Duplicate ids are why rows can say what may be and not always
//! what must: a row may have been replaced. See [`Expression::truth`].

use super::filter::{AnnotationTest, CauseKind, Filter, Flag, NumberKey, Selector, TextKey};
use super::server_row_tests::{MAYBE, MUST, RowTests, Truths, and, not, or};
use crate::store::Part;

/// The bit that says that a trace has a segment without a parent, so that it has a root.
const HAS_ROOT: u64 = 1 << 63;
/// The most leaves; what comes after them says nothing.
const MOST_LEAVES: usize = 31;

/// What a filter demands of the rows of a trace.
#[derive(Debug)]
enum Demand {
    All(Vec<Demand>),
    Any(Vec<Demand>),
    Not(Box<Demand>),
    /// Some row has it.
    Row(usize),
    /// The first segment has it; each segment that lacks it sets the second bit.
    Root(usize),
    /// What some row says to be inside of is not there, or there is no root.
    Partial(usize),
    /// The rows together last at least so many seconds.
    Lasts(f64),
    /// Only the documents say.
    Unknown,
}

/// A filter as it is asked of columns.
#[derive(Debug)]
pub struct Expression<'f> {
    demand: Demand,
    leaves: Vec<Leaf<'f>>,
}

#[derive(Debug)]
enum Leaf<'f> {
    Root(&'f Filter),
    Service(&'f Selector, &'f Filter),
    AnyText(&'f Filter),
    Annotation(&'f str, &'f AnnotationTest),
    Partial,
    Inferred,
    Cause(CauseKind),
}

impl<'f> Expression<'f> {
    /// Makes the expression of a filter.
    pub fn of(filter: &'f Filter) -> Expression<'f> {
        let mut leaves = Vec::new();
        let demand = demand(filter, &mut leaves);
        Expression { demand, leaves }
    }

    /// Tells whether every trace may match, for all that columns know.
    pub fn says_nothing(&self) -> bool {
        self.leaves.is_empty() && self.truth(0, f64::INFINITY, true, None).0
    }

    /// Returns the bits of each row of a part.
    pub fn bits(&self, part: &Part) -> Vec<u64> {
        let tests = RowTests::new(part);
        let segments = not(tests.flag("is_subsegment"));
        let parentless = not(tests.present("parent_id"));
        let has_root = and(segments.clone(), &parentless);
        let mut bits: Vec<u64> = has_root
            .iter()
            .map(|truth| if truth & MUST != 0 { HAS_ROOT } else { 0 })
            .collect();
        for (idx, leaf) in self.leaves.iter().enumerate() {
            let truths = leaf.truths(&tests, &segments);
            let shift = 2 * idx;
            bits.iter_mut()
                .zip(truths)
                .for_each(|(bits, truth)| *bits |= u64::from(truth) << shift);
        }
        bits
    }

    /// Tells of a trace whose rows have `bits` together and last `seconds` whether it may match, and
    /// whether it must.
    ///
    /// `is_plain` is whether no two rows have the same id, so that every row is a document of the trace, and
    /// they have no more annotations than count. `has_all_parents` is whether everything that rows say to be
    /// inside of is there, if that is known.
    pub fn truth(
        &self,
        bits: u64,
        seconds: f64,
        is_plain: bool,
        has_all_parents: Option<bool>,
    ) -> (bool, bool) {
        let found = Found {
            bits,
            seconds,
            is_plain,
            has_all_parents,
        };
        found.truth(&self.demand)
    }

    /// Tells whether it matters that all parents are there.
    pub fn asks_for_parents(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::Partial))
    }
}

fn demand<'f>(filter: &'f Filter, leaves: &mut Vec<Leaf<'f>>) -> Demand {
    let mut several = |filters: &'f [Filter]| -> Vec<Demand> {
        let demands = filters.iter().map(|filter| demand(filter, leaves));
        demands.collect()
    };
    match filter {
        Filter::All(filters) => return Demand::All(several(filters)),
        Filter::Any(filters) => return Demand::Any(several(filters)),
        Filter::Not(filter) => return Demand::Not(Box::new(demand(filter, leaves))),
        Filter::Number(NumberKey::Duration, comparison, wanted) => {
            use super::filter::Comparison::{Equal, Greater, GreaterOrEqual};
            return match comparison {
                Equal | Greater | GreaterOrEqual => Demand::Lasts(*wanted),
                _ => Demand::Unknown,
            };
        }
        Filter::Edge(from, to, inner) => {
            let from = leaf(leaves, Leaf::Service(from, &EVERY), Demand::Row);
            let to = leaf(leaves, Leaf::Service(to, inner), Demand::Row);
            // Both ends may be there without the call, so that this is never certain.
            return Demand::All(vec![from, to, Demand::Unknown]);
        }
        Filter::Cause(kind @ (CauseKind::Fault | CauseKind::Error), ..) => {
            let row = leaf(leaves, Leaf::Cause(*kind), Demand::Row);
            // Which way it went only the documents say.
            return Demand::All(vec![row, Demand::Unknown]);
        }
        Filter::Cause(..) | Filter::CauseJson(_) => return Demand::Unknown,
        _ => {}
    }
    match filter {
        Filter::Flag(Flag::Partial) => leaf(leaves, Leaf::Partial, Demand::Partial),
        Filter::Flag(Flag::Inferred) => leaf(leaves, Leaf::Inferred, Demand::Row),
        Filter::Flag(Flag::First | Flag::Last)
        | Filter::Number(NumberKey::Index | NumberKey::Coverage, ..) => Demand::Any(Vec::new()),
        Filter::Text(key, ..) | Filter::Present(key) if key.has_many() => {
            leaf(leaves, Leaf::AnyText(filter), Demand::Row)
        }
        Filter::Annotation(key, test) => leaf(leaves, Leaf::Annotation(key, test), Demand::Row),
        Filter::Service(selector, inner) => {
            leaf(leaves, Leaf::Service(selector, inner), Demand::Row)
        }
        _ => leaf(leaves, Leaf::Root(filter), Demand::Root),
    }
}

static EVERY: Filter = Filter::All(Vec::new());

fn leaf<'f>(leaves: &mut Vec<Leaf<'f>>, leaf: Leaf<'f>, demand: fn(usize) -> Demand) -> Demand {
    if leaves.len() == MOST_LEAVES {
        return Demand::Unknown;
    }
    leaves.push(leaf);
    demand(leaves.len() - 1)
}

/// What is known of a trace.
struct Found {
    bits: u64,
    seconds: f64,
    is_plain: bool,
    has_all_parents: Option<bool>,
}

/// What rounding may add to the seconds that a trace lasts.
const ROUNDING_SECONDS: f64 = 0.001;

impl Found {
    // Whether it may hold, and whether it must.
    fn truth(&self, demand: &Demand) -> (bool, bool) {
        let has = |idx: &usize, bit: u8| self.bits >> (2 * idx) & u64::from(bit) != 0;
        let may_have_root = self.bits & HAS_ROOT != 0;
        let has_root = self.is_plain && may_have_root;
        match demand {
            Demand::All(demands) => demands.iter().fold((true, true), |(may, must), demand| {
                let (this_may, this_must) = self.truth(demand);
                (may && this_may, must && this_must)
            }),
            Demand::Any(demands) => demands.iter().fold((false, false), |(may, must), demand| {
                let (this_may, this_must) = self.truth(demand);
                (may || this_may, must || this_must)
            }),
            Demand::Not(demand) => {
                let (may, must) = self.truth(demand);
                (!must, !may)
            }
            Demand::Row(idx) => (has(idx, MAYBE), self.is_plain && has(idx, MUST)),
            Demand::Root(idx) => (has(idx, MAYBE), has_root && !has(idx, MUST)),
            Demand::Partial(idx) => match self.has_all_parents {
                // Known of the documents that count, and so is the root of a plain trace.
                Some(false) => (true, true),
                Some(true) if has_root => (false, false),
                _ if !may_have_root => (true, true),
                _ => (has(idx, MAYBE) || !has_root, false),
            },
            Demand::Lasts(wanted) => (self.seconds + ROUNDING_SECONDS >= *wanted, false),
            Demand::Unknown => (true, false),
        }
    }
}

impl Leaf<'_> {
    fn truths(&self, tests: &RowTests<'_>, segments: &Truths) -> Truths {
        match self {
            // The second bit is that the row has it not, or may have it not.
            Leaf::Root(filter) => {
                let held = tests.node(filter);
                let refutes =
                    |truth: &u8| (truth & MAYBE) | (if truth & MUST == 0 { MUST } else { 0 });
                and_bits(held.iter().map(refutes).collect(), segments)
            }
            Leaf::Service(selector, inner) if selector.is_client() => {
                // The client of a trace has its root's name, and what it saw is how the root went.
                let node = and(tests.selected(&selector.called()), &tests.node(inner));
                let node = and(node, &not(tests.present("parent_id")));
                and_bits(node, segments)
            }
            Leaf::Service(selector, inner) => {
                let node = and(tests.selected(selector), &tests.node(inner));
                let node = and_bits(node, segments);
                or(node, &tests.calls(selector, inner))
            }
            Leaf::AnyText(filter) => match filter {
                Filter::Text(TextKey::Message, test, wanted) => {
                    tests.messages(Some((*test, wanted)))
                }
                Filter::Present(TextKey::Message) => tests.messages(None),
                _ => and_bits(tests.node(filter), segments),
            },
            // What a lone subsegment says counts only if it hangs on something.
            Leaf::Annotation(key, test) => {
                let found = tests.annotation(key, test);
                let certain = |(truth, segment): (&u8, &u8)| truth & (segment | MAYBE);
                found.iter().zip(segments).map(certain).collect()
            }
            Leaf::Partial => {
                let parents = tests.present("parent_id");
                parents.iter().map(|truth| truth & MAYBE).collect()
            }
            Leaf::Cause(kind) => tests.inside(match kind {
                CauseKind::Fault => ["fault", "fault_inside"],
                _ => ["error", "error_inside"],
            }),
            Leaf::Inferred => {
                let calls = tests.present("calls");
                calls.iter().map(|truth| truth & MAYBE).collect()
            }
        }
    }
}

// Takes both bits away where the row is no segment.
fn and_bits(mut truths: Truths, segments: &Truths) -> Truths {
    truths
        .iter_mut()
        .zip(segments)
        .for_each(|(truth, segment)| *truth &= segment);
    truths
}
