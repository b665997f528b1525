//! Buckets for percentiles: which of some thousand a number falls into, without a logarithm.

use crate::store::{Column, ColumnData};

/// Maps numbers to buckets, such that a larger number never falls into a lower bucket.
///
/// Doubles are cut by their leading bits: each power of two into 32 buckets, or finer where all values
/// lie close together. What is smaller than a sixteen-millionth of the largest is in one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// One bucket for each integer from the first on.
    Each {
        /// The first.
        first: i64,
        /// How many there are.
        n: usize,
    },
    /// By the leading bits of the magnitude.
    Bits {
        /// How many bits are cut off at the end.
        shift: u32,
        /// The leading bits of the magnitudes in the lowest bucket.
        low: u64,
        /// How many buckets the magnitudes have.
        n: usize,
        /// Whether there may be negative numbers, which have buckets of their own.
        signed: bool,
    },
}

/// The largest error of a percentile that is given as the middle of its bucket, relative to the number:
/// half of a bucket, of which each power of two has 32. Of numbers below a sixteen-millionth of the
/// largest the error is no more than that; of calculated fields, whose largest is not known, it holds for
/// numbers between 10^-6 and 10^13.
pub const SKETCH_ERROR: f64 = 1.0 / 64.0;

// What is left of a double's 52 bits of fraction are 5.
const SHIFT: u32 = 52 - 5;
const OCTAVES: u64 = 24;
const MOST: u64 = OCTAVES << 5;
const MOST_EACH: u64 = 2_048;
const TWO_TO_52: f64 = 4_503_599_627_370_496.0;
const MAGNITUDE: u64 = u64::MAX >> 1;

impl Scale {
    /// The scale for numbers of which nothing is known.
    pub const ANY: Scale = Scale::Bits {
        shift: SHIFT,
        // From 2^-20 to 2^44.
        low: (1023 - 20) << 5,
        n: 64 << 5,
        signed: true,
    };

    /// Returns the scale that fits all numbers of these columns, which are of one field.
    pub fn over<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Scale {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut whole: Option<(i64, i64)> = Some((i64::MAX, i64::MIN));
        for column in columns {
            match &column.data {
                ColumnData::Int(ints) if ints.least <= ints.most => {
                    least = least.min(ints.least as f64);
                    most = most.max(ints.most as f64);
                    whole = whole.map(|(low, high)| (low.min(ints.least), high.max(ints.most)));
                }
                ColumnData::Float(floats) if floats.least <= floats.most => {
                    least = least.min(floats.least);
                    most = most.max(floats.most);
                    whole = None;
                }
                _ => {}
            }
        }
        if let Some((low, high)) = whole
            && low <= high
            && high.abs_diff(low) < MOST_EACH
            && low.unsigned_abs().max(high.unsigned_abs()) < 1 << 53
        {
            let n = high.abs_diff(low) as usize + 1;
            return Scale::Each { first: low, n };
        }
        if least > most {
            return Scale::ANY;
        }
        let signed = least < 0.0;
        let largest = least.abs().max(most.abs()).to_bits();
        let smallest = if signed {
            0
        } else {
            least.to_bits() & MAGNITUDE
        };
        // As fine as the number of buckets allows.
        let mut shift = SHIFT;
        while shift > 0 && (largest >> (shift - 1)) - (smallest >> (shift - 1)) < MOST {
            shift -= 1;
        }
        let high = largest >> shift;
        // The lowest bucket is for what is too small for any other; it may stay empty.
        let low = (smallest >> shift)
            .max(high.saturating_sub(MOST - 1))
            .saturating_sub(1);
        Scale::Bits {
            shift,
            low,
            n: (high - low) as usize + 1,
            signed,
        }
    }

    /// Returns the number of buckets.
    pub fn len(&self) -> usize {
        match self {
            Scale::Each { n, .. } => *n,
            Scale::Bits { n, signed, .. } => *n << u32::from(*signed),
        }
    }

