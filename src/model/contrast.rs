//! How the values of one attribute differ between some events and the rest, and whether chance would do it.
//!
//! The difference is the total variation distance: the share of the selected events that would have to
//! take other values for both sides to look alike. Few events differ by chance alone, and the more so the
//! more values there are, so what chance would give is taken off. Whether anything is left is told by an
//! exact test for each value.
//! Source: Levin, Peres and Wilmer, "Markov Chains and Mixing Times", 4.1, for the distance; Ramasubban,
//! Biometrika 45 (1958), for the mean deviation; Holm, Scandinavian Journal of Statistics 6 (1979).

/// How many events have one value, inside the selection and outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pair {
    /// Selected ones.
    pub inside: u64,
    /// All others.
    pub outside: u64,
}

/// What an attribute tells about a selection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The total variation distance between the values inside and outside, 0 to 1.
    pub distance: f64,
    /// What it would be on average if the selection had been drawn at random, 0 to 1.
    pub by_chance: f64,
    /// How probable it is that a selection drawn at random has a value as unevenly divided as the most
    /// uneven one here, at most; 0 to 1.
    pub chance: f64,
}

impl Pair {
    /// Returns both sides together.
    pub fn total(self) -> u64 {
        self.inside.saturating_add(self.outside)
    }
}

impl Contrast {
    /// Compares the values of an attribute: one pair for each value, and one for the events that lack it.
    ///
    /// The pairs may be weighted by sample rates; `events` is how many events were really seen on each
    /// side, which is what chance depends on. Nothing on one side is no contrast.
    pub fn of(pairs: &[Pair], events: Pair) -> Contrast {
        let weighted = sum(pairs);
        if weighted.inside == 0 || weighted.outside == 0 {
            return Contrast {
                distance: 0.0,
                by_chance: 0.0,
                chance: 1.0,
            };
        }
        let distance = 0.5
            * pairs
                .iter()
                .map(|it| difference(*it, weighted).abs())
                .sum::<f64>();
        // Every event counts once for chance, however many it stands for.
        let scaled = |count: u64, weight: u64, seen: u64| match seen.min(weight) {
            seen if seen == weight => count,
            seen => (count as f64 * seen as f64 / weight as f64).round() as u64,
        };
        let seen: Vec<Pair> = pairs
            .iter()
            .map(|it| Pair {
                inside: scaled(it.inside, weighted.inside, events.inside),
                outside: scaled(it.outside, weighted.outside, events.outside),
            })
            .filter(|it| it.total() > 0)
            .collect();
        let all = sum(&seen);
        if all.inside == 0 || all.outside == 0 {
            return Contrast {
                distance,
                by_chance: distance,
                chance: 1.0,
            };
        }
        let mean: f64 = seen.iter().map(|it| mean_difference(*it, all)).sum();
        let least = seen.iter().map(|it| chance_of(*it, all));
        let least = least.fold(1.0, f64::min);
        Contrast {
            distance,
            by_chance: (0.5 * mean).clamp(0.0, 1.0),
            chance: (least * seen.len() as f64).min(1.0),
        }
    }

    /// Returns the effect: the distance beyond what chance gives, 0 for no more than that and 1 for two
    /// sides that share no value.
    pub fn effect(&self) -> f64 {
        let room = 1.0 - self.by_chance;
        match room > 1e-9 {
            true => ((self.distance - self.by_chance) / room).clamp(0.0, 1.0),
            false => 0.0,
        }
    }
}

/// Returns how much larger the share of a value is inside than outside, -1 to 1.
pub fn difference(pair: Pair, totals: Pair) -> f64 {
    share(pair.inside, totals.inside) - share(pair.outside, totals.outside)
}

/// Returns a part of a whole, 0 to 1; 0 of nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

/// Returns both sides of all pairs.
pub fn sum(pairs: &[Pair]) -> Pair {
    pairs.iter().fold(Pair::default(), |all, it| Pair {
        inside: all.inside.saturating_add(it.inside),
        outside: all.outside.saturating_add(it.outside),
    })
}

/// Returns the chances as they are when so many questions are asked at once: the bound on the smallest
/// one counts for all of them, on the next for all but one, and so on.
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    let chance = |idx: usize| chances.get(idx).copied().unwrap_or(1.0);
    order.sort_by(|a, b| chance(*a).total_cmp(&chance(*b)));
    let mut adjusted = vec![1.0; chances.len()];
    let mut least: f64 = 0.0;
    for (rank, idx) in order.into_iter().enumerate() {
        least = least.max(chance(idx) * (chances.len() - rank) as f64);
        if let Some(place) = adjusted.get_mut(idx) {
            *place = least.min(1.0);
        }
    }
    adjusted
}

// The mean of the absolute difference of a value's shares, over all ways to draw the selection: of the
// events with the value, so many are inside as in a hypergeometric draw.
fn mean_difference(pair: Pair, all: Pair) -> f64 {
    let total = all.total() as f64;
    let (n_inside, n_outside) = (all.inside as f64, all.outside as f64);
    let having = pair.total();
    let above = (having as f64 * n_inside / total).floor() as u64 + 1;
    let Some(probability) = Draw::new(having, all).probability(above) else {
        return 0.0;
    };
    let rest = total - having as f64 - n_inside + above as f64;
    let deviation = 2.0 * above as f64 * rest / total * probability;
    deviation * total / (n_inside * n_outside)
}

