//! `stats`: rows become groups, and groups become numbers.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::datum::Datum;

/// The most groups, and the most values that are remembered for all of them together.
const MAX_GROUPS: usize = 100_000;
const MAX_VALUES: usize = 4_000_000;
/// The most bytes that the groups' names have.
const MAX_KEY_BYTES: usize = 64 << 20;

/// `stats count(*) as n by bin(5m), status`.
#[derive(Debug)]
pub struct Stats {
    /// What is calculated, and the slot that takes it.
    pub calculations: Vec<(Calculation, usize)>,
    /// What groups, and the slot that takes it.
    pub groups: Vec<(GroupBy, usize)>,
}

#[derive(Debug)]
pub enum Calculation {
    /// Of all rows, or of those that have a value.
    Count(Option<usize>),
    CountDistinct(usize),
    Sum(usize),
    Avg(usize),
    Min(usize),
    Max(usize),
    /// The percentile, in 0..=100.
    Percentile(usize, f64),
}

#[derive(Debug)]
pub enum GroupBy {
    Slot(usize),
    /// The time, cut down to a multiple of so many milliseconds.
    Bin {
        timestamp: usize,
        step_ms: i64,
    },
}

/// There are more groups or values than are remembered.
#[derive(Debug)]
pub struct TooMany;

/// Groups while rows come.
#[derive(Debug, Default)]
pub struct Groups {
    by_key: HashMap<Vec<String>, usize>,
    groups: Vec<(Vec<Option<Datum>>, Vec<State>)>,
    n_values: usize,
    n_key_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    count: u64,
    sum: f64,
    least: Option<Datum>,
    most: Option<Datum>,
    distinct: HashSet<u64>,
    values: Vec<f64>,
}

impl Groups {
    /// Adds a row.
    ///
    /// # Errors
    /// If there are too many to remember.
    pub fn add(&mut self, stats: &Stats, row: &[Option<Datum>]) -> Result<(), TooMany> {
        let value = |slot: usize| row.get(slot).and_then(Option::as_ref);
        let keys: Vec<Option<Datum>> = stats.groups.iter().map(|(by, _)| by.of(row)).collect();
        let texts = keys.iter().map(|key| match key {
            Some(key) => format!("={}", key.text()),
            None => String::new(),
        });
        let texts: Vec<String> = texts.collect();
        let key_bytes: usize = texts.iter().map(String::len).sum();
        let next = self.groups.len();
        let idx = *self.by_key.entry(texts).or_insert(next);
        if idx == next {
            self.n_key_bytes += key_bytes;
            let states = stats.calculations.iter().map(|_| State::default());
            self.groups.push((keys, states.collect()));
        }
        if self.groups.len() > MAX_GROUPS || self.n_key_bytes > MAX_KEY_BYTES {
            return Err(TooMany);
        }
        let states = self.groups.get_mut(idx).map(|(_, states)| states);
        let calculations = stats
            .calculations
            .iter()
            .map(|(calculation, _)| calculation);
        for (state, calculation) in states.into_iter().flatten().zip(calculations) {
            self.n_values += state.add(calculation, value);
        }
        if self.n_values > MAX_VALUES {
            Err(TooMany)
        } else {
            Ok(())
        }
    }

    /// Returns a row for each group, with `n_slots` slots, in the order of what groups.
    pub fn finish(self, stats: &Stats, n_slots: usize) -> Vec<Vec<Option<Datum>>> {
        let mut groups = self.groups;
        // A sum of nothing is still an answer.
        if groups.is_empty() && stats.groups.is_empty() {
            let states = stats.calculations.iter().map(|_| State::default());
            groups.push((Vec::new(), states.collect()));
        }
        groups.sort_by(|(a, _), (b, _)| {
            let pairs = a.iter().zip(b);
            let orders = pairs.map(|(a, b)| match (a, b) {
                (Some(a), Some(b)) => a.compare(b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            });
            orders.fold(std::cmp::Ordering::Equal, |before, next| before.then(next))
        });
        let row = |(keys, states): (Vec<Option<Datum>>, Vec<State>)| {
            let mut row = vec![None; n_slots];
            let mut put = |slot: usize, datum: Option<Datum>| {
                if let Some(place) = row.get_mut(slot) {
                    *place = datum;
                }
            };
            for (key, (_, slot)) in keys.into_iter().zip(&stats.groups) {
                put(*slot, key);
            }
            for (state, (calculation, slot)) in states.into_iter().zip(&stats.calculations) {
                put(*slot, state.finish(calculation));
            }
            row
        };
        groups.into_iter().map(row).collect()
    }
}

impl GroupBy {
    fn of(&self, row: &[Option<Datum>]) -> Option<Datum> {
        match self {
            GroupBy::Slot(slot) => row.get(*slot).cloned().flatten(),
            GroupBy::Bin { timestamp, step_ms } => match row.get(*timestamp) {
                Some(Some(Datum::Moment(ms))) => Some(Datum::Moment(
                    ms.div_euclid(*step_ms).saturating_mul(*step_ms),
                )),
                _ => None,
            },
        }
    }
}

impl State {
    // Returns how many values it remembers for that.
    fn add<'r>(
        &mut self,
        calculation: &Calculation,
        value: impl Fn(usize) -> Option<&'r Datum>,
    ) -> usize {
        let number = |slot: usize| value(slot).and_then(Datum::number);
        match calculation {
            Calculation::Count(None) => self.count += 1,
            Calculation::Count(Some(slot)) => self.count += u64::from(value(*slot).is_some()),
            Calculation::CountDistinct(slot) => {
                if let Some(datum) = value(*slot) {
                    let mut hasher = DefaultHasher::new();
                    datum.text().hash(&mut hasher);
                    return usize::from(self.distinct.insert(hasher.finish()));
                }
            }
            Calculation::Sum(slot) | Calculation::Avg(slot) => {
                if let Some(number) = number(*slot) {
                    self.sum += number;
                    self.count += 1;
                }
            }
            Calculation::Min(slot) | Calculation::Max(slot) => {
                let Some(datum) = value(*slot) else { return 0 };
                if self
                    .least
                    .as_ref()
                    .is_none_or(|least| datum.compare(least).is_lt())
                {
                    self.least = Some(datum.clone());
                }
                if self
                    .most
                    .as_ref()
                    .is_none_or(|most| datum.compare(most).is_gt())
                {
                    self.most = Some(datum.clone());
                }
            }
            Calculation::Percentile(slot, _) => {
                if let Some(number) = number(*slot) {
                    self.values.push(number);
                    return 1;
                }
            }
        }
        0
    }

    fn finish(mut self, calculation: &Calculation) -> Option<Datum> {
        match calculation {
            Calculation::Count(_) => Some(Datum::Number(self.count as f64)),
            Calculation::CountDistinct(_) => Some(Datum::Number(self.distinct.len() as f64)),
            Calculation::Sum(_) => Some(Datum::Number(self.sum)),
            Calculation::Avg(_) => {
                (self.count > 0).then(|| Datum::Number(self.sum / self.count as f64))
            }
            Calculation::Min(_) => self.least,
            Calculation::Max(_) => self.most,
            Calculation::Percentile(_, percent) => {
                self.values.sort_by(f64::total_cmp);
                // The nearest rank.
                let rank = (percent / 100.0 * self.values.len() as f64).ceil() as usize;
                let value = self.values.get(rank.saturating_sub(1));
                value.map(|value| Datum::Number(*value))
            }
        }
    }
}
