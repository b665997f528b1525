//! `stats`: rows become groups, and groups become values.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use std::hash::BuildHasher;

use serde_json::{Map, Value as Json};

use super::catalogue::Aggregation;
use super::expression::{Expr, Times};
use super::order;
use super::value::{Value, number_text};

/// The most groups, and the most values that are kept for all of them together.
const MAX_GROUPS: usize = 100_000;
const MAX_VALUES: usize = 8_000_000;
/// The most bytes that keys and results have.
const MAX_KEY_BYTES: usize = 64 << 20;

/// `stats count(*) as n, sum(a) / 2 by bin(5m), status`
#[derive(Debug)]
pub struct Stats {
    /// What groups, and the slot that takes it.
    pub keys: Vec<(Expr, usize)>,
    pub aggregates: Vec<Aggregate>,
    /// What is computed of keys and aggregates, in order.
    pub computed: Vec<(usize, Expr)>,
    /// The slot of the time, if an aggregate needs it.
    pub timestamp: Option<usize>,
}

/// An aggregate, and the slot that takes its result.
#[derive(Debug)]
pub struct Aggregate {
    pub aggregation: Aggregation,
    /// Of what; all rows if nothing is named.
    pub of: Option<Expr>,
    /// The percentile, the number of ranges, or the period in milliseconds.
    pub number: f64,
    pub slot: usize,
}

impl Aggregation {
    /// Tells whether it depends on the times of rows.
    pub fn needs_time(self) -> bool {
        matches!(
            self,
            Aggregation::Earliest | Aggregation::Latest | Aggregation::Rate
        )
    }

    /// Tells whether it is of numbers.
    pub fn is_numeric(self) -> bool {
        use Aggregation as A;
        matches!(
            self,
            A::Sum | A::Avg | A::Stddev | A::Rate | A::SumOverTime | A::Histogram
        )
    }
}

/// There are more groups or values than are kept.
#[derive(Debug)]
pub struct TooMany;

