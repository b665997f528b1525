//! What a store does not take in: what would grow without end.
//!
//! A column, a dataset and a name cost something for ever, so that each has a limit. An event that would go
//! past one is refused by itself, and the others of its request are kept.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::build::{PartBuilder, ValueRef};
use super::part::Part;
use super::state::State;
use crate::model::span::Lens;

/// The most columns of a dataset. Source: Honeycomb's limit, "Dataset has too many columns."
pub const MOST_COLUMNS: usize = 10_000;
/// The most datasets of spans.
pub const MOST_DATASETS: usize = 1_000;
/// The longest name of a column, in bytes.
pub const LONGEST_NAME: usize = 1_024;

/// Why an event is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The dataset would have more than [`MOST_COLUMNS`].
    Columns,
    /// There would be more than [`MOST_DATASETS`].
    Datasets,
    /// A name is longer than [`LONGEST_NAME`].
    Name,
}

impl std::fmt::Display for Excess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // Honeycomb's own words.
            Excess::Columns => write!(f, "Dataset has too many columns."),
            Excess::Datasets => write!(f, "There are too many datasets: at most {MOST_DATASETS}."),
            Excess::Name => write!(f, "Column name is too long: at most {LONGEST_NAME} bytes."),
        }
    }
}

/// Events of one request that were not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which of the request's parts.
    pub part: usize,
    /// The dataset that they were for.
    pub dataset: Arc<str>,
    /// Which of its events, in the order in which they were given, and why.
    pub events: Vec<(usize, Excess)>,
}

/// How many events were ever refused since the store was opened.
#[derive(Debug, Default)]
pub struct RefusedCounts {
    columns: AtomicU64,
    datasets: AtomicU64,
    names: AtomicU64,
    by_dataset: Mutex<BTreeMap<Arc<str>, u64>>,
}

// So many datasets are named; a stranger may have a million names for them.
const MOST_NAMED: usize = 20;

impl RefusedCounts {
    /// Counts those of a request.
    pub fn add(&self, refused: &[Refused]) {
        for (_, why) in refused.iter().flat_map(|refused| &refused.events) {
            self.of(*why).fetch_add(1, Ordering::Relaxed);
        }
        if refused.is_empty() {
            return;
        }
        let by_dataset = self.by_dataset.lock();
        let mut by_dataset = by_dataset.unwrap_or_else(PoisonError::into_inner);
        for refused in refused {
            let n = refused.events.len() as u64;
            if let Some(counted) = by_dataset.get_mut(&refused.dataset) {
                *counted += n;
            } else if by_dataset.len() < MOST_NAMED {
                by_dataset.insert(refused.dataset.clone(), n);
            }
        }
    }

    /// Returns how many were refused of the first datasets that had any.
    pub fn by_dataset(&self) -> BTreeMap<Arc<str>, u64> {
        let by_dataset = self.by_dataset.lock();
        by_dataset.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how many were refused for a reason.
    pub fn count(&self, why: Excess) -> u64 {
        self.of(why).load(Ordering::Relaxed)
    }

    fn of(&self, why: Excess) -> &AtomicU64 {
        match why {
            Excess::Columns => &self.columns,
            Excess::Datasets => &self.datasets,
            Excess::Name => &self.names,
        }
    }
}

/// Returns what is taken of a part of a request, and what is not; the sequences of `part` count from 0, and
/// `made` has the datasets that the parts before it make.
pub fn admit(
    state: &State,
    part: Part,
    idx: usize,
    made: &mut HashSet<Arc<str>>,
) -> (Option<Part>, Option<Refused>) {
    let known = state.names(part.lens, &part.dataset);
    let is_new = known.is_none() && part.lens == Lens::Spans && made.insert(part.dataset.clone());
    if is_new && state.n_datasets(Lens::Spans) + made.len() > MOST_DATASETS {
        made.remove(&part.dataset);
        let events = (0..part.len())
            .map(|event| (event, Excess::Datasets))
            .collect();
        let dataset = part.dataset.clone();
        let refused = Refused {
            part: idx,
            dataset,
            events,
        };
        return (None, Some(refused));
    }
    let is_known = |name: &Arc<str>| known.is_some_and(|known| known.contains(name));
    // A name that has several types comes several times, and is one.
    let new: HashSet<&Arc<str>> = part.names().filter(|name| !is_known(name)).collect();
    let n_new = new.len();
    let n_known = known.map_or(0, HashSet::len);
    let is_long = |name: &Arc<str>| name.len() > LONGEST_NAME;
    if n_known + n_new <= MOST_COLUMNS && !part.names().any(is_long) {
        return (Some(part), None);
    }
    let mut new = HashSet::new();
    let mut events = Vec::new();
    let mut kept = PartBuilder::new(part.lens, &part.dataset);
    for (event, row) in by_arrival(&part).into_iter().enumerate() {
        let fields = row.fields.iter();
        let its_new: Vec<&Arc<str>> = fields
            .map(|(name, _)| *name)
            .filter(|name| !is_known(name) && !new.contains(*name))
            .collect();
        if its_new.iter().any(|name| is_long(name)) {
            events.push((event, Excess::Name));
        } else if n_known + new.len() + its_new.len() > MOST_COLUMNS {
            events.push((event, Excess::Columns));
        } else {
            new.extend(its_new);
            kept.begin_row(row.time, row.rate);
            row.fields
                .iter()
                .for_each(|(name, value)| kept.put(name, *value));
        }
    }
    let kept = (!kept.is_empty()).then(|| kept.finish());
    let refused = (!events.is_empty()).then(|| Refused {
        part: idx,
        dataset: part.dataset.clone(),
        events,
    });
    (kept, refused)
}

struct Row<'p> {
    time: i64,
    rate: u32,
    fields: Vec<(&'p Arc<str>, ValueRef<'p>)>,
}

