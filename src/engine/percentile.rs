//! Percentiles by weighted nearest rank, found in two steps.
//!
//! The first pass over the events has counted the numbers of each place by bucket. The bucket in which
//! the wanted rank lies is known from that; a second pass collects the numbers of that bucket alone, and
//! among them the rank is exact. Places with few numbers have them listed, and need no second pass.

use super::group::NONE;
use super::numbers::Numbers;
use super::places::Places;
use super::scale::Scale;
use super::spread::Spread;
use crate::model::query::Percentile;

/// A number and what it weighs.
pub type Weighted = (f64, u64);

/// Returns which of `total` values a percentile is, counted from 1.
///
/// It is the smallest one that at least the given share of all values does not exceed.
/// Source: Hyndman and Fan (1996), type 1.
pub fn rank(percentile: Percentile, total: u64) -> u64 {
    // Rounded first, so that 0.9 * 10, a hair above 9 in doubles, is rank 9 and not rank 10.
    let exact = percentile.fraction() * total as f64;
    let rank = if (exact - exact.round()).abs() < 1e-6 {
        exact.round()
    } else {
        exact.ceil()
    };
    (rank as u64).max(1)
}

/// Returns the number of a rank, where a number of weight `n` counts as `n` numbers.
///
/// `None` for no numbers; the largest if the rank is beyond all. Orders `values` as it needs them.
pub fn at_rank(values: &mut [Weighted], rank: u64) -> Option<f64> {
    let total: u64 = values.iter().map(|(_, weight)| weight).sum();
    if total == values.len() as u64 {
        let last = values.len().checked_sub(1)?;
        let idx = (rank.saturating_sub(1) as usize).min(last);
        let (_, found, _) = values.select_nth_unstable_by(idx, |(a, _), (b, _)| a.total_cmp(b));
        return Some(found.0);
    }
    values.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut left = rank;
    for (value, weight) in values.iter() {
        if *weight >= left {
            return Some(*value);
        }
        left -= weight;
    }
    values.last().map(|(value, _)| *value)
}

/// What the second pass has to look for.
#[derive(Debug, Default)]
pub struct Targets {
    /// What was asked, one after another.
    all: Vec<Target>,
    // For each place where its flags begin, one for each bucket: 1 if numbers of it are wanted.
    begins: Vec<u32>,
    flags: Vec<u8>,
    // For each place that has targets: the bucket and the target, sorted.
    of_place: Vec<(u32, u32, u32)>,
}

#[derive(Debug)]
struct Target {
    // Where the answer goes.
    slot: usize,
    // Among the numbers of the bucket.
    rank: u64,
}

/// Numbers collected in the second pass cost 16 bytes each. Beyond so many, half a gigabyte, the middles
/// of the buckets have to do.
pub const MOST_COLLECTED: f64 = 33_554_432.0;

/// The same where memory is bounded, 32 MB.
pub const MOST_COLLECTED_WITHIN: f64 = 2_097_152.0;

/// Whether there may be a second pass.
#[derive(Debug, Clone, Copy)]
pub struct SecondPassTerms {
    /// Do without.
    pub is_off: bool,
    /// What a number weighs, on average: by this what is counted becomes what has to be collected.
    pub mean_weight: f64,
    /// How many numbers may be collected.
    pub most_collected: f64,
}

/// What the first pass says of percentiles.
#[derive(Debug, Default)]
pub struct First {
    /// For each union as many answers as were asked; `None` where there are no numbers.
    pub answers: Vec<Option<f64>>,
    /// What is left for a second pass.
    pub targets: Targets,
    /// Whether an answer is the middle of its bucket, and stays so.
    pub is_sketch: bool,
}