// Twice the smaller tail: how probable it is that a value is as unevenly divided as this.
fn chance_of(pair: Pair, all: Pair) -> f64 {
    let draw = Draw::new(pair.total(), all);
    let expected = pair.total() as f64 * all.inside as f64 / all.total() as f64;
    let is_more = pair.inside as f64 >= expected;
    let mut at = pair.inside;
    let Some(mut probability) = draw.probability(at) else {
        return 1.0;
    };
    let mut tail = 0.0;
    while probability > 0.0 {
        tail += probability;
        let ratio = match is_more {
            true => draw.ratio(at),
            false if at == 0 => 0.0,
            false => 1.0 / draw.ratio(at - 1),
        };
        // What comes after falls at least as fast, so it adds less than this much.
        let is_rest_small = ratio < 1.0 && probability * ratio / (1.0 - ratio) < tail * 1e-6;
        if is_rest_small || tail >= 0.5 {
            break;
        }
        probability *= ratio;
        at = if is_more {
            at + 1
        } else {
            at.saturating_sub(1)
        };
    }
    (2.0 * tail).min(1.0)
}

// How many of the events with a value are inside, if the inside is drawn at random.
struct Draw {
    having: u64,
    inside: u64,
    total: u64,
}

impl Draw {
    fn new(having: u64, all: Pair) -> Draw {
        Draw {
            having,
            inside: all.inside,
            total: all.total(),
        }
    }

    // The probability of exactly `n`; `None` if it cannot be.
    fn probability(&self, n: u64) -> Option<f64> {
        let without = self.total.checked_sub(self.having)?;
        let logarithm = ln_choose(self.having, n)?
            + ln_choose(without, self.inside.checked_sub(n)?)?
            - ln_choose(self.total, self.inside)?;
        Some(logarithm.exp().min(1.0))
    }

    // How much more probable `n + 1` is than `n`; 0 if it cannot be.
    fn ratio(&self, n: u64) -> f64 {
        let left = |of: u64| of.saturating_sub(n) as f64;
        let without = self.total.saturating_sub(self.having).saturating_add(n + 1);
        let below = (n + 1) as f64 * without.saturating_sub(self.inside) as f64;
        match below > 0.0 {
            true => left(self.having) * left(self.inside) / below,
            // Less than this cannot be, so what follows is all there is.
            false => f64::INFINITY,
        }
    }
}

fn ln_choose(n: u64, k: u64) -> Option<f64> {
    Some(ln_factorial(n) - ln_factorial(k) - ln_factorial(n.checked_sub(k)?))
}