fn by_arrival(part: &Part) -> Vec<Row<'_>> {
    let mut rows: Vec<(u64, Row<'_>)> = part
        .times()
        .iter()
        .enumerate()
        .map(|(row, &time)| {
            let rate = part.rates().get(row);
            let fields = Vec::new();
            (part.sequence(row), Row { time, rate, fields })
        })
        .collect();
    part.each_value(|name, row, value| {
        if let Some((_, row)) = rows.get_mut(row) {
            row.fields.push((name, value));
        }
    });
    rows.sort_by_key(|(sequence, _)| *sequence);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event, Value};
    use crate::store::{Limits, Store};

    fn batch(dataset: &str, events: Vec<Vec<String>>) -> Batch {
        let event = |(n, names): (usize, Vec<String>)| Event {
            // The last one first, so that times are not in the order of arrival.
            time: 1_000 - n as i64,
            sample_rate: 2,
            fields: names
                .iter()
                .map(|name| (name.as_str().into(), Value::Int(n as i64)))
                .collect(),
        };
        Batch {
            lens: Lens::Spans,
            dataset: dataset.to_string(),
            events: events.into_iter().enumerate().map(event).collect(),
        }
    }

    fn names(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|n| format!("n{n}")).collect()
    }

    #[tokio::test]
    async fn events_that_would_make_too_many_columns_are_refused_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        for start in (0..MOST_COLUMNS - 1_000).step_by(1_000) {
            let taken = store.take(vec![batch("d", vec![names(start..start + 1_000)])]);
            assert_eq!(taken.await.unwrap(), []);
        }
        let events = vec![
            names(9_000..9_600),
            names(9_600..10_001),
            names(0..3),
            names(9_600..10_000),
            vec!["x".repeat(LONGEST_NAME + 1)],
        ];
        let refused = store.take(vec![batch("d", events)]).await.unwrap();
        let expected = [(1, Excess::Columns), (4, Excess::Name)];
        assert_eq!(
            refused,
            [Refused {
                part: 0,
                dataset: "d".into(),
                events: expected.to_vec()
            }]
        );
        // A field of two types is one column.
        let typed = |value: Value| Event {
            time: 1,
            sample_rate: 1,
            fields: (0..2_000)
                .map(|n| (format!("t{n}").as_str().into(), value.clone()))
                .collect(),
        };
        let mut both = batch("typed", Vec::new());
        let values = [
            Value::Int(1),
            Value::Float(1.5),
            Value::Bool(true),
            "x".into(),
            "00f067aa0ba902b7".into(),
            "4bf92f3577b34da6a3ce929d0e0e4736".into(),
        ];
        both.events = values.map(typed).into();
        assert_eq!(store.take(vec![both]).await.unwrap(), []);
        drop(store);
        // The same after a restart.
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        let refused = store.take(vec![batch(
            "d",
            vec![names(10_000..10_001), names(0..2_000)],
        )]);
        assert_eq!(refused.await.unwrap()[0].events, [(0, Excess::Columns)]);
        assert_eq!(store.refused().count(Excess::Columns), 1);
        let parts = store.parts(Lens::Spans, "d");
        let n_events: usize = parts.iter().map(|part| part.len()).sum();
        assert_eq!(n_events, 9 + 3 + 1);
    }

    #[tokio::test]
    async fn one_dataset_too_many_is_refused_and_those_that_are_there_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        let all = (0..MOST_DATASETS).map(|n| batch(&format!("d{n}"), vec![names(0..1)]));
        assert_eq!(store.take(all.collect()).await.unwrap(), []);
        let more = vec![
            batch("d7", vec![names(1..2)]),
            batch("more", vec![names(0..1); 2]),
        ];
        let refused = store.take(more).await.unwrap();
        let events = vec![(0, Excess::Datasets), (1, Excess::Datasets)];
        let dataset = Arc::from("more");
        assert_eq!(
            refused,
            [Refused {
                part: 1,
                dataset,
                events
            }]
        );
        assert_eq!(store.refused().by_dataset()["more"], 2);
        // In one request too.
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        let all = (0..MOST_DATASETS + 5).map(|n| batch(&format!("d{n}"), vec![names(0..1)]));
        assert_eq!(store.take(all.collect()).await.unwrap().len(), 5);
        assert_eq!(store.refused().by_dataset().len(), 5);
        // However many there are, not all are named.
        let all = (0..50).map(|n| batch(&format!("e{n}"), vec![names(0..1)]));
        assert_eq!(store.take(all.collect()).await.unwrap().len(), 50);
        assert_eq!(store.refused().by_dataset().len(), MOST_NAMED);
    }
}
