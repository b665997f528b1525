//! How probable a count is where chance decides.

/// Returns the least and the most of `n` that have what each has with the chance `share`, but for a chance of
/// `miss` that it is fewer or more than that.
pub fn likely(n: u64, share: f64, miss: f64) -> (u64, u64) {
    if share <= 0.0 || n == 0 {
        return (0, 0);
    }
    if share >= 1.0 {
        return (n, n);
    }
    let counts = Counts::binomial(n, share);
    let least = counts.largest_with_less_below(miss / 2.0);
    let most = counts
        .smallest_with_less_above(miss / 2.0)
        .saturating_sub(1);
    (least, most.max(least))
}

/// How probable each count of a few neighbouring ones is; all others are so improbable that they do not
/// count.
#[derive(Debug, Clone)]
pub struct Counts {
    first: u64,
    probabilities: Vec<f64>,
}

// What is this much less probable than the most probable count is left out.
const NEGLIGIBLE: f64 = 1e-18;

impl Counts {
    /// Returns how many of `n` have what each has with the chance `share`, 0 to 1, both exclusive.
    pub fn binomial(n: u64, share: f64) -> Counts {
        let odds = share / (1.0 - share);
        Counts::around(((n + 1) as f64 * share) as u64, (0, n), |k| {
            (n - k) as f64 / (k + 1) as f64 * odds
        })
    }

    /// Returns how many of `kept` have a property that `inside` of all `total` have, of whom they were taken.
    pub fn hypergeometric(total: u64, inside: u64, kept: u64) -> Counts {
        let outside = total - inside;
        let least = kept.saturating_sub(outside);
        let most = kept.min(inside);
        let mode = (kept + 1) as f64 * (inside + 1) as f64 / (total + 2) as f64;
        Counts::around(mode as u64, (least, most), |k| {
            let more = (inside - k) as f64 * (kept - k) as f64;
            more / ((k + 1) as f64 * (outside + k + 1 - kept) as f64)
        })
    }

    /// Walks from the most probable count to both sides; `next` is P(k + 1) / P(k).
    fn around(mode: u64, (least, most): (u64, u64), next: impl Fn(u64) -> f64) -> Counts {
        let mode = mode.clamp(least, most);
        let mut below = Vec::new();
        let (mut k, mut weight) = (mode, 1.0);
        while k > least {
            k -= 1;
            weight /= next(k);
            if weight < NEGLIGIBLE {
                break;
            }
            below.push(weight);
        }
        let first = mode - below.len() as u64;
        let mut weights: Vec<f64> = below.into_iter().rev().collect();
        weights.push(1.0);
        let (mut k, mut weight) = (mode, 1.0);
        while k < most {
            weight *= next(k);
            k += 1;
            if weight < NEGLIGIBLE {
                break;
            }
            weights.push(weight);
        }
        let sum: f64 = weights.iter().sum();
        Counts {
            first,
            probabilities: weights.into_iter().map(|weight| weight / sum).collect(),
        }
    }

    /// Returns the largest count of which P(less) is at most `tail`.
    pub fn largest_with_less_below(&self, tail: f64) -> u64 {
        let mut less = 0.0;
        let mut count = self.first;
        for probability in &self.probabilities {
            less += probability;
            if less > tail {
                break;
            }
            count += 1;
        }
        count
    }

    /// Returns the smallest count of which P(it or more) is at most `tail`.
    pub fn smallest_with_less_above(&self, tail: f64) -> u64 {
        let mut more = 0.0;
        let mut count = self.first + self.probabilities.len() as u64;
        for probability in self.probabilities.iter().rev() {
            more += probability;
            if more > tail {
                break;
            }
            count -= 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_likely_lies_around_the_mean_and_sure_things_are_sure() {
        assert_eq!(likely(100, 0.0, 1e-6), (0, 0));
        assert_eq!(likely(100, 1.0, 1e-6), (100, 100));
        assert_eq!(likely(0, 0.5, 1e-6), (0, 0));
        // By the binomial distribution itself: P(X = 0) of one in two is a quarter.
        assert_eq!(likely(2, 0.5, 0.4), (0, 2));
        assert_eq!(likely(2, 0.5, 0.6), (1, 1));
        let (least, most) = likely(596, 0.1, 1e-6);
        // Five deviations of 7.3 to either side of 59.6.
        assert!(
            (24..30).contains(&least) && (94..102).contains(&most),
            "{least} {most}"
        );
    }
}
