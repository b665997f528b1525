//! What the plain calculations keep for each place: counts, sums, the smallest and the largest.

use super::numbers::Numbers;
use super::places::Places;

/// Adds `n` events to their places.
pub fn count(counts: &mut [u64], n: usize, places: Places<'_>, weights: Option<&[u32]>) {
    match (places, weights) {
        (Places::One(place), weights) => {
            let n = weights.map_or(n as u64, |weights| {
                weights.iter().map(|weight| u64::from(*weight)).sum()
            });
            if let Some(count) = counts.get_mut(place as usize) {
                *count += n;
            }
        }
        (Places::Each(places), None) => {
            for place in places {
                if let Some(count) = counts.get_mut(*place as usize) {
                    *count += 1;
                }
            }
        }
        (Places::Each(places), Some(weights)) => {
            for (place, weight) in places.iter().zip(weights) {
                if let Some(count) = counts.get_mut(*place as usize) {
                    *count += u64::from(*weight);
                }
            }
        }
    }
}

/// Weighted sums, and the weights.
#[derive(Debug, Clone, Default)]
pub struct Sums(Vec<(f64, u64)>);

impl Sums {
    /// Returns about how much memory they take.
    pub fn memory_bytes(&self) -> usize {
        self.0.len() * size_of::<(f64, u64)>()
    }

    /// Makes room for `n` places.
    pub fn grow(&mut self, n: usize) {
        self.0.resize(n.max(self.0.len()), (0.0, 0));
    }

    /// Adds numbers to their places.
    pub fn add(&mut self, numbers: &Numbers<'_>) {
        let values = numbers.values;
        match (numbers.places, numbers.weights) {
            (Places::One(place), weights) => {
                let (sum, weight) = match weights {
                    None => (sum(values), values.len() as u64),
                    Some(weights) => weighted_sum(values, weights),
                };
                self.put(place, sum, weight);
            }
            (Places::Each(places), None) => {
                for (place, value) in places.iter().zip(values) {
                    self.put(*place, *value, 1);
                }
            }
            (Places::Each(places), Some(weights)) => {
                for ((place, value), weight) in places.iter().zip(values).zip(weights) {
                    self.put(*place, value * f64::from(*weight), u64::from(*weight));
                }
            }
        }
    }

    /// Adds the sum and the weights of one place, gathered elsewhere.
    #[inline(always)]
    pub fn put(&mut self, place: u32, sum: f64, weight: u64) {
        if let Some(known) = self.0.get_mut(place as usize) {
            known.0 += sum;
            known.1 += weight;
        }
    }

    /// Returns the sum and the weights of a place.
    pub fn get(&self, place: u32) -> (f64, u64) {
        self.0.get(place as usize).copied().unwrap_or_default()
    }
}

// Eight sums at a time, which the processor adds side by side.
fn sum(values: &[f64]) -> f64 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for eight in eights {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += value;
        }
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

fn weighted_sum(values: &[f64], weights: &[u32]) -> (f64, u64) {
    let mut sum = 0.0;
    let mut total = 0;
    for (value, weight) in values.iter().zip(weights) {
        sum += value * f64::from(*weight);
        total += u64::from(*weight);
    }
    (sum, total)
}

/// The smallest or the largest number of each place.
#[derive(Debug, Clone)]
pub struct Extremes {
    is_largest: bool,
    // Infinite where there is none.
    found: Vec<f64>,
}

impl Extremes {
    /// Returns about how much memory they take.
    pub fn memory_bytes(&self) -> usize {
        self.found.len() * size_of::<f64>()
    }

    /// Starts with nothing; looks for the largest or for the smallest.
    pub fn new(is_largest: bool) -> Extremes {
        Extremes {
            is_largest,
            found: Vec::new(),
        }
    }

    fn nothing(&self) -> f64 {
        if self.is_largest {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }
    }

    /// Makes room for `n` places.
    pub fn grow(&mut self, n: usize) {
        let nothing = self.nothing();
        self.found.resize(n.max(self.found.len()), nothing);
    }

    /// Takes numbers into account.
    pub fn add(&mut self, numbers: &Numbers<'_>) {
        match numbers.places {
            Places::One(place) => {
                let (least, most) = extremes(numbers.values);
                self.put(place, if self.is_largest { most } else { least });
            }
            Places::Each(places) if self.is_largest => {
                for (place, value) in places.iter().zip(numbers.values) {
                    if let Some(found) = self.found.get_mut(*place as usize) {
                        *found = if *value > *found { *value } else { *found };
                    }
                }
            }
            Places::Each(places) => {
                for (place, value) in places.iter().zip(numbers.values) {
                    if let Some(found) = self.found.get_mut(*place as usize) {
                        *found = if *value < *found { *value } else { *found };
                    }
                }
            }
        }
    }

    /// Takes one number into account.
    pub fn put(&mut self, place: u32, value: f64) {
        let is_largest = self.is_largest;
        if let Some(found) = self.found.get_mut(place as usize)
            && (if is_largest {
                value > *found
            } else {
                value < *found
            })
        {
            *found = value;
        }
    }

    /// Returns what was found for all of `places`.
    pub fn over(&self, places: &[u32]) -> Option<f64> {
        let found = places
            .iter()
            .filter_map(|place| self.found.get(*place as usize));
        let better = |a: f64, b: &f64| {
            if self.is_largest {
                a.max(*b)
            } else {
                a.min(*b)
            }
        };
        let extreme = found.fold(self.nothing(), better);
        extreme.is_finite().then_some(extreme)
    }

    /// Returns what was found for one place; infinite if there is nothing.
    pub fn get(&self, place: u32) -> f64 {
        self.found
            .get(place as usize)
            .copied()
            .unwrap_or(self.nothing())
    }
}

/// Returns the smallest and the largest of finite numbers; infinity and minus infinity for none.
pub fn extremes(values: &[f64]) -> (f64, f64) {
    let (eights, rest) = values.as_chunks::<8>();
    let (mut least, mut most) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
    for eight in eights {
        for ((least, most), value) in least.iter_mut().zip(&mut most).zip(eight) {
            *least = if *value < *least { *value } else { *least };
            *most = if *value > *most { *value } else { *most };
        }
    }
    let all = least.iter().chain(&most).chain(rest);
    all.filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_side_by_side_is_what_is_added_in_turn() {
        let values: Vec<f64> = (0..1003).map(|n| f64::from(n * 37 % 501) - 250.0).collect();
        let weights: Vec<u32> = (0..1003).map(|n| 1 + n % 3).collect();
        let each: Vec<u32> = vec![0; values.len()];
        for weights in [None, Some(&*weights)] {
            let mut results = Vec::new();
            for places in [Places::One(0), Places::Each(&each)] {
                let numbers = Numbers {
                    values: &values,
                    places,
                    weights,
                    has_doubles: true,
                };
                let mut sums = Sums::default();
                sums.grow(1);
                sums.add(&numbers);
                let mut counts = [0];
                count(&mut counts, values.len(), places, weights);
                let [least, most] = [false, true].map(|is_largest| {
                    let mut extremes = Extremes::new(is_largest);
                    extremes.grow(1);
                    extremes.add(&numbers);
                    extremes.over(&[0])
                });
                results.push((sums.get(0), counts, least, most));
            }
            assert_eq!(results[0], results[1]);
            assert_eq!((results[0].2, results[0].3), (Some(-250.0), Some(250.0)));
        }
    }
}
