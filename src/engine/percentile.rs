//! Percentiles by weighted nearest rank.

use crate::model::query::Percentile;

/// Values with their weights, in any order.
pub type Weighted = Vec<(f64, u32)>;

/// Returns a percentile by nearest rank, where a value of weight `n` counts as `n` values.
///
/// The answer is always one of the values: the smallest one that at least the given share of all
/// values does not exceed. `None` for no values. Sorts `values`.
/// Source: Hyndman and Fan (1996), type 1.
pub fn percentile(values: &mut Weighted, percentile: Percentile) -> Option<f64> {
    values.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let total: u64 = values.iter().map(|(_, weight)| u64::from(*weight)).sum();
    // Rounded first, so that 0.9 * 10, a hair above 9 in doubles, is rank 9 and not rank 10.
    let exact = percentile.fraction() * total as f64;
    let rank = if (exact - exact.round()).abs() < 1e-6 {
        exact.round()
    } else {
        exact.ceil()
    };
    let mut left = (rank as u64).max(1);
    for (value, weight) in values.iter() {
        let weight = u64::from(*weight);
        if weight >= left {
            return Some(*value);
        }
        left -= weight;
    }
    values.last().map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Percentile {
        Percentile::named(name).unwrap()
    }

    #[test]
    fn p90_of_ten_values_is_the_ninth() {
        let mut values: Weighted = (1..=10).rev().map(|n| (f64::from(n), 1)).collect();
        assert_eq!(percentile(&mut values, Percentile::P90), Some(9.0));
        assert_eq!(percentile(&mut values, named("P50")), Some(5.0));
        assert_eq!(percentile(&mut values, named("P95")), Some(10.0));
        assert_eq!(percentile(&mut values, named("P001")), Some(1.0));
    }

    #[test]
    fn a_weight_counts_as_that_many_values() {
        let mut weighted = vec![(1.0, 9), (100.0, 1)];
        assert_eq!(percentile(&mut weighted, Percentile::P90), Some(1.0));
        assert_eq!(percentile(&mut weighted, named("P95")), Some(100.0));
    }

    #[test]
    fn no_values_have_no_percentile() {
        assert_eq!(percentile(&mut Vec::new(), Percentile::P90), None);
    }
}
