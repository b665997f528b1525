//! Attributes counted together: one question by the values of several gives a row for each combination, which
//! adds up to the counts of each, as long as no combination is cut off by the limit.

use std::collections::BTreeMap;

use super::survey::{Candidate, Groups, count, group_of};
use crate::model::answer::Answer;
use crate::model::contrast::{Pair, sum};
use crate::model::span::Value;
use crate::model::why::{Counted, Counts, Item};

/// Rows of one answer. Source: Honeycomb's OpenAPI document, results without a series.
pub const MOST_ROWS: usize = 10_000;
// The numbers of different values that the service gives are estimates.
const SAFE_ROWS: f64 = 9_000.0;
// Combinations of more attributes than this are nearly as many as there are events.
const MOST_TOGETHER: usize = 20;

/// Returns which candidates are counted together, by their index: those that are cheap and promising in the
/// first packs, so that who has to stop early has seen most.
pub fn packs(candidates: &[Candidate], groups: Groups) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|idx| {
        let candidate = candidates.get(*idx);
        candidate.map(|it| (is_of_the_machinery(&it.column), it.kinds()))
    });
    let mut packs: Vec<(Vec<usize>, f64)> = Vec::new();
    for idx in order {
        let Some(candidate) = candidates.get(idx) else {
            continue;
        };
        let kinds = candidate.kinds() as f64;
        let fits = packs.iter_mut().find(|(members, combinations)| {
            members.len() < MOST_TOGETHER && n_rows(*combinations * kinds, groups) <= SAFE_ROWS
        });
        match fits {
            Some((members, combinations)) => {
                members.push(idx);
                *combinations *= kinds;
            }
            None => packs.push((vec![idx], kinds)),
        }
    }
    packs.into_iter().map(|(members, _)| members).collect()
}

// In each group there are no more rows than combinations, and no more than events.
fn n_rows(combinations: f64, groups: Groups) -> f64 {
    let rows = groups.n.iter().map(|n| combinations.min(*n as f64));
    rows.sum()
}

// What tells of how telemetry is made is the same for all, or for a whole process.
fn is_of_the_machinery(column: &str) -> bool {
    [
        "meta.",
        "telemetry.",
        "library.",
        "otel.",
        "process.",
        "thread.",
    ]
    .iter()
    .any(|it| column.starts_with(it))
}

/// How many events have each value of some attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// One for each attribute that was asked about, in that order.
    pub counts: Vec<Counts>,
    /// All events of the rows.
    pub events: Pair,
    /// Whether there may be rows past the limit.
    pub is_cut: bool,
}

/// Reads the answer about some attributes; the first breakdown tells inside from outside.
pub fn read(answer: &Answer, members: &[&Candidate], limit: usize) -> Detail {
    let counts = members.iter().enumerate().map(|(idx, member)| {
        let mut by_name: BTreeMap<String, Counted> = BTreeMap::new();
        for row in &answer.rows {
            let value = row.group.get(idx + 1).cloned().flatten();
            let item = item(member, value);
            let counted = by_name.entry(format!("{item:?}")).or_insert(Counted {
                item,
                pair: Pair::default(),
            });
            add(
                &mut counted.pair,
                row.group.first(),
                count(row.cells.first()),
            );
        }
        let in_use = by_name.into_values().filter(|it| it.pair.total() > 0);
        Counts {
            column: member.column.clone(),
            values: in_use.collect(),
            medians: member.medians,
        }
    });
    let mut events = Pair::default();
    for row in &answer.rows {
        add(&mut events, row.group.first(), count(row.cells.first()));
    }
    Detail {
        counts: counts.collect(),
        events,
        is_cut: answer.rows.len() >= limit,
    }
}

fn add(pair: &mut Pair, group: Option<&Option<Value>>, count: u64) {
    match group_of(group) {
        0 => pair.inside = pair.inside.saturating_add(count),
        1 => pair.outside = pair.outside.saturating_add(count),
        _ => {}
    }
}

