//! How the numbers of each place are spread, for percentiles.
//!
//! A place begins with a list of its numbers, 16 bytes each. When the list is as long as a histogram
//! would be, 8 bytes for each bucket and mostly 6 kB, it gets a histogram instead. So a worker keeps at
//! most 32 bytes for each number looked at, with very many places; with few it hardly keeps anything.

use super::group::NONE;
use super::numbers::Numbers;
use super::places::Places;
use super::scale::Scale;

/// The numbers of each place: listed, or counted by bucket.
#[derive(Debug, Clone)]
pub struct Spread {
    /// The buckets, the same for all places.
    pub scale: Scale,
    // For each place where its histogram begins; `NONE` if it has none.
    begins: Vec<u32>,
    n_listed: Vec<u32>,
    histograms: Vec<u64>,
    list: Vec<Listed>,
    // A place with so many numbers gets a histogram.
    many: u32,
}

/// A number of a place, and what it weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listed {
    /// The place.
    pub place: u32,
    /// What it weighs.
    pub weight: u32,
    /// The number.
    pub value: f64,
}

impl Spread {
    /// Returns about how much memory it takes.
    pub fn memory_bytes(&self) -> usize {
        let of_places = self.begins.len() * size_of::<(u32, u32)>();
        of_places + self.histograms.len() * 8 + self.list.len() * size_of::<Listed>()
    }

    /// Starts with nothing.
    pub fn new(scale: Scale) -> Spread {
        Spread {
            scale,
            begins: Vec::new(),
            n_listed: Vec::new(),
            histograms: Vec::new(),
            list: Vec::new(),
            many: if cfg!(test) {
                8
            } else {
                (scale.len() / 2) as u32
            },
        }
    }

    /// Makes room for `n` places.
    pub fn grow(&mut self, n: usize) {
        self.begins.resize(n.max(self.begins.len()), NONE);
        self.n_listed.resize(n.max(self.n_listed.len()), 0);
    }

    /// Takes numbers into account.
    pub fn add(&mut self, numbers: &Numbers<'_>) {
        match numbers.weights {
            None => self.add_weighted(numbers, |_| 1),
            Some(weights) => self.add_weighted(numbers, |at| weights.get(at).copied().unwrap_or(1)),
        }
    }

    fn add_weighted(&mut self, numbers: &Numbers<'_>, weight: impl Fn(usize) -> u32) {
        // Told apart before the loop, so that it is not asked for each number.
        match self.scale {
            Scale::Each { first, n } => self.add_by(numbers, weight, move |_, value| {
                let scale = Scale::Each { first, n };
                scale.index(value)
            }),
            Scale::Bits {
                shift,
                low,
                n,
                signed: false,
            } => {
                self.add_by(numbers, weight, move |_, value| {
                    let scale = Scale::Bits {
                        shift,
                        low,
                        n,
                        signed: false,
                    };
                    scale.index(value)
                });
            }
            Scale::Bits { .. } => self.add_by(numbers, weight, |scale, value| scale.index(value)),
        }
    }

    #[inline(always)]
    fn add_by(
        &mut self,
        numbers: &Numbers<'_>,
        weight: impl Fn(usize) -> u32,
        index: impl Fn(Scale, f64) -> usize,
    ) {
        let scale = self.scale;
        match numbers.places {
            Places::One(place) => {
                let mut at = 0;
                // Until the place has a histogram.
                while at < numbers.values.len() && self.begin(place).is_none() {
                    let value = numbers.values.get(at).copied().unwrap_or(0.0);
                    self.put(place, value, weight(at));
                    at += 1;
                }
                let Some(begin) = self.begin(place) else {
                    return;
                };
                let own = self.histograms.get_mut(begin..begin + scale.len());
                let own = own.unwrap_or_default();
                let values = numbers.values.get(at..).unwrap_or_default();
                for (at, value) in (at..).zip(values) {
                    if let Some(count) = own.get_mut(index(scale, *value)) {
                        *count += u64::from(weight(at));
                    }
                }
            }
            Places::Each(places) => {
                for (at, (place, value)) in places.iter().zip(numbers.values).enumerate() {
                    let begin = self.begins.get(*place as usize).copied().unwrap_or(NONE);
                    if begin == NONE {
                        self.put(*place, *value, weight(at));
                        continue;
                    }
                    let idx = begin as usize + index(scale, *value);
                    if let Some(count) = self.histograms.get_mut(idx) {
                        *count += u64::from(weight(at));
                    }
                }
            }
        }
    }

    fn begin(&self, place: u32) -> Option<usize> {
        let begin = self.begins.get(place as usize).copied();
        begin.filter(|begin| *begin != NONE).map(|it| it as usize)
    }

    // Lists a number, or counts it if there are many by now.
    fn put(&mut self, place: u32, value: f64, weight: u32) {
        let Some(n) = self.n_listed.get_mut(place as usize) else {
            return;
        };
        if *n < self.many {
            *n += 1;
            self.list.push(Listed {
                place,
                weight,
                value,
            });
            return;
        }
        self.make_histogram(place);
        self.count(place, value, weight.into());
    }

    fn make_histogram(&mut self, place: u32) {
        let begin = self.histograms.len();
        if let Some(known) = self.begins.get_mut(place as usize)
            && *known == NONE
            && begin + self.scale.len() < NONE as usize
        {
            *known = begin as u32;
            self.histograms.resize(begin + self.scale.len(), 0);
        }
    }

    fn count(&mut self, place: u32, value: f64, weight: u64) {
        let idx = self.scale.index(value);
        if let Some(begin) = self.begin(place)
            && let Some(count) = self.histograms.get_mut(begin + idx)
        {
            *count += weight;
        }
    }

    /// Takes over what another has; `places` are the places here of its places.
    pub fn take_over(&mut self, other: &Spread, places: &[u32]) {
        for (theirs, place) in places.iter().enumerate() {
            let Some(counts) = other.histogram(theirs as u32) else {
                continue;
            };
            self.make_histogram(*place);
            if let Some(begin) = self.begin(*place) {
                let own = self.histograms.get_mut(begin..).unwrap_or_default();
                for (own, count) in own.iter_mut().zip(counts) {
                    *own += count;
                }
            }
        }
        for listed in &other.list {
            let place = places.get(listed.place as usize).copied().unwrap_or(0);
            match self.begin(place) {
                Some(_) => self.count(place, listed.value, listed.weight.into()),
                None => self.put(place, listed.value, listed.weight),
            }
        }
    }

    /// Ends it: the list is in the order of places then, and has nothing of those with a histogram.
    pub fn finish(&mut self) {
        let list = std::mem::take(&mut self.list);
        let mut left = Vec::with_capacity(list.len());
        for listed in list {
            match self.begin(listed.place) {
                Some(_) => self.count(listed.place, listed.value, listed.weight.into()),
                None => left.push(listed),
            }
        }
        left.sort_by_key(|listed| listed.place);
        self.list = left;
    }

    /// Returns the histogram of a place, one count for each bucket, if it has one.
    pub fn histogram(&self, place: u32) -> Option<&[u64]> {
        let begin = self.begin(place)?;
        self.histograms.get(begin..begin + self.scale.len())
    }

    /// Returns the numbers of a place that has no histogram; asked only after [`Spread::finish`].
    pub fn listed(&self, place: u32) -> &[Listed] {
        let start = self.list.partition_point(|listed| listed.place < place);
        let rest = self.list.get(start..).unwrap_or_default();
        let n = rest.partition_point(|listed| listed.place == place);
        rest.get(..n).unwrap_or_default()
    }
}