    /// Returns the bucket of a number, which is below [`Scale::len`].
    #[inline(always)]
    pub fn index(&self, value: f64) -> usize {
        match *self {
            Scale::Each { first, n } => {
                // Integers, and close to the first: nothing is lost. Added to 2^52 a small integer is the
                // last bits of the sum, which is quicker than to convert it.
                let bits = (value - first as f64 + TWO_TO_52).to_bits();
                (bits & 0xffff_ffff).min(n as u64 - 1) as usize
            }
            Scale::Bits {
                shift,
                low,
                n,
                signed,
            } => {
                let bits = value.to_bits();
                let leading = (bits & MAGNITUDE) >> shift;
                let idx = (leading.saturating_sub(low) as usize).min(n - 1);
                match (signed, bits > MAGNITUDE) {
                    (false, _) => idx,
                    (true, false) => n + idx,
                    (true, true) => n - 1 - idx,
                }
            }
        }
    }

    /// Tells whether all numbers of a bucket are equal.
    pub fn is_exact(&self) -> bool {
        matches!(self, Scale::Each { .. })
    }

    /// Returns the middle of a bucket.
    pub fn middle(&self, idx: usize) -> f64 {
        match *self {
            Scale::Each { first, .. } => (first + idx as i64) as f64,
            Scale::Bits {
                shift,
                low,
                n,
                signed,
            } => {
                let (idx, sign) = match (signed, idx >= n) {
                    (false, _) => (idx, 1.0),
                    (true, true) => (idx - n, 1.0),
                    (true, false) => (n - 1 - idx, -1.0),
                };
                let edge = |idx: usize| f64::from_bits((low + idx as u64) << shift);
                // The lowest bucket begins at zero.
                let (from, to) = (if idx == 0 { 0.0 } else { edge(idx) }, edge(idx + 1));
                let to = if to.is_finite() { to } else { f64::MAX };
                sign * (from + (to - from) / 2.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event, Lens, Value};
    use crate::store::Part;

    fn scale_of(values: &[Value]) -> Scale {
        let events = values.iter().map(|value| Event {
            time: 0,
            sample_rate: 1,
            fields: vec![("v".into(), value.clone())],
        });
        let part = Part::of(&Batch {
            lens: Lens::Spans,
            dataset: "d".into(),
            events: events.collect(),
        });
        Scale::over(part.columns_named("v"))
    }

    #[test]
    fn buckets_rise_with_their_numbers_and_the_middle_is_close() {
        for (least, most) in [
            (0.01, 60_000.0),
            (1.7e12, 1.8e12),
            (-40.0, 50.0),
            (-3.0, -2.0),
            (0.0, 1e300),
            (5.0, 5.0),
            (f64::MIN, f64::MAX),
            (0.0, 5e-324),
        ] {
            let scale = scale_of(&[Value::Float(least), Value::Float(most)]);
            let mut last = 0;
            for n in 0..=10_000 {
                let share = f64::from(n) / 10_000.0;
                let value = (least * (1.0 - share) + most * share).clamp(least, most);
                let idx = scale.index(value);
                assert!(last <= idx && idx < scale.len(), "{least}..{most}: {value}");
                last = idx;
                let tiny = least.abs().max(most.abs()) * 6e-8;
                let error = (scale.middle(idx) - value).abs();
                assert!(
                    error <= value.abs() * SKETCH_ERROR + tiny,
                    "{least}..{most}: {value} is in {idx}, around {}",
                    scale.middle(idx)
                );
            }
        }
    }

    #[test]
    fn integers_that_lie_close_together_have_a_bucket_each() {
        let scale = scale_of(&[Value::Int(200), Value::Int(504)]);
        assert!(scale.is_exact());
        assert_eq!(scale.len(), 305);
        assert_eq!(scale.middle(scale.index(404.0)), 404.0);
        assert!(!scale_of(&[Value::Int(0), Value::Int(1 << 40)]).is_exact());
        assert!(!scale_of(&[Value::Int(0), Value::Float(1.0)]).is_exact());
    }
}