// Source: Stirling's series, right to twelve digits from ten on.
fn ln_factorial(n: u64) -> f64 {
    if n < 10 {
        return (2..=n).map(|i| i as f64).product::<f64>().ln();
    }
    let x = n as f64;
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5));
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    // Numbers that look random and are the same every time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: u64) -> u64 {
            // Source: Knuth's MMIX, the high half.
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }
    }

    fn pair(inside: u64, outside: u64) -> Pair {
        Pair { inside, outside }
    }

    fn of(pairs: &[Pair]) -> Contrast {
        Contrast::of(pairs, sum(pairs))
    }

    // Divides `n` events among `values` values and two sides, all at random.
    fn random(dice: &mut Dice, n: u64, values: u64, inside_of_100: u64) -> Vec<Pair> {
        let mut pairs = vec![Pair::default(); values as usize];
        for _ in 0..n {
            let value = dice.below(values) as usize;
            match dice.below(100) < inside_of_100 {
                true => pairs[value].inside += 1,
                false => pairs[value].outside += 1,
            }
        }
        pairs
    }

    #[test]
    fn two_sides_that_look_alike_have_no_distance_and_two_that_share_nothing_have_all_of_it() {
        let alike = of(&[pair(10, 1_000), pair(30, 3_000), pair(5, 500)]);
        assert!(alike.distance < 1e-12 && alike.effect() == 0.0, "{alike:?}");
        assert!(alike.chance > 0.99, "{alike:?}");
        let apart = of(&[pair(40, 0), pair(0, 960)]);
        assert!((apart.distance - 1.0).abs() < 1e-12, "{apart:?}");
        assert!(apart.effect() > 0.99 && apart.chance < 1e-60, "{apart:?}");
    }

    #[test]
    fn it_does_not_matter_which_side_is_which_nor_in_which_order_values_come() {
        let mut dice = Dice(7);
        for _ in 0..50 {
            let pairs = random(&mut dice, 500, 9, 20);
            let mut turned: Vec<Pair> =
                pairs.iter().map(|it| pair(it.outside, it.inside)).collect();
            turned.reverse();
            let (one, other) = (of(&pairs), of(&turned));
            assert!(
                (one.distance - other.distance).abs() < 1e-9,
                "{one:?} {other:?}"
            );
            assert!(
                (one.by_chance - other.by_chance).abs() < 1e-6,
                "{one:?} {other:?}"
            );
            assert!(
                (one.chance - other.chance).abs() < 1e-3,
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn differences_of_shares_add_up_to_nothing() {
        let mut dice = Dice(3);
        for _ in 0..50 {
            let pairs = random(&mut dice, 300, 12, 30);
            let totals = sum(&pairs);
            let all: f64 = pairs.iter().map(|it| difference(*it, totals)).sum();
            assert!(all.abs() < 1e-9, "{all}");
        }
    }

    #[test]
    fn what_chance_gives_is_what_random_selections_have_on_average() {
        let mut dice = Dice(11);
        for (n, values, inside) in [(200, 3, 50), (400, 40, 10), (300, 300, 20), (2_000, 5, 1)] {
            let mut all = (0.0, 0.0);
            for _ in 0..1_000 {
                let contrast = of(&random(&mut dice, n, values, inside));
                all = (all.0 + contrast.distance, all.1 + contrast.by_chance);
            }
            let (distance, by_chance) = (all.0 / 1_000.0, all.1 / 1_000.0);
            assert!(
                (distance - by_chance).abs() < 0.05 * by_chance,
                "{n} {values} {inside}: {distance} {by_chance}"
            );
        }
    }

    #[test]
    fn an_id_of_its_own_in_every_event_says_nothing() {
        let ids: Vec<Pair> = (0..5_000)
            .map(|i| pair(u64::from(i < 12), u64::from(i >= 12)))
            .collect();
        let contrast = of(&ids);
        assert!((contrast.distance - 1.0).abs() < 1e-9);
        assert!(
            contrast.effect() < 1e-6 && contrast.chance > 0.99,
            "{contrast:?}"
        );
    }

    #[test]
    fn random_attributes_hardly_ever_stand_out_and_a_planted_cause_comes_first() {
        let mut dice = Dice(29);
        let mut n_wrong = 0;
        for _ in 0..100 {
            let noise: Vec<Contrast> = (0..20)
                .map(|i| of(&random(&mut dice, 1_000, 2 + i * 40, 5)))
                .collect();
            // Half of the inside has the one value, and one in fifty of the outside.
            let mut planted = random(&mut dice, 980, 4, 5);
            let inside = sum(&planted).inside;
            planted.push(pair(inside, 20));
            let planted = of(&planted);
            let best = noise.iter().map(Contrast::effect).fold(0.0, f64::max);
            assert!(planted.effect() > best, "{planted:?} {best}");
            let chances: Vec<f64> = noise.iter().chain([&planted]).map(|it| it.chance).collect();
            let adjusted = holm(&chances);
            assert!(adjusted[20] < 0.01, "{planted:?}");
            n_wrong += usize::from(adjusted[..20].iter().any(|it| *it < 0.01));
        }
        assert!(n_wrong <= 3, "{n_wrong} of 100");
    }

    #[test]
    fn chances_are_those_of_fishers_exact_test() {
        // Fisher's tea: three of four right, 17 in 70 by chance on one side.
        let tea = of(&[pair(3, 1), pair(1, 3)]);
        assert!(
            (tea.chance - 1.0_f64.min(2.0 * 2.0 * 17.0 / 70.0)).abs() < 1e-9,
            "{tea:?}"
        );
        let all = Pair {
            inside: 4,
            outside: 4,
        };
        assert!((chance_of(pair(3, 1), all) - 2.0 * 17.0 / 70.0).abs() < 1e-9);
        assert!((chance_of(pair(1, 3), all) - 2.0 * 17.0 / 70.0).abs() < 1e-9);
        assert!((chance_of(pair(4, 0), all) - 2.0 / 70.0).abs() < 1e-9);
    }

    #[test]
    fn events_that_stand_for_many_are_no_more_certain_than_they_are() {
        let weighted = [pair(30, 400), pair(70, 600)];
        let seen = Pair {
            inside: 10,
            outside: 100,
        };
        let (sampled, whole) = (Contrast::of(&weighted, seen), of(&weighted));
        assert!((sampled.distance - whole.distance).abs() < 1e-12);
        assert!(sampled.by_chance > whole.by_chance && sampled.chance > whole.chance);
    }

    #[test]
    fn holm_counts_the_questions_that_are_left() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.9]);
        for (adjusted, expected) in adjusted.into_iter().zip([0.04, 0.09, 0.09, 0.9]) {
            assert!((adjusted - expected).abs() < 1e-12, "{adjusted} {expected}");
        }
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn nothing_on_a_side_and_huge_counts_are_no_trouble() {
        assert_eq!(of(&[]).effect(), 0.0);
        assert_eq!(of(&[pair(5, 0)]).chance, 1.0);
        let huge = of(&[pair(u64::MAX / 4, 1), pair(1, u64::MAX / 4)]);
        assert!(huge.distance > 0.99 && huge.chance.is_finite(), "{huge:?}");
        let even = of(&[pair(1 << 40, 1 << 41), pair(1 << 40, 1 << 41)]);
        assert!(even.chance > 0.9 && even.by_chance < 1e-5, "{even:?}");
    }
}