/// Answers `asked` for each of `unions`, which are places together, as far as a spread says.
///
/// Where there is to be no second pass, or would be too much to collect in it, nothing is left for it.
pub fn first_answers(
    spread: &Spread,
    unions: &[&[u32]],
    asked: &[Percentile],
    n_places: usize,
    terms: SecondPassTerms,
) -> First {
    let mut answers = Vec::with_capacity(unions.len() * asked.len());
    let scale = spread.scale;
    let mut targets = Targets::default();
    let mut has_middles = false;
    let mut n_wanted = 0;
    let mut counts = vec![0u64; scale.len()];
    let mut values: Vec<Weighted> = Vec::new();
    for (union_idx, union) in unions.iter().enumerate() {
        let slot = |idx: usize| union_idx * asked.len() + idx;
        answers.resize(slot(asked.len()), None);
        let mut put = |idx: usize, value: Option<f64>| {
            if let Some(place) = answers.get_mut(slot(idx)) {
                *place = value;
            }
        };
        values.clear();
        let mut has_counts = false;
        for place in *union {
            match spread.histogram(*place) {
                None => {
                    let listed = spread.listed(*place).iter();
                    values.extend(listed.map(|it| (it.value, u64::from(it.weight))));
                }
                Some(histogram) => {
                    if !has_counts {
                        counts.fill(0);
                        has_counts = true;
                    }
                    for (count, more) in counts.iter_mut().zip(histogram) {
                        *count += more;
                    }
                }
            }
        }
        if !has_counts {
            let total = values.iter().map(|(_, weight)| weight).sum();
            for (idx, percentile) in asked.iter().enumerate() {
                put(idx, at_rank(&mut values, rank(*percentile, total)));
            }
            continue;
        }
        for (value, weight) in &values {
            if let Some(count) = counts.get_mut(scale.index(*value)) {
                *count += weight;
            }
        }
        let total = counts.iter().sum();
        for (idx, percentile) in asked.iter().enumerate() {
            let (bucket, left) = bucket_of(&counts, rank(*percentile, total));
            let middle = scale.middle(bucket);
            put(idx, Some(middle));
            if scale.is_exact() {
                continue;
            }
            has_middles = true;
            if terms.is_off {
                continue;
            }
            n_wanted += counts.get(bucket).copied().unwrap_or(0);
            let target = targets.all.len() as u32;
            targets.all.push(Target {
                slot: slot(idx),
                rank: left,
            });
            for place in *union {
                targets.of_place.push((*place, bucket as u32, target));
            }
        }
    }
    let is_too_much = n_wanted as f64 / terms.mean_weight > terms.most_collected;
    if is_too_much {
        targets = Targets::default();
    }
    targets.set_flags(scale, n_places);
    First {
        answers,
        targets,
        is_sketch: has_middles && (terms.is_off || is_too_much),
    }
}

// The bucket of a rank, and the rank among the numbers of the bucket.
fn bucket_of(counts: &[u64], rank: u64) -> (usize, u64) {
    let mut left = rank;
    for (bucket, count) in counts.iter().enumerate() {
        if *count >= left {
            return (bucket, left);
        }
        left -= count;
    }
    (counts.len().saturating_sub(1), left)
}

