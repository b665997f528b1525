//! What traces cost, from one dated file of prices, and how many a rule keeps of a steady stream.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The file; when a price changes, this is what to edit.
const FILE: &str = include_str!("prices.json");

/// A price, a free amount, and where that is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Figure {
    /// How much.
    pub amount: f64,
    /// Of what.
    pub unit: String,
    /// When it was looked up, as `2026-11-22`.
    pub date: String,
    /// Where.
    pub source: String,
}

/// All prices.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Prices {
    /// What amounts of money are in.
    pub currency: String,
    /// When the file was last gone through.
    pub as_of: String,
    /// How long a month is taken to be.
    pub days_in_a_month: f64,
    /// By name.
    pub figures: BTreeMap<String, Figure>,
}

impl Prices {
    /// Returns the prices of the file.
    pub fn known() -> &'static Prices {
        // A test holds the file to being readable and to having every figure that is asked for.
        static KNOWN: LazyLock<Prices> =
            LazyLock::new(|| serde_json::from_str(FILE).unwrap_or_default());
        &KNOWN
    }

    /// Returns the amount of the figure called `name`.
    pub fn amount(&self, name: &str) -> f64 {
        self.figures
            .get(name)
            .map_or(f64::NAN, |figure| figure.amount)
    }

    /// Returns the seconds of a month.
    pub fn seconds_in_a_month(&self) -> f64 {
        self.days_in_a_month * 86_400.0
    }
}

/// What a month of recorded traces costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthlyCost {
    /// Traces recorded.
    pub traces: f64,
    /// How many of them are free; a share that is above 1 has used all of it.
    pub free_traces: f64,
    /// What the others cost, in dollars. Reading traces is not in it.
    pub dollars: f64,
}

impl MonthlyCost {
    /// Returns the cost of `traces` recorded in a month.
    ///
    /// Source: X-Ray's price page; its example, 148,800 traces for $0.24, is a test.
    pub fn of(traces: f64, prices: &Prices) -> MonthlyCost {
        let free_traces = prices.amount("xray_recorded_free");
        let per_million = prices.amount("xray_recorded_per_million");
        MonthlyCost {
            traces,
            free_traces,
            dollars: (traces - free_traces).max(0.0) * per_million / 1e6,
        }
    }

    /// Returns how much of what is free is used; 1 is all of it.
    pub fn share_of_free(&self) -> f64 {
        self.traces / self.free_traces
    }
}

/// How many of `rps` requests a second are kept where a reservoir takes `reservoir` of each second, and
/// `rate` (0 to 1) of the others.
///
/// For requests that come evenly, to one client that has the whole reservoir. At fewer than one a second,
/// every request meets a fresh reservoir, so all are kept if there is any.
pub fn kept_per_second(rps: f64, reservoir: f64, rate: f64) -> f64 {
    let first = rps.min(reservoir);
    first + (rps - first) * rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_dated_sourced_and_more_than_nothing() {
        let prices: Prices = serde_json::from_str(FILE).unwrap();
        assert_eq!(Prices::known(), &prices);
        assert!(!prices.currency.is_empty() && prices.days_in_a_month >= 28.0);
        for name in [
            "xray_recorded_free",
            "xray_recorded_per_million",
            "xray_retrieved_free",
            "xray_retrieved_per_million",
            "logs_free_gigabytes",
            "honeycomb_free_events",
        ] {
            assert!(prices.amount(name) > 0.0, "{name}");
        }
        for (name, figure) in &prices.figures {
            assert!(figure.amount > 0.0 && !figure.unit.is_empty(), "{name}");
            assert!(figure.source.starts_with("https://"), "{name}");
            let digits: Vec<usize> = figure.date.split('-').map(str::len).collect();
            assert_eq!(digits, [4, 2, 2], "{name}");
            assert!(figure.date <= prices.as_of, "{name}");
        }
    }

    #[test]
    fn the_price_pages_own_example_comes_out() {
        // 2000 requests an hour at 10 % in a month of 31 days.
        let traces = 2000.0 * 24.0 * 31.0 * 0.1;
        let cost = MonthlyCost::of(traces, Prices::known());
        assert_eq!(format!("{traces} {:.2}", cost.dollars), "148800 0.24");
        let little = MonthlyCost::of(86_400.0, Prices::known());
        assert_eq!((little.dollars, little.share_of_free()), (0.0, 0.864));
    }

    #[test]
    fn the_rate_matters_only_above_the_reservoir() {
        for (rps, reservoir, rate, kept) in [
            (3.0, 5.0, 0.1, 3.0),
            (5.0, 5.0, 0.1, 5.0),
            (15.0, 5.0, 0.1, 6.0),
            (0.5, 1.0, 0.0, 0.5),
            (10.0, 0.0, 0.5, 5.0),
        ] {
            assert_eq!(kept_per_second(rps, reservoir, rate), kept, "{rps}");
        }
    }
}