/// Groups while rows come.
#[derive(Debug, Default)]
pub struct Groups {
    by_key: HashMap<Vec<u8>, usize, FixedState>,
    groups: Vec<(Vec<Value<'static>>, Vec<State>)>,
    n_values: usize,
    n_key_bytes: usize,
    key: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    count: u64,
    sum: f64,
    /// Of deviations from the mean, squared.
    squares: f64,
    mean: f64,
    least: Option<Value<'static>>,
    most: Option<Value<'static>>,
    /// Times and values of the earliest and the latest row.
    earliest: Option<(f64, Value<'static>)>,
    latest: Option<(f64, Value<'static>)>,
    distinct: HashSet<u64, FixedState>,
    values: Vec<f64>,
}

/// Adds what tells a value from others to a key.
pub fn add_to_key(key: &mut Vec<u8>, value: &Value<'_>) {
    if let Some(text) = value.shown() {
        key.push(1);
        key.extend_from_slice(text.as_bytes());
    }
    key.push(0);
}

impl Groups {
    /// Adds a row.
    ///
    /// # Errors
    /// If there are too many to keep.
    pub fn add(&mut self, stats: &Stats, row: &[Value<'_>], times: &Times) -> Result<(), TooMany> {
        let keys: Vec<Value<'_>> = stats
            .keys
            .iter()
            .map(|(key, _)| key.value(row, times))
            .collect();
        self.key.clear();
        for key in &keys {
            add_to_key(&mut self.key, key);
        }
        let idx = match self.by_key.get(&self.key) {
            Some(idx) => *idx,
            None => {
                let idx = self.groups.len();
                self.n_key_bytes += self.key.len() * 2;
                if idx >= MAX_GROUPS || self.n_key_bytes > MAX_KEY_BYTES {
                    return Err(TooMany);
                }
                self.by_key.insert(self.key.clone(), idx);
                let states = stats.aggregates.iter().map(|_| State::default()).collect();
                let keys = keys.into_iter().map(Value::into_owned).collect();
                self.groups.push((keys, states));
                idx
            }
        };
        let time = stats
            .timestamp
            .and_then(|slot| row.get(slot))
            .and_then(Value::number);
        let states = self.groups.get_mut(idx).map(|(_, states)| states);
        for (state, aggregate) in states.into_iter().flatten().zip(&stats.aggregates) {
            let value = aggregate.of.as_ref().map(|of| of.value(row, times));
            self.n_values += state.add(aggregate.aggregation, value.as_ref(), time);
        }
        match self.n_values > MAX_VALUES {
            true => Err(TooMany),
            false => Ok(()),
        }
    }

    /// Returns a row for each group, with `n_slots` slots, in the order of the keys.
    pub fn finish(self, stats: &Stats, n_slots: usize, times: &Times) -> Vec<Vec<Value<'static>>> {
        let mut groups = self.groups;
        // A count of nothing is still an answer.
        if groups.is_empty() && stats.keys.is_empty() {
            let states = stats.aggregates.iter().map(|_| State::default()).collect();
            groups.push((Vec::new(), states));
        }
        groups.sort_by(|(a, _), (b, _)| {
            let orders = a.iter().zip(b).map(|(a, b)| order::compare(a, b));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        let row = |(keys, states): (Vec<Value<'static>>, Vec<State>)| {
            let mut row = vec![Value::Null; n_slots];
            for (key, (_, slot)) in keys.into_iter().zip(&stats.keys) {
                put(&mut row, *slot, key);
            }
            for (state, aggregate) in states.into_iter().zip(&stats.aggregates) {
                put(&mut row, aggregate.slot, state.finish(aggregate));
            }
            for (slot, computed) in &stats.computed {
                let value = computed.value(&row, times).into_owned();
                put(&mut row, *slot, value);
            }
            row
        };
        groups.into_iter().map(row).collect()
    }
}

/// Puts a value into a row.
pub fn put<'v>(row: &mut [Value<'v>], slot: usize, value: Value<'v>) {
    if let Some(place) = row.get_mut(slot) {
        *place = value;
    }
}

impl State {
    // Returns how many values it keeps for that.
    fn add(
        &mut self,
        aggregation: Aggregation,
        value: Option<&Value<'_>>,
        time: Option<f64>,
    ) -> usize {
        use Aggregation as A;
        let Some(value) = value else {
            self.count += 1;
            return 0;
        };
        if value.is_null() {
            return 0;
        }
        match aggregation {
            A::Count | A::CountOverTime => self.count += 1,
            A::CountDistinct => {
                let text = value.shown().unwrap_or_default();
                let hash = FixedState::with_seed(7).hash_one(text.as_bytes());
                return usize::from(self.distinct.insert(hash)) * 2;
            }
            A::Min | A::SortsFirst => {
                if self
                    .least
                    .as_ref()
                    .is_none_or(|it| order::compare(value, it).is_lt())
                {
                    self.least = Some(value.clone().into_owned());
                }
            }
            A::Max | A::SortsLast => {
                if self
                    .most
                    .as_ref()
                    .is_none_or(|it| order::compare(value, it).is_gt())
                {
                    self.most = Some(value.clone().into_owned());
                }
            }
            A::Earliest | A::Latest => self.add_in_time(value, time),
            A::Rate if value.number().is_some() => self.add_in_time(value, time),
            A::Sum | A::SumOverTime | A::Avg | A::Stddev => {
                let Some(number) = value.number() else {
                    return 0;
                };
                self.count += 1;
                self.sum += number;
                // Source: Welford (1962).
                let before = number - self.mean;
                self.mean += before / self.count as f64;
                self.squares += before * (number - self.mean);
            }
            A::Percentile | A::Histogram => {
                let Some(number) = value.number() else {
                    return 0;
                };
                self.values.push(number);
                return 1;
            }
            A::Rate => {}
        }
        0
    }

    // Rows come newest first, so that of those of one time the first is the latest.
    fn add_in_time(&mut self, value: &Value<'_>, time: Option<f64>) {
        let Some(time) = time else { return };
        if self.earliest.as_ref().is_none_or(|(it, _)| time <= *it) {
            self.earliest = Some((time, value.clone().into_owned()));
        }
        if self.latest.as_ref().is_none_or(|(it, _)| time > *it) {
            self.latest = Some((time, value.clone().into_owned()));
        }
    }

    fn finish(mut self, aggregate: &Aggregate) -> Value<'static> {
        use Aggregation as A;
        let of_numbers = |number: f64| match self.count {
            0 => Value::Null,
            _ => Value::of_number(number),
        };
        match aggregate.aggregation {
            A::Count | A::CountOverTime => Value::Number(self.count as f64),
            A::CountDistinct => Value::Number(self.distinct.len() as f64),
            A::Sum | A::SumOverTime => of_numbers(self.sum),
            A::Avg => of_numbers(self.sum / self.count as f64),
            A::Stddev => of_numbers((self.squares / self.count as f64).max(0.0).sqrt()),
            A::Min | A::SortsFirst => self.least.unwrap_or(Value::Null),
            A::Max | A::SortsLast => self.most.unwrap_or(Value::Null),
            A::Earliest => self.earliest.map_or(Value::Null, |(_, value)| value),
            A::Latest => self.latest.map_or(Value::Null, |(_, value)| value),
            A::Rate => match (self.earliest, self.latest) {
                (Some((start, from)), Some((end, to))) if end > start => {
                    let change = to.number().unwrap_or(0.0) - from.number().unwrap_or(0.0);
                    Value::of_number(change / ((end - start) / aggregate.number))
                }
                _ => Value::Null,
            },
            A::Percentile => {
                self.values.sort_by(f64::total_cmp);
                // The nearest rank.
                let rank = (aggregate.number / 100.0 * self.values.len() as f64).ceil() as usize;
                let value = self.values.get(rank.saturating_sub(1));
                value.map_or(Value::Null, |value| Value::Number(*value))
            }
            A::Histogram => histogram(&self.values, aggregate.number as usize),
        }
    }
}

// Ranges of one width between the least and the most; the last one has its upper end too.
fn histogram(values: &[f64], n_ranges: usize) -> Value<'static> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (most - least) / n_ranges as f64;
    if values.is_empty() || !width.is_finite() {
        return Value::Null;
    }
    let n_ranges = if width > 0.0 { n_ranges } else { 1 };
    let mut counts = vec![0_u64; n_ranges];
    for value in values {
        let idx = if width > 0.0 {
            ((value - least) / width) as usize
        } else {
            0
        };
        if let Some(count) = counts.get_mut(idx.min(n_ranges - 1)) {
            *count += 1;
        }
    }
    let mut map = Map::new();
    for (idx, count) in counts.into_iter().enumerate() {
        let from = least + width * idx as f64;
        let to = if idx + 1 == n_ranges {
            most
        } else {
            from + width
        };
        map.insert(
            format!("{}-{}", number_text(from), number_text(to)),
            count.into(),
        );
    }
    Value::Structure(std::sync::Arc::new(Json::Object(map)))
}
