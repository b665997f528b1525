//! Why some events are as they are: the attributes of a dataset, ranked by how their values differ between a
//! selection and the rest.

use super::contrast::{Contrast, Pair, difference, holm, sum};
use super::span::Value;

/// What the attributes of a dataset tell about a selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// How many events are inside and outside, weighted by their sample rates.
    pub events: Pair,
    /// How many were really seen.
    pub seen: Pair,
    /// Those that differ beyond chance first, then by effect.
    pub attributes: Vec<Attribute>,
    /// What the selection is made of: it says nothing about these.
    pub selected_by: Vec<String>,
    /// What was left out, and why.
    pub skipped: Vec<(String, Skipped)>,
    /// Which spans are compared.
    pub level: Level,
}

/// Which spans of traces are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// All events, because they are no spans inside of others, or because the query tells them apart.
    #[default]
    All,
    /// Root spans: spans inside of them have other attributes, and would differ by that alone.
    Roots,
    /// All, because no root span is selected, or none is left to compare with.
    NoRoots,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its column.
    pub column: String,
    /// How its values differ.
    pub contrast: Contrast,
    /// [`Contrast::chance`] as it is when so many attributes are looked at.
    pub chance: f64,
    /// Its values, the most over-represented inside first; each event is in one of them.
    pub values: Vec<Counted>,
    /// The median inside and outside, of numbers that were put into bins.
    pub medians: Option<(Option<f64>, Option<f64>)>,
    /// The attribute before it that the same events have its most over-represented value of.
    pub same_as: Option<String>,
}

/// A value and how many events have it, weighted.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The value.
    pub item: Item,
    /// The events.
    pub pair: Pair,
}

/// What events of an attribute have in common.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// One value.
    Value(Value),
    /// Numbers from `low` (inside) to `high` (outside), open where there is none.
    Between {
        /// The lower end.
        low: Option<f64>,
        /// The upper end.
        high: Option<f64>,
    },
    /// They lack the attribute.
    Missing,
    /// Values too rare to be told apart.
    Others,
}

/// Why an attribute was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// It is another one in nearly every event.
    Id,
    /// No event has it.
    Empty,
    /// Its values are histograms.
    Histogram,
    /// It is hidden from suggestions.
    Hidden,
    /// It would have cost too many runs.
    Cost,
}

/// An attribute before it is ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// Its column.
    pub column: String,
    /// Its values in any order.
    pub values: Vec<Counted>,
    /// As in [`Attribute`].
    pub medians: Option<(Option<f64>, Option<f64>)>,
}

/// Less effect than this is not worth a look, however certain it is.
const LEAST_EFFECT: f64 = 0.05;
/// What chance gives more often than this is chance.
const MOST_CHANCE: f64 = 0.01;

impl Attribute {
    /// Tells whether it differs so much that chance does not explain it.
    pub fn stands_out(&self) -> bool {
        self.contrast.effect() >= LEAST_EFFECT && self.chance < MOST_CHANCE
    }

    /// Returns the value that is most over-represented inside, if there is one that has a name; of numbers in
    /// bins, the range of neighbouring ones that is.
    pub fn most(&self) -> Option<Counted> {
        let totals = self.totals();
        let named = self.values.iter().find(|it| it.item != Item::Others);
        let best = self.range(totals).into_iter().chain(named.cloned());
        let best = best.reduce(|best, it| {
            let is_better = difference(it.pair, totals) > difference(best.pair, totals);
            if is_better { it } else { best }
        });
        best.filter(|it| difference(it.pair, totals) > 0.0)
    }

    // The neighbouring bins whose differences have the largest sum. Source: Bentley, "Programming Pearls",
    // column 8, Kadane's algorithm.
    fn range(&self, totals: Pair) -> Option<Counted> {
        let mut bins: Vec<(Option<f64>, Option<f64>, Pair)> = Vec::new();
        for counted in &self.values {
            if let Item::Between { low, high } = counted.item {
                bins.push((low, high, counted.pair));
            }
        }
        let place = |low: Option<f64>| low.unwrap_or(f64::NEG_INFINITY);
        bins.sort_by(|a, b| place(a.0).total_cmp(&place(b.0)));
        let mut best: Option<(f64, Counted)> = None;
        let mut open: Option<(f64, Counted)> = None;
        for (low, high, pair) in bins {
            let own = difference(pair, totals);
            let joined = open.take().filter(|(all, _)| *all > 0.0);
            let (all, counted) = match joined {
                Some((before_all, before)) => {
                    let low = match before.item {
                        Item::Between { low, .. } => low,
                        _ => low,
                    };
                    let item = Item::Between { low, high };
                    let pair = sum(&[before.pair, pair]);
                    (before_all + own, Counted { item, pair })
                }
                None => {
                    let item = Item::Between { low, high };
                    (own, Counted { item, pair })
                }
            };
            if best.as_ref().is_none_or(|(most, _)| all > *most) {
                best = Some((all, counted.clone()));
            }
            open = Some((all, counted));
        }
        best.map(|(_, counted)| counted)
    }

    /// Returns all events, inside and outside.
    pub fn totals(&self) -> Pair {
        let pairs: Vec<Pair> = self.values.iter().map(|it| it.pair).collect();
        sum(&pairs)
    }
}