fn item(member: &Candidate, value: Option<Value>) -> Item {
    let Some(value) = value else {
        return Item::Missing;
    };
    let bin = value.number().filter(|_| !member.edges.is_empty());
    match bin {
        None => Item::Value(value),
        Some(bin) => {
            let bin = bin.max(0.0) as usize;
            let below = bin.checked_sub(1);
            Item::Between {
                low: below.and_then(|idx| member.edges.get(idx).copied()),
                high: member.edges.get(bin).copied(),
            }
        }
    }
}

/// Puts the events that are in no row, of `events` in all, into one item of their own.
pub fn with_others(counts: &mut Counts, events: Pair) {
    let pairs: Vec<Pair> = counts.values.iter().map(|it| it.pair).collect();
    let there = sum(&pairs);
    let pair = Pair {
        inside: events.inside.saturating_sub(there.inside),
        outside: events.outside.saturating_sub(there.outside),
    };
    if pair.total() > 0 {
        counts.values.push(Counted {
            item: Item::Others,
            pair,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::survey::Kind;
    use super::*;
    use crate::model::answer::{Cell, PercentileMethod, Row};
    use crate::model::time::Window;

    fn candidate(column: &str, distinct: u64) -> Candidate {
        Candidate {
            distinct,
            ..Candidate::new(column, Kind::Words, false)
        }
    }

    #[test]
    fn attributes_are_counted_together_while_their_combinations_fit() {
        let candidates = [
            candidate("meta.kind", 1),
            candidate("user", 4_000),
            candidate("route", 20),
            candidate("method", 3),
            candidate("status", 6),
        ];
        let many = Groups {
            n: [1_000_000, 1_000_000, 0],
        };
        assert_eq!(packs(&candidates, many), [vec![3, 4, 2, 0], vec![1]]);
        // Of few events there are no more combinations than events.
        let few = Groups {
            n: [50, 2_000, 100],
        };
        assert_eq!(packs(&candidates, few), [vec![3, 4, 2, 1, 0]]);
        let machinery_is_last = packs(&candidates, few).concat().pop();
        assert_eq!(machinery_is_last, Some(0));
        assert!(packs(&[], many).is_empty());
    }

    #[test]
    fn combinations_add_up_to_the_counts_of_each_and_of_all() {
        let row = |selected: Option<bool>, route: Option<&str>, bin: Option<i64>, n| Row {
            group: vec![
                selected.map(Into::into),
                route.map(Into::into),
                bin.map(Into::into),
            ],
            cells: vec![Cell::Count(n)],
        };
        let answer = Answer {
            left_out: Default::default(),
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns: Vec::new(),
            calculations: Vec::new(),
            rows: vec![
                row(Some(true), Some("/a"), Some(0), 3),
                row(Some(true), Some("/a"), Some(1), 4),
                row(Some(false), Some("/a"), Some(1), 5),
                row(Some(false), None, None, 6),
                row(None, Some("/b"), Some(0), 100),
            ],
            series: Vec::new(),
            percentiles: PercentileMethod::Exact,
        };
        let mut size = candidate("size", 99);
        size.edges = vec![2.5];
        let detail = read(&answer, &[&candidate("route", 2), &size], 6);
        assert_eq!(
            detail.events,
            Pair {
                inside: 7,
                outside: 11
            }
        );
        assert!(!detail.is_cut);
        let value = |idx: usize, item: Item| {
            let found = detail.counts[idx].values.iter().find(|it| it.item == item);
            found.map(|it| (it.pair.inside, it.pair.outside))
        };
        assert_eq!(value(0, Item::Value("/a".into())), Some((7, 5)));
        assert_eq!(value(0, Item::Missing), Some((0, 6)));
        assert_eq!(value(0, Item::Value("/b".into())), None);
        let low = Item::Between {
            low: None,
            high: Some(2.5),
        };
        let high = Item::Between {
            low: Some(2.5),
            high: None,
        };
        assert_eq!(
            (value(1, low), value(1, high)),
            (Some((3, 0)), Some((4, 5)))
        );
        let mut route = detail.counts[0].clone();
        with_others(
            &mut route,
            Pair {
                inside: 10,
                outside: 11,
            },
        );
        let others = Counted {
            item: Item::Others,
            pair: Pair {
                inside: 3,
                outside: 0,
            },
        };
        assert_eq!(route.values.last(), Some(&others));
    }
}
