//! The value buckets of a heatmap.

use super::numbers::Numbers;
use super::places::Places;
use crate::model::answer::Histogram;

/// Buckets of one width, counted from zero, shared by all histograms of one calculation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buckets {
    step: f64,
    first: i64,
    count: usize,
}

// Honeycomb's pictures fit steps of a ten-millionth times a power of two, the finest for which the
// values span at most fifty buckets. Source: pictures and code published by Honeycomb; the rule
// itself is not documented.
const FINEST: f64 = 1e-7;
const MOST_BUCKETS: f64 = 50.0;

impl Buckets {
    /// Chooses buckets for values between `min` and `max`; whole numbers get a whole step.
    ///
    /// `None` if a bound is not finite.
    pub fn over(min: f64, max: f64, are_whole: bool) -> Option<Buckets> {
        if !min.is_finite() || !max.is_finite() || min > max {
            return None;
        }
        let mut step = if are_whole { 1.0 } else { FINEST };
        // Doubles this large have no finer steps than this; a single value needs no finer one.
        let coarse = min.abs().max(max.abs()) * 1e-15;
        let spans_too_much =
            |step: f64| (max / step).floor() - (min / step).floor() + 1.0 > MOST_BUCKETS;
        while step < coarse || spans_too_much(step) || (min == max && step < max.abs() / 64.0) {
            step *= 2.0;
        }
        let first = (min / step).floor();
        let count = (max / step).floor() - first + 1.0;
        Some(Buckets {
            step,
            first: first as i64,
            count: count as usize,
        })
    }

    /// Returns the bucket of a value, counted from the lowest, by the definition of a bucket.
    #[cfg(test)]
    pub fn index(&self, value: f64) -> usize {
        let last = self.count.max(1) as i64 - 1;
        ((value / self.step).floor() as i64)
            .saturating_sub(self.first)
            .clamp(0, last) as usize
    }

    /// Returns the number of buckets, at least one.
    pub fn len(&self) -> usize {
        self.count.max(1)
    }

    /// Returns the histogram of these counts, one for each bucket.
    pub fn histogram(&self, counts: Vec<u64>) -> Histogram {
        Histogram {
            min_value: self.first as f64 * self.step,
            step: self.step,
            counts,
        }
    }
}

/// Weighted numbers of values, for each place one for each bucket.
#[derive(Debug, Clone)]
pub struct Heat {
    /// The buckets, the same for all places.
    pub buckets: Buckets,
    counts: Vec<u64>,
    indices: Vec<u8>,
}

// Steps are at least a thousand-million-millionth of the largest value, so quotients stay below 2^50,
// for which rounding by this is exact.
const ROUNDING: f64 = 1.5 * TWO_TO_52;
const TWO_TO_52: f64 = 4_503_599_627_370_496.0;

// Values whose buckets are found before any is counted.
const PIECE: usize = 1_024;

impl Heat {
    /// Returns about how much memory it takes.
    pub fn memory_bytes(&self) -> usize {
        self.counts.len() * size_of::<u64>()
    }

    /// Starts with nothing.
    pub fn new(buckets: Buckets) -> Heat {
        Heat {
            buckets,
            counts: Vec::new(),
            indices: Vec::new(),
        }
    }

    /// Makes room for `n` places.
    pub fn grow(&mut self, n: usize) {
        let n = n * self.buckets.len();
        self.counts.resize(n.max(self.counts.len()), 0);
    }

    /// Counts numbers in their places.
    pub fn add(&mut self, numbers: &Numbers<'_>) {
        let width = self.buckets.len();
        let mut start = 0;
        for values in numbers.values.chunks(PIECE) {
            let range = start..start + values.len();
            start = range.end;
            self.put_indices(values);
            let weights = numbers
                .weights
                .map(|it| it.get(range.clone()).unwrap_or_default());
            match (numbers.places, weights) {
                (Places::One(place), None) => {
                    let own = place as usize * width;
                    let Some(counts) = self.counts.get_mut(own..own + width) else {
                        return;
                    };
                    count_in_turn(counts, &self.indices);
                }
                (Places::One(place), Some(weights)) => {
                    let own = place as usize * width;
                    for (index, weight) in self.indices.iter().zip(weights) {
                        if let Some(count) = self.counts.get_mut(own + usize::from(*index)) {
                            *count += u64::from(*weight);
                        }
                    }
                }
                (Places::Each(places), weights) => {
                    let places = places.get(range).unwrap_or_default();
                    let weights = weights.unwrap_or_default();
                    for (at, (index, place)) in self.indices.iter().zip(places).enumerate() {
                        let weight = weights.get(at).copied().unwrap_or(1);
                        let own = *place as usize * width + usize::from(*index);
                        if let Some(count) = self.counts.get_mut(own) {
                            *count += u64::from(weight);
                        }
                    }
                }
            }
        }
    }