impl Targets {
    /// Tells whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn set_flags(&mut self, scale: Scale, n_places: usize) {
        self.of_place.sort_unstable();
        if self.all.is_empty() {
            return;
        }
        self.begins = vec![NONE; n_places];
        for (place, bucket, _) in &self.of_place {
            let Some(begin) = self.begins.get_mut(*place as usize) else {
                continue;
            };
            if *begin == NONE {
                *begin = self.flags.len() as u32;
                self.flags.resize(self.flags.len() + scale.len(), 0);
            }
            if let Some(flag) = self.flags.get_mut(*begin as usize + *bucket as usize) {
                *flag = 1;
            }
        }
    }

    /// Puts the numbers of the wanted buckets into `found`.
    pub fn collect(&self, scale: Scale, numbers: &Numbers<'_>, found: &mut Found) {
        match scale {
            Scale::Bits {
                shift,
                low,
                n,
                signed: false,
            } => {
                self.collect_by(numbers, found, move |value| {
                    let scale = Scale::Bits {
                        shift,
                        low,
                        n,
                        signed: false,
                    };
                    scale.index(value)
                });
            }
            _ => self.collect_by(numbers, found, move |value| scale.index(value)),
        }
    }

    #[inline(always)]
    fn collect_by(&self, numbers: &Numbers<'_>, found: &mut Found, index: impl Fn(f64) -> usize) {
        let weight = |at: usize| {
            numbers
                .weights
                .and_then(|it| it.get(at))
                .copied()
                .unwrap_or(1)
        };
        match numbers.places {
            Places::One(place) => {
                let begin = self.begins.get(place as usize).copied().unwrap_or(NONE) as usize;
                let Some(flags) = self.flags.get(begin..) else {
                    return;
                };
                for (at, value) in numbers.values.iter().enumerate() {
                    let idx = index(*value);
                    if flags.get(idx) == Some(&1) {
                        self.put(place, idx, *value, weight(at), found);
                    }
                }
            }
            Places::Each(places) => {
                for (at, (place, value)) in places.iter().zip(numbers.values).enumerate() {
                    let begin = self.begins.get(*place as usize).copied().unwrap_or(NONE);
                    let idx = index(*value);
                    if self.flags.get(begin as usize + idx) == Some(&1) {
                        self.put(*place, idx, *value, weight(at), found);
                    }
                }
            }
        }
    }

    #[cold]
    fn put(&self, place: u32, bucket: usize, value: f64, weight: u32, found: &mut Found) {
        let own = (place, bucket as u32, 0);
        let start = self.of_place.partition_point(|it| *it < own);
        for (_, _, target) in self
            .of_place
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(|(p, b, _)| (*p, *b) == (place, bucket as u32))
        {
            let Some(values) = found.0.get_mut(*target as usize) else {
                continue;
            };
            // Numbers that come again and again, as zero often does, are kept once.
            match values.last_mut() {
                Some((last, weights)) if last.to_bits() == value.to_bits() => {
                    *weights += u64::from(weight);
                }
                _ => values.push((value, weight.into())),
            }
        }
    }

    /// Puts what a second pass has found into `answers`.
    pub fn answer(&self, mut found: Found, answers: &mut [Option<f64>]) {
        for (target, values) in self.all.iter().zip(&mut found.0) {
            if let Some(answer) = answers.get_mut(target.slot)
                && let Some(value) = at_rank(values, target.rank)
            {
                *answer = Some(value);
            }
        }
    }
}

/// What the second pass has found, for each target.
#[derive(Debug, Default)]
pub struct Found(Vec<Vec<Weighted>>);

impl Found {
    /// Starts with nothing for all of `targets`.
    pub fn new(targets: &Targets) -> Found {
        Found(vec![Vec::new(); targets.all.len()])
    }

    /// Adds what another has found for the same targets.
    pub fn take_over(&mut self, other: Found) {
        for (own, values) in self.0.iter_mut().zip(other.0) {
            own.extend(values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentile(values: &mut [Weighted], name: &str) -> Option<f64> {
        let total = values.iter().map(|(_, weight)| weight).sum();
        at_rank(values, rank(Percentile::named(name).unwrap(), total))
    }

    #[test]
    fn p90_of_ten_values_is_the_ninth() {
        let mut values: Vec<Weighted> = (1..=10).rev().map(|n| (f64::from(n), 1)).collect();
        assert_eq!(percentile(&mut values, "P90"), Some(9.0));
        assert_eq!(percentile(&mut values, "P50"), Some(5.0));
        assert_eq!(percentile(&mut values, "P95"), Some(10.0));
        assert_eq!(percentile(&mut values, "P001"), Some(1.0));
    }

    #[test]
    fn a_weight_counts_as_that_many_values() {
        let mut weighted = [(1.0, 9), (100.0, 1)];
        assert_eq!(percentile(&mut weighted, "P90"), Some(1.0));
        assert_eq!(percentile(&mut weighted, "P95"), Some(100.0));
    }

    #[test]
    fn no_values_have_no_percentile() {
        assert_eq!(percentile(&mut [], "P90"), None);
    }
}
