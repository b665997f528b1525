//! The value axis with its unit: where a value lies, and which values are written beside the picture.

use super::text::{is_far, significant};

/// A place on an axis and what is written there.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// 0 at the axis' low end to 1 at its high end.
    pub position: f64,
    /// The text.
    pub label: String,
}

/// What a column's numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds: the column's name ends in `_ms`.
    Milliseconds,
    /// Just numbers.
    Bare,
}

impl Unit {
    /// Returns the unit that a column's name promises.
    pub fn of(column: &str) -> Unit {
        if column.ends_with("_ms") {
            Unit::Milliseconds
        } else {
            Unit::Bare
        }
    }

    /// Returns `value` with three significant digits and the unit that suits its size.
    pub fn quantity(self, value: f64) -> String {
        let (divisor, name) = self.suited(value.abs());
        format!("{}{name}", significant(value / divisor, 3))
    }

    /// Returns two values, both with the unit that suits the larger, which is written once.
    pub fn range(self, low: f64, high: f64) -> String {
        let (divisor, name) = self.suited(low.abs().max(high.abs()));
        let (low, high) = (
            significant(low / divisor, 3),
            significant(high / divisor, 3),
        );
        format!("{low} to {high}{name}")
    }

    /// Returns what to divide by, and the name with a blank before it, for sizes around `size`.
    fn suited(self, size: f64) -> (f64, &'static str) {
        match self {
            Unit::Bare => (1.0, ""),
            Unit::Milliseconds if size >= 1000.0 => (1000.0, " s"),
            Unit::Milliseconds if size >= 1.0 || size == 0.0 => (1.0, " ms"),
            Unit::Milliseconds => (0.001, " us"),
        }
    }
}

/// The vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueAxis {
    /// The value at the low end; above zero if the axis is logarithmic.
    pub low: f64,
    /// The value at the high end; above `low`.
    pub high: f64,
    /// Whether equal lengths are equal ratios.
    pub is_log: bool,
    /// The unit of the values.
    pub unit: Unit,
}

impl ValueAxis {
    /// Returns where `value` lies, 0 to 1; what lies outside is moved to the nearer end.
    pub fn position(&self, value: f64) -> f64 {
        let position = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        position.clamp(0.0, 1.0)
    }

    /// Returns at most about `most` ticks at round values, ascending.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        if self.is_log {
            self.log_ticks(most)
        } else {
            self.linear_ticks(most)
        }
    }

    fn linear_ticks(&self, most: usize) -> Vec<Tick> {
        let step = round_step((self.high - self.low) / most.max(1) as f64);
        let (divisor, name) = self.unit.suited(self.high.abs().max(self.low.abs()));
        let n_decimals = (-(step / divisor).log10().floor()).clamp(0.0, 12.0) as usize;
        // Adding zero turns minus zero into zero.
        let written = |value: f64| match is_far(step / divisor) || is_far(value) {
            true => significant(value + 0.0, 4),
            false => format!("{:.n_decimals$}", value + 0.0),
        };
        let first = (self.low / step - 1e-9).ceil();
        (0..)
            .map(|i| (first + f64::from(i)) * step)
            // The count is bounded too, since steps that vanish beside the values would never arrive.
            .take(most + 2)
            .take_while(|value| *value <= self.high + step * 1e-9)
            .map(|value| Tick {
                position: self.position(value),
                label: format!("{}{name}", written(value / divisor)),
            })
            .collect()
    }

    fn log_ticks(&self, most: usize) -> Vec<Tick> {
        let decades = (self.high / self.low).log10();
        let per_decade: &[f64] = if decades * 3.0 <= most as f64 {
            &[1.0, 2.0, 5.0]
        } else if decades * 2.0 <= most as f64 {
            &[1.0, 3.0]
        } else {
            &[1.0]
        };
        let (lowest, highest) = (
            self.low.log10().floor() as i32,
            self.high.log10().ceil() as i32,
        );
        let stride = (decades / most.max(1) as f64).ceil().max(1.0) as usize;
        (lowest..=highest)
            .step_by(stride)
            .flat_map(|power| {
                per_decade
                    .iter()
                    .map(move |digit| digit * 10f64.powi(power))
            })
            .filter(|value| self.low <= *value && *value <= self.high)
            .map(|value| Tick {
                position: self.position(value),
                label: self.unit.quantity(value),
            })
            .collect()
    }
}

/// Returns the smallest of 1, 2 and 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    if !least.is_finite() || least <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    fn milliseconds(low: f64, high: f64, is_log: bool) -> ValueAxis {
        ValueAxis {
            low,
            high,
            is_log,
            unit: Unit::Milliseconds,
        }
    }

    #[test]
    fn linear_ticks_are_round_and_share_one_unit() {
        for (low, high, expected) in [
            (
                0.0,
                430.0,
                vec!["0 ms", "100 ms", "200 ms", "300 ms", "400 ms"],
            ),
            (
                0.0,
                2100.0,
                vec!["0.0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"],
            ),
            (
                0.0,
                0.9,
                vec!["0 us", "200 us", "400 us", "600 us", "800 us"],
            ),
            (
                7.2,
                7.6,
                vec!["7.2 ms", "7.3 ms", "7.4 ms", "7.5 ms", "7.6 ms"],
            ),
        ] {
            assert_eq!(labels(milliseconds(low, high, false).ticks(5)), expected);
        }
        let bare = ValueAxis {
            low: -3.0,
            high: 3.0,
            is_log: false,
            unit: Unit::of("score"),
        };
        assert_eq!(labels(bare.ticks(3)), ["-2", "0", "2"]);
    }

    #[test]
    fn logarithmic_ticks_thin_out_with_the_room() {
        let axis = milliseconds(0.8, 3000.0, true);
        assert_eq!(
            labels(axis.ticks(12)),
            [
                "1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms",
                "1 s", "2 s"
            ]
        );
        assert_eq!(labels(axis.ticks(4)), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert!((axis.position(0.8), axis.position(3000.0)) == (0.0, 1.0));
    }

    #[test]
    fn ticks_end_even_where_steps_vanish_beside_the_values() {
        assert!(milliseconds(1e17, 1e17 + 16.0, false).ticks(5).len() <= 7);
        let huge = milliseconds(-1e300, 1.7e308, false).ticks(5);
        assert!(huge.iter().all(|tick| tick.label.len() < 16), "{huge:?}");
        assert!(milliseconds(1e-300, 1e300, true).ticks(5).len() <= 10);
    }

    #[test]
    fn quantities_take_the_unit_that_suits_their_size() {
        let written: Vec<String> = [0.0, 0.0421, 1.6777216, 187.44, 1520.0, 98_765.0]
            .into_iter()
            .map(|value| Unit::Milliseconds.quantity(value))
            .collect();
        assert_eq!(
            written,
            ["0 ms", "42.1 us", "1.68 ms", "187 ms", "1.52 s", "98.8 s"]
        );
        assert_eq!(Unit::Milliseconds.range(0.0, 1342.18), "0 to 1.34 s");
        assert_eq!(Unit::of("app.result_length").quantity(1234.0), "1234");
    }
}