    // A division takes no longer than a look into a table would, and is exact. All of it is arithmetic on
    // doubles, which the processor does for several at once: what is added to a number as large as
    // `ROUNDING` loses its fraction, and what is added to 2^52 is the last bits of the sum.
    fn put_indices(&mut self, values: &[f64]) {
        let step = self.buckets.step;
        let first = self.buckets.first as f64;
        let last = self.buckets.len() as f64 - 1.0;
        self.indices.clear();
        self.indices.extend(values.iter().map(|value| {
            let quotient = value / step;
            let nearest = (quotient + ROUNDING) - ROUNDING;
            let above = if nearest > quotient { 1.0 } else { 0.0 };
            let index = nearest - above - first;
            let index = if index > 0.0 { index } else { 0.0 };
            let index = if index < last { index } else { last };
            (index + TWO_TO_52).to_bits() as u8
        }));
    }

    /// Returns the counts of a place.
    pub fn counts(&self, place: u32) -> &[u64] {
        let own = place as usize * self.buckets.len();
        let counts = self.counts.get(own..own + self.buckets.len());
        counts.unwrap_or_default()
    }

    /// Adds the counts of another's place to a place here.
    pub fn take_over(&mut self, place: u32, counts: &[u64]) {
        let own = place as usize * self.buckets.len();
        let own = self.counts.get_mut(own..).unwrap_or_default();
        for (own, count) in own.iter_mut().zip(counts) {
            *own += count;
        }
    }
}

// Most values fall into few buckets, and a counter that was just written is slow to read: four counters
// for each bucket take turns.
fn count_in_turn(counts: &mut [u64], indices: &[u8]) {
    let mut turns = [[0u32; 64]; 4];
    let (fours, rest) = indices.as_chunks::<4>();
    for four in fours {
        for (turn, index) in turns.iter_mut().zip(four) {
            turn[usize::from(*index % 64)] += 1;
        }
    }
    for index in rest {
        turns[0][usize::from(*index % 64)] += 1;
    }
    for (bucket, count) in counts.iter_mut().enumerate() {
        let turns = turns
            .iter()
            .map(|turn| turn.get(bucket).copied().unwrap_or(0));
        *count += turns.map(u64::from).sum::<u64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_the_finest_that_needs_at_most_fifty_buckets() {
        for (min, max) in [
            (0.0, 55.3),
            (-2.5, 5.9),
            (3.0, 3.001),
            (0.2, 900.0),
            (1e9, 1e12),
        ] {
            let buckets = Buckets::over(min, max, false).unwrap();
            assert!(
                buckets.count <= 50 && buckets.count > 24,
                "{min}..{max}: {buckets:?}"
            );
            let power = (buckets.step / FINEST).log2();
            assert!((power - power.round()).abs() < 1e-9, "{buckets:?}");
        }
        let buckets = Buckets::over(0.0, 55.3, false).unwrap();
        assert!((buckets.step - 1.677_721_6).abs() < 1e-12, "{buckets:?}");
    }

    #[test]
    fn whole_numbers_get_whole_steps() {
        assert_eq!(Buckets::over(200.0, 204.0, true).unwrap().step, 1.0);
        assert_eq!(Buckets::over(0.0, 150.0, true).unwrap().step, 4.0);
    }

    #[test]
    fn every_value_is_counted_once() {
        let values: Vec<f64> = (0..10_000).map(|n| f64::from(n) * 0.037 - 20.0).collect();
        let weights: Vec<u32> = (0..10_000).map(|n| 1 + n % 3).collect();
        let each: Vec<u32> = vec![0; values.len()];
        let (min, max) = (-20.0, 9_999.0 * 0.037 - 20.0);
        let buckets = Buckets::over(min, max, false).unwrap();
        for weights in [None, Some(&*weights)] {
            let mut expected = vec![0; buckets.len()];
            for (idx, value) in values.iter().enumerate() {
                expected[buckets.index(*value)] += weights.map_or(1, |it| u64::from(it[idx]));
            }
            for places in [Places::One(0), Places::Each(&each)] {
                let mut heat = Heat::new(buckets);
                heat.grow(1);
                heat.add(&Numbers {
                    values: &values,
                    places,
                    weights,
                    has_doubles: true,
                });
                assert_eq!(heat.counts(0), expected);
            }
        }
        let histogram = buckets.histogram(vec![1; buckets.len()]);
        assert!(histogram.min_value <= min && histogram.max_value() >= max);
    }

    #[test]
    fn odd_bounds_end() {
        assert_eq!(Buckets::over(f64::NAN, 1.0, false), None);
        assert_eq!(Buckets::over(0.0, f64::INFINITY, false), None);
        for (min, max) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (-1e300, 1e300),
            (f64::MIN, f64::MAX),
            (1e15, 1e15 + 1.0),
        ] {
            let buckets = Buckets::over(min, max, false).unwrap();
            assert!(buckets.count <= 50, "{min}..{max}: {buckets:?}");
        }
    }
}