impl Why {
    /// Returns the attributes in their order, with as much of each as chance does not explain.
    pub fn ranked(counts: Vec<Counts>, seen: Pair) -> Vec<Attribute> {
        let contrast = |it: &Counts| {
            let pairs: Vec<Pair> = it.values.iter().map(|it| it.pair).collect();
            Contrast::of(&pairs, seen)
        };
        let contrasts: Vec<Contrast> = counts.iter().map(contrast).collect();
        let chances: Vec<f64> = contrasts.iter().map(|it| it.chance).collect();
        let chances = holm(&chances);
        let all = counts.into_iter().zip(contrasts).zip(chances);
        let mut attributes: Vec<Attribute> = all
            .map(|((counts, contrast), chance)| {
                let mut attribute = Attribute {
                    column: counts.column,
                    contrast,
                    chance,
                    values: counts.values,
                    medians: counts.medians,
                    same_as: None,
                };
                let totals = attribute.totals();
                attribute.values.sort_by(|a, b| {
                    let (a, b) = (difference(a.pair, totals), difference(b.pair, totals));
                    b.total_cmp(&a)
                });
                attribute
            })
            .collect();
        attributes.sort_by(|a, b| {
            let by_effect = b.contrast.effect().total_cmp(&a.contrast.effect());
            let by_rank = b.stands_out().cmp(&a.stands_out());
            by_rank
                .then(by_effect)
                .then_with(|| a.column.cmp(&b.column))
        });
        attributes
    }

    /// Returns the attributes that stand out, in their order, those that say the same as one before left out.
    pub fn causes(&self) -> impl Iterator<Item = &Attribute> {
        let attributes = self.attributes.iter();
        attributes.filter(|it| it.stands_out() && it.same_as.is_none())
    }

    /// Returns the attributes that say the same as the one called `column`.
    pub fn same(&self, column: &str) -> impl Iterator<Item = &Attribute> {
        let attributes = self.attributes.iter();
        attributes.filter(move |it| it.same_as.as_deref() == Some(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(column: &str, values: &[(&str, u64, u64)]) -> Counts {
        let counted = |(name, inside, outside): &(&str, u64, u64)| Counted {
            item: match *name {
                "" => Item::Missing,
                "*" => Item::Others,
                name => Item::Value(name.into()),
            },
            pair: Pair {
                inside: *inside,
                outside: *outside,
            },
        };
        Counts {
            column: column.to_string(),
            values: values.iter().map(counted).collect(),
            medians: None,
        }
    }

    #[test]
    fn the_largest_effect_comes_first_and_so_does_its_most_over_represented_value() {
        let ranked = Why::ranked(
            vec![
                counts("even", &[("a", 50, 500), ("b", 50, 500)]),
                counts("some", &[("x", 60, 300), ("y", 40, 700)]),
                counts("agent", &[("good", 4, 980), ("bad", 95, 20), ("", 1, 0)]),
            ],
            Pair {
                inside: 100,
                outside: 1_000,
            },
        );
        let names: Vec<&str> = ranked.iter().map(|it| it.column.as_str()).collect();
        assert_eq!(names, ["agent", "some", "even"]);
        let stand_out: Vec<bool> = ranked.iter().map(Attribute::stands_out).collect();
        assert_eq!(stand_out, [true, true, false]);
        let most = ranked[0].most().map(|it| it.item);
        assert_eq!(most, Some(Item::Value("bad".into())));
        assert_eq!(ranked[0].values[2].item, Item::Value("good".into()));
        assert_eq!(ranked[2].most(), None);
    }

    #[test]
    fn a_difference_that_few_events_show_by_chance_comes_after_a_smaller_one_that_is_certain() {
        let ids: Vec<(String, u64, u64)> = (0..60)
            .map(|i| (format!("id{i}"), u64::from(i < 6), u64::from(i >= 6)))
            .collect();
        let ids: Vec<(&str, u64, u64)> = ids.iter().map(|(a, b, c)| (a.as_str(), *b, *c)).collect();
        let ranked = Why::ranked(
            vec![
                counts("id", &ids),
                counts("build", &[("7", 6, 5), ("6", 0, 49)]),
            ],
            Pair {
                inside: 6,
                outside: 54,
            },
        );
        assert_eq!(ranked[0].column, "build");
        assert!(
            ranked[0].stands_out() && !ranked[1].stands_out(),
            "{ranked:?}"
        );
    }

    #[test]
    fn neighbouring_bins_that_are_over_represented_are_one_range() {
        let bin = |low, high, inside, outside| Counted {
            item: Item::Between { low, high },
            pair: Pair { inside, outside },
        };
        let size = Counts {
            column: "size".to_string(),
            values: vec![
                bin(Some(30.0), None, 30, 10),
                bin(None, Some(10.0), 20, 700),
                bin(Some(10.0), Some(20.0), 1, 190),
                bin(Some(20.0), Some(30.0), 49, 100),
            ],
            medians: None,
        };
        let seen = Pair {
            inside: 100,
            outside: 1_000,
        };
        let most = Why::ranked(vec![size], seen)[0].most();
        assert_eq!(most, Some(bin(Some(20.0), None, 79, 110)));
    }

    #[test]
    fn what_is_rare_has_no_name_to_look_for() {
        let ranked = Why::ranked(
            vec![counts("user", &[("*", 90, 10), ("a", 10, 90)])],
            Pair {
                inside: 100,
                outside: 100,
            },
        );
        assert_eq!(ranked[0].most(), None);
        assert_eq!(ranked[0].totals().total(), 200);
    }
}
